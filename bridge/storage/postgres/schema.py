"""The tables in PostgreSQL, made by numbered files of SQL: each is run once, by one process at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from bridge.core.errors import SettingsError
from bridge.storage.postgres import tickets
from bridge.storage.schema import JOBS

OLDEST_VERSION = 130_000  # the oldest PostgreSQL that works, by PostgreSQL's numbers of its versions
SCHEMA_LOCK = 7_342_030_901  # the lock of processes that prepare the tables; an arbitrary number
# The jobs table with the columns of claims: holder, end of the lease, and the number of changes of the holder.
HELD_JOBS = JOBS.to_metadata(sa.MetaData())
for _name, _type in {"holder": sa.Text, "lease_until": sa.DateTime(timezone=True), "fence": sa.Integer}.items():
    HELD_JOBS.append_column(sa.Column(_name, _type))

MIGRATIONS_FOLDER = Path(__file__).with_name("migrations")


def migrations() -> Sequence[Path]:
    """The files in their order. A released file is never edited: a later one changes its tables."""
    return sorted(MIGRATIONS_FOLDER.glob("[0-9]*.sql"))


def prepare(connection: sa.Connection) -> None:
    """Bring the tables to this version. Raises SettingsError for tables of a later version."""
    server = int(connection.exec_driver_sql("SHOW server_version_num").scalar() or 0)
    if server < OLDEST_VERSION:
        raise SettingsError(
            f"The jobs database is PostgreSQL {server // 10_000}.",
            hint=f"{OLDEST_VERSION // 10_000} or newer is needed.",
        )
    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")  # the second process waits for the first
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({SCHEMA_LOCK})")
    tickets.make_table(connection, "bridge_schema", "version integer NOT NULL")
    version = connection.exec_driver_sql("SELECT coalesce(max(version), 0) FROM bridge_schema").scalar() or 0
    files = migrations()
    if version > len(files):
        raise SettingsError(
            "The jobs database was made by a later version of Pixart.", hint="Use that version, or another database."
        )
    for number, file in enumerate(files[version:], version + 1):
        for statement in statements(file.read_text(encoding="utf-8")):
            connection.exec_driver_sql(statement)
        connection.execute(sa.text("INSERT INTO bridge_schema VALUES (:number)"), {"number": number})
    tickets.prepare(connection)


def statements(text: str) -> list[str]:
    """The statements of a file, in which a semicolon at the end of a line ends a statement."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return [part.strip() for part in lines.split(";\n") if part.strip(" \n;")]
