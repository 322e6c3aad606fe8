"""The door of the managed ComfyUI: who gets in, with what, and that no other way leads past it."""

import http.client
import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import websocket
from bridge_process import WholeBridge
from browser import open_editor
from comfy_folder import PACK, base_folder
from test_comfy_process import alive, wait_until

from bridge.comfy.door import Door
from bridge.comfy.environment import of_child
from bridge.comfy.protocol import SECRET_HEADER, Address
from bridge.core.settings import Settings

TOKEN = "only-serve-says-it"
OWN = {"Host": "127.0.0.1:8189"}
DOOR = Door(TOKEN)
GRAPH = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 1}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "door"}},
}
PAGES = {  # what a browser says of a page that isn't ComfyUI's own
    "a sandboxed frame": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "a foreign origin": {"Origin": "https://evil.example"},
    "another port of this machine": {"Origin": "http://127.0.0.1"},
    "the other name of this machine": {"Origin": "http://localhost:8189"},
    "a picture in a foreign page": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    "a frame in a page of another port": {
        "Sec-Fetch-Site": "same-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "iframe",
    },
    "a rebound name": {"Host": "rebind.example:8189", "Origin": "http://rebind.example:8189"},
    "a rebound name without a port": {"Host": "rebind.example"},
}
OPENED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


# The rules


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_of_another_origin_stays_outside_even_with_the_token(page):
    assert DOOR.refusal("POST", {**OWN, **page}, [TOKEN])
    assert Door("").refusal("GET", {**OWN, **page}, []), "also where the operator wants no token"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8189", "127.0.0.1", "localhost:1", "LOCALHOST.", "127.9.8.7", "[::1]:8189"],
)
def test_a_loopback_address_and_localhost_are_its_names(host):
    assert DOOR.refusal("GET", {"Host": host}, [TOKEN]) is None


@pytest.mark.parametrize(
    "host",
    ["", "192.168.1.5:8189", "localhost.evil.example", "127.0.0.1.evil.example", "[::2]", "0.0.0.0", "[", "127.1"],
)
def test_what_may_be_led_here_is_no_name_of_it_unless_the_operator_says_so(host):
    assert "127.0.0.1 or localhost" in DOOR.refusal("GET", {"Host": host}, [TOKEN])
    assert Door(TOKEN, ["pi.local"]).refusal("GET", {"Host": "pi.local:8189"}, [TOKEN]) is None


@pytest.mark.parametrize("offers", [[], [""], [TOKEN[:-1]], [TOKEN + "x"], ["\udcff"]], ids=str)
def test_without_the_token_nobody_gets_in_and_is_told_where_it_is(offers):
    assert "open the address that `serve` prints" in DOOR.refusal("GET", OWN, offers)


def test_its_own_page_and_a_link_that_a_person_follows_get_in():
    own = {**OWN, "Origin": "http://127.0.0.1:8189", "Sec-Fetch-Site": "same-origin"}
    assert DOOR.refusal("POST", own, [TOKEN]) is None
    assert DOOR.refusal("GET", {**OWN, "Sec-Fetch-Site": "cross-site", **OPENED}, [TOKEN]) is None
    assert DOOR.refusal("POST", {**OWN, "Sec-Fetch-Site": "cross-site", **OPENED}, [TOKEN])


# The real thing


class Child:
    """A bridge with a ComfyUI of its own."""

    def __init__(self, bridge):
        self.bridge, self.data = bridge, bridge.folder
        self.address = Address.parsed((self.data / "comfyui.url").read_text(), self.secret())

    def secret(self):
        return (self.data / "comfyui.secret").read_text().strip()

    def call(self, method, path, body=None, **headers):
        link = http.client.HTTPConnection("127.0.0.1", self.address.port, timeout=30)
        link.putrequest(method, path, skip_host="Host" in headers)
        for name, value in {**headers, **({"Content-Length": str(len(body))} if body else {})}.items():
            link.putheader(name, value)
        link.endheaders(body)
        answer = link.getresponse()
        text = answer.read()
        link.close()
        return answer.status, dict(answer.getheaders()), text

    def pid(self):
        children = Path(f"/proc/{self.bridge.process.pid}/task/{self.bridge.process.pid}/children").read_text()
        return int(children.split()[0])


SECRETS = {
    "API_KEY": "the operator's",
    "WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "SERVICE_API_KEY": "the panel's",
    "COMFYUI_SECRET": "",
    "DATABASE_DSN": "postgresql://me:hunter2@db/pixart",
    "PGPASSWORD": "hunter2",
    "AWS_SECRET_ACCESS_KEY": "hunter3",
    "A1111_BASE_URL": "http://127.0.0.1:9",
    "A1111_PASSWORD": "a node needs it",
    "AXERA_URL": "http://127.0.0.1:9",
    "HF_HUB_OFFLINE": "1",
}


@pytest.fixture(scope="module")
def child(tmp_path_factory):
    before = os.umask(0o022)
    folder = tmp_path_factory.mktemp("door") / "data"
    (folder / "custom_nodes").mkdir(parents=True)
    (folder / "custom_nodes" / "pixart_nodes").symlink_to(PACK)
    (folder / "results").mkdir()
    (folder / "results" / "old.png").write_bytes(b"of a version before this one")
    environment = {**SECRETS, "COMFYUI_DIR": str(Settings().comfyui_source.resolve())}
    try:
        with WholeBridge(folder, **environment) as bridge:
            assert wait_until(lambda: any("ComfyUI answers at" in line for line in bridge.said), 120), bridge.said
            yield Child(bridge)
    finally:
        os.umask(before)


@pytest.mark.comfy
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_no_foreign_page_posts_a_prompt_or_reads(child, page):
    page = {
        **page,
        **({"Origin": f"http://localhost:{child.address.port}"} if "8189" in page.get("Origin", "") else {}),
    }
    body = json.dumps({"prompt": GRAPH}).encode()
    for known in ({}, child.address.headers("/prompt")):
        assert child.call("POST", "/prompt", body, **page, **known)[0] == 403
        assert child.call("GET", "/view?filename=door_00001_.png", **page, **known)[0] == 403


@pytest.mark.comfy
@pytest.mark.parametrize(
    "path", ["/", "/queue", "/nothing", "/pixart/worker", "/ws", "/extensions/pixart_nodes/pixart.js"]
)
def test_another_user_of_this_machine_gets_nothing(child, path):
    for method in ("GET", "POST", "OPTIONS", "HEAD"):
        assert child.call(method, path)[0] == 403
    assert child.call("GET", path, Authorization="Bearer wrong")[0] == 403
    assert child.call("GET", f"{path}?token=wrong")[0] == 403


@pytest.mark.comfy
def test_the_token_opens_as_a_bearer_in_the_address_and_as_the_cookie_that_it_sets(child):
    token = child.address.token
    assert child.call("GET", "/queue", Authorization=f"Bearer {token}")[0] == 200
    status, headers, _ = child.call("GET", f"/queue?token={token}")
    cookie, *flags = headers["Set-Cookie"].split("; ")
    assert (status, {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(flags)) == (200, True)
    assert child.call("GET", "/queue", Cookie=cookie)[0] == 200
    assert child.call("GET", "/queue", Cookie=cookie, Origin="http://127.0.0.1")[0] == 403
    opened = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    status, headers, _ = child.call("GET", f"/?token={token}", **opened)
    assert (status, headers["Location"], headers["Set-Cookie"].split("; ")[0]) == (303, "/", cookie)
    status, headers, text = child.call("GET", f"/?token={token}", **{**opened, "Sec-Fetch-Site": "cross-site"})
    seen = (status, b"<html" in text, "Set-Cookie" in headers)
    stats = child.call("GET", "/system_stats", Cookie=cookie)[2]
    # A newer ComfyUI refuses whatever another site's page asks for.
    assert seen == ((200, True, True) if b'"0.3.75"' in stats else (403, False, True))


@pytest.mark.comfy
def test_the_packs_routes_ask_for_a_secret_beside_the_token(child):
    known = {"Authorization": f"Bearer {child.address.token}"}
    for path in ("/pixart/worker", "/pixart/engine/axera", "/pixart/engine/none", "/pixart/line", "/pixart/models"):
        assert child.call("GET", path, **known)[0] == 403
        assert child.call("GET", path, **known, **{SECRET_HEADER: "wrong"})[0] == 403
        assert child.call("GET", path, **known, **{SECRET_HEADER: child.address.token})[0] == 403
    assert child.call("GET", "/pixart/worker", **child.address.headers("/pixart/worker"))[0] == 200
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        websocket.create_connection(child.address.socket("/pixart/line"), header=known, suppress_origin=True)
    header = child.address.headers("/pixart/line")
    websocket.create_connection(child.address.socket("/pixart/line"), header=header, suppress_origin=True).close()


@pytest.mark.comfy
def test_the_bridge_and_its_line_go_on_working(child):
    health = child.bridge.call("/health", headers={"Authorization": "Bearer the operator's"})[1]
    assert health["comfyui"]["line"] is True
    assert child.address.token not in json.dumps(health)
    assert child.bridge.call("/ready")[1] == {"ready": True}


@pytest.mark.comfy
def test_serve_prints_the_address_and_nothing_else_has_token_or_secret(child):
    [line] = [line for line in child.bridge.said if child.address.page in line]
    assert "ComfyUI answers at" in line
    assert len([line for line in child.bridge.said if child.address.token in line]) == 1
    assert child.address.secret not in "".join(child.bridge.said)
    for name in ("cmdline", "environ"):
        text = Path(f"/proc/{child.pid()}/{name}").read_text()
        assert child.address.token not in text
        assert child.address.secret not in text
    log = (child.data / "logs" / "comfyui.log").read_text()
    assert child.address.token not in log
    assert child.address.secret not in log


@pytest.mark.comfy
def test_comfyui_inherits_what_its_nodes_need_and_no_secret_of_the_bridge(child):
    text = Path(f"/proc/{child.pid()}/environ").read_text()
    names = {entry.partition("=")[0] for entry in text.split("\0")}
    assert {"A1111_BASE_URL", "A1111_PASSWORD", "AXERA_URL", "HF_HUB_OFFLINE"} <= names
    assert not names & {name for name in SECRETS if not name.startswith(("A1111", "AXERA", "HF"))}


@pytest.mark.comfy
def test_everything_that_bridge_and_comfyui_make_is_their_users_own(child):
    body = json.dumps({"prompt": GRAPH}).encode()
    assert child.call("POST", "/prompt", body, **child.address.headers("/prompt"))[0] == 200
    assert wait_until(lambda: list((child.data / "output").glob("door*")), 20)
    assert stat.S_IMODE(child.data.stat().st_mode) == 0o700
    skipped = ("custom_nodes", "models")
    files = [path for path in child.data.rglob("*") if path.relative_to(child.data).parts[0] not in skipped]
    loose = [path for path in files if not path.is_symlink() and path.stat().st_mode & 0o077]
    assert not loose
    assert {"bridge.db", "comfyui.url", "comfyui.secret", "output", "old.png"} <= {path.name for path in files}
    assert any("Others on this machine could read" in line for line in child.bridge.said)


def _editor(child, tmp_path):
    return open_editor(child.address.page, tmp_path / "profile")


@pytest.mark.comfy
def test_a_person_opens_the_address_in_a_browser_and_the_editor_works(child, tmp_path):
    with _editor(child, tmp_path) as editor:
        assert editor.page.url.startswith(f"{child.address.url}/")
        assert child.address.token not in editor.page.url
        status = editor.page.evaluate("async () => (await fetch('/queue')).status")
        posted = editor.page.evaluate(
            "async body => (await fetch('/prompt', {method: 'POST', body: JSON.stringify(body)})).status",
            {"prompt": {**GRAPH, "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}}},
        )
        assert (status, posted) == (200, 200)
        assert editor.page.evaluate("() => document.cookie.includes('pixart')") is False, "scripts can't read it"


# A graph names no server of its own


NAMING = {
    "PixartA1111": {"server": "http://127.0.0.1:9"},
    "PixartAxera": {"models": "remote service", "service": "http://127.0.0.1:9"},
}


@pytest.mark.comfy
@pytest.mark.parametrize("node", NAMING)
def test_a_graph_may_not_name_a_server_of_its_own(child, node):
    known = child.address.headers("/object_info")
    inputs = json.loads(child.call("GET", f"/object_info/{node}", **known)[2])[node]["input"]["required"]
    values = {name: _usual(spec) for name, spec in inputs.items()}
    elsewhere = {name: value.replace(":9", ":7") for name, value in NAMING[node].items()}
    for own, status in (({**NAMING[node]}, 200), (elsewhere, 400)):
        graph = {
            "1": {"class_type": node, "inputs": {**values, **own}},
            "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
        }
        code, _, text = child.call("POST", "/prompt", json.dumps({"prompt": graph}).encode(), **known)
        assert code == status, text
    assert b"a graph may not name http://127.0.0.1:7 here" in text
    assert b"PIXART_SERVERS" in text


def _usual(spec):
    kind, more = spec[0], spec[1] if len(spec) > 1 else {}
    return more["default"] if "default" in more else kind[0] if isinstance(kind, list) else more.get("options", [""])[0]


# Ways past it


RESTARTS = """
import os, sys
from pathlib import Path
from aiohttp import web
from server import PromptServer

@PromptServer.instance.routes.get("/restart")
async def restart(request):
    os.execv(sys.executable, [sys.executable, *sys.argv])  # as ComfyUI-Manager does

NODE_CLASS_MAPPINGS = {}
"""


@pytest.mark.comfy
def test_a_restart_from_inside_comes_back_with_the_door(tmp_path):
    settings = base_folder(tmp_path)
    (settings.data / "custom_nodes" / "restarts.py").write_text(RESTARTS)
    with WholeBridge(settings.data, COMFYUI_DIR=str(settings.comfyui_source.resolve())) as bridge:
        assert wait_until(lambda: any("ComfyUI answers at" in line for line in bridge.said), 120), bridge.said
        first = Child(bridge)
        with pytest.raises((http.client.HTTPException, OSError)):
            first.call("GET", "/restart", **first.address.headers("/restart"))
        assert wait_until(lambda: sum("ComfyUI answers at" in line for line in bridge.said) > 2, 120), bridge.said
        second = Child(bridge)
        assert second.address.token != first.address.token
        assert second.address.secret != first.address.secret
        assert second.call("GET", "/queue")[0] == 403
        assert second.call("GET", "/queue", **first.address.headers("/queue"))[0] == 403


OPEN_COMFYUI = """
import asyncio, sys
from aiohttp import web

async def main():
    app = web.Application()
    app.router.add_get("/system_stats", lambda _: web.json_response({"system": {"comfyui_version": "9"}}))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])).start()
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_a_comfyui_on_which_the_door_does_not_hold_is_not_used(tmp_path):
    (tmp_path / "ComfyUI").mkdir()
    (tmp_path / "ComfyUI" / "main.py").write_text(OPEN_COMFYUI)
    with WholeBridge(tmp_path, COMFYUI_DIR=str(tmp_path / "ComfyUI")) as bridge:
        assert wait_until(
            lambda: any("answers without its token, so it is not used" in line for line in bridge.said), 60
        )
        assert bridge.call("/ready")[0] == 503


def test_an_operators_word_takes_the_token_away_and_the_other_checks_stay():
    settings = Settings(_env_file=None, comfyui_token=False)
    address = Address.local(8189, open=not settings.comfyui_token)
    assert (address.page, address.headers("/queue")) == ("http://127.0.0.1:8189", {})
    assert address.secret
    assert Door("").refusal("GET", OWN, []) is None


def test_no_variable_of_the_bridges_own_gets_to_the_child(monkeypatch):
    for name in ("API_KEY", "api_key", "PORT", "SERVICE_API_KEY", "PIXART_DATA", "S3_ANYTHING", "PGUSER"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HF_TOKEN", "a node's own")
    environment = of_child(Settings(_env_file=None))
    assert environment["HF_TOKEN"] == "a node's own"
    assert not {name.upper() for name in environment} & {"API_KEY", "PORT", "SERVICE_API_KEY", "S3_ANYTHING", "PGUSER"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
def test_the_warm_up_ends_with_the_process_that_began_it(tmp_path):
    code = (
        "import sys, time; sys.path.append(sys.argv[1]); from pixel.compiled import kernel_cache, warm\n"
        "kernel_cache.missing = lambda: ['levels']; kernel_cache.keeps = lambda: True\n"
        "warm.in_background(); print(warm._started[0].pid, flush=True); time.sleep(600)"
    )
    slow = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}  # all kernels, which take half a minute
    with subprocess.Popen(
        [sys.executable, "-c", code, str(PACK)], stdout=subprocess.PIPE, text=True, env=slow
    ) as began:
        pid = int(began.stdout.readline())
        time.sleep(1)
        assert alive(pid)
        began.kill()
    assert wait_until(lambda: not alive(pid), 10)
