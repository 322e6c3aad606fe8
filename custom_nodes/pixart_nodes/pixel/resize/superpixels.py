"""Superpixels for pixels (Gerstner, DeCarlo, Alexa, Finkelstein, Gingold, Nealen 2012, "Pixelated Image Abstraction").

Each pixel of the result is a region of the picture that follows its edges, with the colour of that region; regions
stay in a lattice. Numbers without a note are the paper's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..color import spaces
from ..compiled import twins
from .cells import BAND, RGBA, Floats, members, nearest, rounded
from .lattice import COLOR_STEPS, PLACE_STEPS, Planes, Singles, neighbors_mean, pair, places, planes
from .resample import box

CLUSTER_ROUNDS = 10  # from then on few pixels change hands
COMPACTNESS = 45.0  # CIELAB that weighs as much as one cell's side
PULLED_SHARE = 0.4  # share of the way to the neighbours' middle
SIGMA = 5.0  # CIELAB; ours: regions that differ by less are smoothed together
FAR_OUTSIDE = 1e6  # cells; where the lattice ends
SUMS = ("weight", "L", "a", "b", "x", "y")


def gerstner(rgba: RGBA, width: int, height: int) -> RGBA:
    """uint8 [H, W, 4] -> [height, width, 4]; the regions' colours; alpha is the box mean."""
    if width >= rgba.shape[1] and height >= rgba.shape[0]:
        return nearest(rgba, width, height)
    mean = box(rgba, width, height)
    pixels = planes(members(rgba, width, height))
    regions = Regions(pixels, spaces.cielab(mean[..., :3]) / 100)
    for _ in range(CLUSTER_ROUNDS):
        regions.follow(assign(pixels, regions.table(regions.color)))
    colors = spaces.from_cielab(regions.smoothed() * 100)
    return rounded(np.concatenate([colors, mean[..., 3:].astype(np.float64)], axis=-1))


class Regions:
    """The superpixels: colour in CIELAB / 100 [h, w, 3], place in the cell [h, w], and which have visible pixels.

    One that never had any is of its cell's `mean` colour: the cell may overlap a visible pixel whose middle is outside.
    """

    def __init__(self, pixels: Planes, mean: Floats) -> None:
        height, width = mean.shape[:2]
        self.x, self.y = np.zeros((2, height, width))
        self.color = mean
        self.visible = np.zeros((height, width), bool)
        middle = np.zeros((5, height, width), np.float32)  # of one colour: the nearest middle wins
        self.follow(assign(pixels, middle))
        self.x, self.y = np.zeros((2, height, width))

    def table(self, colors: Floats) -> Singles:
        """The regions' colours for comparison and their places, as `assign` takes them."""
        return np.stack([*np.moveaxis(colors, -1, 0) * COLOR_STEPS, self.x, self.y]).astype(np.float32)

    def follow(self, sums: NDArray[np.int64]) -> None:
        """New colours and places from the sums of `assign`; a region that got nothing keeps its own."""
        weight, *parts = sums
        self.visible = weight > 0
        mass = np.where(self.visible, weight, 1)
        fresh = np.stack(parts[:3], axis=-1) / (mass[..., None] * COLOR_STEPS)
        self.color = np.where(self.visible[..., None], fresh, self.color)
        self.x, self.y = (
            _pulled(np.where(self.visible, part / (mass * PLACE_STEPS), own))
            for part, own in zip(parts[3:], (self.x, self.y), strict=True)
        )

    def smoothed(self) -> Floats:
        """The colours, each averaged with those of its eight neighbours that are like it."""
        total = self.color.copy()
        mass = np.ones(self.x.shape)
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                if (down, right) == (0, 0):
                    continue
                here, there = pair(down, right)
                square = ((self.color[here] - self.color[there]) ** 2).sum(axis=-1) * 1e4
                weight = np.exp(-square / (2 * SIGMA**2) - (down * down + right * right) / 2) * self.visible[there]
                total[here] += weight[..., None] * self.color[there]
                mass[here] += weight
        return total / mass[..., None]


def _pulled(place: Floats) -> Floats:
    return place + PULLED_SHARE * (neighbors_mean(place) - place)


@twins.step("superpixels", patience=1 << 21)
def assign(pixels: Planes, regions: Singles) -> NDArray[np.int64]:
    """Give each pixel to one of the nine regions around it, and sum what each region gets, as SUMS says.

    int16 [4, H, W] as `planes` gives, float32 [5, height, width] as `Regions.table` -> int64 [6, height, width]. The
    distance is that of CIELAB and COMPACTNESS times that in cells; of equals the upper left region.
    """
    height, width = regions.shape[1:]
    framed = np.pad(regions, ((0, 0), (1, 1), (1, 1)))
    framed[3, [0, -1]] = framed[3, :, [0, -1]] = FAR_OUTSIDE
    sums = np.zeros((len(SUMS), height * width), np.int64)
    down, up = places(pixels.shape[1], height)
    across, left = places(pixels.shape[2], width)
    step = max(1, BAND // pixels.shape[2])
    for top in range(0, pixels.shape[1], step):
        rows = slice(top, top + step)
        part = pixels[:, rows]
        best = np.full(part.shape[1:], FAR_OUTSIDE * FAR_OUTSIDE, np.float32)
        chosen = np.zeros(best.shape, np.int64)
        for slot in range(9):
            a, b = divmod(slot, 3)
            near = framed[:, down[rows, None] + a, across + b]
            far = _distance(part, near, left - np.float32(b - 1), up[rows, None] - np.float32(a - 1))
            chosen = np.where(far < best, slot, chosen)
            best = np.minimum(best, far)
        a, b = chosen // 3 - 1, chosen % 3 - 1
        owner = ((down[rows, None] + a) * width + across + b).ravel()
        weight = part[3].astype(np.int64)
        x = np.rint((left - b) * PLACE_STEPS).astype(np.int64)
        y = np.rint((up[rows, None] - a) * PLACE_STEPS).astype(np.int64)
        for number, plane in enumerate((weight, *(weight * part[:3]), weight * x, weight * y)):
            sums[number] += np.bincount(owner, plane.ravel(), height * width).astype(np.int64)  # whole, so exact
    return sums.reshape(-1, height, width)


def _distance(pixels: Planes, near: Singles, left: Singles, up: Singles) -> Singles:
    lightness, a, b = (pixels[number] - near[number] for number in range(3))
    x, y = left - near[3], up - near[4]
    tint = np.sqrt(lightness * lightness + a * a + b * b) * np.float32(100 / COLOR_STEPS)
    return tint + np.sqrt(x * x + y * y) * np.float32(COMPACTNESS)
