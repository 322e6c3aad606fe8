"""The pack's templates in its own order: ComfyUI lists a folder as the disk does, which differs between machines."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from server import PromptServer

from ..template_order import in_order

LISTS = ("/workflow_templates", "/api/workflow_templates")


@web.middleware
async def sorting(request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]) -> Any:
    """Sorts what ComfyUI answers where its editor asks for the templates."""
    answer = await handler(request)
    if request.path in LISTS and isinstance(answer, web.Response) and answer.status == 200 and answer.text:
        return web.json_response(in_order(json.loads(answer.text)))
    return answer


def serve() -> None:
    """Put it before ComfyUI's server, once: the pack may be there twice."""
    middlewares = PromptServer.instance.app.middlewares
    if not any(getattr(each, "__name__", "") == sorting.__name__ for each in middlewares):
        middlewares.append(sorting)
