"""The outbox where several bridges deliver: a receiver is called by one of them at a time."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from bridge.storage.outbox import Fate, Letter, Outbox, letter
from bridge.storage.schema import OUTBOX
from bridge.storage.transactions import Transactions

CALL_SECONDS = 60  # longer than any call: the pause for a receiver after a bridge has ended during its call

_FIRST = sa.text("""
SELECT DISTINCT ON (host) host, due_at FROM bridge_outbox
WHERE state = 'waiting' AND due_at <= :now AND host <> ALL(:busy)
ORDER BY host, due_at, id
""")
_TAKE = sa.text(f"""
INSERT INTO bridge_duties AS d (name, holder, until)
VALUES ('call ' || :host, :holder, clock_timestamp() + interval '{CALL_SECONDS} seconds')
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE d.until < clock_timestamp() OR d.holder = :holder
""")
_OTHERS = sa.text("""
SELECT substr(name, 6) FROM bridge_duties
WHERE name LIKE 'call %' AND holder <> :holder AND until > clock_timestamp()
""")
_DROP = sa.text("DELETE FROM bridge_duties WHERE holder = :holder AND name = 'call ' || :host")
_LET_GO = sa.text("""
DELETE FROM bridge_duties WHERE holder = :holder
AND name = (SELECT 'call ' || host FROM bridge_outbox WHERE id = :id)
""")


class SharedOutbox(Outbox):
    """One process's view of the table of letters; `holder` is its name."""

    def __init__(self, database: Transactions, holder: str) -> None:
        super().__init__(database)
        self._holder = holder

    async def due(self, now: float, busy: Collection[str], limit: int) -> list[Letter]:
        """See `Outbox.due`; other bridges don't call these receivers until `settle`, or for a minute."""

        def due(connection: sa.Connection) -> list[Letter]:
            rows = connection.execute(_FIRST, {"now": now, "busy": list(busy)}).all()
            rows = sorted(rows, key=lambda row: (row.host != "", row.due_at))
            others = [row.host for row in rows if row.host][:limit]
            hosts = [row.host for row in rows if not row.host] + others
            letters = [
                self._take(connection, host, now) for host in sorted(hosts)
            ]  # in one order for all bridges, which avoids deadlocks
            return sorted(filter(None, letters), key=lambda each: (each.host != "", each.due_at))

        return await self._database.write(due)

    def _take(self, connection: sa.Connection, host: str, now: float) -> Letter | None:
        """The first letter for this receiver; None while another bridge calls the receiver."""
        if not connection.execute(_TAKE, {"host": host, "holder": self._holder}).rowcount:
            return None
        query = sa.select(OUTBOX).where(OUTBOX.c.state == Fate.WAITING.value, OUTBOX.c.host == host)
        query = query.where(OUTBOX.c.due_at <= now).order_by(OUTBOX.c.due_at, OUTBOX.c.id).limit(1)
        row = connection.execute(query).first()
        if row is None:  # another bridge has delivered it since
            connection.execute(_DROP, {"host": host, "holder": self._holder})
            return None
        return letter(row)

    async def next_due(self, busy: Collection[str]) -> float | None:
        """See `Outbox.next_due`; receivers that another bridge calls now are busy too."""
        mine = {"holder": self._holder}
        others = await self._database.read(lambda connection: list(connection.scalars(_OTHERS, mine)))
        return await super().next_due({*busy, *others})

    async def settle(self, id: str, fate: Fate, *, tries: int, due_at: float, said: str) -> None:
        """See `Outbox.settle`; others may call the receiver again."""
        await super().settle(id, fate, tries=tries, due_at=due_at, said=said)
        values = {"id": id, "holder": self._holder}
        await self._database.write(lambda connection: connection.execute(_LET_GO, values), durable=False)
