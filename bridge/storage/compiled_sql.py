"""Statements of every job: SQLAlchemy puts each together once, sqlite3 runs it.

SQLAlchemy takes 60 to 100 µs to run what takes sqlite3 6 to 9, and a job needs a dozen of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from bridge.storage.disk import database_trouble

Row = dict[str, Any]


def given(name: str) -> sa.ColumnElement[Any]:
    """A value that is given when the statement runs."""
    return sa.literal_column(f":{name}")


class CompiledSql:
    """Rows are as they are stored: JSON is text, a truth value 0 or 1. All methods raise StorageError."""

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
