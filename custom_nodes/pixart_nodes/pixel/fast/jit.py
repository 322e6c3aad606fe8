"""How every kernel is compiled.

nogil: a pool of threads can run several. No `parallel`: numba's fallback threading layer aborts the process when two
threads enter it. Floats may not be contracted to fused multiply-adds nor reordered, so that AVX-512, AVX2, SSE and
NEON give the same bits as numpy. Divisions follow numpy: no exception, which would keep loops from being vectorised.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

from numba import njit

FLOATS = {"nsz", "nnan", "ninf"}  # no signed zeros, NaN or infinity reach a kernel; "contract" and "reassoc" stay off
AT_LEAST = 1 << 19  # pixels from which a second thread pays: handing over costs 0.3 ms


def kernel(function: Callable[..., Any]) -> Any:
    """Decorator: compile at the first call, and keep the machine code in a file beside the source."""
    options: dict[str, Any] = {"nogil": True, "cache": True, "boundscheck": False, "error_model": "numpy"}
    return njit(**options, fastmath=FLOATS)(function)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads(), thread_name_prefix="pixart")


def threads() -> int:
    """How many threads a large picture gets: the cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def in_bands(work: Callable[[int, int], Any], rows: int, pixels: int, least: int = AT_LEAST) -> None:
    """Call `work(start, stop)` over 0..rows; in as many bands as there are threads where there are `pixels` enough."""
    bands = min(threads(), rows) if pixels >= least else 1
    if bands < 2:
        work(0, rows)
        return
    edges = [rows * band // bands for band in range(bands + 1)]
    waiting = [_pool().submit(work, start, stop) for start, stop in pairwise(edges[1:])]
    work(edges[0], edges[1])  # this thread does its share instead of waiting
    for one in waiting:
        one.result()
