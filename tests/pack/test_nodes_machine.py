"""Pictures on machines through a real ComfyUI: made, saved with all their files, and checked."""

import io
import zipfile

import cv2
import numpy as np
import pytest
from PIL import Image
from pixart_nodes.pixel.machine.conversion import convert
from pixart_nodes.pixel.machine.formats import bundle
from pixart_nodes.pixel.machine.table import machine
from pixart_nodes.pixel.machine.wishes import Wishes

pytestmark = pytest.mark.comfy

NOISE = np.random.default_rng(9).integers(0, 256, (30, 28, 4), dtype=np.uint8)
NOISE[..., 3] = 255


def node(kind, **inputs):
    return {"class_type": kind, "inputs": inputs}


def prompt(comfy):
    out = io.BytesIO()
    Image.fromarray(NOISE).save(out, "PNG")
    making = {"fit": "keep", "method": "box", "dither": "pattern", "strength": 1.0, "tiles": 5, "shared_color": ""}
    return {
        "picture": node("PixartLoadImage", image=comfy.put_input("noise.png", out.getvalue())),
        "made": node("PixartMachine", image=["picture", 0], machine="gbc", quality="fast", seed=2, **making),
        "shown": node("PixartSaveIndexed", images=["made", 0], filename_prefix="machine/shown"),
        "saved": node("PixartMachineSave", pictures=["made", 1], filename_prefix="machine/art"),
        "right": node("PixartMachineCheck", image=["made", 0], machine="gbc"),
        "wrong": node("PixartMachineCheck", image=["picture", 0], machine="gbc"),
        "mask": node("MaskToImage", mask=["wrong", 0]),
        "where": node("PixartSaveIndexed", images=["mask", 0], filename_prefix="machine/where"),
        "seen": node("PreviewAny", source=["right", 1]),
    }


def test_a_picture_becomes_a_machines_with_all_its_files_and_is_checked(comfy):
    wanted = np.pad(NOISE, ((0, 2), (0, 4), (0, 0)))
    (legal,) = convert(wanted[None], machine("gbc"), Wishes(dither="pattern", tiles=5, seed=2))
    entry = comfy.run(prompt(comfy))
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"][-1][1].get("exception_message")
    done = entry["outputs"]
    shown = Image.open(io.BytesIO(comfy.output(done["shown"]["images"][0]))).convert("RGBA")
    assert np.array_equal(np.asarray(shown), legal.pixels)
    report = done["made"]["text"][0].split("\n")
    assert report[0].startswith("Game Boy Color: 160 x 144; 8 palettes of 4 colours")
    assert report[1] == "The picture keeps its 28 x 30 pixels, 4 columns and 2 rows of glass added."
    assert report[2].endswith("different tiles: 5.") and len(report) == 3
    files = {entry["filename"]: comfy.output(entry) for entry in done["saved"]["files"]}
    named = {**bundle.files(legal, "art_00001_"), "art_00001_.txt": (done["made"]["text"][0] + "\n").encode()}
    assert {name: data for name, data in files.items() if not name.endswith(".zip")} == named
    with zipfile.ZipFile(io.BytesIO(files["art_00001_.zip"])) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == named
    assert done["right"]["text"] == ["Game Boy Color can show this picture as it is."] and not done["right"]["pixart"]
    assert [fact["limit"] for fact in done["wrong"]["pixart"]] == ["cells"]
    where = np.asarray(Image.open(io.BytesIO(comfy.output(done["where"]["images"][0]))).convert("L"))
    assert where.shape == NOISE.shape[:2] and (where == 255).all()


@pytest.mark.parametrize(("picture", "mixed"), [("drawing", "pattern"), ("photograph", "diffusion")])
def test_the_dither_auto_says_what_the_picture_was_taken_for(comfy, picture, mixed):
    out = io.BytesIO()
    tones = cv2.GaussianBlur(np.random.default_rng(3).integers(0, 256, (96, 96, 3)).astype(np.float32), (0, 0), 3)
    halves = np.where(np.arange(96)[:, None, None] < 48, (200, 30, 90), (20, 90, 200)).repeat(96, axis=1)
    Image.fromarray((tones if picture == "photograph" else halves).astype(np.uint8)).save(out, "PNG")
    parts = prompt(comfy)
    parts["picture"] = node("PixartLoadImage", image=comfy.put_input(f"{picture}.png", out.getvalue()))
    parts["made"]["inputs"]["dither"] = "auto"
    done = comfy.run({name: parts[name] for name in ("picture", "made", "saved")})["outputs"]
    sentence = f"It was taken for a {picture}, so its dither is {mixed}."
    assert sentence in done["made"]["text"][0].split("\n")
    assert done["saved"]["pixart"][0]["remarks"][1:] == [sentence]
