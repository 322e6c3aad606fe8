"""What the bridge costs: throughput and latency beside ComfyUI alone, with the same prompts; many pollers at once."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp
import tiny_models
from bridge_process import PREFIX, BridgeProcess
from faults import tiny
from faults.stage import ComfyProcess

from . import report
from .crowd import Crowd
from .direct import Direct

IN_FLIGHT = 8  # jobs that are asked for at once: ComfyUI's queue never runs dry
SHARE, ADDED_MS = 0.95, 5.0  # what is promised
POLLERS, READERS = 500, 100
DIRECTLY = (
    "*ComfyUI alone* is the least that a client has to do to get a picture: upload the sketch, POST /prompt, listen to "
    "the WebSocket, GET /view. *The bridge* is POST /generate and GET /result. Both are asked by this process, get "
    "sketches of the same kind, run the same prompts on the same ComfyUI, and take turns of a second or a few: a "
    "machine's speed may wander by a fifth from one to the next, and in a turn of ten jobs it would count for a tenth "
    "which job ends first."
)


@dataclass(frozen=True)
class Size:
    """A kind of job: the sketch's side in pixels, and whether a model draws."""

    name: str
    side: int
    drawn: bool
    share: float = 1.0  # of the jobs asked for, a turn
    turns: int = 3  # a round, of each
    pairs: float = 2.5  # of single jobs, as a share of the jobs asked for: so many that their median is known to 1 ms


SIZES = (
    Size("pixelate, a sketch of 16 x 16", 16, False),
    Size("pixelate, a sketch of 512 x 512", 512, False, 0.5),
    Size("drawn by a diffusion model of toy size, 64 x 64", 64, True, 0.15, pairs=0.3),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--jobs", type=int, default=80, help="per turn; slower kinds of jobs get a share of it")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pollers", type=int, default=POLLERS)
    parser.add_argument("--readers", type=int, default=READERS)


def run(asked: argparse.Namespace) -> int:
    """Run, write `results/load.md`; 1 where a promise isn't kept."""
    parts, kept = [DIRECTLY], True
    speeds, waits = [], []
    for sizes in (SIZES[:2], SIZES[2:]):
        with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
            comfy, bridge = _started(stack, Path(name), models=sizes[0].drawn)
            for size in sizes:
                one, other, good = asyncio.run(_compared(comfy, bridge, size, asked))
                speeds.append(one)
                waits.append(other)
                kept = kept and good
            if not sizes[0].drawn:
                crowd = Crowd(bridge.url, asked.pollers, asked.readers)
                crowded, good = asyncio.run(crowd.compared(max(asked.jobs, asked.readers)))
                kept = kept and good
    heads = ["job", "ComfyUI alone, jobs/s", "the bridge, jobs/s", "share (median of turns)", f"at least {SHARE:.0%}"]
    parts.append(f"## Throughput\n\n{THROUGHPUT}\n\n{report.table(heads, speeds)}")
    heads = ["job", "ComfyUI alone, ms", "the bridge, ms", "added, ms (median)"]
    heads += ["of that outside the drawing, ms", "the drawing itself varies by, ms", f"under {ADDED_MS:g} ms"]
    parts.append(f"## Latency\n\n{LATENCY}\n\n{report.table(heads, waits)}")
    parts.append(f"## A crowd\n\n{crowded}")
    command = f"load --jobs {asked.jobs} --rounds {asked.rounds}"
    print(report.write("load", "What the bridge costs", parts, command, report.SERVER))
    return 0 if kept else 1


THROUGHPUT = (
    f"{IN_FLIGHT} jobs asked for at a time. Jobs a second are those from the first one's end to the last one's: how "
    "long the first one takes is the latency."
)
LATENCY = (
    "One job at a time, nothing else waiting, from the first request's begin to the picture's last byte. The added "
    "time is the median of the differences of neighbouring pairs; outside the drawing it is that of what each took "
    "beyond what ComfyUI says of its prompt. How much the drawing varies is the distance of the quartiles of what "
    "ComfyUI alone says; where that is more than the goal, what is outside the drawing is judged, and what the bridge "
    "costs a drawing shows in the throughput."
)


def _started(stack: ExitStack, folder: Path, *, models: bool) -> tuple[ComfyProcess, BridgeProcess]:
    if models:
        tiny_models.make(folder / "comfy" / "models")
    comfy = stack.enter_context(ComfyProcess(folder / "comfy"))
    environment = {
        "COMFYUI_URL": comfy.url,
        "DEBUG_MODE": "0",
        "MAX_QUEUE_SIZE": "1000",
        "PIXART_GENERATION_SIDE": "64",
    }
    return comfy, stack.enter_context(BridgeProcess(folder / "bridge", **environment))


async def _compared(
    comfy: ComfyProcess, bridge: BridgeProcess, size: Size, asked: argparse.Namespace
) -> tuple[list[object], list[object], bool]:
    """A row of throughput, one of latency, and whether both are as promised."""
    jobs, pairs = max(4, int(asked.jobs * size.share)), max(10, int(asked.jobs * size.pairs))
    timeout = aiohttp.ClientTimeout(total=600)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
        through = partial(_through, session, bridge.url, size)
        await _jobs(through, [f"warm-{size.side}-{number}" for number in range(12)])
        made = await through(f"template-{size.side}")
        async with Direct(session, comfy.url, made) as direct:

            async def alone(id: str) -> bytes:
                picture = await direct.draw(id, size.side, abs(hash(id)) % 10**9)
                _check(picture, size, id)
                return picture

            await _jobs(alone, [f"warm-alone-{size.side}-{number}" for number in range(12)])
            speeds = await _speeds(alone, through, size, jobs, asked.rounds * size.turns)
            drawing = partial(_drawing, session, comfy.url)
            waits = await _waits(alone, through, drawing, size, pairs)
    share = round(statistics.median(mine / its for its, mine in speeds), 2)  # judged as they are shown
    added = round(statistics.median(mine[0] - its[0] for its, mine in waits), 1)
    outside = round(statistics.median((mine[0] - mine[1]) - (its[0] - its[1]) for its, mine in waits), 1)
    first, second = (statistics.median(column) for column in zip(*speeds, strict=True))
    speed = [size.name, f"{first:.1f}", f"{second:.1f}", f"{share:.0%}", "yes" if share >= SHARE else "no"]
    first, second = (statistics.median(whole for whole, _ in column) for column in zip(*waits, strict=True))
    quarter, _, rest = statistics.quantiles((its[1] for its, _ in waits), n=4)
    spread = rest - quarter
    good = (outside if spread > ADDED_MS else added) < ADDED_MS
    times = [f"{each:.1f}" for each in (first, second, added, outside, spread)]
    wait = [size.name, *times, "yes" if good else "no"]
    print(*speed, *wait[1:], sep=" | ", flush=True)
    return speed, wait, share >= SHARE and good


async def _speeds(
    alone: Callable[[str], Awaitable[bytes]],
    through: Callable[[str], Awaitable[bytes]],
    size: Size,
    jobs: int,
    rounds: int,
) -> list[tuple[float, float]]:
    """Jobs a second of both, from the first one's end to the last one's, for each round; who begins changes."""
    found = []
    for number in range(rounds):
        took: dict[bool, float] = {}
        for mine in (number % 2 == 0, number % 2 == 1):
            ids = [f"{size.side}-{'bridge' if mine else 'alone'}-{number}-{each}" for each in range(jobs)]
            ends = await _jobs(through if mine else alone, ids)
            took[mine] = (jobs - 1) / (ends[-1] - ends[0])
        found.append((took[False], took[True]))
    return found


async def _waits(
    alone: Callable[[str], Awaitable[bytes]],
    through: Callable[[str], Awaitable[bytes]],
    drawing: Callable[[float], Awaitable[float | None]],
    size: Size,
    jobs: int,
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Milliseconds of pairs of single jobs, and those of each that ComfyUI drew."""
    found = []
    for number in range(jobs):
        took: dict[bool, tuple[float, float]] = {}
        for mine in (number % 2 == 0, number % 2 == 1):
            since, began = time.time(), time.perf_counter()
            await (through if mine else alone)(f"{size.side}-wait-{mine}-{number}")
            whole = 1000 * (time.perf_counter() - began)
            if (drew := await drawing(since)) is not None:
                took[mine] = whole, drew
        if len(took) == 2:
            found.append((took[False], took[True]))
    return found


async def _drawing(session: aiohttp.ClientSession, url: str, since: float) -> float | None:
    """Milliseconds that the last prompt took, by ComfyUI's own clock; None where the bridge has it forgotten already,
    and the last one that ComfyUI knows began before `since`."""
    async with session.get(f"{url}/history?max_items=1") as answer:
        entries = list((await answer.json()).values())
    stamps = {name: about.get("timestamp") for each in entries for name, about in each["status"]["messages"]}
    if stamps.get("execution_start", 0) < 1000 * since:
        return None
    return stamps["execution_success"] - stamps["execution_start"]


async def _jobs(draw: Callable[[str], Awaitable[bytes]], ids: Sequence[str]) -> list[float]:
    """When each was there, in seconds of the performance counter."""
    waiting, ends = iter(ids), []

    async def work() -> None:
        for id in waiting:
            await draw(id)
            ends.append(time.perf_counter())

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return ends


async def _through(session: aiohttp.ClientSession, url: str, size: Size, id: str) -> bytes:
    """The picture that the bridge gives; it is checked where it can be known."""
    async with session.post(f"{url}{PREFIX}/generate", json=tiny.body(id, size.side)) as answer:
        assert answer.status == 200, await answer.text()
    async with session.get(f"{url}{PREFIX}/result/{id}") as answer:
        picture = await answer.read()
        assert answer.status == 200, picture
    _check(picture, size, id)
    return picture


def _check(picture: bytes, size: Size, id: str) -> None:
    """It must be this job's, where that can be known."""
    assert size.drawn or tiny.drawn(picture) == tiny.pixels(id), id
