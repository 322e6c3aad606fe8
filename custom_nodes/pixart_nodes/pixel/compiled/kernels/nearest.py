"""Kernels for the nearest palette colour: tile by tile, see `scan`.

sRGB values and redmean are whole numbers, compared exactly. In the other metrics float32 decides where it is clear,
float64 where that is, and the plain form the rest: equal distances, and what a root rounds one way or the other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...color import levels, spaces
from ...color.oklab_steps import NINTHS, REST, ROOT_GUESS, THIRD
from ...palette import nearest as plain
from ...palette.picture import least_alpha
from ..cores import LARGE_PIXELS, in_bands
from . import ciede, scan
from . import tile as tiles
from .jit import full_width, fused_leaf, kernel, leaf, leaf_kernel
from .tile import LANES, RUN, RUNS, X, Y, Z, lay, put, split

Bytes = NDArray[np.uint8]
# Pixels, channels a pixel, width and what to write: whether some are UNDECIDED.
Search = Callable[[NDArray[Any], int, int, "To"], bool | None]
# Colours as floats or None, the least alpha that shows, and the colours or indices to be written.
To = tuple[NDArray[np.uint32] | None, np.uint8, NDArray[Any]]

f32 = np.float32
i32 = np.int32
u64 = np.uint64

FARTHEST = np.int32(0x7FFFFFFF)
# By how much the second best must be farther, squared, for float32 and then float64 to be sure of the first: five
# times the largest error of a score that float32 makes, over all colours, and far more than float64's.
CLEAR = {"linear": (2e-6, 1e-12), "oklab": (2e-6, 1e-12), "cielab": (0.125, 1e-8)}
TILED = ("srgb", *CLEAR)  # metrics whose kernels go tile by tile
FAR = 1e300
PLAIN_LIGHT = 2.0  # in place of a response up to which a line serves: light itself, no roots
UNDECIDED = np.int16(-1)
_NO_ALPHA = np.uint8(0)
_room = scan.Rooms()
# In the axes of `tilted`, what was 1, 0, 0 is 1, 1, 0, and so on: factors go there as their sums.
TILTED = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 1.0]])


def indices(rgb: Bytes, palette: Bytes, metric: str) -> plain.Indices:
    """As `pixel.nearest.indices`."""
    channels, flat, lines = rgb.shape[-1], rgb.ravel(), rgb.shape[:-1]
    if metric in spaces.COSTLY_METRICS:
        return ciede.indices(flat, channels, palette).reshape(lines)
    result, search = np.empty(flat.size // channels, np.int16), _search(palette.tobytes(), metric)
    width = max(1, lines[-1]) if len(lines) > 1 else 1
    if width < RUN or result.size < RUNS * width:
        width = RUN  # a list, or what is as thin as one, is laid in rows all the same
    whole = result.size // width * width

    def part(start: int, stop: int, width: int) -> None:
        pixels, here = flat[start * channels : stop * channels], result[start:stop]
        if _searched(search, pixels, channels, width, here):
            rest = np.flatnonzero(here == UNDECIDED)
            here[rest] = plain.scan(pixels.reshape(-1, channels)[rest, :3], palette, metric)

    if whole < LARGE_PIXELS:
        part(0, whole, width)  # most pixel art is small, and handing it on took as long as finding its colours
    else:
        tall = RUNS * width
        in_bands(lambda a, b: part(min(a * tall, whole), min(b * tall, whole), width), -(-whole // tall), whole)
    if whole < result.size:
        part(whole, result.size, result.size - whole)
    return result.reshape(lines)


def draw(
    values: NDArray[np.float32], palette: Bytes, metric: str, alpha_threshold: float, out: NDArray[np.float32]
) -> None:
    """As `pixel.nearest.draw`: from floats to floats tile by tile, which never leave the processor's cache."""
    height, width, channels = values.shape
    if metric not in TILED or channels < 3 or height < RUNS or width < RUN:
        plain.draw.plain(values, palette, metric, alpha_threshold, out)
        return
    search, entries, words = _search(palette.tobytes(), metric), _entries(palette.tobytes()), out.view(np.uint32)
    least, bands = np.uint8(least_alpha(alpha_threshold) if channels == 4 else 0), height // RUNS

    def work(start: int, stop: int) -> None:
        rows = slice(start * RUNS, stop * RUNS if stop < bands else height)
        pixels = np.ascontiguousarray(values[rows]).reshape(-1)
        if search(pixels, channels, width, (entries, least, words[rows].reshape(-1))):
            plain.draw.plain(values[rows], palette, metric, alpha_threshold, out[rows])

    in_bands(work, bands, height * width)


@lru_cache(maxsize=8)
def _entries(colors8: bytes) -> NDArray[np.uint32]:
    """The four floats of each colour, and of none."""
    colors = levels.with_alpha(np.frombuffer(colors8 + bytes(3), np.uint8).reshape(-1, 3))
    colors[-1] = 0
    return levels.to_floats(colors).view(np.uint32).reshape(-1)


def _searched(search: Search, pixels: Bytes, channels: int, width: int, out: plain.Indices) -> bool:
    """As `search`, for pictures of any size, down to none at all; whether some are UNDECIDED."""
    height = out.size // max(1, width)
    if height and (height < RUNS or width < RUN):
        larger = tiles.grown(pixels.reshape(height, width, channels))
        index = np.empty(larger.shape[:2], np.int16)
        undecided = search(larger.reshape(-1), channels, larger.shape[1], _indices(index.reshape(-1)))
        out[:] = index[:height, :width].reshape(-1)
        return bool(undecided)
    return bool(search(pixels, channels, width, _indices(out)))


def _indices(out: plain.Indices) -> To:
    """To be written: no colours."""
    return None, _NO_ALPHA, out


@lru_cache(maxsize=8)
def _search(colors8: bytes, metric: str) -> Search:
    spaces.require(metric)
    palette = np.frombuffer(colors8, np.uint8).reshape(-1, 3)
    if metric == "srgb":
        whole = palette.astype(np.float64)
        colors = (
            scan.table(scan.whole_entries(palette), float(scan.FAR)),
            scan.planes(whole, (whole * whole).sum(axis=1)),
        )
        return lambda pixels, channels, width, to: srgb(pixels, channels, width, colors, _room(len(palette)), to)
    if metric == "redmean":
        flat = palette[np.minimum(np.arange(-(-len(palette) // 4) * 4), len(palette) - 1)].astype(np.int32).reshape(-1)
        return lambda pixels, channels, _, to: redmean(pixels, channels, flat, to[2])
    colors, gap, light, matrix, sure, toe = _rooted(palette, metric)
    return lambda pixels, channels, width, to: rooted(
        pixels, channels, width, colors, gap, light, matrix, sure, toe, _room(len(palette)), to
    )


def _rooted(palette: Bytes, metric: str) -> tuple[Any, ...]:
    """The arguments of `rooted` that are the palette's and the metric's own.

    Pixels stay as responses: what the last matrix does to them is done to the colours, turned round.
    """
    exact, first, second, toe = spaces.linear(palette), np.eye(3), np.eye(3), PLAIN_LIGHT
    if metric in spaces.ROOTED_SPACES:
        first, second, toe = spaces.ROOTED_SPACES[metric]
        exact = np.ascontiguousarray(spaces.rooted(exact, metric))
    light, factors, squares = spaces.linear(np.arange(256, dtype=np.uint8)), exact @ second, (exact * exact).sum(axis=1)
    colors = scan.table(scan.entries(factors, squares), float(scan.NEVER) / 10), scan.planes(factors @ TILTED, squares)
    rough, clear = CLEAR[metric]
    every = np.arange(len(palette), dtype=np.int32)
    sure = light, first.reshape(-1), second.reshape(-1), exact.reshape(-1), clear, every
    return colors, np.float32(rough), light.astype(np.float32), first.reshape(-1).astype(np.float32), sure, toe


@leaf_kernel
def srgb(pixels, channels, width, colors, room, to):
    """By sRGB values."""
    height, (samples, tile, index, search, _), (entries, least, out) = pixels.shape[0] // (channels * width), room, to
    for row in range(0, height, RUNS):
        for left in range(0, width, RUN):
            at = min(row, height - RUNS) * width + min(left, width - RUN)
            lay(pixels, channels, at, width, samples)
            scan.whole(samples, tile, colors, search, index)
            put(index, samples, entries, least, out, at, width)


@leaf
def color_of(palette, k):
    """Palette colour k."""
    return palette[3 * k], palette[3 * k + 1], palette[3 * k + 2]


@leaf
def nearer(r, g, b, entry, k, best, index):
    """512 times the squared redmean distance, and index, of palette colour k if it is nearer than the best so far."""
    red, x, y, z = np.int32(r + entry[0]), np.int32(r - entry[0]), np.int32(g - entry[1]), np.int32(b - entry[2])
    weighted = np.int32(np.int32(1024 + red) * np.int32(x * x)) + np.int32(np.int32(1534 - red) * np.int32(z * z))
    far = np.int32(np.int32(weighted) + np.int32(2048 * np.int32(y * y)))
    closer = far < best
    return (far if closer else best), (k if closer else index)


@kernel
def redmean(pixels, channels, palette, indices):
    """By the weighted sRGB values of `color`; int32 holds 512 times the squared distance, at most 333 million."""
    x, y, z = np.zeros(LANES, np.int32), np.zeros(LANES, np.int32), np.zeros(LANES, np.int32)
    best, index = np.empty(LANES, np.int32), np.empty(LANES, np.int32)
    for block in range(-(-indices.shape[0] // LANES)):
        at = block * LANES
        out = indices[at : at + LANES]
        many = min(LANES, indices.shape[0] - at)
        split(pixels[at * channels : (at + many) * channels], channels, x[:many], y[:many], z[:many])
        for i in range(LANES):
            best[i] = FARTHEST
        for turn in range(palette.shape[0] // 12):
            k = np.int32(4 * turn)
            c0, c1 = color_of(palette, k), color_of(palette, k + 1)
            c2, c3 = color_of(palette, k + 2), color_of(palette, k + 3)
            for i in range(LANES):
                r, g, b = x[i], y[i], z[i]
                s, f = nearer(r, g, b, c0, k, best[i], index[i])
                s, f = nearer(r, g, b, c1, np.int32(k + 1), s, f)
                s, f = nearer(r, g, b, c2, np.int32(k + 2), s, f)
                best[i], index[i] = nearer(r, g, b, c3, np.int32(k + 3), s, f)
        for i in range(out.shape[0]):
            out[i] = index[i]


@leaf_kernel
def rooted(pixels, channels, width, colors, gap, light, matrix, sure, toe, room, to):
    """By linear light or the cube roots of it, as `color.ROOTED` has them; whether some are UNDECIDED."""
    height, (samples, tile, index, search, apart), (entries, least, out) = (
        pixels.shape[0] // (channels * width),
        room,
        to,
    )
    undecided = False
    for row in range(0, height, RUNS):
        for left in range(0, width, RUN):
            at = min(row, height - RUNS) * width + min(left, width - RUN)
            lay(pixels, channels, at, width, samples)
            undecided |= rooted_tile(samples, tile, colors, gap, light, matrix, sure, toe, (search, apart), index)
            put(index, samples, entries, least, out, at, width)
    return undecided


@leaf
def rooted_tile(samples, tile, colors, gap, light, matrix, sure, toe, room, index):
    """The nearest colours of a tile of bytes; whether some are UNDECIDED, which they are where float64 isn't sure."""
    (table, planes), ((leads, which), apart) = colors, room
    if of_one_color(samples):
        only = exactly(samples, u64(0), sure[5], sure, toe)
        scan.fill(index, only)
        return only == UNDECIDED
    lit(samples, light, tile)
    if toe < PLAIN_LIGHT:
        responses(tile, matrix, np.float32(toe))
    if leads.shape[0] > scan.FEW:
        xs, ys, zs = box(tile)
        scan.likely(xs, ys, zs, planes, gap + gap, leads)
    many = scan.choose(leads, np.int64(0), leads.shape[0], which)
    if many == 1:
        scan.fill(index, which[0])
        return False
    scan.two(tile, table, which, many, index)
    return settle(samples, tile, gap, planes, apart, which, sure, toe, index) if scan.doubtful(tile, gap) else False


@leaf
def of_one_color(samples):
    """Whether all pixels of a tile are the same."""
    x, y, z = scan.extent(samples, X), scan.extent(samples, Y), scan.extent(samples, Z)
    return x[0] == x[1] and y[0] == y[1] and z[0] == z[1]


@leaf
def tilted(tile, i):
    """A lane's place along axes where tiles are short: what is light is so to all three kinds of cones.

    They are the second coordinate, and how much the first and the third are more than it.
    """
    return tile[X + i] - tile[Y + i], tile[Y + i], tile[Z + i] - tile[Y + i]


@leaf
def box(tile):
    """The extents of a tile along the axes of `tilted`."""
    full_width()
    x = y = z = scan.LAST
    x_most = y_most = z_most = np.int32(-scan.LAST)
    for lane in range(LANES):
        a, b, c = tilted(tile, u64(lane))
        a, b, c = scan.ordered(a), scan.ordered(b), scan.ordered(c)
        x, y, z = min(x, a), min(y, b), min(z, c)
        x_most, y_most, z_most = max(x_most, a), max(y_most, b), max(z_most, c)
    xs, ys = (scan.unordered(x), scan.unordered(x_most)), (scan.unordered(y), scan.unordered(y_most))
    return xs, ys, (scan.unordered(z), scan.unordered(z_most))


@leaf
def lit(samples, light, tile):
    """The light that a tile's bytes mean."""
    for i in range(3 * LANES):
        tile[u64(i)] = light[samples[u64(i)]]


@leaf
def settle(samples, tile, gap, planes, apart, which, sure, toe, index):
    """Take the close decisions of a tile anew, in float64, among the colours that are close; as `rooted_tile`."""
    undecided = False
    for lane in range(LANES):
        i = u64(lane)
        if tile[scan.SECOND + i] - tile[scan.BEST + i] < gap:
            x, y, z = tilted(tile, i)
            many = scan.close(x + x, y + y, z + z, planes, gap + gap, apart, which)
            index[i] = exactly(samples, i, which[:many], sure, toe)
            undecided |= index[i] == UNDECIDED
    return undecided


@leaf
def exactly(samples, lane, which, sure, toe):
    """The nearest of some colours for one lane, in float64."""
    light, first, second, exact, clear, _ = sure
    r, g, b = light[samples[X + lane]], light[samples[Y + lane]], light[samples[Z + lane]]
    return again(r, g, b, first, second, toe, exact, which, clear)


@fused_leaf
def responses(tile, matrix, toe):
    """Linear light to the roots of what a matrix makes of it, in place; to about seven digits."""
    full_width()
    m = numbers(matrix)
    for lane in range(LANES):
        i = u64(lane)
        r, g, b = tile[X + i], tile[Y + i], tile[Z + i]
        tile[X + i] = root(m[0] * r + m[1] * g + m[2] * b, toe)
        tile[Y + i] = root(m[3] * r + m[4] * g + m[5] * b, toe)
        tile[Z + i] = root(m[6] * r + m[7] * g + m[8] * b, toe)


@leaf
def numbers(matrix):
    """A matrix's nine, read once: in a loop that writes to another array, LLVM would read them for each pixel."""
    a, b, c, d, e = matrix[0], matrix[1], matrix[2], matrix[3], matrix[4]
    return a, b, c, d, e, matrix[5], matrix[6], matrix[7], matrix[8]


@fused_leaf
def root(value, toe):
    """Cube root of a float32 0..1, to 1e-7 and without dividing, which takes as long as ten products.

    The power -1/3 by a third of the exponent, good to 4 %, and the binomial series of what that misses up to its third
    term, good to 2e-5 (see oklab_steps.cube_root); the root from that, and a step of Newton's.
    """
    x = max(value, f32(1e-24))  # were it less, products would have too few digits, and take long on Intel's
    bits = f32(f32(x).view(np.int32))  # the cast within changes nothing; numba asks for one
    r = i32(ROOT_GUESS - bits * THIRD).view(np.float32)
    missed = f32(1) - x * (r * r * r)
    r = r + r * missed * (THIRD + missed * (NINTHS + missed * REST))
    square = r * r
    y = x * square
    y = y + (x - y * y * y) * (square * THIRD)
    return y if value > toe else value * np.float32(spaces.TOE_SLOPE) + np.float32(spaces.TOE_START)


@leaf
def again(r, g, b, first, second, toe, exact, which, clear):
    """The nearest for one pixel's linear light, in float64; UNDECIDED where two are as near as far as that can tell."""
    if toe < PLAIN_LIGHT:
        u = root64(first[0] * r + first[1] * g + first[2] * b, toe)
        v = root64(first[3] * r + first[4] * g + first[5] * b, toe)
        w = root64(first[6] * r + first[7] * g + first[8] * b, toe)
        r = second[0] * u + second[1] * v + second[2] * w
        g = second[3] * u + second[4] * v + second[5] * w
        b = second[6] * u + second[7] * v + second[8] * w
    best = next_ = FAR
    index = i32(0)
    for j in range(which.shape[0]):
        k = u64(which[u64(j)])
        x, y, z = r - exact[u64(3) * k], g - exact[u64(3) * k + u64(1)], b - exact[u64(3) * k + u64(2)]
        far = x * x + y * y + z * z
        if far < best:
            best, next_, index = far, best, which[u64(j)]
        elif far < next_:
            next_ = far
    return np.int16(index) if next_ - best >= clear else UNDECIDED


@leaf
def root64(value, toe):
    """Cube root of a float64, or the line below `toe`."""
    return value ** (1 / 3) if value > toe else value * spaces.TOE_SLOPE + spaces.TOE_START


def warm() -> None:
    """Compile all of it."""
    palette = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
    for channels, metric in product((3, 4), spaces.METRICS):
        indices(np.zeros((1, 1, channels), np.uint8), palette, metric)
        draw(np.zeros((RUNS, RUN, channels), np.float32), palette, metric, 0.5, np.empty((RUNS, RUN, 4), np.float32))
