"""A body costs what it may: unpacked for whom the server lets in, thrown away else, broken off without a fault."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import gzip
import http.client
import io
import itertools
import json
import os
import socket
import struct
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest
from bridge_process import BridgeProcess
from hypothesis import given
from hypothesis import strategies as st
from keyed import NOWHERE, PIXART, sketch

from bridge.adapters import dialects
from bridge.adapters.dialect import Action
from bridge.core.errors import BadRequest, TooLarge, UnknownEncoding
from bridge.web import body, leftover
from bridge.web.body import (
    GZIP,
    MOST_COMMAS,
    MOST_MEMBERS,
    RAW,
    ZLIB,
    encoding_of,
    in_utf8,
    parse_json,
    unpacked,
)
from bridge.web.leftover import MOST_SECONDS
from bridge.web.server import LARGEST_BODY, LONGEST_LINE

MB = 1 << 20
GENERATE = f"{PIXART}/generate"
KEYED = "X-API-Key: secret\r\n"
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc what a process costs")


def packed(data, bits):
    packing = zlib.compressobj(9, zlib.DEFLATED, bits)
    return packing.compress(data) + packing.flush()


def head(method="POST", path=GENERATE, more=""):
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode()


# What a real server pays


@pytest.fixture(scope="module")
def bridge(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bridge")
    with BridgeProcess(folder, API_KEY="secret", COMFYUI_URL=NOWHERE, DEBUG_MODE="0") as running:
        for _ in range(3):
            running.call("/docs")
        time.sleep(2)  # what it does at its start it has done
        yield running


@pytest.fixture(scope="module")
def bombs():
    """300 MB of zeros, in 300 kB."""
    zeros = bytes(300 * MB)
    return {bits: packed(zeros, bits) for bits in (GZIP, ZLIB, RAW)}


def seconds(bridge):
    fields = Path(f"/proc/{bridge.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(bridge, name="VmRSS"):
    lines = Path(f"/proc/{bridge.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


def connected(bridge):
    host, _, port = bridge.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=60)


def cost(bridge, start, pieces):
    """What a request takes until the server closes: its status, seconds of a processor, MB more than before."""
    Path(f"/proc/{bridge.process.pid}/clear_refs").write_text("5")  # the peak begins anew
    before, memory = seconds(bridge), megabytes(bridge)
    with connected(bridge) as client:
        answer = io.BytesIO()

        def read():
            with contextlib.suppress(OSError):
                while got := client.recv(65536):
                    answer.write(got)

        reading = threading.Thread(target=read)
        reading.start()
        with contextlib.suppress(OSError):
            client.sendall(start)
            for piece in pieces:
                client.sendall(piece)
        reading.join(60)
        assert not reading.is_alive(), "the connection was not closed"
    status = int(answer.getvalue().split(b" ")[1]) if answer.getvalue() else None
    return status, seconds(bridge) - before, megabytes(bridge, "VmHWM") - memory


def endless(piece):
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        yield piece


MALFORMED = {
    "garbage": bytes(range(128, 256)) * 2048,
    "TLS": b"\x16\x03\x01" + bytes(256 << 10),
    "a first line without an end": b"GET /" + b"a" * (256 << 10),
    "a head without an end": b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: " + b"a" * (256 << 10),
    "a header that is none": b"GET / HTTP/1.1\r\nHost: localhost\r\n\0\0" + b"\xff" * (256 << 10),
}


@linux
@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_http_costs_little_and_is_answered_briefly(bridge, data):
    spent, more = 0.0, []
    for _ in range(8):
        status, took, memory = cost(bridge, data, [])
        assert status == 400
        spent += took
        more.append(memory)
    assert spent / 8 < 0.05
    assert sum(more[3:]) / 5 < 2, f"{more} MB each; the first ones are the allocator's own"
    with connected(bridge) as client:
        with contextlib.suppress(OSError):
            client.sendall(data)
        answer = bytearray()
        with contextlib.suppress(ConnectionError):
            while piece := client.recv(65536):
                answer += piece
    assert len(answer) < 1000


@linux
@pytest.mark.parametrize("bits", [GZIP, ZLIB, RAW], ids=["gzip", "zlib", "raw deflate"])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", GENERATE, 401),
        ("POST", "/nothing", 401),
        ("PUT", GENERATE, 401),
        ("POST", "/docs", 405),
        ("GET", "/health", 200),
        ("OPTIONS", GENERATE, 405),
    ],
)
def test_nobody_has_a_body_unpacked_without_a_key(bridge, bombs, bits, method, path, status):
    named = "gzip" if bits == GZIP else "deflate"
    more = f"Connection: close\r\nContent-Encoding: {named}\r\nContent-Length: {len(bombs[bits])}\r\n"
    found, took, memory = cost(bridge, head(method, path, more), [bombs[bits]])
    assert found == status
    assert took < 0.3
    assert memory < 20


@linux
@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("size", [1, 2, 65536])
def test_a_body_without_an_end_and_a_key_is_soon_shown_out(bridge, method, size):
    piece = b"%x\r\n%s\r\n" % (size, b"x" * size) * max(1, 200_000 // size)
    path = "/health" if method == "GET" else GENERATE
    status, took, memory = cost(bridge, head(method, path, "Transfer-Encoding: chunked\r\n"), endless(piece))
    assert status == (200 if method == "GET" else 401)
    assert took < 0.5
    assert memory < 20


@linux
def test_a_path_of_thousands_of_parts_is_looked_up_quickly(bridge):
    paths = ["/" + "a/" * 15_000, "/" * 30_000, "/" + "a/" * (LONGEST_LINE // 2 - 100), "/" * (LONGEST_LINE - 100)]
    before = seconds(bridge)
    for path in 5 * paths:
        cost(bridge, head("POST", path, "Connection: close\r\nContent-Length: 0\r\n"), [])
    assert seconds(bridge) - before < 1


@linux
@pytest.mark.parametrize("bits", [GZIP, ZLIB, RAW], ids=["gzip", "zlib", "raw deflate"])
def test_a_key_has_no_more_unpacked_than_a_body_may_be(bridge, bombs, bits):
    named = "gzip" if bits == GZIP else "deflate"
    more = f"{KEYED}Connection: close\r\nContent-Encoding: {named}\r\nContent-Length: {len(bombs[bits])}\r\n"
    status, took, memory = cost(bridge, head(more=more), [bombs[bits]])
    assert status == 413
    assert took < 0.8
    assert memory < 4 * LARGEST_BODY / MB


@linux
@pytest.mark.parametrize(
    ("data", "status", "most"),
    [
        (lambda: b"[" + b"1.5," * (7 * MB) + b"1]", 413, 70),
        (lambda: b"{" + b'"a":1,' * (5 * MB) + b'"b":1}', 413, 70),
        (lambda: b'{"sketchData":"' + b"a b " * (7 * MB) + b'"}', 413, 70),
        (lambda: b'{"sketchData":"' + b"a" * (28 * MB) + b"\xf0\x9f\x8c\xb3" + b'"}', 413, 70),
        (lambda: b'{"sketchData":"' + b"a" * (24 * MB) + b'","prompt":"\xf0\x9f\x8c\xb3"}', 400, 24 + 2 * 24 + 18 + 8),
        (lambda: b'{"sketchData":"' + b"\\/aaaaaa" * (3 * MB) + b'","prompt":"\xc3\xbc"}', 400, 24 + 2 * 24 + 18 + 8),
    ],
    ids=["numbers", "names", "text", "a picture with a letter", "a picture and a wide prompt", "PHP's picture"],
)
def test_a_body_of_a_key_takes_its_size_and_what_its_picture_is_decoded_to(bridge, data, status, most):
    sent = data()
    more = f"{KEYED}Connection: close\r\nContent-Length: {len(sent)}\r\n"
    code, took, memory = cost(bridge, head(more=more), [sent])
    assert code == status
    assert took < 3
    assert memory < most, "megabytes"


@linux
@pytest.mark.parametrize("key", ["", KEYED], ids=["no key", "a key"])
def test_meanwhile_others_are_served(bridge, bombs, key):
    more = f"{key}Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: {len(bombs[GZIP])}\r\n"
    longest = []  # seconds that others waited for a page, of each bomb; on a busy machine of most of them
    for _ in range(5):
        waits, ended = [], threading.Event()

        def ask(waits=waits, ended=ended):
            while not ended.is_set():
                began = time.monotonic()
                assert bridge.call("/docs")[0] == 200
                waits.append(time.monotonic() - began)

        asking = threading.Thread(target=ask)
        asking.start()
        cost(bridge, head(more=more), [bombs[GZIP]])
        ended.set()
        asking.join()
        longest.append(max(waits))
    assert min(longest) < 0.1


# Who is refused learns it


def test_a_picture_that_is_sent_with_a_wrong_key_is_answered(bridge):
    with connected(bridge) as client:
        client.sendall(head(more=f"X-API-Key: wrong\r\nContent-Length: {24 * MB}\r\n"))
        client.sendall(bytes(24 * MB))  # reads nothing before all is sent
        answer = http.client.HTTPResponse(client)
        answer.begin()
        assert (answer.status, answer.headers["Connection"]) == (401, "close")
        assert json.load(answer)["code"] == "unauthorized"
        assert client.recv(1) == b""


def test_who_asks_before_sending_is_answered_when_the_key_was_judged(bridge):
    for more, begins in ((KEYED, b"HTTP/1.1 100 Continue\r\n\r\n"), ("", b"HTTP/1.1 401 ")):
        with connected(bridge) as client:
            client.sendall(head(more=f"{more}Expect: 100-continue\r\nContent-Length: {MB}\r\n"))
            assert client.recv(len(begins), socket.MSG_WAITALL) == begins
            if more:
                client.sendall(b"[" * MB)
                assert client.recv(13, socket.MSG_WAITALL) == b"HTTP/1.1 400 "


async def test_a_small_body_that_nobody_reads_leaves_the_connection_usable(serve_queue):
    client = await serve_queue()
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    for _ in range(3):
        writer.write(head("POST", "/docs", "Content-Length: 1000\r\n"))
        assert await reader.readline() == b"HTTP/1.1 405 Method Not Allowed\r\n"
        said = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in said.split(b"\r\n") if line.startswith(b"Content-Length"))
        await reader.readexactly(int(length.split()[1]))
        writer.write(b"x" * 1000)
    writer.close()


async def test_a_body_that_never_ends_is_waited_for_only_so_long(serve_queue, monkeypatch):
    monkeypatch.setattr(leftover, "MOST_SECONDS", 0.2)
    client = await serve_queue()
    for length in (1000, MB):
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(head("POST", "/docs", f"Content-Length: {length}\r\n"))
        began = time.monotonic()
        assert (await reader.read()).startswith(b"HTTP/1.1 405 ")
        assert time.monotonic() - began < MOST_SECONDS / 2
        writer.close()


async def test_the_server_ends_without_those_who_still_send(serve_queue):
    client = await serve_queue()
    _, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(head("POST", "/docs", f"Content-Length: {MB}\r\n"))
    await asyncio.sleep(0.2)
    began = time.monotonic()
    await client.close()
    assert time.monotonic() - began < MOST_SECONDS / 2
    writer.close()


# Encodings


BITS = {"gzip": GZIP, "x-gzip": GZIP, "GZip": GZIP, "deflate": ZLIB, "Deflate": RAW}


@pytest.mark.parametrize("name", BITS)
async def test_a_body_may_be_packed_once(serve_queue, name):
    client = await serve_queue()
    data = packed(json.dumps(sketch("a")).encode(), BITS[name])
    answer = await client.post(GENERATE, data=data, headers={"Content-Encoding": name})
    assert (answer.status, (await answer.json())["id"]) == (200, "a")


TEXTS = {  # Content-Type -> how a client of that kind writes its text
    "application/json": "utf-8-sig",
    "application/json; charset=UTF-8": "utf-8",
    "application/json; charset=us-ascii": "ascii",
    "application/json; charset=ISO-8859-1": "latin-1",
    "text/plain; charset=windows-1252": "cp1252",
    "application/json; charset=utf-16": "utf-16",
}


@pytest.mark.parametrize(("kind", "coding"), TEXTS.items())
async def test_a_body_may_have_a_mark_before_it_and_a_charset_of_its_own(serve_queue, kind, coding):
    client = await serve_queue()
    prompt = "a tree" if coding == "ascii" else "ein Bäumchen"
    data = json.dumps({**sketch("a"), "prompt": prompt}, ensure_ascii=False).encode(coding)
    assert (await client.post(GENERATE, data=data, headers={"Content-Type": kind})).status == 200
    assert prompt in (await client.jobs._store.get("a")).job.values["prompt"]


@pytest.mark.parametrize("more", [{"Content-Type": "application/json; charset=klingon"}, {"Content-Encoding": "br"}])
@pytest.mark.parametrize("name", sorted(dialects()))
async def test_what_is_written_or_packed_otherwise_is_415_in_the_dialects_own_shape(serve_queue, name, more):
    client = await serve_queue()
    route = next(each for each in dialects()[name].routes if each.action is Action.SUBMIT)
    answer = await client.post(
        dialects()[name].mount + route.path, data=b"{}", headers={**more, "X-Request-Id": "mine"}
    )
    expected = dialects()[name].error(UnknownEncoding("x"))
    assert (answer.status, set(await answer.json())) == (415, set(expected.body))
    assert answer.headers["X-Request-Id"] == "mine"


async def test_a_text_that_is_not_in_its_charset_is_said(serve_queue):
    client = await serve_queue()
    answer = await client.post(GENERATE, data=b"\xff", headers={"Content-Type": "application/json; charset=utf-16"})
    assert (answer.status, "charset" in (await answer.json())["detail"]) == (400, True)


@pytest.mark.parametrize("said", [["br"], ["zstd"], ["gzip, gzip"], ["gzip", "deflate"], ["identity", "gzip, br"]])
def test_what_is_packed_otherwise_is_refused(said):
    with pytest.raises(UnknownEncoding, match="Send it as it is, or packed once by gzip or deflate"):
        encoding_of(said)


@pytest.mark.parametrize(("said", "found"), [([], ""), (["identity"], ""), ([" , "], ""), (["identity, GZIP"], "gzip")])
def test_what_is_not_packed_or_once_is_read(said, found):
    assert encoding_of(said) == found


AT = {
    "a1111": "/sdapi/v1/txt2img",
    "aleaart": "/generate-image",
    "imagegen": "/generate/text2img",
    "pico": "/pico/sdapi/v1/txt2img",
    "pixart": GENERATE,
    "unified": "/generate",
}


@pytest.mark.parametrize("name", sorted(dialects()))
async def test_every_dialect_words_it_as_its_other_errors(serve_queue, name):
    client = await serve_queue()
    answer = await client.post(AT[name], data=b"{}", headers={"Content-Encoding": "br"})
    expected = dialects()[name].error(UnknownEncoding("x"))
    assert (answer.status, set(await answer.json())) == (415, set(expected.body))
    assert "The body's Content-Encoding is 'br', which is not read here." in await answer.text()


@pytest.mark.parametrize("bits", [GZIP, ZLIB, RAW])
@pytest.mark.parametrize(
    "size", [0, 1, body.UNPACKED_STEP - 1, body.UNPACKED_STEP, body.UNPACKED_STEP + 1, 3 * body.UNPACKED_STEP]
)
def test_so_many_bytes_may_come_out_and_no_more(bits, size):
    name = "gzip" if bits == GZIP else "deflate"
    assert unpacked(packed(bytes(size), bits), name, size) == bytes(size)
    with pytest.raises(TooLarge):
        unpacked(packed(bytes(size + 1), bits), name, size)


@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=5))
def test_a_gzip_may_have_several_members(data, cuts):
    places = [0, *sorted(cuts), len(data)]
    parts = [gzip.compress(data[a:b]) for a, b in itertools.pairwise(places)]
    assert unpacked(b"".join(parts), "gzip", 300) == data


def test_members_have_an_end():
    member = gzip.compress(b"")
    assert unpacked(member * MOST_MEMBERS, "gzip", 0) == b""
    began = time.process_time()
    with pytest.raises(BadRequest):
        unpacked(member * (LARGEST_BODY // len(member)), "gzip", 0)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("bits", [GZIP, ZLIB, RAW])
def test_a_damaged_body_is_said_to_be_one(bits):
    name, whole = "gzip" if bits == GZIP else "deflate", packed(os.urandom(100_000), bits)
    for data in (whole[:-1], whole[:50_000], whole[:1], whole + b"x", b"no gzip", b"\0"):
        with pytest.raises(BadRequest, match="not what its Content-Encoding says"):
            unpacked(data, name, MB)


# Who goes away


def counted(bridge, status):
    """How many requests so ended, by the metrics."""
    lines = bridge.call("/metrics", headers={"X-API-Key": "secret"})[1].decode().splitlines()
    ended = [line for line in lines if line.startswith("pixart_http_requests_total") and f'status="{status}"' in line]
    return sum(float(line.rpartition(" ")[2]) for line in ended)


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize(
    "more",
    [
        "Content-Length: 1000000\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Content-Encoding: gzip\r\nContent-Length: 1000000\r\n",
        "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 1000000\r\nExpect: 100-continue\r\n",
    ],
    ids=["length", "chunked", "gzip", "gzip, chunked", "expect"],
)
@pytest.mark.parametrize(
    ("path", "key", "status"),
    [(GENERATE, KEYED, 499), (f"{PIXART}/cancel/a", KEYED, 499), (GENERATE, "", 401), ("/docs", KEYED, 405)],
)
def test_an_upload_that_is_broken_off_is_counted_and_no_fault(bridge, path, key, status, more, reset):
    before, said = counted(bridge, status), len(bridge.said)
    with connected(bridge) as client:
        client.sendall(head("POST", path, key + more))
        part = gzip.compress(os.urandom(1000))[:1000]
        client.sendall(b"3e8\r\n%s\r\n" % part if "chunked" in more else part)
        time.sleep(0.05)
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    deadline = time.monotonic() + 10
    while counted(bridge, status) == before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert counted(bridge, status) == before + 1
    assert bridge.said[said:] == []


async def test_who_goes_away_while_the_handler_is_cancelled_leaves_no_trace_either(serve_queue, caplog):
    client = await serve_queue()  # as aiohttp's test server does with each handler
    _, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(head(more="Content-Length: 1000000\r\n") + b"x")
    await asyncio.sleep(0.1)
    writer.transport.abort()
    await asyncio.sleep(0.1)
    gc.collect()
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


# Values


def test_so_many_values_and_no_more():
    values = [0] * (MOST_COMMAS + 1)
    assert parse_json(json.dumps(values).encode()) == values
    with pytest.raises(BadRequest, match=f"too many values: {MOST_COMMAS + 1} commas; {MOST_COMMAS} are the most"):
        parse_json(json.dumps([*values, 0]).encode())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1e999", "The body has a number that is too large: 1e999."),
        ('{"a": [-1e400]}', "The body has a number that is too large: -1e400."),
        ("9" * 1001, "The body has a number of 1001 digits; 1000 are the most."),
        ("NaN", "The body is not JSON: NaN is no JSON number."),
    ],
)
def test_a_number_that_no_answer_could_repeat_is_refused(text, said):
    with pytest.raises(BadRequest) as caught:
        parse_json(text.encode())
    assert str(caught.value) == said


@pytest.mark.parametrize("value", [1.7976931348623157e308, -5e-324, 10**999, 0, -0.0])
def test_every_other_number_is_read_as_it_is(value):
    assert repr(parse_json(json.dumps(value).encode())) == repr(value)


def test_what_is_no_utf_8_is_said_with_its_place():
    with pytest.raises(BadRequest) as caught:
        parse_json('{"prompt": "é"}'.encode("latin-1"))
    hint = "Send UTF-8, or say its charset in Content-Type."
    assert str(caught.value) == f"The body is not UTF-8, from byte 12 on. {hint}"


@pytest.mark.parametrize(
    "text", [r'"\ud83d"', r'["a", {"b": "\uDE00\uD83D"}]', r'{"\udfff": 1}', r'{"a": ["x\udc00y"]}']
)
def test_half_a_pair_is_no_text_wherever_it_is(text):
    with pytest.raises(BadRequest, match="half of a surrogate pair"):
        parse_json(text.encode())


@pytest.mark.parametrize("value", ["🌳", ["a🌳", {"🌳": "\\ud83d"}]])
def test_a_whole_pair_is_a_character(value):
    assert parse_json(json.dumps(value).encode()) == value


def test_nothing_of_a_body_is_kept_that_is_not_needed_any_more():
    assert body.parsed(body.text_of(b'{"a": [1, "x"]}')) == {"a": [1, "x"]}


# Pictures, which are most of a body


LARGE = "QUJD/+_-" * (body.SMALLEST_PICTURE // 8)
LINES = "\r\n".join(["QUJD" * 19] * 1000)
WORDS = "a tree, " * 10_000


@pytest.mark.parametrize(
    "value",
    [
        {"image": LARGE, "prompt": "ü🌳"},
        {"image": f"data:image/png;base64,{LARGE}", "more": [LARGE[4:], {"mask": LARGE[:-4], "images": [LARGE] * 3}]},
        [LINES, LARGE, WORDS, "", LARGE + "🌳", "🌳" + LARGE, f'"{LARGE}', f'{LARGE}"', f"\\{LARGE}", f"{LARGE}\\"],
        [LARGE + "\\n", LARGE + "\\", "\\/" + LARGE, LARGE + "\n", LARGE + "\t", LARGE + "\x7f", LARGE + "=" * 300],
        {"a": f"{LARGE}:{LARGE},{LARGE}", WORDS: WORDS},
        LARGE,
    ],
    ids=["beside a wide text", "data URLs and lists", "ends and quotes", "escapes", "marks between", "alone"],
)
@pytest.mark.parametrize(
    "written", [json.dumps, lambda value: json.dumps(value, ensure_ascii=False)], ids=["ASCII", ""]
)
@pytest.mark.parametrize("slash", ["/", "\\/"], ids=["", "PHP's slashes"])
def test_a_body_means_the_same_whatever_pictures_are_in_it(value, written, slash):
    assert parse_json(written(value).replace("/", slash).encode()) == value


def test_a_picture_is_taken_out_as_it_is_and_the_rest_stays_small():
    text = body.text_of(json.dumps({"image": LARGE, "prompt": "🌳"}, ensure_ascii=False).encode())
    assert text.pictures == (LARGE,)
    assert len(text.text) < 100


def test_a_name_is_no_picture():
    with pytest.raises(BadRequest, match="a name of more than 64 KB"):
        parse_json(json.dumps({LARGE: 1}).encode())


@pytest.mark.parametrize("start", ['{"image": "', '{"image" ', '["a", "', '"'])
def test_a_picture_without_an_end_is_no_json(start):
    with pytest.raises(BadRequest, match="not JSON"):
        parse_json((start + LARGE).encode())


def test_texts_beside_pictures_have_a_size():
    words = "a tree. " * (body.MOST_TEXT // 8)
    assert parse_json(json.dumps([words[:-100], LARGE]).encode()) == [words[:-100], LARGE]
    with pytest.raises(TooLarge, match="more than 4 MB that are no pictures in base64"):
        parse_json(json.dumps([words, LARGE]).encode())


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "utf-16le", "windows-1252"])
def test_a_text_in_another_charset_is_read_piece_by_piece_and_no_further_than_a_body_may_be(charset):
    text = "aü" * (MB + 1)
    assert in_utf8(text.encode(charset), charset, 4 * MB) == text.encode()
    with pytest.raises(TooLarge):
        in_utf8(text.encode(charset), charset, 3 * MB)


def test_half_a_letter_at_the_end_is_damage():
    with pytest.raises(BadRequest, match="not what its charset"):
        in_utf8("aü".encode("utf-16")[:-1], "utf-16", MB)
