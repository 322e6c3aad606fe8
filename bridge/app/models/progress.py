"""A download's progress as a line for a terminal. Pure: the time is an argument."""

from __future__ import annotations

from collections import deque

from bridge.app.models.download import gigabytes

WINDOW_SECONDS = 15.0  # over which the speed is measured: long enough to be steady, short enough to follow a change
BAR_WIDTH = 10  # characters


class Progress:
    """The progress of one file, with the speed of the last seconds."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._marks: deque[tuple[float, int]] = deque()
        self._doing = ""

    def line(self, doing: str, done: int, total: int, now: float) -> str:
        """The line at `now` (seconds): activity, bytes and speed; the name is last, since a terminal may cut it off."""
        if doing != self._doing:
            self._marks.clear()
            self._doing = doing
        self._marks.append((now, done))
        while now - self._marks[0][0] > WINDOW_SECONDS:
            self._marks.popleft()
        part = done / total if total else 1.0
        bar = "#" * round(part * BAR_WIDTH)
        of_all = f"{part:4.0%} of {gigabytes(total)}{self._speed(total - done, now)}"
        return f"{doing} [{bar:.<{BAR_WIDTH}}] {of_all}: {self._name}"

    def _speed(self, left: int, now: float) -> str:
        start, before = self._marks[0]
        speed = (self._marks[-1][1] - before) / (now - start) if now > start else 0.0
        if speed <= 0:
            return ""
        return f", {speed / 1e6:.1f} MB/s, {duration(left / speed)} left" if left else f", {speed / 1e6:.1f} MB/s"


def duration(seconds: float) -> str:
    """A duration for people."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
