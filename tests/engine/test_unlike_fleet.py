"""A bridge without a ComfyUI, and two workers that can unlike things: each job is drawn by one that can."""

import re
import threading

import pytest
from bridge_process import WholeBridge, WorkerProcess, data_folders
from comfy_folder import PACK
from sketches import SKETCHES
from test_comfy_process import wait_until
from tiny_models import CHECKPOINT, LORA

from bridge.app.serve import opened
from bridge.app.work import work
from bridge.core.errors import SettingsError
from bridge.core.settings import Settings

NAME = CHECKPOINT.partition("/")[2]
TREE = {"prompt": "a tree", "steps": 1, "seed": 3, "width": 64, "height": 64}
NAMED = {**TREE, "override_settings": {"sd_model_checkpoint": NAME}}


@pytest.fixture(scope="module")
def fleet(bare_comfy, comfy, postgres, tmp_path_factory):
    """The bridge, the worker whose ComfyUI has no model, and the one whose has."""
    usual, folders = {"DATABASE_URL": postgres.fresh()}, data_folders(tmp_path_factory, "bridge", "bare", "rich")
    bridge = WholeBridge(folders[0], WORKERS="none", PIXART_GENERATION_SIDE="64", **usual)
    bare, rich = (
        WorkerProcess(folder, COMFYUI_URL=each.url, PIXART_GENERATION_SIDE="64", **usual)
        for folder, each in zip(folders[1:], (bare_comfy, comfy), strict=True)
    )
    with bridge, bare, rich:
        assert wait_until(lambda: len([each for each in entries(bridge) if each.get("can")]) == 2, 90), rich.said
        assert wait_until(lambda: any(NAME in each for each in models(bridge)), 60)
        yield bridge, bare, rich


def entries(bridge):
    return bridge.call("/health")[1]["fleet"]


def models(bridge):
    return [each["filename"] for each in bridge.call("/sdapi/v1/sd-models")[1]]


def rows(postgres, bridge, mode):
    """State, workflow and ComfyUI of this mode's jobs."""
    database = bridge.own["DATABASE_URL"]
    return postgres.run(f"SELECT state, workflow, worker FROM bridge_jobs WHERE mode = '{mode}'", database)


def asked(bridge, path, bodies):
    """The answers to requests that are made at once; what they bring may be waited for later."""
    answers = []
    asking = [threading.Thread(target=lambda body=body: answers.append(bridge.call(path, body))) for body in bodies]
    for each in asking:
        each.start()
    return asking, answers


@pytest.mark.comfy
def test_a_bridge_without_a_comfyui_shows_and_takes_what_any_worker_can(fleet, postgres, comfy):
    bridge, *_ = fleet
    assert bridge.call("/ready")[0] == 200
    assert LORA.rpartition("/")[2].partition(".")[0] in {each["name"] for each in bridge.call("/sdapi/v1/loras")[1]}
    asking, answers = asked(bridge, "/sdapi/v1/txt2img", [TREE, NAMED, TREE, NAMED])
    for each in asking:
        each.join()
    assert [status for status, _ in answers] == [200] * 4, answers
    assert set(rows(postgres, bridge, "txt2img")) == {("completed", "txt2img@1", comfy.url)}


@pytest.mark.comfy
def test_what_nobody_can_draw_is_refused_as_by_a_single_bridge(fleet):
    bridge, *_ = fleet
    wrong = {**TREE, "override_settings": {"sd_model_checkpoint": "nobody_has_it.safetensors"}}
    status, answer = bridge.call("/sdapi/v1/txt2img", wrong)
    assert (status, "nobody_has_it" in str(answer)) == (400, True), answer


@pytest.mark.comfy
def test_a_bridge_without_a_comfyui_says_what_it_cannot_do_itself(fleet):
    bridge, *_ = fleet
    assert bridge.call("/health")[1]["comfyui"]["trouble"] == "This bridge has no ComfyUI of its own"
    status, answer = bridge.call("/palettes", b"#000000 #ffffff")
    assert (status, "no ComfyUI of its own, which reads palettes" in str(answer)) == (503, True), answer
    assert bridge.call("/sdapi/v1/unload-checkpoint", b"")[0] == 200, "workers are told of it"
    assert bridge.call("/sdapi/v1/memory")[0] == 200


@pytest.mark.comfy
def test_the_fleet_says_what_each_can(fleet, comfy, bare_comfy):
    bridge, *_ = fleet
    told = {each["url"]: each for each in entries(bridge)}
    assert told[comfy.url]["models"]["checkpoints"] > told[bare_comfy.url]["models"]["checkpoints"]
    one, stats = told[comfy.url], comfy.get("/system_stats")
    expected = "comfyui", stats["devices"][0]["name"], stats["system"]["comfyui_version"]
    assert (one["engine"], one["device"], one["comfyui"]) == expected
    assert one["pack"] == re.search('^version = "(.+)"$', (PACK / "pyproject.toml").read_text(), re.MULTILINE)[1]
    assert one["can"] != told[bare_comfy.url]["can"]
    assert min(one[name] for name in ("memory_mb", "nodes", "samplers")) > 0


@pytest.mark.comfy
def test_a_worker_that_ended_is_waited_for_while_the_others_draw_what_they_can(fleet, postgres, bare_comfy):
    bridge, _, rich = fleet
    known = len(rows(postgres, bridge, "txt2img"))
    assert rich.stop() == 0
    assert wait_until(lambda: len(entries(bridge)) == 1, 60)
    asking, answers = asked(bridge, "/sdapi/v1/txt2img", [TREE])
    assert wait_until(lambda: len(rows(postgres, bridge, "txt2img")) > known, 60)
    status, answer = bridge.generate("later", SKETCHES["transparent, as large as asked"](), redraw=False)
    assert (status, bridge.finished("later")["status"]) == (200, "completed"), answer
    assert [worker for *_, worker in rows(postgres, bridge, "pixelate")] == [bare_comfy.url]
    assert ("queued", "txt2img@1", "") in rows(postgres, bridge, "txt2img")
    assert answers == []
    rich.start()
    for each in asking:
        each.join(120)
    assert [status for status, _ in answers] == [200], answers


@pytest.mark.comfy
def test_what_only_a_worker_could_that_is_long_gone_is_refused_or_drawn_by_others_and_said(fleet, postgres):
    bridge, _, rich = fleet
    assert rich.stop() == 0
    database = bridge.own["DATABASE_URL"]
    postgres.run("UPDATE bridge_workers SET seen_at = now() - interval '11 minutes' WHERE ended", database)
    assert wait_until(lambda: not any(NAME in each for each in models(bridge)), 60)
    assert bridge.call("/sdapi/v1/txt2img", NAMED)[0] == 400
    rich.start()
    assert wait_until(lambda: any(NAME in each for each in models(bridge)), 90)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({}, "needs DATABASE_URL"),
        ({"comfyui_url": "http://127.0.0.1:9"}, "WORKERS=none and COMFYUI_URL contradict each other"),
    ],
)
async def test_a_bridge_without_a_comfyui_needs_others(tmp_path, more, sentence):
    with pytest.raises(SettingsError, match=sentence):
        async with opened(Settings(_env_file=None, data=tmp_path, workers="none", **more)):
            pass


async def test_a_worker_needs_a_comfyui(tmp_path):
    settings = Settings(_env_file=None, data=tmp_path, workers="none", database_url="postgresql://db/jobs")
    with pytest.raises(SettingsError, match="WORKERS can't be none"):
        await work(settings, print)
