"""The engine beneath: procrastinate, whose rows are tickets that say "one more to draw", not which one.

Who gets a ticket takes the first job of the line, so that order and turns are in one place. procrastinate wakes whoever
is free, knows who lives by heartbeats, and gives the tickets of those who don't to others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from importlib import resources
from typing import Any

import procrastinate
import psycopg
import sqlalchemy as sa
from procrastinate import exceptions
from procrastinate.schema import SchemaManager

from bridge.core.errors import StorageError
from bridge.storage.postgres.address import libpq
from bridge.storage.postgres.database import Database

QUEUE, TASK = "pixart", "pixart.draw"
BEAT_SECONDS, STALLED_SECONDS = 2.0, 10.0  # between two heartbeats; after which a worker counts as gone
LOOK_SECONDS = 2.0  # between two looks at the tickets, where none was told of
AGAIN_SECONDS = 1  # before a ticket comes again that nobody had use for
MEND = 734_204  # the lock of who counts the tickets

# A column that makes a ticket for each row.
PUT: sa.ColumnElement[Any] = sa.literal_column(
    f"procrastinate_defer_jobs_v1(ARRAY[ROW('{QUEUE}', '{TASK}', 0, NULL, NULL, '{{}}'::jsonb, NULL)"
    "::procrastinate_job_to_defer_v1])"
)
# Of a job that somebody holds nobody has to be told: who got its ticket may be another one.
_LACKING = sa.text(f"""
SELECT (SELECT count(*) FROM bridge_jobs WHERE state = 'queued')
     + (SELECT count(*) FROM bridge_jobs WHERE state = 'running' AND coalesce(lease_until < clock_timestamp(), true))
     - (SELECT count(*) FROM procrastinate_jobs WHERE task_name = '{TASK}' AND status = 'todo')
WHERE pg_try_advisory_xact_lock({MEND})
""")

log = logging.getLogger(__name__)


class PatientConnector(procrastinate.PsycopgConnector):
    """Listens again after the database was away; the original gives up then."""

    async def listen_notify(self, on_notification: Any, channels: Iterable[str]) -> None:
        """See `PsycopgConnector.listen_notify`."""
        names = list(channels)
        while True:
            with suppress(exceptions.ConnectorException):
                await super().listen_notify(on_notification, names)
            await asyncio.sleep(AGAIN_SECONDS)


class Again(procrastinate.BaseRetryStrategy):
    """Every ticket that could not be used now comes again."""

    def get_retry_decision(self, *, exception: BaseException, job: Any) -> procrastinate.RetryDecision | None:
        """See `BaseRetryStrategy.get_retry_decision`."""
        return procrastinate.RetryDecision(retry_in={"seconds": AGAIN_SECONDS})


def make_table(connection: sa.Connection, name: str, columns: str) -> None:
    """Make a table where it isn't there: CREATE TABLE IF NOT EXISTS takes the right to make it even where it is."""
    if not sa.inspect(connection).has_table(name):
        connection.exec_driver_sql(f"CREATE TABLE {name} ({columns})")


def prepare(connection: sa.Connection) -> None:
    """Make procrastinate's tables, or bring those of an older one up to date; to be called under a lock."""
    make_table(connection, "bridge_engine", "migration text NOT NULL")
    newest = connection.exec_driver_sql("SELECT max(migration) FROM bridge_engine").scalar()
    files = sorted(
        (each for each in resources.files("procrastinate.sql.migrations").iterdir() if each.name.endswith(".sql")),
        key=lambda each: each.name,
    )
    new = [each for each in files if newest is not None and each.name > newest]
    cursor = connection.connection.cursor()  # only without parameters it takes several statements at once
    for text in [SchemaManager.get_schema()] if newest is None else [each.read_text("utf-8") for each in new]:
        cursor.execute(text)
    cursor.close()
    if newest is None or new:
        connection.execute(sa.text("INSERT INTO bridge_engine VALUES (:name)"), {"name": files[-1].name})


def put(connection: sa.Connection) -> None:
    """One more is to be drawn, once the transaction is committed."""
    connection.execute(sa.select(PUT))


class Tickets:
    """Gives a process its turns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def serve(self, name: str, draw: Callable[[], Awaitable[object]]) -> None:
        """Call `draw` whenever there may be a job for this worker, for ever; NotNow hands the ticket back.

        One call at a time; it is cancelled with this.
        """
        last = ""
        while True:
            try:
                await self._serve(name, draw)
            except (exceptions.ProcrastinateException, psycopg.Error, OSError) as error:
                if str(error) != last:
                    log.warning("No job can be taken for the moment: %s", error)
                last = str(error)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _serve(self, name: str, draw: Callable[[], Awaitable[object]]) -> None:
        connector = PatientConnector(conninfo=libpq(self._database.url), min_size=1, max_size=3, timeout=3.0)
        app = procrastinate.App(connector=connector)

        @app.task(name=TASK, queue=QUEUE, retry=Again())
        async def one_more() -> None:
            await draw()

        async with app.open_async():
            mending = asyncio.create_task(self._mend(app))
            try:
                await app.run_worker_async(
                    queues=[QUEUE],
                    name=name,
                    concurrency=1,
                    fetch_job_polling_interval=LOOK_SECONDS,
                    update_heartbeat_interval=BEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=0.0,
                )
            finally:
                mending.cancel()
                await asyncio.gather(mending, return_exceptions=True)

    async def _mend(self, app: procrastinate.App) -> None:
        """Let the tickets of workers that are gone be taken by others, and make as many as there are jobs to begin."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(exceptions.ProcrastinateException, psycopg.Error, StorageError, OSError):
                stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS)
                for ticket in stalled:
                    await app.job_manager.retry_job(ticket)
                await self._database.write(complete, durable=False)


def complete(connection: sa.Connection) -> None:
    """Make as many tickets as there are jobs to begin, unless another process is doing that."""
    for _ in range(connection.scalar(_LACKING) or 0):
        put(connection)


def quiet() -> None:
    """What procrastinate logs of each ticket is nobody's concern: a job has lines of its own."""
    for name in ("procrastinate", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
