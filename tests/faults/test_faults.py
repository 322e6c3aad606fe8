"""Reliability, counted: under kill -9, dropped sockets and a restarted ComfyUI no job is lost or doubled."""

import base64
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from bridge_process import PREFIX, BridgeProcess, WholeBridge, picture
from chaos import Chaos
from comfy_folder import base_folder
from PIL import Image
from sketches import TREE
from test_comfy_process import alive, wait_until

from bridge.core.places import ROOT

pytestmark = pytest.mark.comfy

JOBS = 6
STEPS = 8  # instead of 20: here it matters that jobs take a while, not what they look like
MANY_STEPS = 10_000  # short ones: a job that outlasts every wait, and obeys an interrupt soon on a busy machine too


# The bridge's pauses before it looks again and tries again are a tenth here: where a test is about what it does then.
IMPATIENT = """
import sys
from bridge.comfy import process
from bridge.drawing import outcome, run

process.WATCH_SECONDS /= 10
for module in (outcome, run):
    module.POLL_SECONDS, module.AGAIN_SECONDS = module.POLL_SECONDS / 10, module.AGAIN_SECONDS / 10
from bridge.cli import main

sys.exit(main(["serve"]))
"""


class ImpatientBridge(BridgeProcess):
    def wrapped(self, command):
        return [sys.executable, "-c", IMPATIENT]


@pytest.fixture
def sketch():
    return TREE.read_bytes()


@pytest.fixture(scope="module")
def quicker(tmp_path_factory):
    """A setting for workflows that take fewer steps."""
    return stepping(tmp_path_factory.mktemp("quicker"), STEPS)


@pytest.fixture
def longer(tmp_path):
    """A setting for workflows that take many steps."""
    return stepping(tmp_path, MANY_STEPS)


def stepping(folder, steps):
    """The workflows, with so many steps for a sketch."""
    folder = folder / "workflows"
    shutil.copytree(ROOT / "workflows", folder)
    file = folder / "sketch.v2.json"
    graph = json.loads(file.read_text(encoding="utf-8"))
    (sampler,) = (node for node in graph["nodes"] if node["type"] == "KSampler")
    assert sampler["widgets_values"][2] == 20
    sampler["widgets_values"][2] = steps
    file.write_text(json.dumps(graph), encoding="utf-8")
    return {"PIXART_WORKFLOWS": str(folder)}


def submit(bridge, sketch, count=JOBS, **fields):
    ids = [f"job-{number}" for number in range(count)]
    for id in ids:
        code, answer = bridge.generate(id, sketch, **fields)
        assert (code, answer["status"] in ("pending", "processing", "completed")) == (200, True), answer
    return ids


def test_queued_jobs_survive_kill_9_and_finish_after_the_next_start(comfy, tmp_path, sketch, quicker):
    with BridgeProcess(tmp_path, COMFYUI_URL=comfy.url, PIXART_GENERATION_SIDE="64", **quicker) as bridge:
        ids = submit(bridge, sketch)
        for _ in range(3):
            time.sleep(0.5)
            bridge.kill()
            bridge.start()
        pictures = [picture(bridge.finished(id)) for id in ids]
        assert len(pictures) == JOBS
        _, listed = bridge.call(f"{PREFIX}/jobs")
        assert len(listed["jobs"]) == JOBS


def test_a_running_prompt_is_taken_up_again_not_queued_twice(comfy, tmp_path, sketch, quicker):
    with (
        Chaos(comfy.url) as chaos,
        BridgeProcess(tmp_path, COMFYUI_URL=chaos.url, PIXART_GENERATION_SIDE="96", **quicker) as bridge,
    ):
        submit(bridge, sketch, count=1)
        assert wait_until(lambda: chaos.calls["POST /prompt"] == 1)
        bridge.kill()
        bridge.start()
        picture(bridge.finished("job-0"))
        assert chaos.calls["POST /prompt"] == 1


def test_a_lost_answer_is_looked_up_not_repeated(bare_comfy, tmp_path, sketch):
    with Chaos(bare_comfy.url) as chaos, BridgeProcess(tmp_path, COMFYUI_URL=chaos.url) as bridge:
        chaos.lose_answers = 2
        for id in submit(bridge, sketch, count=4):
            picture(bridge.finished(id))
        assert chaos.calls["POST /prompt"] == 4


def test_a_prompt_that_never_arrived_is_posted_anew_and_the_job_is_not_called_lost(bare_comfy, tmp_path, sketch):
    with Chaos(bare_comfy.url, line=False) as chaos, ImpatientBridge(tmp_path, COMFYUI_URL=chaos.url) as bridge:
        chaos.keep_back = [413, 0, 502, 400, 200]  # the last two by something in front of ComfyUI
        bridge.generate("job", sketch)
        picture(bridge.finished("job"))
        assert chaos.calls["POST /prompt"] == 6


def test_a_network_that_breaks_down_whenever_a_prompt_is_sent_is_no_comfyui_that_ended(bare_comfy, tmp_path, sketch):
    with Chaos(bare_comfy.url, line=False) as chaos, ImpatientBridge(tmp_path, COMFYUI_URL=chaos.url) as bridge:
        chaos.keep_back = [0, 0, 0]
        bridge.generate("job", sketch)
        for left in (2, 1, 0):
            assert wait_until(lambda left=left: len(chaos.keep_back) == left)
            chaos.part(60.0)
            assert wait_until(lambda: not bridge.call("/health")[1]["comfyui"]["up"])
            chaos.join()
        picture(bridge.finished("job"))
        assert bridge.call("/health")[1]["comfyui"]["starts"] == 1


def test_a_prompt_that_the_line_broke_under_is_posted_anew(bare_comfy, tmp_path, sketch):
    with Chaos(bare_comfy.url) as chaos, BridgeProcess(tmp_path, COMFYUI_URL=chaos.url) as bridge:
        bridge.generate("before", sketch)
        picture(bridge.finished("before"))
        assert chaos.on_line["POST /prompt"] == 1
        chaos.keep_back = [0]
        bridge.generate("job", sketch)
        picture(bridge.finished("job"))
        assert not chaos.keep_back and chaos.calls["POST /prompt"] == 3


def test_a_prompt_that_is_answered_with_an_error_again_and_again_fails_with_that_error(bare_comfy, tmp_path, sketch):
    with Chaos(bare_comfy.url, line=False) as chaos, ImpatientBridge(tmp_path, COMFYUI_URL=chaos.url) as bridge:
        chaos.keep_back = [413] * 20
        bridge.generate("job", sketch)
        answer = bridge.finished("job")
        assert answer["status"] == "failed" and "ComfyUI answered 413 to a prompt" in answer["error"], answer


def test_what_a_killed_bridge_had_queued_for_a_job_that_ended_is_taken_out_at_the_next_start(
    comfy, tmp_path, sketch, longer
):
    # as kill -9 between a cancel's row and what ComfyUI is told of it leaves them
    with BridgeProcess(tmp_path, COMFYUI_URL=comfy.url, PIXART_GENERATION_SIDE="64", **longer) as bridge:
        submit(bridge, sketch, count=2)
        assert wait_until(lambda: [len(part) for part in comfy.get("/queue").values()] == [1, 1])
        bridge.kill()
        with closing(sqlite3.connect(tmp_path / "bridge.db")) as database, database:
            database.execute("UPDATE bridge_jobs SET state = 'cancelled', finished_at = 1e9")
        bridge.start()
        assert wait_until(lambda: not any(comfy.get("/queue").values()))


def test_dropped_sockets_cost_progress_not_jobs(bare_comfy, tmp_path, sketch):
    with Chaos(bare_comfy.url) as chaos:
        chaos.drop_socket_after = 3
        with BridgeProcess(tmp_path, COMFYUI_URL=chaos.url) as bridge:
            for id in submit(bridge, sketch):
                picture(bridge.finished(id))
            assert chaos.calls["POST /prompt"] == JOBS
            assert wait_until(lambda: chaos.calls["WS"] >= 2)


def test_a_history_that_comes_late_is_waited_for(bare_comfy, tmp_path, sketch):
    with Chaos(bare_comfy.url) as chaos, BridgeProcess(tmp_path, COMFYUI_URL=chaos.url) as bridge:
        chaos.blind = 1
        for id in submit(bridge, sketch, count=2):
            picture(bridge.finished(id))
        assert chaos.calls["POST /prompt"] == 2


def test_jobs_outlive_their_comfyui_and_kill_9_ends_both(tmp_path, models, sketch, quicker):
    (tmp_path / "models").symlink_to(models)
    settings = base_folder(tmp_path)
    environment = {"COMFYUI_DIR": str(settings.comfyui_source), "PIXART_GENERATION_SIDE": "64", **quicker}
    with WholeBridge(tmp_path, **environment) as bridge:
        ids = submit(bridge, sketch, count=4)
        assert wait_until(lambda: any(bridge.status(id)["progress"] > 0 for id in ids), 120)
        first = _listener(bridge)
        os.kill(first, signal.SIGKILL)
        for id in ids[:2]:
            picture(bridge.finished(id, 180))
        second = _listener(bridge)
        bridge.kill()
        assert wait_until(lambda: not alive(second)), "kill -9 of the bridge left ComfyUI behind"
        bridge.start()
        for id in ids:
            picture(bridge.finished(id, 180))
        third = _listener(bridge)
        assert len({first, second, third}) == 3
        assert bridge.stop() == 0
    assert wait_until(lambda: not alive(third)), "SIGTERM left ComfyUI behind"


def _listener(bridge):
    """Process id of the bridge's child."""
    children = Path(f"/proc/{bridge.process.pid}/task/{bridge.process.pid}/children")
    return int(children.read_text().split()[0])


def test_a_running_and_a_waiting_job_can_be_cancelled(comfy, tmp_path, sketch, longer):
    with BridgeProcess(tmp_path, COMFYUI_URL=comfy.url, PIXART_GENERATION_SIDE="64", **longer) as bridge:
        ids = submit(bridge, sketch, count=3)
        assert wait_until(lambda: bridge.status(ids[0])["progress"] > 0)
        for id in (ids[1], ids[0]):
            code, answer = bridge.call(f"{PREFIX}/cancel/{id}", b"")
            assert (code, answer["status"], answer["error"]) == (200, "failed", "Cancelled"), answer
        code, answer = bridge.call(f"{PREFIX}/cancel/{ids[0]}", b"")
        assert code == 409
        bridge.call(f"{PREFIX}/cancel/{ids[2]}", b"")
        queue = comfy.get("/queue")
        assert wait_until(lambda: not comfy.get("/queue")["queue_running"]), queue


def test_a_job_that_takes_too_long_is_ended_and_the_next_one_runs(comfy, tmp_path, sketch, longer):
    environment = {"COMFYUI_URL": comfy.url, "PIXART_GENERATION_SIDE": "64", "TIMEOUT_SECONDS": "2", **longer}
    with BridgeProcess(tmp_path, **environment) as bridge:
        ids = submit(bridge, sketch, count=2)
        for id in ids:
            answer = bridge.finished(id)
            assert (answer["status"], answer["error"]) == ("failed", "It took longer than 2 s.")


def test_a_full_queue_says_so_and_forgets_nothing(comfy, tmp_path, sketch, quicker):
    environment = {"COMFYUI_URL": comfy.url, "PIXART_GENERATION_SIDE": "96", "MAX_QUEUE_SIZE": "2", **quicker}
    with BridgeProcess(tmp_path, **environment) as bridge:
        answers = {f"job-{n}": bridge.generate(f"job-{n}", sketch)[0] for n in range(6)}
        assert set(answers.values()) == {200, 503}
        for id, code in answers.items():
            if code == 200:
                picture(bridge.finished(id))
            else:
                assert bridge.call(f"{PREFIX}/status/{id}")[0] == 404


def test_a_port_in_use_is_one_sentence(bare_comfy, tmp_path):
    with BridgeProcess(tmp_path / "a", COMFYUI_URL=bare_comfy.url) as bridge:
        port = bridge.url.rsplit(":", 1)[1]
        run = subprocess.run(
            [sys.executable, "-m", "bridge", "serve", "--port", port],
            cwd=ROOT,
            env={**bridge.environment, "PIXART_DATA": str(tmp_path / "b")},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert run.returncode == 1
    assert f"Port {port} of 127.0.0.1 can't be used" in run.stderr
    assert "Traceback" not in run.stderr


# The number by which files of torch.save's older format begin, of which nothing is known before they are loaded.
OLDER_TORCH = b"\x80\x02\x8a\n\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."


def test_a_job_that_a_node_fails_is_a_200_that_says_which_and_why(bare_comfy, tmp_path, sketch):
    broken = [bare_comfy.settings.data / "models" / name for name in ("checkpoints/a.ckpt", "controlnet/a.pth")]
    for path in broken:
        path.write_bytes(OLDER_TORCH)
    try:
        with BridgeProcess(tmp_path, COMFYUI_URL=bare_comfy.url) as bridge:
            submit(bridge, sketch, count=1)
            answer = bridge.finished("job-0")
    finally:
        for path in broken:
            path.unlink()
    assert answer["status"] == "failed"
    assert answer["error"].startswith(("Checkpoint", "ControlNet")), answer
    assert "Traceback" not in answer["error"]


def test_the_same_request_from_many_at_once_is_one_job(bare_comfy, tmp_path, sketch):
    with Chaos(bare_comfy.url) as chaos, BridgeProcess(tmp_path, COMFYUI_URL=chaos.url) as bridge:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: bridge.generate("one", sketch), range(16)))
        assert {code for code, _ in answers} == {200}
        picture(bridge.finished("one"))
        assert chaos.calls["POST /prompt"] == 1


def test_a_batch_is_gone_on_with_where_it_was_each_picture_drawn_once(comfy, tmp_path):
    wish = {"prompt": "a tree", "seed": 3, "batch_size": 4, "steps": 40, "width": 64, "height": 64}
    with Chaos(comfy.url) as chaos, BridgeProcess(tmp_path, COMFYUI_URL=chaos.url) as bridge:

        def ask():
            return bridge.call("/sdapi/v1/txt2img", {**wish, "force_task_id": "mine"})

        def reached(part):
            return bridge.call("/sdapi/v1/progress")[1]["state"]["job_no"] >= part

        with ThreadPoolExecutor(1) as pool:
            pool.submit(ask)  # its answer is lost with the bridge
            for part in (1, 2):
                assert wait_until(lambda part=part: reached(part), 60)
                bridge.kill()
                bridge.start()
        code, answer = ask()  # the same request is the same job
        assert (code, len(answer["images"])) == (200, 4)
        assert json.loads(answer["info"])["all_seeds"] == [3, 4, 5, 6]
        assert len(set(answer["images"])) == 4
        assert chaos.calls["POST /prompt"] == 4
        alone = bridge.call("/sdapi/v1/txt2img", {**wish, "seed": 5, "batch_size": 1})[1]
        assert pixels(alone["images"][0]) == pixels(answer["images"][2])


def test_a_request_repeated_while_comfyui_is_not_there_is_still_the_same_job(comfy, tmp_path):
    # 40 steps: the job must still be drawn when both requests have come, on a busy machine too
    wish = {"prompt": "a tree", "steps": 40, "width": 64, "height": 64, "force_task_id": "mine"}
    with BridgeProcess(tmp_path, COMFYUI_URL="http://127.0.0.1:9") as bridge, ThreadPoolExecutor(3) as pool:
        pool.submit(bridge.call, "/sdapi/v1/txt2img", wish)  # its answer is lost with the bridge
        assert wait_until(lambda: bridge.call("/health")[1]["jobs"]["queued"] == 1, 20)
        bridge.kill()
        bridge.environment["COMFYUI_URL"] = comfy.url
        bridge.start()
        again = [pool.submit(bridge.call, "/sdapi/v1/txt2img", wish) for _ in range(2)]  # of a random seed
        answers = [each.result() for each in again]
        assert {code for code, _ in answers} == {200}
        assert answers[0][1]["images"] == answers[1][1]["images"]
        jobs = bridge.call("/health")[1]["jobs"]
        assert jobs["completed"] == 1


@pytest.mark.parametrize("changed", [{}, {"prompt": "a house"}, {"seed": 5}], ids=str)
def test_a_task_that_has_ended_is_drawn_anew_under_the_same_task_id(comfy, tmp_path, changed):
    wish = {"prompt": "a tree", "steps": 2, "width": 64, "height": 64, "force_task_id": "mine"}
    with BridgeProcess(tmp_path, COMFYUI_URL=comfy.url) as bridge:
        seeds = []
        for body in (wish, wish | changed, wish):
            code, answer = bridge.call("/sdapi/v1/txt2img", body)
            assert code == 200, answer
            seeds.append(json.loads(answer["info"])["seed"])
        assert len(set(seeds)) == 3
        about = bridge.call("/internal/progress", {"id_task": "mine"})[1]
        assert (about["active"], about["completed"]) == (False, True)
        assert bridge.call("/health")[1]["jobs"]["completed"] == 3


def pixels(picture):
    with Image.open(io.BytesIO(base64.b64decode(picture))) as opened:
        return opened.tobytes()
