"""Contrast and sharpening before quantizing, so that the result stays in the palette."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

AT_ONCE = 1 << 18  # pixels: float64 of a large picture as a whole takes six times what ComfyUI holds of it
MIDDLE = 128  # the grey that contrast leaves alone, as in the Pixart editor


def adjust(rgba: NDArray[np.uint8], contrast: float = 1.0, sharpen: float = 0.0) -> NDArray[np.uint8]:
    """Contrast first, then sharpen: uint8 [H, W, 4] in and out, alpha untouched, rounded once.

    `contrast` is the factor of (v - 128) * f + 128; `sharpen` is the share of the 3 x 3 kernel
    [0, -1, 0, -1, 5, -1, 0, -1, 0] in the result. 1 and 0 leave the picture as it is.
    """
    result = rgba.copy()
    rows = max(1, AT_ONCE // rgba.shape[1])
    for top in range(0, len(rgba), rows):
        above = min(top, 1)  # a row on each side, which sharpening looks at
        part = _adjusted(rgba[top - above : top + rows + 1], contrast, sharpen)
        result[top : top + rows, :, :3] = part[above : above + rows]
    return result


def _adjusted(rgba: NDArray[np.uint8], contrast: float, sharpen: float) -> NDArray[np.uint8]:
    """The colours [H, W, 3] of some rows."""
    rgb = np.clip((rgba[..., :3].astype(np.float64) - MIDDLE) * contrast + MIDDLE, 0, 255)
    rgb += sharpen * _detail(rgb, rgba[..., 3:] / 255)
    return np.rint(np.clip(rgb, 0, 255)).astype(np.uint8)


def _detail(rgb: NDArray[np.float64], alpha: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each pixel is from its four neighbours; a transparent or missing neighbour counts as equal."""
    detail = np.zeros_like(rgb)
    for axis in (0, 1):
        here = [slice(None), slice(None)]
        there = [slice(None), slice(None)]
        here[axis], there[axis] = slice(1, None), slice(None, -1)
        a, b = tuple(here), tuple(there)
        step = rgb[a] - rgb[b]
        detail[a] += step * alpha[b]
        detail[b] -= step * alpha[a]
    return detail
