"""Two bridges on one PostgreSQL: every answer, step, preview and cancel works at either, and no job is lost."""

import base64
import json
import threading
import urllib.request

import pytest
from bridge_process import BridgeProcess, WorkerProcess, data_folders
from faults import toys
from sketches import SKETCHES
from strange_node import ready
from test_comfy_process import wait_until

SKETCH = "data:image/png;base64," + base64.b64encode(SKETCHES["transparent, as large as asked"]()).decode()
BRIEF, LONG = "toy=sleep:0.1", "toy=sleep:60"


@pytest.fixture(scope="module")
def bridges(bare_comfy, postgres, tmp_path_factory):
    """Two bridges that share the database, the folder of their results, and for want of a second one the ComfyUI."""
    workflows = toys.library(tmp_path_factory.mktemp("toys") / "workflows")
    usual = {"COMFYUI_URL": bare_comfy.url, "PIXART_WORKFLOWS": str(workflows), "DATABASE_URL": postgres.fresh()}
    folders = data_folders(tmp_path_factory, "one", "other")
    with BridgeProcess(folders[0], **usual) as one, BridgeProcess(folders[1], **usual) as other:
        for bridge in (one, other):
            ready(bridge)
        yield one, other


def state(bridge, id):
    return bridge.call(f"/jobs/{id}")[1]


def submit(bridge, prompt):
    asked = {"prompt": prompt, "initImage": SKETCH, "workflow": "sketch"}
    status, answer = bridge.call("/generate/img2img", asked)
    assert status == 202, answer
    return answer["id"]


def reaches(bridge, id, status):
    assert wait_until(lambda: state(bridge, id)["status"] == status, 90), state(bridge, id)
    return id


def events(bridge, id, into):
    """Follow a job at a bridge until its end."""
    with urllib.request.urlopen(f"{bridge.url}/jobs/{id}/events", timeout=120) as answer:
        for line in answer:
            if line.startswith(b"data: "):
                into.append(json.loads(line[6:]))


@pytest.mark.comfy
def test_a_job_and_its_pictures_are_known_at_either_bridge_whichever_took_it_and_whichever_drew_it(bridges):
    one, other = bridges
    ids = [submit(bridge, BRIEF) for bridge in (one, other, one, other, one, one)]
    for id in ids:
        reaches(other, reaches(one, id, "completed"), "completed")
    assert state(one, ids[0])["result"] == state(other, ids[0])["result"]
    assert one.call(f"/jobs/{ids[1]}/picture") == other.call(f"/jobs/{ids[1]}/picture")
    assert {job["id"] for job in other.call("/jobs")[1]["jobs"]} >= set(ids)


@pytest.mark.comfy
def test_who_follows_a_job_at_the_other_bridge_sees_its_end_and_may_cancel_it(bridges):
    one, other = bridges
    ids = [reaches(one, submit(one, LONG), "processing") for _ in bridges]  # each bridge has one, whichever took it
    waits = submit(one, BRIEF)
    seen = {(number, id): [] for number, _ in enumerate(bridges) for id in (*ids, waits)}
    following = [
        threading.Thread(target=events, args=(bridges[number], id, into)) for (number, id), into in seen.items()
    ]
    for each in following:
        each.start()
    assert wait_until(lambda: all(seen.values()), 60)
    places = [bridge.call("/queue/places")[1] for bridge in bridges]
    assert places[0] == places[1]
    for id in ids:
        assert other.call(f"/jobs/{id}/interrupt", b"")[0] == 200
    for each in following:
        each.join(90)
    for id in ids:
        assert [seen[at, id][-1]["status"] for at in (0, 1)] == ["failed", "failed"]
        assert state(one, id)["error"] == "Cancelled by user"
    assert [seen[at, waits][-1]["status"] for at in (0, 1)] == ["completed", "completed"]


@pytest.mark.comfy
def test_a_job_that_comes_where_a_comfyui_is_idle_is_begun_before_anybody_is_told_of_it(bridges, postgres):
    one, _ = bridges
    database = one.own["DATABASE_URL"]
    postgres.run(
        "CREATE FUNCTION deaf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER deaf BEFORE INSERT ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION deaf()",
        database,
    )
    reaches(one, submit(one, BRIEF), "completed")
    postgres.run("DROP FUNCTION deaf CASCADE", database)


def drawing(bridge, id):
    """Which of all draws it."""
    return [each["name"] for each in bridge.call("/health")[1]["fleet"] if each["draws"] == id]


@pytest.mark.comfy
def test_a_bridge_that_lost_a_job_to_another_one_leaves_its_prompt_alone_and_writes_nothing(bridges, postgres):
    one, other = bridges
    id = reaches(one, submit(one, "toy=sleep:8"), "processing")
    assert wait_until(lambda: drawing(one, id), 30)
    [first] = drawing(one, id)
    over = "UPDATE bridge_jobs SET lease_until = now() - interval '1 second' WHERE state = 'running'"
    postgres.run(over, one.own["DATABASE_URL"])
    later = submit(one, BRIEF)  # whoever is free takes the job first whose time is over
    for each in (id, later):
        reaches(other, each, "completed")
    said = [line for bridge in bridges for line in bridge.said if "another one's by now" in line]
    assert len(said) == 1 and id in said[0], first


@pytest.mark.comfy
def test_what_a_bridge_drew_that_is_killed_is_drawn_by_the_other_one(bridges):
    one, other = bridges
    ids = [submit(one, BRIEF) for _ in range(6)]
    reaches(other, ids[0], "completed")
    one.kill()
    for id in ids:
        reaches(other, id, "completed")
    one.start()
    ready(one)
    assert {state(one, id)["status"] for id in ids} == {"completed"}


@pytest.mark.comfy
def test_a_worker_draws_for_a_bridge_whose_own_comfyui_is_away_and_ends_in_order(bridges, tmp_path):
    one, other = bridges
    assert wait_until(lambda: len(one.call("/health")[1]["fleet"]) == 2, 30)
    for bridge in bridges:
        assert bridge.stop() == 0
    folder = tmp_path / "worker"
    folder.mkdir()
    (folder / "results").symlink_to((one.folder / "results").resolve())
    with WorkerProcess(folder, **one.own) as worker:
        one.environment["COMFYUI_URL"] = "http://127.0.0.1:9"
        one.start()
        ready(one)
        [drawing] = [each for each in one.call("/health")[1]["fleet"] if each["up"]]
        assert drawing["url"] == other.environment["COMFYUI_URL"]
        reaches(one, submit(one, BRIEF), "completed")
        running = reaches(one, submit(one, "toy=sleep:3"), "processing")
        assert worker.stop() == 0
        assert state(one, running)["status"] == "completed", "it ended its job first"
        assert wait_until(lambda: not any(each["up"] for each in one.call("/health")[1]["fleet"]), 30)
        assert one.call("/ready")[0] == 503
