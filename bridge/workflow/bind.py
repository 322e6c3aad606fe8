"""A request's values in a workflow, and the prompt that it becomes.

Values are bound into a copy of a file's graph, which then is both the prompt that runs and the graph that the
finished PNG carries.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.catalog.model_sets import built_in
from bridge.catalog.models import named
from bridge.core.errors import BadRequest, MissingParts, UnknownName
from bridge.workflow.file import Input, Workflow
from bridge.workflow.missing import lacking_model
from bridge.workflow.sockets import Socket, Sockets, sockets
from bridge.workflow.widgets import ObjectInfo

# Ways to fit a picture that go by another name where pixels are made, which leaves no edges to draw out, and where not.
ALIKE = {"cover": "crop", "contain": "pad", "extend": "pad", "crop": "cover", "pad": "contain"}


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


def saved(workflow: Workflow, name: str, object_info: ObjectInfo) -> Any:
    """What the file says for this input; None where this ComfyUI can't read it."""
    entry, known = workflow.inputs[name], sockets(workflow, object_info)
    return known.saved(entry) if known.has_class(entry) else None


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
    known, notes = sockets(workflow, object_info), []
    graph, used, put = known.graph(), {}, {}
    for entry in workflow.inputs.values():
        value = _value(entry, wanted.get(entry.name, entry.default), known)
        for socket in known.of[entry.name]:
            node = graph["nodes"][socket.node]
            if socket.control:  # a seed must stay what it was when the graph is run again
                _set(node, socket.control, "fixed")
            if value is not None:
                checked = _checked(entry, value, socket)
                _set(node, socket, checked)
                put[socket.id, socket.name] = socket.type, checked
                if checked != value and f"{entry.name}: {checked} instead of {value}" not in notes:
                    notes.append(f"{entry.name}: {checked} instead of {value}")
            used[entry.name] = node["widgets_values"][socket.place]
        if entry.kind == "model":
            notes.append(f"{entry.name}: {value}")
    prompt = known.prompt(graph, put)
    about = known.outputs, tuple(notes), known.sources, used, known.reports
    return Bound(workflow.name, graph, prompt, *about)


def _set(node: dict[str, Any], socket: Socket, value: Any) -> None:
    """Set one widget of a node, under its name too where the file has names."""
    node["widgets_values"][socket.place] = value
    named = node.get("widgets_values_named")
    if isinstance(named, dict):
        node["widgets_values_named"] = {**named, socket.by_name: value}


def _value(entry: Input, value: Any, known: Sockets) -> Any:
    """The value to bind; None keeps what the file says."""
    if entry.kind == "picture" and not value:
        hint = "Send a picture, in a request that takes one, such as img2img."
        raise BadRequest(f"{entry.name} is missing.", field=entry.name, hint=hint)
    if entry.kind != "model":
        return value
    if value is not None:
        return _named(entry, value, known.files(entry))
    picked = known.pick(entry)
    if picked is None:
        raise MissingParts(str(lacking_model(entry)), field=entry.name)
    return picked


def _named(entry: Input, name: Any, files: list[str]) -> str:
    result = named(str(name), tuple(files))
    if result is None and (known := built_in().named(entry.model or "", str(name))):
        hint = f"Run `pixart models get {known}`."
        raise MissingParts(f"The {entry.name} {known!r} isn't here.", field=entry.name, hint=hint)
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
