"""Jobs of many editors at two bridges and three workers on one PostgreSQL, while any of them is killed."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from bridge_process import BridgeProcess, WorkerProcess
from postgres_server import Server
from strange_node import ready

from bridge.comfy.process import free_port
from faults.editor import Editor
from faults.ledger import Count, Entry, count, draws
from faults.stage import ComfyProcess

EDITORS = 10
BRIDGES, WORKERS = 2, 3
RESTART_AFTER = 9.0  # seconds until PostgreSQL is ended at once, and started again
LAST_SECONDS = 90.0

# What is written of the end of a job, whoever writes it.
WITNESS = """
CREATE TABLE ends (id text);
CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO ends VALUES (new.id); RETURN new; END $$;
CREATE TRIGGER witness AFTER UPDATE ON bridge_jobs FOR EACH ROW
    WHEN (new.state IN ('completed', 'failed', 'cancelled') AND new.finished_at IS DISTINCT FROM old.finished_at)
    EXECUTE FUNCTION witness();
"""


@dataclass
class Toll:
    """What came of a run: `written` counts ends of jobs in the table, `killed` what was ended and how often."""

    count: Count = field(default_factory=Count)
    written: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    entries: list[Entry] = field(default_factory=list)

    @property
    def twice(self) -> int:
        """Jobs of which two ends were written."""
        return sum(times > 1 for times in self.written.values())

    @property
    def good(self) -> bool:
        """Whether all is as promised."""
        return self.count.good and not self.twice


def run(jobs: int, seed: int, every: float, tell: Callable[[int, int], None]) -> Toll:
    """So many jobs, while one of the five processes is killed every so many seconds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(Server.started(lasting=True))
        server.make_template()
        url = server.fresh()
        server.run(WITNESS, url.rpartition("/")[2])
        comfy = stack.enter_context(ComfyProcess(folder / "comfy"))
        processes = [stack.enter_context(each) for each in _processes(folder, url, comfy.url)]
        bridges = processes[:BRIDGES]
        for bridge in bridges:
            ready(bridge)
        toll = asyncio.run(_play(server, processes, jobs, random.Random(seed), every, tell))
        toll.count = count(toll.entries, draws(comfy.settings.comfyui_base / "output"), [])
        rows = server.run("SELECT id, count(*) FROM ends GROUP BY id", url.rpartition("/")[2])
        toll.written = Counter(dict(rows))
        return toll


def _processes(folder: Path, url: str, comfyui_url: str) -> Iterator[BridgeProcess]:
    results = folder / "results"
    results.mkdir()
    for number, kind in enumerate([BridgeProcess] * BRIDGES + [WorkerProcess] * WORKERS):
        own = folder / f"process-{number}"
        own.mkdir()
        (own / "results").symlink_to(results)
        environment = {"PORT": str(free_port()), "DATABASE_URL": url, "COMFYUI_URL": comfyui_url, "DEBUG_MODE": "0"}
        yield kind(own, **environment)


async def _play(
    server: Server,
    processes: list[BridgeProcess],
    jobs: int,
    chance: random.Random,
    every: float,
    tell: Callable[[int, int], None],
) -> Toll:
    toll, began, over = Toll(), time.monotonic(), asyncio.Event()
    starting: dict[asyncio.Task[None], BridgeProcess] = {}
    waiting = iter([f"fleet-{number}" for number in range(jobs)])
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        editor = Editor(session, lambda: chance.choice(processes[:BRIDGES]).url)

        async def work() -> None:
            for id in waiting:
                toll.entries.append(await editor.draw(id))
                tell(len(toll.entries), toll.killed.total())

        async def kill() -> None:
            while not over.is_set():
                await asyncio.sleep(every)
                if not toll.killed["PostgreSQL"] and time.monotonic() - began > RESTART_AFTER:
                    await asyncio.to_thread(server.stop)
                    await asyncio.to_thread(server.start)
                    toll.killed["PostgreSQL"] += 1
                elif alive := [each for each in processes if each not in starting.values()]:
                    process = chance.choice(alive)
                    process.kill()
                    toll.killed["worker" if isinstance(process, WorkerProcess) else "bridge"] += 1
                    start = asyncio.create_task(_started(process))
                    starting[start] = process
                    start.add_done_callback(starting.pop)
            await asyncio.gather(*starting)

        killing = asyncio.create_task(kill())
        await asyncio.gather(*(work() for _ in range(EDITORS)))
        over.set()
        await killing
        deadline = time.monotonic() + LAST_SECONDS
        for entry in toll.entries:
            await editor.last_look(entry, deadline)
    toll.seconds = time.monotonic() - began
    return toll


async def _started(process: BridgeProcess) -> None:
    """Start it, as a supervisor does: again, where it ended since the database was away."""
    while True:
        try:
            return await asyncio.to_thread(process.start)
        except RuntimeError:
            await asyncio.sleep(0.5)
