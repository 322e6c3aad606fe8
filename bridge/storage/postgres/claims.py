"""Claims of jobs: one statement takes a job for a process, for some seconds that the process renews.

A process that ends, or is cut off, loses its jobs after those seconds. If the process was only slow, its later writes
are refused, since the job's `fence`, a number, has changed by then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from bridge.core.job import JobState
from bridge.core.needs import Needs
from bridge.storage.fitness import Fitness
from bridge.storage.peers import LEASE_SECONDS, Lease
from bridge.storage.postgres.database import Database
from bridge.storage.postgres.schema import HELD_JOBS
from bridge.storage.postgres.statement import Row, Statement
from bridge.storage.record import Record, record_of
from bridge.storage.schema import JOBS
from bridge.storage.transactions import parameter

LINE_LOCK = 734_203  # the lock on the line: no other process chooses a job while it is held

NEAR_PLACES = 32  # an owner's next jobs, of which one may go first whose models are loaded
MOST_PASSED = 32  # times that an owner's first job lets others go first

_ABLE = "id <> ALL(:besides) AND needs <> ALL(:lacks)"
_UNTIL = f"clock_timestamp() + make_interval(secs => {LEASE_SECONDS})"
_COLUMNS = ", ".join(f'j."{column.name}"' for column in JOBS.columns)

# Two statements, since a statement sees the table as of its own beginning, which is before its wait for the lock.
_DOOR = Statement(sa.text(f"SELECT pg_advisory_xact_lock({LINE_LOCK})"))
# `lines` goes through the index from one owner to the next, `head` is the first job that can be drawn here, and `near`
# are its owner's next jobs, of which one may go first whose models are loaded; `line` takes the first of these that
# no other transaction changes. Jobs with needs that are yet to be judged aren't taken, but returned as `unknown`.
# A job that was taken before, by a process that has ended, has used its turn already.
_TAKE = Statement(
    sa.text(f"""
WITH RECURSIVE lost AS (
    SELECT id, needs FROM bridge_jobs
    WHERE state = 'running' AND coalesce(lease_until < clock_timestamp(), true) AND {_ABLE}
    ORDER BY lease_until, number LIMIT 1 FOR UPDATE SKIP LOCKED),
lines AS (
    (SELECT -priority AS place, owner FROM bridge_jobs WHERE state = 'queued' ORDER BY -priority, owner LIMIT 1)
    UNION ALL
    SELECT n.* FROM lines CROSS JOIN LATERAL (
        SELECT -priority AS place, owner FROM bridge_jobs
        WHERE state = 'queued' AND (-priority, owner) > (lines.place, lines.owner)
        ORDER BY -priority, owner LIMIT 1) n),
head AS (
    SELECT f.*, lines.* FROM lines LEFT JOIN bridge_turns t ON t.owner = lines.owner CROSS JOIN LATERAL (
        SELECT id, number, passed FROM bridge_jobs
        WHERE state = 'queued' AND -priority = lines.place AND owner = lines.owner AND {_ABLE}
        ORDER BY number LIMIT 1) f
    WHERE NOT EXISTS (SELECT FROM lost)
    ORDER BY lines.place, coalesce(t.turn, 0), f.number LIMIT 1),
near AS (
    SELECT e.id, e.number,
        :loaded <> '' AND head.passed < {MOST_PASSED} AND coalesce(n.models, '') NOT IN ('', :loaded) AS switches
    FROM head CROSS JOIN LATERAL (
        SELECT id, number, needs FROM bridge_jobs
        WHERE state = 'queued' AND -priority = head.place AND owner = head.owner AND number >= head.number AND {_ABLE}
        ORDER BY number LIMIT {NEAR_PLACES}) e
    LEFT JOIN bridge_needs n ON n.digest = e.needs),
line AS (
    SELECT l.* FROM (SELECT id FROM near ORDER BY switches, number) n CROSS JOIN LATERAL (
        SELECT id, needs FROM bridge_jobs WHERE id = n.id AND state = 'queued' LIMIT 1 FOR UPDATE SKIP LOCKED) l
    LIMIT 1),
chosen AS (SELECT * FROM lost UNION ALL SELECT * FROM line),
unknown AS (
    SELECT n.digest, n.content FROM chosen JOIN bridge_needs n ON n.digest = chosen.needs
    WHERE n.digest <> ALL(:judged)),
passing AS (
    SELECT j.id FROM bridge_jobs j JOIN head USING (id)
    WHERE EXISTS (SELECT FROM line) AND j.id NOT IN (SELECT id FROM line) AND NOT EXISTS (SELECT FROM unknown)
    FOR UPDATE OF j SKIP LOCKED),
passed AS (UPDATE bridge_jobs SET passed = passed + 1 WHERE id IN (SELECT id FROM passing)),
taken AS (
    UPDATE bridge_jobs j
    SET state = 'running', holder = :holder, lease_until = {_UNTIL}, fence = fence + 1, skip_part = NULL
    WHERE id = (SELECT id FROM chosen) AND NOT EXISTS (SELECT FROM unknown)
    RETURNING j.fence, coalesce((SELECT models FROM bridge_needs n WHERE n.digest = j.needs), '') AS models,
        coalesce((SELECT turn FROM bridge_turns t WHERE t.owner = j.owner), 0) AS before, {_COLUMNS}),
turned AS (
    INSERT INTO bridge_turns AS t (owner, turn)
    SELECT owner, nextval('bridge_turn') FROM taken WHERE NOT EXISTS (SELECT FROM lost)
    ON CONFLICT (owner) DO UPDATE SET turn = excluded.turn RETURNING t.turn)
SELECT unknown.digest AS unknown, unknown.content, turned.turn, taken.*
FROM (SELECT) one LEFT JOIN unknown ON true LEFT JOIN taken ON true LEFT JOIN turned ON true
""")
)
# The condition on the row of a job under which a process may go on with the job.
STILL_HELD = (HELD_JOBS.c.holder == parameter("own_holder"), HELD_JOBS.c.fence == parameter("own_fence"))
_OPEN_NEEDS = sa.text("""
SELECT digest, content FROM bridge_needs n WHERE digest <> ALL(:judged)
AND EXISTS (SELECT FROM bridge_jobs j WHERE j.needs = n.digest AND j.state IN ('queued', 'running'))
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
    own_turn: int | None = None


class Claims:
    """The jobs that one process holds; `holder` is the name of the process."""

    def __init__(self, holder: str) -> None:
        self.holder = holder
        self._held: dict[str, Claim] = {}
        self._ending: set[str] = set()

    async def take(
        self, database: Database, chosen_ids: Collection[str], fitness: Fitness
    ) -> tuple[Record, Claim] | None:
        """Take the next job for this process, which must `hold` the job afterwards; None without one."""
        while (row := await self._take_row(database, chosen_ids, fitness))["unknown"] is not None:
            if not fitness.judge(row["unknown"], Needs.parsed(row["content"])):
                await database.read(partial(learn, fitness=fitness))
        if row["id"] is None:
            return None
        fitness.loaded_models = row["models"] or fitness.loaded_models
        return record_of(row), Claim(row["owner"], row["fence"], row["before"], row["turn"])

    async def _take_row(self, database: Database, chosen_ids: Collection[str], fitness: Fitness) -> Row:
        verdicts = {
            "lacks": list(fitness.unmet_digests),
            "judged": list(fitness.judged_digests),
            "loaded": fitness.loaded_models,
        }
        values = {"besides": list(chosen_ids), "holder": self.holder, **verdicts}
        row = await database.row(_TAKE, values, durable=False, behind=_DOOR)
        assert row is not None
        return row

    @property
    def ids(self) -> list[str]:
        """The ids of the jobs that this process believes to hold."""
        return list(self._held)

    def hold(self, id: str, claim: Claim) -> None:
        """Note that this process draws the job."""
        self._held[id] = claim

    def drop(self, id: str) -> None:
        """Note that this process draws the job no more."""
        self._held.pop(id, None)

    @contextmanager
    def ending(self, id: str) -> Iterator[None]:
        """A context in which this process writes the job's end, so that the end of its lease is no loss of the job."""
        self._ending.add(id)
        try:
            yield
            self.drop(id)
        finally:
            self._ending.discard(id)

    def leave(self, connection: sa.Connection, id: str) -> bool:
        """Let a job wait again, as if it had not been taken; returns whether this process still held it."""
        claim = self._held.get(id)
        if claim is None:
            return False
        has_left = connection.execute(_LEAVE, {"id": id, "holder": self.holder, "fence": claim.fence}).rowcount == 1
        if has_left and claim.own_turn is not None:
            turn = {"owner": claim.owner, "before": claim.before, "taken": claim.own_turn}
            connection.execute(_GIVE_BACK_TURN, turn)
        return has_left

    def renew(self, connection: sa.Connection) -> Lease:
        """See `Peers.renew`. Jobs that were taken for this process without its knowledge are released."""
        held, ending = dict(self._held), set(self._ending)
        connection.execute(_LET_GO, {"holder": self.holder, "ids": list(held)})
        rows = connection.execute(_RENEW, {"holder": self.holder, "ids": list(held)}).all()
        held_rows = {row.id: row for row in rows if held[row.id].fence == row.fence}
        return Lease(
            lost_ids=frozenset((held.keys() & self._held.keys()) - held_rows.keys() - ending - self._ending),
            cancelled_ids=frozenset(row.id for row in held_rows.values() if row.cancel_requested),
            skipped_parts={row.id: row.skip_part for row in held_rows.values() if row.skip_part is not None},
        )

    def still(self, id: str) -> Mapping[str, Any]:
        """The values of `STILL_HELD`."""
        claim = self._held.get(id)
        return {"own_holder": self.holder, "own_fence": -1 if claim is None else claim.fence}


def learn(connection: sa.Connection, fitness: Fitness) -> None:
    """Have the needs of all open jobs judged."""
    for digest, content in connection.execute(_OPEN_NEEDS, {"judged": list(fitness.judged_digests)}):
        fitness.judge(digest, Needs.parsed(content))


def released(state: JobState) -> dict[str, Any]:
    """Further columns that change with this state: no process holds a job that doesn't run."""
    return {} if state is JobState.RUNNING else {"holder": None, "lease_until": None}
