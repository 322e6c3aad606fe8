"""Clients who keep a connection and send little or nothing are shown out; the others notice nothing of them."""

from __future__ import annotations

import contextlib
import http.client
import json
import select
import socket
import sys
import time

import pytest
from bridge_process import PREFIX, BridgeProcess
from sketches import TREE

from bridge.app.serve import MOST_FILES

SHORT = {"KEEP_ALIVE_SECONDS": "1", "BODY_SECONDS": "1", "COMFYUI_URL": "http://127.0.0.1:9"}
HEAD = f"POST {PREFIX}/generate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
DROP = 0.3  # seconds between two bytes of a slow client
SOON = 30  # seconds: in which a busy machine does what takes one; without SHORT it would take 75 or 300


@pytest.fixture(scope="module")
def bridge(tmp_path_factory):
    with BridgeProcess(tmp_path_factory.mktemp("bridge"), **SHORT) as running:
        yield running


@contextlib.contextmanager
def connected(bridge):
    host, _, port = bridge.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=2 * SOON) as client:
        yield client


def drip(client, text):
    """Send a text byte by byte, until the other side says something or shuts the door."""
    with contextlib.suppress(ConnectionError):
        for byte in text.encode():
            client.sendall(bytes([byte]))
            if select.select([client], [], [], DROP)[0]:
                return


def test_a_request_whose_head_never_ends_is_cut_off(bridge):
    began = time.monotonic()
    with connected(bridge) as client:
        drip(client, HEAD)
        assert client.recv(1) == b""
        assert 0.5 < time.monotonic() - began < SOON


def test_who_reads_nothing_of_an_answer_does_not_keep_the_server_from_ending(tmp_path):
    with BridgeProcess(tmp_path, **SHORT) as bridge, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # so that little is on its way
        host, _, port = bridge.url.removeprefix("http://").partition(":")
        client.connect((host, int(port)))
        client.sendall(200 * b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")  # tens of megabytes of answers
        assert client.recv(4, socket.MSG_WAITALL) == b"HTTP"
        assert bridge.stop() == 0  # waits for half a minute


def test_who_connects_and_says_nothing_is_cut_off(bridge):
    with connected(bridge) as client:
        began = time.monotonic()
        assert client.recv(1) == b""
        assert time.monotonic() - began < SOON


def test_a_body_that_comes_too_slowly_is_a_408_that_says_so(bridge):
    began = time.monotonic()
    with connected(bridge) as client:
        client.sendall(f"{HEAD}Content-Length: 1000\r\n\r\n".encode())
        drip(client, "{" * 1000)
        assert 0.5 < time.monotonic() - began < SOON
        answer = http.client.HTTPResponse(client)
        answer.begin()
        assert (answer.status, json.load(answer)["detail"]) == (408, "The body had not arrived after 1 s.")


def test_a_connection_is_kept_between_requests_and_let_go_when_nobody_uses_it(bridge):
    host, _, port = bridge.url.removeprefix("http://").partition(":")
    with contextlib.closing(http.client.HTTPConnection(host, int(port), timeout=SOON)) as client:
        for _ in range(3):
            client.request("GET", "/health")
            assert client.getresponse().read()
            time.sleep(0.05)
        assert client.sock.recv(1) == b""


def test_a_request_that_waits_for_its_job_is_no_slow_client(bridge):
    assert bridge.generate("waits", TREE.read_bytes())[0] == 200
    with connected(bridge) as client:
        client.sendall(f"GET {PREFIX}/result/waits HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        client.settimeout(2)
        with pytest.raises(TimeoutError):
            client.recv(1)
        assert bridge.call(f"{PREFIX}/cancel/waits", {})[0] == 200
        client.settimeout(SOON)
        assert client.recv(8) == b"HTTP/1.1"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has prlimit")
def test_as_many_connections_are_taken_as_the_system_allows(bridge):
    import resource

    soft, hard = resource.prlimit(bridge.process.pid, resource.RLIMIT_NOFILE)
    assert soft >= (MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES))
