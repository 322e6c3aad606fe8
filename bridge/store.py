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

SCHEMA = 3  # of the tables below; goes up with every change to them, kept in SQLite's user_version
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
    sa.Column("batch", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("part", sa.Integer, nullable=False, server_default="0"),  # the run of the batch that is next
    sa.Column("used", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("timings", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("echo", sa.String(64)),  # content hash
    sa.Column("loose", sa.Boolean, nullable=False, server_default="0"),
    sa.Column("limit_seconds", sa.Float),
    sa.Column("fault", sa.String(64), nullable=False, server_default=""),
    sa.Column("cacheable", sa.Boolean, nullable=False, server_default="0"),
    sa.Column("cached", sa.Integer),  # parts out of the cache; null: it wasn't looked into
)

MEMORY = sa.Table(
    "bridge_memory",
    metadata,
    sa.Column("dialect", sa.String(32), primary_key=True),
    sa.Column("values", sa.JSON, nullable=False),
)

# What makes a file of an older schema one of the next: the columns that each brought.
ADDED = {
    1: ("batch", "part", "used", "timings", "echo", "loose", "limit_seconds"),
    2: ("fault", "cacheable", "cached"),
}


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
    echo: str | None = None
    loose: bool = False
    limit_seconds: float | None = None
    cacheable: bool = False


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

    async def counts(self, dialect: str | None = None) -> dict[JobState, int]:
        """How many jobs there are in each state."""
        query = sa.select(JOBS.c.state, sa.func.count()).group_by(JOBS.c.state)
        if dialect is not None:
            query = query.where(JOBS.c.dialect == dialect)
        async with self._engine.connect() as connection:
            found = {JobState(state): count for state, count in await connection.execute(query)}
        return {state: found.get(state, 0) for state in JobState}

    async def waiting(self, dialect: str) -> list[str]:
        """Ids of the jobs that wait, the next to run first."""
        query = sa.select(JOBS.c.id).where(JOBS.c.dialect == dialect, JOBS.c.state == JobState.QUEUED.value)
        async with self._engine.connect() as connection:
            return list(await connection.scalars(query.order_by(JOBS.c.priority.desc(), JOBS.c.number)))

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
    """Make the tables, or see that they are those this code knows; older ones get what they lack."""
    version = connection.exec_driver_sql("PRAGMA user_version").scalar()
    known = sa.inspect(connection).has_table(JOBS.name)
    if known and version in ADDED:
        _upgrade(connection, version)
    elif known and version != SCHEMA:
        raise SettingsError(
            f"{connection.engine.url.database} was written by another version of Pixart.",
            hint="Move it away to begin with an empty queue, or use that version.",
        )
    metadata.create_all(connection)
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")


def _upgrade(connection: sa.Connection, version: int) -> None:
    for column in (name for older in range(version, SCHEMA) for name in ADDED[older]):
        ddl = sa.schema.CreateColumn(JOBS.c[column]).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {JOBS.name} ADD COLUMN {ddl}")


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
        plain["artifacts"] = [_plain_artifact(artifact) for artifact in plain["artifacts"]]
    if "notes" in plain:
        plain["notes"] = list(plain["notes"])
    return plain


def _plain_artifact(artifact: Artifact) -> dict[str, Any]:
    names = ("output", "sha256", "content_type", "size", "part")
    return {**{name: getattr(artifact, name) for name in names}, "info": dict(artifact.info)}


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
            "batch": [dict(part) for part in job.batch],
            "echo": record.echo,
            "loose": record.loose,
            "limit_seconds": record.limit_seconds,
            "cacheable": record.cacheable,
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
        batch=tuple(row["batch"]),
        part=row["part"],
        used=row["used"],
        timings=row["timings"],
        fault=row["fault"],
        cached=row["cached"],
    )
    return Record(
        job=job,
        content_hash=row["content_hash"],
        pictures=row["pictures"],
        words=row["words"],
        priority=row["priority"],
        prompt_id=row["prompt_id"],
        cancel_requested=row["cancel_requested"],
        echo=row["echo"],
        loose=row["loose"],
        limit_seconds=row["limit_seconds"],
        cacheable=row["cacheable"],
    )


def content_hash(parts: Mapping[str, Any]) -> str:
    """A hash of JSON data that doesn't depend on the order of keys."""
    return digest(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode())
