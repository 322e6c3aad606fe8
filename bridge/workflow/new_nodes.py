"""New nodes and inputs of an editor's graph, and the workflows with such, kept. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.core.errors import MissingParts
from bridge.workflow.file import Workflow
from bridge.workflow.missing import lacking_node
from bridge.workflow.widgets import ObjectInfo, has_widget, slots, specs

MOST_COMPOSED = 100  # composed workflows that are kept
ADDITION_GAP = 300  # pixels between an added node and the one that it comes before
NODE_SIZE = [270, 240]  # pixels of an added node

Infos = Sequence[Mapping[str, Any]]


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


def declared(nodes: Mapping[str, str], object_info: ObjectInfo) -> list[Mapping[str, Any]]:
    """The declarations of node classes, by the names that add these nodes. Raises MissingParts for a missing class."""
    for name, node in nodes.items():
        if node not in object_info:
            raise MissingParts(f"{name} can't be obeyed.", field=name, hint=str(lacking_node(node)))
    return [object_info[node] for node in nodes.values()]


@dataclass(frozen=True)
class Knob:
    """A widget of a node class, with its type, that released workflows have no input for; and what it does."""

    node: str
    widget: str
    type: str
    summary: str


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
    graph: dict[str, Any],
    title: str,
    info: Mapping[str, Any],
    neighbor: Mapping[str, Any],
    *,
    first: bool,
    fixed: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A node of the class that `info` declares as the editor makes a new one, put into the graph, with the values that
    are `fixed` by widget."""
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
        "widgets_values": [(fixed or {}).get(slot.name, _default(slot.options)) for slot in slots(info)],
    }
    graph["nodes"] = [*graph["nodes"], node]
    return node


def _default(options: Mapping[str, Any]) -> Any:
    choices = options.get("options") or [None]
    return options.get("default", choices[0])
