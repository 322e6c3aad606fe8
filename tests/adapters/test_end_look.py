"""One look through every dialect: the same pixels of the same sketch, or of the same words, from a real ComfyUI."""

import base64
import functools
import io
import itertools
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from bridge_process import BridgeProcess, picture
from PIL import Image
from pixart_nodes import library
from pixart_nodes.drawings.illustration import illustrated
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.quantize import quantize
from sketches import TREE

from bridge.adapters import dialects
from bridge.adapters.dialect import Action
from bridge.adapters.picture_fields import ON_VALUES
from bridge.adapters.styling import STYLES
from bridge.cli import main
from bridge.workflow.additions import ADDITIONS

pytestmark = pytest.mark.comfy

WIDTH, HEIGHT = 64, 48
SIZE = {"width": WIDTH, "height": HEIGHT}
PROMPT = "a small tree"
SKETCH = base64.b64encode(TREE.read_bytes()).decode()


def opened(data):
    """A picture's pixels, black where they are transparent, with their alpha."""
    with Image.open(io.BytesIO(data)) as made:
        rgba = np.array(made.convert("RGBA"))
    return rgba * (rgba[..., 3:] > 0)


def in_base64(text):
    return opened(base64.b64decode(text))


def polled(bridge, body, path):
    code, job = bridge.call(path, body)
    assert code == 202, job
    deadline = time.monotonic() + 120
    while job["status"] not in ("completed", "failed"):
        assert time.monotonic() < deadline, job
        code, job = bridge.call(f"/jobs/{job['id']}")
        time.sleep(0.05)
    assert job["status"] == "completed", job
    return in_base64(job["result"]["images"][0]), job["result"].get("pixart", {}), job.get("notes", [])


def answered(bridge, path, body, image, said=lambda answer: answer):
    code, answer = bridge.call(path, body)
    assert code == 200, answer
    told = said(answer)
    return image(answer), told.get("pixart", {}), told.get("notes", [])


NUMBERS = itertools.count()


def editors(bridge, look, sketch=SKETCH, size=SIZE):
    code, answer = bridge.generate(f"look-{next(NUMBERS)}", base64.b64decode(sketch), **size, **look)
    assert code == 200, answer
    done = bridge.finished(answer["id"])
    return opened(picture(done)), done["metadata"], done.get("notes", [])


def info(answer):
    return json.loads(answer["info"])


def panel(answer, size=SIZE):
    """What a panel shows, as 8 bits a channel."""
    data = base64.b64decode(answer["images"][0])
    words = np.frombuffer(data, ">u2").reshape(size["height"], size["width"]).astype(int)
    return np.stack([words >> 11 << 3, (words >> 5 & 63) << 2, (words & 31) << 3], axis=-1)


def scripted(look):
    return {"alwayson_scripts": {"pixart": {"args": [look]}}}


def drawn(size=SIZE, **more):
    return {"prompt": PROMPT, **size, **more}


class Spoken(NamedTuple):
    """How a dialect is sent a look: with a sketch, with words, None where it has no such request; `seen` is what its
    answer can show of a picture."""

    sketch: Any
    words: Any
    seen: Callable[[Any], Any] = lambda pixels: pixels


MODEL = {"seed": 5, "steps": 2}
SPOKEN = {
    "pixart": Spoken(editors, None),
    "imagegen": Spoken(
        lambda bridge, look, sketch=SKETCH, size=SIZE: polled(
            bridge, drawn(size, initImage=sketch, pixart=look), "/generate/img2img"
        ),
        lambda bridge, look: polled(
            bridge, drawn(**MODEL, guidanceScale=7, sampler="dpm++_2m_karras", pixart=look), "/generate/text2img"
        ),
    ),
    "unified": Spoken(
        lambda bridge, look, sketch=SKETCH, size=SIZE: answered(
            bridge,
            "/generate",
            drawn(size, mode="img2img", init_image=sketch, pixart=look),
            lambda answer: in_base64(answer["base64"]),
        ),
        lambda bridge, look: answered(
            bridge,
            "/generate",
            {
                **drawn(mode="txt2img", **MODEL, cfg_scale=7, sampler_name="DPM++ 2M Karras", pixart=look),
                "workflow": "txt2img_pixel",
            },
            lambda answer: in_base64(answer["base64"]),
        ),
    ),
    "aleaart": Spoken(
        None,
        lambda bridge, look: answered(
            bridge,
            "/generate-image",
            drawn(**MODEL, cfg_scale=7, sampler="DPM++ 2M Karras", workflow="txt2img_pixel", pixart=look),
            lambda answer: in_base64(answer["imageBase64"].partition(",")[2]),
        ),
    ),
    "a1111": Spoken(
        lambda bridge, look, sketch=SKETCH, size=SIZE: answered(
            bridge,
            "/sdapi/v1/img2img",
            drawn(size, init_images=[sketch], **scripted(look)),
            lambda answer: in_base64(answer["images"][0]),
            info,
        ),
        lambda bridge, look: answered(
            bridge,
            "/sdapi/v1/txt2img",
            drawn(**MODEL, sampler_name="DPM++ 2M Karras", workflow="txt2img_pixel", **scripted(look)),
            lambda answer: in_base64(answer["images"][0]),
            info,
        ),
    ),
    "pico": Spoken(
        lambda bridge, look, sketch=SKETCH, size=SIZE: answered(
            bridge,
            "/pico/sdapi/v1/img2img",
            drawn(size, init_images=[sketch], return_base64=True, pixart=look),
            functools.partial(panel, size=size),
        ),
        lambda bridge, look: answered(
            bridge,
            "/pico/sdapi/v1/txt2img",
            drawn(
                **MODEL,
                sampler_name="DPM++ 2M Karras",
                workflow="txt2img_pixel",
                return_base64=True,
                **scripted(look),
            ),
            panel,
        ),
        lambda pixels: pixels[..., :3] & (0xF8, 0xFC, 0xF8),
    ),
}
BY_NAME = pytest.mark.parametrize("dialect", dialects())


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, comfy):
    environment = {
        "COMFYUI_URL": comfy.url,
        "PIXART_GENERATION_SIDE": "64",
        "TARGET_WIDTH": str(WIDTH),
        "TARGET_HEIGHT": str(HEIGHT),
        "LUMINANCE_INVERT": "false",
    }
    with BridgeProcess(tmp_path_factory.mktemp("bridge"), **environment) as bridge:
        deadline = time.monotonic() + 60
        while not bridge.call("/health")[1]["model_loaded"]:
            assert time.monotonic() < deadline, bridge.said
            time.sleep(0.1)
        yield bridge


SKETCHED = {
    "nothing chosen": {},
    "a style, a dither of one's own": {"style": "retro-8bit", "dither": "bayer-4", "strength": 0.7, "fit": "pad"},
    "colours of one's own": {"colorPalette": ["#000000", "#FF004D", "#29ADFF", "#FFF1E8"], "metric": "redmean"},
    "the picture's own colours": {"ownColors": 5, "extraction": "salient", "method": "box", "contrast": 1.4},
    "no contrast and no dither, which is a value": {"style": "low-res", "contrast": 0, "strength": 0},
    "the picture's own, as the style says": {"style": "high-detail", "fit": "crop"},
    "without its ground": {"palette": "gameboy", "background": "border-fill", "fit": "longest"},
    "from paper": {"paper": True, "style": "retro-16bit"},
    "as an animation": {"animation": "gif", "dither": "bayer-2"},
    "cleaned, and with an outline": {
        "clean": True,
        "outline": "white",
        "background": "border-fill",
        "style": "low-res",
    },
    "snapped to its grid": {"snap": "k-centroid", "palette": "pico-8", "clean": 0},
}


@BY_NAME
@pytest.mark.parametrize("look", SKETCHED.values(), ids=SKETCHED)
def test_a_sketch_with_a_look_is_the_same_pixels_in_every_dialect_that_takes_pictures(bridge, dialect, look):
    spoken = SPOKEN[dialect]
    if spoken.sketch is None:
        assert not any("image" in str(route.request and route.request.model_fields) for route in drawing(dialect))
        return
    look = {**look, "redraw": False}
    expected, metadata, notes = editors(bridge, look)
    made, facts, said = spoken.sketch(bridge, look)
    if made.shape[:2] == expected.shape[:2]:  # a panel shows another size than the longest side makes
        assert np.array_equal(made, spoken.seen(expected))
    assert {name: metadata[name] for name in facts} == facts
    assert facts["colorsUsed"] == metadata["colorsUsed"] == len(np.unique(expected[expected[..., 3] > 0], axis=0))
    assert ("look" in facts, "background" in facts) == ("look" in metadata, "background" in metadata)
    chosen = {name: look[name] for name in ("method", "dither") if name in look}
    assert chosen.items() <= {**chosen, **facts.get("look", {})}.items()
    assert not [note for note in (*said, *notes) if "left out" in note or "no input" in note or "ignored" in note]


WORDED = {
    "nothing chosen": {},
    "a style, a dither of one's own": {"style": "retro-8bit", "dither": "bayer-4", "strength": 0.7},
    "the picture's own colours": {"ownColors": 5, "extraction": "salient", "method": "box", "contrast": 1.4},
    "the picture's own, as the style says": {"style": "high-detail"},
    "cleaned, and with an outline": {"clean": 3, "outline": "#ff00ff", "style": "low-res"},
}


@pytest.mark.parametrize("look", WORDED.values(), ids=WORDED)
def test_words_with_a_look_are_the_same_pixels_in_every_dialect_that_takes_words(bridge, look):
    spoken = {name: each for name, each in SPOKEN.items() if each.words}
    made = {name: each.words(bridge, look) for name, each in spoken.items()}
    expected = made["imagegen"][0]
    colors = len(np.unique(expected.reshape(-1, 4), axis=0))
    assert 1 < colors <= look.get("ownColors", 64)
    for name, (pixels, facts, notes) in made.items():
        assert np.array_equal(pixels, spoken[name].seen(expected)), name
        assert not [note for note in notes if "left out" in note or "no input" in note or "ignored" in note], name
        assert facts["colorsUsed"] == colors, name


@pytest.fixture(scope="module")
def drawings(tmp_path_factory, comfy):
    environment = {"COMFYUI_URL": comfy.url, "ENGINE": "builtin", "LUMINANCE_INVERT": "false"}
    environment |= {"TARGET_WIDTH": str(WIDTH), "TARGET_HEIGHT": str(HEIGHT)}
    with BridgeProcess(tmp_path_factory.mktemp("drawings"), **environment) as bridge:
        yield bridge


@pytest.mark.parametrize(
    ("dialect", "style"),
    [(name, "retro-8bit") for name, each in SPOKEN.items() if each.words]
    + [("unified", name) for name, each in STYLES.items() if each.strength and name != "retro-8bit"],
)
def test_built_in_drawings_are_pixel_art_whose_flat_areas_no_style_dots(drawings, dialect, style):
    words = illustrated(f"pixel art, {PROMPT}, {STYLES[style].wording}", WIDTH, HEIGHT, seed=MODEL["seed"])
    palette = library.palette(STYLES[style].palette)
    expected = quantize(words.pixels, Quantization(palette, dither="none", alpha_threshold=0.25))
    made, facts, notes = SPOKEN[dialect].words(drawings, {"style": style})
    assert np.array_equal(made, SPOKEN[dialect].seen(expected))
    assert (facts["look"]["kind"], facts["look"]["dither"]) == ("pixel art", "none")
    assert not [note for note in notes if "Nothing is known" in note]


def test_a_dither_that_a_request_names_is_obeyed_in_built_in_drawings_too(drawings):
    plain, dotted = (
        SPOKEN["unified"].words(drawings, {"style": "retro-8bit", **more})[0] for more in ({}, {"dither": "bayer-4"})
    )
    assert not np.array_equal(plain, dotted)


def drawing(dialect):
    """The routes of a dialect that draw a picture of their own."""
    routes = (route for route in dialects()[dialect].routes if route.action is Action.SUBMIT)
    return [route for route in routes if {"prompt", "parameters"} & set(route.request.model_fields)]


@BY_NAME
def test_every_request_that_draws_takes_the_look(dialect):
    assert dialect in SPOKEN, "how this dialect is sent a look is not in this test's table"
    assert drawing(dialect)
    for route in drawing(dialect):
        assert {"pixart", "colorPalette"} & set(route.request.model_fields), route.path


# A look that is wrong, its field, and the end of what is said of that; the way to the field is the dialect's.
WRONG = {
    "an unknown dither": ({"dither": "bayer-5"}, "dither", "Dither 'bayer-5' is unknown. Did you mean 'bayer-"),
    "an unknown style": (
        {"style": "retro-8bits"},
        "style",
        "Style 'retro-8bits' is unknown. Did you mean 'retro-8bit'?",
    ),
    "too much dither": ({"strength": 2}, "strength", "must be a number from 0 to 1, not 2."),
    "one colour": ({"colorPalette": ["#fff"]}, "colorPalette", "has one colour only."),
    "no colour": ({"colorPalette": ["#fff", "reed"]}, "colorPalette[1]", "or red, not 'reed'. Did you mean 'red'?"),
    "too large clusters": ({"clean": 65}, "clean", "must be a whole number from 0 to 64, not 65."),
    "an outline of no colour": ({"outline": "blakc"}, "outline", "Colour 'blakc' is unknown. Did you mean 'black'?"),
    "an outline of half a colour": (
        {"outline": "#12"},
        "outline",
        "must be a colour like #000000 or black, not '#12'.",
    ),
    "another fit": ({"fit": "cover"}, "fit", "must be stretch, crop, pad or longest, not 'cover'."),
}
WAYS = {"pixart": "", "a1111": "alwayson_scripts.pixart.args[0]."}


@BY_NAME
@pytest.mark.parametrize(("look", "field", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_with_the_callers_own_way_to_the_field(bridge, dialect, look, field, said):
    with pytest.raises(AssertionError) as caught:
        (SPOKEN[dialect].sketch or SPOKEN[dialect].words)(bridge, {**look, "redraw": False})
    way = WAYS.get(dialect, "pixart.") + field
    sentence = str(caught.value).replace("args.0.", "args[0].").replace('\\"', "'")
    assert said in sentence and (way in sentence or dialect == "pixart"), sentence


@BY_NAME
def test_an_unknown_field_is_said_as_the_dialect_says_unknown_fields(bridge, dialect):
    send = SPOKEN[dialect].sketch or SPOKEN[dialect].words
    *_, notes = send(bridge, {"shiny": 1, "redraw": False})
    way = WAYS.get(dialect, "pixart.")
    assert f"'{way}shiny' is not a field of this request; it was ignored." in notes


OF_PICTURES = pytest.mark.parametrize("dialect", [name for name, each in SPOKEN.items() if each.sketch])


@OF_PICTURES
def test_an_unknown_way_to_snap_a_sketch_is_said_like_any_unknown_name(bridge, dialect):
    with pytest.raises(AssertionError) as caught:
        SPOKEN[dialect].sketch(bridge, {"snap": "medain"})
    sentence = str(caught.value).replace("args.0.", "args[0].").replace('\\"', "'")
    assert "Snap 'medain' is unknown. Did you mean 'median'?" in sentence
    assert WAYS.get(dialect, "pixart.") + "snap" in sentence


# What the command line has for a look, and the same as fields of the look.
MADE = {
    "--clean --outline white": {"clean": True, "outline": "white"},
    "--set clean=4 --outline #f0f --style low-res": {"clean": 4, "outline": "#f0f", "style": "low-res"},
    "--snap --palette pico-8": {"snap": True, "palette": "pico-8"},
    "--set snap=centre --clean --own-colors 6": {"snap": "centre", "clean": True, "ownColors": 6},
}


@pytest.fixture(scope="module")
def by_hand(bare_comfy, tmp_path_factory):
    """What the command line makes of the sketch with these options, where no model would draw it anew."""
    folder = tmp_path_factory.mktemp("make")

    @functools.cache
    def made(options):
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("COMFYUI_URL", bare_comfy.url)
            environment.setenv("PIXART_DATA", str(folder))
            size = f"{WIDTH}x{HEIGHT}"
            assert main(["make", str(TREE), "--size", size, *options.split(), "-o", str(folder / "made.png")]) == 0
        return opened((folder / "made.png").read_bytes())

    return made


@OF_PICTURES
@pytest.mark.parametrize(("options", "look"), MADE.items(), ids=MADE)
def test_the_command_line_makes_the_same_pixels_of_the_same_knobs(bridge, by_hand, dialect, options, look):
    made, facts, notes = SPOKEN[dialect].sketch(bridge, {"redraw": False, **look})
    assert np.array_equal(made, SPOKEN[dialect].seen(by_hand(options)))
    asked = {name: look[name] for name in ("snap", "clean", "outline") if name in look}
    assert {name: facts[name] for name in asked} == {
        **asked,
        **{name: ON_VALUES[name] for name in ON_VALUES if asked.get(name) is True},
    }
    assert not [note for note in notes if "left out" in note or "no input" in note]


def test_a_bare_yes_is_what_the_node_does_by_itself(comfy):
    for name, yes in ON_VALUES.items():
        inputs = comfy.object_info[ADDITIONS[name].node]["input"]["required"]
        assert inputs[ADDITIONS[name].widget][1]["default"] == yes


FAKE = np.random.default_rng(3).integers(0, 2, (24, 20, 1), np.uint8) * np.array([255, 236, 39], np.uint8)


def enlarged():
    """False pixel art: 20 x 24 pixels of black and yellow, as a picture of 200 x 240."""
    data = io.BytesIO()
    Image.fromarray(FAKE).resize((200, 240), Image.Resampling.NEAREST).save(data, "PNG")
    return data.getvalue()


def alike(pixels):
    return np.array_equal(pixels[..., :3], FAKE)


def test_without_a_size_a_snapped_sketch_keeps_the_pixels_of_its_grid_and_the_answer_says_so(bridge):
    sketch = {"sketchData": base64.b64encode(enlarged()).decode(), "prompt": "", "snap": True, "palette": "pico-8"}
    code, answer = bridge.call("/api/pixel-generation/generate", {"id": "at-its-grid", **sketch})
    assert code == 200, answer
    done = bridge.finished("at-its-grid")
    assert alike(opened(picture(done)))
    about = done["metadata"]
    assert (about["snap"], about["pixelCount"], about["algorithm"]) == ("median", 20 * 24, "pixelate@2")
    assert "Snapped to its grid of 20 x 24 pixels, each 10 x 10 in the picture." in done["notes"]
    code, answer = bridge.call("/api/pixel-generation/generate", {"id": "no-size", **sketch, "snap": "false"})
    assert (code, answer["field"], answer["detail"]) == (400, "width", "width is missing.")
    body = {"prompt": "a", "pixart": {"snap": True, "palette": "pico-8"}}
    init = base64.b64encode(enlarged()).decode()
    code, answer = bridge.call("/generate", {**body, "mode": "img2img", "init_image": init})
    assert code == 200 and alike(in_base64(answer["base64"])), answer
    code, answer = bridge.call("/sdapi/v1/img2img", {**body, "init_images": [init]})
    assert code == 200 and alike(in_base64(answer["images"][0])), answer
    assert alike(polled(bridge, {**body, "initImage": init}, "/generate/img2img")[0])


def test_what_came_to_nothing_is_said(bridge):
    *_, notes = editors(bridge, {"clean": True, "outline": "black", "palette": "pico-8", "redraw": False, "snap": True})
    assert "Nothing was snapped to a grid: none was found." in notes
    *_, notes = SPOKEN["unified"].words(bridge, {"outline": "black", "clean": True})
    assert "No outline was drawn: nothing of the picture is transparent." in notes
    assert [note for note in notes if note.startswith("Cleaned up: ") or note == "There was nothing to clean up."]


def test_what_a_model_would_draw_over_is_said_to_be_drawn_by_none(bridge):
    *_, notes = editors(bridge, {"snap": True, "redraw": True})
    assert "redraw made no difference: no model draws what is snapped to its grid." in notes
    *_, notes = editors(bridge, {"snap": True, "paper": True})
    assert "snap is for drawings without paper, of which the ink alone is taken; it was left out." in notes


def test_a_token_is_drawn_in_the_colours_of_the_look(bridge):
    parameters = {"promptIndex": 2, "styleIndex": 8, "samplerIndex": 0, "aspectIndex": 0, "steps": 18, "cfg": 75}
    body = {"tokenId": 7, "parameters": {**parameters, "latentSeed": 3, "paletteId": 5}}
    code, plain = bridge.call("/generate-image", body)
    assert code == 200, plain
    look = {"colorPalette": ["#102030", "#ffeedd", "#cc4411"], "dither": "bayer-8", "contrast": 1.5, "fit": "crop"}
    code, styled = bridge.call("/generate-image", {**body, "pixart": look})
    assert code == 200, styled
    colors = {tuple(color) for color in in_base64(styled["imageBase64"].partition(",")[2]).reshape(-1, 4).tolist()}
    assert colors <= {(16, 32, 48, 255), (255, 238, 221, 255), (204, 68, 17, 255)} and len(colors) > 1
    assert (styled["parameters"], styled["prompt"]) == (plain["parameters"], plain["prompt"])  # its size is the token's
    assert any(note.startswith("pixart.fit was left out") for note in styled["notes"])


@pytest.mark.parametrize("name", ["inpaint", "style-transfer"])
def test_what_makes_no_pixel_art_says_so(bridge, name):
    pictures = {"image": SKETCH, "mask": SKETCH, "contentImage": SKETCH, "styleImage": SKETCH}
    code, answer = bridge.call(f"/generate/{name}", drawn(**pictures, pixart={"redraw": False}))
    mode = name.replace("-", "_")
    sentence = (
        f"pixart: {mode} makes no pixel art. Leave it out, or name a `workflow` that does, such as img2img_pixel."
    )
    assert (code, answer["error"]) == (400, sentence)


def test_a_picture_that_a_model_redraws_gets_the_look_as_well(bridge):
    look = {"colorPalette": ["#000000", "#ff004d", "#29adff"], "fit": "crop"}
    body = drawn(mode="img2img", init_image=SKETCH, pixart=look, steps=2)
    code, answer = bridge.call("/generate", body)
    assert (code, answer["used"]["workflow"]) == (200, "img2img_pixel@1"), answer
    colors = np.unique(in_base64(answer["base64"]).reshape(-1, 4), axis=0)
    assert 1 < len(colors) <= 3 and answer["pixart"]["colorsUsed"] == len(colors)


def test_a_file_of_a_program_that_draws_is_answered_too(bridge):
    look = {"animation": "aseprite", "redraw": False}
    code, answer = bridge.call("/sdapi/v1/img2img", drawn(init_images=[SKETCH], **scripted(look)))
    assert (code, len(answer["images"])) == (200, 1)
    assert base64.b64decode(answer["images"][0])[4:6] == b"\xe0\xa5", "what each file of Aseprite's has there"


def test_any_workflow_can_be_drawn_for_a_panel(bridge):
    body = drawn(init_images=[SKETCH], workflow="pixelate", return_base64=True)
    shown = answered(bridge, "/pico/sdapi/v1/img2img", body, panel)[0]
    asked = drawn(mode="img2img", init_image=SKETCH, workflow="pixelate")
    drawn_alone = answered(bridge, "/generate", asked, lambda answer: in_base64(answer["base64"]))[0]
    assert np.array_equal(shown, SPOKEN["pico"].seen(drawn_alone))
