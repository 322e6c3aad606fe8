"""The tables of the jobs database: SQLAlchemy Core, on SQLite (WAL)."""

from __future__ import annotations

import sqlalchemy as sa

from bridge.core.errors import SettingsError

BUSY_MS = 10_000  # to wait while another process writes, such as `pixart webhooks retry`
SCHEMA = 7  # of the tables below; goes up with every change to them, kept in SQLite's user_version
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
    sa.Column("owner", sa.String(64), nullable=False, server_default=""),  # name of the key it came with
    sa.Column("trace", sa.String(64), nullable=False, server_default=""),
    sa.Column("webhook", sa.Text, nullable=False, server_default=""),
    sa.Column("worker", sa.String(300), nullable=False, server_default=""),  # name of the ComfyUI that has its prompt
    sa.Column("needs", sa.String(32), nullable=False, server_default=""),  # digest; empty: any ComfyUI may try it
)
JSON_COLUMNS = frozenset(column.name for column in JOBS.columns if isinstance(column.type, sa.JSON))

MEMORY = sa.Table(
    "bridge_memory",
    metadata,
    sa.Column("dialect", sa.String(32), primary_key=True),
    sa.Column("values", sa.JSON, nullable=False),
)

# Retention's own: jobs up to `number` had all ended when it had counted `elapsed` seconds; see `counted_clock`.
RETENTION_MARKS = sa.Table(
    "bridge_marks",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("elapsed", sa.Float, nullable=False),
)

# Files of jobs that were removed on purpose, written with their removal: what a crash leaves is finished next time.
DOOMED_FILES = sa.Table("bridge_doomed", metadata, sa.Column("file", sa.Text, primary_key=True))

# Small files that are yet to be written, see bridge/storage/artifacts.py.
BUFFER = sa.Table(
    "bridge_buffer",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

OUTBOX = sa.Table(  # letters to webhooks, see bridge/storage/outbox.py
    "bridge_outbox",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),  # the header `webhook-id`, the same at every try
    sa.Column("job", sa.String(128), nullable=False),
    sa.Column("url", sa.Text, nullable=False),  # empty: the operator's own
    sa.Column("host", sa.String(300), nullable=False),
    sa.Column("body", sa.Text, nullable=False),  # as it is signed and sent; the job's row may be gone by then
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.Column("said", sa.Text, nullable=False),
    sa.Index("bridge_outbox_due", "state", "host", "due_at"),
)

# When each owner's last job began: a higher number is later. Counted, since a clock may be set back, and in a table of
# its own, since rows of jobs go when they are old.
OWNER_TURNS = sa.Table(
    "bridge_turns",
    metadata,
    sa.Column("owner", sa.String(64), primary_key=True),
    sa.Column("turn", sa.Integer, nullable=False),
)

# What makes a file of an older schema one of the next: the columns that each brought.
ADDED_COLUMNS = {
    1: ("batch", "part", "used", "timings", "echo", "loose", "limit_seconds"),
    2: ("fault", "cacheable", "cached"),
    3: ("owner", "trace", "webhook"),
    4: (),
    5: ("worker",),
    6: ("needs",),
}


def sound(connection: sa.Connection) -> bool:
    """Whether SQLite finds no fault in the file."""
    return connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok"


def prepare(connection: sa.Connection) -> None:
    """Make the tables, or see that they are those this code knows; older ones get what they lack."""
    # By itself, Python's driver begins no transaction for DDL: kill -9 would leave a part of the tables.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    version = connection.exec_driver_sql("PRAGMA user_version").scalar()
    has_jobs = sa.inspect(connection).has_table(JOBS.name)
    if has_jobs and version in ADDED_COLUMNS:
        _upgrade(connection, version)
    elif has_jobs and version != SCHEMA:
        url = connection.engine.url
        raise SettingsError(
            f"{url.database} was written by another version of Pixart.",
            hint="Move it away to begin with an empty queue, or use that version.",
        )
    metadata.create_all(connection)
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")


def _upgrade(connection: sa.Connection, version: int) -> None:
    for column in (name for older in range(version, SCHEMA) for name in ADDED_COLUMNS[older]):
        ddl = sa.schema.CreateColumn(JOBS.c[column]).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {JOBS.name} ADD COLUMN {ddl}")


# How a connection is set up. WAL with FULL: a commit is on the disk before it has returned, so that a power cut takes
# nothing back.
DURABLE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_MS}")
# One whose commits wait for nothing: those of a lasting one bring them to the disk, and look after the WAL.
QUICK_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=0", "wal_autocheckpoint=0")
