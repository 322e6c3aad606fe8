"""ComfyUI's WebSockets, kept open: hints about progress, which don't decide how a job ended, and the line."""

from __future__ import annotations

import asyncio
import functools
import struct
import time
import uuid
from collections.abc import AsyncIterator, Callable

import aiohttp

from bridge.comfy.address import Address
from bridge.comfy.line import PATH, Line, parted
from bridge.comfy.messages import Event, parse
from bridge.comfy.process import Backend

HEARTBEAT_SECONDS = 20  # a socket that doesn't answer that is dead
AGAIN_SECONDS = 1.0  # after one was lost
HELLO_SECONDS = 5.0  # for the line's first frame
# After somebody answered who knows of no line: the pack may be put there, and then ComfyUI starts again.
NO_LINE_SECONDS = 30.0


async def events(
    session: aiohttp.ClientSession, address: Address, client_id: str, opened: Callable[[], None] = lambda: None
) -> AsyncIterator[Event]:
    """Events of all prompts queued under `client_id`, for as long as the socket lives; `opened` is called at its birth.

    Ends when the socket closes; the caller opens it again. The first message asks for previews that name their prompt.
    """
    # ComfyUI sends frames of many megabytes, over aiohttp's default limit: 0 is no limit.
    async with session.ws_connect(
        address.socket("/ws"),
        params={"clientId": client_id},
        headers=address.headers("/ws"),
        max_msg_size=0,
        heartbeat=HEARTBEAT_SECONDS,
    ) as socket:
        await socket.send_json({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
        opened()
        async for message in socket:
            if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                continue
            event = parse(message.data)
            if event:
                yield event


async def follow(session: aiohttp.ClientSession, backend: Backend, handle: Callable[[Event], None]) -> None:
    """Call `handle(event)` for ever, reopening the socket a second after it was lost.

    Each socket has a client id of its own: when ComfyUI notices late that the old one is gone, it would make a new one
    of the same id deaf.
    """
    while True:
        await backend.ready()
        client_id = uuid.uuid4().hex
        try:
            opened = functools.partial(backend.hear, client_id)
            async for event in events(session, backend.address, client_id, opened):
                handle(event)
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
            where, headers = backend.address.socket(PATH), backend.address.headers(PATH)
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
    hello, _ = parted(await socket.receive_bytes(timeout=HELLO_SECONDS))
    line = backend.line = Line(socket, tuple(hello["asks"]), int(hello["most_bytes"]))
    try:
        await line.listen()
    finally:
        backend.line = None
        line.lost()
