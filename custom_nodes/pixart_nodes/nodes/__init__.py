"""The nodes, one file a family; a node is a table of inputs and one call."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, io

from . import canvas, chain, export, generate, grid, palette, panel, pixelate, repaint, sample, style, upscale

FAMILIES = (canvas, palette, pixelate, export, generate, sample, repaint, style, upscale, panel, chain, grid)
NODES: list[type[io.ComfyNode]] = [node for family in FAMILIES for node in family.NODES]


class PixartExtension(ComfyExtension):
    """What ComfyUI asks for the pack's nodes."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """The node table."""
        return NODES
