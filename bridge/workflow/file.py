"""One workflow file, read and checked: a graph as ComfyUI's editor saves it, with a handle in `extra.pixart`.

The handle names a request's inputs by address, `Node title.widget`, and the outputs by their nodes' titles.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bridge.core.errors import WorkflowError
from bridge.workflow.convert import BYPASSED, DRAWN_ONLY, MUTED, check_format
from bridge.workflow.widgets import label, named_values, title

INPUT_KINDS = ("value", "picture", "model")
TEXT, WHOLE_NUMBER, NUMBER, LIST, OBJECT = "a text", "a whole number", "a number", "a list", "an object"
PYTHON_TYPES = {TEXT: str, WHOLE_NUMBER: int, NUMBER: (int, float), LIST: list, OBJECT: dict}
HANDLE_TYPES = {"mode": TEXT, "version": WHOLE_NUMBER, "inputs": OBJECT, "outputs": OBJECT}
HANDLE_MORE = {"summary": TEXT, "fallback": TEXT, "needs": OBJECT, "engine": TEXT, "serves": LIST, "reports": OBJECT}
HANDLE_MORE |= {"families": LIST}
BUILT_IN = "builtin"
# What draws: ComfyUI's own models, an Axera NPU, another AUTOMATIC1111, the drawings that come with the node pack.
ENGINES = ("comfyui", "axera", "a1111", BUILT_IN)
ANSWER_OUTPUTS = ("image", "rgb565", "caption")  # outputs that dialects answer with
INPUT_TYPES = {"to": LIST}
INPUT_MORE = {
    "summary": TEXT,
    "kind": TEXT,
    "model": TEXT,
    "min": NUMBER,
    "max": NUMBER,
    "choices": LIST,
    "prefer": LIST,
    "avoid": LIST,
    "kinds": LIST,
    "default": "",
}
SAVE_AGAIN = "Open it in ComfyUI's editor and save it again."
FILE_NAME = re.compile(r"(?P<mode>[a-z0-9_-]+)\.v(?P<version>[0-9]+)\.json")
CALL_IT = "Call it NAME.vN.json. NAME may have small letters, digits, _ and -."


@dataclass(frozen=True)
class Input:
    """An input that a request may set. `to` are addresses, `Node title.widget`, all set to the same value.

    Without a `default` the value saved in the file holds, so that what a person tunes in the editor is what runs.
    `min` and `max` narrow the node's own limits. For models, `model` is the folder under `models/`, and the first
    of `prefer` (file name patterns, in order) that matches a file not in `avoid` is taken, of those that are of `kinds`
    where it says so, in ComfyUI's words for what a file is.
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
    kinds: tuple[str, ...] = ()


def title_of(entry: Input) -> str:
    """The title of the node that an input sets first."""
    return entry.to[0].rpartition(".")[0]


@dataclass(frozen=True)
class Workflow:
    """One file. `outputs` maps a result's name to the title of the node that makes it, `reports` the name of what a
    node tells of its work, which it does only when it works: a result that ComfyUI still knows comes without.

    Where the operator has chosen its `engine`, it takes the place of the modes that it `serves`; so it does where a
    model of its `families` is to draw.
    """

    mode: str
    version: int
    summary: str
    fallback: str | None
    needs: Mapping[str, tuple[str, ...]]
    inputs: Mapping[str, Input]
    outputs: Mapping[str, str]
    graph: Mapping[str, Any] = field(repr=False)
    engine: str = ENGINES[0]
    serves: tuple[str, ...] = ()
    reports: Mapping[str, str] = field(default_factory=dict)
    families: tuple[str, ...] = ()

    @cached_property
    def name(self) -> str:
        """The fixed name of this version: `sketch@1`."""
        return f"{self.mode}@{self.version}"

    @cached_property
    def index(self) -> Mapping[str, tuple[int, ...]]:
        """Places in the graph's list of nodes, by title."""
        return index_of(self.graph)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The node classes that the workflow runs or names as needed, sorted; muted nodes don't count."""
        classes = {node["type"] for node in self.graph["nodes"] if node.get("mode") != MUTED} - DRAWN_ONLY
        return tuple(sorted(classes | set(self.needs.get("nodes", ()))))


def load(path: Path) -> Workflow:
    """Read and check one file. Raises WorkflowError, which names the file, the address and what there is instead."""
    match = FILE_NAME.fullmatch(path.name)
    if match is None:
        raise WorkflowError(f"{path.name} is not called like a workflow.", hint=CALL_IT)
    graph = parsed(path)
    try:
        workflow = read(graph)
    except WorkflowError as error:
        raise WorkflowError(f"{path.name}: {error.message}", hint=error.hint) from error
    if (workflow.mode, workflow.version) != (match["mode"], int(match["version"])):
        raise WorkflowError(
            f"{path.name} says inside that it is {workflow.name}.", hint="Mode and version must be those of its name."
        )
    return workflow


def misnamed(folder: Path) -> list[str]:
    """Sentences about a folder's JSON files whose names no request can use."""
    files = [path for path in sorted(folder.glob("*.json")) if not FILE_NAME.fullmatch(path.name)]
    return [f"{path.name} in {folder} is not called like a workflow, and is left alone. {CALL_IT}" for path in files]


def parsed(path: Path) -> Any:
    """The JSON of a file. Raises WorkflowError."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))  # Windows' editors put a mark before UTF-8
    except UnicodeDecodeError as error:
        raise WorkflowError(f"{path.name} is not UTF-8.", hint="Save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise WorkflowError(f"{path.name} is not JSON that can be read: {error}.") from error


def read(graph: Any) -> Workflow:
    """A graph with a handle, checked. Raises WorkflowError, without a file's name."""
    workflow = _read(graph)
    _check_addresses(workflow)
    return workflow


def _read(graph: Any) -> Workflow:
    if not isinstance(graph, dict) or not isinstance(graph.get("nodes"), list):
        raise WorkflowError("It is not a graph that ComfyUI's editor saved.", hint="Save it there, not as API export.")
    _check_nodes(graph["nodes"])
    _check_links(graph)
    check_format(graph)
    extra = graph.get("extra")
    handle = extra.get("pixart") if isinstance(extra, dict) else None
    if not isinstance(handle, dict):
        raise WorkflowError("It has no extra.pixart.", hint="Start from a file in workflows/, which has one.")
    _check_keys(handle, HANDLE_TYPES, HANDLE_MORE, "extra.pixart")
    _check_texts(handle)
    engine, serves = handle.get("engine", ENGINES[0]), tuple(handle.get("serves", ()))
    if engine not in ENGINES:
        raise WorkflowError(f"extra.pixart.engine is {engine!r}.", hint=f"It must be one of: {', '.join(ENGINES)}.")
    families = tuple(handle.get("families", ()))
    if serves and engine == ENGINES[0] and not families:
        hint = f"{ENGINES[1]}, for example."
        raise WorkflowError("extra.pixart.serves needs an engine or families beside it.", hint=hint)
    return Workflow(
        handle["mode"],
        handle["version"],
        handle.get("summary", ""),
        handle.get("fallback"),
        {kind: tuple(names) for kind, names in handle.get("needs", {}).items()},
        {name: _read_input(name, entry) for name, entry in handle["inputs"].items()},
        handle["outputs"],
        graph,
        engine,
        serves,
        handle.get("reports", {}),
        families,
    )


def _check_nodes(nodes: list[Any]) -> None:
    """Check what converting relies on: each node's type, unique number, inputs and outputs."""
    ids: set[str] = set()
    for node in nodes:
        if not isinstance(node, dict) or not isinstance(node.get("type"), str):
            raise WorkflowError("It has a node without a type.", hint=SAVE_AGAIN)
        if not isinstance(node.get("id"), (int, str)) or str(node["id"]) in ids:
            raise WorkflowError(f"It has no number of its own for {label(node)}.", hint=SAVE_AGAIN)
        ids.add(str(node["id"]))
        inputs, outputs = node.get("inputs") or [], node.get("outputs") or []
        if not (_all(inputs, _is_input) and _all(outputs, lambda each: isinstance(each, dict))):
            raise WorkflowError(f"The inputs or outputs of {label(node)} can't be read.", hint=SAVE_AGAIN)


def _check_links(graph: Mapping[str, Any]) -> None:
    definitions = graph.get("definitions") or {}
    subgraphs = (definitions.get("subgraphs") or []) if isinstance(definitions, dict) else None
    if not _all(graph.get("links") or [], _is_link):
        raise WorkflowError("It has a link that can't be read.", hint=SAVE_AGAIN)
    if not _all(subgraphs, lambda each: isinstance(each, dict) and isinstance(each.get("id"), str)):
        raise WorkflowError("Its definitions of subgraphs can't be read.", hint=SAVE_AGAIN)


def _all(entries: Any, is_valid: Callable[[Any], bool]) -> bool:
    return isinstance(entries, list) and all(map(is_valid, entries))


def _is_input(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return False
    widget, link = entry.get("widget"), entry.get("link")
    is_widget = not widget or (isinstance(widget, dict) and isinstance(widget.get("name"), str))
    return is_widget and (link is None or isinstance(link, (int, str)))


def _is_link(link: Any) -> bool:
    """Whether a link has one of the two forms that editors write: its id, origin node and output."""
    if isinstance(link, dict):
        link = [link.get("id"), link.get("origin_id"), link.get("origin_slot")]
    if not isinstance(link, list) or len(link) < 3:
        return False
    return all(isinstance(each, (int, str)) for each in link[:2]) and isinstance(link[2], int)


def _check_texts(handle: Mapping[str, Any]) -> None:
    """Check that the handle's names are texts."""
    titles = {"outputs": handle["outputs"].values(), "reports": handle.get("reports", {}).values()}
    titles |= {name: handle.get(name, []) for name in ("serves", "families")}
    for kind, names in handle.get("needs", {}).items():
        titles[f"needs.{kind}"] = names if isinstance(names, list) else [names, None]
    for where, names in titles.items():
        if not all(isinstance(name, str) for name in names):
            raise WorkflowError(f"extra.pixart.{where} must have texts only, as a list or by name.")


def _read_input(name: str, entry: dict[str, Any]) -> Input:
    where = f"extra.pixart.inputs.{name}"
    _check_keys(entry, INPUT_TYPES, INPUT_MORE, where)
    lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
    result = Input(name, **{**entry, **lists})
    if result.kind not in INPUT_KINDS:
        raise WorkflowError(f"{where}.kind is {result.kind!r}.", hint=f"It must be one of: {', '.join(INPUT_KINDS)}.")
    if (result.kind == "model") != (result.model is not None):
        raise WorkflowError(f"{where} must have both kind 'model' and its folder in 'model', or neither.")
    if result.kind == "model" and not result.summary:
        raise WorkflowError(f"{where} needs a summary that says what to get, like 'an SD1.5 checkpoint'.")
    if not result.to or not all(isinstance(address, str) for address in result.to):
        raise WorkflowError(f"{where}.to must have addresses like 'Node title.widget'.")
    return result


def _check_keys(entry: Any, needed: Mapping[str, str], optional: Mapping[str, str], where: str) -> None:
    """Check an object's keys: all needed ones, no unknown ones, each value of its type."""
    if not isinstance(entry, dict):
        raise WorkflowError(f"{where} must be an object.")
    types = {**needed, **optional}
    for key in sorted(entry.keys() - types.keys()):
        close = difflib.get_close_matches(key, types, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(sorted(types))}."
        raise WorkflowError(f"{where} has an unknown key {key!r}.", hint=hint)
    if needed.keys() - entry.keys():
        raise WorkflowError(f"{where} lacks {', '.join(sorted(needed.keys() - entry.keys()))}.")
    for key, value in entry.items():
        if types[key] and (not isinstance(value, PYTHON_TYPES[types[key]]) or isinstance(value, bool)):
            raise WorkflowError(f"{where}.{key} must be {types[key]}.")


def _check_addresses(workflow: Workflow) -> None:
    names: dict[str, str] = {}
    for entry in workflow.inputs.values():
        for address in entry.to:
            _check_widget(workflow, address, entry.name)
            if address in names:
                raise WorkflowError(f"Inputs {names[address]!r} and {entry.name!r} both set {address!r}.")
            names[address] = entry.name
    for name, node_title in {**workflow.reports, **workflow.outputs}.items():
        if find(workflow.graph, node_title, f"output {name!r}", workflow.index).get("mode") in (MUTED, BYPASSED):
            raise WorkflowError(f"The node {node_title!r} of output {name!r} is muted or bypassed.")
    if not set(ANSWER_OUTPUTS) & workflow.outputs.keys():
        raise WorkflowError(
            f"extra.pixart.outputs has neither {' nor '.join(map(repr, ANSWER_OUTPUTS))}, "
            "with which requests are answered.",
            hint="Name there the node that saves the picture, as in {'image': 'Result'}, or that says what it shows.",
        )
    folders = {entry.model for entry in workflow.inputs.values() if entry.model}
    if "models" in workflow.needs and set(workflow.needs["models"]) != folders:
        raise WorkflowError(f"extra.pixart.needs.models must be the folders of its model inputs: {sorted(folders)}.")


def _check_widget(workflow: Workflow, address: str, name: str) -> None:
    """Some files leave out the inputs of widgets; those are checked when a request is bound."""
    node_title, _, widget = address.rpartition(".")
    node = find(workflow.graph, node_title, f"input {name!r} ({address!r})", workflow.index)
    entries = [each for each in node.get("inputs") or [] if each.get("widget")]
    names = [each["widget"]["name"] for each in entries]
    names += [each for each in named_values(node) or () if each not in names]  # those that no link can feed too
    if widget not in names and any(each.get("link") is None for each in entries):
        raise WorkflowError(
            f"Input {name!r} is to set {address!r}, but the node {node_title!r} has no widget {widget!r}.",
            hint=f"Its widgets: {', '.join(names)}.",
        )
    if any(each["widget"]["name"] == widget and each.get("link") is not None for each in entries):
        raise WorkflowError(f"Input {name!r} is to set {address!r}, but a link feeds it.", hint="Remove one of them.")


def index_of(graph: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Places in a graph's list of nodes, by title, without nodes that only the editor knows."""
    index: dict[str, tuple[int, ...]] = {}
    for place, node in enumerate(graph["nodes"]):
        if node["type"] not in DRAWN_ONLY:
            name = title(node)
            index[name] = (*index.get(name, ()), place)
    return index


def find(graph: Mapping[str, Any], node_title: str, what: str, index: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """The one node with this title, by its workflow's `index`. Raises WorkflowError for none or several."""
    places = index.get(node_title, ())
    if len(places) != 1:
        problem = f"are {len(places)} nodes" if places else "is no node"
        raise WorkflowError(
            f"For {what} there {problem} with the title {node_title!r}.",
            hint=f"Titles: {', '.join(sorted(index))}.",
        )
    node: dict[str, Any] = graph["nodes"][places[0]]
    return node
