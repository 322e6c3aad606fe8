"""Keys: made, kept, changed and asked for; each key's jobs are its own; nobody listens to all by mistake."""

import asyncio
import base64
import hashlib
import json
import os
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import aiohttp
import pytest
from bridge_process import BridgeProcess
from keyed import NOWHERE, PIXART, basic, bearer, settings, sketch

from bridge import cli
from bridge.adapters.dialect import Command
from bridge.app.serve import doors, exposure, is_loopback, open_doors
from bridge.comfy.client import Comfy
from bridge.comfy.protocol import Address
from bridge.core.errors import BadRequest, Conflict, SettingsError, Unavailable
from bridge.core.job import JobState
from bridge.core.settings import Settings
from bridge.drawing.run_state import RunState
from bridge.web import keyring
from bridge.web.access import Caller, Keys, address_of, digest, owner
from bridge.web.keyring import Keyring

# The file of keys


def test_a_key_is_printed_once_and_only_its_hash_is_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PIXART_DATA", str(tmp_path / "new folder"))
    assert cli.main(["keys", "add", "ann", "--jobs", "3", "--priority", "-2"]) == 0
    key = capsys.readouterr().out.strip()
    assert key.startswith("pixart_")
    assert len(key) == len("pixart_") + 43
    file = tmp_path / "new folder" / "keys.json"
    assert key not in file.read_text()
    kept = Keys.parsed(file.read_text(), "").keys[0]
    assert (kept.name, kept.sha256, kept.jobs, kept.priority) == (
        "ann",
        hashlib.sha256(key.encode()).hexdigest(),
        3,
        -2,
    )
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in file.parent.iterdir()) == ["keys.json", "keys.lock"]


def test_keys_are_listed_by_name_and_removed(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PIXART_DATA", str(tmp_path))
    for name in ("ann", "ben"):
        assert cli.main(["keys", "add", name]) == 0
    capsys.readouterr()
    assert cli.main(["keys", "list"]) == 0
    listed = capsys.readouterr().out
    assert [line.split()[0] for line in listed.splitlines()] == ["ann", "ben"]
    assert "pixart_" not in listed
    assert cli.main(["keys", "remove", "ann"]) == 0
    assert "No key is left" not in capsys.readouterr().err
    assert cli.main(["keys", "remove", "ben"]) == 0
    assert "No key is left, so only API_KEY is let in." in capsys.readouterr().err
    assert cli.main(["keys", "remove", "ben"]) == 1
    assert "There is no key called 'ben'. Known: there are no keys." in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "@a1111", "a/b", "../keys", ".x", "x" * 33, "ä", "a b", "a\n"])
def test_a_name_that_could_be_mistaken_is_refused(tmp_path, name):
    with pytest.raises(BadRequest, match="can't be the name of a key"):
        keyring.add(tmp_path / "keys.json", name)
    assert not (tmp_path / "keys.json").exists()


@pytest.mark.parametrize("more", [{"jobs": -1}, {"priority": 1001}], ids=str)
def test_a_limit_that_makes_no_sense_is_refused(tmp_path, more):
    with pytest.raises(BadRequest):
        keyring.add(tmp_path / "keys.json", "ann", **more)


def test_a_name_is_taken_once(tmp_path, keys):
    with pytest.raises(Conflict, match="There is already a key called 'ann'"):
        keyring.add(tmp_path / "keys.json", "ann")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b'{"version": 2}',
        b'{"keys": [{"name": "a"}]}',
        b"\xff",
        b'{"keys": [{"name": "a", "sha256": "%s"}, {"name": "a", "sha256": "%s"}]}' % (b"0" * 64, b"1" * 64),
    ],
    ids=range(7),
)
def test_a_server_with_a_damaged_file_of_keys_does_not_start(tmp_path, text):
    (tmp_path / "keys.json").write_bytes(text)
    with pytest.raises(SettingsError, match=r"is no file of keys"):
        Keyring(settings(tmp_path))


@pytest.mark.skipif(os.name == "nt", reason="there is no lock there")
def test_keys_that_are_made_at_the_same_moment_are_all_kept(tmp_path):
    names = [f"k{number:02}" for number in range(40)]  # two threads that open the lock are as two processes to it
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: keyring.add(tmp_path / "keys.json", name), names))
    assert sorted(key.name for key in keyring.load(tmp_path / "keys.json").keys) == names


def test_the_file_is_looked_at_again_and_removing_the_last_key_opens_nothing(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(keyring, "LOOK_SECONDS", 0)
    path, ring = tmp_path / "keys.json", Keyring(settings(tmp_path))
    assert not ring.needed
    key = keyring.add(path, "ann")
    assert ring.needed
    assert ring.owner(bearer(key)) == Caller("ann")
    path.write_text("damaged")
    assert ring.owner(bearer(key)) == Caller("ann")
    assert "The keys stay as they were" in caplog.text
    path.write_text(Keys().text())
    assert (ring.needed, ring.owner(bearer(key))) == (True, None)
    path.unlink()
    assert (ring.needed, ring.owner(bearer(key))) == (True, None)


def test_the_file_is_looked_at_at_most_once_a_second(tmp_path, keys):
    ring = Keyring(settings(tmp_path))
    keyring.remove(tmp_path / "keys.json", "ann")
    assert ring.owner(bearer(keys["ann"])) == Caller("ann")
    ring._last_look -= keyring.LOOK_SECONDS
    assert ring.owner(bearer(keys["ann"])) is None


# Whose key


@pytest.mark.parametrize(
    ("headers", "who"),
    [
        (lambda keys: bearer(keys["ann"]), "ann"),
        (lambda keys: {"Authorization": f"bearer  {keys['ben']} "}, "ben"),
        (lambda keys: {"X-API-Key": keys["ben"]}, "ben"),
        (lambda keys: basic("anybody", keys["ann"]), "ann"),
        (lambda keys: basic("", keys["ann"]), "ann"),
        (lambda keys: bearer("operator's"), ""),
        (lambda keys: basic("x", "operator's"), ""),
        (lambda keys: {**bearer("wrong"), "X-API-Key": keys["ben"]}, "ben"),
        (lambda keys: {}, None),
        (lambda keys: bearer(keys["ann"][:-1]), None),
        (lambda keys: bearer(digest(keys["ann"].encode())), None),
        (lambda keys: basic(keys["ann"], ""), None),
        (lambda keys: {"Authorization": f"Basic {keys['ann']}"}, None),
        (lambda keys: {"Authorization": keys["ann"]}, None),
        (lambda keys: bearer("\udcff\udcfe"), None),
    ],
    ids=range(15),
)
def test_a_key_is_found_wherever_clients_put_it(tmp_path, keys, headers, who):
    found = Keyring(settings(tmp_path, api_key="operator's")).owner(headers(keys))
    assert (found.name if found else None) == who


def test_every_key_is_compared_whichever_is_right(keys, tmp_path, monkeypatch):
    compared = []
    monkeypatch.setattr("bridge.web.access.hmac.compare_digest", lambda a, b: compared.append(b) or a == b)
    known = keyring.load(tmp_path / "keys.json").keys
    for key in (*keys.values(), "nobody's"):
        compared.clear()
        owner([digest(key.encode())], known, "operator's", 0)
        assert len(compared) == 3


def test_a_key_brings_its_own_limits_or_the_servers(tmp_path):
    path = tmp_path / "keys.json"
    made = {name: keyring.add(path, name, jobs, 4) for name, jobs in (("own", 2), ("none", 0), ("servers", None))}
    ring = Keyring(settings(tmp_path, max_jobs_per_key=7))
    found = {name: ring.owner(bearer(key)) for name, key in made.items()}
    assert found == {name: Caller(name, jobs, 4) for name, jobs in (("own", 2), ("none", 0), ("servers", 7))}


PROXIES = Settings(_env_file=None, trusted_proxies="10.0.0.0/8, 2001:db8:1::/48,::1").trusted_proxies


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),  # a stranger may say what it likes
        ("10.1.1.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.1.1.1", ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),  # the left one is the client's own word
        ("10.1.1.1", ["203.0.113.9", "198.51.100.7, 10.2.2.2"], "198.51.100.7"),
        ("10.1.1.1", ["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
        ("10.1.1.1", [], "10.1.1.1"),
        ("10.1.1.1", ["rubbish"], "10.1.1.1"),
        ("10.1.1.1", ["198.51.100.7, rubbish"], "10.1.1.1"),
        ("10.1.1.1", ["198.51.100.7:4711"], "198.51.100.7"),
        ("::ffff:10.1.1.1", ["[2001:db8:2:3:4:5:6:7]:80"], "2001:db8:2:3::/64"),
        ("::1", ["2001:db8:2:3:ffff::1"], "2001:db8:2:3::/64"),
        ("fe80::1%eth0", [], "fe80::/64"),
        (None, ["198.51.100.7"], ""),
    ],
    ids=str,
)
def test_an_address_is_believed_from_the_right_and_only_from_proxies(peer, forwarded, found):
    assert address_of(peer, forwarded, PROXIES) == found


# Each key's jobs are its own


async def test_jobs_of_another_key_are_not_there(serve_queue, keys):
    client = await serve_queue(api_key="master")
    ann, ben, master = (bearer(key) for key in (keys["ann"], keys["ben"], "master"))
    assert (await client.post(f"{PIXART}/generate", json=sketch("a"), headers=ann)).status == 200
    routes = [("GET", "status"), ("GET", "result"), ("GET", "events"), ("POST", "cancel")]
    for method, route in routes:
        answer = await client.request(method, f"{PIXART}/{route}/a", headers=ben)
        assert (route, answer.status) == (route, 404)
        unknown = await client.request(method, f"{PIXART}/{route}/nobody", headers=ben)
        assert await answer.json() == await unknown.json()
    assert (await client.post(f"{PIXART}/generate", json=sketch("a"), headers=ann)).status == 200
    conflict = await client.post(f"{PIXART}/generate", json=sketch("a"), headers=ben)
    assert (conflict.status, (await conflict.json())["code"]) == (409, "conflict")
    seen = {}
    for name, headers in (("ann", ann), ("ben", ben), ("master", master)):
        listed = await (await client.get(f"{PIXART}/jobs", headers=headers)).json()
        seen[name] = [job["id"] for job in listed["jobs"]]
    assert seen == {"ann": ["a"], "ben": [], "master": ["a"]}
    assert (await client.get(f"{PIXART}/status/a", headers=ann)).status == 200
    assert (await client.get(f"{PIXART}/status/a", headers=master)).status == 200
    assert (await client.post(f"{PIXART}/cancel/a", headers=ann)).status == 200


async def test_what_waits_and_how_many_is_told_of_ones_own_jobs_only(serve_queue, keys):
    client = await serve_queue(api_key="master")
    told = {}
    for who in ("ann", "ben"):
        body = {"prompt": who, "force_task_id": who}
        posted = asyncio.create_task(client.post("/sdapi/v1/txt2img", json=body, headers=bearer(keys[who])))
        while await client.jobs._store.get(f"task-{who}") is None:
            await asyncio.sleep(0.01)
        body = {"prompt": who, "width": 64, "height": 64}
        assert (await client.post("/generate/text2img", json=body, headers=bearer(keys[who]))).status == 202
        told[who] = posted
    for who, tasks in (("ann", ["ann"]), ("ben", ["ben"]), (None, ["ann", "ben"])):
        headers = bearer(keys[who] if who else "master")
        pending = await (await client.get("/internal/pending-tasks", headers=headers)).json()
        assert pending == {"size": len(tasks), "tasks": tasks}
        busy = await (await client.get("/queue/status", headers=headers)).json()
        assert busy["queuedJobs"] == len(tasks)
        answer = await client.post("/internal/progress", json={"id_task": "ann"}, headers=headers)
        assert (await answer.json())["queued"] == (who != "ben")
    for task in told.values():
        task.cancel()
    await asyncio.gather(*told.values(), return_exceptions=True)


async def test_only_ones_own_running_job_is_interrupted_or_skipped(serve_queue, keys):
    client = await serve_queue()
    await client.post(f"{PIXART}/generate", json=sketch("a"), headers=bearer(keys["ann"]))
    store = client.jobs._store
    assert await store.change("a", only_if=[JobState.QUEUED], state=JobState.RUNNING)
    worker = client.jobs._fleet.chief
    live = worker.running = RunState("a")
    for command in (Command(interrupt=True), Command(skip=True)):
        await client.jobs.command("pixart", command, "ben")
    assert (live.cancelled, live.skipped) == (False, False)
    assert (await client.jobs.view("pixart", "a", owner="ben")).running is None
    await client.jobs.command("pixart", Command(skip=True), "ann")
    assert live.skipped
    live.skipped = False
    await client.jobs.command("pixart", Command(skip=True))
    assert live.skipped
    worker.running = None


async def test_a_dialects_own_credentials_are_a_caller_of_their_own(serve_queue, keys, monkeypatch):
    monkeypatch.setenv("A1111_USERNAME", "me")
    monkeypatch.setenv("A1111_PASSWORD", "secret")
    client = await serve_queue()
    for headers, status in (
        ({}, 401),
        (basic("me", "wrong"), 401),
        (basic("me", "secret"), 200),
        (basic("me", keys["ann"]), 200),
        (bearer(keys["ann"]), 200),
    ):
        assert (await client.get("/internal/pending-tasks", headers=headers)).status == status, headers
    body = {"prompt": "x", "force_task_id": "mine"}
    posted = asyncio.create_task(client.post("/sdapi/v1/txt2img", json=body, headers=basic("me", "secret")))
    while not (job := await client.jobs._store.get("task-mine")):
        await asyncio.sleep(0.01)
        assert not posted.done(), await (await posted).text()
    assert job.job.owner == "@a1111"
    pending = await (await client.get("/internal/pending-tasks", headers=bearer(keys["ann"]))).json()
    assert pending["tasks"] == []
    assert (await client.get(f"{PIXART}/jobs", headers=basic("me", "secret"))).status == 401
    posted.cancel()
    await asyncio.gather(posted, return_exceptions=True)


@pytest.mark.parametrize("coding", ["utf-8", "latin-1"])
async def test_a_password_may_have_other_letters_than_asciis_in_either_spelling(serve_queue, monkeypatch, coding):
    monkeypatch.setenv("A1111_USERNAME", "André")
    monkeypatch.setenv("A1111_PASSWORD", "pässwörd")
    client = await serve_queue(api_key="schlüssel")

    def sent(pair):
        return {"Authorization": "Basic " + base64.b64encode(pair.encode(coding)).decode()}

    for pair, status in (("André:pässwörd", 200), ("x:schlüssel", 200), ("André:passwort", 401), ("André:p", 401)):
        assert (await client.get("/sdapi/v1/options", headers=sent(pair))).status == status, pair


async def test_a_refusal_names_what_is_asked_for(serve_queue, monkeypatch, keys):
    monkeypatch.setenv("A1111_USERNAME", "me")
    monkeypatch.setenv("SERVICE_API_KEY", "the panel's")
    client = await serve_queue()
    said = (await (await client.get("/sdapi/v1/options")).json())["errors"]
    assert "Send the name and password of A1111_USERNAME and A1111_PASSWORD, by HTTP Basic; or a key of this" in said
    said = (await (await client.post("/pico/sdapi/v1/txt2img", json={})).json())["error"]
    assert "Send SERVICE_API_KEY as `X-API-Key: KEY`; or a key of this server" in said
    said = (await (await client.get(f"{PIXART}/jobs")).json())["detail"]
    assert said.startswith("An API key is needed. Send `Authorization: Bearer KEY`")


async def test_health_tells_its_details_to_the_operator_only(serve_queue, keys):
    client = await serve_queue(api_key="master")
    for key, told in (("master", True), (keys["ann"], False), ("wrong", False)):
        assert ("jobs" in await (await client.get("/health", headers=bearer(key))).json()) == told


# Listening


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        *((host, True) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost", "127.1")),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("0", False),
        ("192.0.2.1", False),
        ("no.such.host.invalid", False),
        ("127.0.0..1", False),
    ],
)
def test_loopback_is_known_by_any_name(host, alone):
    assert is_loopback(host) == alone


OPEN = {"host": "0.0.0.0"}


@pytest.mark.parametrize(
    ("more", "keys", "environment", "served"),
    [
        ({}, False, {}, True),
        (OPEN, False, {}, False),
        (OPEN, True, {}, True),
        ({**OPEN, "open": True}, False, {}, True),
        ({"listeners": "8080=pico", **OPEN}, False, {"SERVICE_API_KEY": "k"}, False),  # the main door is open, too
        ({"profile": "pico", **OPEN}, False, {"SERVICE_API_KEY": "k"}, True),
        ({"profile": "a1111", **OPEN}, False, {"A1111_USERNAME": "me"}, True),
        ({"profile": "a1111", **OPEN}, False, {}, False),
        ({"profile": "axera", **OPEN}, False, {"A1111_USERNAME": "me"}, False),  # /generate asks nobody
        ({"service_port": 1, "service_host": "0.0.0.0"}, False, {}, False),
        ({"service_port": 1, "service_host": "0.0.0.0"}, False, {"SERVICE_API_KEY": "k"}, True),
        (OPEN, False, {"A1111_USERNAME": "me", "SERVICE_API_KEY": "k"}, False),
    ],
    ids=range(12),
)
def test_nobody_listens_beyond_this_machine_without_a_key_by_mistake(
    tmp_path, monkeypatch, more, keys, environment, served
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    wanted = settings(tmp_path, **more)
    if served:
        said = open_doors(wanted, doors(wanted), keys=keys)
        assert bool(said) == wanted.open
    else:
        with pytest.raises(SettingsError, match=r"for everybody who reaches it\. Make a key with `pixart keys add"):
            open_doors(wanted, doors(wanted), keys=keys)


def test_serve_refuses_in_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PIXART_DATA", str(tmp_path))
    monkeypatch.setenv("COMFYUI_URL", NOWHERE)
    assert cli.main(["serve", "--host", "0.0.0.0", "--port", "0"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "pixart: Pixart would listen on 0.0.0.0 for everybody who reaches it. Make a key with `pixart keys "
        "add NAME`, or set API_KEY; or PIXART_OPEN=true to serve without one."
    ]


def test_a_running_server_beyond_this_machine_takes_and_drops_keys(tmp_path):
    path = tmp_path / "keys.json"
    ann = keyring.add(path, "ann")
    with BridgeProcess(tmp_path, HOST="0.0.0.0", COMFYUI_URL=NOWHERE) as bridge:
        assert bridge.call(f"{PIXART}/jobs")[0] == 401
        assert bridge.call(f"{PIXART}/jobs", headers=bearer(ann))[0] == 200
        ben = keyring.add(path, "ben")
        keyring.remove(path, "ann")
        time.sleep(keyring.LOOK_SECONDS)
        assert [bridge.call(f"{PIXART}/jobs", headers=bearer(key))[0] for key in (ann, ben)] == [401, 200]
        assert not any(ann in line or ben in line for line in bridge.said)


def test_name_and_password_for_comfyui_are_told_to_nobody(tmp_path, monkeypatch, capsys):
    url = "http://me:hunter2@127.0.0.1:9"
    with BridgeProcess(tmp_path, COMFYUI_URL=url) as bridge:
        told = [bridge.call("/ready")[1]["detail"], *map(str, bridge.call("/health")[1]["comfyui"].values())]
        assert "http://127.0.0.1:9" in told
        assert not any("me:" in each or "hunter2" in each for each in [*told, *bridge.said])
    monkeypatch.setenv("COMFYUI_URL", url)
    assert cli.main(["doctor"]) == 1
    assert "ComfyUI at http://127.0.0.1:9 can't be reached" in (said := capsys.readouterr().err)
    assert "hunter2" not in said


async def test_an_error_of_comfyuis_address_tells_no_password():
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Unavailable) as caught:
            await Comfy(session, Address("http://me:hunter2@127.0.0.1:9"), "").stats()
    assert "ComfyUI at http://127.0.0.1:9 can't be reached" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "open"),
    [
        ("", False),
        ("--lowvram --listen 127.0.0.1", False),
        ("--listen=127.0.0.1,::1", False),
        ("--listen", True),
        ("--listen --lowvram", True),
        ("--listen=0.0.0.0", True),
        ("--lis 192.0.2.1", True),
        ("--listen 127.0.0.1,0.0.0.0", True),
    ],
)
def test_arguments_that_open_comfyui_itself_are_said(tmp_path, arguments, open):
    found = Settings(_env_file=None, data=tmp_path, comfyui_args=arguments)
    assert bool(exposure(found)) == open


@pytest.mark.comfy
def test_the_child_is_reached_on_loopback_only(bare_comfy):
    port = urlsplit(bare_comfy.url).port
    socket.create_connection(("127.0.0.1", port), 5).close()
    with pytest.raises(OSError):  # what listens on all addresses answers at this one, too
        socket.create_connection(("127.0.0.2", port), 5).close()


@pytest.mark.parametrize(
    "path",
    [
        *("prompt", "queue", "history", "object_info", "view?filename=x", "upload/image", "ws", "system_stats"),
        *("interrupt", "free", "api/prompt", "comfyui/prompt", "pixart/worker", "pixart/line", "pixart/engine/axera"),
    ],
)
async def test_no_path_leads_to_comfyui_itself(serve_queue, path):
    client = await serve_queue()
    for method in ("GET", "POST"):
        assert (await client.request(method, f"/{path}", json={} if method == "POST" else None)).status == 404


HOSTILE = [
    "../../etc/passwd",
    "..%2F..%2Fetc%2Fpasswd",
    "....//",
    "/etc/passwd",
    "a\\..\\b",
    "x\x00y",
    "a\r\nX: y",
    "~",
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_no_name_of_a_request_becomes_a_path(serve_queue, tmp_path, name):
    client = await serve_queue()
    answer = await client.post(f"{PIXART}/generate", json=sketch(name))
    assert (answer.status, (await answer.json())["field"]) == (400, "id")
    bodies = {
        "/generate/text2img": {"prompt": "x", "workflow": name},
        "/generate-image": {"prompt": "x", "workflow": name, "tokenId": name[:20]},
        "/generate": {"mode": "txt2img", "prompt": "x", "workflow": name},
        "/sdapi/v1/txt2img": {"prompt": "x", "workflow": name, "force_task_id": name},
    }
    for path, body in bodies.items():
        answer = await client.post(path, json=body)
        assert answer.status == 400, (path, await answer.text())
        assert "Workflow" in json.dumps(await answer.json())
    art = {"prompt": "x", "tokenId": name}  # its id is the name of a file for its clients
    posted = asyncio.create_task(client.post("/generate-image", json=art))
    while not (found := await client.jobs.list(dialect="aleaart")):
        await asyncio.sleep(0.01)
        assert not posted.done(), await (await posted).text()
    assert re.fullmatch(r"art_token_[A-Za-z0-9-]+_[0-9a-f]{8}", found[0].id)
    posted.cancel()
    await asyncio.gather(posted, return_exceptions=True)
    files = {path.name for path in tmp_path.iterdir()}
    assert files <= {"bridge.db", "bridge.db-wal", "bridge.db-shm", "bridge.lock", "results", "logs"}
    assert [path for path in (tmp_path / "results").rglob("*") if path.is_file()] == []
