"""Error diffusion, of ../../dither: a wave of 32 rows from left to right, or pixel after pixel there and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dither import arithmetic, error_diffusion
from ...dither.arithmetic import Plan
from ...dither.diffusion_kernels import KERNELS, Kernel
from ...palette.nearest import Indices
from .. import cores
from . import block, color_lookup, lanes, serpentine, wave
from .relay import relay

_NOTHING, _NO_BUCKETS = np.zeros(0, np.float32), np.zeros(0, np.uint8)
Picture = tuple[NDArray[np.uint8], NDArray[np.bool_], int]  # flat RGBA, flat mask, width
Search = tuple[Callable[..., int], tuple[Any, ...]]
APART = 3 * block.BLOCK  # steps by which each of several threads may vary at least
MOST_THREADS = 4  # threads: each may have a look-up table of its own, see `color_lookup`
SMALL = 1 << 16  # pixels of one palette up to which trying all colours takes less time than filling a look-up table


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
    """The twin of dither.diffuse."""
    if metric not in color_lookup.METRICS:
        return error_diffusion.diffuse.plain(rgba, opaque, palette, metric, kernel, strength, serpentine, light)
    assert rgba.shape == (*opaque.shape, 4), "kernels don't look whether they are within an array"
    plan = arithmetic.plan(palette, metric, light, kernel, strength, serpentine)
    out = np.zeros(opaque.shape, np.int16)
    flat = np.ascontiguousarray(rgba).reshape(-1), np.ascontiguousarray(opaque).reshape(-1), opaque.shape[1]
    way, scores = (lanes.LOOKED_UP, _NOTHING) if serpentine else _way(plan, out.size)
    if way != lanes.LOOKED_UP:
        _wave(plan, flat, [(wave.tried, (way, scores, plan.steps))] * _workers(plan, flat), out)
        return out
    shelf, run = color_lookup.shelf(palette.tobytes(), metric), _there_and_back if serpentine else _wave_of
    tables = shelf.take(1 if serpentine else _workers(plan, flat))
    run(plan, flat, tables, out)
    while max(color_lookup.resolve(table, palette, metric) for table in tables):
        run(plan, flat, tables, out)
    shelf.put_back(tables)  # not after a fault: nobody knows what it left in them
    return out


def _there_and_back(plan: Plan, flat: Picture, tables: Sequence[color_lookup.Table], out: Indices) -> None:
    taps, shares = _taps(plan)
    rows = int(taps[0].max()) + 1
    late = taps, shares, rows, serpentine.room(flat[2], rows)
    serpentine.serpentine(*flat, _prepared(plan, 1), *late, _knowledge(plan, tables[0]), out.reshape(-1))


def _workers(plan: Plan, flat: Picture) -> int:
    """How many threads pay: where the picture is large, as many as follow each other within a row."""
    _, opaque, width = flat
    if opaque.size < cores.LARGE_PIXELS:
        return 1
    room = wave.period(width, _raster(plan)[-1]) // (wave.lead(plan.lag) + APART)
    return max(1, min(cores.threads(), MOST_THREADS, room, opaque.size // width // lanes.LANES))


def _wave_of(plan: Plan, flat: Picture, tables: Sequence[color_lookup.Table], out: Indices) -> None:
    _wave(plan, flat, [(wave.looked_up, (_knowledge(plan, table),)) for table in tables], out)


def _wave(plan: Plan, flat: Picture, searches: Sequence[Search], out: Indices) -> None:
    """Each thread has a kernel and what it finds colours by."""
    prepared, taps, shares, far = _raster(plan)
    rgba, opaque, width = flat
    words, rooms, indices = rgba.view(np.uint32), wave.rooms(width, far, len(searches)), out.reshape(-1)

    def run(worker: int, step: int, done: NDArray[np.int64]) -> int:
        kernel, by = searches[worker]
        return kernel(
            words, opaque, width, prepared, taps, shares, *rooms[worker], done, step, spans[worker].stop, *by, indices
        )

    spans = wave.spans([sizes for sizes, _ in rooms], len(out))
    relay(run, spans)


@lru_cache(maxsize=8)
def _raster(plan: Plan) -> tuple[tuple[Any, ...], NDArray[np.int64], NDArray[np.float32], wave.Reach]:
    """What is the same for all pictures: what is prepared, taps and their shares, and how far they reach."""
    taps, shares = _taps(plan, plan.lag)
    return _prepared(plan, lanes.LANES), taps, shares, wave.reach(taps, plan.lag)


def _prepared(plan: Plan, times: int) -> tuple[Any, ...]:
    bounds = plan.low.repeat(times), plan.high.repeat(times)
    return plan.values, plan.box, plan.strength, np.pad(plan.colors, ((0, 0), (0, 1))).reshape(-1), *bounds


def _taps(plan: Plan, lag: int | None = None) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Rows up and columns to the right, or steps ago with a lag, as [2, n], and shares; n in multiples of TAPS then."""
    steps = [(share.dy, share.dx if lag is None else share.dy * lag + share.dx) for share in plan.shares]
    shares = [share.share for share in plan.shares]
    nothing = 0 if lag is None else -len(steps) % wave.TAPS
    return np.array([*steps, *[(0, 1)] * nothing], np.int64).T.copy(), np.array([*shares, *[0] * nothing], np.float32)


def _way(plan: Plan, pixels: int) -> tuple[int, NDArray[np.float32]]:
    """How to find colours, and the table for it; how many pixels there are decides only between equal results."""
    if plan.direct and plan.scores is not None:
        return lanes.STEPPED if plan.steps.size else lanes.SCORED, _scores(plan)
    if plan.metric == "srgb" and plan.edges is None:
        colors = plan.palette.tobytes()
        if len(plan.palette) <= arithmetic.DIRECT_UP_TO or color_lookup.shelf(colors, "srgb").demand(pixels) <= SMALL:
            return lanes.WHOLE, lanes.whole_table(colors)
    return lanes.LOOKED_UP, _NOTHING


@lru_cache(maxsize=8)
def _scores(plan: Plan) -> NDArray[np.float32]:
    assert plan.scores is not None
    return lanes.stepped_table(plan.scores) if plan.steps.size else lanes.table(plan.scores)


def _knowledge(plan: Plan, table: color_lookup.Table) -> tuple[Any, ...]:
    lab = color_lookup.lab(plan.palette, plan.metric)
    if plan.edges is None:
        return _NOTHING, _NO_BUCKETS, table, _NOTHING, plan.steps, lab
    edges = np.append(plan.edges, lanes.NEVER), color_lookup.buckets(plan.edges.tobytes())
    if plan.scores is None:
        return *edges, table, _NOTHING, plan.steps, lab
    return *edges, table, plan.scores.T.reshape(-1), plan.steps, lab


def warm() -> None:
    """Compile both orders, and with few and with many colours what finds them."""
    picture, opaque = np.zeros((1, 1, 4), np.uint8), np.ones((1, 1), np.bool_)
    many = np.arange(arithmetic.DIRECT_UP_TO + 1, dtype=np.uint8)[:, None].repeat(3, axis=1)
    for colors, turning in ((many[:1], False), (many, False), (many, True)):
        diffuse(picture, opaque, colors, "oklab", KERNELS["floyd-steinberg"], 1.0, turning)
