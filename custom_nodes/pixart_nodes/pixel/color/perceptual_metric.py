"""A 3 x 3 matrix for each colour and metric: it maps small differences in light to perceived differences.

Neighbouring pixels blend in light, not in a metric's coordinates; what is left over after blending is small, and so
can be felt by a straight-line estimate of the metric at the colour that is wished for. That makes the cost of a mix
a quadratic form: cheap enough to try every mix, and without a root or a power that two machines might round apart.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from . import spaces

BITS = 4  # a channel: cells of 16 x 16 x 16 colours share a matrix
# Over how much of full light the metric's slope is taken, so that it stays finite at black. What a sparse palette
# misses isn't small: metrics with a root for each channel would feel a little blue too much in a dark red more than
# all its red missing, so theirs is the slope of larger steps. By S-CIELAB on photographs; OKLab's roots mix channels.
STEP, LARGER_STEP = 0.02, 0.4
LARGER_STEP_SPACES = ("srgb", "redmean", "cielab", "ciede2000")
# What an error of brightness costs beside what a metric says of it, as a share of the metric's distance from black to
# white, squared. Metrics with a root for each channel ask for more: to them a bright green is nearer to a dark grey. By
# the means of flat colours in all built-in palettes: with less, some lose over 0.04 of full light.
BRIGHTNESS = {"srgb": 30.0, "redmean": 22.0, "linear": 15.0, "oklab": 3.0, "cielab": 85.0, "ciede2000": 50.0}
# Fewer colours can mix fewer hues, so that more is pulling at the brightness; they have nothing to lose by it.
BRIGHTNESS_COLORS, BRIGHTNESS_POWER = 16, 2.0


@cache
def values(light: str) -> NDArray[np.float64]:
    """The amount 0..1 of each 8-bit value, [256]: what is averaged."""
    table = spaces.linear(np.arange(256.0)) if light == "linear" else np.arange(256) / 255
    table.setflags(write=False)
    return table


def amounts(srgb: NDArray[np.floating], light: str) -> NDArray[np.floating]:
    """The amounts 0..1 of fractional sRGB values 0..255 of any shape, in the light `light`."""
    return spaces.linear(srgb) if light == "linear" else srgb / 255


@cache
def centres(bits: int, light: str) -> NDArray[np.float32]:
    """The amount 0..1 in the middle of each of the 2^bits cells along a channel: [2^bits]."""
    width = 256 >> bits
    table = amounts(np.arange(0.0, 256.0, width) + (width - 1) / 2, light).astype(np.float32)
    table.setflags(write=False)
    return table


@cache
def matrices(metric: str, light: str, step: float | None = None) -> NDArray[np.float32]:
    """float32 [9, 4096]: amounts to coordinates in which squared length is the metric's squared distance.

    Column r << 8 | g << 4 | b holds the 3 x 3 matrix of the cell whose channels' upper four bits these are. `step`: how
    much of full light the slope is taken over, where that isn't the metric's own.
    """
    coordinates, distance = spaces.METRICS[metric]
    step = step or (LARGER_STEP if light == "linear" and metric in LARGER_STEP_SPACES else STEP)
    middle = centres(BITS, light).astype(np.float64)
    at = np.stack(np.meshgrid(middle, middle, middle, indexing="ij"), axis=-1).reshape(-1, 3)
    low = np.clip(at - step / 2, 0, 1 - step)
    here = coordinates(_srgb(low, light))
    slopes = [(coordinates(_srgb(low + step * axis, light)) - here) / step for axis in np.eye(3)]
    # Along each coordinate: 1 for Euclidean metrics, the weight of the others there
    weights = [distance(here.T, (here + axis).T) for axis in np.eye(3)]
    jacobian = np.stack(slopes, axis=-1) * np.sqrt(np.stack(weights, axis=-1))[..., None]
    table = np.ascontiguousarray(jacobian.reshape(-1, 9).T.astype(np.float32))
    table.setflags(write=False)
    return table


def brightness(metric: str, colors: int) -> NDArray[np.float32]:
    """float32 [3]: amounts to a fourth coordinate, the brightness, that counts beside the metric's three.

    For palettes of so many colours. What can't be mixed so keeps its brightness first, and then what it can of its hue.
    """
    coordinates, distance = spaces.METRICS[metric]
    black, white = (coordinates(np.full((1, 3), value)).T for value in (0.0, 255.0))
    few = max(1.0, BRIGHTNESS_COLORS / colors) ** BRIGHTNESS_POWER
    weight = np.sqrt(BRIGHTNESS[metric] * few * distance(black, white)[0])
    return (weight * np.array(spaces.LUMINANCE)).astype(np.float32)


def places(rgb: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The columns of `matrices` for colours uint8 [..., 3]: int32 [...], 0..4095."""
    r, g, b = (rgb[..., channel].astype(np.int32) >> (8 - BITS) for channel in range(3))
    return r << 2 * BITS | g << BITS | b


def columns(cells: NDArray[np.int32], bits: int) -> NDArray[np.int32]:
    """The columns of `matrices` for cells r << 2 bits | g << bits | b, `bits` 4 or more a channel."""
    more, mask = bits - BITS, (1 << BITS) - 1
    r, g, b = (cells >> (more + shift) & mask for shift in (2 * bits, bits, 0))
    return r << 2 * BITS | g << BITS | b


def _srgb(amount: NDArray[np.float64], light: str) -> NDArray[np.float64]:
    return spaces.encoded(amount) if light == "linear" else amount * 255
