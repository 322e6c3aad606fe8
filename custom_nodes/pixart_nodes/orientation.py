"""Pictures turned as EXIF and TIFF say: a number for each of the eight ways that a camera can be held or mirrored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

TURNS: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(pixels, 2).swapaxes(0, 1),
    8: np.rot90,
}


def turned(pixels: NDArray[Any], orientation: int | None) -> NDArray[Any]:
    """[H, W] or [H, W, C] as it is seen; the very array where the number is 1, or none of these."""
    turn = TURNS.get(orientation or 1)
    return pixels if turn is None else np.ascontiguousarray(turn(pixels))
