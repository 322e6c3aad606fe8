"""Whose job is next: what clients are told of the queue is the order in which jobs really run."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.core.job import Job, JobState
from bridge.storage.queue_order import Waiting, in_order
from bridge.storage.record import Record
from bridge.storage.store import Store

OWNERS = ("", "ann", "ben", "@a1111")
DIALECTS = ("pixart", "a1111")


def record(id, owner="", priority=0, dialect="pixart"):
    job = Job(id, dialect, "sketch", JobState.QUEUED, 0.0, created_at=1.0, owner=owner)
    return Record(job=job, content_hash="h", priority=priority)


async def begin(store, id):
    assert await store.change(id, only_if=[JobState.QUEUED, JobState.RUNNING], state=JobState.RUNNING, started_at=1.0)


async def end(store, id):
    assert await store.change(id, only_if=[JobState.RUNNING], state=JobState.COMPLETED, finished_at=2.0)


async def ran(store):
    """Run all that waits; the ids in the order of their beginning."""
    order = []
    while (found := await store.next()) is not None:
        await begin(store, found.job.id)
        await end(store, found.job.id)
        order.append(found.job.id)
    return order


def on_a_store(work):
    """Run the coroutine on a fresh store. Hypothesis and asyncio fixtures don't go together."""

    async def run():
        with tempfile.TemporaryDirectory() as folder:
            store = await Store.open(Path(folder))
            try:
                return await work(store)
            finally:
                await store.close()

    return asyncio.run(run())


def test_two_owners_take_turns_whoever_came_first():
    async def work(store):
        for number in range(3):
            await store.add(record(f"ann {number}", "ann"))
        await store.add(record("ben 0", "ben"))
        await store.add(record("ben 1", "ben"))
        return await ran(store)

    assert on_a_store(work) == ["ann 0", "ben 0", "ann 1", "ben 1", "ann 2"]


def test_one_owner_is_served_in_the_order_of_arrival():
    async def work(store):
        for number in range(5):
            await store.add(record(str(number), "ann"))
        return await ran(store)

    assert on_a_store(work) == list("01234")


def test_a_newcomer_waits_for_one_job_and_not_for_a_crowd():
    async def work(store):
        for number in range(4):
            await store.add(record(f"ann {number}", "ann"))
        await begin(store, "ann 0")
        await store.add(record("ben", "ben"))
        told = await store.waiting("pixart")
        await end(store, "ann 0")
        return told, await ran(store)

    told, order = on_a_store(work)
    assert told == order == ["ben", "ann 1", "ann 2", "ann 3"]


def test_turns_are_remembered_by_the_next_process_and_when_old_jobs_are_gone():
    async def run():
        with tempfile.TemporaryDirectory() as folder:
            store = await Store.open(Path(folder))
            await store.add(record("ann 0", "ann"))
            await ran(store)
            await store.close()
            store = await Store.open(Path(folder))
            await store.add(record("ann 1", "ann"))
            await store.add(record("ben 0", "ben"))
            order = await ran(store)
            await store.close()
            return order

    assert asyncio.run(run()) == ["ben 0", "ann 1"]


def test_a_job_that_ran_when_the_process_ended_is_first_and_that_is_no_second_turn():
    async def work(store):
        for id, owner in (("ann 0", "ann"), ("ann 1", "ann"), ("ben 0", "ben")):
            await store.add(record(id, owner))
        await begin(store, "ann 0")
        return await ran(store)

    assert on_a_store(work) == ["ann 0", "ben 0", "ann 1"]


jobs = st.tuples(st.sampled_from(OWNERS), st.integers(-1, 2), st.sampled_from(DIALECTS))


@settings(max_examples=12)
@given(before=st.lists(jobs, max_size=5), arriving=st.lists(jobs, max_size=9), running=st.booleans())
def test_the_list_of_what_waits_is_the_order_in_which_it_runs(before, arriving, running):
    async def work(store):
        for number, (owner, priority, dialect) in enumerate(before):
            await store.add(record(f"old {number}", owner, priority, dialect))
        await ran(store)
        dialect_of, owner_of = {}, {}
        for number, (owner, priority, dialect) in enumerate(arriving):
            dialect_of[str(number)], owner_of[str(number)] = dialect, owner
            await store.add(record(str(number), owner, priority, dialect))
            if running and number == 2:
                await begin(store, "0")
        told = {dialect: await store.waiting(dialect) for dialect in DIALECTS}
        own = {owner: await store.waiting("pixart", owner) for owner in OWNERS if owner}
        begun = {"0"} if running and len(arriving) > 2 else set()
        order = [id for id in await ran(store) if id not in begun]
        for dialect in DIALECTS:
            assert told[dialect] == [id for id in order if dialect_of[id] == dialect]
        for owner, ids in own.items():
            assert ids == [id for id in told["pixart"] if owner_of[id] == owner]

    on_a_store(work)


@settings(max_examples=12)
@given(before=st.lists(st.sampled_from("abc"), max_size=4), arriving=st.lists(jobs, min_size=5, max_size=9))
@example(before=["c"], arriving=[("c", 1, ""), ("a", 1, ""), ("b", 0, ""), ("c", 0, ""), ("b", 0, ""), ("c", 0, "")])
def test_jobs_that_are_chosen_before_their_turn_are_those_that_were_told_to_be_next(before, arriving):
    async def work(store):
        for number, owner in enumerate(before):
            await store.add(record(f"old {number}", owner))
        await ran(store)
        for number, (owner, priority, _) in enumerate(arriving):
            await store.add(record(str(number), owner, priority))
        first = await store.next()
        await begin(store, first.job.id)
        told, chosen = await store.waiting("pixart"), []
        for _ in range(3):
            served = [each.job.owner for each in chosen]
            chosen.append(await store.next([first.job.id, *(each.job.id for each in chosen)], served))
        assert [each.job.id for each in chosen] == told[:3]

    on_a_store(work)


@settings(max_examples=150)
@given(
    waiting=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 2)), max_size=30),
    turns=st.dictionaries(st.sampled_from("abcdx"), st.integers(1, 9)),
)
def test_the_order_is_that_of_choosing_one_job_after_the_other(waiting, turns):
    left = [Waiting(str(number), owner, priority, number) for number, (owner, priority) in enumerate(waiting)]
    found, now, expected = in_order(reversed(left), turns), dict(turns), []
    while left:
        best = min(left, key=lambda job: (-job.priority, now.get(job.owner, 0), job.number))
        left.remove(best)
        expected.append(best)
        now[best.owner] = max(now.values(), default=0) + 1
    assert found == expected
    for count in (1, 2):  # what is next already changes nothing, as long as nobody else arrives
        assert in_order(found, turns, [job.id for job in found[:count]]) == expected


def test_what_is_next_already_stays_so_when_somebody_arrives_who_had_no_turn():
    jobs = [Waiting("a", "ann", 0, 1), Waiting("b", "ann", 0, 2), Waiting("c", "ben", 5, 3)]
    assert [job.id for job in in_order(jobs, {"ann": 1}, ["a"])] == ["a", "c", "b"]


@settings(max_examples=50)
@given(counts=st.dictionaries(st.sampled_from("abcd"), st.integers(1, 9), min_size=1))
def test_nobody_has_a_second_turn_before_everybody_who_waits_had_one(counts):
    arrived = [owner for owner, count in counts.items() for _ in range(count)]
    waiting = [Waiting(str(number), owner, 0, number) for number, owner in enumerate(arrived)]
    order = [job.owner for job in in_order(waiting, {})]
    for at in range(len(order)):
        had = {owner: order[: at + 1].count(owner) for owner in counts}
        assert all(had[owner] >= min(counts[owner], max(had.values()) - 1) for owner in counts)
