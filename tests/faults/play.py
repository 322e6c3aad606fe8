"""Jobs by many editors at once, while faults come at moments that a seed decides."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from bridge_process import BridgeProcess, WholeBridge
from chaos import Chaos
from comfy_folder import base_folder

from bridge.comfy.process import free_port
from faults import clock, tiny
from faults.editor import Editor
from faults.ledger import Count, Entry, count, count_one, draws
from faults.stage import ComfyProcess
from faults.table import FAULTS, Stage

EDITORS = 10
JITTER = 0.3  # seconds: a fault comes at any point of a job
LAST_SECONDS = 60.0  # at the end, for a bridge that has to come back
Told = Callable[[int, int], None]  # jobs that have ended, faults that came


@dataclass
class Outcome:
    """What came of a run."""

    count: Count = field(default_factory=Count)
    faults: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    entries: list[Entry] = field(default_factory=list)
    came: list[tuple[float, str]] = field(default_factory=list)  # which fault when
    wrong: list[str] = field(default_factory=list)

    def judge(self, drawn: Mapping[bytes, int], kills: list[float]) -> None:
        """Count; and say of each job that went wrong how, and which faults came meanwhile."""
        self.count = count(self.entries, drawn, kills)
        for entry in self.entries:
            one = count_one(entry, drawn.get(tiny.pixels(entry.id), 0), kills)
            if not one.good:
                began, ended = entry.accepted or 0.0, entry.ended or float("inf")
                met = [f"{when - began:+.1f} s {name}" for when, name in self.came if began - 5 <= when <= ended]
                said = f"{entry.id}, {ended - began:.1f} s: {one}; {entry.trouble}; {entry.last.get('error')}"
                self.wrong.append(f"{said}; {', '.join(met)}")


def schedule(jobs: int, seed: int, names: Collection[str], every: float) -> list[tuple[int, float, str]]:
    """When each fault comes: after so many jobs have ended, and so many seconds; all names as often as they weigh."""
    chance = random.Random(seed)
    bag: list[str] = []
    while len(bag) < jobs / every:
        lot = [name for name in names for _ in range(FAULTS[name].weight)]
        chance.shuffle(lot)
        bag += lot
    bag = bag[: round(jobs / every)]
    moments = sorted(chance.uniform(0, jobs - 1) for _ in bag)
    return [(int(moment), chance.uniform(0, JITTER), name) for moment, name in zip(moments, bag, strict=True)]


async def play(stage: Stage, jobs: int, faults: list[tuple[int, float, str]], tell: Told, prefix: str) -> Outcome:
    """Run the jobs to their ends, the faults meanwhile, then ask for each job once more."""
    outcome, began = Outcome(), time.monotonic()
    waiting: Iterator[str] = iter([f"{prefix}-{number}" for number in range(jobs)])
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        editor = Editor(session, lambda: stage.bridge.url)

        async def work() -> None:
            for id in waiting:
                stage.newest = id
                outcome.entries.append(await editor.draw(id))
                tell(len(outcome.entries), outcome.faults.total())

        async def break_things() -> None:
            for after, pause, name in faults:
                while len(outcome.entries) < after:
                    await asyncio.sleep(0.02)
                await asyncio.sleep(pause)
                outcome.came.append((time.monotonic(), name))
                await FAULTS[name].work(stage)
                outcome.faults[name] += 1

        await asyncio.gather(*(work() for _ in range(EDITORS)), break_things())
        await asyncio.gather(*stage.readers)
        deadline = time.monotonic() + LAST_SECONDS
        for entry in outcome.entries:
            await editor.last_look(entry, deadline)
    outcome.seconds = time.monotonic() - began
    return outcome


def beside(jobs: int, seed: int, folder: Path, tell: Told, *, every: float = 10.0, slow: bool = True) -> Outcome:
    """A ComfyUI in a process beside the bridge, a proxy between them."""
    names = [name for name, fault in FAULTS.items() if fault.apart and (slow or not fault.slow)]
    with ExitStack() as stack:
        comfy = stack.enter_context(ComfyProcess(folder / "comfy"))
        return with_comfy(comfy, jobs, seed, folder / "bridge", tell, schedule(jobs, seed, names, every))


def with_comfy(
    comfy: ComfyProcess, jobs: int, seed: int, folder: Path, tell: Told, faults: list[tuple[int, float, str]]
) -> Outcome:
    """As `beside`, with a ComfyUI that is there."""
    with ExitStack() as stack:
        chaos = stack.enter_context(Chaos(comfy.url))
        environment = {"COMFYUI_URL": chaos.url, "DEBUG_MODE": "0", **_fixed_port(), **clock.environment(folder)}
        bridge = stack.enter_context(BridgeProcess(folder, **environment))
        stage = Stage(bridge, random.Random(seed), comfy, chaos)
        outcome = asyncio.run(play(stage, jobs, faults, tell, f"beside-{seed}"))
        outcome.judge(draws(comfy.settings.comfyui_base / "output"), stage.kills)
    return outcome


def own(jobs: int, seed: int, folder: Path, tell: Told, *, every: float = 12.0) -> Outcome:
    """A bridge that starts its own ComfyUI."""
    settings = base_folder(folder)
    names = [name for name, fault in FAULTS.items() if fault.own]
    environment = {"COMFYUI_DIR": str(settings.comfyui_source), "DEBUG_MODE": "0", **_fixed_port()}
    with WholeBridge(folder, **environment, **clock.environment(folder)) as bridge:
        stage = Stage(bridge, random.Random(seed))
        outcome = asyncio.run(play(stage, jobs, schedule(jobs, seed, names, every), tell, f"own-{seed}"))
        outcome.judge(draws(settings.comfyui_base / "output"), stage.kills)
    return outcome


def long_run(jobs: int, seed: int, tell: Told) -> dict[str, Outcome]:
    """Both kinds: four jobs of five with a ComfyUI beside, the fifth with the bridge's own."""
    alone = jobs // 5
    with tempfile.TemporaryDirectory() as name:
        first = beside(jobs - alone, seed, Path(name) / "beside", tell)
        second = own(alone, seed, Path(name) / "own", lambda done, faults: tell(jobs - alone + done, faults))
    return {"ComfyUI beside the bridge": first, "the bridge's own ComfyUI": second}


def _fixed_port() -> dict[str, str]:
    return {"PORT": str(free_port())}
