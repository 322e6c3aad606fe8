"""ComfyUI for the command line: one prompt from start to end, without an event loop.

HTTP by the standard library, the WebSocket by websocket-client. The rules are those of `client.py`.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import websocket

from bridge.comfy.address import Address
from bridge.comfy.client import Outcome, object_in, read_outcome, read_refusal, shown
from bridge.comfy.feed import parse
from bridge.comfy.process import running, stillborn
from bridge.core.errors import BackendFailure, PromptRefused, Unavailable
from bridge.core.settings import Settings

SECONDS = 60.0  # for one HTTP answer; also how long the socket may be silent before the history is asked
ELSEWHERE = "COMFYUI_URL must be the address of one."
MISSES = 5  # looks, 0.2 s apart, that must all miss a prompt before it counts as lost


class BlockingComfy:
    """One ComfyUI, by its address. Methods raise Unavailable when it can't be reached."""

    def __init__(self, address: Address) -> None:
        self.url = shown(address.url)  # urllib takes a name and password for a part of the host
        self.client_id = uuid.uuid4().hex
        self._address, self._login = address, address.login()

    def object_info(self) -> dict[str, Any]:
        """Every node class with its inputs and the choices it has now."""
        return self._json("/object_info")

    def stats(self) -> dict[str, Any]:
        """Versions and devices."""
        return self._json("/system_stats")

    def engine(self, name: str) -> dict[str, Any]:
        """What the node pack says of an engine beside ComfyUI's own, libraries included; empty without the pack."""
        try:
            return self._json(f"/pixart/engine/{name}?details")
        except BackendFailure:
            return {}

    def upload(self, data: bytes, name: str, folder: str) -> str:
        """Put a picture into ComfyUI's input folder; returns the name that a loader node takes."""
        boundary = uuid.uuid4().hex
        parts = [("subfolder", "", folder.encode()), ("type", "", b"input"), ("image", f'; filename="{name}"', data)]
        body = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"{extra}\r\n\r\n'.encode() + value + b"\r\n"
            for field, extra, value in parts
        )
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        stored = json.loads(self._ask("/upload/image", body + f"--{boundary}--\r\n".encode(), headers))
        return f"{stored['subfolder']}/{stored['name']}"

    def run(
        self, prompt: Mapping[str, Any], graph: Mapping[str, Any], watch: Callable[[Mapping[str, Any]], None]
    ) -> Outcome:
        """Queue a prompt and wait for its end; `watch` gets ComfyUI's node states as they change.

        Raises PromptRefused when ComfyUI won't run all of it, BackendFailure when it loses the prompt.
        """
        prompt_id = str(uuid.uuid4())
        with self._socket() as socket:
            self._submit(prompt_id, prompt, graph)
            self._follow(socket, prompt_id, watch)
        return self._outcome(prompt_id)

    def fetch(self, file: Mapping[str, str]) -> bytes:
        """A result file; `file` is an entry of a node's `images`."""
        return self._ask("/view?" + urllib.parse.urlencode({k: file[k] for k in ("filename", "subfolder", "type")}))

    def _outcome(self, prompt_id: str) -> Outcome:
        """How the prompt ended, asked for until it has: queue first, then history."""
        misses = 0
        while misses < MISSES:
            queue = self._json("/queue")
            if any(entry[1] == prompt_id for entry in (*queue["queue_running"], *queue["queue_pending"])):
                time.sleep(0.2)
                continue
            entry = self._json(f"/history/{prompt_id}").get(prompt_id)
            if entry:
                return read_outcome(entry)
            misses += 1
            time.sleep(0.2)
        raise BackendFailure("ComfyUI lost the prompt.", hint="Its log says more.")

    def _submit(self, prompt_id: str, prompt: Mapping[str, Any], graph: Mapping[str, Any]) -> None:
        extra = {"extra_pnginfo": {"workflow": graph}}
        body = {"prompt": prompt, "prompt_id": prompt_id, "client_id": self.client_id, "extra_data": extra}
        answer = json.loads(self._ask("/prompt", json.dumps(body).encode(), {"Content-Type": "application/json"}))
        if "prompt_id" not in answer or answer.get("node_errors"):
            raise PromptRefused(read_refusal(answer), node_errors=answer.get("node_errors"))

    def _follow(self, socket: websocket.WebSocket, prompt_id: str, watch: Callable[[Mapping[str, Any]], None]) -> None:
        """Read messages until the prompt has ended, or until the socket is of no more use."""
        with suppress(websocket.WebSocketException, OSError):
            while True:
                event = parse(socket.recv())
                if event is None or event.prompt_id != prompt_id:
                    continue
                if event.ended:
                    return
                if event.nodes:
                    watch(event.nodes)

    @contextmanager
    def _socket(self) -> Iterator[websocket.WebSocket]:
        address = self.url.replace("http", "ws", 1) + f"/ws?clientId={self.client_id}"
        header = {**self._login, **self._address.headers("/ws")}
        try:
            socket = websocket.create_connection(address, timeout=SECONDS, suppress_origin=True, header=header)
        except (websocket.WebSocketException, OSError) as error:
            raise Unavailable(f"ComfyUI at {self.url} can't be reached: {error}.") from error
        try:
            yield socket
        finally:
            socket.close()

    def _json(self, path: str) -> dict[str, Any]:
        found = object_in(self._ask(path))
        if found is None:
            raise BackendFailure(f"What answers at {self.url} is not ComfyUI.", hint=ELSEWHERE)
        return found

    def _ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
        known = {**self._login, **self._address.headers(path)}
        request = urllib.request.Request(self.url + path, body, {**(headers or {}), **known})
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            if error.code == 400:
                return error.read()
            raise BackendFailure(f"ComfyUI answered {error.code} to {path}.") from error
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"ComfyUI at {self.url} can't be reached: {error}.") from error


@contextmanager
def connected(settings: Settings, say: Callable[[str], None]) -> Iterator[BlockingComfy]:
    """A ComfyUI to work with: the one that is set, else the one that the bridge runs, else one started for this."""
    if settings.comfyui_url:
        yield _reached(Address.parsed(settings.comfyui_url, settings.comfyui_secret or ""))
        return
    noted = _note(settings.comfyui_note)
    found = _found(Address.parsed(noted, _note(settings.comfyui_secret_note))) if noted else None
    if found:
        say(f"Using the ComfyUI that runs at {found.url}.")
        yield found
        return
    say("Starting ComfyUI ...")
    with running(settings) as (address, child):
        deadline = time.monotonic() + settings.comfyui_start_seconds
        while True:
            with suppress(Unavailable):
                _reached(address)
                break
            if child.poll() is not None or time.monotonic() > deadline:
                raise stillborn(settings, "did not start")
            time.sleep(0.2)
        yield BlockingComfy(address)


def _note(path: Path) -> str:
    """What a bridge noted there when it started ComfyUI; empty where none has, or where it is another user's."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, PermissionError):
        return ""


def _reached(address: Address) -> BlockingComfy:
    comfy = BlockingComfy(address)
    if "comfyui_version" not in (comfy.stats().get("system") or {}):
        raise BackendFailure(f"What answers at {comfy.url} is not ComfyUI.", hint=ELSEWHERE)
    return comfy


def _found(noted: Address) -> BlockingComfy | None:
    """The ComfyUI of a bridge that runs; None where it ended, and perhaps another program has its port now."""
    try:
        return _reached(noted)
    except (Unavailable, BackendFailure):
        return None
