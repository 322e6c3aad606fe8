"""What a look, or a panel, needs of a workflow that has no input for it: nodes among those that it has. Pure.

A token's picture, say, is quantized to its chain's palette: who asks for another gets a node for that before the
quantizer. A panel's bytes are made beside the picture that any workflow saves.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.workflow.additions import DOWNSCALE, OUTPUT, QUANTIZE, SAVED, new_node
from bridge.workflow.composed_cache import ComposedCache, declared
from bridge.workflow.file import Workflow, find, index_of, read
from bridge.workflow.graph_links import feed, giver, link_into, take_over
from bridge.workflow.widgets import ObjectInfo

PALETTE, IMAGE = "PIXART_PALETTE", "IMAGE"  # types of links
ADJUST, PANEL = "PixartAdjust", "rgb565"
PREFIX = "filename_prefix"
_COMPOSED = ComposedCache()

Graph = dict[str, Any]
Node = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """A node class, the title that its node gets, its inputs with their widget and what that does, where its place is.

    `beside` finds the node near which it stands, None where the workflow has no place for it; `lead` ties it in.
    """

    node: str
    title: str
    inputs: Mapping[str, tuple[str, str]]
    beside: Callable[[Workflow], Node | None]
    lead: Callable[[Graph, Node, Node], None]


def staged(workflow: Workflow, names: Collection[str], object_info: ObjectInfo) -> Workflow:
    """The workflow with the stages of which one of the names is an input, and for which it has a place but no input.

    Raises MissingParts where this ComfyUI lacks a node.
    """
    wanted = tuple(name for name in STAGES if _lacks(workflow, STAGES[name], names))
    if not wanted:
        return workflow
    infos = declared({name: STAGES[name].node for name in wanted}, object_info)
    return _COMPOSED.get(workflow, wanted, infos, lambda: _composed(workflow, wanted, infos))


def answers(workflow: Workflow, output: str) -> bool:
    """Whether a workflow has this output, or gets it where it is asked for."""
    return output in workflow.outputs or (output == PANEL and _saver(workflow) is not None)


def _lacks(workflow: Workflow, stage: Stage, names: Collection[str]) -> bool:
    fresh = stage.inputs.keys() - workflow.inputs.keys()
    return not fresh.isdisjoint(names) and stage.beside(workflow) is not None


def _composed(workflow: Workflow, wanted: Iterable[str], infos: Iterable[Mapping[str, Any]]) -> Workflow:
    graph = copy.deepcopy(dict(workflow.graph))
    handle = graph["extra"]["pixart"]
    for name, info in zip(wanted, infos, strict=True):
        stage = STAGES[name]
        beside = find(graph, str((stage.beside(workflow) or {}).get("title")), name, index_of(graph))
        node = new_node(graph, stage.title, info, beside, first=False)
        stage.lead(graph, node, beside)
        new = {
            key: {"to": [f"{stage.title}.{widget}"], "summary": text} for key, (widget, text) in stage.inputs.items()
        }
        handle["inputs"] = {**handle["inputs"], **new}
        if name == PANEL:
            _answers(handle, stage.title)
    return read(graph)


def _answers(handle: dict[str, Any], title: str) -> None:
    """Have the panel's bytes answered, and written beside the picture."""
    handle["outputs"] = {**handle["outputs"], PANEL: title}
    entry = handle["inputs"][PREFIX]
    handle["inputs"] = {**handle["inputs"], PREFIX: {**entry, "to": [*entry["to"], f"{title}.{PREFIX}"]}}


def _first(workflow: Workflow, *classes: str) -> Node | None:
    """The first node of the first of these classes that has one."""
    nodes = (node for each in classes for node in workflow.graph["nodes"] if node["type"] == each)
    return next(nodes, None)


def _saver(workflow: Workflow) -> Node | None:
    """The node that saves the picture, where nothing makes a panel's bytes yet."""
    title = workflow.outputs.get(OUTPUT)
    node = find(workflow.graph, title, OUTPUT, workflow.index) if title and PANEL not in workflow.outputs else None
    return node if node and link_into(node, SAVED) and PREFIX in workflow.inputs else None


def _take_colors(graph: Graph, node: Node, _: Node) -> None:
    """Lead this palette to all that took another."""
    take_over(graph, node, _palette_links(graph))


def _choose_colors(graph: Graph, node: Node, quantizer: Node) -> None:
    """Lead the palette through this node, which sees the picture that is to be quantized."""
    links = _palette_links(graph)
    origin = links[0][1], links[0][2]
    take_over(graph, node, links)
    feed(graph, origin, node, ("palette", PALETTE))
    feed(graph, giver(graph, quantizer, ("image",)), node, ("image", IMAGE))


def _come_before(graph: Graph, node: Node, after: Node) -> None:
    """Lead a node's picture through this one first."""
    origin = giver(graph, after, ("image",))
    link = link_into(after, ("image",))
    take_over(graph, node, [each for each in graph["links"] if each[0] == link])
    feed(graph, origin, node, ("image", IMAGE))


def _stand_beside(graph: Graph, node: Node, saver: Node) -> None:
    """Give this node what is saved, too."""
    feed(graph, giver(graph, saver, SAVED), node, ("image", IMAGE))


def _palette_links(graph: Graph) -> list[list[Any]]:
    """The links of palettes, but those into nodes that come before the quantizer and would make a circle."""
    types = {node["id"]: node["type"] for node in graph["nodes"]}
    return [link for link in graph["links"] if link[5] == PALETTE and types[link[3]] != ADJUST]


# In the order in which they are put in: own colours are chosen where the palette is one already.
STAGES = {
    "palette": Stage(
        "PixartPalette",
        "Colours",
        {
            "palette": ("palette", "name of a built-in palette"),
            "colors": ("colors", "own colours as hex, separated by spaces; they go before the palette"),
        },
        lambda workflow: _first(workflow, QUANTIZE),
        _take_colors,
    ),
    "own_colors": Stage(
        "PixartOwnColors",
        "Own colours",
        {
            "own_colors": (
                "colors",
                "so many of the picture's own colours instead of the palette; 0 takes the palette",
            ),
            "extraction": ("method", "how own_colors are found in the picture: k-means, salient"),
        },
        lambda workflow: _first(workflow, QUANTIZE),
        _choose_colors,
    ),
    "contrast": Stage(
        ADJUST,
        "Adjust",
        {"contrast": ("contrast", "1 leaves it, 1.3 is punchy")},
        lambda workflow: _first(workflow, DOWNSCALE, QUANTIZE),
        _come_before,
    ),
    PANEL: Stage(
        "PixartRGB565",
        "Panel",
        {
            "panel_width": ("width", "width of the panel, in pixels"),
            "panel_height": ("height", "height of the panel, in pixels"),
            "panel_fit": ("fit", "what happens when the shapes differ"),
            "rotation": ("rotation", "degrees, clockwise"),
            "byte_order": ("byte_order", "big-endian is the order on the wire"),
            "rounding": ("rounding", "how 8 bits become 5 or 6"),
            "invert": ("invert", "for panels whose driver leaves inversion off"),
            "bgr": ("bgr", "for panels that have red and blue swapped"),
        },
        _saver,
        _stand_beside,
    ),
}
