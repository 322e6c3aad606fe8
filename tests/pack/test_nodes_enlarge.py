"""Enlarge Pixel Art and Tile Preview in a real ComfyUI: the core's pixels, batches alike, refusals in words."""

import io

import numpy as np
import pytest
from PIL import Image
from pixart_nodes.pixel.resize.enlarge import METHODS, enlarge

pytestmark = pytest.mark.comfy

INK = np.array([[0, 0, 0, 255], [255, 255, 255, 255], [200, 40, 40, 255], [0, 0, 0, 0]], np.uint8)
ART = INK[np.random.default_rng(2).integers(0, 4, (7, 9))]


def loaded(comfy):
    data = io.BytesIO()
    Image.fromarray(ART).save(data, "PNG")
    return {"class_type": "PixartLoadImage", "inputs": {"image": comfy.put_input("enlarge.png", data.getvalue())}}


def shown(comfy, node, **inputs):
    """The pictures that a node gives for ART."""
    asked = {
        "picture": loaded(comfy),
        "node": {"class_type": node, "inputs": {"image": ["picture", 0], **inputs}},
        "out": {"class_type": "PreviewImage", "inputs": {"images": ["node", 0]}},
    }
    images = comfy.run(asked)["outputs"]["out"]["images"]
    return [np.array(Image.open(io.BytesIO(comfy.output(image)))) for image in images]


@pytest.mark.parametrize("method", METHODS)
def test_the_node_gives_what_the_core_gives(comfy, method):
    factor = max(2, METHODS[method].base)
    assert np.array_equal(shown(comfy, "PixartEnlarge", method=method, factor=factor)[0], enlarge(ART, method, factor))


def test_wide_pixels_are_wide_and_a_factor_of_one_leaves_the_size(comfy):
    wide = ART.repeat(3, axis=0).repeat(6, axis=1)
    assert np.array_equal(shown(comfy, "PixartEnlarge", method="nearest", factor=3, aspect=2)[0], wide)
    assert np.array_equal(shown(comfy, "PixartEnlarge", method="nearest", factor=1)[0], ART)


def test_tiles_repeat(comfy):
    tiles = shown(comfy, "PixartTile", columns=2, rows=3, offset=False)[0]
    assert np.array_equal(tiles, np.tile(ART, (3, 2, 1)))


def test_a_factor_that_a_method_cannot_do_is_said_before_anything_runs(comfy):
    with pytest.raises(AssertionError, match="scale3x enlarges by 3 or 9, not by 4"):
        shown(comfy, "PixartEnlarge", method="scale3x", factor=4)
