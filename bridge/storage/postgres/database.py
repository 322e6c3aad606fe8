"""PostgreSQL behind a pool of connections: SQLAlchemy's asyncio engine, with a time limit for each call."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.event import listen
from sqlalchemy.exc import InvalidatePoolError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bridge.core.errors import StorageError
from bridge.storage.postgres.statement import Row, Statement
from bridge.storage.postgres.trouble import away, trouble
from bridge.storage.transactions import T, Work

ANSWER_SECONDS = 3.5  # for a call, so that every request is answered within 4 s
PREPARE_SECONDS = 600.0  # for making the tables, which may add an index to a large one
MOST_CONNECTIONS = 8  # of each kind: requests come in bursts, and a statement takes milliseconds
QUICK_CONNECTIONS = 4
SESSION_SETTINGS = "-c idle_in_transaction_session_timeout=10000 -c lock_timeout=3000 -c statement_timeout=60000"
QUICK_SETTINGS = f"{SESSION_SETTINGS} -c synchronous_commit=off"


class Database:
    """Implements `Transactions`: connections whose commits wait for the disk, and others whose commits don't."""

    def __init__(self, url: sa.URL) -> None:
        self.url = url
        self._durable, self._quick = (
            _engine(url, SESSION_SETTINGS, MOST_CONNECTIONS),
            _engine(url, QUICK_SETTINGS, QUICK_CONNECTIONS),
        )
        # Connections without BEGIN and COMMIT, each of which is a round trip.
        self._lone, self._quick_lone = map(_lone, (self._durable, self._quick))
        self._works: set[asyncio.Task[Any]] = set()

    async def read(self, work: Work[T]) -> T:
        """See `Transactions.read`; each statement sees what is committed at its beginning."""
        return await self._finish(self._transaction(self._lone, work))

    async def row(
        self,
        statement: Statement,
        values: Mapping[str, Any],
        *,
        durable: bool = True,
        behind: Statement | None = None,
    ) -> Row | None:
        """The first row of a statement, which is a transaction of its own, together with a statement before it."""
        engine = self._lone if durable else self._quick_lone
        return await self._finish(self._row(engine, statement, values, behind))

    async def write(self, work: Work[T], *, durable: bool = True) -> T:
        """See `Transactions.write`."""
        return await self._finish(self._transaction(self._durable if durable else self._quick, work))

    async def prepare(self, work: Work[T]) -> T:
        """As `write`, with PREPARE_SECONDS for it, since another process may be doing the same."""
        return await self._finish(self._transaction(self._durable, work), PREPARE_SECONDS)

    async def dispose(self) -> None:
        """Close all connections, after the end of calls under way."""
        if self._works:
            await asyncio.wait(self._works, timeout=ANSWER_SECONDS)
        await asyncio.gather(self._durable.dispose(), self._quick.dispose(), return_exceptions=True)

    async def _transaction(self, engine: AsyncEngine, work: Work[T]) -> T:
        with _translated():
            async with engine.begin() as connection:
                return await connection.run_sync(work)

    async def _row(
        self, engine: AsyncEngine, statement: Statement, values: Mapping[str, Any], behind: Statement | None
    ) -> Row | None:
        with _translated():
            async with engine.connect() as connection:
                raw = (await connection.get_raw_connection()).driver_connection
                assert isinstance(raw, psycopg.AsyncConnection)
                try:
                    return await (statement.row_behind(behind, raw, values) if behind else statement.row(raw, values))
                except psycopg.Error as error:
                    if raw.closed:
                        await connection.invalidate(error)
                    raise

    async def _finish(self, work: Coroutine[Any, Any, T], seconds: float = ANSWER_SECONDS) -> T:
        """The result of the work, within a time limit. The work goes on where its caller is cancelled."""
        task = asyncio.create_task(work)
        self._works.add(task)
        task.add_done_callback(self._over)
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            raise away()
        return task.result()

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._works.discard(task)
        if not task.cancelled() and isinstance(task.exception(), StorageError):
            return  # the caller has the error, or has been cancelled


@contextmanager
def _translated() -> Iterator[None]:
    """A context that raises StorageError for errors that pass, and for those that an operator has to mend."""
    try:
        yield
    except (SQLAlchemyError, psycopg.Error, OSError) as error:
        storage_error = away() if isinstance(error, OSError) else trouble(error)
        if storage_error is None:
            raise
        raise storage_error from error


def _engine(url: sa.URL, options: str, connections: int) -> AsyncEngine:
    """A pool that checks a connection before its use, so that a restart of the server makes no call fail.

    `hide_parameters` keeps people's prompts out of the texts of errors, and so out of the log.
    """
    words = " ".join(filter(None, (options, str(url.query.get("options", "")))))
    engine = create_async_engine(
        url.update_query_dict({"options": words}),
        pool_size=connections,
        max_overflow=0,
        pool_timeout=ANSWER_SECONDS,
        pool_use_lifo=True,  # the connection that was used last has prepared most statements already
        hide_parameters=True,
    )
    listen(engine.sync_engine, "checkout", partial(_look, engine.dialect))
    return engine


def _lone(engine: AsyncEngine) -> AsyncEngine:
    """The same pool, in which each statement is a transaction of its own."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _look(dialect: sa.Dialect, connection: Any, *_: object) -> None:
    """Raise InvalidatePoolError for a connection that has ended, which makes the pool connect anew.

    An idle connection has nothing to read but its end: only where there is something to read, the server is asked, as
    SQLAlchemy's own `pool_pre_ping` does each time.
    """
    news = select.poll()
    try:
        news.register(connection.driver_connection.fileno(), select.POLLIN)
        if news.poll(0):
            dialect.do_ping(connection)
    except psycopg.Error as error:
        raise InvalidatePoolError from error
