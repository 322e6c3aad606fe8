"""Error diffusion: the difference between wish and palette is handed on to the pixels not yet done."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import diffusion, engine, gamut
from .diffusion import Plan, Singles
from .kernels import Kernel
from .nearest import Indices, scan
from .palette import packed, unpacked

BLOCK = 4  # colours are looked up in cubes of 4 x 4 x 4 neighbours: one scan serves the many that follow
_CUBE = np.indices((BLOCK, BLOCK, BLOCK)).reshape(3, -1).T


@engine.step("diffuse", patience=1 << 16)
def diffuse(
    rgba: NDArray[np.uint8],
    opaque: NDArray[np.bool_],
    palette: NDArray[np.uint8],
    metric: str,
    kernel: Kernel,
    strength: float = 1.0,
    serpentine: bool = True,
    light: str = "linear",
) -> Indices:
    """Index of a palette colour for each pixel: [H, W, 4], mask [H, W] and [N, 3] in, int16 [H, W] out.

    Wishes are first brought to what the palette can mix, nearly (`gamut`); the rest is written in `diffusion`.
    Pixels outside the mask get index 0 and neither receive nor pass error; alpha is not looked at. `strength` 0..1
    scales both steps; `serpentine` turns the direction, and the kernel with it, on every second row; `light` says
    in which values error is kept, "linear" or "srgb". Raises UnknownName.
    """
    plan = diffusion.plan(palette, metric, light, kernel, strength, serpentine)
    return (_serpentine if serpentine else _raster)(rgba, opaque, plan, Finder(plan))


class Finder:
    """Finds the palette index for sums as the plan says; holds what it looked up.

    A look-up table takes 32 MiB of address space, of which only the cubes that are asked for become memory.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._table = np.zeros((256, 256, 256) if plan.scores is None else 0, np.uint16)  # index + 1, 0 is unknown

    def __call__(self, sums: Singles) -> NDArray[np.intp]:
        """The index for each of [M, 3]."""
        plan = self._plan
        if plan.scores is not None:
            return diffusion.best(diffusion.embedded(sums, plan.in_oklab), plan.scores)
        keys, flat = packed(diffusion.rounded(sums, plan.edges)), self._table.reshape(-1)
        for key in keys[flat[keys] == 0]:
            if not flat[key]:
                self._fill(unpacked(key))
        return flat[keys].astype(np.intp) - 1

    def _fill(self, rgb: NDArray[np.uint8]) -> None:
        low = rgb // BLOCK * BLOCK
        r, g, b = (slice(start, start + BLOCK) for start in low.tolist())
        found = scan((_CUBE + low).astype(np.uint8), self._plan.palette, self._plan.metric)
        self._table[r, g, b] = found.reshape(BLOCK, BLOCK, BLOCK) + 1


def _raster(rgba: NDArray[np.uint8], opaque: NDArray[np.bool_], plan: Plan, find: Finder) -> Indices:
    """All rows at a time, each `lag` pixels behind the one above: what a pixel needs is then done."""
    height, width = opaque.shape
    above = max(share.dy for share in plan.shares)
    delays = [share.dy * plan.lag + share.dx for share in plan.shares]
    out = np.zeros((height, width), np.int16)
    past = np.zeros((max(delays) + 1, height + above, 3), np.float32)  # errors of the last steps, by row
    for step in range(width + plan.lag * (height - 1)):
        first, stop = max(0, -(-(step - width + 1) // plan.lag)), min(height, step // plan.lag + 1)
        rows = np.arange(first, stop)
        columns = step - plan.lag * rows
        sums = _wishes(rgba[rows, columns, :3], plan)
        for share, delay in zip(plan.shares, delays, strict=True):
            errors = past[(step - delay) % len(past), first + above - share.dy : stop + above - share.dy]
            sums += errors * share.share
        chosen, left = _settled(sums, opaque[rows, columns], plan, find)
        past[step % len(past)] = 0
        past[step % len(past), first + above : stop + above] = left
        out[rows, columns] = chosen
    return out


def _serpentine(rgba: NDArray[np.uint8], opaque: NDArray[np.bool_], plan: Plan, find: Finder) -> Indices:
    """Row after row, there and back; what comes from the rows above is added for a whole row."""
    height, width = opaque.shape
    above = max(share.dy for share in plan.shares)
    out = np.zeros((height, width), np.int16)
    past = np.zeros((above + 1, width, 3), np.float32)  # errors of the last rows, from left to right
    for y in range(height):
        turn = -1 if y % 2 else 1
        sums = _wishes(rgba[y, :, :3], plan)
        for share in plan.shares:
            if 0 < share.dy <= y:
                back = -turn if share.dy % 2 else turn  # the way that row went
                _add_shifted(sums, past[(y - share.dy) % len(past)] * share.share, share.dx * back)
        row = past[y % len(past)]
        out[y, ::turn], row[::turn] = _along(sums[::turn], opaque[y, ::turn], plan, find)
    return out


def _along(
    sums: Singles, mask: NDArray[np.bool_], plan: Plan, find: Finder
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Indices and errors of one row, from left to right, each pixel waiting for the one before."""
    ahead = [(share.dx, share.share) for share in plan.shares if share.dy == 0]
    errors = np.zeros_like(sums)
    chosen = np.zeros(len(sums), np.intp)
    for x in range(len(sums)):
        if mask[x]:
            for dx, share in ahead:
                if dx <= x:
                    sums[x] += errors[x - dx] * share
            chosen[x : x + 1], errors[x : x + 1] = _settled(sums[x : x + 1], mask[x : x + 1], plan, find)
    return chosen, errors


def _wishes(rgb: NDArray[np.uint8], plan: Plan) -> Singles:
    return gamut.drawn_in(plan.values[rgb], plan.box, plan.strength)


def _settled(
    sums: Singles, mask: NDArray[np.bool_], plan: Plan, find: Finder
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Indices and errors of sums [M, 3], zero outside the mask."""
    kept = np.minimum(np.maximum(sums, plan.low), plan.high)
    chosen = find(kept) * mask
    return chosen, (kept - plan.colors[chosen]) * mask[:, None]


def _add_shifted(row: Singles, errors: Singles, dx: int) -> None:
    """Add each pixel's error `dx` pixels to the right, in place; what falls over the edge is lost."""
    if abs(dx) >= len(row):
        return
    if dx >= 0:
        row[dx:] += errors[: len(row) - dx]
    else:
        row[:dx] += errors[-dx:]
