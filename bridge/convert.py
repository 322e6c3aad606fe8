"""From the graph that ComfyUI's editor saves to the prompt that its server runs, as the editor does it.

Follows front end 1.32.9 (`graphToPrompt`, `ExecutableNodeDTO`, `LGraphNode.configure`); a test holds it
against the real one. What can't be converted exactly is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.errors import WorkflowError

ObjectInfo = Mapping[str, Any]

MUTED, BYPASSED = 2, 4
WIDGETS = frozenset({"INT", "FLOAT", "BOOLEAN", "STRING", "COMBO", "COLOR", "MARKDOWN", "TEXTAREA"})
BROWSER_ONLY = frozenset({"WEBCAM", "AUDIO_UI", "AUDIOUPLOAD", "AUDIO_RECORD", "LOAD_3D", "PREVIEW_3D"})
DRAWN_ONLY = frozenset({"Note", "MarkdownNote", "Reroute", "PrimitiveNode"})  # the server never sees them
UPLOADS = ("image_upload", "video_upload", "animated_image_upload")
SAVED = ("Image", "Video", "AnimatedWEBP", "WEBM", "Audio", "GLB", "AnimatedPNG", "Latent")
SAVERS = frozenset({"CLIPSave", "VAESave", "ModelSave", "LoraSave", *(f"Save{what}" for what in SAVED)})
FILLED_IN_BY_THE_PAGE = re.compile(r"%(date(:[^%]*)?|[^%]+\.[^%]+)%")
APPENDING = "Pixart"  # node classes that only ever get new widgets at their end, each with a default
MOST_CLASSES = 2000  # node classes, of those that are in workflows: more than anybody uses
MAX_HOPS = 100  # more reroutes and bypassed nodes in a row than anybody has: a circle


@dataclass(frozen=True)
class Slot:
    """One place in a node's `widgets_values`. What the page keeps to itself has `sent` False."""

    name: str
    type: str
    options: Mapping[str, Any]
    sent: bool = True


@dataclass(frozen=True)
class Widgets:
    """What `widgets_values` holds for a node class, in order, and `at` where it is by name.

    A seed's control is named `SEED.control`. `browser_only` is the first input that a page alone can serve, or empty.
    """

    slots: tuple[Slot, ...]
    names: tuple[str, ...]
    at: Mapping[str, int]
    browser_only: str = ""


_WIDGETS: dict[int, tuple[Mapping[str, Any], Widgets]] = {}  # by identity; what is kept can't be replaced


@dataclass(frozen=True)
class _Value:
    """What a PrimitiveNode stands for: a widget's value, not a link."""

    value: Any


def label(node: Mapping[str, Any]) -> str:
    """A node as a person finds it in the editor: its title, class and number."""
    return f"node {node.get('id')} ({title(node)!r}, {node.get('type')})"


def title(node: Mapping[str, Any]) -> str:
    """A node's title; the editor leaves it out where it is the class's own name."""
    return str(node.get("title") or node.get("type"))


def kind_of(spec: list[Any]) -> tuple[str, Mapping[str, Any]]:
    """The type and options of one input of `/object_info`; both ways to write a list of choices made one."""
    options = spec[1] if len(spec) > 1 and isinstance(spec[1], Mapping) else {}
    if isinstance(spec[0], list):
        return "COMBO", {**options, "options": spec[0]}
    return str(options.get("widgetType") or spec[0]), options


def _specs(info: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """All inputs of a node class in the order in which the editor makes them."""
    for section in ("required", "optional"):
        inputs = info.get("input", {}).get(section) or {}
        order = [name for name in info.get("input_order", {}).get(section, inputs) if name in inputs]
        for name in [*order, *(name for name in inputs if name not in order)]:
            yield name, *kind_of(inputs[name])


def _has_widget(type_: str, options: Mapping[str, Any]) -> bool:
    return type_ in WIDGETS and not options.get("forceInput")


def _controls(name: str, type_: str, options: Mapping[str, Any]) -> Iterator[Slot]:
    """The widgets that the page adds after a seed or a list: what it does to the value after each run."""
    seedlike = type_ == "INT" and name in ("seed", "noise_seed")
    if type_ in ("INT", "COMBO") and options.get("control_after_generate", seedlike):
        yield Slot("control_after_generate", "COMBO", {}, sent=False)
        if type_ == "COMBO":
            yield Slot("control_filter_list", "STRING", {}, sent=False)


def slots(info: Mapping[str, Any]) -> tuple[Slot, ...]:
    """What `widgets_values` holds for a node class, in order. `info` is its entry of `/object_info`."""
    return widgets(info).slots


def widgets(info: Mapping[str, Any]) -> Widgets:
    """All about the widgets of a node class. It is read once: a plan asks some thirty times."""
    known = _WIDGETS.get(id(info))
    if known is None or known[0] is not info:
        if len(_WIDGETS) >= MOST_CLASSES:
            _WIDGETS.clear()
        known = _WIDGETS[id(info)] = info, _widgets(info)
    return known[1]


def _widgets(info: Mapping[str, Any]) -> Widgets:
    found: list[Slot] = []
    specs = list(_specs(info))
    for name, type_, options in specs:
        if _has_widget(type_, options):
            found += [Slot(name, type_, options), *_controls(name, type_, options)]
    required = info.get("input", {}).get("required") or {}
    if any(kind_of(spec)[1].get(flag) is True for spec in required.values() for flag in UPLOADS):
        found.append(Slot("upload", "IMAGEUPLOAD", {}, sent=False))
    names: list[str] = []
    for slot in found:
        names.append(f"{names[-1]}.control" if slot.name == "control_after_generate" else slot.name)
    browser_only = next((name for name, type_, _ in specs if type_ in BROWSER_ONLY), "")
    return Widgets(tuple(found), tuple(names), {name: place for place, name in enumerate(names)}, browser_only)


def places(node: Mapping[str, Any], object_info: ObjectInfo) -> Mapping[str, int]:
    """Where in the node's `widgets_values` each widget has its value; a seed's control is `NAME.control`.

    Raises WorkflowError for a class that the server lacks and for a count of values that doesn't fit it.
    """
    known = widgets(_class(node, object_info))
    _check_count(node, known.names, completed(node, object_info))
    return known.at


def completed(node: Mapping[str, Any], object_info: ObjectInfo) -> Any:
    """The node's `widgets_values`, with the defaults of widgets that its class got after the file was saved.

    The editor does so with every class; here only a class known to put new widgets last is trusted with it.
    """
    values = node.get("widgets_values") or []
    info = object_info.get(str(node.get("type")))
    if info is None or not isinstance(values, list) or not str(node["type"]).startswith(APPENDING):
        return values
    later = [_default(slot) for slot in slots(info)[len(values) :]]
    return values if None in later else [*values, *later]


def _default(slot: Slot) -> Any:
    """What the editor sets a new widget to; None where that isn't said."""
    choices = slot.options.get("options") if slot.type == "COMBO" else None
    return slot.options.get("default", choices[0] if choices else None)


def _check_count(node: Mapping[str, Any], names: Sequence[str], values: Any) -> None:
    """Previews that packs add to a node leave empty values at the end; anything else must fit."""
    if not isinstance(values, list):
        raise WorkflowError(f"{label(node)} keeps its values by name, which only its own page script can read.")
    if len(values) < len(names) or any(value not in ("", None) for value in values[len(names) :]):
        raise WorkflowError(
            f"{label(node)} has {len(values)} widget values, but its class has {len(names)} widgets "
            f"({', '.join(names) or 'none'}).",
            hint="Another version of the node saved it: open the file in the editor, check it, save it.",
        )


def _class(node: Mapping[str, Any], object_info: ObjectInfo) -> Mapping[str, Any]:
    info = object_info.get(str(node.get("type")))
    if info is None:
        raise WorkflowError(
            f"{label(node)} is of a class that this ComfyUI lacks.",
            hint="Install its node pack or update ComfyUI.",
        )
    return info


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

    def source(self, link: Any, want: Any, hops: int = 0) -> list[Any] | _Value | None:
        """What feeds a link: `[node id, output]`, a primitive's value, or None where nothing arrives.

        `want` is the type of the input it ends in.
        """
        if link is None:
            return None
        node, output = self._origin_of(link)
        if hops > MAX_HOPS:
            raise WorkflowError(f"{label(node)} is fed by itself.", hint="Break the circle in ComfyUI's editor.")
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
        specs = list(_specs(_class(node, self.object_info)))
        specs.sort(key=lambda spec: _has_widget(spec[1], spec[2]))
        saved = {each["name"]: each for each in node.get("inputs") or []}
        own = [{"name": name, "type": type_, "link": _link(saved.get(name))} for name, type_, _ in specs]
        return own + [each for name, each in saved.items() if name not in {spec[0] for spec in specs}]


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
    subgraphs, classes that the server lacks, widget counts that don't match, values that a page fills in.
    """
    check_format(graph)
    reader = _Graph(graph, object_info)
    runs = [node for node in graph["nodes"] if _runs(node)]
    ids = {str(node["id"]) for node in runs}
    return {str(node["id"]): _entry(node, reader, ids) for node in runs}


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
    info = _class(node, reader.object_info)
    inputs = _widget_values(node, info, reader.object_info)
    for each in node.get("inputs") or []:
        source = reader.source(each.get("link"), each.get("type"))
        if isinstance(source, _Value):
            inputs[each["name"]] = _shielded(source.value)
        elif source is not None and source[0] in ids:
            inputs[each["name"]] = source
        elif source is not None:  # it ends at a muted node
            inputs.pop(each["name"], None)
    shown = node.get("title") or info.get("display_name") or node["type"]
    return {"class_type": node["type"], "inputs": inputs, "_meta": {"title": shown}}


def _widget_values(node: Mapping[str, Any], info: Mapping[str, Any], object_info: ObjectInfo) -> dict[str, Any]:
    known = widgets(info)
    if known.browser_only:
        raise WorkflowError(f"{label(node)} needs a browser for {known.browser_only!r}.", hint="Use another node.")
    at, saved = places(node, object_info), completed(node, object_info)
    values = {slot.name: saved[at[slot.name]] for slot in known.slots if slot.sent}
    prefix = values.get("filename_prefix")
    if node["type"] in SAVERS and FILLED_IN_BY_THE_PAGE.search(str(prefix)):
        raise WorkflowError(
            f"{label(node)} has the file name {prefix!r}, which only the editor can fill in.",
            hint="Use %year%, %month%, %day%, %width% or %height%, which the server knows.",
        )
    return {name: _shielded(value) for name, value in values.items()}


def _shielded(value: Any) -> Any:
    """A list would read as a link; the server unwraps this."""
    return {"__value__": value} if isinstance(value, list) else value
