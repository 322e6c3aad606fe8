"""Words draw on a machine without any model: by all six APIs, and every answer says what drew."""

import base64
import io
import json
import re
import shlex
import shutil
import subprocess
import sys

import numpy as np
import pytest
from bridge_process import BridgeProcess
from PIL import Image, ImageSequence
from pixart_nodes import library

from bridge.adapters import dialects
from bridge.adapters.a1111.infotext import parameters
from bridge.adapters.dialect import Action
from bridge.catalog.model_sets import built_in
from bridge.catalog.models import DRAWINGS_ID
from bridge.core.places import ROOT

pytestmark = pytest.mark.comfy

DRAWINGS = "Pixart built-in drawings"
COMMAND = "pixart models get sd15"
CHAIN = {"promptIndex": 2, "styleIndex": 8, "samplerIndex": 0, "aspectIndex": 0, "steps": 30, "cfg": 75}
CHAIN |= {"latentSeed": 5, "paletteId": 5}


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, bare_comfy):
    environment = {"COMFYUI_URL": bare_comfy.url, "PIXART_LISTENERS": "0=imagegen"}
    with BridgeProcess(tmp_path_factory.mktemp("bridge"), **environment) as bridge:
        drawn_by(bridge, prompt="a tree")  # from here on ComfyUI is seen
        yield bridge


def sent(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def picture(data):
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"))


def square(pixels, side):
    """Whether the picture is made of squares of one colour."""
    return np.array_equal(pixels, pixels[::side, ::side].repeat(side, axis=0).repeat(side, axis=1))


def reddest(pixels):
    """Share of pixels in which red is far over green and blue."""
    red, green, blue = pixels.astype(int).transpose(2, 0, 1)
    return ((red > green + 60) & (red > blue + 60)).mean()


def drawn_by(bridge, **body):
    status, answer = bridge.call("/generate", {"mode": "txt2img", "prompt": "a red apple", "seed": 1, **body})
    assert status == 200, answer
    return picture(base64.b64decode(answer["base64"])), answer


@pytest.mark.parametrize(
    ("prompt", "palette"),
    [
        ("gameboy style fox in a forest", "gameboy"),
        ("knight, nes", "nes"),
        ("a house at sunset, obra dinn", "obra-dinn"),
    ],
)
def test_a_palette_that_the_words_name_is_the_pictures_own(bridge, prompt, palette):
    drawn, answer = drawn_by(bridge, prompt=prompt)
    colors = {tuple(color) for color in drawn.reshape(-1, 3).tolist()}
    assert len(colors) >= 2
    assert colors <= {tuple(paint) for paint in library.palette(palette).paints[:, :3].tolist()}
    assert any(f"“{palette}”" in note for note in answer["notes"])


def test_a_palette_of_two_colours_is_dithered_in_the_pictures_own_pixels(bridge):
    drawn, _ = drawn_by(bridge, prompt="a house at sunset, obra dinn", width=512, height=512)
    assert square(drawn, 8)
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) == 2


def test_one_request_is_answered_with_what_it_says_and_with_who_drew_it(bridge):
    drawn, answer = drawn_by(bridge, width=512, height=512)
    assert drawn.shape == (512, 512, 3)
    assert square(drawn, 8)
    assert reddest(drawn) > 0.1 > reddest(drawn_by(bridge, prompt="a green apple")[0])
    assert {"workflow": "txt2img_builtin@1", "width": 512, "model": DRAWINGS}.items() <= answer["used"].items()
    assert not {"steps", "sampler_name", "scheduler", "cfg_scale"} & answer["used"].keys()
    assert any("txt2img_builtin@1 was used" in note and COMMAND in note for note in answer["notes"])


def called(bridge, line, folder):
    """The answer to a line of the README, run as it stands there but for the port."""
    line = line.partition("    #")[0].replace("localhost:8000", bridge.url.removeprefix("http://"))
    run = subprocess.run(shlex.split(line), cwd=folder, capture_output=True, timeout=60, check=True)
    return json.loads(run.stdout) if run.stdout else (folder / "cat.rgb565").read_bytes()


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl on this machine")
def test_the_readmes_call_of_each_api_draws_without_a_model(bridge, tmp_path):
    block = (ROOT / "README.md").read_text().partition("and need no model either:")[2].split("```")[1]
    lines = [line for line in block.splitlines() if line.startswith("curl")]
    a1111, aleaart, imagegen, pico, unified = [called(bridge, line, tmp_path) for line in lines]
    assert picture(base64.b64decode(a1111["images"][0])).shape == (512, 512, 3)
    assert picture(bridge.call(re.search(r"/generated_images\S+", aleaart["imageUrl"])[0])[1]).shape == (512, 512, 3)
    job = bridge.ended(imagegen["id"])
    assert job["status"] == "completed", job
    assert reddest(picture(bridge.call(f"/jobs/{imagegen['id']}/picture")[1])) > 0.1
    assert len(pico) == 240 * 240 * 2
    assert picture(base64.b64decode(unified["base64"])).shape == (64, 64, 3)


@pytest.fixture(scope="module")
def strict(tmp_path_factory, bare_comfy):
    """A bridge that draws nothing in the place of what is missing."""
    with BridgeProcess(tmp_path_factory.mktemp("strict"), COMFYUI_URL=bare_comfy.url, ENGINE_FALLBACK="none") as strict:
        strict.wait_for_comfyui()
        yield strict


SHEET = sent(np.full((16, 16, 3), 255, np.uint8))
WORDS = {"prompt": "a red apple"}
GUIDED = {"alwayson_scripts": {"controlnet": {"args": [{"image": SHEET, "module": "none", "model": "scribble"}]}}}
# Requests that need a model, by dialect and path: one for each way in which the route draws.
NEEDY = {
    ("a1111", "/sdapi/v1/txt2img"): [
        WORDS,
        {**WORDS, "enable_hr": True},
        {**WORDS, "override_settings": {"sd_vae": ""}},
    ],
    ("a1111", "/sdapi/v1/img2img"): [
        {**WORDS, "init_images": [SHEET]},
        {**WORDS, "init_images": [SHEET], "mask": SHEET},
    ],
    ("a1111", "/controlnet/txt2img"): [WORDS],
    ("a1111", "/controlnet/img2img"): [{**WORDS, "init_images": [SHEET]}],
    ("a1111", "/sdapi/v1/interrogate"): [{"image": SHEET, "model": "clip"}],
    ("aleaart", "/generate-image"): [WORDS, {"tokenId": 1, "parameters": CHAIN}],
    ("imagegen", "/generate/text2img"): [WORDS, {**WORDS, "palette": "pico-8"}],
    ("imagegen", "/generate/img2img"): [{**WORDS, "initImage": SHEET}],
    ("imagegen", "/generate/inpaint"): [{**WORDS, "image": SHEET, "mask": SHEET}],
    ("imagegen", "/generate/style-transfer"): [{"contentImage": SHEET, "styleImage": SHEET}],
    ("pico", "/pico/sdapi/v1/txt2img"): [WORDS],
    ("pico", "/pico/sdapi/v1/img2img"): [{**WORDS, "init_images": [SHEET]}],
    ("unified", "/generate"): [
        {**WORDS, "mode": "txt2img"},
        {**WORDS, "mode": "img2img", "init_image": SHEET},
        *(
            {**WORDS, "mode": "txt2img", "workflow": mode}
            for mode in ("style_transfer", "txt2img_pixel", "txt2img_hires")
        ),
    ],
    ("unified", "/sdapi/v1/interrogate"): [{"image": SHEET}],
}
MODEL_FREE = {  # routes that need no model: pictures are made of pictures
    ("a1111", "/sdapi/v1/extra-single-image"),
    ("a1111", "/sdapi/v1/extra-batch-images"),
    ("a1111", "/controlnet/detect"),
    ("pixart", "/api/pixel-generation/generate"),
}


def test_every_route_that_takes_jobs_is_asked_for_one():
    start = {"pico": "/pico"}
    routes = {
        (name, start.get(name, "") + route.path)
        for name, dialect in dialects().items()
        for route in dialect.routes
        if route.action is Action.SUBMIT
    }
    assert routes == NEEDY.keys() | MODEL_FREE


@pytest.mark.parametrize(
    ("path", "body"), [(path, body) for (_, path), bodies in NEEDY.items() for body in bodies], ids=str
)
def test_who_wants_no_drawings_in_a_models_place_is_told_the_command_that_fetches_one(strict, path, body):
    status, answer = strict.call(path, body)
    assert (status, strict.call("/jobs")[1]["jobs"]) == (501 if path.endswith("interrogate") else 400, [])
    [command] = set(re.findall(r"`pixart models get ([^`]+)`", json.dumps(answer)))
    assert built_in().files_of(command)


def test_the_health_of_a_bridge_without_a_model_names_the_command_that_fetches_one(strict, bridge):
    assert COMMAND in strict.call("/health")[1]["advice"]
    assert COMMAND in bridge.call("/health")[1]["advice"]


def test_what_lists_modes_and_models_names_the_commands_that_fetch_what_they_lack(strict):
    modes = strict.call("/models/modes")[1]["modes"]
    lacks = [lack for mode in modes for lack in mode["missing"]]
    assert len(lacks) > 8
    assert all(
        built_in().files_of(lack["command"].removeprefix("pixart models get ")) for lack in lacks if "command" in lack
    )
    # No set has files for the workflow that takes a picture's look by a style model.
    assert {re.sub(r".*models/(\w+) .*", r"\1", lack["sentence"]) for lack in lacks if "command" not in lack} == {
        "clip_vision",
        "style_models",
    }


def test_words_that_nothing_is_known_for_are_told(bridge):
    answer = drawn_by(bridge, prompt="a red apple and a zorblefrump")[1]
    assert any("zorblefrump" in note for note in answer["notes"])


def test_pixel_art_is_drawn_at_the_size_asked_and_in_the_palette(bridge):
    drawn, answer = drawn_by(bridge, workflow="txt2img_pixel", width=48, height=32, palette="pico-8")
    assert drawn.shape == (32, 48, 3)
    assert answer["used"]["workflow"] == "txt2img_pixel_builtin@1"
    assert len({*map(tuple, drawn.reshape(-1, 3))}) <= 16  # of PICO-8


def test_a_picture_takes_the_colours_of_the_words(bridge):
    blue = np.full((64, 64, 3), 255, np.uint8)
    blue[16:48, 16:48] = 40, 60, 200
    drawn = drawn_by(bridge, mode="img2img", prompt="a blue box, but red", init_image=sent(blue), width=64, height=64)[
        0
    ]
    assert reddest(drawn) > 0.1


def test_the_words_are_drawn_into_a_mask_and_the_rest_is_kept_exactly(bridge):
    grey, mask = np.full((64, 64, 3), 90, np.uint8), np.zeros((64, 64), np.uint8)
    mask[16:60, 16:60] = 255
    body = {"prompt": "a red apple", "init_images": [sent(grey)], "mask": sent(mask), "mask_blur": 0}
    status, answer = bridge.call("/sdapi/v1/img2img", {**body, "width": 64, "height": 64})
    assert status == 200, answer
    drawn = picture(base64.b64decode(answer["images"][0]))
    assert (drawn[:16] == 90).all()
    assert (drawn[:, :16] == 90).all()
    assert reddest(drawn[16:60, 16:60]) > 0.1


@pytest.mark.parametrize("whole", [True, False], ids=["the whole picture", "only what is masked"])
def test_what_is_transparent_stays_so_beside_the_mask_and_around_what_is_drawn_into_it(bridge, whole):
    clear, mask = np.zeros((64, 64, 4), np.uint8), np.zeros((64, 64), np.uint8)
    clear[40:, :20] = 30, 90, 160, 255
    mask[4:60, 24:60] = 255
    body = {"prompt": "a red apple", "init_images": [sent(clear)], "mask": sent(mask), "inpaint_full_res": not whole}
    status, answer = bridge.call("/sdapi/v1/img2img", {**body, "mask_blur": 0, "width": 64, "height": 64})
    assert status == 200, answer
    drawn = np.array(Image.open(io.BytesIO(base64.b64decode(answer["images"][0]))).convert("RGBA"))
    assert (drawn[mask == 0] == clear[mask == 0]).all()
    inside = drawn[4:60, 24:60]
    assert 0.1 < (inside[..., 3] == 0).mean() < 0.9
    assert reddest(inside[..., :3]) > 0.1


@pytest.mark.parametrize("blur", [0, 4])
def test_what_is_drawn_into_a_mask_has_the_palette_that_the_words_name_and_nothing_else_has(bridge, blur):
    grey, mask = np.full((256, 256, 3), 91, np.uint8), np.zeros((256, 256), np.uint8)
    mask[53:250, 53:250] = 255  # no edge of a larger pixel
    body = {"prompt": "gameboy style apple", "init_images": [sent(grey)], "mask": sent(mask), "mask_blur": blur}
    status, answer = bridge.call("/sdapi/v1/img2img", {**body, "width": 256, "height": 256})
    assert status == 200, answer
    drawn = picture(base64.b64decode(answer["images"][0]))
    assert (drawn[mask == 0] == 91).all()
    colors = {tuple(color) for color in drawn[60:243, 60:243].reshape(-1, 3).tolist()}  # where no blur reaches
    assert len(colors) >= 2
    assert colors <= {tuple(paint) for paint in library.palette("gameboy").paints[:, :3].tolist()}


@pytest.mark.parametrize("whole", [True, False], ids=["the whole picture", "only what is masked"])
def test_what_is_drawn_into_a_mask_is_in_whole_pixels_and_few_colours(bridge, whole):
    grey, mask = np.full((200, 328, 3), 91, np.uint8), np.zeros((200, 328), np.uint8)
    mask[40:180, 90:260] = 255
    body = {"prompt": "a red apple", "init_images": [sent(grey)], "mask": sent(mask), "inpaint_full_res": not whole}
    status, answer = bridge.call("/sdapi/v1/img2img", {**body, "width": 328, "height": 200})
    assert status == 200, answer
    drawn = picture(base64.b64decode(answer["images"][0]))[50:170, 100:250]
    assert 4 < len(np.unique(drawn.reshape(-1, 3), axis=0)) < 24
    changes = np.flatnonzero((drawn[:, 1:] != drawn[:, :-1]).any(axis=(0, 2)))
    assert np.gcd.reduce(np.diff(changes)) > 1


def test_infotext_invents_no_steps_no_sampler_and_no_noise(bridge):
    status, answer = bridge.call("/sdapi/v1/txt2img", {"prompt": "a red apple", "seed": 3, "steps": 25})
    assert status == 200, answer
    text = parameters(json.loads(answer["info"])["infotexts"][0])
    invented = {"Steps", "Sampler", "Schedule type", "CFG scale", "RNG", "Denoising strength", "Clip skip"}
    assert text["Model"] == DRAWINGS
    assert text["Seed"] == "3"
    assert not invented & text.keys()


def test_model_lists_have_the_drawings_by_which_they_can_be_chosen(bridge):
    assert [each["title"] for each in bridge.call("/sdapi/v1/sd-models")[1]] == [DRAWINGS]
    assert bridge.call("/sdapi/v1/options")[1]["sd_model_checkpoint"] == DRAWINGS
    (model,) = bridge.call("/models")[1]["models"]
    assert (model["id"], model["name"], model["type"], model["loaded"]) == (DRAWINGS_ID, DRAWINGS, "built-in", True)
    health = bridge.call("/health")[1]
    assert (health["model_loaded"], health["engine"]) == (True, "builtin")


@pytest.mark.parametrize("model", [{}, {"model": DRAWINGS_ID}, {"model": "stable-diffusion-v1.5"}], ids=str)
def test_the_job_api_draws_and_names_what_drew(model, bridge):
    code, job = bridge.call("/generate/text2img", {"prompt": "a red apple", "seed": 42, **model})
    assert code == 202, job
    answer = bridge.ended(job["id"])
    used = answer["result"]["parameters"]
    assert used["model"] in (DRAWINGS_ID, DRAWINGS)
    assert (used["steps"], used["sampler"]) == (0, "none")
    assert reddest(picture(base64.b64decode(answer["result"]["images"][0]))) > 0.1


def test_the_chains_numbers_give_their_palette_and_their_size(bridge):
    status, answer = bridge.call("/generate-image", {"tokenId": 7, "parameters": CHAIN})
    assert status == 200, answer
    drawn = picture(bridge.call(answer["imageUrl"][answer["imageUrl"].index("/generated_images") :])[1])
    assert drawn.shape == (512, 512, 3)
    assert square(drawn, 4)


def test_a_panel_gets_its_bytes_at_its_own_size(bridge):
    status, frame = bridge.call("/pico/sdapi/v1/txt2img", {"prompt": "a red apple", "steps": 8})
    assert status == 200
    assert len(frame) == 240 * 240 * 2
    pixels = np.frombuffer(frame, ">u2").reshape(240, 240)
    assert np.array_equal(pixels, pixels[::3, ::3].repeat(3, axis=0).repeat(3, axis=1))  # no pixel is blurred


def test_a_sprite_walks_with_its_feet_on_one_line(bridge):
    status, answer = bridge.call("/generate", {"mode": "txt2img", "prompt": "a knight walking", "workflow": "sprite"})
    assert status == 200, answer
    with Image.open(io.BytesIO(base64.b64decode(answer["base64"]))) as film:
        frames = [np.array(frame.convert("RGBA")) for frame in ImageSequence.Iterator(film)]
    assert 4 <= len(frames) <= 8
    assert frames[0].shape == (32, 32, 4)
    assert any(not np.array_equal(frames[0], other) for other in frames[1:])
    assert all(0 < (frame[..., 3] > 0).sum() < 32 * 32 for frame in frames)
    feet = [np.flatnonzero((frame[..., 3] > 0).any(axis=1)).max() for frame in frames]
    assert max(feet) - min(feet) <= 2  # a step lifts the whole figure a little


def made(bridge, *arguments):
    """Runs `pixart make` beside that ComfyUI; its exit status and what it says."""
    command = [sys.executable, "-m", "bridge", "make", *map(str, arguments)]
    run = subprocess.run(command, cwd=ROOT, env=bridge.environment, capture_output=True, text=True, timeout=60)
    return run.returncode, run.stderr


def test_the_command_line_draws_words(bridge, tmp_path):
    status, said = made(bridge, "a red fox in the snow", "--size", "64x48", "-o", tmp_path / "fox.png")
    assert status == 0, said
    assert "64x48 by txt2img_pixel_builtin@1" in said
    with Image.open(tmp_path / "fox.png") as drawn:
        assert (drawn.size, drawn.mode) == ((64, 48), "P")


@pytest.mark.parametrize("ending", ["gif", "apng", "aseprite"])
def test_the_command_line_draws_words_that_move(ending, bridge, tmp_path):
    status, said = made(bridge, "a knight walking", "--size", "32", "-o", tmp_path / f"knight.{ending}")
    assert status == 0, said
    assert "32x32 by sprite@1" in said
    assert (tmp_path / f"knight.{ending}").stat().st_size > 200


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["a fox", "--style", "retro-8bits"], "Did you mean 'retro-8bit'?"),
        (["no such.png"], "No such file"),
        ([], 'Try: pixart make "a red fox in the snow"'),
    ],
    ids=str,
)
def test_the_command_line_says_what_is_wrong_with_words(arguments, answer, bridge, tmp_path):
    status, said = made(bridge, *arguments, "-o", tmp_path / "out.png")
    assert status == 1
    assert answer in said
    assert "Traceback" not in said


def test_a_sketch_of_lines_takes_its_colours_from_the_words(bridge):
    lines = np.full((256, 256, 3), 255, np.uint8)
    y, x = np.mgrid[:256, :256]
    lines[np.abs(np.hypot(y - 128, x - 128) - 90) < 6] = 0
    file = io.BytesIO()
    Image.fromarray(lines).save(file, "PNG")
    assert bridge.generate("lines", file.getvalue(), prompt="a red ball")[0] == 200
    answer = bridge.finished("lines")
    drawn = picture(base64.b64decode(answer["resultDataUrl"].partition(";base64,")[2]))
    assert reddest(drawn[20:44, 20:44]) == 1
    assert reddest(drawn[:4]) == 0
