"""How long jobs have been over, by time that passed and not by what a clock said. Pure.

A Pi without a battery starts in 1970 and leaps to today; a wrong clock leaps back and forth. So nothing is believed of
the time that a row has. Now and then somebody looks at the clock and at the jobs: between two looks no more than a day
passes, whatever the clock says, and no less than nothing.

Jobs end about in the order of their numbers, so a mark now and then says enough. A job that others overtake for hours
is late: marks pass over it, and it has an age of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

DAY = 86400.0  # seconds, the longest step; a server that is off for longer keeps its jobs for longer
CLOSEST = 240.0  # seconds between two marks of the last day
LATE = 6 * 3600.0  # seconds that a job may be open before marks pass over it; most are over by then
MOST_LATE = 1000  # each is written down at its own; beyond it marks wait for jobs that are open
SPACING = 100  # older ones are a hundredth of the time apart that they are for


@dataclass(frozen=True)
class Mark:
    """All jobs up to `number`, but for late ones, were over when `elapsed` seconds had passed."""

    number: int
    elapsed: float


@dataclass(frozen=True)
class Settled:
    """The jobs up to a number, without some `late` ones."""

    number: int
    late: frozenset[int] = frozenset()

    def __contains__(self, number: int) -> bool:
        return number <= self.number and number not in self.late


@dataclass(frozen=True)
class CountedClock:
    """What is known of time: `seen` is the clock at the last look, in Unix seconds, `marks` are in their order.

    `late` are jobs that marks pass over, with the elapsed seconds at which they were found to be over, None before
    that. `reached` is the highest number that there was at a look some hours ago.
    """

    elapsed: float = 0.0
    seen: float | None = None
    marks: tuple[Mark, ...] = ()
    late: Mapping[int, float | None] = field(default_factory=dict)
    reached: Mark = Mark(0, 0.0)

    def look(self, now: float, highest: int, keep: float, unended: Collection[int] = ()) -> CountedClock:
        """After another look: the clock says `now`, and all jobs up to `highest` are over but for the `unended`.

        `keep` is the longest time that `settled` will be asked for, in seconds; older marks are dropped but for one.
        """
        step = 0.0 if self.seen is None else min(max(now - self.seen, 0.0), DAY)
        elapsed, marks, reached = self.elapsed + step, self.marks, self.reached
        late = self._late(elapsed, unended, keep)
        if elapsed - reached.elapsed >= LATE:
            overtaken = sorted(each for each in unended if each <= reached.number and each not in late)
            late |= dict.fromkeys(overtaken[: max(0, MOST_LATE - len(late))])
            reached = Mark(highest, elapsed)
        number = min((each - 1 for each in unended if each not in late), default=highest)
        last = marks[-1] if marks else Mark(0, float("-inf"))
        if number > last.number and elapsed - last.elapsed >= CLOSEST:
            marks = (*marks, Mark(number, elapsed))
        return CountedClock(elapsed, now, _thinned(marks, elapsed, keep), late, reached)

    def settled(self, seconds: float) -> Settled:
        """The jobs that have been over for at least so long."""
        number = max((mark.number for mark in self.marks if self.elapsed - mark.elapsed >= seconds), default=0)
        recent = {each for each, over in self.late.items() if over is None or self.elapsed - over < seconds}
        return Settled(number, frozenset(recent))

    def _late(self, elapsed: float, unended: Collection[int], keep: float) -> dict[int, float | None]:
        """The late jobs and since when they are over, without those that are as old as any by now."""
        late = {each: elapsed if over is None and each not in unended else over for each, over in self.late.items()}
        return {each: over for each, over in late.items() if over is None or elapsed - over < keep}


def _thinned(marks: tuple[Mark, ...], elapsed: float, keep: float) -> tuple[Mark, ...]:
    """Without those that no question needs; jobs of a mark that is dropped are as old as the next mark."""
    old = [mark for mark in marks if elapsed - mark.elapsed >= keep]
    kept: list[Mark] = old[-1:]
    for mark in marks[len(old) :]:
        recent = elapsed - mark.elapsed < DAY or mark is marks[-1]
        if recent or not kept or mark.elapsed - kept[-1].elapsed >= keep / SPACING:
            kept.append(mark)
    return tuple(kept)
