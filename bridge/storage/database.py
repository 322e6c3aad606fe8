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
from bridge.storage.schema import DURABLE_PRAGMAS, QUICK_PRAGMAS

T = TypeVar("T")
Work = Callable[[sa.Connection], T]
Row = dict[str, Any]


class CompiledSql:
    """A frequent statement, compiled to text once by SQLAlchemy and run by sqlite3 in a tenth of SQLAlchemy's time.

    Rows are as stored: JSON is text, a truth value 0 or 1. All methods raise StorageError.
    """

    def __init__(self, clause: sa.ClauseElement) -> None:
        options = {"literal_binds": True}
        self._text = str(clause.compile(dialect=sqlite.dialect(), compile_kwargs=options))

    def row(self, connection: sa.Connection, **values: Any) -> Row | None:
        """The first row, by the names of its columns."""
        with driver(connection) as raw:
            cursor = raw.execute(self._text, values)
            result, columns = cursor.fetchone(), cursor.description
            cursor.close()  # an open cursor would go on reading an old state of the file
        return dict(zip((column[0] for column in columns), result, strict=True)) if result else None

    def changed(self, connection: sa.Connection, **values: Any) -> int:
        """Run the statement; how many rows it changed."""
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
        trouble, is_lost = result
        if is_lost:
            connection.invalidate(error)
        raise trouble from error


class Database:
    """One SQLite file, with connections that write and one that reads. Methods raise StorageError.

    Calls run one after the other. A call that was begun is finished even where its caller is cancelled.
    """

    def __init__(self, file: Path) -> None:
        self._writer, self._reader, self._quick = (
            HeldConnection(engine(file)),
            HeldConnection(engine(file)),
            HeldConnection(engine(file, QUICK_PRAGMAS)),
        )
        self._thread = ThreadPoolExecutor(1, "database")
        self._turn = asyncio.Lock()

    def peek(self, work: Work[T]) -> T:
        """As `read`, in the calling thread: for single rows by their key, which take less than a hop between threads.

        The file must be a WAL, where a reader waits for nobody.
        """
        return self._reader.read(work)

    def row(self, statement: CompiledSql, **values: Any) -> Row | None:
        """The first row of a reading statement, in the calling thread as with `peek`."""
        return self._reader.read(lambda connection: statement.row(connection, **values))

    async def read(self, work: Work[T]) -> T:
        """What `work(connection)` returns; it has to fetch its rows."""
        return await self._hop(lambda: self._writer.read(work))

    async def write(self, work: Work[T], *, durable: bool = True) -> T:
        """As `read`, in a transaction that is committed unless `work` raises.

        A `durable` transaction is on the disk when this returns. Another one outlives this process, but perhaps no
        power cut; it runs in the calling thread where no other call runs, since it takes less than a hop.
        """
        if not durable:
            with suppress(StorageBusy):  # another process writes: wait in the database's thread
                if self._turn.locked():
                    return await self._hop(lambda: self._quick.write(work))
                return self._quick.write(work)
        return await self._hop(lambda: self._writer.write(work))

    async def sync(self) -> None:
        """Wait until all commits are on the disk, those that weren't `durable` too."""
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
                work.exception()  # fetched, so that asyncio doesn't log it: no caller is left
                raise cancelled
            return work.result()


class HeldConnection:
    """An engine's one connection, held open, since taking one from SQLAlchemy's pool costs more than most statements.

    A lost connection is opened again at the next call.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.Connection | None = None

    def read(self, work: Work[T]) -> T:
        """The result of `work(connection)`; the transaction is rolled back."""
        connection = self._open()
        try:
            return work(connection)
        finally:
            if connection.in_transaction():
                connection.rollback()

    def write(self, work: Work[T]) -> T:
        """The result of `work(connection)`; the transaction is committed unless `work` raises."""
        connection = self._open()
        with connection.begin():
            return work(connection)

    def sync(self) -> None:
        """Sync the WAL file, as a commit does under `synchronous=FULL`."""
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


def engine(file: Path, pragmas: Iterable[str] = DURABLE_PRAGMAS) -> sa.Engine:
    """An engine for the file, of one connection that is opened at the first use; errors become StorageError."""

    def set_up(connection: Any, _: Any) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    # A connection is opened in one thread and closed in another, but never used by two at once. `hide_parameters`,
    # because an error's text would have the prompts of people in it, and so would the log.
    same = {"check_same_thread": False}
    result = sa.create_engine(f"sqlite:///{file}", poolclass=StaticPool, connect_args=same, hide_parameters=True)
    listen(result, "connect", set_up)
    listen(result, "handle_error", _translated)
    return result


def _translated(context: Any) -> StorageError | None:
    """SQLAlchemy's hook for errors, which turns SQLite's into StorageError."""
    result = database_trouble(context.original_exception)
    if result is None:
        return None
    error, is_lost = result
    context.is_disconnect = is_lost or context.is_disconnect
    return error
