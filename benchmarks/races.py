"""ComfyUI's races, each repeated: how often the bridge comes out of one wrongly. See tests/faults/races.py."""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import aiohttp
from bridge_process import BridgeProcess
from chaos import Chaos
from faults import toys
from faults.races import RACES, Race, Ring
from faults.stage import ComfyProcess

from bridge.comfy.process import free_port

from . import report
from .progress import Bar

HOW = (
    "The numbers are those of the races that were measured on ComfyUI 0.3.75 before the bridge was written. Each is "
    "provoked by a client, a proxy, or a node that misbehaves when asked to. Wrong is a job that doesn't end, ends "
    "twice, ends without its own picture or a true reason, or is drawn a second time without need."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="part of a name, or a number: these races only")
    parser.add_argument("--quick", action="store_true", help="leave out those that restart ComfyUI")


def run(asked: argparse.Namespace) -> int:
    """Run, write `results/races.md` (unless only some were asked for); 1 where something went wrong."""
    races = [each for each in RACES if _wanted(each, asked)]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        comfy = stack.enter_context(ComfyProcess(folder / "comfy", {"mischief": toys.NODE}))
        chaos = stack.enter_context(Chaos(comfy.url))
        environment = {
            "COMFYUI_URL": chaos.url,
            "PIXART_WORKFLOWS": str(toys.library(folder / "workflows")),
            "DEBUG_MODE": "0",
        }
        bridge = stack.enter_context(BridgeProcess(folder / "bridge", PORT=str(free_port()), **environment))
        rows, wrong = asyncio.run(_all(bridge, comfy, chaos, races, asked))
    table = report.table(["race", "number", "times", "wrong", "seconds each"], rows)
    print(table)
    if len(races) == len(RACES):
        command = f"races --times {asked.times} --seed {asked.seed}"
        print(report.write("races", "Races", [HOW, table], command, report.SERVER))
    return 1 if wrong else 0


def _wanted(race: Race, asked: argparse.Namespace) -> bool:
    named = asked.only in race.work.__name__ or asked.only in race.number.split(", ")
    return named and not (race.slow and asked.quick)


async def _all(
    bridge: BridgeProcess, comfy: ComfyProcess, chaos: Chaos, races: list[Race], asked: argparse.Namespace
) -> tuple[list[list[object]], int]:
    rows, total, bar = list[list[object]](), 0, Bar(len(races) * asked.times)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        ring = Ring(session, bridge, comfy, chaos, random.Random(asked.seed))
        for place, race in enumerate(races):
            began, wrong = time.monotonic(), list[str]()
            for number in range(asked.times):
                problem = await race.work(ring, f"{race.work.__name__}-{number}")
                if problem:
                    wrong.append(problem)
                    print(problem, flush=True)
                bar(place * asked.times + number + 1, race.work.__name__)
            each = (time.monotonic() - began) / asked.times
            said = (race.work.__doc__ or "").strip()
            rows.append([said, race.number, asked.times, len(wrong), f"{each:.1f}"])
            total += len(wrong)
    return rows, total
