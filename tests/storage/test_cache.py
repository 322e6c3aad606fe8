"""The result cache as a folder: least recently used first out, damage is a miss, kill -9 leaves nothing wrong."""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time

import pytest

from bridge.core.errors import SettingsError
from bridge.core.job import Artifact
from bridge.core.settings import Settings
from bridge.storage.artifacts import digest
from bridge.storage.cache import STALE_SECONDS, Cache, key, packed, unpacked

MB = 1 << 20


def name(number):
    return digest(str(number).encode())


def made(data=b"png", output="image", **info):
    return Artifact(output, digest(data), "image/png", len(data), info, data)


def size_of(number, data):
    return len(packed(name(number), [made(data)], "w"))


async def put(cache, number, data=b"png"):
    await cache.put(name(number), [made(data)], "w")


async def there(cache, numbers):
    """Which of them are kept; looking is using, so in the order given."""
    return [number for number in numbers if await cache.get(name(number)) is not None]


@pytest.fixture
def cache(tmp_path):
    return Cache.open(tmp_path / "cache", MB)


def file_of(cache, number):
    return cache._folder / f"{name(number)}.result"


async def test_what_was_put_comes_back_with_its_bytes_and_what_its_node_said(cache):
    results = (made(b"a\nb\0", colors=[1, 2]), made(b"", "empty"), Artifact("report", "", "", 0, {"ä": 1.5}))
    await cache.put(name(1), results, "aleaart@1")
    assert await cache.get(name(1)) == results
    assert json.loads(file_of(cache, 1).read_bytes().split(b"\n")[1])["workflow"] == "aleaart@1"


async def test_hits_misses_entries_and_bytes_are_counted(cache):
    await put(cache, 1)
    assert await there(cache, [1, 1, 2]) == [1, 1]
    assert await cache.counted() == {"hits": 2, "misses": 1, "entries": 1, "bytes": size_of(1, b"png")}


async def test_the_least_recently_used_goes_first(tmp_path):
    data = b"x" * 1000
    cache = Cache.open(tmp_path, 3 * size_of(0, data))
    for number in (1, 2, 3):
        await put(cache, number, data)
    await cache.get(name(1))
    await put(cache, 4, data)
    assert await there(cache, [1, 2, 3, 4]) == [1, 3, 4]


async def test_the_order_of_use_outlives_a_restart(tmp_path):
    data = b"x" * 1000
    cache = Cache.open(tmp_path, 3 * size_of(0, data))
    for number in (1, 2, 3):
        await put(cache, number, data)
    await cache.get(name(1))
    again = Cache.open(tmp_path, 3 * size_of(0, data))
    await put(again, 4, data)
    assert await there(again, [1, 2, 3, 4]) == [1, 3, 4]


async def test_a_smaller_limit_is_kept_to_from_the_start(tmp_path):
    data = b"x" * 1000
    cache = Cache.open(tmp_path, MB)
    for number in (1, 2, 3):
        await put(cache, number, data)
    smaller = Cache.open(tmp_path, 2 * size_of(0, data))
    assert (await smaller.counted())["entries"] == len(list(tmp_path.iterdir())) == 2
    assert await there(smaller, [1, 2, 3]) == [2, 3]


async def test_an_entry_larger_than_the_whole_cache_is_not_kept_and_drives_nothing_out(tmp_path):
    cache = Cache.open(tmp_path, size_of(1, b"x" * 100))
    await put(cache, 1, b"x" * 100)
    await put(cache, 2, b"x" * 101)
    assert await there(cache, [1, 2]) == [1]


async def test_the_folder_never_holds_more_than_the_limit(tmp_path):
    cache = Cache.open(tmp_path, 10_000)
    for number in range(60):
        await put(cache, number % 25, bytes(137 * number % 4001))
        held = sum(file.stat().st_size for file in tmp_path.iterdir())
        assert held == (await cache.counted())["bytes"] <= 10_000


WHOLE = packed(name(1), [made(b"picture")], "w")
DAMAGE = {
    "empty": b"",
    "cut": WHOLE[:-1],
    "longer": WHOLE + b"x",
    "another bit in the seal": b"0" + WHOLE[1:] if WHOLE[0] != ord("0") else b"1" + WHOLE[1:],
    "another bit in the head": WHOLE.replace(b"image/png", b"image/pnf"),
    "another bit in the picture": WHOLE[:-1] + b"F",
    "another's entry": packed(name(2), [made(b"picture")], "w"),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(500),
    "sealed, but no JSON": digest(b"no\n").encode() + b"\nno\n",
    "sealed, but no entry": digest(b"[]\n").encode() + b"\n[]\n",
    "larger than may be": bytes(MB + 1),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=list(DAMAGE))
async def test_a_damaged_or_foreign_file_is_a_miss_and_is_removed(cache, damage):
    assert damage != WHOLE
    await put(cache, 1, b"picture")
    assert file_of(cache, 1).read_bytes() == WHOLE
    file_of(cache, 1).write_bytes(damage)
    assert await cache.get(name(1)) is None
    assert not file_of(cache, 1).exists()
    await put(cache, 1, b"picture")
    assert await there(cache, [1]) == [1]


async def test_strangers_files_are_left_alone_and_half_ones_in_time_thrown_out(tmp_path):
    young, old = (tmp_path / f"{name(1)}.{number:032x}.half" for number in (1, 2))
    strangers = [tmp_path / "holiday.png", tmp_path / "x.result", tmp_path / "y.half"]
    for file in (young, old, *strangers):
        file.write_bytes(WHOLE[:20])
        os.utime(file, (0, time.time() - (0 if file is young else STALE_SECONDS + 1)))
    cache = Cache.open(tmp_path, 10)
    assert await there(cache, [1]) == []
    assert (await cache.counted())["entries"] == 0
    assert sorted(tmp_path.iterdir()) == sorted([young, *strangers])


WRITER = """
import asyncio, sys
from pathlib import Path
from bridge.storage.cache import Cache
from test_cache import made, name

async def write():
    cache = Cache.open(Path(sys.argv[1]), 1 << 24)
    print("writing", flush=True)
    for number in range(10**9):
        await cache.put(name(number % 8), [made(bytes([number % 8]) * 300_000)], "w")

asyncio.run(write())
"""


async def test_kill_9_in_the_middle_leaves_no_wrong_entry(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for _ in range(2):
        command = [sys.executable, "-c", WRITER, str(tmp_path)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            assert writer.stdout.readline() == b"writing\n"
            while not list(tmp_path.glob("*.result")):
                time.sleep(0.001)
            time.sleep(0.03)
            writer.send_signal(signal.SIGKILL)
        for file in tmp_path.glob("*.result"):
            (found,) = unpacked(file.read_bytes(), file.stem) or ()
            assert found.data == found.data[:1] * 300_000
            assert file.stem == name(found.data[0])
    assert len(await there(Cache.open(tmp_path, MB << 4), range(8))) == len(list(tmp_path.glob("*.result"))) > 0


async def test_many_may_put_and_get_at_once(tmp_path):
    data = b"x" * 5000
    cache, other = (Cache.open(tmp_path, 6 * size_of(0, data)) for _ in range(2))

    async def use(number):
        each = (cache, other)[number % 2]
        await put(each, number % 8, data)
        found = await each.get(name(number * 3 % 8))
        assert found in (None, (made(data),))

    await asyncio.gather(*(use(number) for number in range(120)))
    assert not list(tmp_path.glob("*.half"))
    for each in (cache, other):
        counts = await each.counted()
        assert 0 < counts["entries"] <= 6
        assert counts["bytes"] == counts["entries"] * size_of(0, data)


async def test_a_full_disk_is_said_once_and_leaves_nothing_behind(cache, caplog):
    await put(cache, 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # a write that breaks off in the middle, as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        for number in (2, 3):
            await put(cache, number, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert await there(cache, [1, 2, 3]) == [1]
    assert len(list(cache._folder.iterdir())) == 1
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == ["File too large"]
    await put(cache, 2, bytes(100_000))
    assert await there(cache, [2]) == [2]


async def test_a_folder_that_turns_into_a_file_fails_nothing(cache, caplog):
    await put(cache, 1)
    file_of(cache, 1).unlink()
    cache._folder.rmdir()
    cache._folder.write_text("a file")
    for number in (1, 2):
        await put(cache, number)
        assert await cache.get(name(number)) is None
    assert len(caplog.records) == 1
    assert (await cache.counted())["entries"] == 0


async def test_a_folder_that_somebody_removed_is_made_again(cache):
    await put(cache, 1)
    file_of(cache, 1).unlink()
    cache._folder.rmdir()
    assert await cache.get(name(1)) is None
    assert (await cache.counted())["entries"] == 0
    await put(cache, 2)
    assert await there(cache, [1, 2]) == [2]


def test_a_folder_that_cant_be_one_is_said_at_the_start(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"can't be kept in .*file.*Set CACHE_DIR"):
        Cache.open(tmp_path / "file" / "cache", MB)


def test_the_cache_is_off_and_in_the_data_folder_unless_somebody_says_otherwise(monkeypatch, tmp_path):
    plain = Settings(_env_file=None, data=tmp_path)
    assert (plain.caching, plain.cache_folder, plain.cache_max_mb) == (False, tmp_path / "cache", 512)
    for variable, value in {"ENABLE_CACHING": "true", "CACHE_DIR": "", "CACHE_MAX_MB": "1"}.items():
        monkeypatch.setenv(variable, value)
    told = Settings(_env_file=None, data=tmp_path)
    assert (told.caching, told.cache_folder, told.cache_max_mb) == (True, tmp_path / "cache", 1)


PROMPT = {
    "1": {"class_type": "Loader", "inputs": {"name": "sub/Tiny.ckpt", "on": True}, "_meta": {"title": "a"}},
    "2": {"class_type": "Sampler", "inputs": {"model": ["1", 0], "seed": 7, "text": "a cat <lora:ink:1>"}},
    "3": {"class_type": "Save", "inputs": {"images": ["2", 0], "filename_prefix": "pixart/1"}},
}
SYSTEM = {
    "system": {"comfyui_version": "0.3.75", "pytorch_version": "2", "argv": ["main.py", "--port", "1", "--cpu"]},
    "devices": [{"name": "cpu", "vram_free": 1}],
}
FILES = {"checkpoints/sub/Tiny.ckpt": (10, 1.0), "loras/ink.safetensors": (20, 2.0), "vae/other.pt": (30, 3.0)}
GIVEN = {"prompt": PROMPT, "outputs": {"image": "3"}, "system": SYSTEM, "files": FILES, "engine": {}}


def changed(path, value):
    """What a key is made of, with one thing in it changed."""
    given = json.loads(json.dumps(GIVEN))
    *way, last = path
    place = given
    for step in way:
        place = place[step]
    place[last] = value
    return given


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("prompt", "2", "inputs", "seed"), 8),
        (("prompt", "2", "inputs", "seed"), "7"),
        (("prompt", "2", "inputs", "model"), ["1", 1]),
        (("prompt", "2", "class_type"), "OtherSampler"),
        (("prompt", "1", "inputs", "on"), 1.5),
        (("prompt", "2", "inputs", "more"), None),
        (("outputs",), {"picture": "3"}),
        (("system", "system", "comfyui_version"), "0.3.76"),
        (("system", "system", "pytorch_version"), "3"),
        (("system", "system", "argv"), ["main.py", "--port", "1"]),
        (("system", "devices", 0, "name"), "cuda:0"),
        (("files", "checkpoints/sub/Tiny.ckpt"), (11, 1.0)),
        (("files", "loras/ink.safetensors"), (20, 2.5)),
        (("engine", "service"), "http://pi:5000"),
    ],
    ids=str,
)
def test_whatever_decides_a_picture_is_in_its_key(path, value):
    assert key(**changed(path, value)) != key(**GIVEN)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("prompt", "3", "inputs", "filename_prefix"), "pixart/2"),
        (("prompt", "1", "_meta", "title"), "b"),
        (("system", "system", "argv"), ["main.py", "--port", "2", "--cpu"]),
        (("system", "devices", 0, "vram_free"), 2),
        (("files", "vae/other.pt"), (31, 3.0)),
        (("files", "vae/newer.pt"), (1, 1.0)),
    ],
    ids=str,
)
def test_what_decides_nothing_is_not(path, value):
    assert key(**changed(path, value)) == key(**GIVEN)


def test_a_comfyui_that_tells_nothing_has_keys_too():
    assert key(**GIVEN | {"system": {}, "files": {}}) != key(**GIVEN)
