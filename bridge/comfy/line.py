"""The line to ComfyUI: one WebSocket for the questions of every job, which the node pack answers.

The questions and answers are those of HTTP, for a fraction of ComfyUI's time. Without the pack, or while the line is
down, the questions go over HTTP. The pack's `nodes/line.py` describes the frames.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bridge.core.errors import Unavailable

LINE_PATH = "/pixart/line"


def frame_of(head: Mapping[str, Any], data: bytes = b"") -> bytes:
    """A frame: the head's length as a big-endian u32, the head as JSON, and the bytes."""
    text = json.dumps(head).encode()
    return struct.pack(">I", len(text)) + text + data


def parts_of(frame: bytes) -> tuple[dict[str, Any], bytes]:
    """Head and bytes of a frame. Raises ValueError or struct.error for bytes that are no frame."""
    end = 4 + struct.unpack(">I", frame[:4])[0]
    return json.loads(frame[4:end]), frame[end:]


@dataclass(frozen=True)
class Answer:
    """The answer to a question on the line: a `status` as in HTTP, the content type or an empty text, and bytes."""

    status: int
    content_type: str
    data: bytes


@dataclass
class Line:
    """An open line; `asks` are the questions that the pack answers on it, in frames of at most `most_bytes`."""

    socket: aiohttp.ClientWebSocketResponse[bool]
    asks: Collection[str] = ()
    most_bytes: int = 0
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _waiting: dict[int, asyncio.Future[Answer]] = field(default_factory=dict)

    def takes(self, what: str, size: int = 0) -> bool:
        """Whether this question, with `size` bytes, may go over the line."""
        return what in self.asks and size <= self.most_bytes

    async def ask(self, what: str, seconds: float, about: Mapping[str, str], data: bytes = b"") -> Answer:
        """The answer. Raises Unavailable without one in time; whether the question arrived is unknown then."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self.socket.send_bytes(frame_of({"id": number, "ask": what, **about}, data))
            await asyncio.wait({answer}, timeout=seconds)
            if answer.done():
                return answer.result()
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"ComfyUI's line was lost: {error or type(error).__name__}.") from error
        finally:
            self._waiting.pop(number, None)
        raise Unavailable(f"ComfyUI did not answer on its line within {seconds:g} s.")

    async def listen(self) -> None:
        """Hand answers to those who wait for them, until the line is closed."""
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                head, data = parts_of(message.data)
                waiting = self._waiting.get(head.get("id", -1))
                if waiting and not waiting.done():
                    waiting.set_result(Answer(int(head["status"]), str(head.get("type", "")), data))

    def fail(self) -> None:
        """Raise ConnectionResetError in all questions that wait for an answer."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError("it was closed"))
