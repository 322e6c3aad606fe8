"""What a ComfyUI can is judged elsewhere as it is there, and told again only when it has changed."""

import copy
import zlib

import pytest
from keyed import settings

from bridge.core.errors import PixartError
from bridge.core.job import Job, JobSpec, JobState
from bridge.drawing.capabilities import Capabilities, RemoteComfy
from bridge.drawing.comfy_state import Judgement, Look
from bridge.storage.record import Record
from bridge.workflow.library import Library

STATS = {"system": {"os": "posix", "ram_free": 1, "argv": ["secret"]}, "devices": [{"type": "cuda", "vram_free": 5}]}
SPEC = JobSpec("txt2img", "any", {"prompt": "a tree", "seed": 1})
EXTRA = {"filename_prefix": "pixart/ab/abc"}


@pytest.fixture
def own(tmp_path):
    return settings(tmp_path)


@pytest.fixture
def library(own):
    return Library.open(own.workflows)


@pytest.mark.comfy
def test_a_request_becomes_elsewhere_what_it_becomes_where_the_models_are(own, library, comfy):
    look = Look(info=comfy.object_info)
    digest, content = Capabilities.of(look, own, STATS).packed()
    again = Capabilities.parsed(content, [look.info])
    remote = RemoteComfy(again, own, library)
    plan, expected = remote.check(SPEC, EXTRA), Judgement(own, library).check(look, SPEC, EXTRA)
    assert (plan.workflow.name, plan.bound.used, plan.needs.digest) == (
        "txt2img@1",
        expected.bound.used,
        expected.needs.digest,
    )
    assert "checkpoints/tiny_sd15.ckpt" in plan.needs.models
    assert remote.catalog().checkpoints == Judgement(own, library).catalog(look).checkpoints
    assert again.look.info["KSampler"] is look.info["KSampler"], "what is remembered of a node class holds"
    assert (len(content) < 500_000, len(digest)) == (True, 32)


@pytest.mark.comfy
def test_whether_a_job_could_be_drawn_elsewhere_is_known_of_all_its_parts(own, library, comfy, bare_comfy):
    def draws(real, mode, **more):
        remote = RemoteComfy(Capabilities(Look(info=real.object_info), {}), own, library)
        pictures = {} if mode == "txt2img" else {"image": "abc"}
        return remote.can_draw(Record(Job("a", "any", mode, JobState.QUEUED, 0.0, 0.0, **more), "h", pictures))

    assert [draws(each, "pixelate") for each in (comfy, bare_comfy)] == [True, True]
    assert [draws(each, "txt2img", values={"prompt": "a"}) for each in (comfy, bare_comfy)] == [True, False]
    batch = ({"upscaler": "Lanczos"}, {"upscaler": "tiny_2x.pth"})
    assert [draws(each, "upscale", batch=batch) for each in (comfy, bare_comfy)] == [True, False]
    assert draws(bare_comfy, "upscale", batch=batch[:1])


@pytest.mark.comfy
def test_what_comes_and_goes_with_jobs_is_nothing_new_and_a_model_is(own, comfy):
    def digest(change=lambda info: None, stats=STATS):
        info = copy.deepcopy(comfy.object_info)
        change(info)
        return Capabilities.of(Look(info=info), own, stats).packed()[0]

    def a_picture(info):
        info["LoadImage"]["input"]["required"]["image"][0].append("a.png")

    def a_model(info):
        info["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0].append("new.ckpt")

    before = digest()
    assert digest(a_picture) == before
    assert digest(stats={**STATS, "system": {"os": "posix", "ram_free": 99}}) == before
    assert digest(a_model) != before


@pytest.mark.comfy
def test_who_draws_judges_by_settings_of_its_own(own, library, bare_comfy):
    strict = own.model_copy(update={"engine_fallback": "none"})
    look = Look(info=bare_comfy.object_info)
    content = Capabilities.of(look, strict, STATS).packed()[1]
    with pytest.raises(PixartError, match="txt2img@1 can't run"):
        RemoteComfy(Capabilities.parsed(content), own, library).check(SPEC, EXTRA)
    assert Judgement(own, library).check(look, SPEC, EXTRA).instead


@pytest.mark.parametrize("content", [b"", b"x", zlib.compress(b"[]"), zlib.compress(b'{"info": {}}')])
def test_what_another_version_tells_in_another_way_is_an_error(content):
    with pytest.raises(ValueError, match="not what a ComfyUI can"):
        Capabilities.parsed(content)


def test_devices_are_told_and_nothing_of_the_machines_files(own):
    known = Capabilities.of(Look(), own, STATS)
    assert known.system == {"system": {"os": "posix"}, "devices": [{"type": "cuda"}]}
