"""An examination of the database at a DATABASE_URL, which changes nothing there."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import sqlalchemy as sa

from bridge.storage.postgres.address import libpq, shown
from bridge.storage.postgres.roster import ROSTER_QUERY, reports_of
from bridge.storage.postgres.schema import OLDEST_VERSION, migrations
from bridge.storage.postgres.trouble import PRIMARY_HINT, at_start

NEWS_SECONDS = 10.0  # within which a notification arrives, however busy the machines are
TABLE_RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
OWN_ADDRESS = "Give PostgreSQL's own address, not a pooler's."
CLOCK_SECONDS = 5.0  # up to which a difference of clocks isn't reported

_SERVER = """
SELECT current_setting('server_version'), current_setting('server_version_num')::integer,
    to_regclass('bridge_schema') IS NOT NULL, to_regclass('bridge_workers') IS NOT NULL,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false), current_setting('transaction_read_only') = 'on',
    extract(epoch FROM clock_timestamp())::double precision,
    current_setting('max_connections')::integer, (SELECT count(*) FROM pg_stat_activity)
"""
_LACKS = f"""
SELECT DISTINCT wanted FROM pg_class, unnest(ARRAY{list(TABLE_RIGHTS)}) wanted
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
    AND (relname LIKE 'bridge%' OR relname LIKE 'procrastinate%') AND NOT has_table_privilege(oid, wanted)
"""


@dataclass(frozen=True)
class Examination:
    """The state of a database: `tables` is the number of its newest migration, 0 without tables, -1 if unreadable.

    `lacks` are rights that the user misses, `ahead` is this machine's clock minus the server's in seconds,
    `connections` are the number of open ones and the limit, `number` is PostgreSQL's number of its version.
    """

    where: str
    version: str
    milliseconds: float
    tables: int
    lacks: tuple[str, ...]
    news: bool
    ahead: float
    connections: tuple[int, int]
    workers: Sequence[Mapping[str, Any]]
    number: int
    read_only: bool

    @property
    def tables_sentence(self) -> str:
        """A sentence about the version of the tables."""
        newest = len(migrations())
        if not self.tables:
            return "It has no tables yet: the first bridge or worker makes them."
        if 0 < self.tables < newest:
            version = f"{self.tables} of {newest}"
            return f"Its tables are of an older version ({version}): the next start brings them up to date."
        return f"Its tables are of this version ({self.tables})." if self.tables == newest else "It has tables."

    @property
    def troubles(self) -> list[str]:
        """A sentence for each thing that keeps a bridge from starting, or from working rightly."""
        newest, result = len(migrations()), []
        if self.number < OLDEST_VERSION:
            result.append(f"It is PostgreSQL {self.version}; {OLDEST_VERSION // 10_000} or newer is needed.")
        if self.tables > newest:
            result.append("Its tables were made by a later version of Pixart: use that version, or another database.")
        if self.lacks:
            result.append(f"The user in DATABASE_URL lacks rights there ({', '.join(self.lacks)}): its owner has them.")
        if self.read_only:
            result.append(f"It can only be read, as a standby can. {PRIMARY_HINT}")
        if not self.news:
            result.append(f"No notifications arrive, as behind a pooler such as PgBouncer. {OWN_ADDRESS}")
        if self.connections[0] > 0.8 * self.connections[1]:
            in_use, limit = self.connections
            result.append(f"{in_use} of its {limit} connections are taken: set max_connections higher.")
        if sentence := clock_sentence(self.ahead):
            result.append(sentence)
        return result


def clock_sentence(ahead: float) -> str:
    """A sentence about a clock that is so many seconds ahead of the database's; empty for a small difference."""
    if abs(ahead) <= CLOCK_SECONDS:
        return ""
    word = "ahead of" if ahead > 0 else "behind"
    return f"This machine's clock is {abs(ahead):.0f} s {word} the database's: times that jobs show are off. Set it."


async def examined(url: sa.URL) -> Examination:
    """The examination of a database. Raises SettingsError for one that can't be reached."""
    try:
        return await _examined(url)
    except psycopg.Error as error:
        raise at_start(error, url) from error


async def _examined(url: sa.URL) -> Examination:
    async with await psycopg.AsyncConnection.connect(libpq(url), autocommit=True) as connection:
        began = time.perf_counter()
        row = await _row(connection, _SERVER)
        took, now = time.perf_counter() - began, time.time()
        version, number, tabled, has_workers, creates, read_only, clock, limit, in_use = row
        cursor = await connection.execute(_LACKS.encode())
        missing = [*([] if creates or tabled else ["CREATE"]), *(right for (right,) in await cursor.fetchall())]
        reads = tabled and "SELECT" not in missing
        tables = (
            (await _row(connection, "SELECT coalesce(max(version), 0) FROM bridge_schema"))[0] if reads else -tabled
        )
        cursor = await connection.execute(ROSTER_QUERY.encode()) if reads and has_workers else None
        workers = reports_of(await cursor.fetchall()) if cursor else []
        news = await heard(url, connection)
    return Examination(
        where=shown(url),
        version=version.split()[0],
        milliseconds=took * 1000,
        tables=tables,
        lacks=tuple(missing),
        news=news,
        ahead=now - took / 2 - clock,
        connections=(in_use, limit),
        workers=workers,
        number=number,
        read_only=read_only,
    )


async def heard(url: sa.URL, sender: psycopg.AsyncConnection) -> bool:
    """Whether one connection's notifications arrive at another; a pooler of transactions loses them."""
    channel = f"pixart_probe_{uuid.uuid4().hex}"
    async with await psycopg.AsyncConnection.connect(libpq(url), autocommit=True) as connection:
        await connection.execute(f"LISTEN {channel}".encode())
        await sender.execute(f"NOTIFY {channel}".encode())
        async for _ in connection.notifies(timeout=NEWS_SECONDS, stop_after=1):
            return True
    return False


async def _row(connection: psycopg.AsyncConnection, statement: str) -> Any:
    cursor = await connection.execute(statement.encode())
    return await cursor.fetchone()
