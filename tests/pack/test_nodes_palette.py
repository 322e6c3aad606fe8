"""The palette nodes in a real ComfyUI: what is loaded, edited and saved is the same entry by entry."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from pixart_nodes import library, picture_file
from pixart_nodes.pixel.files import palette_file, png
from pixart_nodes.pixel.palette import edit, swatch_picture
from pixart_nodes.pixel.palette.palette import Entry, Palette

pytestmark = pytest.mark.comfy

WRITTEN = palette_file.written()
MINE = Palette(
    (
        Entry((9, 9, 9), name="ink"),
        Entry((255, 0, 255), 0, "key"),
        Entry((1, 2, 3), name="sky/unused"),
        Entry((9, 9, 9), name="sky/again"),
        Entry((7, 80, 7), 128),
    ),
    "Mine",
)
SEEN = [[0, 3, 1, 4], [3, 0, 0, 1]]


def node(kind, **inputs):
    return {"class_type": f"Pixart{kind}", "inputs": inputs}


def palette_node(comfy, palette=MINE, name="mine.gpl"):
    return node("Palette", palette="pico-8", colors="", file=comfy.put_input(name, palette_file.write(palette, "gpl")))


def decoded(data):
    return np.array(Image.open(io.BytesIO(data)).convert("RGBA"))


def chunk(data, name):
    at = data.index(name)
    return data[at : at + 4 + int.from_bytes(data[at - 4 : at], "big")]


def test_a_palette_is_saved_in_every_format_and_loaded_again(comfy):
    prompt = {"mine": palette_node(comfy)}
    for kind in WRITTEN:
        prompt[kind] = node("PaletteSave", palette=["mine", 0], format=kind, filename_prefix=f"palettes/{kind}")
    outputs = comfy.run(prompt)["outputs"]
    again = {}
    for kind, format in WRITTEN.items():
        (file,), (facts,) = outputs[kind]["files"], outputs[kind]["pixart"]
        data = comfy.output(file)
        assert file["filename"].endswith(format.suffix) and facts["bytes"] == len(data)
        assert (facts["format"], facts["entries"], facts["transparent"]) == (kind, 5, 1)
        loaded = palette_file.parse(data, f"x{format.suffix}", picture_file.decode)
        name = comfy.put_input(f"again{format.suffix}", data) if kind != "riff-pal" else comfy.put_input("r.pal", data)
        again[f"{kind}-in"] = node("Palette", palette="pico-8", colors="", file=name)
        again[kind] = node("PaletteSave", palette=[f"{kind}-in", 0], format="gpl", filename_prefix=f"again/{kind}")
        assert [entry.rgb for entry in loaded.entries] == [entry.rgb for entry in MINE.entries]
    outputs = comfy.run(again)["outputs"]
    for kind, format in WRITTEN.items():
        found = palette_file.parse(comfy.output(outputs[kind]["files"][0]), "x.gpl", picture_file.decode)
        assert [entry.rgb for entry in found.entries] == [entry.rgb for entry in MINE.entries], kind
        assert (found.transparent == 1) == bool(format.keeps & {"alpha", "transparent"})
        assert (found.entries[0].name == "ink") == ("names" in format.keeps)


def sources():
    """Indexed pictures with repeats, unused entries and transparency, by the bits of a pixel."""
    random = np.random.default_rng(3)
    yield "mine", png.indexed(np.array(SEEN), MINE.table)
    for bits in (1, 2, 4, 8):
        picture = Image.fromarray(random.integers(0, 1 << bits, (6, 11), dtype=np.uint8), "P")
        picture.putpalette(random.integers(0, 5, 3 << bits, dtype=np.uint8).tobytes())
        out = io.BytesIO()
        picture.save(out, "PNG", bits=bits, transparency=1)
        yield f"{bits}-bit", out.getvalue()


def test_an_indexed_picture_is_loaded_and_saved_byte_for_byte(comfy):
    prompt = {}
    for name, data in sources():
        prompt[f"{name}-in"] = node("LoadIndexed", image=comfy.put_input(f"{name}.png", data))
        links = {key: [f"{name}-in", at] for key, at in (("images", 0), ("palette", 1), ("indices", 3))}
        prompt[name] = node("SaveIndexed", filename_prefix=f"indexed/{name}", **links)
        prompt[f"{name}-mask"] = {"class_type": "MaskToImage", "inputs": {"mask": [f"{name}-in", 2]}}
        prompt[f"{name}-seen"] = {"class_type": "PreviewImage", "inputs": {"images": [f"{name}-mask", 0]}}
    outputs = comfy.run(prompt)["outputs"]
    for name, source in sources():
        saved = comfy.output(outputs[name]["images"][0])
        assert outputs[name]["pixart"][0]["mode"] == "indexed"
        for part in (b"IHDR", b"PLTE", b"tRNS"):
            assert chunk(saved, part) == chunk(source, part), (name, part)
        before, after = (Image.open(io.BytesIO(data)) for data in (source, saved))
        assert (before.mode, after.mode) == ("P", "P") and np.array_equal(np.array(before), np.array(after)), name
        mask = decoded(comfy.output(outputs[f"{name}-seen"]["images"][0]))[..., 0]
        assert np.array_equal(mask, 255 - decoded(source)[..., 3]), name


def test_a_swapped_sprite_has_the_other_palette_at_the_same_indices(comfy):
    other = Palette.from_table([[10, 0, 0], [255, 0, 255], [30, 0, 0], [40, 0, 0], [50, 0, 0]], "other")
    name = comfy.put_input("sprite.png", png.indexed(np.array([[0, 3, 2, 1], [3, 0, 0, 1]]), MINE.table))
    prompt = {
        "sprite": node("LoadIndexed", image=name),
        "other": palette_node(comfy, other, "other.gpl"),
        "key": node("PaletteEdit", palette=["other", 0], transparent="1", **NOTHING),
        "swap": node(
            "PaletteSwap",
            image=["sprite", 0],
            old_palette=["sprite", 1],
            new_palette=["key", 0],
            other_colors="refuse",
            indices=["sprite", 3],
        ),
        "save": node(
            "SaveIndexed", images=["swap", 0], filename_prefix="swap/a", palette=["key", 0], indices=["sprite", 3]
        ),
    }
    data = comfy.output(comfy.run(prompt)["outputs"]["save"]["images"][0])
    picture = Image.open(io.BytesIO(data))
    assert np.array(picture).tolist() == [[0, 3, 2, 1], [3, 0, 0, 1]]
    assert chunk(data, b"PLTE")[4:] == other.table[:, :3].tobytes() and chunk(data, b"tRNS")[4:] == b"\xff\0"
    assert json.loads(picture.text["prompt"])["swap"]["class_type"] == "PixartPaletteSwap"


NOTHING = {name: nothing for name, (_, nothing) in edit.STEPS.items() if name != "transparent"}


def test_palettes_are_edited_joined_and_shown(comfy):
    wishes = {"add": "#29adff", "lock": "#010203", "merge": 0.02, "limit": 3, "sort": "luma", "transparent": "#ff00ff"}
    prompt = {
        "mine": palette_node(comfy),
        "pico": node("Palette", palette="pico-8", colors="", file=""),
        "edit": node("PaletteEdit", palette=["mine", 0], **wishes),
        "join": node("PaletteMerge", first=["edit", 0], second=["pico", 0]),
        "show": node("PalettePreview", palette=["join", 0], size=16, columns=5, indices=True),
        "save": node("PaletteSave", palette=["join", 0], format="gpl", filename_prefix="joined"),
    }
    outputs = comfy.run(prompt)["outputs"]
    expected = edit.join(edit.edit(MINE, **wishes), library.palette("pico-8"))
    assert outputs["save"]["pixart"][0]["colors"] == expected.hex()
    shown = decoded(comfy.output(outputs["show"]["images"][0]))[..., :3]
    assert np.array_equal(shown, swatch_picture.swatches(expected, 16, 5))


@pytest.mark.parametrize(
    ("kind", "inputs", "words"),
    [
        ("PaletteSave", {"format": "hexx", "filename_prefix": "x"}, "Did you mean 'hex'"),
        ("PaletteEdit", {**NOTHING, "sort": "lume", "transparent": ""}, "Did you mean 'luma'"),
    ],
)
def test_a_menu_entry_that_does_not_exist_is_refused_before_anything_runs(comfy, kind, inputs, words):
    prompt = {"mine": palette_node(comfy), "it": node(kind, palette=["mine", 0], **inputs)}
    if kind == "PaletteEdit":
        prompt["show"] = node("PalettePreview", palette=["it", 0], size=8, columns=0, indices=True)
    with pytest.raises(AssertionError, match=words):
        comfy.run(prompt)


def test_a_picture_without_a_palette_is_refused_with_the_node_that_reads_it(comfy):
    name = comfy.put_input("true.png", png.rgba(np.full((2, 2, 4), 255, np.uint8)))
    prompt = {"it": node("LoadIndexed", image=name)}
    prompt["show"] = node("PalettePreview", palette=["it", 1], size=8, columns=0, indices=True)
    entry = comfy.run(prompt)
    assert "is no indexed picture" in json.dumps(entry["status"]) and "Load Image with Alpha" in json.dumps(
        entry["status"]
    )


def test_indices_of_another_size_are_refused(comfy):
    small, large = (comfy.put_input(f"{n}.png", png.indexed(np.zeros((n, n), int), MINE.table)) for n in (2, 3))
    prompt = {
        "small": node("LoadIndexed", image=small),
        "large": node("LoadIndexed", image=large),
        "save": node("SaveIndexed", images=["small", 0], filename_prefix="x", indices=["large", 3]),
    }
    assert "The images are 2 x 2, 1 of them, but the indices 3 x 3" in json.dumps(comfy.run(prompt)["status"])
