"""The jobs table keeps what it was given, in order, through a reopening; a final state is written once."""

import asyncio
import contextlib
import dataclasses
import sqlite3
import subprocess
import sys
import time

import pytest

from bridge.core.errors import SettingsError
from bridge.core.job import Artifact, Job, JobState
from bridge.core.places import ROOT
from bridge.storage.record import Record
from bridge.storage.schema import ADDED_COLUMNS, BUSY_MS
from bridge.storage.store import Store


def record(id, **changes):
    priority = changes.pop("priority", 0)
    job = Job(id=id, dialect="pixart", mode="sketch", state=JobState.QUEUED, progress=0.0, created_at=1.0, **changes)
    return Record(
        job=job, content_hash="h", pictures={"image": "abc"}, words={"image": "sketchData"}, priority=priority
    )


async def test_an_error_of_the_database_does_not_repeat_what_was_asked_for(store, tmp_path):
    with contextlib.closing(sqlite3.connect(tmp_path / "bridge.db")) as file:
        file.execute("DROP TABLE bridge_jobs")
    with pytest.raises(sqlite3.OperationalError) as failure:
        await store.add(record("a", values={"prompt": "a red fox"}))
    assert "bridge_jobs" in str(failure.value)
    assert "fox" not in str(failure.value)


async def test_jobs_leave_by_priority_then_by_arrival(store):
    for id, priority in (("first", 0), ("second", 0), ("urgent", 5)):
        await store.add(record(id, priority=priority))
    order = []
    while (found := await store.next()) is not None:
        order.append(found.job.id)
        await store.change(found.job.id, only_if=[JobState.QUEUED], state=JobState.COMPLETED)
    assert order == ["urgent", "first", "second"]


async def test_the_choice_is_the_same_where_many_jobs_wait(store, monkeypatch):
    for id, priority in (("first", 0), ("urgent", 5), ("second", 0)):
        await store.add(record(id, priority=priority))
    few = await store.load(""), await store.next(["urgent"], [""])
    monkeypatch.setattr("bridge.storage.store.IDS_AT_A_TIME", 0)
    many = await store.load(""), await store.next(["urgent"], [""])
    assert few == many
    assert (few[0], few[1].job.id) == ((3, 3), "first")


async def test_a_job_that_was_running_comes_before_everything_that_waits(store):
    await store.add(record("waits", priority=9))
    await store.add(record("ran"))
    await store.change("ran", only_if=[JobState.QUEUED], state=JobState.RUNNING)
    assert (await store.next()).job.id == "ran"


async def test_artifacts_survive_a_reopening(tmp_path):
    store = await Store.open(tmp_path)
    await store.add(record("a"))
    made = Artifact("image", "ff", "image/png", 3, {"colors_used": 4})
    await store.change("a", only_if=[JobState.QUEUED], state=JobState.COMPLETED, artifacts=[made], finished_at=2.0)
    await store.close()
    again = await Store.open(tmp_path)
    job = (await again.get("a")).job
    await again.close()
    assert (job.state, job.progress, job.artifacts) == (JobState.COMPLETED, 1.0, (made,))


async def test_two_processes_never_share_a_folder(store, tmp_path):
    with pytest.raises(SettingsError, match="Another bridge uses the folder"):
        await Store.open(tmp_path)


def test_a_record_is_a_value():
    with pytest.raises(dataclasses.FrozenInstanceError):
        record("a").priority = 1


async def test_a_table_of_another_version_is_refused_and_left_alone(tmp_path):
    store = await Store.open(tmp_path)
    await store.add(record("a"))
    await store.close()
    with sqlite3.connect(tmp_path / "bridge.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(SettingsError, match=r"was written by another version of Pixart\. Move it away"):
        await Store.open(tmp_path)
    with sqlite3.connect(tmp_path / "bridge.db") as database:
        assert database.execute("SELECT id FROM bridge_jobs").fetchall() == [("a",)]
    database.close()


async def test_a_dialect_remembers_across_processes_and_apart_from_others(tmp_path):
    store = await Store.open(tmp_path)
    await store.remember("a1111", {"model": "x", "skip": 0})
    await store.remember("a1111", {"skip": 2})
    await store.close()
    store = await Store.open(tmp_path)
    assert (await store.dialect_memory("a1111"), await store.dialect_memory("pico")) == ({"model": "x", "skip": 2}, {})
    await store.close()


async def queue_of_the_first_version(folder):
    store = await Store.open(folder)
    await store.add(record("old"))
    await store.close()
    with sqlite3.connect(folder / "bridge.db") as database:
        for column in (name for names in ADDED_COLUMNS.values() for name in names):
            database.execute(f"ALTER TABLE bridge_jobs DROP COLUMN {column}")
        database.execute("DROP TABLE bridge_memory")
        database.execute("PRAGMA user_version = 1")
    database.close()


async def test_a_queue_of_the_first_version_is_taken_over_with_its_jobs(tmp_path):
    await queue_of_the_first_version(tmp_path)
    store = await Store.open(tmp_path)
    found = await store.get("old")
    assert found is not None
    assert (found.job.batch, found.job.part, found.loose, found.limit_seconds) == ((), 0, False, None)
    assert (found.job.fault, found.cacheable, found.job.cached) == ("", False, None)
    await store.add(record("new"))
    assert [each.job.id for each in await store.list()] == ["new", "old"]
    await store.close()


CUT_OFF = """
import asyncio, os, sys
from pathlib import Path
import sqlalchemy as sa
from bridge.storage.store import Store

left = int(sys.argv[2])

def count(_connection, _cursor, statement, *_):
    global left
    left -= statement.strip().startswith(("CREATE", "ALTER"))
    if not left:
        os._exit(9)

sa.event.listen(sa.Engine, "after_cursor_execute", count)
asyncio.run(Store.open(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("statements", [1, 3, 8])
@pytest.mark.parametrize("old", [False, True], ids=["new", "of the first version"])
async def test_a_start_that_is_cut_off_while_it_makes_the_tables_is_made_good_by_the_next(tmp_path, old, statements):
    if old:
        await queue_of_the_first_version(tmp_path)
    cut_off = [sys.executable, "-c", CUT_OFF, tmp_path, str(statements)]
    assert subprocess.run(cut_off, cwd=ROOT).returncode == 9
    store = await Store.open(tmp_path)
    await store.add(record("new"))
    assert [each.job.id for each in await store.list()] == ["new", *(["old"] if old else [])]
    await store.close()


async def test_a_change_that_nobody_waits_for_any_more_is_seen_all_the_same(store):
    for id in ("a", "b"):
        await store.add(record(id))
        assert (await store.get(id)).job.state is JobState.QUEUED
        change = asyncio.create_task(store.change(id, only_if=[JobState.QUEUED], state=JobState.RUNNING))
        await asyncio.sleep(0)
        change.cancel()
        if id == "b":  # as a server that ends does
            await asyncio.sleep(0)
            change.cancel()
        await asyncio.gather(change, return_exceptions=True)
        assert (await store.get(id)).job.state is JobState.RUNNING


async def test_an_open_job_is_read_once_until_it_changes(store):
    await store.add(record("a"))
    first = await store.get("a")
    assert await store.get("a") is first
    await store.change("a", only_if=[JobState.QUEUED], prompt_id="p")
    assert (await store.get("a")).prompt_id == "p"


async def test_jobs_that_were_chosen_already_are_passed_over(store):
    for id in "abc":
        await store.add(record(id))
    assert (await store.next()).job.id == "a"
    assert (await store.next(chosen_ids=["a", "b"])).job.id == "c"
    assert await store.next(chosen_ids=["a", "b", "c"]) is None


async def test_who_has_a_job_chosen_already_comes_after_who_has_none(store):
    for id in ("a-1", "a-2", "b-1"):
        await store.add(record(id, owner=id[0]))
    assert (await store.next(chosen_ids=["a-1"])).job.id == "a-2"
    assert (await store.next(chosen_ids=["a-1"], served_owners=["a"])).job.id == "b-1"
    assert (await store.next(chosen_ids=["a-1", "b-1"], served_owners=["a", "b"])).job.id == "a-2"


async def test_a_query_that_nobody_waits_for_any_more_is_finished_and_harms_no_other(tmp_path):
    store = await Store.open(tmp_path)
    for number in range(60):
        asking = asyncio.ensure_future(store.add(record(str(number))))
        for _ in range(number % 20):  # at every step of the way
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.sleep(0)
        asking.cancel()  # as a server that ends does
        await asyncio.gather(asking, return_exceptions=True)
    await asyncio.wait_for(store.close(), 10)
    again = await Store.open(tmp_path)
    kept = {each.job.id for each in await again.list()}
    assert kept >= {str(number) for number in range(60) if number % 20}  # what had not even begun may be missing
    await again.close()
    assert {task.get_coro().__name__ for task in asyncio.all_tasks()} <= {asyncio.current_task().get_coro().__name__}


@pytest.mark.parametrize("durable", [True, False])
async def test_while_another_process_writes_a_change_waits_and_nobody_else_with_it(store, tmp_path, durable):
    await store.add(record("a"))
    with contextlib.closing(sqlite3.connect(tmp_path / "bridge.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        change = store.change("a", only_if=[JobState.QUEUED], durable=durable, state=JobState.RUNNING)
        changing, began = asyncio.create_task(change), time.monotonic()
        await asyncio.sleep(0.05)
        assert time.monotonic() - began < BUSY_MS / 2000  # the event loop went on
        assert not changing.done()
        assert (await store.get("a")).job.state is JobState.QUEUED
        other.execute("COMMIT")
    assert await changing
    assert (await store.get("a")).job.state is JobState.RUNNING
