"""The bridge's line into ComfyUI: the same answers as over HTTP, for less of ComfyUI's time."""

import asyncio
import base64
import uuid
from contextlib import asynccontextmanager

import aiohttp
import pytest
from bridge_process import PREFIX, BridgeProcess
from chaos import Chaos
from comfy_folder import SECRET
from faults import tiny
from test_comfy_process import wait_until

from bridge.comfy.client import Comfy, Place
from bridge.comfy.events import hold
from bridge.comfy.line import LINE_PATH, Line, frame_of, parts_of
from bridge.comfy.process import Backend
from bridge.comfy.protocol import Address
from bridge.core.errors import BackendFailure, PromptRefused, Unavailable

JOBS = 4
GRAY = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0x808080}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "line/gray"}},
}


@asynccontextmanager
async def talking(url, **headers):
    """A ComfyUI with a line to it, which this yields too, and one without."""
    address = Address(url, secret=SECRET)
    known = {**address.headers(LINE_PATH), **headers}
    async with aiohttp.ClientSession() as session, session.ws_connect(url + LINE_PATH, headers=known) as socket:
        hello, _ = parts_of(await socket.receive_bytes())
        line = Line(socket, hello["asks"], hello["most_bytes"])
        listening = asyncio.create_task(line.listen())
        yield line, Comfy(session, address, "by-line", line), Comfy(session, address, "by-http")
        listening.cancel()


async def ended(comfy, prompt_id):
    while not (found := await comfy.ended(prompt_id)):
        await asyncio.sleep(0.01)
    return found


def draw(bridge, *ids):
    for id in ids:
        code, answer = bridge.call(f"{PREFIX}/generate", tiny.body(id))
        assert code == 200, answer
    for id in ids:
        assert tiny.is_right(id, bridge.finished(id)), id


@pytest.mark.comfy
async def test_a_prompt_and_what_it_made_are_the_same_over_the_line_and_over_http(bare_comfy):
    async with talking(bare_comfy.url) as (_, near, far):
        prompt_id = str(uuid.uuid4())
        assert await near.ended(prompt_id) is None
        await near.submit(prompt_id, GRAY, {}, "a trace")
        found = await ended(near, prompt_id)
        assert found == await ended(far, prompt_id)
        assert found.outcome.succeeded
        [file] = found.outcome.outputs["2"]["images"]
        assert await near.fetch(file) == await far.fetch(file)
        assert (await near.locate(prompt_id)).place is Place.ENDED
        entry = bare_comfy.get(f"/history/{prompt_id}")[prompt_id]
        assert entry["prompt"][3]["trace"] == "a trace"  # it is ComfyUI's own handler that took it


@pytest.mark.comfy
async def test_a_refusal_says_the_same_over_the_line(bare_comfy):
    bad = {**GRAY, "1": {"class_type": "EmptyImage", "inputs": {**GRAY["1"]["inputs"], "width": "wide"}}}
    said = []
    async with talking(bare_comfy.url) as (_, *both):
        for comfy in both:
            with pytest.raises(PromptRefused) as refused:
                await comfy.submit(str(uuid.uuid4()), bad, {})
            said.append((str(refused.value), refused.value.node_errors))
    assert said[0] == said[1]
    assert "width" in said[0][0]


@pytest.mark.comfy
async def test_a_picture_has_its_name_and_a_damaged_one_is_replaced(bare_comfy):
    async with talking(bare_comfy.url) as (_, near, _):
        path = bare_comfy.settings.comfyui_base / "input" / "pixart" / "sent.png"
        for before in (None, b"half of", b"the picture itself"):
            if before is not None:
                path.write_bytes(before)
            assert await near.upload(b"the picture itself", "sent.png", "pixart") == "pixart/sent.png"
            assert path.read_bytes() == b"the picture itself"
        assert [each.name for each in path.parent.glob("sent*")] == ["sent.png"]


@pytest.mark.comfy
@pytest.mark.parametrize("name", ["../out.png", "a/../../out.png", "/tmp/out.png", "", "..", "a/..", "a\0b"])
async def test_no_name_leads_out_of_comfyuis_folders(bare_comfy, name):
    async with talking(bare_comfy.url) as (line, *_):
        assert (await line.ask("upload", 5, {"name": name}, b"x")).status == 400
        for about in ({"filename": "x.png", "subfolder": f"{name}/../.."}, {"filename": name, "subfolder": "/etc"}):
            assert (await line.ask("file", 5, {"type": "output", **about})).status in (400, 404)
    assert not (bare_comfy.settings.comfyui_base / "out.png").exists()


@pytest.mark.comfy
async def test_a_question_that_goes_wrong_does_not_end_the_line(bare_comfy):
    async with talking(bare_comfy.url) as (line, *_):
        assert (await line.ask("nonsense", 5, {})).status == 501
        assert (await line.ask("file", 5, {})).status == 500
        assert (await line.ask("prompt", 5, {}, b"no JSON")).status == 500
        assert (await line.ask("ended", 5, {"prompt": "none"})).status == 404


@pytest.mark.comfy
async def test_what_is_too_large_for_the_line_goes_over_http(bare_comfy):
    async with talking(bare_comfy.url) as (line, near, _):
        large = bytes(line.most_bytes + 1)
        assert not line.takes("upload", len(large))
        assert await near.upload(large, "large.png", "pixart") == "pixart/large.png"
        file = {"filename": "large.png", "subfolder": "pixart", "type": "input"}
        assert (await line.ask("file", 5, file)).status == 413
        assert (await near.fetch(file))[0] == large


@pytest.mark.comfy
async def test_what_a_browser_would_run_comes_as_bytes(bare_comfy):
    bare_comfy.put_input("page.html", b"<script>")
    async with talking(bare_comfy.url) as (_, *both):
        told = [await comfy.fetch({"filename": "page.html", "subfolder": "", "type": "input"}) for comfy in both]
    assert told == [(b"<script>", "application/octet-stream")] * 2


@pytest.mark.comfy
async def test_a_page_of_another_site_gets_no_line(bare_comfy):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with talking(bare_comfy.url, Origin="http://elsewhere.example"):
            pass
    assert refused.value.status == 403


@pytest.mark.comfy
def test_jobs_go_over_the_line(bare_comfy, tmp_path):
    with Chaos(bare_comfy.url) as chaos, BridgeProcess(tmp_path, COMFYUI_URL=chaos.url) as bridge:
        assert wait_until(lambda: chaos.calls["LINE"] == 1)
        draw(bridge, *(f"line-{number}" for number in range(JOBS)))
        assert chaos.on_line["POST /prompt"] == chaos.calls["POST /prompt"] == JOBS
        assert chaos.on_line["POST /upload"] == chaos.calls["POST /upload"] == JOBS
        assert chaos.on_line["GET /view"] == chaos.calls["GET /view"] == JOBS
        assert bridge.call("/health")[1]["comfyui"]["line"] is True


@pytest.mark.comfy
def test_without_a_line_everything_goes_over_http(bare_comfy, tmp_path):
    with Chaos(bare_comfy.url, line=False) as chaos, BridgeProcess(tmp_path, COMFYUI_URL=chaos.url) as bridge:
        chaos.lose_answers = chaos.blind = 1
        draw(bridge, *(f"http-{number}" for number in range(JOBS)))
        assert chaos.calls["POST /prompt"] == JOBS
        assert not chaos.on_line
        assert bridge.call("/health")[1]["comfyui"]["line"] is False


@pytest.mark.comfy
def test_a_line_that_was_cut_is_laid_again(bare_comfy, tmp_path):
    with Chaos(bare_comfy.url) as chaos, BridgeProcess(tmp_path, COMFYUI_URL=chaos.url) as bridge:
        assert wait_until(lambda: chaos.calls["LINE"] == 1)
        chaos.cut()
        draw(bridge, "while-it-was-cut")
        assert wait_until(lambda: chaos.calls["LINE"] == 2)
        draw(bridge, "on-the-new-one")
        assert chaos.on_line["POST /prompt"] >= 1


class Deaf:
    """A socket that takes everything and says what it is told to say."""

    def __init__(self, *frames):
        self.frames = list(frames)

    async def send_bytes(self, data):
        pass

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.frames:
            raise StopAsyncIteration
        return aiohttp.WSMessage(aiohttp.WSMsgType.BINARY, self.frames.pop(0), None)


async def test_who_is_not_answered_in_time_hears_so():
    with pytest.raises(Unavailable, match=r"within 0\.01 s"):
        await Line(Deaf(), ("ended",), 100).ask("ended", 0.01, {})


async def test_who_waits_when_the_line_is_lost_hears_so_at_once():
    line = Line(Deaf(), ("ended",), 100)
    asked = asyncio.create_task(line.ask("ended", 60, {}))
    await asyncio.sleep(0)
    line.fail()
    with pytest.raises(Unavailable, match="lost"):
        await asked


async def test_an_answer_that_comes_too_late_is_nobodys():
    line = Line(Deaf(frame_of({"id": 0, "status": 200}), frame_of({"id": 7, "status": 200})), ("ended",), 100)
    with pytest.raises(Unavailable):
        await line.ask("ended", 0.01, {})
    await line.listen()


async def test_a_prompt_whose_answer_was_lost_on_the_line_is_not_posted_again_over_http():
    posted = []

    class Session:
        def request(self, *asked, **_):
            posted.append(asked)

    line = Line(Deaf(), ("prompt",), 1 << 20)
    asked = asyncio.create_task(Comfy(Session(), Address("http://127.0.0.1:1"), "x", line).submit("id", {}, {}))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    line.fail()
    with pytest.raises(Unavailable):
        await asked
    assert posted == []


@pytest.mark.comfy
async def test_a_prompt_finds_the_picture_that_was_sent_before_it_while_nobody_waited(bare_comfy):
    async with talking(bare_comfy.url) as (_, near, _far):
        for number in range(20):
            data = base64.b64decode(tiny.body(f"line {number}", 256)["sketchData"].partition(",")[2])
            prompt_id, name = str(uuid.uuid4()), uuid.uuid4().hex
            loaded = {"class_type": "PixartLoadImage", "inputs": {"image": f"line/{name}.png"}}
            sending = asyncio.create_task(near.upload(data, f"{name}.png", "line"))
            await asyncio.sleep(0)
            await near.submit(prompt_id, {**GRAY, "1": loaded}, {})
            assert (sending.done(), (await ended(near, prompt_id)).outcome.succeeded) == (True, True)


@pytest.mark.parametrize("hello", [b"", b"\0\0\0\2{}", frame_of({"asks": 1, "most_bytes": "x"}), frame_of([])])
async def test_who_greets_otherwise_is_no_line(hello, monkeypatch, aiohttp_server):
    asked = asyncio.Event()

    async def greet(request):
        socket = aiohttp.web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_bytes(hello)
        asked.set()
        await socket.receive()
        return socket

    app = aiohttp.web.Application()
    app.router.add_get(LINE_PATH, greet)
    server = await aiohttp_server(app)
    async with aiohttp.ClientSession() as session:
        backend = Backend(session, Address.parsed(str(server.make_url(""))))
        backend._note(True)
        holding = asyncio.create_task(hold(session, backend))
        await asyncio.wait_for(asked.wait(), 10)
        await asyncio.sleep(0.1)
        assert backend.line is None
        assert not holding.done()
        holding.cancel()


async def test_a_server_error_to_a_prompt_is_a_failure_that_says_so():
    line = Line(Deaf(frame_of({"id": 0, "status": 500}, b"")), ("prompt",), 1 << 20)
    comfy = Comfy(None, Address("http://127.0.0.1:1"), "x", line)  # type: ignore[arg-type]
    asked = asyncio.create_task(comfy.submit("id", {}, {}))
    await asyncio.sleep(0)
    await line.listen()
    with pytest.raises(BackendFailure, match="500"):
        await asked
