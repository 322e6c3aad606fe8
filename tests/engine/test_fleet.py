"""Several ComfyUIs of one bridge draw at once; each job is drawn once, wherever one of them ends."""

import os
import signal
import sqlite3
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from bridge_process import BridgeProcess
from strange_node import draw, strange_bridge
from test_comfy_process import wait_until

from bridge.catalog.models import Catalog, merged
from bridge.comfy.instance import Instance
from bridge.core.errors import SettingsError
from bridge.core.settings import load

MODES = {"brief": ("sleep", 0.3), "slow": ("sleep", 3.0), "long": ("sleep", 20.0)}


@pytest.fixture(scope="module")
def bridge(tmp_path_factory):
    """A bridge with two ComfyUIs of its own, both on the CPU."""
    with strange_bridge(tmp_path_factory.mktemp("fleet"), MODES, WORKERS="cpu, cpu") as bridge:
        assert wait_until(lambda: up(bridge) == 2, 90), bridge.said
        yield bridge


def workers(bridge):
    return bridge.call("/health")[1]["workers"]


def up(bridge):
    return sum(worker["up"] for worker in workers(bridge))


def rows(bridge):
    """Mode, state, worker, restarts, begin, end and workflow of each job, as its row has them."""
    with sqlite3.connect(f"file:{bridge.folder / 'bridge.db'}?mode=ro", uri=True) as database:
        columns = "mode, state, worker, restarts, started_at, finished_at, workflow"
        return database.execute(f"SELECT {columns} FROM bridge_jobs ORDER BY number").fetchall()


def together(bridge, *modes):
    """Their answers, all asked for at once; and their rows."""
    known, answers = len(rows(bridge)), {}
    asking = [
        threading.Thread(target=lambda place=place, mode=mode: answers.update({place: draw(bridge, mode)}))
        for place, mode in enumerate(modes)
    ]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    return [answers[place][0] for place in range(len(modes))], rows(bridge)[known:]


@pytest.mark.comfy
def test_as_many_jobs_are_drawn_at_once_as_there_are_workers_and_each_once(bridge):
    began = time.monotonic()
    statuses, jobs = together(bridge, "slow", "slow", "brief")
    assert statuses == [200, 200, 200]
    slow = [job for job in jobs if job[0] == "slow"]
    assert {job[2] for job in slow} == {"comfyui", "comfyui-2"}
    assert max(job[4] for job in slow) < min(job[5] for job in slow), "one waited for the other"
    assert time.monotonic() - began < 3 * 2.5
    assert [job[3] for job in jobs] == [0, 0, 0]


@pytest.mark.comfy
def test_a_worker_that_is_killed_loses_no_job_and_the_others_go_on(bridge):
    killed = threading.Event()

    def kill():
        assert wait_until(lambda: sum(job[1] == "running" for job in rows(bridge)) == 2, 30)
        os.kill(child(bridge, "comfyui-2.log"), signal.SIGKILL)
        killed.set()

    killing = threading.Thread(target=kill)
    killing.start()
    statuses, jobs = together(bridge, "slow", "slow", "brief", "brief")
    killing.join()
    assert killed.is_set()
    assert statuses == [200] * 4
    assert [job[1] for job in jobs] == ["completed"] * 4
    assert sum(job[3] for job in jobs) == 1, "only the job whose ComfyUI ended was begun again"
    assert wait_until(lambda: up(bridge) == 2, 90)


def child(bridge, log):
    """The process of the bridge's ComfyUI whose output goes into this log."""
    path, numbers = bridge.folder / "logs" / log, []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is somebody else's
            numbers += [int(process.name)] if (process / "fd" / "1").readlink() == path else []
    [number] = numbers
    return number


@pytest.mark.comfy
def test_an_interrupt_ends_every_job_of_the_dialect_on_all_workers(bridge):
    known = len(rows(bridge))
    body = {"prompt": "x", "workflow": "long"}
    asking = [threading.Thread(target=bridge.call, args=("/sdapi/v1/txt2img", body)) for _ in range(2)]
    for each in asking:
        each.start()
    assert wait_until(lambda: sum(job[1] == "running" for job in rows(bridge)) == 2, 30)
    assert bridge.call("/sdapi/v1/interrupt", b"")[0] == 200
    for each in asking:
        each.join(15)
    assert [job[1] for job in rows(bridge)[known:]] == ["cancelled", "cancelled"]


def test_each_instance_has_files_of_its_own():
    base = Path("/data")
    first, second = Instance(), Instance(2, "cuda:1")
    assert (first.own(base / "comfyui.url"), second.own(base / "comfyui.url")) == (
        base / "comfyui.url",
        base / "comfyui-2.url",
    )
    assert first.arguments(base) == []
    assert second.arguments(base) == ["--temp-directory", "/data/temporary/comfyui-2", "--cuda-device", "1"]
    assert Instance(1, "cpu").arguments(base) == ["--cpu"]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("workers", "cuda:0,gpu", "'gpu' is no device: like cuda:0,cuda:1 or cpu"),
        ("comfyui_url", "http://a:1,http://a:1/", "names one twice"),
        ("comfyui_url", "http://a:1,b", "must start with http:// or https://"),
    ],
)
def test_a_worker_that_cant_be_is_said_at_the_start(name, text, reason):
    with pytest.raises(SettingsError, match=reason):
        load(**{name: text})


def test_several_comfyuis_together_have_what_any_has():
    one = Catalog(live=True, checkpoints=("a", "b"), checkpoint="a", families={"a": "SDXL"})
    other = replace(one, checkpoints=("c", "a"), checkpoint="c", families={"c": "Flux"})
    both = merged([one, other])
    assert (both.checkpoints, both.checkpoint) == (("a", "b", "c"), "a")
    assert both.families == {"a": "SDXL", "c": "Flux"}


@pytest.mark.comfy
def test_a_comfyui_without_the_model_never_gets_the_job(tmp_path, bare_comfy, comfy):
    with BridgeProcess(tmp_path, COMFYUI_URL=f"{bare_comfy.url},{comfy.url}", PIXART_GENERATION_SIDE="64") as bridge:
        assert wait_until(lambda: up(bridge) == 2, 60), bridge.said
        body = {"mode": "txt2img", "prompt": "a tree", "steps": 1, "seed": 3, "width": 64, "height": 64}
        answers = []
        asking = [threading.Thread(target=lambda: answers.append(bridge.call("/generate", body))) for _ in range(4)]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
        assert [status for status, _ in answers] == [200] * 4, answers
        assert {(job[2], job[6]) for job in rows(bridge)} == {(comfy.url, "txt2img@1")}
