"""How long jobs have been over, by time that passed and not by what a clock said. Pure.

A Pi without a battery starts in 1970 and leaps to today; a wrong clock leaps back and forth. So nothing is believed of
the time that a row has. Now and then somebody looks at the clock and at the jobs: between two looks no more than a day
passes, whatever the clock says, and no less than nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

DAY = 86400.0  # seconds, the longest step; a server that is off for longer keeps its jobs for longer
CLOSEST = 240.0  # seconds between two marks of the last day
SPACING = 100  # older ones are a hundredth of the time apart that they are for


@dataclass(frozen=True)
class Mark:
    """All jobs up to `number` were over when `elapsed` seconds had passed."""

    number: int
    elapsed: float


@dataclass(frozen=True)
class Elapsed:
    """What is known of time: `seen` is the clock at the last look, in Unix seconds, `marks` are in their order."""

    elapsed: float = 0.0
    seen: float | None = None
    marks: tuple[Mark, ...] = ()

    def look(self, now: float, number: int, keep: float) -> Elapsed:
        """After another look: the clock says `now`, and all jobs up to `number` are over.

        `keep` is the longest time that `settled` will be asked for, in seconds; older marks are dropped but for one.
        """
        step = 0.0 if self.seen is None else min(max(now - self.seen, 0.0), DAY)
        elapsed, marks = self.elapsed + step, self.marks
        last = marks[-1] if marks else Mark(0, float("-inf"))
        if number > last.number and elapsed - last.elapsed >= CLOSEST:
            marks = (*marks, Mark(number, elapsed))
        return replace(self, elapsed=elapsed, seen=now, marks=_thinned(marks, elapsed, keep))

    def settled(self, seconds: float) -> int:
        """All jobs up to this number have been over for at least so long."""
        return max((mark.number for mark in self.marks if self.elapsed - mark.elapsed >= seconds), default=0)


def _thinned(marks: tuple[Mark, ...], elapsed: float, keep: float) -> tuple[Mark, ...]:
    """Without those that no question needs; jobs of a mark that is dropped are as old as the next mark."""
    old = [mark for mark in marks if elapsed - mark.elapsed >= keep]
    kept: list[Mark] = old[-1:]
    for mark in marks[len(old) :]:
        recent = elapsed - mark.elapsed < DAY or mark is marks[-1]
        if recent or not kept or mark.elapsed - kept[-1].elapsed >= keep / SPACING:
            kept.append(mark)
    return tuple(kept)
