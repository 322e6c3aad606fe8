"""Two bridges and three workers on one PostgreSQL, any of them killed: how many jobs are lost, or end twice."""

from __future__ import annotations

import argparse

from faults.fleet import Toll
from faults.fleet import run as play

from . import report
from .faults import NAMES
from .progress import Bar

HOW = (
    "Ten clients at once post jobs under ids of their own at either bridge, repeat the same request where no answer "
    "came, and poll at either. Two bridges and three workers draw on one real ComfyUI. Every {every:g} seconds one of "
    "the five, chosen by a seed, gets kill -9 and is started again; once PostgreSQL is ended at once and started "
    "again. A trigger in the database counts each end that is written of a job, whoever writes it. Each job's picture "
    "is noise that its id decides, so another job's is seen."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two kills")


def run(asked: argparse.Namespace) -> int:
    """Run, write `results/fleet.md`; 1 where a figure isn't what is promised."""
    bar = Bar(asked.jobs)
    toll = play(asked.jobs, asked.seed, asked.every, lambda done, killed: bar(done, f"jobs, {killed} killed"))
    command = f"fleet --jobs {asked.jobs} --seed {asked.seed} --every {asked.every:g}"
    how = HOW.format(every=asked.every)
    print(report.write("fleet", "Several bridges and workers", [how, *parts(toll)], command, report.SERVER))
    return 0 if toll.good else 1


def parts(toll: Toll) -> list[str]:
    """The tables: what was counted, what was killed."""
    counts = [[NAMES[name], value] for name, value in vars(toll.count).items()]
    counts.append(["**written twice**: of which the database got two ends", toll.twice])
    counts.append(["seconds in all", round(toll.seconds)])
    killed = [[name, times] for name, times in sorted(toll.killed.items())]
    return [
        f"## Counted\n\n{report.table(['what', 'times'], counts)}",
        f"## Killed\n\n{report.table(['what', 'times'], killed)}",
    ]
