"""The nodes, one file a family; a node is a table of inputs and one call."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, io

from .. import conditions, menu, search
from . import (
    animation,
    axera,
    background,
    canvas,
    chain,
    cleanup,
    contact_sheet,
    enlarge,
    export,
    generate,
    grid,
    indexed,
    interrogate,
    look,
    machine,
    palette,
    palette_tools,
    panel,
    paper,
    pixelate,
    ranges,
    refine,
    repaint,
    safety,
    sample,
    sprites,
    style,
    upscale,
    upstream,
    words,
)

FAMILIES = (
    canvas,
    palette,
    palette_tools,
    contact_sheet,
    look,
    pixelate,
    enlarge,
    cleanup,
    paper,
    background,
    export,
    indexed,
    sprites,
    animation,
    generate,
    grid,
    refine,
    sample,
    repaint,
    style,
    upscale,
    panel,
    machine,
    chain,
    axera,
    upstream,
    safety,
    interrogate,
    words,
)
NODES: list[type[io.ComfyNode]] = [
    search.by_words(conditions.conditional(menu.placed(ranges.hold(node))))
    for family in FAMILIES
    for node in family.NODES
]


class PixartExtension(ComfyExtension):
    """What ComfyUI asks for the pack's nodes."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """The node table."""
        return NODES
