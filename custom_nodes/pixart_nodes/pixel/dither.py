"""Error diffusion: the difference between wish and palette is handed on to the pixels not yet done."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .gamut import mixable
from .kernels import Kernel
from .nearest import Indices, scan

BLOCK = 8  # colours are looked up in cubes of 8 x 8 x 8 neighbours: one scan serves the many that follow
_CUBE = np.indices((BLOCK, BLOCK, BLOCK)).reshape(3, -1).T


def diffuse(
    rgb: NDArray[np.uint8],
    opaque: NDArray[np.bool_],
    palette: NDArray[np.uint8],
    metric: str,
    kernel: Kernel,
    strength: float = 1.0,
    serpentine: bool = True,
) -> Indices:
    """Index of a palette colour for each pixel: [H, W, 3], mask [H, W] and [N, 3] in, int16 [H, W] out.

    Wishes are first brought to what the palette can mix. Error is kept in sRGB values; the sum is clamped to
    0..255 and rounded for the exact look-up in `metric`. Pixels outside the mask get index 0 and neither
    receive nor pass error. `strength` 0..1 scales both steps, 0 is plain nearest; `serpentine` turns the
    direction, and the kernel with it, on every second row.
    """
    lookup = Lookup(palette, metric)
    ahead = [(dx, share * strength) for dx, dy, share in kernel.taps if dy == 0]
    below = [(dx, dy, share * strength) for dx, dy, share in kernel.taps if dy > 0]
    height, width = opaque.shape
    wish = rgb + strength * (mixable(rgb, palette) - rgb)
    out = np.zeros((height, width), np.int16)
    for y in range(height):
        turn = -1 if serpentine and y % 2 else 1
        row, mask = wish[y, ::turn].tolist(), opaque[y, ::turn].tolist()
        chosen, errors = _diffuse_row(row, mask, ahead, lookup)
        out[y, ::turn] = chosen
        error = np.array(errors)[::turn]
        for dx, dy, share in below:
            if y + dy < height:
                _add_shifted(wish[y + dy], error * share, dx * turn)
    return out


def _diffuse_row(
    row: list[list[float]], mask: list[bool], ahead: list[tuple[int, float]], lookup: Lookup
) -> tuple[list[int], list[tuple[float, float, float]]]:
    """One row from left to right; plain floats, because each pixel waits for the one before."""
    nothing = (0.0, 0.0, 0.0)
    chosen, errors = [0] * len(row), [nothing] * len(row)
    for x, (wish, visible) in enumerate(zip(row, mask, strict=True)):
        if not visible:
            continue
        r, g, b = (0.0 if v < 0 else 255.0 if v > 255 else v for v in wish)
        index = lookup[int(r + 0.5) << 16 | int(g + 0.5) << 8 | int(b + 0.5)]
        pr, pg, pb = lookup.colors[index]
        er, eg, eb = r - pr, g - pg, b - pb
        chosen[x], errors[x] = index, (er, eg, eb)
        for dx, share in ahead:
            if x + dx < len(row):
                then = row[x + dx]
                then[0] += er * share
                then[1] += eg * share
                then[2] += eb * share
    return chosen, errors


def _add_shifted(row: NDArray[np.float64], error: NDArray[np.float64], dx: int) -> None:
    """Add each pixel's error `dx` pixels to the right, in place; what falls over the edge is lost."""
    if abs(dx) >= len(row):
        return
    if dx >= 0:
        row[dx:] += error[: len(row) - dx]
    else:
        row[:dx] += error[-dx:]


class Lookup:
    """Packed 0xRRGGBB -> nearest index, for all 2^24 colours; filled a cube of neighbours at a time.

    Holds 32 MiB of address space, of which only the cubes that are asked for become memory.
    """

    def __init__(self, palette: NDArray[np.uint8], metric: str) -> None:
        self.colors: list[list[float]] = palette.astype(np.float64).tolist()
        self._palette = palette
        self._metric = metric
        self._table = np.zeros((256, 256, 256), np.uint16)  # index + 1, so that 0 means not known yet
        self._flat = self._table.reshape(-1).data  # plain integers, quicker to read than array items

    def __getitem__(self, key: int) -> int:
        found = self._flat[key]
        if not found:
            self._fill(key)
            found = self._flat[key]
        return found - 1

    def _fill(self, key: int) -> None:
        low = [channel // BLOCK * BLOCK for channel in (key >> 16, key >> 8 & 255, key & 255)]
        cube = (_CUBE + low).astype(np.uint8)
        r, g, b = (slice(start, start + BLOCK) for start in low)
        self._table[r, g, b] = scan(cube, self._palette, self._metric).reshape(BLOCK, BLOCK, BLOCK) + 1
