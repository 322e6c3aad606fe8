"""The smallest box around what is marked in a picture, and around what changes from one frame to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Box = tuple[slice, slice]  # rows, columns


def of(marked: NDArray[np.bool_]) -> Box | None:
    """The box that holds every marked pixel of [H, W]; None where there is none."""
    rows, columns = (np.flatnonzero(marked.any(axis=side)) for side in (-1, 0))
    if not len(rows):
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def changed(before: NDArray[np.generic], after: NDArray[np.generic]) -> Box:
    """Where two frames [H, W] or [H, W, C] differ; one pixel where they don't, as a file needs one."""
    differs = before != after
    return of(differs.any(axis=-1) if differs.ndim == 3 else differs) or (slice(0, 1), slice(0, 1))
