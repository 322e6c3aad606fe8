"""A worker whose node pack is older than a workflow, beside one of today: it draws what it can, and is never given the
rest."""

import base64

import pytest
from bridge_process import WholeBridge, WorkerProcess, data_folders
from comfy_folder import OLDER, base_folder, older_pack
from conftest import comfy_before
from sketches import SKETCHES
from test_comfy_process import wait_until

SKETCH = "data:image/png;base64," + base64.b64encode(SKETCHES["transparent, as large as asked"]()).decode()
DONE, ENDED = ("completed", None), ("completed", "failed")
NEW, OLD = "pixelate@2", "pixelate@1"  # the newer one looks at the picture first, by a node that came with it


@pytest.fixture(scope="module")
def older_comfy(tmp_path_factory, upstream):
    """ComfyUI with the pack as it was before it looked at pictures and knew machines."""
    folder = tmp_path_factory.mktemp("older")
    with comfy_before(upstream, base_folder(folder / "comfy", older_pack(folder, "look", "machine"))) as real:
        yield real


@pytest.fixture(scope="module")
def fleet(older_comfy, bare_comfy, postgres, tmp_path_factory):
    """A bridge without a ComfyUI, the worker of the older pack, and that of today's."""
    usual, folders = {"DATABASE_URL": postgres.fresh()}, data_folders(tmp_path_factory, "bridge", "old", "new")
    bridge = WholeBridge(folders[0], WORKERS="none", **usual)
    old, new = (
        WorkerProcess(folder, COMFYUI_URL=each.url, **usual)
        for folder, each in zip(folders[1:], (older_comfy, bare_comfy), strict=True)
    )
    with bridge, old, new:
        assert wait_until(lambda: len([each for each in entries(bridge) if each.get("can")]) == 2, 90), new.said
        assert wait_until(lambda: is_known(bridge, postgres), 60), "the bridge has heard of what both can"
        yield bridge, new


def entries(bridge):
    return bridge.call("/health")[1]["fleet"]


def submit(bridge, mode):
    return bridge.call("/generate/img2img", {"prompt": "a tree", "initImage": SKETCH, "workflow": mode})


def is_known(bridge, postgres):
    """Whether the bridge decides by what the workers can how a job is drawn, which stands in the job's row then."""
    submit(bridge, NEW)
    return rows(postgres, bridge, "WHERE needs <> ''")


def ended(bridge, id):
    """The job once it has ended."""
    job = {}
    assert wait_until(lambda: job.update(bridge.call(f"/jobs/{id}")[1]) or job["status"] in ENDED, 40), job
    return job["status"], job.get("error")


def rows(postgres, bridge, more=""):
    """State, workflow and ComfyUI of the jobs."""
    database = bridge.own["DATABASE_URL"]
    return postgres.run(f"SELECT state, workflow, worker FROM bridge_jobs {more}", database)


@pytest.mark.comfy
def test_an_older_pack_draws_what_it_can_and_never_gets_the_rest(fleet, postgres, older_comfy, bare_comfy):
    bridge, new = fleet
    packs = {each["url"]: each["pack"] for each in entries(bridge)}
    assert packs[older_comfy.url] == OLDER != packs[bare_comfy.url]
    ids = [submit(bridge, NEW)[1]["id"] for _ in range(6)]
    assert [ended(bridge, id) for id in ids] == [DONE] * 6
    assert set(rows(postgres, bridge)) == {("completed", NEW, bare_comfy.url)}
    assert new.stop() == 0
    status, answer = submit(bridge, NEW)
    waits = answer["id"]
    assert (status, ended(bridge, submit(bridge, OLD)[1]["id"])) == (202, DONE)
    assert ("completed", OLD, older_comfy.url) in rows(postgres, bridge)
    assert bridge.call(f"/jobs/{waits}")[1]["status"] == "queued", "who could draw it has only just gone"
    new.start()
    assert ended(bridge, waits) == DONE


@pytest.mark.comfy
def test_what_only_a_newer_pack_could_draw_that_is_long_gone_is_refused_with_what_is_missing(fleet, postgres):
    bridge, new = fleet
    known = len(rows(postgres, bridge))
    assert new.stop() == 0
    database = bridge.own["DATABASE_URL"]
    postgres.run("UPDATE bridge_workers SET seen_at = now() - interval '11 minutes' WHERE ended", database)
    answers = []
    assert wait_until(lambda: answers.append(submit(bridge, NEW)) or answers[-1][0] != 202, 60)
    status, answer = answers[-1]
    assert (status, "PixartLook" in str(answer)) == (400, True), answer
    assert ended(bridge, submit(bridge, OLD)[1]["id"]) == DONE
    assert len(rows(postgres, bridge)) == known + len(answers), "what was refused was not kept"
    assert len(rows(postgres, bridge, "WHERE state = 'queued'")) == len(answers) - 1
    new.start()
    assert wait_until(lambda: not rows(postgres, bridge, "WHERE state <> 'completed'"), 90), "nothing is lost"
