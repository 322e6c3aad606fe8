"""Who waits for news of a job: each is woken when the job's row changes, or its progress too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Watchers:
    """Events by the job's id, and whether each step of its progress counts."""

    def __init__(self) -> None:
        self._events: dict[tuple[str, bool], set[asyncio.Event]] = {}

    @contextmanager
    def watching(self, id: str, *, steps: bool) -> Iterator[asyncio.Event]:
        """An event that is set whenever there is news of the job, with `steps` of its progress too."""
        event = asyncio.Event()
        self._events.setdefault((id, steps), set()).add(event)
        try:
            yield event
        finally:
            self._events[id, steps].discard(event)
            if not self._events[id, steps]:
                del self._events[id, steps]

    def wake_all(self) -> None:
        """There may be news of any job."""
        for events in self._events.values():
            for event in events:
                event.set()

    def wake(self, id: str, *, step: bool = False) -> None:
        """There is news of the job; a step of its progress wakes only those whom it concerns."""
        for steps in (True,) if step else (True, False):
            for event in self._events.get((id, steps), ()):
                event.set()
