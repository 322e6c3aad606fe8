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
# What has the focus, and how low it reaches: not a panel as a whole, which is longer than a screen, nor the bar itself.
FOCUS = """() => {
    const here = document.activeElement
    const beside = here.matches('[role=tabpanel], px-glance button, body')
    return [here.outerHTML.slice(0, 99), beside ? 0 : here.getBoundingClientRect().bottom] }"""


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
            there = "buttons.filter(button => button.checkVisibility())"  # rows of the queue may go just now
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


def test_the_bar_with_the_result_covers_nothing_that_is_come_to(studio_bridge, studio_browser):
    """At the page's end the last control stands above it, and so does each that the tab key comes to."""
    with studio_page(studio_browser, studio_bridge.url + "/", PHONE) as studio:
        studio.open().newer(None)
        studio.page.get_by_role("button", name="Sketch", exact=True).click()
        studio.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        bar = studio.page.locator("px-glance button").bounding_box()
        assert bar["y"] + bar["height"] == PHONE["height"]
        end = studio.page.get_by_role("button", name="As the style has it").bounding_box()
        assert end["y"] + end["height"] <= bar["y"]
        studio.page.evaluate("scrollTo(0, 0)")
        studio.page.locator("#tab-look").focus()
        for _ in range(25):
            studio.page.keyboard.press("Tab")
            name, foot = studio.page.evaluate(FOCUS)
            assert foot <= bar["y"], name
        studio.quiet()


def test_the_panel_that_was_open_is_open_when_the_page_is_loaded_again_or_come_back_to(studio):
    studio.newer(None)
    studio.page.locator("#tab-words").click()
    studio.page.reload()
    expect(studio.page.locator("px-words textarea").first).to_be_visible()
    studio.page.locator("#tab-palettes").click()
    studio.page.locator("px-header a").click()
    studio.page.wait_for_url("**/docs")
    studio.page.go_back()
    expect(studio.page.locator("px-shelf button").first).to_be_visible()
    studio.page.goto(studio.url + "#gallery")
    expect(studio.page.locator("px-gallery")).to_be_visible()
    studio.page.goto(studio.url + "#nothing")
    expect(studio.page.locator("px-gallery")).to_be_visible()
