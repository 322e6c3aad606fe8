"""A line for the bridge: what it asks ComfyUI for with every job goes over one WebSocket, GET /pixart/line.

Only who sends the bridge's secret is answered.
Each frame is the length of a JSON head (big-endian, 32 bits), the head, and bytes. The first one is ours, its head says
which `asks` are known here. A question's head has an `id`, what it `ask`s for and what that takes; its answer has the
same id and a `status` as HTTP has. The answers are ComfyUI's own: POST /prompt's by its own handler, the rest from its
queue and its folders. What HTTP costs more: /history copies whole prompts, /view waits for a thread, and each request
waits for its turn with the thread that draws.
"""

from __future__ import annotations

import asyncio
import json
import logging
import mimetypes
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path, PurePath
from typing import Any

import folder_paths
from aiohttp import web
from server import PromptServer

from ..bridge_secret import for_the_bridge

PATH = "/pixart/line"
MOST_BYTES = 1 << 20  # of a frame: what is larger holds the events of others up, and goes over HTTP
SUFFIX = ".half"  # of a picture that is being written
MEDIA = ("image/", "video/", "audio/")  # as which a file may be shown; what a browser would run is only bytes

log = logging.getLogger(__name__)

Head = Mapping[str, Any]
Answer = tuple[dict[str, Any], bytes]  # head and bytes


def packed(head: Head, data: bytes = b"") -> bytes:
    """A frame."""
    text = json.dumps(head).encode()
    return struct.pack(">I", len(text)) + text + data


def parted(frame: bytes) -> tuple[dict[str, Any], bytes]:
    """Head and bytes of a frame. Raises ValueError for what is none."""
    if len(frame) < 4:
        raise ValueError("a frame begins with four bytes")
    end = 4 + struct.unpack(">I", frame[:4])[0]
    return json.loads(frame[4:end]), frame[end:]


async def _prompt(request: web.Request, head: Head, data: bytes) -> Answer:
    """POST /prompt with this body."""
    forwarded = request.clone(method="POST", rel_url="/prompt", headers={"Content-Type": "application/json"})
    forwarded._read_bytes = data  # as if it had been read from the connection, which is a WebSocket's now
    answer = await _posted()(forwarded)
    body = answer.body if isinstance(answer, web.Response) else b""
    return {"status": answer.status}, body if isinstance(body, bytes) else b""


def _posted() -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """ComfyUI's own handler of POST /prompt."""
    routes = PromptServer.instance.routes
    return next(
        route.handler  # type: ignore[misc]  # ComfyUI's are coroutines
        for route in routes
        if isinstance(route, web.RouteDef) and (route.method, route.path) == ("POST", "/prompt")
    )


async def _ended(_: web.Request, head: Head, data: bytes) -> Answer:
    """How a prompt ended, from the history, without the prompt itself; 404 where it isn't there."""
    queue, prompt_id = PromptServer.instance.prompt_queue, head["prompt"]
    entry = queue.get_history(prompt_id=prompt_id, map_function=_light).get(prompt_id)
    return ({"status": 404}, b"") if entry is None else ({"status": 200}, json.dumps(entry).encode())


def _light(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: entry.get(name) for name in ("status", "outputs")}


async def _upload(_: web.Request, head: Head, data: bytes) -> Answer:
    """Put a picture into the input folder under exactly this name, which goes by what is in it."""
    path = _within(folder_paths.get_input_directory(), head["name"])
    if path is None:
        return {"status": 400}, b""
    if not (path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data):
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(path.name + SUFFIX)
        half.write_bytes(data)
        half.replace(path)
    return {"status": 200}, b""


async def _file(_: web.Request, head: Head, data: bytes) -> Answer:
    """A file that a node wrote; 413 where it is too large for a frame."""
    folder = folder_paths.get_directory_by_type(head["type"] or "output")
    path = _within(folder, f"{head['subfolder']}/{Path(head['filename']).name}") if folder else None
    if path is None or not path.is_file():
        return {"status": 404}, b""
    if path.stat().st_size > MOST_BYTES:
        return {"status": 413}, b""
    kind = mimetypes.guess_type(path.name)[0] or ""
    return {"status": 200, "type": kind if kind.startswith(MEDIA) else "application/octet-stream"}, path.read_bytes()


def _within(folder: str, name: str) -> Path | None:
    """A path below the folder; None for one that leads out of it, and for a name that no file can have."""
    path = PurePath(name)
    leaves = path.anchor or ".." in path.parts or not path.parts
    return None if leaves or "\0" in name else Path(folder) / path


ASKS = {"prompt": _prompt, "ended": _ended, "upload": _upload, "file": _file}


async def _answered(request: web.Request, frame: bytes) -> bytes:
    """The answer's frame. What goes wrong with one question is a status, and not the end of the line."""
    head, data = parted(frame)
    if head["ask"] not in ASKS:
        return packed({"id": head["id"], "status": 501})
    [answer] = await asyncio.gather(ASKS[head["ask"]](request, head, data), return_exceptions=True)
    if isinstance(answer, BaseException):
        log.error("The bridge could not be answered", exc_info=answer)
        answer = {"status": 500}, b""
    return packed({"id": head["id"], **answer[0]}, answer[1])


async def _line(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(max_msg_size=2 * MOST_BYTES, heartbeat=20)
    await socket.prepare(request)
    await socket.send_bytes(packed({"asks": list(ASKS), "most_bytes": MOST_BYTES}))
    async for message in socket:
        if message.type is web.WSMsgType.BINARY:
            await socket.send_bytes(await _answered(request, message.data))
    return socket


def serve() -> None:
    """Add the route to ComfyUI's server, once: the pack may be there twice."""
    routes = PromptServer.instance.routes
    if PATH not in {getattr(route, "path", "") for route in routes}:
        routes.get(PATH)(for_the_bridge(_line))
