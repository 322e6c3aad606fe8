"""Upscalers by name: on latents, on pixels, and the models in ComfyUI's `upscale_models` folder."""

from __future__ import annotations

from typing import Any

import folder_paths
import numpy as np
import torch
from numpy.typing import NDArray

from ..pixel import errors
from ..pixel.palette import picture
from ..pixel.resize import downscale
from ..tensors import to_image, to_rgba
from . import core

# name -> mode and antialias of torch's interpolate, as in AUTOMATIC1111's latent_upscale_modes
LATENT = {
    "Latent": ("bilinear", False),
    "Latent (antialiased)": ("bilinear", True),
    "Latent (bicubic)": ("bicubic", False),
    "Latent (bicubic antialiased)": ("bicubic", True),
    "Latent (nearest)": ("nearest", False),
    "Latent (nearest-exact)": ("nearest-exact", False),
}
PLAIN = {"None": "lanczos", "Lanczos": "lanczos", "Nearest": "nearest"}  # name -> method of pixel/resize/downscale.py
MOST_TURNS = 3  # AUTOMATIC1111 runs a model up to three times when once isn't large enough


def names() -> list[str]:
    """The upscalers for pictures."""
    return [*PLAIN, *folder_paths.get_filename_list("upscale_models")]


def require(name: str) -> None:
    """Raise UnknownName unless that is an upscaler for pictures."""
    errors.require(name, names(), what="Upscaler")


def require_any(name: str) -> None:
    """Raise UnknownName unless that is an upscaler for latents or pictures."""
    errors.require(name, [*LATENT, *names()], what="Upscaler")


def latent(samples: torch.Tensor, name: str, width: int, height: int) -> torch.Tensor:
    """Latents [..., h, w] -> [..., height, width]: grown until they cover it, the rest cut off evenly."""
    mode, antialias = LATENT[name]
    across, down = picture.covering_size(samples.shape[-1], samples.shape[-2], width, height)
    planes = samples.reshape(-1, *samples.shape[-3:])
    grown = torch.nn.functional.interpolate(planes, size=(down, across), mode=mode, antialias=antialias)
    left, top = (across - width) // 2, (down - height) // 2
    part = grown[..., top : top + height, left : left + width]
    return part.reshape(*samples.shape[:-2], height, width).contiguous()


def image(pixels: Any, name: str, width: int, height: int) -> Any:
    """IMAGE [B, h, w, C] -> [B, height, width, 3 or 4], in 8 bits: covers the size, the rest is cut off evenly."""
    rgba = to_rgba(pixels)
    across, down = picture.covering_size(rgba.shape[2], rgba.shape[1], width, height)
    if name not in PLAIN:
        rgba = _by_model(rgba, name, across, down)
    grown = _resized(rgba, across, down, PLAIN.get(name, "lanczos"))
    left, top = (across - width) // 2, (down - height) // 2
    part = grown[:, top : top + height, left : left + width]
    return to_image(part if pixels.shape[3] == 4 else part[..., :3], like=pixels)


def _resized(rgba: NDArray[np.uint8], width: int, height: int, method: str) -> NDArray[np.uint8]:
    return np.stack([downscale.downscale(one, width, height, method) for one in rgba])


def _by_model(rgba: NDArray[np.uint8], name: str, width: int, height: int) -> NDArray[np.uint8]:
    """uint8 [B, H, W, 4] grown by the model until it covers the size; at the same size it runs once.

    The model sees colours only; the alpha grows beside them with Lanczos.
    """
    model = core.node("UpscaleModelLoader").execute(name).args[0]
    run = core.node("ImageUpscaleWithModel").execute
    grown = to_image(rgba[..., :3], like=torch.empty(0))
    for turn in range(MOST_TURNS):
        before = grown.shape[2], grown.shape[1]
        if before[0] >= width and before[1] >= height and (turn or before != (width, height)):
            break
        grown = run(model, grown).args[0]
        if (grown.shape[2], grown.shape[1]) == before:
            break
    alpha = np.repeat(rgba[..., 3:], 4, axis=3)
    alpha[..., 3] = 255
    result = to_rgba(grown)
    result[..., 3] = _resized(alpha, result.shape[2], result.shape[1], "lanczos")[..., 0]
    return result
