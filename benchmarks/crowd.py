"""Many who poll and many who listen while jobs run."""

from __future__ import annotations

import asyncio
import statistics
import time

import aiohttp
from bridge_process import PREFIX
from faults import tiny

from . import report

POLL_SECONDS = 1.0  # each poller's pause
FIRST_IN_FLIGHT = 8
BROKEN = (aiohttp.ClientError, asyncio.TimeoutError, OSError)


class Crowd:
    """`pollers` each ask for the status of a job once a second, `readers` each follow one by server-sent events."""

    def __init__(self, url: str, pollers: int, readers: int) -> None:
        self._server, self._url, self._pollers, self._readers = url, url + PREFIX, pollers, readers
        self._took: list[float] = []
        self._errors: list[str] = []
        self._ended = 0

    async def compared(self, jobs: int) -> tuple[str, bool]:
        """A text with a table: the same jobs without and with the crowd; and whether nothing went wrong."""
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=600)) as session:
            alone = await self._draw(session, [f"alone-{number}" for number in range(jobs)])
            ids = [f"crowd-{number}" for number in range(jobs)]
            crowded = await self._crowded(session, ids)
        points = statistics.quantiles(self._took, n=100)
        rows = [
            ["jobs/s without a crowd, with it", f"{alone:.1f}, {crowded:.1f}"],
            ["polls, errors", f"{len(self._took)}, {len(self._errors)}"],
            ["a poll, ms: median, p95, p99", ", ".join(f"{1000 * points[n - 1]:.0f}" for n in (50, 95, 99))],
            ["event streams that told their job's end", f"{self._ended} of {self._readers}"],
        ]
        text = (
            f"{self._pollers} pollers, each asking once a second, and {self._readers} readers of event streams, all on "
            f"connections of their own, while {jobs} tiny jobs are drawn, all posted at once. Jobs a second are of "
            "those left when the last one was posted. The crowd lives in one process on the same machine and takes its "
            "share of the processor."
        )
        for line in sorted(set(self._errors))[:10]:
            print(line)
        return (
            f"{text}\n\n{report.table(['what', 'measured'], rows)}",
            not self._errors and self._ended == self._readers,
        )

    async def _crowded(self, session: aiohttp.ClientSession, ids: list[str]) -> float:
        posted = asyncio.Event()
        drawing = asyncio.create_task(self._draw(session, ids, posted))
        await posted.wait()
        readers = [asyncio.create_task(self._read(session, id)) for id in ids[-self._readers :]]
        pollers = [asyncio.create_task(self._poll(session, ids[n % len(ids)], n)) for n in range(self._pollers)]
        speed = await drawing
        await asyncio.gather(*readers)
        for task in pollers:
            task.cancel()
        await asyncio.gather(*pollers, return_exceptions=True)
        return speed

    async def _draw(self, session: aiohttp.ClientSession, ids: list[str], posted: asyncio.Event | None = None) -> float:
        """Jobs a second from the last one's POST on, of those that were left then; NaN where none was."""
        waiting = iter(ids)

        async def post() -> None:
            for id in waiting:
                async with session.post(f"{self._url}/generate", json=tiny.body(id)) as answer:
                    assert answer.status == 200, await answer.text()

        await asyncio.gather(*(post() for _ in range(FIRST_IN_FLIGHT)))
        if posted:
            posted.set()
        began, left = time.perf_counter(), await self._left(session)
        for id in ids[-FIRST_IN_FLIGHT:]:  # these are drawn last
            await self._see(session, id)
        took = time.perf_counter() - began
        for id in ids[:-FIRST_IN_FLIGHT]:
            await self._see(session, id)
        return left / took if left else float("nan")

    async def _left(self, session: aiohttp.ClientSession) -> int:
        """How many jobs have not ended yet: one question, since meanwhile jobs are drawn."""
        async with session.get(f"{self._server}/health") as answer:
            jobs = (await answer.json())["jobs"]
        return jobs.get("queued", 0) + jobs.get("running", 0)

    async def _see(self, session: aiohttp.ClientSession, id: str) -> None:
        async with session.get(f"{self._url}/result/{id}") as answer:
            assert tiny.drawn(await answer.read()) == tiny.pixels(id)

    async def _poll(self, session: aiohttp.ClientSession, id: str, place: int) -> None:
        await asyncio.sleep(POLL_SECONDS * place / self._pollers)
        while True:
            began = time.perf_counter()
            try:
                async with session.get(f"{self._url}/status/{id}") as answer:
                    told = await answer.json()
                    if answer.status != 200 or told["status"] == "failed":
                        self._errors.append(f"{answer.status} {told}")
                self._took.append(time.perf_counter() - began)
            except BROKEN as error:
                self._errors.append(repr(error))
            await asyncio.sleep(max(0.0, POLL_SECONDS - (time.perf_counter() - began)))

    async def _read(self, session: aiohttp.ClientSession, id: str) -> None:
        try:
            async with session.get(f"{self._url}/events/{id}") as answer:
                told = [line async for line in answer.content if line.startswith(b"data:")]
            self._ended += b'"completed"' in told[-1]
        except BROKEN as error:
            self._errors.append(repr(error))
