"""Compiled `planned` of pixel/dither/mixing.py, `unplanned` and `painted` of pixel/dither/ordered.py."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...color import perceptual_metric
from ...dither import mixing
from ...dither.mixing import Book, Cells, Plans
from ...dither.threshold_matrix import thresholds
from ..cores import in_bands
from . import vector
from .jit import full_width, inner, kernel, leaf, leaf_kernel

CANDIDATES, EXACT = mixing.CANDIDATES, mixing.EXACT_CODE
BESIDE = np.float32(mixing.PAIR_WEIGHT)
FEW_PAIRS = 1 << 18  # from which a second thread pays
u64 = np.uint64
CHUNK = 64  # pixels painted at a time
C1, C2, C3 = u64(CHUNK), u64(2 * CHUNK), u64(3 * CHUNK)
U1, U2, U3 = np.uint32(1), np.uint32(2), np.uint32(3)
# Rows lie one after the other in flat arrays, at distances that the compiler knows, else it doesn't use SIMD
ROW, R1, R2, R3 = 256, np.uint64(256), np.uint64(512), np.uint64(768)
F0, HALF, F1, FAR = np.float32(0), np.float32(0.5), np.float32(1), np.float32(np.finfo(np.float32).max)


@inner
def _away(m, weights, r, g, b, amounts, away, norms):
    """Coordinates with the brightness, and squared lengths, of the ways from a colour to those of the palette."""
    m0, m1, m2, m3, m4, m5, m6, m7, m8 = m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8]
    w0, w1, w2 = weights[0], weights[1], weights[2]
    for k in range(norms.shape[0]):
        i = np.uint64(k)
        red, green, blue = amounts[i] - r, amounts[i + R1] - g, amounts[i + R2] - b
        x = m0 * red + m1 * green + m2 * blue
        y = m3 * red + m4 * green + m5 * blue
        z = m6 * red + m7 * green + m8 * blue
        w = w0 * red + w1 * green + w2 * blue
        away[i], away[i + R1], away[i + R2], away[i + R3] = x, y, z, w
        norms[i] = x * x + y * y + z * z + w * w


@inner
def _nearest_few(norms, own, cell, chosen):
    """The indices of the smallest, ascending, among the colours of a cell or, at -1, all; how many they are."""
    count, last = 0, FAR
    for k in range(norms.shape[0]):
        if norms[k] >= last or (cell >= 0 and own[k] != cell):
            continue
        at = min(count, CANDIDATES - 1)
        count = at + 1
        while at > 0 and norms[chosen[at - 1]] > norms[k]:
            chosen[at] = chosen[at - 1]
            at -= 1
        chosen[at] = k
        last = norms[chosen[CANDIDATES - 1]] if count == CANDIDATES else FAR
    return count


@inner
def _weigh(a, roughness, steps, leaps, away, norms, aparts, costs, best):
    """Where the pair of `a` and another colour costs less than the others so far, note it."""
    xa, ya, za, wa, near = away[a], away[ROW + a], away[2 * ROW + a], away[3 * ROW + a], norms[a]
    neighbour = FAR
    for k in range(costs.shape[0]):
        i = np.uint64(k)
        x, y, z = away[i] - xa, away[i + R1] - ya, away[i + R2] - za
        apart = x * x + y * y + z * z
        aparts[i] = apart
        neighbour = min(neighbour, apart if apart > F0 else FAR)
    for k in range(costs.shape[0]):
        i = np.uint64(k)
        x, y, z, w = away[i] - xa, away[i + R1] - ya, away[i + R2] - za, away[i + R3] - wa
        along, whole = -(x * xa + y * ya + z * za + w * wa), aparts[i] + w * w
        share = along / whole
        smooth = near - share * (along + along - share * whole)
        share = np.float32(np.int32(share * steps + HALF)) / steps
        rough = max(aparts[i] - neighbour, F0) * roughness
        cost = near - share * (along + along - share * whole) + share * (F1 - share) * rough
        cost = cost + smooth * BESIDE + leaps[i]
        cost = cost if along > F0 and along < whole else FAR
        less = cost < costs[i]
        costs[i] = cost if less else costs[i]
        best[i] = a if less else best[i]


@inner
def _least(costs):
    least = FAR
    for k in range(costs.shape[0]):
        least = min(least, costs[k])
    for k in range(costs.shape[0]):
        if costs[k] == least:
            return k
    return 0


@inner
def _share(m, bright, amounts, moved, low, high, share):
    """Where a colour lies between two, as it is felt: three slopes and an offset."""
    x, y, z = amounts[0, high] - amounts[0, low], amounts[1, high] - amounts[1, low], amounts[2, high] - amounts[2, low]
    felt0 = m[0] * x + m[1] * y + m[2] * z
    felt1 = m[3] * x + m[4] * y + m[5] * z
    felt2 = m[6] * x + m[7] * y + m[8] * z
    felt3 = bright[0] * x + bright[1] * y + bright[2] * z
    whole = felt0 * felt0 + felt1 * felt1 + felt2 * felt2 + felt3 * felt3
    if low == high:
        share[:] = F0
        return
    slope0 = (m[0] * felt0 + m[3] * felt1 + m[6] * felt2 + bright[0] * felt3) / whole
    slope1 = (m[1] * felt0 + m[4] * felt1 + m[7] * felt2 + bright[1] * felt3) / whole
    slope2 = (m[2] * felt0 + m[5] * felt1 + m[8] * felt2 + bright[2] * felt3) / whole
    red, green, blue = moved[0] - amounts[0, low], moved[1] - amounts[1, low], moved[2] - amounts[2, low]
    offset = slope0 * red + slope1 * green + slope2 * blue
    offset -= (bright[0] * moved[0] + bright[1] * moved[1] + bright[2] * moved[2]) * felt3 / whole
    share[0], share[1], share[2], share[3] = slope0, slope1, slope2, offset


@kernel
def _plan(cells, wishes, moved, columns, book, matrices, amounts, exact, own, held, tones, codes, shares):
    steps, roughness, leaps, weights = book
    count = own.shape[0]
    away, norms = np.empty(4 * ROW, np.float32), np.empty(count, np.float32)
    aparts, costs = np.empty(count, np.float32), np.empty(count, np.float32)
    m, felt, bright = np.empty(9, np.float32), np.empty(9, np.float64), np.empty(3, np.float64)
    best, chosen = np.zeros(count, np.int32), np.zeros(CANDIDATES, np.int32)
    for j in range(3):
        bright[j] = weights[j]
    for i in range(cells.shape[0]):
        cell = cells[i]
        for j in range(9):
            m[j] = matrices[columns[i], j]
            felt[j] = m[j]
        _away(m, weights, wishes[i, 0], wishes[i, 1], wishes[i, 2], amounts, away, norms)
        few = _nearest_few(norms, own, cell if held[i] else np.int32(-1), chosen)
        costs[:] = FAR
        for a in range(few):
            _weigh(chosen[a], roughness, steps, leaps[chosen[a]], away, norms, aparts, costs, best)
        one = two = chosen[0]
        second = _least(costs)
        if costs[second] < norms[one] + norms[one] * BESIDE:
            one, two = best[second], np.int32(second)
        low, high = (two, one) if tones[one] > tones[two] else (one, two)
        codes[i] = low | high << 8
        _share(felt, bright, exact, moved[i], low, high, shares[i])


def planned(cells: Cells, plans: Book) -> Plans:
    """See pixel/dither/mixing.py."""
    codes, shares = np.empty(len(cells), np.int32), np.empty((len(cells), 4), np.float32)
    columns, held = perceptual_metric.columns(cells, plans.bits), np.zeros(len(plans.codes), np.bool_)
    held[plans.own] = True
    held = held[cells]
    matrices = np.ascontiguousarray(perceptual_metric.matrices(plans.metric, plans.light).T)
    wishes, moved = mixing.wished(cells, plans)
    amounts = np.zeros((3, ROW), np.float32)
    amounts[:, : len(plans.own)] = plans.amounts
    rough, own, tones = amounts.reshape(-1), plans.own, plans.tones

    def work(start: int, stop: int) -> None:
        at = slice(start, stop)
        book = plans.steps, plans.roughness, plans.leaps, plans.brightness
        task = cells[at], wishes[at], moved[at], columns[at], book, matrices, rough, plans.amounts, own
        _plan(*task, held[at], tones, codes[at], shares[at])

    in_bands(work, len(cells), len(cells) * len(own), FEW_PAIRS)
    return codes, shares


@leaf
def _cell(r, g, b, shift):
    """The cell of a colour, as mixing.cells has it. LLVM stays within 32 bits where it sees that shifts are below 8."""
    shift, up = np.uint32(shift & np.uint32(7)), np.uint32(np.uint32(np.uint32(8) - shift) & np.uint32(7))
    two = np.uint32(np.uint32(np.uint32(r >> shift) << up) | np.uint32(g >> shift))
    return np.uint32(np.uint32(two << up) | np.uint32(b >> shift))


@kernel
def _ask(pixels, step, shift, wishes):
    if step == 3:
        for i in range(pixels.shape[0] // 3):
            r, g, b = np.uint32(pixels[3 * i]), np.uint32(pixels[3 * i + 1]), np.uint32(pixels[3 * i + 2])
            wishes[_cell(r, g, b, shift)] = 1
    else:
        for i in range(pixels.shape[0] // 4):
            r, g, b = np.uint32(pixels[4 * i]), np.uint32(pixels[4 * i + 1]), np.uint32(pixels[4 * i + 2])
            wishes[_cell(r, g, b, shift)] = 1


def unplanned(rgb: NDArray[np.uint8], codes: NDArray[np.int32], bits: int) -> NDArray[np.int32]:
    """See pixel/dither/ordered.py."""
    pixels, step = flat(rgb)
    wishes = np.zeros(len(codes), np.uint8)
    _ask(pixels, step, np.uint32(8 - bits), wishes)
    return np.flatnonzero((wishes == 1) & (codes < 0)).astype(np.int32)


@leaf
def _place(keys, color):
    """Where a packed colour is in a sorted list, or -1."""
    low, high = 0, keys.shape[0] - 1
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < color:
            low = middle + 1
        else:
            high = middle
    return low if keys[low] == color else -1


def _painter(step: int) -> Any:
    part = vector.part4 if step == 4 else vector.part3

    @leaf
    def paint_rest(pixels, start, shift, values, codes, shares, limits, out):
        """Colours of a row from pixel `start` on, one by one; all of their codes together."""
        all_codes = np.int32(0)
        for i in range(start, out.shape[0]):
            r, g, b = np.uint32(pixels[step * i]), np.uint32(pixels[step * i + 1]), np.uint32(pixels[step * i + 2])
            cell = _cell(r, g, b, shift)
            share, code = cell << U2, codes[cell]
            all_codes |= code
            much = shares[share] * values[r] + shares[share | U1] * values[g]
            much = much + shares[share | U2] * values[b] + shares[share | U3]
            out[i] = code >> (np.int32(much > limits[i]) << np.int32(3)) & np.int32(255)  # no branch to guess wrong
        return all_codes

    @leaf
    def paint(pixels, shift, values, codes, shares, limits, out, room):
        """The same of a whole row. CHUNK pixels go together step by step, each as its loads and sums are quickest."""
        full_width()
        samples, cells, amounts, mixtures = room
        all_codes, whole = np.int32(0), out.shape[0] // CHUNK * CHUNK
        for start in range(0, whole, CHUNK):
            for first in range(0, CHUNK, vector.SIZE):
                part(pixels, u64(step * (start + first)), samples, u64(first), C1)
            for i in range(CHUNK):
                u = u64(i)
                cells[u] = _cell(np.uint32(samples[u]), np.uint32(samples[u + C1]), np.uint32(samples[u + C2]), shift)
            for i in range(3 * CHUNK):
                amounts[u64(i)] = values[samples[u64(i)]]
            for first in range(0, CHUNK, vector.SIZE):
                vector.pick4(shares, cells, u64(first), mixtures, u64(first), C1)
            for i in range(CHUNK):
                cells[u64(i)] = codes[u64(np.uint32(cells[u64(i)]))]
            for i in range(CHUNK):
                u, at = u64(i), u64(start + i)
                code = cells[u]
                all_codes = np.int32(all_codes | code)
                much = mixtures[u] * amounts[u] + mixtures[u + C1] * amounts[u + C1]
                much = much + mixtures[u + C2] * amounts[u + C2] + mixtures[u + C3]
                out[at] = np.int32(code >> np.int32(8) if much > limits[at] else code) & np.int32(255)
        return np.int32(all_codes | paint_rest(pixels, whole, shift, values, codes, shares, limits, out))

    return paint


_paint_rgb, _paint_rgba = _painter(3), _painter(4)  # a constant there is what makes them quick


@leaf
def _put_right(pixels, step, shift, codes, keys, indices, out):
    """Give those their own index that are palette colours which their cell's pair hasn't."""
    for i in range(out.shape[0]):
        r, g, b = np.uint32(pixels[step * i]), np.uint32(pixels[step * i + 1]), np.uint32(pixels[step * i + 2])
        if codes[_cell(r, g, b, shift)] >= EXACT:
            place = _place(keys, np.int32(r << np.uint32(16) | g << np.uint32(8) | b))
            if place >= 0:
                out[i] = indices[place]


@leaf_kernel
def _paint(pixels, step, first, shift, values, codes, shares, keys, indices, limits, out, room):
    """Whether all cells have plans: codes are negative where there is none, and so is what a row's are together."""
    width = out.shape[1]
    for y in range(out.shape[0]):
        row, limit = pixels[y * width * step : (y + 1) * width * step], limits[(first + y) % limits.shape[0]]
        if step == 4:
            row_codes = _paint_rgba(row, shift, values, codes, shares, limit, out[y], room)
        else:
            row_codes = _paint_rgb(row, shift, values, codes, shares, limit, out[y], room)
        if row_codes < 0:
            return False  # the rest would be painted again
        if row_codes >= EXACT:
            _put_right(row, step, shift, codes, keys, indices, out[y])
    return True


def painted(rgb: NDArray[np.uint8], plans: Book, matrix: NDArray[np.float32]) -> NDArray[np.int16] | None:
    """See pixel/dither/ordered.py."""
    pixels, step = flat(rgb)
    height, width = rgb.shape[:2]
    result = np.empty((height, width), np.int16)
    values = perceptual_metric.values(plans.light).astype(np.float32)
    book = (np.uint32(8 - plans.bits), values, plans.codes, plans.shares.reshape(-1), *plans.exact)
    limits = np.ascontiguousarray(np.tile(matrix, (1, -(-width // matrix.shape[1])))[:, :width])

    complete: list[bool] = []

    def work(start: int, stop: int) -> None:
        task = pixels[start * width * step :], step, start, *book, limits, result[start:stop], _room()
        complete.append(_paint(*task))

    in_bands(work, height, height * width)
    return result if all(complete) else None


def _room() -> tuple[NDArray[Any], ...]:
    """Working space for a chunk: its bytes, cells, amounts and mixtures, row by row."""
    rows = (3, np.uint8), (1, np.int32), (3, np.float32), (4, np.float32)
    return tuple(np.empty(count * CHUNK, kind) for count, kind in rows)


def flat(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """The bytes of [..., 3 or 4] in a row, read-only so that numba sees one type; and how many a pixel takes."""
    pixels = np.ascontiguousarray(rgb).reshape(-1).view()
    pixels.flags.writeable = False
    return pixels, rgb.shape[-1]


def warm() -> None:
    """Compile every kernel for the types it is called with."""
    rgb = np.zeros((2, 2, 3), np.uint8)
    plans = mixing.new_book(np.array([[0, 0, 0], [255, 255, 255]], np.uint8), "srgb", "srgb")
    cells = unplanned(rgb, plans.codes, plans.bits)
    planned(cells, plans)
    mixing.fill(plans, cells)
    painted(rgb, plans, thresholds("bayer-2"))
