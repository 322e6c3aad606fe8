"""Engines beside ComfyUI's own, from request to answer: an NPU's service, and a panel before another AUTOMATIC1111."""

import base64
import io
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress

import numpy as np
import pytest
import tiny_axera
import websocket
from bridge_process import BridgeProcess
from comfy_folder import base_folder
from PIL import Image

from bridge.comfy.events import parse
from bridge.comfy.protocol import Address
from bridge.core.places import ROOT

pytestmark = pytest.mark.comfy

LOADING = 1  # seconds that the stand-in takes for each network
CREDENTIALS = {"A1111_USERNAME": "admin", "A1111_PASSWORD": "secret 123"}  # of both doors to A1111's API
BASIC = {"Authorization": "Basic " + base64.b64encode(":".join(CREDENTIALS.values()).encode()).decode()}
SIDE = 64  # of the tiny model's pictures
# As seed 002 has them.
TXT2IMG = {
    "mode": "txt2img",
    "prompt": "A photograph of a red fox in the snow, highly detailed",
    "width": 512,
    "height": 512,
    "steps": 7,
}
IMG2IMG = {**TXT2IMG, "mode": "img2img", "prompt": "Make this image look like a pencil sketch"}
PANEL = {"prompt": "a portrait", "sampler_name": "DPM++ 2M", "steps": 2, "cfg_scale": 1.5, "width": 240, "height": 240}
PANEL |= {"seed": 7}


def photo(side=SIDE):
    y, x = np.mgrid[0:side, 0:side] / side
    waves = np.stack([np.sin(5 * x + 3), np.cos(4 * y - 3), np.sin(3 * (x + y))], axis=-1)
    return (127 + 110 * waves).astype(np.uint8)


def sent(pixels):
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, "PNG")
    return base64.b64encode(made.getvalue()).decode()


def pixels(answer):
    return np.array(Image.open(io.BytesIO(base64.b64decode(answer["base64"]))).convert("RGB"))


def lively(drawn):
    """Not flat, and not clipped: among clipped pictures every comparison would hold."""
    return drawn.std() > 8 and np.isin(drawn, (0, 255)).mean() < 0.1


@pytest.fixture(scope="module")
def other(tmp_path_factory, comfy):
    """Another AUTOMATIC1111, with a name and a password."""
    with BridgeProcess(tmp_path_factory.mktemp("other"), COMFYUI_URL=comfy.url, **CREDENTIALS) as bridge:
        yield bridge


@pytest.fixture(scope="module")
def npu(tmp_path_factory, other):
    """The service with a ComfyUI of its own, which has an NPU's library and knows the other AUTOMATIC1111."""
    folder = tmp_path_factory.mktemp("npu")
    settings = base_folder(folder)
    tiny_axera.make(folder / "models" / "axera" / "lcm" / "models", suffix=".axmodel")
    environment = {
        "COMFYUI_DIR": str(settings.comfyui_source),
        "PIXART_LISTENERS": "0=axera",
        "ENGINE": "axera",
        "PYTHONPATH": str(tiny_axera.STANDIN),
        "AXENGINE_STANDIN_SECONDS": str(LOADING),
        "A1111_BASE_URL": other.url,
        **CREDENTIALS,
    }
    with BridgeProcess(folder, **environment) as bridge:
        yield bridge


class Service:
    """The listener with the profile `axera`."""

    def __init__(self, url):
        self.url, self.answers = url, []

    def call(self, path, body=None):
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode() if body is not None else None, BASIC
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def draw(self, **changes):
        status, answer = self.call("/generate", {**TXT2IMG, "width": SIDE, "height": SIDE, **changes})
        assert status == 200, answer
        return answer


@pytest.fixture(scope="module")
def service(npu):
    """The service once it draws; what it said before that is in `answers`."""
    service = Service(npu.listener("axera"))
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        service.answers.append(service.call("/generate", TXT2IMG))
        if service.answers[-1][0] == 200:
            return service
        time.sleep(0.2)
    raise AssertionError(service.answers[-1])


@pytest.mark.trap(19)
def test_a_request_is_refused_at_once_until_the_models_are_loaded_and_then_never(service):
    *before, (_, first) = service.answers
    assert {status for status, _ in before} == {503}
    assert all(answer["status"] == "error" for _, answer in before)
    assert any("models are being loaded" in answer["error"] for _, answer in before)
    loading = sum(
        sum(first[name]) if name == "step_times_ms" else first[name] for name in ("step_times_ms", "text_time_ms")
    )
    assert loading < 1000 * LOADING  # nothing was loaded for this request any more


@pytest.mark.trap(15)
def test_the_seeds_examples_are_drawn_and_what_could_not_be_done_is_said(service):
    for body in (TXT2IMG, {**IMG2IMG, "init_image": sent(photo())}):
        status, answer = service.call("/generate", body)
        assert (status, answer["status"]) == (200, "ok")
        assert pixels(answer).shape == (512, 512, 3)
        assert lively(pixels(answer))
        assert "steps: 4 instead of 7" in answer["notes"]
        assert (answer["used"]["steps"], answer["used"]["model"]) == (4, "lcm")
        assert answer["used"]["workflow"] == f"{body['mode']}_axera@1"


def test_the_parts_of_the_time_are_measured_on_the_npu(service):
    drawn = service.draw(prompt="a boat that nobody asked for before", steps=3, seed=1)
    assert len(drawn["step_times_ms"]) == 3
    parts = [drawn["text_time_ms"], *drawn["step_times_ms"], drawn["decode_time_ms"]]
    assert all(part > 0 for part in parts)
    assert sum(parts) <= drawn["total_time_ms"] + 1  # ComfyUI's clock has whole milliseconds
    again = service.draw(prompt="a boat that nobody asked for before", steps=3, seed=2)
    assert again["text_time_ms"] == 0  # the text is still known
    redrawn = service.draw(mode="img2img", init_image=sent(photo()), denoising_strength=0.5)
    assert (len(redrawn["step_times_ms"]), redrawn["encode_time_ms"] > 0) == (2, True)


def test_a_seed_repeats_and_another_seed_prompt_or_number_of_steps_differs(service):
    first = pixels(service.draw(seed=5))
    service.draw(seed=9)
    assert np.array_equal(first, pixels(service.draw(seed=5)))
    for other in ({"seed": 6}, {"seed": 5, "prompt": "a lighthouse"}, {"seed": 5, "steps": 2}):
        assert not np.array_equal(first, pixels(service.draw(**other)))


def test_a_picture_comes_back_with_strength_0_and_changes_more_the_more_is_redrawn(service):
    start = photo()
    redrawn = [
        pixels(service.draw(mode="img2img", init_image=sent(start), denoising_strength=strength, seed=3)).astype(int)
        for strength in (0, 0.3, 0.5, 0.8, 1)
    ]
    assert np.array_equal(redrawn[0], start)
    changes = [np.abs(one - start).mean() for one in redrawn]
    assert changes[1] > 0
    assert len({one.tobytes() for one in redrawn}) == 5


def test_without_a_size_the_picture_is_as_large_as_the_npu_draws(service):
    status, answer = service.call("/generate", {"mode": "txt2img", "prompt": "a fox"})
    assert (status, pixels(answer).shape) == (200, (SIDE, SIDE, 3))


def test_what_the_picker_sends_is_drawn(service):
    more = {"negative_prompt": "watermark, text", "seed": -1, "cfg_scale": 1.5, "sampler_name": "DPM++ 2M Karras"}
    answer = service.draw(**more, denoising_strength=0.5, n_iter=1, batch_size=1)
    left = "txt2img_axera@1 has no input for negative_prompt, cfg_scale; left out."  # the sampler is the mode's own
    assert left in answer["notes"]
    assert 0 <= answer["seed"] < 1 << 32


def test_pixel_art_comes_from_the_npu_too(service):
    drawn = pixels(service.draw(workflow="txt2img_pixel", width=32, height=24))
    assert drawn.shape == (24, 32, 3)
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) <= 16


def test_what_is_black_in_a_mask_stays(service):
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:, SIDE // 2 :] = 255
    body = {"prompt": "a fox", "init_images": [sent(photo())], "mask": sent(mask), "mask_blur": 0, "seed": 1}
    body |= {"width": SIDE, "height": SIDE, "inpaint_full_res": False, "inpainting_fill": 1, "denoising_strength": 0.9}
    status, answer = service.call("/sdapi/v1/img2img", body)
    assert status == 200, answer
    drawn = pixels({"base64": answer["images"][0]})
    assert np.array_equal(drawn[:, : SIDE // 2], photo()[:, : SIDE // 2])
    assert np.abs(drawn[:, SIDE // 2 :].astype(int) - photo()[:, SIDE // 2 :]).mean() > 4
    said = json.loads(answer["info"])
    assert (said["sampler_name"], said["steps"], said["sd_model_name"]) == ("LCM", 4, "lcm")


def test_the_service_has_a1111s_api_beside_its_own_and_words_what_is_nobodys(service):
    status, answer = service.call("/sdapi/v1/sd-models")
    assert (status, [model["model_name"] for model in answer]) == (200, ["lcm"])
    assert service.call("/health")[1]["model_loaded"] is True
    status, answer = service.call("/api/pixel-generation/status/x")
    assert (status, answer["status"]) == (404, "error")


def noted(npu, what):
    return (npu.folder / f"comfyui.{what}").read_text().strip()


def engine(npu):
    address = Address.parsed(noted(npu, "url"), noted(npu, "secret"))
    request = urllib.request.Request(address.at(path := "/pixart/engine/axera"), headers=address.headers(path))
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_comfyuis_own_unloading_frees_the_npu_and_the_next_picture_loads_it_again(npu, service):
    assert engine(npu)["state"] == "ready"
    assert service.call("/sdapi/v1/unload-checkpoint", {})[0] == 200
    deadline = time.monotonic() + 20
    while engine(npu)["state"] != "cold" and time.monotonic() < deadline:
        time.sleep(0.1)
    assert engine(npu)["state"] == "cold"
    status, answer = service.call("/generate", {"mode": "txt2img", "prompt": "a fox", "seed": 11})
    assert (status, pixels(answer).shape) == (200, (SIDE, SIDE, 3)), "the size is known without the model"
    assert lively(pixels(answer))
    assert engine(npu)["state"] == "ready"


def test_doctor_shows_the_engine_its_libraries_devices_and_models(npu, service):
    environment = {**os.environ, "PIXART_DATA": str(npu.folder), "ENGINE": "axera"}
    run = subprocess.run(
        [sys.executable, "-m", "bridge", "doctor"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    assert "axera draws in the generic modes" in run.stdout
    assert "AXCLRTExecutionProvider" in run.stdout
    assert "Axera models: lcm; lcm is loaded" in run.stdout
    assert "txt2img_axera@1" in run.stdout
    assert "txt2img_a1111@1" not in run.stdout  # an engine that wasn't chosen


def npu_prompt(image=None, **inputs):
    """A graph that draws on an NPU, over a batch of grey pictures where a number of them is given."""
    asked = {"models": "tiny", "prompt": "a fox", "seed": 4, "steps": 4, "denoise": 1.0, "device": 0}
    asked |= {"service": "", "seconds": 0.0, **inputs}
    prompt = {
        "1": {"class_type": "PixartAxera", "inputs": asked},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "npu"}},
    }
    if image:
        grey = {"width": SIDE, "height": SIDE, "batch_size": image, "color": 0x808080}
        prompt["3"] = {"class_type": "EmptyImage", "inputs": grey}
        asked["image"] = ["3", 0]
    return prompt


def test_without_axengine_the_node_says_what_is_missing_and_nothing_else_does(comfy):
    entry = comfy.run(npu_prompt(models="tiny_npu"))
    messages = dict(entry["status"]["messages"])
    assert messages["execution_error"]["exception_type"].endswith(".AxeraError")
    assert "axengine" in messages["execution_error"]["exception_message"]
    assert "pip install" in messages["execution_error"]["exception_message"]
    before = comfy.settings.comfyui_log.read_text().partition("got prompt")[0]
    assert "axengine" not in before


@pytest.fixture
def exchanged(models):
    """The folder of one more model, for as long as a test runs."""
    folder = tiny_axera.make(models / "axera" / "exchanged")
    yield folder
    shutil.rmtree(folder)


def test_a_model_whose_files_were_exchanged_draws_as_the_new_one(comfy, exchanged):
    def drawn():
        entry = comfy.run(npu_prompt(models="exchanged", seed=5))
        assert entry["status"]["status_str"] == "success", entry["status"]["messages"][-1]
        return comfy.output(entry["outputs"]["2"]["images"][0])

    before = drawn()
    assert drawn() == before
    tiny_axera.text_encoder(exchanged / "text_encoder" / "sd15_text_encoder_sim.onnx", seed=5)
    assert drawn() != before


def test_a_desktop_draws_with_the_service_elsewhere(comfy, service):
    entry = comfy.run(npu_prompt(models="remote service", service=service.url, steps=2))
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"][-1]
    (image,) = entry["outputs"]["2"]["images"]
    drawn = np.array(Image.open(io.BytesIO(comfy.output(image))).convert("RGB"))
    assert np.array_equal(drawn, pixels(service.draw(prompt="a fox", seed=4, steps=2)))
    told = entry["outputs"]["1"]["pixart"][0]
    assert (told["service"], len(told["step_ms"])) == (service.url, 2)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"models": "remote service"}, "Name one in the node's `service`, or set AXERA_URL."),
        ({"models": "remote service", "service": "ftp://pi"}, "must be an address such as"),
        ({"models": "tine"}, "Did you mean 'tiny'"),
    ],
    ids=str,
)
def test_a_node_that_can_not_draw_says_why(wrong, words, comfy):
    try:
        entry = comfy.run(npu_prompt(**wrong))
    except AssertionError as refused:  # before it is queued
        assert words in str(refused)
    else:
        assert words in dict(entry["status"]["messages"])["execution_error"]["exception_message"]


def test_steps_are_followed_with_previews_and_an_interrupt_ends_the_drawing(comfy):
    many = 400  # pictures, so that it takes seconds
    socket = websocket.create_connection(comfy.url.replace("http", "ws") + "/ws?clientId=steps", timeout=30)
    try:
        socket.send(json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}}))
        asked = {"prompt": npu_prompt(many, seed=77), "client_id": "steps"}
        prompt_id = comfy.post("/prompt", asked)["prompt_id"]
        steps, previews = 0, 0
        while steps < 8:
            event = parse(socket.recv())
            if event is None or event.prompt_id != prompt_id:
                continue
            previews += event.preview is not None
            steps = max(steps, (event.nodes.get("1") or {}).get("value", 0))
        comfy.post("/interrupt", {"prompt_id": prompt_id})
    finally:
        socket.close()
    deadline = time.monotonic() + 30
    while not (entry := comfy.get(f"/history/{prompt_id}").get(prompt_id)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "execution_interrupted" in dict(entry["status"]["messages"])
    assert previews > 0
    assert comfy.run(npu_prompt(seed=78))["status"]["status_str"] == "success"  # nothing is locked


@pytest.fixture(scope="module")
def panel(tmp_path_factory, npu, service):
    """The Pico's dialect, with the other AUTOMATIC1111 as what draws."""
    there = {"COMFYUI_URL": noted(npu, "url"), "COMFYUI_SECRET": noted(npu, "secret")}
    environment = {**there, "ENGINE": "a1111", "PIXART_GENERATION_SIDE": str(SIDE), **CREDENTIALS}
    with BridgeProcess(tmp_path_factory.mktemp("panel"), **environment) as bridge:
        deadline = time.monotonic() + 30
        while not bridge.call("/health")[1]["model_loaded"] and time.monotonic() < deadline:
            time.sleep(0.1)
        yield bridge


def frame(bridge, path="/pico/sdapi/v1/txt2img", **changes):
    request = urllib.request.Request(bridge.url + path, json.dumps({**PANEL, **changes}).encode())
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.headers, answer.read()


def test_a_panel_before_another_a1111_gets_the_bytes_of_its_picture(panel, other):
    status, drawn = other.call("/sdapi/v1/txt2img", PANEL, BASIC)
    red, green, blue = (255 - pixels({"base64": drawn["images"][0]})).astype(np.uint16).transpose(2, 0, 1)
    there = ((red >> 3 << 11) | (green >> 2 << 5) | blue >> 3).astype(">u2").tobytes()  # as seed 004 converts it
    headers, here = frame(panel)
    assert status == 200
    assert headers["Content-Length"] == "115200"
    assert headers["Content-Type"] == "application/octet-stream"
    assert len(here) == 240 * 240 * 2
    assert here == there
    assert len(set(here)) > 20  # a picture, not a colour


def test_a_request_to_a1111s_api_is_answered_with_what_the_other_said_of_it(panel, other):
    asked = {**PANEL, "width": SIDE, "height": SIDE, "negative_prompt": "text", "styles": [], "n_iter": 2}
    status, answer = panel.call("/sdapi/v1/txt2img", asked, BASIC)
    assert status == 200, answer
    said = json.loads(answer["info"])
    assert len(answer["images"]) == 2
    assert said["all_seeds"] == [7, 8]
    assert all("Model: tiny_sd15" in text and "Steps: 2, Sampler: DPM++ 2M" in text for text in said["infotexts"])
    assert panel.call("/sdapi/v1/sd-models", None, BASIC)[1][0]["title"] == "tiny_sd15.ckpt"
    picture = Image.open(io.BytesIO(base64.b64decode(answer["images"][0])))
    assert "secret 123" not in json.dumps(picture.info)
    assert CREDENTIALS["A1111_USERNAME"] not in picture.info["workflow"]


def test_other_dialects_draw_with_the_other_a1111_too(panel):
    drawn = panel.call("/generate", {**TXT2IMG, "width": SIDE, "height": SIDE, "steps": 2, "workflow": "txt2img_pixel"})
    assert drawn[0] == 200, drawn
    assert drawn[1]["used"]["workflow"] == "txt2img_pixel_a1111@1"
    assert len(np.unique(pixels(drawn[1]).reshape(-1, 3), axis=0)) > 3
    body = {"mode": "img2img", "prompt": "x", "init_image": sent(photo()), "denoising_strength": 0}
    status, answer = panel.call("/generate", {**body, "width": SIDE, "height": SIDE})
    assert (status, np.array_equal(pixels(answer), photo())) == (200, True)


def test_a_panel_is_told_when_the_other_a1111_refuses_or_is_gone(panel, other):
    other.stop()
    port = other.url.rpartition(":")[2]
    again = other.environment
    try:
        assert refused(panel, seed=101) == 502
        other.environment = {**again, "PORT": port, "A1111_PASSWORD": "another"}
        other.start()
        assert refused(panel, seed=102) == 401
        other.stop()
    finally:
        other.environment = {**again, "PORT": port}
        with suppress(ProcessLookupError):
            other.start()


def refused(panel, **changes):
    with pytest.raises(urllib.error.HTTPError) as caught:
        frame(panel, **changes)
    with caught.value as error:
        answer = json.load(error)
    assert answer.keys() == {"error", "code"}
    assert answer["code"] == error.code
    assert "A1111" in answer["error"]
    return error.code
