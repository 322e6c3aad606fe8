"""What happens to pixel art on its way to a person: enlarged, resampled, blurred, compressed, drawn by a model.

Every distortion takes native pixels uint8 [h, w, 4], a scale and a seed, and gives a large picture uint8 [H, W, 4].
The first eight are the published comparison's, at its scale 8; the others are further ways to lose a grid.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

RGBA = NDArray[np.uint8]
Distortion = Callable[[RGBA, float, int], RGBA]

GROUND = (96, 104, 112)  # under transparent art where a format has no alpha


def nearest(art: RGBA, scale: float, seed: int) -> RGBA:
    """Every pixel a square of whole pixels."""
    k = max(2, round(scale))
    return art.repeat(k, axis=0).repeat(k, axis=1)


def fractional(art: RGBA, scale: float, seed: int) -> RGBA:
    """7.3 instead of 8: squares of seven and of eight pixels."""
    return resized(art, scale * 0.9125, Image.Resampling.NEAREST)


def bicubic(art: RGBA, scale: float, seed: int) -> RGBA:
    """Enlarged to whole squares, then made a little smaller with soft edges."""
    return resized(nearest(art, scale, seed), 0.93, Image.Resampling.BICUBIC)


def bilinear_upscale(art: RGBA, scale: float, seed: int) -> RGBA:
    """Enlarged with soft ramps from one pixel's middle to the next: no edges at all."""
    return resized(art, scale, Image.Resampling.BILINEAR)


def blur_noise(art: RGBA, scale: float, seed: int) -> RGBA:
    """Gaussian blur of sigma 1.5 and noise of sigma 4."""
    return _noisy(blurred(flat(nearest(art, scale, seed)), 1.5), 4, seed)


def jpeg_50(art: RGBA, scale: float, seed: int) -> RGBA:
    """JPEG of quality 50."""
    return jpeg(nearest(art, scale, seed), 50)


def lanczos_jpeg_75(art: RGBA, scale: float, seed: int) -> RGBA:
    """6.4 instead of 8 by Lanczos, then JPEG of quality 75."""
    return jpeg(resized(nearest(art, scale, seed), 0.8, Image.Resampling.LANCZOS), 75)


def jitter(art: RGBA, scale: float, seed: int) -> RGBA:
    """Columns and rows up to 18 % wider or narrower than they should be."""
    return drifted(art, scale, seed, 0.18)


def drifted(art: RGBA, scale: float, seed: int, amount: float) -> RGBA:
    """Columns and rows whose sizes differ from the scale by up to that share."""
    rng = np.random.default_rng(seed)
    sizes = []
    for count in art.shape[1::-1]:
        edges = np.rint(np.cumsum(scale * (1 + rng.uniform(-amount, amount, count)))).astype(np.intp)
        sizes.append(np.diff(edges, prepend=0))
    return art.repeat(sizes[1], axis=0).repeat(sizes[0], axis=1)


def lanczos_upscale(art: RGBA, scale: float, seed: int) -> RGBA:
    """Enlarged by Lanczos at 0.83 of the scale: soft steps with halos."""
    return resized(art, scale * 0.83, Image.Resampling.LANCZOS)


def bilinear_jpeg_90(art: RGBA, scale: float, seed: int) -> RGBA:
    """Enlarged by ramps, then JPEG of quality 90."""
    return jpeg(bilinear_upscale(art, scale, seed), 90)


def oblong(art: RGBA, scale: float, seed: int) -> RGBA:
    """Cells a quarter wider than high, nearest."""
    height, width = art.shape[:2]
    return _to_size(art, round(width * scale * 1.1), round(height * scale * 0.88), Image.Resampling.NEAREST)


def drawn(art: RGBA, scale: float, seed: int) -> RGBA:
    """Like a diffusion model's: columns and rows 9 % uneven, edges soft, grain of sigma 3, JPEG of quality 80."""
    soft = blurred(flat(drifted(art, scale * 0.97, seed, 0.09)), 0.8)
    return jpeg(_noisy(soft, 3, seed), 80)


DISTORTIONS: dict[str, Distortion] = {
    "nearest x8": nearest,
    "nearest x7.3": fractional,
    "bicubic x0.93": bicubic,
    "bilinear upscale": bilinear_upscale,
    "blur 1.5, noise 4": blur_noise,
    "JPEG 50": jpeg_50,
    "Lanczos x6.4, JPEG 75": lanczos_jpeg_75,
    "jitter 18 %": jitter,
}
FURTHER: dict[str, Distortion] = {
    "Lanczos upscale": lanczos_upscale,
    "bilinear, JPEG 90": bilinear_jpeg_90,
    "oblong cells": oblong,
    "as a model draws": drawn,
}


def flat(picture: RGBA) -> RGBA:
    """On a plain ground, opaque."""
    cover = picture[..., 3:] / 255
    colors = picture[..., :3] * cover + np.array(GROUND) * (1 - cover)
    return np.dstack([np.rint(colors), np.full(picture.shape[:2], 255)]).astype(np.uint8)


def resized(picture: RGBA, factor: float, how: Image.Resampling) -> RGBA:
    """So many times as large, colours weighed by alpha."""
    height, width = picture.shape[:2]
    return _to_size(picture, round(width * factor), round(height * factor), how)


def _to_size(picture: RGBA, width: int, height: int, how: Image.Resampling) -> RGBA:
    premultiplied = Image.fromarray(picture, "RGBA").convert("RGBa")
    return np.array(premultiplied.resize((width, height), how).convert("RGBA"))


def blurred(picture: RGBA, sigma: float) -> RGBA:
    """Gaussian, exact, edges repeated; alpha stays."""
    reach = round(4 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    colors = picture[..., :3].astype(np.float64)
    for axis in (0, 1):
        pad = [(0, 0)] * 3
        pad[axis] = (reach, reach)
        wide, size = np.pad(colors, pad, mode="edge"), colors.shape[axis]
        shifted = (np.take(wide, range(i, i + size), axis=axis) * weight for i, weight in enumerate(kernel))
        colors = sum(shifted, np.zeros_like(colors))
    return np.dstack([np.rint(colors), picture[..., 3:]]).astype(np.uint8)


def _noisy(picture: RGBA, sigma: float, seed: int) -> RGBA:
    grain = np.random.default_rng(seed).normal(0, sigma, (*picture.shape[:2], 3))
    return np.dstack([np.clip(np.rint(picture[..., :3] + grain), 0, 255), picture[..., 3:]]).astype(np.uint8)


def jpeg(picture: RGBA, quality: int) -> RGBA:
    """As it comes back from a JPEG of this quality, opaque."""
    out = io.BytesIO()
    Image.fromarray(flat(picture), "RGBA").convert("RGB").save(out, "JPEG", quality=quality)
    return np.array(Image.open(out).convert("RGBA"))
