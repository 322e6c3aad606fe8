"""Workflow files: one a mode and version, as ComfyUI's editor saves them, with a handle in `extra.pixart`.

A file is read once, its addresses (`Node title.widget`) are checked, and a request's values are bound into a copy
of its graph, which then is both the prompt that runs and the graph that the finished PNG carries.
"""

from __future__ import annotations

import copy
import difflib
import fnmatch
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.convert import BYPASSED, DRAWN_ONLY, MUTED, ObjectInfo, convert, kind_of, places, title
from bridge.errors import BadRequest, MissingParts, UnknownName, WorkflowError

KINDS = ("value", "picture", "model")
HANDLE = {"mode", "version", "summary", "fallback", "needs", "inputs", "outputs"}
FILE_NAME = re.compile(r"(?P<mode>[a-z0-9-]+)\.v(?P<version>[0-9]+)\.json")


@dataclass(frozen=True)
class Input:
    """Something that a request may set. `to` are addresses, `Node title.widget`, all set to the same value.

    Without a `default` the value saved in the file holds, so that what a person tunes in the editor is what runs.
    `min` and `max` narrow the node's own limits. For models, `model` is the folder under `models/`, and the first
    of `prefer` (file name patterns, in order) that matches a file not in `avoid` is taken.
    """

    name: str
    to: tuple[str, ...]
    summary: str = ""
    default: Any = None
    min: float | None = None
    max: float | None = None
    choices: tuple[Any, ...] | None = None
    kind: str = "value"
    model: str | None = None
    prefer: tuple[str, ...] = ("*",)
    avoid: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workflow:
    """One file. `outputs` maps a result's name to the title of the node that makes it."""

    mode: str
    version: int
    summary: str
    fallback: str | None
    needs: Mapping[str, tuple[str, ...]]
    inputs: Mapping[str, Input]
    outputs: Mapping[str, str]
    graph: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """The fixed name of this version: `sketch@1`."""
        return f"{self.mode}@{self.version}"


@dataclass(frozen=True)
class Bound:
    """A workflow with a request's values in it. `outputs` maps a result's name to a node id of `prompt`."""

    name: str
    graph: dict[str, Any] = field(repr=False)
    prompt: dict[str, Any] = field(repr=False)
    outputs: Mapping[str, str]
    notes: tuple[str, ...]
    sources: Mapping[tuple[str, str], str] = field(repr=False)

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


class Library:
    """The workflows of a folder, by mode and version. Files not called `NAME.vN.json` are left alone."""

    def __init__(self, workflows: Iterable[Workflow]) -> None:
        self._by_name = {workflow.name: workflow for workflow in workflows}
        self._newest: dict[str, Workflow] = {}
        for workflow in sorted(self._by_name.values(), key=lambda each: each.version):
            self._newest[workflow.mode] = workflow

    @classmethod
    def open(cls, folder: Path) -> Library:
        """Read every workflow of a folder. Raises WorkflowError for a file that isn't right."""
        library = cls(load(path) for path in sorted(folder.glob("*.json")) if FILE_NAME.fullmatch(path.name))
        for workflow in library:
            if workflow.fallback is not None and workflow.fallback not in library._newest:
                raise WorkflowError(f"{workflow.name} falls back to {workflow.fallback!r}, which is not in {folder}.")
        return library

    def __iter__(self) -> Any:
        return iter(self._by_name.values())

    def modes(self) -> tuple[str, ...]:
        """The modes there are, sorted."""
        return tuple(sorted(self._newest))

    def get(self, name: str) -> Workflow:
        """The newest version of a mode (`sketch`), or a fixed one (`sketch@1`). Raises UnknownName."""
        known = {**self._newest, **self._by_name}
        if name not in known:
            raise UnknownName(name, known if "@" in name else self._newest, what="Mode")
        return known[name]


def load(path: Path) -> Workflow:
    """Read and check one file. Raises WorkflowError, which names the file, the address and what there is instead."""
    named = FILE_NAME.fullmatch(path.name)
    if named is None:
        raise WorkflowError(f"{path.name} is not called like a workflow.", hint="Call it NAME.vN.json.")
    try:
        graph = json.loads(path.read_text(encoding="utf-8"))
        workflow = _read(graph)
        _check_addresses(workflow)
    except json.JSONDecodeError as error:
        raise WorkflowError(f"{path.name} is not JSON: {error}.") from error
    except WorkflowError as error:
        raise WorkflowError(f"{path.name}: {error.message}", hint=error.hint) from error
    if (workflow.mode, workflow.version) != (named["mode"], int(named["version"])):
        raise WorkflowError(
            f"{path.name} says inside that it is {workflow.name}.", hint="Mode and version must be those of its name."
        )
    return workflow


def _read(graph: Any) -> Workflow:
    if not isinstance(graph, dict) or not isinstance(graph.get("nodes"), list):
        raise WorkflowError("It is not a graph that ComfyUI's editor saved.", hint="Save it there, not as API export.")
    handle = (graph.get("extra") or {}).get("pixart")
    if not isinstance(handle, dict):
        raise WorkflowError("It has no extra.pixart.", hint="Start from a file in workflows/, which has one.")
    _check_keys(handle, HANDLE, {"mode", "version", "inputs", "outputs"}, "extra.pixart")
    return Workflow(
        handle["mode"],
        handle["version"],
        handle.get("summary", ""),
        handle.get("fallback"),
        {kind: tuple(names) for kind, names in handle.get("needs", {}).items()},
        {name: _read_input(name, entry) for name, entry in handle["inputs"].items()},
        handle["outputs"],
        graph,
    )


def _read_input(name: str, entry: dict[str, Any]) -> Input:
    where = f"extra.pixart.inputs.{name}"
    _check_keys(entry, set(Input.__dataclass_fields__) - {"name"}, {"to"}, where)
    lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
    made = Input(name, **{**entry, **lists})
    if made.kind not in KINDS:
        raise WorkflowError(f"{where}.kind is {made.kind!r}.", hint=f"It must be one of: {', '.join(KINDS)}.")
    if (made.kind == "model") != (made.model is not None):
        raise WorkflowError(f"{where} must have both kind 'model' and its folder in 'model', or neither.")
    if not made.to or isinstance(made.to, str):
        raise WorkflowError(f"{where}.to must be a list of addresses like 'Node title.widget'.")
    return made


def _check_keys(entry: Any, known: set[str], needed: set[str], where: str) -> None:
    if not isinstance(entry, dict):
        raise WorkflowError(f"{where} must be an object.")
    for key in sorted(entry.keys() - known):
        close = difflib.get_close_matches(key, known, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(sorted(known))}."
        raise WorkflowError(f"{where} has an unknown key {key!r}.", hint=hint)
    if needed - entry.keys():
        raise WorkflowError(f"{where} lacks {', '.join(sorted(needed - entry.keys()))}.")


def _check_addresses(workflow: Workflow) -> None:
    taken: dict[str, str] = {}
    for entry in workflow.inputs.values():
        for address in entry.to:
            _check_widget(workflow.graph, address, entry.name)
            if address in taken:
                raise WorkflowError(f"Inputs {taken[address]!r} and {entry.name!r} both set {address!r}.")
            taken[address] = entry.name
    for name, node_title in workflow.outputs.items():
        if _find(workflow.graph, node_title, f"output {name!r}").get("mode") in (MUTED, BYPASSED):
            raise WorkflowError(f"The node {node_title!r} of output {name!r} is muted or bypassed.")
    folders = {entry.model for entry in workflow.inputs.values() if entry.model}
    if "models" in workflow.needs and set(workflow.needs["models"]) != folders:
        raise WorkflowError(f"extra.pixart.needs.models must be the folders of its model inputs: {sorted(folders)}.")


def _check_widget(graph: Mapping[str, Any], address: str, name: str) -> None:
    """Some files leave out the inputs of widgets; those are checked when a request is bound."""
    node_title, _, widget = address.rpartition(".")
    node = _find(graph, node_title, f"input {name!r} ({address!r})")
    entries = [each for each in node.get("inputs") or [] if each.get("widget")]
    names = [each["widget"]["name"] for each in entries]
    if widget not in names and any(each.get("link") is None for each in entries):
        raise WorkflowError(
            f"Input {name!r} is to set {address!r}, but the node {node_title!r} has no widget {widget!r}.",
            hint=f"Its widgets: {', '.join(names)}.",
        )
    if any(each["widget"]["name"] == widget and each.get("link") is not None for each in entries):
        raise WorkflowError(f"Input {name!r} is to set {address!r}, but a link feeds it.", hint="Remove one of them.")


def _find(graph: Mapping[str, Any], node_title: str, what: str) -> dict[str, Any]:
    """The one node with this title."""
    titles = [title(node) for node in graph["nodes"] if node["type"] not in DRAWN_ONLY]
    found = [node for node in graph["nodes"] if title(node) == node_title and node["type"] not in DRAWN_ONLY]
    if len(found) != 1:
        problem = "no node" if not found else f"{len(found)} nodes"
        raise WorkflowError(
            f"For {what} there is {problem} with the title {node_title!r}.",
            hint=f"Titles: {', '.join(sorted(set(titles)))}.",
        )
    return found[0]


def missing(
    workflow: Workflow, object_info: ObjectInfo, *, models: Mapping[str, str] | None = None
) -> tuple[Missing, ...]:
    """What this ComfyUI lacks to run the workflow; `models` is the user's own choice, by input name."""
    used = {node["type"] for node in workflow.graph["nodes"]} - DRAWN_ONLY | set(workflow.needs.get("nodes", ()))
    lacks = [Missing("node class", name, _source(name)) for name in sorted(used - object_info.keys())]
    for entry in workflow.inputs.values():
        node = _find(workflow.graph, entry.to[0].rpartition(".")[0], entry.name)
        there = node["type"] in object_info and entry.kind == "model"
        if there and entry.name not in (models or {}) and _pick(entry, workflow.graph, object_info) is None:
            how = f"put {entry.summary or 'one'} into ComfyUI's models/{entry.model} folder"
            lacks.append(Missing("model", entry.name, how))
    return tuple(lacks)


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
    graph, notes = copy.deepcopy(dict(workflow.graph)), []
    sources: dict[tuple[str, str], str] = {}
    for entry in workflow.inputs.values():
        value = _value(entry, wanted.get(entry.name, entry.default), graph, object_info)
        for address in entry.to:
            node, widget, at = _place(graph, address, object_info)
            sources[str(node["id"]), widget] = entry.name
            if f"{widget}.control" in at:  # a seed must stay what it was when the graph is run again
                node["widgets_values"][at[f"{widget}.control"]] = "fixed"
            if value is not None:
                checked = _checked(entry, value, _spec(node, widget, object_info))
                node["widgets_values"][at[widget]] = checked
                if checked != value and f"{entry.name}: {checked} instead of {value}" not in notes:
                    notes.append(f"{entry.name}: {checked} instead of {value}")
        if entry.kind == "model":
            notes.append(f"{entry.name}: {value}")
    outputs = {name: str(_find(graph, each, name)["id"]) for name, each in workflow.outputs.items()}
    return Bound(workflow.name, graph, convert(graph, object_info), outputs, tuple(notes), sources)


def _value(entry: Input, value: Any, graph: Mapping[str, Any], object_info: ObjectInfo) -> Any:
    """The value to bind; None keeps what the file says."""
    if entry.kind == "picture" and not value:
        raise BadRequest(f"{entry.name} is missing.", field=entry.name, hint="Send a picture.")
    if entry.kind != "model":
        return value
    picked = (
        _pick(entry, graph, object_info) if value is None else _named(entry, value, _files(entry, graph, object_info))
    )
    if picked is None:
        raise MissingParts(
            f"This ComfyUI has no {entry.summary or entry.name}.",
            field=entry.name,
            hint=f"Put it in models/{entry.model}.",
        )
    return picked


def _files(entry: Input, graph: Mapping[str, Any], object_info: ObjectInfo) -> list[str]:
    """The model files that ComfyUI offers where this input is set."""
    node, widget, _ = _place(graph, entry.to[0], object_info)
    return [str(each) for each in _spec(node, widget, object_info)[1].get("options", [])]


def _pick(entry: Input, graph: Mapping[str, Any], object_info: ObjectInfo) -> str | None:
    """The file saved in the workflow, else the first that is preferred and not avoided; None for none."""
    files = _files(entry, graph, object_info)
    node, widget, at = _place(graph, entry.to[0], object_info)
    saved = node["widgets_values"][at[widget]]
    if saved in files:
        return saved
    usable = [file for file in files if not _matches(file, entry.avoid)]
    ranked = (file for pattern in entry.prefer for file in usable if _matches(file, (pattern,)))
    return next(ranked, None)


def _matches(file: str, patterns: Iterable[str]) -> bool:
    plain = file.replace("\\", "/").lower()
    return any(fnmatch.fnmatchcase(plain, pattern.lower()) for pattern in patterns)


def _named(entry: Input, name: Any, files: list[str]) -> str:
    """The file that a person means by its name, with or without folder and ending."""
    plain = str(name).replace("\\", "/").lower()
    for shorten in (str, _base, _stem):
        found = [file for file in files if shorten(file.replace("\\", "/").lower()) == plain]
        if found:
            return found[0]
    raise UnknownName(str(name), files, what=f"{entry.name.capitalize()} file", field=entry.name)


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _stem(path: str) -> str:
    return _base(path).rpartition(".")[0]


def _place(
    graph: Mapping[str, Any], address: str, object_info: ObjectInfo
) -> tuple[dict[str, Any], str, dict[str, int]]:
    """The node of an address, its widget, and where the node keeps its widgets' values."""
    node_title, _, widget = address.rpartition(".")
    node = _find(graph, node_title, repr(address))
    at = places(node, object_info)
    if widget not in at:
        raise WorkflowError(f"There is no widget for {address!r}.", hint=f"Widgets there: {', '.join(at)}.")
    return node, widget, at


def _spec(node: Mapping[str, Any], widget: str, object_info: ObjectInfo) -> tuple[str, Mapping[str, Any]]:
    inputs = object_info[node["type"]]["input"]
    return kind_of({**(inputs.get("required") or {}), **(inputs.get("optional") or {})}[widget])


def _checked(entry: Input, value: Any, spec: tuple[str, Mapping[str, Any]]) -> Any:
    """The value as the node takes it: numbers clamped, choices and types checked."""
    type_, options = spec
    if type_ in ("INT", "FLOAT"):
        return _clamped(entry, _number(entry.name, value, type_ == "INT"), options)
    if type_ == "COMBO" and entry.kind == "value":
        choices = entry.choices or options.get("options", [])
        if value not in choices:
            raise UnknownName(str(value), map(str, choices), what=entry.name.capitalize(), field=entry.name)
    wanted, words = (bool, "true or false") if type_ == "BOOLEAN" else (str, "a text")
    if type_ != "COMBO" and not isinstance(value, wanted):
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
