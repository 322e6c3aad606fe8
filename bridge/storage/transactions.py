"""What queries need of a database: work on a connection, awaited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

T = TypeVar("T")
Work = Callable[[sa.Connection], T]


def given(name: str) -> sa.ColumnElement[Any]:
    """A value that is given when the statement runs, for statements that are put together once."""
    return sa.literal_column(f":{name}")


class Transactions(Protocol):
    """A database. What was begun is done, whoever stops waiting for it. Both raise StorageError."""

    async def read(self, work: Work[T]) -> T:
        """What `work(connection)` returns; it has to fetch its rows."""
        ...

    async def write(self, work: Work[T], *, lasting: bool = True) -> T:
        """As `read`, in a transaction that is committed unless `work` raises.

        What need not be `lasting` outlives this process, but perhaps no power cut.
        """
        ...
