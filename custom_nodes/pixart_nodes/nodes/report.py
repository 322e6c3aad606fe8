"""What the pack says from inside ComfyUI's process, for the bridge and `doctor`.

GET /pixart/engine/NAME: an engine beside ComfyUI's own. GET /pixart/worker: whether prompts are still run, whether an
NPU is still loading, the pack's version, and a name for this process that no other one has; asked often, so it looks
into no folder. GET /pixart/models: what each model file is. Only who sends the bridge's secret is answered.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
import uuid
from pathlib import Path
from typing import Any

from aiohttp import web
from server import PromptServer

from ..a1111 import service, state
from ..bridge_secret import for_the_bridge
from ..errors import UpstreamError
from ..pixel.compiled import warm
from . import npu
from .model_files import SHELF

ENGINE_PATH, WORKER_PATH, MODELS_PATH = "/pixart/engine/{name}", "/pixart/worker", "/pixart/models"
PROJECT = Path(__file__).parents[1] / "pyproject.toml"
WORKER = "prompt_worker"  # the function that ComfyUI's main.py runs in a thread, which Python names after it


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


async def _models(_: web.Request) -> web.Response:
    return web.json_response(await asyncio.to_thread(SHELF.listing))


class _Worker:
    """ComfyUI's HTTP server goes on answering when the thread that runs prompts has died of an error."""

    def __init__(self) -> None:
        self._ever_alive = False
        self._process, self._version = uuid.uuid4().hex, _version()

    async def answer(self, _: web.Request) -> web.Response:
        """Dead is only what was seen alive: it starts late, and may be called otherwise in another version."""
        alive = any(WORKER in thread.name for thread in threading.enumerate())
        self._ever_alive |= alive
        loading = npu.NPU.state == "loading"
        compiling = await asyncio.to_thread(warm.left)
        about = {"process": self._process, "version": self._version, "compiling": compiling}
        return web.json_response({"alive": alive or not self._ever_alive, "loading": loading, **about})


def _version() -> str:
    """The pack's own; empty where its pyproject.toml is gone."""
    try:
        text = PROJECT.read_text(encoding="utf-8")
    except OSError:
        return ""
    line = re.search(r'^version = "(.+)"$', text, re.MULTILINE)
    return line[1] if line else ""


def serve() -> None:
    """Add the routes to ComfyUI's server, once: the pack may be there twice."""
    routes = PromptServer.instance.routes
    if ENGINE_PATH not in {getattr(route, "path", "") for route in routes}:
        routes.get(ENGINE_PATH)(for_the_bridge(_answer))
        routes.get(WORKER_PATH)(for_the_bridge(_Worker().answer))
        routes.get(MODELS_PATH)(for_the_bridge(_models))
