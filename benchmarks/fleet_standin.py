"""A stand-in for a worker: takes jobs as one does, and needs a fixed time for each, without a ComfyUI.

python -m benchmarks.fleet_standin DATABASE_URL FOLDER SECONDS
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import suppress
from pathlib import Path

from bridge.core.errors import StorageError
from bridge.core.job import OPEN_STATES, Job, JobState
from bridge.storage.peers import RENEW_SECONDS
from bridge.storage.postgres.store import PostgresStore
from bridge.storage.record import Record


def waiting(id: str, owner: str = "") -> Record:
    """A job as a bridge writes it that has accepted it, of the size that a sketch's has."""
    values = {
        "prompt": "a small tree in autumn, pixel art",
        "steps": 20,
        "palette": "pico-8",
        "width": 64,
        "height": 64,
    }
    job = Job(
        id=id,
        dialect="pixart",
        mode="sketch",
        state=JobState.QUEUED,
        progress=0.0,
        created_at=time.time(),
        owner=owner,
        values=values,
        workflow="sketch@1",
    )
    return Record(job=job, content_hash="0" * 64, pictures={"image": "0" * 64}, words={"image": "sketchData"})


async def work(url: str, folder: Path, seconds: float) -> None:
    """Draw for ever."""
    store = await PostgresStore.open(url, folder)

    async def draw() -> None:
        while (record := await store.next()) is not None:  # as `Worker` does: one ticket, while there is something
            await asyncio.sleep(seconds)
            ended = {"state": JobState.COMPLETED, "finished_at": time.time()}
            await store.advance(record.job.id, only_if=OPEN_STATES, **ended)

    await asyncio.gather(store.peers.serve("stand-in", draw), _renew(store))


async def _renew(store: PostgresStore) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        with suppress(StorageError):
            await store.peers.renew()


if __name__ == "__main__":
    import uvloop

    uvloop.run(work(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])))
