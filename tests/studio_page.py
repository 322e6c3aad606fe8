"""The studio in headless Chromium: one page of it, and all that it must never do."""

from __future__ import annotations

import base64
import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from browser import FLAGS, program
from PIL import Image

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PATIENCE = 30  # seconds until something that doesn't come in the page is a failure
# A drawing may end in the moment in which it is cancelled, or be given up before it has arrived, so that nobody knows
# it; and Chromium's console says each answer that is an error.
RACES = re.compile(r"status of 409 .*/cancel/|status of 404 .*/(status|cancel)/")
IDLE = "!document.querySelector('px-live').hasAttribute('data-busy')"


class StudioPage:
    """A page of the studio; `errors` are what its console said, `foreign` what it asked of other hosts."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._see)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning") and not RACES.search(f"{message.text} {message.location['url']}"):
            self.errors.append(message.text)

    def _see(self, request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != urlsplit(self.url).netloc:
            self.foreign.append(request.url)

    def open(self) -> StudioPage:
        """Go to the studio, and return when it stands."""
        self.page.goto(self.url)
        self.page.wait_for_selector("px-look button")
        return self

    def result(self) -> Any:
        """What the store has for the newest picture, without its bytes."""
        return self.state("result")

    def state(self, name: str) -> Any:
        """A value of the store as JSON."""
        script = "async name => (await import('/studio/state.js')).state.get(name)"
        return self.page.evaluate(script, name)

    def drawn(self, change: str, **about: Any) -> Any:
        """The result after a script changed something: one that was made from then on."""
        before = (self.result() or {}).get("id")
        self.page.evaluate(change, about)
        return self.newer(before)

    def newer(self, before: str | None) -> Any:
        """The result once it is another than the one with this id, and nothing is being drawn."""
        self.until(f"{IDLE} && state.get('result') && state.get('result').id !== about", before)
        return self.result()

    def until(self, condition: str, about: Any = None, seconds: float = 60) -> None:
        """Wait until an expression over `state` and `about` is true."""
        script = f"async about => {{ const {{ state }} = await import('/studio/state.js'); return !!({condition}) }}"
        deadline = time.monotonic() + seconds
        while not self.page.evaluate(script, about):
            assert time.monotonic() < deadline, condition
            self.page.wait_for_timeout(50)

    def begin(self, sheet: str) -> None:
        """Take a new sheet: `grid`, `big` or `sample`."""
        self.page.locator(".dropdown summary").first.click()
        self.page.locator(f"[data-sheet={sheet}]").click()

    def quiet(self, *wanted: str) -> None:
        """Nothing was wrong, and nobody else was asked; `wanted` begin what the console may say."""
        wrong = [each for each in self.errors if not each.startswith(wanted)]
        assert not wrong, wrong
        assert not self.foreign, self.foreign


def expect(seen: Any) -> Any:
    """What a locator has to show, in Playwright's words: it is looked at until it does, for PATIENCE."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    driver.expect.set_options(timeout=1000 * PATIENCE)
    return driver.expect(seen)


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser that finds no host but this machine."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = program()
    if path is None:
        pytest.skip("there is no chromium on this machine")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def studio_page(browser: Any, url: str, viewport: dict[str, int] = WIDE, **more: Any) -> Iterator[StudioPage]:
    """A page in a profile of its own, at the size of a desk or a phone."""
    context = browser.new_context(viewport=viewport, **{"has_touch": viewport is PHONE, **more})
    context.set_default_timeout(1000 * PATIENCE)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield StudioPage(context.new_page(), url)
    context.close()


def pixels(studio: StudioPage) -> Any:
    """The result as RGBA."""
    script = """async () => {
        const { state } = await import('/studio/state.js')
        return (await import('/studio/request.js')).dataUrl(state.get('result').blob) }"""
    data = base64.b64decode(studio.page.evaluate(script).partition(",")[2])
    return np.array(Image.open(io.BytesIO(data)).convert("RGBA"))


def saved(studio: StudioPage, format: str) -> tuple[bytes, str]:
    """The bytes and the name of the file that a button gives."""
    studio.page.get_by_role("tab", name="Save").click()
    with studio.page.expect_download() as waiting:
        studio.page.locator(f"[data-format={format}]").first.click()
    return waiting.value.path().read_bytes(), waiting.value.suggested_filename
