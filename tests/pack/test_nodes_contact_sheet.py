"""A contact sheet shows what Downscale and Quantize make, and gives on the picture that was taken."""

import io

import numpy as np
import pytest
import sketches
from PIL import Image
from pixart_nodes import library
from pixart_nodes.pixel.dither import table
from pixart_nodes.pixel.resize import downscale

pytestmark = pytest.mark.comfy

SMALL = {"width": 16, "height": 0, "fit": "stretch"}


def node(kind, **inputs):
    return {"class_type": f"Pixart{kind}", "inputs": inputs}


def compared(comfy, take=0, **more):
    """The nodes of a sheet of a drawing, and of what it takes."""
    name = comfy.put_input("sheet.png", sketches.encoded(sketches.tree(64)))
    asked = {"palettes": "pico-8, gameboy", "dithers": "none, bayer-4", "methods": "box", **SMALL, "zoom": 2, **more}
    return {
        "picture": node("LoadImage", image=name),
        "sheet": node("ContactSheet", image=["picture", 0], take=take, **asked),
        "taken": node("SaveIndexed", images=["sheet", 1], palette=["sheet", 2], filename_prefix="sheet/taken"),
    }


def pixels(comfy, file):
    return np.array(Image.open(io.BytesIO(comfy.output(file))).convert("RGBA"))


def test_the_picture_taken_is_what_downscale_and_quantize_make_with_these_names(comfy):
    prompt = compared(comfy, take=3)
    prompt["palette"] = node("Palette", palette="gameboy", colors="", file="")
    prompt["small"] = node("Downscale", image=["picture", 0], method="box", **SMALL)
    settings = {"metric": "oklab", "dither": "bayer-4", "strength": 1.0, "serpentine": True, "alpha_threshold": 0.5}
    prompt["quantized"] = node("Quantize", image=["small", 0], palette=["palette", 0], **settings)
    prompt["expected"] = node("SaveIndexed", images=["quantized", 0], filename_prefix="sheet/expected")
    outputs = comfy.run(prompt)["outputs"]
    [taken], [expected] = (outputs[name]["images"] for name in ("taken", "expected"))
    assert np.array_equal(pixels(comfy, taken), pixels(comfy, expected))
    assert outputs["sheet"]["pixart"] == [{"taken": "3 gameboy, bayer-4, box"}]


def test_each_cell_says_what_was_done_and_shows_it_where_it_says(comfy):
    outputs = comfy.run(compared(comfy, take=2))["outputs"]
    cells, [image], [taken] = outputs["sheet"]["cells"], outputs["sheet"]["images"], outputs["taken"]["images"]
    assert [(cell["palette"], cell["dither"], cell["method"]) for cell in cells] == [
        (palette, dither, "box") for palette in ("pico-8", "gameboy") for dither in ("none", "bayer-4")
    ]
    cell, small = cells[2], pixels(comfy, taken)
    shown = pixels(comfy, image)[cell["y"] :: 2, cell["x"] :: 2][: small.shape[0], : small.shape[1]]
    opaque = small[..., 3] == 255
    assert opaque.any() and np.array_equal(shown[opaque], small[opaque])


def test_a_palette_that_is_linked_goes_first(comfy):
    prompt = compared(comfy, palette=["mine", 0], palettes="pico-8", dithers="none")
    prompt["mine"] = node("Palette", palette="pico-8", colors="#102030 #e0d0c0", file="")
    outputs = comfy.run(prompt)["outputs"]
    assert [cell["palette"] for cell in outputs["sheet"]["cells"]] == ["linked", "pico-8"]
    [taken] = outputs["taken"]["images"]
    seen = {tuple(color) for color in pixels(comfy, taken).reshape(-1, 4).tolist() if color[3]}
    assert seen <= {(0x10, 0x20, 0x30, 255), (0xE0, 0xD0, 0xC0, 255)}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"palettes": "pico8"}, "Palette 'pico8' is unknown. Did you mean 'pico-8'?"),
        ({"dithers": "none, bayer"}, "Dither 'bayer' is unknown. Did you mean"),
        ({"methods": " , "}, "methods is empty: name at least one, or all."),
        (
            {"palettes": "all", "dithers": "all"},
            f"{len(library.palettes())} palettes x {len(table.DITHERS)} dithers x 1",
        ),
    ],
)
def test_what_a_sheet_can_not_show_is_refused_before_it_is_queued(comfy, asked, said):
    with pytest.raises(AssertionError) as refusal:
        comfy.run(compared(comfy, **asked))
    assert said in str(refusal.value).replace("\\u", "")


def test_a_number_that_no_picture_has_is_refused_with_how_many_there_are(comfy):
    status = comfy.run(compared(comfy, take=4))["status"]
    said = dict(status["messages"])["execution_error"]["exception_message"]
    assert said.strip() == "take is 4, but the sheet has 4 pictures, numbered from 0."


def test_all_is_every_palette_or_every_method(comfy):
    outputs = comfy.run(compared(comfy, palettes="all", dithers="none", zoom=1))["outputs"]
    assert [cell["palette"] for cell in outputs["sheet"]["cells"]] == list(library.palettes())
    outputs = comfy.run(compared(comfy, palettes="pico-8", dithers="none", methods="all"))["outputs"]
    assert [cell["method"] for cell in outputs["sheet"]["cells"]] == list(downscale.METHODS)
