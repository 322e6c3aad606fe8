"""The jobs table: the one truth that every dialect reads. SQLAlchemy Core on SQLite (WAL)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.event import listen
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bridge.disk import database_trouble, sync_folder
from bridge.errors import SettingsError, StorageError, StorageFull
from bridge.fairness import Waiting, in_order
from bridge.finishing import finishing
from bridge.job import JobState
from bridge.outbox import Letter, Outbox
from bridge.record import Record, plain, record_of, row_of
from bridge.schema import JOBS, MARKS, MEMORY, TURNS, pragmas, prepare, sound

try:
    import fcntl
except ImportError:  # Windows has no fcntl; there the port is what keeps a second bridge away
    fcntl = None

Told = Callable[[Record], list[Letter]]


@finishing
class Store:
    """Open with `await Store.open(folder)`; one process at a time, held by a lock file.

    Every method raises StorageError when the disk or the database on it fails.
    """

    def __init__(self, engine: AsyncEngine, lock: Any, told: Told | None) -> None:
        self.outbox = Outbox(engine)
        self.engine = self._engine = engine
        self._lock = lock
        self.begun: set[asyncio.Task[Any]] = set()
        self._told = told

    @classmethod
    async def open(cls, folder: Path, told: Told | None = None) -> Store:
        """The store in this folder, made when it isn't there.

        `told` gives the letters for a job that has ended; they are put into the outbox with its final state.
        Raises SettingsError when another bridge has it, when it can't be written, and when it is damaged.
        """
        file = folder / "bridge.db"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = _lock(folder / "bridge.lock")
        except OSError as error:
            raise _unusable(folder, error.strerror or str(error)) from error
        # what people asked for would stand in the text of each error, and so in the log
        engine = create_async_engine(f"sqlite+aiosqlite:///{file}", pool_size=1, max_overflow=0, hide_parameters=True)
        listen(engine.sync_engine, "connect", pragmas)
        listen(engine.sync_engine, "handle_error", _translated)
        store = cls(engine, lock, told)
        try:
            async with engine.begin() as connection:
                if not await connection.run_sync(sound):
                    raise _damaged(file)
                await connection.run_sync(prepare)
            sync_folder(folder)  # a power cut must not take the new file's name
        except (SettingsError, StorageError, OSError) as error:
            await store.close()
            raise _at_start(error, file) from error
        return store

    async def close(self) -> None:
        """Close the file and let another process have it; what was begun is finished first."""
        await asyncio.gather(*self.begun, return_exceptions=True)
        await self._engine.dispose()
        self._lock.close()

    async def add(self, record: Record) -> bool:
        """Insert a job; False when its id is taken. The job is safe once this has returned."""
        highest = [
            sa.func.coalesce(sa.select(sa.func.max(each.c.number)).scalar_subquery(), 0) for each in (JOBS, MARKS)
        ]  # a number is never given twice, not even after its job was removed
        number = sa.func.max(*highest) + 1
        insert = sqlite_insert(JOBS).values(**row_of(record), number=number).on_conflict_do_nothing()
        async with self._engine.begin() as connection:
            return (await connection.execute(insert)).rowcount == 1

    async def get(self, id: str) -> Record | None:
        """The row of this id."""
        rows = await self._select(sa.select(JOBS).where(JOBS.c.id == id))
        return rows[0] if rows else None

    async def list(
        self, *, dialect: str | None = None, states: Collection[JobState] = (), limit: int = 100, owner: str = ""
    ) -> list[Record]:
        """Rows, newest first; with an `owner`, only its own."""
        query = sa.select(JOBS).order_by(JOBS.c.number.desc()).limit(limit)
        if dialect is not None:
            query = query.where(JOBS.c.dialect == dialect)
        if owner:
            query = query.where(JOBS.c.owner == owner)
        if states:
            query = query.where(JOBS.c.state.in_([state.value for state in states]))
        return await self._select(query)

    async def next(self) -> Record | None:
        """The job to run: one that was running when the process ended, else the first of `waiting`."""
        running = sa.case((JOBS.c.state == JobState.RUNNING.value, 0), else_=1)
        open_jobs = JOBS.c.state.in_([JobState.RUNNING.value, JobState.QUEUED.value])
        turn = sa.func.coalesce(TURNS.c.turn, 0)
        query = sa.select(JOBS).outerjoin(TURNS, JOBS.c.owner == TURNS.c.owner).where(open_jobs)
        rows = await self._select(query.order_by(running, JOBS.c.priority.desc(), turn, JOBS.c.number).limit(1))
        return rows[0] if rows else None

    async def load(self, owner: str) -> tuple[int, int]:
        """How many jobs wait, and how many of this owner's wait or run."""
        states = [JobState.RUNNING.value, JobState.QUEUED.value]
        waiting = sa.func.count().filter(JOBS.c.state == JobState.QUEUED.value)
        own = sa.func.count().filter(JOBS.c.owner == owner)
        async with self._engine.connect() as connection:
            row = (await connection.execute(sa.select(waiting, own).where(JOBS.c.state.in_(states)))).one()
        return row[0], row[1]

    async def counts(self, dialect: str | None = None, owner: str = "") -> dict[JobState, int]:
        """How many jobs there are in each state; with an `owner`, only its own."""
        query = sa.select(JOBS.c.state, sa.func.count()).group_by(JOBS.c.state)
        if dialect is not None:
            query = query.where(JOBS.c.dialect == dialect)
        if owner:
            query = query.where(JOBS.c.owner == owner)
        async with self._engine.connect() as connection:
            found = {JobState(state): count for state, count in await connection.execute(query)}
        return {state: found.get(state, 0) for state in JobState}

    async def oldest(self) -> float | None:
        """When the job that waits the longest arrived, in Unix seconds; None where none waits."""
        query = sa.select(sa.func.min(JOBS.c.created_at)).where(JOBS.c.state == JobState.QUEUED.value)
        async with self._engine.connect() as connection:
            return await connection.scalar(query)

    async def waiting(self, dialect: str, owner: str = "") -> list[str]:
        """Ids of the jobs that wait, the next to run first; with an `owner`, only its own."""
        query = sa.select(JOBS.c.id, JOBS.c.owner, JOBS.c.priority, JOBS.c.number, JOBS.c.dialect)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.where(JOBS.c.state == JobState.QUEUED.value))).all()
            turns = {row.owner: row.turn for row in await connection.execute(sa.select(TURNS))}
        shown = {row.id for row in rows if row.dialect == dialect and owner in ("", row.owner)}
        return [job.id for job in in_order([Waiting(*row[:4]) for row in rows], turns) if job.id in shown]

    async def average_seconds(self, dialect: str) -> float | None:
        """How long completed jobs ran, on average; None without any."""
        query = sa.select(sa.func.avg(JOBS.c.finished_at - JOBS.c.started_at))
        query = query.where(JOBS.c.dialect == dialect, JOBS.c.state == JobState.COMPLETED.value)
        async with self._engine.connect() as connection:
            return await connection.scalar(query)

    async def recall(self, dialect: str) -> dict[str, Any]:
        """What a dialect asked to remember."""
        query = sa.select(MEMORY.c["values"]).where(MEMORY.c.dialect == dialect)
        async with self._engine.connect() as connection:
            return dict(await connection.scalar(query) or {})

    async def remember(self, dialect: str, values: Mapping[str, Any]) -> None:
        """Merge values into what a dialect remembers."""
        async with self._engine.begin() as connection:
            known = await connection.scalar(sa.select(MEMORY.c["values"]).where(MEMORY.c.dialect == dialect))
            row = {"dialect": dialect, "values": {**(known or {}), **values}}
            insert = sqlite_insert(MEMORY).values(**row)
            await connection.execute(insert.on_conflict_do_update(index_elements=["dialect"], set_=row))

    async def prove(self) -> None:
        """Write something, to see whether that works."""
        await self.remember("", {"proof": os.urandom(8).hex()})

    async def change(self, id: str, *, only_if: Collection[JobState], **columns: Any) -> bool:
        """Change a row, but only while it is in one of these states: a final state is written exactly once.

        What is to be told of it is written in the same transaction, so that neither can be there without the other.
        """
        allowed = JOBS.c.state.in_([state.value for state in only_if])
        update = sa.update(JOBS).where(JOBS.c.id == id, allowed).values(**plain(columns))
        ends = self._told is not None and "state" in columns and JobState(columns["state"]).final
        async with self._engine.begin() as connection:
            changed = (await connection.execute(update)).rowcount == 1
            if changed and columns.get("state") is JobState.RUNNING:
                await connection.execute(_turn_taken(id))
            if changed and ends:
                await self._tell(connection, id)
        if changed and ends:
            self.outbox.wake.set()
        return changed

    async def _tell(self, connection: AsyncConnection, id: str) -> None:
        row = (await connection.execute(sa.select(JOBS).where(JOBS.c.id == id))).one()
        assert self._told is not None
        await self.outbox.put(connection, self._told(record_of(dict(row._mapping))))

    async def _select(self, query: sa.Select[Any]) -> list[Record]:
        async with self._engine.connect() as connection:
            return [record_of(dict(row._mapping)) for row in await connection.execute(query)]


def _translated(context: Any) -> StorageError | None:
    """SQLAlchemy's hook for errors: the one place where SQLite's become ours."""
    found = database_trouble(context.original_exception)
    if found is None:
        return None
    error, lost = found
    context.is_disconnect = lost or context.is_disconnect
    return error


def _at_start(error: Exception, file: Path) -> SettingsError:
    if isinstance(error, SettingsError):
        return error
    if isinstance(error, StorageFull):
        return SettingsError(f"The disk is full: {file} can't be opened.", hint="Free some space first.")
    if isinstance(error, StorageError) and "damaged" in error.message:
        return _damaged(file)
    said = error.message if isinstance(error, StorageError) else getattr(error, "strerror", None) or str(error)
    return _unusable(file.parent, said.removesuffix("."))


def _unusable(folder: Path, why: str) -> SettingsError:
    hint = "Make it writable, or set PIXART_DATA to another folder."
    return SettingsError(f"The folder {folder} can't be used: {why}.", hint=hint)


def _damaged(file: Path) -> SettingsError:
    hint = (
        f"Move it and {file.name}-wal away to begin with an empty queue; finished pictures stay in "
        f"{file.parent / 'results'}. How to rescue its jobs: docs/OPERATIONS.md."
    )
    return SettingsError(f"The jobs database {file} is damaged.", hint=hint)


def _turn_taken(id: str) -> Any:
    """The job of this id begins: its owner's next one comes after those of all others."""
    last = sa.select(sa.func.coalesce(sa.func.max(TURNS.c.turn), 0) + 1).scalar_subquery()
    insert = sqlite_insert(TURNS).from_select(["owner", "turn"], sa.select(JOBS.c.owner, last).where(JOBS.c.id == id))
    return insert.on_conflict_do_update(index_elements=["owner"], set_={"turn": insert.excluded.turn})


def _lock(path: Path) -> Any:
    handle = path.open("w")
    if fcntl:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.close()
            raise SettingsError(
                f"Another bridge uses the folder {path.parent}.",
                hint="End it, or set PIXART_DATA to another folder.",
            ) from error
    return handle
