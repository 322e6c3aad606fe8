"""The studio shows the machines that draw, where there are several."""

import json

import pytest
from studio_page import PHONE, expect, studio_page

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

HEALTH = {
    "status": "healthy",
    "jobs": {"queued": 7, "running": 1, "completed": 40},
    "fleet": [
        {"name": "a-1", "up": True, "draws": "job", "version": "0.3.0", "device": "NVIDIA H100"},
        {"name": "a-2", "up": True, "draws": None, "version": "0.3.0"},
        {"name": "b", "up": False, "draws": None, "version": "0.2.0"},
    ],
    "lost": [{"name": "c", "up": True, "draws": "job", "version": "0.3.0", "seen_seconds": 99.0}],
}


def test_the_machines_of_a_fleet_are_shown_and_what_is_in_line_as_it_changes(studio_bridge, studio_browser):
    told = {**HEALTH}
    with studio_page(studio_browser, studio_bridge.url + "/", PHONE) as studio:
        studio.page.route("**/health", lambda route: route.fulfill(json=json.loads(json.dumps(told))))
        page = studio.open().page
        summary = page.get_by_text("Machines 2/4")
        summary.click()
        rows = page.locator("px-fleet li")
        lines = ["NVIDIA H100 draws", "a-2 is free", "b its ComfyUI doesn’t answer", "c is silent"]
        expect(rows).to_have_text(lines, use_inner_text=True)
        expect(page.locator("px-fleet p")).to_have_text("7 in line, 1 being drawn.")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        told["jobs"] = {"queued": 6, "running": 1, "completed": 41}
        page.locator("px-fleet p").get_by_text("6 in line").wait_for()
        summary.press("Escape")
        expect(page.locator("px-fleet ul")).to_be_hidden()
        studio.quiet()


def test_a_server_that_draws_alone_shows_none(studio):
    studio.newer(None)
    expect(studio.page.locator("px-fleet")).to_have_count(1)
    expect(studio.page.locator("px-fleet")).to_be_hidden()
