"""Keys of bytes that this process has put and whose row may not be written yet: who removes passes them by."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager


class Holds:
    """Held keys, counted: several jobs may put the same bytes."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()
        self._fresh: set[str] | None = None

    def __contains__(self, key: str) -> bool:
        return key in self._held

    @contextmanager
    def holding(self, let_go: Callable[[Collection[str]], None]) -> Iterator[Callable[[str], None]]:
        """Gives a function that holds a key until the `with` block ends; `let_go` is called with all of them then."""
        mine: list[str] = []

        def hold(key: str) -> None:
            self._held[key] += 1
            if self._fresh is not None:
                self._fresh.add(key)
            mine.append(key)

        cancelled = False
        try:
            yield hold
        except asyncio.CancelledError:  # a row that was begun is written all the same: they stay held
            cancelled = True
            raise
        finally:
            if not cancelled:
                self._held -= Counter(mine)
                let_go(mine)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note what is held meanwhile, for `free`."""
        self._fresh = set(self._held)
        try:
            yield
        finally:
            self._fresh = None

    def free(self, keys: Collection[str]) -> list[str]:
        """Those that are not held, and weren't since the watch began."""
        return [key for key in keys if key not in (self._held if self._fresh is None else self._fresh)]
