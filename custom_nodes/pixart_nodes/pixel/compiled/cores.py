"""The processor's cores: a batch spread over them, or the rows of one large picture."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

from numpy.typing import NDArray

from . import twins

R = TypeVar("R")

_here = threading.local()  # `is_working` is set in a thread that has a picture of a batch, or a band of one
LEAST_BYTES = 1 << 16  # bytes of a batch's picture from which another thread pays: 128 x 128
LARGE_PIXELS = 1 << 19  # pixels of one picture from which a second thread pays: handing over costs 0.3 ms


def threads() -> int:
    """Number of threads for large work: the cores that this process may use, or 1 within work already spread."""
    if getattr(_here, "is_working", False):
        return 1
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def each(work: Callable[..., R], *batches: NDArray[Any], together: bool) -> Iterator[R]:
    """What `work` returns for each picture of a batch, or of several batches in step, in their order, as `map` does.

    `together`: for several at a time, where kernels are compiled, which let other threads run. That is for work that
    takes one thread well; other work spreads each picture over all of them.
    """
    most = min(threads(), len(batches[0])) if together and twins.available() else 1
    if most < 2 or batches[0][0].size < LEAST_BYTES:
        yield from map(work, *batches)
        return
    with ThreadPoolExecutor(most, thread_name_prefix="pixart-each", initializer=_take) as pool:
        yield from pool.map(work, *batches)  # what hasn't begun is dropped when nobody asks for more


def _take() -> None:
    _here.is_working = True


@contextmanager
def _work() -> Iterator[None]:
    before, _here.is_working = getattr(_here, "is_working", False), True
    try:
        yield
    finally:
        _here.is_working = before


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads(), thread_name_prefix="pixart")


def in_bands(work: Callable[[int, int], Any], rows: int, pixels: int, least: int = LARGE_PIXELS) -> None:
    """Call `work(start, stop)` over 0..rows; in as many bands as there are threads where there are `pixels` enough.

    A band is on its thread alone: what `work` would spread in turn stays there. So nobody waits in the pool for a task
    that waits in it, and several steps in one `work` are handed over once.
    """
    bands = min(threads(), rows) if pixels >= least else 1
    if bands < 2:
        work(0, rows)
        return
    edges = [rows * band // bands for band in range(bands + 1)]
    waiting = [_pool().submit(_alone, work, start, stop) for start, stop in pairwise(edges[1:])]
    _alone(work, edges[0], edges[1])  # this thread does its share instead of waiting
    for one in waiting:
        one.result()


def _alone(work: Callable[[int, int], Any], start: int, stop: int) -> None:
    with _work():
        work(start, stop)
