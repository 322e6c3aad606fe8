"""A photo of paper through a real ComfyUI: the node gives what the room of `pixel` gives, and says what was seen."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from pixart_nodes.pixel.clean.paper.cleaning import Cleaning
from pixart_nodes.pixel.clean.paper.drawing import drawn
from test_pixel_paper import SLANTED, photo, sheet

pytestmark = pytest.mark.comfy


def node(kind, **inputs):
    return {"class_type": kind, "inputs": inputs}


@pytest.fixture(scope="module")
def seen():
    return photo(sheet(ruled=True)[0])


@pytest.fixture(scope="module")
def ran(comfy, seen):
    turned, file = np.rot90(seen), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # a telephone held upright: to be turned to the right
    Image.fromarray(np.ascontiguousarray(turned[..., :3])).save(file, "PNG", exif=exif)
    how = {"straighten": True, "strength": 1.0, "remove_rulings": True}
    entry = comfy.run(
        {
            "photo": node("PixartLoadImage", image=comfy.put_input("paper.png", file.getvalue())),
            "clean": node("PixartSketchCleanup", image=["photo", 0], ground="transparent", **how),
            "picture": node("SaveImage", images=["clean", 0], filename_prefix="paper/a"),
            "report": node("PreviewAny", source=["clean", 1]),
        }
    )
    assert entry["status"]["status_str"] == "success", entry["status"]
    return entry["outputs"]


def test_the_node_gives_the_ink_of_the_page(ran, seen, comfy):
    expected = drawn(seen, Cleaning("transparent")).pixels
    (file,) = ran["picture"]["images"]
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(comfy.output(file)))), expected)


def test_the_report_has_the_pages_corners_and_how_many_rulings_went(ran):
    report = json.loads(ran["report"]["text"][0])
    assert np.array(report["page"]) == pytest.approx(SLANTED, abs=0.5)
    assert report["ruled_lines"] >= 20 and report["dots"] == 0
