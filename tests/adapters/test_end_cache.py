"""The result cache in front of a real ComfyUI: what is asked again is not drawn again, and says so."""

import base64
import json
import threading
import time
import urllib.request
from contextlib import suppress

import pytest
from bridge_process import BridgeProcess
from chaos import Chaos
from sketches import TREE
from test_comfy_process import wait_until
from test_end_pico import ready

pytestmark = pytest.mark.comfy

TXT2IMG, IMG2IMG, PANEL = "/sdapi/v1/txt2img", "/sdapi/v1/img2img", "/pico/sdapi/v1/txt2img"
QUICK = {"steps": 2, "width": 64, "height": 64}


@pytest.fixture(scope="module")
def chaos(comfy):
    """In front of ComfyUI, to count what gets there."""
    with Chaos(comfy.url) as chaos:
        yield chaos


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The folder of the cache; it needn't be there."""
    return tmp_path_factory.mktemp("cache") / "kept"


@pytest.fixture(scope="module")
def bridge(chaos, kept, tmp_path_factory):
    environment = {"COMFYUI_URL": chaos.url, "ENABLE_CACHING": "true", "CACHE_DIR": str(kept)}
    environment |= {"PIXART_GENERATION_SIDE": "64"}
    with BridgeProcess(tmp_path_factory.mktemp("bridge"), **environment) as bridge:
        ready(bridge)
        yield bridge


@pytest.fixture
def asked(request):
    """A request that no other test makes."""
    return {**QUICK, "prompt": request.node.name, "seed": 7}


class Asker:
    """Asks the bridge, and notes how many prompts got to ComfyUI."""

    def __init__(self, bridge, chaos):
        self.bridge, self.chaos = bridge, chaos

    def __call__(self, path, **body):
        """(X-Cache, prompts that ComfyUI got, body) of an answer."""
        before = self.chaos.calls["POST /prompt"]
        request = urllib.request.Request(
            self.bridge.url + path, json.dumps(body).encode(), {"Origin": "http://localhost:3000"}
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            data, headers = answer.read(), answer.headers
        assert {"X-Job-Id", "X-Cache"} <= set(headers["Access-Control-Expose-Headers"].split(", "))
        body = json.loads(data) if headers.get_content_type() == "application/json" else data
        return headers["X-Cache"], self.chaos.calls["POST /prompt"] - before, body

    def status(self, path, **body):
        """As above, without the body."""
        return self(path, **body)[:2]


@pytest.fixture
def ask(bridge, chaos):
    return Asker(bridge, chaos)


def test_a_request_of_the_same_seed_is_drawn_once_and_any_other_is_drawn(ask, asked):
    found, prompts, first = ask(TXT2IMG, **asked)
    assert (found, prompts) == ("MISS", 1)
    found, prompts, second = ask(TXT2IMG, **asked)
    assert (found, prompts) == ("HIT", 0)
    assert second["images"] == first["images"]
    said, before = json.loads(second["info"]), json.loads(first["info"])
    assert said["notes"] == [*before["notes"], "It was in the cache."]
    assert said["infotexts"] == before["infotexts"]
    assert said["extra_generation_params"] == before["extra_generation_params"]
    for other in ({"seed": 8}, {"prompt": "a dog"}, {"steps": 3}, {"subseed_strength": 0.5, "subseed": 1}):
        assert ask.status(TXT2IMG, **asked | other) == ("MISS", 1), other
    for by_chance in ({"seed": -1}, {"seed": None}, {"subseed_strength": 0.5}):
        assert ask.status(TXT2IMG, **asked | by_chance) == (None, 1), by_chance
    assert ask.status(TXT2IMG, **asked | {"subseed": 5}) == ("HIT", 0)  # without strength it decides nothing


def test_the_panels_bytes_and_every_other_dialects_pictures_come_from_the_same_cache(ask, asked):
    ask(TXT2IMG, **asked)
    first, again = ask(PANEL, **asked), ask(PANEL, **asked)
    assert (first[:2], again[:2]) == (("MISS", 1), ("HIT", 0))  # another workflow than A1111's
    assert first[2] == again[2]
    assert len(again[2]) == 115_200
    for seed, wanted in ((-1, (None, 1)), (0, ("MISS", 1)), (0, ("HIT", 0))):
        assert ask.status("/generate-image", **asked | {"seed": seed}) == wanted


def test_what_is_kept_neither_lends_its_texts_to_who_wants_none_nor_loses_them(ask, asked):
    bare = {**asked, "override_settings": {"enable_pnginfo": False}}
    answers = [ask(TXT2IMG, **body) for body in (asked, bare, asked)]
    assert [found for found, _, _ in answers] == ["MISS", "HIT", "HIT"]
    with_texts, without, again = (base64.b64decode(body["images"][0]) for _, _, body in answers)
    assert asked["prompt"].encode() in with_texts and again.count(b"tEXt") == with_texts.count(b"tEXt") > 1
    assert b"tEXt" not in without and asked["prompt"].encode() not in without


def test_a_hits_times_are_its_own(ask, asked):
    asked |= {"mode": "txt2img", "seed": "3"}
    _, _, drawn = ask("/generate", **asked)
    began = time.monotonic()
    found, _, body = ask("/generate", **asked)
    took = (time.monotonic() - began) * 1000
    assert found == "HIT"
    assert body["text_time_ms"] == 0
    assert 0 < body["total_time_ms"] < took
    assert {name: body[name] for name in ("base64", "seed", "used")} == {
        name: drawn[name] for name in ("base64", "seed", "used")
    }
    assert body["notes"] == [*drawn["notes"], "It was in the cache."]


def test_of_a_batch_only_what_is_new_is_drawn(ask, asked):
    _, _, alone = ask(TXT2IMG, **asked)
    found, prompts, body = ask(TXT2IMG, **asked | {"n_iter": 2, "seed": 6})
    assert (found, prompts) == ("PARTIAL", 1)
    assert json.loads(body["info"])["all_seeds"] == [6, 7]
    assert json.loads(body["info"])["notes"][-1] == "1 of 2 were in the cache."
    assert ask(TXT2IMG, **asked | {"batch_size": 2, "seed": 6})[:2] == ("HIT", 0)
    assert body["images"][1:] == alone["images"]
    assert body["images"][0] != body["images"][1]


def test_pictures_count_by_their_content_and_a_mode_without_a_seed_leaves_nothing_to_chance(ask, asked):
    tree = base64.b64encode(TREE.read_bytes()).decode()
    other = base64.b64encode(TREE.with_name("tree-low-res.png").read_bytes()).decode()
    assert ask.status(IMG2IMG, **asked, init_images=[tree]) == ("MISS", 1)
    assert ask.status(IMG2IMG, **asked, init_images=["data:image/png;base64," + tree]) == ("HIT", 0)
    assert ask.status(IMG2IMG, **asked, init_images=[other]) == ("MISS", 1)
    extras = {"image": tree, "upscaling_resize": 2, "upscaler_1": "Lanczos"}
    first, again = (ask("/sdapi/v1/extra-single-image", **extras) for _ in range(2))
    assert (first[:2], again[:2]) == (("MISS", 1), ("HIT", 0))
    assert first[2]["image"] == again[2]["image"]
    plain = {"mode": "img2img", "prompt": "x", "init_image": tree, "workflow": "pixelate", "width": 16, "height": 16}
    assert ask.status("/generate", **plain) == ("MISS", 1)
    assert ask.status("/generate", **plain) == ("HIT", 0)


def test_what_was_kept_outlives_the_process_and_damage_is_drawn_anew(ask, asked, bridge, kept):
    _, _, first = ask(PANEL, **asked)
    bridge.kill()
    bridge.start()
    ready(bridge)
    assert ask(PANEL, **asked) == ("HIT", 0, first)
    entry = max(kept.iterdir(), key=lambda file: file.stat().st_mtime_ns)
    entry.write_bytes(entry.read_bytes()[:-1])
    assert ask(PANEL, **asked) == ("MISS", 1, first)
    assert ask(PANEL, **asked) == ("HIT", 0, first)


def test_a_batch_goes_on_rightly_after_kill_9_between_its_parts(ask, asked, bridge, chaos):
    task = {**asked, "width": 96, "height": 96, "steps": 8, "n_iter": 4, "seed": 10, "force_task_id": "again"}
    for seed in (10, 12):
        ask(TXT2IMG, **{**task, "n_iter": 1, "seed": seed, "force_task_id": None})
    before = chaos.calls["POST /prompt"]

    def call():
        with suppress(OSError):  # it is killed
            bridge.call(TXT2IMG, task)

    asking = threading.Thread(target=call)
    asking.start()
    assert wait_until(lambda: chaos.calls["POST /prompt"] == before + 1)  # the second part; the first was kept
    bridge.kill()
    asking.join()
    bridge.start()
    ready(bridge)
    found, _, body = ask(TXT2IMG, **task)
    assert found == "PARTIAL"
    assert chaos.calls["POST /prompt"] - before <= 2  # one for each that wasn't there; the running one taken up again
    assert len(set(body["images"])) == 4
    assert json.loads(body["info"])["notes"][-1] == "2 of 4 were in the cache."
    assert ask(TXT2IMG, **{**task, "force_task_id": None})[2]["images"] == body["images"]


def test_health_counts_it_for_who_has_the_key(ask, bridge, asked, kept):
    before = bridge.call("/health")[1]["cache"]
    for _ in range(3):
        ask(TXT2IMG, **asked)
    after = bridge.call("/health")[1]["cache"]
    assert {name: after[name] - before[name] for name in ("hits", "misses", "entries")} == {
        "hits": 2,
        "misses": 1,
        "entries": 1,
    }
    assert after["bytes"] == sum(file.stat().st_size for file in kept.iterdir())
