"""An INSERT that may say what happens on a conflict: SQL alike, but a class of its own for each database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def upsert(connection: sa.Connection, table: sa.Table) -> Any:
    """An INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`, for the database of this connection."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    return insert(table)
