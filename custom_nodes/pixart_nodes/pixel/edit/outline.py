"""An outline where alpha ends: outside or inside, in one colour or in darker shades of what it runs along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..clean.clusters import Flat, Labels
from ..color import spaces
from ..palette import nearest
from ..palette.palette import Palette

PLACES = ("outside", "inside")
COLORINGS = ("one-color", "selective")
CROSS = [(-1, 0), (0, -1), (0, 1), (1, 0)]
EIGHT_AROUND = [*CROSS, (-1, -1), (-1, 1), (1, -1), (1, 1)]
NEIGHBOURS = {"4": CROSS, "8": EIGHT_AROUND}  # what touches: sides, or corners too
MOST_THICK = 64  # pixels
AT_ONCE = 1 << 20  # pairs of colours compared together: a photograph has 100,000 colours and more


@dataclass(frozen=True)
class Outline:
    """How an outline looks.

    `neighbours`: "4" is thin and open at corners, "8" fills them. `color` serves "one-color"; "selective" takes the
    darker shade, `shade` times as bright, of the colour that the outline runs along. `border`: the picture's border
    counts as transparent. With a palette, colours are the nearest of its colours; without one, shades are colours of
    the picture.
    """

    place: str = "outside"
    neighbours: str = "4"
    thickness: int = 1
    coloring: str = "one-color"
    color: tuple[int, int, int] = (0, 0, 0)
    shade: float = 0.6
    border: bool = False
    palette: Palette | None = None


def require(place: str, neighbours: str, coloring: str) -> None:
    """Raise UnknownName unless there are such a place, such neighbours and such a way to colour."""
    errors.require(place, PLACES, what="Place of the outline")
    errors.require(neighbours, NEIGHBOURS, what="Number of neighbours")
    errors.require(coloring, COLORINGS, what="Way to colour the outline")


def outlined(rgba: NDArray[np.uint8], how: Outline) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] with an outline, same size; other pixels keep their bytes. Raises UnknownName.

    Any alpha above 0 is inside. Outside, the outline is opaque; inside, pixels keep their alpha.
    """
    require(how.place, how.neighbours, how.coloring)
    flat = Flat.of(rgba)
    if not (flat.colors[:, 3] > 0).any() or how.thickness < 1:
        return rgba.copy()
    along = _outer(flat, how) if how.place == "outside" else _inner(flat, how)
    line = along >= 0
    out = rgba.copy()
    edge_labels, places = np.unique(along[line], return_inverse=True)
    out[line, :3] = _colors(flat.colors[edge_labels, :3], flat, how)[places]
    if how.place == "outside":
        out[line, 3] = 255
    return out


def _outer(flat: Flat, how: Outline) -> Labels:
    """For each pixel of an outer outline the number of the colour it runs along, -1 elsewhere."""
    near = np.where(flat.labels == flat.clear, -1, flat.labels)
    for _ in range(how.thickness):
        y, x = np.nonzero(_neighbors(near >= 0, how) & (near < 0))
        near = near.copy()
        near[y, x] = _most_common(_gathered(near, y, x), flat)
    return np.where(flat.labels == flat.clear, near, -1)


def _inner(flat: Flat, how: Outline) -> Labels:
    inside = flat.labels != flat.clear
    outside = np.pad(~inside, 1, constant_values=how.border)
    for _ in range(how.thickness):
        outside |= _neighbors(outside, how)
    return np.where(outside[1:-1, 1:-1] & inside, flat.labels, -1)


def _neighbors(mask: NDArray[np.bool_], how: Outline) -> NDArray[np.bool_]:
    """Where a neighbour is in the mask [H, W]."""
    height, width = mask.shape
    padded = np.pad(mask, 1)
    neighbors = np.zeros_like(mask)
    for dy, dx in NEIGHBOURS[how.neighbours]:
        neighbors |= padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
    return neighbors


def _gathered(near: Labels, y: NDArray[np.intp], x: NDArray[np.intp]) -> Labels:
    """Colour numbers [N, 8] around pixels, -1 where there is none."""
    padded = np.pad(near, 1, constant_values=-1)
    return np.stack([padded[y + 1 + dy, x + 1 + dx] for dy, dx in EIGHT_AROUND], axis=1)


def _most_common(around: Labels, flat: Flat) -> Labels:
    """The commonest number in each row of [N, 8], -1 not counted; of equals the darkest, as a shadow would have it."""
    votes = (around[:, :, None] == around[:, None, :]).sum(axis=2) * (around >= 0)
    light = spaces.oklab(flat.colors[:, :3])[:, 0]
    score = votes - 0.5 * light[around]  # half: lightness, 0..1, must not outweigh a vote
    return np.take_along_axis(around, score.argmax(axis=1)[:, None], axis=1)[:, 0]


def _colors(edge_colors: NDArray[np.uint8], flat: Flat, how: Outline) -> NDArray[np.uint8]:
    """The outline's colour [N, 3] beside each of these colours [N, 3]."""
    if how.coloring == "selective":
        return _shades(edge_colors, _candidates(flat, how), how.shade)
    color = np.array([how.color], np.uint8)
    if how.palette is not None:
        color = how.palette.paints[nearest.indices(color, how.palette.paints, "oklab")]
    return np.broadcast_to(color, edge_colors.shape)


def _candidates(flat: Flat, how: Outline) -> NDArray[np.uint8]:
    return flat.colors[flat.colors[:, 3] > 0][:, :3] if how.palette is None else how.palette.paints


def _shades(colors: NDArray[np.uint8], candidates: NDArray[np.uint8], shade: float) -> NDArray[np.uint8]:
    """For each colour [N, 3] the candidate nearest to its darker shade that is itself darker; else the darkest."""
    lab, shades = spaces.oklab(colors), spaces.oklab(candidates)
    step = max(1, AT_ONCE // len(shades))
    parts = [_darker(lab[at : at + step], shades, shade) for at in range(0, len(lab), step)]
    return candidates[np.concatenate(parts)] if parts else colors


def _darker(lab: NDArray[np.float64], shades: NDArray[np.float64], shade: float) -> NDArray[np.intp]:
    """For each of [N, 3] the number of its shade among [M, 3], all in OKLab."""
    distance = sum(
        (np.subtract.outer(one * shade, other) ** 2 for one, other in zip(lab.T, shades.T, strict=True)), 0.0
    )
    lighter = shades[None, :, 0] >= lab[:, None, 0]
    # what isn't darker comes after everything that is, the darkest of it first; OKLab distances stay below 10
    return np.where(lighter, 10 + shades[None, :, 0], distance).argmin(axis=1)
