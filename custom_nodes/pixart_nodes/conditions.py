"""When an input of a node has an effect, by the values of the other fields; else the editor hides it.

Only what decides which other fields count hides any, such as a menu. A strength of 0 hides nothing: who turns it down
must not lose sight of what else they turned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

from .pixel.dither import error_diffusion, no_dither
from .pixel.kind.treatment import AUTO
from .pixel.machine import table, wishes

if TYPE_CHECKING:
    from comfy_api.latest import io

KEY = "pixart_effective"  # of an input's options in `/object_info`, where `web/conditions.js` reads it
Test = Mapping[str, Any]
Case = Mapping[str, Test]  # all tests of fields must be passed


def _is(*values: Any) -> Test:
    return {"is": list(values)}


def _not(*values: Any) -> Test:
    return {"not": list(values)}


_LINKED, _UNLINKED = {"linked": True}, {"linked": False}
_DITHERED = {"dither": _not(no_dither.NAME)}
_DITHERING = {
    "strength": [_DITHERED],
    "serpentine": [{"dither": _is(AUTO, *error_diffusion.FAMILY.dithers)}],
    "light": [_DITHERED],
}
_BY_SIZE = {"width": [{"divisor": _is(0)}], "height": [{"divisor": _is(0)}]}
_DURATION = {"duration": [{"durations": _is("")}]}
_VARIATION = {"variation_seed": [{"variation_strength": _not(0)}]}
_REFINED = [{"checkpoint": _not("none")}]
_SPECKS = [{"orphans": _not(0)}, {"specks": _not(0)}]
_KEYED = [{"transparency": _is("key-color")}]
_SERVED = [{"models": _is("remote service", "AXERA_URL")}]
_LOOKED_FOR = [{"already_native": _is(False)}]
# Node -> input -> the cases in each of which it has an effect. One that may be wrong by itself, which the node then
# says, names its own value too.
CASES: Mapping[str, Mapping[str, Sequence[Case]]] = {
    "PixartPalette": {"palette": [{"colors": _is(""), "file": _is("")}], "colors": [{"file": _is("")}]},
    "PixartDownscale": _BY_SIZE,
    "PixartFit": _BY_SIZE,
    "PixartQuantize": _DITHERING,
    "PixartQuantizeAnimation": _DITHERING,
    "PixartCleanup": {"contrast": _SPECKS, "dither": _SPECKS},
    "PixartOutline": {
        "color": [{"coloring": _is("one-color")}],
        "shade": [{"coloring": _is("selective")}],
        "border": [{"place": _is("inside")}],
    },
    "PixartRemoveBackground": {"holes": [{"method": _is("border-fill")}]},
    "PixartSheetPack": _DURATION,
    "PixartSheetUnpack": {"columns": [{"cell_width": _is(0)}], "rows": [{"cell_height": _is(0)}]},
    "PixartSaveAnimation": {
        **_DURATION,
        "plays": [{"format": _not("aseprite")}],
        "tags": [{"format": _is("aseprite")}, {"tags": _not("")}],
    },
    "PixartGridSnap": {
        "method": _LOOKED_FOR,
        "native_width": [*_LOOKED_FOR, {"native_width": _not(0)}],
        "native_height": [*_LOOKED_FOR, {"native_height": _not(0)}],
        "cell_size": [*_LOOKED_FOR, {"cell_size": _not(0)}],
        "phase_x": _LOOKED_FOR,
        "phase_y": _LOOKED_FOR,
        "cells": _LOOKED_FOR,
    },
    "PixartRefiner": dict.fromkeys(("switch_at", "positive", "negative", "loras", "clip_layer"), _REFINED),
    "PixartRepaintArea": {"padding": [{"area": _is("only masked")}]},
    "PixartRepaintLatent": {"seed": [{"fill": _is("noise")}]},
    "PixartSampler": _VARIATION,
    "PixartA1111": {**_VARIATION, "denoise": [{"image": _LINKED}]},
    "PixartAxera": {
        "device": [{"models": _not("remote service", "AXERA_URL")}],
        "service": [{"models": _is("remote service")}],
        "seconds": _SERVED,
        "denoise": [{"image": _LINKED}],
    },
    "PixartUpscale": {"width": [{"upscaler": _not("None")}], "height": [{"upscaler": _not("None")}]},
    "PixartFinish": {"denoise": [{"original": _LINKED}]},
    "PixartDrawWords": {
        "width": [{"image": _UNLINKED}],
        "height": [{"image": _UNLINKED}],
        "pixel": [{"image": _UNLINKED}, {"lines_only": _is(False)}],
        "lines_only": [{"image": _LINKED}],
    },
    "PixartRGB565": {
        "background": [{"transparency": _not("key-color")}],
        "key_color": _KEYED,
        "alpha_threshold": _KEYED,
    },
    "PixartMachine": {
        "method": [{"fit": _is("crop", "pad", "stretch")}],
        "strength": [{"dither": _not("none")}],
        "tiles": [
            {"machine": _is(*(name for name, one in table.MACHINES.items() if one.tiled))},
            {"tiles": _not(wishes.MACHINES_OWN)},
        ],
        "shared_color": [
            {"machine": _is(*(name for name, one in table.MACHINES.items() if one.shared))},
            {"shared_color": _not("")},
        ],
    },
}


def conditional(node: type[io.ComfyNode]) -> type[io.ComfyNode]:
    """The node, which from now on tells the editor when its inputs have an effect."""
    define: Callable[..., io.Schema] = node.define_schema.__func__

    @wraps(define)
    def telling(cls: type[io.ComfyNode]) -> io.Schema:
        schema: Any = define(cls)
        for one in schema.inputs:
            cases = CASES.get(schema.node_id, {}).get(one.id)
            if cases:
                one.extra_dict = {**(one.extra_dict or {}), KEY: cases}
        return schema

    node.define_schema = classmethod(telling)
    return node
