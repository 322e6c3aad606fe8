"""Pictures in a real S3 that is killed -9 while they are put and removed: how many that it took are lost. And how long
it takes to put and get one."""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from seaweed import Seaweed

from bridge.core.errors import Expired, StorageError
from bridge.core.results_settings import ResultsSettings
from bridge.core.settings import Settings
from bridge.storage.blobs import Blobs
from bridge.storage.results_url import opened_blobs

from . import report

SIZES = (300, 20_000, 400_000)  # bytes: an echo, pixel art, a picture by a model
WRITERS = 4
HOW = (
    "SeaweedFS, a real S3 in one process, is killed with signal 9 and started again while four writers put bytes of "
    "300, 20,000 and 400,000, and a fifth one, as another bridge's retention would, removes some that it has "
    "just been given. Acknowledged is what `put` returned for. Afterwards SeaweedFS is killed once more, and each "
    "acknowledged one is read: lost is what isn't there or isn't the same."
)


@dataclass
class Tally:
    """What the writers met."""

    acknowledged: list[str] = field(default_factory=list)
    removed: int = 0
    refused: int = 0
    back: list[float] = field(default_factory=list)  # seconds from a kill to the next picture that was taken


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)


def run(asked: argparse.Namespace) -> int:
    """Run, and write `results/blobs.md`; 1 where something that was acknowledged is lost."""
    with tempfile.TemporaryDirectory() as name, Seaweed(Path(name)) as s3:
        tally, lost, speeds = asyncio.run(_all(Path(name), s3, asked))
    rows = [[len(tally.acknowledged), tally.removed, tally.refused, lost, f"{max(tally.back):.1f}"]]
    heads = ["acknowledged", "removed meanwhile", "refused", "lost", "longest until it took one again, s"]
    faults = report.table(heads, rows)
    speed = report.table(["store", "put p50, ms", "put p95", "get p50", "get p95"], speeds)
    print(faults, speed, sep="\n\n")
    command = f"blobs --kills {asked.kills} --seed {asked.seed}"
    print(report.write("blobs", "Pictures in S3", [HOW, faults, TIMES, speed], command, report.SERVER))
    return 1 if lost else 0


TIMES = (
    "200 pictures of 20,000 bytes, one after the other, through the port that jobs use. A folder waits for the disk; "
    "SeaweedFS, on the same one, does not, as a power cut would show:"
)


async def _all(folder: Path, s3: Seaweed, asked: argparse.Namespace) -> tuple[Tally, int, list[list[object]]]:
    settings = Settings(_env_file=None, data=folder / "bridge")
    shared = folder / "shared"
    shared.mkdir()
    places = {
        "folder": ResultsSettings(_env_file=None),
        "shared folder": ResultsSettings(_env_file=None, url=shared.as_uri()),
        "S3": s3.settings("speed"),
    }
    speeds = [[name, *await _speed(await opened_blobs(settings, about, None))] for name, about in places.items()]
    blobs, other = [await opened_blobs(settings, s3.settings("kills"), None) for _ in range(2)]
    tally, chance, ending = Tally(), random.Random(asked.seed), asyncio.Event()
    works = [asyncio.create_task(_write(blobs, tally, random.Random(n), ending)) for n in range(WRITERS)]
    works.append(asyncio.create_task(_remove(other, tally, random.Random(asked.seed), ending)))
    for _ in range(asked.kills):
        await asyncio.sleep(chance.uniform(1.0, 3.0))
        await _restarted(s3, tally)
    ending.set()
    await asyncio.gather(*works)
    await asyncio.to_thread(_kill_and_start, s3)
    return tally, await _lost(blobs, tally), speeds


def _kill_and_start(s3: Seaweed) -> None:
    s3.kill()
    s3.start()
    s3.wait()


async def _restarted(s3: Seaweed, tally: Tally) -> None:
    count, began = len(tally.acknowledged), time.monotonic()
    await asyncio.to_thread(_kill_and_start, s3)
    while len(tally.acknowledged) == count:
        await asyncio.sleep(0.01)
    tally.back.append(time.monotonic() - began)


async def _write(blobs: Blobs, tally: Tally, chance: random.Random, ending: asyncio.Event) -> None:
    while not ending.is_set():
        try:
            with blobs.holding() as put:
                tally.acknowledged.append(await put(chance.randbytes(chance.choice(SIZES))))
        except StorageError:
            tally.refused += 1


async def _remove(blobs: Blobs, tally: Tally, chance: random.Random, ending: asyncio.Event) -> None:
    """What another bridge's retention does whose rows are of a moment ago."""
    while not ending.is_set():
        await asyncio.sleep(0.02)
        keys = tally.acknowledged[-20:]
        try:
            if keys:
                await blobs.remove([chance.choice(keys)], lambda _: ())
                tally.removed += 1
        except StorageError:
            tally.refused += 1


async def _lost(blobs: Blobs, tally: Tally) -> int:
    lost = 0
    for key in tally.acknowledged:
        try:
            await blobs.get(key)
        except Expired:
            lost += 1
    return lost


async def _speed(blobs: Blobs) -> list[str]:
    """Milliseconds."""
    chance, puts, gets = random.Random(1), [], []
    for _ in range(200):
        data, began = chance.randbytes(20_000), time.perf_counter()
        with blobs.holding() as put:
            key = await put(data)
        puts.append(time.perf_counter() - began)
        began = time.perf_counter()
        await blobs.get(key)
        gets.append(time.perf_counter() - began)
    return [f"{sorted(each)[int(part * len(each))] * 1000:.1f}" for each in (puts, gets) for part in (0.5, 0.95)]
