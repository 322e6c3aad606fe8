"""Pictures that machines are measured with: photographs, paintings, and drawings with lines and flat fills."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from pixart_nodes.pixel.machine.fit import fitted
from pixart_nodes.pixel.machine.machine import Machine

from . import kinds_cartoons, pictures
from .sketch_drawings import drawing

RGB = NDArray[np.uint8]
SIDE = 512  # of a picture before it is brought to a machine's size
TONES = ("painting", "terrain")
FLAT = ("landscape", "creature")


@cache
def all_pictures() -> dict[str, RGB]:
    """Each by its name, uint8 [512, 512, 3]: seven photographs, two paintings, three drawings."""
    made = {name: pictures.photo(name, SIDE) for name in pictures.NAMES}
    for number, (name, paint) in enumerate({**kinds_cartoons.CONTINUOUS, **kinds_cartoons.FLAT}.items()):
        if name in (*TONES, *FLAT):
            made[name] = paint(np.random.default_rng(number), SIDE)[..., :3]
    made["outlines"] = _on_white(drawing("shapes", 5, stroke=8, side=SIDE).picture)
    return made


def shown(machine: Machine) -> dict[str, RGB]:
    """The pictures in the size of a machine, cropped and averaged: uint8 [H, W, 3]."""
    return {name: _on_screen(picture, machine) for name, picture in all_pictures().items()}


def _on_screen(picture: RGB, machine: Machine) -> RGB:
    return np.ascontiguousarray(fitted(pictures.rgba(picture), machine, "crop", "box")[0][..., :3])


def _on_white(rgba: RGB) -> RGB:
    share = rgba[..., 3:] / 255
    return np.rint(rgba[..., :3] * share + 255 * (1 - share)).astype(np.uint8)
