"""What `doctor` says of a fleet, and what keeps a process from beginning on a database that it can't work on."""

import asyncio
import contextlib
import re
import time

import pytest

from bridge.app.fleet_report import fleet_report
from bridge.cli import main
from bridge.core.errors import SettingsError
from bridge.core.results_settings import ResultsSettings
from bridge.core.settings import Settings


async def told(url):
    """Whether all is well, and the lines."""
    return await fleet_report(Settings(_env_file=None, database_url=url), ResultsSettings(_env_file=None))


@pytest.fixture
async def store(database_url, tmp_path):
    from bridge.storage.postgres.store import PostgresStore

    store = await PostgresStore.open(database_url, tmp_path)
    yield store
    await store.close()


async def test_without_a_fleet_there_is_nothing_to_say():
    assert await told(None) == (True, [])


async def test_the_database_is_shown_with_its_tables_and_all_who_draw(store, database_url, postgres):
    await store.peers.report(
        {
            "one": {"up": True, "draws": "job", "url": "http://gpu:8188", "version": "0.3.0"},
            "two": {"up": True, "draws": None, "url": "http://gpu:8189", "version": "0.3.0", "device": "NVIDIA H100"},
            "three": {"up": False, "draws": None, "url": "http://gpu:8190", "version": "0.2.0"},
        }
    )
    old = "UPDATE bridge_workers SET seen_at = now() - interval '20 minutes' WHERE name LIKE '%three'"
    postgres.run(old, database_url)
    sound, lines = await told(database_url)
    assert sound
    assert re.fullmatch(r"Database  PostgreSQL \S+ at 127\.0\.0\.1:\d+/pixart_\d+ answers in \d+ ms", lines[0])
    assert re.match(r" {10}Its tables are of this version \(\d+\)\. \d+ of 200 connections are taken\.$", lines[1])
    workers = [re.sub(r"Worker    \S+-(?=one|two|three)", "", line) for line in lines[2:]]
    assert workers[0] == "one draws (http://gpu:8188, Pixart 0.3.0)"
    assert re.fullmatch(r"three is silent since 1[2-9]\d\d s \(http://gpu:8190, Pixart 0\.2\.0\)", workers[1])
    assert workers[2] == "two is idle (NVIDIA H100, http://gpu:8189, Pixart 0.3.0)"


async def test_a_bridge_without_a_comfyui_is_shown_its_fleet_alone(database_url, tmp_path, monkeypatch, capsys):
    for name, value in {"DATABASE_URL": database_url, "WORKERS": "none", "PIXART_DATA": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    assert await asyncio.to_thread(main, ["doctor"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["Database", "Its", "Worker"]


async def test_an_empty_database_is_well_and_gets_its_tables_from_the_first_who_starts(postgres):
    sound, lines = await told(postgres.fresh("template1"))
    assert sound
    assert "It has no tables yet: the first bridge or worker makes them." in lines[1]
    assert lines[2].startswith("Worker    none is there: start")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("INSERT INTO bridge_schema VALUES (99)", "Its tables were made by a later version of Pixart"),
        ("DELETE FROM bridge_schema WHERE version > 1", "Its tables are of an older version (1 of"),
        ("ALTER DATABASE {name} SET default_transaction_read_only = on", "It can only be read, as a standby can"),
        ("ROLE", "The user in DATABASE_URL lacks rights there (DELETE, INSERT, SELECT, UPDATE)"),
    ],
)
async def test_what_is_wrong_with_a_database_is_a_sentence(postgres, database_url, change, sentence):
    name = database_url.rpartition("/")[2]
    if change == "ROLE":
        postgres.run(f"CREATE ROLE stranger_{name} LOGIN", name)
        database_url = database_url.replace("pixart@", f"stranger_{name}@")
    else:
        postgres.run(change.format(name=name), name)
    sound, lines = await told(database_url)
    assert sentence in "\n".join(lines)
    assert sound == ("older" in sentence)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://pixart@127.0.0.1:9/x", r"The jobs database 127\.0\.0\.1:9/x can't be used: .*refused"),
        ("mysql://db/jobs", "DATABASE_URL begins with mysql://"),
    ],
)
async def test_a_database_that_is_not_there_is_a_sentence(postgres, url, sentence):
    sound, lines = await told(url)
    assert (sound, len(lines)) == (False, 1)
    assert re.match(f"Database  {sentence}", lines[0])


async def test_a_clock_that_is_off_is_said_by_doctor_and_at_the_start(store, database_url, monkeypatch, caplog):
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() - 3600)
    sound, lines = await told(database_url)
    assert not sound
    assert any(re.search(r"This machine's clock is 3[56]\d\d s behind the database's", line) for line in lines)
    await store.peers.enter()
    assert "behind the database's" in caplog.text


@contextlib.asynccontextmanager
async def pooler(port):
    """The port of what passes on all that PostgreSQL says but notifications, as a pooler of transactions does."""

    async def connected(near_in, near_out):
        far_in, far_out = await asyncio.open_connection("127.0.0.1", port)

        async def asked():
            while data := await near_in.read(65536):
                far_out.write(data)
            far_out.close()

        asking = asyncio.create_task(asked())
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while kind := await far_in.readexactly(1):
                length = await far_in.readexactly(4)
                body = await far_in.readexactly(int.from_bytes(length, "big") - 4)
                if kind != b"A":
                    near_out.write(kind + length + body)
        near_out.close()
        await asking

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_a_pooler_is_known_by_the_notifications_that_it_keeps(store, database_url, postgres, monkeypatch):
    from bridge.storage.postgres import entry, examination
    from bridge.storage.postgres.address import address

    monkeypatch.setattr(examination, "NEWS_SECONDS", 0.5)
    async with pooler(postgres.port) as port:
        url = database_url.replace(f":{postgres.port}/", f":{port}/") + "?sslmode=disable&gssencmode=disable"
        sound, lines = await told(url)
        assert not sound
        assert any("No notifications arrive, as behind a pooler" in line for line in lines)
        with pytest.raises(SettingsError, match="DATABASE_URL is the address of a pooler"):
            await entry.enter(address(url), "somebody")


async def test_a_process_does_not_begin_under_the_name_of_another_that_lives(store, database_url, monkeypatch):
    import psycopg

    from bridge.storage.postgres import entry

    monkeypatch.setattr(entry, "LEAVE_SECONDS", 0.3)
    connection = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    assert await entry.named(connection, store._claims.holder)
    with pytest.raises(SettingsError, match=r"Another process works .* Remove the file bridge\.name from the copy"):
        await store.peers.enter()
    monkeypatch.setattr(entry, "LEAVE_SECONDS", 30.0)
    entering = asyncio.create_task(store.peers.enter())
    await connection.close()  # as kill -9 does
    await entering
