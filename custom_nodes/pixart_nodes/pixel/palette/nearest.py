"""The nearest palette colour, exactly: float64 distances; of equals the first, that is the lower index."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..color import levels, spaces
from ..compiled import cores, twins
from .palette import packed, unpacked
from .picture import opaque_mask

Indices = NDArray[np.int16]
AT_ONCE = 1 << 14  # colours looked at together: their rows, 128 KB each, stay in a core's cache


@twins.step("nearest", patience=1 << 23)
def indices(rgb: NDArray[np.uint8], palette: NDArray[np.uint8], metric: str) -> Indices:
    """Index of the nearest palette colour for each pixel: [..., 3 or 4] and [N, 3] in, int16 [...] out.

    A fourth channel is left aside. Raises UnknownName for the metric.
    """
    spaces.require(metric)
    colors = rgb.reshape(-1, rgb.shape[-1])[:, :3]
    if metric not in spaces.COSTLY_METRICS:
        return scan(colors, palette, metric).reshape(rgb.shape[:-1])
    keys, where = np.unique(packed(colors), return_inverse=True)
    return scan(unpacked(keys), palette, metric)[where].reshape(rgb.shape[:-1])


@twins.step("nearest", patience=1 << 23)
def draw(
    values: NDArray[np.float32],
    palette: NDArray[np.uint8],
    metric: str,
    alpha_threshold: float,
    out: NDArray[np.float32],
) -> None:
    """Write the nearest palette colours of floats 0..1 as floats 0..1: [H, W, 1, 3 or 4] and [N, 3] in, [H, W, 4] out.

    Zeros where the alpha doesn't reach the threshold; without alpha everything is opaque. A thread takes its rows from
    end to end. `out` is contiguous. Raises UnknownName for the metric.
    """
    colors = levels.to_floats(levels.with_alpha(palette))
    threshold = alpha_threshold if values.shape[-1] == 4 else 0.0

    def rows(start: int, stop: int) -> None:
        pixels = levels.to_bytes(values[start:stop])
        nearest, opaque = indices(pixels, palette, metric), opaque_mask(pixels, threshold)
        levels.paint(nearest, opaque, colors, out[start:stop])

    cores.in_bands(rows, len(out), out.size // 4)


def scan(colors: NDArray[np.generic], palette: NDArray[np.uint8], metric: str) -> Indices:
    """As `indices`, for a list of colours [M, 3] that may be fractional; no step is saved."""
    spaces.require(metric)
    coordinates = spaces.METRICS[metric][0]
    entries = np.ascontiguousarray(coordinates(palette).T)
    search, rows = (_pruned, max(1, AT_ONCE // len(palette))) if metric in spaces.COSTLY_METRICS else (_all, AT_ONCE)
    nearest = np.zeros(len(colors), np.int16)
    for at in range(0, len(colors), rows):
        nearest[at : at + rows] = search(np.ascontiguousarray(coordinates(colors[at : at + rows]).T), entries, metric)
    return nearest


def _all(part: NDArray[np.float64], entries: NDArray[np.float64], metric: str) -> Indices:
    distance, choice = spaces.METRICS[metric][1], np.zeros(part.shape[1], np.int16)
    nearest = distance(part, entries[:, :1])
    for k in range(1, entries.shape[1]):
        far = distance(part, entries[:, k : k + 1])
        np.copyto(choice, k, where=far < nearest)
        np.minimum(nearest, far, out=nearest)
    return choice


def _pruned(part: NDArray[np.float64], entries: NDArray[np.float64], metric: str) -> NDArray[np.intp]:
    """As `_all`, but measures only what may be nearer than one that is likely to be near."""
    distance, floor = spaces.METRICS[metric][1], spaces.COSTLY_METRICS[metric]
    limit = distance(part, entries[:, _all(part, entries, "srgb")])
    k, i = np.nonzero(floor(part[:, None], entries[:, :, None]) <= limit * (1 + 1e-9))  # room for rounding
    far = np.full((entries.shape[1], part.shape[1]), np.inf)
    far[k, i] = distance(part[:, i], entries[:, k])
    return far.argmin(axis=0)
