"""What a palette can mix: the convex hull of its colours in sRGB values, and the way into it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .nearest import scan
from .palette import packed, unpacked

Floats = NDArray[np.float64]

ROUNDS = 64  # the distance left after n steps falls as 1/n; most colours need five to ten
CLOSE = 2.0  # levels; nearer than this counts as inside
AT_ONCE = 1 << 20  # products of colours and corners at a time: bounds memory to some tens of MB


def mixable(rgb: NDArray[np.uint8], palette: NDArray[np.uint8]) -> Floats:
    """The nearest colour that the palette can average to: [..., 3] and [N, 3] in, floats [..., 3] out.

    A wish outside can't be met by any dither; its error would pile up and smear over the neighbours. Colours
    inside stay as they are. Method: Frank and Wolfe, "An algorithm for quadratic programming" (1956).
    """
    keys, where = np.unique(packed(rgb), return_inverse=True)
    chunk = max(1, AT_ONCE // len(palette))
    parts = [_drawn_in(unpacked(keys[at : at + chunk]), palette) for at in range(0, len(keys), chunk)]
    return np.concatenate(parts)[where].reshape(rgb.shape)


def _drawn_in(colors: NDArray[np.uint8], palette: NDArray[np.uint8]) -> Floats:
    """As `mixable`, for a list of colours [M, 3]; from the nearest corner straight towards better ones."""
    wish, corners = colors.astype(np.float64), palette.astype(np.float64)
    place = corners[scan(colors, palette, "srgb")]
    live = np.arange(len(wish))
    for _ in range(ROUNDS):
        rest = wish[live] - place[live]
        towards = corners[np.argmax(rest @ corners.T, axis=1)] - place[live]
        gain = (rest * towards).sum(axis=1)  # bounds what is left to gain, so none left means nearest
        going = (gain > CLOSE**2 / 2) & (np.abs(rest).max(axis=1) > CLOSE)
        live, towards, gain = live[going], towards[going], gain[going]
        if not len(live):
            break
        step = np.minimum(gain / (towards * towards).sum(axis=1), 1)
        place[live] += step[:, None] * towards
    inside = np.abs(wish - place).max(axis=1) <= CLOSE
    return np.where(inside[:, None], wish, place)
