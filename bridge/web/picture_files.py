"""The route that turns pictures that browsers don't open, such as TIFF and Photoshop's files, into PNGs."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from aiohttp import web

from bridge.core.errors import BadRequest
from bridge.core.job import Upload
from bridge.core.picture import screen_copy
from bridge.core.picture.codec import check
from bridge.web.access import OPERATOR
from bridge.web.body import body_bytes
from bridge.web.guard import GUARD
from bridge.web.handlers import CALLER, MOST_PIXELS
from bridge.web.not_json import refuse_parts

PATH = "/pictures"
QUERY = ("name",)  # its parameters
FAILURES = {400: "it is no picture", 413: "it is too large", 415: "its Content-Encoding is not read"}
MOST_NAME = 255  # characters of a file's name
TEXT_PATTERN = re.compile(rb'\s*([{\["]|data:|[A-Za-z0-9+/_-]{24})')  # JSON, a data URL, or base64
WHOLE_BODY = "The body"  # the name of a file without a name
SUMMARY = (
    f"A PNG, of at most {screen_copy.LONGEST_SIDE} pixels a side, of any picture that jobs take (its name in ?name=)"
)


async def read(request: web.Request) -> web.Response:
    """The body's picture as a PNG. Raises BadRequest, TooLarge, TooManyRequests."""
    await request.app[GUARD].count(request, request.get(CALLER, OPERATOR))
    data = await body_bytes(request)
    refuse_parts(request.content_type)
    if not data:
        raise BadRequest("The body is empty; send a picture's bytes.", field=WHOLE_BODY)
    name = request.query.get("name", "")[:MOST_NAME] or WHOLE_BODY
    png = await asyncio.to_thread(_png, Upload(data, name), request.app[MOST_PIXELS])
    return web.Response(body=png, content_type="image/png")


def _png(upload: Upload, most: int) -> bytes:
    if TEXT_PATTERN.match(upload.data):
        hint = "Send the file's bytes as they are, neither in base64 nor in JSON."
        raise BadRequest(f"{upload.field} is text, not a picture.", field=upload.field, hint=hint)
    check(upload, most)
    return screen_copy.png(upload.data)


def operation() -> dict[str, Any]:
    """The route's OpenAPI operation, without its failures."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {
        "operationId": "pictures_post",
        "summary": SUMMARY,
        "parameters": [{"name": "name", "in": "query", "schema": {"type": "string", "maxLength": MOST_NAME}}],
        "requestBody": {"required": True, "content": {"application/octet-stream": binary}},
        "responses": {"200": {"description": "done", "content": {"image/png": binary}}},
    }
