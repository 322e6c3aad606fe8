"""What pages ask ComfyUI's own server for: palettes, and what a node would make with other settings.

GET /pixart/palettes: the built-in palettes. POST /pixart/palette: what somebody gave for a palette, as colours. POST
/pixart/preview: the picture that a node would make. They hold no secret and change nothing, so whoever may use
ComfyUI's API may ask them; a foreign page may not, by ComfyUI's own check of where a request comes from.
"""

from __future__ import annotations

from server import PromptServer

from . import palettes, preview


def serve() -> None:
    """Add the routes to ComfyUI's server, once: the pack may be there twice."""
    routes = PromptServer.instance.routes
    if palettes.LIST_PATH not in {getattr(route, "path", "") for route in routes}:
        routes.get(palettes.LIST_PATH)(palettes.listing)
        routes.post(palettes.PATH)(palettes.read)
        routes.post(preview.PATH)(preview.draw)
