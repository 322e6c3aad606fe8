"""Nodes that a request adds to a workflow, wherever it has a picture to work on."""

import json

import pytest
from modes import LIBRARY
from node_classes import INFO, node_class, types, way_back

from bridge.core.errors import MissingParts
from bridge.core.places import ROOT
from bridge.workflow.additions import ADDITIONS, PIXEL_ASPECT, extended

PICTURED = [each for each in LIBRARY if "image" in each.outputs]


@pytest.mark.parametrize("workflow", PICTURED, ids=lambda each: each.name)
def test_every_workflow_that_saves_a_picture_can_clean_outline_and_enlarge_it(workflow):
    made = extended(workflow, ("enlarge", "clean", "outline"), INFO)
    assert {"clean", "outline", "enlarge"} <= made.inputs.keys()
    came = way_back(made, made.outputs["image"], ("images", "image"))
    assert came[:3] == ["PixartEnlarge", "PixartOutline", "PixartCleanup"]
    assert [came[3]] == way_back(workflow, workflow.outputs["image"], ("images", "image"))[:1]


def test_a_picture_is_snapped_before_anything_else_and_may_keep_its_size():
    made = extended(LIBRARY.get("pixelate"), ("snap",), INFO)
    assert way_back(made, "Look", ("image",)) == ["PixartGridSnap", "PixartLoadImage"]
    assert made.inputs["divisor"].to == ("Downscale.divisor",)


def test_a_ground_goes_before_a_picture_is_snapped_and_has_inputs_for_all_that_may_be_said_of_it():
    made = extended(LIBRARY.get("pixelate"), ("background", "snap"), INFO)
    assert way_back(made, "Look", ("image",)) == ["PixartGridSnap", "PixartRemoveBackground", "PixartLoadImage"]
    names = ("background", "background_color", "background_tolerance", "background_holes")
    widgets = [made.inputs[name].to for name in names]
    assert widgets == [(f"Remove background.{name}",) for name in ("method", "color", "tolerance", "holes")]


def test_the_ground_of_a_photo_of_paper_goes_once_the_page_is_clean():
    for mode in ("pixelate_paper", "sketch_paper"):
        made = extended(LIBRARY.get(mode), ("background",), INFO)
        assert way_back(made, "Remove background", ("image",)) == ["PixartSketchCleanup", "PixartLoadImage"], mode


def test_a_ground_of_what_words_draw_goes_before_it_is_saved():
    made = extended(LIBRARY.get("txt2img_pixel"), ("background_color",), INFO)
    assert way_back(made, made.outputs["image"], ("images", "image"))[0] == "PixartRemoveBackground"


def test_how_own_colours_are_found_is_an_input_wherever_there_are_some():
    for workflow in PICTURED:
        made = extended(workflow, ("extraction",), INFO)
        assert ("extraction" in made.inputs) == ("PixartOwnColors" in types(workflow).values()), workflow.name
    assert extended(LIBRARY.get("pixelate"), ("extraction",), INFO).inputs["extraction"].to == ("Own colours.method",)


def test_what_nobody_asks_for_leaves_the_workflow_itself_and_its_file_as_they_are():
    workflow = LIBRARY.get("pixelate")
    file = json.loads((ROOT / "workflows" / "pixelate.v2.json").read_text())
    assert extended(workflow, ("dither", "image"), INFO) is workflow
    assert extended(workflow, ADDITIONS, INFO) is extended(workflow, ADDITIONS, INFO) is not workflow
    assert workflow.graph == file


def test_a_workflow_without_a_picture_gets_no_node_for_one():
    workflow = LIBRARY.get("interrogate")
    assert types(extended(workflow, ("enlarge",), INFO)) == types(workflow)


def test_a_node_of_an_older_pack_is_added_without_the_inputs_that_it_lacks():
    made = extended(LIBRARY.get("pixelate"), ("enlarge",), INFO)
    assert ("enlarge" in made.inputs, PIXEL_ASPECT in made.inputs) == (True, False)
    newer = {**INFO, "PixartEnlarge": node_class("PixartEnlarge", factor=["INT", {}], aspect=["INT", {}])}
    made = extended(LIBRARY.get("pixelate"), ("enlarge",), newer)
    assert made.inputs[PIXEL_ASPECT].to == ("Enlarge pixels.aspect",)


def test_a_comfyui_without_the_node_says_so():
    with pytest.raises(MissingParts, match=r"outline can't be obeyed\. .*PixartOutline"):
        extended(LIBRARY.get("pixelate"), ("outline",), {})
