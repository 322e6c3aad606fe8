"""A job is drawn by the plan that it was checked with, where that is still what planning would come to."""

import dataclasses

import pytest
from test_store import record

from bridge.core.job import JobSpec, Upload
from bridge.drawing.comfy_state import INFO_SECONDS
from bridge.drawing.post import MOST_PREPARED, PREFIX, PlanCache, fresh
from bridge.storage.artifacts import digest

PNG = b"\x89PNG and so on"
PICTURES = {"image": digest(PNG)}
SPEC = JobSpec("sketch", "pixart", {"seed": 0}, {"image": Upload(PNG, "sketchData")}, {"seed": "metadata.seed"})
PLAN = object()


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def asked(spec=SPEC, **changes):
    """The row of such a job."""
    made = record("a")
    job = dataclasses.replace(made.job, mode=spec.mode, values=spec.values, batch=(), workflow=None, **changes)
    return dataclasses.replace(made, job=job, words=spec.words, loose=spec.loose, pictures=PICTURES)


def put(prepared, id="a", spec=SPEC, plan=PLAN):
    extra = fresh(spec, PICTURES)
    prepared.put(id, spec, extra, plan)  # type: ignore[arg-type]
    return extra


NAMES = {"image": f"pixart/{digest(PNG)}.png"}


def test_the_first_parts_pictures_and_place_are_named_before_they_are_there():
    extra = fresh(JobSpec("sketch", "a1111", {}, {"image@0": Upload(PNG, "init_images")}, {}), {"image@0": digest(PNG)})
    assert extra.keys() == {"image", PREFIX}
    assert extra["image"] == NAMES["image"]
    folder, prompt_id = extra[PREFIX].removeprefix("pixart/").split("/")
    assert prompt_id.startswith(folder)
    assert fresh(SPEC, PICTURES)[PREFIX] != extra[PREFIX]


def test_what_was_prepared_is_given_once_with_the_prompt_id_of_its_place(clock):
    prepared = PlanCache(clock)
    extra = put(prepared)
    prompt_id, plan = prepared.take(asked(), NAMES)
    assert (extra[PREFIX].endswith(f"/{prompt_id}"), plan) == (True, PLAN)
    other, none = prepared.take(asked(), NAMES)
    assert (other != prompt_id, none) == (True, None)


@pytest.mark.parametrize(
    "row",
    [
        asked(dataclasses.replace(SPEC, values={"seed": 1})),
        asked(dataclasses.replace(SPEC, mode="pixelate")),
        asked(dataclasses.replace(SPEC, words={})),
        asked(dataclasses.replace(SPEC, loose=True)),
        dataclasses.replace(asked(), job=dataclasses.replace(asked().job, workflow="sketch@1")),
        dataclasses.replace(asked(), job=dataclasses.replace(asked().job, batch=({}, {}))),
    ],
    ids=["values", "mode", "words", "loose", "a workflow that was chosen before", "a batch"],
)
def test_another_job_of_the_same_id_is_planned_anew(clock, row):
    prepared = PlanCache(clock)
    put(prepared)
    assert prepared.take(row, NAMES)[1] is None


def test_a_picture_of_another_name_is_planned_anew(clock):
    prepared = PlanCache(clock)
    put(prepared)
    assert prepared.take(asked(), {"image": "pixart/x (1).png"})[1] is None


def test_what_is_old_is_planned_anew(clock):
    prepared = PlanCache(clock)
    put(prepared)
    clock.now += INFO_SECONDS
    assert prepared.take(asked(), NAMES)[1] is None


def test_no_more_than_the_newest_are_kept(clock):
    prepared = PlanCache(clock)
    put(prepared)
    for number in range(MOST_PREPARED):
        put(prepared, f"job-{number}")
    assert prepared.take(asked(), NAMES)[1] is None


def test_without_a_plan_and_for_a_batch_nothing_is_kept(clock):
    prepared = PlanCache(clock)
    put(prepared, plan=None)
    assert prepared.take(asked(), NAMES)[1] is None
    put(prepared, spec=dataclasses.replace(SPEC, batch=({}, {})))
    assert prepared.take(asked(), NAMES)[1] is None
