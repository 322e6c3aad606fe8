"""News among bridges and workers by LISTEN and NOTIFY, and a table of running jobs' progress."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa

from bridge.core.needs import Needs
from bridge.storage.fitness import MOST_VERDICTS, Fitness
from bridge.storage.peers import KNOWN_SECONDS, LEASE_SECONDS, Lease, News, PeerProgress, Topic
from bridge.storage.postgres.address import libpq
from bridge.storage.postgres.claims import Claims
from bridge.storage.postgres.database import Database
from bridge.storage.postgres.entry import enter, named
from bridge.storage.postgres.roster import roster
from bridge.storage.postgres.tickets import Tickets, put
from bridge.storage.postgres.trouble import at_start
from bridge.storage.transactions import parameter

NEWS_CHANNEL = "pixart"
AGAIN_SECONDS = 0.5  # between the loss of the listening connection and the next one
CLEAR_SECONDS = 3600.0  # between two removals of rows that no other row names
LOOK_SECONDS = 10.0  # of silence on a connection, after which it is tried

_NOTIFY = sa.text(f"SELECT pg_notify('{NEWS_CHANNEL}', :news)")
NEWS_NOTICE = sa.func.pg_notify(NEWS_CHANNEL, parameter("news"))  # a column that sends a notification for each row
_SHOW = sa.text("""
INSERT INTO bridge_live (id, part, done, step, steps, preview_type, preview)
SELECT :id, :part, :done, :step, :steps, :preview_type, cast(:preview AS bytea)
WHERE EXISTS (SELECT FROM bridge_jobs WHERE id = :id AND state = 'running' AND holder = :holder)
ON CONFLICT (id) DO UPDATE SET part = excluded.part, done = excluded.done, step = excluded.step,
    steps = excluded.steps, preview_type = excluded.preview_type, preview = excluded.preview
""")
_PROGRESS = sa.text("SELECT id, part, done, step, steps, preview_type, preview FROM bridge_live WHERE id = ANY(:ids)")
_PROGRESS_TABLE = sa.table("bridge_live", sa.column("id", sa.Text))
_SKIP = sa.text("UPDATE bridge_jobs SET skip_part = :part WHERE id = :id AND state = 'running'")
_REPORT = sa.text("""
INSERT INTO bridge_workers (name, holder, report, capabilities, seen_at)
VALUES (:name, :holder, cast(:report AS json), coalesce(:capabilities, ''), clock_timestamp())
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, report = excluded.report,
    capabilities = coalesce(:capabilities, bridge_workers.capabilities), seen_at = excluded.seen_at, ended = false
""")
_RETIRE = sa.text("UPDATE bridge_workers SET ended = true WHERE holder = :holder AND name <> ALL(:names) AND NOT ended")
# Rows that several others share, and that no row has named for a day.
_CLEAR = tuple(map(sa.text, (
    "DELETE FROM bridge_workers WHERE seen_at < clock_timestamp() - interval '1 day'",
    """DELETE FROM bridge_capabilities c WHERE seen_at < clock_timestamp() - interval '1 day'
    AND NOT EXISTS (SELECT FROM bridge_workers w WHERE w.capabilities = c.digest)""",
    """DELETE FROM bridge_needs n WHERE seen_at < clock_timestamp() - interval '1 day'
    AND NOT EXISTS (SELECT FROM bridge_jobs j WHERE j.needs = n.digest AND j.state IN ('queued', 'running'))""",
)))  # fmt: skip
_PUBLISH = sa.text("""
INSERT INTO bridge_capabilities (digest, content, seen_at) VALUES (:digest, :content, clock_timestamp())
ON CONFLICT (digest) DO UPDATE SET seen_at = excluded.seen_at
""")
_CAPABILITY_DIGESTS = sa.text(f"""
SELECT capabilities FROM bridge_workers
WHERE capabilities <> '' AND seen_at > clock_timestamp() - make_interval(secs => {KNOWN_SECONDS})
GROUP BY capabilities ORDER BY bool_or(
    NOT ended AND coalesce((report ->> 'up')::boolean, false)
    AND seen_at > clock_timestamp() - make_interval(secs => {LEASE_SECONDS})) DESC, capabilities
""")
_PUBLISHED = sa.text("SELECT content FROM bridge_capabilities WHERE digest = :digest")
_NEED = sa.text("""
INSERT INTO bridge_needs (digest, models, content, seen_at) VALUES (:digest, :models, :content, clock_timestamp())
ON CONFLICT (digest) DO UPDATE SET seen_at = excluded.seen_at
""")
_UNMET_JOBS = sa.text("SELECT EXISTS (SELECT FROM bridge_jobs WHERE state = 'queued' AND needs = ANY(:lacks))")
_ELECT = sa.text("""
INSERT INTO bridge_duties AS d (name, holder, until)
VALUES (:duty, :holder, clock_timestamp() + make_interval(secs => :seconds))
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE d.until < clock_timestamp() OR d.holder = :holder
""")
_NOW = sa.text("SELECT extract(epoch FROM clock_timestamp())::double precision")

log = logging.getLogger(__name__)


class PostgresPeers:
    """Implements `Peers`."""

    shared = True

    def __init__(self, database: Database, claims: Claims) -> None:
        self._database, self._claims = database, claims
        self.turn = (
            asyncio.Lock()
        )  # held from the taking of a job to its holding, so that the job isn't released between
        self._need_times: dict[str, float] = {}  # needs, by digest, and when they were last written
        self._cleared = time.monotonic()

    async def enter(self) -> None:
        """See `Peers.enter`."""
        try:
            await enter(self._database.url, self._claims.holder)
        except psycopg.Error as error:
            raise at_start(error, self._database.url) from error

    async def follow(self, hear: Callable[[News], None]) -> None:
        """See `Peers.follow`; each interruption is followed by Topic.ALL, since news may have been lost."""
        last = ""
        while True:
            try:
                await self._listen(hear)
            except (psycopg.Error, OSError) as error:
                if str(error) != last:
                    log.warning("The jobs database tells nothing for the moment: %s", error)
                last = str(error)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self, hear: Callable[[News], None]) -> None:
        address = libpq(self._database.url)
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await connection.execute(f"LISTEN {NEWS_CHANNEL}".encode())
            if not await named(connection, self._claims.holder):
                log.error("Another process has the name of this one: was its data folder copied?")
            hear(News(Topic.ALL))
            while True:
                async for note in connection.notifies(timeout=LOOK_SECONDS):
                    sender, topic, id, part = json.loads(note.payload)
                    if sender != self._claims.holder:
                        hear(News(Topic(topic), id, part))
                await connection.execute(b"SELECT 1")

    async def tell(self, news: News) -> None:
        """See `Peers.tell`."""

        def tell(connection: sa.Connection) -> None:
            if news.topic is Topic.SKIP:
                connection.execute(_SKIP, {"id": news.id, "part": news.part})
            self.notify(connection, news)

        await self._database.write(tell, durable=False)

    def notify(self, connection: sa.Connection, news: News) -> None:
        """Tell all others once the transaction is committed."""
        connection.execute(_NOTIFY, {"news": self.packed(news)})

    def packed(self, news: News) -> str:
        """The text of the news for other processes."""
        return json.dumps([self._claims.holder, news.topic.value, news.id, news.part])

    async def show(self, id: str, progress: PeerProgress) -> None:
        """See `Peers.show`."""
        kind, data = progress.preview or ("", None)
        row = {
            "id": id,
            "part": progress.part,
            "done": progress.done,
            "step": progress.step[0],
            "steps": progress.step[1],
        }
        row |= {"holder": self._claims.holder, "preview_type": kind, "preview": data}

        def show(connection: sa.Connection) -> None:
            if connection.execute(_SHOW, row).rowcount:
                self.notify(connection, News(Topic.STEP, id))

        await self._database.write(show, durable=False)

    async def progress_of(self, ids: Collection[str]) -> Mapping[str, PeerProgress]:
        """See `Peers.progress_of`."""
        if not ids:
            return {}
        parameters = {"ids": list(ids)}
        rows = await self._database.read(lambda connection: connection.execute(_PROGRESS, parameters).all())
        return {row.id: _progress_of_row(row) for row in rows}

    async def serve(self, name: str, draw: Callable[[], Awaitable[object]]) -> None:
        """See `Peers.serve`."""
        await Tickets(self._database).serve(f"{self._claims.holder[:8]} {name}", draw)

    async def renew(self) -> Lease:
        """See `Peers.renew`."""
        async with self.turn:
            lease = await self._database.write(self._claims.renew, durable=False)
            for id in lease.lost_ids:
                self._claims.drop(id)
            return lease

    async def report(self, workers: Mapping[str, Mapping[str, Any]]) -> None:
        """See `Peers.report`."""
        holder = self._claims.holder
        reports = {f"{socket.gethostname()}-{holder[:8]}-{name}": each for name, each in workers.items()}

        def report(connection: sa.Connection) -> None:
            connection.execute(_RETIRE, {"holder": holder, "names": list(reports)})
            for name, each in reports.items():
                row = {"name": name, "report": json.dumps(each), "capabilities": each.get("can")}
                connection.execute(_REPORT, {**row, "holder": holder})
            if clear:
                for statement in _CLEAR:
                    connection.execute(statement)

        clear = time.monotonic() - self._cleared > CLEAR_SECONDS
        await self._database.write(report, durable=False)
        self._cleared = time.monotonic() if clear else self._cleared

    async def publish(self, digest: str, content: bytes) -> None:
        """See `Peers.publish`."""
        row = {"digest": digest, "content": content}
        await self._database.write(lambda connection: connection.execute(_PUBLISH, row), durable=False)

    async def capability_digests(self) -> Sequence[str]:
        """See `Peers.capability_digests`."""
        return await self._database.read(lambda connection: connection.scalars(_CAPABILITY_DIGESTS).all())

    async def capabilities(self, digest: str) -> bytes | None:
        """See `Peers.capabilities`."""
        content = await self._database.read(lambda connection: connection.scalar(_PUBLISHED, {"digest": digest}))
        return None if content is None else bytes(content)

    async def need(self, needs: Needs) -> None:
        """See `Peers.need`; the needs are written before the job's row, and so are on the disk when the row is."""
        now, written_at = time.monotonic(), self._need_times.get(needs.digest)
        if written_at is not None and now - written_at < CLEAR_SECONDS:
            return
        row = {"digest": needs.digest, "models": needs.model_digest, "content": needs.text}
        await self._database.write(lambda connection: connection.execute(_NEED, row), durable=False)
        if len(self._need_times) >= MOST_VERDICTS:
            self._need_times.clear()
        self._need_times[needs.digest] = now

    async def pass_on(self, fitness: Fitness) -> bool:
        """See `Peers.pass_on`: the process that was told of the job may be one that can't draw it."""
        lacks = list(fitness.unmet_digests)

        def pass_on(connection: sa.Connection) -> bool:
            is_waiting = bool(connection.scalar(_UNMET_JOBS, {"lacks": lacks}))
            if is_waiting:
                put(connection)
            return is_waiting

        return bool(lacks) and await self._database.write(pass_on, durable=False)

    async def workers(self) -> Sequence[Mapping[str, Any]]:
        """See `Peers.workers`."""
        return [each for each in await self.roster() if each["seen_seconds"] <= LEASE_SECONDS]

    async def roster(self) -> Sequence[Mapping[str, Any]]:
        """See `Peers.roster`."""
        return await self._database.read(roster)

    async def elect(self, duty: str, seconds: float) -> bool:
        """See `Peers.elect`."""
        values = {"duty": duty, "holder": self._claims.holder, "seconds": seconds}
        return await self._database.write(lambda connection: connection.execute(_ELECT, values).rowcount == 1)

    async def now(self, local_time: float) -> float:
        """See `Peers.now`: the database's clock."""
        return await self._database.read(lambda connection: connection.execute(_NOW).scalar_one())


def hiding(ids: sa.ColumnElement[str]) -> sa.CTE:
    """A part of a statement that removes these jobs' progress."""
    return sa.delete(_PROGRESS_TABLE).where(_PROGRESS_TABLE.c.id.in_(sa.select(ids))).cte("hiding")


def _progress_of_row(row: sa.Row) -> PeerProgress:
    preview = (row.preview_type, bytes(row.preview)) if row.preview is not None else None
    return PeerProgress(row.part, row.done, (row.step, row.steps), preview)
