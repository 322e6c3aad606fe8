"""From the graph that ComfyUI's editor saves to the prompt that its server runs, as the editor does it.

Follows front ends 1.32.9 and 1.58.1 (`graphToPrompt`, `ExecutableNodeDTO`, `LGraphNode.configure`), each for files of
its time; a test compares prompts with the real front end's. A graph that can't be converted exactly is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.core.errors import WorkflowError
from bridge.workflow.widgets import (
    CHOICE,
    GROWING,
    MATCHING,
    PAGE_COUNTS,
    ObjectInfo,
    class_of,
    completed,
    has_widget,
    label,
    named_values,
    nested,
    places,
    slots,
    specs,
    widgets,
)

__all__ = ["BYPASSED", "DRAWN_ONLY", "MUTED", "changed", "check_format", "convert", "places", "slots"]

MUTED, BYPASSED = 2, 4
DRAWN_ONLY = frozenset({"Note", "MarkdownNote", "Reroute", "PrimitiveNode"})  # the server never sees them
SAVED_KINDS = ("Image", "Video", "AnimatedWEBP", "WEBM", "Audio", "GLB", "AnimatedPNG", "Latent")
SAVE_NODES = frozenset({"CLIPSave", "VAESave", "ModelSave", "LoraSave", *(f"Save{what}" for what in SAVED_KINDS)})
FILLED_IN_BY_THE_PAGE = re.compile(r"%(date(:[^%]*)?|[^%]+\.[^%]+)%")
MAX_HOPS = 100  # more reroutes and bypassed nodes in a row than anybody has: a circle
VERSION_PATTERN = re.compile(r"(\d+)\.(\d+)\.(\d+)")
MUTED_IS_UNLINKED = (1, 42, 5)  # the front end from which a link from a muted node counts as none
ALSO_IN = ((1, 41, 19), (1, 42, 0))  # from, to: it got the same change


@dataclass(frozen=True)
class _Value:
    """The value of a PrimitiveNode's widget, which stands in place of a link."""

    value: Any


def _fits(one: Any, other: Any) -> bool:
    """LiteGraph's rule for whether a link may join two types; lists of types are separated by commas."""
    if one in ("", "*", 0, None) or other in ("", "*", 0, None) or one == other:
        return True
    ones, others = str(one).lower().split(","), str(other).lower().split(",")
    return any(a == b or "*" in (a, b) for a in ones for b in others)


class _Graph:
    """An editor graph being read: finds where an input's value comes from."""

    def __init__(self, graph: Mapping[str, Any], object_info: ObjectInfo) -> None:
        self.object_info = object_info
        self.nodes: dict[Any, Mapping[str, Any]] = {node["id"]: node for node in graph["nodes"]}
        self.links = dict(_origin(link) for link in graph.get("links") or [])
        self.muted_is_unlinked = _muted_is_unlinked(graph)

    def source(self, link: Any, want: Any, hops: int = 0) -> list[Any] | _Value | None:
        """The source of a link: `[node id, output]`, a primitive's value, or None for an unlinked input.

        `want` is the type of the input at the link's end.
        """
        if link is None:
            return None
        node, output = self._origin_of(link)
        if hops > MAX_HOPS:
            raise WorkflowError(f"{label(node)} is fed by itself.", hint="Break the circle in ComfyUI's editor.")
        if self.muted_is_unlinked and node.get("mode") == MUTED and node["type"] != "PrimitiveNode":
            return None
        if node["type"] == "PrimitiveNode":
            return _Value((node.get("widgets_values") or [None])[0])
        if node["type"] == "Reroute":
            return self.source(_link_at(node.get("inputs") or [], 0), want, hops + 1)
        if node.get("mode") != BYPASSED:
            return [str(node["id"]), output]
        inputs = self._all_inputs(node)
        outputs = node.get("outputs") or []
        gives = outputs[output].get("type") if output < len(outputs) else "*"
        return self.source(_link_at(inputs, _way_through(inputs, output, gives, want)), want, hops + 1)

    def _origin_of(self, link: Any) -> tuple[Mapping[str, Any], int]:
        origin, output = self.links.get(link, (None, 0))
        if origin not in self.nodes:
            raise WorkflowError(f"Link {link} starts at a node that is not there.", hint="Open and save it again.")
        return self.nodes[origin], output

    def _all_inputs(self, node: Mapping[str, Any]) -> list[Any]:
        """The node's inputs as the editor numbers them: links, then widgets, also those the file left out."""
        saved_inputs = {each["name"]: each for each in node.get("inputs") or []}
        inputs = list(self._inputs(node, specs(class_of(node, self.object_info)), list(saved_inputs)))
        inputs.sort(key=lambda each: has_widget(each[1], each[2]))
        class_inputs = [
            {"name": name, "type": type_, "link": _link(saved_inputs.get(name))} for name, type_, _ in inputs
        ]
        for each in class_inputs:
            if each["type"] == MATCHING:  # its type is that of what is linked, which only the file knows
                each["type"] = saved_inputs.get(each["name"], {}).get("type", "*")
        return class_inputs + [each for name, each in saved_inputs.items() if name not in {each[0] for each in inputs}]

    def _inputs(self, node: Mapping[str, Any], kinds: Iterator[Any], saved_names: list[str]) -> Iterator[Any]:
        """The inputs that the node has now, of those that its class can have: those of a choice, those grown so far."""
        for name, type_, options in kinds:
            if type_ == GROWING:
                yield from ((each, MATCHING, {}) for each in saved_names if each.startswith(f"{name}."))
                continue
            yield name, type_, options
            if type_ == CHOICE:
                yield from self._inputs(node, nested(name, options, self._choice(node, name)), saved_names)

    def _choice(self, node: Mapping[str, Any], name: str) -> Any:
        values, at = completed(node, self.object_info), places(node, self.object_info)
        return values[at[name]]


def _muted_is_unlinked(graph: Mapping[str, Any]) -> bool:
    """Whether the front end that saved the file takes an input's own value where a muted node feeds it.

    Older ones leave the input out. Where the file has no version, only newer ones save values by name.
    """
    extra = graph.get("extra")
    version = VERSION_PATTERN.match(str(extra.get("frontendVersion"))) if isinstance(extra, dict) else None
    if version is None:
        return any(named_values(node) is not None for node in graph["nodes"])
    number = tuple(int(part) for part in version.groups())
    return number >= MUTED_IS_UNLINKED or ALSO_IN[0] <= number < ALSO_IN[1]


def _origin(link: Any) -> tuple[Any, tuple[Any, int]]:
    """A link as `id, (origin node, output)`, from either of the two ways that editors write them."""
    if isinstance(link, Mapping):
        return link["id"], (link["origin_id"], int(link["origin_slot"]))
    return link[0], (link[1], int(link[2]))


def _link(entry: Mapping[str, Any] | None) -> Any:
    return entry.get("link") if entry else None


def _link_at(inputs: list[Mapping[str, Any]], place: int) -> Any:
    return inputs[place].get("link") if 0 <= place < len(inputs) else None


def _way_through(inputs: list[Mapping[str, Any]], output: int, gives: Any, want: Any) -> int:
    """Which input of a bypassed node stands in for its output; -1 for none."""
    types = [each.get("type") for each in inputs]
    if want in ("*", ""):
        return output if len(types) > output else 0
    if output < len(types) and _fits(types[output], gives) and _fits(types[output], want):
        return output
    if want in types:
        return types.index(want)
    return next((i for i, type_ in enumerate(types) if _fits(type_, gives) and _fits(type_, want)), -1)


def convert(graph: Mapping[str, Any], object_info: ObjectInfo) -> dict[str, Any]:
    """The prompt, in the API format, that ComfyUI's editor would queue for this graph.

    `graph` is what the editor saves, `object_info` the server's answer of that name. Texts are literal: the
    editor's random choice `{a|b}` is not made. Raises WorkflowError for what can't be converted exactly:
    subgraphs, classes that the server lacks, values that don't match their widgets, kinds of widgets that aren't
    known in a file without names, values that a page fills in.
    """
    check_format(graph)
    reader = _Graph(graph, object_info)
    runs = [node for node in graph["nodes"] if _runs(node)]
    ids = {str(node["id"]) for node in runs}
    return {str(node["id"]): _entry(node, reader, ids) for node in runs}


def changed(
    prompt: Mapping[str, Any], graph: Mapping[str, Any], values: Mapping[tuple[str, str], tuple[str, Any]]
) -> dict[str, Any]:
    """The prompt of a graph that differs from that of `prompt` in these `values` only, as `convert` would make it.

    `values` are widgets' types and values, by node id and widget; nodes that don't run have none. Raises WorkflowError
    for a file name that a page fills in.
    """
    for node in graph["nodes"]:
        if _runs(node) and (prefix := values.get((str(node["id"]), "filename_prefix"))) is not None:
            _check_file_name(node, prefix[1])
    result = {id: {**entry, "inputs": dict(entry["inputs"])} for id, entry in prompt.items()}
    for (id, name), (kind, value) in values.items():
        if id in result and name in result[id]["inputs"]:
            result[id]["inputs"][name] = as_sent(kind, value)
    return result


def check_format(graph: Mapping[str, Any]) -> None:
    """Raises WorkflowError for what no ComfyUI can make convertible: no graph at all, subgraphs, group nodes."""
    if not isinstance(graph.get("nodes"), list):
        raise WorkflowError(
            "This is not a graph that ComfyUI's editor saved.",
            hint="Save it with Workflow > Save, not Export (API).",
        )
    subgraphs = {each.get("id") for each in (graph.get("definitions") or {}).get("subgraphs") or []}
    for node in graph["nodes"]:
        if node.get("type") in subgraphs:
            raise WorkflowError(f"{label(node)} is a subgraph.", hint="Unpack it in ComfyUI's editor.")
        if str(node.get("type")).startswith(("workflow>", "workflow/")):
            raise WorkflowError(f"{label(node)} is a group node.", hint="Ungroup it in ComfyUI's editor.")


def _runs(node: Mapping[str, Any]) -> bool:
    return node["type"] not in DRAWN_ONLY and node.get("mode") not in (MUTED, BYPASSED)


def _entry(node: Mapping[str, Any], reader: _Graph, ids: set[str]) -> dict[str, Any]:
    info = class_of(node, reader.object_info)
    inputs = _widget_values(node, info, reader.object_info)
    for each in node.get("inputs") or []:
        source = reader.source(each.get("link"), each.get("type"))
        if isinstance(source, _Value):
            inputs[each["name"]] = _shielded(source.value)
        elif source is not None and source[0] in ids:
            inputs[each["name"]] = source
        elif source is not None:  # it ends at a muted node
            inputs.pop(each["name"], None)
    title = node.get("title") or info.get("display_name") or node["type"]
    return {"class_type": node["type"], "inputs": inputs, "_meta": {"title": title}}


def _widget_values(node: Mapping[str, Any], info: Mapping[str, Any], object_info: ObjectInfo) -> dict[str, Any]:
    class_widgets = widgets(node, info)
    if browser_only := class_widgets.browser_only or PAGE_COUNTS.get(node["type"]):
        raise WorkflowError(f"{label(node)} needs a browser for {browser_only!r}.", hint="Use another node.")
    at, saved_values = places(node, object_info), completed(node, object_info)
    values = {slot.name: saved_values[at[slot.name]] for slot in class_widgets.slots if slot.sent}
    _check_file_name(node, values.get("filename_prefix"))
    prompt_values = {slot.name: as_sent(slot.type, values[slot.name]) for slot in class_widgets.slots if slot.sent}
    return {**prompt_values, **{name: _shielded(value) for name, value in class_widgets.unsaved.items()}}


def _check_file_name(node: Mapping[str, Any], prefix: Any) -> None:
    if node["type"] in SAVE_NODES and FILLED_IN_BY_THE_PAGE.search(str(prefix)):
        raise WorkflowError(
            f"{label(node)} has the file name {prefix!r}, which only the editor can fill in.",
            hint="Use %year%, %month%, %day%, %width% or %height%, which the server knows.",
        )


def as_sent(kind: str, value: Any) -> Any:
    """A widget's value as a prompt has it, by the widget's kind."""
    if kind == "CURVE" and value is not None:
        return {"__type__": "CURVE", "__value__": value}
    return _shielded(value)


def _shielded(value: Any) -> Any:
    """A list would read as a link; the server unwraps this."""
    return {"__value__": value} if isinstance(value, list) else value
