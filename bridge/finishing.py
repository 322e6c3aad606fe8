"""Work that is finished once it was begun, whoever stops waiting for it. For what talks to the database.

A query that is cancelled closes its connection, and SQLAlchemy 2.1 with aiosqlite 0.22 waits for ever for that close
when it is cancelled again, as an ending server does: the process would never end.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

Kind = TypeVar("Kind", bound=type)


def finishing(kind: Kind) -> Kind:
    """For a class with a set `begun`: its public coroutines run in tasks of their own, kept there until they end."""
    for name, method in list(vars(kind).items()):
        if inspect.iscoroutinefunction(method) and not name.startswith("_") and name != "close":
            setattr(kind, name, _finished(method))
    return kind


def _finished(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(method)
    async def finish(self: Any, *arguments: Any, **named: Any) -> Any:
        task = asyncio.ensure_future(method(self, *arguments, **named))
        self.begun.add(task)
        task.add_done_callback(self.begun.discard)
        return await asyncio.shield(task)

    return finish
