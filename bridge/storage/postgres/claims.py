"""Who draws which job: taken by one statement, held for some seconds that are renewed, told apart by a number.

A process that ends, or is cut off, loses its jobs when their time is over. If it was only slow, what it writes later is
refused, since the job's `fence` has another number by then.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bridge.core.job import JobState
from bridge.storage.peers import LEASE_SECONDS, Lease
from bridge.storage.postgres.schema import HELD_JOBS
from bridge.storage.record import Record, record_of
from bridge.storage.schema import JOBS

LINE = 734_203  # the lock on the line: while it is held, nobody else chooses

_UNTIL = f"clock_timestamp() + make_interval(secs => {LEASE_SECONDS})"
_COLUMNS = ", ".join(f'j."{column.name}"' for column in JOBS.columns)

# Two statements, since one sees the table as it was when it began, which is before it has waited for the lock. Of a
# job whose process is no more, the turn was taken already.
_DOOR = sa.text(f"SELECT pg_advisory_xact_lock({LINE})")
_TAKE = sa.text(f"""
WITH lost AS (
    SELECT id FROM bridge_jobs
    WHERE state = 'running' AND coalesce(lease_until < clock_timestamp(), true) AND id <> ALL(:besides)
    ORDER BY lease_until, number LIMIT 1 FOR UPDATE SKIP LOCKED),
line AS (
    SELECT j.id FROM bridge_jobs j LEFT JOIN bridge_turns t ON t.owner = j.owner
    WHERE j.state = 'queued' AND j.id <> ALL(:besides) AND NOT EXISTS (SELECT FROM lost)
    ORDER BY j.priority DESC, coalesce(t.turn, 0), j.number LIMIT 1 FOR UPDATE OF j SKIP LOCKED)
UPDATE bridge_jobs j
SET state = 'running', holder = :holder, lease_until = {_UNTIL}, fence = fence + 1, skip_part = NULL
WHERE id IN (SELECT id FROM lost UNION ALL SELECT id FROM line)
RETURNING j.fence, EXISTS (SELECT FROM lost) AS resumed, {_COLUMNS}
""").columns(fence=sa.Integer, resumed=sa.Boolean, **{column.name: column.type for column in JOBS.columns})
_TURN = sa.text("SELECT turn FROM bridge_turns WHERE owner = :owner")
_TAKE_TURN = sa.text("""
INSERT INTO bridge_turns (owner, turn) VALUES (:owner, nextval('bridge_turn'))
ON CONFLICT (owner) DO UPDATE SET turn = excluded.turn
RETURNING turn
""")
_GIVE_BACK_TURN = sa.text("UPDATE bridge_turns SET turn = :before WHERE owner = :owner AND turn = :taken")
_LEAVE = sa.text("""
UPDATE bridge_jobs SET state = 'queued', holder = NULL, lease_until = NULL
WHERE id = :id AND holder = :holder AND fence = :fence AND state = 'running'
""")
_RENEW = sa.text(f"""
UPDATE bridge_jobs SET lease_until = {_UNTIL}
WHERE holder = :holder AND state = 'running' AND id = ANY(:ids)
RETURNING id, fence, cancel_requested, skip_part
""")
_LET_GO = sa.text("""
UPDATE bridge_jobs SET lease_until = clock_timestamp() - interval '1 second'
WHERE holder = :holder AND state = 'running' AND id <> ALL(:ids) AND lease_until > clock_timestamp()
""")


@dataclass(frozen=True)
class Claim:
    """A job that this process draws: its `fence`, and the owner's turn before this one and as it is now."""

    owner: str
    fence: int
    before: int = 0
    taken: int | None = None


class Claims:
    """The jobs that one process holds, under the name of its `holder`."""

    def __init__(self, holder: str) -> None:
        self.holder = holder
        self._held: dict[str, Claim] = {}

    def take(self, connection: sa.Connection, besides: Collection[str]) -> tuple[Record, Claim] | None:
        """The job that is next, which is this process's once that is committed and it was told to `hold` it."""
        connection.execute(_DOOR)
        row = connection.execute(_TAKE, {"besides": list(besides), "holder": self.holder}).mappings().first()
        if row is None:
            return None
        columns = dict(row)
        fence, resumed, owner = columns.pop("fence"), columns.pop("resumed"), columns["owner"]
        if resumed:
            claim = Claim(owner, fence)
        else:
            before = connection.scalar(_TURN, {"owner": owner}) or 0
            claim = Claim(owner, fence, before, connection.scalar(_TAKE_TURN, {"owner": owner}))
        return record_of(columns), claim

    @property
    def ids(self) -> list[str]:
        """The jobs that it holds, as far as it knows."""
        return list(self._held)

    def hold(self, id: str, claim: Claim) -> None:
        """Somebody here draws the job."""
        self._held[id] = claim

    def drop(self, id: str) -> None:
        """Nobody here draws it any more."""
        self._held.pop(id, None)

    def leave(self, connection: sa.Connection, id: str) -> bool:
        """Let a job wait again, as if it had not been taken; whether it was this process's still."""
        claim = self._held.get(id)
        if claim is None:
            return False
        left = connection.execute(_LEAVE, {"id": id, "holder": self.holder, "fence": claim.fence}).rowcount == 1
        if left and claim.taken is not None:
            turn = {"owner": claim.owner, "before": claim.before, "taken": claim.taken}
            connection.execute(_GIVE_BACK_TURN, turn)
        return left

    def renew(self, connection: sa.Connection) -> Lease:
        """See `Peers.renew`. What this process has taken without hearing of it is let go."""
        held = dict(self._held)
        connection.execute(_LET_GO, {"holder": self.holder, "ids": list(held)})
        rows = connection.execute(_RENEW, {"holder": self.holder, "ids": list(held)}).all()
        kept = {row.id: row for row in rows if held[row.id].fence == row.fence}
        return Lease(
            lost=frozenset(held.keys() - kept.keys()),
            cancelled=frozenset(row.id for row in kept.values() if row.cancel_requested),
            skipped={row.id: row.skip_part for row in kept.values() if row.skip_part is not None},
        )

    def still(self, id: str) -> list[sa.ColumnElement[bool]]:
        """What the row of a job must be for this process to go on with it."""
        claim = self._held.get(id)
        fence = -1 if claim is None else claim.fence
        return [HELD_JOBS.c.holder == self.holder, HELD_JOBS.c.fence == fence]


def released(state: JobState) -> dict[str, Any]:
    """What else a row gets with this state: nobody holds a job that doesn't run."""
    return {} if state is JobState.RUNNING else {"holder": None, "lease_until": None}
