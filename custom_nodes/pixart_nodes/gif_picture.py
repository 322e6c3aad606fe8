"""The frames of a GIF as they are seen: Pillow unpacks each one's indices, the rest is ours.

Pillow's own frames lay what vanishes on the background that the file names, and lose colours that come back.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .pixel.files import gif_blocks, patch
from .pixel.files.gif_blocks import Frame, Strip


def frames(strip: Strip) -> Iterator[NDArray[np.uint8]]:
    """uint8 [H, W, 4] each. Raises OSError for a frame that is cut off."""
    return patch.composed(strip.size, map(_patch, strip.frames))


def first(data: bytes) -> NDArray[np.uint8]:
    """The first frame. Raises ValueError and OSError for what is cut off."""
    return next(frames(gif_blocks.first(data)))


def _patch(frame: Frame) -> patch.Patch:
    with Image.open(io.BytesIO(frame.still)) as picture:
        indices = np.asarray(picture.convert("L"))
    return patch.Patch(frame.table[indices], frame.left, frame.top, frame.disposal)
