"""What came over a link is known by the graph that made it, and kept in bounded memory."""

import numpy as np
import pytest
from pixart_nodes.errors import PictureError
from pixart_nodes.last_inputs import LastInputs, Picture, upstream

CHAIN = {
    "1": {"class_type": "Load", "inputs": {"image": "a.png"}},
    "2": {"class_type": "Blur", "inputs": {"image": ["1", 0], "radius": 2}},
    "3": {"class_type": "Join", "inputs": {"one": ["2", 0], "other": ["1", 0]}},
}


def with_value(node, name, value):
    return {**CHAIN, node: {**CHAIN[node], "inputs": {**CHAIN[node]["inputs"], name: value}}}


def test_the_same_graph_under_other_ids_is_the_same_source():
    renamed = {
        "8:a": CHAIN["1"],
        "x": {"class_type": "Blur", "inputs": {"radius": 2, "image": ["8:a", 0]}},
        "y": {"class_type": "Join", "inputs": {"one": ["x", 0], "other": ["8:a", 0]}},
    }
    assert upstream(renamed, ["y", 0]) == upstream(CHAIN, ["3", 0])


@pytest.mark.parametrize("change", [("1", "image", "b.png"), ("2", "radius", 3), ("2", "image", ["1", 1])])
def test_a_change_anywhere_before_a_link_is_another_source(change):
    assert upstream(with_value(*change), ["3", 0]) != upstream(CHAIN, ["3", 0])


def test_a_change_elsewhere_is_not():
    assert upstream(with_value("3", "other", ["2", 0]), ["2", 0]) == upstream(CHAIN, ["2", 0])


def test_a_whole_number_is_the_same_as_a_float():
    assert upstream(with_value("2", "radius", 2.0), ["3", 0]) == upstream(CHAIN, ["3", 0])


@pytest.mark.parametrize("link", [None, "a.png", ["9", 0], ["1"]])
def test_a_link_that_leads_nowhere_is_refused(link):
    with pytest.raises(PictureError, match="The prompt has no node for the link"):
        upstream(CHAIN, link)


def test_a_circle_is_refused():
    with pytest.raises(PictureError):
        upstream(with_value("2", "image", ["3", 0]), ["3", 0])


def picture(side=16):
    return Picture(np.zeros((1, side, side, 4), np.float32))


ONE = picture().image.nbytes


def test_the_longest_unused_picture_goes_where_there_is_no_room():
    inputs = LastInputs(most_bytes=2 * ONE)
    for name in "ab":
        inputs.keep(name, picture())
    inputs.of("a")
    inputs.keep("c", picture())
    assert [name for name in "abc" if inputs.of(name)] == ["a", "c"]


def test_too_large_a_picture_is_not_kept_and_the_one_before_is_forgotten():
    inputs = LastInputs(most_bytes=ONE)
    inputs.keep("a", picture())
    inputs.keep("a", picture(17))
    assert inputs.of("a") is None


def test_only_pages_that_said_so_are_watched():
    inputs = LastInputs()
    inputs.watch("mine")
    assert [inputs.is_watched(client) for client in ("mine", "another", None)] == [True, False, False]
