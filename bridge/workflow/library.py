"""The workflow library: modes and versions, what they lack, and how a request's values become a prompt.

Values are bound into a copy of a file's graph, which then is both the prompt that runs and the graph that the
finished PNG carries.
"""

from __future__ import annotations

import copy
import fnmatch
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.catalog.models import named
from bridge.core.errors import BadRequest, MissingParts, UnknownName, WorkflowError
from bridge.workflow.convert import convert
from bridge.workflow.file import ENGINES, FILE_NAME, Input, Workflow, find, load
from bridge.workflow.widgets import ObjectInfo, completed, places, put, widgets

__all__ = ["Bound", "Input", "Library", "Missing", "Workflow", "bind", "convert", "default_model", "load", "missing"]


# Ways to fit a picture that go by another name where pixels are made: those leave no edges to draw out.
ALIKE = {"cover": "crop", "contain": "pad", "extend": "pad"}


@dataclass(frozen=True)
class Bound:
    """A workflow with a request's values in it. `outputs` and `reports` map a name to a node id of `prompt`.

    `used` is what each input was in the end: asked, clamped, chosen, or as the file says.
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


@dataclass(frozen=True)
class Missing:
    """What a workflow needs and this ComfyUI lacks. `kind` is `node class` or `model`, `how` says how to get it."""

    kind: str
    name: str
    how: str

    def __str__(self) -> str:
        return f"The {self.kind} {self.name!r} is missing: {self.how}."


def sentences(lacks: Iterable[Missing]) -> tuple[str, ...]:
    """Sentences about what is missing, one for all that is to be got in the same way."""
    groups: dict[tuple[str, str], list[Missing]] = {}
    for part in lacks:
        groups.setdefault((part.kind, part.how), []).append(part)
    return tuple(_sentence(parts) for parts in groups.values())


def _sentence(parts: list[Missing]) -> str:
    first, names = parts[0], ", ".join(part.name for part in parts)
    plural = f"{first.kind}es" if first.kind.endswith("s") else f"{first.kind}s"
    return str(first) if len(parts) == 1 else f"{len(parts)} {plural} are missing ({names}): {first.how}."


class Library:
    """The workflows of a folder, by mode and version. Files not called `NAME.vN.json` are left alone."""

    def __init__(self, workflows: Iterable[Workflow]) -> None:
        self._by_name = {workflow.name: workflow for workflow in workflows}
        self._newest: dict[str, Workflow] = {}
        for workflow in sorted(self._by_name.values(), key=lambda each: each.version):
            self._newest[workflow.mode] = workflow
        self._forms = {(each.engine, mode): each for each in self._newest.values() for mode in each.serves}

    @classmethod
    def open(cls, folder: Path) -> Library:
        """Read every workflow of a folder. Raises WorkflowError for a file that isn't right."""
        library = cls(load(path) for path in sorted(folder.glob("*.json")) if FILE_NAME.fullmatch(path.name))
        for workflow in library:
            if workflow.fallback is not None and workflow.fallback not in library._newest:
                raise WorkflowError(f"{workflow.name} falls back to {workflow.fallback!r}, which is not in {folder}.")
            for mode in workflow.serves:
                other = library.form(mode, workflow.engine)
                if other is not None and other.mode != workflow.mode:
                    raise WorkflowError(f"{workflow.name} and {other.name} both serve {mode!r} on {workflow.engine}.")
        for workflow in library:
            library._check_way(workflow)
        return library

    def _check_way(self, workflow: Workflow) -> None:
        """From fallback to fallback it comes to an end, whatever engine draws. Raises WorkflowError."""
        for engine in ENGINES:
            way, mode = [workflow.name], workflow.fallback
            while mode is not None:
                step = self.form(mode, engine) or self._newest[mode]
                way.append(step.name)
                if step.name in way[:-1]:
                    raise WorkflowError(f"Fallbacks go in a circle: {', '.join(way)}.", hint="Take one of them out.")
                mode = step.fallback

    def __iter__(self) -> Any:
        return iter(self._by_name.values())

    def modes(self) -> tuple[str, ...]:
        """The modes there are, sorted."""
        return tuple(sorted(self._newest))

    def model_classes(self) -> set[str]:
        """The node classes that the workflows take model files from."""
        models = [(each, entry) for each in self for entry in each.inputs.values() if entry.kind == "model"]
        return {find(each.graph, _title_of(entry), entry.name, each.index)["type"] for each, entry in models}

    def form(self, mode: str, engine: str) -> Workflow | None:
        """What draws this mode on an engine; None where the mode's own workflow does, or nothing."""
        return self._forms.get((engine, mode))

    def get(self, name: str) -> Workflow:
        """The newest version of a mode (`sketch`), or a fixed one (`sketch@1`). Raises UnknownName."""
        known = {**self._newest, **self._by_name}
        if name not in known:
            # Callers choose one by their field `workflow`, in every dialect that lets them.
            raise UnknownName(name, known if "@" in name else self._newest, what="Workflow", field="workflow")
        return known[name]

    def answering(self, name: str, output: str) -> Workflow:
        """As `get`, for a caller that is answered with this output. Raises BadRequest for a workflow without it."""
        workflow = self.get(name)
        if output not in workflow.outputs:
            able = ", ".join(mode for mode in self.modes() if output in self._newest[mode].outputs)
            raise BadRequest(
                f"Workflow {workflow.name!r} has no output {output!r}, which this request is answered with.",
                field="workflow",
                hint=f"These have one: {able}.",
            )
        return workflow


def missing(
    workflow: Workflow, object_info: ObjectInfo, *, models: Mapping[str, str] | None = None
) -> tuple[Missing, ...]:
    """What this ComfyUI lacks to run the workflow; `models` is the user's own choice, by input name."""
    lacks = [lacking_node(name) for name in workflow.classes if name not in object_info]
    place = _Places(workflow.graph, object_info, workflow.index)
    for entry in workflow.inputs.values():
        if entry.kind != "model" or entry.name in (models or {}):
            continue
        if place.node(entry)["type"] in object_info and _pick(entry, place) is None:
            lacks.append(_lacking(entry))
    return tuple(lacks)


def lacking_node(name: str) -> Missing:
    """What is said of a node class that this ComfyUI hasn't."""
    return Missing("node class", name, _source(name))


def _lacking(entry: Input) -> Missing:
    return Missing("model", entry.name, f"put {entry.summary} into ComfyUI's models/{entry.model} folder")


def _source(node_class: str) -> str:
    if node_class.startswith("Pixart"):
        return "put this project's custom_nodes/pixart_nodes into ComfyUI's custom_nodes and restart it"
    return "update ComfyUI or install the node pack that has it, and restart it"


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
    wanted = {**(models or {}), **{name: value for name, value in values.items() if value is not None}}
    graph, notes = _copied(workflow.graph, object_info), []
    place = _Places(graph, object_info, workflow.index)
    sources: dict[tuple[str, str], str] = {}
    used: dict[str, Any] = {}
    for entry in workflow.inputs.values():
        value = _value(entry, wanted.get(entry.name, entry.default), place)
        for address in entry.to:
            node, widget, at = place(address)
            sources[str(node["id"]), widget] = entry.name
            if f"{widget}.control" in at:  # a seed must stay what it was when the graph is run again
                put(node, f"{widget}.control", "fixed", object_info)
            if value is not None:
                checked = _checked(entry, value, _spec(node, at[widget], object_info))
                put(node, widget, checked, object_info)
                if checked != value and f"{entry.name}: {checked} instead of {value}" not in notes:
                    notes.append(f"{entry.name}: {checked} instead of {value}")
            used[entry.name] = node["widgets_values"][at[widget]]
        if entry.kind == "model":
            notes.append(f"{entry.name}: {value}")
    outputs, reports = (
        {name: str(find(graph, each, name, workflow.index)["id"]) for name, each in titles.items()}
        for titles in (workflow.outputs, workflow.reports)
    )
    return Bound(workflow.name, graph, convert(graph, object_info), outputs, tuple(notes), sources, used, reports)


def _copied(graph: Mapping[str, Any], object_info: ObjectInfo) -> dict[str, Any]:
    """A copy whose widgets can be set, those that are newer than the file too. All else is the original's."""
    nodes = [dict(node) for node in graph["nodes"]]
    for node in nodes:
        if "widgets_values" in node or "widgets_values_named" in node:
            node["widgets_values"] = copy.copy(completed(node, object_info))
    return {**graph, "nodes": nodes}


def _value(entry: Input, value: Any, place: _Places) -> Any:
    """The value to bind; None keeps what the file says."""
    if entry.kind == "picture" and not value:
        hint = "Send a picture, in a request that takes one, such as img2img."
        raise BadRequest(f"{entry.name} is missing.", field=entry.name, hint=hint)
    if entry.kind != "model":
        return value
    if value is not None:
        return _named(entry, value, _files(entry, place))
    picked = _pick(entry, place)
    if picked is None:
        raise MissingParts(str(_lacking(entry)), field=entry.name)
    return picked


def _files(entry: Input, place: _Places) -> list[str]:
    """The model files that ComfyUI offers where this input is set."""
    node, widget, at = place(entry.to[0])
    return [str(each) for each in _spec(node, at[widget], place.object_info)[1].get("options", [])]


def default_model(workflow: Workflow, name: str, object_info: ObjectInfo) -> str:
    """The model file that the workflow takes for this input when nobody names one; empty for none."""
    entry, place = workflow.inputs.get(name), _Places(workflow.graph, object_info, workflow.index)
    if entry is None or entry.kind != "model" or place.node(entry)["type"] not in object_info:
        return ""
    return _pick(entry, place) or ""


def saved(workflow: Workflow, name: str, object_info: ObjectInfo) -> Any:
    """What the file says for this input; None where this ComfyUI can't read it."""
    entry, place = workflow.inputs[name], _Places(workflow.graph, object_info, workflow.index)
    if place.node(entry)["type"] not in object_info:
        return None
    node, widget, at = place(entry.to[0])
    return completed(node, object_info)[at[widget]]


def _title_of(entry: Input) -> str:
    return entry.to[0].rpartition(".")[0]


def _pick(entry: Input, place: _Places) -> str | None:
    """The file saved in the workflow, else the first that is preferred and not avoided; None for none."""
    files = _files(entry, place)
    node, widget, at = place(entry.to[0])
    saved = completed(node, place.object_info)[at[widget]]
    if saved in files:
        return saved
    usable = [file for file in files if not _matches(file, entry.avoid)]
    ranked = (file for pattern in entry.prefer for file in usable if _matches(file, (pattern,)))
    return next(ranked, None)


def _matches(file: str, patterns: Iterable[str]) -> bool:
    plain = file.replace("\\", "/").lower()
    return any(fnmatch.fnmatchcase(plain, pattern.lower()) for pattern in patterns)


def _named(entry: Input, name: Any, files: list[str]) -> str:
    result = named(str(name), tuple(files))
    if result is None:
        raise UnknownName(str(name), files, what=f"{entry.name.capitalize()} file", field=entry.name)
    return result


class _Places:
    """Finds the widgets of a graph by their addresses; each node is looked for once."""

    def __init__(self, graph: Mapping[str, Any], object_info: ObjectInfo, index: Mapping[str, tuple[int, ...]]) -> None:
        self.object_info = object_info
        self._graph, self._index = graph, index
        self._known: dict[str, tuple[dict[str, Any], Mapping[str, int]]] = {}

    def node(self, entry: Input) -> dict[str, Any]:
        """The node that an input sets first."""
        return find(self._graph, _title_of(entry), entry.name, self._index)

    def __call__(self, address: str) -> tuple[dict[str, Any], str, Mapping[str, int]]:
        """The node of an address, its widget, and where the node keeps its widgets' values."""
        node_title, _, widget = address.rpartition(".")
        if node_title not in self._known:
            node = find(self._graph, node_title, repr(address), self._index)
            self._known[node_title] = node, places(node, self.object_info)
        node, at = self._known[node_title]
        if widget not in at:
            raise WorkflowError(f"There is no widget for {address!r}.", hint=f"Widgets there: {', '.join(at)}.")
        return node, widget, at


def _spec(node: Mapping[str, Any], place: int, object_info: ObjectInfo) -> tuple[str, Mapping[str, Any]]:
    """Type and options of what is at this place of the node's `widgets_values`."""
    slot = widgets(node, object_info[node["type"]]).slots[place]
    return slot.type, slot.options


def _checked(entry: Input, value: Any, spec: tuple[str, Mapping[str, Any]]) -> Any:
    """The value as the node takes it: numbers clamped, choices and types checked."""
    type_, options = spec
    if type_ in ("INT", "FLOAT"):
        return _clamped(entry, _number(entry.name, value, type_ == "INT"), options)
    if type_ == "COMBO" and entry.kind == "value":
        choices = entry.choices or options.get("options", [])
        if value in choices:
            return value
        if (alike := ALIKE.get(str(value))) in choices:
            return alike
        raise UnknownName(str(value), map(str, choices), what=entry.name.capitalize(), field=entry.name)
    wanted, words = (bool, "true or false") if type_ == "BOOLEAN" else (str, "a text")
    if not isinstance(value, wanted):
        raise BadRequest(f"{entry.name} must be {words}, not {value!r}.", field=entry.name)
    return value


def _number(name: str, value: Any, whole: bool) -> int | float:
    """A finite number; 64.0 counts as whole. True is not a number."""
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not good or (whole and value != int(value)):
        raise BadRequest(f"{name} must be a {'whole ' * whole}number, not {value!r}.", field=name)
    return int(value) if whole else value


def _clamped(entry: Input, value: int | float, options: Mapping[str, Any]) -> int | float:
    lows = [low for low in (entry.min, options.get("min")) if low is not None]
    highs = [high for high in (entry.max, options.get("max")) if high is not None]
    return max([min([value, *highs]), *lows])
