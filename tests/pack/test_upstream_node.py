"""Draw with A1111 in a real ComfyUI: against a server with every fault, and against the bridge before a real one.

`bare_comfy` has no models: what it draws, it has drawn. Its A1111_BASE_URL is the fault that wants a password.
"""

import asyncio
import base64
import io
import json
import threading
import time

import aiohttp
import numpy as np
import pytest
from bridge_process import BridgeProcess
from faulty_server import NAME, PASSWORD, STEP_SECONDS, drawn
from PIL import Image
from pixart_nodes.axera import remote
from pixart_nodes.http_service import Connection

pytestmark = pytest.mark.comfy

SIDE = 64
STEPS = 150  # as many as the bridge's workflow takes: long enough to be in the middle of it
INPUTS = {
    "prompt": "a tree",
    "negative": "fog",
    "width": SIDE,
    "height": SIDE,
    "seed": 1,
    "steps": 2,
    "cfg": 4.0,
    "sampler_name": "Euler",
    "scheduler": "Automatic",
    "denoise": 1.0,
    "variation_seed": 0,
    "variation_strength": 0.0,
    "checkpoint": "",
    "request": "",
    "server": "",
    "seconds": 0.0,
}
INFO = f"Seed: {2**64 - 1}"  # the faulty server's infotext
RNG = np.random.default_rng(11)
RGBA = RNG.integers(0, 256, (SIDE, SIDE, 4), dtype=np.uint8)
OTHER = np.dstack([drawn(12), np.full((SIDE, SIDE), 255, np.uint8)])
HALF = np.zeros((SIDE, SIDE), np.uint8)
HALF[:, SIDE // 2 :] = 255


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, comfy):
    environment = {"COMFYUI_URL": comfy.url, "PIXART_GENERATION_SIDE": str(SIDE)}
    with BridgeProcess(tmp_path_factory.mktemp("upstream"), **environment) as bridge:
        yield bridge


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def unpng(data, mode="RGB"):
    return np.array(Image.open(io.BytesIO(data)).convert(mode))


def sent(text):
    return unpng(base64.b64decode(text))


def load(comfy, pixels, name):
    return {"class_type": "PixartLoadImage", "inputs": {"image": comfy.put_input(f"upstream-{name}.png", png(pixels))}}


def prompt(inputs, **nodes):
    saved = {"class_type": "PreviewImage", "inputs": {"images": ["draw", 0]}}
    return {"draw": {"class_type": "PixartA1111", "inputs": INPUTS | inputs}, "saved": saved, **nodes}


def ran(comfy, nodes=None, **inputs):
    """What the node reports, and the bytes of the files that core saved."""
    entry = comfy.run(prompt(inputs, **(nodes or {})))
    assert entry["status"]["status_str"] == "success", entry["status"]
    outputs = entry["outputs"]
    files = [comfy.output(image) for image in outputs["saved"]["images"]]
    return outputs.get("draw", {}).get("pixart"), files


def failed(comfy, nodes=None, **inputs):
    """The class and the words of the error that ended a prompt."""
    entry = comfy.run(prompt(inputs, **(nodes or {})))
    told = dict(entry["status"]["messages"])["execution_error"]
    return told["exception_type"].rpartition(".")[2], told["exception_message"]


def ways(entry):
    return [name for name, _ in entry["status"]["messages"]]


# Against the server with every fault


def test_the_environments_server_draws_and_nothing_shows_its_password(bare_comfy, upstream):
    (told,), (data,) = ran(bare_comfy, seed=2**64 - 1)
    call = upstream.of("login")[-1]
    assert (call.path, call.body["seed"], call.body["prompt"]) == ("sdapi/v1/txt2img", 2**64 - 1, "a tree")
    assert np.array_equal(unpng(data), drawn(2**64 - 1))
    assert told.pop("ms") > 0
    info = {"all_seeds": [2**64 - 1], "index_of_first_image": 0, "sd_model_name": "tiny", "infotexts": [INFO]}
    assert json.loads(told.pop("info")) == info
    assert told == {"server": upstream.at("login"), "model": "tiny", "parameters": INFO}
    shown = [data, json.dumps(bare_comfy.get("/history")).encode(), bare_comfy.settings.comfyui_log.read_bytes()]
    secrets = (PASSWORD.encode(), base64.b64encode(f"{NAME}:{PASSWORD}".encode()))
    assert not [secret for secret in secrets for text in shown if secret in text]


def test_another_server_gets_no_password(bare_comfy, upstream):
    elsewhere = upstream.at("good").replace("127.0.0.1", "localhost")
    ran(bare_comfy, server=elsewhere)
    assert upstream.of("good")[-1].authorization is None
    kind, words = failed(bare_comfy, server=upstream.at("login").replace("127.0.0.1", "localhost"))
    assert (kind, "Set A1111_USERNAME and A1111_PASSWORD" in words) == ("UpstreamUnauthorized", True)


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("401", "UpstreamUnauthorized", "Invalid A1111 credentials"),
        ("404", "UpstreamRefused", "Was it started with --api?"),
        ("422", "UpstreamRefused", "steps: value is not a valid integer"),
        ("close", "UpstreamUnavailable", "broke off"),
        ("hang", "UpstreamTimedOut", "did not answer within 0.5 s."),
        ("text-picture", "UpstreamPictureError", "is not a picture that can be read"),
        ("70-mb", "UpstreamPictureError", "more than 64 MB"),
        ("two-sizes", "UpstreamPictureError", "not of one size"),
    ],
)
def test_a_fault_reaches_the_history_as_its_class(bare_comfy, upstream, fault, kind, words):
    seconds = 0.5 if fault == "hang" else 20
    said = failed(bare_comfy, server=upstream.at(fault), seconds=seconds)
    assert (said[0], words in said[1]) == (kind, True), said


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"request": "[1]"}, "request must be a JSON object"),
        ({"server": "localhost:7860"}, "server must be an address"),
        ({"server": "http://admin:hunter2@localhost"}, "without a name, a password"),
    ],
)
def test_what_cant_be_meant_is_refused_before_it_is_queued(bare_comfy, inputs, words):
    with pytest.raises(AssertionError, match=words) as caught:
        bare_comfy.run(prompt(inputs))
    assert "custom_validation_failed" in str(caught.value)


def test_each_picture_of_a_batch_is_a_call_with_its_mask(bare_comfy, upstream):
    nodes = {
        "one": load(bare_comfy, RGBA, "one"),
        "two": load(bare_comfy, OTHER, "two"),
        "both": {"class_type": "ImageBatch", "inputs": {"image1": ["one", 0], "image2": ["two", 0]}},
        "painted": load(bare_comfy, np.dstack([HALF] * 3), "half"),
        "mask": {"class_type": "ImageToMask", "inputs": {"image": ["painted", 0], "channel": "red"}},
    }
    for mask in ("painted", "mask"):
        before = len(upstream.of("several"))
        told, files = ran(
            bare_comfy, nodes, server=upstream.at("several"), denoise=0.5, image=["both", 0], mask=[mask, 0]
        )
        calls = [call.body for call in upstream.of("several")[before:]]
        assert (len(calls), len(told), len(files)) == (2, 2, 4), "and all that is drawn comes out"
        for body, source in zip(calls, (RGBA, OTHER), strict=True):
            alpha = source[..., 3:] / 255
            assert np.array_equal(sent(body["init_images"][0]), np.rint(source[..., :3] * alpha + 255 * (1 - alpha)))
            assert np.array_equal(sent(body["mask"])[..., 0], HALF)
            assert body["denoising_strength"] == 0.5


def test_a_smaller_mask_is_brought_to_the_pictures_size(bare_comfy, upstream):
    nodes = {
        "one": load(bare_comfy, OTHER, "two"),
        "mask": {"class_type": "SolidMask", "inputs": {"value": 1.0, "width": 8, "height": 4}},
    }
    ran(bare_comfy, nodes, server=upstream.at("good"), image=["one", 0], mask=["mask", 0])
    assert np.array_equal(sent(upstream.of("good")[-1].body["mask"]), np.full((SIDE, SIDE, 3), 255))


def test_with_denoise_0_the_picture_comes_back_and_nobody_is_asked(bare_comfy, upstream):
    before = len(upstream.calls)
    told, (data,) = ran(bare_comfy, {"one": load(bare_comfy, RGBA, "one")}, denoise=0.0, image=["one", 0])
    assert (told, len(upstream.calls)) == (None, before)
    assert np.array_equal(unpng(data, "RGBA"), RGBA)


def test_a_mask_without_a_picture_is_said(bare_comfy):
    nodes = {"mask": {"class_type": "SolidMask", "inputs": {"value": 1.0, "width": 8, "height": 8}}}
    kind, words = failed(bare_comfy, nodes, mask=["mask", 0])
    assert (kind, "connect the picture to image" in words) == ("PictureError", True)


def test_the_same_inputs_are_asked_for_once(bare_comfy, upstream):
    before = len(upstream.of("sentence"))
    first = ran(bare_comfy, server=upstream.at("sentence"), seed=77)
    assert ran(bare_comfy, server=upstream.at("sentence"), seed=77)[1] == first[1]
    assert len(upstream.of("sentence")) - before == 1
    assert first[0][0]["info"] == "Generated in 3000.00ms"
    assert "model" not in first[0][0]


async def watched(comfy, graph):
    """The progress messages and the previews' first pixels that ComfyUI's socket tells while it runs a prompt."""
    values, previews = [], []
    address = f"{comfy.url}/ws?clientId=tests"
    async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
        running = asyncio.ensure_future(asyncio.to_thread(comfy.run, graph))
        async for message in socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                previews.append(Image.open(io.BytesIO(message.data[8:])).convert("RGB").getpixel((0, 0)))
                continue
            told = json.loads(message.data)
            if told["type"] == "progress":
                values.append(told["data"])
            if told["type"] == "executing" and told["data"]["node"] is None:
                break
        assert (await running)["status"]["status_str"] == "success"
    return values, previews


async def test_progress_and_previews_go_through_comfyuis_socket(bare_comfy, upstream):
    graph = prompt({"server": upstream.at("slow"), "steps": 16, "seed": 5})
    values, previews = await watched(bare_comfy, graph)
    assert {(one["node"], one["max"]) for one in values} == {("draw", 1000)}
    shares = [one["value"] for one in values]
    assert len(shares) >= 2
    assert shares == sorted(shares)
    assert 0 < shares[0] < 1000
    assert len(previews) >= 2
    assert previews[0][0] < previews[-1][0], "they brighten with the progress"


def queued(comfy, graph):
    """Run it in a thread; its history entry comes into the list."""
    found = []
    thread = threading.Thread(target=lambda: found.append(comfy.run(graph)))
    thread.start()
    return thread, found


def until(true, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_interrupt_ends_all_that_is_drawn_elsewhere(bare_comfy, upstream):
    graph = prompt({"server": upstream.at("slow"), "steps": 300, "seed": 6})
    also = prompt({"server": upstream.at("slow-too"), "steps": 300, "seed": 6})
    graph["too"], graph["saved too"] = also["draw"], also["saved"] | {"inputs": {"images": ["too", 0]}}
    before = upstream.interrupts("slow"), upstream.interrupts("slow-too")
    thread, found = queued(bare_comfy, graph)
    until(lambda: len(upstream.tasks) == 2)  # both at once
    began = time.monotonic()
    bare_comfy.post("/interrupt", {})
    thread.join(20)
    assert time.monotonic() - began < 300 * STEP_SECONDS / 10
    assert "execution_interrupted" in ways(found[0])
    assert (upstream.interrupts("slow"), upstream.interrupts("slow-too")) == (before[0] + 1, before[1] + 1)
    assert not upstream.tasks


# Against the bridge and a ComfyUI behind it


def asked(bridge, path="txt2img", **body):
    """What the bridge draws for a request that is not the node's."""
    fixed = {"prompt": "a tree", "negative_prompt": "fog", "width": SIDE, "height": SIDE, "steps": 2, "cfg_scale": 4}
    code, answer = bridge.call(f"/sdapi/v1/{path}", {**fixed, "sampler_name": "Euler", "seed": 1, **body})
    assert code == 200, answer
    return sent(answer["images"][0])


def test_the_bridge_draws_the_same_for_the_node_as_for_anybody(bare_comfy, bridge):
    (told,), (data,) = ran(bare_comfy, server=bridge.url)
    assert np.array_equal(unpng(data), asked(bridge))
    assert not np.array_equal(unpng(data), asked(bridge, seed=2))
    assert told["model"] == "tiny_sd15"
    assert "Steps: 2, Sampler: Euler" in told["parameters"]
    assert json.loads(told["info"])["notes"] == [], "no field of the request is unknown or without effect"


def test_the_bridge_draws_over_a_picture_and_keeps_what_a_mask_keeps(bare_comfy, bridge):
    nodes = {"one": load(bare_comfy, OTHER, "two"), "mask": load(bare_comfy, np.dstack([HALF] * 3), "half")}
    ours, source = {"server": bridge.url, "denoise": 0.6, "image": ["one", 0]}, base64.b64encode(png(OTHER)).decode()
    (told,), (data,) = ran(bare_comfy, nodes, **ours)
    body = {"init_images": [source], "denoising_strength": 0.6}
    assert np.array_equal(unpng(data), asked(bridge, "img2img", **body))
    _, (hard,) = ran(bare_comfy, nodes, **ours, mask=["mask", 0], request='{"mask_blur": 0}')
    kept = HALF == 0
    assert np.array_equal(unpng(hard)[kept], OTHER[..., :3][kept])
    assert not np.array_equal(unpng(hard)[~kept], OTHER[..., :3][~kept])
    assert json.loads(told["info"])["notes"] == []


def test_what_the_bridge_refuses_is_said_in_its_words(bare_comfy, bridge):
    kind, words = failed(bare_comfy, server=bridge.url, checkpoint="no-such-model")
    assert (kind, "no-such-model" in words) == ("UpstreamRefused", True), words


async def test_the_bridges_progress_and_previews_are_passed_on(bare_comfy, bridge):
    values, previews = await watched(bare_comfy, prompt({"server": bridge.url, "steps": 30, "seed": 8}))
    assert any(0 < one["value"] < 1000 for one in values)
    assert previews


def test_an_interrupt_ends_the_bridges_job(bare_comfy, bridge):
    thread, found = queued(bare_comfy, prompt({"server": bridge.url, "steps": STEPS, "seed": 9}))
    state = {}

    def drawing():
        state.update(bridge.call("/sdapi/v1/progress")[1])
        return state["progress"] > 0

    until(drawing)
    bare_comfy.post("/interrupt", {})
    thread.join(20)
    assert "execution_interrupted" in ways(found[0])
    until(lambda: bridge.call("/sdapi/v1/progress")[1]["state"]["job_count"] == 0, 5)
    ended = bridge.call("/internal/progress", {"id_task": state["state"]["job"]})[1]
    assert (ended["active"], ended["queued"], ended["completed"]) == (False, False, True)
    assert state["progress"] < 1


async def test_the_bridge_stands_for_a_remote_axera_service(bridge):
    body = remote.body("a fox", 4, steps=2, picture=drawn(1, SIDE, SIDE), denoise=0.5, fit="cover")
    async with Connection(remote.service(bridge.url)) as there:
        made = remote.read(await there.post("/generate", {**body, "width": SIDE, "height": SIDE}), 4)
    assert (made.seed, made.pixels.shape) == (4, (SIDE, SIDE, 3))
    assert made.total_ms > made.text_ms > 0
    assert made.extras["used"]["steps"] == 2
    assert made.extras["used"]["resize_mode"] == 1
    assert made.extras["notes"] == ["checkpoint: tiny_sd15.ckpt"], "and of no field that it doesn't know"
