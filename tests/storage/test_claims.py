"""Who gets which job where unlike ComfyUIs draw from one PostgreSQL: what each can, and what it has loaded."""

import dataclasses

import pytest
from test_job_store import begun, ended
from test_store import record

from bridge.core.job import OPEN_STATES, JobState
from bridge.core.needs import Needs
from bridge.storage.fitness import Fitness
from bridge.storage.postgres.claims import MOST_PASSED, NEAR_PLACES

ONE, OTHER = Needs(models=["checkpoints/one"]), Needs(models=["checkpoints/other"])
PLAIN = Needs(nodes={"Any": []})


@pytest.fixture
async def store(database_url, tmp_path):
    from bridge.storage.postgres.store import PostgresStore

    store = await PostgresStore.open(database_url, tmp_path)
    for needs in (ONE, OTHER, PLAIN):
        await store.peers.need(needs)
    yield store
    await store.close()


async def put(store, *jobs):
    """Jobs by (owner, needs) and perhaps their priority, named after their number and owner."""
    for number, (owner, needs, *priority) in enumerate(jobs):
        row = record(f"{number} {owner}", owner=owner, priority=priority[0] if priority else 0)
        await store.add(dataclasses.replace(row, needs=needs.digest if needs else ""))


def able(*models):
    """Who has these model files."""
    return Fitness(lambda needs: set(needs.models) <= {f"checkpoints/{each}" for each in models})


async def all_of(store, fitness):
    """What this one draws, in its order."""
    order = []
    while (id := await begun(store, fitness=fitness)) is not None:
        await ended(store, id)
        order.append(id)
    return order


async def test_who_lacks_a_model_never_gets_the_job_and_the_owners_turn_is_not_taken(store):
    await put(store, ("ann", ONE), ("ann", OTHER), ("ben", ONE), ("ann", None), ("ben", PLAIN))
    assert await all_of(store, able("other")) == ["1 ann", "4 ben", "3 ann"]
    assert [(await store.get(id)).job.state for id in ("0 ann", "2 ben")] == [JobState.QUEUED] * 2
    assert await all_of(store, able("one")) == ["2 ben", "0 ann"], "ann had the last turn"


async def test_needs_count_by_the_digest_that_jobs_name_whichever_version_wrote_them(store, postgres, database_url):
    await put(store, ("", ONE))
    older = f"UPDATE bridge_needs SET digest = 'older' WHERE digest = '{ONE.digest}'"
    for change in (older, "UPDATE bridge_jobs SET needs = 'older'"):
        postgres.run(change, database_url)
    assert await store.next(fitness=able("other")) is None
    assert await begun(store, fitness=able("one")) == "0 "


async def test_a_job_whose_process_is_no_more_goes_on_where_its_models_are(store, postgres, database_url):
    await put(store, ("", ONE))
    assert await begun(store, fitness=able("one")) == "0 "
    over = "UPDATE bridge_jobs SET lease_until = now() - interval '1 second'"
    postgres.run(over, database_url)
    assert await store.next(fitness=able("other")) is None
    assert (await store.next(fitness=able("one"))).job.id == "0 "


async def test_of_an_owners_jobs_those_go_first_whose_models_are_loaded(store):
    await put(store, *[("ann", each) for each in (ONE, OTHER, ONE, OTHER, PLAIN, ONE)])
    assert await all_of(store, able("one", "other")) == ["0 ann", "2 ann", "4 ann", "5 ann", "1 ann", "3 ann"]


async def test_what_is_loaded_changes_neither_turns_nor_priority(store):
    await put(store, ("ann", ONE), ("ann", OTHER), ("ben", OTHER), ("ann", ONE), ("cat", OTHER, 1))
    fitness = able("one", "other")
    fitness.loaded_models = ONE.model_digest
    assert await all_of(store, fitness) == ["4 cat", "1 ann", "2 ben", "0 ann", "3 ann"]


async def test_a_job_lets_no_more_than_so_many_others_go_first(store):
    later = [("ann", ONE)] * (MOST_PASSED + 3)
    await put(store, ("ann", OTHER), *later[:NEAR_PLACES])
    fitness, order = able("one", "other"), []
    fitness.loaded_models = ONE.model_digest
    for number in range(MOST_PASSED + 2):  # and as many come as are drawn
        order.append(await begun(store, fitness=fitness))
        row = record(f"more {number}", owner="ann")
        await store.add(dataclasses.replace(row, needs=ONE.digest))
    assert order.index("0 ann") == MOST_PASSED


async def test_only_among_an_owners_next_jobs_one_goes_first(store):
    await put(store, *[("ann", OTHER)] * NEAR_PLACES, ("ann", ONE))
    fitness = able("one", "other")
    fitness.loaded_models = ONE.model_digest
    assert await begun(store, fitness=fitness) == "0 ann"


async def test_a_job_that_is_being_changed_does_not_hold_up_the_others(store):
    await put(store, ("", ONE), ("", ONE))
    async with store.database._durable.connect() as connection, connection.begin():
        from sqlalchemy import text

        await connection.execute(text("SELECT FROM bridge_jobs WHERE id = '0 ' FOR UPDATE"))
        assert await begun(store, fitness=able("one")) == "1 "
    assert await begun(store, fitness=able("one")) == "0 "


async def test_who_cannot_draw_what_waits_has_others_told_of_it(store):
    await put(store, ("", ONE))
    fitness = able()
    assert not await store.peers.pass_on(fitness), "it doesn't know yet of what it lacks"
    assert await store.next(fitness=fitness) is None
    assert await store.peers.pass_on(fitness)
    await store.change("0 ", only_if=OPEN_STATES, state=JobState.CANCELLED)
    assert not await store.peers.pass_on(fitness)


async def test_what_a_comfyui_can_is_known_for_a_while_after_it_ended(store, postgres, database_url):
    await store.peers.publish("abc", b"content")
    await store.peers.report({"comfyui": {"up": True, "can": "abc"}, "old": {"up": True}})
    assert [each["name"].rpartition("-")[2] for each in await store.peers.workers()] == ["comfyui", "old"]
    await store.peers.report({})
    assert (await store.peers.workers(), await store.peers.capability_digests()) == ([], ["abc"])
    await store.peers.report({"later": {"up": True, "can": "xyz"}, "away": {"up": False, "can": "aaa"}})
    assert await store.peers.capability_digests() == ["xyz", "aaa", "abc"], "who answers is asked first"
    await store.peers.report({"later": {"up": False}, "away": {"up": False, "can": ""}})
    assert await store.peers.capability_digests() == ["abc", "xyz"], "what it could holds while it is started again"
    await store.peers.report({"later": {"up": True, "can": "xyz"}, "away": {"up": False, "can": "aaa"}})
    assert (await store.peers.capabilities("abc"), await store.peers.capabilities("x")) == (b"content", None)
    postgres.run("UPDATE bridge_workers SET seen_at = now() - interval '11 minutes'", database_url)
    assert list(await store.peers.capability_digests()) == []


async def test_what_nobody_names_any_more_is_removed_after_a_day(store, postgres, database_url):
    await put(store, ("", ONE))
    await store.peers.publish("abc", b"content")
    for table in ("needs", "capabilities"):
        aged = f"UPDATE bridge_{table} SET seen_at = now() - interval '25 hours'"
        postgres.run(aged, database_url)
    store.peers._cleared -= 2 * 3600
    await store.peers.report({})
    assert await store.peers.capabilities("abc") is None
    assert await store.next(fitness=able()) is None, "what a waiting job needs is still known"
