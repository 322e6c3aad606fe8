"""ComfyUI's IMAGE, float [B, H, W, C] 0..1, to and from uint8 arrays; the only file that knows tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def to_rgba(image: Any) -> NDArray[np.uint8]:
    """IMAGE with 1, 3 or 4 channels -> uint8 [B, H, W, 4], rounded; NaN is 0, infinities are clipped."""
    values = np.asarray(image.detach().cpu().float().numpy())
    if values.ndim != 4 or values.shape[3] not in (1, 3, 4) or 0 in values.shape:
        raise ValueError(f"Expected images [batch, height, width, 1, 3 or 4], got {list(values.shape)}.")
    scaled = np.nan_to_num(values * np.float32(255), nan=0.0, posinf=255.0, neginf=0.0)
    pixels = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    if pixels.shape[3] == 4:
        return pixels
    opaque = np.full((*pixels.shape[:3], 1), 255, np.uint8)
    return np.concatenate([np.repeat(pixels, 3 // pixels.shape[3], axis=3), opaque], axis=3)


def to_image(pixels: NDArray[np.uint8], like: Any) -> Any:
    """uint8 [B, H, W, C] -> IMAGE on the device of the tensor `like`; `to_rgba` gives the same bytes back."""
    return like[:0].float().new_tensor(pixels.astype(np.float32) / np.float32(255))


def to_pixels(image: Any) -> NDArray[np.uint8]:
    """IMAGE -> uint8 [B, H, W, 3 or 4], rounded: with alpha only where the image has it."""
    rgba = to_rgba(image)
    return rgba if image.shape[3] == 4 else rgba[..., :3]


def mask_bytes(mask: Any) -> NDArray[np.uint8]:
    """MASK [H, W] or [B, H, W] with 0..1 -> uint8 [B, H, W], rounded."""
    return to_rgba(mask.reshape(-1, *mask.shape[-2:], 1))[..., 0]


def to_mask(values: NDArray[np.uint8], like: Any) -> Any:
    """uint8 [B, H, W] -> MASK on the device of the tensor `like`; `mask_bytes` gives the same bytes back."""
    return to_image(values, like)
