"""ComfyUI for the command line: prompts from start to end, without an event loop.

HTTP by the standard library, the WebSocket by websocket-client. The rules are those of `client.py`. Several threads may
run prompts at a time.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import websocket

from bridge.comfy.client import url_without_password
from bridge.comfy.ear import Ear, Watch
from bridge.comfy.instance import OF_COMMAND, ONLY_INSTANCE
from bridge.comfy.process import running, start_failure
from bridge.comfy.protocol import FILE_PARTS, Address, Outcome, object_in, read_outcome, refusal, submission
from bridge.core.errors import BackendFailure, Unavailable
from bridge.core.settings import Settings
from bridge.storage.data_folder import is_in_use

ANSWER_SECONDS = 60.0  # for one HTTP answer; also until a prompt without a message of its end is looked up
ADDRESS_HINT = "COMFYUI_URL must be the address of one."
UPLOAD_HINT = "It takes 100 MB unless it is started otherwise, as by COMFYUI_ARGS='--max-upload-size 400'."
STATS = "/system_stats"
SHUT = (401, 403)  # what doors answer who has not the token, or not the name and password
DOOR_HINT = "COMFYUI_URL must have what opens it: ?token=... as `pixart serve` prints it, or a name and password."
LOOK_SECONDS = 0.2  # seconds between two looks
MOST_MISSES = 5  # looks that must all miss a prompt before it counts as lost


class BlockingComfy:
    """A client of the ComfyUI at this address. Methods raise Unavailable when ComfyUI can't be reached."""

    def __init__(self, address: Address) -> None:
        self.url = url_without_password(address.url)  # urllib would read a name and password as a part of the host
        self.client_id = uuid.uuid4().hex
        self._address, self._login = address, address.login()
        self._ear: Ear | None = None
        self._open: set[str] = set()  # prompts that wait or run
        self._stopped = False

    def object_info(self) -> dict[str, Any]:
        """Every node class with its inputs and their present choices."""
        return self._json("/object_info")

    def stats(self) -> dict[str, Any]:
        """ComfyUI's versions and devices."""
        return self._json(STATS)

    def engine(self, name: str) -> dict[str, Any]:
        """The node pack's report of an engine beside ComfyUI's own, libraries included; empty without the pack."""
        with suppress(BackendFailure):
            return self._json(f"/pixart/engine/{name}?details")
        return {}

    def model_kinds(self) -> dict[str, Any]:
        """The node pack's report of each model file, by folder and name; empty without the pack."""
        with suppress(BackendFailure):
            return self._json("/pixart/models")
        return {}

    def upload(self, data: bytes, name: str, folder: str) -> str:
        """Put a picture into ComfyUI's input folder; returns the name by which a loader node reads the picture."""
        boundary = uuid.uuid4().hex
        parts = [("subfolder", "", folder.encode()), ("type", "", b"input"), ("image", f'; filename="{name}"', data)]
        body = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"{extra}\r\n\r\n'.encode() + value + b"\r\n"
            for field, extra, value in parts
        )
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        place = json.loads(self._ask("/upload/image", body + f"--{boundary}--\r\n".encode(), headers))
        return f"{place['subfolder']}/{place['name']}"

    @contextmanager
    def listening(self) -> Iterator[None]:
        """A context with one WebSocket for all prompts that run in it, in any thread."""
        with closing(Ear(self._socket())) as self._ear:
            try:
                yield
            finally:
                self._ear = None

    def run(self, prompt: Mapping[str, Any], graph: Mapping[str, Any], watch: Watch) -> Outcome:
        """Queue a prompt and wait for its end; `watch` gets ComfyUI's node states as they change.

        Raises PromptRefused when ComfyUI won't run the whole prompt, BackendFailure when the prompt is lost or stopped.
        """
        if self._ear is None:
            with self.listening():
                return self.run(prompt, graph, watch)
        prompt_id = str(uuid.uuid4())
        self._open.add(prompt_id)
        try:
            with self._ear.subscription(prompt_id, watch) as ended:
                self._require_going()
                self._submit(prompt_id, prompt, graph)
                return self._outcome(prompt_id, ended)
        finally:
            self._open.discard(prompt_id)

    def stop(self) -> None:
        """Take back every prompt that waits or runs; each `run` under way raises BackendFailure."""
        self._stopped = True
        prompt_ids = list(self._open)
        with suppress(Unavailable, BackendFailure):
            self._send("/queue", {"delete": prompt_ids})
            for prompt_id in prompt_ids:
                self._send("/interrupt", {"prompt_id": prompt_id})
        if self._ear:
            self._ear.close()

    def _submit(self, prompt_id: str, prompt: Mapping[str, Any], graph: Mapping[str, Any]) -> None:
        answer = json.loads(self._send("/prompt", submission(prompt_id, prompt, graph, self.client_id)))
        if "prompt_id" not in answer or answer.get("node_errors"):
            raise refusal(answer)

    def fetch(self, file: Mapping[str, str]) -> bytes:
        """A result file; `file` is an entry of a node's `images`."""
        return self._ask("/view?" + urllib.parse.urlencode({part: file[part] for part in FILE_PARTS}))

    def _outcome(self, prompt_id: str, ended: threading.Event) -> Outcome:
        """The prompt's outcome, looked up again and again until there is one.

        The queue is read before the history: in the other order, a prompt that ends in between would seem lost.
        """
        misses = 0
        while misses < MOST_MISSES:
            ended.wait(LOOK_SECONDS if misses else ANSWER_SECONDS)
            self._require_going()
            if not ended.is_set() and self._waits(prompt_id):
                continue
            ended.clear()
            if entry := self._json(f"/history/{prompt_id}").get(prompt_id):
                return read_outcome(entry)
            misses += 1
        raise BackendFailure("ComfyUI lost the prompt.", hint="Its log says more.")

    def _require_going(self) -> None:
        if self._stopped:
            raise BackendFailure("It was stopped.")

    def _waits(self, prompt_id: str) -> bool:
        queue = self._json("/queue")
        return any(entry[1] == prompt_id for entry in (*queue["queue_running"], *queue["queue_pending"]))

    def _socket(self) -> websocket.WebSocket:
        address = self.url.replace("http", "ws", 1) + f"/ws?clientId={self.client_id}"
        header = {**self._login, **self._address.headers("/ws")}
        with self._reaching(websocket.WebSocketException, OSError):
            return websocket.create_connection(address, timeout=ANSWER_SECONDS, suppress_origin=True, header=header)

    def _json(self, path: str) -> dict[str, Any]:
        answer = object_in(self._ask(path))
        if answer is None:
            raise BackendFailure(f"What answers at {self.url} is not ComfyUI.", hint=ADDRESS_HINT)
        return answer

    def _send(self, path: str, body: bytes | Mapping[str, Any]) -> bytes:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._ask(path, data, {"Content-Type": "application/json"})

    def _ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
        all_headers = {**(headers or {}), **self._login, **self._address.headers(path)}
        request = urllib.request.Request(self.url + path, body, all_headers)
        with self._reaching(OSError, http.client.HTTPException):
            try:
                with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
                    return answer.read()
            except urllib.error.HTTPError as error:
                with error:  # which holds the connection
                    if error.code == 400:
                        return error.read()
                hint = UPLOAD_HINT if error.code == 413 else None
                hint = DOOR_HINT if error.code in SHUT and path == STATS else hint
                raise BackendFailure(f"ComfyUI at {self.url} answered {error.code} to {path}.", hint=hint) from error

    @contextmanager
    def _reaching(self, *failures: type[Exception]) -> Iterator[None]:
        try:
            yield
        except failures as error:
            raise Unavailable(f"ComfyUI at {self.url} can't be reached: {error}.") from error


@contextmanager
def connected(settings: Settings, say: Callable[[str], None]) -> Iterator[BlockingComfy]:
    """A client of the ComfyUI in the settings, else of one that a bridge runs here, else of one started for this."""
    if settings.comfyui_url:
        yield _comfy_at(Address.parsed(settings.comfyui_urls[0], settings.comfyui_secret or ""))
        return
    if comfy := _running(settings):
        say(f"Using the ComfyUI that runs at {comfy.url}.")
        yield comfy
        return
    say("Starting ComfyUI ...")
    # the ComfyUI of a bridge that has just begun doesn't answer yet: its files stay as they are
    instance = OF_COMMAND if is_in_use(settings.data) else ONLY_INSTANCE
    with running(settings, instance) as (address, child):
        deadline = time.monotonic() + settings.comfyui_start_seconds
        while True:
            with suppress(Unavailable):
                comfy = _comfy_at(address)
                break
            if child.poll() is not None or time.monotonic() > deadline:
                raise start_failure(settings, "did not start", instance)
            time.sleep(LOOK_SECONDS)
        yield comfy


def _comfy_at(address: Address) -> BlockingComfy:
    comfy = BlockingComfy(address)
    if "comfyui_version" not in (comfy.stats().get("system") or {}):
        raise BackendFailure(f"What answers at {comfy.url} is not ComfyUI.", hint=ADDRESS_HINT)
    return comfy


def _running(settings: Settings) -> BlockingComfy | None:
    """The ComfyUI whose address a bridge has noted; None where that ComfyUI has ended, or belongs to another user."""
    # another program may have ComfyUI's port now; only the bridge's own user may read the secret's file
    with suppress(FileNotFoundError, PermissionError, Unavailable, BackendFailure):
        if address := settings.comfyui_note.read_text(encoding="utf-8").strip():
            return _comfy_at(Address.parsed(address, _secret(settings.comfyui_secret_note)))
    return None


def _secret(note: Path) -> str:
    """The secret of the pack's routes from its file; empty without one that can be read."""
    with suppress(FileNotFoundError, PermissionError):
        return note.read_text(encoding="utf-8").strip()
    return ""
