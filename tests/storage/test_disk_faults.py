"""A disk that is full, read-only, broken or emptied by hand: one sentence, no job lost, and on it goes by itself.

The faults are real: a small file system of the bridge's own (where this machine lets a process have one), or the
kernel's limit on the size of files.
"""

import asyncio
import contextlib
import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bridge_process import PREFIX, BridgeProcess, picture
from faults import tiny
from faults.ledger import draws
from sketches import TREE
from test_comfy_process import wait_until
from test_run import GOOD, PICTURE, Desk, StandIn
from test_store import record
from waiting import until

from bridge.adapters import dialects
from bridge.adapters.dialect import Action, Request
from bridge.adapters.pixart import DIALECT as PIXART
from bridge.core.errors import Expired, PixartError, SettingsError, StorageBusy, StorageError, StorageFull
from bridge.core.job import Artifact, Job, JobState
from bridge.core.places import ROOT
from bridge.storage import disk, retrying_store
from bridge.storage.artifacts import Artifacts, digest
from bridge.storage.disk import Disk
from bridge.storage.record import with_results
from bridge.storage.retention import COPY_PATTERN
from bridge.storage.retrying_store import RetryingStore
from bridge.storage.store import Store

NOWHERE = {"COMFYUI_URL": "http://127.0.0.1:9"}
IS_ROOT = os.name != "nt" and os.geteuid() == 0
UNSHARE = ["unshare", "--mount", *([] if IS_ROOT else ["--user", "--map-root-user"])]


def may_mount():
    with contextlib.suppress(OSError):
        return subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0
    return False


needs_mount = pytest.mark.skipif(not may_mount(), reason="this machine lets a process have no file system of its own")
only_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has prlimit and /proc")


class SmallDisk(BridgeProcess):
    """A bridge whose folder is a small file system that only it sees; the tests look in by `/proc`."""

    def wrapped(self, command):
        mount = f'mount -t tmpfs -o size=6m none "{self.folder}" && exec "$@"'
        return [*UNSHARE, "sh", "-c", mount, "sh", *command]

    @property
    def inside(self):
        return Path(f"/proc/{self.process.pid}/root{self.folder}")

    def fill(self):
        with contextlib.suppress(OSError), (self.inside / "filler").open("ab", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)) == size:
                        pass

    def empty(self):
        (self.inside / "filler").unlink()

    def lock(self):
        """Make the results' folder read-only, as the kernel does with a card that fails."""
        self._mount("--bind", f"{self.folder}/results", f"{self.folder}/results")
        self._mount("-o", "remount,bind,ro", f"{self.folder}/results")

    def unlock(self):
        self._mount("-o", "remount,bind,rw", f"{self.folder}/results")

    def _mount(self, *arguments):
        enter = [
            "nsenter",
            "-t",
            str(self.process.pid),
            "--mount",
            *([] if IS_ROOT else ["--user", "--preserve-credentials"]),
        ]
        subprocess.run([*enter, "mount", *arguments], check=True)


def buffered(folder):
    """What has no file yet."""
    with contextlib.closing(sqlite3.connect(folder / "bridge.db")) as database:
        return [key for (key,) in database.execute("SELECT key FROM bridge_buffer")]


def no_traceback(bridge):
    return not [line for line in bridge.said if "Traceback" in line]


@only_linux
@pytest.mark.parametrize("size", [16, 35_000], ids=["the picture can't be kept", "the row can't be kept"])
def test_what_can_not_be_kept_is_refused_and_nothing_of_it_stays(tmp_path, size):
    said = "The disk is full."
    with BridgeProcess(tmp_path, **NOWHERE) as bridge:
        with bridge.largest_file(size):
            code, answer = bridge.generate("a", TREE.read_bytes())
            assert (code, answer["detail"].startswith(said)) == (507, True), answer
            ready, why = bridge.call("/ready")
            assert (ready, why["detail"]) == (503, said)
            assert bridge.call("/health")[1]["disk"] == {"trouble": said}
        assert bridge.call(f"{PREFIX}/jobs") == (200, {"jobs": []})
        assert not list((tmp_path / "results").rglob("*.half"))
        code, answer = bridge.generate("a", TREE.read_bytes())
        assert (code, answer["status"]) == (200, "pending")
        assert bridge.call("/health")[1]["disk"] == {"trouble": None}
        assert no_traceback(bridge)


@only_linux
@pytest.mark.comfy
def test_what_is_refused_for_a_full_disk_is_not_drawn(bare_comfy, tmp_path):
    ids = [f"full-{number}" for number in range(8)]

    def refused(id):
        for _ in range(8):
            assert bridge.call(f"{PREFIX}/generate", tiny.body(id))[0] == 507
            time.sleep(0.2)  # long enough for a tiny picture

    with BridgeProcess(tmp_path, COMFYUI_URL=bare_comfy.url) as bridge:
        assert wait_until(lambda: bridge.call("/health")[1]["comfyui"]["line"])
        assert bridge.call(f"{PREFIX}/generate", tiny.body("before"))[0] == 200
        assert bridge.finished("before")["status"] == "completed"
        with bridge.largest_file(16), ThreadPoolExecutor(len(ids)) as clients:
            list(clients.map(refused, ids))
        assert bridge.call(f"{PREFIX}/generate", tiny.body("after"))[0] == 200
        assert bridge.finished("after")["status"] == "completed"  # so all that went before it has been drawn, too
    drawn = draws(bare_comfy.settings.comfyui_base / "output")
    assert [drawn[tiny.pixels(id)] for id in ["before", *ids, "after"]] == [1, *[0] * len(ids), 1]


def test_with_less_than_the_reserve_free_new_jobs_get_507_in_every_dialects_shape(tmp_path):
    with BridgeProcess(tmp_path, **NOWHERE, KEEP_FREE_MB=str(10**9)) as bridge:
        code, answer = bridge.generate("a", TREE.read_bytes())
        assert (code, answer["code"], "KEEP_FREE_MB" in answer["detail"]) == (507, "storage_full", True)
        code, answer = bridge.call("/generate", {"mode": "txt2img", "prompt": "x"})
        assert (code, answer["status"], "The disk is full" in answer["error"]) == (507, "error", True)
        code, answer = bridge.call("/sdapi/v1/txt2img", {"prompt": "x"})
        assert (code, "The disk is full" in answer["detail"]) == (507, True)
        assert "The disk is full" in bridge.call("/ready")[1]["detail"]
        assert no_traceback(bridge)


@needs_mount
@pytest.mark.comfy
def test_a_disk_that_is_full_in_the_middle_of_the_work_costs_no_job(bare_comfy, tmp_path):
    with SmallDisk(tmp_path, COMFYUI_URL=bare_comfy.url, KEEP_FREE_MB="0") as bridge:
        ids = [f"job-{number}" for number in range(24)]  # more than are drawn while it fills up
        for id in ids:
            assert bridge.generate(id, TREE.read_bytes())[0] == 200
        bridge.finished(ids[0])
        bridge.fill()
        assert wait_until(lambda: "is full" in bridge.call("/ready")[1].get("detail", ""))
        code, answer = bridge.generate("late", TREE.read_bytes() + b"other")
        assert (code, "The disk is full" in answer["detail"]) == (507, True)
        assert {bridge.status(id)["status"] for id in ids} <= {"completed", "processing", "pending"}
        assert bridge.status(ids[-1])["status"] != "completed"
        bridge.empty()
        assert [len(picture(bridge.finished(id))) > 0 for id in ids] == [True] * len(ids)
        assert bridge.call("/ready") == (200, {"ready": True})
        assert bridge.generate("late", TREE.read_bytes())[0] == 200
        assert no_traceback(bridge)


@needs_mount
def test_a_folder_that_becomes_read_only_is_said_and_got_over(tmp_path):
    with SmallDisk(tmp_path, **NOWHERE, KEEP_FREE_MB="0") as bridge:
        assert bridge.generate("before", TREE.read_bytes())[0] == 200
        bridge.lock()
        kept = TREE.read_bytes() + b"kept"
        assert bridge.generate("kept", kept)[0] == 200  # its picture is in the database, and stays there
        assert wait_until(lambda: "can't be written" in bridge.call("/ready")[1]["detail"])
        code, answer = bridge.generate("a", TREE.read_bytes() + b"other")
        assert (code, answer["code"], "can't be written" in answer["detail"]) == (503, "storage", True), answer
        assert {bridge.status(id)["status"] for id in ("before", "kept")} == {"pending"}
        bridge.unlock()
        assert bridge.generate("a", TREE.read_bytes())[0] == 200
        file = bridge.inside / "results" / digest(kept)[:2] / digest(kept)
        assert wait_until(lambda: file.is_file() and file.read_bytes() == kept)
        assert no_traceback(bridge)


@needs_mount
@pytest.mark.parametrize("options", ["ro", "size=32k"], ids=["read-only", "full"])
def test_a_disk_that_can_not_be_used_at_the_start_is_one_sentence(tmp_path, options):
    mount = f'mount -t tmpfs -o {options},mode=700 none "{tmp_path}" && exec "$@"'
    command = [*UNSHARE, "sh", "-c", mount, "sh", sys.executable, "-m", "bridge", "serve", "--port", "0"]
    environment = {**os.environ, **NOWHERE, "COMFYUI_SECRET": "x", "PIXART_DATA": str(tmp_path)}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr.count("\n"), ran.stderr.startswith("pixart: The ")) == (1, 1, True), ran.stderr


async def test_a_folder_that_is_a_file_is_one_sentence(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(SettingsError, match=r"data can't be used: File exists\. Make it writable, or set PIXART_DATA"):
        await Store.open(tmp_path / "data")
    with pytest.raises(SettingsError, match=r"data can't be written: File exists\. Make it writable"):
        Artifacts.open(tmp_path / "data")


# A picture that is finished, and a disk that doesn't take it


async def test_a_finished_picture_waits_for_the_disk_and_the_time_is_not_the_jobs(store, tmp_path):
    desk = Desk(store, tmp_path, StandIn(GOOD), seconds=0.4)
    (tmp_path / "results").write_text("in the way")
    running = asyncio.create_task(desk.run())
    await asyncio.sleep(1.0)  # more than the job may take
    assert (await store.get("a")).job.state is JobState.RUNNING
    assert desk.runner.store.disk.trouble
    (tmp_path / "results").unlink()
    job = await asyncio.wait_for(running, 5)
    assert (job.state, job.artifacts[0].sha256, job.error) == (JobState.COMPLETED, digest(PICTURE), None)
    assert (desk.runner.store.disk.trouble, len(desk.comfy.prompts)) == (None, 1)


async def test_a_job_that_waits_for_the_disk_is_still_over_when_it_takes_too_long_otherwise(store, tmp_path):
    job = await Desk(store, tmp_path, StandIn(), seconds=0.3).run()
    assert (job.state, job.fault) == (JobState.FAILED, "TimedOut")


async def test_the_disk_is_waited_for_while_others_succeed_until_the_last_has_ended(store, tmp_path, monkeypatch):
    monkeypatch.setattr(retrying_store, "FIRST_PAUSE", 0.01)
    room, waiting = asyncio.Event(), RetryingStore(store, Artifacts(tmp_path / "results"), Disk((tmp_path,), 0))

    async def change(id, **_):
        if not room.is_set():
            raise StorageFull("The disk is full.")

    monkeypatch.setattr(store, "change", change)
    works = [asyncio.create_task(waiting.change(id, only_if=list(JobState))) for id in "ab"]
    await until(lambda: waiting.wait_seconds)
    before = waiting.wait_seconds
    for _ in range(20):
        await asyncio.sleep(0.02)
        await waiting.get("c")
        assert waiting.disk.trouble == "The disk is full."
    assert waiting.wait_seconds - before >= 0.4
    works[0].cancel()
    await asyncio.wait(works[:1])
    still = waiting.wait_seconds
    await asyncio.sleep(0.02)
    assert waiting.wait_seconds > still
    room.set()
    await works[1]
    over = waiting.wait_seconds
    await asyncio.sleep(0.02)
    assert (waiting.wait_seconds, waiting.disk.trouble) == (over, None)


async def test_a_prompt_that_found_the_disk_full_is_drawn_again(store, tmp_path):
    full = GOOD.__class__(False, False, f"[Errno {errno.ENOSPC}] No space left on device", "3", {}, fault="OSError")
    comfy = StandIn(full)
    desk = Desk(store, tmp_path, comfy)
    running = asyncio.create_task(desk.run())
    while not comfy.prompts:
        await asyncio.sleep(0.01)
    comfy.outcome = GOOD
    job = await asyncio.wait_for(running, 5)
    assert (job.state, job.restarts) == (JobState.COMPLETED, 1)


async def test_a_full_disk_of_comfyuis_own_is_not_tried_for_ever(store, tmp_path, monkeypatch):
    monkeypatch.setattr("bridge.drawing.run.AGAIN_SECONDS", 0.0)
    full = GOOD.__class__(False, False, f"[Errno {errno.ENOSPC}] No space left on device", "3", {}, fault="OSError")
    desk = Desk(store, tmp_path, StandIn(full))
    job = await desk.run()
    assert (job.state, "No space left" in job.error) == (JobState.FAILED, True)
    assert 1 < len(desk.comfy.prompts) < 10


# On the disk before it is told


def open_file(handle):
    return Path(f"/proc/self/fd/{handle}").readlink()


@only_linux
async def test_a_commit_and_a_file_are_on_the_disk_before_anything_is_said(store, tmp_path, monkeypatch):
    asked = ("PRAGMA synchronous", "PRAGMA journal_mode")
    told = await store.database.read(lambda connection: [connection.exec_driver_sql(each).scalar() for each in asked])
    assert told == [2, "wal"]  # 2 is FULL
    real, synced = os.fsync, []
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(open_file(handle)), real(handle)))
    artifacts = Artifacts.open(tmp_path / "results")
    with artifacts.holding() as put:
        key = await put(b"bytes")
        first, second, third = synced
        assert (first, third) == (tmp_path / "results", tmp_path / "results" / key[:2])
        assert second.name.startswith(f"{key}.")  # before it got its name
        assert await put(b"bytes") == key
    assert synced[3:] == [third]
    assert [path.name for path in (tmp_path / "results" / key[:2]).iterdir()] == [key]


async def test_only_what_need_not_last_waits_for_no_disk(store):
    def level(connection):
        return connection.exec_driver_sql("PRAGMA synchronous").scalar()

    assert await store.database.write(level, durable=False) == 1  # NORMAL
    with pytest.raises(ZeroDivisionError):
        await store.database.write(lambda _: 1 / 0, durable=False)
    assert await store.database.write(level) == 2  # FULL

    def lose(connection):
        connection.invalidate()
        raise StorageError("The disk of the jobs database fails.")

    with pytest.raises(StorageError):
        await store.database.write(lose, durable=False)
    assert await store.database.write(level) == 2


async def test_a_disk_that_fails_before_such_a_change_is_waited_for_like_any_other(store, monkeypatch):
    class Failing:
        def execute(self, *_):
            raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("sqlalchemy.pool.base._ConnectionFairy.driver_connection", Failing())
    with pytest.raises(StorageError, match="The disk of the jobs database fails"):
        await store.change("a", only_if=[JobState.QUEUED], durable=False, state=JobState.RUNNING)


async def test_a_file_that_a_power_cut_emptied_is_written_again(tmp_path):
    artifacts = Artifacts.open(tmp_path / "results")
    with artifacts.holding() as put:
        key = await put(b"bytes")
        artifacts.path(key).write_bytes(b"\0" * 5)
        await put(b"bytes")
    assert artifacts.path(key).read_bytes() == b"bytes"


# A damaged database


def damage(file, how):
    if how == "no database at all":
        file.write_bytes(b"This was a shopping list." * 100)
    elif how == "cut off":
        os.truncate(file, file.stat().st_size // 2)
    else:
        with file.open("r+b") as handle:
            handle.seek(4096)
            handle.write(os.urandom(file.stat().st_size - 4096))


async def filled_database(folder, rows=50, size=3000):
    store = await Store.open(folder)
    for number in range(rows):
        await store.add(record(f"{number}", values={"prompt": "x" * size}))
    await store.close()


@pytest.mark.parametrize("how", ["no database at all", "cut off", "scribbled over"])
async def test_a_damaged_database_is_said_at_the_start_and_left_as_it_is(tmp_path, how):
    await filled_database(tmp_path)
    file = tmp_path / "bridge.db"
    damage(file, how)
    before = file.read_bytes()
    with pytest.raises(SettingsError, match=r"bridge\.db is damaged\. Move it .* away .* stay in .*results"):
        await Store.open(tmp_path)
    assert file.read_bytes() == before
    shutil.move(file, tmp_path / "old.db")  # as the sentence says
    store = await Store.open(tmp_path)
    assert await store.list() == []
    await store.close()


@pytest.mark.skipif(not shutil.which("sqlite3"), reason="there is no sqlite3 to rescue it with")
async def test_the_documented_way_to_rescue_jobs_works(tmp_path):
    await filled_database(tmp_path)
    damage(tmp_path / "bridge.db", "cut off")
    page = (ROOT / "docs" / "operations" / "trouble.md").read_text(encoding="utf-8")
    script = page.partition("```sh\n# rescue")[2].partition("\n```")[0].partition("\n")[2]
    subprocess.run(script, shell=True, cwd=tmp_path, check=True)
    store = await Store.open(tmp_path)
    assert 0 < len(await store.list()) < 50
    await store.close()


def test_a_database_that_is_damaged_while_the_bridge_runs_is_503_with_the_reason(tmp_path):
    asyncio.run(filled_database(tmp_path, 150, 60_000))  # more than SQLite keeps in memory
    with BridgeProcess(tmp_path, **NOWHERE, MAX_QUEUE_SIZE="9999") as bridge:
        damage(tmp_path / "bridge.db", "scribbled over")
        answers = [bridge.call(f"{PREFIX}/status/{number}") for number in range(0, 150, 5)]
        wrong = [answer for code, answer in answers if code != 200]
        assert {(code, answer.get("code")) for code, answer in answers if code != 200} == {(503, "storage")}
        assert wrong[0]["detail"] == "The jobs database is damaged. The server's owner has to look after it."
        assert bridge.call("/ready")[1]["detail"] == "The jobs database is damaged."
        assert bridge.call("/health")[0] == 200
        assert no_traceback(bridge)


@pytest.mark.parametrize(
    ("said", "kind", "lost"),
    [
        ("database or disk is full", StorageFull, False),
        ("disk I/O error", StorageError, True),
        ("attempt to write a readonly database", StorageError, True),
        ("database is locked", StorageBusy, False),
    ],
)
def test_what_sqlite_says_is_told_as_what_it_is(said, kind, lost):
    found = disk.database_trouble(sqlite3.OperationalError(said))
    assert found is not None
    assert (type(found[0]), found[1]) == (kind, lost)
    assert disk.database_trouble(sqlite3.OperationalError("no such table: x")) is None


@pytest.mark.parametrize(
    ("number", "kind", "said"),
    [
        (errno.ENOSPC, StorageFull, "The disk is full."),
        (errno.EDQUOT, StorageFull, "The disk is full."),
        (errno.EROFS, StorageError, "The server's folder can't be written: Read-only file system."),
        (errno.EIO, StorageError, "The server's disk fails: Input/output error."),
    ],
)
def test_what_the_system_says_is_told_as_what_it_is(number, kind, said):
    found = disk.trouble(OSError(number, os.strerror(number)))
    assert (type(found), found.message) == (kind, said)


def test_the_reserve_is_measured_and_a_folder_that_is_gone_is_none_of_its_troubles(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    assert not Disk((tmp_path, tmp_path / "gone"), free // 2).short()
    assert Disk((tmp_path,), free * 2).short()


# Files that somebody removed, or that the disk didn't keep


def done(**changes):
    made = Artifact("image", digest(PICTURE), "image/png", len(PICTURE))
    values = {"width": 8, "height": 8, "seed": 1}
    return Job("a", "pixart", "sketch", JobState.COMPLETED, 1.0, 1.0, values, artifacts=(made,), **changes)


@pytest.mark.parametrize("now", [None, b"", bytes(len(PICTURE))], ids=["removed", "emptied", "damaged"])
async def test_a_completed_job_whose_file_is_gone_has_failed_for_who_asks(tmp_path, now):
    artifacts = Artifacts.open(tmp_path)
    with artifacts.holding() as put:
        key = await put(PICTURE)
    assert (await with_results(done(), None, artifacts)).artifacts[0].data == PICTURE
    artifacts.path(key).unlink()
    if now is not None:
        artifacts.path(key).write_bytes(now)
    artifacts = Artifacts.open(tmp_path)  # after a restart: what was put last is known without the disk
    job = await with_results(done(), None, artifacts)
    assert (job.state, job.fault, job.artifacts) == (JobState.FAILED, "Expired", ())
    status = next(route for route in PIXART.routes if "status" in route.path)
    answer = status.answer(job, Request())
    assert (answer.status, answer.body["status"]) == (200, "failed")  # the editor ends its polling
    assert answer.body["error"].startswith("Its result is gone: its file was removed from the server's folder, or")


async def test_what_a_job_echoes_may_be_gone_too(tmp_path):
    artifacts = Artifacts.open(tmp_path)
    with artifacts.holding() as put:
        await put(PICTURE)
        echo = await put(b'{"a": 1}')
    assert (await with_results(done(), echo, artifacts)).echo == {"a": 1}
    artifacts.path(echo).unlink()
    assert (await with_results(done(), echo, artifacts)).fault == "Expired"


SHOWS = [
    pytest.param(route, id=f"{name} {route.path}")
    for name, dialect in dialects().items()
    for route in dialect.routes
    if route.action is Action.SHOW or (route.action is Action.SUBMIT and route.wait)
]


@pytest.mark.parametrize("route", SHOWS)
def test_every_dialect_tells_of_a_result_that_is_gone(route):
    options = {name: dialect.options() if dialect.options else None for name, dialect in dialects().items()}
    name = next(name for name, dialect in dialects().items() if route in dialect.routes)
    job = Job("a", name, "x", JobState.FAILED, 1.0, 1.0, {}, error="Its result is gone.", fault="Expired")
    try:
        answer = route.answer(job, Request(body={}, options=options[name]))
    except PixartError as error:
        assert (type(error), error.status) == (Expired, 410)
    else:
        assert "Its result is gone." in str(answer.body)


@pytest.mark.comfy
def test_over_http_a_result_that_somebody_removed_is_failed_for_pollers_and_410_for_who_fetches(bare_comfy, tmp_path):
    with BridgeProcess(tmp_path, COMFYUI_URL=bare_comfy.url) as bridge:
        bridge.generate("a", TREE.read_bytes())
        made = picture(bridge.finished("a"))
        with contextlib.closing(sqlite3.connect(tmp_path / "bridge.db")) as database:
            ((artifacts,),) = database.execute("SELECT artifacts FROM bridge_jobs")
        copy = json.loads(artifacts)[0]["file"]  # what retention will remove with the job
        assert COPY_PATTERN.fullmatch(f"output/{copy}")
        assert (bare_comfy.settings.comfyui_base / "output" / copy).read_bytes() == made
        file = tmp_path / "results" / digest(made)[:2] / digest(made)
        assert wait_until(file.exists)
        assert wait_until(lambda: not buffered(tmp_path))
        file.unlink()
        assert bridge.status("a")["status"] == "failed"
        code, answer = bridge.call(f"{PREFIX}/result/a")
        assert (code, answer["code"]) == (410, "expired")
        assert no_traceback(bridge)
