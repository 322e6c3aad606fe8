"""Nodes that a request adds to a workflow: after its picture's loader, before its saver, or between other nodes. Pure.

The composed graph has the editor's own form, and each PNG carries the graph. The nodes are added only for requests that
name them, to any workflow with a picture, so that no workflow file needs inputs for all of them. What a
look, or a panel, needs is put among the nodes that are there: a token's picture, say, is quantized to its chain's
palette, and who asks for another gets a node for that before the quantizer.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.workflow.file import Workflow, find, index_of, read, title_of
from bridge.workflow.graph_links import Graph, Node, feed, giver, link_into, take_over
from bridge.workflow.new_nodes import ComposedCache, Knob, declared, new_node, open_knob
from bridge.workflow.widgets import ObjectInfo, specs

PICTURE, OUTPUT, SAVED = "image", "image", ("images", "image")  # names of a picture's input, output, a saver's socket
DOWNSCALE, QUANTIZE, DIVISOR = "PixartDownscale", "PixartQuantize", "divisor"
PALETTE, IMAGE = "PIXART_PALETTE", "IMAGE"  # types of links
MODEL = ("model", "MODEL")  # name and type of the socket by which a sampler gets its model
ADJUST, PANEL = "PixartAdjust", "rgb565"
REFINER = "PixartRefiner"  # the node class whose checkpoint draws on what another has begun
PREFIX = "filename_prefix"
PIXEL_ASPECT = "enlarge_aspect"  # the input for the width of enlarged pixels in their heights


_COMPOSED, _STAGED = ComposedCache(), ComposedCache()


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
    "enlarge": Addition(
        "PixartEnlarge",
        "Enlarge pixels",
        "factor",
        "makes it so many times larger, of whole pixels",
        more={PIXEL_ASPECT: ("aspect", "how many times as wide as high each pixel gets")},
    ),
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
    opened = tuple(name for name in KNOB_TABLE if name in names and name not in workflow.inputs)
    if not applicable and not opened:
        return workflow
    infos = declared({name: ADDITIONS[name].node for name in applicable}, object_info)
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
        inputs = {each for each, _, _ in specs(info)}  # an older pack's node may lack one of the further inputs
        more = {key: value for key, value in addition.more.items() if value[0] in inputs}
        widgets = {name: (addition.widget, addition.summary), **more}
        new = {key: {"to": [f"{addition.title}.{widget}"], "summary": text} for key, (widget, text) in widgets.items()}
        handle["inputs"] = {**handle["inputs"], **new}
        if first:
            open_knob(graph, handle, DIVISOR, FREE_SIZE, "Downscale")
    for name in opened:
        open_knob(graph, handle, name, KNOB_TABLE[name])
    return read(graph)


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

    `beside` finds the node near which it stands, None where the workflow has no place for it; `lead` ties it in. By
    widget, `shares` are inputs of the workflow whose value the node gets too, the first that there is, and `fixed` are
    values that no request sets.
    """

    node: str
    title: str
    inputs: Mapping[str, tuple[str, str]]
    beside: Callable[[Workflow], Node | None]
    lead: Callable[[Graph, Node, Node], None]
    shares: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)


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
        node = new_node(graph, stage.title, info, neighbor, first=False, fixed=stage.fixed)
        stage.lead(graph, node, neighbor)
        new = {
            key: {"to": [f"{stage.title}.{widget}"], "summary": text} for key, (widget, text) in stage.inputs.items()
        }
        handle["inputs"] = {**handle["inputs"], **new, **_shared(stage, handle["inputs"])}
        if name == PANEL:
            handle["outputs"] = {**handle["outputs"], PANEL: stage.title}
    return read(graph)


def _shared(stage: Stage, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The workflow's inputs that lead to the new node too."""
    names = {widget: next((each for each in names if each in inputs), "") for widget, names in stage.shares.items()}
    return {
        name: {**inputs[name], "to": [*inputs[name]["to"], f"{stage.title}.{widget}"]}
        for widget, name in names.items()
        if name
    }


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


def _come_before(graph: Graph, node: Node, after: Node, socket: tuple[str, str] = ("image", IMAGE)) -> None:
    """Lead a node's picture, or what else comes in by this socket of a name and a type, through this new node first."""
    origin = giver(graph, after, socket[:1])
    link = link_into(after, socket[:1])
    take_over(graph, node, [each for each in graph["links"] if each[0] == link])
    feed(graph, origin, node, socket)


def _take_model(graph: Graph, node: Node, sampler: Node) -> None:
    """Lead a sampler's model through this new node first."""
    _come_before(graph, node, sampler, MODEL)


def _sampler(workflow: Workflow) -> Node | None:
    """The node that samples last, where a checkpoint of SD 1.5 or SDXL draws: no other family has refiners."""
    entry = workflow.inputs.get("hires_steps") or workflow.inputs.get("steps")
    if entry is None or workflow.families or _first(workflow, "CheckpointLoaderSimple") is None:
        return None
    node = find(workflow.graph, title_of(entry), entry.name, workflow.index)
    return node if node["type"] == "PixartSampler" and link_into(node, MODEL[:1]) else None


def _second_pass(workflow: Workflow) -> Node | None:
    """The node that samples a second time."""
    return _sampler(workflow) if "hires_steps" in workflow.inputs else None


def _stand_beside(graph: Graph, node: Node, saver: Node) -> None:
    """Link the new node to the picture that is saved."""
    feed(graph, giver(graph, saver, SAVED), node, ("image", IMAGE))


def _palette_links(graph: Graph) -> list[list[Any]]:
    """The links of palettes, but those into nodes that come before the quantizer and would make a circle."""
    types = {node["id"]: node["type"] for node in graph["nodes"]}
    return [link for link in graph["links"] if link[5] == PALETTE and types[link[3]] != ADJUST]


PROMPTED = {  # widgets of a refiner, which reads the same prompts as the model before it
    "positive": ("hires_prompt", "prompt"),
    "negative": ("hires_negative", "negative"),
    "loras": ("loras",),
    "clip_layer": ("clip_skip",),
}
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
        shares={PREFIX: (PREFIX,)},
    ),
    "hires_checkpoint": Stage(
        REFINER,
        "Second pass checkpoint",
        {"hires_checkpoint": ("checkpoint", "a checkpoint for the second pass; none takes the first one's")},
        _second_pass,
        _take_model,
        PROMPTED,
        fixed={"switch_at": 0.0},
    ),
    "refiner": Stage(
        REFINER,
        "Refiner",
        {
            "refiner": ("checkpoint", "a checkpoint that takes over on the way; none is no refiner"),
            "refiner_switch_at": ("switch_at", "share of the noise schedule before the refiner takes over"),
        },
        _sampler,
        _take_model,
        PROMPTED,
    ),
}
