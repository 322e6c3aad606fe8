"""A bridge without a ComfyUI that knows no worker yet: a job is refused rather than left to wait for ever."""

import pytest
from bridge_process import BridgeProcess, WorkerProcess, data_folders
from sketches import SKETCHES
from test_comfy_process import wait_until

SKETCH = SKETCHES["transparent, as large as asked"]()
GONE = "UPDATE bridge_workers SET seen_at = now() - interval '11 minutes'"
# One request with words of each way in that queues a job.
WORDS = {
    "/generate": {"mode": "txt2img", "prompt": "a tree"},
    "/sdapi/v1/txt2img": {"prompt": "a tree", "steps": 1},
    "/generate/text2img": {"prompt": "a tree"},
}


@pytest.fixture
def lonely(postgres, tmp_path_factory):
    """A bridge of a fleet to which no worker ever came, and the folder of one that may come."""
    folders = data_folders(tmp_path_factory, "bridge", "worker")
    with BridgeProcess(folders[0], DATABASE_URL=postgres.fresh(), WORKERS="none") as bridge:
        yield bridge, folders[1]


def test_a_job_that_nobody_is_known_to_draw_is_refused_with_what_to_start(lonely):
    bridge, _ = lonely
    answers = [bridge.call(path, body) for path, body in WORDS.items()]
    answers.append(bridge.generate("sketch", SKETCH, redraw=False))
    assert [status for status, _ in answers] == [409] * len(answers), answers
    assert all("no worker is known" in str(answer) and "pixart worker" in str(answer) for _, answer in answers), answers
    assert bridge.call("/health")[1]["jobs"].get("queued", 0) == 0


def test_a_worker_that_is_only_being_started_is_waited_for(lonely, postgres):
    bridge, folder = lonely
    database = bridge.own["DATABASE_URL"]
    with WorkerProcess(folder, DATABASE_URL=database, COMFYUI_URL="http://127.0.0.1:9"):
        assert wait_until(lambda: bridge.call("/health")[1]["fleet"], 30)
        status, answer = bridge.generate("early", SKETCH, redraw=False)
        assert status == 200, answer
        assert bridge.call("/health")[1]["jobs"]["queued"] == 1
    assert bridge.call("/health")[1]["jobs"]["queued"] == 1, "what was accepted stays accepted"
    postgres.run(GONE, database)
    assert bridge.generate("late", SKETCH, redraw=False)[0] == 409
    again = bridge.generate("early", SKETCH, redraw=False)
    assert again[0] == 200, "whoever repeats a request with its id is told of its job"
