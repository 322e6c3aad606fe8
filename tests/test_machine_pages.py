"""Each machine has a page that says what the table says of it, with a picture of what its screen shows."""

import sys

import numpy as np
import pytest
from emulators import EMULATORS
from PIL import Image
from pixart_nodes.pixel.machine import native
from pixart_nodes.pixel.machine.table import MACHINES

from bridge.core.places import ROOT

sys.path.append(str(ROOT / "docs"))  # the scripts that make them
import machine_pages
import machine_pictures

FILES = machine_pages.files()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_page_is_what_the_table_makes_it(path):
    assert path.read_text(encoding="utf-8") == FILES[path], "run: python docs/machine_pages.py"


def test_every_machine_has_its_page_and_its_picture_and_nothing_else_is_there():
    wanted = {f"{name}.{ending}" for name in MACHINES for ending in ("md", "png")}
    assert {path.name for path in machine_pages.FOLDER.iterdir()} == wanted | {machine_pictures.SOURCE}


@pytest.mark.parametrize("name", MACHINES)
def test_a_picture_has_the_machines_size_and_no_more_colours_than_it_shows(name):
    machine = MACHINES[name]
    with Image.open(machine_pages.FOLDER / f"{name}.png") as picture:
        assert picture.mode == "P"
        pixels = np.asarray(picture.convert("RGBA"))[:, :: round(machine.aspect)]
    assert pixels.shape[1::-1] == machine.size
    colors = len(np.unique(pixels.reshape(-1, 4), axis=0))
    assert colors <= min(
        len(machine.gamut.codes), max(1, machine.palettes) * machine.colors if machine.palettes else 256
    )
    if name not in EMULATORS:  # whose colours may have other low bits
        assert (native.places(pixels, machine) >= 0).all()


def test_the_sheet_is_small_and_has_the_photograph_and_every_emulator():
    width, height = machine_pictures.CELL
    with Image.open(machine_pictures.SHEET) as sheet:
        assert sheet.mode == "P"
        across = (sheet.width + machine_pictures.MARGIN) // (width + machine_pictures.MARGIN)
        down = (sheet.height + machine_pictures.MARGIN) // (height + machine_pictures.MARGIN)
    assert 0 <= across * down - 1 - len(EMULATORS) < across
    assert machine_pictures.SHEET.stat().st_size < 9_000 * len(EMULATORS)
