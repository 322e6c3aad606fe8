"""ComfyUI's two WebSockets, reopened when they are lost: events, which are hints about progress, and the line."""

from __future__ import annotations

import asyncio
import functools
import json
import struct
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bridge.comfy.line import LINE_PATH, Line, parts_of
from bridge.comfy.process import Backend
from bridge.comfy.protocol import Address, files_of

HEARTBEAT_SECONDS = 20  # between pings; a socket that doesn't answer one is dead
AGAIN_SECONDS = 1.0  # between the loss of a socket and the next one
HELLO_SECONDS = 5.0  # for the line's first frame
# Between tries at a ComfyUI without a line: somebody may install the pack, and then ComfyUI starts again.
NO_LINE_SECONDS = 30.0
PREVIEW_WITH_METADATA = 4
# Beginnings of half of ComfyUI's messages, which are dropped without being parsed.
OF_NO_USE = ('{"type": "status", ', '{"type": "executing", "data": {"node": "')
PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp")

Files = Mapping[str, Sequence[Mapping[str, Any]]]  # files by the ids of the nodes that wrote them


@dataclass(frozen=True)
class Event:
    """One hint about one prompt: node states, a preview picture, files that a node wrote, or the prompt's end.

    `drawn`: the last node has ended, and the history may come a little later. `ended`: the history is there.
    """

    prompt_id: str
    nodes: Mapping[str, Any] = field(default_factory=dict)
    files: Files = field(default_factory=dict)
    preview: tuple[str, bytes] | None = None
    drawn: bool = False
    ended: bool = False


def parse(message: str | bytes) -> Event | None:
    """A WebSocket message as an Event, or None for a message that is of no use here.

    Binary messages start with a big-endian u32 type; type 4 is u32 length, JSON metadata, picture. Any custom node may
    send messages of its own on this socket, so that a message of another form is no error.
    """
    try:
        return _parse_binary(message) if isinstance(message, bytes) else _parse_text(message)
    except (ValueError, RecursionError):
        return None


def _parse_text(text: str) -> Event | None:
    if text.startswith(OF_NO_USE):
        return None
    message = _object(json.loads(text))
    kind, data = message.get("type"), _object(message.get("data"))
    prompt_id = data.get("prompt_id")
    if not isinstance(prompt_id, str):
        return None
    if kind == "progress_state":
        return Event(prompt_id, nodes={key: _state(_object(node)) for key, node in _object(data.get("nodes")).items()})
    if kind == "executed":
        return Event(prompt_id, files={str(data.get("node")): files_of(_object(data.get("output")))})
    if kind == "execution_success":
        return Event(prompt_id, drawn=True)
    if kind == "executing" and data.get("node") is None:
        return Event(prompt_id, ended=True)  # it comes after the history, of a failure too
    return None


def _parse_binary(frame: bytes) -> Event | None:
    if len(frame) < 8 or struct.unpack(">I", frame[:4])[0] != PREVIEW_WITH_METADATA:
        return None
    length = struct.unpack(">I", frame[4:8])[0]
    meta = _object(json.loads(frame[8 : 8 + length]))
    prompt_id, kind = meta.get("prompt_id"), meta.get("image_type", "image/jpeg")
    if not isinstance(prompt_id, str) or kind not in PICTURE_TYPES:
        return None
    return Event(prompt_id, preview=(kind, frame[8 + length :]))


def _state(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node's state; a progress bar's value that is no usable number counts as 0."""
    return {"state": node.get("state"), "value": _number(node.get("value")), "max": _number(node.get("max"))}


def _number(value: Any) -> float:
    return value if isinstance(value, (int, float)) and 0 <= value < 2**53 else 0


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


async def _of_one_socket(
    session: aiohttp.ClientSession, address: Address, client_id: str, on_open: Callable[[], None] = lambda: None
) -> AsyncIterator[Event]:
    """Events of all prompts queued under `client_id`, until the socket closes; `on_open` is called when it is open.

    The first message asks for previews that name their prompt.
    """
    # ComfyUI's frames of many megabytes exceed aiohttp's default limit: 0 is no limit.
    async with session.ws_connect(
        address.socket("/ws"),
        params={"clientId": client_id},
        headers=address.headers("/ws"),
        max_msg_size=0,
        heartbeat=HEARTBEAT_SECONDS,
    ) as socket:
        await socket.send_json({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
        on_open()
        async for message in socket:
            if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                continue
            event = parse(message.data)
            if event:
                yield event


async def events(session: aiohttp.ClientSession, backend: Backend) -> AsyncIterator[Event]:
    """Events for ever, of one socket after the other: the next is opened a second after one was lost.

    Each socket has a client id of its own: when ComfyUI notices late that the old one is gone, it would make a new one
    of the same id deaf.
    """
    while True:
        await backend.ready()
        client_id = uuid.uuid4().hex
        try:
            on_open = functools.partial(backend.hear, client_id)
            async for event in _of_one_socket(session, backend.address, client_id, on_open):
                yield event
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
            pass
        backend.hear("")
        await asyncio.sleep(AGAIN_SECONDS)


async def hold(session: aiohttp.ClientSession, backend: Backend) -> None:
    """Keep a line open for ever, as `backend.line`, wherever there is somebody who answers."""
    while True:
        await backend.ready()
        born, pause = backend.generation, AGAIN_SECONDS
        try:
            where, headers = backend.address.socket(LINE_PATH), backend.address.headers(LINE_PATH)
            about = {"headers": headers, "max_msg_size": 0, "heartbeat": HEARTBEAT_SECONDS}
            async with session.ws_connect(where, **about) as socket:
                await _use(socket, backend)
        except aiohttp.WSServerHandshakeError:
            pause = NO_LINE_SECONDS
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError, LookupError, TypeError, struct.error):
            pass
        until = time.monotonic() + pause
        while backend.generation == born and time.monotonic() < until:
            await asyncio.sleep(AGAIN_SECONDS)


async def _use(socket: aiohttp.ClientWebSocketResponse[bool], backend: Backend) -> None:
    hello, _ = parts_of(await socket.receive_bytes(timeout=HELLO_SECONDS))
    line = backend.line = Line(socket, tuple(hello["asks"]), int(hello["most_bytes"]))
    try:
        await line.listen()
    finally:
        backend.line = None
        line.fail()
