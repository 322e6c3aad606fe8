"""Where a node stands in ComfyUI's menu, which of its inputs few people need, and whether it says something."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comfy_api.latest import io

ROOT = "Pixart"
# The nodes of each submenu, in the order in which the submenus stand in the documents.
FAMILIES = {
    "Palette": (
        *("PixartPalette", "PixartPaletteExtract", "PixartOwnColors", "PixartPaletteEdit", "PixartPaletteMerge"),
        *("PixartPalettePreview", "PixartPaletteSwap", "PixartColorTransfer", "PixartContactSheet"),
    ),
    "Pixelate": (
        *("PixartLoadImage", "PixartLoadIndexed", "PixartLook", "PixartSketchCleanup", "PixartFlatten", "PixartFit"),
        *("PixartAdjust", "PixartDownscale", "PixartQuantize", "PixartGridSnap", "PixartCleanup", "PixartEnlarge"),
    ),
    "Sprites": (
        *("PixartLoadAnimation", "PixartQuantizeAnimation", "PixartRemoveBackground", "PixartOutline", "PixartTile"),
        *("PixartSheetPack", "PixartSheetUnpack"),
    ),
    "Save": ("PixartSaveIndexed", "PixartSaveAnimation", "PixartSaveSheet", "PixartPaletteSave"),
    "Draw": (
        *("PixartDrawWords", "PixartDrawSprite", "PixartCanvas", "PixartGenerationSize", "PixartLoras", "PixartVAE"),
        *("PixartRefiner", "PixartSampler", "PixartHiresUpscale", "PixartUpscale", "PixartFinish", "PixartRepaintArea"),
        *("PixartRepaintLatent", "PixartRepaintPaste", "PixartInpaintHint", "PixartAxera", "PixartA1111"),
        *("PixartInterrogate", "PixartSafety"),
    ),
    "Machines": ("PixartMachine", "PixartMachineCheck", "PixartMachineSave"),
    "Chain and panels": ("PixartChainDerive", "PixartChainParameters", "PixartRGB565", "PixartSaveLVGL"),
}
CATEGORIES = {node: f"{ROOT}/{family}" for family, nodes in FAMILIES.items() for node in nodes}
# In the list of what most people need, where the editor has one, under names that ComfyUI gave it.
ESSENTIALS = dict.fromkeys(("PixartPalette", "PixartDownscale", "PixartQuantize", "PixartEnlarge"), "Image Tools")
# Nodes in the middle of a graph that say something: where ComfyUI can, it says so again of one that needn't run anew.
REPORTING = (
    *("PixartLook", "PixartDrawWords", "PixartDrawSprite", "PixartMachine", "PixartRemoveBackground"),
    *("PixartRepaintArea", "PixartSafety", "PixartAxera", "PixartA1111"),
    *("PixartLoadImage", "PixartGridSnap", "PixartCleanup", "PixartOutline", "PixartSketchCleanup"),
)
_VARIATION = ("variation_seed", "variation_strength")
# Inputs that the editor shows when *advanced inputs* are asked for; their defaults suit most pictures.
ADVANCED = {
    "PixartPaletteExtract": ("quality",),
    "PixartContactSheet": ("fit",),
    "PixartDownscale": ("divisor",),
    "PixartFit": ("divisor",),
    "PixartQuantize": ("metric", "serpentine", "alpha_threshold", "light"),
    "PixartQuantizeAnimation": ("metric", "serpentine", "alpha_threshold", "light"),
    "PixartGridSnap": ("cell_size", "phase_x", "phase_y", "cells", "per_frame"),
    "PixartRemoveBackground": ("holes",),
    "PixartOutline": ("neighbours", "border"),
    "PixartSheetPack": ("power_of_two", "name", "duration", "durations", "tags", "extrude"),
    "PixartSaveIndexed": ("save_workflow",),
    "PixartSaveAnimation": ("durations", "tags", "save_workflow"),
    "PixartSaveSheet": ("save_workflow",),
    "PixartDrawWords": ("drawings", "lines_only"),
    "PixartDrawSprite": ("drawings",),
    "PixartSampler": ("arithmetic", *_VARIATION),
    "PixartRefiner": ("loras", "clip_layer"),
    "PixartA1111": ("request", "seconds", *_VARIATION),
    "PixartAxera": ("seconds",),
    "PixartInterrogate": (
        *("character_threshold", "alphabetical", "spaces", "escape", "leave_out", "beams", "min_length", "max_length"),
    ),
    "PixartRGB565": ("rounding", "invert", "bgr", "key_color", "alpha_threshold"),
}


def placed(node: type[io.ComfyNode]) -> type[io.ComfyNode]:
    """The node, which from now on stands in its family's submenu, marks its advanced inputs and tells if it reports.

    `extra_dict` reaches the editor in every ComfyUI; before 0.10 inputs of numbers and texts had no other place for it.
    """
    define: Callable[..., io.Schema] = node.define_schema.__func__

    @wraps(define)
    def in_its_place(cls: type[io.ComfyNode]) -> io.Schema:
        schema: Any = define(cls)
        schema.category = CATEGORIES.get(schema.node_id, ROOT)
        if hasattr(schema, "essentials_category"):  # ComfyUI 0.10 and later
            schema.essentials_category = ESSENTIALS.get(schema.node_id)
        if hasattr(schema, "has_intermediate_output"):
            schema.has_intermediate_output = schema.node_id in REPORTING
        for one in schema.inputs:
            if one.id in ADVANCED.get(schema.node_id, ()):
                one.extra_dict = {**(one.extra_dict or {}), "advanced": True}
        return schema

    node.define_schema = classmethod(in_its_place)
    return node
