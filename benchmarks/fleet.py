"""Two bridges and three workers on one PostgreSQL and one S3, whatever happens to them: what is lost, or ends twice.

And how fast a fleet is: jobs a second, a single job, and claims of a large table.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable

from .fleet_claims import measure as claims
from .fleet_faults import FAULTS, kills
from .fleet_latency import measure as latency
from .fleet_network import why_not
from .fleet_promises import PROMISES
from .fleet_results import Results
from .fleet_stage import Stage, Toll, stage
from .fleet_throughput import measure as throughput
from .progress import Bar

HOW = (
    "Two bridges and three workers draw on one real ComfyUI, with a PostgreSQL that waits for the disk and a real S3 "
    "(SeaweedFS). Ten clients at once post jobs under ids of their own at either bridge, repeat the same request where "
    "no answer came, and poll at either. A trigger in the database counts each end that is written of a job, whoever "
    "writes it. Each job's picture is noise that its id decides, so another job's is seen."
)
SCENES = ("kills", *FAULTS, *PROMISES)
SPEEDS: dict[str, Callable[[Results], bool]] = {"throughput": throughput, "latency": latency, "claims": claims}


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    every = [*SCENES, *SPEEDS]
    parser.add_argument("--only", nargs="+", choices=every, default=every, metavar="NAME", help=", ".join(every))
    parser.add_argument("--jobs", type=int, default=1000, help="of `kills`")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=1)


def run(asked: argparse.Namespace) -> int:
    """Run, and write what was measured into `results/fleet.md`; 1 where a figure isn't what is promised."""
    results, good = Results(list(SCENES)), True
    scenes = [name for name in SCENES if name in asked.only and not _skipped(name)]
    if scenes:
        with stage(asked.seed) as here:
            for name in scenes:
                good &= _played(here, name, asked, results)
    for name in (name for name in SPEEDS if name in asked.only):
        good &= SPEEDS[name](results)
        results.write(HOW)
    print(results.write(HOW))
    return 0 if good else 1


def _skipped(name: str) -> str:
    """Why this machine can't play a scene, which is said; empty where it can."""
    reason = why_not() if name == "apart" else ""
    if reason:
        print(f"{name} is left out: {reason}", file=sys.stderr)
    return reason


def _played(here: Stage, name: str, asked: argparse.Namespace, results: Results) -> bool:
    """Whether a scene went as promised; its row is written."""
    began, work = time.monotonic(), {**FAULTS, **PROMISES}.get(name)
    if work is None:
        bar = Bar(asked.jobs)
        tell = lambda done, met: bar(done, f"jobs, {met} faults")  # noqa: E731  # of one line
        toll = asyncio.run(kills(here, jobs=asked.jobs, every=asked.every, tell=tell))
        says = f"every {asked.every:g} seconds {(kills.__doc__ or '').strip().removesuffix('.')}"
    else:
        toll, says = asyncio.run(work(here)), (work.__doc__ or "").strip().removesuffix(".")
    results.note(name, says, toll)
    results.write(HOW)
    took = f"{time.monotonic() - began:.0f} s"
    print(name, "as promised" if toll.good else f"NOT as promised: {toll.count} {toll.twice}", took, dict(toll.met))
    for sentence in [*toll.broken, *_troubles(toll)]:
        print(f"  {sentence}", file=sys.stderr)
    return toll.good


def _troubles(toll: Toll) -> list[str]:
    """What was strange, by job."""
    return [f"{entry.id}: {entry.trouble} {entry.last}"[:300] for entry in toll.entries if entry.trouble]
