"""Edges that were smooth against a ground, after the ground has gone: how much of each of their pixels is drawing.

Programs draw smooth edges as mixes of drawing and ground. Where the ground is transparent, such a mix would stay as a
fringe in the ground's colour; the drawing's colour and the mix's share of it as alpha take its place.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..palette.palette import each_once, packed

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
Places = tuple[NDArray[np.intp], ...]  # rows and columns
Color = tuple[int, int, int]

WIDTH = 3  # pixels: a smooth edge is one or two wide, and JPEG's waves beside it are as near
SOFT_PIXELS = 200  # pixels of the longer side that allow an edge one pixel more: photos are less sharp than large
SAME_LEVEL = 12  # of 255: what differs by no more is the same colour, but for the noise of JPEG
MIX_MISS = 0.15  # of the way from the ground's colour: so near to the line between both colours their mixes are
MOST_EDGE_PIXELS = 1 << 17  # pixels that are looked at beside a ground: with more it is noise, and has no edges
DRAWING_SHARE = 0.9  # from this share on, a pixel is drawing


def without_fringe(rgba: Bytes, ground: Mask, color: Color, least: int = 0) -> Bytes:
    """uint8 [H, W, 4] with the ground [H, W] of this colour transparent, and its smooth edges cut out of it.

    From the ground inwards, as long as pixels are mixes: a pixel that is like one behind it is drawing, whatever its
    colour, and all behind it is. What was transparent before has no edge that could be a mix with the ground. Where
    the mixes beside the ground have fewer than the `least` colours, they are somebody's choice, and stay.
    """
    cut = np.where(ground[..., None], 0, rgba).astype(np.uint8)
    result, passed = cut.copy(), ground & (rgba[..., 3] > 0)
    width = max(WIDTH, max(ground.shape) // SOFT_PIXELS)
    for _ in range(width):
        front = _beside(passed) & ~passed & (cut[..., 3] == 255)
        places = np.nonzero(front)
        if len(places[0]) > MOST_EDGE_PIXELS:
            break
        inner = np.where((front | passed)[..., None], 0, cut)
        open_ended = ~_continued(rgba[places], inner, places)
        places = places[0][open_ended], places[1][open_ended]
        share, drawn = _shares(rgba[places], cut, places, color, width + 1)
        mixed = share < DRAWING_SHARE
        rows, columns = (each[mixed] for each in places)
        if len(each_once(packed(rgba[rows, columns]))) < least:
            break
        least = 0
        result[rows, columns, :3], result[rows, columns, 3] = drawn[mixed], np.rint(255 * share[mixed])
        passed[rows, columns] = True
    result[result[..., 3] == 0] = 0
    return result


def _beside(mask: Mask) -> Mask:
    """The mask, and all pixels that touch it by a side or a corner."""
    padded = np.pad(mask, 1)
    tall = padded[:-2] | padded[1:-1] | padded[2:]
    return tall[:, :-2] | tall[:, 1:-1] | tall[:, 2:]


def _continued(pixels: Bytes, inner: Bytes, places: Places) -> Mask:
    """Whether each pixel has a like neighbour in what lies further inside."""
    result = np.zeros(len(pixels), bool)
    for other in _around(inner, places, 1):
        apart = np.abs(other[:, :3].astype(np.int16) - pixels[:, :3]).max(axis=1, initial=0)
        result |= (other[:, 3] > 0) & (apart <= SAME_LEVEL)
    return result


def _shares(pixels: Bytes, cut: Bytes, places: Places, color: Color, reach: int) -> tuple[Floats, Bytes]:
    """How much of each of the pixels is drawing, 0 to 1, and the drawing's colour there, uint8 [N, 3].

    The drawing's colour is the farthest from the ground's of all within `reach` pixels in whose direction the pixel's
    own lies.
    """
    start, drawn = np.array(color, np.float32), pixels[:, :3].copy()
    own = drawn - start
    length = np.sqrt(np.einsum("nc,nc->n", own, own))
    farthest, wide = length.copy(), np.maximum(SAME_LEVEL, MIX_MISS * length) ** 2
    for other in _around(cut, places, reach):
        away = other[:, :3] - start
        size = np.sqrt(np.einsum("nc,nc->n", away, away))
        along = np.einsum("nc,nc->n", own, away) / np.maximum(size, 1)
        better = (other[:, 3] > 0) & (size > farthest) & (along > 0) & (length**2 - along**2 <= wide)
        farthest[better], drawn[better] = size[better], other[better, :3]
    return np.divide(length, farthest, out=np.ones_like(length), where=farthest > 0), drawn


def _around(rgba: Bytes, places: Places, reach: int) -> Iterator[Bytes]:
    """The pixels so many steps or fewer from the places, uint8 [N, 4], step by step; zeros beyond the picture."""
    padded = np.ascontiguousarray(np.pad(rgba, ((reach, reach), (reach, reach), (0, 0))))
    width, words = padded.shape[1], padded.view(np.uint32).ravel()
    corner = places[0] * width + places[1]
    for down in range(2 * reach + 1):
        for right in range(2 * reach + 1):
            if (down, right) != (reach, reach):
                yield words[corner + (down * width + right)].view(np.uint8).reshape(-1, 4)
