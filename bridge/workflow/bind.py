"""A request's values bound into a workflow, and the prompt that results.

Values are bound into a copy of a file's graph, which then is both the prompt that runs and the graph that the
finished PNG carries. The widgets that they set, as one ComfyUI's node classes have them, are read once for all jobs."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bridge.catalog.model_sets import built_in
from bridge.catalog.models import matches, named
from bridge.core.errors import BadRequest, MissingParts, UnknownName, WorkflowError
from bridge.workflow.convert import changed, convert
from bridge.workflow.file import Input, Workflow, find, title_of
from bridge.workflow.missing import lacking_model
from bridge.workflow.widgets import ObjectInfo, completed, name_in_file, places, widgets

MOST_WORKFLOWS = 500  # workflows whose sockets are cached, more than a folder ever has

# Ways to fit a picture that go by another name where pixels are made, which leaves no edges to draw out, and where not.
EQUIVALENT_FITS = {"cover": "crop", "contain": "pad", "extend": "pad", "crop": "cover", "pad": "contain"}
SAME_FITS = ("cover", "contain", "crop", "pad")  # those of which nobody has to be told that they were renamed


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
        self._sockets: dict[str, Socket] = {}
        self._picks: dict[str, str | None] = {}
        self.selections: dict[Any, Any] = {}  # which model files go together, kept here by whoever selects them

    def fits(self, object_info: ObjectInfo) -> bool:
        """Whether the classes are the same objects: a newer look at ComfyUI keeps unchanged ones."""
        return all(object_info.get(name) is info for name, info in self._classes.items())

    def __getitem__(self, address: str) -> Socket:
        if address not in self._sockets:
            self._sockets[address] = self._read(address)
        return self._sockets[address]

    def _read(self, address: str) -> Socket:
        node_title, _, widget = address.rpartition(".")
        node = find(self.workflow.graph, node_title, repr(address), self.workflow.index)
        at = places(node, self._object_info)
        if widget not in at:
            raise WorkflowError(f"There is no widget for {address!r}.", hint=f"Widgets there: {', '.join(at)}.")
        slots = widgets(node, self._object_info[node["type"]]).slots

        def socket(name: str, control: Socket | None = None) -> Socket:
            slot, [number] = slots[at[name]], self.workflow.index[node_title]
            prompt_name = slot.name if slot.sent else ""
            slot_parts = slot.type, slot.options, prompt_name, name_in_file(slots, at[name])
            return Socket(number, str(node["id"]), name, at[name], *slot_parts, control)

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
        """The file's value of an input."""
        socket = self[entry.to[0]]
        return completed(self.workflow.graph["nodes"][socket.node], self._object_info)[socket.place]

    def pick(self, entry: Input) -> str | None:
        """The model file saved in the workflow, else the first that is preferred and not avoided; None for none."""
        if entry.name not in self._picks:
            self._picks[entry.name] = self._picked(entry)
        return self._picks[entry.name]

    def _picked(self, entry: Input) -> str | None:
        files, saved_file = self.files(entry), self.saved(entry)
        if saved_file in files:
            return saved_file
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
    entry = _SOCKETS.get(id(workflow))
    if entry is None or entry.workflow is not workflow or not entry.fits(object_info):
        if len(_SOCKETS) >= MOST_WORKFLOWS:
            _SOCKETS.clear()
        entry = _SOCKETS[id(workflow)] = Sockets(workflow, object_info)
    return entry


@dataclass(frozen=True)
class Bound:
    """A workflow with a request's values in it. `outputs` and `reports` map a name to a node id of `prompt`.

    `used` has each input's final value: requested, clamped, chosen by the bridge, or the file's own.
    """

    name: str
    graph: dict[str, Any] = field(repr=False)
    prompt: dict[str, Any] = field(repr=False)
    outputs: Mapping[str, str]
    notes: tuple[str, ...]
    sources: Mapping[tuple[str, str], str] = field(repr=False)
    used: Mapping[str, Any] = field(default_factory=dict)
    reports: Mapping[str, str] = field(default_factory=dict)

    def blame(self, node_id: str, input_name: str) -> str | None:
        """The workflow input that feeds this input of this node, so that errors are told in the caller's words."""
        return self.sources.get((str(node_id), input_name))


def saved(workflow: Workflow, name: str, object_info: ObjectInfo) -> Any:
    """The file's value of this input; None where this ComfyUI can't read the value."""
    entry, workflow_sockets = workflow.inputs[name], sockets(workflow, object_info)
    return workflow_sockets.saved(entry) if workflow_sockets.has_class(entry) else None


def bind(
    workflow: Workflow,
    values: Mapping[str, Any],
    object_info: ObjectInfo,
    *,
    models: Mapping[str, str] | None = None,
) -> Bound:
    """Put a request's values into a copy of the graph and convert that to a prompt.

    `values` are by input name (None is as if it were not there); pictures are names in ComfyUI's input folder.
    `models` is the user's own choice of model files by input name; `values` go before it. Numbers out of range
    are clamped, and `notes` says so. Raises UnknownName, BadRequest with the input as `field`, MissingParts,
    and WorkflowError where the file doesn't fit this ComfyUI's nodes.
    """
    for name in (*values, *(models or {})):
        if name not in workflow.inputs:
            raise UnknownName(name, workflow.inputs, what="Input", field=name)
    all_values = {**(models or {}), **{name: value for name, value in values.items() if value is not None}}
    workflow_sockets, notes = sockets(workflow, object_info), []
    graph, used_values, widget_values = workflow_sockets.graph(), {}, {}
    for entry in workflow.inputs.values():
        value = _value(entry, all_values.get(entry.name, entry.default), workflow_sockets)
        for socket in workflow_sockets.of[entry.name]:
            node = graph["nodes"][socket.node]
            if socket.control:  # a seed must stay what it was when the graph is run again
                _set(node, socket.control, "fixed")
            if value is not None:
                checked = _checked(entry, value, socket)
                _set(node, socket, checked)
                widget_values[socket.id, socket.name] = socket.type, checked
                same = checked == value or (value in SAME_FITS and checked == EQUIVALENT_FITS[value])
                if not same and f"{entry.name}: {checked} instead of {value}" not in notes:
                    notes.append(f"{entry.name}: {checked} instead of {value}")
            used_values[entry.name] = node["widgets_values"][socket.place]
        if entry.kind == "model":
            notes.append(f"{entry.name}: {value}")
    prompt = workflow_sockets.prompt(graph, widget_values)
    sources = workflow_sockets.outputs, tuple(notes), workflow_sockets.sources, used_values, workflow_sockets.reports
    return Bound(workflow.name, graph, prompt, *sources)


def _set(node: dict[str, Any], socket: Socket, value: Any) -> None:
    """Set one widget of a node, under its name too where the file has names."""
    node["widgets_values"][socket.place] = value
    values_by_name = node.get("widgets_values_named")
    if isinstance(values_by_name, dict):
        node["widgets_values_named"] = {**values_by_name, socket.by_name: value}


def _value(entry: Input, value: Any, workflow_sockets: Sockets) -> Any:
    """The value to bind; None keeps the file's value."""
    if entry.kind == "picture" and not value:
        hint = "Send a picture, in a request that takes one, such as img2img."
        raise BadRequest(f"{entry.name} is missing.", field=entry.name, hint=hint)
    if entry.kind != "model":
        return value
    if value is not None:
        return _file_named(entry, value, workflow_sockets.files(entry))
    default_file = workflow_sockets.pick(entry)
    if default_file is None:
        raise MissingParts(str(lacking_model(entry)), field=entry.name)
    return default_file


def _file_named(entry: Input, name: Any, files: list[str]) -> str:
    result = named(str(name), tuple(files))
    if result is None and (model_set := built_in().named(entry.model or "", str(name))):
        hint = f"Run `pixart models get {model_set}`."
        raise MissingParts(f"The {entry.name} {model_set!r} isn't here.", field=entry.name, hint=hint)
    if result is None:
        raise UnknownName(str(name), files, what=f"{entry.name.capitalize()} file", field=entry.name)
    return result


def _checked(entry: Input, value: Any, socket: Socket) -> Any:
    """The value as the node takes it: numbers clamped, choices and types checked."""
    type_, options = socket.type, socket.options
    if type_ in ("INT", "FLOAT"):
        return _clamped(entry, _number(entry.name, value, type_ == "INT"), options)
    if type_ == "COMBO" and entry.kind == "value":
        choices = entry.choices or options.get("options", [])
        if value in choices:
            return value
        if (alike := EQUIVALENT_FITS.get(str(value))) in choices:
            return alike
        what, called = entry.name.capitalize(), options.get("called")
        raise UnknownName(str(value), map(str, choices), what=what, field=entry.name, called=called)
    expected, words = (bool, "true or false") if type_ == "BOOLEAN" else (str, "a text")
    if not isinstance(value, expected):
        raise BadRequest(f"{entry.name} must be {words}, not {value!r}.", field=entry.name)
    return value


def _number(name: str, value: Any, is_whole: bool) -> int | float:
    """A finite number; 64.0 counts as whole. True is not a number."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or (is_whole and value != int(value)):
        raise BadRequest(f"{name} must be a {'whole ' * is_whole}number, not {value!r}.", field=name)
    return int(value) if is_whole else value


def _clamped(entry: Input, value: int | float, options: Mapping[str, Any]) -> int | float:
    lows = [low for low in (entry.min, options.get("min")) if low is not None]
    highs = [high for high in (entry.max, options.get("max")) if high is not None]
    return max([min([value, *highs]), *lows])
