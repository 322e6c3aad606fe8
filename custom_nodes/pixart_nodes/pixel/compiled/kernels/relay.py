"""One long work on several threads, each of which follows the one before at a distance.

Kernels tell each other in memory how far they are, without Python, and come back where they can't go on: then they wait
asleep, not spinning, since the other's core may be somebody else's at the moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from . import vector

LINE = 8  # int64 in a cache line; each thread writes to its own
ALL = 1 << 62  # steps: more than there are
NAP_SECONDS = 2e-5


def relay(work: Callable[[int, int, NDArray[np.int64]], int], spans: Sequence[range]) -> None:
    """Call `work(number, step, done)` on a thread for each of `spans` until it comes to the span's end.

    `work` returns the step that it has come to. In `done` each thread notes its steps, by `note`, and sees those of
    others, by `steps_done`.
    """
    done = np.zeros(LINE * len(spans), np.int64)
    if len(spans) == 1:
        work(0, spans[0].start, done)
        return

    def run(number: int) -> None:
        try:
            step = spans[number].start
            while (step := work(number, step, done)) < spans[number].stop:
                time.sleep(NAP_SECONDS)
        finally:
            done[LINE * number] = ALL  # whoever waits for it goes on, also where it failed

    with ThreadPoolExecutor(len(spans) - 1, thread_name_prefix="pixart-relay") as pool:
        others = [pool.submit(run, number) for number in range(1, len(spans))]
        run(0)
        for one in others:
            one.result()


def _note(context: Any, done: Any, number: Any, steps: Any) -> Any:
    """Let the others know how many steps are done, and see all that was written in them."""

    def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, which, value = arguments
        builder.store_atomic(value, _place(target, builder, signature.args[0], array, which), "release", LINE)
        return target.get_dummy_value()

    return types.void(done, types.int64, types.int64), lower


def _steps_done(context: Any, done: Any, number: Any) -> Any:
    """How many steps another has done."""

    def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, which = arguments
        return builder.load_atomic(_place(target, builder, signature.args[0], array, which), "acquire", LINE)

    return types.int64(done, types.int64), lower


def _place(context: Any, builder: Any, kind: Any, value: Any, number: Any) -> Any:
    return vector.address(context, builder, kind, value, builder.mul(number, ir.Constant(number.type, LINE)))


note: Any = intrinsic(_note)
steps_done: Any = intrinsic(_steps_done)
