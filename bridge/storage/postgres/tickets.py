"""The tickets of procrastinate, the queue beneath: a ticket stands for one more job to draw, but for no certain one.

The process with a ticket takes the first job of the line, so that order and turns are in one place. procrastinate wakes
a free process, knows by heartbeats which processes live, and gives the tickets of the others to these.
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
BEAT_SECONDS, STALLED_SECONDS = (
    2.0,
    10.0,
)  # seconds between two heartbeats, and without one until a worker counts as gone
LOOK_SECONDS = 2.0  # between two looks at the tickets without a notification
AGAIN_SECONDS = 1  # before a ticket comes again that no process could use
MEND_LOCK = 734_204  # the lock of the process that counts the tickets

# A column that makes a ticket for each row.
PUT_TICKET: sa.ColumnElement[Any] = sa.literal_column(
    f"procrastinate_defer_jobs_v1(ARRAY[ROW('{QUEUE}', '{TASK}', 0, NULL, NULL, '{{}}'::jsonb, NULL)"
    "::procrastinate_job_to_defer_v1])"
)
# A held job needs no notification: its ticket may have brought another job to its process.
_LACKING = sa.text(f"""
SELECT (SELECT count(*) FROM bridge_jobs WHERE state = 'queued')
     + (SELECT count(*) FROM bridge_jobs WHERE state = 'running' AND coalesce(lease_until < clock_timestamp(), true))
     - (SELECT count(*) FROM procrastinate_jobs WHERE task_name = '{TASK}' AND status = 'todo')
WHERE pg_try_advisory_xact_lock({MEND_LOCK})
""")

log = logging.getLogger(__name__)


class PatientConnector(procrastinate.PsycopgConnector):
    """A connector that listens again after the database didn't answer; procrastinate's own gives up then."""

    async def listen_notify(self, on_notification: Any, channels: Iterable[str]) -> None:
        """See `PsycopgConnector.listen_notify`."""
        names = list(channels)
        while True:
            with suppress(exceptions.ConnectorException):
                await super().listen_notify(on_notification, names)
            await asyncio.sleep(AGAIN_SECONDS)


class Again(procrastinate.BaseRetryStrategy):
    """A strategy by which every ticket that couldn't be used comes again."""

    def get_retry_decision(self, *, exception: BaseException, job: Any) -> procrastinate.RetryDecision | None:
        """See `BaseRetryStrategy.get_retry_decision`."""
        return procrastinate.RetryDecision(retry_in={"seconds": AGAIN_SECONDS})


def make_table(connection: sa.Connection, name: str, columns: str) -> None:
    """Make a missing table; CREATE TABLE IF NOT EXISTS would need the right to make tables even for a present one."""
    if not sa.inspect(connection).has_table(name):
        connection.exec_driver_sql(f"CREATE TABLE {name} ({columns})")


def prepare(connection: sa.Connection) -> None:
    """Make procrastinate's tables, or bring those of an older version up to date; call this under a lock."""
    make_table(connection, "bridge_engine", "migration text NOT NULL")
    newest = connection.exec_driver_sql("SELECT max(migration) FROM bridge_engine").scalar()
    files = sorted(
        (each for each in resources.files("procrastinate.sql.migrations").iterdir() if each.name.endswith(".sql")),
        key=lambda each: each.name,
    )
    new = [each for each in files if newest is not None and each.name > newest]
    cursor = connection.connection.cursor()  # a call without parameters takes several statements at once
    for text in [SchemaManager.get_schema()] if newest is None else [each.read_text("utf-8") for each in new]:
        cursor.execute(text)
    cursor.close()
    if newest is None or new:
        connection.execute(sa.text("INSERT INTO bridge_engine VALUES (:name)"), {"name": files[-1].name})


def put(connection: sa.Connection) -> None:
    """Put a ticket, which counts once the transaction is committed."""
    connection.execute(sa.select(PUT_TICKET))


class Tickets:
    """The tickets for one process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def serve(self, name: str, draw: Callable[[], Awaitable[object]]) -> None:
        """Call `draw` for ever, whenever there may be a job for this worker; NotNow from it returns the ticket.

        There is one call at a time, which is cancelled together with `serve`.
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
        """Give the tickets of workers that are gone to others, and make as many tickets as jobs wait to begin."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(exceptions.ProcrastinateException, psycopg.Error, StorageError, OSError):
                stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS)
                for ticket in stalled:
                    await app.job_manager.retry_job(ticket)
                await self._database.write(complete, durable=False)


def complete(connection: sa.Connection) -> None:
    """Make as many tickets as jobs wait to begin, unless another process is doing that."""
    for _ in range(connection.scalar(_LACKING) or 0):
        put(connection)


def quiet() -> None:
    """Silence procrastinate's log lines about each ticket, since jobs have lines of their own."""
    for name in ("procrastinate", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
