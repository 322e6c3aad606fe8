"""An input that the editor hides has no effect: the table names what there is, and the dithers behave as it says."""

from dataclasses import replace

import numpy as np
import pytest
from pixart_nodes import conditions, library
from pixart_nodes.pixel.dither import quantize, table
from pixart_nodes.pixel.dither.quantization import Quantization

TESTS = [
    (node, input, field, test)
    for node, inputs in conditions.CASES.items()
    for input, cases in inputs.items()
    for case in cases
    for field, test in case.items()
]
OTHERS = {"serpentine": False, "light": "srgb", "strength": 0.5}
GREYS = np.dstack([*np.meshgrid(np.arange(0, 240, 10), np.arange(0, 240, 10))] * 2).astype(np.uint8)


@pytest.mark.comfy
@pytest.mark.parametrize(("node", "input", "field", "test"), TESTS)
def test_a_condition_is_about_fields_and_options_that_the_node_has(node, input, field, test, comfy):
    groups = comfy.object_info[node]["input"]
    inputs = {**groups.get("required", {}), **groups.get("optional", {})}
    assert inputs[input][1][conditions.KEY] == conditions.CASES[node][input]
    options = inputs[field][1].get("options")
    for value in test.get("is", test.get("not", [])):
        assert not options or value in options or node == "PixartAxera" or value == "auto", value


@pytest.mark.parametrize("dither", table.DITHERS)
@pytest.mark.parametrize("input", OTHERS)
def test_a_dither_is_the_same_with_any_value_of_what_is_hidden_for_it(input, dither):
    picture = np.dstack([GREYS[..., :3], np.full(GREYS.shape[:2], 255, np.uint8)])
    one = Quantization(library.palette("pico-8"), dither=dither)
    pictures = [quantize.quantize(picture, each) for each in (one, replace(one, **{input: OTHERS[input]}))]
    (case,) = conditions.CASES["PixartQuantize"][input]
    wanted = case["dither"]
    effective = dither in wanted["is"] if "is" in wanted else dither not in wanted["not"]
    assert (pictures[0] != pictures[1]).any() == effective
