"""What a node would make of its last picture with other settings, while a person turns a knob."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from aiohttp import web
from comfy_api.latest import io
from numpy.typing import NDArray

from ..errors import PixelError
from ..last_inputs import Picture, Prompt, upstream
from ..nodes import palette, palette_tools, pixelate, ranges
from ..nodes.live import INPUTS
from ..picture_file import quick_png
from ..pixel.color.levels import to_bytes, to_floats
from ..pixel.kind.treatment import Treatment
from ..pixel.palette import edit
from ..pixel.palette.palette import Palette
from .palettes import refusal

PATH = "/pixart/preview"
MOST_CHAIN = 8  # nodes before one another that are drawn anew
MOST_SIDE = 4096  # of a result: a preview is looked at
NOTHING = "What comes into this node isn't known: run the workflow once. A picture of over 4 million pixels isn't kept."
NO_WISH = 'The body is JSON: {"client": "…", "prompt": {…}, "node": "…"}.'

_one_at_a_time = asyncio.Lock()  # ComfyUI draws beside it, and only the newest preview counts


class NotKnown(PixelError):
    """What a node gets was made by a graph that hasn't run, or is forgotten."""


@dataclass(frozen=True)
class Graph:
    """A prompt that needn't have run as it is, and what is known of it."""

    prompt: Prompt

    def picture(self, node: str, left: int = MOST_CHAIN) -> Picture:
        """What a node's `image` is: kept, or drawn by the node before it. Raises PixelError, NotKnown."""
        value = self._last_input(node, "image")
        if isinstance(value, Picture):
            return value
        return self.drawn(str(self._inputs(node)["image"][0]), left - 1)

    def drawn(self, node: str, left: int = MOST_CHAIN) -> Picture:
        """What a node makes. Raises PixelError, NotKnown."""
        drawer = DRAWERS.get(self._kind(node))
        if drawer is None or not left:
            raise NotKnown(NOTHING)
        picture, fields = self.picture(node, left), self.fields(drawer.node, node)
        return Picture(drawer.draw(self, node, picture, fields))

    def palette(self, node: str, name: str = "palette") -> Palette:
        """What a palette of a node is: kept, or made by the node before it; a file is read anew. Raises PixelError."""
        link = self._inputs(node).get(name)
        source = str(link[0]) if isinstance(link, list) and link else ""
        kind, value = self._kind(source), self._last_input(node, name)
        if isinstance(value, Palette) and kind != "PixartPalette":
            return value
        maker = MAKERS.get(kind)
        if maker is None:
            raise NotKnown(NOTHING)
        return maker.make(self, source, self.fields(maker.node, source))

    def has(self, node: str, name: str) -> bool:
        """Whether something is linked to a node's input."""
        return isinstance(self._inputs(node).get(name), list)

    def fields(self, kind: type[io.ComfyNode], node: str) -> dict[str, Any]:
        """The values of a node's own fields, of the types that it takes; what isn't said is as in a new node.

        What comes over a link is what came in the last run of the same nodes. Raises PixelError, NotKnown.
        """
        values, result = self._inputs(node), {}
        for one in kind.define_schema().inputs:
            if isinstance(one, tuple(TYPES)):
                value = values.get(one.id, one.default)
                if isinstance(value, list) and (value := self._last_input(node, one.id)) is None:
                    raise NotKnown(f"{one.id} comes over a link, and what came isn't known: run the workflow once.")
                try:
                    result[one.id] = TYPES[type(one)](value)
                except (TypeError, ValueError) as error:
                    raise PixelError(f"{one.id} is {str(value)[:40]!r}; give a value of the node's field.") from error
        ranges.require(kind, result)
        return result

    def look(self, node: str, picture: Picture) -> Treatment:
        """What auto goes by in a node."""
        treatment = self._last_input(node, "look") if "look" in self._inputs(node) else None
        return treatment if isinstance(treatment, Treatment) else picture.look

    def _last_input(self, node: str, name: str) -> Any:
        return INPUTS.of(upstream(self.prompt, self._inputs(node).get(name)))

    def _inputs(self, node: str) -> Mapping[str, Any]:
        inputs = self._entry(node).get("inputs")
        return inputs if isinstance(inputs, Mapping) else {}

    def _kind(self, node: str) -> str:
        return str(self._entry(node).get("class_type"))

    def _entry(self, node: str) -> Mapping[str, Any]:
        entry = self.prompt.get(node)
        return entry if isinstance(entry, Mapping) else {}


def _quantized(graph: Graph, node: str, picture: Picture, fields: dict[str, Any]) -> NDArray[np.float32]:
    look = graph.look(node, picture) if fields["dither"] == pixelate.AUTO else None
    return pixelate.quantized(picture.image, look, _ignore, palette=graph.palette(node), **fields)


def _downscaled(graph: Graph, node: str, picture: Picture, fields: dict[str, Any]) -> NDArray[np.float32]:
    if max(fields["width"], fields["height"]) > MOST_SIDE:
        raise PixelError(f"A preview has at most {MOST_SIDE} pixels a side.")
    look = graph.look(node, picture) if fields["method"] == pixelate.AUTO else None
    return to_floats(pixelate.downscaled(to_bytes(picture.image), look, _ignore, **fields))


def _ignore(_: int) -> None:
    """Nobody waits for a preview's progress."""


@dataclass(frozen=True)
class Drawer:
    """A node class and how it draws: of a picture and the values of its fields, float32 [1, H, W, 4] 0..1."""

    node: type[io.ComfyNode]
    draw: Callable[[Graph, str, Picture, dict[str, Any]], NDArray[np.float32]]


DRAWERS = {
    "PixartQuantize": Drawer(pixelate.PixartQuantize, _quantized),
    "PixartDownscale": Drawer(pixelate.PixartDownscale, _downscaled),
}


def _chosen(_: Graph, __: str, fields: dict[str, Any]) -> Palette:
    return palette.chosen(**fields)


def _edited(graph: Graph, node: str, fields: dict[str, Any]) -> Palette:
    return edit.edit(graph.palette(node), **fields)


def _joined(graph: Graph, node: str, _: dict[str, Any]) -> Palette:
    return edit.join(graph.palette(node, "first"), graph.palette(node, "second"))


def _extracted(graph: Graph, node: str, fields: dict[str, Any]) -> Palette:
    if graph.has(node, "mask"):
        raise NotKnown(NOTHING)
    locked = graph.palette(node, "locked") if graph.has(node, "locked") else None
    return palette.extracted(to_bytes(graph.picture(node).image), locked=locked, **fields)


def _own(graph: Graph, node: str, fields: dict[str, Any]) -> Palette:
    pixels = to_bytes(graph.picture(node).image) if fields["colors"] else None
    return palette.own(pixels, graph.palette(node), **fields)


@dataclass(frozen=True)
class Maker:
    """A node class and how it makes a palette of the values of its fields; of a batch its first picture counts."""

    node: type[io.ComfyNode]
    make: Callable[[Graph, str, dict[str, Any]], Palette]


MAKERS = {
    "PixartPalette": Maker(palette.PixartPalette, _chosen),
    "PixartPaletteEdit": Maker(palette_tools.PixartPaletteEdit, _edited),
    "PixartPaletteMerge": Maker(palette_tools.PixartPaletteMerge, _joined),
    "PixartPaletteExtract": Maker(palette.PixartPaletteExtract, _extracted),
    "PixartOwnColors": Maker(palette.PixartOwnColors, _own),
}
TYPES: dict[type, Callable[[Any], Any]] = {
    io.Int.Input: int,
    io.Float.Input: float,
    io.Boolean.Input: bool,
    io.String.Input: str,
    io.Combo.Input: str,
}


async def draw(request: web.Request) -> web.Response:
    """A PNG of what a node would make, from JSON: `prompt`, as the page would queue it now, and `node`, an id in it.

    With `original` it is what the node gets. `client` is the page's id; without a `node` the page says by it that it
    wants previews from now on: 204. 404 where what comes into the node isn't known, 400 for a wrong value.
    """
    wish = await _wish(request)
    if wish is None:
        return refusal(NO_WISH)
    INPUTS.watch(wish["client"])
    if "node" not in wish:
        return web.Response(status=204)
    async with _one_at_a_time:
        if request.transport is None or request.transport.is_closing():
            return web.Response(status=204)  # the page has asked for another one meanwhile
        try:
            png = await asyncio.to_thread(_png, wish)
        except NotKnown as error:
            return refusal(str(error), 404)
        except PixelError as error:
            return refusal(str(error))
    return web.Response(body=png, content_type="image/png", headers={"Cache-Control": "no-store"})


def _png(wish: Mapping[str, Any]) -> bytes:
    graph, node = Graph(wish["prompt"]), str(wish["node"])
    picture = graph.picture(node) if wish.get("original") else graph.drawn(node)
    return quick_png(to_bytes(picture.image[0]))


async def _wish(request: web.Request) -> dict[str, Any] | None:
    try:
        wish = json.loads(await request.text())
    except ValueError:
        return None
    valid = isinstance(wish, dict) and isinstance(wish.get("client"), str)
    complete = valid and ("node" not in wish or isinstance(wish.get("prompt"), dict))
    return wish if complete else None
