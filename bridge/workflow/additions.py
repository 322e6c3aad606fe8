"""Nodes that a request adds to a workflow: after its picture's loader, before its saver, or between other nodes. Pure.

The composed graph has the editor's own form, and each PNG carries the graph. The nodes are added only for requests that
name them, to any workflow with a picture, so that no workflow file needs inputs for all of them. What a
look, or a panel, needs is put among the nodes that are there: a token's picture, say, is quantized to its chain's
palette, and who asks for another gets a node for that before the quantizer.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.core.errors import MissingParts
from bridge.workflow.file import Workflow, find, index_of, read, title_of
from bridge.workflow.graph_links import Graph, Node, feed, giver, link_into, take_over
from bridge.workflow.missing import lacking_node
from bridge.workflow.widgets import ObjectInfo, has_widget, slots, specs

MOST_COMPOSED = 100  # composed workflows that are kept

Infos = Sequence[Mapping[str, Any]]

PICTURE, OUTPUT, SAVED = "image", "image", ("images", "image")  # names of a picture's input, output, a saver's socket
DOWNSCALE, QUANTIZE, DIVISOR = "PixartDownscale", "PixartQuantize", "divisor"
ADDITION_GAP = 300  # pixels between an added node and the one that it comes before
NODE_SIZE = [270, 240]  # pixels of an added node

PALETTE, IMAGE = "PIXART_PALETTE", "IMAGE"  # types of links
ADJUST, PANEL = "PixartAdjust", "rgb565"
PREFIX = "filename_prefix"


class ComposedCache:
    """Composed workflows by the original workflow and the added names, for one ComfyUI's declarations of nodes."""

    def __init__(self) -> None:
        self._entries: dict[tuple[int, tuple[str, ...]], tuple[Workflow, Infos, Workflow]] = {}

    def get(
        self, workflow: Workflow, names: tuple[str, ...], infos: Infos, compose: Callable[[], Workflow]
    ) -> Workflow:
        """The result of `compose` for the workflow, these names and the declarations of their nodes."""
        entry = self._entries.get((id(workflow), names))
        if entry is None or entry[0] is not workflow or any(a is not b for a, b in zip(entry[1], infos, strict=True)):
            if len(self._entries) >= MOST_COMPOSED:
                self._entries.clear()
            entry = self._entries[id(workflow), names] = workflow, infos, compose()
        return entry[2]


_COMPOSED, _STAGED = ComposedCache(), ComposedCache()


def declared(nodes: Mapping[str, str], object_info: ObjectInfo) -> list[Mapping[str, Any]]:
    """The declarations of node classes, by the names that add these nodes. Raises MissingParts for a missing class."""
    for name, node in nodes.items():
        if node not in object_info:
            raise MissingParts(f"{name} can't be obeyed.", field=name, hint=str(lacking_node(node)))
    return [object_info[node] for node in nodes.values()]


@dataclass(frozen=True)
class Addition:
    """A node class, the title that its node gets, the widget that the input of its name sets, and what that does.

    Those at the `first` end get the picture as it was loaded, or as a node of the class `behind` made it, the others
    what is saved, in their order; `either` gets what is saved where no picture is loaded. `more` are further inputs,
    each with a widget and the widget's meaning.
    """

    node: str
    title: str
    widget: str
    summary: str
    first: bool = False
    behind: str = ""
    either: bool = False
    more: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def is_requested(self, name: str, names: Collection[str]) -> bool:
        """Whether one of the names is this addition's or one of its further inputs."""
        return not {name, *self.more}.isdisjoint(names)


@dataclass(frozen=True)
class Knob:
    """A widget of a node class, with its type, that released workflows have no input for; and what it does."""

    node: str
    widget: str
    type: str
    summary: str


# By the name of the input. A value of None adds the node as it is by itself.
ADDITIONS = {
    "snap": Addition(
        "PixartGridSnap", "Snap to grid", "method", "brings false pixel art to its own pixels first", first=True
    ),
    "background": Addition(
        "PixartRemoveBackground",
        "Remove background",
        "method",
        "makes the ground transparent first: border-fill, or key-color wherever it is",
        first=True,
        behind="PixartSketchCleanup",  # a photo's border is lit unevenly, that of a cleaned page is white
        either=True,
        more={
            "background_color": ("color", "the ground's colour; nothing: the border's most frequent one"),
            "background_tolerance": ("tolerance", "how far from it the ground may be, in OKLab, 0 to 1"),
            "background_holes": ("holes", "enclosed ground goes too from so many pixels on; 0 keeps it"),
        },
    ),
    "clean": Addition("PixartCleanup", "Clean pixels", "orphans", "removes orphans of so many pixels, and jaggies"),
    "outline": Addition("PixartOutline", "Draw outline", "color", "draws a line of this colour around what is opaque"),
    "enlarge": Addition("PixartEnlarge", "Enlarge pixels", "factor", "makes it so many times larger, of whole pixels"),
}
KNOB_TABLE = {
    "extraction": Knob(
        "PixartOwnColors", "method", "COMBO", "how own_colors are found in the picture: k-means, salient"
    ),
    "method": Knob(DOWNSCALE, "method", "COMBO", "how each small pixel gets its colour"),
    "metric": Knob(QUANTIZE, "metric", "COMBO", "which palette colour counts as nearest"),
    "dither": Knob(QUANTIZE, "dither", "COMBO", "pattern that stands for colours between those of the palette"),
    "strength": Knob(QUANTIZE, "strength", "FLOAT", "how much dither, 0 to 1"),
    "alpha_threshold": Knob(QUANTIZE, "alpha_threshold", "FLOAT", "alpha from here up becomes opaque"),
}
FREE_SIZE = Knob(DOWNSCALE, DIVISOR, "INT", "1 keeps the picture's size, 0 makes it as large as width and height say")


def extended(workflow: Workflow, names: Collection[str], object_info: ObjectInfo) -> Workflow:
    """The workflow with a node for each of the names that is an addition and no input of its own.

    Names of KNOB_TABLE become inputs where the workflow has their node. A workflow without a picture to work on is left
    as it is. Raises MissingParts where this ComfyUI lacks a node.
    """
    additions = [
        name for name, each in ADDITIONS.items() if each.is_requested(name, names) and name not in workflow.inputs
    ]
    applicable = tuple(name for name in additions if _end(workflow, ADDITIONS[name]) is not None)
    infos = declared({name: ADDITIONS[name].node for name in applicable}, object_info)
    opened = tuple(name for name in KNOB_TABLE if name in names and name not in workflow.inputs)
    if not applicable and not opened:
        return workflow
    infos_by_name = dict(zip(applicable, infos, strict=True))
    return _COMPOSED.get(workflow, applicable + opened, infos, lambda: _composed(workflow, infos_by_name, opened))


def _end(workflow: Workflow, addition: Addition) -> tuple[str, bool] | None:
    """The title of the node beside which one is added, and whether that is the first end; None where there is none."""
    entry = workflow.inputs.get(PICTURE) if addition.first else None
    if entry and entry.kind == "picture":
        maker = _first(workflow, addition.behind)
        return str(maker["title"]) if maker else title_of(entry), True
    title = workflow.outputs.get(OUTPUT) if addition.either or not addition.first else None
    saves = title and link_into(find(workflow.graph, title, OUTPUT, workflow.index), SAVED)
    return (title, False) if title and saves else None


def _composed(workflow: Workflow, infos_by_name: Mapping[str, Mapping[str, Any]], opened: Iterable[str]) -> Workflow:
    """The workflow with the additions of these names, whose node classes are given in `/object_info`'s form,
    and with inputs for the knobs that are `opened`."""
    graph: dict[str, Any] = copy.deepcopy(dict(workflow.graph))
    handle = graph["extra"]["pixart"]
    for name, info in infos_by_name.items():
        addition, (title, first) = ADDITIONS[name], _end(workflow, ADDITIONS[name]) or ("", False)
        neighbor = find(graph, title, name, index_of(graph))
        node = new_node(graph, addition.title, info, neighbor, first=first)
        _lead(graph, node, neighbor, first=first)
        widgets = {name: (addition.widget, addition.summary), **addition.more}
        new = {key: {"to": [f"{addition.title}.{widget}"], "summary": text} for key, (widget, text) in widgets.items()}
        handle["inputs"] = {**handle["inputs"], **new}
        if first:
            open_knob(graph, handle, DIVISOR, FREE_SIZE, "Downscale")
    for name in opened:
        open_knob(graph, handle, name, KNOB_TABLE[name])
    return read(graph)


def open_knob(graph: Mapping[str, Any], handle: dict[str, Any], name: str, knob: Knob, title: str = "") -> None:
    """Give the workflow an input for the knob of its nodes of that class, or of the one with that title."""
    nodes = [each for each in graph["nodes"] if each["type"] == knob.node and title in ("", each.get("title"))]
    for node in nodes:
        entry = {"name": knob.widget, "type": knob.type, "link": None, "widget": {"name": knob.widget}}
        names = [each["name"] for each in node["inputs"]]
        place = names.index(knob.widget) if knob.widget in names else len(names)
        node["inputs"] = [*node["inputs"][:place], entry, *node["inputs"][place + 1 :]]  # links go by the place of each
        to = [f"{node.get('title') or knob.node}.{knob.widget}"]
        handle["inputs"] = {**handle["inputs"], name: {"to": to, "summary": knob.summary}}


def new_node(
    graph: dict[str, Any], title: str, info: Mapping[str, Any], neighbor: Mapping[str, Any], *, first: bool
) -> dict[str, Any]:
    """A node of the class that `info` declares as the editor makes a new one, put into the graph."""
    graph["last_node_id"] += 1
    x, y = neighbor["pos"][0], neighbor["pos"][1]
    sockets = [
        {"name": name, "type": type_, "link": None} | ({"widget": {"name": name}} if has_widget(type_, options) else {})
        for name, type_, options in specs(info)
    ]
    outputs = [
        {"name": name, "type": type_, "links": [] if place == 0 else None}
        for place, (name, type_) in enumerate(zip(info["output_name"], info["output"], strict=True))
    ]
    node = {
        "id": graph["last_node_id"],
        "type": info["name"],
        "title": title,
        "pos": [x + ADDITION_GAP * (1 if first else -1), y - NODE_SIZE[1]],
        "size": NODE_SIZE,
        "flags": {},
        "order": len(graph["nodes"]),
        "mode": 0,
        "inputs": sorted(sockets, key=lambda each: "widget" in each),
        "outputs": outputs,
        "properties": {"Node name for S&R": info["name"]},
        "widgets_values": [_default(slot.options) for slot in slots(info)],
    }
    graph["nodes"] = [*graph["nodes"], node]
    return node


def _default(options: Mapping[str, Any]) -> Any:
    choices = options.get("options") or [None]
    return options.get("default", choices[0])


def _lead(graph: dict[str, Any], node: dict[str, Any], neighbor: dict[str, Any], *, first: bool) -> None:
    """Lead the picture through the node, and to an outline the palette of the file."""
    if first:
        link_ids, origin = neighbor["outputs"][0]["links"] or [], (neighbor["id"], 0)
    else:
        link_ids, origin = [link_into(neighbor, SAVED)], giver(graph, neighbor, SAVED)
    links = {link[0]: link for link in graph["links"]}
    take_over(graph, node, [links[each] for each in link_ids])
    feed(graph, origin, node, ("image", "IMAGE"))
    takes_palette = any(each["name"] == "palette" for each in node["inputs"])
    if not first and takes_palette and (link := link_into(neighbor, ("palette",))):
        feed(graph, giver(graph, neighbor, ("palette",)), node, ("palette", links[link][5]))


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
    stages = tuple(name for name in STAGE_TABLE if _lacks(workflow, STAGE_TABLE[name], names))
    if not stages:
        return workflow
    infos = declared({name: STAGE_TABLE[name].node for name in stages}, object_info)
    return _STAGED.get(workflow, stages, infos, lambda: _staged(workflow, stages, infos))


def answers(workflow: Workflow, output: str) -> bool:
    """Whether a workflow has this output, or gets a node for the output on request."""
    return output in workflow.outputs or (output == PANEL and _saver(workflow) is not None)


def _lacks(workflow: Workflow, stage: Stage, names: Collection[str]) -> bool:
    fresh = stage.inputs.keys() - workflow.inputs.keys()
    return not fresh.isdisjoint(names) and stage.beside(workflow) is not None


def _staged(workflow: Workflow, stages: Iterable[str], infos: Iterable[Mapping[str, Any]]) -> Workflow:
    graph = copy.deepcopy(dict(workflow.graph))
    handle = graph["extra"]["pixart"]
    for name, info in zip(stages, infos, strict=True):
        stage = STAGE_TABLE[name]
        neighbor = find(graph, str((stage.beside(workflow) or {}).get("title")), name, index_of(graph))
        node = new_node(graph, stage.title, info, neighbor, first=False)
        stage.lead(graph, node, neighbor)
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
    """Lead a node's picture through this new node first."""
    origin = giver(graph, after, ("image",))
    link = link_into(after, ("image",))
    take_over(graph, node, [each for each in graph["links"] if each[0] == link])
    feed(graph, origin, node, ("image", IMAGE))


def _stand_beside(graph: Graph, node: Node, saver: Node) -> None:
    """Link the new node to the picture that is saved."""
    feed(graph, giver(graph, saver, SAVED), node, ("image", IMAGE))


def _palette_links(graph: Graph) -> list[list[Any]]:
    """The links of palettes, but those into nodes that come before the quantizer and would make a circle."""
    types = {node["id"]: node["type"] for node in graph["nodes"]}
    return [link for link in graph["links"] if link[5] == PALETTE and types[link[3]] != ADJUST]


# In the order in which they are put in: own colours are chosen where the palette is one already.
STAGE_TABLE = {
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
