"""What is timed beside the peers, and the goals that were set: each a function, listed in `contests`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.dither import ordered, positional, quantize
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.files.panel import rgb565
from pixart_nodes.pixel.palette import extract, nearest
from pixart_nodes.pixel.palette.palette import Palette
from pixart_nodes.pixel.resize import downscale

from . import peers
from .contest import FASTEST_EXACT, RGB, Contest, Run, ffmpeg
from .diffusion_contests import (
    batch_contest,
    default_contest,
    diffusing,
    floyd_contest,
    kernel_contests,
    large_contest,
    linear_contest,
    serpentine_contest,
)
from .pictures import mosaic, palette, rgba


def contests(side: int = 1024) -> Iterator[Contest]:
    """All of them, on a picture of side x side."""
    picture = mosaic(side)
    image = Image.fromarray(picture)
    for count in (32, 256):
        yield nearest_contest(picture, image, palette(count))
    yield oklab_contest(picture, palette(32))
    yield floyd_contest(picture, image, palette(32))
    yield linear_contest(picture, palette(32))
    yield floyd_contest(picture, image, palette(256))
    yield large_contest(mosaic(2 * side), palette(256))
    yield default_contest(picture, palette(32))
    yield serpentine_contest(picture, palette(32))
    yield batch_contest(mosaic(side // 2), palette(32))
    yield from kernel_contests(picture, palette(32))
    yield bayer_contest(picture, palette(32))
    yield knoll_contest(picture, palette(32))
    for count in (32, 256):
        yield palette_contest(picture, image, count)
    for count in (32, 256):
        yield all_pixels_contest(mosaic(side // 2), count)
    yield cells_contest(picture)
    yield panel_contest(picture)
    yield panel_dither_contest(picture)
    yield from node_contests(picture, palette(32))
    yield from small_contests()


def nearest_contest(picture: RGB, image: Image.Image, colors: RGB) -> Contest:
    """T1, T2: nearest colour in sRGB."""
    few = len(colors) <= 32
    return Contest(
        f"nearest, sRGB, {len(colors)} colours",
        lambda: nearest.indices(picture, colors, "srgb"),
        {
            "unfake": lambda: peers.unfake_nearest(picture, colors),
            "dithering, strength 0": lambda: peers.dithering(picture, colors, strength=0.0),
            "OpenCV batchDistance": lambda: peers.opencv_nearest(picture, colors),
            "Pillow (inexact)": lambda: peers.pillow_indices(image, colors),
        },
        {FASTEST_EXACT: 11, "Pillow (inexact)": 1 / 1.8} if few else {FASTEST_EXACT: 8},
        {"Pillow (inexact)": 1 / 1.2} if few else {FASTEST_EXACT: 12},
    )


def oklab_contest(picture: RGB, colors: RGB) -> Contest:
    """T3: nearest colour in OKLab."""
    return Contest(
        f"nearest, OKLab, {len(colors)} colours",
        lambda: nearest.indices(picture, colors, "oklab"),
        {
            "ffmpeg paletteuse (0.05 % wrong)": ffmpeg(picture, colors),
            "epaper-dithering (13 % wrong)": lambda: peers.epaper(picture, colors, "none"),
            "numpy": lambda: peers.numpy_oklab(picture, colors),
        },
        {"ffmpeg paletteuse (0.05 % wrong)": 5, "epaper-dithering (13 % wrong)": 11, "numpy": 7},
    )


def bayer_contest(picture: RGB, colors: RGB) -> Contest:
    """T11: Bayer 8 x 8."""
    return Contest(
        f"Bayer 8 x 8, {len(colors)} colours",
        lambda: ordered.ordered(picture, colors, "oklab", "bayer-8"),
        {
            "dithering bayer8x8": lambda: peers.dithering(picture, colors, "bayer8x8"),
            "ffmpeg bayer": ffmpeg(picture, colors, "bayer"),
            "ComfyUI's bayer-8 (inexact)": lambda: peers.comfyui_bayer(Image.fromarray(picture), colors),
        },
        {FASTEST_EXACT: 10, "ComfyUI's bayer-8 (inexact)": 4},
    )


def knoll_contest(picture: RGB, colors: RGB) -> Contest:
    """T11: Knoll's patterns, against numpy; ours weighs what the eye mixes, and so does more."""
    return Contest(
        f"Knoll 4 x 4, {len(colors)} colours",
        lambda: positional.positional(picture, colors, "oklab", "knoll-4"),
        {"Knoll in numpy": lambda: peers.numpy_knoll(picture, colors)},
        {"Knoll in numpy": 15},
        rounds=3,
    )


def palette_contest(picture: RGB, image: Image.Image, count: int) -> Contest:
    """T12: palette extraction; the errors are in the quality table."""
    whole = rgba(picture)
    return Contest(
        f"palette of {count} colours, k-means in OKLab",
        lambda: extract.extract(whole, count, "k-means"),
        {
            "libimagequant, speed 4": lambda: peers.libimagequant(picture, count),
            "Pillow median cut": lambda: peers.pillow_palette(image, count, Image.Quantize.MEDIANCUT),
            "Pillow octree": lambda: peers.pillow_palette(image, count, Image.Quantize.FASTOCTREE),
        },
        {"libimagequant, speed 4": 20, "Pillow median cut": 20} if count == 32 else {"libimagequant, speed 4": 3},
        rounds=7,
    )


def all_pixels_contest(picture: RGB, count: int) -> Contest:
    """T12: beside k-means over all pixels, whose error ours comes near to."""
    whole, points = rgba(picture), spaces.METRICS["oklab"][0](picture.reshape(-1, 3))
    return Contest(
        f"palette of {count} colours, k-means in OKLab, {len(picture)} x {len(picture)}",
        lambda: extract.extract(whole, count, "k-means"),
        {
            "scikit-learn, k-means": lambda: peers.sklearn_k_means(points, count),
            "libimagequant, speed 4": lambda: peers.libimagequant(picture, count),
        },
        {"scikit-learn, k-means": 80} if count == 32 else {"libimagequant, speed 4": 1.4},
        rounds=5,
    )


def cells_contest(picture: RGB) -> Contest:
    """T13: k-centroid to an eighth."""
    whole, small = rgba(picture), len(picture) // 8
    return Contest(
        f"k-centroid to {small} x {small}",
        lambda: downscale.downscale(whole, small, small, "k-centroid"),
        {
            "Pillow loop of ComfyUI packs": lambda: peers.pillow_k_centroid(picture, small, small),
            "unfake dominant": lambda: peers.unfake_dominant(whole, 8),
        },
        {"Pillow loop of ComfyUI packs": 45, "unfake dominant": 1},
        {"Pillow loop of ComfyUI packs": 70},
        rounds=7,
    )


def panel_contest(picture: RGB) -> Contest:
    """T14: RGB565, high byte first."""
    # As many bytes are read and written as packing does; real ones, as zeros never written to are one page of memory.
    traffic = picture.reshape(-1)[: picture.size * 5 // 6].copy()
    return Contest(
        "RGB565, truncated",
        lambda: rgb565.truncated(picture, rgb565.PLAIN),
        {
            "memcpy of as many bytes to new memory": traffic.copy,
            "OpenCV": lambda: peers.opencv_rgb565(picture),
            "numpy": lambda: peers.numpy_rgb565(picture),
        },
        {"memcpy of as many bytes to new memory": 0.8, "OpenCV": 2.5, "numpy": 8},
        rounds=41,
    )


def panel_dither_contest(picture: RGB) -> Contest:
    """T14: RGB565 with Bayer's 8 x 8."""
    return Contest(
        "RGB565, Bayer 8 x 8",
        lambda: rgb565.ordered(picture, rgb565.PLAIN),
        {"swscale": lambda: peers.swscale_rgb565(picture)},
        {"swscale": 6},
    )


def node_contests(picture: RGB, colors: RGB) -> Iterator[Contest]:
    """T15: from ComfyUI's IMAGE to IMAGE."""
    try:
        import torch
    except ModuleNotFoundError:
        print("  the nodes are left out: torch is not installed")
        return
    image, from_socket = torch.from_numpy(picture.astype(np.float32) / 255)[None], Palette.of(colors)
    yield Contest(
        f"a node: nearest, sRGB, {len(colors)} colours",
        lambda: node(image, from_socket, "none"),
        {"ComfyUI's own (inexact)": lambda: peers.comfyui_quantize(image, colors, Image.Dither.NONE)},
        {"ComfyUI's own (inexact)": 2.4},
    )
    yield Contest(
        f"a node: Floyd-Steinberg, sRGB, {len(colors)} colours",
        lambda: node(image, from_socket, "floyd-steinberg"),
        {
            "ComfyUI's own (inexact)": lambda: peers.comfyui_quantize(image, colors, Image.Dither.FLOYDSTEINBERG),
            "dithering in a node": lambda: peers.dithering_node(image, colors),
        },
        {"ComfyUI's own (inexact)": 1.4, "dithering in a node": 3.5},
    )


def node(image: Any, palette_of_socket: Palette, dither: str) -> Any:
    """What PixartQuantize does with a palette from its socket, without ComfyUI around it."""
    from pixart_nodes import tensors

    values = tensors.to_values(image)
    done = np.empty((*values.shape[:-1], 4), np.float32)
    for one, out in zip(values, done, strict=True):
        quantize.draw(one, out, Quantization(palette_of_socket, "srgb", dither, 1.0, False, 0.0, "srgb"))
    return tensors.as_image(done, image)


def small_contests(side: int = 64) -> Iterator[Contest]:
    """T16: a picture as small as pixel art is, as one comes now and then; and twenty on end."""
    picture = mosaic(side)
    whole, image, floyd = rgba(picture), Image.fromarray(picture), Image.Dither.FLOYDSTEINBERG
    for count in (32, 256):
        colors, name = palette(count), f"{count} colours, {side} x {side}"
        yield from once_and_on_end(
            f"nearest, sRGB, {name}",
            lambda colors=colors: nearest.indices(picture, colors, "srgb"),
            {"Pillow (inexact)": lambda colors=colors: peers.pillow_indices(image, colors)},
        )
        yield from once_and_on_end(
            f"Floyd-Steinberg, sRGB, {name}",
            diffusing(picture, colors, metric="srgb", light="srgb"),
            {"Pillow (inexact)": lambda colors=colors: peers.pillow_indices(image, colors, floyd)},
        )
    yield from once_and_on_end(
        f"palette of 32 colours, {side} x {side}",
        lambda: extract.extract(whole, 32, "k-means"),
        {"Pillow median cut": lambda: peers.pillow_palette(image, 32, Image.Quantize.MEDIANCUT)},
    )


def once_and_on_end(name: str, ours: Run, rivals: Mapping[str, Run]) -> Iterator[Contest]:
    """The goal is for once: no slower. On end, code and tables are in the processor's nearest caches."""
    yield Contest(name, ours, rivals, dict.fromkeys(rivals, 1.0), rounds=61)
    yield Contest(f"{name}, 20 times on end", ours, rivals, times=20)
