"""Jobs while everything breaks: how many are lost, done twice, or told wrongly. See tests/faults."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import fields

from faults.ledger import Count
from faults.play import Outcome, long_run
from faults.table import FAULTS

from . import report
from .progress import Bar

NAMES = {
    "jobs": "jobs",
    "completed": "completed, each with its own picture",
    "set_aside": "failed because ComfyUI was killed twice under them, and said so",
    "lost": "**lost**: accepted, then unknown or without an end",
    "refused": "never accepted, although asked for four minutes",
    "twice": "**twice**: told two different ends",
    "wrong": "**wrong**: another's picture, or failed without a cause",
    "drawn_twice": "drawn more often than once, and once more for each time that ComfyUI was killed meanwhile",
    "undrawn": "completed, although ComfyUI never drew it",
    "strange": "answers that no client should get, or none at the very end",
}
HOW = (
    "Ten clients at once do as the editor does: post a job under an id of their own, repeat the same request where no "
    "answer came, poll, and ask once more at the end. Each job's picture is noise that its id decides and that comes "
    "out unchanged, so another job's, or half of one, is seen. Faults come at moments that a seed decides. ComfyUI's "
    "output folder tells how often each picture was drawn."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)


def run(asked: argparse.Namespace) -> int:
    """Run, write `results/faults.md`; 1 where a figure isn't what is promised."""
    bar = Bar(asked.jobs)
    found = long_run(asked.jobs, asked.seed, lambda done, faults: bar(done, f"jobs, {faults} faults"))
    command = f"faults --jobs {asked.jobs} --seed {asked.seed}"
    print(report.write("faults", "Jobs while everything breaks", [HOW, *parts(found)], command, report.SERVER))
    for each in found.values():
        print(*each.wrong, sep="\n", end="", file=sys.stderr)
    return 0 if all(each.count.good for each in found.values()) else 1


def parts(found: Mapping[str, Outcome]) -> list[str]:
    """The tables: what was counted, what was broken."""
    total = sum((each.count for each in found.values()), Count())
    counts = [
        [NAMES[each.name], *(getattr(one.count, each.name) for one in found.values()), getattr(total, each.name)]
        for each in fields(Count)
    ]
    counts.append(["seconds", *(f"{one.seconds:.0f}" for one in found.values()), ""])
    broken = [
        [f"{name}: {(fault.work.__doc__ or '').strip()}", *(one.faults[name] for one in found.values())]
        for name, fault in FAULTS.items()
    ]
    return [
        f"## Counted\n\n{report.table(['what', *found, 'both'], counts)}",
        f"## Broken\n\n{report.table(['fault', *found], broken)}",
    ]
