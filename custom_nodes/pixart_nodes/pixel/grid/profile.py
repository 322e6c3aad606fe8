"""Where a picture changes, summed along its columns and its rows: the evidence for a pixel grid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]
Planes = NDArray[np.int16]
Sizes = NDArray[np.uint16]

MOST_PIXELS = 1 << 21  # looked at in one picture; of a larger one, bands spread over it
BAND = 32  # lines looked at together: fits a CPU's cache
ORDERS = {"steps": 1, "bends": 2}  # of the differences
BLOCK = 8  # pixels: the side of a JPEG block
BLOCK_EDGES = {"steps": (0,), "bends": (0, BLOCK - 1)}  # where in a block its edge is seen
MOST_CHANGE = 1 << 13  # over 6120: a bend of four channels, each of them three lines of 0 to 255
CLEAR = 0.06  # sharp or blurred edges have 0.1 and more, ramps 0.05 and less


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


def _evidence(rgba: NDArray[np.uint8], most: int) -> Evidence:
    sizes: dict[str, list[Sizes]] = {kind: [] for kind in ORDERS}
    for planes in _bands(rgba, most):
        changed = planes
        for kind in ORDERS:
            changed = changed[..., 1:] - changed[..., :-1]
            sizes[kind].append(np.abs(changed).astype(np.uint16).sum(axis=0, dtype=np.uint16))
    return Evidence(*(_profile(bands, kind, rgba.shape[1]) for kind, bands in sizes.items()))


def _profile(bands: list[Sizes], kind: str, size: int) -> Profile:
    at = np.zeros(size + 2 - ORDERS[kind])
    if size <= ORDERS[kind]:
        return Profile(at, 0.0)
    at[1:-1], clarity = _weighed(bands)
    return Profile(_without_blocks(at, BLOCK_EDGES[kind]), clarity)


def _bands(rgba: NDArray[np.uint8], pixels: int) -> Iterator[Planes]:
    """Bands of lines, int16 [4, lines, size] with premultiplied colours, each pixel summed with both neighbour lines.

    The sum of three lines has less grain, and an edge that runs across them stays where it is.
    """
    lines, size = rgba.shape[:2]
    count = -(-lines // BAND)
    most = max(1, pixels // (BAND * size))
    for start in BAND * np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int)):
        band = rgba[max(start - 1, 0) : start + BAND + 1].astype(np.uint16).transpose(2, 0, 1)
        band[:3] = (band[:3] * band[3] + 127) // 255
        planes = np.ascontiguousarray(band).view(np.int16)
        if planes.shape[1] > 2:
            planes = planes[:, :-2] + planes[:, 1:-1] + planes[:, 2:]
        yield planes


def _weighed(bands: list[Sizes]) -> tuple[Floats, float]:
    """Of every column of the stacked bands, the weight of the local maxima in it; and their share of all change."""
    values = np.arange(MOST_CHANGE, dtype=np.float64)
    changes = _counts(bands)
    grain = 3 * int(np.searchsorted(np.cumsum(changes), changes.sum() / 4))  # three times the lower quartile
    peaks = [_peaks(band) for band in bands]
    counts = _counts(peaks)
    energy = float(counts @ values**2)
    typical = energy / max(float(counts @ values), 1.0) / 2
    room = typical - grain if typical > grain else typical
    weights = (np.clip((values - grain) / max(room, 1.0), 0, 1) ** 2).astype(np.float32)
    weighed = sum((weights[band].sum(axis=0, dtype=np.float64) for band in peaks), np.zeros(bands[0].shape[1]))
    return weighed, energy / max(float(changes @ values**2), 1.0)


def _counts(bands: list[Sizes]) -> NDArray[np.intp]:
    return sum((np.bincount(band.ravel(), minlength=MOST_CHANGE) for band in bands), np.zeros(MOST_CHANGE, np.intp))


def _peaks(band: Sizes) -> Sizes:
    """Local maxima along each line by how far they stand out of the two places on either side, 0 elsewhere.

    So a ramp, which changes everywhere alike, has none.
    """
    wide = np.pad(band, ((0, 0), (2, 2)))
    left = np.minimum(wide[:, :-4], wide[:, 1:-3])
    right = np.minimum(wide[:, 3:-1], wide[:, 4:])
    base = np.maximum(left, right)
    highest = (band > wide[:, 1:-3]) & (band >= wide[:, 3:-1]) & (band > base)
    return np.where(highest, band - base, np.uint16(0))


def _without_blocks(at: Floats, edges: tuple[int, ...]) -> Floats:
    """The profile without the part that recurs at the edges of JPEG's 8 x 8 blocks."""
    place = np.arange(len(at))
    inside = (place > 0) & (place < len(at) - 1)
    blocks = inside & np.isin(place % BLOCK, edges)
    if np.count_nonzero(blocks) < 4:
        return at
    common, elsewhere = float(np.median(at[blocks])), float(np.median(at[inside & ~blocks]))
    if common <= 2 * elsewhere or elsewhere <= 0.01 * strong(at):
        return at
    return np.where(blocks, np.maximum(at - common, 0), at)


def strong(at: Floats) -> float:
    """The threshold of strong places: half the mean of the profile, weighted by the profile itself."""
    return float(at @ at) / max(float(at.sum()), 1e-12) / 2
