"""The unread rest of an answered request's body, which is read and thrown away, within limits."""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import web

from bridge.core.deadline import within
from bridge.web.body import LARGEST_BODY
from bridge.web.handlers import WAITING_TASKS, Handler

# A client that is refused while it sends a picture reads the answer only after all is sent. These limits bound the cost
# of a stranger who goes on sending: 128 large reads or 1000 small ones, a tenth of a millisecond or less each.
MOST_BYTES = LARGEST_BODY
MOST_SECONDS = 10.0
PAUSE_SECONDS = 0.01  # between two reads: all pieces that arrive between are one read
SMALL_BYTES = 16 << 10  # bytes up to which the rest of a body is awaited, so that its connection can be used again

SCRATCH_BUFFER = bytearray(256 << 10)  # the buffer into which the rest is read, and which nobody reads


@web.middleware
async def leftover(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer, and read an unread body without the HTTP parser, for which chunks of a byte would cost seconds."""
    try:
        response = await handler(request)
    except web.HTTPException as redirect:
        await _part(request, redirect)
        raise
    await _part(request, response)
    return response


async def _part(request: web.Request, response: web.StreamResponse) -> None:
    if request.content.is_eof():
        return
    small = request.content_length is not None and request.content_length <= SMALL_BYTES
    if not small:
        response.force_close()
    task = asyncio.current_task()
    assert task is not None
    request.app[WAITING_TASKS].add(task)  # the server's end doesn't wait for answered requests
    try:
        with contextlib.suppress(ConnectionError, asyncio.TimeoutError):
            await response.prepare(request)
            await response.write_eof()
            if small:
                await within(MOST_SECONDS, request.release())
            elif request.transport is not None:
                length = request.content_length
                coming = MOST_BYTES if length is None else length - request.content.total_bytes
                await _thrown_away(request.transport, min(coming, MOST_BYTES))
    finally:
        request.app[WAITING_TASKS].discard(task)


async def _thrown_away(transport: asyncio.Transport, bytes_left: int) -> None:
    """Read the rest of the body, to its end or until the client has read its answer and closes."""
    before = transport.get_protocol()
    rest = _Rest(transport, before, bytes_left)
    transport.set_protocol(rest)
    transport.resume_reading()
    try:
        await asyncio.wait({rest.ended}, timeout=MOST_SECONDS)
    finally:
        transport.pause_reading()
        transport.set_protocol(before)


class _Rest(asyncio.BufferedProtocol):
    """A protocol that takes the bytes instead of aiohttp's protocol, to which it passes everything else on."""

    def __init__(self, transport: asyncio.Transport, before: asyncio.BaseProtocol, bytes_left: int) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport, self._before, self._left = transport, before, bytes_left

    def get_buffer(self, sizehint: int) -> bytearray:
        """See asyncio."""
        return SCRATCH_BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        """See asyncio."""
        self._left -= nbytes
        self._transport.pause_reading()
        if self._left > 0:
            self.ended.get_loop().call_later(PAUSE_SECONDS, self._read_on)
        else:
            self._end()

    def _read_on(self) -> None:
        if not self.ended.done():
            self._transport.resume_reading()

    def eof_received(self) -> None:
        """See asyncio."""
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self._before.connection_lost(exc)
        self._end()

    def pause_writing(self) -> None:
        """See asyncio."""
        self._before.pause_writing()

    def resume_writing(self) -> None:
        """See asyncio."""
        self._before.resume_writing()

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
