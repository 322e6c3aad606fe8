"""A job of several pictures that take unlike models: who draws it has all of them, whatever its first picture takes."""

import asyncio

import pytest
from comfy_folder import SECRET
from keyed import settings
from sketches import SKETCHES
from tiny_models import UPSCALER

from bridge.app.serve import opened
from bridge.core.errors import PixartError
from bridge.core.job import OPEN_STATES, JobSpec, JobState, Upload

FIRST, LATER = {"upscaler": "Lanczos"}, {"upscaler": UPSCALER.partition("/")[2]}


def spec(*batch):
    """Pictures to enlarge, each by an upscaler of its own."""
    pictures = {"image": Upload(SKETCHES["transparent, as large as asked"](), "image")}
    return JobSpec("upscale", "a1111", {"width": 32, "height": 32, **batch[0]}, pictures, batch=batch)


def checked():
    """Nothing is wrong with its pictures."""
    result = asyncio.get_running_loop().create_future()
    result.set_result(None)
    return result


@pytest.fixture(params=["sqlite", "postgresql"])
async def jobs(request, bare_comfy, comfy, tmp_path):
    """An engine with two ComfyUIs, of which the first has no model."""
    url = request.getfixturevalue("database_url") if request.param == "postgresql" else None
    about = {"comfyui_url": f"{bare_comfy.url},{comfy.url}", "comfyui_secret": SECRET, "database_url": url}
    async with opened(settings(tmp_path, **about)) as jobs:
        for worker in jobs._fleet:
            await worker.backend.ready()
        yield jobs


async def ended(jobs, id):
    async def last():
        return [job async for job in jobs.watch(id, steps=False)][-1]

    return await asyncio.wait_for(last(), 60)


@pytest.mark.comfy
async def test_who_lacks_the_model_of_a_later_part_never_gets_the_job(jobs, comfy):
    ids = [(await jobs.submit(spec(FIRST, LATER), None, checked())).id for _ in range(3)]
    drawn = [await ended(jobs, id) for id in ids]
    assert [(job.state, len(job.artifacts)) for job in drawn] == [(JobState.COMPLETED, 2)] * 3, drawn
    assert {(await jobs._store.get(id)).worker for id in ids} == {comfy.url}


@pytest.mark.comfy
async def test_a_part_that_nobody_can_draw_is_refused_before_anything_is_kept(jobs):
    with pytest.raises(PixartError, match=r"nobody_has_it\.pth"):
        await jobs.submit(spec(FIRST, {"upscaler": "nobody_has_it.pth"}), "a", checked())
    assert await jobs._store.list(states=OPEN_STATES) == []
