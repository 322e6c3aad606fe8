"""Every picture that leaves the bridge, by every route of every dialect, in the programs that people read it with."""

import base64
import io
import json
import uuid
from dataclasses import dataclass

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
PANEL = {"TARGET_WIDTH": "64", "TARGET_HEIGHT": "64", "LUMINANCE_INVERT": "false"}
MAGIC = {"png": b"\x89PNG", "jpeg": b"\xff\xd8\xff", "webp": b"RIFF"}


def text(data):
    return base64.b64encode(data).decode()


@dataclass(frozen=True)
class Way:
    """In which file, and with or without metadata, a request asks for its picture; None says nothing of it."""

    form: str = "png"
    metadata: bool | None = None

    @property
    def fields(self):
        """As most dialects have it, beside the request's other fields."""
        asked = {"format": self.form, "quality": 95} if self.form != "png" else {}
        return asked if self.metadata is None else {**asked, "metadata": self.metadata}

    @property
    def settings(self):
        """As A1111 has it, in `override_settings`."""
        asked = {"samples_format": {"jpeg": "jpg"}.get(self.form, self.form), "jpeg_quality": 95}
        asked = asked if self.form != "png" else {}
        return asked if self.metadata is None else {**asked, "enable_pnginfo": self.metadata}


WAYS = [Way(form, metadata) for form in MAGIC for metadata in (None, False)]


def a1111(route, body):
    """How a route of A1111's is asked: `draw(bridge, way)` gives pictures by what they are called here."""

    def draw(bridge, way):
        code, answer = bridge.call(f"/sdapi/v1/{route}", {**body, "override_settings": way.settings})
        assert code == 200, answer
        return {"": base64.b64decode(answer["images"][0] if "images" in answer else answer["image"])}

    return draw


def imagegen(kind, body):
    """As `a1111`, of a kind of the Image Generation API."""

    def draw(bridge, way):
        code, job = bridge.call(f"/generate/{kind}", {**body, **way.fields})
        assert code == 202, job
        while job["status"] in ("queued", "processing"):
            job = bridge.call(f"/jobs/{job['id']}")[1]
        assert job["status"] == "completed", job
        return {"": base64.b64decode(job["result"]["images"][0])}

    return draw


def pixart(bridge, way):
    """As `a1111`, of Pixart's own editor."""
    id = uuid.uuid4().hex
    bridge.generate(id, OPAQUE, seed=5, **way.fields)
    shown = picture(bridge.finished(id))
    return {" status": shown, " result": bridge.call(f"/api/pixel-generation/result/{id}")[1]}


def unified(body):
    """As `a1111`, of the unified endpoint."""

    def draw(bridge, way):
        code, answer = bridge.call("/generate", {**body, **way.fields})
        assert code == 200, answer
        return {"": base64.b64decode(answer["base64"])}

    return draw


def aleaart(body):
    """As `a1111`, of AleaArt: the picture in the answer, and the file that the answer names."""

    def draw(bridge, way):
        code, answer = bridge.call("/generate-image", {**body, **way.fields})
        assert code == 200, answer
        shown = base64.b64decode(answer["imageBase64"].partition(",")[2])
        return {"": shown, ", file": bridge.call(answer["imageUrl"])[1]}

    return draw


START, WHITE = text(OPAQUE), text(sketches.encoded(Image.new("L", (64, 64), 255)))
ROUTES = {
    "a1111 txt2img": a1111("txt2img", SMALL),
    "a1111 txt2img, CJK": a1111("txt2img", {**SMALL, "prompt": "木"}),
    "a1111 img2img": a1111("img2img", {**SMALL, "init_images": [START]}),
    "a1111 img2img, mask": a1111("img2img", {**SMALL, "init_images": [START], "mask": WHITE}),
    "a1111 extra-single-image": a1111("extra-single-image", {"image": START, "upscaler_1": "Lanczos"}),
    "a1111 extra-batch-images": a1111(
        "extra-batch-images", {"imageList": [{"data": START, "name": "a"}], "upscaler_1": "Nearest"}
    ),
    "imagegen text2img": imagegen("text2img", SMALL),
    "imagegen img2img": imagegen("img2img", {**SMALL, "initImage": START}),
    "imagegen inpaint": imagegen("inpaint", {**SMALL, "image": START, "mask": START}),
    "imagegen style-transfer": imagegen("style-transfer", {**SMALL, "contentImage": START, "styleImage": START}),
    "pixart": pixart,
    "unified txt2img": unified({**SMALL, "mode": "txt2img"}),
    "unified img2img": unified({**SMALL, "mode": "img2img", "init_image": START}),
    "aleaart nested": aleaart({"parameters": PARAMETERS, "tokenId": "1"}),
    "aleaart flat": aleaart(SMALL),
}


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, comfy):
    environment = {"COMFYUI_URL": comfy.url, "PIXART_GENERATION_SIDE": "64", **PANEL}
    with BridgeProcess(tmp_path_factory.mktemp("bridge"), **environment) as bridge:
        ready(bridge)
        yield bridge


@pytest.fixture(scope="module")
def reticent(tmp_path_factory, comfy):
    """A server that never says how a picture was made."""
    environment = {"COMFYUI_URL": comfy.url, "PIXART_GENERATION_SIDE": "64", "PIXART_METADATA": "false"}
    with BridgeProcess(tmp_path_factory.mktemp("reticent"), **environment) as bridge:
        ready(bridge)
        yield bridge


@pytest.fixture(scope="module")
def drawn(bridge, reticent):
    """What each route answers in each way, and what the reticent server does.

    One route after the other: ComfyUI samples a picture only once then.
    """
    made = {way: {} for way in (*WAYS, "reticent")}
    for name, draw in ROUTES.items():
        for way in WAYS:
            made[way] |= {name + part: data for part, data in draw(bridge, way).items()}
        made["reticent"] |= {name + part: data for part, data in draw(reticent, Way(metadata=True)).items()}
    for way in WAYS:
        assert [name for name, data in made[way].items() if not data.startswith(MAGIC[way.form])] == []
    return made


@pytest.fixture(scope="module")
def pictures(drawn):
    """A PNG of each route, by its name."""
    return drawn[Way()]


@pytest.fixture(scope="module")
def expected(pictures):
    return {name: readers.seen(readers.pillow(data)) for name, data in pictures.items()}


@pytest.fixture(scope="module")
def editor(comfy, tmp_path_factory):
    with open_editor(comfy.url, tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture(scope="module", params=["jpeg", "webp"])
def encoded(request, drawn):
    """Type, and a JPEG or WebP of each route, by its name."""
    return f"image/{request.param}", drawn[Way(request.param)]


def assert_like(found, pictures):
    """As Pillow reads them, within what decoders of lossy formats may differ in; and no other picture."""
    for name, data in pictures.items():
        wanted = readers.pillow(data)
        assert found[name].shape == wanted.shape, name
        assert np.abs(found[name].astype(int) - wanted).max() <= 8, name


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


def test_every_reader_reads_every_jpeg_and_webp(packages, encoded, expected):
    _, pictures = encoded
    for name, data in pictures.items():
        off = np.abs(readers.seen(readers.pillow(data)).astype(int) - expected[name])
        assert off.mean() < 12, name  # it is that picture, as far as 64 pixels of noise can be kept
    assert_like(readers.sharp(packages, pictures), pictures)
    pytest.importorskip("cv2")
    assert_like({name: readers.opencv(data) for name, data in pictures.items()}, pictures)


@pytest.mark.browser
def test_chromium_reads_every_jpeg_and_webp(editor, encoded):
    kind, pictures = encoded
    assert_like({n: readers.chromium(editor.page, data, kind) for n, data in pictures.items()}, pictures)


def test_every_jpeg_and_webp_of_a1111s_drawing_routes_has_its_infotext_where_a1111_has_it(bridge, encoded):
    for name in ("txt2img", "txt2img, CJK", "img2img", "img2img, mask"):
        data = encoded[1][f"a1111 {name}"]
        with Image.open(io.BytesIO(data)) as opened:
            told = opened.getexif().get_ifd(0x8769)[0x9286]
        assert told.startswith(b"UNICODE\0")
        infotext = told[8:].decode("utf-16-be")
        assert infotext.startswith("木" if "CJK" in name else "a tree") and "Steps: 2, Sampler: Euler" in infotext
        assert bridge.call("/sdapi/v1/png-info", {"image": text(data)})[1]["info"] == infotext


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_a_jpeg_and_a_webp_can_be_had_without_metadata(drawn, form):
    told = {
        name: [word for word in (b"Exif", b"EXIF", b"tree") if word in data]
        for name, data in drawn[Way(form, False)].items()
    }
    assert {name: words for name, words in told.items() if words} == {}


@pytest.mark.browser
def test_the_editor_finds_the_graph_of_a_webp(editor, drawn):
    made = {
        name: data for name, data in drawn[Way("webp")].items() if name.startswith(("pixart", "unified", "aleaart"))
    }
    told = {name: editor.page.evaluate(readers.EDITORS_OF_WEBP, text(data)) for name, data in made.items()}
    even = {name: texts for name, texts in told.items() if texts}  # 1.32.9 loses its way behind a chunk of odd length
    assert even and all(json.loads(texts["workflow"])["nodes"] for texts in even.values())


@pytest.mark.browser
def test_the_editor_finds_the_graph_of_every_png_and_no_other_text_before_it(editor, pictures):
    told = {name: editor.page.evaluate(readers.EDITORS, text(data)) for name, data in pictures.items()}
    assert [name for name, texts in told.items() if not texts["workflow"] or texts.get("parameters")] == []


def test_every_png_of_a1111s_drawing_routes_has_its_infotext_where_a1111_has_it(pictures):
    for name in ("txt2img", "txt2img, CJK", "img2img", "img2img, mask"):
        data = pictures[f"a1111 {name}"]
        with Image.open(io.BytesIO(data)) as opened:
            assert "Steps: 2, Sampler: Euler" in opened.info["parameters"]
        assert data.index(b"parameters") < data.index(b"IDAT")


# A panel's frames


LOST = [3, 2, 3]  # bits of red, green and blue that RGB565 has no room for
FRAMES = {"txt2img": SMALL, "img2img": {**SMALL, "init_images": [START]}}


@pytest.mark.parametrize("form", ["binary", "json"])
@pytest.mark.parametrize("route", FRAMES)
def test_every_frame_for_a_panel_is_the_picture_that_a1111s_route_draws(bridge, pictures, route, form):
    code, answer = bridge.call(f"/pico/sdapi/v1/{route}?format={form}", FRAMES[route])
    assert code == 200, answer
    frame = base64.b64decode(answer["images"][0]) if form == "json" else answer
    cut = readers.pillow(pictures[f"a1111 {route}"])[..., :3].astype(int)  # Save Image drops fractions, a panel rounds
    low, high = cut >> LOST, np.minimum(cut + 1, 255) >> LOST
    for read in (readers.opencv_of_a_frame, readers.pillow_of_a_frame):
        levels = read(frame, 64) >> LOST
        assert ((levels == low) | (levels == high)).all()
    assert (low == high).mean() > 0.7, "else it says little"


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


def test_a_request_of_every_dialect_can_have_its_pictures_without_metadata(drawn, pictures, expected):
    made = drawn[Way("png", False)]
    assert [name for name, data in made.items() if not bare(data)] == []
    assert [name for name, data in pictures.items() if bare(data)] == []
    assert_same({name: readers.opencv(data) for name, data in made.items()}, expected)


def test_a_server_can_have_all_pictures_without_metadata(drawn, pictures):
    assert [name for name, data in drawn["reticent"].items() if not bare(data)] == []
    assert drawn["reticent"].keys() == pictures.keys()
