"""Times as ratios: all run once a round, in balanced orders, so that a busy machine slows all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BUSY = 0.12  # share of the machine that others may use when a round starts
PATIENCE_SECONDS = 3.0  # how long a round waits for that
SLOW_SECONDS = 2.0  # a candidate that takes longer runs three times only
BUDGET_SECONDS = 60.0


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one candidate, round by round."""

    took: tuple[float, ...]

    @property
    def median(self) -> float:
        """Of all rounds."""
        return statistics.median(self.took)

    def times(self, other: Timing) -> float:
        """The median of the ratios to another's: those of rounds in which both ran, which are the first ones."""
        return statistics.median(mine / its for mine, its in zip(self.took, other.took, strict=False))


def race(candidates: Mapping[str, Callable[[], Any]], rounds: int, times: int = 1) -> dict[str, Timing]:
    """Times of all candidates, interleaved: ratios are between runs of the same round.

    In a round each runs several `times` on end, where once is too short to be measured.
    """
    took: dict[str, list[float]] = {name: [] for name in candidates}
    slow = {name for name, run in candidates.items() if _seconds(run) > SLOW_SECONDS}  # also warms caches
    started = time.perf_counter()
    for number in range(rounds):
        if number >= 5 and time.perf_counter() - started > BUDGET_SECONDS:
            break
        _wait_for_quiet()
        for name in turned(list(candidates), number):
            if number < 3 or name not in slow:
                took[name].append(_seconds(candidates[name], times) * 1000)
    return {name: Timing(tuple(each)) for name, each in took.items()}


def turned(names: list[str], number: int) -> list[str]:
    """The order of a round, by the design of E. J. Williams (1949), which is balanced for what an order does.

    In as many rounds as there are names, or twice as many where that is odd, each comes first equally often, and after
    each other one. Who comes first finds the processor asleep, who comes after one that needs much memory finds the
    caches empty.
    """
    count = len(names)
    zigzag = [(place + 1) // 2 if place % 2 else -(place // 2) for place in range(count)]
    order = [names[(at + number) % count] for at in zigzag]
    return order[::-1] if count % 2 and number // count % 2 else order


def _seconds(run: Callable[[], Any], times: int = 1) -> float:
    started = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - started) / times


def _wait_for_quiet() -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and _busy_share() > BUSY:
        time.sleep(0.3)


def _busy_share() -> float:
    """Share of all cores in use over the last 0.1 s; 0 where the system doesn't tell."""
    if not Path("/proc/stat").exists():
        return 0.0
    (all_before, idle_before), _, (all_after, idle_after) = _ticks(), time.sleep(0.1), _ticks()
    return 1 - (idle_after - idle_before) / max(1, all_after - all_before)


def _ticks() -> tuple[int, int]:
    values = [int(word) for word in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:]]
    return sum(values), values[3] + values[4]
