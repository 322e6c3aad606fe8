"""Between a picture's bytes and the floats 0..1 that ComfyUI has, and from palette indices to colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins

AT_ONCE = 1 << 16  # pixels converted together: bounds what the plain form takes


@twins.step("levels", patience=1 << 26)
def to_bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """float32 0..1 [..., 1, 3 or 4] -> uint8 [..., 4], halves rounded to even; NaN is 0, what is outside is clipped."""
    flat = values.reshape(-1, values.shape[-1])
    out = np.full((len(flat), 4), 255, np.uint8)
    filled = out[:, : max(3, flat.shape[1])]
    for at in range(0, len(flat), AT_ONCE):
        share = np.fmin(np.fmax(flat[at : at + AT_ONCE], 0), 1)  # of a number and NaN, the number
        filled[at : at + AT_ONCE] = np.rint(share * np.float32(255))
    return out.reshape(*values.shape[:-1], 4)


@twins.step("levels", patience=1 << 26)
def to_floats(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 of any shape -> float32 0..1; `to_bytes` gives the same bytes back."""
    return np.divide(pixels, np.float32(255), dtype=np.float32)


@twins.step("levels", patience=1 << 26)
def paint(indices: NDArray[np.int16], opaque: NDArray[np.bool_], entries: NDArray[Any], out: NDArray[Any]) -> None:
    """Write the entry [N, 4] of each index [...] into `out` [..., 4], contiguous; zeros outside the mask [...]."""
    np.take(entries, indices, axis=0, out=out, mode="clip")
    out[~opaque] = 0


def painted(indices: NDArray[np.int16], opaque: NDArray[np.bool_], colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colours [N, 3] for indices [...]: uint8 [..., 4], opaque, but zeros outside the mask [...]."""
    out = np.empty((*indices.shape, 4), np.uint8)
    paint(indices, opaque, with_alpha(colors), out)
    return out


def with_alpha(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 [..., 3] -> [..., 4], opaque."""
    return np.concatenate([colors, np.full_like(colors[..., :1], 255)], axis=-1)
