"""The routes that pages ask on ComfyUI's own server: palettes as data, and previews that are what a run would make."""

import io
import json
import urllib.error
import urllib.request

import numpy as np
import pytest
from PIL import Image
from pixart_nodes import library
from pixart_nodes.pixel.files import palette_file
from pixart_nodes.pixel.palette.palette import Entry, Palette

pytestmark = pytest.mark.comfy


def asked(comfy, path, data=None, **headers):
    """Status, headers and body of an answer, the body read as JSON where it is that."""
    request = urllib.request.Request(comfy.url + path, data, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            status, head, body = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        status, head, body = error.code, error.headers, error.read()
    return status, head, json.loads(body) if head.get_content_type() == "application/json" else body


def test_every_built_in_palette_is_listed_with_its_colours_and_not_sent_twice(comfy):
    status, headers, body = asked(comfy, "/pixart/palettes")
    listed = {each["name"]: each["colors"] for each in body["palettes"]}
    assert (status, list(listed)) == (200, list(library.palettes()))
    assert listed["gameboy"] == ["#9bbc0f", "#8bac0f", "#306230", "#0f380f"]
    assert asked(comfy, "/pixart/palettes", **{"If-None-Match": headers["ETag"]})[0] == 304


def test_a_palette_file_is_answered_as_colours_names_and_the_text_for_the_node(comfy):
    mine = Palette((Entry((9, 9, 9), name="ink"), Entry((255, 0, 255), 0), Entry((9, 9, 9))), "Mine")
    status, _, body = asked(comfy, "/pixart/palette?name=mine.gpl", palette_file.write(mine, "gpl"))
    assert (status, body) == (
        200,
        {
            "name": "Mine",
            "title": "Mine",
            "author": "",
            "colors": ["#090909", "#ff00ff00", "#090909"],
            "text": "#090909 #ff00ff00 #090909",
            "names": ["ink", "", ""],
            "format": "gpl",
        },
    )


def test_text_is_answered_as_colours_and_no_address_is_asked(comfy):
    text = b"https://lospec.com/palette-list/gameboy"
    assert asked(comfy, "/pixart/palette", text)[2]["colors"] == ["#9bbc0f", "#8bac0f", "#306230", "#0f380f"]


@pytest.mark.parametrize(
    ("path", "data", "status", "sentence"),
    [
        ("?", b"reed", 400, "'reed' is not a colour"),
        ("?name=x.act", b"12", 400, "an .act file has 768 or 772 bytes, this one has 2"),
        ("?colors=300", b"red", 400, "colors is '300', and may be 2 to 256"),
        ("?name=x.png", bytes(5 << 20), 413, "A palette file may have 4 MB"),
    ],
)
def test_what_is_no_palette_is_refused_in_one_sentence(path, data, status, sentence, comfy):
    code, _, body = asked(comfy, f"/pixart/palette{path}", data)
    assert (code, list(body)) == (status, ["error"])
    assert sentence in body["error"]


def encoded(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def pixels(data):
    return np.array(Image.open(io.BytesIO(data)).convert("RGBA"))


STEPS = np.arange(48, dtype=np.uint8) * 5
PHOTO = np.dstack([*np.meshgrid(STEPS, STEPS), np.full((48, 48), 99, np.uint8)])
DOWN = {"width": 16, "height": 0, "method": "box", "fit": "stretch"}
TONES = {"metric": "oklab", "dither": "none", "strength": 1.0, "serpentine": True, "alpha_threshold": 0.5}
PALETTE = {"palette": "pico-8", "colors": "", "file": ""}


def graph(comfy, down=DOWN, tones=TONES, palette=PALETTE):
    photo = {"image": comfy.put_input("routes.png", encoded(PHOTO))}
    return {
        "photo": {"class_type": "PixartLoadImage", "inputs": photo},
        "palette": {"class_type": "PixartPalette", "inputs": palette},
        "down": {"class_type": "PixartDownscale", "inputs": {"image": ["photo", 0], **down}},
        "tones": {"class_type": "PixartQuantize", "inputs": {"image": ["down", 0], "palette": ["palette", 0], **tones}},
        "saved": {"class_type": "PixartSaveIndexed", "inputs": {"images": ["tones", 0], "filename_prefix": "routes/x"}},
    }


class Page:
    """What a page does: it says that it wants previews, queues prompts, and asks."""

    def __init__(self, comfy, client):
        self.comfy, self.client = comfy, client
        assert self.wish() == (204, b"")

    def wish(self, **more):
        status, _, answer = asked(self.comfy, "/pixart/preview", json.dumps({"client": self.client, **more}).encode())
        return status, answer

    def run(self, prompt):
        """The saved picture."""
        prompt_id = self.comfy.post("/prompt", {"prompt": prompt, "client_id": self.client})["prompt_id"]
        [file] = self.comfy.ended(prompt_id)["outputs"]["saved"]["images"]
        return pixels(self.comfy.output(file))


def test_a_preview_is_what_a_run_with_the_same_settings_makes(comfy):
    page = Page(comfy, "previews")
    page.run(graph(comfy))
    palette = PALETTE | {"colors": "black white red"}
    other = graph(comfy, DOWN | {"method": "nearest"}, TONES | {"dither": "bayer-4", "strength": 0.5}, palette)
    status, preview = page.wish(prompt=other, node="tones")
    assert status == 200
    assert np.array_equal(pixels(preview), page.run(other))


EDIT = {"add": "#123456", "lock": "", "merge": 0.0, "limit": 5, "sort": "luma", "transparent": ""}


@pytest.mark.parametrize(
    ("kind", "inputs", "before", "after"),
    [
        ("PixartPaletteEdit", {"palette": ["palette", 0], **EDIT}, {"limit": 5}, {"limit": 3}),
        ("PixartPaletteMerge", {"first": ["palette", 0], "second": ["palette", 0]}, {}, {}),
        ("PixartPaletteExtract", {"image": ["down", 0], "method": "median-cut"}, {"colors": 4}, {"colors": 9}),
        ("PixartOwnColors", {"image": ["down", 0], "palette": ["palette", 0]}, {"colors": 0}, {"colors": 7}),
    ],
)
def test_a_palette_that_other_nodes_make_is_made_anew_too(kind, inputs, before, after, comfy):
    def made(change, down, palette):
        prompt = graph(comfy, DOWN | down, palette=PALETTE | {"colors": palette})
        prompt["tones"]["inputs"]["palette"] = ["made", 0]
        return {**prompt, "made": {"class_type": kind, "inputs": inputs | change}}

    page = Page(comfy, f"palettes {kind}")
    page.run(made(before, {}, "black white red"))
    other = made(after, {"method": "nearest"}, "black white lime blue")
    status, preview = page.wish(prompt=other, node="tones")
    assert status == 200, preview
    assert np.array_equal(pixels(preview), page.run(other))


def test_a_field_that_comes_over_a_link_is_as_in_the_last_run(comfy):
    page = Page(comfy, "linked fields")

    def linked(height, method):
        size = {"class_type": "PixartCanvas", "inputs": {"width": 12, "height": height, "generation_side": 512}}
        return {**graph(comfy, {"width": ["size", 0], "height": 0, "method": method, "fit": "stretch"}), "size": size}

    page.run(linked(12, "box"))
    status, preview = page.wish(prompt=linked(12, "nearest"), node="tones")
    assert (status, pixels(preview).shape) == (200, (12, 12, 4))
    status, body = page.wish(prompt=linked(13, "nearest"), node="tones")
    assert (status, body["error"][:50]) == (404, "width comes over a link, and what came isn't known")


def test_the_original_is_what_the_node_gets(comfy):
    page = Page(comfy, "originals")
    prompt = graph(comfy, DOWN | {"width": 48})
    page.run(prompt)
    _, original = page.wish(prompt=prompt, node="down", original=True)
    assert np.array_equal(pixels(original)[..., :3], PHOTO)


def test_a_preview_is_of_the_picture_that_the_graph_loads_and_of_no_other(comfy):
    page = Page(comfy, "mine")
    prompt = graph(comfy, DOWN | {"width": 20})
    page.run(prompt)
    for change in ({"photo": {**prompt["photo"], "inputs": {"image": "another.png"}}}, {"photo": None}):
        status, body = page.wish(prompt={**prompt, **change}, node="tones")
        assert (status, list(body)) == (404 if change["photo"] else 400, ["error"])


@pytest.mark.parametrize(
    ("down", "sentence"),
    [
        ({"method": "blox"}, "Downscale method 'blox' is unknown. Did you mean 'box'?"),
        ({"width": "wide"}, "width is 'wide'; give a value of the node's field."),
        ({"width": 5000}, "A preview has at most 4096 pixels a side."),
    ],
)
def test_a_wrong_setting_of_a_preview_is_refused_by_name(down, sentence, comfy):
    page = Page(comfy, "wrong")
    page.run(graph(comfy))
    assert page.wish(prompt=graph(comfy, DOWN | down), node="down") == (400, {"error": sentence})
