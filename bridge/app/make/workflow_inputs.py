"""Inputs of workflows as texts: the values that a person may write for each, by the nodes of a running ComfyUI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bridge.core.errors import BadRequest, UnknownName
from bridge.workflow.additions import ADDITIONS, extended
from bridge.workflow.bind import Socket, Sockets, sockets
from bridge.workflow.file import BUILT_IN, Input, Workflow
from bridge.workflow.library import Library
from bridge.workflow.plan import PREFIX
from bridge.workflow.widgets import ObjectInfo

YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
NOUN_BY_TYPE = {"INT": "whole number", "FLOAT": "number", "BOOLEAN": "true or false", "STRING": "text"}
OPEN_ENDED = 1e9  # a limit from which on people aren't shown it


def assignments(texts: Sequence[str]) -> dict[str, str]:
    """The values of `--set input=value`, by input. Raises BadRequest for a text of another form."""
    result = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark or not name.strip():
            raise BadRequest(f"--set takes input=value, not {text!r}.", hint="`--list` shows the inputs.")
        result[name.strip()] = value
    return result


def forms(library: Library, mode: str, engine: str) -> Iterator[Workflow]:
    """All workflows that may draw a mode and differ in inputs: the mode's own, an engine's, its fallbacks'."""
    names: set[str] = set()
    name: str | None = mode
    while name is not None and name not in names:
        names.add(name)
        own = library.get(name)
        yield own
        for each in (engine, BUILT_IN):
            if (form := library.form(own.mode, each)) is not None:
                yield form
        name = own.fallback


def values(
    texts: Mapping[str, Any], candidates: Sequence[Workflow], words: Mapping[str, str], object_info: ObjectInfo
) -> dict[str, Any]:
    """The texts as values of inputs, each of the type that the first workflow with this input takes.

    Raises UnknownName for an input that none has, BadRequest for a text that is no such value.
    """
    return {name: _value(name, text, candidates, words, object_info) for name, text in texts.items()}


def _value(
    name: str, text: Any, candidates: Sequence[Workflow], words: Mapping[str, str], object_info: ObjectInfo
) -> Any:
    field = words.get(name, name)
    able = [(each.inputs[name], sockets(each, object_info)) for each in candidates if name in each.inputs]
    if not able:
        first = candidates[0]
        if field.startswith("--set"):
            raise UnknownName(name, set(first.inputs) - {PREFIX}, what=f"{first.name}: the input", field="--set")
        raise BadRequest(f"{first.name} has no input for {field}.", hint="`--workflow NAME --list` shows what one has.")
    entry, inputs = next(((entry, inputs) for entry, inputs in able if inputs.has_class(entry)), able[0])
    return parsed(text, inputs[entry.to[0]].type, field) if inputs.has_class(entry) else text


def parsed(text: Any, type: str, field: str) -> Any:
    """A text as a value of a widget's type. Raises BadRequest that names the field."""
    if not isinstance(text, str):
        return text
    if type == "BOOLEAN":
        if text.lower() not in (*YES, *NO):
            raise BadRequest(f"{field} must be true or false, not {text!r}.", field=field)
        return text.lower() in YES
    if type not in ("INT", "FLOAT"):
        return text
    try:
        return int(text) if type == "INT" else float(text)
    except ValueError as error:
        raise BadRequest(f"{field} must be a {NOUN_BY_TYPE[type]}, not {text!r}.", field=field) from error


def listing(workflow: Workflow, object_info: ObjectInfo) -> list[str]:
    """Lines for people about a workflow's inputs: name, range, default and purpose of each."""
    workflow = extended(workflow, ADDITIONS, object_info)
    inputs = sockets(workflow, object_info)
    entries = [entry for entry in workflow.inputs.values() if entry.name != PREFIX]
    rows = [(entry.name, *_row(entry, inputs), entry.summary) for entry in entries]
    width = max(len(row[0]) for row in rows)
    lines = [f"{workflow.name}: {workflow.summary}"]
    for name, takes, default, summary in rows:
        lines += [f"  {name:{width}}  {summary}", f"  {'':{width}}  {takes}{default}"]
    return lines


def _row(entry: Input, inputs: Sockets) -> tuple[str, str]:
    """The range of an input, and its default in brackets or nothing."""
    if entry.kind == "picture":
        return "a picture's path", ""
    if not inputs.has_class(entry):
        return "its node isn't in this ComfyUI", ""
    saved = inputs.pick(entry) if entry.kind == "model" else inputs.saved(entry)
    saved = saved if entry.default is None else entry.default
    return range_of(entry, inputs[entry.to[0]]), f" ({saved})" if saved not in ("", None) else ""


def range_of(entry: Input, socket: Socket) -> str:
    """The values that may be written: a number's limits, a menu's choices."""
    options = socket.options
    if socket.type == "COMBO":
        return ", ".join(map(str, entry.choices or options.get("options", []))) or "nothing is there to choose from"
    kind = NOUN_BY_TYPE.get(socket.type, socket.type.lower())
    lows = [each for each in (entry.min, options.get("min")) if each is not None]
    highs = [each for each in (entry.max, options.get("max")) if each is not None]
    if socket.type not in ("INT", "FLOAT") or not lows or not highs:
        return kind
    low, high = max(lows), min(highs)
    return f"{kind} from {low:g}" if high > OPEN_ENDED else f"{kind}, {low:g} to {high:g}"
