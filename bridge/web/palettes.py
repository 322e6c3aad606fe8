"""The route that reads the colours of a palette from a file, a text or a picture, by the node pack."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bridge.adapters.picture_fields import MOST_COLORS
from bridge.core.errors import BadRequest, TooLarge
from bridge.web.access import OPERATOR
from bridge.web.body import body_bytes
from bridge.web.guard import GUARD
from bridge.web.handlers import CALLER, JOBS
from bridge.web.not_json import refuse_parts

PATH = "/palettes"
QUERY = ("name", "colors")  # its parameters
FAILURES = {  # statuses, with their meaning
    400: "it is no palette",
    413: "it is too large",
    415: "its Content-Encoding is not read",
    503: "ComfyUI does not answer",
}
MOST_BYTES = 4 << 20  # palette files have some kilobytes, pictures that colours are taken from a megabyte
LEAST_COLORS = 2
USUAL_COLORS = 16  # the default number of colours from a picture with more than a palette has room for
MOST_NAME = 255  # characters of a file's name
SUMMARY = "Colours of a palette file (its name in ?name=), a text, or a picture (the best ?colors= of it)"


async def read(request: web.Request) -> web.Response:
    """The body's palette as JSON: `name`, `title`, `author`, `colors` as #rrggbb, and the `format` of the body.

    Raises BadRequest, TooLarge, TooManyRequests, and Unavailable while ComfyUI doesn't answer.
    """
    count, name = colors_of(request.query.get("colors", "")), request.query.get("name", "")[:MOST_NAME]
    if (request.content_length or 0) > MOST_BYTES:
        raise _too_large(request.content_length or 0)
    await request.app[GUARD].count(request, request.get(CALLER, OPERATOR))
    data = await body_bytes(request)
    refuse_parts(request.content_type)
    if not data:
        raise BadRequest("The body is empty; send a palette file, colours as text, or a picture.", field="palette")
    if len(data) > MOST_BYTES:
        raise _too_large(len(data))
    return web.json_response(await request.app[JOBS].palette(data, name, count))


def colors_of(text: str) -> int:
    """The number of colours to take from a picture. Raises BadRequest."""
    if not text:
        return USUAL_COLORS
    if not text.isdecimal() or not LEAST_COLORS <= int(text) <= MOST_COLORS:
        limits = f"from {LEAST_COLORS} to {MOST_COLORS}"
        raise BadRequest(f"colors must be a whole number {limits}, not {text[:20]!r}.", field="colors")
    return int(text)


def _too_large(size: int) -> TooLarge:
    most, own = MOST_BYTES >> 20, size / (1 << 20)
    hint = "Give the palette alone, or a smaller picture."
    return TooLarge(f"A palette file may have {most} MB, and this one has {own:.1f} MB.", field="palette", hint=hint)


def operation() -> dict[str, Any]:
    """The route's OpenAPI operation, without its failures."""
    body = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
    colors = {"type": "integer", "minimum": LEAST_COLORS, "maximum": MOST_COLORS, "default": USUAL_COLORS}
    query = {"name": {"type": "string", "maxLength": MOST_NAME}, "colors": colors}
    strings = {"type": "array", "items": {"type": "string"}}
    answer = {name: {"type": "string"} for name in ("name", "title", "author", "format")} | {"colors": strings}
    done = {"application/json": {"schema": {"type": "object", "properties": answer}}}
    return {
        "operationId": "palettes_post",
        "summary": SUMMARY,
        "parameters": [{"name": name, "in": "query", "schema": schema} for name, schema in query.items()],
        "requestBody": {"required": True, **body},
        "responses": {"200": {"description": "done", "content": done}},
    }
