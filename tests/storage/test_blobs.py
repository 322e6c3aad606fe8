"""One contract for every store of pictures: a folder, a folder that machines share, and an S3 (a real SeaweedFS)."""

import asyncio
import base64
import re
import sys
import time
from dataclasses import replace

import aiohttp
import pytest
from bridge_process import PREFIX, BridgeProcess
from comfy_folder import SECRET as SECRET_OF_COMFYUI
from faults import toys
from seaweed import SECRET, Seaweed
from sketches import TREE, encoded, tree
from test_comfy_process import wait_until
from test_store import record
from waiting import until

from bridge.app.fleet_report import fleet_report
from bridge.app.serve import opened
from bridge.core.errors import Expired, SettingsError, StorageError
from bridge.core.job import Artifact, JobState
from bridge.core.results_settings import ResultsSettings
from bridge.core.settings import Settings
from bridge.core.variables import checked
from bridge.storage.artifacts import digest
from bridge.storage.counted_clock import DAY
from bridge.storage.disk import Disk
from bridge.storage.results_url import objects_of, opened_blobs, opened_cache
from bridge.storage.retention import Retention
from bridge.storage.retrying_store import RetryingStore
from bridge.storage.shared_blobs import SharedBlobs, name_of, removed_name_of
from bridge.web.server import create_app

PNG = b"\x89PNG\r\n\x1a\nand so on"
STORES = ("folder", "shared folder", "s3")
SHARED = STORES[1:]


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory):
    with Seaweed(tmp_path_factory.mktemp("s3")) as s3:
        yield s3


@pytest.fixture
def results(request, tmp_path):
    """The settings that lead to the store; the tests of one S3 are apart by their prefix."""
    if request.param == "s3":
        return request.getfixturevalue("seaweed").settings(tmp_path.name)
    (tmp_path / "shared").mkdir()
    url = (tmp_path / "shared").as_uri() if request.param == "shared folder" else ""
    return ResultsSettings(_env_file=None, url=url)


@pytest.fixture
async def blobs(results, tmp_path):
    return await opened_blobs(Settings(_env_file=None, data=tmp_path), results, None)


def every(*stores):
    return pytest.mark.parametrize("results", stores, indirect=True)


async def put(blobs, *pieces):
    with blobs.holding() as keep:
        return [await keep(data) for data in pieces]


async def keys(blobs):
    return set((await blobs.listing()).files)


def no_copies(_):
    return ()


async def objects(results):
    return {each.name: each for each in await objects_of(results).list()}


@every(*STORES)
async def test_bytes_come_back_by_their_hash_and_the_same_are_kept_once(blobs):
    assert await put(blobs, b"a", PNG, b"a", b"") == [digest(b"a"), digest(PNG), digest(b"a"), digest(b"")]
    assert [await blobs.get(digest(data)) for data in (b"a", PNG, b"")] == [b"a", PNG, b""]
    listing = await blobs.listing()
    assert {key: size for key, (size, _) in listing.files.items()} == {digest(b"a"): 1, digest(PNG): 17, digest(b""): 0}
    assert all(abs(time.time() - changed) < 60 for _, changed in listing.files.values())
    assert (listing.leavings, blobs.written) == ({}, 19)


@every(*STORES)
async def test_what_is_not_there_has_expired(blobs):
    with pytest.raises(Expired, match="gone"):
        await blobs.get(digest(b"never put"))


@every(*SHARED)
async def test_what_somebody_changed_there_is_damaged_and_put_anew_by_who_puts_it(blobs, results):
    (key,) = await put(blobs, b"bytes")
    await objects_of(results).put(name_of(key), b"other", "text/plain")
    with pytest.raises(Expired, match="damaged"):
        await blobs.get(key)
    await put(blobs, b"bytes")
    assert await blobs.get(key) == b"bytes"


@every(*STORES)
async def test_what_is_held_or_was_put_while_rows_were_looked_at_is_not_removed(blobs):
    with blobs.watched():
        with blobs.holding() as keep:
            key = await keep(b"bytes")
            await blobs.remove([key], no_copies)
        await blobs.remove([key], no_copies)
        assert await keys(blobs) == {key}
    await blobs.remove([key], no_copies)
    assert await keys(blobs) == set()


@every(*STORES)
async def test_copies_on_this_machine_go_with_what_is_removed(blobs, tmp_path):
    (key,), copy = await put(blobs, b"bytes"), tmp_path / "copy"
    copy.write_bytes(b"1234567")
    assert await blobs.remove([key], lambda _: [copy]) in (7, 12)
    assert not copy.exists()


@every(*STORES)
async def test_removing_what_is_not_there_is_no_error(blobs):
    assert await blobs.remove([digest(b"never put")], no_copies) == 0


@every(*SHARED)
async def test_what_was_removed_is_still_to_be_had_until_it_is_older_than_any_request(blobs, results):
    (key,) = await put(blobs, b"bytes")
    await blobs.remove([key], no_copies)
    assert set(await objects(results)) == {removed_name_of(key)}
    assert await blobs.get(key) == b"bytes"
    assert await blobs.purge(await blobs.listing(), (), dry=False) == 0
    assert await blobs.get(key) == b"bytes"
    later = SharedBlobs(objects_of(results), grace_seconds=-60.0)  # than which all that is there is older
    assert await later.purge(await later.listing(), (), dry=True) == 5
    assert await later.purge(await later.listing(), (), dry=False) == 5
    with pytest.raises(Expired):
        await blobs.get(key)


@every(*SHARED)
async def test_what_was_removed_gets_its_name_back_when_a_row_names_it_again(blobs, results):
    (key,) = await put(blobs, b"bytes")
    await blobs.remove([key], no_copies)
    later = SharedBlobs(objects_of(results), grace_seconds=-60.0)
    assert await later.purge(await later.listing(), {key}, dry=False) == 0
    assert set(await objects(results)) == {name_of(key)}
    assert await blobs.get(key) == b"bytes"


@every(*SHARED)
async def test_nothing_that_two_bridges_put_and_remove_at_the_same_time_is_lost(blobs, results, tmp_path):
    other = await opened_blobs(Settings(_env_file=None, data=tmp_path), results, None)
    for number in range(20):
        (key,) = await put(blobs, bytes([number]))
        await asyncio.gather(other.remove([key], no_copies), put(blobs, bytes([number])))
        assert await blobs.get(key) == bytes([number])


@every(*SHARED)
async def test_a_round_of_retention_removes_what_no_job_names_with_one_listing(store, results, tmp_path, monkeypatch):
    settings = Settings(_env_file=None, data=tmp_path, keep_days=1)
    blobs = await opened_blobs(settings, results, store.buffer)
    listed, listing, now = [], blobs.listing, time.time()
    monkeypatch.setattr(blobs, "listing", lambda: (listed.append(1), listing())[1])
    retention = Retention(settings, store, blobs, lambda: now)
    sketch, *made = await put(blobs, b"sketch", b"old", b"new")
    rounds = []
    for number, key in enumerate(made):
        await store.add(replace(record(f"{number}"), pictures={"image": sketch}))
        ended = {"artifacts": [Artifact("image", key, "image/png", 3)], "finished_at": now}
        await store.change(f"{number}", only_if=[JobState.QUEUED], state=JobState.COMPLETED, **ended)
        listed.clear()
        rounds.append((await retention.round()).jobs)
        now += DAY
    assert (rounds, len(listed), await keys(blobs)) == ([0, 1], 1, {sketch, made[1]})
    assert await blobs.get(made[0]) == b"old"


@every(*SHARED)
async def test_small_pictures_that_a_folder_left_in_the_database_are_put_into_the_store(store, results, tmp_path):
    store.buffer.put(digest(b"small"), b"small")
    await store.add(replace(record("a"), pictures={"image": digest(b"small")}))
    blobs = await opened_blobs(Settings(_env_file=None, data=tmp_path), results, store.buffer)
    assert await blobs.get(digest(b"small")) == b"small"
    await blobs.settle()
    assert (await blobs.get(digest(b"small")), digest(b"small") in store.buffer) == (b"small", False)
    assert name_of(digest(b"small")) in await objects(results)


def drawn(data):
    return Artifact("image", digest(data), "image/png", len(data), {"colors": 2}, data)


@every(*STORES)
async def test_a_cache_beside_the_pictures_is_shared_bounded_and_never_wrong(results, tmp_path):
    settings = Settings(_env_file=None, data=tmp_path, caching=True, cache_max_mb=1)
    one, other = [opened_cache(settings, results) for _ in range(2)]
    keys = [f"{number:064x}" for number in range(4)]
    assert await one.get(keys[0]) is None
    for key in keys:
        await one.put(key, [drawn(key.encode() * 6000)], "pixelate@1")
    assert await other.get(keys[3]) == (drawn(keys[3].encode() * 6000),)
    assert await other.get(keys[0]) is None  # four of them are more than a megabyte
    entries = await one.counted()
    assert (entries["entries"], entries["misses"], entries["bytes"] < 1 << 20) == (2, 1, True)


@every(*SHARED)
async def test_a_cache_is_no_picture_and_what_is_damaged_in_it_is_a_miss(results, tmp_path):
    settings, key = Settings(_env_file=None, data=tmp_path, caching=True), "0" * 64
    cache = opened_cache(settings, results)
    await cache.put(key, [drawn(PNG)], "pixelate@1")
    listing = await (await opened_blobs(settings, results, None)).listing()
    assert (listing.files, listing.leavings) == ({}, {})
    await objects_of(results).put(f"cache/{key}", b"other", "text/plain")
    assert await cache.get(key) is None


async def test_a_folder_copied_into_the_store_is_the_store(tmp_path):
    settings = Settings(_env_file=None, data=tmp_path)
    (key,) = await put(await opened_blobs(settings, ResultsSettings(_env_file=None), None), b"bytes")
    moved = ResultsSettings(_env_file=None, url=settings.results.as_uri())
    assert await (await opened_blobs(settings, moved, None)).get(key) == b"bytes"


@pytest.mark.parametrize(
    ("data", "content_type"),
    [(PNG, "image/png"), (b"RIFF....WEBP", "image/webp"), (b'{"echo": 1}', "application/octet-stream")],
)
async def test_a_link_of_an_s3_gives_the_bytes_with_their_content_type_to_who_has_no_key(
    seaweed, tmp_path, data, content_type
):
    results = seaweed.settings(tmp_path.name, redirect=True)
    blobs = await opened_blobs(Settings(_env_file=None, data=tmp_path), results, None)
    (key,) = await put(blobs, data)
    url = await blobs.link(key, content_type)
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            assert (answer.status, answer.content_type, await answer.read()) == (200, content_type, data)
        async with session.get(url[:-4] + "0000") as answer:
            assert answer.status == 403
    assert await blobs.link(key, "image/other") is None
    assert await blobs.link(digest(b"never put"), content_type) is None


@every("folder", "shared folder")
async def test_a_folder_has_no_links(blobs):
    (key,) = await put(blobs, PNG)
    assert await blobs.link(key, "image/png") is None


WRONG = {
    "a key that nobody knows": ({"access_key_id": "nobody"}, "refuses: InvalidAccessKeyId"),
    "a wrong key": ({"secret_access_key": "wrong"}, "refuses: SignatureDoesNotMatch"),
    "a key that may only read": ({"access_key_id": "reader"}, "refuses: AccessDenied"),
    "a bucket that isn't there": ({"url": "s3://early", "access_key_id": "early"}, "no bucket for s3://early. Make it"),
    "a bucket that isn't its own": ({"url": "s3://elsewhere"}, "s3://elsewhere, refuses: AccessDenied"),
    "an address that nobody has": ({"endpoint": "http://127.0.0.1:1"}, "its address can't be reached"),
}


@pytest.mark.parametrize(("changes", "sentence"), WRONG.values(), ids=WRONG)
async def test_an_s3_that_can_not_be_used_is_said_at_the_start(seaweed, tmp_path, changes, sentence):
    results = seaweed.settings(tmp_path.name, **changes)
    with pytest.raises(SettingsError, match=sentence) as raised:
        await opened_blobs(Settings(_env_file=None, data=tmp_path), results, None)
    assert "RESULTS_URL can't be used" in str(raised.value)
    sound, lines = await fleet_report(Settings(_env_file=None, data=tmp_path), results)
    assert not sound and sentence in lines[0]
    assert results.secret_access_key not in str(raised.value)


async def test_doctor_proves_an_s3_by_what_a_bridge_does_there(seaweed, tmp_path):
    results = seaweed.settings(tmp_path.name)
    sound, [line] = await fleet_report(Settings(_env_file=None, data=tmp_path), results)
    assert sound and line.startswith(f"Pictures  {results.url} works: to write, look, remove and list took ")


async def test_a_shared_folder_that_is_not_mounted_is_not_made(tmp_path):
    results = ResultsSettings(_env_file=None, url=(tmp_path / "nothing").as_uri())
    with pytest.raises(SettingsError, match="is not there"):
        await opened_blobs(Settings(_env_file=None, data=tmp_path), results, None)
    assert not (tmp_path / "nothing").exists()


def test_without_obstore_an_s3_says_what_to_install_and_nothing_else_needs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.delitem(sys.modules, "bridge.storage.s3", raising=False)
    with pytest.raises(SettingsError, match=r"obstore is not installed.*pip install"):
        objects_of(ResultsSettings(_env_file=None, url="s3://pixart"))


@pytest.mark.parametrize("url", ["s3://", "s3://A_B/x", "http://x/y", "file://host/x", "file:///", "s3://pixart?x=1"])
def test_a_results_url_that_names_nothing_is_refused(monkeypatch, url):
    monkeypatch.setenv("RESULTS_URL", url)
    with pytest.raises(SettingsError, match="RESULTS_URL: must be like s3://bucket/prefix"):
        checked(ResultsSettings)


async def test_an_s3_that_hangs_is_an_error_within_seconds_and_what_a_run_puts_meanwhile_is_put_afterwards(
    seaweed, store, tmp_path
):
    blobs = await opened_blobs(Settings(_env_file=None, data=tmp_path), seaweed.settings(tmp_path.name), None)
    waiting = RetryingStore(store, blobs, Disk((tmp_path,), 0))

    async def run():
        with waiting.holding() as keep:
            return await keep(b"picture")

    seaweed.stop()
    try:
        drawn = asyncio.create_task(run())
        began = time.monotonic()
        with pytest.raises(StorageError, match="doesn't answer"):
            await put(blobs, b"sketch")
        assert time.monotonic() - began < 20
        await until(lambda: waiting.disk.trouble, 30)
        assert "doesn't answer" in (await waiting.current_trouble() or "")
    finally:
        seaweed.resume()
    assert await blobs.get(await drawn) == b"picture"
    assert await waiting.current_trouble() is None


@pytest.mark.comfy
def test_a_bridge_keeps_pictures_in_an_s3_refuses_while_that_is_away_and_goes_on_afterwards(
    bare_comfy, seaweed, tmp_path
):
    environment = {"COMFYUI_URL": bare_comfy.url, **seaweed.environment(tmp_path.name)}
    with BridgeProcess(tmp_path, **environment) as bridge:
        assert bridge.generate("a", TREE.read_bytes())[0] == 200
        picture = bridge.call(f"{PREFIX}/result/a")[1]
        assert picture.startswith(b"\x89PNG")
        seaweed.kill()
        code, answer = bridge.generate("b", encoded(tree(64)))
        assert (code, answer["detail"].startswith("The store of pictures, s3://pixart/")) == (503, True), answer
        assert bridge.call("/ready")[0] == 503
        told = bridge.call("/metrics")[1].decode()
        assert "\npixart_storage_up 0.0\n" in told and '\npixart_pictures_failures_total{call="put"} ' in told
        assert bridge.call(f"{PREFIX}/status/b")[0] == 404
        assert bridge.call(f"{PREFIX}/result/a")[0] == 503
        seaweed.start()
        seaweed.wait()
        assert bridge.generate("b", encoded(tree(64)))[0] == 200
        assert bridge.call(f"{PREFIX}/result/b")[1].startswith(b"\x89PNG")
        assert bridge.call(f"{PREFIX}/result/a")[1] == picture
        assert bridge.call("/ready")[0] == 200
        told = bridge.call("/metrics")[1].decode()
        assert "\npixart_storage_up 1.0\n" in told and '\npixart_pictures_seconds_count{call="get"} ' in told
        assert bridge.stop() == 0
    assert not [line for line in bridge.said if "Traceback" in line or SECRET in line]
    assert not (tmp_path / "results").exists()


def puts_refused(bridge):
    """How often a picture could not be put."""
    told = bridge.call("/metrics")[1].decode()
    return float(re.search(r'^pixart_pictures_failures_total\{call="put"\} (.+)$', told, re.MULTILINE)[1])


@pytest.mark.comfy
def test_a_bridge_whose_bucket_disappears_says_so_and_what_is_being_drawn_waits_for_another_one(
    bare_comfy, seaweed, tmp_path
):
    workflows = toys.library(tmp_path / "workflows")
    environment = {"COMFYUI_URL": bare_comfy.url, "PIXART_WORKFLOWS": str(workflows)}
    sentence = "There is no bucket for s3://pixart/"
    with BridgeProcess(tmp_path, **environment, **seaweed.environment(tmp_path.name)) as bridge:
        assert bridge.generate("a", TREE.read_bytes(), prompt="toy=sleep:1")[0] == 200
        assert wait_until(lambda: bare_comfy.get("/queue")["queue_running"], 60)
        seaweed.remove_bucket()
        status, answer = bridge.generate("b", TREE.read_bytes())
        assert (status, sentence in str(answer)) == (503, True), answer
        status, answer = bridge.call("/ready")
        assert (status, sentence in str(answer)) == (503, True), answer
        refused = puts_refused(bridge)
        assert wait_until(lambda: puts_refused(bridge) > refused, 60), "what was drawn meanwhile can't be kept"
        seaweed.wait("admin")
        assert bridge.finished("a")["status"] == "completed"
        assert bridge.call(f"{PREFIX}/result/a")[1].startswith(b"\x89PNG")
        assert wait_until(lambda: bridge.call("/ready")[0] == 200, 60)


@pytest.mark.comfy
async def test_with_redirects_a_download_comes_from_the_s3_and_what_is_not_kept_as_it_is_asked_for_does_not(
    bare_comfy, seaweed, tmp_path, monkeypatch, aiohttp_client
):
    environment = {"RESULTS_REDIRECT": "true", **seaweed.environment(tmp_path.name)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings(_env_file=None, data=tmp_path, comfyui_url=bare_comfy.url, comfyui_secret=SECRET_OF_COMFYUI)
    sketch = "data:image/png;base64," + base64.b64encode(TREE.read_bytes()).decode()
    body = {"id": "a", "sketchData": sketch, "prompt": "a tree", "width": 64, "height": 64}
    async with opened(settings) as jobs:
        client = await aiohttp_client(create_app(settings, jobs))

        async def call(path, follow=False, **headers):
            async with client.get(path, allow_redirects=follow, headers=headers) as answer:
                return answer.status, answer.content_type, await answer.read()

        assert (await client.post(f"{PREFIX}/generate", json=body)).status == 200
        path = f"{PREFIX}/result/a"
        inline = await call(f"{path}?inline=true")
        assert inline[:2] == (200, "image/png")
        for yes in ("1", "True"):
            assert await call(f"{path}?inline={yes}") == inline
        for no in ("", "0", "false"):
            assert (await call(f"{path}?inline={no}"))[0] == 302
        status, _, refusal = await call(f"{path}?inline=maybe")
        assert (status, b"inline must be true or false" in refusal) == (400, True)
        assert (await call(path))[0] == 302
        assert await call(path, follow=True) == inline
        assert await call(path, **{"Sec-Fetch-Dest": "empty"}) == inline
        async with client.head(path, allow_redirects=False) as answer:
            assert answer.status == 200
        assert (await call(f"{PREFIX}/result/unknown"))[0] == 404
        other = body | {"id": "b", "metadata": False}  # in another form than it is kept in
        assert (await client.post(f"{PREFIX}/generate", json=other)).status == 200
        assert (await call(f"{PREFIX}/result/b"))[0] == 200
