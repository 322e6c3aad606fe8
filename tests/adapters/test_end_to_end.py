"""Over HTTP as users do it: a real sketch in, a real ComfyUI, correct pixel art out."""

import io
import json
import os
import re
import subprocess
import sys
import time

import documents
import numpy as np
import pytest
from bridge_process import PREFIX, BridgeProcess, picture
from PIL import Image
from pixart_nodes import library
from sketches import SKETCHES, TREE
from test_pixel_paper import photo as photo_of_paper
from test_pixel_paper import sheet

from bridge.adapters.styling import STYLES
from bridge.cli import main
from bridge.core.places import ROOT

pytestmark = pytest.mark.comfy

HEX = (ROOT / "custom_nodes" / "pixart_nodes" / "palettes" / "pico-8.hex").read_text()
PICO_8 = {tuple(bytes.fromhex(color)) for color in re.findall("^[0-9a-f]{6}$", HEX, re.M)}


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, comfy):
    """A bridge before a ComfyUI that has models: sketches are redrawn by Stable Diffusion's shape."""
    folder = tmp_path_factory.mktemp("bridge")
    with BridgeProcess(folder, COMFYUI_URL=comfy.url, PIXART_GENERATION_SIDE="64") as bridge:
        yield bridge


@pytest.fixture(scope="module")
def plain_bridge(tmp_path_factory, bare_comfy):
    """A bridge before a ComfyUI without models: sketches are pixelated directly."""
    with BridgeProcess(tmp_path_factory.mktemp("plain"), COMFYUI_URL=bare_comfy.url) as bridge:
        yield bridge


def pixels(data):
    """A PNG as RGBA array, and the picture as it was stored."""
    with Image.open(io.BytesIO(data)) as opened:
        opened.load()
        return np.array(opened.convert("RGBA")), opened


def colors(rgba):
    """The distinct opaque colours."""
    return {tuple(int(v) for v in color) for color in rgba[rgba[..., 3] == 255][:, :3]}


@pytest.mark.parametrize("name", SKETCHES)
def test_every_kind_of_sketch_comes_back_exact(plain_bridge, name):
    id = "sketch-" + re.sub(r"\W+", "-", name)
    code, answer = plain_bridge.generate(id, SKETCHES[name](), width=48, height=40, style="retro-16bit")
    assert (code, answer["id"]) == (200, id), answer
    answer = plain_bridge.finished(id)
    rgba, stored = pixels(picture(answer))
    assert stored.size == (48, 40)
    assert colors(rgba) <= PICO_8
    assert set(np.unique(rgba[..., 3])) <= {0, 255}
    assert answer["metadata"]["colorsUsed"] == len(colors(rgba))
    assert answer["metadata"]["pixelCount"] == 48 * 40
    assert "pixelate@2" in answer["metadata"]["algorithm"]


CASES = ROOT / "tests" / "cases"
DRAWN_IN = {  # of a picture that is drawn in a palette: which one, and the styles that have it, or the picture's own
    "pico8_flat_64": ("pico-8", ["retro-16bit", "high-detail"]),
    "grey4_flat_64": ("pixart-4", ["low-res", "high-detail"]),
}


def unchanged(bridge, name, style, **wish):
    """Whether the case comes back from a style as it went in, pixel by pixel."""
    sketch = (CASES / f"{name}.png").read_bytes()
    id = f"unchanged-{name}-{style}-{len(wish)}"
    bridge.generate(id, sketch, width=64, height=64, style=style, **wish)
    return np.array_equal(pixels(picture(bridge.finished(id)))[0], pixels(sketch)[0])


@pytest.mark.parametrize("name", DRAWN_IN)
def test_what_is_drawn_in_the_palette_comes_back_unchanged_in_every_style(plain_bridge, name):
    palette, styles = DRAWN_IN[name]
    named = [f"#{color}" for color in library.palette(palette).hex()]
    assert [style for style in STYLES if not unchanged(plain_bridge, name, style, colorPalette=named)] == []
    assert [style for style in styles if not unchanged(plain_bridge, name, style)] == []


SIDE, RESULT = 384, 48  # pixels of a sketch, and of what is made of it
FILLS = ((231, 214, 190), (96, 171, 118), (203, 92, 71), (88, 104, 190), (58, 44, 70))  # in no style's palette


def cartoon(outline):
    """A sketch of discs in five flat colours, with black outlines so many pixels wide, as PNG."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    art = np.full((SIDE, SIDE, 3), FILLS[0], np.uint8)
    for number, (left, top) in enumerate(((100, 100), (280, 110), (105, 275), (270, 280)), 1):
        away = np.hypot(x - left, y - top)
        art[away < 78 + outline] = 0 if outline else FILLS[number]
        art[away < 78] = FILLS[number]
    data = io.BytesIO()
    Image.fromarray(art).save(data, "PNG")
    return data.getvalue(), art


@pytest.mark.parametrize(("outline", "kind"), [(0, "flat"), (9, "line art")])
@pytest.mark.parametrize("style", STYLES)
def test_what_is_flat_in_the_sketch_is_of_one_colour_in_every_style(plain_bridge, style, outline, kind):
    sketch, art = cartoon(outline)
    id = f"flat-{style}-{outline}"
    plain_bridge.generate(id, sketch, width=RESULT, height=RESULT, style=style)
    answer = plain_bridge.finished(id)
    assert answer["metadata"]["look"]["kind"] == kind
    rgba, _ = pixels(picture(answer))
    cells = art.reshape(RESULT, SIDE // RESULT, RESULT, SIDE // RESULT, 3)
    for fill in FILLS:
        whole = (cells == fill).all(axis=(1, 3, 4))
        assert len(colors(rgba[whole][None])) == 1, fill


@pytest.mark.parametrize("style", STYLES)
def test_a_flat_ground_behind_a_photograph_is_of_one_colour_in_every_style(plain_bridge, style):
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    photo = np.dstack([200 * x + 30 * y, 60 + 150 * y, 220 - 150 * x]) + np.random.default_rng(2).normal(
        0, 4, (SIDE, SIDE, 3)
    )
    ground = y < 0.25
    photo[ground] = FILLS[2]
    data = io.BytesIO()
    Image.fromarray(np.clip(photo, 0, 255).astype(np.uint8)).save(data, "PNG")
    plain_bridge.generate(f"ground-{style}", data.getvalue(), width=RESULT, height=RESULT, style=style)
    answer = plain_bridge.finished(f"ground-{style}")
    assert answer["metadata"]["look"]["kind"] == "photograph"
    rgba, _ = pixels(picture(answer))
    assert len(colors(rgba[: RESULT // 4])) == 1 < len(colors(rgba[RESULT // 4 :]))


def test_a_picture_that_is_asked_for_again_says_again_what_it_was_taken_for(plain_bridge):
    """ComfyUI runs no node twice on the same picture; what is saved says it all the same."""
    sketch, _ = cartoon(9)
    looks = []
    for id in ("look-first", "look-again"):
        plain_bridge.generate(id, sketch, width=40, height=40, style="low-res")
        looks.append(plain_bridge.finished(id)["metadata"]["look"])
    assert looks[0] == looks[1]
    assert (looks[0]["method"], looks[0]["dither"]) == ("line-art", "none")
    assert "stroke" in looks[0]["reason"]


def test_false_pixel_art_comes_back_as_its_native_pixels(plain_bridge):
    native = np.array(Image.open(CASES / "pico8_flat_64.png").convert("RGBA"))[:48, :48]
    native[::7, ::5] = (255, 0, 77, 255)
    large = Image.fromarray(native).resize((48 * 7, 48 * 7), Image.Resampling.NEAREST)
    data = io.BytesIO()
    large.save(data, "PNG")
    plain_bridge.generate("false-art", data.getvalue(), width=48, height=48, style="retro-16bit")
    answer = plain_bridge.finished("false-art")
    assert answer["metadata"]["look"]["kind"] == "false pixel art"
    assert np.array_equal(pixels(picture(answer))[0], native)


@pytest.mark.parametrize("which", ["bridge", "plain_bridge"])
def test_what_is_transparent_in_the_sketch_is_transparent_in_the_result(which, request):
    bridge = request.getfixturevalue(which)
    sketch = SKETCHES["transparent, as large as asked"]()
    bridge.generate("alpha", sketch, style="pixel-modern")
    rgba, _ = pixels(picture(bridge.finished("alpha")))
    clear, _ = pixels(sketch)
    assert np.array_equal(rgba[..., 3] == 0, clear[..., 3] < 64)


def test_a_sketchs_ground_goes_where_that_is_asked_for_and_the_answer_says_how_much(plain_bridge):
    ring = np.full((64, 64, 3), (255, 241, 232), np.uint8)
    ring[16:48, 16:48] = (255, 0, 77)
    ring[24:40, 24:40] = (255, 241, 232)
    data = io.BytesIO()
    Image.fromarray(ring).save(data, "PNG")
    red = (ring == (255, 0, 77)).all(axis=2)
    for id, more in (("ground", {"background": "border-fill"}), ("ground-and-holes", {"backgroundHoles": 1})):
        plain_bridge.generate(id, data.getvalue(), width=64, height=64, style="retro-16bit", **more)
        answer = plain_bridge.finished(id)
        inside = np.zeros_like(red) if "backgroundHoles" in more else np.pad(np.ones((16, 16), bool), 24)
        assert np.array_equal(pixels(picture(answer))[0][..., 3] > 0, red | inside)
        share = 100 * (1 - (red | inside).mean())
        assert any("ground was made transparent, filled from the border" in note for note in answer["notes"])
        assert any(f"{share:.0f}% of the picture" in note for note in answer["notes"])
        assert answer["metadata"]["background"]["method"] == "border-fill"


@pytest.mark.parametrize(("width", "height"), [(16, 16), (512, 512), (16, 512), (33, 17)])
def test_the_result_has_exactly_the_size_asked(plain_bridge, width, height):
    id = f"size-{width}-{height}"
    plain_bridge.generate(id, TREE.read_bytes(), width=width, height=height)
    assert pixels(picture(plain_bridge.finished(id)))[1].size == (width, height)


def test_a_sketch_is_redrawn_by_the_model_where_there_is_one(bridge):
    bridge.generate("redrawn", TREE.read_bytes(), style="retro-16bit")
    answer = bridge.finished("redrawn")
    rgba, stored = pixels(picture(answer))
    assert "sketch@2" in answer["metadata"]["algorithm"]
    assert stored.size == (64, 64)
    assert 2 <= len(colors(rgba)) <= 16
    assert colors(rgba) <= PICO_8


def test_a_seed_repeats_and_another_seed_or_prompt_differs(bridge):
    made = {}
    wishes = {"a": {"seed": 0}, "c": {"seed": 1}, "b": {"seed": 0}, "d": {"seed": 0, "prompt": "a house of stone"}}
    for name, wish in wishes.items():
        bridge.generate(f"seed-{name}", TREE.read_bytes(), style="high-detail", **wish)
        made[name] = pixels(picture(bridge.finished(f"seed-{name}")))[0]
    assert np.array_equal(made["a"], made["b"])
    assert not np.array_equal(made["a"], made["c"])
    assert not np.array_equal(made["a"], made["d"])


def test_the_callers_palette_is_obeyed_and_the_editors_default_list_means_no_wish(plain_bridge):
    own = ["#102030", "#F0E0D0", "#aa0000"]
    plain_bridge.generate("own", TREE.read_bytes(), colorPalette=own)
    assert colors(pixels(picture(plain_bridge.finished("own")))[0]) <= {tuple(bytes.fromhex(c[1:])) for c in own}
    default = ["#000000", "#ffffff", "#ff0000", "#00ff00", "#0000ff"]
    plain_bridge.generate("default", TREE.read_bytes(), style="retro-16bit", colorPalette=default)
    assert colors(pixels(picture(plain_bridge.finished("default")))[0]) <= PICO_8


def test_the_png_carries_the_graph_with_the_values_that_made_it(bridge):
    bridge.generate("graph", TREE.read_bytes(), prompt="a lighthouse", seed=77)
    stored = pixels(picture(bridge.finished("graph")))[1]
    graph = json.loads(stored.text["workflow"])
    widgets = [value for node in graph["nodes"] for value in node.get("widgets_values") or []]
    assert 77 in widgets
    assert any("a lighthouse" in str(value) for value in widgets)
    assert stored.mode == "P"


def test_progress_moves_with_the_samplers_steps(bridge):
    with BridgeProcess(
        bridge.folder / "slow", COMFYUI_URL=bridge.environment["COMFYUI_URL"], PIXART_GENERATION_SIDE="128"
    ) as slow:
        slow.generate("steps", TREE.read_bytes(), seed=5)
        seen = []
        while (answer := slow.status("steps"))["status"] not in ("completed", "failed"):
            seen.append(answer["progress"])
            time.sleep(0.02)
        assert answer["status"] == "completed"
        between = sorted({value for value in seen if 0 < value < 100})
        assert len(between) >= 5, seen
        assert seen == sorted(seen)


def test_the_same_request_is_the_same_job_and_another_body_is_a_conflict(plain_bridge):
    sketch = TREE.read_bytes()
    plain_bridge.generate("twice", sketch)
    first = plain_bridge.finished("twice")
    code, again = plain_bridge.generate("twice", sketch, timestamp=2)
    assert (code, again["status"], again["processingTime"]) == (200, "completed", first["processingTime"])
    code, answer = plain_bridge.generate("twice", sketch, width=32)
    assert (code, "twice" in answer["detail"]) == (409, True)


def test_a_bad_request_leaves_nothing_behind(plain_bridge):
    code, _ = plain_bridge.generate("broken", b"not a picture")
    assert code == 400
    assert plain_bridge.call(f"{PREFIX}/status/broken")[0] == 404
    code, _ = plain_bridge.generate("broken", TREE.read_bytes())
    assert code == 200


def test_events_follow_a_job_to_its_end(plain_bridge):
    plain_bridge.generate("events", TREE.read_bytes())
    _, stream = plain_bridge.call(f"{PREFIX}/events/events")
    answers = [json.loads(line[6:]) for line in stream.decode().splitlines() if line.startswith("data: ")]
    assert answers[-1]["status"] == "completed"
    assert [a["progress"] for a in answers] == sorted(a["progress"] for a in answers)


def test_result_waits_for_the_picture_and_sends_it_as_a_file(plain_bridge):
    plain_bridge.generate("file", TREE.read_bytes())
    code, data = plain_bridge.call(f"{PREFIX}/result/file")
    assert (code, data[:4]) == (200, b"\x89PNG")


@pytest.mark.client("the document's Python", bridge="plain_bridge")
def test_the_editors_own_request_by_python_is_drawn(plain_bridge):
    body = documents.request("pixart", "python", id="python-123", sketchData=documents.data_url(TREE.read_bytes()))
    job = documents.python(plain_bridge.url, f"{PREFIX}/generate", f"{PREFIX}/status/", json.dumps(body))
    assert (job["status"], job["progress"]) == ("completed", 100)


@pytest.mark.client("the document's curl", bridge="plain_bridge")
def test_the_editors_own_request_by_curl_is_drawn(plain_bridge):
    sketch = documents.data_url(SKETCHES["transparent, as large as asked"]())
    body = documents.request("pixart", "curl", id="curl-123", sketchData=sketch)
    made = documents.curl(f"{plain_bridge.url}{PREFIX}/generate", body, "Content-Type: application/json")
    state = documents.curl(f"{plain_bridge.url}{PREFIX}/status/curl-123")
    assert (made["id"], state["id"]) == ("curl-123", "curl-123")
    picture(plain_bridge.finished("curl-123"))


EXAMPLES = {
    "tree-retro-16bit": ("--style", "retro-16bit", "--size", "64x64"),
    "tree-low-res": ("--style", "low-res", "--size", "32x32"),
    "tree-sweetie-16": ("--palette", "sweetie-16", "--size", "48x48"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_readmes_pictures_are_what_is_made_of_its_sketch(bare_comfy, tmp_path, name):
    environment = {**os.environ, "COMFYUI_URL": bare_comfy.url, "PIXART_DATA": str(tmp_path)}
    out = tmp_path / "out.png"
    command = [sys.executable, "-m", "bridge", "make", str(TREE), *EXAMPLES[name], "-o", str(out)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=120)
    shown = ROOT / "examples" / f"{name}.png"
    assert np.array_equal(pixels(out.read_bytes())[0], pixels(shown.read_bytes())[0]), f"make {name} anew"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--colors zz", "--colors[0] must be a colour like #ff004d or red, not 'zz'."),
        ("--size 8", "the width in --size must be a whole number from 16 to 512, not 8."),
        ("--seed -5", "--seed must be a whole number"),
        ("--style x", "--style: Style 'x' is unknown."),
        ("-o nowhere/out.png", "There is no folder nowhere"),
        ("--paper -o out.gif", "--paper takes one photo, and no animation. Name a .png with --output."),
    ],
)
def test_make_refuses_in_the_words_of_the_command_line_before_anything_is_drawn(
    arguments, said, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMFYUI_URL", "http://127.0.0.1:9")
    assert main(["make", str(ROOT / "examples" / "tree.png"), *arguments.split()]) == 1
    assert capsys.readouterr().err.startswith(f"pixart: {said}")


def test_who_reads_only_the_beginning_of_what_a_command_prints_hears_of_no_error():
    reads = f"{sys.executable} -m bridge openapi | head -1"
    done = subprocess.run(reads, shell=True, cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_make_takes_a_palette_by_name_or_by_colours(capsys):
    with pytest.raises(SystemExit):
        main(["make", "tree.png", "--palette", "nes", "--colors", "#000,#fff"])
    assert "pixart make: --colors: not allowed with argument --palette" in capsys.readouterr().err


def test_make_and_doctor_work_from_the_command_line(bare_comfy, tmp_path):
    environment = {**os.environ, "COMFYUI_URL": bare_comfy.url, "PIXART_DATA": str(tmp_path)}

    def bridge(*arguments):
        command = [sys.executable, "-m", "bridge", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)

    out = tmp_path / "out.png"
    run = bridge("make", str(TREE), "--style", "retro-16bit", "--size", "64x48", "-o", str(out))
    assert run.returncode == 0, run.stderr
    rgba, stored = pixels(out.read_bytes())
    assert (stored.size, colors(rgba) <= PICO_8) == ((64, 48), True)
    assert b"tEXt" in out.read_bytes()
    run = bridge("make", str(TREE), "--style", "retro-16bit", "--size", "64x48", "-o", str(out), "--no-metadata")
    assert run.returncode == 0, run.stderr
    assert (pixels(out.read_bytes())[0] == rgba).all() and b"tEXt" not in out.read_bytes()
    run = bridge("make", str(TREE), "--style", "retro-16bit", "--size", "64x48", "-o", str(out.with_suffix(".webp")))
    found, stored = pixels(out.with_suffix(".webp").read_bytes())
    assert (run.returncode, stored.format, (found[..., 3] == rgba[..., 3]).all()) == (0, "WEBP", True)
    run = bridge("make", str(TREE), "--style", "retro-16bits", "-o", str(out))
    assert (run.returncode, "Did you mean 'retro-16bit'?" in run.stderr) == (1, True)
    run = bridge("make", str(tmp_path / "nothing.png"))
    assert (run.returncode, "No such file" in run.stderr, "Traceback" in run.stderr) == (1, True, False)
    photo = tmp_path / "photo.png"
    Image.fromarray(photo_of_paper(sheet()[0])).save(photo)
    run = bridge("make", str(photo), "--paper", "--size", "48x64", "--style", "low-res", "-o", str(out))
    assert run.returncode == 0 and "by pixelate_paper@1" in run.stderr, run.stderr
    drawing = pixels(out.read_bytes())[0][:, 8:-8]  # beside the page, which is narrower, is nothing
    blank = (drawing == drawing[8, 16]).all(axis=-1)
    assert drawing[..., 3].all() and 0.6 < blank.mean() < 0.95  # the table, the light and the shadow are gone
    run = bridge("doctor")
    assert run.returncode == 0, run.stderr
    assert "files were not looked at" in run.stdout  # neither side has a COMFYUI_SECRET
    assert re.search(r"pixelate@2 +ready", run.stdout)
    assert re.search(r"sketch@2 +falls back to pixelate", run.stdout)
    assert "models/checkpoints" in run.stdout
    assert re.search(r"interrogate@1 +can't run.*\n.*put a WD14 tagger .*models/interrogators folder", run.stdout)
