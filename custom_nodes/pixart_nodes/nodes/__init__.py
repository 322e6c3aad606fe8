"""The nodes, one file a family; a node is a table of inputs and one call."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, io

from . import canvas, export, generate, palette, pixelate, repaint, sample, style, upscale

NODES: list[type[io.ComfyNode]] = [
    *canvas.NODES,
    *palette.NODES,
    *pixelate.NODES,
    *export.NODES,
    *generate.NODES,
    *sample.NODES,
    *upscale.NODES,
    *repaint.NODES,
    *style.NODES,
]


class PixartExtension(ComfyExtension):
    """What ComfyUI asks for the pack's nodes."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """The node table."""
        return NODES
