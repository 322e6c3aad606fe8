"""The Pico's client under CPython and real MicroPython, against a server that answers well, badly or not at all."""

import base64
import json
import random
import socket
import threading
import time

import micropython
import pytest

SIZE = 240 * 240 * 2
FRAME = b"{\xef" + random.Random(0).randbytes(SIZE - 2)  # the first word would begin a JSON object
BUFFER = bytes(SIZE)
IMAGE = "X-Image-Width: 240\r\nX-Image-Height: 240\r\nX-Image-Format: rgb565-be\r\n"
BYTES = f"Content-Type: application/octet-stream\r\n{IMAGE}"


@pytest.fixture(params=micropython.INTERPRETERS)
def interpreter(request):
    found = micropython.INTERPRETERS[request.param]
    if found is None:
        pytest.skip(micropython.WHY_NOT)
    return found


class Double:
    """A server for one request: it answers these parts, then closes, or with `hold` stays silent."""

    def __init__(self, *parts, hold=0.0):
        self.parts, self.hold, self.heard, self.over = parts, hold, b"", threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(20)  # of a client that never comes
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(30)
        self.socket.close()

    def _serve(self):
        connection, _ = self.socket.accept()
        self.socket.close()  # a second request finds nobody
        with connection:
            connection.settimeout(20)
            self.heard = self._request(connection)
            for part in self.parts:
                connection.sendall(part)
                time.sleep(0.001)  # so that parts arrive apart
            self.over.wait(self.hold)

    def _request(self, connection):
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += connection.recv(4096)
        head, _, body = heard.partition(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
        while len(body) < length:
            body += connection.recv(4096)
        return head + b"\r\n\r\n" + body


def head(status="200 OK", version="1.1", headers=BYTES, length=SIZE):
    said = "" if length is None else f"Content-Length: {length}\r\n"
    return f"HTTP/{version} {status}\r\n{headers}{said}Server: double\r\n\r\n".encode()


def pieces(data, size):
    return [data[start : start + size] for start in range(0, len(data), size)]


GOOD = {
    "HTTP/1.1": [head(), FRAME],
    "HTTP/1.0": [head(version="1.0"), FRAME],
    "lower-case headers": [head().lower().replace(b"http/1.1", b"HTTP/1.1"), FRAME],
    "a type with parameters": [head(headers=BYTES.replace("stream", "stream; charset=binary")), FRAME],
    "in blocks of eight rows": [head(), *pieces(FRAME, 3840)],
    "in blocks that fit nothing": [*pieces(head() + FRAME, 997)],
    "headers byte by byte": [*pieces(head(), 1), FRAME],
    "bare line feeds": [head().replace(b"\r\n", b"\n"), FRAME],
}


@pytest.mark.trap(24)
@pytest.mark.trap(25)
@pytest.mark.parametrize("parts", GOOD.values(), ids=GOOD)
def test_a_picture_comes_into_the_buffer_however_it_is_sent(interpreter, tmp_path, parts):
    with Double(*parts) as server:
        said, frame = micropython.picture(interpreter, tmp_path, server.url, SIZE)
    assert said == {"made": [240, 240, "rgb565-be", -1, []]}
    assert frame == FRAME


def test_seed_and_notes_come_too(interpreter, tmp_path):
    notes = ["steps: 1 instead of 0", "é"]
    more = f"X-Image-Seed: 0\r\nX-Image-Notes: {json.dumps(notes)}\r\n"
    with Double(head(headers=BYTES + more), FRAME) as server:
        said, _ = micropython.picture(interpreter, tmp_path, server.url, SIZE)
    assert said["made"] == [240, 240, "rgb565-be", 0, notes]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_request_is_a1111s_with_its_length(interpreter, tmp_path, version):
    with Double(head(), FRAME) as server:
        options = {"version": version, "key": "secret", "user": "me", "password": "pä:ss"}
        micropython.picture(interpreter, tmp_path, server.url + "/pico", SIZE, client=options, steps=5, seed=0)
    top, _, body = server.heard.partition(b"\r\n\r\n")
    first, *lines = top.decode().split("\r\n")
    assert first == f"POST /pico/sdapi/v1/txt2img HTTP/{version}"
    assert json.loads(body) == {"prompt": "a dragon", "steps": 5, "seed": 0}
    assert dict(line.split(": ", 1) for line in lines) == {
        "Host": server.url.removeprefix("http://"),
        "Content-Type": "application/json",
        "Accept": "application/octet-stream",
        "Connection": "close",
        "X-API-Key": "secret",
        "Authorization": "Basic " + base64.b64encode("me:pä:ss".encode()).decode(),
        "Content-Length": str(len(body)),
    }


CHUNKED = "Transfer-Encoding: chunked\r\n"
JSON = "Content-Type: application/json\r\n"
PROBLEM = b'{"error": "ComfyUI is away.", "code": 502}'
BAD = {
    "chunked": ([head(headers=BYTES + CHUNKED, length=None), b"2\r\n{}\r\n0\r\n\r\n"], 0, "The answer is chunked"),
    "json": ([head(headers=JSON, length=2), b"{}"], 0, "The answer is application/json, not the bytes of a picture."),
    "no type": ([head(headers="", length=SIZE), FRAME], 0, "The answer is nothing, not the bytes"),
    "another panel": ([head(length=320 * 240 * 2)], 0, "The picture has 153600 bytes, the buffer 115200. TARGET_WIDTH"),
    "no length": ([head(length=None), FRAME], 0, "The picture has unknown bytes, the buffer 115200."),
    "no http": ([b"220 ready\r\n"], 0, "What answered is no HTTP server."),
    "nothing": ([], 0, "What answered is no HTTP server."),
    "cut off in its headers": ([head()[:60]], 0, "The answer was cut off in its headers."),
    "the server's error": (
        [head("502 Bad Gateway", headers=JSON, length=len(PROBLEM)), PROBLEM],
        502,
        "502: ComfyUI is",
    ),
    "a proxy's error": ([head("504 Gateway Timeout", headers="", length=6), b"<html>"], 504, "504: b'<html>'"),
    "an error without a body": ([head("401 Unauthorized", headers="", length=0)], 401, "401: b''"),
    "a list as an error": ([head("500 Oh", headers=JSON, length=2), b"[]"], 500, "500: b'[]'"),
}


@pytest.mark.trap(24)
@pytest.mark.parametrize(("parts", "status", "sentence"), BAD.values(), ids=BAD)
def test_what_is_no_picture_is_a_sentence_and_leaves_the_buffer_as_it_was(
    interpreter, tmp_path, parts, status, sentence
):
    with Double(*parts) as server:
        said, frame = micropython.picture(interpreter, tmp_path, server.url, SIZE)
    assert (said["status"], said["error"][: len(sentence)]) == (status, sentence)
    assert frame == BUFFER


@pytest.mark.parametrize("count", [0, 1, 4096, SIZE - 1])
def test_a_picture_that_breaks_off_is_told(interpreter, tmp_path, count):
    with Double(head(), FRAME[:count]) as server:
        said, frame = micropython.picture(interpreter, tmp_path, server.url, SIZE)
    assert said == {"error": f"The picture ended after {count} of {SIZE} bytes.", "status": 0}
    assert frame[:count] == FRAME[:count]


@pytest.mark.parametrize("parts", [[], [head()], [head(), FRAME[:5000]]], ids=["at once", "after headers", "midway"])
def test_a_server_that_falls_silent_is_given_up(interpreter, tmp_path, parts):
    with Double(*parts, hold=60) as server:
        began = time.monotonic()
        said, _ = micropython.picture(interpreter, tmp_path, server.url, SIZE, client={"seconds": 0.5})
        assert time.monotonic() - began < 20
    assert list(said) == ["lost"]


def test_a_server_that_isnt_there_is_an_oserror(interpreter, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    said, _ = micropython.picture(interpreter, tmp_path, f"http://127.0.0.1:{port}", SIZE)
    assert list(said) == ["lost"]


def test_a_frame_fits_into_the_memory_of_a_pico(tmp_path):
    if micropython.MICROPYTHON is None:
        pytest.skip(micropython.WHY_NOT)
    with Double(head(), *pieces(FRAME, 3840)) as server:  # a Pico W has about 190 kB; objects are half as large there
        said, frame = micropython.picture(micropython.MICROPYTHON, tmp_path, server.url, SIZE, heap="190k")
    assert said["made"][:2] == [240, 240]
    assert frame == FRAME


# What main.py finds on a Pico W with Waveshare's demo beside it, as far as it uses that.
BOARD = {
    "network": """
STA_IF = 0


class WLAN:
    def __init__(self, interface):
        self.asked = 0

    def active(self, on):
        pass

    def connect(self, name, password):
        assert (name, password) == ("name", "password")

    def isconnected(self):
        self.asked += 1
        return self.asked > 2

    def status(self):
        return 0
""",
    "machine": """
class Pin:
    IN, PULL_UP = 0, 1
    presses = 0

    def __init__(self, number, mode, pull):
        assert number == 15

    def value(self):
        Pin.presses += 1
        if Pin.presses > PRESSES:
            raise SystemExit
        return 0
""",
    "pico_lcd_1_3": """
import json


class LCD_1inch3:
    def __init__(self):
        self.buffer, self.texts, self.shown = bytearray(240 * 240 * 2), [], 0

    def fill(self, color):
        self.buffer[:] = bytes(len(self.buffer))

    def text(self, text, x, y, color):
        assert len(text) <= 28
        self.texts.append(text)

    def show(self):
        self.shown += 1
        with open("shown.json", "w") as file:
            json.dump([self.shown, self.texts], file)
        with open("frame.rgb565", "wb") as file:
            file.write(self.buffer)
""",
}


def on_a_board(folder, url, presses):
    """Run main.py with the board's modules; how often it showed something, what text, and the last frame."""
    if micropython.MICROPYTHON is None:
        pytest.skip(micropython.WHY_NOT)
    for name, source in BOARD.items():
        (folder / f"{name}.py").write_text(source.replace("PRESSES", str(presses)))
    main = (micropython.CLIENT / "main.py").read_text(encoding="utf-8")
    assert 'SERVER = "http://192.168.1.20:8080"' in main
    micropython.run(micropython.MICROPYTHON, folder, main.replace("http://192.168.1.20:8080", url))
    shown, texts = json.loads((folder / "shown.json").read_text())
    return shown, texts, (folder / "frame.rgb565").read_bytes()


def test_the_example_shows_a_picture_unchanged(tmp_path):
    with Double(head(), FRAME) as server:
        assert on_a_board(tmp_path, server.url, presses=0) == (1, [], FRAME)
    assert json.loads(server.heard.partition(b"\r\n\r\n")[2])["prompt"]


def test_the_example_shows_an_error_as_text_and_goes_on_at_the_next_press(tmp_path):
    with Double(head("502 Bad Gateway", headers=JSON, length=len(PROBLEM)), PROBLEM) as server:
        shown, texts, frame = on_a_board(tmp_path, server.url, presses=1)
    assert shown == 2  # the second time nobody is there any more, and that is shown, too
    assert texts[0] == "502: ComfyUI is away."
    assert frame == BUFFER
