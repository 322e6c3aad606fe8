"""Several ComfyUIs that have unlike models: who draws a job is one that can, and what it draws is decided before."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest
from keyed import settings
from test_run import TXT2IMG, planned

from bridge.app.serve import opened
from bridge.comfy.process import Backend
from bridge.core.errors import MissingParts
from bridge.core.job import OPEN_STATES, Job, JobSpec, JobState
from bridge.drawing.run import Runner
from bridge.storage.record import Record
from bridge.workflow.bind import Bound
from bridge.workflow.plan import Plan

SPEC = JobSpec("txt2img", "any", {"seed": 1})
HERE, THERE = "http://127.0.0.1:9", "http://127.0.0.1:11"


@pytest.fixture
async def jobs(tmp_path):
    """An engine with two workers of which nobody answers; what they can is said by the test."""
    async with opened(settings(tmp_path, comfyui_url=f"{HERE},{THERE}")) as jobs:
        yield jobs


@pytest.fixture
def fleet(jobs):
    return jobs._fleet


def lacks(name):
    async def check(*_):
        raise MissingParts(f"{name} lacks it.")

    return check


def has(answer):
    async def check(*_):
        return answer

    return check


async def test_a_job_is_taken_where_any_worker_can_draw_it_and_refused_by_the_first_ones_reason(fleet, monkeypatch):
    first, second = fleet
    plan = planned({"seed": 1})
    monkeypatch.setattr(first.comfy_state, "check", lacks("first"))
    monkeypatch.setattr(second.comfy_state, "check", has(plan))
    extra = {"filename_prefix": "pixart/ab/abc"}
    assert await fleet.check("a", SPEC, extra) is plan
    monkeypatch.setattr(second.comfy_state, "check", lacks("second"))
    with pytest.raises(MissingParts, match=r"first lacks it\."):
        await fleet.check("a", SPEC, extra)


async def test_what_draws_as_asked_goes_before_what_draws_something_instead(fleet, monkeypatch):
    first, second = fleet
    instead, asked = replace(planned({"seed": 1}), instead=True), planned({"seed": 1})
    monkeypatch.setattr(first.comfy_state, "check", has(instead))
    monkeypatch.setattr(second.comfy_state, "check", has(asked))
    extra = {"filename_prefix": "pixart/ab/abc"}
    assert await fleet.check("a", SPEC, extra) is asked
    monkeypatch.setattr(second.comfy_state, "check", has(None))
    assert await fleet.check("a", SPEC, extra) is instead


async def test_a_worker_leaves_a_job_to_the_one_that_can_draw_it(fleet, monkeypatch):
    first, second = fleet
    record = Record(Job("a", "any", "txt2img", JobState.QUEUED, 0.0, 0.0, {"seed": 1}), "h")
    monkeypatch.setattr(first.comfy_state, "can_draw", has(False))
    monkeypatch.setattr(second.comfy_state, "can_draw", has(True))
    second.backend._note(True)
    assert not await first.pipeline.may_draw(record)
    assert await second.pipeline.may_draw(record)
    monkeypatch.setattr(second.comfy_state, "can_draw", has(False))
    assert await first.pipeline.may_draw(record), "somebody has to say why it can't be drawn"


@pytest.mark.parametrize(
    ("complete", "draws", "taken"), [(True, False, True), (True, True, False), (False, False, False)]
)
async def test_what_was_accepted_while_nobody_was_known_is_left_to_who_can_draw_it_or_may_yet_say_so(
    fleet, monkeypatch, complete, draws, taken
):
    async def hear():
        fleet.remotes = [SimpleNamespace(can_draw=lambda _: draws)]
        return complete

    first, _ = fleet
    monkeypatch.setattr(first.comfy_state, "can_draw", has(False))
    fleet.hear = hear
    record = Record(Job("a", "any", "txt2img", JobState.QUEUED, 0.0, 0.0, {"seed": 1}), "h")
    assert await first.pipeline.may_draw(record) is taken


async def test_a_prompt_is_gone_on_with_by_the_worker_that_has_it(fleet):
    first, second = fleet
    row = Record(Job("a", "any", "txt2img", JobState.RUNNING, 0.0, 0.0, {"seed": 1}), "h", prompt_id="p")
    assert not await first.pipeline.may_draw(replace(row, worker=second.name))
    assert await first.pipeline.may_draw(replace(row, worker="http://somewhere-else"))
    assert (first.name, second.name) == (HERE, THERE)


async def test_what_was_decided_when_a_job_came_is_what_every_worker_draws(fleet):
    used = {"seed": 1, "checkpoint": "one.safetensors"}
    plan = Plan(TXT2IMG, Bound("txt2img@1", {}, {}, {}, (), {}, used), ("It was clamped.",))
    job = fleet.pinned(Job("a", "any", "txt2img", JobState.QUEUED, 0.0, 0.0, {"seed": 1}), plan)
    assert (job.workflow, job.values, job.notes) == (
        TXT2IMG.name,
        {"seed": 1, "checkpoint": "one.safetensors"},
        ("It was clamped.",),
    )


async def test_a_job_that_a_worker_hands_on_is_begun_by_an_idle_one_that_nobody_wakes(jobs, fleet, monkeypatch):
    async def ready(_):
        pass

    async def run(self, record, live):
        began.set_result(live.id)
        await self.store.change(live.id, only_if=OPEN_STATES, state=JobState.COMPLETED, finished_at=1.0)

    began = asyncio.get_running_loop().create_future()
    monkeypatch.setattr("bridge.engine.worker.LOOK_SECONDS", 0.05)
    monkeypatch.setattr(Backend, "ready", ready)
    monkeypatch.setattr(Runner, "run", run)
    for worker in fleet:
        monkeypatch.setattr(worker.comfy_state, "can_draw", has(True))
        worker.backend._up.set()  # so that it goes on, and waits for a job
    await asyncio.sleep(0.2)
    await jobs._store.add(Record(Job("a", "any", "txt2img", JobState.QUEUED, 0.0, 0.0, {"seed": 1}), "h"))
    assert await asyncio.wait_for(began, 5) == "a"
