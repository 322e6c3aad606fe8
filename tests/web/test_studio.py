"""The studio's page: what a newcomer sees, draws and takes out of it, in Chromium, on the real server."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pixart_nodes.pixel.files.panel import panel, rgb565
from studio_page import PHONE, expect, pixels, saved, studio_page

from bridge.adapters import dialects

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

LOW_RES = Path("custom_nodes/pixart_nodes/palettes/pixart-4.hex")
TUNE = "async about => (await import('/studio/state.js')).state.tune(about)"


def test_a_newcomer_sees_a_sketch_and_its_pixel_art(studio):
    result = studio.newer(None)
    assert (result["width"], result["height"], result["algorithm"]) == (64, 64, "pixelate@2")
    assert studio.state("source")["kind"] == "sample"


def test_the_apis_page_and_comfyuis_editor_are_a_click_away(studio, bare_comfy):
    studio.newer(None)
    studio.page.get_by_role("tab", name="Save").click()
    with studio.page.expect_popup() as opening:
        studio.page.locator("px-out a[target=_blank]").first.click()
    assert opening.value.url.rstrip("/") == bare_comfy.url
    opening.value.close()
    studio.page.locator("px-header a").click()
    studio.page.wait_for_url("**/docs")
    assert "Pixart" in studio.page.title()


def test_every_change_of_the_look_draws_anew_by_the_servers_graph(studio):
    studio.newer(None)
    for name, value in {"style": "low-res", "palette": "sweetie-16", "dither": "bayer-4", "method": "box"}.items():
        result = studio.drawn(TUNE, **{name: value})
        assert result["body"][name] == value
    assert studio.drawn(TUNE, width=32, height=32)["width"] == 32


def test_what_is_drawn_on_the_grid_is_the_pixel_art(studio):
    """Three clicks from the first look to an own picture: New, a colour, the sheet."""
    before = studio.newer(None)["id"]
    studio.begin("grid")
    before = studio.newer(before)["id"]
    studio.page.locator("[data-color='#ff004d']").click()
    box = studio.page.locator(".sheet canvas").first.bounding_box()
    step = box["width"] / 64
    studio.page.mouse.click(box["x"] + 10.5 * step, box["y"] + 20.5 * step)
    studio.newer(before)
    drawn = pixels(studio)
    assert [tuple(place) for place in np.argwhere(drawn[..., 3])] == [(20, 10)]
    assert tuple(drawn[20, 10]) == (0xFF, 0x00, 0x4D, 0xFF)


def test_the_result_comes_as_files_that_other_programs_open(studio):
    studio.newer(None)
    seen = pixels(studio)
    data, name = saved(studio, "png")
    picture = Image.open(io.BytesIO(data))
    assert (name, picture.mode, "workflow" in picture.info) == ("sprite.png", "P", True)
    for format in ("gif", "apng"):
        data, name = saved(studio, format)
        assert name == f"sprite.{format}"
        assert np.array_equal(np.array(Image.open(io.BytesIO(data)).convert("RGBA")), seen), format
    assert saved(studio, "aseprite")[0][4:6] == (0xA5E0).to_bytes(2, "little")
    gpl = saved(studio, "gpl")[0].decode().splitlines()
    assert (gpl[0], len(gpl) - 4) == ("GIMP Palette", len({tuple(color) for color in seen[seen[..., 3] > 0]}))
    opaque = np.where(seen[..., 3:] > 0, seen[..., :3], 0).astype(np.uint8)
    assert saved(studio, "rgb565")[0] == rgb565.pack(opaque)
    words = re.findall(r"0x([0-9a-f]{4})", saved(studio, "c")[0].decode())
    assert bytes.fromhex("".join(words)) == rgb565.pack(opaque)
    large = Image.open(io.BytesIO(saved(studio, "large")[0]))
    assert (large.mode, large.size) == ("P", (512, 512))
    assert np.array_equal(np.array(large.convert("RGBA"))[4::8, 4::8], seen)


def test_of_a_sketch_that_moves_all_frames_come_with_their_times(studio):
    before, data = studio.newer(None)["id"], io.BytesIO()
    frames = [Image.new("RGB", (32, 32), color) for color in ("red", "blue", "green")]
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:], duration=[100, 200, 300])
    file = {"name": "walk.gif", "mimeType": "image/gif", "buffer": data.getvalue()}
    studio.page.locator("px-canvas input[type=file]").first.set_input_files(files=[file])
    studio.newer(before)
    studio.page.get_by_text("have all 3 frames").wait_for()
    picture = Image.open(io.BytesIO(saved(studio, "gif")[0]))
    times = []
    for number in range(picture.n_frames):
        picture.seek(number)
        times.append(picture.info["duration"])
    assert (picture.size, times) == ((64, 64), [100, 200, 300])
    studio.page.locator("px-out .beside select").select_option("4")
    data, name = saved(studio, "large-gif")
    large = Image.open(io.BytesIO(data))
    assert (name, large.size, large.n_frames) == ("sprite-4x.gif", (256, 256), 3)
    for number in range(3):
        picture.seek(number)
        large.seek(number)
        frame = np.array(picture.convert("RGB"))
        assert np.array_equal(np.array(large.convert("RGB")), frame.repeat(4, axis=0).repeat(4, axis=1))
        assert large.info["duration"] == times[number]
    got = []
    studio.page.on("download", lambda each: got.append(each))
    with studio.page.expect_download(lambda each: each.suggested_filename == "sprite-sheet.png"):
        studio.page.locator("[data-format=sheet]").click()
    sheet = {each.suggested_filename: each.path().read_bytes() for each in got}
    told = json.loads(sheet["sprite-sheet.json"])
    assert [(each["frame"]["x"], each["duration"]) for each in told["frames"]] == [(0, 100), (64, 200), (128, 300)]
    row = Image.open(io.BytesIO(sheet[told["meta"]["image"]]))
    assert row.size == (192, 64)
    colors = {tuple(row.convert("RGB").getpixel((x, 32))) for x in (32, 96, 160)}
    assert len(colors) == 3


def test_an_empty_sheet_is_saved_like_any_other(studio):
    before = studio.newer(None)["id"]
    studio.begin("grid")
    studio.newer(before)
    for format in ("gif", "apng"):
        assert Image.open(io.BytesIO(saved(studio, format)[0])).convert("RGBA").getextrema()[3] == (0, 0)
    assert saved(studio, "aseprite")[0][4:6] == (0xA5E0).to_bytes(2, "little")
    assert studio.state("problem") is None


def same(made, seen):
    """The very picture that the studio shows."""
    assert np.array_equal(np.array(Image.open(io.BytesIO(made)).convert("RGBA")), seen)


def as_a_panel_shows_it(made, seen):
    """Its pixels on a panel of the usual size, whose driver leaves inversion off: negatives in 16 bits."""
    words = np.frombuffer(made, ">u2").reshape(240, 240).astype(int)
    shown = np.stack([words >> 11 << 3, (words >> 5 & 63) << 2, (words & 31) << 3], axis=-1)
    assert np.array_equal(shown, (255 - panel.frame(seen, 240, 240, "stretch")) & (0xF8, 0xFC, 0xF8))


def in_its_colors(made, seen):
    """A token's picture, which is another, in the colours of the style that the studio shows."""
    wanted = [hex.lower() for hex in re.findall(r"(?m)^[0-9a-fA-F]{6}", LOW_RES.read_text())]
    colors = np.unique(np.array(Image.open(io.BytesIO(made)).convert("RGB")).reshape(-1, 3), axis=0)
    assert {bytes(color).hex() for color in colors} <= set(wanted)


CALLS = {"pixart": same, "unified": same, "imagegen": same, "a1111": same}
CALLS |= {"pico": as_a_panel_shows_it, "aleaart": in_its_colors}


TUNED = {
    "in a size": {"dither": "bayer-4", "contrast": 1.2, "metric": "redmean", "width": 32, "height": 32},
    "cleaned and outlined": {"clean": True, "outline": "#000000", "width": 48, "height": 48},
    "snapped to its grid": {"snap": True},
}


@pytest.mark.parametrize("tuned", TUNED.values(), ids=TUNED)
@pytest.mark.parametrize("api", dialects())
def test_what_was_tuned_is_what_an_app_calls_by_any_of_the_apis(studio, tmp_path, api, tuned):
    studio.newer(None)
    studio.drawn(TUNE, style="low-res", **tuned)
    seen = pixels(studio)
    studio.page.get_by_role("tab", name="Save").click()
    studio.page.get_by_role("combobox", name="API").select_option(api)
    with studio.page.expect_download() as waiting:
        studio.page.get_by_role("button", name="The sketch", exact=True).click()
    (tmp_path / "sketch.png").write_bytes(waiting.value.path().read_bytes())
    for press, command in {"Python": [sys.executable, "-c"], "curl": ["sh", "-c"]}.items():
        studio.page.get_by_role("button", name=press, exact=True).click()
        code = studio.page.locator("pre code").text_content()
        done = subprocess.run([*command, code], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        [made] = tmp_path.glob("sprite.*")
        CALLS[api](made.read_bytes(), seen)
        made.unlink()
    said = studio.page.locator("px-out section").last.locator("p").last.text_content()
    assert ("exactly what you see" in said) == (CALLS[api] is same)


@pytest.mark.parametrize("press", ["curl", "Python"])
def test_a_call_that_is_run_again_for_another_sketch_draws_that_one(studio, tmp_path, press):
    studio.newer(None)
    studio.page.get_by_role("tab", name="Save").click()
    studio.page.get_by_role("button", name=press, exact=True).click()
    code = studio.page.locator("pre code").text_content()
    for color in ("black", "white"):
        Image.new("RGB", (64, 64), color).save(tmp_path / "sketch.png")
        command = [sys.executable, "-c"] if press == "Python" else ["sh", "-c"]
        subprocess.run([*command, code], cwd=tmp_path, check=True, capture_output=True)
        drawn = Image.open(tmp_path / "sprite.png").convert("L")
        assert (drawn.getpixel((32, 32)) > 127) == (color == "white")


def test_the_picture_and_the_call_can_be_copied(studio):
    studio.newer(None)
    studio.page.get_by_role("tab", name="Save").click()
    script = """async () => {
        const [item] = await navigator.clipboard.read()
        const { width, height } = await createImageBitmap(await item.getType('image/png'))
        return [width, height] }"""
    said = studio.page.locator("px-out section").first.get_by_role("status")
    for name, side in {"Copy 1×": 64, "Copy 8×": 512, "Copy 4×": 256}.items():
        if name == "Copy 4×":
            studio.page.locator("px-out .beside select").select_option("4")
        studio.page.evaluate("navigator.clipboard.writeText('')")
        said.evaluate("output => (output.textContent = '')")
        studio.page.get_by_role("button", name=name, exact=True).click()
        expect(said).to_have_text("Copied.")
        assert studio.page.evaluate(script) == [side, side]
    studio.page.get_by_role("button", name="Copy the call").click()
    code = studio.page.locator("pre code").text_content()
    studio.page.locator("px-out section").last.get_by_text("Copied.").wait_for()
    assert studio.page.evaluate("navigator.clipboard.readText()") == code


def test_a_result_can_be_drawn_on(studio):
    before = studio.newer(None)["id"]
    studio.page.get_by_role("tab", name="Save").click()
    studio.page.get_by_role("button", name="Draw on it").click()
    studio.newer(before)
    assert (studio.state("source")["width"], studio.state("source")["kind"]) == (64, "drawing")


def test_every_call_has_what_was_chosen_as_one_object_and_nothing_that_was_not(studio):
    studio.newer(None)
    studio.page.evaluate(TUNE, {"style": "low-res", "dither": "bayer-4", "contrast": 0, "clean": True})
    script = """async () => {
        const { APIS } = await import('/studio/out/calls.js')
        const settings = (await import('/studio/state.js')).state.get('settings')
        return Object.fromEntries(Object.entries(APIS).map(([name, { body }]) => [name, body(settings)])) }"""
    bodies = studio.page.evaluate(script)
    look = {"fit": "longest", "style": "low-res", "dither": "bayer-4", "contrast": 0}
    look |= {"clean": True, "redraw": False}
    assert {name: bodies["pixart"][name] for name in look} == look
    assert bodies["a1111"]["alwayson_scripts"]["pixart"]["args"] == [look]
    assert [bodies[name]["pixart"] for name in ("imagegen", "unified", "pico")] == [look] * 3
    assert bodies["aleaart"]["pixart"] == {"style": "low-res", "dither": "bayer-4", "contrast": 0, "clean": True}


def test_a_result_that_is_larger_than_its_frame_shows_at_a_whole_part_of_its_size(studio_bridge, studio_browser):
    with studio_page(studio_browser, studio_bridge.url + "/", PHONE) as page:
        page.open().newer(None)
        page.drawn("async () => (await import('/studio/state.js')).state.tune({ width: 512, height: 512 })")
        wide = page.page.locator("px-view .sheet")
        expect(wide).to_have_css("width", "256px")
        expect(wide.locator("canvas").first).to_have_css("image-rendering", "auto")
        page.quiet()
