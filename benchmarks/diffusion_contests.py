"""Error diffusion beside the peers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image
from pixart_nodes.pixel.compiled import cores
from pixart_nodes.pixel.dither import error_diffusion
from pixart_nodes.pixel.dither.diffusion_kernels import KERNELS

from . import peers
from .contest import FASTEST_EXACT, RGB, Contest, Run, alone, ffmpeg
from .pictures import rgba

DITHERING_NAMES = {  # what PyPI dithering calls our kernels
    "atkinson": "atkinson",
    "jarvis-judice-ninke": "jarvis_judice_ninke",
    "stucki": "stucki",
    "burkes": "burkes",
    "sierra": "sierra",
    "sierra-two-row": "two_row_sierra",
    "sierra-lite": "sierra_lite",
}


def floyd_contest(picture: RGB, image: Image.Image, colors: RGB) -> Contest:
    """T4, T6: Floyd-Steinberg in sRGB values; of many colours a look-up table is kept from run to run."""
    few = len(colors) <= 32
    return Contest(
        f"Floyd-Steinberg, sRGB, {len(colors)} colours",
        diffusing(picture, colors, metric="srgb", light="srgb"),
        {
            "dithering": lambda: peers.dithering(picture, colors),
            "Pillow (inexact)": lambda: peers.pillow_indices(image, colors, Image.Dither.FLOYDSTEINBERG),
        },
        {FASTEST_EXACT: 4.3, "Pillow (inexact)": 1.2} if few else {FASTEST_EXACT: 18, "Pillow (inexact)": 1 / 1.15},
        rounds=11 if few else 7,
    )


def linear_contest(picture: RGB, colors: RGB) -> Contest:
    """T5: as nodes do it by default, but for the order."""
    return Contest(
        f"Floyd-Steinberg, linear light, OKLab search, {len(colors)} colours",
        diffusing(picture, colors),
        {
            "dithering, linear": lambda: peers.dithering(picture, colors, linear=True),
            "ffmpeg": ffmpeg(picture, colors, "floyd_steinberg"),
            "epaper-dithering": lambda: peers.epaper(picture, colors),
            "libimagequant": lambda: peers.libimagequant_dither(picture, colors),
            "ImageMagick": lambda: peers.imagemagick(picture, colors),
        },
        {"dithering, linear": 3.6, "ffmpeg": 6, "epaper-dithering": 9, "libimagequant": 9},
    )


def large_contest(picture: RGB, colors: RGB) -> Contest:
    """T6: four times as large."""
    image, floyd = Image.fromarray(picture), Image.Dither.FLOYDSTEINBERG
    return Contest(
        f"Floyd-Steinberg, sRGB, {len(colors)} colours, {len(picture)} x {len(picture)}",
        diffusing(picture, colors, metric="srgb", light="srgb"),
        {"Pillow (inexact)": lambda: peers.pillow_indices(image, colors, floyd)},
        {"Pillow (inexact)": 1},
        rounds=7,
    )


def serpentine_contest(picture: RGB, colors: RGB) -> Contest:
    """T8: there and back."""
    return Contest(
        f"Floyd-Steinberg, serpentine, sRGB, {len(colors)} colours",
        diffusing(picture, colors, metric="srgb", light="srgb", serpentine=True),
        {
            "dithering": lambda: peers.dithering(picture, colors, serpentine=True),
            "epaper-dithering": lambda: peers.epaper(picture, colors, serpentine=True),
        },
        {"dithering": 1.7},
    )


def default_contest(picture: RGB, colors: RGB) -> Contest:
    """What a node does unless told otherwise."""
    return Contest(
        f"Floyd-Steinberg, serpentine, linear light, OKLab search, {len(colors)} colours",
        diffusing(picture, colors, serpentine=True),
        {
            "dithering, linear": lambda: peers.dithering(picture, colors, linear=True, serpentine=True),
            "epaper-dithering": lambda: peers.epaper(picture, colors, serpentine=True),
        },
    )


def batch_contest(picture: RGB, colors: RGB, count: int = 8) -> Contest:
    """Frames of an animation, each on a thread of its own."""
    run = diffusing(picture, colors, metric="srgb", light="srgb", serpentine=True)
    frames = np.stack([picture] * count)
    return Contest(
        f"the same, {count} pictures of {len(picture)} x {len(picture)}",
        lambda: list(cores.each(lambda _: run(), frames, together=True)),
        {"dithering": lambda: [peers.dithering(one, colors, serpentine=True) for one in frames]},
        {"dithering": 1.7},
        rounds=7,
    )


def kernel_contests(picture: RGB, colors: RGB) -> Iterator[Contest]:
    """T7: the other kernels."""
    for kernel, name in DITHERING_NAMES.items():
        yield Contest(
            f"{kernel}, sRGB, {len(colors)} colours",
            diffusing(picture, colors, kernel, metric="srgb", light="srgb"),
            {
                "dithering": lambda name=name: peers.dithering(picture, colors, name),
                "our Floyd-Steinberg": alone(diffusing(picture, colors, metric="srgb", light="srgb")),
            },
            {"dithering": 3.3, "our Floyd-Steinberg": 1 / 1.5},
            rounds=5,
        )


def diffusing(picture: RGB, colors: RGB, kernel: str = "floyd-steinberg", **options: Any) -> Run:
    """Ours; raster order unless told."""
    whole, everywhere = rgba(picture), np.ones(picture.shape[:2], bool)
    settings = {"metric": "oklab", "serpentine": False, "light": "linear", **options}
    return lambda: error_diffusion.diffuse(whole, everywhere, colors, kernel=KERNELS[kernel], **settings)
