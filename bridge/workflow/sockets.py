"""The widgets that a workflow's inputs set, as one ComfyUI's node classes have them: read once for all jobs."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bridge.catalog.models import matches
from bridge.core.errors import WorkflowError
from bridge.workflow.convert import changed, convert
from bridge.workflow.file import Input, Workflow, find, title_of
from bridge.workflow.widgets import ObjectInfo, completed, name_in_file, places, widgets

MOST_WORKFLOWS = 500  # workflows whose sockets are kept: more than anybody has in a folder


@dataclass(frozen=True)
class Socket:
    """One widget that an input of a workflow sets.

    `node` is the node's place in the graph's list, `place` the widget's in the node's list of values; `control` is the
    place of a seed's control, which must say *fixed* for the graph to draw the same again. `type` and `options` are
    the widget's in `/object_info`, `name` is its name in the prompt, or empty where the prompt hasn't got it, `by_name`
    its name in a file that keeps values by name.
    """

    node: int
    id: str
    widget: str
    place: int
    type: str
    options: Mapping[str, Any]
    name: str
    by_name: str
    control: Socket | None = None


class Sockets:
    """A workflow's widgets as one ComfyUI's node classes have them: read once, and good for every job after that.

    Raises WorkflowError, at the first use of each, where the file doesn't fit this ComfyUI's nodes.
    """

    def __init__(self, workflow: Workflow, object_info: ObjectInfo) -> None:
        self.workflow, self._object_info = workflow, object_info
        types = {str(node.get("type")) for node in workflow.graph["nodes"]}
        self._classes = {name: object_info.get(name) for name in types}
        self._known: dict[str, Socket] = {}
        self._picks: dict[str, str | None] = {}
        self.selections: dict[Any, Any] = {}  # which model files go together, kept here by whoever selects them

    def fits(self, object_info: ObjectInfo) -> bool:
        """Whether the classes are still the very same: a newer look at ComfyUI keeps what hasn't changed."""
        return all(object_info.get(name) is info for name, info in self._classes.items())

    def __getitem__(self, address: str) -> Socket:
        if address not in self._known:
            self._known[address] = self._read(address)
        return self._known[address]

    def _read(self, address: str) -> Socket:
        node_title, _, widget = address.rpartition(".")
        node = find(self.workflow.graph, node_title, repr(address), self.workflow.index)
        at = places(node, self._object_info)
        if widget not in at:
            raise WorkflowError(f"There is no widget for {address!r}.", hint=f"Widgets there: {', '.join(at)}.")
        slots = widgets(node, self._object_info[node["type"]]).slots

        def socket(name: str, control: Socket | None = None) -> Socket:
            slot, [number] = slots[at[name]], self.workflow.index[node_title]
            sent = slot.name if slot.sent else ""
            told = slot.type, slot.options, sent, name_in_file(slots, at[name])
            return Socket(number, str(node["id"]), name, at[name], *told, control)

        return socket(widget, socket(f"{widget}.control") if f"{widget}.control" in at else None)

    @cached_property
    def of(self) -> Mapping[str, tuple[Socket, ...]]:
        """The widgets of each input, by its name."""
        inputs = self.workflow.inputs
        return {name: tuple(self[to] for to in entry.to) for name, entry in inputs.items()}

    @cached_property
    def sources(self) -> Mapping[tuple[str, str], str]:
        """Which input feeds a widget, by the node's id and the widget."""
        return {(socket.id, socket.widget): name for name, sockets in self.of.items() for socket in sockets}

    @cached_property
    def values(self) -> tuple[Any, ...]:
        """The values of each node in the file, those of widgets that are newer than the file too; None for none."""
        nodes = self.workflow.graph["nodes"]
        valued = ["widgets_values" in node or "widgets_values_named" in node for node in nodes]
        pairs = zip(nodes, valued, strict=True)
        return tuple(completed(node, self._object_info) if has else None for node, has in pairs)

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """Node ids by the names of the workflow's outputs."""
        return self._ids(self.workflow.outputs)

    @cached_property
    def reports(self) -> Mapping[str, str]:
        """Node ids by the names of the workflow's reports."""
        return self._ids(self.workflow.reports)

    def _ids(self, titles: Mapping[str, str]) -> dict[str, str]:
        graph, index = self.workflow.graph, self.workflow.index
        return {name: str(find(graph, each, name, index)["id"]) for name, each in titles.items()}

    def files(self, entry: Input) -> list[str]:
        """The model files that ComfyUI offers for an input."""
        return [str(each) for each in self[entry.to[0]].options.get("options", [])]

    def saved(self, entry: Input) -> Any:
        """What the file says for an input."""
        socket = self[entry.to[0]]
        return completed(self.workflow.graph["nodes"][socket.node], self._object_info)[socket.place]

    def pick(self, entry: Input) -> str | None:
        """The model file saved in the workflow, else the first that is preferred and not avoided; None for none."""
        if entry.name not in self._picks:
            self._picks[entry.name] = self._picked(entry)
        return self._picks[entry.name]

    def _picked(self, entry: Input) -> str | None:
        files, saved = self.files(entry), self.saved(entry)
        if saved in files:
            return saved
        usable = [file for file in files if not matches(file, entry.avoid)]
        ranked = (file for pattern in entry.prefer for file in usable if matches(file, (pattern,)))
        return next(ranked, None)

    def has_class(self, entry: Input) -> bool:
        """Whether this ComfyUI has the class of the node that an input sets first."""
        node = find(self.workflow.graph, title_of(entry), entry.name, self.workflow.index)
        return node["type"] in self._object_info

    def prompt(self, graph: Mapping[str, Any], values: Mapping[tuple[str, str], tuple[str, Any]]) -> dict[str, Any]:
        """The prompt of a `graph` with these widgets' types and values in it, under a node's id and a widget's name.

        Where no value decides which widgets a node has, only these values differ from what the file itself becomes.
        """
        if self._simple:
            return changed(self._whole, graph, values)
        return convert(graph, self._object_info)

    @cached_property
    def _simple(self) -> bool:
        return all(self._is_simple(self.workflow.graph["nodes"][each.node]) for each in self._all)

    def _is_simple(self, node: Mapping[str, Any]) -> bool:
        linked = {each["name"] for each in node.get("inputs") or [] if each.get("link") is not None}
        mine = {each.name for each in self._all if each.id == str(node["id"])}
        return widgets(node, self._object_info[node["type"]]).fixed and not linked & mine

    @property
    def _all(self) -> Iterable[Socket]:
        return (socket for sockets in self.of.values() for socket in sockets)

    @cached_property
    def _whole(self) -> dict[str, Any]:
        return convert(self.graph(), self._object_info)

    def graph(self) -> dict[str, Any]:
        """A copy of the file's graph whose widgets can be set. All else is the original's."""
        nodes = [dict(node) for node in self.workflow.graph["nodes"]]
        for node, values in zip(nodes, self.values, strict=True):
            if values is not None:
                node["widgets_values"] = copy.copy(values)
        return {**self.workflow.graph, "nodes": nodes}


_SOCKETS: dict[int, Sockets] = {}  # by the workflow's identity, which the sockets keep from being given again


def sockets(workflow: Workflow, object_info: ObjectInfo) -> Sockets:
    """The workflow's sockets in a ComfyUI of these node classes."""
    known = _SOCKETS.get(id(workflow))
    if known is None or known.workflow is not workflow or not known.fits(object_info):
        if len(_SOCKETS) >= MOST_WORKFLOWS:
            _SOCKETS.clear()
        known = _SOCKETS[id(workflow)] = Sockets(workflow, object_info)
    return known
