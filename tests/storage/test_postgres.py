"""Several processes on one PostgreSQL: each job is drawn by one, ends once, and is known to all."""

import asyncio
import contextlib
import dataclasses
import functools
import sys
import time

import pytest
import sqlalchemy as sa
from test_job_store import NOW, begun, ended, letter
from test_store import record
from waiting import until

from bridge.cli import main
from bridge.core.errors import SettingsError, StorageError
from bridge.core.job import OPEN_STATES, JobState
from bridge.core.settings import Settings
from bridge.storage.artifacts import Artifacts
from bridge.storage.fitness import Fitness
from bridge.storage.outbox import Fate, open_letters, retry
from bridge.storage.peers import News, NotNow, PeerProgress, Topic
from bridge.storage.retention_queries import RetentionQueries
from bridge.storage.schema import metadata
from bridge.storage.store import Store

PICTURE = ("image/png", bytes(range(256)))


@pytest.fixture
async def opened(database_url, tmp_path):
    """Opens the same database for one process after the other, by their names."""
    from bridge.storage.postgres.store import PostgresStore

    async with contextlib.AsyncExitStack() as stack:

        async def opened(name, told=None):
            store = await PostgresStore.open(database_url, tmp_path / name, told)
            stack.push_async_callback(store.close)
            return store

        yield opened


@pytest.fixture
async def two(opened):
    return await opened("one"), await opened("two")


def late(postgres, url):
    """All leases are over."""
    statement = "UPDATE bridge_jobs SET lease_until = now() - interval '1 second' WHERE state = 'running'"
    postgres.run(statement, url)


async def test_a_job_is_taken_by_one_of_all_who_ask_at_once(two):
    one, other = two
    for number in range(10):
        await one.add(record(str(number)))
    taken = await asyncio.gather(*(store.next() for _ in range(6) for store in two))
    ids = [each.job.id for each in taken if each]
    assert sorted(ids) == [str(number) for number in range(10)]
    assert await other.counts() == {state: 10 * (state is JobState.RUNNING) for state in JobState}


async def test_owners_take_turns_among_all_processes(two):
    one, other = two
    for number in range(3):
        await one.add(record(f"ann {number}", owner="ann"))
    await other.add(record("ben", owner="ben"))
    assert [await begun(store) for store in (one, other, one, other)] == ["ann 0", "ben", "ann 1", "ann 2"]


async def test_what_a_process_writes_after_somebody_else_took_its_job_is_refused(two, postgres, database_url):
    slow, quick = two
    await slow.add(record("a"))
    assert await begun(slow) == "a"
    assert await quick.next() is None
    late(postgres, database_url)
    assert (await quick.next()).job.id == "a"
    assert not await slow.advance("a", only_if=OPEN_STATES, state=JobState.COMPLETED, error="late")
    assert await quick.advance("a", only_if=OPEN_STATES, state=JobState.COMPLETED)
    assert (await slow.get("a")).job.error is None


async def test_a_process_hears_that_it_lost_a_job_and_what_is_wanted_of_the_others(two, postgres, database_url):
    slow, quick = two
    for id in ("lost", "cancelled", "skipped"):
        await slow.add(record(id))
        assert await begun(slow) == id
    await quick.change("cancelled", only_if=OPEN_STATES, cancel_requested=True)
    await quick.peers.tell(News(Topic.SKIP, "skipped", 3))
    late(postgres, database_url)
    assert (await quick.next()).job.id == "lost"
    lease = await slow.peers.renew()
    assert (lease.lost_ids, lease.cancelled_ids, dict(lease.skipped_parts)) == ({"lost"}, {"cancelled"}, {"skipped": 3})
    assert await quick.next() is None, "the others are held again"


async def test_a_job_whose_end_was_just_written_is_not_taken_for_lost(two, monkeypatch):
    one, _ = two
    await one.add(record("a"))
    await begun(one)
    written, told, row = asyncio.Event(), asyncio.Event(), one.database.row

    async def late(*about, **more):
        result = await row(*about, **more)
        written.set()
        await told.wait()
        return result

    monkeypatch.setattr(one.database, "row", late)
    ending = asyncio.create_task(one.advance("a", only_if=OPEN_STATES, state=JobState.COMPLETED))
    await written.wait()
    assert (await one.peers.renew()).lost_ids == frozenset()
    told.set()
    assert await ending
    assert (await one.peers.renew()).lost_ids == frozenset()


async def test_a_job_of_a_process_that_ended_is_begun_anew_by_the_next_of_its_name_at_once(opened):
    first = await opened("one")
    await first.add(record("a"))
    await first.add(record("b"))
    await begun(first)
    await first.database.dispose()  # as kill -9 does, nothing is let go
    first._lock.close()
    again = await opened("one")
    assert [(await again.next()).job.id for _ in "ab"] == ["a", "b"]


async def test_a_process_that_ends_in_order_leaves_its_jobs_to_the_others(two):
    one, other = two
    await one.add(record("a"))
    await begun(one)
    await one.close()
    assert (await other.next()).job.id == "a"


async def test_a_job_that_nobody_heard_of_being_taken_is_let_go(two):
    one, other = two
    await one.add(record("a"))
    await one._claims.take(one.database, [], Fitness(lambda _: True))  # and the answer is lost
    await one.peers.renew()
    assert (await other.next()).job.id == "a"


async def test_each_change_of_a_job_is_heard_by_all_others_and_not_by_who_made_it(two):
    one, other = two
    heard = {store: [] for store in two}
    listening = [asyncio.create_task(store.peers.follow(heard[store].append)) for store in two]
    await until(lambda: all(heard.values()))
    await one.add(record("a"))
    await begun(one)
    await one.peers.show("a", PeerProgress(0, 0.5, (1, 2), PICTURE))
    await other.change("a", only_if=OPEN_STATES, cancel_requested=True)
    await ended(one, "a")
    await until(lambda: len(heard[other]) == 4 and len(heard[one]) == 2)
    for task in listening:
        task.cancel()
    kinds = [news.topic for news in heard[other]]
    assert kinds == [Topic.ALL, Topic.CHANGED, Topic.STEP, Topic.CHANGED]
    assert heard[one] == [News(Topic.ALL), News(Topic.CANCEL, "a")]


async def test_how_far_a_job_is_can_be_seen_everywhere_until_it_ends(two):
    one, other = two
    await one.add(record("a"))
    await other.peers.show("a", PeerProgress(0, 0.9))
    assert await one.peers.progress_of(["a"]) == {}, "only who draws it shows it"
    await begun(one)
    for live in (PeerProgress(1, 0.25, (3, 20)), PeerProgress(1, 0.5, (4, 20), PICTURE)):
        await one.peers.show("a", live)
        assert await other.peers.progress_of(["a", "b"]) == {"a": live}
    await ended(one, "a")
    await one.peers.show("a", PeerProgress())
    assert await other.peers.progress_of(["a"]) == {}


async def test_whoever_is_free_is_asked_to_draw_as_soon_as_there_is_a_job(two, postgres):
    one, other = two
    drawn = []

    async def draw(store, name):
        if name == "away" or (id := await begun(store)) is None:
            raise NotNow
        await ended(store, id)
        drawn.append((name, id))

    serving = [
        asyncio.create_task(store.peers.serve(name, functools.partial(draw, store, name)))
        for store, name in ((one, "a"), (other, "b"), (other, "away"))
    ]
    await asyncio.gather(*(one.add(record(str(number))) for number in range(6)))
    await until(lambda: len(drawn) == 6)
    assert sorted(id for _, id in drawn) == list("012345")
    await asyncio.to_thread(postgres.stop)
    await asyncio.to_thread(postgres.start)
    await one.add(record("after"))
    await until(lambda: len(drawn) == 7)
    for task in serving:
        task.cancel()
    await asyncio.gather(*serving, return_exceptions=True)


async def test_a_ticket_that_was_lost_is_made_anew(two, postgres, database_url):
    one, _ = two
    await one.add(record("a"))
    postgres.run("DELETE FROM procrastinate_jobs", database_url)
    drawn = asyncio.Event()

    async def draw():
        await ended(one, await begun(one))
        drawn.set()

    serving = asyncio.create_task(one.peers.serve("a", draw))
    await asyncio.wait_for(drawn.wait(), 30)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_of_a_job_that_somebody_holds_nobody_is_told_again_until_its_time_is_over(two, postgres, database_url):
    from bridge.storage.postgres.tickets import complete

    async def told():
        postgres.run("DELETE FROM procrastinate_jobs", database_url)
        await two[0].database.write(complete)
        return postgres.run("SELECT count(*) FROM procrastinate_jobs", database_url)[0][0]

    await two[0].add(record("a"))
    assert await told() == 1
    await begun(two[0])
    assert await told() == 0
    late(postgres, database_url)
    assert await told() == 1


async def test_who_fell_silent_is_known_for_an_hour_and_who_ended_in_order_is_not(opened, postgres, database_url):
    names = ("lives", "silent", "forgotten", "ended")
    stores = [await opened(name) for name in names]
    for store in stores:
        await store.peers.report({"gpu": {"up": True, "draws": None}})
    for store, age in ((stores[1], "30 minutes"), (stores[2], "2 hours")):
        change = f"UPDATE bridge_workers SET seen_at = now() - interval '{age}' WHERE holder = '{store._claims.holder}'"
        postgres.run(change, database_url)
    await stores[3].peers.report({})
    roster = await stores[0].peers.roster()
    known = {
        name: each["seen_seconds"]
        for each in roster
        for name, store in zip(names, stores, strict=True)
        if store._claims.holder[:8] in each["name"]
    }
    assert known.keys() == {"lives", "silent"}
    assert known["lives"] < 600
    assert 1800 <= known["silent"] < 2400


async def test_one_of_all_processes_looks_after_what_is_kept(two, postgres, database_url):
    assert [await RetentionQueries(store).is_elected() for store in (*two, two[0])] == [True, False, True]
    postgres.run("UPDATE bridge_duties SET until = now()", database_url)
    assert [await RetentionQueries(store).is_elected() for store in reversed(two)] == [True, False]


async def test_all_agree_on_the_time_whatever_their_clocks_say(two):
    now = [await store.peers.now(wrong) for store, wrong in zip(two, (0.0, 9e9), strict=True)]
    assert all(abs(each - time.time()) < 60 for each in now)


async def test_a_receiver_is_called_by_one_process_at_a_time(opened):
    letters = iter([letter("a1", "a:1"), letter("a2", "a:1"), letter("b1", "b:1")])
    stores = [await opened(name, lambda _: [next(letters)]) for name in ("one", "two")]
    one, other = stores
    for id in "xyz":
        await one.add(record(id))
        await one.change(id, only_if=OPEN_STATES, state=JobState.FAILED)
    [first] = await one.outbox.due(NOW, ["b:1"], 9)
    assert [each.id for each in await other.outbox.due(NOW, [], 9)] == ["b1"]
    assert await other.outbox.next_due(["b:1"]) is None, "there is nothing for it to wait for"
    await one.outbox.settle(first.id, Fate.DELIVERED, tries=0, due_at=NOW, said="")
    [second] = await other.outbox.due(NOW, ["b:1"], 9)
    assert {first.id, second.id} == {"a1", "a2"}


async def test_events_that_were_given_up_are_listed_and_sent_again_by_command(opened, database_url):
    store = await opened("one", lambda _: [letter("a")])
    await store.add(record("x"))
    await store.change("x", only_if=OPEN_STATES, state=JobState.FAILED)
    await store.outbox.settle("a", Fate.DEAD, tries=8, due_at=NOW, said="500")
    [dead] = await asyncio.to_thread(open_letters, database_url)
    assert (dead.state, await asyncio.to_thread(retry, database_url, ["a"])) == (Fate.DEAD, 1)
    assert await store.outbox.counts() == {"waiting": 1, "delivered": 0, "dead": 0}


# What goes wrong


async def test_while_the_database_does_not_answer_that_is_said_within_4_seconds_and_then_work_goes_on(two, postgres):
    from bridge.storage.postgres.database import ANSWER_SECONDS

    one, _ = two
    await one.add(record("a"))
    assert ANSWER_SECONDS < 4
    with postgres.paused(), pytest.raises(StorageError, match="The jobs database doesn't answer"):
        await one.add(record("b"))
    assert (await one.get("a")).job.id == "a"
    await until(lambda: not one.database._works)
    assert await one.add(record("b")) is False, "it was written when the database was back: the same id is the same job"


async def test_a_restart_of_the_database_costs_nobody_an_error_and_is_heard_of(two, postgres):
    one, other = two
    heard = []
    listening = asyncio.create_task(other.peers.follow(heard.append))
    await until(lambda: heard)
    await one.add(record("a"))
    await begun(one)
    await asyncio.to_thread(postgres.stop)
    with pytest.raises(StorageError, match="doesn't answer"):
        await one.get("a")
    await asyncio.to_thread(postgres.start)
    assert (await one.get("a")).job.state is JobState.RUNNING
    await ended(one, "a")
    assert (await other.get("a")).job.state is JobState.COMPLETED
    await until(lambda: heard.count(News(Topic.ALL)) == 2)
    listening.cancel()


async def test_a_connection_that_ended_is_made_anew_and_one_that_only_has_something_to_tell_is_not(
    two, postgres, database_url
):
    async def asked(statement):
        return await two[0].database.read(lambda connection: connection.exec_driver_sql(statement).all())

    [(first,)] = await asked("SELECT pg_backend_pid()")
    postgres.run(f"SELECT pg_terminate_backend({first})", database_url)
    await until(lambda: not postgres.run(f"SELECT FROM pg_stat_activity WHERE pid = {first}", database_url))
    [(second,)] = await asked("SELECT pg_backend_pid()")
    await two[0].database.read(lambda connection: connection.exec_driver_sql("LISTEN anything"))
    postgres.run("NOTIFY anything", database_url)
    [(third,)] = await asked("SELECT pg_backend_pid()")
    assert first != second == third


async def test_an_error_of_the_database_does_not_repeat_what_was_asked_for(two, postgres, database_url):
    postgres.run("ALTER TABLE bridge_jobs DROP COLUMN worker CASCADE", database_url)
    from psycopg.errors import UndefinedColumn

    with pytest.raises(UndefinedColumn) as failure:
        await two[0].add(record("a", values={"prompt": "a red fox"}))
    assert "worker" in str(failure.value)
    assert "fox" not in str(failure.value)


async def test_all_that_one_bridge_had_is_taken_over_and_goes_on(opened, database_url, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "data"
    old = await Store.open(folder, lambda _: [letter("told")])
    for number, owner in enumerate(("ann", "ann", "ben")):
        await old.add(record(f"{number} {owner}", owner=owner, values={"prompt": "ä \x00", "seed": 0}))
    await old.remember("a1111", {"model": "x"})
    await begun(old)
    await old.change("2 ben", only_if=OPEN_STATES, state=JobState.CANCELLED)
    with Artifacts.open(folder / "results", old.buffer).holding() as put:
        key = await put(b"small")
        await old.add(dataclasses.replace(record("late", owner="ann"), pictures={"image": key}))
    rows, waiting = await old.list(), await old.waiting("pixart")
    await old.close()
    monkeypatch.setenv("PIXART_DATA", str(folder))
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert await asyncio.to_thread(main, ["migrate", "--from", "sqlite"]) == 0
    assert capsys.readouterr().out == "Taken over: 4 jobs, 1 turns, 1 memory, 0 marks, 0 doomed, 1 outbox.\n"
    assert (folder / "results" / key[:2] / key).read_bytes() == b"small"
    store = await opened("one")
    assert (await store.list(), await store.waiting("pixart")) == (rows, waiting)
    assert await store.dialect_memory("a1111") == {"model": "x"}
    assert await store.outbox.counts() == {"waiting": 1, "delivered": 0, "dead": 0}
    await store.add(record("new", owner="ben"))
    assert [await begun(store) for _ in range(4)] == ["0 ann", "new", "1 ann", "late"]
    assert await asyncio.to_thread(main, ["migrate", "--from", "sqlite"]) == 1
    assert "has jobs already" in capsys.readouterr().err


URLS = {
    "mysql://db/jobs": "DATABASE_URL begins with mysql://, not with postgresql://",
    "postgresql://db": "DATABASE_URL names no database",
    "jobs": "DATABASE_URL is no URL of a database",
    "postgresql://127.0.0.1:9/jobs": "The jobs database 127.0.0.1:9/jobs can't be used: .*efused",
}


@pytest.mark.parametrize("url", URLS)
async def test_a_database_url_that_leads_nowhere_is_said_in_a_sentence(postgres, tmp_path, url):
    from bridge.app.serve import opened_store

    with pytest.raises(SettingsError, match=URLS[url]):
        await opened_store(Settings(_env_file=None, data=tmp_path, database_url=url))


async def test_a_database_that_cannot_be_used_is_said_with_what_it_says(postgres, tmp_path, database_url):
    from bridge.storage.postgres.store import PostgresStore

    for change, sentence in (
        ("INSERT INTO bridge_schema VALUES (99)", "was made by a later version of Pixart"),
        (
            "DROP TABLE bridge_schema; REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE guest LOGIN",
            "permission denied for",
        ),
    ):
        postgres.run(change, database_url)
        guest = database_url.replace("pixart@", "guest@") if "guest" in change else database_url
        with pytest.raises(SettingsError, match=sentence):
            await PostgresStore.open(guest, tmp_path)


async def test_a_database_that_can_only_be_read_or_is_too_old_is_said(postgres, tmp_path, database_url, monkeypatch):
    from bridge.storage.postgres import schema
    from bridge.storage.postgres.store import PostgresStore

    reading = f"{database_url}?options=-c%20default_transaction_read_only%3Don"
    for change in ("SELECT", "DROP TABLE bridge_schema"):
        postgres.run(change, database_url)
        with pytest.raises(SettingsError, match=r"read-only transaction\. Give the address of the server that is writ"):
            await PostgresStore.open(reading, tmp_path)
    monkeypatch.setattr(schema, "OLDEST_VERSION", 990_000)
    with pytest.raises(SettingsError, match=r"The jobs database is PostgreSQL \d\d\. 99 or newer is needed\."):
        await PostgresStore.open(database_url, tmp_path)
    assert postgres.run("SELECT to_regclass('bridge_schema')", database_url) == [(None,)], "nothing is made there"


async def test_who_may_only_use_the_tables_that_an_operator_made_works_with_them(postgres, tmp_path, database_url):
    from bridge.storage.postgres.store import PostgresStore

    name = database_url.rpartition("/")[2]
    role = f"clerk_{name}"
    for statement in (
        f"CREATE ROLE {role} LOGIN",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    ):
        postgres.run(statement, name)
    store = await PostgresStore.open(database_url.replace("pixart@", f"{role}@"), tmp_path)
    await store.add(record("a"))
    assert await begun(store) == "a"
    await store.close()


async def test_without_its_packages_the_setting_says_what_to_install(tmp_path, monkeypatch):
    from bridge.app.serve import opened_store

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match=r"pip install 'pixart\[fleet\]'"):
        await opened_store(Settings(_env_file=None, data=tmp_path, database_url="postgresql://db/jobs"))


async def test_who_comes_at_once_to_an_empty_database_makes_its_tables_once(postgres, tmp_path):
    from bridge.storage.postgres.store import PostgresStore

    url = postgres.fresh("template1")
    opening = [PostgresStore.open(url, tmp_path / str(number)) for number in range(4)]
    for store in await asyncio.gather(*opening):
        assert await store.counts() == dict.fromkeys(JobState, 0)
        await store.close()


def test_the_tables_have_the_columns_that_both_databases_know(postgres):
    from bridge.storage.postgres.address import address

    engine = sa.create_engine(address(postgres.fresh()), poolclass=sa.NullPool)
    seen = sa.inspect(engine)
    for table in metadata.tables.values():
        if table.name != "bridge_buffer":  # small files ride with their row in SQLite only
            columns = {column["name"]: column["nullable"] for column in seen.get_columns(table.name)}
            known = {column.name: column.nullable for column in table.c}
            assert {name: columns.get(name) for name in known} == known


def test_nothing_of_postgresql_is_imported_where_jobs_are_in_a_file():
    import subprocess

    code = "import bridge.cli.serving, sys; print([n for n in sys.modules if 'psycopg' in n or 'postgres' in n])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
