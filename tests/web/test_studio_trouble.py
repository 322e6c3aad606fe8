"""The studio when something is in the way: each time a sentence in the page, nothing lost, and no reload needed."""

import io
import zipfile

import numpy as np
import pytest
from bridge_process import PREFIX, BridgeProcess
from chaos import Chaos
from photoshop_file import psd
from PIL import Image
from pixart_nodes.pixel.files import aseprite
from studio_page import PHONE, StudioPage, expect, pixels, studio_page

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

TUNE = "async about => (await import('/studio/state.js')).state.tune(about)"
REFUSED = "Failed to load resource"  # what Chromium's console says of every answer that is an error
DROP = """async ([name, bytes]) => {
    const data = new DataTransfer()
    data.items.add(new File([new Uint8Array(bytes)], name, {type: 'image/png'}))
    const drop = new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})
    document.querySelector('px-canvas').dispatchEvent(drop) }"""
DROP_MANY = """([files, text]) => {
    const data = new DataTransfer()
    for (const [name, bytes, type] of files) data.items.add(new File([new Uint8Array(bytes)], name, {type}))
    if (text) data.setData('text/plain', text)
    const drop = new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})
    document.querySelector('px-canvas').dispatchEvent(drop) }"""
# As with site data blocked; and what only pages have that come with https, or from the reader's own machine.
KEEPS_NOTHING = """{
    const get = () => { throw new DOMException('denied', 'SecurityError') }
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) Object.defineProperty(window, name, { get })
    for (const name of ['locks', 'clipboard']) Object.defineProperty(navigator, name, { value: undefined }) }"""
BYTES = """async () => {  // of the result's file
    const { state } = await import('/studio/state.js')
    return [...new Uint8Array(await state.get('result').blob.arrayBuffer())] }"""
KEEP = 500  # milliseconds after which the page has kept what was drawn
FRESH = 3100  # milliseconds after which it asks for the server's menus anew


def notice(page):
    return page.page.locator("px-notice").text_content()


def test_a_picture_of_a_hundred_megapixels_is_refused_in_a_sentence_and_the_old_one_stays(studio):
    studio.newer(None)
    large = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(large, "PNG")
    studio.page.evaluate(DROP, ["wall.png", list(large.getvalue())])
    studio.until("state.get('problem')")
    assert "100 megapixels; 64 is the most" in notice(studio)
    assert studio.state("source")["kind"] == "sample"


def test_a_file_that_is_no_picture_is_named_and_so_is_an_empty_one_and_a_palette_is_taken_as_such(studio):
    studio.newer(None)
    studio.page.evaluate(DROP, ["notes.png", list(b"not a picture")])
    studio.until("state.get('problem')")
    assert "“notes.png” is no picture" in notice(studio)
    studio.page.evaluate(DROP, ["no.png", []])
    studio.page.locator("px-notice").get_by_text("“no.png” is empty").wait_for()
    for count in (2, 3):  # the panel for palettes isn't open before the first
        colors = [f"{16 * number:02x}0000" for number in range(1, count + 1)]
        studio.page.evaluate(DROP, ["some.hex", list("\n".join(colors).encode())])
        studio.until("String(state.get('settings').colors) === about", ",".join(f"#{color}" for color in colors))
        studio.page.get_by_text(f"some: {count} colours taken.").wait_for()
        studio.page.get_by_role("tab", name="Look").click()
    assert studio.state("source")["kind"] == "sample"


def test_of_what_is_no_single_picture_the_page_says_what_to_do_with_it(studio):
    studio.newer(None)
    png = io.BytesIO()
    Image.new("RGB", (8, 8)).save(png, "PNG")
    files = [["notes.txt", [], "text/plain"], ["a.png", list(png.getvalue()), "image/png"]]
    for dropped, text, said in (
        (files, "", "“a.png” was taken: of 2 files"),
        ([["hero.aseprite", [1], ""]], "", "something of Aseprite’s that this page doesn’t draw"),
        ([["hero.kra", [1], ""]], "", "“hero.kra” is no picture"),
        ([["list.txt", [1], "text/plain"]], "", "“list.txt” is text and no picture"),
        ([["IMG_1.HEIC", [1], "image/heic"]], "", "send or save it as JPEG"),
        ([["clip.mp4", [1], "video/mp4"]], "", "“clip.mp4” is a film"),
        ([], "https://example.org/fox.png", "That is a link"),
        ([], "a red fox", "That is text"),
        ([], "data:image/png;base64,iVB", "“A picture” is no picture"),
        ([], "data:image/png;base64,*", "“A picture” is damaged"),
    ):
        studio.page.evaluate(DROP_MANY, [dropped, text])
        studio.page.locator("px-notice").get_by_text(said).wait_for()
    assert studio.state("source")["name"] == "a.png"
    plain = "".join(f"%{byte:02x}" for byte in png.getvalue())
    drawing = (
        "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='10'><path d='M0,0L9,9' stroke='%23f00'/></svg>"
    )
    for text, width in ((f"data:image/png,{plain}", 8), (f"DATA:image/svg+xml,{drawing}", 1024)):
        studio.page.evaluate(DROP_MANY, [[], text])
        studio.until("state.get('source').width === about", width)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        krita = io.BytesIO()
        with zipfile.ZipFile(krita, "w", method) as archive:
            archive.writestr("mimetype", "application/x-krita")
            archive.writestr("mergedimage.png", png.getvalue())
        studio.page.evaluate(DROP_MANY, [[[f"{method}.kra", list(krita.getvalue()), ""]], ""])
        studio.until(f"state.get('source').name === '{method}.kra'")
        assert studio.state("source")["width"] == 8
    pixels = np.zeros((2, 4, 6, 4), np.uint8)
    pixels[0, 1, 2] = 255, 0, 77, 255
    sprite = aseprite.encode(aseprite.Sprite(pixels, np.zeros((0, 4), np.uint8)), [100, 100])
    studio.page.evaluate(DROP_MANY, [[["hero.aseprite", list(sprite), ""]], ""])
    studio.until("state.get('source').name === 'hero.aseprite'")
    studio.until("document.querySelector('px-canvas').paper.width === 6")
    shown = "document.querySelector('px-canvas .sheet canvas').getContext('2d').getImageData(0, 0, 6, 4).data"
    assert studio.page.evaluate(f"Object.values({shown})") == pixels[0].ravel().tolist()
    assert studio.state("source")["note"].startswith("Of its 2 frames the first is used")


def test_a_name_without_end_makes_no_page_wider(studio_bridge, studio_browser):
    with studio_page(studio_browser, studio_bridge.url + "/", PHONE) as page:
        page.open().newer(None)
        page.page.evaluate(DROP, ["x" * 200 + ".png", list(b"not a picture")])
        page.page.locator("px-notice").get_by_text("is no picture").wait_for()
        assert page.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        page.quiet()


def test_what_was_wrong_is_not_said_any_longer_than_it_is_wrong(studio):
    studio.newer(None)
    studio.page.evaluate(DROP, ["notes.png", list(b"not a picture")])
    studio.page.locator("px-notice").get_by_text("“notes.png” is no picture").wait_for()
    studio.begin("grid")
    studio.until("!state.get('problem')")
    studio.page.get_by_role("tab", name="Words").click()
    for leave in (
        lambda: studio.page.get_by_label("What to draw").fill("a fox"),
        lambda: studio.page.get_by_role("tab", name="Look").click(),
    ):
        studio.page.get_by_label("What to draw").fill("")
        studio.page.get_by_role("button", name="Draw", exact=True).click()
        studio.page.locator("px-notice").get_by_text("Say in a few words").wait_for()
        leave()
        studio.until("!state.get('problem')")


def test_what_was_said_goes_with_the_next_thing_that_is_done_and_moves_no_sheet(studio_bridge, studio_browser):
    with studio_page(studio_browser, studio_bridge.url + "/") as studio:
        studio.open().newer(None)
        studio.page.get_by_role("tab", name="Palettes").click()
        sheet = studio.page.locator("px-canvas .sheet")
        box = sheet.bounding_box()
        studio.page.locator("px-give input").first.fill("no-such-slug")
        studio.page.get_by_role("button", name="Take", exact=True).click()
        said = studio.page.locator("px-notice").get_by_text(
            "'no-such-slug' is not a colour; write it as #rrggbb, for example #ff004d. No built-in palette is called so"
        )
        said.wait_for()
        assert sheet.bounding_box() == box
        studio.page.locator("px-shelf button").first.click()
        said.wait_for(state="detached")
        studio.quiet(REFUSED)


def test_a_picture_that_was_cut_off_is_named_and_the_old_one_stays(studio):
    studio.newer(None)
    png = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(png, "PNG")
    studio.page.evaluate(DROP, ["half.png", list(png.getvalue()[:1500])])
    studio.page.locator("px-notice").get_by_text("“half.png” is damaged, or was cut off").wait_for()
    assert studio.state("source")["kind"] == "sample"


def test_a_drawing_without_pixels_of_its_own_is_drawn_large(studio):
    before = studio.newer(None)["id"]
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="8"><rect width="16" height="8" fill="red"/></svg>'
    studio.page.evaluate(DROP_MANY, [[["icon.svg", list(svg.encode()), "image/svg+xml"]], ""])
    assert studio.newer(before)["width"] == 64
    assert (studio.state("source")["width"], studio.state("source")["height"]) == (1024, 512)


def test_what_browsers_do_not_open_the_server_does_and_it_draws_the_same(studio):
    sketch = Image.radial_gradient("L").resize((48, 32)).convert("RGB")
    files = {"hero.png": io.BytesIO(), "scan.TIFF": io.BytesIO(), "hero.psd": io.BytesIO(psd(sketch))}
    sketch.save(files["hero.png"], "PNG")
    sketch.save(files["scan.TIFF"], "TIFF", compression="tiff_lzw")
    drawn, before = [], studio.newer(None)["id"]
    for name, file in files.items():
        studio.page.evaluate(DROP_MANY, [[[name, list(file.getvalue()), ""]], ""])
        studio.until(f"state.get('source').name === '{name}'")
        before = studio.newer(before)["id"]
        drawn.append(pixels(studio).tolist())
    assert drawn[0] == drawn[1] == drawn[2]


def test_why_the_server_does_not_open_a_file_is_said(studio_bridge, studio_browser):
    with studio_page(studio_browser, studio_bridge.url + "/") as page:
        page.open().newer(None)
        flat = psd(Image.new("RGB", (8, 8)), merged=False)
        page.page.evaluate(DROP_MANY, [[["hero.psd", list(flat), ""]], ""])
        page.page.locator("px-notice").get_by_text("hero.psd has no merged picture").wait_for()
        page.quiet(REFUSED)


def test_while_comfyui_is_away_the_page_says_so_keeps_its_menus_and_goes_on_by_itself(
    bare_comfy, studio_browser, tmp_path
):
    with (
        Chaos(bare_comfy.url) as chaos,
        BridgeProcess(tmp_path, COMFYUI_URL=chaos.url) as bridge,
        studio_page(studio_browser, bridge.url + "/") as page,
    ):
        before = page.open().newer(None)["id"]
        chaos.part(600)
        page.page.evaluate(TUNE, {"palette": "sweetie-16"})
        page.page.locator("px-notice").get_by_text("ComfyUI is starting").wait_for()
        page.page.locator("px-live output").get_by_text("Waits for ComfyUI").wait_for()
        with page.page.expect_response(lambda each: "/cancel/" in each.url) as cancelling:
            page.page.evaluate(TUNE, {"dither": "bayer-4"})  # so that nobody wants the drawing before any more
        assert cancelling.value.status == 200
        id = cancelling.value.url.rpartition("/")[2]
        status, told = bridge.call(f"{PREFIX}/status/{id}")
        assert (status, told["status"]) == (200, "failed") and "cancel" in told["error"].lower()
        page.page.evaluate(DROP, ["notes.png", list(b"not a picture")])
        page.page.locator("px-notice").get_by_text("“notes.png” is no picture").wait_for()
        assert "ComfyUI is starting" in notice(page)
        page.page.get_by_role("tab", name="Palettes").click()
        page.page.locator("px-shelf button").nth(60).wait_for()
        chaos.join()
        body = page.newer(before)["body"]
        assert (body["palette"], body["dither"]) == ("sweetie-16", "bayer-4")
        page.page.locator("px-notice").get_by_text("ComfyUI is starting").wait_for(state="detached")
        page.quiet(REFUSED)


def test_a_browser_that_keeps_nothing_and_one_without_https_draw_as_any(studio_bridge, studio_browser):
    with studio_page(studio_browser, studio_bridge.url + "/") as page:
        page.page.add_init_script(KEEPS_NOTHING)
        page.open().newer("sample")
        page.page.get_by_role("button", name="Dark").click()
        assert page.page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.page.get_by_role("tab", name="Words").click()
        page.page.get_by_label("What to draw").fill("a red fox")
        page.page.get_by_role("button", name="Draw", exact=True).click()
        page.page.locator(".cell[data-state=done]").wait_for()
        page.quiet()


def test_a_photo_larger_than_a_drawing_needs_is_made_smaller_before_it_is_sent(studio):
    before = studio.newer(None)["id"]
    photo = io.BytesIO()
    Image.linear_gradient("L").resize((3000, 1500)).save(photo, "PNG")
    studio.page.evaluate(DROP, ["photo.png", list(photo.getvalue())])
    result = studio.newer(before)
    assert (studio.state("source")["width"], studio.state("source")["height"]) == (1024, 512)
    assert (result["width"], result["height"]) == (64, 32)


def test_a_picture_of_ours_comes_with_the_settings_that_it_was_made_with(studio):
    studio.newer(None)
    studio.drawn(TUNE, palette="sweetie-16", dither="bayer-4", method="box", contrast=1.3, width=48, height=48)
    before, data = studio.result()["id"], studio.page.evaluate(BYTES)
    studio.page.evaluate(
        TUNE, {"palette": "", "dither": "", "method": "", "contrast": None, "width": 128, "height": 128}
    )
    studio.newer(before)
    studio.page.evaluate(DROP, ["sprite.png", data])
    studio.until("state.get('settings').palette === 'sweetie-16'")
    settings = studio.state("settings")
    names = ("dither", "method", "contrast", "width", "height", "fit")
    assert [settings[name] for name in names] == ["bayer-4", "box", 1.3, 48, 48, "longest"]


def test_a_picture_of_ours_names_its_style_again_and_leaves_to_it_what_it_has_by_itself(studio):
    studio.newer(None)
    for style in ("low-res", "high-detail"):
        studio.drawn(TUNE, style=style)
        before, data = studio.result()["id"], studio.page.evaluate(BYTES)
        studio.page.evaluate(TUNE, {"style": "retro-16bit"})
        studio.newer(before)
        studio.page.evaluate(DROP, ["sprite.png", data])
        studio.until("state.get('settings').style === about", style)
        settings = studio.state("settings")
        assert [settings[name] for name in ("palette", "ownColors", "contrast")] == ["", 0, None]


def test_a_page_that_is_closed_loses_neither_the_drawing_nor_its_settings(studio_bridge, studio_browser):
    context = studio_browser.new_context()
    first = StudioPage(context.new_page(), studio_bridge.url + "/").open()
    before = first.newer(None)["id"]
    first.begin("grid")
    first.newer(before)
    first.page.evaluate(TUNE, {"style": "low-res"})
    first.page.wait_for_timeout(KEEP)
    other = StudioPage(context.new_page(), studio_bridge.url + "/").open()
    other.begin("sample")
    other.until("state.get('source').kind === 'sample'")
    other.page.wait_for_timeout(KEEP)
    first.page.reload()
    first.newer(None)
    assert first.state("source")["kind"] == "drawing"  # of two tabs each has its own
    other.begin("grid")
    other.page.wait_for_timeout(KEEP)
    first.page.close()
    second = StudioPage(context.new_page(), studio_bridge.url + "/").open()
    second.newer(None)
    assert second.state("source")["kind"] == "drawing"
    assert second.state("settings")["style"] == "low-res"
    second.quiet()
    context.close()


def test_a_bridge_that_is_restarted_under_the_page_is_waited_for_and_the_work_goes_on(
    bare_comfy, studio_browser, tmp_path
):
    with (
        BridgeProcess(tmp_path, COMFYUI_URL=bare_comfy.url) as bridge,
        studio_page(studio_browser, bridge.url + "/") as page,
    ):
        before = page.open().newer(None)["id"]
        bridge.kill()
        page.page.evaluate(TUNE, {"palette": "sweetie-16"})
        page.until("state.get('link') === 'down'")
        assert "The server doesn’t answer. Your work is kept" in notice(page)
        bridge.environment["PORT"] = bridge.url.rpartition(":")[2]
        bridge.start()
        assert page.newer(before)["body"]["palette"] == "sweetie-16"
        assert notice(page) == ""
        page.quiet(REFUSED)


def test_a_panel_that_was_first_opened_while_the_server_was_away_opens_once_it_is_back(studio_bridge, studio_browser):
    with studio_page(studio_browser, studio_bridge.url + "/") as page:
        page.open().newer(None)
        page.page.context.set_offline(True)
        page.page.get_by_role("tab", name="Gallery").click()
        page.page.get_by_text("The panel “Gallery” could not be opened").wait_for()
        page.page.context.set_offline(False)
        page.page.locator("px-gallery").get_by_role("button", name="Refresh").wait_for()
        page.quiet(REFUSED)


def test_what_was_asked_for_while_the_server_was_away_comes_once_it_is_back(studio_bridge, studio_browser):
    with studio_page(studio_browser, studio_bridge.url + "/") as page:
        page.open().newer(None)
        for tab in ("Palettes", "Gallery", "Save"):
            page.page.get_by_role("tab", name=tab).click()
            page.page.wait_for_selector(f"px-{'out' if tab == 'Save' else tab.lower()} button", state="attached")
        page.page.context.set_offline(True)
        with page.page.expect_download() as animation:
            page.page.locator("[data-format=gif]").click()
            page.until("state.get('link') === 'down'")
            page.page.get_by_role("tab", name="Palettes").click()
            page.page.get_by_role("button", name="From the sketch").click()
            page.page.get_by_text("Palettes by dithers").click()
            page.page.get_by_role("button", name="Draw the sheet").click()
            assert notice(page).startswith("The server doesn’t answer")
            page.page.context.set_offline(False)
        assert animation.value.suggested_filename == "sprite.gif"
        page.until("state.get('settings').colors.length === 16")
        page.page.locator(".matrix button:not([disabled])").first.wait_for()
        page.page.get_by_role("button", name="Stop").click()
        assert notice(page) == ""
        page.quiet(REFUSED)


def test_a_page_that_is_older_than_the_server_says_so_and_is_loaded_again_with_its_work(studio):
    before = studio.newer(None)["id"]
    studio.begin("grid")
    studio.newer(before)

    def updated(route):
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "release": "another"})

    studio.page.route("**/studio/options", updated)
    said = studio.page.locator("px-notice").get_by_text("The server has a newer studio")
    studio.page.wait_for_timeout(FRESH)
    studio.page.locator("#tab-gallery").click()  # whose module comes now
    said.wait_for()
    studio.page.get_by_role("button", name="Load again").click()
    said.wait_for(state="detached")
    studio.page.wait_for_selector("px-gallery")
    studio.newer(None)
    assert studio.state("source")["kind"] == "drawing"


def test_the_page_asks_for_the_key_once_sends_it_and_says_when_it_is_withdrawn(bare_comfy, studio_browser, tmp_path):
    with (
        BridgeProcess(tmp_path, COMFYUI_URL=bare_comfy.url, API_KEY="the right one") as bridge,
        studio_page(studio_browser, bridge.url + "/") as page,
    ):
        page.page.goto(page.url)
        field = page.page.get_by_label("API key")
        field.fill("a wrong one")
        field.press("Enter")
        page.until("state.get('problem')")
        field.wait_for(state="visible")
        expect(page.page.locator("px-key")).to_contain_text("doesn’t know this key")
        field.fill("the right one")
        field.press("Enter")
        before = page.newer(None)["id"]
        expect(field).to_be_hidden()
        assert notice(page) == ""
        assert page.page.context.cookies() == []
        page.page.reload()
        before = page.newer(None)["id"]
        expect(field).to_be_hidden()
        page.page.evaluate("async () => (await import('/studio/state.js')).state.set({ key: 'withdrawn' })")
        page.page.evaluate(TUNE, {"palette": "sweetie-16"})
        field.fill("the right one")
        field.press("Enter")
        assert page.newer(before)["body"]["palette"] == "sweetie-16"
        page.quiet(REFUSED)


def test_ten_tabs_draw_side_by_side(studio_bridge, studio_browser):
    context = studio_browser.new_context()
    pages = [StudioPage(context.new_page(), studio_bridge.url + "/").open() for _ in range(10)]
    for number, page in enumerate(pages):
        page.page.evaluate(TUNE, {"width": 32 + number, "height": 32 + number})
    for number, page in enumerate(pages):
        page.until(f"state.get('result')?.width === {32 + number}")
        page.quiet()
    context.close()


def test_while_kernels_are_compiled_the_page_says_so_and_stops_once_they_are(studio_bridge, studio_browser):
    assert studio_bridge.call("/health")[1]["comfyui"]["compiling"] == 0
    with studio_page(studio_browser, studio_bridge.url + "/") as page:
        left = {"comfyui": {"up": True, "compiling": 3}}
        page.page.route("**/health", lambda route: route.fulfill(json=left))
        page.open()
        said = page.page.get_by_text("ComfyUI still compiles its fast kernels")
        said.wait_for()
        expect(said).to_contain_text("3 left")
        left["comfyui"]["compiling"] = 0
        said.wait_for(state="detached")
        page.quiet()
