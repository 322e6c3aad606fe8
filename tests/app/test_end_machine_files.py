"""Folders for consoles and home computers by `pixart make --machine`, and art that `pixart check` looks at."""

import json

import numpy as np
import pytest
from PIL import Image

from bridge.cli import main
from bridge.core.places import ROOT

pytestmark = pytest.mark.comfy

PHOTO = ROOT / "custom_nodes" / "pixart_nodes" / "samples" / "pixart_photo.jpg"
BLACK, WHITE, RED = (0, 0, 0), (255, 255, 255), (216, 0, 0)


@pytest.fixture
def pixart(bare_comfy, tmp_path_factory, monkeypatch, tmp_path, capsys):
    """A command in a folder of its own; gives its exit status and what it said on both outputs."""
    monkeypatch.setenv("COMFYUI_URL", bare_comfy.url)
    monkeypatch.setenv("PIXART_DATA", str(tmp_path_factory.mktemp("data")))
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        status = main([*map(str, arguments)])
        return status, *capsys.readouterr()

    return run


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def art(path, **pixels):
    """A Spectrum's screen in black, with other pixels at `x_y`."""
    screen = np.zeros((192, 256, 3), np.uint8)
    for place, color in pixels.items():
        x, y = map(int, place[1:].split("_"))
        screen[y, x] = color
    Image.fromarray(screen).save(path)
    return path


def test_words_are_drawn_and_then_shown_by_the_machine(pixart, tmp_path):
    """The same words give the same picture; other words another."""
    shown = {}
    for folder, words in {"one": "a red apple", "again": "a red apple", "other": "a blue fish"}.items():
        status, _, said = pixart("make", words, "--machine", "nes", "-o", folder)
        assert status == 0, said
        stem = words.replace(" ", "-")
        assert f"{stem}.nes" in names(tmp_path / folder)
        shown[folder] = np.array(Image.open(tmp_path / folder / f"{stem}-preview.png").convert("RGB"))
        assert shown[folder].shape == (240, 256, 3)
    assert np.array_equal(shown["one"], shown["again"])
    assert not np.array_equal(shown["one"], shown["other"])


def test_a_folder_gets_every_file_what_is_shown_and_what_was_done(pixart, tmp_path):
    status, _, said = pixart("make", PHOTO, "--machine", "gb", "--dither", "pattern", "--tiles", 50, "-o", "out")
    assert status == 0, said
    stem = "pixart_photo"
    endings = ("-preview.png", "-tiles.png", ".2bpp", ".gb", ".png", ".tilemap", ".tmx", ".tsx", ".txt")
    assert names(tmp_path / "out") == [f"{stem}{ending}" for ending in endings]
    report = (tmp_path / "out" / f"{stem}.txt").read_text()
    assert "One palette, different tiles: 50." in report
    assert all(f"Note: {line}" in said for line in report.splitlines())
    shown = np.array(Image.open(tmp_path / "out" / f"{stem}-preview.png").convert("RGB"))
    assert shown.shape == (144, 160, 3)
    assert np.array_equal(shown, np.array(Image.open(tmp_path / "out" / f"{stem}.png").convert("RGB")))
    assert pixart("check", tmp_path / "out" / f"{stem}.png", "--machine", "gb")[0] == 0


def test_several_pictures_get_a_folder_each_and_programs_hear_what_each_shows(pixart, tmp_path):
    art(tmp_path / "a.png")
    status, out, _ = pixart("make", PHOTO, "a.png", "--machine", "zx", "--fit", "pad", "--json", "-o", "out")
    lines = {line["source"]: line for line in map(json.loads, out.splitlines())}
    assert (status, set(lines)) == (0, {str(PHOTO), "a.png"})
    screen = tmp_path / lines["a.png"]["output"]
    assert (screen.name, screen.stat().st_size) == ("a-preview.png", lines["a.png"]["bytes"])
    assert lines["a.png"]["machine"]["fitted"] == "The picture has the size of the screen, 256 x 192."
    assert names(tmp_path / "out") == ["a", "pixart_photo"]
    assert names(tmp_path / "out" / "a") == ["a-preview.png", "a.png", "a.scr", "a.sna", "a.txt", "a.z80"]


def test_one_file_is_the_picture_with_the_zip_beside_it(pixart, tmp_path):
    assert pixart("make", PHOTO, "--machine", "gb", "-o", "shown.png")[0] == 0
    assert names(tmp_path) == ["shown.png", "shown.zip"]


def test_enlarged_pixels_have_the_shape_that_the_machines_screen_gives_them(pixart, tmp_path):
    for name, more in {
        "one": (),
        "wide": ("--enlarge", 3),
        "own": ("--enlarge", 3, "--set", "enlarge_aspect=1"),
    }.items():
        assert pixart("make", PHOTO, "--machine", "c64", *more, "-o", f"{name}.png")[0] == 0
    one, wide, own = (np.array(Image.open(tmp_path / f"{name}.png").convert("RGB")) for name in ("one", "wide", "own"))
    assert one.shape == (200, 160, 3)
    assert np.array_equal(wide, one.repeat(3, axis=0).repeat(6, axis=1))
    assert np.array_equal(own, one.repeat(3, axis=0).repeat(3, axis=1))


WRONG = {
    ("--machine", "ness"): "--machine: Machine 'ness' is unknown. Did you mean 'nes'?",
    ("--machine", "nes", "--dither", "patern"): "--dither: Dither 'patern' is unknown. Did you mean 'pattern'?",
    ("--machine", "nes", "--size", "64"): "machine@1 has no input for --size.",
    ("--machine", "nes", "--style", "low-res"): "--machine has colours and a dither of its own. Leave out --style.",
    ("--machine", "nes", "--fit", "longest"): "--machine has a size of its own. --fit pad shows all of the picture.",
    ("--machine", "nes", "--paper"): "--machine names a workflow of its own. Leave out --machine or --paper.",
    ("--machine", "nes", "--tiles", "0"): "A tile budget of 0 leaves no tile",
    ("--machine", "nes", "--colors", "010203"): "NES can't show #010203; the nearest that it can is #000000.",
    ("--machine", "gbc", "--shared-color", "#000000"): "The palettes of Game Boy Color share no colour",
}


@pytest.mark.parametrize(("options", "sentence"), WRONG.items(), ids=map(" ".join, WRONG))
def test_what_can_not_be_done_is_said_and_writes_nothing(pixart, tmp_path, options, sentence):
    status, _, said = pixart("make", PHOTO, *options, "-o", "out")
    assert status == 1
    assert sentence in said
    assert names(tmp_path) == []


def test_art_that_obeys_is_said_to_and_the_status_is_0(pixart, tmp_path):
    status, out, _ = pixart("check", art(tmp_path / "art.png", _8_8=WHITE), "--machine", "zx")
    assert (status, out) == (0, f"{tmp_path / 'art.png'}: zx can show it as it is.\n")


def test_what_breaks_is_said_and_marked_in_the_mask_and_the_status_is_1(pixart, tmp_path):
    picture = art(tmp_path / "art.png", _8_8=WHITE, _9_8=RED)
    status, out, _ = pixart("check", picture, "--machine", "zx", "--mask", "broken.png")
    assert status == 1
    assert out == f"{picture}: 1 block of 8 x 8 pixels has more than 2 colours, the first at (8, 8).\n"
    mask = np.array(Image.open(tmp_path / "broken.png").convert("L"))
    assert (mask[8:16, 8:16] == 255).all() and mask.sum() == 64 * 255


def test_many_pictures_are_checked_each_and_programs_get_a_line_each(pixart, tmp_path):
    art(tmp_path / "good.png")
    art(tmp_path / "bad.png", _0_0=(1, 2, 3))
    status, out, _ = pixart("check", "good.png", "bad.png", "lost.png", "--machine", "zx", "--mask", "masks", "--json")
    good, bad, lost = map(json.loads, out.splitlines())
    assert (status, good["obeys"], bad["obeys"]) == (1, True, False)
    assert [breach["limit"] for breach in bad["breaches"]] == ["gamut"]
    assert lost == {"source": "lost.png", "error": "No such file or directory."}
    assert names(tmp_path / "masks") == ["bad-mask.png", "good-mask.png"]


def test_a_check_for_no_machine_is_refused(pixart, tmp_path):
    status, _, said = pixart("check", art(tmp_path / "a.png"), "--machine", "zxx")
    assert (status, said) == (1, "pixart: --machine: Machine 'zxx' is unknown. Did you mean 'zx'?\n")
