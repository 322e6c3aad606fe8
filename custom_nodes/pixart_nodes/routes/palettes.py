"""The built-in palettes as a list, and anything that a person gives for a palette as colours."""

from __future__ import annotations

import asyncio
import hashlib
import json
from functools import cache
from typing import Any

from aiohttp import web

from .. import library, palette_source
from ..errors import PixelError
from ..pixel.palette.color_text import written
from ..pixel.palette.palette import MAX_COLORS, Palette

LIST_PATH, PATH = "/pixart/palettes", "/pixart/palette"
MOST_BYTES = 4 << 20  # palette files have some kilobytes, sprites and pictures that colours are taken from a megabyte
TOO_LARGE = "A palette file may have 4 MB, and this one has more: give the palette alone, or a smaller picture."


@cache
def _list() -> tuple[bytes, str]:
    """The body and its ETag."""
    body = json.dumps({"palettes": [described(each, name) for name, each in library.palettes().items()]}).encode()
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def described(palette: Palette, name: str = "") -> dict[str, Any]:
    """The palette for a page: `colors` and `text` as the node Palette's field `colors` takes them.

    `names` of the entries only where there are some; `name` is what the menu calls it.
    """
    colors = [written(entry) for entry in palette.entries]
    names = [entry.name for entry in palette.entries]
    return {
        "name": name or palette.name,
        "title": palette.name,
        "author": palette.author,
        "colors": colors,
        "text": " ".join(colors),
        **({"names": names} if any(names) else {}),
    }


async def listing(request: web.Request) -> web.Response:
    """Every built-in palette, in alphabetical order; 304 for who has them already."""
    body, tag = await asyncio.to_thread(_list)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type="application/json", headers=headers)


async def read(request: web.Request) -> web.Response:
    """The body as a palette: a file's bytes, its name in `?name=`, or text without one.

    Of a picture with more colours than a palette has room for the best `?colors=`, 16 if not given. 400 says in `error`
    what is wrong, 413 that it is too large.
    """
    colors = request.query.get("colors", str(palette_source.PICTURE_COLORS))
    if not colors.isdecimal() or not 2 <= int(colors) <= MAX_COLORS:
        return refusal(f"colors is {colors[:20]!r}, and may be 2 to {MAX_COLORS}.")
    data = await _body(request)
    if data is None:
        return refusal(TOO_LARGE, 413)
    try:
        palette, kind = await asyncio.to_thread(
            palette_source.of_bytes, data, request.query.get("name", ""), int(colors)
        )
    except PixelError as error:
        return refusal(str(error))
    return web.json_response({**described(palette), "format": kind})


async def _body(request: web.Request) -> bytes | None:
    """The whole body; None for one that is too large, of which no more is read than is needed to know."""
    body = bytearray()
    async for part in request.content.iter_any():
        body += part
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def refusal(sentence: str, status: int = 400) -> web.Response:
    """What is wrong, and what to do."""
    return web.json_response({"error": sentence}, status=status)
