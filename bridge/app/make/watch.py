"""Pictures that a drawing program saves, noticed by looking at them again and again.

Looking works on every system, on network drives too. Programs save in several writes (Aseprite), or write another file
and rename it (Krita): a file counts as saved when it has stayed the same for a moment and can be read whole.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.app.make.request import checked
from bridge.app.make.sources import Source
from bridge.core.errors import BadRequest

PAUSE = 0.02  # seconds between two looks
SHARE = 4  # looks that take long are paused after for so many times as long
LOOKS = 5  # of the last ones the quickest counts: a single one may have waited for other programs
SETTLED = 0.04  # seconds for which a saved file stays the same
PATIENCE = 2.0  # seconds after which one that can't be read is no longer being written

State = tuple[int, int, int]  # time of change in nanoseconds, size in bytes, number of the file


@dataclass
class _Seen:
    """A file as it was last seen, since when (monotonic seconds), and whether that is drawn."""

    state: State
    since: float
    drawn: bool


class Watch:
    """The files of `sources`, which is asked at every look. What is there now is taken as drawn."""

    def __init__(self, sources: Callable[[], Sequence[Source]]) -> None:
        self._sources = sources
        self._seen: dict[Path, _Seen] = {}
        for source in sources():
            if source.path and (state := _state(source.path)):
                self._seen[source.path] = _Seen(state, 0.0, drawn=True)

    def changes(self) -> Iterator[list[Source]]:
        """For ever: what was saved since, as soon as it is whole."""
        seconds = deque([0.0], LOOKS)
        while True:
            began = time.monotonic()
            saved = self.look(began)
            seconds.append(time.monotonic() - began)
            if saved:
                yield saved
            time.sleep(pause(seconds))

    def look(self, now: float) -> list[Source]:
        """What was saved, and is whole at this moment in monotonic seconds. Each save is told once."""
        return [source for source in self._sources() if source.path and self._is_saved(source, source.path, now)]

    def _is_saved(self, source: Source, path: Path, now: float) -> bool:
        state = _state(path)
        if state is None:  # it is being renamed, or is gone
            return False
        seen = self._seen.get(path)
        if seen is None or seen.state != state:
            self._seen[path] = _Seen(state, now, drawn=False)
            return False
        if seen.drawn or now - seen.since < SETTLED or not (_is_whole(source) or now - seen.since > PATIENCE):
            return False
        seen.drawn = True
        return True


def pause(seconds: Iterable[float]) -> float:
    """Seconds until the next look, after the last ones took so many each."""
    return max(PAUSE, SHARE * min(seconds))


def _state(path: Path) -> State | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _is_whole(source: Source) -> bool:
    try:
        checked(source.read(), source.shown)
    except (BadRequest, OSError):
        return False
    return True
