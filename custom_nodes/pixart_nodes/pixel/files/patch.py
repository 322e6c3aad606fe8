"""Frames of an animation put together of what each changes: rectangles, laid on what the one before left.

By GIF89a (CompuServe, 1990, section 23) and the W3C's PNG (Third Edition, 11.3.6.2): both begin on a canvas that is
transparent, as browsers do, whatever background a GIF names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

STAYS, IS_CLEARED, GOES_BACK = range(3)  # what happens to the rectangle before the next frame; PNG's numbers


@dataclass(frozen=True, eq=False)
class Patch:
    """The rectangle uint8 [h, w, 4] that a frame draws; `over` lays it on what is there, else it takes its place."""

    pixels: Pixels
    left: int = 0
    top: int = 0
    disposal: int = STAYS
    over: bool = True


def composed(size: tuple[int, int], patches: Iterable[Patch]) -> Iterator[Pixels]:
    """Each frame as it is seen, uint8 [H, W, 4], straight alpha; what is outside of `size` (width, height) is cut."""
    canvas = np.zeros((size[1], size[0], 4), np.uint8)
    for patch in patches:
        part = canvas[patch.top :, patch.left :][: patch.pixels.shape[0], : patch.pixels.shape[1]]
        before = part.copy() if patch.disposal == GOES_BACK else None
        pixels = patch.pixels[: part.shape[0], : part.shape[1]]
        part[...] = laid_over(part, pixels) if patch.over else pixels
        yield canvas.copy()
        if patch.disposal != STAYS:
            part[...] = 0 if before is None else before


def laid_over(back: Pixels, front: Pixels) -> Pixels:
    """Straight alpha over straight alpha, to the nearest: uint8 [H, W, 4]."""
    opacity = front[..., 3:]
    if not ((opacity > 0) & (opacity < 255)).any():  # as in every GIF; the sums below take ten times as long
        return np.where(opacity > 0, front, back)
    alpha, rest = front[..., 3:].astype(np.int64), back[..., 3:].astype(np.int64)
    ours, theirs = 255 * alpha, rest * (255 - alpha)
    total = np.maximum(ours + theirs, 1)
    color = (front[..., :3] * ours + back[..., :3] * theirs + total // 2) // total
    return np.concatenate([color, (ours + theirs + 127) // 255], axis=-1).astype(np.uint8)
