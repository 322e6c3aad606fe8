"""What is missing of a thing: a half, a bite, what breaks off; and cracks. Cut edges get an outline as the rest has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..colors import rgb
from ..outline import grown, ring
from ..rasterization import Mask, extent
from ..rendering import Rendering

INK = rgb("ink")
# How far along the edge, down and right alike, and the radius of teeth, in percent of the size.
BITES = ((0, 19), (-15, 13), (15, 14))
THICK, ENOUGH = (18, 12, 7), 4  # percent: half of how thick a thing is where it is bitten, and how much of it is so
TEETH, GAP = 9, 5  # percent of the size: the height of a jag, and half of a gap
CRACK = ((50, 0), (42, 18), (56, 34), (44, 52), (54, 66))  # the way of a crack from the top, in percent of the sides
BRANCH = ((56, 34), (74, 44), (70, 54))  # and of its branch


def cut(drawn: Rendering, kind: str) -> Rendering:
    """A rendering of which something is missing: "half", "bite", "crack" or "break"; any other as it is."""
    opaque = drawn.pixels[..., 3] > 0
    if kind not in CUTS or not opaque.any():
        return drawn
    if kind == "crack":
        return replace(drawn, pixels=_cracked(drawn.pixels, opaque))
    pixels, rest = drawn.pixels.copy(), opaque & ~CUTS[kind](opaque)
    edge = ring(~rest, 1) & rest if kind != "half" else _right_edge(rest)
    pixels[edge] = (*INK, 255)
    pixels[~rest] = 0
    if kind == "half":
        pixels = _middled(pixels, rest)
    return replace(drawn, pixels=pixels, shining=drawn.shining & (pixels[..., 3] > 0))


def _half(opaque: Mask) -> Mask:
    left, _, width, _ = extent(opaque)
    hole = np.zeros_like(opaque)
    hole[:, left + (width + 1) // 2 :] = True
    return hole


def _right_edge(rest: Mask) -> Mask:
    edge = np.zeros_like(rest)
    left, _, width, _ = extent(rest)
    column = left + width - 1
    edge[:, column] = rest[:, column]
    return edge


def _middled(pixels: NDArray[np.uint8], rest: Mask) -> NDArray[np.uint8]:
    """What is left of a half, in the middle of its square."""
    left, _, width, _ = extent(rest)
    return np.roll(pixels, (rest.shape[1] - width) // 2 - left, axis=1)


def _bite(opaque: Mask) -> Mask:
    """Three teeth at the upper right of what is thick enough to bite into, stalks and leaves left alone."""
    _, _, width, height = extent(opaque)
    y, x = np.mgrid[: opaque.shape[0], : opaque.shape[1]]
    size = max(width, height)
    for deep in (max(1, size * half // 100) for half in THICK):
        within = ~grown(~np.pad(opaque, deep), deep)[deep:-deep, deep:-deep]
        if int(within.sum()) * 100 >= int(opaque.sum()) * ENOUGH:
            break
    else:
        within, deep = opaque, 1
    row, column = np.unravel_index(int(np.where(within, x - y, -2 * x.size).argmax()), x.shape)
    middle = int(column) + deep * 7 // 10, int(row) - deep * 7 // 10
    hole = np.zeros_like(opaque)
    for along, radius in BITES:
        across, down = (at + size * along // 100 for at in middle)
        hole |= (x - across) ** 2 + (y - down) ** 2 <= (size * radius // 100) ** 2
    rest = within & ~hole
    if not rest.any():
        return hole
    start = np.zeros_like(opaque)
    start.flat[int(np.where(rest, y - x, -2 * x.size).argmax())] = True
    return hole | (_together(start, opaque) & ~_together(start, opaque & ~hole))


def _together(start: Mask, opaque: Mask) -> Mask:
    """What hangs together with some pixels: all else of it that a bite cut off, such as a leaf, falls."""
    larger = grown(start, 1) & opaque
    while int(larger.sum()) > int(start.sum()):
        start, larger = larger, grown(larger, 2) & opaque
    return larger


def _break(opaque: Mask) -> Mask:
    """A jagged gap across the middle of the longer side, or of the diagonal along which a thing lies."""
    left, top, width, height = extent(opaque)
    y, x = np.mgrid[: opaque.shape[0], : opaque.shape[1]]
    x, y = x - left - width // 2, y - top - height // 2
    if width * 10 > height * 14:
        along, across = x, y
    elif height * 10 > width * 14:
        along, across = y, x
    else:
        rising = int((opaque & (x * y < 0)).sum()) > int((opaque & (x * y > 0)).sum())
        along, across = ((x - y) * 7 // 10, (x + y) * 7 // 10) if rising else ((x + y) * 7 // 10, (x - y) * 7 // 10)
    size = max(width, height)
    jag = max(2, size * TEETH // 100)
    zigzag = np.abs(across % (2 * jag) - jag) - jag // 2
    return np.abs(along - zigzag) <= max(1, size * GAP // 100)


def _cracked(pixels: NDArray[np.uint8], opaque: Mask) -> NDArray[np.uint8]:
    left, top, width, height = extent(opaque)
    line = np.zeros_like(opaque)
    for way in (CRACK, BRANCH):
        points = [(left + width * across // 100, top + height * down // 100) for across, down in way]
        for (x, y), (to_x, to_y) in pairwise(points):
            steps = max(abs(to_x - x), abs(to_y - y), 1)
            for step in range(steps + 1):
                row, column = y + (to_y - y) * step // steps, x + (to_x - x) * step // steps
                line[row : row + 1, column : column + max(1, width // 40)] = True
    cracked = pixels.copy()
    cracked[line & opaque] = (*INK, 255)
    return cracked


CUTS: dict[str, Callable[[Mask], Mask]] = {"half": _half, "bite": _bite, "break": _break, "crack": np.zeros_like}
