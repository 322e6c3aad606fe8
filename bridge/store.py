"""The jobs table: the one truth that every dialect reads. SQLAlchemy Core on SQLite (WAL)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.event import listen
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bridge.artifacts import digest
from bridge.errors import SettingsError
from bridge.job import Artifact, Job, JobState

try:
    import fcntl
except ImportError:  # Windows has no fcntl; there the port is what keeps a second bridge away
    fcntl = None

SCHEMA = 1  # of the table below; goes up with every change to it, kept in SQLite's user_version
metadata = sa.MetaData()

JOBS = sa.Table(
    "bridge_jobs",
    metadata,
    sa.Column("id", sa.String(128), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, index=True),  # order of arrival
    sa.Column("dialect", sa.String(32), nullable=False),
    sa.Column("mode", sa.String(64), nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),  # same id, other content: a conflict
    sa.Column("priority", sa.Integer, nullable=False, default=0),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("values", sa.JSON, nullable=False),
    sa.Column("pictures", sa.JSON, nullable=False),  # workflow input -> content hash
    sa.Column("words", sa.JSON, nullable=False),
    sa.Column("notes", sa.JSON, nullable=False),
    sa.Column("workflow", sa.String(64)),
    sa.Column("prompt_id", sa.String(64)),  # stored before POST /prompt
    sa.Column("restarts", sa.Integer, nullable=False, default=0),
    sa.Column("cancel_requested", sa.Boolean, nullable=False, default=False),
    sa.Column("artifacts", sa.JSON, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("started_at", sa.Float),
    sa.Column("finished_at", sa.Float),
)


@dataclass(frozen=True)
class Record:
    """A row: the job as the outside sees it, and what the dispatcher needs to run it."""

    job: Job
    content_hash: str
    pictures: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    priority: int = 0
    prompt_id: str | None = None
    cancel_requested: bool = False


class Store:
    """Open with `await Store.open(folder)`; one process at a time, held by a lock file."""

    def __init__(self, engine: AsyncEngine, lock: Any) -> None:
        self._engine = engine
        self._lock = lock

    @classmethod
    async def open(cls, folder: Path) -> Store:
        """The store in this folder, made when it isn't there. Raises SettingsError when another bridge has it."""
        folder.mkdir(parents=True, exist_ok=True)
        lock = _lock(folder / "bridge.lock")
        engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'bridge.db'}", pool_size=1, max_overflow=0)
        listen(engine.sync_engine, "connect", _pragmas)
        store = cls(engine, lock)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_prepare)
        except SettingsError:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        """Close the file and let another process have it."""
        await self._engine.dispose()
        self._lock.close()

    async def add(self, record: Record) -> bool:
        """Insert a job; False when its id is taken. The job is safe once this has returned."""
        number = sa.select(sa.func.coalesce(sa.func.max(JOBS.c.number), 0) + 1).scalar_subquery()
        insert = sqlite_insert(JOBS).values(**_row(record), number=number).on_conflict_do_nothing()
        async with self._engine.begin() as connection:
            return (await connection.execute(insert)).rowcount == 1

    async def get(self, id: str) -> Record | None:
        """The row of this id."""
        rows = await self._select(sa.select(JOBS).where(JOBS.c.id == id))
        return rows[0] if rows else None

    async def list(
        self, *, dialect: str | None = None, states: Collection[JobState] = (), limit: int = 100
    ) -> list[Record]:
        """Rows, newest first."""
        query = sa.select(JOBS).order_by(JOBS.c.number.desc()).limit(limit)
        if dialect is not None:
            query = query.where(JOBS.c.dialect == dialect)
        if states:
            query = query.where(JOBS.c.state.in_([state.value for state in states]))
        return await self._select(query)

    async def next(self) -> Record | None:
        """The job to run: one that was running when the process ended, else the first by priority and arrival."""
        running = sa.case((JOBS.c.state == JobState.RUNNING.value, 0), else_=1)
        open_jobs = JOBS.c.state.in_([JobState.RUNNING.value, JobState.QUEUED.value])
        query = sa.select(JOBS).where(open_jobs).order_by(running, JOBS.c.priority.desc(), JOBS.c.number).limit(1)
        rows = await self._select(query)
        return rows[0] if rows else None

    async def counts(self) -> dict[JobState, int]:
        """How many jobs there are in each state."""
        query = sa.select(JOBS.c.state, sa.func.count()).group_by(JOBS.c.state)
        async with self._engine.connect() as connection:
            found = {JobState(state): count for state, count in await connection.execute(query)}
        return {state: found.get(state, 0) for state in JobState}

    async def change(self, id: str, *, only_if: Collection[JobState], **columns: Any) -> bool:
        """Change a row, but only while it is in one of these states: a final state is written exactly once."""
        allowed = JOBS.c.state.in_([state.value for state in only_if])
        update = sa.update(JOBS).where(JOBS.c.id == id, allowed).values(**_plain(columns))
        async with self._engine.begin() as connection:
            return (await connection.execute(update)).rowcount == 1

    async def _select(self, query: sa.Select[Any]) -> list[Record]:
        async with self._engine.connect() as connection:
            return [_record(dict(row._mapping)) for row in await connection.execute(query)]


def _prepare(connection: sa.Connection) -> None:
    """Make the table, or see that it is the one this code knows."""
    version = connection.exec_driver_sql("PRAGMA user_version").scalar()
    if sa.inspect(connection).has_table(JOBS.name) and version != SCHEMA:
        raise SettingsError(
            f"{connection.engine.url.database} was written by another version of Pixart.",
            hint="Move it away to begin with an empty queue, or use that version.",
        )
    metadata.create_all(connection)
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")


def _pragmas(connection: Any, _record: Any) -> None:
    # WAL with NORMAL survives kill -9 of this process; only a power cut may lose the last commits.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


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


def _plain(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Column values as the database takes them."""
    plain = dict(columns)
    if "state" in plain:
        plain["state"] = JobState(plain["state"]).value
    if "artifacts" in plain:
        plain["artifacts"] = [
            {
                "output": a.output,
                "sha256": a.sha256,
                "content_type": a.content_type,
                "size": a.size,
                "info": dict(a.info),
            }
            for a in plain["artifacts"]
        ]
    if "notes" in plain:
        plain["notes"] = list(plain["notes"])
    return plain


def _row(record: Record) -> dict[str, Any]:
    job = record.job
    return _plain(
        {
            "id": job.id,
            "dialect": job.dialect,
            "mode": job.mode,
            "content_hash": record.content_hash,
            "priority": record.priority,
            "state": job.state,
            "values": dict(job.values),
            "pictures": dict(record.pictures),
            "words": dict(record.words),
            "notes": job.notes,
            "artifacts": job.artifacts,
            "created_at": job.created_at,
        }
    )


def _record(row: Mapping[str, Any]) -> Record:
    state = JobState(row["state"])
    job = Job(
        id=row["id"],
        dialect=row["dialect"],
        mode=row["mode"],
        state=state,
        progress=1.0 if state is JobState.COMPLETED else 0.0,
        created_at=row["created_at"],
        values=row["values"],
        notes=tuple(row["notes"]),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        workflow=row["workflow"],
        error=row["error"],
        artifacts=tuple(Artifact(**artifact) for artifact in row["artifacts"]),
        restarts=row["restarts"],
    )
    return Record(
        job=job,
        content_hash=row["content_hash"],
        pictures=row["pictures"],
        words=row["words"],
        priority=row["priority"],
        prompt_id=row["prompt_id"],
        cancel_requested=row["cancel_requested"],
    )


def content_hash(parts: Mapping[str, Any]) -> str:
    """A hash of JSON data that doesn't depend on the order of keys."""
    return digest(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode())
