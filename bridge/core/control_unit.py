"""A ControlNet unit, as an adapter writes it among a job's values and a prompt gets it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

UNITS = "controlnet_units"  # the key of a job's values that has them, beside the workflow's inputs
PICTURE = "controlnet_picture_"  # and the unit's number: a picture of its own
MASK = "controlnet_mask_"  # the same of a mask that goes with it
MAP = "controlnet_map"  # the output that has what a unit looks at; with a number, from the second on
PASSES = ("both", "first", "second")


@dataclass(frozen=True)
class Unit:
    """One ControlNet unit: `model` looks at what `module` makes of a picture, with `weight`, from `start` to `end`.

    `picture` names one of the job's, or is empty for what the sampler draws over; so does `mask`, where the module
    takes one. `size` is (width, height) in pixels at which the module looks, `resolution` the same for nodes that scale
    by themselves; `a` and `b` are its thresholds.
    `fit` is how what it makes comes to the sampler's size. `one_sided` leaves the negative prompt without it. `passes`
    says which of two samplers have it. `shown` gives the map back. Without a model the map is all.
    `field` is the caller's name for it.
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
    passes: str = PASSES[0]
    shown: bool = True


def is_map(output: str) -> bool:
    """Whether a job's output is what a unit looked at."""
    return output == MAP or output.startswith(f"{MAP}_")
