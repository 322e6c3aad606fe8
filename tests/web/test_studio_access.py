"""The studio for everybody: by keyboard alone, judged by axe-core, on a desk and a phone, light and dark."""

from contextlib import closing

import pytest
from browser import FLAGS, program
from studio_page import PHONE, WIDE, studio_page

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

# How many pixels of the result are not transparent.
INK = """() => {
    const { canvas } = document.querySelector('px-view')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return data.filter((part, place) => place % 4 === 3 && part).length }"""
MOST_TABS = 80  # presses of Tab, more than there are places on the page


def pressed(page, key, times=1):
    for _ in range(times):
        page.keyboard.press(key)


def reached(page, selector, key="Tab"):
    """Go there by Tab alone, forwards or backwards."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} can't be reached by Tab")


def test_a_picture_is_begun_drawn_tuned_and_saved_by_keyboard_alone(studio):
    page, before = studio.page, studio.newer(None)["id"]
    reached(page, "px-canvas summary")
    pressed(page, "Enter")
    reached(page, "[data-sheet=grid]")
    pressed(page, "Enter")
    before = studio.newer(before)["id"]
    assert page.evaluate("document.activeElement.matches('.sheet')")
    pressed(page, "ArrowLeft", 3)
    pressed(page, " ")
    pressed(page, "ArrowDown", 4)
    pressed(page, " ")
    before = studio.newer(before)["id"]
    assert page.evaluate(INK) == 5
    pressed(page, "Control+z")
    before = studio.newer(before)["id"]
    pressed(page, "Control+y")
    before = studio.newer(before)["id"]
    reached(page, "[role=tab]")
    reached(page, "[role=radio]")
    pressed(page, "ArrowRight")
    assert studio.newer(before)["body"]["style"] == "pixel-modern"
    reached(page, "[role=tab]", "Shift+Tab")
    pressed(page, "ArrowLeft")  # from the first tab to the last
    assert studio.state("tab") == "out"
    reached(page, "[data-format=png]")
    with page.expect_download() as waiting:
        pressed(page, "Enter")
    assert waiting.value.suggested_filename == "sprite.png"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_wrong_and_nothing_is_wider_than_the_page(
    studio_bridge, studio_browser, packages, viewport, scheme
):
    axe = (packages.folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    with studio_page(studio_browser, studio_bridge.url + "/", viewport, color_scheme=scheme) as studio:
        studio.open().newer(None)
        studio.page.evaluate(axe)
        for tab in studio.page.get_by_role("tab").all():
            tab.click()
            studio.page.wait_for_timeout(300)
            wrong = studio.page.evaluate("async () => (await axe.run()).violations")
            assert [(each["id"], each["nodes"][0]["html"][:120]) for each in wrong] == [], tab.text_content()
            assert studio.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        for view in ("Sketch", "Pixel art") if viewport is PHONE else ():
            studio.page.locator("px-views").get_by_role("button", name=view).click()
            assert studio.page.evaluate("async () => (await axe.run()).violations.length") == 0
            assert studio.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        studio.quiet()


def test_dark_and_light_are_the_readers_choice_and_kept(studio_bridge, studio_browser):
    with studio_page(studio_browser, studio_bridge.url + "/", color_scheme="light") as studio:
        theme = "document.documentElement.dataset.theme"
        page = studio.open().page
        assert page.evaluate(theme) == "light"
        page.get_by_role("button", name="Dark").click()
        page.reload()
        page.wait_for_selector("px-look button")
        assert page.evaluate(theme) == "dark"


# Words that stand outside the window or their own button. The code of a call and long rows of a sheet scroll.
CUT_OFF = """() => [...document.querySelectorAll('button, summary, h2, h3, label, input, select')].filter((each) => {
    const { right, width } = each.getBoundingClientRect()
    return width && (right > innerWidth + 1 || each.scrollWidth > each.clientWidth + 2 && each.matches('button'))
}).map((each) => each.textContent)"""


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desk", "phone"])
def test_whoever_has_letters_twice_as_large_sees_them_so_and_all_of_the_page(studio_bridge, studio_browser, viewport):
    flags = [*FLAGS, "--blink-settings=defaultFontSize=32"]
    with (
        closing(studio_browser.browser_type.launch(executable_path=program(), args=flags)) as browser,
        studio_page(browser, studio_bridge.url + "/", viewport) as studio,
    ):
        page = studio.open().page
        assert page.evaluate("getComputedStyle(document.querySelector('h2')).fontSize") == "30px"
        for tab in page.get_by_role("tab").all():
            tab.click()
            page.wait_for_selector("[role=tabpanel]:visible > *")
            assert page.evaluate(CUT_OFF) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
