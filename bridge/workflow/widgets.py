"""The widgets of a node, by the types that `/object_info` declares, and the places of their values in saved graphs.

As in front end 1.58.1 (`ComfyWidgets`, `serialiseWidgetValues`, `dynamicComboWidget`) and, as far as it goes, 1.32.9.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.core.errors import WorkflowError

ObjectInfo = Mapping[str, Any]

TYPED_IN = frozenset({"INT", "FLOAT", "BOOLEAN", "STRING", "COMBO", "COLOR", "MARKDOWN", "TEXTAREA"})
DRAWN_TYPES = frozenset({"COLORS", "CURVE", "RANGE", "PAINTER", "COMPOSITOR", "CHART", "GALLERIA"})
FRAMED_TYPES = frozenset({"BOUNDING_BOX", "BOUNDING_BOXES", "VIDEO_EDIT", "LIGHT_INFO_PREVIEW"})
UNSAVED_VALUES = {"IMAGECOMPARE": ["", ""], "RESOLUTION_PREVIEW": None}  # the values that the page sends; None for none
CHOICE, GROWING, MATCHING = "COMFY_DYNAMICCOMBO_V3", "COMFY_AUTOGROW_V3", "COMFY_MATCHTYPE_V3"
WIDGETS = TYPED_IN | DRAWN_TYPES | FRAMED_TYPES | UNSAVED_VALUES.keys() | {CHOICE}
EMPTY_VALUES = ("", None, ["", ""])  # the values of previews in a file; the last is ImageCompare's, of older front ends
# A bounding box's numbers, which are widgets in the file, and not in the prompt.
BOX_SIDES = ("x", "y", "width", "height")
BROWSER_ONLY = frozenset(
    {"WEBCAM", "AUDIO_UI", "AUDIOUPLOAD", "AUDIO_RECORD", "LOAD_3D", "LOAD_3D_ADVANCED", "PREVIEW_3D"}
    | {"CAMERA_INFO_STATE", "CAMERA_ANGLE_VIEW", "COMFY_BRANCH_INPUT_NAMES", "COMFY_DYNAMICGROUP_V3"}
)
PAGE_COUNTS = {"CustomCombo": "index"}  # widgets whose values the page computes anew when it queues
UPLOAD_OPTIONS = ("image_upload", "video_upload", "animated_image_upload")
APPENDING_PREFIX = "Pixart"  # node classes that only ever get new widgets at their end, each with a default
MOST_CLASSES = 2000  # node classes in the cache of widgets, more than anybody's workflows use
OTHER_VERSION = "Another version of the node saved it: open the file in the editor, check it, save it."
BY_NAME = "Save it again with ComfyUI's front end 1.49 or newer, which keeps values by name too."


@dataclass(frozen=True)
class Slot:
    """One widget with a place in `widgets_values`. `sent` is False for a widget that the page doesn't send.

    `address` is unique in the node, unlike `name`: the address of a seed's control is `SEED.control`.
    """

    name: str
    type: str
    options: Mapping[str, Any]
    sent: bool = True
    address: str = ""


@dataclass(frozen=True)
class Widgets:
    """The slots of a node's `widgets_values`, in order, and `at`, their places by address.

    `unsaved` are values that are sent without being saved, `browser_only` is the first input that only a page can
    fill, and `unknown` the first widget, with its type, whose place in the file can't be told; both may be empty.
    """

    slots: tuple[Slot, ...]
    at: Mapping[str, int]
    unsaved: Mapping[str, Any]
    browser_only: str = ""
    unknown: tuple[str, str] | tuple[()] = ()
    fixed: bool = True  # whether the node has the same widgets with all values

    @property
    def names(self) -> tuple[str, ...]:
        """The addresses, in order."""
        return tuple(self.at)


_WIDGETS: dict[
    int, tuple[Mapping[str, Any], Widgets]
] = {}  # by identity of the class's entry, which the cache keeps alive
NO_NODE: Mapping[str, Any] = {}


def label(node: Mapping[str, Any]) -> str:
    """A node's title, class and number, by which a person finds the node in the editor."""
    return f"node {node.get('id')} ({title(node)!r}, {node.get('type')})"


def title(node: Mapping[str, Any]) -> str:
    """A node's title; the class's name where the file has none, as the editor leaves that out."""
    return str(node.get("title") or node.get("type"))


def kind_of(spec: Sequence[Any]) -> tuple[str, Mapping[str, Any]]:
    """The type and options of one input of `/object_info`, with one form for both ways to write choices."""
    options = spec[1] if len(spec) > 1 and isinstance(spec[1], Mapping) else {}
    if isinstance(spec[0], list):
        return "COMBO", {**options, "options": spec[0]}
    return str(options.get("widgetType") or spec[0]), options


def specs(info: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """All inputs of a node class in the order in which the editor makes them."""
    for section in ("required", "optional"):
        inputs = info.get("input", {}).get(section) or {}
        order = [name for name in info.get("input_order", {}).get(section, inputs) if name in inputs]
        for name in [*order, *(name for name in inputs if name not in order)]:
            yield name, *kind_of(inputs[name])


def has_widget(type_: str, options: Mapping[str, Any]) -> bool:
    """Whether the editor makes a widget for an input of this type."""
    return type_ in WIDGETS and not options.get("forceInput")


def nested(name: str, options: Mapping[str, Any], key: Any) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The inputs that a DynamicCombo has while `key` is its choice, each named `COMBO.INPUT`."""
    for option in options.get("options") or []:
        if option["key"] == key:
            for part, type_, more in specs({"input": option["inputs"]}):
                yield f"{name}.{part}", type_, more


def named_values(node: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The node's values by the names of its widgets, which newer front ends save beside the list without names."""
    values_by_name = node.get("widgets_values_named")
    return values_by_name if isinstance(values_by_name, dict) else None


def slots(info: Mapping[str, Any]) -> tuple[Slot, ...]:
    """The slots of a new node of a class, in order. `info` is the class's entry of `/object_info`."""
    return widgets(NO_NODE, info).slots


def widgets(node: Mapping[str, Any], info: Mapping[str, Any]) -> Widgets:
    """The widgets of a node. They are cached by class where they don't depend on values: a plan needs them 30 times."""
    entry = _WIDGETS.get(id(info))
    if entry is None or entry[0] is not info:
        if len(_WIDGETS) >= MOST_CLASSES:
            _WIDGETS.clear()
        entry = _WIDGETS[id(info)] = info, _Reading(NO_NODE).of(info)
    return entry[1] if entry[1].fixed and not _shows_more(node, entry[1]) else _Reading(node).of(info)


def _shows_more(node: Mapping[str, Any], class_widgets: Widgets) -> bool:
    """Whether the file has widgets that the class alone doesn't declare."""
    names = {each["name"] for each in node.get("inputs") or [] if each.get("widget")}
    return not names.union(named_values(node) or ()) <= class_widgets.at.keys()


@dataclass
class _Reading:
    """A reader of one node's widgets, in the order in which the editor makes them."""

    node: Mapping[str, Any]
    slots: list[Slot] = field(default_factory=list)
    unsaved: dict[str, Any] = field(default_factory=dict)
    browser_only: str = ""
    unknown: tuple[str, str] | tuple[()] = ()
    fixed: bool = True

    def of(self, info: Mapping[str, Any]) -> Widgets:
        """The widgets of a node of this class."""
        self._add(specs(info))
        required = info.get("input", {}).get("required") or {}
        kinds = [kind_of(spec) for spec in required.values()]
        if any(type_ == "COMBO" and options.get(flag) is True for type_, options in kinds for flag in UPLOAD_OPTIONS):
            self.slots.append(Slot("upload", "IMAGEUPLOAD", {}, sent=False))
        at = {slot.address or slot.name: place for place, slot in enumerate(self.slots)}
        return Widgets(tuple(self.slots), at, self.unsaved, self.browser_only, self.unknown, self.fixed)

    def _add(self, inputs: Iterator[tuple[str, str, Mapping[str, Any]]]) -> None:
        for name, type_, options in inputs:
            if type_ in BROWSER_ONLY:
                self.browser_only = self.browser_only or name
            elif type_ in UNSAVED_VALUES and has_widget(type_, options):
                self.unsaved |= {name: UNSAVED_VALUES[type_]} if UNSAVED_VALUES[type_] is not None else {}
            elif has_widget(type_, options):
                self.slots += [Slot(name, type_, options), *_beside(name, type_, options)]
            elif type_ not in WIDGETS and not options.get("forceInput") and self._shows(name, type_, options):
                self._add_unknown(name, type_, options)
            if type_ == CHOICE and has_widget(type_, options):
                self._add_choice(name, options)

    def _add_choice(self, name: str, options: Mapping[str, Any]) -> None:
        """Add a DynamicCombo: a list of choices, which the inputs of the present choice follow."""
        self.fixed = False
        keys = [option["key"] for option in options.get("options") or []]
        self.slots[-1] = Slot(name, "COMBO", {**options, "options": keys})
        key = self._saved(name, len(self.slots) - 1, keys[0] if keys else None)
        if keys and key not in keys:
            raise WorkflowError(
                f"{label(self.node)} has {key!r} for {name!r}; its class has only {', '.join(map(str, keys))}.",
                hint=OTHER_VERSION,
            )
        self._add(nested(name, options, key))

    def _add_unknown(self, name: str, type_: str, options: Mapping[str, Any]) -> None:
        """Add a widget of an unknown type: one value under its name, any number of values in a list without names."""
        self.fixed = False
        if name in (named_values(self.node) or {}):
            self.slots.append(Slot(name, type_, options))
        else:
            self.unknown = self.unknown or (name, type_)

    def _shows(self, name: str, type_: str, options: Mapping[str, Any]) -> bool:
        """Whether this input has a widget: by the file, which lists the inputs without one, or else by the class."""
        for each in self.node.get("inputs") or []:
            if each["name"] == name:
                return bool(each.get("widget")) and each.get("type") == type_
        return name in (named_values(self.node) or {}) or bool(options.get("socketless") or options.get("widgetType"))

    def _saved(self, name: str, place: int, default: Any) -> Any:
        values_by_name, values = named_values(self.node), self.node.get("widgets_values")
        if values_by_name is not None and name in values_by_name:
            return values_by_name[name]
        return values[place] if isinstance(values, list) and place < len(values) else default


def _beside(name: str, type_: str, options: Mapping[str, Any]) -> Iterator[Slot]:
    """The widgets that the page adds after a widget: for fetching a list, for a seed's control, for a box's sides."""
    if type_ == "COMBO" and (remote := options.get("remote")):  # a list whose choices are fetched from the server
        yield Slot("Auto-refresh after generation", "BOOLEAN", {}, sent=False, address=f"{name}.auto_refresh")
        if remote.get("refresh_button"):
            yield Slot("refresh", "BUTTON", {}, sent=False, address=f"{name}.refresh")
    seedlike = type_ == "INT" and name in ("seed", "noise_seed")
    if type_ in ("INT", "COMBO") and options.get("control_after_generate", seedlike):
        yield Slot("control_after_generate", "COMBO", {}, sent=False, address=f"{name}.control")
        if type_ == "COMBO":
            yield Slot("control_filter_list", "STRING", {}, sent=False)
    if type_ == "BOUNDING_BOX":
        for side in BOX_SIDES:
            yield Slot(side, "INT", {}, sent=False, address=f"{name}.{side}")


def places(node: Mapping[str, Any], object_info: ObjectInfo) -> Mapping[str, int]:
    """The places of the widgets' values in the node's `completed` values, by address; see `Slot`.

    Raises WorkflowError for a class that the server lacks and for values that don't fit it.
    """
    class_widgets = widgets(node, class_of(node, object_info))
    if class_widgets.unknown:
        name, kind = class_widgets.unknown
        raise WorkflowError(
            f"{label(node)} has the widget {name!r} of the kind {kind}, which the bridge doesn't know, and no value by "
            "that name.",
            hint=BY_NAME,
        )
    if _by_name(node, class_widgets) is not None:
        _check_names(node, class_widgets.slots)
    elif not isinstance(node.get("widgets_values") or [], list):
        raise WorkflowError(f"{label(node)} keeps its values by name, which only its own page script can read.")
    else:
        _check_count(node, class_widgets.names, completed(node, object_info))
    return class_widgets.at


def completed(node: Mapping[str, Any], object_info: ObjectInfo) -> Any:
    """The node's values in the order of its widgets: by name where the file has names, else by its list.

    Widgets that the class has got since the file was saved have their defaults. The editor does so for every class;
    here, without names in the file, only for a class that is known to put new widgets last.
    """
    values = node.get("widgets_values") or []
    info = object_info.get(str(node.get("type")))
    class_widgets = widgets(node, info) if info is not None else None
    if class_widgets is not None and (values_by_name := _by_name(node, class_widgets)) is not None:
        fits = isinstance(values, list) and len(values) == len(class_widgets.slots)
        values_in_order = (
            values if fits else [values_by_name.get(slot.name, _default(slot)) for slot in class_widgets.slots]
        )
        pairs = zip(class_widgets.slots, values_in_order, strict=True)
        return [values_by_name.get(slot.name, other) if slot.sent else other for slot, other in pairs]
    if class_widgets is None or not isinstance(values, list) or not str(node["type"]).startswith(APPENDING_PREFIX):
        return values
    later = [_default(slot) for slot in class_widgets.slots[len(values) :]]
    return values if None in later else [*values, *later]


def name_in_file(slots: Sequence[Slot], place: int) -> str:
    """The name of the value at this place in a file: the second widget of a name has a number behind it."""
    name = slots[place].name
    before = [slot.name for slot in slots[:place]].count(name)
    return f"{name}#{before}" if before else name


def _by_name(node: Mapping[str, Any], class_widgets: Widgets) -> Mapping[str, Any] | None:
    """The node's values by name; None where the file has no names, or where two widgets have one name."""
    names = [slot.name for slot in class_widgets.slots]
    clash = any(slot.sent and names.count(slot.name) > 1 for slot in class_widgets.slots)
    return None if clash else named_values(node)


def _default(slot: Slot) -> Any:
    """The editor's value for a new widget; None for an input without a default."""
    choices = slot.options.get("options") if slot.type == "COMBO" else None
    return slot.options.get("default", choices[0] if choices else None)


def _check_count(node: Mapping[str, Any], names: Sequence[str], values: Sequence[Any]) -> None:
    """Raise WorkflowError for a wrong number of values, but for empty ones at the end, which packs' previews leave."""
    if len(values) < len(names) or any(value not in EMPTY_VALUES for value in values[len(names) :]):
        raise WorkflowError(
            f"{label(node)} has {len(values)} widget values, but its class has {len(names)} widgets "
            f"({', '.join(names) or 'none'}).",
            hint=OTHER_VERSION,
        )


def _check_names(node: Mapping[str, Any], expected: Sequence[Slot]) -> None:
    """A widget that the class got later has its default, but not where one was renamed or has none."""
    values_by_name, values = named_values(node) or {}, node.get("widgets_values")
    lacking = [slot for slot in expected if slot.sent and slot.name not in values_by_name]
    names = {slot.name for slot in expected}
    spare = [
        name
        for name in values_by_name
        if name.partition("#")[0] not in names and values_by_name[name] not in EMPTY_VALUES
    ]
    if isinstance(values, list) and len(values) == len(expected) and not spare:
        return  # the list without names has the missing values
    if lacking and (spare or any(_default(slot) is None for slot in lacking)):
        raise WorkflowError(
            f"{label(node)} has no value for {', '.join(slot.name for slot in lacking)}, which its class has; its file "
            f"has values for {', '.join(values_by_name) or 'nothing'}.",
            hint=OTHER_VERSION,
        )


def class_of(node: Mapping[str, Any], object_info: ObjectInfo) -> Mapping[str, Any]:
    """The entry of `/object_info` for a node's class."""
    info = object_info.get(str(node.get("type")))
    if info is None:
        raise WorkflowError(
            f"{label(node)} is of a class that this ComfyUI lacks.",
            hint="Install its node pack or update ComfyUI.",
        )
    return info
