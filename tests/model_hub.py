"""A hub for model files on loopback: serves ranges, and breaks in all the ways in which one does."""

from __future__ import annotations

import hashlib
import json
import re
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

REVISION = "a" * 40
PIECE = 64 << 10  # bytes that are sent at a time


def safetensors(size: int, seed: str = "weights") -> bytes:
    """A whole safetensors file of about so many bytes, the same for the same seed."""
    header = json.dumps({"weight": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    block = hashlib.sha256(seed.encode()).digest()
    return struct.pack("<Q", len(header)) + header + (block * (size // len(block) + 1))[:size]


@dataclass(frozen=True)
class Request:
    """What somebody asked for, as the hub heard it."""

    path: str
    range: str | None
    authorization: str | None
    agent: str | None


@dataclass
class Fault:
    """How a file is answered for: a status instead of it, how often, and what else goes wrong."""

    status: int = 0
    times: int = 1 << 30  # after which all is well
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int = 0  # bytes of an answer, after which the connection ends
    rate: float = 0.0  # bytes a second
    no_ranges: bool = False
    redirect: str = ""  # address of the same file on another server
    token: str = ""  # without which it answers 401


class ModelHub:
    """`with ModelHub() as hub:`; `hub.put(...)` files, then fetch them from `hub.url`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, Fault] = {}
        self.heard: list[Request] = []
        self._server = Server(self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> ModelHub:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, name: str, data: bytes, fault: Fault | None = None, folder: str = "checkpoints") -> dict[str, Any]:
        """Serve a file of `owner/model`; returns what a manifest says of it."""
        self.files[self.path(name)] = data
        if fault:
            self.faults[self.path(name)] = fault
        sha256 = hashlib.sha256(data).hexdigest()
        place = {"repo": "owner/model", "revision": REVISION, "path": name}
        return {"folder": folder, **place, "sha256": sha256, "size": len(data), "licence": "MIT"}

    def path(self, name: str) -> str:
        return f"/owner/model/resolve/{REVISION}/{name}"

    def asked(self, name: str) -> list[Request]:
        """The requests for a file, but for those that only ask how long it is."""
        return [each for each in self.heard if each.path == self.path(name) and each.range != "bytes=0-0"]


class Handler(BaseHTTPRequestHandler):
    """One connection to the hub that the server belongs to."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        hub, path = self.server.hub, unquote(urlsplit(self.path).path)
        names = ("Range", "Authorization", "User-Agent")
        hub.heard.append(Request(path, *(self.headers.get(name) for name in names)))
        fault = hub.faults.get(path, Fault())
        fault.times -= 1
        if fault.times < 0:
            fault = Fault()
        if fault.redirect:
            self._end(302, {"Location": fault.redirect + self.path})
        elif fault.token and self.headers.get("Authorization") != f"Bearer {fault.token}":
            self._end(401)
        elif fault.status:
            self._end(fault.status, fault.headers)
        elif path not in hub.files:
            self._end(404)
        else:
            self._send(hub.files[path], fault)

    def _end(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, data: bytes, fault: Fault) -> None:
        start, end = 0, len(data)
        ranged = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if fault.no_ranges:
            ranged = None
        if ranged:
            start, end = int(ranged[1]), min(int(ranged[2] or len(data)) + 1, len(data))
        if start >= len(data):
            return self._end(416)
        self.send_response(206 if ranged else 200)
        if ranged:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
        self.send_header("Content-Length", str(end - start))
        self.end_headers()
        return self._pour(data[start:end], fault)

    def _pour(self, data: bytes, fault: Fault) -> None:
        self.close_connection = bool(fault.cut_after)
        data = data[: fault.cut_after or len(data)]
        with suppress(OSError):  # whoever asked has gone
            for at in range(0, len(data), PIECE):
                self.wfile.write(data[at : at + PIECE])
                if fault.rate:
                    time.sleep(PIECE / fault.rate)


class Server(ThreadingHTTPServer):
    """The hub's server, which ends without waiting for slow answers."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, hub: ModelHub) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hub = hub

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: who is cut off in the middle of an answer is what these tests are about."""


def manifest(folder: Path, files: dict[str, dict[str, Any]], **sets: list[str]) -> Path:
    """A manifest of these files and sets, in a file."""
    path = folder / "manifest.json"
    told = {name: {"summary": f"the set {name}", "files": files} for name, files in sets.items()}
    path.write_text(json.dumps({"sets": told, "files": files}))
    return path
