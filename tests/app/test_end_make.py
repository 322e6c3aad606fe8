"""`pixart make` with a real ComfyUI: many sketches, words, any workflow, and what goes wrong in the middle."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from chaos import Chaos
from comfy_folder import SECRET
from PIL import Image
from pixart_nodes.pixel.files import aseprite
from pixart_nodes.pixel.files.aseprite import Sprite
from sketches import SKETCHES, TREE, tree

from bridge.app.make import batch
from bridge.app.make.sources import sources
from bridge.app.make.watch import Watch
from bridge.cli import main
from bridge.core.places import ROOT
from bridge.core.settings import Settings

pytestmark = pytest.mark.comfy


@pytest.fixture(scope="module")
def environment(bare_comfy, tmp_path_factory):
    return {"COMFYUI_URL": bare_comfy.url, "PIXART_DATA": str(tmp_path_factory.mktemp("make"))}


@pytest.fixture
def make(environment, monkeypatch, tmp_path, capsys):
    """`make` in a folder of its own; gives its exit status and what it said on both outputs."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        status = main(["make", *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


def rgba(path):
    with Image.open(path) as picture:
        return np.array(picture.convert("RGBA"))


def sketches(folder, count):
    folder.mkdir()
    for number in range(count):
        tree().rotate(number * 7).save(folder / f"sketch-{number}.png")
    return folder


def test_of_ten_files_one_of_which_is_missing_nine_are_drawn_and_the_end_says_which_is_not(make, tmp_path):
    files = [*sorted(sketches(tmp_path / "in", 9).iterdir()), tmp_path / "in" / "lost.png"]
    status, out, said = make(*files, "--size", "32", "-o", "made")
    assert (status, out) == (1, "")
    assert "pixart: 1 of 10 failed:\n" in said
    assert said.endswith("lost.png: No such file or directory.\n")
    made = sorted((tmp_path / "made").iterdir())
    assert [path.name for path in made] == [f"sketch-{number}.png" for number in range(9)]
    assert len({rgba(path).tobytes() for path in made}) == 9


def test_a_batch_draws_each_sketch_as_it_is_drawn_alone(make, tmp_path):
    folder = sketches(tmp_path / "in", 3)
    assert make(folder, "-o", "made")[0] == 0
    assert make(folder / "sketch-2.png", "-o", "alone.png")[0] == 0
    assert np.array_equal(rgba("made/sketch-2.png"), rgba("alone.png"))


def test_json_is_a_line_for_each_source_and_nothing_else(make, tmp_path):
    status, out, _ = make(TREE, "lost.png", "a red fox", "--size", "32x24", "--json", "-o", "made")
    lines = {line["source"]: line for line in map(json.loads, out.splitlines())}
    assert (status, set(lines)) == (1, {str(TREE), "lost.png", "a red fox"})
    assert lines["lost.png"]["error"] == "No such file or directory."
    fox = lines["a red fox"]
    assert (fox["output"], fox["width"], fox["height"]) == ("made/a-red-fox.png", 32, 24)
    assert fox["workflow"] == "txt2img_pixel_builtin@1"
    assert fox["bytes"] == (tmp_path / "made" / "a-red-fox.png").stat().st_size


def test_a_picture_comes_in_by_standard_input_and_leaves_by_standard_output(environment):
    command = [sys.executable, "-m", "bridge", "make", "-", "-o", "-", "--format", "webp"]
    told = {"env": {**os.environ, **environment}, "cwd": ROOT}
    done = subprocess.run(command, input=TREE.read_bytes(), capture_output=True, timeout=120, **told)
    assert (done.returncode, done.stdout[:4], done.stdout[8:12]) == (0, b"RIFF", b"WEBP"), done.stderr
    done = subprocess.run(command, input=b"", capture_output=True, timeout=120, **told)
    assert (done.returncode, done.stdout, b"pixart: Standard input is empty." in done.stderr) == (1, b"", True)


KNOBS = (
    "--dither bayer-4",
    "--method nearest",
    "--metric ciede2000",
    "--contrast 2",
    "--set sharpen=2",
    "--palette gameboy",
    "--own-colors 6",
    "--background key-color --set background_color=#000000 --set background_tolerance=0.6",
)


@pytest.mark.parametrize("knob", KNOBS)
def test_every_knob_changes_the_picture(make, knob, tmp_path):
    Path("in.png").write_bytes(SKETCHES["photograph"]())
    for name, options in (("plain", ""), ("turned", knob)):
        assert make("in.png", *options.split(), "-o", f"{name}.png")[0] == 0
    assert not np.array_equal(rgba("plain.png"), rgba("turned.png"))


def test_what_the_nodes_say_of_their_work_is_told(make):
    Path("in.png").write_bytes(SKETCHES["photograph"]())
    assert "The ground was made transparent, filled from the border" in make("in.png", "--background", "border-fill")[2]
    assert "Note: Nothing is known of “zorp”." in make("a zorp in a red hat")[2]


def test_a_model_that_is_missing_takes_one_short_note_and_json_has_it_whole(make):
    said = make("a red fox", "-o", "fox.png")[2].splitlines()
    short = "txt2img_pixel@1 can't run on this ComfyUI, so txt2img_pixel_builtin@1 was used; `pixart doctor` says"
    assert [line for line in said if "can't run" in line or "checkpoint" in line] == [f"Note: {short} what it lacks."]
    assert "it was taken for pixel art: it has" in said[1]
    (line,) = map(json.loads, make("a red fox", "--json", "-o", "fox.png")[1].splitlines())
    assert "The model 'checkpoint' is missing: put" in line["notes"][0]


def test_a_drawing_of_words_is_cleaned_outlined_and_enlarged_and_its_graph_has_the_nodes(make):
    assert make("a red fox", "--size", "32", "-o", "plain.png")[0] == 0
    status, _, said = make("a red fox", "--size", "32", "--clean", "--outline", "#ff00ff", "--enlarge", "4")
    assert (status, "out.png: 128x128 by txt2img_pixel_builtin@1" in said) == (0, True)
    assert np.array_equal(rgba("out.png"), rgba("out.png")[::4, ::4].repeat(4, axis=0).repeat(4, axis=1))
    with Image.open("out.png") as drawn:
        kinds = {node["type"] for node in json.loads(drawn.text["workflow"])["nodes"]}
    assert {"PixartCleanup", "PixartOutline", "PixartEnlarge"} <= kinds


def test_a_sketchs_outline_is_of_the_palette_and_lies_around_it(make):
    Image.fromarray(np.pad(np.full((32, 32, 4), (255, 0, 77, 255), np.uint8), ((16, 16), (16, 16), (0, 0)))).save(
        "a.png"
    )
    assert make("a.png", "--palette", "pico-8", "--outline", "black", "-o", "out.png")[0] == 0
    drawn = rgba("out.png")
    black = (drawn == (0, 0, 0, 255)).all(axis=2)
    assert black.sum() == 4 * 32
    assert (drawn[~black][:, 3] > 0).sum() == 32 * 32


def test_false_pixel_art_comes_back_in_its_own_pixels(make):
    native = np.random.default_rng(3).integers(0, 2, (24, 20, 1), np.uint8) * np.array([255, 236, 39], np.uint8)
    Image.fromarray(native).resize((200, 240), Image.Resampling.NEAREST).save("fake.png")
    status, _, said = make("fake.png", "--snap", "--palette", "pico-8")
    assert status == 0, said
    assert np.array_equal(rgba("out.png")[..., :3], native)
    assert make("fake.png", "--snap", "--size", "16x18", "-o", "small.png")[0] == 0
    assert rgba("small.png").shape == (18, 16, 4)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--dither bayr-4", "--dither: Dither 'bayr-4' is unknown. Did you mean 'bayer-4'?"),
        ("--palette picoo-8", "--palette: Palette 'picoo-8' is unknown. Did you mean 'pico-8'?"),
        ("--enlarge 99 --strength much", "--strength must be a number, not 'much'."),
        ("--set sharpn=1", "--set: sketch@2: the input 'sharpn' is unknown. Did you mean 'sharpen'?"),
        ("--workflow pixelat", "--workflow: Workflow 'pixelat' is unknown. Did you mean 'pixelate'?"),
        ("--workflow interrogate", "interrogate@1 can't run on this ComfyUI."),
        ("--fit keep", "--fit keep is for --machine. There are stretch, crop, pad, longest besides."),
        ("--paper --snap", "--paper takes the ink alone, which has no grid. Leave out --snap."),
        ("--outline blakc", "--outline: Colour 'blakc' is unknown. Did you mean 'black'?"),
        ("--set clean=99", "--set clean must be a whole number from 0 to 64, not '99'."),
    ],
)
def test_what_is_wrong_for_all_is_told_once_and_nothing_is_drawn(make, options, said, tmp_path):
    status, _, told = make(sketches(tmp_path / "in", 2), *options.split(), "-o", "made")
    assert (status, told.count("pixart: "), (tmp_path / "made").exists()) == (1, 1, False)
    assert f"pixart: {said}" in told


@pytest.mark.parametrize(
    ("options", "said"),
    [("--outline nocolour", "--outline must be "), ("--set enlarge=3 --set outline=#12", "--set outline must be ")],
)
def test_what_a_node_refuses_is_told_by_the_option(make, options, said):
    status, _, told = make(TREE, *options.split())
    assert (status, said in told) == (1, True), told


def test_a_value_out_of_range_is_clamped_and_that_is_said(make):
    status, _, said = make(TREE, "--strength", "7")
    assert (status, "Note: --strength: 1.0 instead of 7.0" in said) == (0, True)


def test_any_workflow_draws_with_its_own_inputs_and_lists_them(make):
    status, out, _ = make("--workflow", "pixelate", "--list")
    assert status == 0
    assert "whole number, 0 to 4096 (64)" in out
    assert "floyd-steinberg" in out and "filename_prefix" not in out
    assert make("--list")[1].startswith("aleaart@")
    status, _, said = make("--workflow", "pixelate", TREE, "--set", "width=20", "--set", "height=0", "-o", "a.png")
    assert (status, "a.png: 20x20 by pixelate@2" in said) == (0, True)


def test_what_interrupts_a_batch_leaves_whole_files_and_nothing_in_comfyuis_queue(environment, bare_comfy, tmp_path):
    folder, made = sketches(tmp_path / "in", 60), tmp_path / "made"
    command = [sys.executable, "-m", "bridge", "make", str(folder), "-o", str(made)]
    batch = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.PIPE)
    while not any(made.glob("sketch-*.png")):  # a half-written file has another name
        time.sleep(0.01)
        assert batch.poll() is None
    batch.send_signal(signal.SIGINT)
    _, said = batch.communicate(timeout=20)
    assert (batch.returncode, said.splitlines()[-1]) == (130, b"pixart: stopped.")
    files = list(made.iterdir())
    assert 0 < len(files) < 60
    assert {rgba(path).shape for path in files} == {(64, 64, 4)}
    queue = bare_comfy.get("/queue")
    assert (queue["queue_running"], queue["queue_pending"]) == ([], [])


def test_where_the_disk_is_full_what_is_there_is_whole_and_one_sentence_says_so(make, tmp_path, monkeypatch):
    write, count = batch.write, iter(range(9))

    def full(path, drawing):
        if next(count) == 3:
            raise OSError(28, "No space left on device", str(path))
        write(path, drawing)

    monkeypatch.setattr(batch, "write", full)
    status, _, said = make(sketches(tmp_path / "in", 9), "-o", "made")
    assert (status, "No space left on device. What is there is whole; the rest was not drawn." in said) == (1, True)
    assert len(list((tmp_path / "made").iterdir())) == 3


def test_of_a_sprite_of_aseprite_the_first_frame_is_drawn(make, tmp_path):
    frames = np.zeros((2, 64, 48, 4), np.uint8)
    frames[0, 16:48, 8:40] = (255, 0, 77, 255)
    Path("hero.aseprite").write_bytes(aseprite.encode(Sprite(frames, np.zeros((0, 4), np.uint8)), [100, 100]))
    assert make("hero.aseprite", "--size", "32", "--palette", "pico-8")[0] == 0
    drawn = rgba("out.png")
    assert (drawn.shape, drawn[16, 12].tolist(), drawn[2, 2].tolist()) == ((32, 24, 4), [255, 0, 77, 255], [0, 0, 0, 0])


def saved_in_two_writes(path, data):
    with path.open("wb", buffering=0) as file:
        file.write(data[:300])
        time.sleep(0.1)
        file.write(data[300:])


def saved_by_renaming(path, data):
    half = path.with_name("half~")
    half.write_bytes(data)
    path.rename(path.with_name("backup~"))
    half.rename(path)


def test_a_sketch_is_drawn_anew_however_it_is_saved(environment, tmp_path):
    sketch = tmp_path / "hero.png"
    tree().save(sketch)
    command = [sys.executable, "-m", "bridge", "make", str(tmp_path), "--watch", "--json", "-o", str(tmp_path / "out")]
    told = {"env": {**os.environ, **environment}, "cwd": ROOT, "text": True}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **told) as watching:
        drawn = [json.loads(watching.stdout.readline())]
        before = rgba(drawn[0]["output"])
        for number, save in enumerate((saved_in_two_writes, saved_by_renaming), 1):
            stream = io.BytesIO()
            tree().rotate(90 * number).save(stream, "PNG")
            save(sketch, stream.getvalue())
            drawn.append(json.loads(watching.stdout.readline()))
            after = rgba(drawn[-1]["output"])
            assert not np.array_equal(before, after)
            before = after
        watching.send_signal(signal.SIGINT)
        assert (watching.wait(10), watching.stdout.read(), {each["source"] for each in drawn}) == (
            130,
            "",
            {str(sketch)},
        )


@pytest.fixture
def borrowed(bare_comfy, tmp_path, monkeypatch):
    """A function that ends the ComfyUI which `make` takes for one that runs here, and notes where another one runs."""
    monkeypatch.delenv("COMFYUI_URL", raising=False)
    monkeypatch.setenv("PIXART_DATA", str(tmp_path / "data"))
    noted = Settings(data=tmp_path / "data")
    noted.data.mkdir()
    noted.comfyui_secret_note.write_text(SECRET)
    with ExitStack() as until:
        noted.comfyui_note.write_text(until.enter_context(Chaos(bare_comfy.url)).url)

        def end():
            until.close()
            noted.comfyui_note.write_text(bare_comfy.url)

        yield end


def test_where_a_borrowed_comfyui_ends_the_rest_is_drawn_by_another(borrowed, tmp_path, capsys, monkeypatch):
    write, done = batch.write, []

    def written(path, drawing):
        if not done:
            borrowed()
        done.append(path)
        return write(path, drawing)

    monkeypatch.setattr(batch, "write", written)
    status = main(["make", str(sketches(tmp_path / "in", 6)), "--size", "32", "--json", "-o", str(tmp_path / "made")])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (status, len(told), [each for each in told if "error" in each]) == (0, 6, [])
    assert len(done) == len(set(done)) == 6


def test_between_two_saves_a_borrowed_comfyui_may_end(borrowed, tmp_path, capsys, monkeypatch):
    sketch = next(sketches(tmp_path / "in", 1).iterdir())

    def saved(watch):
        borrowed()
        yield sources([str(sketch)], None)

    monkeypatch.setattr(Watch, "changes", saved)
    assert main(["make", str(sketch), "--watch", "-o", str(tmp_path / "out.png")]) == 0
    said = capsys.readouterr().err
    assert (said.count("Using the ComfyUI"), said.count("out.png: ")) == (2, 2)


def test_watch_needs_a_file_to_look_at(make):
    status, _, said = make("a red fox", "--watch")
    assert (status, said) == (1, "pixart: --watch looks at files, and there is none. Name a file or a folder.\n")


def test_what_was_chosen_is_said_and_not_what_would_have_been_taken(make, tmp_path):
    tree().save(tmp_path / "tree.png")
    status, _, said = make(str(tmp_path / "tree.png"), "--dither", "bayer-4", "-o", str(tmp_path / "out.png"))
    assert status == 0
    assert "made small by line-art, dither bayer-4." in said
