"""Pages that somebody opens while Pixart runs on this machine, in real Chromium: they draw, read and cancel nothing.

The bridge needs no key here, and a person has ComfyUI's own page open in the same browser, cookie and all.
"""

import base64
import functools
import http.server
import json
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bridge_process import BridgeProcess
from browser import FLAGS, program
from comfy_folder import PACK
from sketches import SKETCHES
from test_comfy_process import wait_until

from bridge.comfy.protocol import Address
from bridge.core.settings import Settings

SCRIPT = Path(__file__).with_name("foreign_page.js").read_text(encoding="utf-8")
NAMES = "--host-resolver-rules=MAP evil.example 127.0.0.1, MAP rebind.example 127.0.0.1, MAP * ~NOTFOUND , "
NAMES += "EXCLUDE 127.0.0.1, EXCLUDE localhost"
# Chromium's own guard of this machine is off: others have none, and it is ours that has to hold.
UNGUARDED = "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"
EVIL = {"1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 1}}}
EVIL["2"] = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "evil/page"}}
PAGE = "<!doctype html><title>a page that somebody opens</title><body></body>"
SKETCH = base64.b64encode(SKETCHES["transparent, as large as asked"]()).decode()
DRAW = {"sketchData": SKETCH, "prompt": "", "width": 16, "height": 16}

pytestmark = pytest.mark.comfy


@pytest.fixture(scope="module")
def pixart(tmp_path_factory):
    """A bridge without keys and with a ComfyUI of its own, which has drawn one job."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "custom_nodes").mkdir()
    (folder / "custom_nodes" / "pixart_nodes").symlink_to(PACK)
    with BridgeProcess(folder, COMFYUI_DIR=str(Settings().comfyui_source.resolve())) as bridge:
        assert wait_until(lambda: any("ComfyUI answers at" in line for line in bridge.said), 120), bridge.said
        (folder / "input").mkdir(exist_ok=True)
        (folder / "input" / "own.png").write_bytes(SKETCHES["transparent, as large as asked"]())
        bridge.generate("own", SKETCHES["transparent, as large as asked"](), width=16, height=16)
        assert bridge.finished("own")["status"] == "completed"
        yield bridge


@pytest.fixture(scope="module")
def elsewhere():
    """The port of a server that has an empty page."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE.encode())

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=functools.partial(server.serve_forever, 0.05))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser(pixart, tmp_path_factory):
    """A browser in which a person has ComfyUI's page open."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = program()
    if path is None:
        pytest.skip("there is no chromium on this machine")
    args = [*(flag for flag in FLAGS if "host-resolver" not in flag), NAMES, UNGUARDED]
    with driver.sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"), executable_path=path, headless=True, args=args
        )
        context.pages[0].goto(address(pixart).page, wait_until="domcontentloaded")
        yield context
        context.close()


def address(pixart):
    return Address.parsed((pixart.folder / "comfyui.url").read_text())


def sandboxed(page):
    """A frame without an origin in this page."""
    frame = "Object.assign(document.createElement('iframe'), {srcdoc: page, sandbox: 'allow-scripts allow-forms'})"
    page.evaluate(f"page => document.body.append({frame})", PAGE)
    page.wait_for_function("() => window.frames.length === 1")
    frame = page.frames[-1]
    frame.wait_for_load_state()
    return frame


def tried(browser, pixart, elsewhere, kind, host):
    """What a page of this kind at `host` got."""
    page = browser.new_page()
    names = {"bridge": pixart.url, "comfy": address(pixart).url}
    ports = {name: urlsplit(url).port for name, url in names.items()}
    target = {
        "prompt": json.dumps({"prompt": EVIL}),
        "sketch": json.dumps({"id": f"evil-{kind[:5]}", **DRAW}),
        "job": "own",
    }
    got = []
    for name, port in ports.items():
        at = f"http://{host}:{port if kind == 'rebound' else elsewhere}"
        if kind == "rebound":  # loaded before its name was led here
            page.route(f"{at}/evil", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
        page.goto(f"{at}/evil")
        if kind == "rebound":
            assert page.evaluate("async () => (await fetch('/health')).status") == 403, "the name leads here"
        place = sandboxed(page) if kind == "a sandboxed frame" else page
        where = {name: at if kind == "rebound" else names[name]}
        got += place.evaluate(SCRIPT, {**target, **where})
    page.close()
    return got


KINDS = {
    "a foreign origin": "evil.example",
    "a sandboxed frame": "evil.example",
    "rebound": "rebind.example",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_foreign_page_gets_nothing(browser, pixart, elsewhere, kind):
    assert tried(browser, pixart, elsewhere, kind, KINDS[kind]) == []
    assert [job["id"] for job in pixart.call("/api/pixel-generation/jobs")[1]["jobs"]] == ["own"]
    assert pixart.status("own")["status"] == "completed"
    assert not list(pixart.folder.rglob("*evil*"))


def test_a_page_at_another_port_gets_nothing_of_comfyui_though_its_browser_sends_the_cookie(browser, pixart, elsewhere):
    """Cookies don't know ports: to a page of 127.0.0.1 at another port the browser adds ComfyUI's."""
    got = tried(browser, pixart, elsewhere, "another port", "127.0.0.1")
    assert not [each for each in got if each.startswith("ComfyUI")]
    assert not list(pixart.folder.rglob("*evil*"))


def test_an_editor_on_this_machine_draws_and_reads_so_the_script_tries_what_works(browser, pixart, elsewhere):
    got = tried(browser, pixart, elsewhere, "local", "localhost")
    names = {each.partition(":")[0] for each in got}
    assert {"jobs", "status", "drawing", "health", "picture loaded", "events"} <= names
    assert pixart.finished("evil-local")["status"] == "completed"
    page = browser.pages[0]
    target = {"comfy": address(pixart).url, "prompt": json.dumps({"prompt": EVIL})}
    got = {each.partition(":")[0] for each in page.evaluate(SCRIPT, target)}
    assert {"ComfyUI queue", "ComfyUI prompt", "ComfyUI socket spoke", "ComfyUI picture loaded"} <= got
    assert "ComfyUI line spoke" not in got, "not even ComfyUI's own page has the line's secret"
    assert wait_until(lambda: list((pixart.folder / "output" / "evil").glob("*.png")), 20)
