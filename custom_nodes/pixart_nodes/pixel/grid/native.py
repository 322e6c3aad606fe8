"""Whether a picture's pixels are as somebody drew them: of few colours, and one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..palette.palette import each_once

DOTS = 0.002  # share of single pixels between others, from which a picture is drawn pixel by pixel


def few_colors(frames: NDArray[np.uint8], most: int) -> bool:
    """Whether frames uint8 [B, H, W, 4], as far as 65536 pixels tell, have at most `most` colours.

    All transparent colours are one.
    """
    pixels = frames.reshape(-1, 4)
    pixels = np.ascontiguousarray(pixels[:: -(-len(pixels) // (1 << 16))])
    pixels[pixels[:, 3] == 0] = 0
    keys = pixels.view(np.uint32).ravel()  # some of which may tell already that there are more
    return len(each_once(keys[::16])) <= most and len(each_once(keys)) <= most


def has_dots(frames: NDArray[np.uint8]) -> bool:
    """Whether here and there a single pixel differs from both its neighbours in the row, or in the column."""
    shares = [0.0]
    for view in (frames, frames.transpose(0, 2, 1, 3)):
        changes = (view[:, :, 1:] != view[:, :, :-1]).any(axis=3)
        both = changes[:, :, 1:] & changes[:, :, :-1]
        shares.append(float(np.count_nonzero(both)) / max(both.size, 1))
    return max(shares) > DOTS
