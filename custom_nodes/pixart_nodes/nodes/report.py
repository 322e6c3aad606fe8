"""What the pack says of the engines beside ComfyUI's own, for the bridge and `doctor`: GET /pixart/engine/NAME."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from aiohttp import web
from server import PromptServer

from ..a1111 import service, state
from ..errors import UpstreamError
from . import npu

PATH = "/pixart/engine/{name}"


async def _axera(details: bool) -> dict[str, Any]:
    return await asyncio.to_thread(npu.report, details=details)


async def _a1111(_: bool) -> dict[str, Any]:
    try:
        return await state(service(os.environ))
    except UpstreamError as error:  # none is set, or not as an address
        return {"url": None, "up": False, "trouble": str(error)}


ENGINES = {"axera": _axera, "a1111": _a1111}


async def _answer(request: web.Request) -> web.Response:
    tell = ENGINES.get(request.match_info["name"])
    if tell is None:
        return web.json_response({"error": f"Known engines: {', '.join(ENGINES)}."}, status=404)
    return web.json_response(await tell("details" in request.query))


def serve() -> None:
    """Add the route to ComfyUI's server, once: the pack may be there twice."""
    routes = PromptServer.instance.routes
    if PATH not in {getattr(route, "path", "") for route in routes}:
        routes.get(PATH)(_answer)
