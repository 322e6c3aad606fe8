"""The size of a result, and what becomes of a sketch's shape in one: the ways by name, how far it is stretched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bridge.adapters.fields import shown
from bridge.core.picture import image_size

STRETCH, LONGEST = "stretch", "longest"
FITS = (STRETCH, "crop", "pad", LONGEST)
SMALLEST, LARGEST = 16, 512  # pixels a side that the Pixart editor's dialog offers


def fit_of(value: Any) -> str | None:
    """For the name of a way; None stays None."""
    if value is None or value in FITS:
        return value
    raise ValueError(f"must be {', '.join(FITS[:-1])} or {FITS[-1]}, not {shown(value)}")


Fit = Annotated[
    str | None,
    BeforeValidator(fit_of),
    Field(json_schema_extra={"type": ["string", "null"], "enum": [*FITS, None]}),
]


def _whole(value: Any) -> int:
    """A whole number in the range of sizes; 64.0 is one, "64" and true are not."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not SMALLEST <= value <= LARGEST or value != int(value):
        raise ValueError(f"must be a whole number from {SMALLEST} to {LARGEST}, not {shown(value)}")
    return int(value)


Size = Annotated[int, BeforeValidator(_whole), Field(json_schema_extra={"minimum": SMALLEST, "maximum": LARGEST})]


@dataclass(frozen=True)
class Proportion:
    """The result's size in pixels, the workflow's own word for `fit`, and how many times too wide or high it becomes.

    `stretched` is 1 where the sketch keeps its shape, as it does where only a part of a pixel is rounded.
    """

    width: int
    height: int
    fit: str = STRETCH
    stretched: float = 1.0

    @property
    def echo(self) -> dict[str, float] | None:
        """What an answer says of the sketch's shape; most sketches keep it."""
        return None if self.stretched == 1 else {"stretched": self.stretched}


def proportion(sketch: bytes, width: int, height: int, fit: str | None) -> Proportion:
    """How a sketch comes to a size: its shape is read from the head of its file, where that tells it.

    `longest` has no edges cut off and no bars: the result is the largest of the sketch's own shape within the size.
    """
    seen = image_size.size(sketch)
    if seen is None or fit not in (None, STRETCH, LONGEST):
        return Proportion(width, height, fit if fit in FITS and fit != LONGEST else STRETCH)
    across, down = seen
    inner = max(1, min(width, round(across * height / down))), max(1, min(height, round(down * width / across)))
    if fit == LONGEST:
        return Proportion(*inner)
    ratio = (width / across) / (height / down)
    return Proportion(width, height, stretched=1.0 if inner == (width, height) else round(max(ratio, 1 / ratio), 3))
