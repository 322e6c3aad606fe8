"""The panels for words, palettes and the gallery, for everybody: on a desk or a phone, light or dark, by keys alone."""

import pytest
from studio_page import PHONE, WIDE, expect, studio_page

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

# Of the page without what others answer for; axe's own names of rules.
JUDGE = """async panel => {
    const { violations } = await axe.run(`#panel-${panel}`)
    return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]) }"""
FINGER = 24  # pixels that whatever is touched has at least (WCAG 2.2, 2.5.8)
PANELS = ("palettes", "words", "gallery")


@pytest.fixture(scope="module")
def axe(packages):
    """The script of axe-core."""
    return (packages.folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def filled(page):
    """Every panel opened once, with all that it can show."""
    page.newer(None)
    page.page.get_by_role("tab", name="Palettes").click()
    page.page.get_by_text("Palettes by dithers").click()
    page.page.get_by_role("button", name="Draw the sheet").click()
    page.page.locator(".matrix button:not([disabled])").first.wait_for(timeout=60_000)
    page.page.get_by_role("tab", name="Words").click()
    page.page.wait_for_selector("px-words option[value=txt2img_pixel]", state="attached")
    page.page.get_by_label("What to draw").fill("a red fox")
    page.page.get_by_role("button", name="Draw", exact=True).click()
    page.page.locator(".cell[data-state=done]").wait_for(timeout=60_000)
    page.page.evaluate("document.querySelectorAll('px-words details').forEach(each => each.open = true)")
    page.page.get_by_role("tab", name="Gallery").click()
    page.page.locator(".gallery > li").first.scroll_into_view_if_needed()
    page.page.locator(".gallery img:not([hidden])").first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])
def test_everybody_can_use_the_panels_and_nothing_is_wider_than_the_page(
    studio_bridge, studio_browser, axe, size, scheme
):
    with studio_page(studio_browser, studio_bridge.url + "/", size, color_scheme=scheme) as page:
        filled(page.open())
        page.page.evaluate(axe)
        for panel in PANELS:
            page.page.locator(f"#tab-{panel}").click()
            assert page.page.evaluate(JUDGE, panel) == [], panel
            assert page.page.evaluate("document.documentElement.scrollWidth") == size["width"], panel
            there = "buttons.filter(button => button.isConnected)"  # a row of the queue may go in this moment
            heights = f"buttons => {there}.map(button => button.getBoundingClientRect().height)"
            assert min(page.page.locator(f"#panel-{panel} button:visible").evaluate_all(heights)) >= FINGER, panel
        page.quiet()


def test_words_are_drawn_and_one_is_taken_by_keys_alone(studio):
    studio.newer(None)
    studio.page.locator("[role=tab]").first.focus()
    for _ in range(10):
        studio.page.keyboard.press("ArrowRight")
        if studio.state("tab") == "words":
            break
    studio.page.wait_for_selector("px-words option[value=txt2img_pixel]", state="attached")
    press(studio, "textarea")
    studio.page.keyboard.type("a blue bird")
    studio.page.keyboard.press("Enter")
    studio.page.locator(".cell[data-state=done]").wait_for(timeout=60_000)
    press(studio, "button.take")
    studio.page.keyboard.press("Space")
    studio.until("state.get('source').name === 'a blue bird'")


def press(studio, wanted):
    """Go on by the tab key to an element of this kind."""
    for _ in range(40):
        studio.page.keyboard.press("Tab")
        if studio.page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"{wanted} is not reached by the tab key")


def test_on_a_phone_the_result_and_what_went_wrong_stay_in_sight_of_who_uses_a_panel(studio_bridge, studio_browser):
    with studio_page(studio_browser, studio_bridge.url + "/", PHONE) as studio:
        result = studio.open().newer(None)
        glance = studio.page.locator("px-glance")
        expect(glance).to_be_hidden()
        studio.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        glance.wait_for()
        studio.until("document.querySelector('px-glance canvas').width === about", result["width"])
        studio.page.evaluate("async () => (await import('/studio/state.js')).state.trouble('That is wrong.', 'test')")
        notice = studio.page.locator("px-notice .notice")
        notice.wait_for()
        assert 0 <= notice.bounding_box()["y"] < PHONE["height"]
        glance.get_by_role("button").click()
        glance.wait_for(state="hidden")
        assert studio.page.evaluate("document.activeElement.matches('px-live .frame')")
        studio.page.locator("px-views").get_by_role("button", name="Sketch").click()
        glance.get_by_role("button").click()
        glance.wait_for(state="hidden")
        studio.page.locator("px-live .frame").wait_for()
        studio.quiet()


def test_the_corner_picture_steps_aside_from_what_can_be_pressed(studio_bridge, studio_browser):
    """Both ends of a page's last line hold a button in turn: the picture stands over the end that holds none."""
    put = """style => {
        const button = document.querySelector('main > button.test') ?? document.createElement('button')
        Object.assign(button, { className: 'test', textContent: 'Cancel' })
        button.style = `position: fixed; bottom: 20px; width: 60px; ${style}`
        document.querySelector('main').append(button)
        dispatchEvent(new Event('resize')) }"""
    with studio_page(studio_browser, studio_bridge.url + "/", PHONE) as studio:
        studio.open().newer(None)
        studio.page.locator("main").evaluate(
            "main => main.querySelectorAll('aside, px-canvas').forEach(each => each.remove())"
        )
        studio.page.locator("px-views").get_by_role("button", name="Sketch").click()
        for style, side in (("right: 12px", "left"), ("left: 12px", ""), ("right: 12px", "left")):
            studio.page.evaluate(put, style)
            studio.until("document.querySelector('px-glance').className === about", side)
            boxes = [studio.page.locator(each).bounding_box() for each in ("px-glance", "button.test")]
            left, right = sorted(boxes, key=lambda box: box["x"])
            assert left["x"] + left["width"] <= right["x"]
        studio.quiet()
