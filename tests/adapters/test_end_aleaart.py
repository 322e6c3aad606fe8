"""AleaArt's dialect over HTTP on a real ComfyUI: its document's request, its web app's, and what its clients read."""

import base64
import io
import re

import documents
import numpy as np
import pytest
from bridge_process import BridgeProcess
from PIL import Image
from test_comfy_process import wait_until

pytestmark = pytest.mark.comfy

PATH = "/generate-image"

NUMBERS = {
    "promptIndex": 0,
    "styleIndex": 0,
    "samplerIndex": 2,
    "aspectIndex": 0,
    "steps": 18,
    "cfg": 75,
    "latentSeed": 12345,
    "paletteId": 5,
}
FLAT = {
    "prompt": "retrofuturism bodywear",
    "steps": 2,
    "cfg_scale": 7.5,
    "seed": 12345,
    "sampler": "Euler a",
    "width": 64,
    "height": 64,
    "tokenId": 1,
}


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, comfy):
    # a small generation side: the tiny model draws small, and the result is brought to the size asked all the same
    environment = {
        "COMFYUI_URL": comfy.url,
        "PIXART_GENERATION_SIDE": "64",
        "PIXART_LISTENERS": "0=aleaart",
    }
    with BridgeProcess(tmp_path_factory.mktemp("bridge"), **environment) as bridge:
        yield bridge


def pixels(data):
    with Image.open(io.BytesIO(data)) as picture:
        return np.array(picture.convert("RGB"))


def made(bridge, body):
    """A successful answer and its pixels."""
    code, answer = bridge.call(PATH, body)
    assert (code, answer.get("success")) == (200, True), answer
    return answer, pixels(base64.b64decode(answer["imageBase64"].removeprefix("data:image/png;base64,")))


def nested(bridge, token="1", **changes):
    return made(bridge, {"parameters": {**NUMBERS, **changes}, "tokenId": token})


def test_the_web_apps_flat_request_is_answered_with_what_its_route_reads(bridge):
    answer, rgb = made(bridge, FLAT)
    assert answer["prompt"] == FLAT["prompt"]
    assert answer["parameters"] == {
        "steps": 2,
        "cfg_scale": 7.5,
        "seed": 12345,
        "sampler": "Euler a",
        "width": 64,
        "height": 64,
    }
    assert answer["tokenId"] == 1
    assert rgb.shape == (64, 64, 3)
    assert rgb.std() > 1
    assert re.fullmatch(r"/generated_images/art_token_1_[0-9a-f]{8}\.png", answer["imageUrl"])


def test_the_picture_is_served_at_its_url(bridge):
    answer, rgb = made(bridge, FLAT)
    code, data = bridge.call(answer["imageUrl"])
    assert (code, data[:8]) == (200, b"\x89PNG\r\n\x1a\n")
    assert np.array_equal(pixels(data), rgb)


@pytest.mark.parametrize("path", ["/generated_images/art_token_1_00000000.png", "/generated_images/..%2Fsecret.png"])
def test_a_picture_that_isnt_there_is_aleaarts_404(bridge, path):
    assert bridge.call(path) == (404, {"success": False, "error": "Image not found"})


@pytest.mark.trap(20)
def test_trap_20_seed_zero_repeats_and_another_seed_differs(bridge):
    first, other, again = (made(bridge, {**FLAT, "seed": seed}) for seed in (0, 1, 0))
    assert first[0]["parameters"]["seed"] == 0
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])
    assert first[0]["imageUrl"] != again[0]["imageUrl"]


@pytest.mark.trap(20)
@pytest.mark.parametrize("token", ["0", 0, "../../etc/passwd"])
def test_trap_20_every_token_gets_a_picture_in_the_folder(bridge, token):
    answer, rgb = made(bridge, {**FLAT, "tokenId": token})
    assert (answer["tokenId"], type(answer["tokenId"])) == (token, type(token))
    assert answer["imageUrl"].count("/") == 2
    assert np.array_equal(pixels(bridge.call(answer["imageUrl"])[1]), rgb)


def test_what_was_clamped_is_said_and_the_answer_has_what_was_used(bridge):
    answer, rgb = made(bridge, {**FLAT, "steps": 0, "width": 65, "height": 33})
    assert answer["parameters"]["steps"] == 1
    assert "steps: 1 instead of 0" in answer["notes"]
    assert rgb.shape == (33, 65, 3)


@pytest.mark.parametrize(
    ("body", "code", "sentence"),
    [
        ({"tokenId": "1"}, 400, "Missing parameters or tokenId"),
        ({"parameters": NUMBERS}, 400, "Missing parameters or tokenId"),
        ({**FLAT, "steps": "many"}, 400, "steps must be a whole number"),
        ([], 400, "The body must be a JSON object, not []."),
        (b"{", 400, "The body is not JSON"),
    ],
    ids=repr,
)
def test_errors_are_in_aleaarts_shape_on_the_wire(bridge, body, code, sentence):
    status, answer = bridge.call(PATH, body)
    assert (status, answer["success"]) == (code, False)
    assert answer["error"].startswith(sentence)


@pytest.mark.trap(31)
def test_trap_31_health_suits_both_who_ask_for_it(bridge, comfy):
    has_card = comfy.get("/system_stats")["devices"][0]["type"] == "cuda"
    wanted = {"status": "healthy", "model_loaded": True, "cuda_available": has_card}
    assert wait_until(lambda: wanted.items() <= bridge.call("/health")[1].items(), 30)  # ComfyUI may be just starting
    main, bridge.url = bridge.url, bridge.listener("aleaart")
    try:
        assert bridge.call("/health") == (200, wanted)
        code, index = bridge.call("/")
        assert (code, set(index)) == (200, {"message", "endpoints"})
    finally:
        bridge.url = main


SIZES = {0: (512, 512), 1: (1024, 576), 2: (768, 1024), 3: (1024, 448), 4: (512, 683)}


@pytest.mark.trap(21)
@pytest.mark.parametrize("aspect", SIZES)
def test_trap_21_each_aspect_has_the_documents_size_divisible_by_8_or_not(bridge, aspect):
    answer, rgb = nested(bridge, aspectIndex=aspect)
    assert (answer["parameters"]["width"], answer["parameters"]["height"]) == SIZES[aspect]
    assert rgb.shape == (*SIZES[aspect][::-1], 3)
    assert rgb.std() > 1


@pytest.mark.trap(20)
def test_trap_20_cfg_in_tenths_and_seed_zero_on_chain(bridge):
    first, rgb = nested(bridge, latentSeed=0, cfg=180)
    assert (first["parameters"]["cfg_scale"], first["parameters"]["seed"]) == (18.0, 0)
    assert np.array_equal(nested(bridge, latentSeed=0, cfg=180)[1], rgb)
    assert not np.array_equal(nested(bridge, latentSeed=1, cfg=180)[1], rgb)


@pytest.mark.trap(20)
def test_trap_20_an_index_out_of_range_is_item_0_and_said_or_refused(bridge, comfy, tmp_path):
    answer, rgb = nested(bridge, promptIndex=99)
    assert np.array_equal(nested(bridge, promptIndex=0)[1], rgb)
    assert any("99" in note for note in answer["notes"]), answer["notes"]
    with BridgeProcess(tmp_path, COMFYUI_URL=comfy.url, ALEAART_STRICT="true") as strict:
        code, refused = strict.call(PATH, {"parameters": {**NUMBERS, "promptIndex": 99}, "tokenId": "1"})
    assert (code, refused["error"]) == (400, "parameters.promptIndex must be from 0 to 11, not 99.")


@pytest.mark.trap(20)
@pytest.mark.parametrize(
    ("changes", "name", "used", "note"),
    [
        ({"steps": 0}, "steps", 1, "parameters.steps: 1 instead of 0"),
        ({"cfg": 9999, "steps": 1}, "cfg_scale", 30.0, "parameters.cfg: 300 instead of 9999"),
    ],
)
def test_trap_20_steps_and_cfg_that_no_sampler_takes_are_clamped_and_said(bridge, changes, name, used, note):
    answer, _ = nested(bridge, **changes)
    assert answer["parameters"][name] == used
    assert note in answer["notes"]


@pytest.mark.trap(22)
def test_trap_22_the_palette_is_named_and_changes_the_picture(bridge):
    answers = [nested(bridge, paletteId=palette) for palette in (0, 5)]
    assert [answer["paletteId"] for answer, _ in answers] == [0, 5]
    assert answers[0][0]["palette"] != answers[1][0]["palette"]
    assert not np.array_equal(answers[0][1], answers[1][1])
    for _, rgb in answers:
        assert len(np.unique(rgb.reshape(-1, 3), axis=0)) <= 256


@pytest.mark.client("AleaArt's document, its request")
def test_the_documents_request_gets_the_documents_answer(bridge):
    promised = documents.REQUESTS["aleaart"]["answer"]
    answer, rgb = made(bridge, documents.request("aleaart", "request"))
    for name in ("success", "tokenId", "prompt", "parameters"):
        assert answer[name] == promised[name]
    assert set(promised) <= set(answer)
    assert answer["imageBase64"].startswith("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA")
    assert rgb.shape == (512, 512, 3)
