"""A photograph becomes a console's picture over HTTP: two dialects, a zip of files, and what can't be done."""

import base64
import io
import zipfile

import numpy as np
import pytest
from bridge_process import BridgeProcess
from PIL import Image
from pixart_nodes.pixel.machine import legality
from pixart_nodes.pixel.machine.conversion import convert
from pixart_nodes.pixel.machine.fit import fitted
from pixart_nodes.pixel.machine.formats import bundle
from pixart_nodes.pixel.machine.table import machine
from pixart_nodes.pixel.machine.wishes import Wishes

pytestmark = pytest.mark.comfy

NOISE = np.random.default_rng(4).integers(0, 256, (40, 56, 4), dtype=np.uint8)
NOISE[..., 3] = 255


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, bare_comfy):
    with BridgeProcess(tmp_path_factory.mktemp("bridge"), COMFYUI_URL=bare_comfy.url) as bridge:
        yield bridge


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def unified(bridge, named, pixels=NOISE):
    return bridge.call("/generate", {"machine": named, "init_image": png(pixels)})


def unpacked(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_one_request_is_answered_with_the_picture_and_with_where_its_files_are(bridge):
    named = {"name": "gbc", "fit": "keep", "dither": "pattern", "tiles": 9}
    status, answer = unified(bridge, named)
    assert status == 200, answer
    (legal,) = convert(fitted(NOISE, machine("gbc"), "keep")[0][None], machine("gbc"), Wishes("pattern", tiles=9))
    shown = np.array(Image.open(io.BytesIO(base64.b64decode(answer["base64"]))).convert("RGBA"))
    assert np.array_equal(shown, legal.pixels)
    assert {"name": "gbc", "width": 56, "height": 40, "tiles": 9}.items() <= answer["machine"].items()
    assert answer["notes"] == ["The picture keeps its 56 x 40 pixels."]
    status, data = bridge.call(answer["files"])
    files = unpacked(data)
    words = files.pop("gbc.txt").decode()
    assert files == bundle.files(legal, "gbc")
    assert words.rstrip() == answer["machine"]["report"]


def test_the_editors_job_has_the_picture_and_a_zip(bridge):
    body = {"id": "machine-1", "sketchData": png(NOISE), "prompt": "", "machine": {"name": "zx", "fit": "pad"}}
    assert bridge.call("/api/pixel-generation/generate", body)[0] == 200
    status, data = bridge.call("/api/pixel-generation/files/machine-1")
    assert status == 200 and {"zx.scr", "zx.z80", "zx.sna", "zx.png", "zx.txt"} == set(unpacked(data))
    done = bridge.call("/api/pixel-generation/status/machine-1")[1]
    assert done["metadata"]["machine"]["fitted"].endswith(
        "the whole of it between bars was resized to 256 x 192 by box."
    )
    pixels = np.array(Image.open(io.BytesIO(base64.b64decode(done["resultDataUrl"].partition(",")[2]))).convert("RGBA"))
    assert legality.breaches(pixels, machine("zx")) == []


REFUSED = {
    "an unknown machine": ("ness", NOISE, 400, "Machine 'ness' is unknown. Did you mean 'nes'?"),
    "a machine by its usual name": ("Sega Genesis", NOISE, 400, "Did you mean 'megadrive'?"),
    "an unknown dither": ({"name": "nes", "dither": "patern"}, NOISE, 400, "Did you mean 'pattern'?"),
    "a size that does not fit": (
        {"name": "gb", "fit": "keep"},
        np.tile(NOISE, (4, 4, 1)),
        422,
        "more than the 160 x 144",
    ),
    "a colour outside the gamut": ({"name": "nes", "colors": ["#010203"]}, NOISE, 422, "NES can't show #010203"),
    "a colour twice": ({"name": "snes", "colors": ["#000", "#000"]}, NOISE, 422, "has a colour twice"),
    "no tiles": ({"name": "nes", "tiles": 0}, NOISE, 400, "machine.tiles must be a whole number from 1"),
    "too many tiles": ({"name": "nes", "tiles": 999}, NOISE, 422, "NES has room for 256 tiles, not for 999."),
    "nothing to be seen": ("nes", np.zeros((40, 40, 4), np.uint8), 422, "All of the picture is transparent"),
}


@pytest.mark.parametrize(("named", "pixels", "status", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_can_not_be_done_is_said_and_leaves_no_file(bridge, bare_comfy, named, pixels, status, sentence):
    output = bare_comfy.settings.comfyui_base / "output"
    before = {path for path in output.rglob("*") if path.is_file()}
    answered, answer = unified(bridge, named, pixels)
    assert (answered, answer["status"]) == (status, "error")
    assert sentence in answer["error"]
    assert {path for path in output.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("named", [{"name": "gb", "dither": "none"}, {"name": "nes", "tiles": 1}])
def test_one_pixel_and_one_tile_are_enough(bridge, named):
    status, answer = unified(bridge, named, NOISE[:1, :1])
    assert (status, answer["machine"]["tiles"]) == (200, 1)
