"""Soft edges of a drawing made sharp: those of a photo out of focus, a blurred scan or a picture enlarged smoothly.

A shock filter lets the darker and the lighter side of each edge grow until both meet where the edge bends from one to
the other (Osher and Rudin, "Feature-oriented image enhancement using shock filters", 1990). Which side a pixel is on
says the sign of a smoothed second derivative, so that grain has no say (Alvarez and Mazorra, "Signal and image
restoration using shock filters and anisotropic diffusion", 1994).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins
from .cells import RGBA
from .ink import EDGE_HEIGHT, VISIBLE_ALPHA
from .noise import opaque, without_noise

Plane = NDArray[np.uint8]
Colors = NDArray[np.uint32]
Values = NDArray[Any]
Extreme = Callable[[Values, Values], Values]  # np.minimum or np.maximum

SOFTNESS_LINES = 16  # rows, and as many columns, that are looked at
LEAST_EDGES = 16  # edges at least that a picture's softness is read from
SHARPEST = 0.25  # of the edges cross a row or column squarely; slanting ones look wider than they are
SOFT_WIDTH = 2.5  # pixels: an edge that is drawn smoothly is up to two wide
SOFT_CUT_WIDTH = (
    5.0  # pixels, where something is transparent: alpha tells the outermost edges, and ringing about them grows
)
WIDEST_EDGE = 24  # pixels: a softer picture has no lines
LEAST_STEP = 40  # of 255: where all within an edge's width differ by less there is no edge, but grain
GROWTH = 0.6  # of an edge's width: half of it on either side, and a little for what is beside it


def sharpened(rgba: RGBA) -> RGBA:
    """uint8 [H, W, 4] with sharp edges where its own are soft; else the picture itself.

    Pixels take whole colours by their brightness, since the sides of an edge may meet elsewhere in each channel. Where
    brightness is the same on both sides, each channel is by itself. What is seen is opaque then, and has no noise.
    """
    width = softness(rgba)
    if not (SOFT_WIDTH if opaque(rgba) else SOFT_CUT_WIDTH) < width <= WIDEST_EDGE:
        return rgba
    return grown(without_noise(rgba, cut_out=True), math.ceil(GROWTH * width), max(2, round(width / 2)))


@twins.step("shock", patience=1 << 24)
def grown(rgba: RGBA, rounds: int, radius: int) -> RGBA:
    """uint8 [H, W, 4] whose sides of edges have grown by so many pixels; `radius` as for `shocked`."""
    colors, hidden = _packed(rgba), rgba[..., 3] < VISIBLE_ALPHA
    for _ in range(rounds + radius if hidden.any() else 0):  # what is seen goes on beyond where it ends
        colors = np.where(hidden, _extreme(colors, np.maximum, 1), colors)
    light = (colors >> 24).astype(np.uint8)
    result = shocked(colors, light, rounds, radius)
    planes = [result >> shift & 255 for shift in (16, 8, 0)]
    alike = ~_is_by_edge(light, rounds) & ~hidden
    for channel in range(3):
        own = np.ascontiguousarray(rgba[..., channel])
        apart = alike & _is_by_edge(own, rounds)
        if apart.any():  # a grey picture has no such places
            planes[channel] = np.where(apart, shocked(own, own, rounds, radius), planes[channel])
    return np.where(hidden[..., None], 0, np.stack([*planes, np.full_like(result, 255)], axis=-1)).astype(np.uint8)


def _packed(rgba: RGBA) -> Colors:
    """Each pixel's brightness, from 1 to 255, above its colour; 0 for what can hardly be seen: uint32 [H, W]."""
    red, green, blue, alpha = np.moveaxis(rgba, -1, 0).astype(np.uint32)
    light = np.maximum(1, _brightness(rgba)).astype(np.uint32)
    return np.where(alpha < VISIBLE_ALPHA, 0, light << 24 | red << 16 | green << 8 | blue).astype(np.uint32)


def softness(rgba: RGBA) -> float:
    """How wide a picture's sharper edges are, in pixels: the height of each by its steepest slope; 1 without edges.

    An edge is where brightness, 0 where nothing is seen, keeps rising or falling along a row or column.
    """
    down, across = (max(1, size // SOFTNESS_LINES) for size in rgba.shape[:2])
    lines = rgba[::down], rgba[:, ::across].swapaxes(0, 1)
    widths = np.concatenate([edge_widths(np.ascontiguousarray(each)) for each in lines])
    return float(np.quantile(widths, SHARPEST)) if len(widths) >= LEAST_EDGES else 1.0


@twins.step("ink", patience=1 << 24)
def edge_widths(lines: RGBA) -> NDArray[np.float64]:
    """The widths of the edges along lines of pixels uint8 [n, length, 4], in pixels: float64 [edges]."""
    light = np.where(lines[..., 3] > 0, _brightness(lines), 0)
    steps = np.diff(light, axis=1, append=light[:, -1:]).ravel()  # a line's last step is none, and ends its runs
    starts = np.flatnonzero(np.diff(np.sign(steps), prepend=2))
    heights = np.abs(np.add.reduceat(steps, starts))
    slopes = np.maximum.reduceat(np.abs(steps), starts)
    return heights[heights >= EDGE_HEIGHT] / slopes[heights >= EDGE_HEIGHT]


def _brightness(rgba: RGBA) -> NDArray[np.int32]:
    """0 to 255, by sRGB channels weighed in eighths."""
    red, green, blue = np.moveaxis(rgba[..., :3], -1, 0).astype(np.int32)
    return 2 * red + 5 * green + blue >> 3


def shocked(values: Values, light: Plane, rounds: int, radius: int) -> Values:
    """Values [H, W] that grow from both sides of the edges of `light` by so many pixels; both have the same order.

    `radius`: how many pixels about each one tell on which side of an edge it is.
    """
    near, around = _sums(light, 1) * (2 * radius + 1) ** 2, _sums(light, radius) * 3**2
    low, high = near < around, near > around
    result = values
    for _ in range(rounds):
        result = np.where(low, _extreme(result, np.minimum, 1), np.where(high, _extreme(result, np.maximum, 1), result))
    return np.where(_is_by_edge(light, rounds), result, values)


def _is_by_edge(light: Plane, rounds: int) -> NDArray[np.bool_]:
    """Where an edge is so near: bool [H, W]."""
    return _extreme(light, np.maximum, rounds) - _extreme(light, np.minimum, rounds) >= LEAST_STEP


def _sums(plane: Plane, radius: int) -> NDArray[np.int32]:
    """The sum about each pixel, so many to each side: int32 [H, W]; a picture goes on beyond its edges as it ends."""
    size = 2 * radius + 1
    sums = np.pad(plane, ((radius + 1, radius), (radius + 1, radius)), mode="edge").cumsum(axis=0, dtype=np.int32)
    sums = (sums[size:] - sums[:-size]).cumsum(axis=1, dtype=np.int32)
    return sums[:, size:] - sums[:, :-size]


def _extreme(values: Values, extreme: Extreme, radius: int) -> Values:
    """The least or largest value about each pixel, so many to each side: [H, W]."""
    framed = np.pad(values, radius, mode="edge")
    for _ in range(radius):
        framed = extreme(extreme(framed[:-2], framed[1:-1]), framed[2:])
        framed = extreme(extreme(framed[:, :-2], framed[:, 1:-1]), framed[:, 2:])
    return framed
