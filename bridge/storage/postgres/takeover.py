"""A copy of SQLite's file in an empty PostgreSQL, made in one transaction, so wholly or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bridge.core.errors import SettingsError
from bridge.storage.database import engine
from bridge.storage.postgres import tickets
from bridge.storage.postgres.text import stored
from bridge.storage.schema import DOOMED_FILES, JOBS, MEMORY, OUTBOX, OWNER_TURNS, RETENTION_MARKS

ROWS_AT_A_TIME = 500  # rows at a time

# Statements that set the sequences, so that no copied number is used again.
_NUMBERS = """
SELECT setval(pg_get_serial_sequence('bridge_jobs', 'number'), greatest(
    (SELECT coalesce(max(number), 0) FROM bridge_jobs), (SELECT coalesce(max(number), 0) FROM bridge_marks), 1))
"""
_TURNS = "SELECT setval('bridge_turn', greatest((SELECT coalesce(max(turn), 0) FROM bridge_turns), 1))"


def take_over(connection: sa.Connection, file: Path) -> Mapping[str, int]:
    """Copy the rows of this file; returns their number by table. Raises SettingsError where jobs exist already."""
    if connection.scalar(sa.select(sa.func.count()).select_from(JOBS)):
        raise SettingsError(
            "The database of DATABASE_URL has jobs already.", hint="Take them over into an empty database."
        )
    counts: dict[str, int] = {}
    source = engine(file)
    try:
        with source.connect() as old:
            for table in (JOBS, OWNER_TURNS, MEMORY, RETENTION_MARKS, DOOMED_FILES, OUTBOX):
                connection.execute(sa.delete(table))
                counts[table.name] = sum(_copied(connection, rows, table) for rows in _pages(old, table))
    finally:
        source.dispose()
    connection.exec_driver_sql(_NUMBERS)
    connection.exec_driver_sql(_TURNS)
    tickets.complete(connection)
    return counts


def _pages(old: sa.Connection, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    with old.execute(sa.select(table)) as rows:
        for page in rows.mappings().partitions(ROWS_AT_A_TIME):
            yield [stored({str(name): value for name, value in row.items()}) for row in page]


def _copied(connection: sa.Connection, rows: list[dict[str, Any]], table: sa.Table) -> int:
    connection.execute(sa.insert(table), rows)
    return len(rows)
