"""Times beside the peers: how many times faster than each, and whether that reaches the goal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pixart_nodes.pixel.compiled import twins, warm

from . import clock, peers, report
from .contest import FASTEST_EXACT, Contest, Run, alone
from .contests import contests

EXACT = (
    "unfake",
    "dithering, strength 0",
    "OpenCV batchDistance",
    "numpy",
    "dithering",
    "dithering, linear",
    "dithering bayer8x8",
)
HEADS = (
    *("what", "ours, 1 thread, ms", "ours, ms", "peer", "peer, ms"),
    *("times faster, 1 thread", "times faster", "goal", "reached, 1 thread", "reached"),
)


def missing(runs: Mapping[str, Run]) -> dict[str, str]:
    """Those that can't run here, by name, and why."""
    reasons = {}
    for name, run in runs.items():
        try:
            run()
        except peers.MISSING as error:
            reasons[name] = peers.reason(error)
    return reasons


def rows(contest: Contest) -> Iterator[list[str]]:
    """A line for each peer: name, ours alone and with all threads, the peer, times faster, goal, reached or not.

    The line of a peer that is missing says why instead of how long it takes.
    """
    reasons = missing(contest.rivals)
    rivals = {name: run for name, run in contest.rivals.items() if name not in reasons}
    times = clock.race({"ours": alone(contest.ours), "pooled": contest.ours, **rivals}, contest.rounds, contest.times)
    ours, pooled = times.pop("ours"), times.pop("pooled")
    exact = [name for name in times if name in EXACT]
    fastest = min(exact, key=lambda name: times[name].median) if exact else None
    for name in contest.rivals:
        shown = [f"{ours.median:.2f}", f"{pooled.median:.2f}", name]
        if name in reasons:
            yield [contest.name, *shown, f"missing: {reasons[name]}", *[""] * (len(HEADS) - 5)]
            continue
        peer = times[name]
        faster = peer.times(ours), peer.times(pooled)
        goals = [goal(goals, name, fastest) for goals in (contest.goals, contest.pooled)]
        yield [
            contest.name,
            *shown,
            f"{peer.median:.2f}",
            *(shown_as(ratio) for ratio in faster),
            *judged(faster, goals),
        ]


def shown_as(ratio: float) -> str:
    """Two digits, or the whole number."""
    return f"{ratio:.2g}x" if ratio < 10 else f"{ratio:.0f}x"


def goal(goals: Mapping[str, float], name: str, fastest: str | None) -> float | None:
    """What was asked for against a peer, by its name or as the fastest exact one."""
    return goals.get(name, goals.get(FASTEST_EXACT) if name == fastest else None)


def judged(faster: Sequence[float], goals: Sequence[float | None]) -> tuple[str, str, str]:
    """The goals, and whether one thread and all reach them: with one of their own, or the same; nothing without."""
    alone, pooled = goals
    asked = alone, alone if pooled is None else pooled
    text = ", ".join(f"{least:.2g}x{where}" for least, where in zip(goals, ("", " on all"), strict=True) if least)
    return text, *(reached(*each) for each in zip(faster, asked, strict=True))


def reached(times: float, least: float | None) -> str:
    """Yes or no; nothing without a goal."""
    return "" if least is None else "yes" if times >= least else "no"


def run(side: int = 1024) -> None:
    """Measure everything and write `results/speed.md`."""
    assert twins.available(), "the fast kernels need numba"
    warm.main()  # what isn't compiled yet would be measured in its plain form
    found: list[list[str]] = []
    for contest in contests(side):
        for row in rows(contest):
            print("  ".join(row), flush=True)
            found.append(row)
    text = (
        f"A {side} x {side} picture unless a side is named. Medians of interleaved runs; `times faster` is the median "
        "of the ratios within a round. Others on the machine disturb the milliseconds more than the ratios. The goals "
        "were set by prototypes on a processor with 512-bit registers, which the kernels use where they are there. One "
        "thread is what was asked for but where a goal says all; without that it is how the pack runs."
    )
    report.write("speed", "Speed beside the peers", [text, report.table(HEADS, found)])
