"""A line that says how far a run of minutes is."""

from __future__ import annotations

import sys
import time

WIDTH = 30


class Bar:
    """`bar(done, "12 faults")` redraws it, at most ten times a second; on no terminal, a line every tenth."""

    def __init__(self, most: int) -> None:
        self._most, self._began = max(1, most), time.monotonic()
        self._drawn, self._told = float("-inf"), 0

    def __call__(self, done: int, note: str = "") -> None:
        """So many of the most are done."""
        now, filled = time.monotonic(), min(WIDTH, done * WIDTH // self._most)
        line = f"[{'#' * filled:{WIDTH}}] {done}/{self._most} {note} {now - self._began:.0f} s"
        if sys.stderr.isatty():
            if now - self._drawn > 0.1 or done >= self._most:
                print(f"\r{line} ", end="\n" if done >= self._most else "", file=sys.stderr, flush=True)
                self._drawn = now
        elif done * 10 // self._most > self._told:
            self._told = done * 10 // self._most
            print(line, file=sys.stderr, flush=True)
