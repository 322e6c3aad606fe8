"""Content-adaptive downscaling (Kopf, Shamir, Peers 2013): small kernels that find their own place, shape and colour.

"Content-Adaptive Image Downscaling", ACM TOG 32(6), with its supplementary pseudocode. Lengths are in pixels of the
result, colours in CIELAB / 100. Where we differ: the first colours are box means and the first colour spread is 10
of CIELAB (the paper's 1/2 and 10^-4 say nothing of scale), a kernel is normalised by its sum of the round before, it
reaches the cells around its own (not two cells far), and the orientation of edges isn't looked at, as the paper's
section 5.1 has it for pixel art. Sums are of whole numbers, so that their order doesn't matter.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..color import spaces
from ..compiled import twins
from .cells import BAND, RGBA, Floats, Indices, members, nearest, rounded
from .lattice import COLOR_STEPS, PLACE_STEPS, Planes, Singles, neighbors_mean, pair, places, planes
from .resample import box

FIT_ROUNDS = 12  # from then on hardly a colour moves by a step
STILL_CHANGE = 0.0005  # of colour; less can't be seen
FIRST_SPREAD = 0.1  # of colour, at first
NARROWEST_VARIANCE, WIDEST_VARIANCE = 0.05, 0.1  # variance of a kernel in space: the paper's clamp
FARTHEST_MOVE = 0.25  # that a kernel moves from the middle of its cell, in cells
LOPSIDED_VARIANCE = 0.2  # variance to one side from which colour spreads of both neighbours grow
GROWTH = 1.1

WEIGHT_STEPS = 1024  # whole numbers in a weight of 1
FAINTEST_EXPONENT = 60.0  # exponents stop here: e^-60
# What `gather` sums for each kernel; all but `own` are weighted. The last four are squares on one side only.
SUMS = ("own", "weight", "L", "a", "b", "x", "y", "xx", "xy", "yy", "right", "down", "falling", "rising")

Sums = NDArray[np.int64]


def content_adaptive(rgba: RGBA, width: int, height: int) -> RGBA:
    """uint8 [H, W, 4] -> [height, width, 4]; alpha is the box mean, and pixels count by theirs."""
    if width >= rgba.shape[1] and height >= rgba.shape[0]:
        return nearest(rgba, width, height)
    small = box(rgba, width, height)
    pixels = planes(members(rgba, width, height))
    kernels = _Kernels(spaces.cielab(small[..., :3]) / 100, pixels[0].size / (width * height))
    for _ in range(FIT_ROUNDS):
        before = kernels.color
        kernels.follow(gather(pixels, kernels.table()))
        if np.abs(kernels.color - before).max() < STILL_CHANGE:
            break
    colors = spaces.from_cielab(kernels.color * 100)
    return rounded(np.concatenate([colors, small[..., 3:].astype(np.float64)], axis=-1))


class _Kernels:
    """One for each pixel of the result: place, shape, colour, and how much colours may spread."""

    def __init__(self, colors: Floats, pixels: float) -> None:
        shape = colors.shape[:2]
        self.pixels = pixels  # in a cell
        self.color = colors
        self.x, self.y, self.xy = np.zeros((3, *shape))  # place in its cell, 0 in the middle
        self.xx = self.yy = np.full(shape, 1 / 3)
        self.spread = np.full(shape, FIRST_SPREAD)
        self.own = np.ones(shape)

    def table(self) -> Singles:
        """The input of `gather`: x, y, the half inverse covariance (xx, 2 xy, yy), colour, 1 / 2 spread^2, 1 / own."""
        size = self.xx * self.yy - self.xy * self.xy
        form = self.yy / (2 * size), -self.xy / size, self.xx / (2 * size)
        colors = np.moveaxis(self.color, -1, 0) * COLOR_STEPS
        sharpness = 1 / (2 * (self.spread * COLOR_STEPS) ** 2)
        return np.stack([self.x, self.y, *form, *colors, sharpness, 1 / self.own]).astype(np.float32)

    def follow(self, sums: Sums) -> None:
        """The paper's M-step and C-step, from the sums of `gather`."""
        totals: dict[str, Sums] = dict(zip(SUMS, sums, strict=True))
        nonempty = sums[1] > 0
        weight = np.where(nonempty, totals["weight"], 1)
        self.own = np.maximum(totals["own"], 1) / WEIGHT_STEPS**2
        fresh = np.stack([totals[name] for name in "Lab"], axis=-1) / (weight[..., None] * COLOR_STEPS)
        self.color = np.where(nonempty[..., None], fresh, self.color)
        self._spread_out(totals)
        squares = (totals[name] / (weight * PLACE_STEPS**2) for name in ("xx", "xy", "yy"))
        self.xx, self.xy, self.yy = _clamped(*(np.where(nonempty, value, 0) for value in squares))
        self.x = _moved(self.x + np.where(nonempty, totals["x"] / (weight * PLACE_STEPS), 0))
        self.y = _moved(self.y + np.where(nonempty, totals["y"] / (weight * PLACE_STEPS), 0))

    def _spread_out(self, totals: dict[str, Sums]) -> None:
        """Let colours spread in kernels that reach too far to one side, and in their neighbours there."""
        growth = np.zeros(self.spread.shape, np.int64)
        for (down, right), squares in _sides(totals).items():
            here, there = pair(down, right)
            far = squares[here] > LOPSIDED_VARIANCE * PLACE_STEPS**2 * WEIGHT_STEPS * self.pixels
            growth[here] += far
            growth[there] += far
        self.spread = np.minimum(self.spread * GROWTH**growth, 1)


def _sides(totals: dict[str, Sums]) -> dict[tuple[int, int], Sums]:
    """Squared distances towards each of the eight neighbours (down, right), summed over that half of the pixels."""
    across, along, twice = totals["xx"], totals["yy"], 2 * totals["xy"]
    right, down, falling, rising = (totals[name] for name in SUMS[-4:])
    return {
        (0, 1): right,
        (0, -1): across - right,
        (1, 0): down,
        (-1, 0): along - down,
        (1, 1): falling,
        (-1, -1): across + twice + along - falling,
        (-1, 1): rising,
        (1, -1): across - twice + along - rising,
    }


def _moved(place: Floats) -> Floats:
    """Places moved half way to the mean of their four neighbours' places, within a limit."""
    return np.clip((place + neighbors_mean(place)) / 2, -FARTHEST_MOVE, FARTHEST_MOVE)


def _clamped(xx: Floats, xy: Floats, yy: Floats) -> tuple[Floats, Floats, Floats]:
    """Covariances with both of their eigenvalues brought between NARROWEST_VARIANCE and WIDEST_VARIANCE."""
    half = (xx - yy) / 2
    middle, radius = (xx + yy) / 2, np.sqrt(half * half + xy * xy)
    large, small = (np.clip(middle + sign * radius, NARROWEST_VARIANCE, WIDEST_VARIANCE) for sign in (1, -1))
    share = np.divide((large - small) / 2, radius, out=np.zeros_like(radius), where=radius > 0)
    return (large + small) / 2 + share * half, share * xy, (large + small) / 2 - share * half


@twins.step("content_adaptive", patience=1 << 19)
def gather(pixels: Planes, kernels: Singles) -> Sums:
    """The E-step: weighted sums, named in SUMS, over the pixels of each kernel's cell and of the eight cells around it.

    int16 [4, H, W] as `planes` gives, float32 [10, height, width] as `_Kernels.table` -> int64 [14, height, width].
    """
    height, width = kernels.shape[1:]
    framed = np.pad(kernels, ((0, 0), (1, 1), (1, 1)))  # kernels of no weight around
    sums = np.zeros((len(SUMS), *framed.shape[1:]), np.int64)
    down, across = places(pixels.shape[1], height), places(pixels.shape[2], width)
    step = max(1, BAND // pixels.shape[2])
    for top in range(0, pixels.shape[1], step):
        rows = slice(top, top + step)
        _gather_rows(pixels[:, rows], framed, (down[0][rows], down[1][rows]), across, sums)
    return sums[:, 1:-1, 1:-1]


def _gather_rows(
    pixels: Planes,
    framed: Singles,
    down: tuple[Indices, Singles],
    across: tuple[Indices, Singles],
    sums: Sums,
) -> None:
    """Add some rows' pixels to the sums, which have a frame as the kernels have."""
    alpha = pixels[3].astype(np.float32) / np.float32(255)
    slots = [(a, b) for a in range(3) for b in range(3)]
    blocks = []
    total = np.zeros(alpha.shape, np.float32)
    for a, b in slots:
        near = framed[:, down[0][:, None] + a, across[0] + b]
        x, y = (across[1] - np.float32(b - 1)) - near[0], (down[1][:, None] - np.float32(a - 1)) - near[1]
        value = _value(pixels, near, x, y)
        total += value * near[9]
        blocks.append((value * alpha, value * near[9], x, y))
    rows, first = np.unique(down[0], return_index=True)
    columns, left = np.unique(across[0], return_index=True)
    for (a, b), (own, weight, x, y) in zip(slots, blocks, strict=True):
        for number, plane in enumerate(_moments(pixels, own, weight / total * alpha, x, y)):
            part = np.add.reduceat(np.add.reduceat(plane, left, axis=1, dtype=np.int64), first, axis=0)
            sums[number, rows[0] + a : rows[-1] + 1 + a, columns[0] + b : columns[-1] + 1 + b] += part


def _value(pixels: Planes, near: Singles, x: Singles, y: Singles) -> Singles:
    """The kernel's value at each pixel: a Gaussian of place and of colour."""
    lightness, a, b = (pixels[number] - near[5 + number] for number in range(3))
    far = near[2] * x * x + near[3] * x * y + near[4] * y * y + (lightness * lightness + a * a + b * b) * near[8]
    # e^-far as the 256th power of e^(-far / 256): products only, so that every machine gets the same bits
    z = np.minimum(far, np.float32(FAINTEST_EXPONENT)) * np.float32(-1 / 256)
    power = 1 + z * (1 + z * (np.float32(1 / 2) + z * (np.float32(1 / 6) + z * np.float32(1 / 24))))
    for _ in range(8):
        power = power * power
    return power


def _moments(pixels: Planes, own: Singles, weight: Singles, x: Singles, y: Singles) -> Iterator[NDArray[np.int32]]:
    """The values to sum, in the order of SUMS."""
    count = _whole(weight * np.float32(WEIGHT_STEPS))
    right, down = _whole(x * np.float32(PLACE_STEPS)), _whole(y * np.float32(PLACE_STEPS))
    yield _whole(own * np.float32(WEIGHT_STEPS**2))
    yield count
    for number in range(3):
        yield count * pixels[number]
    yield count * right
    yield count * down
    for one, other in ((right, right), (right, down), (down, down)):
        yield count * (one * other)
    for side in (right, down, right + down, right - down):
        side = np.maximum(side, 0)
        yield count * (side * side)


def _whole(values: Singles) -> NDArray[np.int32]:
    return np.rint(values).astype(np.int32)
