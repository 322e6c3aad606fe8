"""What a machine's program shows in an emulator is the preview, pixel by pixel, once both have the machine's bits.

PyBoy, cynes and zx are Python packages; libretro's cores are tried where they are installed, see `libretro.py`.
"""

import subprocess
import sys

import libretro
import numpy as np
import pytest
from pixart_nodes.pixel.machine.conversion import convert
from pixart_nodes.pixel.machine.formats import bundle
from pixart_nodes.pixel.machine.programs import game_boy
from pixart_nodes.pixel.machine.table import machine
from pixart_nodes.pixel.machine.wishes import Wishes
from pixart_nodes.pixel.palette.palette import packed


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


def share(shown, picture):
    """How much of a frame is the picture, in the machine's bits or where colours correspond one to one: 1 is all."""
    wanted, gamut = picture.pixels[..., :3], picture.machine.gamut
    assert shown.shape == wanted.shape
    if gamut.bits:
        cut = (shown >> (8 - gamut.bits) == wanted >> (8 - gamut.bits)).all(axis=2).mean()  # some leave low bits 0
        return max(cut, (gamut.rounded(shown) == gamut.rounded(wanted)).all(axis=2).mean())
    partner, keys = {}, packed(shown)
    for color in np.unique(packed(wanted)):
        values, counts = np.unique(keys[packed(wanted) == color], return_counts=True)
        partner[color] = values[counts.argmax()]
    assert len(set(partner.values())) == len(partner), "two colours are shown as one"
    return np.mean([partner[color] == key for color, key in zip(packed(wanted).flat, keys.flat, strict=True)])


def pyboy(data, tmp_path, color):
    emulator = pytest.importorskip("pyboy")
    path = tmp_path / "program.gbc"
    path.write_bytes(data)
    with emulator.PyBoy(str(path), window="null", cgb=color, sound_emulated=False, log_level="ERROR") as running:
        running.tick(150, True)
        frame = np.array(running.screen.ndarray[..., :3])
        running.stop(save=False)
    return frame


def cynes(data, tmp_path):
    emulator = pytest.importorskip("cynes")
    path = tmp_path / "program.nes"
    path.write_bytes(data)
    running = emulator.NES(str(path))  # its frame is its own memory, and goes with it
    return np.array(running.step(frames=30))


def spectrum(data, ending, tmp_path):
    emulator = pytest.importorskip("zx")
    path = tmp_path / f"picture{ending}"
    path.write_bytes(data)
    running = emulator.Spectrum(headless=True)
    running._load_file(str(path))
    running.run(duration=0.1)
    running.render_screen()
    frame = np.frombuffer(bytes(running.get_frame_pixels()), np.uint32).reshape(280, 352)[48:240, 48:304]
    return np.stack([frame >> 16 & 255, frame >> 8 & 255, frame & 255], axis=-1).astype(np.uint8)


def program(picture, ending):
    return bundle.files(picture, "picture")[f"picture{ending}"]


@pytest.mark.parametrize("tiles", [-1, 200])
def test_a_game_boy_shows_the_picture_also_when_tiles_are_switched_on_the_way(legal, tmp_path, tiles):
    picture = legal("gb", tiles=tiles, dither="pattern")
    assert (len(picture.tile_set.tiles) > 256) == (tiles == -1)
    assert share(pyboy(game_boy.game_boy(picture), tmp_path, color=False), picture) == 1


def test_a_game_boy_color_shows_the_picture(legal, tmp_path):
    picture = legal("gbc")
    assert share(pyboy(program(picture, ".gbc"), tmp_path, color=True), picture) == 1


def test_a_nes_shows_the_picture(legal, tmp_path):
    assert share(cynes(program(legal("nes"), ".nes"), tmp_path), legal("nes")) == 1


@pytest.mark.parametrize("ending", [".z80", ".scr"])
def test_a_spectrum_shows_the_picture(legal, tmp_path, ending):
    assert share(spectrum(program(legal("zx"), ending), ending, tmp_path), legal("zx")) == 1


def test_one_wrong_bit_of_an_attribute_or_of_a_tile_is_seen(legal, tmp_path):
    picture = legal("nes")
    data = bytearray(program(picture, ".nes"))
    attribute, tile = 16 + 0x1100 + 960 + 20, 16 + 0x8000 + 16 * int(picture.tile_set.index[12, 12])
    for place in (attribute, tile):
        wrong = bytearray(data)
        wrong[place] ^= 1
        assert share(cynes(bytes(wrong), tmp_path), picture) < 1


CORES = {
    "gb": ("gambatte", {"gambatte_gb_colorization": "disabled"}),
    "gbc": ("gambatte", {"gambatte_gbc_color_correction": "disabled"}),
    "snes": ("snes9x", {}),
    "megadrive": ("genesis_plus_gx", {}),
    "mastersystem": ("genesis_plus_gx", {}),
    "gamegear": ("genesis_plus_gx", {}),
    "pce": ("mednafen_pce_fast", {}),
    "gba": ("mgba", {"mgba_color_correction": "OFF"}),
    "msx1": ("genesis_plus_gx", {}),
}


@pytest.mark.parametrize("name", CORES)
def test_a_libretro_core_shows_the_picture(legal, tmp_path, name):
    core, options = CORES[name]
    path = libretro.core(core)
    if path is None:
        pytest.skip(f"the core {core} isn't installed")
    picture = legal(name)
    ending = picture.machine.files[-1].ending
    (tmp_path / f"picture{ending}").write_bytes(program(picture, ending))
    settings = [f"{key}={value}" for key, value in options.items()]
    command = [
        sys.executable,
        libretro.__file__,
        path,
        tmp_path / f"picture{ending}",
        tmp_path / "frame.npy",
        *settings,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    frame = np.load(tmp_path / "frame.npy")
    border = frame.shape[0] - picture.slots.shape[0]
    assert border >= 0
    frames = (frame[top : top + picture.slots.shape[0]] for top in range(border + 1))
    assert any(share(each, picture) == 1 for each in frames)
