"""Requests counted in a table that all bridges share, by the database's clock."""

from __future__ import annotations

import time

import sqlalchemy as sa

from bridge.storage.transactions import Transactions

SWEEP_SECONDS = 60.0  # between two removals of expired counts by a bridge

# `before` is the count of the window before this one, times the share of that window within the last `expiry` seconds:
# https://blog.cloudflare.com/counting-things-a-lot-of-different-things/#sliding-windows-to-the-rescue
_WINDOW = """
WITH clock AS (SELECT extract(epoch FROM clock_timestamp())::double precision / :expiry AS at),
seen AS (
    SELECT floor(at)::bigint AS period, at - floor(at) AS gone, coalesce(earlier.count, 0) AS earlier
    FROM clock LEFT JOIN bridge_rates earlier ON earlier.name = :name AND earlier.period = floor(at)::bigint - 1)
"""
_COUNT = sa.text(f"""
{_WINDOW}
INSERT INTO bridge_rates AS now (name, period, count, most, until)
SELECT :name, period, :amount, :limit - floor(earlier * (1 - gone))::integer,
    clock_timestamp() + make_interval(secs => 2 * :expiry)
FROM seen WHERE floor(earlier * (1 - gone)) + :amount <= :limit
ON CONFLICT (name, period) DO UPDATE SET count = now.count + :amount, most = excluded.most
WHERE now.count + :amount <= excluded.most
""")
_RECENT = sa.text(f"""
{_WINDOW}
SELECT earlier, (1 - gone) * :expiry, coalesce(now.count, 0), (2 - gone) * :expiry
FROM seen LEFT JOIN bridge_rates now ON now.name = :name AND now.period = seen.period
""")
_TURN = sa.text("""
INSERT INTO bridge_rates AS now (name, period, count, most, until)
VALUES (:name, 0, 0, 0, clock_timestamp() + make_interval(secs => :pace))
ON CONFLICT (name, period) DO UPDATE
SET until = greatest(now.until, clock_timestamp()) + make_interval(secs => :pace)
WHERE now.until <= clock_timestamp() + make_interval(secs => :longest)
RETURNING extract(epoch FROM until - clock_timestamp())::double precision - :pace
""")
_OVER = sa.text("DELETE FROM bridge_rates WHERE until < clock_timestamp()")


class SharedRates:
    """Implements `Rates`. Its commits don't wait for the disk."""

    def __init__(self, database: Transactions) -> None:
        self._database = database
        self._swept = time.monotonic()

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """See `Rates`."""
        values = {"name": key, "limit": limit, "expiry": expiry, "amount": amount}
        due = time.monotonic() - self._swept > SWEEP_SECONDS
        if due:
            self._swept = time.monotonic()

        def count(connection: sa.Connection) -> bool:
            if due:
                connection.execute(_OVER)
            return connection.execute(_COUNT, values).rowcount == 1

        return await self._database.write(count, durable=False)

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """See `Rates`."""
        values = {"name": key, "expiry": expiry}
        row = await self._database.read(lambda connection: connection.execute(_RECENT, values).one())
        return row[0], row[1], row[2], row[3]

    async def turn(self, key: str, pace: float, longest: float) -> float | None:
        """See `Rates`."""
        values = {"name": f"turn {key}", "pace": pace, "longest": longest}
        seconds = await self._database.write(lambda connection: connection.scalar(_TURN, values), durable=False)
        return None if seconds is None else max(0.0, seconds)
