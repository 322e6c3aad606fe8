"""How many jobs a second stand-in workers end that need 50 ms for each, by how many workers there are."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from postgres_server import Server

from bridge.core.places import ROOT
from bridge.storage.postgres.store import PostgresStore

from . import report
from .fleet_results import Results
from .fleet_standin import waiting

SECONDS = 0.05  # that a stand-in needs for a job
WORKERS = (1, 2, 4, 8)
JOBS_EACH = 200
PROMISED = 0.9  # of workers / SECONDS
PATIENCE = 180.0
TRIM = 0.1  # of the ends, first and last, don't count: workers start and stop one after the other
ENDS = "SELECT finished_at FROM bridge_jobs WHERE state = 'completed' ORDER BY finished_at"
HOW = (
    "Each worker is a process of its own, which takes jobs through procrastinate, the claim and the store's own "
    "functions, as `pixart worker` does: on one ticket as long as there are any. It sleeps 50 ms for each instead of "
    "asking a ComfyUI. PostgreSQL waits for the disk. The jobs wait before the workers start; the first and the last "
    "tenth of the ends don't count. *Processor* is what PostgreSQL and the workers together took, in cores."
)


def measure(results: Results) -> bool:
    """Measure; whether it is as promised, as far as this machine's cores go."""
    rows, good = [], True
    with Server.started(durable=True) as server:
        server.make_template()
        for workers in WORKERS:
            rate, cores = asyncio.run(_rate(server, workers))
            share = rate * SECONDS / workers
            busy = cores > 0.9 * (os.cpu_count() or 1)
            good &= share >= PROMISED or busy
            rows.append([workers, f"{rate:.1f}", f"{share:.0%}", f"{cores:.2f}", "yes" if busy else "no"])
            print("throughput", *rows[-1])
    heads = ["workers", "jobs a second", "of workers / 50 ms", "processor, cores", "all cores busy"]
    results.tell("Throughput of stand-in workers", [HOW, report.table(heads, rows)])
    return good


async def _rate(server: Server, workers: int) -> tuple[float, float]:
    """Jobs a second between the first and the last tenth, and the cores that were busy with it."""
    with ExitStack() as stack:
        folder, url = Path(stack.enter_context(tempfile.TemporaryDirectory())), server.fresh()
        store = await PostgresStore.open(url, folder / "bridge")
        for number in range(workers * JOBS_EACH):
            await store.add(waiting(f"job-{number}"), durable=False)
        name, began = url.rpartition("/")[2], _busy()
        for number in range(workers):
            stack.enter_context(_worker(url, folder / f"worker-{number}"))
        started, deadline = time.monotonic(), time.monotonic() + PATIENCE
        while len(ends := await asyncio.to_thread(server.run, ENDS, name)) < workers * JOBS_EACH:
            assert time.monotonic() < deadline, f"only {len(ends)} jobs ended"
            await asyncio.sleep(0.5)
        cores = (_busy() - began) / (time.monotonic() - started)
        await store.close()
    times = [at for (at,) in ends]
    first, last = int(TRIM * len(times)), int((1 - TRIM) * len(times)) - 1
    return (last - first) / (times[last] - times[first]), cores


@contextmanager
def _worker(url: str, folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.fleet_standin", url, str(folder), str(SECONDS)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _busy() -> float:
    """Seconds that the machine's cores were busy since it started."""
    user, nice, system = map(int, Path("/proc/stat").read_text(encoding="ascii").split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")
