"""Two bridges and three workers on one PostgreSQL, one S3 and one ComfyUI, and editors who keep them busy."""

from __future__ import annotations

import asyncio
import itertools
import random
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from bridge_process import BridgeProcess, WorkerProcess
from faults import toys
from faults.editor import Editor
from faults.ledger import Count, Entry, count, draws
from faults.stage import ComfyProcess
from postgres_server import Server
from seaweed import Seaweed
from strange_node import ready

from bridge.comfy.process import free_port

EDITORS = 10
BRIDGES, WORKERS = 2, 3
LAST_SECONDS = 90.0
LONGEST_ANSWER = 15.0  # seconds that an editor waits for one, as from a bridge that is cut off

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
    """What came of a run: `twice` counts jobs of which the database got two ends, `met` what happened how often."""

    count: Count = field(default_factory=Count)
    twice: int = 0
    met: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    slowest: float = 0.0  # seconds that an answer took at most
    broken: list[str] = field(default_factory=list)  # other promises that were not kept, in words
    entries: list[Entry] = field(default_factory=list)
    anew: list[float] = field(default_factory=list)  # when a job was taken from who drew it, by the monotonic clock

    @property
    def good(self) -> bool:
        """Whether all is as promised."""
        return self.count.good and not self.twice and not self.broken


@dataclass
class Stage:
    """What runs, and the random numbers of the run."""

    folder: Path
    server: Server
    s3: Seaweed
    comfy: ComfyProcess
    processes: list[BridgeProcess]
    environment: dict[str, str]
    chance: random.Random

    @property
    def bridges(self) -> list[BridgeProcess]:
        """Those that take requests."""
        return self.processes[:BRIDGES]

    @property
    def workers(self) -> list[BridgeProcess]:
        """Those that only draw."""
        return self.processes[BRIDGES:]

    def rows(self, statement: str) -> list[tuple]:
        """What a statement gives in the jobs database."""
        return self.server.run(statement, self.environment["DATABASE_URL"].rpartition("/")[2])

    def drawn(self) -> Counter[bytes]:
        """How often each picture was drawn, by its pixels."""
        return draws(self.comfy.settings.comfyui_base / "output")

    def url(self) -> str:
        """A bridge by chance."""
        return self.chance.choice(self.bridges).url

    def judge(self, toll: Toll) -> Toll:
        """Count what clients were told, what ComfyUI drew and what the database was told of these jobs."""
        toll.count = count(toll.entries, self.drawn(), toll.anew)
        ids = {entry.id for entry in toll.entries}
        ends = self.rows("SELECT id, count(*) FROM ends GROUP BY id")
        toll.twice = sum(times > 1 for id, times in ends if id in ids)
        return toll


@contextmanager
def stage(seed: int) -> Iterator[Stage]:
    """All of it started, in a folder of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(Server.started(durable=True))
        server.make_template()
        url = server.fresh()
        server.run(WITNESS, url.rpartition("/")[2])
        (folder / "s3").mkdir()
        s3 = stack.enter_context(Seaweed(folder / "s3"))
        comfy = stack.enter_context(ComfyProcess(folder / "comfy", {"mischief": toys.NODE}))
        where = {"DATABASE_URL": url, "COMFYUI_URL": comfy.url, **s3.environment("fleet")}
        workflows = str(toys.library(folder / "workflows"))
        environment = {**where, "PIXART_WORKFLOWS": workflows, "DEBUG_MODE": "0"}
        processes: list[BridgeProcess] = []
        for number, kind in enumerate([BridgeProcess] * BRIDGES + [WorkerProcess] * WORKERS):
            own = folder / f"process-{number}"
            own.mkdir()
            process = kind(own, **environment, PORT=str(free_port()))
            processes.append(stack.enter_context(process))
        for bridge in processes[:BRIDGES]:
            ready(bridge)
        yield Stage(folder, server, s3, comfy, processes, environment, random.Random(seed))


Tell = Callable[[int, int], None]  # jobs that have ended, faults that came


async def loaded(
    here: Stage,
    name: str,
    fault: Callable[[Toll], Awaitable[None]],
    *,
    jobs: int | None = None,
    prompt: str = "x",
    url: Callable[[], str] | None = None,
    tell: Tell = lambda *_: None,
) -> Toll:
    """Editors draw while `fault` goes on: so many jobs, or until it is over. Each job's end is looked at once more."""
    toll, began = Toll(), time.monotonic()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=LONGEST_ANSWER)) as session:
        editor = Editor(session, url or here.url, prompt)
        breaking = asyncio.ensure_future(fault(toll))
        goes_on = (lambda number: number < jobs) if jobs else (lambda _: not breaking.done())
        numbers = itertools.takewhile(goes_on, itertools.count())

        async def draw() -> None:
            for number in numbers:
                toll.entries.append(await editor.draw(f"{name}-{number}"))
                tell(len(toll.entries), toll.met.total())

        await asyncio.gather(breaking, *(draw() for _ in range(EDITORS)))
        deadline = time.monotonic() + LAST_SECONDS
        for entry in toll.entries:
            await editor.last_look(entry, deadline)
    toll.seconds, toll.slowest = time.monotonic() - began, editor.slowest
    return await asyncio.to_thread(here.judge, toll)
