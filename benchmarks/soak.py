"""Thousands of tiny jobs: whether memory and open files of the bridge and of ComfyUI stay what they are."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp
from bridge_process import BridgeProcess
from faults.editor import Editor
from faults.ledger import Count, Entry, count, draws
from faults.stage import ComfyProcess

from . import report
from .processes import Sample, sample
from .progress import Bar

EDITORS = 8
SAMPLES = 100  # in a run, at least one every hundred jobs
WARM = 0.2  # share of the jobs that caches, pools and the allocator may take to fill
ALLOWED = 0.05  # that the last fifth may lie over the first after that, as a share
FILES = 3  # and so many open files: a connection that is just being opened counts
HOW = (
    f"{EDITORS} clients post tiny jobs and poll them. The first {WARM:.0%} of the jobs are warm-up. Of the samples "
    f"after that, the median of the last fifth may lie at most {ALLOWED:.0%} over the first's; of open files the "
    f"least, by {FILES} at most: a prompt has four of its own while it runs."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--jobs", type=int, default=10_000)


def run(asked: argparse.Namespace) -> int:
    """Run, write `results/soak.md`; 1 where something grows or a job goes wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            ComfyProcess(folder / "comfy") as comfy,
            BridgeProcess(folder / "bridge", COMFYUI_URL=comfy.url, DEBUG_MODE="0") as bridge,
        ):
            pids = {"bridge": bridge.process.pid, "ComfyUI": comfy.process.pid}
            began = time.monotonic()
            samples, entries = asyncio.run(soak(bridge, pids, asked.jobs))
            seconds = time.monotonic() - began
            total = count(entries, draws(comfy.settings.comfyui_base / "output"), [])
    rows = [row for name in pids for row in _rows(name, [each[name] for each in samples])]
    said = (
        f"{asked.jobs} jobs in {seconds:.0f} s; completed with their own picture: {total.completed}; drawn more than "
        f"once: {total.drawn_twice}, never: {total.undrawn}."
    )
    table = report.table(["what", "first fifth", "last fifth", "change", "most", "flat"], [row[:-1] for row in rows])
    print(report.write("soak", "Thousands of jobs", [HOW, said, table], f"soak --jobs {asked.jobs}", report.SERVER))
    print(table)
    return 0 if total == Count(jobs=asked.jobs, completed=asked.jobs) and all(row[-1] for row in rows) else 1


async def soak(
    bridge: BridgeProcess, pids: Mapping[str, int], jobs: int
) -> tuple[list[dict[str, Sample]], list[Entry]]:
    """Samples of each process, and what became of the jobs."""
    bar, samples, entries = Bar(jobs), list[dict[str, Sample]](), list[Entry]()
    every, waiting = max(1, min(100, jobs // SAMPLES)), iter(range(jobs))
    async with aiohttp.ClientSession() as session:
        editor = Editor(session, lambda: bridge.url)

        async def work() -> None:
            for number in waiting:
                entry = await editor.draw(f"soak-{number}")
                entries.append(entry)
                bar(len(entries), "jobs")
                if len(entries) % every == 0:
                    samples.append({name: sample(pid) for name, pid in pids.items()})

        await asyncio.gather(*(work() for _ in range(EDITORS)))
    return samples, entries


def _rows(name: str, samples: Sequence[Sample]) -> list[list[object]]:
    """For memory and files: what, both fifths, change, most, flat in words and as a truth."""
    rows: list[list[object]] = []
    kinds = (f"{name}: memory, MiB", 0, 0.0, statistics.median), (f"{name}: open files", 1, float(FILES), min)
    for title, place, least, typical in kinds:
        figures = [each[place] for each in samples]
        first, last = (typical(fifth) for fifth in ends(figures))
        flat = last - first <= max(ALLOWED * first, least)
        change = f"{(last - first) / first:+.1%}"
        rows.append(
            [title, f"{first:.1f}", f"{last:.1f}", change, f"{max(figures):.1f}", "yes" if flat else "**no**", flat]
        )
    return rows


def ends(figures: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
    """The first and the last fifth of what comes after the warm-up."""
    warm = figures[int(len(figures) * WARM) :]
    fifth = max(1, len(warm) // 5)
    return warm[:fifth], warm[-fifth:]
