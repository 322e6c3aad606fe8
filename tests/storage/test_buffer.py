"""Small files are committed with the row that names them, and written a moment later."""

import asyncio
import contextlib
import errno

import pytest
from bridge_process import PREFIX, BridgeProcess
from faults import tiny
from test_comfy_process import wait_until
from test_disk_faults import buffered
from test_store import record
from waiting import until

from bridge.core.errors import Expired, StorageError, StorageFull
from bridge.core.job import JobState
from bridge.storage import artifacts as module
from bridge.storage.artifacts import MOST_BUFFERED, SMALL_BYTES, Artifacts, digest
from bridge.storage.store import Store

DATA = b"a small picture"
KEY = digest(DATA)


def rows(folder):
    return sorted(buffered(folder))


def names(folder):
    return sorted(path.name for path in (folder / "results").rglob("*") if path.is_file())


@contextlib.asynccontextmanager
async def opened(folder):
    store = await Store.open(folder)
    try:
        yield store, Artifacts.open(folder / "results", store.buffer)
    finally:
        await store.close()


async def none_of(error):
    raise error


async def add(store, kept, id="a", data=DATA):
    with kept.holding() as put:
        await put(data)
        return await store.add(record(id))


async def test_a_small_file_is_committed_with_its_row_and_written_later(tmp_path):
    async with opened(tmp_path) as (store, kept):
        assert await add(store, kept)
        assert (rows(tmp_path), names(tmp_path)) == ([KEY], [])
        assert await kept.get(KEY) == DATA
        await kept.settle()
        assert (rows(tmp_path), names(tmp_path)) == ([], [KEY])
        assert await kept.get(KEY) == DATA
        kept.path(KEY).unlink()
        with pytest.raises(Expired):
            await kept.get(KEY)


async def test_what_a_process_left_is_written_by_the_next(tmp_path):
    async with opened(tmp_path) as (store, kept):
        await add(store, kept)
    async with opened(tmp_path) as (_, kept):
        assert await kept.get(KEY) == DATA
        writing = asyncio.create_task(kept.run(none_of))
        while rows(tmp_path):
            await asyncio.sleep(0.02)
        assert names(tmp_path) == [KEY]
        writing.cancel()


async def test_a_result_whose_row_nobody_waits_for_any_more_is_there_all_the_same(tmp_path):
    async with opened(tmp_path) as (store, kept):
        await store.add(record("a"))
        with kept.holding() as put:
            await put(DATA)
            writing = asyncio.create_task(store.change("a", only_if=list(JobState), notes=("it has ended",)))
            await asyncio.sleep(0)  # it has begun by now
            writing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writing
        assert (await store.get("a")).job.notes == ("it has ended",)
        assert await kept.get(KEY) == DATA
        await kept.settle()
        assert (rows(tmp_path), names(tmp_path)) == ([], [KEY])


async def test_what_could_not_be_committed_goes_with_the_next_try(tmp_path):
    async with opened(tmp_path) as (store, kept):
        await store.add(record("a"))
        with kept.holding() as put:
            await put(DATA)
            store.database._writer.write, write = refusing, store.database._writer.write
            with pytest.raises(StorageError):
                await store.change("a", only_if=list(JobState), notes=("it has ended",))
            store.database._writer.write = write
            assert await store.change("a", only_if=list(JobState), notes=("it has ended",))
            assert rows(tmp_path) == [KEY]


def refusing(work):
    """A disk that has no room left when all is written: at the commit."""
    work(Swallowing())
    raise StorageFull("The disk is full.")


class Swallowing:
    """A connection whose statements change one row, of nothing that stays."""

    def __init__(self):
        self.connection = self
        self.driver_connection = self
        self.rowcount = 1

    def execute(self, *_):
        return self


async def test_no_row_no_bytes(tmp_path):
    async with opened(tmp_path) as (store, kept):
        assert await add(store, kept)
        assert not await add(store, kept, data=b"of a job whose id is taken")
        with kept.holding() as put:
            await put(b"of a job that was refused")
        assert rows(tmp_path) == [KEY]
        await add(store, kept, "b", b"another")
        assert rows(tmp_path) == sorted([KEY, digest(b"another")])


async def test_a_result_goes_with_the_change_that_names_it(tmp_path):
    async with opened(tmp_path) as (store, kept):
        await store.add(record("a"))
        with kept.holding() as put:
            await put(DATA)
            await store.change("a", only_if=list(JobState), durable=False, notes=("it runs",))
            assert rows(tmp_path) == []
            await store.change("a", only_if=list(JobState), notes=("it has ended",))
            assert rows(tmp_path) == [KEY]


@pytest.mark.parametrize("size", [SMALL_BYTES, SMALL_BYTES + 1])
async def test_a_large_file_is_written_at_once(tmp_path, size):
    async with opened(tmp_path) as (store, kept):
        await add(store, kept, data=bytes(size))
        assert len(names(tmp_path)) == (size > SMALL_BYTES)


async def test_what_is_on_its_way_is_bounded(tmp_path):
    async with opened(tmp_path) as (store, kept):
        count = MOST_BUFFERED // SMALL_BYTES
        with kept.holding() as put:
            for number in range(count + 2):
                await put(number.to_bytes(2, "big") + bytes(SMALL_BYTES - 2))
            assert len(names(tmp_path)) == 2
            await store.add(record("a"))
        await kept.settle()
        assert len(names(tmp_path)) == count + 2


async def test_the_same_bytes_twice_are_one_file(tmp_path):
    async with opened(tmp_path) as (store, kept):
        for id in "abc":
            assert await add(store, kept, id)
            if id == "b":
                await kept.settle()
        await kept.settle()
        assert (rows(tmp_path), names(tmp_path)) == ([], [KEY])


async def test_what_comes_again_while_two_write_what_is_on_its_way_is_kept_with_its_row(tmp_path, monkeypatch):
    late, write, begun = asyncio.Event(), Artifacts._write, []

    async def slowly(kept, files):
        begun.append(files)
        second = len(begun) == 2
        await write(kept, files)
        if second:
            await late.wait()

    monkeypatch.setattr(Artifacts, "_write", slowly)
    async with opened(tmp_path) as (store, kept):
        await add(store, kept)
        first, second = (asyncio.create_task(kept.settle()) for _ in range(2))
        await first
        with kept.holding() as put:
            await put(DATA)
            late.set()
            await second
            assert await store.add(record("b"))
        assert rows(tmp_path) == [KEY]
        await kept.settle()
        assert (rows(tmp_path), names(tmp_path)) == ([], [KEY])


async def test_who_writes_what_is_on_its_way_waits_for_nobody_who_was_cancelled_at_it(tmp_path, monkeypatch):
    stuck, write = asyncio.Event(), Artifacts._write

    async def forever(*_):
        stuck.set()
        await asyncio.Event().wait()

    async with opened(tmp_path) as (store, kept):
        await add(store, kept)
        monkeypatch.setattr(Artifacts, "_write", forever)
        ended = asyncio.create_task(kept.settle())
        await stuck.wait()
        ended.cancel()
        monkeypatch.setattr(Artifacts, "_write", write)
        await asyncio.wait_for(kept.settle(), 10)
        assert (rows(tmp_path), names(tmp_path)) == ([], [KEY])


async def test_retention_passes_by_what_is_on_its_way(tmp_path):
    async with opened(tmp_path) as (store, kept):
        await add(store, kept)
        await kept.remove([KEY], lambda key: ())
        assert await kept.get(KEY) == DATA
        await kept.settle()
        await kept.remove([KEY], lambda key: ())
        assert names(tmp_path) == []


@pytest.mark.parametrize("works", [False, True], ids=["in vain", "as it works again"])
async def test_retention_that_writes_while_a_failed_write_waits_for_its_next_try_changes_nothing(
    tmp_path, monkeypatch, works
):
    monkeypatch.setattr(module, "LATER_SECONDS", 0.01)
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.2)
    failing = failing_writes(monkeypatch)
    async with opened(tmp_path) as (store, kept):
        writing = asyncio.create_task(kept.run(unexplained))
        await add(store, kept)
        await until(lambda: not kept.buffer.open)
        failing[0] = not works
        with contextlib.nullcontext() if works else pytest.raises(StorageError):
            await kept.settle()
        failing[0] = False
        await until(lambda: kept.buffer.open and not rows(tmp_path))
        assert names(tmp_path) == [KEY]
        await add(store, kept, "b", b"another")
        assert rows(tmp_path) == [digest(b"another")]
        await until(lambda: not rows(tmp_path))
        writing.cancel()


def failing_writes(monkeypatch):
    """Whether files can't be written, in a list; they can't."""
    failing, real = [True], module.write

    def write(files):
        if failing[0]:
            raise OSError(errno.EROFS, "Read-only file system")
        real(files)

    monkeypatch.setattr(module, "write", write)
    return failing


async def unexplained(error):
    return error


async def test_while_files_can_not_be_written_nothing_is_lost_and_who_puts_hears_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LATER_SECONDS", 0.01)
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.01)
    full, told = failing_writes(monkeypatch), []

    async def diagnosis(error):
        told.append(str(error))
        return error

    async with opened(tmp_path) as (store, kept):
        writing = asyncio.create_task(kept.run(diagnosis))
        await add(store, kept)
        while not told:
            await asyncio.sleep(0.01)
        with pytest.raises(StorageError, match="can't be written"):
            await add(store, kept, "b", b"another")
        assert await kept.get(KEY) == DATA
        full[0] = False
        while rows(tmp_path):
            await asyncio.sleep(0.01)
        assert names(tmp_path) == [KEY]
        assert await add(store, kept, "b", b"another")
        assert rows(tmp_path) == [digest(b"another")]
        writing.cancel()


@pytest.mark.comfy
def test_a_job_whose_bridge_is_killed_at_once_keeps_its_picture(bare_comfy, tmp_path):
    with BridgeProcess(tmp_path, COMFYUI_URL=bare_comfy.url) as bridge:
        for number in range(3):
            assert bridge.call(f"{PREFIX}/generate", tiny.body(f"job-{number}"))[0] == 200
            bridge.kill()
            bridge.start()
        for number in range(3):
            assert tiny.is_right(f"job-{number}", bridge.finished(f"job-{number}"))
        assert wait_until(lambda: not rows(tmp_path))
        assert len(names(tmp_path)) == 6
