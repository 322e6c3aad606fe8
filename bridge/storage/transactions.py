"""The port of a database for queries: functions of a connection, awaited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

T = TypeVar("T")
Work = Callable[[sa.Connection], T]


def parameter(name: str) -> sa.ColumnElement[Any]:
    """A parameter of this name, for a statement that is compiled once and run with other values each time."""
    return sa.literal_column(f":{name}")


class Transactions(Protocol):
    """A database. A call that was begun is finished even where its caller is cancelled. Both raise StorageError."""

    async def read(self, work: Work[T]) -> T:
        """The result of `work(connection)`, which has to fetch its rows itself."""
        ...

    async def write(self, work: Work[T], *, durable: bool = True) -> T:
        """As `read`, in a transaction that is committed unless `work` raises.

        A transaction that isn't `durable` outlives this process, but perhaps no power cut.
        """
        ...
