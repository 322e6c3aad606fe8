"""From a big picture to few pixels: the methods by name, and what to do when the shapes differ."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .. import errors
from .cells import nearest
from .content_adaptive import content_adaptive
from .line_art import line_art
from .majority import contrast, k_centroid, mode
from .resample import box, lanczos
from .superpixels import gerstner

RGBA = NDArray[np.uint8]

FITS = ("stretch", "crop", "pad")

METHODS: dict[str, Callable[[RGBA, int, int], RGBA]] = {
    "nearest": nearest,
    "box": box,
    "lanczos": lanczos,
    "k-centroid": k_centroid,
    "mode": mode,
    "contrast": contrast,
    "content-adaptive": content_adaptive,
    "gerstner": gerstner,
    "line-art": line_art,
}

# Of a batch, each picture takes a thread of its own: these follow lines, which can't be split.
THREAD_A_PICTURE = ("line-art",)


def downscale(rgba: RGBA, width: int, height: int, method: str = "k-centroid", fit: str = "stretch") -> RGBA:
    """uint8 [H, W, 4] -> uint8 [height, width, 4].

    `fit`: stretch, crop (centred, fills) or pad (centred, transparent around). A picture that already has the
    size comes back as it is. Enlarging takes the nearest pixel, except with lanczos. Raises UnknownName.
    """
    require(method, fit)
    if fit == "crop":
        rgba = _cropped(rgba, width, height)
    inner = _inside(rgba, width, height) if fit == "pad" else (width, height)
    rgba = np.ascontiguousarray(rgba)
    small = rgba.copy() if rgba.shape[1::-1] == inner else METHODS[method](rgba, *inner)
    return _padded(small, width, height)


def require(method: str, fit: str) -> None:
    """Raise UnknownName unless there are such a method and such a fit."""
    errors.require(method, METHODS, what="Downscale method")
    errors.require(fit, FITS, what="Fit")


def _cropped(rgba: RGBA, width: int, height: int) -> RGBA:
    """The largest centred part with the aspect of width : height."""
    h, w = rgba.shape[:2]
    part_w = max(1, min(w, round(h * width / height)))
    part_h = max(1, min(h, round(w * height / width)))
    top, left = (h - part_h) // 2, (w - part_w) // 2
    return rgba[top : top + part_h, left : left + part_w]


def _inside(rgba: RGBA, width: int, height: int) -> tuple[int, int]:
    """The largest size with the picture's aspect inside width x height."""
    h, w = rgba.shape[:2]
    return max(1, min(width, round(w * height / h))), max(1, min(height, round(h * width / w)))


def _padded(rgba: RGBA, width: int, height: int) -> RGBA:
    down, right = height - rgba.shape[0], width - rgba.shape[1]
    return np.pad(rgba, ((down // 2, down - down // 2), (right // 2, right - right // 2), (0, 0)))
