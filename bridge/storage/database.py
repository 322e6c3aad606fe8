"""One SQLite file behind one thread: SQLAlchemy's synchronous engine, awaited.

SQLAlchemy's asyncio extension hops seven times between threads for each transaction, which took a third of the
bridge's time; `read` and `write` hop once.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.event import listen
from sqlalchemy.pool import StaticPool

from bridge.core.errors import StorageBusy, StorageError
from bridge.storage.disk import database_trouble, sync_file
from bridge.storage.schema import LASTING, QUICK

T = TypeVar("T")
Work = Callable[[sa.Connection], T]
Row = dict[str, Any]


class CompiledSql:
    """A statement of every job: SQLAlchemy puts it together once, and sqlite3 runs it in a tenth of the time.

    Rows are as they are stored: JSON is text, a truth value 0 or 1. All methods raise StorageError.
    """

    def __init__(self, clause: sa.ClauseElement) -> None:
        options = {"literal_binds": True}
        self._text = str(clause.compile(dialect=sqlite.dialect(), compile_kwargs=options))

    def row(self, connection: sa.Connection, **values: Any) -> Row | None:
        """The first row, by the names of its columns."""
        with driver(connection) as raw:
            cursor = raw.execute(self._text, values)
            result, columns = cursor.fetchone(), cursor.description
            cursor.close()  # one that is open holds on to what the file was like
        return dict(zip((column[0] for column in columns), result, strict=True)) if result else None

    def changed(self, connection: sa.Connection, **values: Any) -> int:
        """How many rows it changed."""
        with driver(connection) as raw:
            return raw.execute(self._text, values).rowcount


@contextmanager
def driver(connection: sa.Connection) -> Iterator[Any]:
    """The driver's own connection; its errors become StorageError, as SQLAlchemy's do."""
    try:
        yield connection.connection.driver_connection
    except sqlite3.Error as error:
        result = database_trouble(error)
        if result is None:
            raise
        trouble, lost = result
        if lost:
            connection.invalidate(error)
        raise trouble from error


class Database:
    """The file, connections that write and one that peeks. What is asked is done in turn. All raise StorageError.

    What was begun is done, whoever stops waiting for it: nothing under way can be taken back.
    """

    def __init__(self, file: Path) -> None:
        self._writer, self._reader, self._quick = (
            HeldConnection(engine(file)),
            HeldConnection(engine(file)),
            HeldConnection(engine(file, QUICK)),
        )
        self._thread = ThreadPoolExecutor(1, "database")
        self._turn = asyncio.Lock()

    def peek(self, work: Work[T]) -> T:
        """As `read`, at once: for single rows by their key, which take less than a hop. It sees all that is committed.

        The file must be a WAL, where a reader waits for nobody.
        """
        return self._reader.read(work)

    def row(self, statement: CompiledSql, **values: Any) -> Row | None:
        """The first row of a statement that reads, at once, as `peek` does."""
        return self._reader.read(lambda connection: statement.row(connection, **values))

    async def read(self, work: Work[T]) -> T:
        """What `work(connection)` returns; it has to fetch its rows."""
        return await self._hop(lambda: self._writer.read(work))

    async def write(self, work: Work[T], *, lasting: bool = True) -> T:
        """As `read`, in a transaction that is committed unless `work` raises.

        It is on the disk when this returns; unless it need not be `lasting`, and only outlives this process. That takes
        less than a hop and is done at once, where nothing else is being done.
        """
        if not lasting:
            with suppress(StorageBusy):  # another process writes: that is waited for, where nobody else waits with it
                if self._turn.locked():
                    return await self._hop(lambda: self._quick.write(work))
                return self._quick.write(work)
        return await self._hop(lambda: self._writer.write(work))

    async def sync(self) -> None:
        """Wait until what was committed is on the disk, also what need not have been `lasting`."""
        await self._hop(self._writer.sync)

    async def dispose(self) -> None:
        """Close the file."""
        self._reader.dispose()
        self._quick.dispose()
        await self._hop(self._writer.dispose)
        self._thread.shutdown(wait=False)

    async def _hop(self, call: Callable[[], T]) -> T:
        async with self._turn:
            work = asyncio.get_running_loop().run_in_executor(self._thread, call)
            cancelled: asyncio.CancelledError | None = None
            while not work.done():
                try:
                    await asyncio.wait({work})
                except asyncio.CancelledError as error:
                    cancelled = error
            if cancelled is not None:
                work.exception()  # nobody is left to hear of it
                raise cancelled
            return work.result()


class HeldConnection:
    """An engine's one connection, held open: to take it from SQLAlchemy's pool and back takes longer than most of what
    is asked. It is made anew after it was lost."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.Connection | None = None

    def read(self, work: Work[T]) -> T:
        """What `work(connection)` returns."""
        connection = self._open()
        try:
            return work(connection)
        finally:
            if connection.in_transaction():
                connection.rollback()

    def write(self, work: Work[T]) -> T:
        """The same, in a transaction."""
        connection = self._open()
        with connection.begin():
            return work(connection)

    def sync(self) -> None:
        """Wait for the disk as a commit does in a WAL that is `synchronous=FULL`: it syncs that file."""
        # https://sqlite.org/pragma.html#pragma_synchronous
        url = self._engine.url
        sync_file(Path(f"{url.database}-wal"))

    def dispose(self) -> None:
        """Close it."""
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()

    def _open(self) -> sa.Connection:
        if self._connection is not None and self._connection.invalidated:
            self._connection.close()
        if self._connection is None or self._connection.closed:
            self._connection = self._engine.connect()
        return self._connection


def engine(file: Path, pragmas: Iterable[str] = LASTING) -> sa.Engine:
    """The file with one connection, made at the first use; SQLite's errors become StorageError."""

    def set_up(connection: Any, _: Any) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    # A connection is made in one thread and closed in another, never used by two. `hide_parameters`: what people asked
    # for would stand in the text of each error, and so in the log.
    same = {"check_same_thread": False}
    made = sa.create_engine(f"sqlite:///{file}", poolclass=StaticPool, connect_args=same, hide_parameters=True)
    listen(made, "connect", set_up)
    listen(made, "handle_error", _translated)
    return made


def _translated(context: Any) -> StorageError | None:
    """SQLAlchemy's hook for errors: the one place where SQLite's become ours."""
    result = database_trouble(context.original_exception)
    if result is None:
        return None
    error, lost = result
    context.is_disconnect = lost or context.is_disconnect
    return error
