"""Sources that a drawing program saves, noticed by repeated looks at the files.

Looks work on every system, on network drives too. Programs save in several writes (Aseprite), or write another file
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

PAUSE_SECONDS = 0.02  # seconds between two looks
IDLE_SHARE = 4  # the pause after a slow look is so many times as long as the look
LOOKS_AT_REST = 5  # the quickest of so many last looks counts: a single one may have waited for other programs
SAME_SECONDS = 0.04  # for which a saved file stays the same
PATIENCE_SECONDS = 2.0  # seconds after which a file that can't be read counts as saved, too

State = tuple[int, int, int]  # time of change in nanoseconds, size in bytes, number of the file


@dataclass
class _Look:
    """A file's state at the last look, since when it has been so (monotonic seconds), and whether it is drawn."""

    state: State
    since: float
    drawn: bool


class Watch:
    """The files of `sources`, which is called at every look. The files at the start count as drawn."""

    def __init__(self, sources: Callable[[], Sequence[Source]]) -> None:
        self._sources = sources
        self._looks: dict[Path, _Look] = {}
        for source in sources():
            if source.path and (state := _state(source.path)):
                self._looks[source.path] = _Look(state, 0.0, drawn=True)

    def changes(self) -> Iterator[list[Source]]:
        """The sources that are saved from now on, for ever, each as soon as its file is whole."""
        seconds = deque([0.0], LOOKS_AT_REST)
        while True:
            began = time.monotonic()
            saved = self.look(began)
            seconds.append(time.monotonic() - began)
            if saved:
                yield saved
            time.sleep(pause(seconds))

    def look(self, now: float) -> list[Source]:
        """The sources whose files were saved and are whole `now`, in monotonic seconds; each save is returned once."""
        return [source for source in self._sources() if source.path and self._is_saved(source, source.path, now)]

    def _is_saved(self, source: Source, path: Path, now: float) -> bool:
        state = _state(path)
        if state is None:  # it is being renamed, or is gone
            return False
        last = self._looks.get(path)
        if last is None or last.state != state:
            self._looks[path] = _Look(state, now, drawn=False)
            return False
        if (
            last.drawn
            or now - last.since < SAME_SECONDS
            or not (_is_whole(source) or now - last.since > PATIENCE_SECONDS)
        ):
            return False
        last.drawn = True
        return True


def pause(seconds: Iterable[float]) -> float:
    """The seconds until the next look, by the seconds that the last looks took."""
    return max(PAUSE_SECONDS, IDLE_SHARE * min(seconds))


def _state(path: Path) -> State | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _is_whole(source: Source) -> bool:
    try:
        checked(source.read(), source.label)
    except (BadRequest, OSError):
        return False
    return True
