"""Consoles and home computers in the studio: a menu of them, their screen's size, their files and their call."""

import io
import json
import re
import zipfile

import numpy as np
import pytest
from PIL import Image
from pixart_nodes.pixel.machine.table import MACHINES
from studio_page import PHONE, WIDE, expect, pixels, saved, studio_page

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

NES = MACHINES["nes"]
TUNE = "async about => (await import('/studio/state.js')).state.tune(about)"


@pytest.fixture
def nes(studio):
    """The studio once it has drawn the sample for the NES."""
    before = studio.newer(None)["id"]
    studio.page.get_by_role("combobox", name="Machine", exact=True).select_option("nes")
    studio.newer(before)
    return studio


def saving(studio):
    studio.page.get_by_role("tab", name="Save").click()
    return studio.page.locator("px-out")


def called(studio, api):
    """The body of the call that apps are shown, as JSON."""
    panel = saving(studio)
    panel.get_by_role("combobox", name="API").select_option(api)
    code = re.sub(r"'\"\$(\(base64 .*\)|id)\"'", "", panel.locator("pre code").inner_text())
    return json.loads(code[code.index("{") : code.rindex("}' | curl") + 1])


def test_the_menu_has_every_machine_by_its_name_for_people_and_none_is_usual(studio):
    menu = studio.page.get_by_role("combobox", name="Machine", exact=True)
    expect(menu.locator("option")).to_have_text(["None", *(machine.title for machine in MACHINES.values())])
    expect(menu).to_have_value("")


def test_a_machine_draws_on_its_screen_whose_size_shows_and_cannot_be_changed(nes):
    result = nes.result()
    assert (result["width"], result["height"]) == NES.size
    assert result["body"] == {"prompt": "", "machine": {"name": "nes", "fit": "pad", "dither": "auto"}}
    look = nes.page.locator("px-look")
    expect(look).to_contain_text("256 × 240 px", use_inner_text=True)
    expect(look.locator("input[type=range]").first).to_be_disabled()
    expect(look.locator("[data-style]").first).to_be_disabled()


def test_pixels_that_a_machine_shows_wider_than_high_are_so_and_the_sketch_beside_them_in_its_own_shape(studio):
    before = studio.newer(None)["id"]
    studio.page.get_by_role("combobox", name="Machine", exact=True).select_option("c64")
    before = studio.newer(before)["id"]
    sheet, sketch = studio.page.locator("px-view .sheet"), studio.page.locator("px-view .before")
    width, height = MACHINES["c64"].size
    shape = width * MACHINES["c64"].aspect / height
    studio.page.locator(".compare input").fill("50")
    for fit, shown in {"pad": "contain", "crop": "cover", "stretch": "fill"}.items():
        if fit != "pad":  # which is also what "As the sketch" means on a screen
            studio.page.evaluate(TUNE, {"fit": fit})
            before = studio.newer(before)["id"]
        expect(sketch).to_have_css("object-fit", shown)
        box = sheet.bounding_box()
        assert box["width"] / box["height"] == pytest.approx(shape, abs=0.01)
    studio.page.get_by_role("combobox", name="Machine", exact=True).select_option("")
    studio.newer(before)
    studio.until("document.querySelector('px-view canvas').width === 64")
    box = sheet.bounding_box()
    assert box["width"] == box["height"]


def test_what_is_saved_large_has_the_pixels_of_the_screen_and_its_size_is_said(nes):
    nes.drawn(TUNE, machine="cpc", fit="stretch")
    seen = pixels(nes)
    height, width = seen.shape[:2]
    large = Image.open(io.BytesIO(saved(nes, "large")[0])).convert("RGBA")
    assert np.array_equal(np.array(large), seen.repeat(8, axis=0).repeat(16, axis=1))
    expect(nes.page.locator("px-out")).to_contain_text(f"{16 * width} × {8 * height} px, pixels 2:1")
    assert Image.open(io.BytesIO(saved(nes, "png")[0])).size == (width, height)
    posts = []
    nes.page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    small = Image.open(io.BytesIO(saved(nes, "large-gif")[0])).convert("RGBA")
    assert len(posts) == 1  # a still is already here as what is to be enlarged
    assert np.array_equal(np.array(small), seen.repeat(2, axis=1))  # as large as the server draws
    nes.page.locator("px-out .beside select").select_option("2")
    expect(nes.page.locator("px-out")).to_contain_text(f"{4 * width} × {2 * height} px, pixels 2:1")
    before = nes.result()["id"]
    nes.page.get_by_role("button", name="Draw on it").click()
    nes.newer(before)
    assert (nes.state("source")["width"], nes.state("source")["height"]) == (2 * width, height)
    assert np.array_equal(pixels(nes), seen)  # which the machine shows already
    nes.drawn(TUNE, machine="")
    expect(nes.page.locator("px-out")).to_contain_text(re.compile("128 × 128 px(?!,)"))


# Whether something is visible when the page is scrolled to the end of the open panel, which grows while its parts come.
AT_THE_END = """[...document.querySelectorAll('[role=tabpanel]')].filter(each => each.checkVisibility()).map(panel => {
    panel.scrollIntoView(false)
    return document.querySelector(about)?.checkVisibility({ visibilityProperty: true }) })[0]"""


def test_small_pictures_of_a_machine_have_its_screens_shape_too(studio_bridge, studio_browser):
    with studio_page(studio_browser, studio_bridge.url + "/", PHONE) as phone:
        phone.open().newer(None)
        phone.drawn(TUNE, machine="c64")
        width, height = MACHINES["c64"].size
        phone.page.get_by_role("button", name="Keep", exact=True).click()
        phone.page.get_by_role("button", name="Kept", exact=True).wait_for()
        for place, tab in {"px-gallery .take img": "Gallery", "px-glance canvas": "Save"}.items():
            phone.page.get_by_role("tab", name=tab).click()
            picture = phone.page.locator(place).first
            expect(picture).to_have_attribute("data-aspect", "2")
            phone.until(AT_THE_END, place)  # where the bar shows the result, which is out of sight
            shape = "each => each.offsetWidth / each.offsetHeight"
            assert picture.evaluate(shape) == pytest.approx(2 * width / height, abs=0.01)
        phone.quiet()


def test_a_machine_of_few_colours_has_them_to_draw_with(studio):
    studio.newer(None)
    inks = studio.page.locator("px-canvas [data-color]")
    for name, count in {"c64": 16, "nes": 54, "snes": 16}.items():  # of 32768 the style's are as good as any
        studio.drawn(TUNE, machine=name)
        expect(inks).to_have_count(count)


def test_what_a_machine_heeds_of_the_look_is_asked_of_it(nes):
    body = nes.drawn(TUNE, fit="pad", pattern="none", dither="bayer-4", method="nearest", palette="sweetie-16")["body"]
    assert body["machine"] == {"name": "nes", "fit": "pad", "method": "nearest", "dither": "none"}


def test_a_machine_has_dithers_and_an_effort_of_its_own(nes):
    look, before = nes.page.locator("px-look"), nes.result()["id"]
    expect(look.get_by_text("Longest side")).to_have_count(0)
    dither = look.get_by_role("combobox", name="Dither", exact=True)
    expect(dither.locator("option")).to_have_text(["Automatic", "diffusion", "pattern", "none"])
    look.get_by_role("combobox", name="Effort").select_option("best")
    assert nes.newer(before)["body"]["machine"] == {"name": "nes", "fit": "pad", "dither": "auto", "quality": "best"}


def test_a_picture_for_a_machine_comes_back_with_its_machine(nes):
    nes.drawn(TUNE, fit="pad", pattern="pattern")
    script = """async () => {
        const { state } = await import('/studio/state.js')
        const { settingsOf } = await import('/studio/metadata.js')
        return settingsOf(state.get('result').blob) }"""
    settings = {"machine": "nes", "fit": "pad", "method": "", "pattern": "pattern", "strength": 1, "quality": ""}
    assert nes.page.evaluate(script) == settings


def test_without_a_machine_again_the_look_is_what_it_was(nes):
    before = nes.result()["id"]
    nes.page.get_by_role("combobox", name="Machine", exact=True).select_option("")
    result = nes.newer(before)
    assert (result["width"], result["body"]["style"]) == (64, "retro-16bit")
    expect(nes.page.locator("px-look [data-style]").first).to_be_enabled()
    expect(saving(nes).locator("[data-format=machine]")).to_be_hidden()


def test_its_files_come_as_a_zip_beside_the_picture(nes):
    with nes.page.expect_download() as waiting:
        saving(nes).locator("[data-format=machine]").click()
    data, name = waiting.value.path().read_bytes(), waiting.value.suggested_filename
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        endings = {file.rpartition(".")[2] for file in archive.namelist()}
    assert name == "nes.zip"
    assert {file.ending[1:] for file in NES.files} <= endings


def test_apps_are_shown_the_call_that_draws_it_where_an_api_has_machines(nes):
    assert called(nes, "pixart")["machine"] == {"name": "nes", "fit": "pad", "dither": "auto"}
    code = nes.page.locator("px-out pre code").inner_text()
    assert re.search(r"/api/pixel-generation/files/\$id --output sprite.zip$", code)
    unified = called(nes, "unified")
    assert (unified["machine"]["name"], "workflow" in unified) == ("nes", False)
    expect(nes.page.locator("px-out")).to_contain_text("Draws exactly", use_inner_text=True)
    called(nes, "a1111")
    expect(nes.page.locator("px-out")).to_contain_text("knows no machines", use_inner_text=True)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_nothing_of_it_is_cut_off(nes, size):
    nes.page.set_viewport_size(size)
    saving(nes)
    assert nes.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    button = nes.page.locator("[data-format=machine]").bounding_box()
    assert button["x"] >= 0
    assert button["x"] + button["width"] <= size["width"]
