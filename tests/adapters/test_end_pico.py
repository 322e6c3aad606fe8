"""The Pico's dialect on the wire, from a real ComfyUI to the bytes of a panel, read as microcontrollers read them."""

import base64
import io
import json
import socket
import time
from urllib.parse import urlsplit

import micropython
import numpy as np
import pytest
from bridge_process import BridgeProcess
from PIL import Image

pytestmark = pytest.mark.comfy

PATH = "/sdapi/v1/txt2img"
FRAME = 240 * 240 * 2
# As gregm123456/person_clicker asks, at a size at which nothing is scaled and the tiny model takes a second.
ASKED = {"prompt": "a portrait", "sampler_name": "DPM++ 2M", "steps": 2, "cfg_scale": 1.5, "width": 240, "height": 240}
ASKED |= {"seed": 7}
SMALL = {**ASKED, "width": 64, "height": 64}
GREY = 131  # its complement is 124, and 124, 124, 124 is 0x7BEF: a frame of that begins like a JSON object


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, comfy):
    environment = {"COMFYUI_URL": comfy.url, "PIXART_LISTENERS": "0=pico"}
    with BridgeProcess(tmp_path_factory.mktemp("bridge"), **environment) as bridge:
        ready(bridge)
        yield bridge


def ready(bridge, seconds=30):
    """Wait until ComfyUI is seen: until then a panel is told that it is away."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if bridge.call("/health")[1]["model_loaded"]:
            return
        time.sleep(0.1)
    raise AssertionError(bridge.said)


@pytest.fixture(params=["behind its prefix", "on its own listener"])
def url(request, bridge):
    return bridge.url + "/pico" if request.param == "behind its prefix" else bridge.listener("pico")


def raw(url, body, path=PATH, version="1.1", **headers):
    """Status line, header lines and body exactly as they come over the wire, the connection closed by the server."""
    place, data = urlsplit(url), json.dumps(body).encode()
    lines = [f"POST {place.path}{path} HTTP/{version}", f"Host: {place.netloc}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(data)}", "", ""]
    with socket.create_connection((place.hostname, place.port), 60) as connection:
        connection.sendall("\r\n".join(lines).encode() + data)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, rest = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    return status, lines, rest


def png(pixels):
    made = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(made, "PNG")
    return base64.b64encode(made.getvalue()).decode()


def flat(value, side=240):
    return png(np.full((side, side, 3), value))


def words(data):
    return np.frombuffer(data, ">u2")


def redrawn(bridge, picture, **changes):
    """The bytes for a picture of which nothing is drawn anew."""
    body = {**ASKED, "init_images": [picture], "denoising_strength": 0, **changes}
    code, data = bridge.call("/pico/sdapi/v1/img2img", body)
    assert code == 200, data
    return data


@pytest.mark.trap(24)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_trap_24_on_the_wire_a_frame_has_its_headers_in_the_documents_spelling_and_one_length(url, version):
    status, lines, body = raw(url, ASKED, version=version)
    assert status.split()[1:] == ["200", "OK"]
    for line in (
        "Content-Type: application/octet-stream",
        f"Content-Length: {FRAME}",
        "X-Image-Width: 240",
        "X-Image-Height: 240",
        "X-Image-Format: rgb565-be",
        "X-Image-Seed: 7",
    ):
        assert line in lines
    assert not [line for line in lines if line.lower().startswith(("transfer-encoding", "x-cache"))]
    assert len(body) == FRAME
    assert len(set(words(body))) > 50  # a picture, not a plain colour


@pytest.mark.trap(24)
def test_trap_24_a_connection_that_is_kept_carries_one_frame_after_the_other(bridge):
    place = urlsplit(bridge.listener("pico"))
    data = json.dumps(SMALL).encode()
    head = f"POST {PATH} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {len(data)}\r\n\r\n".encode()
    with socket.create_connection((place.hostname, place.port), 60) as connection, connection.makefile("rb") as stream:
        frames = []
        for _ in range(2):
            connection.sendall(head + data)
            assert stream.readline() == b"HTTP/1.1 200 OK\r\n"
            assert b"Content-Length: 115200\r\n" in list(iter(stream.readline, b"\r\n"))
            frames.append(stream.read(FRAME))
    assert frames[0] == frames[1]


@pytest.mark.trap(25)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_trap_25_a_frame_that_begins_like_json_is_called_bytes_on_the_wire(url, version):
    body = {**ASKED, "init_images": [flat(GREY)], "denoising_strength": 0}
    _, lines, data = raw(url, body, "/sdapi/v1/img2img", version)
    assert data == b"{\xef" * (FRAME // 2)
    assert "Content-Type: application/octet-stream" in lines


# MicroPython's own HTTP client, used as person_clicker uses it: its headers are a plain dict.
AS_THE_CLICKER = """
import json, requests

asked = json.load(open("asked.json"))
headers = {"Content-Type": "application/json", "Accept": "application/octet-stream"}
answer = requests.post(asked["url"], data=json.dumps(asked["body"]), headers=headers, timeout=60)
kind = answer.headers.get("Content-Type")
with open("frame.rgb565", "wb") as file:
    while True:
        chunk = answer.raw.read(4096)
        if not chunk:
            break
        file.write(chunk)
print(json.dumps([answer.status_code, kind]))
"""


@pytest.mark.client("MicroPython's requests, as person_clicker uses it")
@pytest.mark.trap(25)
def test_trap_25_micropythons_own_requests_reads_such_a_frame_in_4_kb_chunks(url, tmp_path):
    if micropython.MICROPYTHON is None:
        pytest.skip(micropython.WHY_NOT)
    body = {**ASKED, "init_images": [flat(GREY)], "denoising_strength": 0}
    (tmp_path / "asked.json").write_text(json.dumps({"url": url + "/sdapi/v1/img2img", "body": body}))
    said = json.loads(micropython.run(micropython.MICROPYTHON, tmp_path, AS_THE_CLICKER))
    assert said == [200, "application/octet-stream"]
    assert (tmp_path / "frame.rgb565").read_bytes() == b"{\xef" * (FRAME // 2)


@pytest.mark.client("examples/pico, MicroPython and CPython")
@pytest.mark.parametrize("name", micropython.INTERPRETERS)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_our_client_fills_a_frame_buffer_in_a_picos_memory(url, tmp_path, name, version):
    interpreter = micropython.INTERPRETERS[name]
    if interpreter is None:
        pytest.skip(micropython.WHY_NOT)
    heap = "190k" if name == "micropython" else ""
    fields = {key: value for key, value in ASKED.items() if key != "prompt"}
    client = {"version": version}
    said, frame = micropython.picture(interpreter, tmp_path, url, FRAME, client=client, heap=heap, **fields)
    *made, notes = said["made"]
    assert made == [240, 240, "rgb565-be", 7]
    assert notes[0].startswith("checkpoint: ")
    assert frame == raw(url, {**ASKED, "prompt": "a dragon"})[2]


@pytest.mark.parametrize("name", micropython.INTERPRETERS)
def test_our_client_tells_what_the_server_says(url, tmp_path, name):
    interpreter = micropython.INTERPRETERS[name]
    if interpreter is None:
        pytest.skip(micropython.WHY_NOT)
    said, _ = micropython.picture(interpreter, tmp_path, url, FRAME, steps="many")
    assert said["status"] == 422
    assert said["error"].startswith("422: steps must be a whole number")
    said, frame = micropython.picture(interpreter, tmp_path, url, 320 * 240 * 2, steps=1, width=64, height=64)
    assert said["error"].startswith("The picture has 115200 bytes, the buffer 153600.")
    assert frame == bytes(320 * 240 * 2)


@pytest.mark.trap(26)
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/octet-stream"),
        ("application/octet-stream", "application/octet-stream"),
        ("text/html,*/*;q=0.8", "application/octet-stream"),
        ("application/json", "application/json"),
    ],
)
def test_trap_26_both_forms_hold_the_same_bytes(url, accept, kind):
    status, lines, body = raw(url, SMALL, Accept=accept)
    assert "200" in status
    (said,) = [line for line in lines if line.startswith("Content-Type: ")]
    assert said.split("; ")[0] == f"Content-Type: {kind}"
    if kind == "application/json":
        body = base64.b64decode(json.loads(body)["images"][0])
    assert body == raw(url, SMALL)[2]


@pytest.mark.trap(26)
@pytest.mark.trap(30)
@pytest.mark.parametrize(("path", "wish"), [(f"{PATH}?format=json", {}), (PATH, {"return_base64": True})])
def test_trap_30_the_json_form_is_the_documents_option_b(url, path, wish):
    _, _, body = raw(url, {**SMALL, **wish}, path)
    answer = json.loads(body)
    assert answer["info"] == "240x240 RGB565 format for Pico LCD"
    assert {**SMALL, "negative_prompt": ""}.items() <= answer["parameters"].items()
    assert len(base64.b64decode(answer["images"][0])) == FRAME
    assert answer["seed"] == 7


@pytest.mark.trap(27)
@pytest.mark.parametrize("size", [(64, 64), (128, 64), (72, 136)])
def test_trap_27_the_answer_has_the_panels_size_whatever_was_drawn(bridge, size):
    code, data = bridge.call("/pico" + PATH, {**ASKED, "width": size[0], "height": size[1]})
    assert (code, len(data)) == (200, FRAME)


def as_the_document_converts(picture):
    """A frame as the panel's document specifies it: to 240 x 240 by Lanczos, inverted, RGB565, the high byte first."""
    with Image.open(io.BytesIO(base64.b64decode(picture))) as opened:
        scaled = opened.convert("RGB").resize((240, 240), Image.Resampling.LANCZOS)
    r, g, b = 255 - np.moveaxis(np.asarray(scaled, np.uint16), -1, 0)
    return (r >> 3 << 11 | g >> 2 << 5 | b >> 3).astype(">u2").tobytes()


@pytest.mark.trap(29)
def test_trap_29_the_bytes_are_those_that_the_document_specifies(bridge):
    picture = png(np.random.default_rng(5).integers(0, 256, (240, 240, 3)))
    assert redrawn(bridge, picture) == as_the_document_converts(picture)


def test_a_larger_picture_is_scaled_as_the_document_scales_it_but_for_rounding(bridge):
    """Pillow rounds to whole numbers between its passes, the node works in single precision: a step here and there."""
    y, x = np.mgrid[0:512, 0:512]
    picture = png(np.dstack([x / 2, y / 2, 255 - x / 2]))
    theirs, ours = words(as_the_document_converts(picture)), words(redrawn(bridge, picture, width=512, height=512))
    for shift, mask in ((11, 31), (5, 63), (0, 31)):
        steps = np.abs((theirs >> shift & mask).astype(int) - (ours >> shift & mask))
        assert steps.max() <= 1
    assert (theirs != ours).mean() < 0.05


@pytest.mark.trap(29)
def test_trap_29_transparency_is_black_before_it_is_inverted(bridge):
    hidden = np.zeros((240, 240, 4))
    hidden[..., 0] = 255  # red, but not to be seen
    assert set(words(redrawn(bridge, png(hidden)))) == {0xFFFF}


def test_a_seed_repeats_zero_included_and_another_seed_differs(bridge):
    def made(seed):
        return bridge.call("/pico" + PATH, {**SMALL, "seed": seed})[1]

    first, other, again = made(0), made(1), made(0)
    assert first == again != other


def test_settings_make_it_another_panel(bridge, comfy, tmp_path):
    environment = {
        "TARGET_WIDTH": "160",
        "TARGET_HEIGHT": "80",
        "LUMINANCE_INVERT": "false",
        "PIXART_PANEL_BYTE_ORDER": "little-endian",
        "PIXART_PANEL_BGR": "true",
        "PIXART_PANEL_ROTATION": "90",
        "PIXART_PANEL_ROUNDING": "round",
    }
    left_red = np.zeros((160, 80, 3))
    left_red[:, :40, 0] = 255
    with BridgeProcess(tmp_path, COMFYUI_URL=comfy.url, **environment) as other:
        ready(other)
        body = {**ASKED, "init_images": [png(left_red)], "denoising_strength": 0, "width": 80, "height": 160}
        _, lines, data = raw(other.url + "/pico", body, "/sdapi/v1/img2img")
    assert {"X-Image-Width: 160", "X-Image-Height: 80", "X-Image-Format: rgb565-le"} <= set(lines)
    panel = np.frombuffer(data, "<u2").reshape(80, 160)
    assert set(panel[:40].ravel()) == {0x001F}  # turned clockwise left is up; red and blue have changed places
    assert set(panel[40:].ravel()) == {0}


@pytest.mark.trap(28)
def test_trap_28_errors_are_flat_on_the_wire(url):
    cases = [
        (PATH, {"steps": "many"}, 422),
        ("/sdapi/v1/img2img", {"init_images": [base64.b64encode(b"no picture").decode()]}, 422),
        ("/sdapi/v1/img2img", {}, 422),
        (PATH, ["no", "object"], 422),
        ("/sdapi/v1/nothing", {}, 404),
        ("/health", {}, 405),
        (PATH, {"override_settings": {"sd_model_checkpoint": "nobody"}}, 400),
    ]
    for path, body, code in cases:
        status, lines, text = raw(url, body, path)
        assert int(status.split()[1]) == code, (path, text)
        assert any(line.startswith("Content-Type: application/json") for line in lines)
        problem = json.loads(text)
        assert set(problem) == {"error", "code"}
        assert problem["code"] == code


@pytest.mark.trap(28)
def test_trap_28_a_service_key_is_asked_for_and_the_servers_own_key_does_too(comfy, tmp_path):
    with BridgeProcess(tmp_path, COMFYUI_URL=comfy.url, SERVICE_API_KEY="secret", API_KEY="master") as other:
        ready(other)
        url = other.url + "/pico"
        for headers in ({}, {"X_API_Key": "wrong"}, {"Authorization": "Basic dW5kZWZpbmVk"}):
            status, _, text = raw(url, SMALL, **headers)
            assert "401" in status
            assert json.loads(text)["code"] == 401
        for headers in ({"X_API_Key": "secret"}, {"X_API_Key": "master"}):
            assert "200" in raw(url, SMALL, **headers)[0]
        assert "401" in raw(other.url, SMALL, X_API_Key="secret")[0]  # the panel's key opens nothing else


@pytest.mark.trap(28)
def test_trap_28_without_comfyui_it_is_502_at_once(tmp_path):
    with BridgeProcess(tmp_path, COMFYUI_URL="http://127.0.0.1:9") as other:  # nobody listens there
        began = time.monotonic()
        code, problem = other.call("/pico" + PATH, SMALL)
    assert (code, problem["code"]) == (502, 502)
    assert time.monotonic() - began < 30  # A1111_TIMEOUT is 60


@pytest.mark.trap(12)
def test_trap_12_a_picture_that_takes_longer_than_a1111_timeout_is_504(comfy, tmp_path):
    with BridgeProcess(tmp_path, COMFYUI_URL=comfy.url, A1111_TIMEOUT="0.05") as other:
        ready(other)
        code, problem = other.call("/pico" + PATH, {**ASKED, "steps": 50})
    assert (code, problem["code"]) == (504, 504)
    assert problem["error"] == "It took longer than 0.05 s. A1111_TIMEOUT sets the limit."


@pytest.mark.trap(31)
def test_trap_31_health_is_ok_on_its_own_listener_and_behind_its_prefix(bridge):
    assert bridge.call("/pico/health") == (200, {"status": "ok"})
    main, bridge.url = bridge.url, bridge.listener("pico")
    try:
        assert bridge.call("/health") == (200, {"status": "ok"})
    finally:
        bridge.url = main


@pytest.mark.trap(32)
def test_trap_32_the_same_path_is_a1111s_on_the_shared_port_and_a_panels_on_its_own(bridge):
    assert "images" in bridge.call(PATH, SMALL)[1]
    _, lines, body = raw(bridge.listener("pico"), SMALL)
    assert "Content-Type: application/octet-stream" in lines
    assert len(body) == FRAME
