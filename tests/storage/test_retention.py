"""What is kept and what goes: never a file that a job names, never by a clock that leaps, and kill -9 costs nothing."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from bridge_process import BridgeProcess
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sketches import TREE
from test_store import record

from bridge.cli import main
from bridge.core.errors import Conflict, NotFound
from bridge.core.job import Artifact, JobState
from bridge.core.settings import Settings
from bridge.storage.artifacts import Artifacts, digest
from bridge.storage.counted_clock import DAY, SPACING_SECONDS, CountedClock
from bridge.storage.retention import GRACE_SECONDS, MOST_LOG, ROUND_SECONDS, Removal, Retention
from bridge.storage.retention_queries import RetentionQueries
from bridge.storage.store import Store

PROMPT = "0b51a5a2-7d4e-4b1c-9a51-3f0c2a4d5e6f"
YEAR = 365 * DAY


@pytest.fixture
def store(any_store, monkeypatch):
    """The jobs database in each of its forms, with the clock of the `House`."""

    async def now(own):
        return own

    monkeypatch.setattr(any_store.peers, "now", now)
    return any_store


class House:
    """A store with artifacts, and rounds by a clock that the test turns."""

    def __init__(self, store, folder, **settings):
        self.store, self.folder, self.now = store, folder, 1.7e9
        self.settings = Settings(_env_file=None, data=folder, **settings)
        self.artifacts = Artifacts.open(self.settings.results)
        self.retention = Retention(self.settings, store, self.artifacts, lambda: self.now)

    async def add(self, id, *, sketch=None, result=None, echo=None, file="", state=JobState.COMPLETED):
        """A job with these bytes; the keys that it names."""
        sketch, result = sketch or f"sketch {id}".encode(), result or f"result {id}".encode()
        with self.artifacts.holding() as put:
            row = replace(record(id), pictures={"image": await put(sketch)}, echo=await put(echo) if echo else None)
            await self.store.add(row)
            if state is not JobState.QUEUED:
                made = Artifact("image", await put(result), "image/png", len(result), file=file)
                ended = {"artifacts": [made], "finished_at": self.now} if state.final else {}
                await self.store.change(id, only_if=[JobState.QUEUED], state=state, **ended)
        return digest(sketch), digest(result)

    async def rounds(self, seconds, step=DAY):
        """Rounds until so much time has passed; the last one's answer."""
        freed = Removal()
        for _ in range(round(seconds / step)):
            self.now += step
            freed = await self.retention.round()
        return freed

    def there(self, key):
        return self.artifacts.path(key).is_file()

    def files(self):
        return {path.name for path in self.settings.results.rglob("*") if path.is_file()}

    async def ids(self):
        return sorted(row.job.id for row in await self.store.list(limit=1000))


async def test_a_job_that_has_ended_goes_with_its_files_after_its_days(store, tmp_path):
    house = House(store, tmp_path, keep_days=3)
    keys = await house.add("old", echo=b'{"a": 1}')
    await house.retention.round()
    await house.rounds(2 * DAY)
    await house.add("new")
    assert [house.there(key) for key in keys] == [True, True]
    await house.rounds(DAY)
    assert await house.ids() == ["new"]
    assert house.files() == {digest(b"sketch new"), digest(b"result new")}


async def test_what_comfyui_drew_for_a_job_that_was_cancelled_a_moment_before_goes_with_it(store, tmp_path):
    house = House(store, tmp_path, keep_days=3)
    drawn, other = (
        house.settings.comfyui_base / "output" / "pixart" / prompt_id[:2] / f"{prompt_id}_00001_.png"
        for prompt_id in (PROMPT, PROMPT.replace("0b", "1c"))
    )
    for file in (drawn, other):
        file.parent.mkdir(parents=True)
        file.write_bytes(b"picture")
    await store.add(replace(record("a"), prompt_id=PROMPT))
    await house.retention.round()
    await house.rounds(2 * DAY)
    await store.change("a", only_if=[JobState.QUEUED], state=JobState.CANCELLED, finished_at=house.now)
    await house.rounds(2 * DAY)
    assert drawn.exists()
    await house.rounds(2 * DAY)
    assert await house.ids() == [] and not drawn.exists() and other.exists()


async def test_zero_days_is_for_ever(store, tmp_path):
    house = House(store, tmp_path, keep_days=0)
    await house.add("a")
    assert await house.rounds(40 * DAY) == Removal()
    assert await house.ids() == ["a"]


async def test_bytes_that_another_job_names_stay_whatever_they_are_to_it(store, tmp_path):
    house = House(store, tmp_path, keep_days=1)
    keys = await house.add("old", sketch=b"same", result=b"alike", echo=b'"both"')
    await house.retention.round()
    await house.rounds(DAY / 2, DAY / 2)
    await house.add("new", sketch=b"alike", result=b'"both"', echo=b'"same"')
    await house.rounds(DAY / 2, DAY / 2)
    assert await house.ids() == ["new"]
    assert [house.there(key) for key in (*keys, digest(b'"both"'), digest(b'"same"'))] == [False, True, True, True]


async def test_a_job_that_somebody_removes_is_gone_at_once_and_its_files_with_the_next_round(store, tmp_path):
    house = House(store, tmp_path, keep_days=3)
    keys = await house.add("a", sketch=b"shared")
    await house.add("b", sketch=b"shared")
    await house.retention.remove("a")
    assert await house.ids() == ["b"]
    await house.retention.round()
    assert [house.there(key) for key in keys] == [True, False]
    with pytest.raises(NotFound):
        await house.retention.remove("a")


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
async def test_a_job_that_has_not_ended_is_not_removed(store, tmp_path, state):
    house = House(store, tmp_path, keep_days=3)
    await house.add("a", state=state)
    with pytest.raises(Conflict, match="not over yet"):
        await house.retention.remove("a")
    assert await house.ids() == ["a"]


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
async def test_a_job_that_has_not_ended_keeps_its_files_for_ever(store, tmp_path, state):
    house = House(store, tmp_path, keep_days=1, keep_mb=1)
    sketch, _ = await house.add("waits", sketch=bytes(2_000_000), state=state)
    await house.retention.round()
    await house.rounds(10 * DAY)
    assert house.there(sketch)
    assert await house.ids() == ["waits"]


@pytest.mark.parametrize("settings", [{"keep_days": 3}, {"keep_days": 0, "keep_mb": 1}], ids=str)
async def test_a_job_that_waits_for_weeks_keeps_nothing_that_came_after_it(store, tmp_path, settings):
    house = House(store, tmp_path, **settings)
    sketch, _ = await house.add("starved", state=JobState.QUEUED)
    for number in range(20):
        await house.add(f"{number:02}", result=bytes([number]) * 600_000)
        await house.rounds(DAY, DAY / 2)
    assert len(await house.ids()) <= 6
    assert house.there(sketch)


async def test_a_job_that_ends_after_weeks_is_kept_as_long_as_any(store, tmp_path):
    house = House(store, tmp_path, keep_days=3)
    sketch, _ = await house.add("starved", state=JobState.RUNNING)
    await house.add("a")
    await house.rounds(10 * DAY)
    assert await house.ids() == ["starved"]
    await store.change("starved", only_if=[JobState.RUNNING], state=JobState.COMPLETED, finished_at=house.now)
    await house.rounds(2 * DAY)
    next_life = House(store, tmp_path, keep_days=3)  # which knows it from the database
    next_life.now = house.now
    await next_life.rounds(DAY)
    assert house.there(sketch)
    await next_life.rounds(DAY)
    assert await house.ids() == [] and not house.there(sketch)


async def test_beyond_the_budget_a_job_that_ended_after_weeks_goes_like_any(store, tmp_path):
    house = House(store, tmp_path, keep_days=30, keep_mb=1)
    await house.add("starved", sketch=bytes(2_000_000), state=JobState.RUNNING)
    await house.rounds(2 * DAY)
    await store.change("starved", only_if=[JobState.RUNNING], state=JobState.FAILED, finished_at=house.now)
    await house.retention.round()
    assert await house.rounds(ROUND_SECONDS, ROUND_SECONDS) == Removal()
    await house.rounds(GRACE_SECONDS, ROUND_SECONDS)
    assert await house.ids() == []


async def test_beyond_the_budget_the_oldest_go_first_and_nothing_that_was_just_made(store, tmp_path):
    house = House(store, tmp_path, keep_days=0, keep_mb=1)
    await house.retention.round()
    for number in range(4):
        await house.add(f"{number}", result=bytes([number]) * 400_000)
    assert await house.retention.round() == Removal()  # somebody may not have fetched them yet
    await house.rounds(2 * GRACE_SECONDS, ROUND_SECONDS)
    assert await house.ids() == ["2", "3"]
    assert not house.there(digest(bytes([1]) * 400_000))


@pytest.mark.parametrize("folder", [f"pixart/{PROMPT[:2]}", "pixart"])  # the second is where 0.1.0 kept them
async def test_comfyuis_copies_go_with_their_job_and_a_persons_files_stay(store, tmp_path, folder):
    house = House(store, tmp_path, keep_days=1)
    output, inputs = tmp_path / "output" / "pixart", tmp_path / "input" / "pixart"
    output.mkdir(parents=True)
    inputs.mkdir(parents=True)
    ours = tmp_path / "output" / folder / f"{PROMPT}_00001_.png"
    ours.parent.mkdir(exist_ok=True)
    persons = [output / f"{PROMPT}_00002_.png", output / "cat_00001_.png", output.parent / "x.png", inputs / "cat.png"]
    for path in (ours, *persons):
        path.write_bytes(b"picture")
    sketch, _ = await house.add("a", file=f"{folder}/{ours.name}")
    copy, stale = inputs / f"{sketch}.png", inputs / f"{'0' * 64}.png"
    for path in (copy, stale):
        path.write_bytes(b"copy")
    for path in (copy, stale, *persons):
        os.utime(path, (house.now - YEAR, house.now - YEAR))
    await house.retention.round()
    assert [path.exists() for path in (ours, copy, stale, *persons)] == [True, True, False, *[True] * 4]
    await house.rounds(DAY)
    assert [path.exists() for path in (ours, copy, *persons)] == [False, False, *[True] * 4]


async def test_in_front_of_somebody_elses_comfyui_its_folders_are_left_alone(store, tmp_path):
    house = House(store, tmp_path, keep_days=1, comfyui_url="http://127.0.0.1:9")
    path = tmp_path / "output" / "pixart" / f"{PROMPT}_00001_.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"picture")
    await house.add("a", file=f"pixart/{path.name}")
    await house.retention.round()
    await house.rounds(DAY)
    assert (await house.ids(), path.exists()) == ([], True)


@pytest.mark.parametrize("name", ["../../secret.png", f"pixart/../{PROMPT}_1.png", "pixart/cat.png", "elsewhere/x.png"])
async def test_a_row_can_name_no_file_that_is_not_its_own_copy(store, tmp_path, name):
    house = House(store, tmp_path, keep_days=1)
    (tmp_path / "output" / "pixart").mkdir(parents=True)
    path = tmp_path / "output" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"a person's")
    await house.add("a", file=name)
    await house.retention.round()
    await house.rounds(DAY)
    assert (await house.ids(), path.exists()) == ([], True)


async def test_half_written_files_of_a_process_that_is_gone_are_removed(store, tmp_path):
    house = House(store, tmp_path)
    key = digest(b"x")
    house.artifacts.path(key).parent.mkdir()
    halves = [house.artifacts.path(f"{key}.{'0' * 32}-1.half"), house.artifacts.path(f"{key}#1")]
    other = house.artifacts.path(key).with_name("notes.txt")
    for path in (*halves, other):
        path.write_bytes(b"half")
    assert await house.retention.round() == Removal(0, 8)
    assert [path.exists() for path in (*halves, other)] == [False, False, True]


async def test_pictures_of_a_database_that_was_moved_away_stay_as_long_as_jobs_would(store, tmp_path):
    house = House(store, tmp_path, keep_days=2)
    with house.artifacts.holding() as put:
        key = await put(b"of the damaged database")
    os.utime(house.artifacts.path(key), (house.now - YEAR, house.now - YEAR))
    await house.retention.round()
    for there in (True, False):
        process = House(store, tmp_path, keep_days=2)  # every file is looked at when one starts
        house.now = process.now = house.now + DAY
        await process.retention.round()
        assert house.there(key) is there


LEAPS = {
    "a Pi without a battery, from 1970 to today": [*[1000.0 + n * ROUND_SECONDS for n in range(5)], 1.7e9],
    "far ahead for a moment": [1.7e9, 1.7e9 + 50 * YEAR, 1.7e9 + 600],
    "far ahead for good": [1.7e9, 1.7e9 + 50 * YEAR, 1.7e9 + 50 * YEAR + 600],
    "back to 1970": [1.7e9, 1000.0, 1.7e9 + 600],
}


@pytest.mark.parametrize("clock", LEAPS.values(), ids=list(LEAPS))
async def test_a_clock_that_leaps_costs_no_job(store, tmp_path, clock):
    house = House(store, tmp_path, keep_days=3)
    await house.add("a")
    for house.now in clock:
        assert await house.retention.round() == Removal()
    assert await house.ids() == ["a"]
    await house.rounds(3 * DAY)
    assert await house.ids() == []  # and in the end it goes all the same


@given(st.lists(st.floats(-100 * YEAR, 100 * YEAR), min_size=1, max_size=60), st.floats(DAY / 2, 20 * DAY))
def test_no_job_is_older_than_the_looks_at_it_allow(leaps, keep):
    now, looked = 1.7e9, []
    elapsed = CountedClock().look(now, 0, keep)
    for number, leap in enumerate(leaps, start=1):
        now += leap
        elapsed = elapsed.look(now, number, keep)
        looked.append(min(max(leap, 0.0), DAY))
        settled = elapsed.settled(keep).number
        assert settled == 0 or sum(looked[settled:]) >= keep * (1 - 1e-9)  # sums of floats in another order


@given(st.lists(st.tuples(st.floats(60, DAY), st.integers(0, 3), st.sets(st.integers(0, 30))), min_size=5, max_size=40))
def test_no_late_job_is_older_than_the_looks_at_it_allow(looks):
    now, highest, keep, over, elapsed = 0.0, 0, 2 * DAY, {}, CountedClock().look(0.0, 0, 2 * DAY)
    unended = set()
    for step, new, ending in looks:
        now += step
        unended |= set(range(highest + 1, highest + new + 1))
        highest += new
        gone = {each for each in unended if each % 31 in ending}
        unended -= gone
        over |= dict.fromkeys(gone, now)
        elapsed = elapsed.look(now, highest, keep, unended)
        settled = elapsed.settled(keep)
        early = [each for each in range(1, highest + 1) if each in settled and now - over.get(each, now) < keep - 1e-3]
        assert early == []


@given(st.lists(st.floats(ROUND_SECONDS, DAY), min_size=100, max_size=200))
@hypothesis_settings(max_examples=20)
def test_marks_stay_few_and_a_job_is_not_kept_much_longer_than_asked(steps):
    keep, now, elapsed, ends = 10 * DAY, 0.0, CountedClock().look(0.0, 0, 10 * DAY), []
    for number, step in enumerate(steps, start=1):
        now += step
        elapsed = elapsed.look(now, number, keep)
        ends.append(now)
    assert len(elapsed.marks) <= 2 + DAY / SPACING_SECONDS + 110
    assert all(one.number < two.number and one.elapsed < two.elapsed for one, two in pairwise(elapsed.marks))
    settled = elapsed.settled(keep).number
    assert [end for end in ends[settled:] if end < now - keep - 2 * DAY - keep / 100] == []


async def test_a_number_is_never_given_twice_so_a_new_job_is_never_an_old_one(store, tmp_path):
    house = House(store, tmp_path, keep_days=1)
    for id in ("a", "b"):
        await house.add(id)
    await house.retention.round()
    await house.rounds(DAY)
    assert await house.ids() == []
    await house.add("c")
    assert await house.rounds(ROUND_SECONDS, ROUND_SECONDS) == Removal()
    assert await house.ids() == ["c"]


async def test_what_is_known_of_time_outlives_the_process(store, tmp_path):
    house = House(store, tmp_path, keep_days=2)
    await house.add("a")
    await house.retention.round()
    await house.rounds(DAY)
    next_life = House(store, tmp_path, keep_days=2)
    next_life.now = house.now + DAY
    await next_life.retention.round()
    assert await next_life.ids() == []


async def test_a_dry_round_says_what_a_round_would_free_and_touches_nothing(store, tmp_path):
    house = House(store, tmp_path, keep_days=1)
    for id in ("a", "b"):
        await house.add(id, sketch=b"shared", result=b"result " + id.encode(), echo=b'"e"')
    await house.retention.round()
    await house.rounds(DAY / 2, DAY / 2)
    await house.add("c", sketch=b"kept", result=b'"e"')
    house.now += DAY / 2
    said = await house.retention.round(dry=True)
    assert await house.ids() == ["a", "b", "c"]
    assert said == Removal(2, len(b"shared") + 2 * len(b"result a")) == await house.retention.round()
    assert await house.ids() == ["c"]


async def test_only_a_round_that_removed_something_is_told(store, tmp_path, monkeypatch, caplog):
    house, rounds = House(store, tmp_path), [Removal(), Removal(2, 30), Removal()]
    caplog.set_level("INFO", "bridge.storage.retention")

    async def round():
        if not rounds:
            raise asyncio.CancelledError
        return rounds.pop(0)

    monkeypatch.setattr("bridge.storage.retention.ROUND_SECONDS", 0)
    monkeypatch.setattr(house.retention, "round", round)
    with pytest.raises(asyncio.CancelledError):
        await house.retention.run()
    [told] = caplog.messages
    assert str(Removal(2, 30)) in told


async def test_a_log_that_is_too_long_begins_anew_while_comfyui_writes_on(store, tmp_path):
    house = House(store, tmp_path)
    log = house.settings.comfyui_log
    log.parent.mkdir()
    with log.open("ab") as writer:
        writer.write(b"x" * (MOST_LOG + 1))
        writer.flush()
        await house.retention.round()
        writer.write(b"goes on\n")
    assert log.read_bytes() == b"goes on\n"
    assert house.settings.comfyui_previous_log.stat().st_size == MOST_LOG + 1


jobs = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.none() | st.integers(0, 4), st.sampled_from(list(JobState))),
    max_size=12,
)


@given(jobs, st.integers(0, 12), st.integers(0, 3))
@hypothesis_settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_never_a_file_goes_that_a_row_names_nor_one_that_is_being_submitted(tmp_path_factory, jobs, old, budget):
    asyncio.run(_lived(tmp_path_factory.mktemp("house"), jobs, old, budget))


async def _lived(folder, jobs, old, budget):
    """Jobs out of few different bytes, some long over, with submissions in the middle of the rounds."""
    store = await Store.open(folder)
    house = House(store, folder, keep_days=1, keep_mb=budget)
    size = 300_000
    for number, (sketch, result, echo, state) in enumerate(jobs):
        if number == old:
            await house.retention.round()
            await house.rounds(DAY)
        pieces = {"sketch": bytes([sketch]) * size, "result": bytes([result]) * size}
        echoed = None if echo is None else bytes([echo]) * size
        await asyncio.gather(
            house.add(f"{number}", **pieces, echo=echoed, state=state),
            house.rounds(ROUND_SECONDS, ROUND_SECONDS),
        )
    await house.rounds(2 * GRACE_SECONDS, ROUND_SECONDS)
    named = {key async for rows in RetentionQueries(store).namings() for row in rows for key in row.keys}
    open_ids = {f"{number}" for number, (*_, state) in enumerate(jobs) if not state.final}
    assert [key for key in named if not house.there(key)] == []
    assert open_ids <= set(await house.ids())
    await store.close()


async def test_what_is_put_while_its_file_is_being_removed_is_there_afterwards(store, tmp_path):
    house = House(store, tmp_path)
    for number in range(50):
        data = bytes([number]) * 100
        with house.artifacts.holding() as put:
            key = await put(data)

        async def again(data=data):
            with house.artifacts.holding() as put:
                return await put(data)

        with house.artifacts.watched():
            await asyncio.gather(house.artifacts.remove([key], lambda _: ()), again())
        assert house.there(key)


async def test_what_was_put_while_the_rows_were_looked_at_is_not_removed_by_what_they_said(store, tmp_path):
    house = House(store, tmp_path)
    with house.artifacts.watched():
        with house.artifacts.holding() as put:
            key = await put(b"bytes")
        assert await house.artifacts.remove([key], lambda _: ()) == 0
    assert await house.artifacts.remove([key], lambda _: ()) == 5


async def test_what_a_request_put_that_was_cancelled_stays_for_its_row_may_be_on_its_way(store, tmp_path):
    house = House(store, tmp_path)
    put = asyncio.Event()

    async def submit():
        with house.artifacts.holding() as keep:
            await keep(b"bytes")
            put.set()
            await asyncio.sleep(60)

    request = asyncio.create_task(submit())
    await put.wait()
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    assert await house.artifacts.remove([digest(b"bytes")], lambda _: ()) == 0
    assert house.there(digest(b"bytes"))


ROUND = """
import asyncio, sys, time
from pathlib import Path
from test_retention import DAY, House
from bridge.storage.store import Store

unlink = Path.unlink
Path.unlink = lambda *path, **options: (time.sleep(0.005), unlink(*path, **options))  # slow, so that the kill hits it

async def main(folder):
    house = House(await Store.open(folder), folder, keep_days=1)
    house.now += DAY
    print("go", flush=True)
    await house.retention.round()
    await asyncio.sleep(60)

asyncio.run(main(Path(sys.argv[1])))
"""


async def _filled(folder):
    store = await Store.open(folder)
    house = House(store, folder, keep_days=1)
    for number in range(100):
        await house.add(f"old-{number}", sketch=b"shared %d" % (number % 20), result=b"%d" % number)
    await house.retention.round()
    house.now += DAY
    for number in range(20):
        await house.add(f"new-{number}", sketch=b"shared %d" % number, result=b"new %d" % number)
    await store.close()
    return house


def test_kill_9_in_the_middle_of_cleaning_up_costs_nothing_and_the_next_round_finishes(tmp_path):
    house = asyncio.run(_filled(tmp_path))
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    left = []
    every = len(house.files())
    for files in (every, every - 1, every - 50):
        command = [sys.executable, "-c", ROUND, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **path}) as process:
            assert process.stdout
            assert process.stdout.readline() == b"go\n"
            deadline = time.monotonic() + 30
            while len(house.files()) > files and time.monotonic() < deadline:
                pass
            process.send_signal(signal.SIGKILL)
        left.append(len(house.files()))
    assert 40 < left[1] < every, "the kill came when nothing or everything was done"
    asyncio.run(_finished(tmp_path))


async def _finished(folder):
    store = await Store.open(folder)
    house = House(store, folder, keep_days=1)
    house.now += DAY
    new = {f"new-{number}" for number in range(20)}
    assert new <= set(await house.ids())
    await house.retention.round()
    assert set(await house.ids()) == new
    named = {key async for rows in RetentionQueries(store).namings() for row in rows for key in row.keys}
    assert house.files() == named
    assert await RetentionQueries(store).doomed_files() == []
    await store.close()


def test_clean_says_what_it_freed_and_not_while_a_bridge_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PIXART_DATA", str(tmp_path))
    monkeypatch.setenv("COMFYUI_URL", "http://127.0.0.1:9")

    def clean(*arguments):
        code = main(["clean", *arguments])
        return code, "".join(capsys.readouterr())

    assert clean() == (0, "Removed 0 jobs, 0.0 MB.\n")
    assert not (tmp_path / "bridge.db").exists()
    with BridgeProcess(tmp_path, COMFYUI_URL="http://127.0.0.1:9") as bridge:
        assert bridge.generate("a", TREE.read_bytes())[0] == 200
        code, said = clean()
        assert (code, "Another bridge uses the folder" in said) == (1, True)
    half = tmp_path / "results" / "00" / f"{'0' * 64}.{'0' * 32}-1.half"
    half.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(bytes(200_000))
    assert clean("--dry-run") == (0, "Would remove 0 jobs, 0.2 MB.\n")
    assert clean() == (0, "Removed 0 jobs, 0.2 MB.\n")
    assert not half.exists()
