"""A proxy in front of a real ComfyUI that makes the faults which the real one won't make on demand."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar
from weakref import WeakSet

import aiohttp
from aiohttp import web

from bridge.comfy.line import LINE_PATH, frame_of, parts_of
from bridge.comfy.protocol import SECRET_HEADER

PASSED = ("Content-Type", "Authorization", SECRET_HEADER)
TURNS = 5  # of the loop: `asyncio` accepts in one, makes the transport in a second and tells the server in a third
Changed = Callable[[bytes], bytes | None]


class Chaos:
    """`with Chaos(url) as chaos:`; requests to `chaos.url` go to `url`, but for the faults that are switched on.

    `lose_answers` counts down answers to POST /prompt that are turned into a 500 after ComfyUI took the prompt;
    `drop_answers` those whose connection is closed instead; `keep_back` has the statuses of those that ComfyUI never
    gets, 0 for no answer; a line, before which no proxy answers, breaks instead. `drop_socket_after` closes each
    WebSocket after so many messages, `cut()` those that are open, the bridge's line too; `blind` hides the history for
    so many reads, `hide()` for so long; `part()` lets nothing through for so long, either way, or until `join()`. After
    `freeze()` the connections of now are half-open: nothing goes through them any more, and nothing says so. `calls`
    counts what came through, by method and first part of the path; what comes over the line counts as what it replaces,
    and in `on_line` too. Without `line` there is none, as with a ComfyUI that has an older node pack.
    """

    def __init__(self, target: str, *, line: bool = True) -> None:
        self.target, self._line = target, line
        self.url = ""
        self.lose_answers = self.drop_answers = 0
        self.keep_back: list[int] = []
        self.blind = 0
        self._hidden = self._parted = 0.0  # until then, by the monotonic clock
        self.drop_socket_after: int | None = None
        self.calls: Counter[str] = Counter()
        self.on_line: Counter[str] = Counter()
        self._near: WeakSet[asyncio.BaseTransport] = WeakSet()
        self._frozen: WeakSet[asyncio.BaseTransport] = WeakSet()
        self._sockets: dict[asyncio.Task[None], asyncio.BaseTransport | None] = {}
        self._over = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Chaos:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def hide(self, seconds: float) -> None:
        """Hide the history for so long."""
        self._hidden = time.monotonic() + seconds

    def hides(self) -> bool:
        """Whether the history is to be hidden from who looks now."""
        hidden = self.blind > 0 or time.monotonic() < self._hidden
        self.blind = max(0, self.blind - 1)
        return hidden

    def part(self, seconds: float) -> None:
        """Let nothing through for so long, as where the network is down; who asks meanwhile is hung up."""
        self._parted = time.monotonic() + seconds
        self.cut()

    def join(self) -> None:
        """Let everything through again."""
        self._parted = 0.0

    def parts(self) -> bool:
        """Whether nothing gets through now."""
        return time.monotonic() < self._parted

    def freeze(self) -> None:
        """Let the connections that are open now be half-open from now on."""
        self._loop.call_soon_threadsafe(lambda: self._frozen.update(self._near))

    def cut(self) -> None:
        """Close the WebSockets that are open now, but for half-open ones."""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for task, transport in self._sockets.items():
            if transport not in self._frozen:
                task.cancel()

    async def _open(self) -> None:
        self._session = aiohttp.ClientSession(auto_decompress=False)
        app = web.Application(client_max_size=1 << 30)
        app.router.add_get("/ws", self._socket)
        if self._line:
            app.router.add_get(LINE_PATH, self._socket)
        app.router.add_route("*", "/{path:.*}", self._forward)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        self._door = socket.create_server(("127.0.0.1", 0))
        await web.SockSite(self._runner, self._door).start()
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"

    async def _close(self) -> None:
        """Let nobody in, then end all connections: Python 3.11 leaves open what it accepts while its server closes."""
        self._over.set()
        self._loop.remove_reader(self._door)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        await self._runner.cleanup()
        await self._session.close()
        if rest := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(rest, timeout=5)  # each closes its transport at its end
        await asyncio.sleep(0)  # closed transports let go of their sockets in the next turn

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        call = f"{request.method} /{request.match_info['path'].split('/')[0]}"
        self.calls[call] += 1
        await self._pass(request)
        try:
            body = await request.read()
        except ConnectionResetError:  # the bridge was killed
            return self._hung_up(request)
        if self.parts():
            return self._hung_up(request)
        if call == "POST /prompt" and self.keep_back:
            status = self.keep_back.pop()
            return web.Response(status=status, text="No.") if status else self._hung_up(request)
        headers = {name: request.headers[name] for name in PASSED if name in request.headers}
        try:
            async with self._session.request(
                request.method, self.target + request.path_qs, data=body or None, headers=headers
            ) as answer:
                data = await answer.read()
                status, content_type = answer.status, answer.content_type
        except aiohttp.ClientError:  # a ComfyUI that has gone closes its connections, and so does this
            return self._hung_up(request)
        await self._pass(request)
        if self.parts():
            return self._hung_up(request)
        if call == "POST /prompt" and self.lose_answers > 0:
            self.lose_answers -= 1
            return web.Response(status=500, text="Internal Server Error")
        if call == "POST /prompt" and self.drop_answers > 0:
            self.drop_answers -= 1
            return self._hung_up(request)
        if call == "GET /history" and self.hides():
            return web.json_response({})
        return web.Response(status=status, body=data, content_type=content_type)

    def _hung_up(self, request: web.Request) -> web.Response:
        if request.transport:
            request.transport.close()
        return web.Response()

    async def _pass(self, request: web.Request) -> None:
        """Note the connection; on a half-open one this never returns."""
        if request.transport:
            self._near.add(request.transport)
        await self._frozen_stays(request.transport)

    async def _frozen_stays(self, transport: asyncio.BaseTransport | None) -> None:
        if transport in self._frozen:
            await self._over.wait()

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        on_line = request.path == LINE_PATH
        self.calls["LINE" if on_line else "WS"] += 1
        await self._pass(request)
        if self.parts():
            return self._hung_up(request)
        near = web.WebSocketResponse(autoping=False, max_msg_size=0)  # a half-open one answers no ping
        await near.prepare(request)
        address = self.target.replace("http", "ws", 1) + request.path_qs
        with suppress(aiohttp.ClientError):
            headers = {name: request.headers[name] for name in PASSED if name in request.headers}
            async with self._session.ws_connect(address, headers=headers, max_msg_size=0) as far:
                talk = Talk(self) if on_line else None
                asked, answered = (talk.asked, talk.answered) if talk else (_as_it_is, _as_it_is)
                most = None if talk else self.drop_socket_after
                up = asyncio.create_task(self._pass_on(near, far, None, request.transport, asked))
                down = asyncio.create_task(self._pass_on(far, near, most, request.transport, answered))
                self._sockets[down] = request.transport
                await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
                del self._sockets[down]
                up.cancel()
                down.cancel()
        await near.close()
        return near

    async def _pass_on(self, source: Any, sink: Any, most: int | None, transport: Any, changed: Changed) -> None:
        with suppress(ConnectionResetError):  # the other side has gone
            await self._pass_all(source, sink, most, transport, changed)

    async def _pass_all(self, source: Any, sink: Any, most: int | None, transport: Any, changed: Changed) -> None:
        passed = 0
        async for message in source:
            await self._frozen_stays(transport)
            if message.type is aiohttp.WSMsgType.TEXT:
                await sink.send_str(message.data)
            elif message.type is aiohttp.WSMsgType.BINARY:
                data = changed(message.data)
                if data is None:
                    return
                await sink.send_bytes(data)
            elif message.type is aiohttp.WSMsgType.PING:
                await source.pong(message.data)
            passed += 1
            if most is not None and passed >= most:
                return


def _as_it_is(data: bytes) -> bytes | None:
    return data


class Talk:
    """One line, whose answers suffer the same faults as HTTP's. What is None closes it."""

    MEANS: ClassVar = {"prompt": "POST /prompt", "ended": "GET /history", "upload": "POST /upload", "file": "GET /view"}

    def __init__(self, chaos: Chaos) -> None:
        self._chaos = chaos
        self._asks: dict[int, str] = {}

    def asked(self, frame: bytes) -> bytes | None:
        """A question passes, or does not."""
        head, _ = parts_of(frame)
        self._asks[head["id"]] = call = self.MEANS[head["ask"]]
        self._chaos.calls[call] += 1
        self._chaos.on_line[call] += 1
        if call == "POST /prompt" and self._chaos.keep_back:
            self._chaos.keep_back.pop()
            return None
        return frame

    def answered(self, frame: bytes) -> bytes | None:
        """An answer passes, or does not."""
        head, _ = parts_of(frame)
        call, chaos = self._asks.pop(head.get("id", -1), ""), self._chaos
        if call == "POST /prompt" and chaos.lose_answers > 0:
            chaos.lose_answers -= 1
            return frame_of({"id": head["id"], "status": 500})
        if call == "POST /prompt" and chaos.drop_answers > 0:
            chaos.drop_answers -= 1
            return None
        if call == "GET /history" and chaos.hides():
            return frame_of({"id": head["id"], "status": 404})
        return frame
