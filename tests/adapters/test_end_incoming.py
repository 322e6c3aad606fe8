"""What comes in over REST and by `make`, through a real ComfyUI, is seen as its author saw it."""

import io
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import test_animation_composed as composed
import test_animation_frames as frames
from bridge_process import BridgeProcess, picture
from PIL import Image
from pixart_nodes import animation_frames
from pixart_nodes.pixel.files import animation_file
from pixart_nodes.pixel.files.animation_file import Film
from test_animation_file import few
from test_animation_frames import scene

from bridge.core.places import ROOT

pytestmark = pytest.mark.comfy

FOLDER = Path(__file__).parents[1] / "cases"
GREENS = ["#00c950", "#5ac85a", "#ffffff"]  # as Adobe RGB means (90, 200, 90), and the same numbers in sRGB


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, bare_comfy):
    with BridgeProcess(tmp_path_factory.mktemp("incoming"), COMFYUI_URL=bare_comfy.url) as bridge:
        yield bridge


def pixels(data):
    with Image.open(io.BytesIO(data)) as stored:
        return np.array(stored.convert("RGBA"))


@pytest.fixture(scope="module")
def make(tmp_path_factory, bare_comfy):
    """`make` from the command line: its arguments without the output; gives the picture and what was said."""
    folder = tmp_path_factory.mktemp("make")
    environment = {**os.environ, "COMFYUI_URL": bare_comfy.url, "PIXART_DATA": str(folder)}

    def run(*arguments, out="out.png"):
        command = [sys.executable, "-m", "bridge", "make", *map(str, arguments), "-o", str(folder / out)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return (folder / out).read_bytes(), done.stderr

    return run


def test_a_sketch_in_adobe_rgb_is_drawn_in_the_colours_it_was_drawn_in(bridge, make):
    path = FOLDER / "icc_adobergb.png"
    bridge.generate("adobe", path.read_bytes(), width=40, height=16, colorPalette=GREENS)
    over_rest = pixels(picture(bridge.finished("adobe")))
    assert over_rest[8, 20].tolist() == [0, 201, 80, 255]
    data, _ = make(path, "--size", "40x16", "--colors", ",".join(GREENS))
    assert pixels(data)[8, 20].tolist() == [0, 201, 80, 255]


def extent(rgba):
    """How wide and how high what is drawn is."""
    rows, columns = np.nonzero((rgba[..., 3] > 0) & (rgba[..., :3].min(axis=2) < 128))
    return int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


SHAPES = {None: (64, 64), "stretch": (64, 64), "crop": (64, 64), "pad": (64, 64), "longest": (64, 43)}


@pytest.mark.parametrize("fit", SHAPES)
def test_a_circle_stays_round_where_that_is_asked_for(bridge, fit):
    circle = (FOLDER / "circle_600x400.png").read_bytes()
    wish = {} if fit is None else {"fit": fit}
    bridge.generate(f"circle-{fit}", circle, colorPalette=["#c80000", "#ffffff"], **wish)
    answer = bridge.finished(f"circle-{fit}")
    rgba = pixels(picture(answer))
    across, down = extent(rgba)
    assert rgba.shape[1::-1] == SHAPES[fit]
    assert answer["metadata"]["pixelCount"] == rgba.shape[0] * rgba.shape[1]
    if fit in (None, "stretch"):
        assert (answer["metadata"]["stretched"], down > 1.3 * across) == (1.5, True)
    else:
        assert ("stretched" in answer["metadata"], abs(across - down) <= 1) == (False, True)
    assert bool((rgba[..., 3] == 0).any()) == (fit == "pad")


def test_make_keeps_the_shape_with_one_number_and_says_where_it_does_not(make):
    path, colors = FOLDER / "circle_600x400.png", ("--colors", "c80000,ffffff")
    data, said = make(path, "--size", "64", *colors)
    assert (pixels(data).shape[:2], "stretched" in said, ": 64x43 by" in said) == ((43, 64), False, True)
    data, said = make(path, "--size", "64x64", *colors)
    assert (pixels(data).shape[:2], "has another shape than 64x64 and was stretched 1.5 times" in said) == (
        (64, 64),
        True,
    )
    data, said = make(path, "--size", "64", "--fit", "pad", *colors)
    assert (pixels(data).shape[:2], "stretched" in said) == ((64, 64), False)


@pytest.mark.parametrize("suffix", [".gif", ".apng", ".aseprite"])
def test_make_keeps_the_frames_of_an_animation_and_their_times(make, tmp_path, suffix):
    small = scene(count=6, height=20, width=20)
    film = Film(small.repeat(2, axis=1).repeat(2, axis=2), [25] * 6, plays=3)
    (tmp_path / "in.gif").write_bytes(animation_file.encode(film, "gif"))
    data, said = make(tmp_path / "in.gif", "--size", "20", "--colors", "ff0000,00ff00,0000ff", out=f"o{suffix}")
    again = animation_frames.decode(data)
    assert ": 20x20 by animation@2" in said
    assert "taken for false pixel art" in said
    assert np.array_equal(again.frames, small)
    assert again.durations == [20, 30] * 3
    assert again.plays == (0 if suffix == ".aseprite" else 3)
    data, _ = make(tmp_path / "in.gif", "--size", "20", "--no-metadata", out=f"o{suffix}")
    assert len(animation_frames.decode(data).frames) == 6


PLAIN = ("--method", "nearest", "--dither", "none", "--colors", "ff0000,00ff00,0000ff")


def test_a_gifs_frames_that_clear_and_go_back_are_drawn_as_browsers_show_them(make, tmp_path):
    red, green, blue = (np.full((16, width), index) for width, index in ((16, 1), (8, 2), (8, 3)))
    data = composed.gif(
        16, 16, composed.gif_frame(red, disposal=2), composed.gif_frame(green, 8, disposal=3), composed.gif_frame(blue)
    )
    (tmp_path / "in.gif").write_bytes(data)
    drawn, _ = make(tmp_path / "in.gif", "--size", "16", *PLAIN, out="o.apng")
    film = animation_frames.decode(drawn)
    halves = film.frames[:, 4, [4, 12]].tolist()
    clear = [0, 0, 0, 0]
    assert halves == [[composed.RED] * 2, [clear, composed.GREEN], [composed.BLUE, clear]]
    assert film.durations == [50] * 3


def test_a_sprite_with_a_tile_map_in_another_blend_mode_is_drawn_by_make(make, tmp_path):
    tile = np.array([[(255, 0, 0, 255)] * 8] * 16, np.uint8)
    tiles = frames.tile_set(np.stack([np.zeros_like(tile), tile]))
    ground = frames.cel(0, np.array([[(255, 0, 255, 255)] * 16] * 16, np.uint8))
    tile_layer = frames.chunk(0x2004, struct.pack("<HHHHHHB3xHI", 1, 2, 0, 0, 0, 10, 255, 0, 0))  # mode: difference
    sprite = frames.sprite(
        [tiles, frames.layer(), tile_layer, ground, frames.tile_map(1, [[1, 0]])], width=16, height=16
    )
    (tmp_path / "hero.aseprite").write_bytes(sprite)
    data, _ = make(tmp_path / "hero.aseprite", "--size", "16", *PLAIN[:4], "--colors", "0000ff,ff00ff", out="hero.png")
    assert pixels(data)[4, [2, 12]].tolist() == [[0, 0, 255, 255], [255, 0, 255, 255]]


def test_the_first_frame_is_drawn_where_a_still_picture_is_wanted_and_that_is_said(bridge, make, tmp_path):
    (tmp_path / "in.gif").write_bytes(animation_file.encode(Film(few(), [50] * 4), "gif"))
    bridge.generate("moves", (tmp_path / "in.gif").read_bytes())
    note = (
        "The picture has 4 frames, of which the first is drawn; `animation` in a request for pixel art, or the node "
        "Load Animation, takes all."
    )
    assert note in bridge.finished("moves")["notes"]
    bridge.generate("again", (tmp_path / "in.gif").read_bytes(), palette="gameboy")
    assert note in bridge.finished("again")["notes"], "the node that says so didn't run again"
    (tmp_path / "in.gif").write_bytes(animation_file.encode(Film(few(), [60] * 4), "gif"))
    data, said = make(tmp_path / "in.gif", "--size", "16", out="still.png")
    assert len(animation_frames.decode(data).frames) == 1
    assert "by pixelate@2" in said
    assert note in said
    assert "--format gif, apng or aseprite draws all 4 frames of the sketch" in said


def test_a_picture_leaves_without_its_graph_over_rest_and_by_make(bridge, make):
    path = FOLDER / "icc_srgb.png"
    for graph in (True, False):
        bridge.generate(f"graph-{graph}", path.read_bytes(), graph=graph)
        assert (b"workflow" in picture(bridge.finished(f"graph-{graph}"))) == graph
    assert b"workflow" not in make(path, "--no-workflow")[0]
    assert b"workflow" in make(path)[0]
