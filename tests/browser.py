"""ComfyUI's own editor in headless Chromium: what the tests hold the workflows and the converter against."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from bridge.comfy.protocol import Address

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",  # needed where tests run as root; the page is our own ComfyUI
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=LocalNetworkAccessChecks",  # a page that a test serves may open its WebSocket
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
# Without these a first visit is covered by the Templates dialog.
SETTINGS = {"Comfy.TutorialCompleted": True, "Comfy.Notification.ShowVersionUpdates": False}
READY = "() => window.app?.graph && app.extensionManager && LiteGraph?.registered_node_types?.SaveImage"
# Nothing moves by itself: without a GPU, the frames of movements cost more than all else that a page does.
STILL = """
const still = new CSSStyleSheet()
still.replaceSync('*, *::before, *::after { animation: none !important; transition: none !important }')
document.adoptedStyleSheets.push(still)
"""
# One front end gets the list of nodes late, as from a busy machine: its socket is open long before.
SOCKET_FIRST_MS = 2_000
LOOKS = "**/pixart/preview"  # by which a page of the editor says that it wants to see what nodes make
STARTS_WITHIN_MS = 120_000
# An empty graph with an id of its own, as one that was opened has. Front end 1.48 keeps fields' values by the ids of
# graph and node, those of removed nodes too where the graph has no id: a new node of the same id would have them.
EMPTY = "app.graph.clear(); app.graph.id = crypto.randomUUID()"
# Queue the graph; how it ended, or why it was refused, of which no event tells.
RUN = """async () => {
  const over = new Promise(done => {
    for (const name of ['execution_success', 'execution_error']) app.api.addEventListener(name, () => done(name))
    setTimeout(done, 60_000, 'no end within a minute')
  })
  await app.queuePrompt(0, 1)
  const wrong = Object.values(app.lastNodeErrors ?? {})
  return wrong.length ? JSON.stringify(wrong) : await over
}"""


class Editor:
    """One open page of ComfyUI's editor."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def load(self, graph: Any) -> None:
        """Open a graph as the editor opens a file."""
        self.page.evaluate("graph => app.loadGraphData(graph, true, true)", graph)

    def drop(self, name: str, data: bytes, content_type: str) -> None:
        """Drop a file on the editor and wait until it shows the graph in it."""
        self.page.evaluate("() => app.graph.clear()")
        self.page.evaluate(
            "([name, bytes, type]) => app.handleFile(new File([new Uint8Array(bytes)], name, {type}))",
            [name, list(data), content_type],
        )
        self.page.wait_for_function("() => app.graph.nodes.length > 0")

    def prompt(self) -> dict[str, Any]:
        """The prompt that the editor would queue now."""
        return self._json("(await app.graphToPrompt()).output")

    def saved(self) -> dict[str, Any]:
        """The graph as the editor would save it now."""
        return self._json("app.graph.serialize()")

    def exported(self) -> dict[str, Any]:
        """The graph as *Export* writes it: widgets without a link are left out of the nodes' inputs."""
        return self._json("(await app.graphToPrompt()).workflow")

    def _json(self, expression: str) -> Any:
        """As JSON, which is what the editor sends and saves: what is undefined is left out."""
        return json.loads(self.page.evaluate(f"async () => JSON.stringify({expression})"))


def program() -> str | None:
    """Chromium's path; None where there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """One Chromium with pages of one ComfyUI, which share nothing but its server."""

    def __init__(self, chromium: Any, url: str) -> None:
        self._chromium, self._url = chromium, url

    def page(self, front_end: Path | None = None) -> Any:
        """A page of the editor; with the files of another front end in that folder instead of ComfyUI's own."""
        # What we answer comes from nowhere for Chromium, which then asks whether the page may talk to this machine.
        permissions = ["local-network-access"] if front_end else []
        context = self._chromium.new_context(viewport={"width": 1600, "height": 900}, permissions=permissions)
        context.add_init_script(STILL)
        page = context.new_page()

        def answer(route: Any) -> None:
            address = urlsplit(route.request.url)
            file = front_end and front_end / (unquote(address.path).lstrip("/") or "index.html")
            if address.path.endswith("/object_info") and not front_end:
                page.wait_for_timeout(SOCKET_FIRST_MS)
            if not _local(route.request.url):
                route.abort()
            elif file and route.request.method == "GET" and file.is_file():
                route.fulfill(path=file)
            else:
                route.continue_()

        page.route("**/*", answer)
        with page.expect_response(LOOKS, timeout=STARTS_WITHIN_MS):
            page.goto(self._url, wait_until="domcontentloaded")
        page.wait_for_function(READY, timeout=STARTS_WITHIN_MS)
        return page


@contextmanager
def open_browser(url: str) -> Iterator[Browser]:
    """A Chromium for pages of the ComfyUI at `url`, which asks for no token."""
    with _chromium(url) as (chromium, path):
        browser = chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield Browser(browser, url)
        browser.close()


class EditorPages:
    """A page for each front end, in one browser that is opened when it is needed, and again after it was closed."""

    def __init__(self, url: str, front_ends: dict[str, Path | None]) -> None:
        self._url, self._front_ends = url, front_ends
        self._open = ExitStack()
        self._browser: Browser | None = None
        self._pages: dict[str, Any] = {}
        self._visitor = ""

    def page(self, front_end: str) -> Any:
        """The page with this front end."""
        if self._browser is None:
            self._browser = self._open.enter_context(open_browser(self._url))
        if front_end not in self._pages:
            self._pages[front_end] = self._browser.page(self._front_ends[front_end])
        return self._pages[front_end]

    def leave(self, front_end: str) -> None:
        """Close the page with this front end, after a test that changed more than a workflow."""
        self._pages.pop(front_end).context.close()

    def welcome(self, visitor: str) -> None:
        """Keep the pages open for tests of one kind: those of others come to fresh ones, and nobody's to none.

        While a browser is open, no coroutine of a test runs in its process.
        """
        if visitor != self._visitor:
            self.close()
        self._visitor = visitor

    def close(self) -> None:
        """Close the browser, if it is open."""
        self._browser, self._pages = None, {}
        self._open.close()


@contextmanager
def _chromium(url: str) -> Iterator[tuple[Any, str]]:
    """Playwright's driver and Chromium's path, once ComfyUI covers no first visit."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = program()
    if path is None:
        pytest.skip("there is no chromium on this machine")
    address, body = Address.parsed(url), json.dumps(SETTINGS).encode()
    headers = {"Content-Type": "application/json", **address.headers("/settings")}
    urllib.request.urlopen(urllib.request.Request(address.at("/settings"), body, headers)).close()
    with driver.sync_playwright() as playwright:
        yield playwright.chromium, path


@contextmanager
def open_editor(url: str, profile: Path) -> Iterator[Editor]:
    """The editor of the ComfyUI at `url`, which may have a token in it, in a Chromium with the empty folder `profile`.

    No other host is asked.
    """
    with _chromium(url) as (chromium, path):
        context = chromium.launch_persistent_context(
            profile, executable_path=path, headless=True, args=FLAGS, viewport={"width": 1600, "height": 900}
        )
        context.add_init_script(STILL)
        page = context.pages[0]
        page.route("**/*", lambda route: route.continue_() if _local(route.request.url) else route.abort())
        page.goto(url, wait_until="domcontentloaded")
        page.wait_for_function(READY, timeout=STARTS_WITHIN_MS)
        yield Editor(page)
        context.close()


def _local(url: str) -> bool:
    return not url.startswith("http") or urlsplit(url).hostname == "127.0.0.1"
