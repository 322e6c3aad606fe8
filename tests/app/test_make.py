"""What `pixart make` understands before it asks ComfyUI anything: sources, outputs, options."""

import argparse
import io
import os
import shlex
import struct
import subprocess
import sys
import threading
import zipfile
from contextlib import nullcontext
from pathlib import Path, PurePath

import numpy as np
import pytest
from PIL import Image
from pixart_nodes.pixel.files import aseprite
from pixart_nodes.pixel.files.aseprite import Sprite
from sketches import SKETCHES, TREE

from bridge.adapters.fields import LONGEST_PICTURE
from bridge.app import check
from bridge.app.make import layered_file, output_files, terminal, workflow_inputs
from bridge.app.make.batch import Batch
from bridge.app.make.drawing import Drawing
from bridge.app.make.request import Wish, checked, of_source
from bridge.app.make.sources import Source, slug, sources
from bridge.app.make.terminal import EXAMPLES
from bridge.app.make.watch import IDLE_SHARE, PAUSE_SECONDS, Watch, pause
from bridge.cli import parser
from bridge.core.errors import BadRequest
from bridge.core.picture import image_size
from bridge.core.places import ROOT
from bridge.workflow.library import Library

PNG = TREE.read_bytes()
LIBRARY = Library.open(ROOT / "workflows")


def folder(path, *names):
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(PNG)
    return path


def names(found):
    return [each.name.as_posix() for each in found]


def test_a_folders_pictures_keep_their_places_below_it_and_hidden_ones_are_left_out(tmp_path):
    folder(tmp_path, "b.png", "a.JPG", "deep/c.webp", ".git/d.png", ".e.png", "notes.txt", "f.kra")
    assert names(sources([str(tmp_path)])) == ["a", "b", "deep/c", "f"]


@pytest.mark.parametrize("ending", output_files.ENDINGS)
def test_whatever_make_writes_it_finds_in_a_folder(ending, tmp_path):
    folder(tmp_path, f"made.{ending}")
    assert len(sources([str(tmp_path)])) == 1


def test_what_lies_in_the_output_folder_is_no_sketch(tmp_path):
    folder(tmp_path, "a.png", "out/a.png")
    assert names(sources([str(tmp_path)], tmp_path / "out")) == ["a"]


def test_a_folder_is_drawn_again_without_what_was_written_into_the_usual_output_folder(tmp_path, monkeypatch):
    folder(tmp_path, "a.png", "out/a.png")
    monkeypatch.chdir(tmp_path)
    arguments = argparse.Namespace(sources=["."], prompt=None, workflow=None, output=None)
    assert names(terminal._sources(arguments)) == ["a"]


def test_an_empty_name_is_no_folder():
    with pytest.raises(BadRequest, match="The name of a source is empty"):
        sources([""])
    with pytest.raises(argparse.ArgumentTypeError, match="empty"):
        output_files.place("")


def test_a_pipe_with_a_name_is_read_once(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(PNG,))
    writer.start()
    (source,) = sources([str(pipe)])
    writer.join()
    assert source.read() == source.read() == PNG


def test_a_stream_that_the_caller_closed_is_open_to_nothing():
    code = "import sys; from bridge.cli import open_streams; open_streams(); print(sys.stdin.read(), file=sys.stderr)"
    command = f"exec {sys.executable} -c '{code}' <&- 2>&-"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")


def test_masks_of_pictures_of_one_name_are_two_files(tmp_path):
    folder(tmp_path, "a.png", "deep/a.png")
    pictures = sources([str(tmp_path / "a.png"), str(tmp_path / "deep" / "a.png")])
    masks = check._masks(tmp_path / "masks", pictures)
    assert [path.name for path in masks.values()] == ["a-mask.png", "a-mask-2.png"]


def test_a_folder_without_pictures_is_refused_by_name(tmp_path):
    with pytest.raises(BadRequest, match=rf"There is no picture in the folder {tmp_path}\. Their names end in \.png"):
        sources([str(tmp_path)])


def test_a_file_named_twice_is_drawn_once(tmp_path):
    folder(tmp_path, "a.png")
    assert len(sources([str(tmp_path / "a.png"), str(tmp_path)])) == 1


@pytest.mark.parametrize(
    "text", ["a red fox", " a fox", "ein roter Fuchs, der schläft", "a fox. in snow", "a v1.5 fox"]
)
def test_a_text_with_a_space_and_no_ending_is_words(text):
    [source] = sources([text])
    assert source.words == text


@pytest.mark.parametrize("text", ["fox", "no such.png", "a/b"])
def test_any_other_text_is_a_path(text):
    [source] = sources([text])
    assert source.path == Path(text)


def test_a_file_of_words_is_named_after_them():
    assert [slug("A red fox!"), slug("龍 と 猫"), slug("?! ?"), len(slug("word " * 50))] == [
        "a-red-fox",
        "龍-と-猫",
        "words",
        59,
    ]


@pytest.mark.parametrize(
    ("wanted", "count", "format", "file", "written"),
    [
        (None, 1, None, "out.png", "png"),
        (None, 1, "gif", "out.gif", "gif"),
        ("a.webp", 1, None, "a.webp", "webp"),
        ("a.bin", 1, "jpeg", "a.bin", "jpeg"),
        ("a.ase", 1, None, "a.ase", "aseprite"),
        ("-", 1, "webp", None, "webp"),
    ],
)
def test_one_picture_goes_into_a_file(wanted, count, format, file, written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    output = output_files.output(wanted and Path(wanted), many=count > 1, format=format)
    assert (output.file, output.format) == (file and Path(file), written)


@pytest.mark.parametrize(("wanted", "count"), [(None, 2), ("sprites", 2), ("there", 1)])
def test_several_go_into_a_folder_and_one_goes_into_a_folder_that_is_there(wanted, count, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    assert output_files.output(wanted and Path(wanted), many=count > 1, format=None).folder == Path(wanted or "out")


@pytest.mark.parametrize(
    ("wanted", "count", "said"),
    [
        ("a.png", 2, "a.png is one file, for several pictures."),
        ("nowhere/a.png", 1, "There is no folder nowhere"),
        ("nowhere/sprites", 2, "There is no folder .*nowhere"),
        ("-", 2, "Standard output takes one picture."),
        ("a.psd", 1, "No picture can be written as .psd. There are png, .*; --format says any."),
    ],
)
def test_a_place_that_can_not_be_is_refused_before_anything_is_drawn(wanted, count, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadRequest, match=said):
        output_files.output(Path(wanted), many=count > 1, format=None)


def test_pictures_of_one_name_get_numbers_and_none_is_written_over_its_sketch(tmp_path):
    folder(tmp_path, "a/x.png", "b/x.png", "b/x.jpg")
    found = sources([str(tmp_path / name) for name in ("a/x.png", "b/x.png", "b/x.jpg")])
    output = output_files.output(tmp_path, many=True, format=None)
    assert [path.name for path in output_files.places(output, found).values()] == ["x.png", "x-2.png", "x-3.png"]
    with pytest.raises(BadRequest, match=r"x\.png would be written over\."):
        output_files.places(output_files.output(tmp_path / "a", many=True, format=None), found)


def test_a_file_that_can_not_be_written_whole_is_not_there_at_all(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(b"before")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        output_files.write(tmp_path / "a.png", PNG)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.png", b"before")]


def krita(**files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return stream.getvalue()


def test_of_kritas_file_the_merged_picture_is_drawn():
    assert layered_file.merged(krita(mergedimage_png=PNG, maindoc_xml=b"<DOC/>"), "a.kra") == PNG
    assert layered_file.merged(PNG, "a.png") == PNG


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (krita(maindoc_xml=b""), r"a\.kra has no merged picture\. Save it anew in Krita"),
        (krita(mergedimage_png=PNG)[:200], r"a\.kra is a damaged file"),
    ],
)
def test_a_kra_without_one_is_refused(data, said):
    with pytest.raises(BadRequest, match=said):
        layered_file.merged(data, "a.kra")


def test_a_file_is_saved_when_it_stays_the_same_for_a_moment_and_is_whole(tmp_path):
    path = tmp_path / "a.png"
    watch = Watch(lambda: sources([str(path)]))
    path.write_bytes(PNG[:500])
    assert [watch.look(now) for now in (1.0, 1.1)] == [[], []]  # half of it stands still, as between two writes
    path.write_bytes(PNG)
    assert [len(watch.look(now)) for now in (1.2, 1.22, 1.25, 1.3)] == [0, 0, 1, 0]


def test_a_file_that_another_takes_the_place_of_is_saved(tmp_path):
    path, half = tmp_path / "a.png", tmp_path / "a.png~"
    path.write_bytes(PNG)
    watch = Watch(lambda: sources([str(path)]))
    path.rename(half)
    assert watch.look(1.0) == []
    half.write_bytes(SKETCHES["white background"]())
    half.rename(path)
    assert [len(watch.look(now)) for now in (1.1, 1.2, 1.3)] == [0, 1, 0]


def test_one_look_that_others_held_up_makes_no_pause_and_looks_that_all_take_long_do():
    assert pause([0.0001, 0.3, 0.0001]) == PAUSE_SECONDS
    assert pause([0.3, 0.2, 0.25]) == IDLE_SHARE * 0.2


def test_a_file_that_stays_broken_is_told_of_in_the_end_and_a_new_one_is_drawn(tmp_path):
    folder(tmp_path, "a.png")
    watch = Watch(lambda: sources([str(tmp_path)]))
    (tmp_path / "a.png").write_bytes(b"no picture")
    folder(tmp_path, "new.png")
    assert [names(watch.look(now)) for now in (1.0, 1.1, 2.0, 3.1, 3.2)] == [[], ["new"], [], ["a"], []]


def test_a_sprite_that_was_cut_off_is_not_whole():
    sprite = aseprite.encode(Sprite(np.full((1, 4, 6, 4), 255, np.uint8), np.zeros((0, 4), np.uint8)), [100])
    assert image_size.size(sprite) == (6, 4)
    assert checked(sprite, "a.aseprite").data == sprite
    with pytest.raises(BadRequest, match=rf"a\.aseprite is a damaged sprite: 20 bytes of {len(sprite)}\."):
        checked(sprite[:20], "a.aseprite")


def test_a_named_workflow_gets_what_was_said_and_nothing_else():
    [source] = sources([str(TREE)])
    fields, workflow = {"width": 32, "height": 16, "style": "low-res"}, LIBRARY.get("pixelate")
    spec = of_source(source, Wish(fields, {"sharpen": "0.5"}, workflow=workflow))
    looks = {"palette": "pixart-4", "photo_dither": "floyd-steinberg", "photo_method": "k-centroid"}
    assert spec.values == {"width": 32, "height": 16, **looks, "strength": 0.5, "contrast": 1.5, "sharpen": "0.5"}
    assert (spec.mode, list(spec.pictures)) == (workflow.name, ["image"])


@pytest.mark.parametrize(
    ("workflow", "source", "fields", "said"),
    [
        ("txt2img", str(TREE), {}, r"txt2img@1 takes no picture: it is "),
        ("upscale", "a red fox", {}, r"upscale@1 takes no words: it is "),
        ("pixelate", str(TREE), {"seed": 1}, r"has no input for --seed\. `--list` shows what it has\."),
        ("interrogate", str(TREE), {"width": 8, "height": 8}, r"has no input for --size\."),
    ],
)
def test_a_workflow_that_takes_no_such_thing_says_so(workflow, source, fields, said):
    with pytest.raises(BadRequest, match=said):
        of_source(sources([source])[0], Wish(fields, workflow=LIBRARY.get(workflow)))


@pytest.mark.parametrize(
    ("workflow", "said"),
    [
        ("pixelate", r"pixelate@\d takes a picture, and there is none\. Name its file\."),
        ("inpaint", r"inpaint@1 takes a picture as its mask, too\. Name its file with --set mask=FILE\."),
    ],
)
def test_a_picture_that_a_workflow_has_not_got_is_asked_for_in_the_command_lines_words(workflow, said):
    source = Source("pixelate", PurePath("pixelate"), data=PNG if workflow == "inpaint" else b"")
    with pytest.raises(BadRequest, match=said):
        of_source(source, Wish(workflow=LIBRARY.get(workflow)))


@pytest.mark.parametrize(
    ("values", "fields", "said"),
    [
        ({"own_colors": "5", "palette": "pico-8"}, {}, ["--palette"]),
        ({"own_colors": "5"}, {"colorPalette": ["#f00", "#00f"]}, ["--colors"]),
        ({"own_colors": "0", "palette": "pico-8"}, {}, []),
        ({"own_colors": "5"}, {}, []),
    ],
    ids=str,
)
@pytest.mark.parametrize("source", [str(TREE), "a red fox"], ids=["a sketch", "words"])
def test_colours_whose_place_own_colours_take_are_said_to_make_no_difference(source, values, fields, said):
    words = {"own_colors": "--own-colors", "palette": "--palette"}
    notes = of_source(sources([source])[0], Wish(fields, values, words)).notes
    ignored = [f"{name} made no difference: --own-colors takes the picture's own colours." for name in said]
    assert [note for note in notes if "made no difference" in note] == ignored


def test_who_reads_the_picture_no_further_ends_the_command_without_a_word():
    source = Source("tree.png", PurePath("tree"), data=PNG)

    class Hand:
        at_work, renewable = nullcontext, False

        def draw(self, *_):
            return Drawing(PNG, "pixelate@2", ())

    def write(*_):
        raise BrokenPipeError

    work = Batch(Hand(), Wish(), {source: Path("-")}, write, lambda _: None)
    with pytest.raises(BrokenPipeError):
        next(work.results([source]))


def test_a_second_picture_is_set_by_its_path():
    wish = Wish(values={"mask": str(TREE)}, words={"mask": "--set mask"}, workflow=LIBRARY.get("inpaint"))
    assert set(of_source(sources([str(TREE)])[0], wish).pictures) == {"image", "mask"}


def test_assignments_are_split_at_their_first_sign():
    assert workflow_inputs.assignments(["prompt=a=b", "seed=0", "negative="]) == {
        "prompt": "a=b",
        "seed": "0",
        "negative": "",
    }
    with pytest.raises(BadRequest, match="--set takes input=value, not 'seed'"):
        workflow_inputs.assignments(["seed"])


@pytest.mark.parametrize(
    ("text", "type", "value"),
    [("0", "INT", 0), ("0.5", "FLOAT", 0.5), ("no", "BOOLEAN", False), ("ON", "BOOLEAN", True), ("4", "COMBO", "4")],
)
def test_a_text_becomes_what_the_widget_takes(text, type, value):
    assert workflow_inputs.parsed(text, type, "--set x") == value


@pytest.mark.parametrize(("text", "type"), [("0.5", "INT"), ("much", "FLOAT"), ("maybe", "BOOLEAN")])
def test_a_text_that_is_no_such_value_is_refused_by_its_option(text, type):
    with pytest.raises(BadRequest, match=rf"^--strength must be .*, not '{text}'"):
        workflow_inputs.parsed(text, type, "--strength")


def test_the_help_has_examples_that_the_parser_takes():
    lines = [line.split("pixart ", 1)[1] for line in EXAMPLES if "pixart " in line]
    assert len(lines) >= 7
    for line in lines:
        assert parser().parse_args(shlex.split(line.partition(" > ")[0])).run.__name__ == "run"


def test_nothing_to_draw_is_an_empty_source():
    assert Source("chain", PurePath("chain")).empty


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "no.png").touch()
    with pytest.raises(BadRequest, match=r"no\.png is empty\."):
        of_source(sources([str(tmp_path / "no.png")])[0], Wish())


@pytest.mark.parametrize(
    ("sides", "said"),
    [((6000, 8000), None), ((9000, 12000), None), ((11000, 11000), "large has 11000 x 11000 pixels. At most 110")],
    ids=["a phone's", "the largest", "too large"],
)
def test_a_phones_photo_is_taken_however_many_pixels_a_server_takes(sides, said):
    stream = io.BytesIO()
    Image.new("1", sides).save(stream, "PNG")
    source = Source("large", PurePath("large"), data=stream.getvalue())
    if said:
        with pytest.raises(BadRequest, match=said):
            of_source(source, Wish({"paper": True}))
    else:
        assert of_source(source, Wish({"paper": True})).mode == "sketch_paper"


def test_a_file_may_be_longer_than_a_request():
    data = PNG + bytes(LONGEST_PICTURE)
    sketch = of_source(Source("long", PurePath("long"), data=data), Wish()).pictures["image"]
    assert sketch.data == data


def gif():
    stream, frames = io.BytesIO(), [Image.new("RGB", (32, 32), color) for color in ("red", "blue", "green")]
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "format", "told"),
    [(gif(), "png", 1), (gif(), "gif", 0), (PNG, "png", 0)],
    ids=["as a still", "as what moves", "a still"],
)
def test_where_only_the_first_frame_is_drawn_that_is_said(data, format, told):
    notes = of_source(Source("walk.gif", PurePath("walk"), data=data), Wish(format=format)).notes
    assert sum("draws all 3 frames of the sketch" in note for note in notes) == told


@pytest.mark.parametrize(("sides", "told"), [((2, 1), True), ((1, 2), True), ((1, 1), False), ((0, 0), False)])
def test_a_sprite_whose_pixels_are_not_square_is_told(sides, told):
    header = struct.pack("<IHHHHHI", 128, 0xA5E0, 1, 8, 8, 32, 1) + bytes(16) + bytes(sides)
    notes = of_source(Source("a.ase", PurePath("a"), data=header.ljust(128, b"\0")), Wish()).notes
    sentence = f"the sprite's pixels are {sides[0]} wide and {sides[1]} high; here they are square."
    assert (sentence in notes) == told


def test_a_file_that_is_no_picture_is_told_before_comfyui_is_started_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(terminal, "connected", lambda *_: pytest.fail("ComfyUI was started."))
    path = tmp_path / "IMG_1.HEIC"
    path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    with pytest.raises(BadRequest, match="is a HEIC"):
        terminal.run(parser().parse_args(["make", str(path)]))


def test_an_empty_standard_input_is_told(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    with pytest.raises(BadRequest, match="Standard input is empty"):
        sources(["-"])
