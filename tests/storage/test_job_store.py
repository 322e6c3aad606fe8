"""What both databases of jobs must do alike: SQLite's file, and PostgreSQL."""

import asyncio
import dataclasses
import random
import time

import pytest
import sqlalchemy as sa
from test_store import record

from bridge.core.job import OPEN_STATES, Artifact, JobState
from bridge.core.needs import Needs
from bridge.storage.fitness import Fitness
from bridge.storage.outbox import MOST_KEPT, Fate, Letter
from bridge.storage.queue_order import Waiting, in_order
from bridge.storage.record import Record
from bridge.storage.retention_queries import RetentionQueries
from bridge.storage.schema import MEMORY

NOW = 1_000_000.0  # Unix seconds


@pytest.fixture
def store(any_store):
    return any_store


async def begun(store, **others):
    """The next job, drawn from now on."""
    found = await store.next(**others)
    if found is not None:
        assert await store.advance(found.job.id, only_if=OPEN_STATES, state=JobState.RUNNING, started_at=1.0)
    return found and found.job.id


async def ended(store, id):
    assert await store.advance(id, only_if=[JobState.RUNNING], state=JobState.COMPLETED, finished_at=2.0)


async def ran(store, fitness=lambda: None):
    """Run all that waits, each by one of this fitness; the ids in the order of their beginning."""
    order = []
    while (id := await begun(store, fitness=fitness())) is not None:
        await ended(store, id)
        order.append(id)
    return order


async def arrive(store, *jobs):
    """Jobs by (owner, priority), named after their number and owner."""
    ids = []
    for owner, priority in jobs:
        ids.append(f"{len(ids)} {owner}")
        await store.add(record(ids[-1], owner=owner, priority=priority))
    return ids


async def test_a_record_comes_back_as_it_was_put_in(store):
    put = dataclasses.replace(record("a", values={"seed": 0, "prompt": "ä"}, notes=("w",)), needs="0f")
    assert await store.add(put)
    assert await store.get("a") == put


async def test_an_id_is_taken_once(store):
    assert await store.add(record("a"))
    assert not await store.add(record("a"))


async def test_an_unknown_id_is_none(store):
    assert await store.get("nobody") is None


async def test_a_final_state_is_written_exactly_once(store):
    await store.add(record("a"))
    assert await store.change("a", only_if=[JobState.QUEUED], state=JobState.CANCELLED)
    assert not await store.change("a", only_if=[JobState.QUEUED, JobState.RUNNING], state=JobState.COMPLETED)
    assert (await store.get("a")).job.state is JobState.CANCELLED


async def test_lists_are_newest_first_and_filtered(store):
    for id in ("a", "b", "c"):
        await store.add(record(id))
    await store.change("b", only_if=[JobState.QUEUED], state=JobState.FAILED, error="no")
    assert [r.job.id for r in await store.list()] == ["c", "b", "a"]
    assert [r.job.id for r in await store.list(states=[JobState.FAILED])] == ["b"]
    assert [r.job.id for r in await store.list(dialect="other")] == []
    assert [r.job.id for r in await store.list(limit=1)] == ["c"]


async def test_counts_name_every_state(store):
    await store.add(record("a"))
    assert await store.counts() == {state: int(state is JobState.QUEUED) for state in JobState}


async def test_a_transaction_that_fails_leaves_nothing(store):
    def remember_and_fail(connection):
        connection.execute(sa.insert(MEMORY).values(dialect="x", values={}))
        raise LookupError

    with pytest.raises(LookupError):
        await store.database.write(remember_and_fail)
    assert await store.database.read(lambda connection: connection.execute(sa.select(MEMORY)).all()) == []


async def test_waiting_jobs_come_in_the_order_in_which_they_will_run(store):
    for id, priority in (("a", 0), ("b", 1), ("c", 0)):
        await store.add(record(id, priority=priority))
    assert await store.waiting("pixart") == ["b", "a", "c"]


async def test_of_prompts_those_are_named_whose_jobs_have_ended(store):
    for id, state in (("over", JobState.CANCELLED), ("on", JobState.RUNNING), ("waits", JobState.QUEUED)):
        await store.add(dataclasses.replace(record(id), prompt_id=f"prompt-{id}"))
        await store.change(id, only_if=[JobState.QUEUED], state=state)
    asked = ["prompt-over", "prompt-on", "prompt-waits", "somebody-else's"]
    assert await store.ended(asked) == ["prompt-over"]
    assert await store.ended([]) == []


CHANGES = {
    "a prompt": {"prompt_id": "p", "used": {"seed": 0, "sizes": [8, 8]}, "workflow": "sketch@1", "notes": ("n", "m")},
    "begun": {"state": JobState.RUNNING, "started_at": 2.5},
    "a part": {"artifacts": [Artifact("image", "k", "image/png", 3, {"a": [1]}, b"abc")], "part": 1, "cached": 0},
    "cancelled": {"cancel_requested": True, "restarts": 2},
    "done": {"state": JobState.COMPLETED, "finished_at": 3.5, "timings": {"*": 0.1}},
    "failed": {"state": JobState.FAILED, "error": "why", "fault": "JobFailed"},
}


@pytest.mark.parametrize("columns", CHANGES.values(), ids=CHANGES)
async def test_what_is_remembered_of_a_row_is_what_the_file_has(store, columns):
    await store.add(record("a", values={"seed": 0}, batch=({"seed": 1}, {"seed": 2})))
    await store.get("a")
    assert await store.change("a", only_if=[JobState.QUEUED], **columns)
    assert [await store.get("a")] == await store.list()
    assert not await store.change("a", only_if=[JobState.CANCELLED], state=JobState.FAILED)
    assert [await store.get("a")] == await store.list()


async def test_a_job_that_was_removed_is_remembered_no_longer(store):
    await store.add(record("a"))
    await store.change("a", only_if=[JobState.QUEUED], state=JobState.COMPLETED)
    assert (await store.get("a")).job.state is JobState.COMPLETED
    ledger = RetentionQueries(store)
    await ledger.remove(await ledger.page(0, None))
    assert await store.get("a") is None


async def test_how_many_wait_is_counted_anew_after_each_change(store):
    assert await store.load("") == (0, 0)
    await store.add(record("a", owner="ann"))
    assert [await store.load(owner) for owner in ("ann", "bob")] == [(1, 1), (1, 0)]
    await store.change("a", only_if=[JobState.QUEUED], state=JobState.RUNNING)
    assert await store.load("ann") == (0, 1)
    await store.change("a", only_if=[JobState.RUNNING], state=JobState.COMPLETED)
    assert await store.load("ann") == (0, 0)


async def test_what_a_dialect_remembers_cannot_be_changed_from_outside(store):
    await store.remember("a1111", {"a": [1]})
    (await store.dialect_memory("a1111"))["a"].append(2)
    await store.remember("a1111", {"b": 2})
    assert await store.dialect_memory("a1111") == {"a": [1], "b": 2}


async def test_the_next_job_is_by_priority_then_by_turn_then_by_arrival(store):
    await arrive(store, ("ann", 0), ("ann", 0), ("ben", 0), ("ann", 3), ("ben", 0))
    assert await ran(store) == ["3 ann", "2 ben", "0 ann", "4 ben", "1 ann"]


async def test_turns_outlive_the_jobs_and_a_newcomer_waits_for_one_job_and_not_for_a_crowd(store):
    await arrive(store, ("ann", 0), ("ann", 0), ("ann", 0))
    first = await begun(store)
    await store.add(record("ben", owner="ben"))
    told = await store.waiting("pixart")
    await ended(store, first)
    assert [first, *told] == [first, *await ran(store)] == ["0 ann", "ben", "1 ann", "2 ann"]


async def test_what_is_told_of_the_line_is_the_order_in_which_jobs_run(store):
    chance = random.Random(3)
    jobs = [(chance.choice(["", "ann", "ben", "@a1111"]), chance.randint(-1, 2)) for _ in range(24)]
    ids = await arrive(store, *jobs)
    lone = [Waiting(id, owner, priority, at) for at, (id, (owner, priority)) in enumerate(zip(ids, jobs, strict=True))]
    expected = [job.id for job in in_order(lone, {})]
    assert await store.waiting("pixart") == expected
    assert await store.places("pixart", "ann") == {id: expected.index(id) + 1 for id in expected if id.endswith("ann")}
    assert await ran(store) == expected


async def test_needs_that_are_met_change_nothing_of_turns_priority_and_arrival(store):
    chance, needs = random.Random(5), [Needs(models=[f"checkpoints/{name}"]) for name in ("one", "other")]
    for each in needs:
        await store.peers.need(each)
    ids = []
    for number in range(16):
        ids.append(f"{number} {chance.choice(['', 'ann', 'ben'])}")
        row = record(ids[-1], owner=ids[-1].partition(" ")[2], priority=chance.randint(0, 1))
        await store.add(dataclasses.replace(row, needs=chance.choice(needs).digest))
    expected = await store.waiting("pixart")
    assert sorted(expected) == sorted(ids)
    assert await ran(store, fitness=lambda: Fitness(lambda _: True)) == expected


async def test_jobs_that_were_chosen_already_are_passed_over(store):
    ids = await arrive(store, ("ann", 0), ("ben", 0), ("ann", 0))
    assert await begun(store) == ids[0]
    assert await begun(store, chosen_ids=ids[:1], served_owners=["ann"]) == ids[1]
    assert await begun(store, chosen_ids=ids[:2], served_owners=["ann", "ben"]) == ids[2]
    assert await store.next(chosen_ids=ids) is None


async def test_a_job_that_is_left_to_others_keeps_its_place_and_its_owners_turn(store):
    ids = await arrive(store, ("ann", 0), ("ben", 0))
    before = await store.waiting("pixart")
    found = await store.next()
    await store.leave(found.job.id)
    assert await store.waiting("pixart") == before == ids
    assert (await store.get(found.job.id)).job.state is JobState.QUEUED
    assert await ran(store) == ids


async def test_a_waiting_job_that_is_cancelled_is_never_begun(store):
    await arrive(store, ("", 0), ("", 0))
    assert await store.change("0 ", only_if=[JobState.QUEUED], state=JobState.CANCELLED, finished_at=2.0)
    assert await ran(store) == ["1 "]


async def test_of_all_who_write_the_end_of_a_job_at_once_one_does(store):
    await store.add(record("a"))
    await begun(store)
    ends = [JobState.COMPLETED, JobState.CANCELLED] * 4
    wrote = await asyncio.gather(*(store.change("a", only_if=OPEN_STATES, state=end) for end in ends))
    assert wrote.count(True) == 1
    assert (await store.get("a")).job.state is ends[wrote.index(True)]


async def test_of_equal_ids_that_come_at_once_one_is_a_job(store):
    added = await asyncio.gather(*(store.add(record("a", values={"by": number})) for number in range(20)))
    assert added.count(True) == 1
    assert (await store.get("a")).job.values == {"by": added.index(True)}


async def test_text_may_hold_anything_that_a_client_can_send(store):
    words = {"prompt": "\U0001f98a \ud800 \x00 \\ ' \" % :name --", "list": [0, -0.0, 1e300, None, True]}
    put = record("a", values=words, notes=("%s", ":x"))
    assert await store.add(put)
    assert await store.get("a") == put


async def test_an_id_finds_the_last_job_that_has_it_as_its_label(store):
    for id in ("task", "task~b", "task~a", "task2", "Task~z"):
        await store.add(record(id, owner="ann"))
    assert (await store.newest("task")).job.id == "task~a"
    assert await store.newest("task", "ben") is None


async def test_how_long_the_oldest_waits_and_jobs_take_is_known(store):
    assert (await store.oldest(), await store.average_seconds("pixart")) == (None, None)
    await store.add(record("a"))
    assert await store.oldest() == 1.0
    await ran(store)
    assert await store.average_seconds("pixart") == 1.0


async def test_what_a_removed_job_named_is_doomed_with_it(store):
    ledger, key = RetentionQueries(store), "f" * 64
    await store.add(dataclasses.replace(record("a"), pictures={"image": key}))
    [naming] = await ledger.page(0, None)
    assert (naming.open, naming.keys) == (True, {key})
    assert await ledger.remove([naming]) == 0, "it waits still"
    await ran(store)
    assert (await ledger.remove([naming]), await ledger.doomed_files()) == (1, [key])
    await ledger.absolve([key])
    assert (await ledger.doomed_files(), await store.get("a")) == ([], None)


# Letters to webhooks


def letter(id, host="h:1", **changes):
    return Letter(id, "job", f"https://{host}/" if host else "", host, "{}", NOW, due_at=NOW, **changes)


@pytest.fixture
async def post(store):
    """Puts letters into the outbox, as the end of a job does."""

    async def post(*letters):
        for each in letters:
            store._letters_of = lambda _, each=each: [each]
            await store.add(Record(record(f"job of {each.id}").job, "h"))
            assert await store.change(f"job of {each.id}", only_if=OPEN_STATES, state=JobState.FAILED)
        return store.outbox

    return post


async def test_of_each_receiver_the_letter_that_is_due_longest_is_next_the_operators_first(post):
    outbox = await post(
        *(letter("b2", "b:1"), dataclasses.replace(letter("b1", "b:1"), due_at=NOW - 5)),
        *(letter("a1", "a:1"), letter("own", ""), dataclasses.replace(letter("later", "c:1"), due_at=NOW + 5)),
    )
    assert [each.id for each in await outbox.due(NOW, [], 9)] == ["own", "b1", "a1"]
    assert [each.id for each in await outbox.due(NOW, [""], 1)] == ["b1"]
    assert await outbox.next_due(["", "a:1", "b:1"]) == NOW + 5


async def test_what_a_try_came_to_is_kept_and_a_letter_that_was_given_up_stays_so(post):
    outbox = await post(letter("a"), letter("b", "b:1"))
    await outbox.settle("a", Fate.DEAD, tries=1, due_at=NOW, said="410")
    await outbox.settle("a", Fate.WAITING, tries=2, due_at=NOW, said="late")
    await outbox.settle("b", Fate.WAITING, tries=1, due_at=NOW + 9, said="503")
    assert await outbox.counts() == {"waiting": 1, "delivered": 0, "dead": 1}
    assert await outbox.due(NOW, [], 9) == []
    [found] = await outbox.due(NOW + 9, [], 9)
    assert (found.id, found.tries, found.said) == ("b", 1, "503")


async def test_letters_that_another_clock_put_off_are_due_when_they_would_be_by_this_one(post):
    outbox = await post(dataclasses.replace(letter("a"), due_at=NOW * 2))
    await outbox.bound([NOW, NOW + 5], NOW + 100, [])
    assert await outbox.next_due([]) == NOW


async def test_too_many_letters_are_given_up_and_old_ones_removed(post, monkeypatch):
    outbox = await post(*(letter(str(number)) for number in range(4)), letter("other", "o:1"))
    monkeypatch.setattr("bridge.storage.outbox.MOST_WAITING", 3)
    assert await outbox.crop() == {"h:1": 2}
    monkeypatch.setitem(MOST_KEPT, "dead", 1)
    await outbox.tidy(time.time())
    assert await outbox.counts() == {"waiting": 3, "delivered": 0, "dead": 1}


async def test_a_letter_is_written_with_the_end_of_its_job_or_not_at_all(store):
    await store.add(record("a"))
    store._letters_of = lambda _: [letter("a"), letter("a")]  # the second one's id is taken
    with pytest.raises(Exception, match="bridge_outbox"):
        await store.change("a", only_if=OPEN_STATES, state=JobState.FAILED)
    assert (await store.get("a")).job.state is JobState.QUEUED
    assert await store.outbox.counts() == {"waiting": 0, "delivered": 0, "dead": 0}
