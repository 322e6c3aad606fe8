"""Nodes that a look, or a panel, gets in workflows that have no inputs for it."""

import pytest
from modes import LIBRARY
from node_classes import INFO, node_class, types, way_back

from bridge.core.errors import MissingParts
from bridge.workflow.additions import STAGE_TABLE, answers, extended, staged

PALETTE = ["PIXART_PALETTE", {}]
NODES = {
    **INFO,
    "PixartPalette": {
        "input": {"required": {"palette": ["COMBO", {"options": ["pico-8"]}], "colors": ["STRING", {}]}},
        "input_order": {"required": ["palette", "colors"]},
        "output": ["PIXART_PALETTE"],
        "output_name": ["palette"],
        "name": "PixartPalette",
    },
    "PixartOwnColors": {
        **node_class("PixartOwnColors", palette=PALETTE, colors=["INT", {}], method=["COMBO", {"options": ["octree"]}]),
        "output": ["PIXART_PALETTE"],
        "output_name": ["palette"],
    },
    "PixartAdjust": node_class("PixartAdjust", contrast=["FLOAT", {"default": 1.0}], palette=PALETTE),
    "PixartRGB565": node_class(
        "PixartRGB565",
        **{name: ["INT", {}] for name in ("width", "height")},
        **{name: ["COMBO", {"options": ["0"]}] for name in ("fit", "rotation", "byte_order", "rounding")},
        **{name: ["BOOLEAN", {}] for name in ("invert", "bgr")},
        filename_prefix=["STRING", {}],
    ),
}
LOOK = ("palette", "own_colors", "contrast", "dither", "strength", "metric", "method", "alpha_threshold")
PANEL = ("panel_width", "panel_height", "panel_fit", "rotation", "byte_order", "rounding", "invert", "bgr")
MAKES_PIXELS = [
    each
    for each in LIBRARY
    if "PixartQuantize" in types(each).values() and not each.mode.startswith(("anim", "sprite"))
]


def tied(workflow):
    """Whether each link is in the list of the output that it comes from, and at the input that it goes to."""
    nodes = {node["id"]: node for node in workflow.graph["nodes"]}
    for number, giver, slot, taker, place, _ in workflow.graph["links"]:
        assert number in nodes[giver]["outputs"][slot]["links"]
        assert nodes[taker]["inputs"][place]["link"] == number
    fed = [each["link"] for node in nodes.values() for each in node["inputs"] if each.get("link")]
    given = [link for node in nodes.values() for each in node["outputs"] for link in each["links"] or []]
    assert sorted(fed) == sorted(given) == sorted(link[0] for link in workflow.graph["links"])


@pytest.mark.parametrize("workflow", MAKES_PIXELS, ids=lambda each: each.name)
def test_every_workflow_that_makes_pixel_art_has_inputs_for_the_whole_look(workflow):
    made = staged(extended(workflow, LOOK, NODES), LOOK, NODES)
    lacks = {name for name in LOOK if name not in made.inputs}
    assert lacks <= {"method"}, "the built-in drawings are never made small"
    assert (made is workflow) == all(name in workflow.inputs for name in LOOK)
    tied(made)


def test_a_tokens_picture_takes_its_colours_from_the_look_and_its_size_from_the_token():
    made = staged(LIBRARY.get("aleaart"), LOOK, NODES)
    assert way_back(made, "Quantize", ("palette",)) == ["PixartOwnColors", "PixartPalette"]
    assert way_back(made, "Pixels", ("image",))[0] == "PixartAdjust"
    assert way_back(made, "Pixels", ("width",))[0] == "PixartChainParameters"


def test_a_look_gives_a_workflow_that_makes_no_pixel_art_nothing():
    workflow = LIBRARY.get("txt2img")
    assert staged(workflow, LOOK, NODES) is workflow


def test_a_panels_bytes_are_made_of_what_is_saved():
    workflow = LIBRARY.get("pixelate")
    made = staged(extended(workflow, ("outline",), NODES), PANEL, NODES)
    assert made.outputs == {**workflow.outputs, "rgb565": "Panel"}
    saved = way_back(made, "Result", ("images", "image"))
    assert saved[0] == "PixartOutline"
    assert made.inputs["filename_prefix"].to == ("Result.filename_prefix", "Panel.filename_prefix")
    assert way_back(made, "Panel", ("images", "image")) == saved
    tied(made)


def test_a_workflow_for_panels_is_left_as_it_is():
    workflow = LIBRARY.get("txt2img_rgb565")
    assert staged(workflow, PANEL, NODES) is workflow
    assert [answers(LIBRARY.get(name), "rgb565") for name in ("txt2img_rgb565", "txt2img", "interrogate")] == [
        True,
        True,
        False,
    ]


def test_the_same_stages_are_composed_once():
    workflow = LIBRARY.get("txt2img_pixel")
    assert staged(workflow, ("own_colors",), NODES) is staged(workflow, ("own_colors", "image"), NODES) is not workflow


@pytest.mark.parametrize("name", STAGE_TABLE)
def test_a_comfyui_without_the_node_says_so(name):
    stage, wanted = STAGE_TABLE[name], next(iter(STAGE_TABLE[name].inputs))
    modes = ("aleaart", "txt2img_pixel", "txt2img_hires")
    workflow = next(each for each in map(LIBRARY.get, modes) if stage.beside(each) and wanted not in each.inputs)
    with pytest.raises(MissingParts, match=rf"{name} can't be obeyed\. .*{stage.node}"):
        staged(workflow, (wanted,), {})
