"""Error diffusion: each pixel's difference to its palette colour is added to neighbours that come after it."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..color import gamut, spaces
from ..compiled import twins
from ..palette.nearest import Indices
from ..palette.palette import each_once, packed, unpacked
from . import arithmetic, mixable
from .arithmetic import FAR_OUTSIDE, Plan, Singles
from .diffusion_kernels import KERNELS, Kernel
from .family import Dither, DitherSettings, Family

NEIGHBOURS = np.indices((4, 4, 4)).reshape(3, -1).T  # looked for together where pixels come one by one


@twins.step("diffuse", patience=1 << 16)
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
    plan = arithmetic.plan(palette, metric, light, kernel, strength, serpentine)
    return (_serpentine if serpentine else _raster)(rgba, opaque, plan)


class Finder:
    """Finds the palette index for sums as the plan says; holds what it looked up.

    A look-up table takes 32 MiB of address space, of which only the parts that are asked for become memory.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._table = np.zeros(0 if plan.direct else 1 << 24, np.uint16)  # index + 1, so that 0 is unknown
        self._indices = self._table.data  # plain integers, quicker to read than array items
        self._coordinates, self._distance = spaces.METRICS[plan.metric]
        self._places = np.ascontiguousarray(self._coordinates(plan.palette).T)[:, None, :]
        self._edges = [] if plan.edges is None else plan.edges.tolist()
        self._single = array("f", [0.0])

    def __call__(self, sums: Singles) -> NDArray[np.intp]:
        """The palette index of each sum float32 [M, 3]: [M]."""
        plan = self._plan
        if plan.direct:
            return plan.searched(sums)
        keys = packed(arithmetic.rounded(sums, plan.edges))
        self._learn(unpacked(each_once(keys[self._table[keys] == 0])))
        indices = self._table[keys].astype(np.intp) - 1
        if plan.scores is not None:
            beyond = (sums.min(axis=1) < -FAR_OUTSIDE) | (sums.max(axis=1) > 1 + FAR_OUTSIDE)
            indices[beyond] = plan.searched(sums[beyond])
        return indices

    def one(self, sums: list[float]) -> int:
        """The palette index of one pixel's sum of red, green and blue.

        With a colour the finder learns the others of its cell of 4 x 4 x 4 colours.
        """
        if self._plan.scores is not None and (min(sums) < -FAR_OUTSIDE or max(sums) > 1 + FAR_OUTSIDE):
            return int(self._plan.searched(np.array([sums], np.float32))[0])
        r, g, b = (self._rounded(value) for value in sums)
        key = r << 16 | g << 8 | b
        if not self._indices[key]:
            color_here = np.array([r, g, b])
            self._learn(
                color_here[None] if self._plan.metric in spaces.COSTLY_METRICS else color_here // 4 * 4 + NEIGHBOURS
            )
        return self._indices[key] - 1

    def _rounded(self, value: float) -> int:
        if self._edges:
            return bisect_right(self._edges, value)
        self._single[0] = min(max(value, 0), 255) + 0.5
        return int(self._single[0])

    def _learn(self, colors: NDArray[np.generic]) -> None:
        colors = colors.astype(np.uint8)
        places = np.ascontiguousarray(self._coordinates(colors).T)
        self._table[packed(colors)] = self._distance(places[:, :, None], self._places).argmin(axis=1) + 1


def _raster(rgba: NDArray[np.uint8], opaque: NDArray[np.bool_], plan: Plan) -> Indices:
    """All rows at a time, each `lag` pixels behind the one above: what a pixel needs is then done."""
    height, width = opaque.shape
    above = max(share.dy for share in plan.shares)
    delays = [share.dy * plan.lag + share.dx for share in plan.shares]
    out, find = np.zeros((height, width), np.int16), Finder(plan)
    past = np.zeros((max(delays) + 1, height + above, 3), np.float32)  # errors of the last steps, by row
    for step in range(width + plan.lag * (height - 1)):
        first, stop = max(0, -(-(step - width + 1) // plan.lag)), min(height, step // plan.lag + 1)
        rows = np.arange(first, stop)
        columns = step - plan.lag * rows
        sums = _wishes(rgba[rows, columns, :3], plan)
        for share, delay in zip(plan.shares, delays, strict=True):
            errors = past[(step - delay) % len(past), first + above - share.dy : stop + above - share.dy]
            sums += errors * share.share
        sums = arithmetic.clamp(sums, plan.low, plan.high)
        indices, mask = find(sums), opaque[rows, columns]
        past[step % len(past)] = 0
        past[step % len(past), first + above : stop + above] = (sums - plan.colors[indices]) * mask[:, None]
        out[rows, columns] = indices * mask
    return out


def _serpentine(rgba: NDArray[np.uint8], opaque: NDArray[np.bool_], plan: Plan) -> Indices:
    """Row after row, there and back; what comes from the rows above is added for a whole row."""
    height, width = opaque.shape
    above = max(share.dy for share in plan.shares)
    out, find = np.zeros((height, width), np.int16), Finder(plan)
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


def _along(sums: Singles, mask: NDArray[np.bool_], plan: Plan, find: Finder) -> tuple[list[int], Singles]:
    """Indices and errors of one row, from left to right, each pixel waiting for the one before.

    Python computes in double precision; what is put into an array of singles comes out rounded as single precision
    has it, after each operation.
    """
    row_shares = [(3 * share.dx, float(share.share)) for share in plan.shares if share.dy == 0]
    colors, low, high = plan.colors.tolist(), plan.low.tolist(), plan.high.tolist()
    row, part, errors = array("f", sums.tobytes()), array("f", [0.0]), array("f", bytes(sums.nbytes))
    indices = [0] * len(sums)
    for x in np.flatnonzero(mask).tolist():
        bounded = row[3 * x : 3 * x + 3].tolist()
        if not all(least <= value <= most for least, value, most in zip(low, bounded, high, strict=True)):
            bounded = arithmetic.clamp(np.array([bounded], np.float32), plan.low, plan.high)[0].tolist()
        indices[x] = find.one(bounded)
        for at, value, color in zip(range(3 * x, 3 * x + 3), bounded, colors[indices[x]], strict=True):
            errors[at] = value - color
            for right, share in row_shares:
                if at + right < len(row):
                    part[0] = errors[at] * share
                    row[at + right] += part[0]
    return indices, np.frombuffer(errors, np.float32).reshape(-1, 3)


def _wishes(rgb: NDArray[np.uint8], plan: Plan) -> Singles:
    return gamut.drawn_in(plan.values[rgb], plan.box, plan.strength)


def _add_shifted(row: Singles, errors: Singles, dx: int) -> None:
    """Add each pixel's error `dx` pixels to the right, in place; what falls over the edge is lost."""
    if abs(dx) >= len(row):
        return
    if dx >= 0:
        row[dx:] += errors[: len(row) - dx]
    else:
        row[:dx] += errors[-dx:]


def _run(
    kernel: Kernel,
    rgba: NDArray[np.uint8],
    opaque: NDArray[np.bool_],
    palette: NDArray[np.uint8],
    settings: DitherSettings,
) -> Indices:
    wishes = mixable.mixes(rgba, palette, settings.light, settings.strength)
    how = settings.metric, kernel, settings.strength, settings.serpentine, settings.light
    return diffuse(wishes, opaque, palette, *how)


FAMILY = Family(
    dithers={name: Dither(partial(_run, kernel), sequential=True) for name, kernel in KERNELS.items()},
    hint="riemersma and the others: smooth gradients",
    page="""\
  * `floyd-steinberg` and the others: smooth gradients. `atkinson` keeps lights and darks clean, `sierra-lite` is
    compact, `jarvis-judice-ninke` and `stucki` are the smoothest.
""",
    others=True,
)
