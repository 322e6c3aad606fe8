"""A picture's ground made transparent: filled from the border as a paint bucket does, or one colour wherever it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..clean import clusters
from ..color import spaces
from ..kind import kind
from ..palette.palette import packed, unpacked
from . import matting

RGBA = NDArray[np.uint8]
Color = tuple[int, int, int]

METHODS = ("border-fill", "key-color")
COLOR_STEP = 16  # of a channel; border colours within such a step are counted together
LEVELS = 160  # of 255 for a tolerance of 1: nobody sees 8 of them beside black, where OKLab has them 0.13 apart
SHADES = 8  # of pixel art beside its ground: with fewer, they were chosen
AT_ONCE = 1 << 20  # pixels looked at together: bounds what floats take


@dataclass(frozen=True)
class Ground:
    """What counts as ground.

    `color` is sRGB 0..255, None for the border's most frequent. `tolerance` is how far from it a pixel may be: distance
    in OKLab, where black and white are 1 apart, or LEVELS times that in each channel. `holes`, for border-fill:
    enclosed areas of the ground's colour go too where they have at least so many pixels; 0 keeps all.
    """

    method: str = "border-fill"
    color: Color | None = None
    tolerance: float = 0.05
    holes: int = 0


def require(method: str) -> None:
    """Raise UnknownName unless there is such a method."""
    errors.require(method, METHODS, what="Way to find the ground")


def removed(rgba: RGBA, ground: Ground) -> RGBA:
    """uint8 [H, W, 4] with the ground transparent, zeros there. Raises UnknownName.

    Smooth edges are cut out of the ground; all other pixels keep their bytes. So do the few shades with which pixel art
    is made smooth by hand, and with a tolerance of 0, which means one colour and no mixes of it, all.
    """
    ground_mask = mask(rgba, ground)
    color = border_color(rgba) if ground.color is None else ground.color
    if color is None or not ground.tolerance:
        return np.where(ground_mask[..., None], 0, rgba).astype(np.uint8)
    return matting.without_fringe(rgba, ground_mask, color, SHADES if kind.look(rgba).kind == kind.PIXEL_ART else 0)


def mask(rgba: RGBA, ground: Ground) -> NDArray[np.bool_]:
    """Where the ground is in uint8 [H, W, 4], what is transparent already among it: bool [H, W]. Raises UnknownName.

    Ground touches by sides, not over corners: a line one pixel wide that runs diagonally holds it back.
    """
    require(ground.method)
    clear = rgba[..., 3] == 0
    color = border_color(rgba) if ground.color is None else ground.color
    if color is None:
        return clear
    near = clear | _near(rgba, color, ground.tolerance)
    return near if ground.method == "key-color" else _filled(near, ground.holes)


def border_color(rgba: RGBA) -> Color | None:
    """The most frequent visible colour of the outermost pixels, those within a step of 16 taken together, by its mean.

    None where nothing of the border is visible.
    """
    edge = np.concatenate([rgba[0], rgba[-1], rgba[1:-1, 0], rgba[1:-1, -1]])
    colors = edge[edge[:, 3] > 0][:, :3]
    if not len(colors):
        return None
    exact, counts = np.unique(packed(colors), return_counts=True)
    middle = unpacked(exact[[counts.argmax()]])[0].astype(int)
    alike = colors[(np.abs(colors.astype(int) - middle) < COLOR_STEP).all(axis=1)]
    red, green, blue = np.rint(alike.mean(axis=0)).astype(int).tolist()
    return red, green, blue


def _near(rgba: RGBA, color: Color, tolerance: float) -> NDArray[np.bool_]:
    """Where pixels are no further from the colour than the tolerance, by eye or in levels; the colour itself always."""
    flat = rgba[..., :3].reshape(-1, 3)
    center = spaces.oklab(np.array([color], np.uint8))[0].astype(np.float32)[:, None]
    near = np.empty(len(flat), bool)
    for at in range(0, len(flat), AT_ONCE):
        part = flat[at : at + AT_ONCE]
        light = np.ascontiguousarray(spaces.linear(part).T, np.float32)
        distances = np.square(spaces.oklab_planes(light) - center).sum(axis=0)
        apart = np.abs(part - np.array(color, np.int16)).max(axis=1)
        near[at : at + AT_ONCE] = (distances <= tolerance**2) | (apart <= LEVELS * tolerance)
    return near.reshape(rgba.shape[:2])


def _filled(near: NDArray[np.bool_], holes: int) -> NDArray[np.bool_]:
    """Of what is near, the areas that touch the border, and the enclosed ones of at least `holes` pixels."""
    areas = clusters.find(near.astype(np.int32), corners=False)
    chosen = np.zeros(len(areas.sizes), bool)
    for line in (areas.ids[0], areas.ids[-1], areas.ids[:, 0], areas.ids[:, -1]):
        chosen[line] = True
    if holes:
        chosen |= areas.sizes >= holes
    return near & chosen[areas.ids]
