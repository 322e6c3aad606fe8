"""ComfyUI's IMAGE, float [B, H, W, C] 0..1, to and from uint8 arrays; the only file that knows tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .errors import PictureError
from .pixel.color.levels import to_bytes, to_floats

OPAQUE = 1 - 0.5 / 255  # rounds to 255


def to_values(image: Any) -> NDArray[np.float32]:
    """IMAGE with 1, 3 or 4 channels -> float32 [B, H, W, C], the tensor's own memory where that is possible."""
    values = np.asarray(image.detach().cpu().float().numpy())
    if values.ndim != 4 or values.shape[3] not in (1, 3, 4) or 0 in values.shape:
        raise PictureError(f"Expected images [batch, height, width, 1, 3 or 4], got {list(values.shape)}.")
    return values


def to_rgba(image: Any) -> NDArray[np.uint8]:
    """IMAGE with 1, 3 or 4 channels -> uint8 [B, H, W, 4], rounded; NaN is 0, infinities are clipped."""
    return to_bytes(to_values(image))


def to_image(pixels: NDArray[np.uint8], like: Any) -> Any:
    """uint8 [B, H, W, C] -> IMAGE on the device of the tensor `like`; `to_rgba` gives the same bytes back."""
    return as_image(to_floats(pixels), like)


def as_image(values: NDArray[np.float32], like: Any) -> Any:
    """float32 0..1 [B, H, W, C] -> IMAGE on the device of the tensor `like`, which takes the array over."""
    return torch.from_numpy(values).to(like.device)


def to_pixels(image: Any) -> NDArray[np.uint8]:
    """IMAGE -> uint8 [B, H, W, 3 or 4], rounded: with alpha only where the image has it."""
    rgba = to_rgba(image)
    return rgba if image.shape[3] == 4 else rgba[..., :3]


def without_idle_alpha(image: Any) -> Any:
    """The IMAGE as RGB where nothing of its batch is transparent: JPEG and many programs take no alpha.

    What would be saved as 255 of 255 is not transparent.
    """
    if image.shape[3] == 4 and float(image[..., 3].min()) >= OPAQUE:  # in float64: bfloat16 would round OPAQUE to 254
        return image[..., :3]
    return image


def as_saved(image: Any) -> Any:
    """The IMAGE as a file of 8 bits has it: float32 with 3 or 4 channels, on the CPU.

    Core's previews cut off what lies between two levels, and take neither bfloat16 nor a single channel.
    """
    return to_image(to_pixels(image), like=torch.empty(0))


def mask_bytes(mask: Any) -> NDArray[np.uint8]:
    """MASK [H, W] or [B, H, W] with 0..1 -> uint8 [B, H, W], rounded."""
    if mask.ndim < 2 or 0 in mask.shape:
        raise PictureError(f"Expected masks [batch, height, width], got {list(mask.shape)}.")
    return to_rgba(mask.reshape(-1, *mask.shape[-2:], 1))[..., 0]


def to_mask(values: NDArray[np.uint8], like: Any) -> Any:
    """uint8 [B, H, W] -> MASK on the device of the tensor `like`; `mask_bytes` gives the same bytes back."""
    return to_image(values, like)
