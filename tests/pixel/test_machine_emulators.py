"""What a machine's program shows in an emulator is the preview, pixel by pixel, once both have the machine's bits.

The emulators that are tried are those of `emulators.py` that are installed.
"""

import numpy as np
import pytest
from emulators import EMULATORS, share
from pixart_nodes.pixel.machine.conversion import convert
from pixart_nodes.pixel.machine.formats import bundle
from pixart_nodes.pixel.machine.table import machine
from pixart_nodes.pixel.machine.wishes import Wishes


def scene(name):
    """A screen of slopes, a disc, lines and some grain: many palettes, many tiles."""
    width, height = machine(name).size
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([x * 255 // width, y * 255 // height, (2 * x + 3 * y) % 256], axis=-1)
    picture[(x - width // 2) ** 2 + (y - height // 2) ** 2 < 40**2] = (240, 200, 60)
    picture[(x + y) % 37 == 0] = (20, 20, 60)
    noisy = picture + np.random.default_rng(5).normal(0, 12, picture.shape)
    return np.dstack([np.clip(noisy, 0, 255), np.full((height, width), 255)]).astype(np.uint8)


@pytest.fixture(scope="module")
def legal():
    """One converted screen of each machine, made when first asked for."""
    made = {}

    def one(name, **wishes):
        key = name, *wishes.items()
        if key not in made:
            made[key] = convert(scene(name)[None], machine(name), Wishes(**wishes))[0]
        return made[key]

    return one


RUNS = [(name, each) for name, known in EMULATORS.items() for each in known]


@pytest.mark.parametrize(
    ("name", "emulator"), RUNS, ids=[f"{name} in {each.title} {each.ending}" for name, each in RUNS]
)
def test_an_emulator_shows_the_picture(legal, tmp_path, name, emulator):
    if not emulator.is_here:
        pytest.skip(f"{emulator.title} isn't installed")
    assert emulator.screen(legal(name), tmp_path) is not None


@pytest.mark.parametrize("tiles", [-1, 200])
def test_a_game_boy_shows_the_picture_also_when_tiles_are_switched_on_the_way(legal, tmp_path, tiles):
    picture = legal("gb", tiles=tiles, dither="pattern")
    assert (len(picture.tile_set.tiles) > 256) == (tiles == -1)
    [pyboy, _] = EMULATORS["gb"]
    assert pyboy.screen(picture, tmp_path) is not None


# Where in a program a bit is that the screen shows: of an attribute and of a tile, or of a bitmap.
BITS = {
    "nes": lambda tiles: (16 + 0x1100 + 960 + 20, 16 + 0x8000 + 16 * int(tiles.index[12, 12])),
    "wonderswan": lambda tiles: (0x10800 + 2 * (32 * 9 + 14) + 1, 0x11000 + 32 * int(tiles.index[9, 14])),
    "ega": lambda tiles: (-8000 - 40 * 100 + 20,),
    "cpc": lambda tiles: (0x100 + 0xC000 + 80 * 12 + 40,),
    "st": lambda tiles: (-160 * 100 + 80,),
}


@pytest.mark.parametrize("name", BITS)
def test_one_wrong_bit_of_an_attribute_or_of_a_tile_is_seen(legal, tmp_path, name):
    picture, emulator = legal(name), EMULATORS[name][-1]
    if not emulator.is_here:
        pytest.skip(f"{emulator.title} isn't installed")
    data = bundle.files(picture, "picture")[f"picture{emulator.ending}"]
    assert share(emulator.frame(data, tmp_path), picture) == 1
    for place in BITS[name](picture.tile_set):
        wrong = bytearray(data)
        wrong[place] ^= 1
        assert share(emulator.frame(bytes(wrong), tmp_path), picture) < 1
