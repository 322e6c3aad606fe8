"""A picture in another picture's colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .color import from_oklab, oklab

Floats = NDArray[np.float64]


def transferred(rgba: NDArray[np.uint8], style: NDArray[np.uint8], amount: float) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] in the colours of another; amount 0..1."""
    seen, wanted = rgba[..., 3] > 0, style[..., 3] > 0
    if amount == 0 or not seen.any() or not wanted.any():
        return rgba.copy()
    lab = oklab(rgba[..., :3])
    shift = oklab(style[wanted][:, :3]).mean(axis=0) - lab[seen].mean(axis=0)
    result = rgba.copy()
    result[..., :3] = np.rint(from_oklab(lab + amount * shift))
    return result
