"""Where a picture changes, summed along its columns and its rows: the evidence for a pixel grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]
Sizes = NDArray[np.uint16]
Counts = NDArray[np.int64]

MOST_PIXELS = 1 << 21  # looked at in one picture; of a larger one, bands spread over it
BAND = 32  # lines looked at together: fits a CPU's cache
ORDERS = {"steps": 1, "bends": 2}  # of the differences
BLOCK_SIDE = 8  # pixels: the side of a JPEG block
SPIKE_TIMES = (
    1.2  # times what changes right beside it: an edge of a block is sharp; an enlarged cell's goes over pixels
)
BLOCK_EDGES = {"steps": (0,), "bends": (0, BLOCK_SIDE - 1)}  # where in a block its edge is seen
MOST_CHANGE = 1 << 13  # over 6120: a bend of four channels, each of them three lines of 0 to 255
CLEAR_EDGE = 0.06  # sharp or blurred edges have 0.1 and more, ramps 0.05 and less


class Profile(NamedTuple):
    """The evidence of one kind along one axis; `steps` or `bends` by its place in `Evidence`."""

    at: Floats  # steps: [size + 1], at i what changes between pixels i - 1 and i; bends: [size], in pixel i
    clarity: float  # 0..1: how much of the picture's change the places of `at` hold


class Evidence(NamedTuple):
    """Along one axis: steps where the colour changes, bends where a ramp changes its slope."""

    steps: Profile
    bends: Profile


def evidence(frames: NDArray[np.uint8], most: int = MOST_PIXELS) -> tuple[Evidence, Evidence]:
    """uint8 [B, H, W, 4] -> the evidence across (for columns) and down (for rows), all frames together.

    `most` pixels of each frame are looked at.

    Per line only local maxima of the change count, so that a soft edge is one place; each by the square of its
    size, up to the size of a typical edge of this picture, and not at all where it is as small as the grain.
    Colours are premultiplied: nothing happens where all is transparent, and alpha has edges too.
    """
    ways = (frames, frames.transpose(0, 2, 1, 3))
    across, down = ([_evidence(lines, most) for lines in turned] for turned in ways)
    return _together(across), _together(down)


def _together(frames: list[Evidence]) -> Evidence:
    return Evidence(*(_summed(profiles) for profiles in zip(*frames, strict=True)))


def _summed(profiles: tuple[Profile, ...]) -> Profile:
    at = sum((one.at for one in profiles), np.zeros(len(profiles[0].at)))
    return Profile(at, sum(one.clarity for one in profiles) / len(profiles))


def _evidence(rgba: RGBA, most: int) -> Evidence:
    bands = [_lines(rgba, start) for start in _starts(rgba.shape, most)]
    sizes = list(zip(*(differences(band) for band in bands), strict=True))
    blocks = _has_blocks(sizes[0])
    kinds = zip(sizes, ORDERS, strict=True)
    return Evidence(*(_profile(of_kind, kind, rgba.shape[1], blocks) for of_kind, kind in kinds))


def _has_blocks(bands: Sequence[Sizes]) -> bool:
    """Whether clearly more changes at the edges of JPEG's blocks than from the pixels right beside them to the next."""
    changes = sum((band.sum(axis=0, dtype=np.float64) for band in bands), np.zeros(bands[0].shape[1]))
    blocks = (len(changes) - 1) // BLOCK_SIDE  # edges that have a neighbour on both sides
    beside, edges, after = (
        changes[first::BLOCK_SIDE][:blocks].sum() for first in (BLOCK_SIDE - 2, BLOCK_SIDE - 1, BLOCK_SIDE)
    )
    return bool(edges > SPIKE_TIMES * (beside + after) / 2)


def _profile(bands: Sequence[Sizes], kind: str, size: int, blocks: bool) -> Profile:
    at = np.zeros(size + 2 - ORDERS[kind])
    if size <= ORDERS[kind]:
        return Profile(at, 0.0)
    at[1:-1], clarity = _weighed(bands)
    return Profile(_without_blocks(at, BLOCK_EDGES[kind]) if blocks else at, clarity)


def _starts(shape: tuple[int, ...], pixels: int) -> list[int]:
    """The first lines of bands that are spread over the picture and have so many pixels together."""
    lines, size = shape[:2]
    count = -(-lines // BAND)
    most = max(1, pixels // (BAND * size))
    return (BAND * np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))).tolist()


def _lines(rgba: RGBA, start: int) -> RGBA:
    """The lines of a band, with one more on each side where there is one."""
    words = rgba.view(np.uint32) if rgba.strides[2] == 1 else np.ascontiguousarray(rgba).view(np.uint32)
    return np.ascontiguousarray(words[max(start - 1, 0) : start + BAND + 1]).view(np.uint8)


@twins.step("grid", patience=1 << 26)
def differences(band: RGBA) -> tuple[Sizes, Sizes]:
    """How much changes from pixel to pixel [n, size - 1], and how much that changes [n, size - 2].

    Colours are premultiplied, and each pixel is summed with those in both neighbour lines, so that the outer lines are
    only neighbours: the sum of three has less grain, and an edge that runs across them stays where it is.
    """
    planes = band.astype(np.uint16).transpose(2, 0, 1)
    planes[:3] = (planes[:3] * planes[3] + 127) // 255
    changed = np.ascontiguousarray(planes).view(np.int16)
    if changed.shape[1] > 2:
        changed = changed[:, :-2] + changed[:, 1:-1] + changed[:, 2:]
    sizes: list[Sizes] = []
    for _ in ORDERS:
        changed = changed[..., 1:] - changed[..., :-1]
        sizes.append(np.abs(changed).astype(np.uint16).sum(axis=0, dtype=np.uint16))
    return sizes[0], sizes[1]


def _weighed(bands: Sequence[Sizes]) -> tuple[Floats, float]:
    """Of every column of the stacked bands, the weight of the local maxima in it; and their share of all change."""
    values = np.arange(MOST_CHANGE, dtype=np.float64)
    changes, counts = np.zeros((2, MOST_CHANGE), np.int64)
    highest = [peaks(band, changes, counts) for band in bands]
    grain = 3 * int(np.searchsorted(np.cumsum(changes), changes.sum() / 4))  # three times the lower quartile
    energy = float(counts @ values**2)
    typical = energy / max(float(counts @ values), 1.0) / 2
    room = typical - grain if typical > grain else typical
    weights = (np.clip((values - grain) / max(room, 1.0), 0, 1) ** 2).astype(np.float32)
    total = np.zeros(bands[0].shape[1])
    for band in highest:
        total += weighed(band, weights)
    return total, energy / max(float(changes @ values**2), 1.0)


@twins.step("grid", patience=1 << 26)
def peaks(band: Sizes, changes: Counts, counts: Counts) -> Sizes:
    """Local maxima along each line by how far they stand out of the two places on either side, 0 elsewhere.

    So a ramp, which changes everywhere alike, has none. How often each size is in the band, and among the maxima, is
    added to `changes` and `counts`.
    """
    wide = np.pad(band, ((0, 0), (2, 2)))
    left = np.minimum(wide[:, :-4], wide[:, 1:-3])
    right = np.minimum(wide[:, 3:-1], wide[:, 4:])
    base = np.maximum(left, right)
    highest = (band > wide[:, 1:-3]) & (band >= wide[:, 3:-1]) & (band > base)
    result = np.where(highest, band - base, np.uint16(0))
    changes += np.bincount(band.ravel(), minlength=MOST_CHANGE)
    counts += np.bincount(result.ravel(), minlength=MOST_CHANGE)
    return result


@twins.step("grid", patience=1 << 26)
def weighed(band: Sizes, weights: NDArray[np.float32]) -> Floats:
    """For each column of sizes [n, size] the sum of the weights that those sizes have: [size]."""
    return weights[band].sum(axis=0, dtype=np.float64)


def _without_blocks(at: Floats, edges: tuple[int, ...]) -> Floats:
    """The profile without the part that recurs at the edges of JPEG's 8 x 8 blocks."""
    place = np.arange(len(at))
    inside = (place > 0) & (place < len(at) - 1)
    blocks = inside & np.logical_or.reduce([place % BLOCK_SIDE == edge for edge in edges])
    if np.count_nonzero(blocks) < 4:
        return at
    common, elsewhere = float(np.median(at[blocks])), float(np.median(at[inside & ~blocks]))
    if common <= 2 * elsewhere or elsewhere <= 0.01 * strong(at):
        return at
    return np.where(blocks, np.maximum(at - common, 0), at)


def strong(at: Floats) -> float:
    """The threshold of strong places: half the mean of the profile, weighted by the profile itself."""
    return float(at @ at) / max(float(at.sum()), 1e-12) / 2
