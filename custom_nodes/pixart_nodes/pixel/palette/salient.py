"""Colours that matter however small they are: which patches of a picture a palette shows worst."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from .histogram import Bytes, Floats, Points, Tally, points
from .k_means import assigned, distance

Errors = NDArray[np.float32]  # [B, H, W], OKLab, one of each pixel

MOST_PIXELS = 1 << 18  # looked at: of a larger picture every second, third… in both directions
PATCH_REACH = 3  # pixels from one end of a patch of four to its other


@dataclass(frozen=True)
class Sample(Tally):
    """The colours of pictures uint8 [B, H, W, 4], with these: for methods that look at where a colour lies too.

    `pixel_weights` uint8 [B, H, W] say how much each pixel counts.
    """

    pixels: Bytes
    pixel_weights: Bytes

    @cached_property
    def patches(self) -> Patches:
        """The pictures' pixels in rows, by whose patches `worst` judges a palette."""
        step = ceil(sqrt(self.pixel_weights.size / MOST_PIXELS))
        pixels, weights = (each[:, ::step, ::step] for each in (self.pixels, self.pixel_weights))
        rgb = np.ascontiguousarray(pixels[..., :3]).reshape(-1, 3)
        return Patches(rgb, points(rgb.astype(np.int64), np.ones(len(rgb), np.int64)), weights / max(1, weights.max()))


@dataclass(frozen=True)
class Patches:
    """Pixels in rows: colours uint8 [N, 3], the same in OKLab, and how much each counts, 0 to 1, [B, H, W]."""

    rgb: Bytes
    points: Points
    weights: Floats

    def errors(self, centers: Floats) -> Errors:
        """OKLab distance of each pixel to the nearest of [K, 3], times what it counts."""
        owner = assigned(self.points, np.ones(len(self.rgb)), centers)[0]
        return self._weighted(distance(self.points, centers[owner]))

    def worst(self, errors: Errors, most: int, least: float) -> Bytes:
        """The colours of up to `most` patches that are off by over `least`, uint8 [K, 3], the worst first.

        Each is one of the picture's own, and counts as in the palette when the next is looked for: the farthest
        point first, as in Teofilo F. Gonzalez, "Clustering to minimize the maximum intercluster distance" (1985).
        """
        picks: list[Bytes] = []
        while len(picks) < most:
            shown = four_together(errors)
            place = int(shown.argmax())
            if shown.flat[place] <= least:
                break
            pick = self._middle(errors, np.unravel_index(place, shown.shape), shown.flat[place])
            picks.append(self.rgb[pick])
            far = distance(self.points, self.points[:, pick].astype(np.float64))
            errors = np.minimum(errors, self._weighted(far))
        return np.array(picks, np.uint8).reshape(-1, 3)

    def _weighted(self, far: Floats) -> Errors:
        return (far.reshape(self.weights.shape) * self.weights).astype(np.float32)

    def _middle(self, errors: Errors, place: tuple[np.intp, ...], least: float) -> int:
        """Of the pixels about a place that are off by `least`, that whose colour is nearest to the others'."""
        batch, row, column = map(int, place)
        top, left = max(0, row - PATCH_REACH), max(0, column - PATCH_REACH)
        window = errors[batch, top : row + PATCH_REACH + 1, left : column + PATCH_REACH + 1]
        rows, columns = np.nonzero(window >= least)
        pixels = np.ravel_multi_index((np.full(len(rows), batch), rows + top, columns + left), errors.shape)
        colors = self.points[:, pixels]
        apart = np.sqrt(((colors[:, :, None] - colors[:, None]) ** 2).sum(axis=0)).sum(axis=0)
        return int(pixels[apart.argmin()])


def four_together(errors: Errors) -> Errors:
    """By how much all pixels of a connected patch of four are off, at the least: the worst patch at each place.

    Any connected patch of at least four holds one of the 19 tetrominoes, so the greatest value is that of the worst
    patch whatever its shape. An opening by area (Luc Vincent, "Grayscale area openings and closings", 1993).
    """
    turned = errors.transpose(0, 2, 1)
    return np.maximum(_lying(errors), _lying(turned).transpose(0, 2, 1))


def _lying(errors: Errors) -> Errors:
    """`four_together` of those tetrominoes that are a square, a lying line, or have two or three in a row."""
    padded = np.pad(errors, ((0, 0), (1, 1), (0, 4)))
    two = np.minimum(padded[:, :, :-1], padded[:, :, 1:])
    three = np.minimum(two[:, :, :-1], two[:, :, 1:])
    width = errors.shape[2]
    above_or_below = np.maximum(padded[:, :-2], padded[:, 2:])
    beside = np.maximum(np.maximum(above_or_below[:, :, :-2], above_or_below[:, :, 1:-1]), above_or_below[:, :, 2:])
    best = np.minimum(three[:, 1:-1, :width], beside[:, :, :width])
    np.maximum(best, np.minimum(two[:, 1:-1, :width], two[:, 1:-1, 2 : width + 2]), out=best)
    pairs = np.maximum(two[:, :-2], two[:, 2:])
    np.maximum(best, np.minimum(two[:, 1:-1, :width], pairs[:, :, :width]), out=best)
    return np.maximum(best, np.minimum(two[:, 1:-1, :width], pairs[:, :, 1 : width + 1]))
