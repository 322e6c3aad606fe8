"""What happens to a fleet while editors keep it busy: each a function of the stage that returns what came of it."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial

from bridge_process import BridgeProcess, WorkerProcess

from .fleet_network import Apart
from .fleet_stage import Stage, Tell, Toll, loaded

DATABASE_AFTER = 9.0  # seconds until PostgreSQL is ended at once among the kills, and started again
DATABASE_AWAY, S3_AWAY, CUT_OFF = 25.0, 30.0, 30.0  # seconds
SETTLE = 5.0  # seconds before and after something is away
STOPS = 3  # workers that are stopped, one after the other
PATIENCE = 60.0  # seconds for what has to come of itself
LATE = "another one's by now"  # what a process says of a job that it lost
HOLDER = "SELECT holder FROM bridge_jobs WHERE state = 'running'"


async def kills(here: Stage, *, jobs: int, every: float, tell: Tell) -> Toll:
    """one of the five, by chance, gets kill -9 and starts again, but never the last bridge; PostgreSQL once, too."""
    starting: dict[asyncio.Task[None], BridgeProcess] = {}

    async def kill(toll: Toll) -> None:
        began = time.monotonic()
        while len(toll.entries) < jobs:
            await asyncio.sleep(every)
            if not toll.met["PostgreSQL restarted"] and time.monotonic() - began > DATABASE_AFTER:
                await asyncio.to_thread(here.server.stop)
                await asyncio.to_thread(here.server.start)
                toll.met["PostgreSQL restarted"] += 1
            elif process := _victim(here, [each for each in here.processes if each not in starting.values()]):
                process.kill()
                toll.met[f"{'worker' if isinstance(process, WorkerProcess) else 'bridge'} killed"] += 1
                start = asyncio.create_task(_started(process))
                starting[start] = process
                start.add_done_callback(starting.pop)
        await asyncio.gather(*starting)

    return await loaded(here, "kills", kill, jobs=jobs, tell=tell)


def _victim(here: Stage, alive: list[BridgeProcess]) -> BridgeProcess | None:
    """One that is alive; the last bridge is spared, since nobody could ask anything while it starts."""
    bridges = [each for each in alive if each in here.bridges]
    free = [each for each in alive if len(bridges) > 1 or each not in bridges]
    return here.chance.choice(free) if free else None


async def stopped(here: Stage) -> Toll:
    """A worker that draws is stopped (SIGSTOP) until another one has its job and longer, then goes on."""

    async def stop(toll: Toll) -> None:
        for _ in range(STOPS):
            worker = await _stopped_with_a_job(here)
            name = _name(worker)
            toll.anew.append(time.monotonic())
            try:
                held = f"SELECT count(*) FROM bridge_jobs WHERE state = 'running' AND holder = '{name}'"
                await _comes(lambda held=held: here.rows(held) == [(0,)])
            finally:
                worker.process.send_signal(signal.SIGCONT)
            toll.met["worker stopped past its lease"] += 1
            with suppress(TimeoutError):
                await _comes(lambda worker=worker: any(LATE in line for line in worker.said))
                toll.met["which then gave its job up"] += 1
            worker.said.clear()

    return await loaded(here, "stopped", stop, prompt="toy=sleep:0.5")


async def _stopped_with_a_job(here: Stage) -> BridgeProcess:
    """A worker, stopped in the middle of a job."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        worker = here.chance.choice(here.workers)
        worker.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(0.2)  # what it had sent is written by then
        if (_name(worker),) in await asyncio.to_thread(here.rows, HOLDER):
            return worker
        worker.process.send_signal(signal.SIGCONT)
        await asyncio.sleep(0.5)
    raise TimeoutError("No worker drew anything.")


async def database_away(here: Stage) -> Toll:
    """PostgreSQL is ended at once, and started 25 seconds later."""

    @asynccontextmanager
    async def away() -> AsyncIterator[None]:
        await asyncio.to_thread(here.server.stop)
        yield
        await asyncio.to_thread(here.server.start)

    return await _without(here, "database", "PostgreSQL away", away(), DATABASE_AWAY)


async def database_silent(here: Stage) -> Toll:
    """PostgreSQL stands still (SIGSTOP) for 25 seconds: connections are open, and nothing is answered."""

    @asynccontextmanager
    async def silent() -> AsyncIterator[None]:
        with here.server.paused():
            yield

    return await _without(here, "silent", "PostgreSQL silent", silent(), DATABASE_AWAY)


async def s3_away(here: Stage) -> Toll:
    """The S3 gets kill -9, and is started 30 seconds later."""

    @asynccontextmanager
    async def away() -> AsyncIterator[None]:
        here.s3.kill()
        yield
        here.s3.start()
        await asyncio.to_thread(here.s3.wait)

    return await _without(here, "s3", "S3 away", away(), S3_AWAY)


async def _without(here: Stage, name: str, what: str, away: AbstractAsyncContextManager[None], seconds: float) -> Toll:
    """What came of a fleet that was busy before, while and after something was `away` for so many seconds."""

    async def miss(toll: Toll) -> None:
        await asyncio.sleep(SETTLE)
        async with away:
            await asyncio.sleep(seconds)
        toll.met[what] += 1
        await asyncio.sleep(SETTLE)

    return await loaded(here, name, miss)


async def cut_off(here: Stage) -> Toll:
    """A third bridge, in a network namespace of its own, loses its network for 30 seconds and finds it again."""
    with Apart(here.folder / "apart", here.environment) as apart:
        apart.joined()

        async def cut(toll: Toll) -> None:
            await asyncio.sleep(5)
            toll.anew.append(time.monotonic())
            apart.cut()
            await asyncio.sleep(CUT_OFF)
            apart.join()
            toll.met["bridge cut off"] += 1
            await asyncio.sleep(15)

        urls = [bridge.url for bridge in here.bridges] + [apart.bridge.url]
        return await loaded(here, "apart", cut, prompt="toy=sleep:0.2", url=partial(here.chance.choice, urls))


async def tickets(here: Stage) -> Toll:
    """All of procrastinate's rows that nobody has taken yet are deleted by hand, again and again."""

    async def delete(toll: Toll) -> None:
        while toll.met["tickets deleted"] < 50:
            await asyncio.sleep(0.5)
            gone = "DELETE FROM procrastinate_jobs WHERE status = 'todo' RETURNING id"
            toll.met["tickets deleted"] += len(await asyncio.to_thread(here.rows, gone))

    return await loaded(here, "tickets", delete)


def _name(process: BridgeProcess) -> str:
    """By which the jobs table knows it."""
    return (process.folder / "bridge.name").read_text(encoding="utf-8").strip()


async def _comes(met: Callable[[], bool]) -> None:
    """Return when it is so. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE
    while not await asyncio.to_thread(met):
        if time.monotonic() > deadline:
            raise TimeoutError
        await asyncio.sleep(0.2)


async def _started(process: BridgeProcess) -> None:
    """Start it, as a supervisor does: again, where it ended since the database was away."""
    while True:
        try:
            return await asyncio.to_thread(process.start)
        except RuntimeError:
            await asyncio.sleep(0.5)


Fault = Callable[[Stage], Awaitable[Toll]]
FAULTS: dict[str, Fault] = {
    "stopped": stopped,
    "database": database_away,
    "silent": database_silent,
    "s3": s3_away,
    "apart": cut_off,
    "tickets": tickets,
}
