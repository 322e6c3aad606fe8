"""What goes out of a real ComfyUI: sheets for engines, and files without the graph that made them."""

import io
import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
from PIL import Image
from pixart_nodes.pixel.files import sprite_sheet
from pixart_nodes.pixel.files.panel import rgb565

pytestmark = pytest.mark.comfy

FOLDER = Path(__file__).parents[1] / "cases"
CELLS = {"cell_width": 16, "cell_height": 16, "columns": 6, "rows": 1, "margin": 0, "spacing": 0, "count": 0}
LAYOUT = {"columns": 3, "margin": 1, "spacing": 2, "trim": False, "power_of_two": False, "extrude": 1}
TIMES = {"duration": 50, "durations": "", "tags": "walk 0-5"}


def node(kind, **inputs):
    return {"class_type": f"Pixart{kind}", "inputs": inputs}


def frames(comfy):
    """The nodes that give six frames."""
    data = (FOLDER / "walk.png").read_bytes()
    return {
        "sheet": node("LoadImage", image=comfy.put_input("walk.png", data)),
        "frames": node("SheetUnpack", image=["sheet", 0], skip_empty=True, **CELLS),
    }


def test_a_sheet_with_its_edges_repeated_is_cut_by_what_engines_read_beside_it(bare_comfy):
    prompt = frames(bare_comfy) | {
        "packed": node("SheetPack", image=["frames", 0], atlas_form="hash", name="hero", **LAYOUT, **TIMES),
        "saved": node(
            "SaveSheet", image=["packed", 0], atlas=["packed", 1], filename_prefix="out/hero", engine="tiled and godot"
        ),
    }
    image, atlas, tiles, sprites = bare_comfy.run(prompt)["outputs"]["saved"]["files"]
    assert [Path(one["filename"]).suffix for one in (image, atlas, tiles, sprites)] == [
        ".png",
        ".json",
        ".tsx",
        ".tres",
    ]
    pixels = np.array(Image.open(io.BytesIO(bare_comfy.output(image))).convert("RGBA"))
    told = Xml.fromstring(bare_comfy.output(tiles)).attrib
    grid = sprite_sheet.Grid(*(int(told[n]) for n in ("tilewidth", "tileheight", "columns", "margin", "spacing")))
    assert (grid.margin, grid.spacing) == (2, 4)
    original = np.array(Image.open(FOLDER / "walk.png").convert("RGBA"))
    expected = np.stack([original[:, 16 * n : 16 * n + 16] for n in range(6)])
    assert np.array_equal(sprite_sheet.unpack(pixels[None], grid, int(told["tilecount"])), expected)
    assert Xml.fromstring(bare_comfy.output(tiles)).find("image").get("source") == image["filename"]
    assert f'path="{image["filename"]}"' in bare_comfy.output(sprites).decode()
    assert json.loads(bare_comfy.output(atlas))["meta"]["image"] == image["filename"]


@pytest.mark.parametrize("graph", [True, False])
def test_each_node_that_saves_leaves_the_graph_out_where_that_is_asked_for(bare_comfy, graph):
    film = {"format": "apng", "duration": 50, "durations": "", "plays": 0, "tags": ""}
    more = {"filename_prefix": "out/bare"} | ({} if graph else {"save_workflow": False})
    prompt = frames(bare_comfy) | {
        "image": node("SaveIndexed", images=["sheet", 0], **more),
        "film": node("SaveAnimation", images=["frames", 0], **film, **more),
        "packed": node("SheetPack", image=["frames", 0], atlas_form="hash", name="hero", **LAYOUT, **TIMES),
        "atlas": node("SaveSheet", image=["packed", 0], atlas=["packed", 1], **more),
    }
    outputs = bare_comfy.run(prompt, graph={"nodes": []})["outputs"]
    for name in ("image", "film", "atlas"):
        with Image.open(io.BytesIO(bare_comfy.output(outputs[name]["images"][0]))) as picture:
            assert ({"prompt", "workflow"} <= picture.info.keys()) == graph, name
            assert graph or not picture.text, name


PANEL = {"width": 16, "height": 16, "fit": "contain", "rotation": "0", "byte_order": "little-endian"}
PANEL |= {"rounding": "round", "invert": False, "bgr": False, "background": "#000000", "filename_prefix": "out/panel"}
KEYED = {"transparency": "key-color", "key_color": "#00ff00"}


def test_a_sprite_goes_to_a_panel_with_alpha_or_a_key_colour(bare_comfy):
    prompt = frames(bare_comfy) | {
        "alpha": node("RGB565", image=["frames", 0], format="lvgl-9", transparency="alpha", **PANEL),
        "key": node(
            "RGB565", image=["frames", 0], format="raw", transparency="key-color", key_color="#00ff00", **PANEL
        ),
    }
    outputs = bare_comfy.run(prompt)["outputs"]
    original = np.array(Image.open(FOLDER / "walk.png").convert("RGBA"))
    for n in range(6):
        opaque = original[:, 16 * n : 16 * n + 16, 3] > 0
        data = bare_comfy.output(outputs["alpha"]["files"][n])
        assert data[:2] == b"\x19\x14" and data[12 + 512 :] == np.where(opaque, 255, 0).astype(np.uint8).tobytes()
        words = bare_comfy.output(outputs["key"]["files"][n])
        seen = rgb565.unpack(words, 16, 16, rgb565.Wire("little-endian"))
        assert np.array_equal((seen == (0, 255, 0)).all(axis=-1), ~opaque)


def test_frames_become_lvgls_indexed_images(bare_comfy):
    prompt = frames(bare_comfy) | {
        "saved": node("SaveLVGL", images=["frames", 0], version="lvgl-9", bits="auto", filename_prefix="out/lvgl")
    }
    told = bare_comfy.run(prompt)["outputs"]["saved"]
    assert len(told["files"]) == 6
    for file, facts in zip(told["files"], told["pixart"], strict=True):
        data = bare_comfy.output(file)
        assert data[0] == 0x19 and data[1] == {1: 7, 2: 8, 4: 9, 8: 10}[facts["bits"]]
        assert len(data) == facts["bytes"] == 12 + 4 * (1 << facts["bits"]) + 16 * 2 * facts["bits"]
