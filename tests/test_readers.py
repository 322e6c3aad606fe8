"""Every picture that leaves the bridge, by every route of every dialect, in the programs that people read it with."""

import base64
import io
import uuid

import numpy as np
import pytest
import readers
import sketches
from bridge_process import BridgeProcess, picture
from browser import open_editor
from PIL import Image
from test_end_pico import ready

pytestmark = pytest.mark.comfy

SMALL = {"prompt": "a tree", "steps": 2, "width": 64, "height": 64, "seed": 5}
OPAQUE = sketches.encoded(sketches.tree(64).convert("RGB"))
PARAMETERS = {"promptIndex": 0, "styleIndex": 0, "samplerIndex": 2, "aspectIndex": 0}
PARAMETERS |= {"steps": 18, "cfg": 75, "latentSeed": 1, "paletteId": 5}


def text(data):
    return base64.b64encode(data).decode()


def of_a1111(bridge, **settings):
    """The answers of A1111's routes that draw."""
    image, mask = text(OPAQUE), text(sketches.encoded(Image.new("L", (64, 64), 255)))
    many = {"imageList": [{"data": image, "name": "a"}], "upscaler_1": "Nearest"}
    asked = {
        "txt2img": SMALL,
        "txt2img, CJK": {**SMALL, "prompt": "木"},
        "img2img": {**SMALL, "init_images": [image]},
        "img2img, mask": {**SMALL, "init_images": [image], "mask": mask},
        "extra-single-image": {"image": image, "upscaler_1": "Lanczos"},
        "extra-batch-images": many,
    }
    for name, body in asked.items():
        code, answer = bridge.call(f"/sdapi/v1/{name.partition(',')[0]}", {**body, "override_settings": settings})
        assert code == 200, answer
        yield f"a1111 {name}", base64.b64decode(answer["images"][0] if "images" in answer else answer["image"])


def of_imagegen(bridge, **form):
    """The answers of the Image Generation API's four kinds."""
    image = text(OPAQUE)
    asked = {
        "text2img": SMALL,
        "img2img": {**SMALL, "initImage": image},
        "inpaint": {**SMALL, "image": image, "mask": image},
        "style-transfer": {"contentImage": image, "styleImage": image, **SMALL},
    }
    for name, body in asked.items():
        code, job = bridge.call(f"/generate/{name}", {**body, **form})
        assert code == 202, job
        while job["status"] in ("queued", "processing"):
            job = bridge.call(f"/jobs/{job['id']}")[1]
        assert job["status"] == "completed", job
        yield f"imagegen {name}", base64.b64decode(job["result"]["images"][0])


def of_the_others(bridge, **form):
    """The answers of Pixart's own editor, the unified endpoint and AleaArt."""
    id = uuid.uuid4().hex
    bridge.generate(id, OPAQUE, seed=5, **form)
    yield "pixart status", picture(bridge.finished(id))
    yield "pixart result", bridge.call(f"/api/pixel-generation/result/{id}")[1]
    start = {"mode": "img2img", "init_image": text(OPAQUE)}
    for body in ({**SMALL, "mode": "txt2img"}, {**SMALL, **start}):
        code, answer = bridge.call("/generate", {**body, **form})
        assert code == 200, answer
        yield f"unified {body['mode']}", base64.b64decode(answer["base64"])
    for name, body in {"nested": {"parameters": PARAMETERS, "tokenId": "1"}, "flat": SMALL}.items():
        code, answer = bridge.call("/generate-image", {**body, **form})
        assert code == 200, answer
        yield f"aleaart {name}", base64.b64decode(answer["imageBase64"].partition(",")[2])
        yield f"aleaart {name}, file", bridge.call(answer["imageUrl"])[1]


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, comfy):
    environment = {"COMFYUI_URL": comfy.url, "PIXART_GENERATION_SIDE": "64"}
    with BridgeProcess(tmp_path_factory.mktemp("bridge"), **environment) as bridge:
        ready(bridge)
        yield bridge


@pytest.fixture(scope="module")
def pictures(bridge):
    """A PNG of each route, by its name."""
    made = {name: data for answers in (of_a1111, of_imagegen, of_the_others) for name, data in answers(bridge)}
    assert all(data.startswith(b"\x89PNG") for data in made.values())
    return made


@pytest.fixture(scope="module")
def expected(pictures):
    return {name: readers.seen(readers.pillow(data)) for name, data in pictures.items()}


@pytest.fixture(scope="module")
def editor(comfy, tmp_path_factory):
    with open_editor(comfy.url, tmp_path_factory.mktemp("profile")) as page:
        yield page


def assert_same(found, expected):
    """Names whose pixels differ, of which there are none."""
    assert [name for name, pixels in expected.items() if not np.array_equal(readers.seen(found[name]), pixels)] == []


def test_opencv_reads_every_png(pictures, expected):
    pytest.importorskip("cv2")
    assert_same({name: readers.opencv(data) for name, data in pictures.items()}, expected)


def test_sharp_reads_every_png(packages, pictures, expected):
    assert_same(readers.sharp(packages, pictures), expected)


@pytest.mark.browser
def test_chromium_reads_every_png(editor, pictures, expected):
    assert_same({n: readers.chromium(editor.page, data, "image/png") for n, data in pictures.items()}, expected)


def test_comfyui_reads_every_png(comfy, pictures):
    prompt = {}
    for place, (name, data) in enumerate(pictures.items()):
        file = comfy.put_input(f"read_{place}.png", data)
        prompt[f"load {name}"] = {"class_type": "LoadImage", "inputs": {"image": file}}
        prompt[f"show {name}"] = {"class_type": "PreviewImage", "inputs": {"images": [f"load {name}", 0]}}
    assert comfy.run(prompt)["status"]["status_str"] == "success"


@pytest.mark.browser
def test_the_editor_finds_the_graph_of_every_png_and_no_other_text_before_it(editor, pictures):
    told = {name: editor.page.evaluate(readers.EDITORS, list(data)) for name, data in pictures.items()}
    assert [name for name, texts in told.items() if not texts["workflow"] or texts.get("parameters")] == []


def test_every_png_of_a1111s_drawing_routes_has_its_infotext_where_a1111_has_it(pictures):
    for name in ("txt2img", "txt2img, CJK", "img2img", "img2img, mask"):
        data = pictures[f"a1111 {name}"]
        with Image.open(io.BytesIO(data)) as opened:
            assert "Steps: 2, Sampler: Euler" in opened.info["parameters"]
        assert data.index(b"parameters") < data.index(b"IDAT")


# Alpha


def channels(data):
    """How many a picture has, 1 for indices or grey, with what is transparent counted among them."""
    with Image.open(io.BytesIO(data)) as opened:
        return len(opened.getbands()) + ("transparency" in opened.info)


def test_no_picture_of_what_is_opaque_has_alpha(pictures):
    assert {name: channels(data) for name, data in pictures.items() if channels(data) not in (1, 3)} == {}


KINDS = {
    "rgb": OPAQUE,
    "rgba, opaque": sketches.encoded(sketches.tree(64).convert("RGB").convert("RGBA")),
    "grey": sketches.encoded(sketches.tree(64).convert("L")),
    "jpeg": sketches.encoded(sketches.tree(64).convert("RGB"), "JPEG"),
}


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("upscaler", ["None", "Nearest", "Lanczos"])
def test_an_upscaled_picture_that_is_opaque_can_be_saved_as_a_jpeg(bridge, upscaler, data, tmp_path):
    for route, body in {
        "single-image": {"image": text(data)},
        "batch-images": {"imageList": [{"data": text(data)}]},
    }.items():
        code, answer = bridge.call(f"/sdapi/v1/extra-{route}", {**body, "upscaler_1": upscaler})
        assert code == 200, answer
        with Image.open(io.BytesIO(base64.b64decode(answer.get("image") or answer["images"][0]))) as opened:
            opened.save(tmp_path / "x.jpg")


def test_what_is_transparent_stays_so(bridge):
    tree = sketches.tree(64)
    asked = {"image": text(sketches.encoded(tree)), "upscaler_1": "Nearest"}
    enlarged = base64.b64decode(bridge.call("/sdapi/v1/extra-single-image", asked)[1]["image"])
    large = tree.resize((128, 128), Image.Resampling.NEAREST)
    assert np.array_equal(readers.seen(readers.pillow(enlarged)), readers.seen(np.array(large)))


# Without metadata


def bare(data):
    """Whether a PNG has nothing but what its pixels need."""
    with Image.open(io.BytesIO(data)) as opened:
        opened.load()
        told = {**opened.info, **opened.text, **dict(opened.getexif())}
    return not set(told) - {"transparency", "gamma", "dpi"} and data.endswith(b"IEND\xaeB`\x82") and b"tree" not in data


def test_a_request_of_every_dialect_can_have_its_pictures_without_metadata(bridge, pictures, expected):
    answers = (of_a1111(bridge, enable_pnginfo=False), of_imagegen(bridge, metadata=False))
    made = {name: data for each in (*answers, of_the_others(bridge, metadata=False)) for name, data in each}
    assert [name for name, data in made.items() if not bare(data)] == []
    assert [name for name, data in pictures.items() if bare(data)] == []
    assert_same({name: readers.opencv(data) for name, data in made.items()}, expected)


def test_a_server_can_have_all_pictures_without_metadata(tmp_path, comfy):
    environment = {"COMFYUI_URL": comfy.url, "PIXART_GENERATION_SIDE": "64", "PIXART_METADATA": "false"}
    with BridgeProcess(tmp_path, **environment) as bridge:
        ready(bridge)
        made = [*of_a1111(bridge, enable_pnginfo=True), *of_the_others(bridge, metadata=True)]
        assert [name for name, data in made if not bare(data)] == []
