"""The sides at which a family can draw: multiples of pixels, to which the sides of each pass are rounded up. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from bridge.catalog.families import DEFAULT_FAMILY, Family
from bridge.workflow.file import Workflow, read
from bridge.workflow.new_nodes import ComposedCache, Knob, open_knob
from bridge.workflow.widgets import ObjectInfo, completed, specs

SIZE_NODE, MULTIPLE = "PixartGenerationSize", "multiple"
HIRES_NODE, SIDES, DRAWN = "PixartHiresUpscale", (".width", ".height"), "_drawn"
LARGEST_SIDE = 4096  # pixels a side that nodes take, a multiple of every family's
SIDE_KNOB = Knob(SIZE_NODE, MULTIPLE, "INT", "the model's sides are multiples of so many pixels")
_SIZED = ComposedCache()


def in_multiples(workflow: Workflow, family: Family | None, object_info: ObjectInfo) -> Workflow:
    """The workflow with the family's multiple in each node that says at which size to draw.

    A file that has another multiple than the usual one is left as it is, and so is every file before an older pack.
    """
    info = object_info.get(SIZE_NODE)
    if family is None or family.multiple == DEFAULT_FAMILY.multiple or info is None or MULTIPLE in workflow.inputs:
        return workflow
    nodes = [node for node in workflow.graph["nodes"] if node["type"] == SIZE_NODE]
    names = [name for name, _, _ in specs(info)]
    if not nodes or MULTIPLE not in names:
        return workflow
    if any(completed(node, object_info)[names.index(MULTIPLE)] != DEFAULT_FAMILY.multiple for node in nodes):
        return workflow
    return _SIZED.get(workflow, (family.name,), [info], lambda: _opened(workflow, family.multiple))


def _opened(workflow: Workflow, multiple: int) -> Workflow:
    graph: dict[str, Any] = copy.deepcopy(dict(workflow.graph))
    handle = graph["extra"]["pixart"]
    open_knob(graph, handle, MULTIPLE, SIDE_KNOB)
    handle["inputs"][MULTIPLE]["default"] = multiple
    handle["inputs"][MULTIPLE]["to"] = [
        f"{node.get('title') or SIZE_NODE}.{MULTIPLE}" for node in graph["nodes"] if node["type"] == SIZE_NODE
    ]
    _part_passes(graph, handle["inputs"])
    return read(graph)


def _part_passes(graph: Mapping[str, Any], inputs: dict[str, Any]) -> None:
    """Give the sides of a second pass inputs of their own, apart from the sides that the result has."""
    passes = {node.get("title") or HIRES_NODE for node in graph["nodes"] if node["type"] == HIRES_NODE}
    for name, entry in list(inputs.items()):
        own = [each for each in entry["to"] if each.rpartition(".")[0] in passes and each.endswith(SIDES)]
        if own and len(own) < len(entry["to"]):
            entry["to"] = [each for each in entry["to"] if each not in own]
            inputs[f"{name}{DRAWN}"] = {"to": own, "summary": f"{name}, rounded up to the model's multiples"}


def second_pass(
    workflow: Workflow, values: Mapping[str, Any], family: Family | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Values for the inputs that `in_multiples` gave a second pass, and a note where they differ from what is asked."""
    sides = {name: values[name] for name in values if f"{name}{DRAWN}" in workflow.inputs}
    if family is None or not sides:
        return {}, ()
    multiple = family.multiple
    drawn = {
        name: _rounded_up(side, multiple) if isinstance(side, int) and side < LARGEST_SIDE else side
        for name, side in sides.items()
    }
    result = {f"{name}{DRAWN}": side for name, side in drawn.items()}
    if drawn == sides:
        return result, ()
    start = f"{family.title} draws in multiples of {multiple} pixels: the second pass is drawn at"
    sizes = [" x ".join(map(str, each.values())) for each in (drawn, sides)]
    return result, (f"{start} {sizes[0]}, brought to {sizes[1]}.",)


def _rounded_up(side: int, multiple: int) -> int:
    return -(-side // multiple) * multiple


def rounding_notes(prompt: Mapping[str, Any], family: Family) -> Iterator[str]:
    """A sentence for a size that would be drawn as it is, were it one of the family's."""
    for node in prompt.values():
        sides = [node["inputs"].get(name) for name in ("width", "height", "generation_side", MULTIPLE)]
        if node["class_type"] != SIZE_NODE or not all(isinstance(each, int) for each in sides):
            continue
        width, height, least, multiple = sides
        as_it_is = least == 0 or (least <= min(width, height) and max(width, height) <= 2 * least)
        drawn = [_rounded_up(side, multiple) for side in (width, height)]
        if as_it_is and drawn != [width, height]:
            start = f"{family.title} draws in multiples of {multiple} pixels"
            yield f"{start}: drawn at {drawn[0]} x {drawn[1]}, brought to {width} x {height}."
