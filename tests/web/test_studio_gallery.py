"""The gallery of one's own pictures in the studio: what the server keeps, newest first, to be used again or deleted."""

import numpy as np
import pytest
from bridge_process import BridgeProcess
from studio_page import PHONE, WIDE, expect, pixels, saved, studio_page

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

SMALL = {"workflow": "txt2img_pixel", "width": 32, "height": 32}


def drawn(bridge, prompt, headers=None, **more):
    """A finished job of these words."""
    code, job = bridge.call("/generate/text2img", {"prompt": prompt, **SMALL, **more}, headers)
    assert code == 202, job
    assert bridge.ended(job["id"], headers)["status"] == "completed"
    return job["id"]


def gallery(page):
    """The gallery of an open page."""
    page.page.get_by_role("tab", name="Gallery").click()
    page.page.wait_for_selector("px-gallery .gallery")
    return page.page.locator(".gallery > li")


def prompts(cards):
    return [text.strip() for text in cards.locator(".prompt").all_text_contents()]


def test_own_pictures_are_newest_first_and_outlive_the_bridge_and_the_page(bare_comfy, studio_browser, tmp_path):
    with BridgeProcess(tmp_path, COMFYUI_URL=bare_comfy.url) as bridge:
        drawn(bridge, "a house", seed=5, negativePrompt="rain", dither="bayer-4", colorPalette=["#000000", "#ffffff"])
        drawn(bridge, "a tree")
        bridge.stop()
        bridge.start()
        with studio_page(studio_browser, bridge.url + "/") as page:
            cards = gallery(page.open())
            cards.nth(1).wait_for()
            assert prompts(cards) == ["a tree", "a house"]
            page.page.get_by_role("button", name="Take “a house”").click()
            page.until("state.get('source').name === 'a house'")
            page.page.get_by_role("button", name="Reuse the settings of “a house”").click()
            page.until("state.get('tab') === 'words'")
            settings = page.state("settings")
            names = ("prompt", "negative", "seed", "mode", "dither", "width", "colors")
            expected = ["a house", "rain", 5, "txt2img_pixel", "bayer-4", 32, ["#000000", "#ffffff"]]
            assert [settings[name] for name in names] == expected
            delete(page, gallery(page), "a tree")
            page.page.reload()
            cards = gallery(page)
            cards.first.wait_for()
            assert prompts(cards) == ["a house"]
            page.quiet()


def delete(page, cards, prompt):
    """Delete by two clicks: the first only asks."""
    button = page.page.get_by_role("button", name=f"Delete “{prompt}”")
    button.click()
    before = cards.count()
    expect(button).to_have_text("Really?")
    button.click()
    button.wait_for(state="detached")
    expect(cards).to_have_count(before - 1)


def test_each_key_has_a_gallery_of_its_own(bare_comfy, studio_browser, tmp_path, keys):
    with BridgeProcess(tmp_path, COMFYUI_URL=bare_comfy.url) as bridge:
        for name, key in keys.items():
            drawn(bridge, f"a house of {name}", {"X-API-Key": key})
        for name, key in keys.items():
            with studio_page(studio_browser, bridge.url + "/") as page:
                page.page.goto(page.url)
                page.page.get_by_label("API key").fill(key)
                page.page.keyboard.press("Enter")
                cards = gallery(page)
                cards.first.wait_for()
                assert prompts(cards) == [f"a house of {name}"]
                page.page.get_by_text("A key shows only what was drawn with it.").wait_for()
                page.quiet("Failed to load resource")  # what the console says of the first answer, without a key


def test_a_picture_that_somebody_else_deleted_is_no_trouble(studio_bridge, studio_browser):
    id = drawn(studio_bridge, "gone soon")
    with studio_page(studio_browser, studio_bridge.url + "/") as page:
        cards = gallery(page.open())
        cards.first.wait_for()
        assert studio_bridge.call(f"/jobs/{id}/delete", b"")[0] == 200
        delete(page, cards, "gone soon")
        page.quiet("Failed to load resource")


TUNE = "async about => (await import('/studio/state.js')).state.tune(about)"


def test_what_was_tuned_live_is_kept_by_a_click_and_comes_back_with_its_sketch_and_settings(
    studio_bridge, studio_browser
):
    with studio_page(studio_browser, studio_bridge.url + "/") as page:
        page.open().newer(None)
        before = len(studio_bridge.call("/jobs")[1]["jobs"])
        tuned = {"style": "low-res", "dither": "bayer-4", "contrast": 1.3, "clean": True, "width": 32, "height": 32}
        page.drawn(TUNE, **tuned)
        seen, sketch = pixels(page), page.state("source")
        assert len(studio_bridge.call("/jobs")[1]["jobs"]) == before, "a live drawing stays out of the gallery"
        button = page.page.locator("px-live").get_by_role("button", name="Keep", exact=True)
        page.page.get_by_role("tab", name="Gallery").click()
        cards = page.page.locator(".gallery > li")
        button.click()
        page.page.locator("px-live").get_by_role("button", name="Kept", exact=True).wait_for()
        cards.first.get_by_role("button", name="Take “a sketch”").wait_for()
        assert len(studio_bridge.call("/jobs")[1]["jobs"]) == before + 1
        page.drawn(TUNE, style="retro-8bit", dither="", contrast=None, clean=False, width=64, height=64)
        page.begin("grid")
        cards.first.get_by_role("button", name="Reuse the settings of “a sketch”").click()
        page.until("state.get('tab') === 'look' && state.get('result').body.style === 'low-res'")
        settings = page.state("settings")
        assert {name: settings[name] for name in tuned} == tuned
        assert (page.state("source")["width"], page.state("source")["height"]) == (sketch["width"], sketch["height"])
        page.until("state.get('result').width === 32 && state.get('result').source === state.get('source')")
        assert np.array_equal(pixels(page), seen)
        delete(page, gallery(page), "a sketch")
        page.quiet()


def test_what_a_machine_shows_is_kept_with_its_files_and_comes_back_with_its_machine_and_no_words(
    studio_bridge, studio_browser
):
    with studio_page(studio_browser, studio_bridge.url + "/") as page:
        page.open().newer(None)
        page.drawn(TUNE, machine="nes", fit="pad", pattern="pattern", prompt="a tree")
        seen = pixels(page)
        page.page.locator("px-live").get_by_role("button", name="Keep", exact=True).click()
        page.page.locator("px-live").get_by_role("button", name="Kept", exact=True).wait_for()
        page.drawn(TUNE, machine="", fit="longest", pattern="", prompt="a house")
        cards = gallery(page)
        cards.first.wait_for()
        assert prompts(cards)[0] == "a sketch", "what was written for other pictures is no caption"
        page.page.get_by_role("button", name="Take “a sketch”").first.click()
        page.until("state.get('result').algorithm === 'machine@1'")
        assert np.array_equal(pixels(page), seen)
        assert saved(page, "machine")[1] == "nes.zip"
        gallery(page)
        page.page.get_by_role("button", name="Reuse the settings of “a sketch”").first.click()
        page.until("state.get('result').body?.machine")
        settings = page.state("settings")
        names = ("machine", "fit", "pattern", "prompt")
        assert [settings[name] for name in names] == ["nes", "pad", "pattern", "a house"]
        page.until("state.get('result').source === state.get('source')")
        assert np.array_equal(pixels(page), seen)
        delete(page, gallery(page), "a sketch")
        page.quiet()


WHOLE = """(seen => seen.length === about && seen.every(each => {{
    const factor = each.getBoundingClientRect().width / (each.naturalWidth || each.width)
    return Number.isInteger(factor < 1 ? 1 / factor : factor) }}))([...document.querySelectorAll('{cells}')])"""


@pytest.mark.parametrize("screen", [WIDE, PHONE], ids=["desk", "phone"])
def test_every_small_picture_shows_at_a_whole_factor(studio_bridge, studio_browser, screen):
    with studio_page(studio_browser, studio_bridge.url + "/", screen) as page:
        page.open().newer(None)
        page.page.get_by_role("tab", name="Words").click()
        page.page.locator("px-words textarea").first.fill("a lighthouse")
        page.page.locator("px-words .count select").select_option("4")
        page.page.locator("px-words button.main").first.click()
        expect(page.page.locator("px-words .cell[data-state=done]")).to_have_count(4)
        page.until(WHOLE.format(cells="px-batch .cell img"), 4)
        assert page.page.locator("px-batch img").first.bounding_box()["width"] == 128  # twice, since there are few
        cards = gallery(page)
        cards.nth(3).wait_for()
        cards.first.scroll_into_view_if_needed()
        shown = ".gallery > li:nth-child(-n+2) img:not([hidden])"
        page.until(WHOLE.format(cells=shown), 2)
        if screen is PHONE:
            page.page.evaluate("scrollTo(0, document.body.scrollHeight)")
            page.until(WHOLE.format(cells="px-glance canvas"), 1)
        page.page.get_by_role("tab", name="Palettes").click()
        page.page.locator("px-compare summary").click()
        page.page.locator("px-compare button").first.click()
        page.until("document.querySelector('px-compare img:not([hidden])')?.getBoundingClientRect().width")
        page.page.get_by_role("button", name="Stop").click()
        first = "px-compare tbody:nth-of-type(1) td:first-child img"
        page.until(WHOLE.format(cells=first), 1)
        page.until(f"document.querySelector('{first}').getBoundingClientRect().width >= 64")  # or dithers look alike
        page.quiet()


def test_the_gallery_loads_what_lies_ahead_in_the_panel_that_scrolls(bare_comfy, studio_browser, tmp_path):
    with BridgeProcess(tmp_path, COMFYUI_URL=bare_comfy.url) as bridge:
        for number in range(8):
            drawn(bridge, f"a house with {number} windows")
        low = {"width": 1440, "height": 500}
        with studio_page(studio_browser, bridge.url + "/", low) as page:
            gallery(page.open()).nth(7).wait_for()
            page.until("""[...document.querySelectorAll('.gallery > li')].some(each =>
                each.getBoundingClientRect().top > innerHeight && each.querySelector('img').naturalWidth)""")
            page.quiet()
