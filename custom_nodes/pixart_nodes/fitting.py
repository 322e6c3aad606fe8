"""Pictures brought to a size: Pillow's filters for the pixels, `pixel/resize/frame.py` for where they go."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .picture_file import resized
from .pixel.resize import frame


def fitted(pixels: NDArray[np.uint8], width: int, height: int, fit: str, method: str = "lanczos") -> NDArray[np.uint8]:
    """uint8 [H, W] or [H, W, C] -> [height, width] or [height, width, C]; only cut or padded where that suffices."""
    spot = frame.place((pixels.shape[1], pixels.shape[0]), (width, height), fit)
    scaled = resized(pixels, spot.width, spot.height, method)
    return frame.laid(scaled, spot, (width, height), fit)
