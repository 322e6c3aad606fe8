"""How long ago jobs ended, by counted seconds instead of wall-clock time. Pure.

A Raspberry Pi without a battery starts in 1970 and leaps to today; a wrong clock leaps back and forth. So the times in
the rows aren't used. Retention looks at the clock and at the jobs now and then, and counts the seconds between two
looks: 0 at the least, a day at the most, whatever the clock says.

Jobs end about in the order of their numbers, so that a mark (number, counted seconds) now and then dates them all. A
job that others overtake for LATE_SECONDS is late: marks pass over this job, whose end is dated by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

DAY = 86400.0  # seconds, the longest step between two looks; a server that is off longer keeps its jobs longer
SPACING_SECONDS = 240.0  # seconds between two marks of the last day
LATE_SECONDS = 6 * 3600.0  # a job may be open so long before marks pass over it; most jobs end sooner
MOST_LATE = 1000  # late jobs, each of which is stored; with more, marks wait for open jobs
SPACING_DIVISOR = 100  # older marks are a hundredth of the retention time apart


@dataclass(frozen=True)
class Mark:
    """All jobs up to `number`, except for late ones, had ended at `elapsed` counted seconds."""

    number: int
    elapsed: float


@dataclass(frozen=True)
class SettledJobs:
    """The jobs up to a number, without the `late` ones, as a set of numbers."""

    number: int
    late: frozenset[int] = frozenset()

    def __contains__(self, number: int) -> bool:
        return number <= self.number and number not in self.late


@dataclass(frozen=True)
class CountedClock:
    """Counted time: `elapsed` seconds until the last look; `wall_time` is the wall clock then, in Unix seconds.

    `marks` are in rising order. `late` has jobs that marks pass over, with the counted seconds at which their end was
    found, None before it. `reached` is the highest job number at a look LATE_SECONDS ago or more.
    """

    elapsed: float = 0.0
    wall_time: float | None = None
    marks: tuple[Mark, ...] = ()
    late: Mapping[int, float | None] = field(default_factory=dict)
    reached: Mark = Mark(0, 0.0)

    def look(self, now: float, highest: int, keep: float, open_numbers: Collection[int] = ()) -> CountedClock:
        """The clock after another look: the wall clock says `now`, and of the jobs up to `highest` `open_numbers` run.

        `keep` is the longest time that `settled` will be called with, in seconds; older marks are dropped but for one.
        """
        step = 0.0 if self.wall_time is None else min(max(now - self.wall_time, 0.0), DAY)
        elapsed, marks, reached = self.elapsed + step, self.marks, self.reached
        late = self._late_jobs(elapsed, open_numbers, keep)
        if elapsed - reached.elapsed >= LATE_SECONDS:
            newly_late = sorted(each for each in open_numbers if each <= reached.number and each not in late)
            late |= dict.fromkeys(newly_late[: max(0, MOST_LATE - len(late))])
            reached = Mark(highest, elapsed)
        number = min((each - 1 for each in open_numbers if each not in late), default=highest)
        last = marks[-1] if marks else Mark(0, float("-inf"))
        if number > last.number and elapsed - last.elapsed >= SPACING_SECONDS:
            marks = (*marks, Mark(number, elapsed))
        return CountedClock(elapsed, now, _thinned(marks, elapsed, keep), late, reached)

    def settled(self, seconds: float) -> SettledJobs:
        """The jobs that ended at least so many counted seconds ago."""
        number = max((mark.number for mark in self.marks if self.elapsed - mark.elapsed >= seconds), default=0)
        recent = {each for each, over in self.late.items() if over is None or self.elapsed - over < seconds}
        return SettledJobs(number, frozenset(recent))

    def _late_jobs(self, elapsed: float, open_numbers: Collection[int], keep: float) -> dict[int, float | None]:
        """The late jobs with the counted seconds of their ends, without those that ended `keep` seconds ago."""
        late = {
            each: elapsed if over is None and each not in open_numbers else over for each, over in self.late.items()
        }
        return {each: over for each, over in late.items() if over is None or elapsed - over < keep}


def _thinned(marks: tuple[Mark, ...], elapsed: float, keep: float) -> tuple[Mark, ...]:
    """The marks that `settled` needs; jobs of a dropped mark count as ended at the next one."""
    old = [mark for mark in marks if elapsed - mark.elapsed >= keep]
    result: list[Mark] = old[-1:]
    for mark in marks[len(old) :]:
        recent = elapsed - mark.elapsed < DAY or mark is marks[-1]
        if recent or not result or mark.elapsed - result[-1].elapsed >= keep / SPACING_DIVISOR:
            result.append(mark)
    return tuple(result)
