"""The outbox: webhook events of ended jobs, in the jobs' own database until their receivers have them."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bridge.core.errors import NotFound, SettingsError
from bridge.storage.database import engine
from bridge.storage.schema import OUTBOX
from bridge.storage.transactions import Transactions

# Delivered letters are kept to be looked up, dead ones for `webhooks retry`.
KEPT_SECONDS = {"delivered": 3 * 86400.0, "dead": 30 * 86400.0}
MOST_KEPT = {"delivered": 1000, "dead": 10_000}  # some 1 KB each
MOST_WAITING = 10_000  # letters of the operator's receiver, and as many of all clients' together
TOO_MANY = "given up unsent: too many wait"


class Fate(str, Enum):
    """A letter's state."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True)
class Letter:
    """One event for one receiver. `url` is empty for the operator's receiver, whose URL is a setting.

    `host` (with its port) gets one delivery at a time. `tries` counts failed deliveries; times are Unix seconds.
    `said` is why the last delivery failed.
    """

    id: str
    job: str
    url: str
    host: str
    body: str
    created_at: float
    state: Fate = Fate.WAITING
    tries: int = 0
    due_at: float = 0.0
    ended_at: float | None = None
    said: str = ""

    @property
    def receiver(self) -> str:
        """The receiver's name for logs: without the URL's path, which can hold a secret."""
        return self.host or "WEBHOOK_URL"


class Outbox:
    """The table of letters. `wake` is set when a letter may be due."""

    def __init__(self, database: Transactions) -> None:
        self._database = database
        self.wake = asyncio.Event()

    def rouse(self) -> None:
        """Wake the delivery: a letter may be due."""
        self.wake.set()

    async def due(self, now: float, busy: Collection[str], limit: int) -> list[Letter]:
        """The longest due letter of each receiver that isn't busy: the operator's, then at most `limit` of clients'."""
        waits = (OUTBOX.c.state == Fate.WAITING.value, OUTBOX.c.due_at <= now, OUTBOX.c.host.not_in(busy))
        # SQLite takes the other columns from the row that has the least due_at.
        query = sa.select(OUTBOX, sa.func.min(OUTBOX.c.due_at).label("first")).where(*waits).group_by(OUTBOX.c.host)
        query = query.order_by(OUTBOX.c.host != "", sa.text("first")).limit(limit + 1)
        result = [letter(row) for row in await self._database.read(lambda connection: connection.execute(query).all())]
        others = [each for each in result if each.host]
        return [each for each in result if not each.host] + others[:limit]

    async def next_due(self, busy: Collection[str]) -> float | None:
        """When the next letter to a receiver that isn't busy is due, in Unix seconds; None without one."""
        query = sa.select(sa.func.min(OUTBOX.c.due_at))
        query = query.where(OUTBOX.c.state == Fate.WAITING.value, OUTBOX.c.host.not_in(busy))
        return await self._database.read(lambda connection: connection.scalar(query))

    async def bound(self, latest: Sequence[float], limit: float, by: Collection[str]) -> None:
        """Bring forward letters that are due too late, as a wrong clock may have set them.

        `latest` are the latest times in Unix seconds by the number of failed tries. Letters whose `said` is in `by`,
        since their receivers asked for a pause, may be due until `limit`.
        """

        def bound(connection: sa.Connection) -> None:
            for tries, due in enumerate(latest):
                latest_due = sa.case((OUTBOX.c.said.in_(by), max(due, limit)), else_=due)
                too_late = (OUTBOX.c.state == Fate.WAITING.value, OUTBOX.c.tries == tries, OUTBOX.c.due_at > latest_due)
                connection.execute(sa.update(OUTBOX).where(*too_late).values(due_at=latest_due))

        await self._database.write(bound)

    async def settle(self, id: str, fate: Fate, *, tries: int, due_at: float, said: str) -> None:
        """Write the result of a delivery."""
        ended = None if fate is Fate.WAITING else time.time()
        values = {"state": fate.value, "tries": tries, "due_at": due_at, "ended_at": ended, "said": said}
        update = sa.update(OUTBOX).where(OUTBOX.c.id == id).values(**values)
        if fate is Fate.WAITING:  # unless the letter was given up during the delivery
            update = update.where(OUTBOX.c.state == fate.value)
        await self._database.write(lambda connection: connection.execute(update))

    async def crop(self) -> dict[str, int]:
        """Give up the oldest letters beyond MOST_WAITING, of clients' receivers those with the longest lists first.

        Returns the numbers of letters given up, by receiver.
        """
        theirs = OUTBOX.c.host != ""
        query = sa.select(theirs, sa.func.count()).where(OUTBOX.c.state == Fate.WAITING.value).group_by(theirs)
        counts = await self._database.read(lambda connection: connection.execute(query).all())
        counts_by_host: dict[str, int] = {}
        for whose, count in counts:
            if count > MOST_WAITING:
                counts_by_host |= await self._database.write(functools.partial(_crop, list_of=theirs == whose))
        return counts_by_host

    async def counts(self) -> dict[str, int]:
        """The number of letters of each fate."""
        query = sa.select(OUTBOX.c.state, sa.func.count()).group_by(OUTBOX.c.state)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        result = {Fate(state): count for state, count in rows}
        return {fate.value: result.get(fate, 0) for fate in Fate}

    async def tidy(self, now: float) -> None:
        """Remove letters that ended KEPT_SECONDS ago, and the oldest beyond MOST_KEPT."""

        def tidy(connection: sa.Connection) -> None:
            for state, seconds in KEPT_SECONDS.items():
                ended = sa.delete(OUTBOX).where(OUTBOX.c.state == state)
                connection.execute(ended.where(OUTBOX.c.ended_at < now - seconds))
                newest = sa.select(OUTBOX.c.id).where(OUTBOX.c.state == state)
                newest = newest.order_by(OUTBOX.c.ended_at.desc(), OUTBOX.c.id).limit(MOST_KEPT[state])
                connection.execute(ended.where(OUTBOX.c.id.not_in(newest)))

        await self._database.write(tidy)


def _crop(connection: sa.Connection, list_of: sa.ColumnElement[bool]) -> dict[str, int]:
    waits = sa.and_(OUTBOX.c.state == Fate.WAITING.value, list_of)
    newest = (OUTBOX.c.created_at.desc(), OUTBOX.c.id)
    place = sa.func.row_number().over(partition_by=OUTBOX.c.host, order_by=newest)  # in its receiver's own list
    newest_ids = sa.select(OUTBOX.c.id).where(waits).order_by(place, *newest).limit(MOST_WAITING)
    too_many = (waits, OUTBOX.c.id.not_in(newest_ids))
    result = connection.execute(
        sa.select(OUTBOX.c.host, sa.func.count()).where(*too_many).group_by(OUTBOX.c.host)
    ).all()
    values = {"state": Fate.DEAD.value, "ended_at": time.time(), "said": TOO_MANY}
    connection.execute(sa.update(OUTBOX).where(*too_many).values(**values))
    return dict(result)


def add_letters(connection: sa.Connection, letters: Sequence[Letter]) -> None:
    """Add letters in the caller's transaction; the caller calls `Outbox.rouse` after the commit."""
    if letters:
        rows = [{**asdict(each), "state": each.state.value} for each in letters]
        connection.execute(sa.insert(OUTBOX), rows)


def open_letters(where: Path | str) -> list[Letter]:
    """Waiting and dead letters, oldest first, also while a bridge runs.

    `where` is the folder of the jobs database, or its DATABASE_URL. Raises SettingsError without a database.
    """
    query = sa.select(OUTBOX).where(OUTBOX.c.state != Fate.DELIVERED.value).order_by(OUTBOX.c.created_at, OUTBOX.c.id)
    with _opened(where) as connection:
        return [letter(row) for row in connection.execute(query)]


def retry(where: Path | str, ids: Collection[str]) -> int:
    """Let the dead letters with these ids wait again as if new, or all dead letters; returns their number.

    A running bridge sees them within half a minute. Raises NotFound for an id of no dead letter.
    """
    dead = OUTBOX.c.state == Fate.DEAD.value
    with _opened(where) as connection:
        dead_ids = set(connection.scalars(sa.select(OUTBOX.c.id).where(dead)))
        missing = [id for id in ids if id not in dead_ids]
        if missing:
            raise NotFound(f"There is no dead event {missing[0]!r}.", hint="`webhooks list` shows which there are.")
        update = sa.update(OUTBOX).where(dead).values(state=Fate.WAITING.value, tries=0, due_at=time.time())
        return connection.execute(update.where(OUTBOX.c.id.in_(ids)) if ids else update).rowcount


@contextmanager
def _opened(where: Path | str) -> Iterator[sa.Connection]:
    database, name = (_server(where), "The jobs database") if isinstance(where, str) else _file(where)
    try:
        with database.begin() as connection:
            if not sa.inspect(connection).has_table(OUTBOX.name):
                raise SettingsError(f"{name} is older than webhooks.", hint="Start the bridge once.")
            yield connection
    except OperationalError as error:
        if isinstance(where, Path):
            raise
        raise SettingsError("The jobs database doesn't answer.", hint="DATABASE_URL says where it is.") from error
    finally:
        database.dispose()


def _file(folder: Path) -> tuple[sa.Engine, str]:
    file = folder / "bridge.db"
    if not file.is_file():
        raise SettingsError(f"There is no jobs database in {folder}.", hint="PIXART_DATA says where it is.")
    return engine(file), str(file)


def _server(url: str) -> sa.Engine:
    from bridge.storage.postgres.address import address

    return sa.create_engine(address(url), poolclass=sa.NullPool, hide_parameters=True)


def letter(row: sa.Row) -> Letter:
    """The row as a value."""
    columns = {name: row._mapping[name] for name in Letter.__dataclass_fields__}
    return Letter(**{**columns, "state": Fate(columns["state"])})
