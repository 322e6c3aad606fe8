"""ComfyUI's races, once each: `python -m benchmarks races` repeats them. And what is queued ahead in ComfyUI."""

import asyncio
import random
import time

import aiohttp
import pytest
from bridge_process import BridgeProcess
from chaos import Chaos
from test_comfy_process import wait_until

from bridge.comfy.process import free_port
from faults import tiny, toys
from faults.races import RACES, Ring

pytestmark = pytest.mark.comfy

SHORT = [race for race in RACES if race.short]
DRAWS, WAITS = "queue_running", "queue_pending"


@pytest.fixture(scope="module", params=[True, False], ids=["over the line", "over HTTP"])
def place(request, bare_comfy, tmp_path_factory):
    """A bridge with those workflows, and the proxy in front of ComfyUI."""
    folder = tmp_path_factory.mktemp("races")
    with Chaos(bare_comfy.url, line=request.param) as chaos:
        environment = {"COMFYUI_URL": chaos.url, "PIXART_WORKFLOWS": str(toys.library(folder / "workflows"))}
        with BridgeProcess(folder / "bridge", PORT=str(free_port()), **environment) as bridge:
            yield bridge, chaos


@pytest.mark.parametrize("race", SHORT, ids=lambda race: race.work.__name__)
async def test_a_race_has_no_loser(race, place, bare_comfy):
    bridge, chaos = place
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        ring = Ring(session, bridge, bare_comfy, chaos, random.Random(race.number))
        assert await asyncio.wait_for(race.work(ring, race.work.__name__), 60) is None


def post(bridge, *ids, toy="sleep:0.6"):
    for id in ids:
        code, answer = bridge.call("/api/pixel-generation/generate", {**tiny.body(id), "prompt": f"toy={toy}"})
        assert code == 200, answer


def test_the_next_job_waits_in_comfyui_already_and_can_be_cancelled_there(place, bare_comfy):
    bridge, _ = place
    output = bare_comfy.settings.data / "output"
    before = set(output.glob("pixart/**/*.png"))
    post(bridge, "first", "second", "third")

    def queue():
        found = bare_comfy.get("/queue")
        return len(found[DRAWS]), len(found[WAITS])

    assert wait_until(lambda: queue() == (1, 1), 20)
    assert bridge.status("second")["status"] == "pending"
    assert bridge.call("/api/pixel-generation/cancel/second", b"")[1]["error"] == "Cancelled"
    seen = set()
    while bridge.status("third")["status"] != "completed":
        seen.add(queue())
    assert all(draws + waits <= 2 for draws, waits in seen)
    assert bridge.status("second")["error"] == "Cancelled"
    drawn = {path.read_bytes() for path in {*output.glob("pixart/**/*.png")} - before}
    pictures = [tiny.drawn(data) for data in drawn if data.startswith(b"\x89PNG")]
    assert [pictures.count(tiny.pixels(id)) for id in ("first", "second", "third")] == [1, 0, 1]


def test_what_was_queued_ahead_is_taken_back_when_the_server_ends_and_drawn_after_the_next_start(place, bare_comfy):
    bridge, _ = place
    post(bridge, "a", "b", "c")
    assert wait_until(lambda: bare_comfy.get("/queue")[WAITS], 20)
    assert bridge.stop() == 0
    left = bare_comfy.get("/queue")
    assert not left[WAITS]
    bridge.start()
    for id in ("a", "b", "c"):
        assert tiny.is_right(id, bridge.finished(id))


def test_a_job_posted_while_the_last_one_ends_is_not_forgotten(place):
    bridge, _ = place
    for number in range(12):
        post(bridge, f"one-{number}", toy="nothing:0")
        time.sleep(number / 200)
        post(bridge, f"two-{number}", toy="nothing:0")
        for id in (f"one-{number}", f"two-{number}"):
            assert tiny.is_right(id, bridge.finished(id, 20))
