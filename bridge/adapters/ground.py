"""The fields by which a request has a sketch's ground made transparent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from bridge.adapters.fields import hex_color, number, shown, whole

WAYS = ("border-fill", "key-color")
MOST_PIXELS = 1 << 24  # of an enclosed area that is kept
# Fields of a request -> inputs of the node that a workflow gets for them.
FIELDS = {
    "background": "background",
    "backgroundColor": "background_color",
    "backgroundTolerance": "background_tolerance",
    "backgroundHoles": "background_holes",
}


def _way(value: Any) -> str | None:
    if value is None or value in WAYS:
        return value
    raise ValueError(f"must be {' or '.join(WAYS)}, not {shown(value)}")


def _color(value: Any) -> str | None:
    return None if value is None else f"#{hex_color(value, like='#ff00ff').lower().removeprefix('#')}"


class Ground(BaseModel):
    """What of a sketch is its ground; where none of this is said, all of it stays."""

    background: Annotated[str | None, BeforeValidator(_way)] = Field(
        None,
        description="makes the sketch's ground transparent first: `border-fill`, what is connected to the border, or "
        "`key-color`, that colour wherever it is",
        json_schema_extra={"type": ["string", "null"], "enum": [*WAYS, None]},
    )
    backgroundColor: Annotated[str | None, BeforeValidator(_color)] = Field(
        None, description="the ground's colour; absent: the most frequent one of the border"
    )
    backgroundTolerance: Annotated[float | None, number(0, 1)] = Field(
        None, description="how far from it the ground may be, in OKLab: 0.02 is just visible; absent: 0.05"
    )
    backgroundHoles: Annotated[int | None, whole(0, MOST_PIXELS)] = Field(
        None, description="enclosed ground goes too where it has at least so many pixels; absent or 0: it stays"
    )

    @property
    def ground(self) -> dict[str, Any]:
        """The workflow's inputs that the request sets; one field of them is enough to have the ground removed."""
        given = {name: getattr(self, field) for field, name in FIELDS.items()}
        chosen = {name: value for name, value in given.items() if value is not None}
        return {"background": WAYS[0], **chosen} if chosen else {}


class RemovedGround(BaseModel):
    """What of the sketch was made transparent, as an answer says it."""

    method: str = Field(examples=["border-fill"])
    color: str | None = Field(None, description="absent: the most frequent colour of the border")
    tolerance: float | None = Field(None, description="absent: 0.05")
    holes: int | None = Field(None, description="absent: enclosed ground stayed")


def removed(
    ground: Ground, values: Mapping[str, Any], notes: tuple[str, ...], *, paper: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The values and notes of a sketch whose ground goes, where the request says so."""
    if ground.ground and paper:
        notes = (*notes, "background is for drawings without paper, of which the ink alone is taken; it was left out.")
        return dict(values), notes
    return {**values, **ground.ground}, notes


def told(values: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer says of a job with these values: nothing where the ground stayed."""
    words = {name: name.removeprefix("background_") for name in FIELDS.values()} | {"background": "method"}
    said = {word: values[name] for name, word in words.items() if name in values}
    return {"background": said} if said else {}
