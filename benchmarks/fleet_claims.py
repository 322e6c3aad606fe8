"""How long a claim takes among a million jobs, with 200 workers that claim, renew and end; and each query's plan."""

from __future__ import annotations

import asyncio
import random
import re
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import sqlalchemy as sa
from postgres_server import Server

from bridge.core.deadline import within
from bridge.core.errors import StorageError
from bridge.core.job import OPEN_STATES, JobState
from bridge.storage.peers import RENEW_SECONDS
from bridge.storage.postgres.address import address
from bridge.storage.postgres.database import Database
from bridge.storage.postgres.statement import Statement
from bridge.storage.postgres.store import PostgresStore
from bridge.storage.postgres.text import stored
from bridge.storage.record import Record, row_of
from bridge.storage.schema import JOBS

from . import report
from .fleet_results import Results
from .fleet_standin import waiting

ROWS, WAITING, OWNERS, WORKERS = 1_000_000, 10_000, 200, 200
POOLS, ASKED = 8, 10
DRAW_SECONDS = 10.0  # that a worker draws one job, on average
SECONDS = 60.0
PARTS = (0.5, 0.95, 1)
PROMISED = 10.0  # milliseconds, of a claim at p95
PLAN_LINES = 14

HOW = (
    f"The table has {ROWS:,} jobs of {OWNERS} owners, of which {WAITING:,} wait. {WORKERS} workers claim a job "
    "each, one after the other. They are tasks of one process with the product's own store. Then for "
    f"{SECONDS:g} seconds each draws for {DRAW_SECONDS:g} s on average and claims another (without a ComfyUI and "
    f"procrastinate's own statements), while all renew their leases every {RENEW_SECONDS:g} s and report; a "
    f"bridge accepts as many jobs as end. They share {POOLS} pools of 12 connections. Times are what the caller waits, "
    f"Python's part included. Then the bridge asks {ASKED} times, alone, what clients, /health and /metrics ask. "
    "PostgreSQL has 32 MB of shared buffers and waits for the disk."
)
Times = dict[str, list[float]]


def measure(results: Results) -> bool:
    """Measure; whether it is as promised."""
    with Server.started(durable=True) as server, tempfile.TemporaryDirectory() as folder:
        server.make_template()
        url = server.fresh()
        _fill(server, url)
        times, plans = asyncio.run(_all(url, Path(folder)))
    rows = [[name, len(each), *(f"{_share(each, part):.1f}" for part in PARTS)] for name, each in times.items()]
    heads = ["what", "times", "p50, ms", "p95, ms", "longest, ms"]
    shown = [f"`{name}`\n\n```text\n{plan}\n```" for name, plan in plans.items()]
    results.tell("Claims among a million jobs", [HOW, report.table(heads, rows), "The plans:", *shown])
    print("claims", *rows, sep="\n")
    return all(_share(times[name], 0.95) <= PROMISED for name in ("claim", "claim, one after the other"))


def _fill(server: Server, url: str) -> None:
    """Ended jobs, then those that wait, copied from one row with another id, owner and time."""
    columns = stored(row_of(waiting("x")))
    engine = sa.create_engine(address(url), poolclass=sa.NullPool)
    names = [
        name for name in columns if name not in ("id", "owner", "state", "created_at", "finished_at", "started_at")
    ]
    listed = ", ".join(f'"{name}"' for name in names)
    copy = f"""
        INSERT INTO bridge_jobs (id, owner, state, created_at, started_at, finished_at, {listed})
        SELECT :kind || n, 'key-' || n % {OWNERS}, :state, 1.7e9 + n, CASE WHEN :ended THEN 1.7e9 + n + 1 END,
            CASE WHEN :ended THEN 1.7e9 + n + 11 END, {listed}
        FROM generate_series(1, :count) n, (SELECT * FROM bridge_jobs WHERE id = 'x') one
    """
    with engine.begin() as connection:
        connection.execute(sa.insert(JOBS).values(columns))
        for kind, state, count in (("old-", "completed", ROWS - WAITING), ("new-", "queued", WAITING)):
            values = {"kind": kind, "state": state, "ended": state == "completed", "count": count}
            connection.execute(sa.text(copy), values)
        connection.execute(sa.text("DELETE FROM bridge_jobs WHERE id = 'x'"))
    server.run("VACUUM ANALYZE", url.rpartition("/")[2])


async def _all(url: str, folder: Path) -> tuple[Times, dict[str, str]]:
    chance, times = random.Random(1), {}
    pools = [Database(address(url)) for _ in range(POOLS)]
    with closing((folder / "lock").open("w")) as lock:
        stores = [PostgresStore(pools[each % POOLS], f"worker-{each}", lock, None) for each in range(WORKERS + 1)]
        bridge, workers = stores[0], stores[1:]
        ending = asyncio.Event()
        drawn = [await _timed(times, "claim, one after the other", store.next()) for store in workers]
        works = [
            _draw(store, record, chance, times, ending, bridge) for store, record in zip(workers, drawn, strict=True)
        ]
        works += [_renew(store, number, times, ending) for number, store in enumerate(workers)]
        running = asyncio.gather(*works)
        await asyncio.sleep(SECONDS)
        ending.set()
        await running
        asked = _questions(bridge, workers[POOLS - 1])  # which has the bridge's pool
        for name, ask in asked.items():
            for _ in range(0 if name in times else ASKED):
                await _timed(times, name, ask())
        plans = {name: await _plan(pools[0], ask) for name, ask in asked.items()}
        for pool in pools:
            await pool.dispose()
    return times, plans


def _questions(bridge: PostgresStore, worker: PostgresStore) -> dict[str, Callable[[], Awaitable[Any]]]:
    """What is asked of the table, by name."""
    return {
        "claim": worker.next,
        "renew": worker.peers.renew,
        "load": lambda: bridge.load("key-7"),
        "places": lambda: bridge.places("pixart", "key-7"),
        "counts": bridge.counts,
        "oldest": bridge.oldest,
        "list": lambda: bridge.list(dialect="pixart", owner="key-7"),
        "newest": lambda: bridge.newest("old-77", "key-7"),
    }


async def _timed(times: Times, name: str, work: Awaitable[Any]) -> Any:
    """What it returns; None where the machine was too busy to answer within the product's patience."""
    began = time.perf_counter()
    try:
        return await work
    except StorageError:
        return None
    finally:
        times.setdefault(name, []).append((time.perf_counter() - began) * 1000)


async def _over(ending: asyncio.Event, seconds: float) -> bool:
    """Wait; whether it is over meanwhile."""
    try:
        await within(seconds, ending.wait())
    except asyncio.TimeoutError:
        return False
    return True


async def _draw(
    store: PostgresStore,
    record: Record | None,
    chance: random.Random,
    times: Times,
    ending: asyncio.Event,
    bridge: PostgresStore,
) -> None:
    """Draw this job, then others."""
    drawn = 0
    while not await _over(ending, chance.expovariate(1 / DRAW_SECONDS)):
        if record is not None:
            ended = {"state": JobState.COMPLETED, "finished_at": time.time()}
            await _timed(times, "end", store.advance(record.job.id, only_if=OPEN_STATES, **ended))
            drawn += 1
            more = waiting(f"{record.job.id}-{drawn}", f"key-{chance.randrange(OWNERS)}")
            await _timed(times, "accept", bridge.add(more))
        record = await _timed(times, "claim", store.next())


async def _renew(store: PostgresStore, number: int, times: Times, ending: asyncio.Event) -> None:
    await asyncio.sleep(number / WORKERS * RENEW_SECONDS)
    while not await _over(ending, RENEW_SECONDS):
        await _timed(times, "renew", store.peers.renew())
        await _timed(times, "report", store.peers.report({str(number): {"up": True}}))


async def _plan(database: Database, ask: Callable[[], Awaitable[Any]]) -> str:
    """What PostgreSQL did for the longest of the statements that `ask` sends."""
    seen: list[tuple[str, Any]] = []
    send = Statement._sent

    async def sent(statement: Statement, connection: Any, values: Any) -> Any:
        seen.append((statement.text, values))
        return await send(statement, connection, values)

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    engines = [database._lasting.sync_engine, database._quick.sync_engine]
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        with mock.patch.object(Statement, "_sent", sent):
            await ask()
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)
    plans = await database.write(lambda connection: [_explained(connection, *each) for each in seen])
    return max(plans, key=_milliseconds)


def _explained(connection: sa.Connection, statement: str, parameters: Any) -> str:
    """The plan, and what it took; nothing of it is kept."""
    with connection.begin_nested() as inner:
        rows = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, COSTS OFF) {statement}", parameters).all()
        inner.rollback()
    lines = [line for (line,) in rows]
    short = [line[:110] for line in lines[:PLAN_LINES]] + lines[-1:] * (len(lines) > PLAN_LINES)
    return "\n".join(short)


def _milliseconds(plan: str) -> float:
    took = re.search(r"Execution Time: ([\d.]+) ms", plan)
    return float(took[1]) if took else 0.0


def _share(times: list[float], part: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
