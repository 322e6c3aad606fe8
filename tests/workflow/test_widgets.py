"""Newer core nodes become what ComfyUI's own page makes of them, by name and by place, or are refused."""

import copy
import json

import pytest
from newer_core import CLASSES, REGION, SAVED

from bridge.core.errors import WorkflowError
from bridge.workflow.bind import bind
from bridge.workflow.convert import convert
from bridge.workflow.file import BYPASSED, MUTED, Input, Workflow, load
from bridge.workflow.widgets import places, slots

NAMES = [f"{row[0]} {row[2][0] if row[0].startswith('Resize') else ''}".strip() for row in SAVED]
PAINTER, NESTED = (next(row for row in SAVED if row[0] == name) for name in ("Painter", "Nested"))
NEWEST, OLDER = "1.58.1", "1.32.9"
BARE = "widgets_values_named"


def graph(type_, feeds, values, named, version=NEWEST):
    """A node 3 whose links all come from node 1; widgets are left out of the inputs, as the page exports them."""
    inputs = [{"name": name, "type": kind, "link": place} for place, (name, kind) in enumerate(feeds.items(), 1)]
    links = [[place, 1, 0, 3, place - 1, "IMAGE"] for place in range(1, len(feeds) + 1)]
    source = {"id": 1, "type": "Source", "inputs": [], "widgets_values": ["c.png", "image"]}
    source["outputs"] = [{"name": "IMAGE", "type": "IMAGE", "links": [link[0] for link in links]}]
    source["widgets_values_named"] = {"image": "c.png", "upload": "image"}
    node = {"id": 3, "type": type_, "title": "Mine", "mode": 0, "inputs": inputs, "outputs": [{"type": "IMAGE"}]}
    node |= {"widgets_values": values, "widgets_values_named": named}
    saved = {"nodes": [source, node], "links": links, "version": 0.4, "extra": {"frontendVersion": version}}
    return copy.deepcopy(saved)


def without(saved, field):
    for node in saved["nodes"]:
        del node[field]
    return saved


def splined(values, named, inputs=()):
    saved = graph("Splined", {}, values, named)
    saved["nodes"][1]["inputs"] = list(inputs)
    return saved


@pytest.mark.parametrize("field", ["widgets_values", "widgets_values_named", ""], ids=["by name", "by place", "both"])
@pytest.mark.parametrize("row", SAVED, ids=NAMES)
def test_a_newer_core_node_becomes_what_the_page_sends(row, field):
    type_, feeds, values, named, sent = row
    saved = graph(type_, feeds, values, named)
    if field and not (type_ == "Framed" and field == "widgets_values"):  # two of its widgets go by one name
        without(saved, field)
    linked = {name: ["1", 0] for name in feeds}
    assert convert(saved, CLASSES)["3"]["inputs"] == {**sent, **linked}


def test_what_older_front_ends_save_of_a_comparison_is_no_mismatch():
    saved = without(graph("ImageCompare", {}, [["", ""]], {}, OLDER), BARE)
    assert convert(saved, CLASSES)["3"]["inputs"] == {"compare_view": {"__value__": ["", ""]}}


def test_names_go_before_places_where_the_class_has_another_order():
    values, named = [256, "#000000", "", 0], {"mask": "", "width": 256, "height": 0, "bg_color": "#000000"}
    inputs = convert(graph("Painter", {}, values, named), CLASSES)["3"]["inputs"]
    assert inputs == {"mask": "", "width": 256, "height": 0, "bg_color": "#000000"}


def test_a_new_node_has_the_inputs_of_its_first_choice():
    names = [slot.address or slot.name for slot in slots(CLASSES["Nested"])]
    assert names[:4] == ["before", "how", "how.seed", "how.noise"]
    assert names[4:] == ["how.noise.control", "how.inner", "how.inner.f", "how.last", "seed", "seed.control", "after"]


def test_what_the_names_lack_is_taken_from_a_list_that_fits():
    inputs = convert(graph("Painter", {}, ["", 256, 0, "#000000"], {"width": 128}), CLASSES)["3"]["inputs"]
    assert inputs == {"mask": "", "width": 128, "height": 0, "bg_color": "#000000"}


def test_a_pack_that_saves_values_its_own_way_is_read_by_the_names_that_the_page_adds():
    inputs = convert(graph("Number", {}, {"value": 3, "preview": {}}, {"value": 3}), CLASSES)["3"]["inputs"]
    assert inputs == {"value": 3}


def test_a_widget_of_an_unknown_kind_is_sent_by_its_name():
    inputs = convert(splined([1, {"k": 2}, 0.5], {"n": 1, "spline": {"k": 2}, "f": 0.5}), CLASSES)["3"]["inputs"]
    assert inputs == {"n": 1, "spline": {"k": 2}, "f": 0.5}


def test_a_kind_that_the_page_does_not_know_either_is_no_widget():
    saved = splined([1, 0.5], {"n": 1, "f": 0.5}, [{"name": "spline", "type": "SPLINE", "link": None}])
    assert convert(saved, CLASSES)["3"]["inputs"] == {"n": 1, "f": 0.5}
    assert convert(without(saved, "widgets_values_named"), CLASSES)["3"]["inputs"] == {"n": 1, "f": 0.5}


def test_a_widget_that_a_class_got_later_has_its_default_where_the_file_has_names():
    saved = graph("Splined", {}, [1, "s"], {"n": 1, "spline": "s"})
    assert convert(saved, CLASSES)["3"]["inputs"] == {"n": 1, "spline": "s", "f": 1}


SPLINE = {"name": "spline", "type": "SPLINE", "widget": {"name": "spline"}, "link": None}
UNKNOWN = "has the widget 'spline' of the kind SPLINE, which the bridge doesn't know, and no value by that name."
REFUSED = [
    (without(splined([1, 2, 3], {}), BARE), UNKNOWN),
    (without(splined([1, 2, 3], {}, [SPLINE]), BARE), UNKNOWN),
    (without(splined([1, 2, 3], {}), BARE), "front end 1.49 or newer, which keeps values by name too."),
    (graph("Framed", {}, [], {"box": REGION, "f": 1}), "has 0 widget values, but its class has 7 widgets"),
    (graph("Painter", {}, [], {"mask": "", "breadth": 9}), "has no value for width, height, bg_color, which its class"),
    (graph("Nested", {}, [], {"before": 1, "how": "three"}), "has 'three' for 'how'; its class has only one, two."),
    (without(graph("Nested", {}, [1, "two", 2], {}), BARE), "has 3 widget values, but its class has 5 widgets"),
    (
        without(graph("Painter", {}, ["", 1, 2, "#000000", "image"], {}), BARE),
        "has 5 widget values, but its class has 4",
    ),
    (graph("CustomCombo", {}, ["b", -1, "a", "b"], {"choice": "b"}), "needs a browser for 'index'."),
    (graph("Rows", {}, [], {}), "needs a browser for 'rows'."),
]


@pytest.mark.parametrize(("saved", "sentence"), REFUSED, ids=[row[1][:60] for row in REFUSED])
def test_what_cannot_be_converted_exactly_is_refused_for_its_true_reason(saved, sentence):
    with pytest.raises(WorkflowError) as caught:
        convert(saved, CLASSES)
    assert sentence in str(caught.value)


# A source that is muted


def fed_by_a_number(version, mode=MUTED, **more):
    saved = graph("Splined", {}, [1, "s", 7.5], {"n": 1, "spline": "s", "f": 7.5}, version)
    saved["nodes"][0].update(type="Number", mode=mode, widgets_values=[5], outputs=[{"type": "INT"}], **more)
    saved["nodes"][0]["widgets_values_named"] = {"value": 5}
    saved["nodes"][1]["inputs"] = [{"name": "n", "type": "INT", "widget": {"name": "n"}, "link": 1}]
    saved["links"] = [[1, 1, 0, 3, 0, "INT"]]
    return saved


NEWER = {"n": 1, "spline": "s", "f": 7.5}
OLD = {"spline": "s", "f": 7.5}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        *((each, NEWER) for each in (NEWEST, "1.43.0", "1.42.5", "1.41.19", "1.59.0.dev2", "2.0.0", None, "mine")),
        *((each, OLD) for each in (OLDER, "1.42.4", "1.42.0", "1.41.18", "1.9.99")),
    ],
)
def test_an_input_that_a_muted_node_feeds_is_what_the_files_front_end_makes_of_it(version, expected):
    assert convert(fed_by_a_number(version), CLASSES)["3"]["inputs"] == expected


def test_a_file_without_version_and_names_is_read_as_an_older_one():
    saved = fed_by_a_number(None)
    del saved["extra"], saved["nodes"][0]["widgets_values_named"]
    saved["nodes"][1].update(type="Number", widgets_values=[1])
    del saved["nodes"][1]["widgets_values_named"]
    saved["nodes"][1]["inputs"][0].update(name="value", widget={"name": "value"})
    assert convert(saved, CLASSES)["3"]["inputs"] == {}
    saved["nodes"][0]["mode"] = 0
    assert convert(saved, CLASSES)["3"]["inputs"] == {"value": ["1", 0]}


def test_a_muted_reroute_feeds_nothing_to_newer_front_ends_and_what_it_carries_to_older_ones():
    for version, expected in ((NEWEST, NEWER), (OLDER, {**NEWER, "n": ["9", 0]})):
        saved = fed_by_a_number(version)
        number = {**copy.deepcopy(saved["nodes"][0]), "id": 9, "mode": 0}
        saved["nodes"][0].update(type="Reroute", inputs=[{"name": "", "type": "*", "link": 2}])
        saved["nodes"].append(number)
        saved["links"].append([2, 9, 0, 1, 0, "*"])
        assert convert(saved, CLASSES)["3"]["inputs"] == expected


# A bypassed node with inputs that its class alone doesn't number


@pytest.mark.parametrize(
    ("type_", "feeds", "values"),
    [
        ("BatchImagesNode", {"images.image0": "IMAGE", "images.image1": "IMAGE"}, []),
        (
            "ResizeImageMaskNode",
            {"input": "IMAGE,MASK", "resize_type.match": "IMAGE"},
            ["match size", "center", "area"],
        ),
    ],
)
def test_a_bypassed_newer_node_lets_its_first_fitting_input_through(type_, feeds, values):
    saved = without(graph(type_, feeds, values, {}), BARE)
    saved["nodes"][1]["mode"] = BYPASSED
    other = {**copy.deepcopy(saved["nodes"][0]), "id": 2}
    saved["links"][1][1] = 2
    end = {"id": 4, "type": "ImageCropV2", "inputs": [{"name": "image", "type": "IMAGE", "link": 9}]}
    end["widgets_values"] = [REGION, 0, 0, 512, 512]
    saved["nodes"] += [other, end]
    saved["links"].append([9, 3, 0, 4, 0, "IMAGE"])
    assert convert(saved, CLASSES)["4"]["inputs"]["image"] == ["1", 0]


# A request's values


def test_a_handle_may_set_a_widget_that_no_link_can_feed(tmp_path):
    saved = graph("Painter", {}, ["", 256, 0, "#000000"], PAINTER[3])
    saved["nodes"][1]["inputs"] = [{"name": "other", "type": "INT", "widget": {"name": "other"}, "link": None}]
    handle = {"mode": "m", "version": 1, "inputs": {"key": {"to": ["Mine.bg_color"]}}, "outputs": {"image": "Mine"}}
    saved["extra"]["pixart"] = handle
    path = tmp_path / "m.v1.json"
    path.write_text(json.dumps(saved))
    assert load(path).inputs["key"].to == ("Mine.bg_color",)


def test_a_value_of_a_request_is_set_by_name_and_by_place():
    saved = graph("Nested", {}, NESTED[2], NESTED[3])
    inputs = {"seed": Input("seed", ("Mine.seed",)), "after": Input("after", ("Mine.after",))}
    workflow = Workflow("m", 1, "", None, {}, inputs, {"image": "Mine"}, saved)
    made = bind(workflow, {"seed": 12, "after": 8}, CLASSES)
    node = made.graph["nodes"][1]
    sent, at = made.prompt["3"]["inputs"], places(node, CLASSES)
    assert (sent["seed"], sent["after"]) == (12, 8)
    assert [node["widgets_values"][at[name]] for name in ("seed", "seed.control", "after")] == [12, "fixed", 8]
    named = node["widgets_values_named"]  # the page numbers the names that it has twice
    assert [named[name] for name in ("seed", "control_after_generate#1", "after")] == [12, "fixed", 8]
    assert named["control_after_generate"] == "randomize"
    assert saved["nodes"][1]["widgets_values_named"]["seed"] == 5
