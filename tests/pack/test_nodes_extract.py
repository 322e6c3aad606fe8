"""Extract Palette in a real ComfyUI, and libimagequant where it is installed."""

import io
from importlib.util import find_spec
from pathlib import Path

import golden
import numpy as np
import pytest
from PIL import Image
from pixart_nodes import imagequant, library, picture_file
from pixart_nodes.errors import PixelError, UnknownName
from pixart_nodes.pixel.files import palette_file
from pixart_nodes.pixel.palette.extract import extract
from pixart_nodes.pixel.palette.palette import Entry, Palette


def png(pixels):
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


def node(kind, **inputs):
    return {"class_type": kind, "inputs": inputs}


def ran(comfy, extra=None, **inputs):
    """What became of a graph that has the node look at the scene."""
    prompt = {
        "picture": node("PixartLoadImage", image=comfy.put_input("scene.png", png(golden.small()))),
        "extract": node("PixartPaletteExtract", image=["picture", 0], **inputs),
        "save": node("PixartPaletteSave", palette=["extract", 0], format="gpl", filename_prefix="extract/found"),
        **(extra or {}),
    }
    return comfy.run(prompt)


def found(comfy, extra=None, **inputs):
    """The colours that the node finds in the scene."""
    (file,) = ran(comfy, extra, **inputs)["outputs"]["save"]["files"]
    return palette_file.parse(comfy.output(file), "found.gpl", picture_file.decode)


@pytest.mark.comfy
def test_a_graph_from_before_the_newer_inputs_still_runs(comfy):
    assert found(comfy, colors=8, method="k-means").hex() == extract(golden.small(), 8, "k-means").hex()


@pytest.mark.comfy
def test_the_node_keeps_locked_colours_and_takes_the_fewest_that_are_good_enough(comfy):
    locked = {"locked": node("PixartPalette", palette="gameboy", colors="", file="")}
    got = found(comfy, locked, colors=64, method="k-means", quality=80, locked=["locked", 0])
    assert got.hex() == extract(golden.small(), 64, "k-means", quality=80, locked=library.palette("gameboy")).hex()
    assert set(library.palette("gameboy").hex()) < set(got.hex()) and len(got) < 64


@pytest.mark.comfy
def test_eyes_and_a_mouth_of_four_pixels_come_out_in_their_colours(comfy):
    picture = (Path(__file__).parents[1] / "cases" / "salient_eyes.png").read_bytes()
    eyes = {"eyes": node("PixartLoadImage", image=comfy.put_input("salient_eyes.png", picture))}
    got = found(comfy, eyes | {"extract": node("PixartPaletteExtract", image=["eyes", 0], colors=8, method="salient")})
    assert got.hex() == extract(golden.decoded(picture), 8, "salient").hex()


@pytest.mark.comfy
def test_the_node_looks_where_the_mask_is_white(comfy):
    top = np.zeros(golden.small().shape[:2], np.uint8)
    top[:10] = 255
    mask = {"mask": node("LoadImageMask", image=comfy.put_input("top.png", png(np.dstack([top] * 3))), channel="red")}
    got = found(comfy, mask, colors=8, method="median-cut", quality=0, mask=["mask", 0])
    assert got.hex() == extract(golden.small(), 8, "median-cut", weights=top).hex()


@pytest.mark.comfy
def test_a_mask_of_another_size_is_refused_in_plain_words(comfy):
    mask = {"mask": node("SolidMask", value=1.0, width=5, height=7)}
    status = ran(comfy, mask, colors=8, method="median-cut", quality=0, mask=["mask", 0])["status"]
    said = status["messages"][-1][1]["exception_message"]
    assert "mask is 1 of 5 x 7 pixels, but image is 1 of 48 x 32" in said


def test_locked_colours_keep_their_names_and_stay_locked():
    ink = Palette((Entry((20, 12, 28), name="ink"), Entry((1, 2, 3), 0, "key")))
    entries = {entry.rgb: entry for entry in extract(golden.small(), 8, locked=ink).entries}
    assert entries[20, 12, 28] == Entry((20, 12, 28), 255, "ink", True)
    assert sum(entry.locked for entry in entries.values()) == 1


@pytest.mark.skipif(find_spec("libimagequant") is not None, reason="it is installed")
def test_without_its_package_libimagequant_is_not_offered_and_says_what_it_needs():
    assert "libimagequant" not in imagequant.methods()
    with pytest.raises(PixelError, match="needs the Python package of that name"):
        imagequant.require("libimagequant")
    with pytest.raises(UnknownName, match="Did you mean 'k-means'"):
        imagequant.require("kmeans")


@pytest.mark.skipif(find_spec("libimagequant") is None, reason="its package isn't installed")
@pytest.mark.parametrize("count", [1, 2, 16, 256])
def test_libimagequant_gives_as_many_colours_as_asked_with_the_locked_ones(count):
    methods, locked = imagequant.methods(), Palette.of([(255, 0, 255)])
    assert len(extract(golden.small(), count, "libimagequant", methods=methods)) == count
    around = extract(golden.small(), count, "libimagequant", locked=locked, methods=methods)
    assert "ff00ff" in around.hex() and len(around) == count


def given_on(comfy, pixels, colors, **more):
    """The colours that Own Colours gives for pixels and the palette gameboy."""
    prompt = {
        "picture": node("PixartLoadImage", image=comfy.put_input("own.png", png(pixels))),
        "fixed": node("PixartPalette", palette="gameboy", colors="", file=""),
        "own": node("PixartOwnColors", image=["picture", 0], palette=["fixed", 0], colors=colors, **more),
        "save": node("PixartPaletteSave", palette=["own", 0], format="gpl", filename_prefix="extract/own"),
    }
    (file,) = comfy.run(prompt)["outputs"]["save"]["files"]
    return palette_file.parse(comfy.output(file), "own.gpl", picture_file.decode).hex()


@pytest.mark.comfy
def test_own_colours_are_the_pictures_or_with_0_the_palettes(comfy):
    assert given_on(comfy, golden.small(), 0) == library.palette("gameboy").hex()
    assert given_on(comfy, golden.small(), 8) == extract(golden.small(), 8, "k-means").hex()
    assert given_on(comfy, golden.small(), 8, method="salient") == extract(golden.small(), 8, "salient").hex()


@pytest.mark.comfy
def test_a_picture_in_which_nothing_is_opaque_takes_the_palette(comfy):
    assert given_on(comfy, np.zeros((4, 4, 4), np.uint8), 8) == library.palette("gameboy").hex()
