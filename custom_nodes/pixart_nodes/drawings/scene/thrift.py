"""As few colours as a picture needs: those of the ground that hardly differ, or are hardly there, become one."""

from __future__ import annotations

import numpy as np

from ..rendering import packed, unpacked
from .canvas import Canvas
from .contrast import Numbers, difference


def limit(canvas: Canvas) -> int:
    """How many colours a picture of its size may have."""
    return 48 if canvas.width * canvas.height <= 64 * 64 else 64


def thrift(canvas: Canvas) -> None:
    """Give up colours of the ground, the rarest first, each for the one that is most like it, until few are left."""
    numbers = packed(canvas.color)
    values, counts = np.unique(numbers, return_counts=True)
    most = limit(canvas)
    if len(values) <= most:
        return
    places = np.searchsorted(values, numbers)
    fixed = np.zeros(len(values), bool)
    fixed[places[canvas.subject | canvas.shining]] = True
    colors = unpacked(values)
    heir = _heirs(colors, counts.astype(np.int64), fixed, len(values) - most)
    canvas.color[:] = colors[heir[places]].astype(np.uint8)


def _heirs(colors: Numbers, counts: Numbers, fixed: np.ndarray, surplus: int) -> Numbers:
    """The colour that each one becomes: itself, if it stays."""
    heir = np.arange(len(colors))
    alive = np.ones(len(colors), bool)
    for _ in range(surplus):
        rest = np.flatnonzero(alive & ~fixed)
        if len(rest) < 2:
            break
        poor = rest[counts[rest].argmin()]
        others = np.flatnonzero(alive & (np.arange(len(colors)) != poor))
        near = others[difference(colors[others], colors[poor]).argmin()]
        heir[heir == poor] = near
        counts[near] += counts[poor]
        alive[poor] = False
    return heir
