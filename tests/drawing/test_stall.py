"""ComfyUI's HTTP answers on when its worker has died or a node hangs: that is seen, said, and got over."""

import json
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest
from bridge_process import BridgeProcess
from keyed import PIXART, sketch
from strange_node import draw, ready, strange_bridge

from bridge.comfy.client import Finding, Place
from bridge.comfy.process import Backend
from bridge.core.job import JobState
from bridge.core.places import ROOT
from bridge.drawing.outcome import Stall
from bridge.drawing.run import OPEN_STATES, Runner
from bridge.web.handlers import JOBS

LIMIT = 0.05
STALL = 5  # seconds: more than the worker is looked at, more than the slow job takes


def after(seconds, *findings, ours=(), limit=LIMIT):
    """Whether the silence lasts too long, having seen these findings so many seconds apart."""
    silence = Stall(limit, frozenset(ours))
    verdicts = []
    for found, heard in findings:
        verdicts.append(silence.lasts(found, heard))
        time.sleep(seconds)
    return verdicts[-1]


RUNS, WAITS = Finding(Place.RUNNING, running=("a",)), Finding(Place.PENDING)


def test_a_prompt_that_runs_without_a_sign_of_life_is_silent():
    assert after(2 * LIMIT, (RUNS, 1), (RUNS, 1))
    assert not after(2 * LIMIT, (RUNS, 1), (RUNS, 2))  # a step was heard of
    assert not after(0, (RUNS, 1), (RUNS, 1))
    assert not after(2 * LIMIT, (RUNS, 1), (RUNS, 1), limit=0)
    assert not after(2 * LIMIT, (RUNS, None), (RUNS, None))  # nobody listens


def test_a_prompt_that_waits_is_silent_only_where_nothing_of_somebody_elses_runs():
    assert after(2 * LIMIT, (WAITS, 0), (WAITS, 0))
    behind = Finding(Place.PENDING, running=("theirs",))
    assert not after(2 * LIMIT, (behind, 0), (behind, 0))
    assert after(2 * LIMIT, (behind, 0), (behind, 0), ours=["theirs"])  # a job of ours that is over, but doesn't end


# In a real ComfyUI

MODES = {"brief": ("sleep", 0.2), "slow": ("sleep", 3), "silent": ("sleep", 60), "deadly": ("die", 0)}
MODES_BEHIND = ("deadly", "brief")  # the second waits behind the first


class Foreground(BridgeProcess):
    """A bridge as a terminal has it in its foreground: a group of processes, to all of which goes what is typed."""

    def wrapped(self, command):
        return [sys.executable, "-c", "import os, sys; os.setsid(); os.execv(sys.argv[1], sys.argv[1:])", *command]


@pytest.fixture(scope="module")
def bridge(tmp_path_factory):
    """A bridge with a ComfyUI of its own, which has that node."""
    with strange_bridge(tmp_path_factory.mktemp("steady"), MODES, Foreground, STALL_SECONDS=str(STALL)) as bridge:
        yield bridge


@pytest.mark.comfy
def test_a_job_that_nothing_is_heard_of_is_ended_and_the_next_is_drawn(bridge):
    began = time.monotonic()
    status, answer = draw(bridge, "silent")
    assert (status, answer["status"]) == (500, "error")
    assert "Nothing was heard of it for 5 s. It was ended." in answer["error"]
    assert time.monotonic() - began < 45  # the job sleeps for 60
    assert draw(bridge, "brief")[0] == 200


@pytest.mark.comfy
def test_a_job_that_kills_the_worker_is_set_aside_after_two_tries_and_the_others_go_on(bridge):
    """Its HTTP goes on answering: nothing there tells that it is dead but the node pack."""
    answers = {}
    jobs = [
        threading.Thread(target=lambda mode=mode: answers.update({mode: draw(bridge, mode)})) for mode in MODES_BEHIND
    ]
    for job in jobs:
        job.start()
        time.sleep(0.5)
    told = set()
    while jobs[0].is_alive():
        told.add(bridge.call("/ready")[1].get("detail"))
        time.sleep(0.2)
    for job in jobs:
        job.join()
    assert "ComfyUI's worker died; it is being restarted." in told
    assert answers["deadly"][0] == 500
    assert "ComfyUI ended twice while it drew this." in answers["deadly"][1]["error"]
    assert answers["brief"][0] == 200, answers["brief"]
    ready(bridge)


@pytest.mark.comfy
def test_a_server_that_is_to_end_finishes_the_running_job_and_takes_no_other(bridge):
    check_that_the_running_job_is_finished(bridge, bridge.process.terminate)


@pytest.mark.comfy
def test_control_c_ends_the_server_and_not_the_picture_that_is_being_drawn(bridge):
    bridge.start()
    ready(bridge)
    check_that_the_running_job_is_finished(bridge, lambda: os.killpg(bridge.process.pid, signal.SIGINT))


def test_under_systemd_only_the_bridge_is_told_to_end():
    assert "KillMode=mixed" in (ROOT / "deploy/pi_axera_sd_generator.service").read_text().splitlines()


def check_that_the_running_job_is_finished(bridge, end):
    answers = {}
    waiting = threading.Thread(target=lambda: answers.update(slow=draw(bridge, "slow")))
    waiting.start()
    deadline = time.monotonic() + 60
    while not bridge.call("/health")[1]["jobs"]["running"] and time.monotonic() < deadline:
        time.sleep(0.02)
    end()
    deadline = time.monotonic() + 60
    while bridge.call("/ready")[0] == 200 and time.monotonic() < deadline:
        time.sleep(0.02)
    status, answer = draw(bridge, "brief")
    assert (status, answer["error"]) == (503, "The server is being ended. Try again in a moment.")
    waiting.join()
    assert answers["slow"][0] == 200
    assert bridge.process.wait(30) == 0


def test_a_refusal_for_now_says_when_to_try_again(tmp_path):
    with BridgeProcess(tmp_path, COMFYUI_URL="http://127.0.0.1:9", ENGINE="axera") as bridge:
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(bridge.url + "/ready")
        with caught.value as error:
            assert (error.code, error.headers["Retry-After"]) == (503, "5")
        body = json.dumps({"mode": "txt2img", "prompt": "x"}).encode()
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(bridge.url + "/generate", body)
        with caught.value as error:
            assert (error.code, error.headers["Retry-After"]) == (503, "5")


async def test_a_fault_of_ours_fails_its_job_without_a_word_of_its_inside_and_the_next_one_runs(
    serve_queue, monkeypatch, caplog
):
    async def ready(_):
        pass

    async def run(self, record, live):
        if live.id == "faulty":
            raise RuntimeError("a secret inside")
        await self.store.change(live.id, only_if=OPEN_STATES, state=JobState.COMPLETED, finished_at=time.time())

    monkeypatch.setattr(Backend, "ready", ready)
    monkeypatch.setattr(Runner, "run", run)
    client = await serve_queue()
    jobs = client.app[JOBS]
    told = {}
    for id in ("faulty", "next"):
        await client.post(f"{PIXART}/generate", json=sketch(id))
        told[id] = [job async for job in jobs.watch(id)][-1]
    assert (told["faulty"].state, told["faulty"].error) == (
        JobState.FAILED,
        "A fault in the bridge; its log says more.",
    )
    assert told["next"].state is JobState.COMPLETED
    assert "RuntimeError: a secret inside" in caplog.text
