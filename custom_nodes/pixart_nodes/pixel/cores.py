"""The processor's cores, and a batch spread over them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from numpy.typing import NDArray

from . import engine

R = TypeVar("R")

_here = threading.local()  # `taken` in a thread that has a picture of a batch
LEAST = 1 << 16  # bytes of a picture from which another thread pays: 128 x 128


def threads() -> int:
    """How many threads large work gets: the cores that this process may use; one, where a batch already has them."""
    if getattr(_here, "taken", False):
        return 1
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def each(work: Callable[..., R], *batches: NDArray[Any], together: bool) -> Iterator[R]:
    """What `work` returns for each picture of a batch, or of several batches in step, in their order, as `map` does.

    `together`: for several at a time, where kernels are compiled, which let other threads run. That is for work that
    takes one thread well; other work spreads each picture over all of them.
    """
    most = min(threads(), len(batches[0])) if together and engine.available() else 1
    if most < 2 or batches[0][0].size < LEAST:
        yield from map(work, *batches)
        return
    with ThreadPoolExecutor(most, thread_name_prefix="pixart-each", initializer=_take) as pool:
        yield from pool.map(work, *batches)  # what hasn't begun is dropped when nobody asks for more


def _take() -> None:
    _here.taken = True
