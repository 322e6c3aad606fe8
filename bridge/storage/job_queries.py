"""What is read of the jobs table alike in every database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from bridge.core.job import LABEL_END, OPEN_STATES, JobState
from bridge.storage.queue_order import Waiting, in_order
from bridge.storage.record import Record, record_of
from bridge.storage.schema import JOBS, OWNER_TURNS
from bridge.storage.transactions import Transactions

IS_OPEN = JOBS.c.state.in_([state.value for state in OPEN_STATES])
IS_WAITING = JOBS.c.state == JobState.QUEUED.value


class JobQueries:
    """See `JobStore`, whose part this is."""

    _tables: Transactions

    async def newest(self, label: str, owner: str = "") -> Record | None:
        """See `JobStore.newest`."""
        later = JOBS.c.id.between(f"{label}{LABEL_END}", f"{label}{LABEL_END}~")
        query = sa.select(JOBS).where(sa.or_(JOBS.c.id == label, later)).order_by(JOBS.c.number.desc()).limit(1)
        records = await self._select(query.where(JOBS.c.owner == owner) if owner else query)
        return records[0] if records else None

    async def list(
        self, *, dialect: str | None = None, states: Collection[JobState] = (), limit: int = 100, owner: str = ""
    ) -> list[Record]:
        """See `JobStore.list`."""
        query = sa.select(JOBS).order_by(JOBS.c.number.desc()).limit(limit)
        if dialect is not None:
            query = query.where(JOBS.c.dialect == dialect)
        if owner:
            query = query.where(JOBS.c.owner == owner)
        if states:
            query = query.where(JOBS.c.state.in_([state.value for state in states]))
        return await self._select(query)

    async def counts(self, dialect: str | None = None, owner: str = "") -> dict[JobState, int]:
        """See `JobStore.counts`."""
        query = sa.select(JOBS.c.state, sa.func.count()).group_by(JOBS.c.state)
        if dialect is not None:
            query = query.where(JOBS.c.dialect == dialect)
        if owner:
            query = query.where(JOBS.c.owner == owner)
        rows = await self._tables.read(lambda connection: connection.execute(query).all())
        result = {JobState(state): count for state, count in rows}
        return {state: result.get(state, 0) for state in JobState}

    async def oldest(self) -> float | None:
        """See `JobStore.oldest`."""
        query = sa.select(sa.func.min(JOBS.c.created_at)).where(IS_WAITING)
        return await self._tables.read(lambda connection: connection.scalar(query))

    async def waiting(self, dialect: str, owner: str = "", chosen_ids: Sequence[str] = ()) -> list[str]:
        """Ids of the jobs that wait, the next to run first; see `places`."""
        return list(await self.places(dialect, owner, chosen_ids))

    async def places(self, dialect: str, owner: str = "", chosen_ids: Sequence[str] = ()) -> dict[str, int]:
        """See `JobStore.places`."""
        query = sa.select(JOBS.c.id, JOBS.c.owner, JOBS.c.priority, JOBS.c.number, JOBS.c.dialect).where(IS_WAITING)
        rows, owner_turns = await self._tables.read(
            lambda connection: (connection.execute(query).all(), connection.execute(sa.select(OWNER_TURNS)).all())
        )
        turns = {row.owner: row.turn for row in owner_turns}
        own_ids = {row.id for row in rows if row.dialect == dialect and owner in ("", row.owner)}
        ordered = in_order([Waiting(*row[:4]) for row in rows], turns, chosen_ids)
        return {job.id: place for place, job in enumerate(ordered, 1) if job.id in own_ids}

    async def ended(self, prompt_ids: Collection[str]) -> list[str]:
        """See `JobStore.ended`."""
        query = sa.select(JOBS.c.prompt_id).where(JOBS.c.prompt_id.in_(prompt_ids), sa.not_(IS_OPEN))
        rows = await self._tables.read(lambda connection: connection.execute(query).all())
        return [row.prompt_id for row in rows]

    async def average_seconds(self, dialect: str) -> float | None:
        """See `JobStore.average_seconds`."""
        query = sa.select(sa.func.avg(JOBS.c.finished_at - JOBS.c.started_at))
        query = query.where(JOBS.c.dialect == dialect, JOBS.c.state == JobState.COMPLETED.value)
        return await self._tables.read(lambda connection: connection.scalar(query))

    async def _select(self, query: sa.Select[Any]) -> list[Record]:
        rows = await self._tables.read(lambda connection: connection.execute(query).mappings().all())
        return [record_of(dict(row)) for row in rows]
