"""The secret that the pack's own routes ask for, in a header that no page of a browser can know.

The bridge hands a fresh one to the ComfyUI that it starts; for another ComfyUI the operator sets COMFYUI_SECRET for
both. Without a secret the routes answer nobody, and the bridge does without them.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Awaitable, Callable

from aiohttp import web

HEADER = "X-Pixart-Secret"
# The bridge's own is taken out, so that no process inherits it that a node starts; the operator's outlives a restart.
SECRET = os.environ.pop("PIXART_CHILD_SECRET", "") or os.environ.get("COMFYUI_SECRET", "")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def for_the_bridge(handler: Handler) -> Handler:
    """The handler, for those only who send the secret; others get 403."""

    async def serve(request: web.Request) -> web.StreamResponse:
        offer = request.headers.get(HEADER, "")
        if SECRET and hmac.compare_digest(offer.encode(errors="surrogateescape"), SECRET.encode()):
            return await handler(request)
        return web.json_response({"error": f"This is for Pixart's bridge, which sends {HEADER}."}, status=403)

    return serve
