"""ComfyUI's races, each repeated: how often the bridge comes out of one wrongly. See tests/faults/races.py."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import statistics
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

Place = tuple[BridgeProcess, ComfyProcess, Chaos]
Found = tuple[Race, list[float], list[str]]  # seconds of each time, and what went wrong

HOW = (
    "The numbers are those of the races that were measured on ComfyUI 0.3.75 before the bridge was written. Each is "
    "provoked by a client, a proxy, or a node that misbehaves when asked to. Wrong is a job that doesn't end, ends "
    "twice, ends without its own picture or a true reason, or is drawn a second time without need."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rings", type=int, default=3, help="bridges with a ComfyUI each, side by side")
    parser.add_argument("--only", default="", help="part of a name, or a number: these races only")
    parser.add_argument("--quick", action="store_true", help="leave out those that restart ComfyUI")


def run(asked: argparse.Namespace) -> int:
    """Run, write `results/races.md` (unless only some were asked for); 1 where something went wrong."""
    races = [each for each in RACES if _wanted(each, asked)]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        places = [_place(stack, Path(name) / str(number)) for number in range(asked.rings)]
        found = asyncio.run(_all(places, races, asked))
    table = report.table(["race", "number", "times", "wrong", "seconds each"], [_row(each) for each in found])
    print(table)
    if len(races) == len(RACES):
        command = f"races --times {asked.times} --seed {asked.seed} --rings {asked.rings}"
        print(report.write("races", "Races", [HOW, table], command, report.SERVER))
    return 1 if any(wrong for *_, wrong in found) else 0


def _row(found: Found) -> list[object]:
    race, took, wrong = found
    return [(race.work.__doc__ or "").strip(), race.number, len(took), len(wrong), f"{statistics.mean(took):.1f}"]


def _place(stack: ExitStack, folder: Path) -> Place:
    folder.mkdir()
    comfy = stack.enter_context(ComfyProcess(folder / "comfy", {"mischief": toys.NODE}))
    chaos = stack.enter_context(Chaos(comfy.url))
    environment = {
        "COMFYUI_URL": chaos.url,
        "PIXART_WORKFLOWS": str(toys.library(folder / "workflows")),
        "DEBUG_MODE": "0",
    }
    return stack.enter_context(BridgeProcess(folder / "bridge", PORT=str(free_port()), **environment)), comfy, chaos


def _wanted(race: Race, asked: argparse.Namespace) -> bool:
    named = asked.only in race.work.__name__ or asked.only in race.number.split(", ")
    return named and not (race.slow and asked.quick)


async def _all(places: list[Place], races: list[Race], asked: argparse.Namespace) -> list[Found]:
    """Each race as often as asked for, the rings side by side."""
    found: list[Found] = [(race, [], []) for race in races]
    left = iter([(each, number) for each in found for number in range(asked.times)])
    bar, done = Bar(len(races) * asked.times), itertools.count(1)

    async def work(session: aiohttp.ClientSession, number: int) -> None:
        ring = Ring(session, *places[number], random.Random(asked.seed + number))
        for each, again in left:
            race, took, wrong = each
            began = time.monotonic()
            problem = await race.work(ring, f"{race.work.__name__}-{again}")
            took.append(time.monotonic() - began)
            if problem:
                wrong.append(problem)
                print(problem, flush=True)
            bar(next(done), race.work.__name__)
            if len(took) == asked.times:  # the whole takes an hour: what is known by now isn't lost with it
                print(*_row(each), sep=" | ", flush=True)

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        await asyncio.gather(*(work(session, number) for number in range(len(places))))
    return found
