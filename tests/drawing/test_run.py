"""One job's way through ComfyUI where the real one can't be made to do it: faults by name, the cache's quick parts."""

import asyncio
import time
from dataclasses import replace

import pytest
from waiting import until

from bridge.comfy.client import Finding, Place
from bridge.comfy.protocol import Outcome
from bridge.core.errors import BackendFailure, Unavailable
from bridge.core.job import Artifact, Job, JobState
from bridge.core.places import ROOT
from bridge.drawing import run
from bridge.drawing.post import History
from bridge.drawing.result_cache import ResultCache
from bridge.drawing.run import MOST_RESTARTS, Runner
from bridge.drawing.run_state import RunState
from bridge.storage.artifacts import Artifacts, digest
from bridge.storage.cache import Cache
from bridge.storage.disk import Disk
from bridge.storage.record import Record
from bridge.storage.retrying_store import RetryingStore
from bridge.storage.store import Store
from bridge.workflow.bind import Bound
from bridge.workflow.file import load
from bridge.workflow.plan import Plan

TXT2IMG = load(ROOT / "workflows" / "txt2img.v1.json")
PICTURE = b"\x89PNG the picture"


class StandIn:
    """A ComfyUI where every prompt ends at once with the outcome given, or never."""

    url, name, generation, up = "http://here", "comfyui", 1, True
    ear, client_id = "", "me"  # nobody hears of its prompts: they are looked up

    def __init__(self, outcome=None):
        self.outcome, self.prompts, self.silent = outcome, [], False

    async def ready(self):
        pass

    async def stats(self):
        if self.silent:
            raise BackendFailure("ComfyUI answered 500 to /system_stats.")
        return {}

    async def model_files(self):
        return {}

    async def submit(self, prompt_id, prompt, graph, trace):
        self.prompts.append(prompt)

    async def locate(self, prompt_id):
        return Finding(Place.ENDED, self.outcome) if self.outcome else Finding(Place.RUNNING)

    async def fetch(self, file):
        return PICTURE, "image/png"

    async def interrupt(self, prompt_id):
        pass

    forget = interrupt


class Desk:
    """A runner with a store of its own, in front of a stand-in."""

    def __init__(self, store, folder, comfy, result_cache=None, seconds=10.0):
        self.store, self.folder, self.comfy = store, folder, comfy
        retrying_store = RetryingStore(store, Artifacts(folder / "results"), Disk((folder,), 0))
        self.runner = Runner(retrying_store, comfy, lambda: comfy, plan, seconds, result_cache)

    async def run(self, *seeds, live=None, cacheable=True):
        batch = tuple({"seed": seed} for seed in seeds)
        job = Job("a", "any", "txt2img", JobState.QUEUED, 0.0, 0.0, {"seed": 1}, ("first",), batch=batch)
        record = Record(job, "h", cacheable=cacheable)
        await self.store.add(record)
        await self.runner.run(record, live or RunState("a"))
        return (await self.store.get("a")).job


async def plan(record, extra):
    return planned({**record.job.values, **extra})


def planned(values):
    nodes = {"3": {"class_type": "PixartSampler", "inputs": {"seed": values["seed"]}, "_meta": {"title": "Sampler"}}}
    return Plan(TXT2IMG, Bound("txt2img@1", {}, nodes, {"image": "3"}, (), {}, {"seed": values["seed"]}), ("planned",))


GOOD = Outcome(True, False, "", None, {"3": {"images": [{"filename": "x.png"}], "pixart": [{"colors": 2}]}})
BAD = Outcome(False, False, "No.", "3", {})


@pytest.mark.parametrize(
    ("outcome", "fault", "error"),
    [
        (replace(BAD, fault="UpstreamRefused"), "UpstreamRefused", "No."),
        (replace(BAD, fault="AxeraError"), "AxeraError", "No."),
        (replace(BAD, fault="PictureError"), "PictureError", "Sampler: No."),
        (BAD, "JobFailed", "Sampler: No."),
        (
            replace(BAD, fault="AxeraError", message=""),
            "AxeraError",
            "Sampler: the node failed without a message",
        ),
        (replace(BAD, interrupted=True), "JobFailed", "It was interrupted in ComfyUI."),
        (
            replace(GOOD, outputs={}),
            "JobFailed",
            "The prompt ended without a picture at its output 'image'.",
        ),
    ],
)
async def test_a_failed_job_has_its_fault_and_a_title_only_where_the_message_needs_one(
    store, tmp_path, outcome, fault, error
):
    job = await Desk(store, tmp_path, StandIn(outcome)).run()
    assert (job.state, job.fault, job.error) == (JobState.FAILED, fault, error)


@pytest.mark.parametrize("leap", [-3600.0, 30 * 86400.0])
async def test_a_clock_that_is_set_while_a_job_runs_is_no_time_that_it_took(store, tmp_path, monkeypatch, leap):
    class Leaping(StandIn):
        async def fetch(self, file):
            monkeypatch.setattr(time, "time", lambda: clock() + leap)
            return await super().fetch(file)

    clock = time.time
    job = await Desk(store, tmp_path, Leaping(GOOD)).run()
    assert abs(job.finished_at - leap - clock()) < 10
    assert 0 <= job.seconds < 10
    assert 0 <= await store.average_seconds("any") < 10


def test_what_is_told_of_a_running_job_begins_by_the_clock_as_it_is_set_now(monkeypatch):
    clock, live = time.time, RunState("a")
    job = Job("a", "any", "txt2img", JobState.RUNNING, 0.0, clock(), {}, started_at=clock())
    assert live.with_progress(job).started_at == job.started_at  # queued ahead: it has no start of its own yet
    live.start(job.started_at, {})
    monkeypatch.setattr(time, "time", lambda: clock() + 3600)
    assert 0 <= time.time() - live.with_progress(job).started_at < 10


async def test_a_job_over_its_limit_has_a_fault_of_its_own(store, tmp_path):
    job = await Desk(store, tmp_path, StandIn(), seconds=0.05).run()
    assert (job.fault, job.error) == ("TimedOut", "It took longer than 0.05 s.")


@pytest.mark.parametrize(("waits", "fault"), [(Place.PENDING, ""), (Place.RUNNING, "TimedOut")])
async def test_what_somebody_elses_prompt_takes_in_comfyui_is_not_the_jobs_time(
    store, tmp_path, monkeypatch, waits, fault
):
    class Shared(StandIn):
        async def locate(self, prompt_id):
            if time.monotonic() < begins:
                return Finding(waits, running=("somebody else's",))
            return Finding(Place.ENDED, self.outcome)

    monkeypatch.setattr(run, "POLL_SECONDS", 0.05)
    begins = time.monotonic() + 3.0
    job = await Desk(store, tmp_path, Shared(GOOD), seconds=1.5).run()
    assert (job.fault or "") == fault


async def test_what_the_job_itself_takes_after_somebody_elses_counts(store, tmp_path, monkeypatch):
    class Shared(StandIn):
        async def locate(self, prompt_id):
            if time.monotonic() < begins:
                return Finding(Place.PENDING, running=("somebody else's",))
            return Finding(Place.RUNNING)

    monkeypatch.setattr(run, "POLL_SECONDS", 0.05)
    begins = time.monotonic() + 0.5
    job = await Desk(store, tmp_path, Shared(), seconds=0.3).run()
    assert (job.fault, job.error) == ("TimedOut", "It took longer than 0.3 s.")
    assert time.monotonic() - begins >= 0.2


class Flagging(Cache):
    """A cache during whose look-up somebody asks for something."""

    def __init__(self, folder, most):
        super().__init__(folder, most)
        self.then = {}

    async def get(self, key):
        self.then.get(self.hits, lambda: None)()
        return await super().get(key)


@pytest.fixture
async def kept(store, tmp_path):
    """A desk whose cache has the pictures of the seeds 1 to 3."""
    comfy = StandIn(GOOD)
    desk = Desk(store, tmp_path, comfy, ResultCache(Flagging.open(tmp_path / "cache", 1 << 20), lambda: comfy))
    (tmp_path / "before").mkdir()
    other = await Store.open(tmp_path / "before")
    job = await Desk(other, tmp_path, comfy, desk.runner.result_cache).run(1, 2, 3)
    await other.close()
    assert (job.state, job.cached, len(comfy.prompts)) == (JobState.COMPLETED, 0, 3)
    comfy.prompts.clear()
    return desk


async def test_parts_out_of_the_cache_look_as_if_they_were_drawn_but_are_said_and_took_no_time(kept):
    job = await kept.run(1, 4, 3)
    made = Artifact("image", digest(PICTURE), "image/png", len(PICTURE), {"colors": 2})
    assert job.artifacts == tuple(replace(made, part=part) for part in range(3))
    assert (job.state, job.part, job.cached, job.workflow) == (JobState.COMPLETED, 3, 2, "txt2img@1")
    assert job.notes == ("first", "planned", "2 of 3 were in the cache.")
    assert job.used == {"seed": 1}
    assert [prompt["3"]["inputs"]["seed"] for prompt in kept.comfy.prompts] == [4]


async def test_a_result_is_in_the_cache_when_its_job_is_told_to_be_done(kept):
    """Whoever asks again at once, or pulls the plug, finds it."""
    cache, there = kept.runner.result_cache.cache, []
    before = (await cache.counted())["entries"]

    def told(_):
        there.append(len(list((kept.folder / "cache").iterdir())) - before)

    kept.runner = replace(kept.runner, on_end=told)
    assert (await kept.run(4)).state is JobState.COMPLETED
    assert there == [1]


@pytest.mark.parametrize("cacheable", [True, False])
async def test_a_seed_by_chance_is_neither_looked_for_nor_kept(kept, cacheable):
    cache = kept.runner.result_cache.cache
    before = await cache.counted()
    job = await kept.run(5, 1, cacheable=cacheable)
    after = await cache.counted()
    assert job.cached == (1 if cacheable else None)
    assert after["entries"] - before["entries"] == after["misses"] - before["misses"] == int(cacheable)


async def test_a_picture_that_is_to_be_skipped_is_left_out_though_it_is_there(kept):
    live = RunState("a")
    kept.runner.result_cache.cache.then[1] = lambda: setattr(live, "skipped", True)
    job = await kept.run(1, 2, 3, live=live)
    assert [made.part for made in job.artifacts] == [0, 2]
    assert (job.state, job.cached, job.part) == (JobState.COMPLETED, 2, 3)


async def test_a_job_that_is_cancelled_ends_with_what_it_has(kept):
    live = RunState("a")
    kept.runner.result_cache.cache.then[1] = lambda: setattr(live, "cancelled", True)
    job = await kept.run(1, 2, 3, live=live)
    assert [made.part for made in job.artifacts] == [0]
    assert (job.state, job.cached, kept.comfy.prompts) == (JobState.CANCELLED, 1, [])


async def test_a_comfyui_that_does_not_say_its_version_is_drawn_by_all_the_same(kept):
    kept.comfy.silent = True
    kept.runner.result_cache._last_look = (0.0, "", {})
    job = await kept.run(1)
    assert (job.state, job.cached, len(kept.comfy.prompts)) == (JobState.COMPLETED, None, 1)


@pytest.mark.parametrize("looked", [False, True])
async def test_a_picture_of_before_the_filter_was_set_does_not_leave(store, tmp_path, looked):
    async def filtered(record, extra):
        made = await plan(record, extra)
        return replace(made, bound=replace(made.bound, reports={"safety": "safety-3-0"}))

    told = {"safety-3-0": {"pixart": [{"unsafe": False}]}} if looked else {}
    desk = Desk(store, tmp_path, StandIn(replace(GOOD, outputs={**GOOD.outputs, **told})))
    desk.runner = replace(desk.runner, plan=filtered)
    record = Record(Job("a", "any", "txt2img", JobState.RUNNING, 0.0, 0.0, {"seed": 1}), "h", prompt_id="posted before")
    await store.add(record)
    await desk.runner.run(record, RunState("a"))
    job = (await store.get("a")).job
    assert job.state is (JobState.COMPLETED if looked else JobState.FAILED)
    if not looked:
        assert job.artifacts == ()
        assert job.error == "It was drawn before ENABLE_NSFW_FILTER was set, and not looked at. Ask for it again."


class Away(StandIn):
    """A ComfyUI that doesn't answer."""

    up = False

    async def ready(self):
        await asyncio.Event().wait()


async def test_a_job_that_is_cancelled_while_comfyui_is_away_is_cancelled_at_once(store, tmp_path, monkeypatch):
    monkeypatch.setattr("bridge.drawing.run.POLL_SECONDS", 0.01)
    live = RunState("a")
    asyncio.get_running_loop().call_later(0.05, lambda: setattr(live, "cancelled", True))
    assert (await Desk(store, tmp_path, Away()).run(live=live)).state is JobState.CANCELLED


class Leaving(StandIn):
    """A ComfyUI that is out of reach from the first prompt on, and answers again later."""

    interrupted = ()

    async def ready(self):
        while not self.up:
            await asyncio.sleep(0.01)

    async def submit(self, prompt_id, prompt, graph, trace):
        self.up = False
        self.prompts.append(prompt_id)
        raise Unavailable("ComfyUI can't be reached.")

    async def locate(self, prompt_id):
        if not self.up:
            raise Unavailable("ComfyUI can't be reached.")
        return Finding(Place.ENDED, GOOD) if self.interrupted else Finding(Place.RUNNING)

    async def interrupt(self, prompt_id):
        self.interrupted += (prompt_id,)


async def test_a_job_cancelled_while_comfyui_is_away_with_its_prompt_ends_soon_and_the_prompt_is_taken_out_later(
    store, tmp_path, monkeypatch, quick
):
    monkeypatch.setattr("bridge.drawing.run.POLL_SECONDS", 0.01)
    monkeypatch.setattr("bridge.drawing.run.UNWANTED_SECONDS", 0.1)
    live, comfy = RunState("a"), Leaving()
    asyncio.get_running_loop().call_later(0.05, live.cancel)
    job = await Desk(store, tmp_path, comfy).run(live=live)
    assert (job.state, comfy.interrupted) == (JobState.CANCELLED, ())
    comfy.up = True
    await until(lambda: comfy.interrupted == tuple(comfy.prompts))


async def test_a_job_that_was_to_be_cancelled_never_fails_for_its_time(store, tmp_path):
    live = RunState("a")
    asyncio.get_running_loop().call_later(0.05, lambda: setattr(live, "cancelled", True))
    job = await Desk(store, tmp_path, StandIn(), seconds=0.2).run(live=live)
    assert (job.state, job.fault) == (JobState.CANCELLED, "")


@pytest.fixture
def quick(monkeypatch):
    """No pauses between looks."""
    for module in ("run", "outcome"):
        monkeypatch.setattr(f"bridge.drawing.{module}.POLL_SECONDS", 0.0)
        monkeypatch.setattr(f"bridge.drawing.{module}.AGAIN_SECONDS", 0.0)


class Hiccups(StandIn):
    """A ComfyUI behind something that answers every second look with 502, and that draws for 40 looks."""

    looks = 0

    async def locate(self, prompt_id):
        self.looks += 1
        if self.looks % 2:
            raise BackendFailure("ComfyUI answered 502 to /queue.")
        return Finding(Place.ENDED, GOOD) if self.looks > 40 else Finding(Place.RUNNING)


async def test_errors_between_looks_that_find_the_prompt_drawn_on_fail_no_job(store, tmp_path, quick):
    assert (await Desk(store, tmp_path, Hiccups()).run()).state is JobState.COMPLETED


class Hidden(StandIn):
    """A ComfyUI that takes prompts, and of which nothing is heard then but errors."""

    def __init__(self):
        super().__init__()
        self.taken_back = []

    async def locate(self, prompt_id):
        raise BackendFailure("ComfyUI answered 502 to /queue.")

    async def interrupt(self, prompt_id):
        self.taken_back.append(prompt_id)


async def test_a_job_that_fails_for_errors_has_its_prompt_taken_back(store, tmp_path, quick):
    comfy = Hidden()
    job = await Desk(store, tmp_path, comfy).run()
    assert (job.fault, job.error) == ("JobFailed", "ComfyUI answered 502 to /queue.")
    assert len(comfy.taken_back) == len(comfy.prompts) == 1


class Slow(StandIn):
    """A ComfyUI that gets the first prompt only after the second: the network was down."""

    def __init__(self, dies=False):
        super().__init__()
        self.dies, self.there, self.taken_back = dies, [], []
        self.late = ""

    async def submit(self, prompt_id, prompt, graph, trace):
        await super().submit(prompt_id, prompt, graph, trace)
        if len(self.prompts) == 1:
            self.late, self.generation = prompt_id, self.generation + self.dies
            raise Unavailable("ComfyUI did not answer on its line within 15 s.")
        self.there = [prompt_id, self.late]

    async def locate(self, prompt_id):
        if prompt_id not in self.there:
            return Finding(Place.ABSENT)
        return Finding(Place.RUNNING) if prompt_id == self.late else Finding(Place.ENDED, GOOD)

    async def interrupt(self, prompt_id):
        self.taken_back += [prompt_id] * (prompt_id in self.there)


async def test_a_prompt_that_arrives_after_it_was_posted_anew_is_taken_back_and_was_no_loss(store, tmp_path, quick):
    comfy = Slow()
    job = await Desk(store, tmp_path, comfy).run()
    assert (job.state, job.restarts, len(comfy.prompts)) == (JobState.COMPLETED, 0, 2)
    await until(lambda: comfy.late in comfy.taken_back)


async def test_a_prompt_whose_posting_ended_comfyui_counts_as_lost(store, tmp_path, quick):
    job = await Desk(store, tmp_path, Slow(dies=True)).run()
    assert (job.state, job.restarts) == (JobState.COMPLETED, 1)


async def test_a_prompt_that_arrives_after_comfyui_was_away_and_it_was_posted_anew_is_taken_back(
    store, tmp_path, quick
):
    comfy = Slow(dies=True)  # or nothing got there for a while, which looks the same from here
    assert (await Desk(store, tmp_path, comfy).run()).state is JobState.COMPLETED
    await until(lambda: comfy.late in comfy.taken_back)


class Forgets(StandIn):
    """A ComfyUI that ends with whatever it is given, and takes the bridge along."""

    async def locate(self, prompt_id):
        return Finding(Place.ABSENT)


async def test_a_job_that_ends_comfyui_and_the_bridge_again_and_again_is_set_aside(store, tmp_path, quick):
    desk = Desk(store, tmp_path, Forgets())
    record = Record(Job("a", "any", "txt2img", JobState.RUNNING, 0.0, 0.0, {"seed": 1}, restarts=MOST_RESTARTS), "h")
    await store.add(record)
    await desk.runner.run(record, RunState("a"))
    job = (await store.get("a")).job
    assert (job.fault, job.error) == (
        "Lost",
        "It was begun 11 times, and each time ComfyUI ended, or the bridge with it.",
    )


async def test_what_comfyui_could_not_be_told_to_forget_it_is_told_with_the_next_prompt(monkeypatch):
    class Away:
        up, told = False, ()

        async def forget(self, *prompt_ids):
            if not self.up:
                raise Unavailable("Away.")
            self.told = prompt_ids

    monkeypatch.setattr("bridge.drawing.post.LATER_SECONDS", 0.0)
    comfy = Away()
    history = History(lambda: comfy)
    history.forget("a")
    await asyncio.sleep(0.05)
    comfy.up = True
    history.forget("b")
    await until(lambda: comfy.told == ("a", "b"), 5)


async def test_a_job_whose_comfyui_is_away_is_left_to_another_one_that_answers(store, tmp_path, monkeypatch):
    monkeypatch.setattr("bridge.drawing.run.AWAY_SECONDS", 0.05)
    monkeypatch.setattr("bridge.drawing.run.POLL_SECONDS", 0.01)
    desk = Desk(store, tmp_path, Away())
    desk.runner = replace(desk.runner, others_answer=lambda: True)
    job = await desk.run()
    row = await store.get("a")
    assert (job.state, row.prompt_id, row.worker, job.restarts) == (JobState.QUEUED, None, "", 0)
    assert (await store.next()).job.id == "a"
