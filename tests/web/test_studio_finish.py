"""What an artist does by hand, in the studio: snapping to the grid, cleaning up, an outline; on the real server."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from studio_page import expect, pixels, saved

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

NATIVE = np.random.default_rng(3).integers(0, 2, (24, 20, 1), np.uint8) * np.array([255, 236, 39], np.uint8)
YELLOW, MAGENTA = (255, 236, 39, 255), (255, 0, 255, 255)


def png(picture):
    data = io.BytesIO()
    picture.save(data, "PNG")
    return {"name": "a.png", "mimeType": "image/png", "buffer": data.getvalue()}


def opened(studio, file):
    """The result after a file was opened."""
    before = (studio.result() or {}).get("id")
    studio.page.locator("px-canvas input[type=file]").first.set_input_files(files=[file])
    return studio.newer(before)


def switched(studio, name):
    """The result after a switch was turned by the keyboard."""
    before = studio.result()["id"]
    studio.page.get_by_role("checkbox", name=name).focus()
    studio.page.keyboard.press(" ")
    return studio.newer(before)


def test_false_pixel_art_gets_its_own_pixels_back_and_the_file_opens_so_again(studio):
    studio.newer(None)
    opened(studio, png(Image.fromarray(NATIVE).resize((200, 240), Image.Resampling.NEAREST)))
    result = switched(studio, "Snap to its grid")
    assert (result["width"], result["height"]) == (20, 24)
    assert np.array_equal(pixels(studio)[..., :3] > 128, NATIVE > 128)
    expect(studio.page.locator("px-live .notes")).to_contain_text("Snapped to its grid of 20 x 24 pixels")
    look = studio.page.locator("px-look")
    look.get_by_text("20 × 24 px").wait_for()
    expect(look.get_by_text("The sketch’s own grid gives the size")).to_be_visible()
    expect(look.locator("input[type=range]").first).to_have_attribute("aria-describedby", "side-why")
    expect(studio.page.get_by_role("button", name="32", exact=True)).to_be_disabled()
    file = {"name": "b.png", "mimeType": "image/png", "buffer": saved(studio, "png")[0]}
    switched_off = studio.drawn("async () => (await import('/studio/state.js')).state.tune({ snap: false })")
    assert switched_off["width"] != 20
    assert (opened(studio, file)["width"], studio.state("settings")["snap"]) == (20, True)


def test_what_has_no_grid_keeps_the_size_that_was_chosen_and_the_page_says_so(studio):
    studio.newer(None)
    studio.page.get_by_label("Snap to its grid").first.check()
    studio.page.locator("px-notice").get_by_text("has no grid to snap to").wait_for()
    studio.until("!document.querySelector('px-live').hasAttribute('data-busy')")
    assert (studio.result()["width"], studio.state("settings")["snap"]) == (64, False)


def test_an_outline_is_drawn_around_what_is_opaque_in_the_colour_that_is_chosen(studio):
    studio.newer(None)
    square = np.pad(np.full((32, 32, 4), YELLOW, np.uint8), ((16, 16), (16, 16), (0, 0)))
    opened(studio, png(Image.fromarray(square)))
    tune = "async about => (await import('/studio/state.js')).state.tune(about)"
    studio.drawn(tune, colors=["#ffec27", "#000000", "#ff00ff"], method="nearest", dither="none", contrast=1)
    color = studio.page.get_by_label("Colour of the outline")
    expect(color).to_be_hidden()
    before = switched(studio, "Outline")["id"]
    assert ((pixels(studio) == (0, 0, 0, 255)).all(axis=2)).sum() == 4 * 32
    color.fill("#ff00ff")
    studio.newer(before)
    assert ((pixels(studio) == MAGENTA).all(axis=2)).sum() == 4 * 32
    result = switched(studio, "Outline")
    assert "outline" not in result["body"] and not (pixels(studio) == MAGENTA).all(axis=2).any()


def test_cleaning_up_takes_stray_pixels_away_and_each_switch_says_what_it_does(studio):
    studio.newer(None)
    sprite = np.full((32, 32, 4), YELLOW, np.uint8)
    sprite[9, 9] = sprite[20, 20] = (0, 0, 0, 255)
    opened(studio, png(Image.fromarray(sprite)))
    tune = "async about => (await import('/studio/state.js')).state.tune(about)"
    before = {"colors": ["#ffec27", "#000000"], "method": "nearest", "dither": "none", "contrast": 1}
    studio.drawn(tune, **before, width=32, height=32)
    assert len(np.unique(pixels(studio).reshape(-1, 4), axis=0)) == 2
    switched(studio, "Clean up")
    about = studio.page.get_by_role("checkbox", name="Clean up").get_attribute("aria-describedby")
    expect(studio.page.locator(f"#{about}")).to_have_text("Stray pixels go, and jagged lines are made even.")
    expect(studio.page.locator("px-live .notes")).to_contain_text(re.compile("Cleaned up: |nothing to clean up"))
    studio.page.get_by_role("button", name="As the style has it").click()
    expect(studio.page.get_by_role("checkbox", name="Clean up")).not_to_be_checked()
