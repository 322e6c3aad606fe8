"""Calls to another server: what comes of each fault, who hears the password, and that time-outs mean what they say."""

import asyncio
import socket
import time

import pytest
from faulty_server import DRAWING, NAME, PASSWORD, STEP_SECONDS
from pixart_nodes import http_service
from pixart_nodes.aside import LOOK_SECONDS, Stopped, aside
from pixart_nodes.errors import (
    UpstreamError,
    UpstreamPictureError,
    UpstreamRefused,
    UpstreamTimedOut,
    UpstreamUnauthorized,
    UpstreamUnavailable,
)
from pixart_nodes.http_service import Connection, Service, address, origin, sentence, watched

PATH = "/sdapi/v1/txt2img"
BODY = {"seed": 1, "steps": 1, "force_task_id": "t"}
# What a call says of each fault; what is not here is for those who read the answer.
FAULTS = {
    "401": (UpstreamUnauthorized, "Invalid A1111 credentials ("),
    "403": (UpstreamUnauthorized, "answers 403). Set the right ones."),
    "404": (UpstreamRefused, "refuses: 404 Not Found. Is it one?"),
    "404-sampler": (UpstreamRefused, "refuses: Sampler not found (404 Not Found)"),
    "422": (UpstreamRefused, "refuses: steps: value is not a valid integer; width: field required (422 "),
    "500": (UpstreamRefused, "out of memory. CUDA out of m"),
    "500-axera": (UpstreamRefused, "refuses: the NPU is on fire (500 Internal Server Error)"),
    "500-nested": (UpstreamRefused, "refuses: Upstream A1111 service unavailable (500 "),
    "500-list": (UpstreamRefused, "refuses: 500 Internal Server Error."),
    "500-html": (UpstreamRefused, "refuses: 500 Internal Server Error."),
    "redirect": (UpstreamRefused, "redirects to another address: set that one (302)."),
    "hang": (UpstreamTimedOut, "did not answer within 0.5 s."),
    "close": (UpstreamUnavailable, "broke off: it closed the connection without an answer."),
    "cut": (UpstreamUnavailable, "broke off: its answer is cut off."),
    "cut-chunk": (UpstreamUnavailable, "broke off: its answer is cut off."),
    "70-mb": (UpstreamPictureError, "answers with more than 64 MB."),
    "html": (UpstreamRefused, "answers with text/html, not with JSON. Is the address right?"),
    "panel": (UpstreamRefused, "answers with application/octet-stream, not with JSON."),
    "damaged-json": (UpstreamRefused, "answers with damaged JSON: "),
    "deep-json": (UpstreamRefused, "answers with damaged JSON: "),
    "login": (UpstreamUnauthorized, "Invalid A1111 credentials ("),
}
LARGE_OR_SLOW = {"10-mb", "slow-too", "slow-no-tasks", "slow-in-the-queue"}  # their answers are like others'


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(http_service, "PAUSES", (0.1, 0.1, 0.2))


def service(url, seconds=20.0, username=None, password=""):
    return Service(url, username, password, seconds, "A1111", {403: "Set the right ones.", 404: "Is it one?"})


async def called(*args, body=BODY, **more):
    async with Connection(service(*args, **more)) as there:
        return await there.post(PATH, body)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_the_right_error_in_words_and_is_asked_for_once(upstream, fault):
    kind, words = FAULTS[fault]
    before = len(upstream.of(fault))
    with pytest.raises(UpstreamError) as caught:
        await called(upstream.at(fault), seconds=0.5 if fault == "hang" else 20)
    assert (type(caught.value), words in str(caught.value)) == (kind, True), caught.value
    assert upstream.at(fault) in str(caught.value), "it says who"
    assert len(str(caught.value)) < 500, "and isn't long-winded"
    assert len(upstream.of(fault)) - before == 1, "what was sent is not sent again"


@pytest.mark.parametrize("fault", sorted(DRAWING.keys() - FAULTS.keys() - LARGE_OR_SLOW))
async def test_what_is_json_is_handed_on(upstream, fault):
    answer = await called(upstream.at(fault))
    assert answer is None if fault == "null" else "images" in answer


async def test_ten_megabytes_are_no_matter_there_or_back(upstream):
    answer = await called(upstream.at("10-mb"), body={**BODY, "init_images": ["A" * 12_000_000]})
    assert len(answer["images"][0]) > 10_000_000
    assert len(upstream.of("10-mb")[-1].body["init_images"][0]) == 12_000_000


async def test_name_and_password_are_sent_to_whom_they_belong_and_shown_to_nobody(upstream):
    known = service(upstream.at("login"), username=NAME, password=PASSWORD)
    async with Connection(known) as there:
        assert "images" in await there.post(PATH, BODY)
        assert "sd_model_checkpoint" in await there.get("/sdapi/v1/options")
    assert PASSWORD not in repr(known)


async def test_a_redirect_takes_nothing_elsewhere(upstream):
    before = len(upstream.of("good"))
    with pytest.raises(UpstreamRefused):
        await called(upstream.at("redirect"), username=NAME, password=PASSWORD)
    assert len(upstream.of("good")) == before


async def test_where_nobody_listens_it_is_tried_again_and_then_said():
    url, began = f"http://127.0.0.1:{free_port()}", time.monotonic()
    with pytest.raises(UpstreamUnavailable, match=rf"^A1111 at {url} can't be reached: connection refused\.$"):
        await called(url)
    assert time.monotonic() - began >= 0.4, "all pauses were made"


async def test_a_server_that_starts_meanwhile_is_reached(monkeypatch):
    monkeypatch.setattr(http_service, "PAUSES", (0.2, 0.4, 5.0))
    port = free_port()

    async def hello(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n42")
        await writer.drain()
        writer.close()

    calling = asyncio.ensure_future(called(f"http://127.0.0.1:{port}"))
    await asyncio.sleep(0.1)
    assert not calling.done()
    async with await asyncio.start_server(hello, "127.0.0.1", port):
        assert await calling == 42


async def test_a_name_that_is_no_machine_is_said():
    with pytest.raises(UpstreamUnavailable, match="can't be reached: its name is unknown in the network"):
        await called("http://no-such-machine.invalid:7860")


async def test_https_where_there_is_none_is_said_at_once(upstream, monkeypatch):
    monkeypatch.setattr(http_service, "PAUSES", (5.0,))
    with pytest.raises(UpstreamUnavailable, match="can't be reached: https fails there"):
        await called(upstream.at("good").replace("http:", "https:"), seconds=4)


async def test_what_is_no_http_server_is_said():
    async def banner(_, writer):
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(banner, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(UpstreamUnavailable, match="broke off: "):
            await called(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("http://192.168.1.100:7860", "http://192.168.1.100:7860"),
        (" https://draw.example/a1111/ ", "https://draw.example/a1111"),
        ("http://[::1]:7860/", "http://[::1]:7860"),
    ],
)
def test_an_address_is_taken_without_what_surrounds_it(text, known):
    assert address(text, "server") == known


@pytest.mark.parametrize(
    "text",
    [
        *("", "7860", "192.168.1.100:7860", "ftp://host", "http://", "http://host:port", "http://host:99999"),
        *("http://host:0", "file:///etc/passwd", "http://a host", "http://host/?x=1", "http://host/#x", "http://[::1"),
    ],
)
def test_what_is_no_address_is_refused_by_its_settings_name(text):
    with pytest.raises(UpstreamError, match=r"^A1111_BASE_URL must be an address such as http://"):
        address(text, "A1111_BASE_URL")


@pytest.mark.parametrize("text", ["http://admin:secret@host:7860", "http://admin:sec/ret@host", "admin:secret@host"])
def test_a_password_in_an_address_is_refused_and_not_repeated(text):
    with pytest.raises(UpstreamError, match="without a name, a password") as caught:
        address(text, "server")
    assert "sec" not in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://host", "http://HOST:80/path", True),
        ("https://host/a", "https://host:443", True),
        ("http://host", "https://host", False),
        ("http://host:7860", "http://host:7861", False),
        ("http://host", "http://host.evil.example", False),
        ("http://127.0.0.1", "http://localhost", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(one, other, same):
    assert (origin(one) == origin(other)) is same


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"errors": "", "detail": "d", "error": "e"}', "d"),
        (b'{"error": "RuntimeError", "detail": "", "errors": "model \\n not\\tfound"}', "model not found"),
        (b'{"detail": [{"loc": ["body"], "msg": "field required"}]}', "field required"),
        (b'{"detail": [1, {"msg": 2}], "error": 3, "message": null}', ""),
        (b'{"message": "no such model"}', "no such model"),
        (b'"text"', ""),
        (b"\xff\xfe", ""),
        (b"", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_an_errors_body_is_read_whatever_it_is(body, said):
    assert sentence(body) == said


async def test_who_stops_waiting_drops_the_connection_after_a_last_word(upstream):
    began, order = time.monotonic(), []

    def check():
        if time.monotonic() - began > 0.3:
            order.append("check")
            raise Stopped

    async with Connection(service(upstream.at("hang"))) as there:
        working = asyncio.ensure_future(there.post(PATH, BODY))

        async def leave():
            order.append("leave")
            assert not working.done(), "the connection still stands"

        with pytest.raises(Stopped):
            await watched(working, check, leave)
    assert order == ["check", "leave"]
    assert working.cancelled()
    assert time.monotonic() - began < 60, "it would hang for an hour"


async def test_work_aside_goes_on_while_the_loop_here_is_blocked(upstream):
    """A sampler in the same prompt blocks ComfyUI's loop for much longer than the answer takes, or may take."""
    steps = round(4 * LOOK_SECONDS / STEP_SECONDS)  # an answer before the first look would show nothing

    async def work(_):
        return await called(upstream.at("slow"), body={**BODY, "steps": steps}, seconds=1.0)

    looked = []

    def look():
        looked.append(time.monotonic())
        time.sleep(1.5)

    assert "images" in await aside(work, look)
    assert len(looked) == 1


@pytest.mark.parametrize("ends", ["by what look raises", "by being cancelled"])
async def test_work_aside_ends_before_its_caller_goes_on(ends):
    ended = []

    async def work(check):
        try:
            await watched(asyncio.sleep(60), check)
        finally:
            ended.append(ends)

    def look():
        if ends == "by what look raises":
            raise KeyError(ends)

    task = asyncio.ensure_future(aside(work, look))
    await asyncio.sleep(0.25)
    task.cancel()
    with pytest.raises(KeyError if ends == "by what look raises" else asyncio.CancelledError):
        await task
    assert ended == [ends]


async def test_what_work_aside_raises_is_raised():
    async def work(_):
        raise UpstreamRefused("no")

    with pytest.raises(UpstreamRefused, match="no"):
        await aside(work, lambda: None)


def test_a_loop_that_ends_waits_for_work_aside():
    """ComfyUI ends its loop when a node of the prompt fails, while others still work."""
    ended = []

    async def work(check):
        try:
            await watched(asyncio.sleep(60), check)
        finally:
            await asyncio.sleep(0.2)  # a last word to the server
            ended.append(True)

    async def prompt():
        task = asyncio.ensure_future(aside(work, lambda: None))
        await asyncio.sleep(0.2)
        return task

    asyncio.run(prompt())
    assert ended == [True]
