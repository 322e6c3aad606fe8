"""A request's body on its way in: so many bytes, within so much time, and only for whom the server has let in."""

from __future__ import annotations

import asyncio
import io

from aiohttp import HttpVersion11, web

from bridge.core.deadline import within
from bridge.core.errors import BadRequest, TooSlow
from bridge.web.encoding import encoding_of, in_utf8, too_large, unpacked

LARGEST_BODY = 32 << 20  # bytes: an 18 MB picture in base64, and room for the rest
BODY_SECONDS = web.AppKey("body_seconds", float)


async def expected(http: web.Request) -> None:
    """Leave a client that asks first without an answer until somebody wants its body: see `arrived`."""
    expect = http.headers.get("Expect", "")
    if http.version == HttpVersion11 and expect.lower() != "100-continue":
        raise web.HTTPExpectationFailed(text=f"Unknown Expect: {expect}")


async def arrived(http: web.Request) -> bytes:
    """The body, unpacked.

    Raises UnknownEncoding, TooLarge, TooSlow, BadRequest for a damaged one, and ConnectionResetError where the client
    went away.
    """
    encoding, seconds = encoding_of(http.headers.getall("Content-Encoding", [])), http.app[BODY_SECONDS]
    if (http.content_length or 0) > LARGEST_BODY:
        raise too_large(LARGEST_BODY)
    if http.version == HttpVersion11 and "Expect" in http.headers:
        await http.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        http.writer.output_size = 0  # of the answer nothing is written
    try:
        data = await within(seconds, _read(http))
    except asyncio.TimeoutError as error:
        raise TooSlow(f"The body had not arrived after {seconds:g} s.") from error
    except web.RequestPayloadError as error:
        raise BadRequest("The body is not what its Transfer-Encoding says.") from error
    data = await asyncio.to_thread(unpacked, data, encoding, LARGEST_BODY) if encoding else data
    return in_utf8(data, http.charset, LARGEST_BODY)


async def _read(http: web.Request) -> bytes:
    body = io.BytesIO()
    async for piece in http.content.iter_any():
        body.write(piece)
        if body.tell() > LARGEST_BODY:
            raise too_large(LARGEST_BODY)
    return body.getvalue()  # which copies nothing
