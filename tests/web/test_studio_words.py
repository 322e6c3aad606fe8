"""Pictures of words in the studio: a sheet of them with progress, places and previews, on a real ComfyUI."""

import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import numpy as np
import pytest
from bridge_process import BridgeProcess
from chaos import Chaos
from studio_page import StudioPage, expect, pixels, studio_page
from test_comfy_process import wait_until

from bridge.web import keyring

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

REFUSED = "Failed to load resource"  # what Chromium's console says of every answer that is an error
TUNE = "async about => (await import('/studio/state.js')).state.tune(about)"
SMALL = {"PIXART_GENERATION_SIDE": "64"}  # so that the tiny model takes a second or two for most steps that there are
SLOW = {"prompt": "a slow fox", "steps": 60}
LONG = 60_000  # milliseconds in which a busy machine draws anything here


@pytest.fixture(scope="module")
def modelled(comfy, tmp_path_factory):
    """A bridge before a ComfyUI with a tiny model, which takes some seconds for many steps and shows previews."""
    with BridgeProcess(tmp_path_factory.mktemp("words"), COMFYUI_URL=comfy.url, **SMALL, MAX_QUEUE_SIZE="5") as bridge:
        yield bridge


@pytest.fixture
def words(modelled, studio_browser):
    """The words panel before a model; in the end nothing waits, and nothing was wrong."""
    with studio_page(studio_browser, modelled.url + "/") as page:
        try:
            yield opened(page.open())
        finally:
            ended(modelled)
        page.quiet()


def ended(bridge):
    """Nothing waits and nothing runs any more."""
    while (told := bridge.call("/queue/places")[1]) != {"waiting": []}:
        for id in (*(each["id"] for each in reversed(told["waiting"])), *filter(None, [told.get("running")])):
            bridge.call(f"/jobs/{id}/interrupt", b"")
        time.sleep(0.05)  # in which what runs may hear of it


def opened(studio):
    """The page with its words panel ready."""
    studio.page.get_by_role("tab", name="Words").click()
    studio.page.wait_for_selector("px-words option[value=txt2img_pixel]", state="attached")
    return studio


def draw(studio, count=1, **settings):
    studio.page.evaluate(TUNE, settings)
    studio.page.get_by_label("How many").select_option(str(count))
    studio.page.get_by_role("button", name="Draw", exact=True).click()


def cell(studio, number, state):
    """The picture of this number once it is in this state: waits, draws, done or failed."""
    element = studio.page.locator(f".cell:nth-child({number})[data-state={state}]")
    element.wait_for(timeout=LONG)
    return element


def begun(studio, count):
    """The page once its first picture draws and all of its pictures, which it asks for one by one, are accepted."""
    studio.page.locator(f".cell:nth-child({count})").wait_for(timeout=LONG)
    cell(studio, 1, "draws")


def test_words_are_pixel_art_in_three_steps_without_any_model(studio):
    studio.newer(None)
    opened(studio)
    studio.page.get_by_label("What to draw").fill("a red fox in the snow")
    studio.page.keyboard.press("Enter")
    cell(studio, 1, "done")
    studio.until("state.get('result').algorithm === 'txt2img_pixel_builtin@1'")
    assert studio.state("source")["name"] == "a red fox in the snow"
    before = studio.result()["id"]
    assert studio.drawn(TUNE, palette="sweetie-16")["id"] != before  # from now on it is drawn in the look
    studio.page.get_by_role("button", name="Back to the sketch before").click()
    assert studio.state("source")["kind"] == "sample"


def test_a_picture_that_was_taken_as_it_is_is_so_when_the_page_is_loaded_again_and_gives_way_to_new_words(studio):
    studio.newer(None)
    opened(studio)
    draw(studio, prompt="a red fox in the snow")
    studio.until("state.get('result').algorithm === 'txt2img_pixel_builtin@1'")
    shown = pixels(studio)
    studio.page.wait_for_timeout(500)  # in which the page keeps it
    studio.page.reload()
    studio.until("state.get('result')?.algorithm === 'txt2img_pixel_builtin@1'")
    assert np.array_equal(pixels(studio), shown)
    opened(studio)
    draw(studio, prompt="a green house")
    studio.until("state.get('source').name === 'a green house'")
    studio.page.get_by_role("button", name="Back to the sketch before").click()
    assert studio.state("source")["kind"] == "sample"


def test_a_mode_without_its_model_says_what_fetches_it(studio):
    opened(studio)
    studio.page.get_by_text("The built-in drawings draw this").click()
    studio.page.locator("px-words .missing button").click()
    assert studio.page.evaluate("navigator.clipboard.readText()") == "pixart models get sd15"


def test_words_are_no_part_of_what_is_drawn_without_a_model(studio):
    studio.newer(None)
    opened(studio)
    studio.page.evaluate(TUNE, {"prompt": "x" * 30_000})
    assert studio.drawn(TUNE, style="low-res")["body"]["prompt"] == ""
    script = """async () => {
        const { APIS } = await import('/studio/out/calls.js')
        const settings = (await import('/studio/state.js')).state.get('settings')
        return JSON.stringify(Object.values(APIS).map(({ body }) => body(settings))) }"""
    assert "xx" not in studio.page.evaluate(script)
    assert studio.state("problem") is None
    expect(studio.page.get_by_label("What to draw")).to_have_attribute("maxlength", "8000")


def test_without_words_nothing_is_drawn_and_the_page_says_why(studio):
    opened(studio)
    draw(studio, prompt=" ")
    studio.page.get_by_text("Say in a few words what to draw first.").wait_for()
    expect(studio.page.locator(".cell")).to_have_count(0)


def test_a_batch_is_a_sheet_of_seeds_of_which_a_click_takes_one(studio):
    studio.newer(None)
    opened(studio)
    draw(studio, 4, prompt="a house", seed=7, width=32, height=32)
    for number in range(1, 5):
        cell(studio, number, "done")
    script = "() => Object.fromEntries(document.querySelector('px-batch').cells.map(({ id, number }) => [number, id]))"
    ids = studio.page.evaluate(script)
    seeds = "async id => (await (await fetch(`/jobs/${id}`)).json()).result.seed"
    assert [studio.page.evaluate(seeds, ids[str(number)]) for number in range(1, 5)] == [7, 8, 9, 10]
    studio.page.get_by_role("button", name="In the present look").click()
    before = studio.result()["id"]
    studio.page.get_by_role("button", name="Take picture 3").click()
    assert studio.newer(before)["algorithm"] == "pixelate@2"
    studio.page.get_by_role("button", name="As it is").click()
    studio.page.get_by_role("button", name="Take picture 2").click()
    studio.until("state.get('result').id === about", ids["2"])
    expect(studio.page.get_by_role("button", name="Take picture 2")).to_have_attribute("aria-pressed", "true")


def test_the_sheet_comes_into_sight_when_something_is_drawn(studio):
    """Also below all that can be said of models, in a panel that is not as high."""
    opened(studio)
    studio.page.set_viewport_size({"width": 1440, "height": 600})
    studio.page.locator("px-words summary").get_by_text("Model, seed and more").click()
    studio.page.get_by_label("What to draw").fill("a red fox")
    studio.page.get_by_role("button", name="Draw", exact=True).click()
    expect(studio.page.locator("px-batch .cell").first).to_be_in_viewport(ratio=0.9)


def test_the_look_goes_with_words_that_become_pixel_art(studio):
    studio.newer(None)
    opened(studio)
    studio.page.locator("px-words summary").get_by_text("By hand").click()
    expect(studio.page.locator("px-words").get_by_label("Snap to its grid")).to_be_hidden()  # words have no grid
    studio.page.locator("px-words").get_by_role("checkbox", name="Clean up").check()
    studio.page.locator("px-words summary").get_by_text("By hand: Clean up").wait_for()
    look = {"colors": ["#000000", "#ffffff"], "dither": "bayer-4", "outline": "#ff0000", "width": 48, "height": 32}
    draw(studio, prompt="a house", **look)
    cell(studio, 1, "done")
    script = """async () => {
        const { id } = document.querySelector('px-batch').cells[0]
        return (await (await fetch(`/jobs/${id}`)).json()).request }"""
    request = studio.page.evaluate(script)
    assert request == {
        "prompt": "a house",
        "workflow": "txt2img_pixel",
        "width": 48,
        "height": 32,
        "dither": "bayer-4",
        "colorPalette": ["#000000", "#ffffff"],
        "clean": True,
        "outline": "#ff0000",
    }
    script = """async () => {
        const { id } = document.querySelector('px-batch').cells[0]
        return (await (await fetch(`/jobs/${id}`)).json()).notes }"""
    notes = " ".join(studio.page.evaluate(script))
    assert "leaned up" in notes or "nothing to clean up" in notes
    assert "outline" in notes.lower()


def test_more_than_the_queue_takes_is_said_and_what_it_took_is_drawn(words):
    draw(words, 9, **SLOW)
    words.page.get_by_text("jobs wait already").wait_for(timeout=LONG)
    words.errors.clear()  # Chromium's console says of the refusal that it is one
    assert 4 <= words.page.locator(".cell").count() < 9


def test_what_waits_says_its_place_and_one_or_all_can_be_cancelled(bare_comfy, studio_browser, tmp_path):
    """While ComfyUI is away nothing is drawn, so that all keep their places."""
    with (
        Chaos(bare_comfy.url) as chaos,
        BridgeProcess(tmp_path, COMFYUI_URL=chaos.url) as bridge,
        studio_page(studio_browser, bridge.url + "/") as page,
    ):
        page.open().newer(None)
        page.page.evaluate(TUNE, {"prompt": "a house"})
        opened(page)
        chaos.part(600)
        assert wait_until(lambda: not bridge.call("/health")[1]["comfyui"]["up"])
        draw(page, 4)
        places = {1: "Next in line", 2: "Place 2 in line", 3: "Place 3 in line", 4: "Place 4 in line"}
        for number, said in places.items():
            cell(page, number, "waits").get_by_text(said).wait_for()
        rows = page.page.locator("px-queue li")
        rows.nth(3).get_by_text(places[4]).wait_for()
        assert rows.all_text_contents() == [f"a house{said}Cancel" for said in places.values()]
        page.page.get_by_role("button", name="Cancel picture 1").click()
        cell(page, 1, "failed")
        cell(page, 2, "waits").get_by_text("Next in line").wait_for()
        rows.nth(3).wait_for(state="detached")
        rows.nth(1).get_by_role("button", name="Cancel").click()  # in the list of what is in line, the third picture
        rows.nth(2).wait_for(state="detached")
        page.page.get_by_role("button", name="Cancel all").click()
        page.page.locator("px-queue").wait_for(state="hidden")
        assert bridge.call("/queue/places")[1] == {"waiting": []}
        page.quiet(REFUSED)


def test_what_a_model_draws_is_seen_on_the_way_and_its_progress_is_sent_not_asked_for(words):
    paths = []
    words.page.on("request", lambda each: paths.append(urlsplit(each.url).path))
    draw(words, **SLOW)
    drawing = cell(words, 1, "draws")
    image = drawing.locator("img")
    image.wait_for()
    assert image.get_attribute("src").startswith("data:image/")
    words.page.wait_for_function("() => document.querySelector('.cell img').naturalWidth > 0")
    cell(words, 1, "done")
    id = words.page.evaluate("document.querySelector('px-batch').cells[0].id")
    assert f"/jobs/{id}/events" in paths
    assert f"/jobs/{id}" not in paths, "a job that is followed is asked for"


def test_a_sketch_goes_with_the_words_where_the_mode_takes_one(words):
    words.page.get_by_role("combobox", name="Mode", exact=True).select_option("img2img")
    words.page.get_by_text("Model, seed and more").click()
    words.page.get_by_label("How much of the sketch is drawn anew").fill("0")
    model = words.page.get_by_role("combobox", name="Model", exact=True)
    name = model.locator("option").nth(1).get_attribute("value")
    model.select_option(name)
    draw(words, prompt="a tree", steps=4)
    cell(words, 1, "done")
    script = """async () => {
        const { id } = document.querySelector('px-batch').cells[0]
        const { request } = await (await fetch(`/jobs/${id}`)).json()
        return [request.strength, request.initImage.slice(0, 22), request.model] }"""
    assert words.page.evaluate(script) == [0, "data:image/png;base64,", name]


def test_a_page_that_is_closed_in_the_middle_of_a_job_finds_it_again(modelled, studio_browser):
    context = studio_browser.new_context()
    first = opened(StudioPage(context.new_page(), modelled.url + "/").open())
    draw(first, 2, **SLOW)
    begun(first, 2)
    first.page.close()
    second = opened(StudioPage(context.new_page(), modelled.url + "/").open())
    cell(second, 1, "done")
    cell(second, 2, "done")
    expect(second.page.get_by_label("What to draw")).to_have_value("a slow fox")
    second.quiet()
    context.close()


def test_pictures_that_a_closed_page_had_not_asked_for_yet_are_asked_for_by_the_next_one(studio_bridge, studio_browser):
    context = studio_browser.new_context()
    first = opened(StudioPage(context.new_page(), studio_bridge.url + "/").open())
    asked = []
    # the network takes the first two, and the third never gets anywhere
    first.page.route(
        "**/generate/text2img",
        lambda route: (asked.append(1), route.continue_() if len(asked) < 3 else route.abort()),
    )
    draw(first, 4, prompt="a house on a hill", seed=7)
    cell(first, 2, "done")
    first.page.close()
    second = opened(StudioPage(context.new_page(), studio_bridge.url + "/").open())
    for number in range(1, 5):
        cell(second, number, "done")
    expect(second.page.locator(".cell")).to_have_count(4)
    assert seeds(studio_bridge, "a house on a hill") == [7, 8, 9, 10]
    second.quiet()
    context.close()


def seeds(bridge, prompt):
    """The seeds of all jobs of these words, of which each page may have asked for some."""
    jobs = bridge.call("/jobs?settings=true")[1]["jobs"]
    return sorted(job["seed"] for job in jobs if job["prompt"] == prompt)


def test_a_picture_whose_answer_was_lost_is_asked_for_again_and_drawn_once(studio_bridge, studio_browser):
    with studio_page(studio_browser, studio_bridge.url + "/") as page:
        opened(page.open())
        asked = []

        def lose_the_second(route):
            asked.append(route.request.post_data_json["seed"])
            answer = route.fetch()  # the server has the request, whatever becomes of its answer
            route.abort() if len(asked) == 2 else route.fulfill(response=answer)

        page.page.route("**/generate/text2img", lose_the_second)
        draw(page, 4, prompt="a house whose answer was lost", seed=7)
        for number in range(1, 5):
            cell(page, number, "done")
        assert asked == [7, 8, 8, 9, 10]
        assert seeds(studio_bridge, "a house whose answer was lost") == [7, 8, 9, 10]
        page.quiet(REFUSED)


def test_pictures_whose_answers_a_closed_page_did_not_live_to_hear_are_drawn_once(studio_bridge, studio_browser):
    context = studio_browser.new_context()
    first = opened(StudioPage(context.new_page(), studio_bridge.url + "/").open())
    reached = []

    def keep_the_second(route):
        answer = route.fetch()
        reached.append(route.request.post_data_json["seed"])
        if len(reached) == 1:
            route.fulfill(response=answer)

    first.page.route("**/generate/text2img", keep_the_second)
    draw(first, 4, prompt="a house on an island", seed=7)
    cell(first, 1, "done")
    while len(reached) < 2:
        first.page.wait_for_timeout(20)
    first.page.close()
    second = opened(StudioPage(context.new_page(), studio_bridge.url + "/").open())
    for number in range(1, 5):
        cell(second, number, "done")
    assert seeds(studio_bridge, "a house on an island") == [7, 8, 9, 10]
    second.quiet()
    context.close()


@contextmanager
def alone(comfy, browser, folder):
    """A bridge of its own, and a page of it."""
    more = {"COMFYUI_URL": comfy.url, **SMALL}
    with BridgeProcess(folder, **more) as bridge, studio_page(browser, bridge.url + "/") as page:
        yield bridge, page
        page.quiet(REFUSED)


def test_a_bridge_that_is_restarted_in_the_middle_of_a_job_costs_nothing(comfy, studio_browser, tmp_path):
    with alone(comfy, studio_browser, tmp_path) as (bridge, page):
        draw(opened(page.open()), 2, **SLOW)
        begun(page, 2)
        bridge.kill()
        page.page.get_by_text("The server doesn’t answer").wait_for(timeout=LONG)
        bridge.environment["PORT"] = bridge.url.rpartition(":")[2]
        bridge.start()
        cell(page, 1, "done")
        cell(page, 2, "done")


def test_a_key_that_is_withdrawn_in_the_middle_of_a_job_is_asked_for_and_the_job_goes_on(
    comfy, studio_browser, tmp_path, keys
):
    with alone(comfy, studio_browser, tmp_path) as (_, page):
        page.page.goto(page.url)
        field = page.page.get_by_label("API key")
        field.fill(keys["ann"])
        field.press("Enter")
        draw(opened(page), 2, **SLOW)
        begun(page, 2)
        keyring.remove(tmp_path / "keys.json", "ann")
        field.wait_for(state="visible", timeout=LONG)
        again = keyring.add(tmp_path / "keys.json", "ann")
        page.page.wait_for_timeout(1100 * keyring.LOOK_SECONDS)  # until the server has looked at the file
        field.fill(again)
        field.press("Enter")
        cell(page, 1, "done")
        cell(page, 2, "done")


def test_ten_tabs_draw_words_side_by_side(studio_bridge, studio_browser):
    context = studio_browser.new_context()
    pages = [opened(StudioPage(context.new_page(), studio_bridge.url + "/").open()) for _ in range(10)]
    for number, page in enumerate(pages):
        draw(page, prompt=f"a house {number}", width=32, height=32)
    for page in pages:
        cell(page, 1, "done")
        page.quiet()
    context.close()
