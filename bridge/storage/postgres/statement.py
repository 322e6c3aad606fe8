"""Statements of every job: SQLAlchemy puts each together once, and psycopg runs it, in a fifth of the time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.rows import dict_row
from sqlalchemy.dialects.postgresql.psycopg import dialect

Row = dict[str, Any]

_NAMED = dialect(paramstyle="named")


class Statement:
    """A statement whose values are parameters of each run: see `parameter`, or `:name` in a text."""

    def __init__(self, clause: sa.ClauseElement) -> None:
        if not isinstance(clause, sa.TextClause):
            clause = sa.text(str(clause.compile(dialect=_NAMED, compile_kwargs={"literal_binds": True})))
        self.text = str(clause.compile(dialect=dialect()))
        self._query = self.text.encode()

    async def row(self, connection: psycopg.AsyncConnection, values: Mapping[str, Any]) -> Row | None:
        """The first row of the statement, by the names of its columns. Raises psycopg.Error."""
        cursor = await self._sent(connection, values)
        return await cursor.fetchone()

    async def row_behind(
        self, first: Statement, connection: psycopg.AsyncConnection, values: Mapping[str, Any]
    ) -> Row | None:
        """The first row of the statement after another statement, such as a lock.

        Both are sent at once and are one transaction (PostgreSQL's manual, 54.2.4 Pipelining), so that the lock is
        released even where this process ends meanwhile."""
        async with connection.pipeline():
            await first._sent(connection, {})
            cursor = await self._sent(connection, values)
        return await cursor.fetchone()

    async def _sent(self, connection: psycopg.AsyncConnection, values: Mapping[str, Any]) -> Any:
        return await connection.cursor(row_factory=dict_row).execute(self._query, values)
