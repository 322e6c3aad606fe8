"""Pixart: pixel art in ComfyUI. Palettes, downscaling, dithering and exact indexed PNGs, as nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comfy_api.latest import ComfyExtension

WEB_DIRECTORY = "./web"

__all__ = ["WEB_DIRECTORY", "comfy_entrypoint"]


async def comfy_entrypoint() -> ComfyExtension:
    """Hand ComfyUI the node table; imported here so that `pixel/` works where ComfyUI isn't."""
    from . import routes
    from .nodes import PixartExtension, line, npu, report, samples, template_list
    from .pixel.compiled import warm

    warm.in_background()
    npu.warm_in_background()
    line.serve()
    report.serve()
    routes.serve()
    template_list.serve()
    samples.install()
    return PixartExtension()
