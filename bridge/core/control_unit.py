"""A ControlNet unit, as it stands among a job's values and is put into a prompt. Pure."""

from __future__ import annotations

from dataclasses import dataclass

UNITS_INPUT = "controlnet_units"  # the key of a job's values that has the units, beside the workflow's inputs
PICTURE_PREFIX = "controlnet_picture_"  # followed by the unit's number: the name of the unit's own picture
MASK_PREFIX = "controlnet_mask_"  # followed by the unit's number: the name of that picture's mask
MAP_OUTPUT = "controlnet_map"  # the output with a unit's map; followed by a number from the second unit on
HIRES_PASSES = ("both", "first", "second")


@dataclass(frozen=True)
class Unit:
    """One ControlNet unit: `module` makes a map of a picture, and `model` draws by that map.

    `weight` is the strength, and `start` and `end` are the shares of the steps between which the model takes part.
    `picture` names a picture of the job, or is empty for the picture that the sampler draws over; so does `mask`, for
    modules with a mask. `size` is the module's (width, height) in pixels, `resolution` the same for nodes that scale
    by themselves; `a` and `b` are the module's thresholds. `fit` says how the map comes to the sampler's size.
    `one_sided` leaves the negative prompt without the unit. `passes` says which of two samplers have the unit. `shown`
    adds the map to the results; without a model, the map is the only one. `field` is the request's name for the unit.
    """

    field: str
    module: str = "none"
    model: str = ""
    picture: str = ""
    mask: str = ""
    weight: float = 1.0
    start: float = 0.0
    end: float = 1.0
    fit: str = "cover"
    size: tuple[int, int] | list[int] | None = None
    resolution: int = 512
    a: float = 0.0
    b: float = 0.0
    one_sided: bool = False
    passes: str = HIRES_PASSES[0]
    shown: bool = True


def is_map(output: str) -> bool:
    """Whether a job's output is the map of a unit."""
    return output == MAP_OUTPUT or output.startswith(f"{MAP_OUTPUT}_")
