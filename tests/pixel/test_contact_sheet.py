"""A sheet shows every picture at its place, enlarged by whole pixels, with its label above it."""

import numpy as np
import pytest
from pixart_nodes.pixel.edit.contact_sheet import CHOICE, GAP, GROUND, INK, sheet
from pixart_nodes.pixel.errors import PictureError

LABEL = np.array([[True, False, True]])


def flat(*color, width=3, height=2):
    return np.full((height, width, 4), color, np.uint8)


def of(out, box):
    return out[box.y : box.y + box.height, box.x : box.x + box.width]


def test_each_picture_stands_in_its_box_enlarged_and_in_order():
    colors = [(200, 0, 0, 255), (0, 200, 0, 255), (0, 0, 200, 255)]
    out, boxes = sheet([flat(*each) for each in colors], [LABEL] * 3, columns=2, zoom=4)
    assert [(box.width, box.height) for box in boxes] == [(12, 8)] * 3
    assert [(box.x, box.y) for box in boxes] == [(4, 9), (20, 9), (4, 26)]
    for box, color in zip(boxes, colors, strict=True):
        assert (of(out, box) == color[:3]).all()


def test_a_label_stands_above_its_picture_on_the_ground():
    out, [box] = sheet([flat(9, 9, 9, 255)], [LABEL], columns=1)
    row = out[box.y - GAP - 1, box.x : box.x + 3]
    assert row.tolist() == [list(INK), list(GROUND), list(INK)]


def test_a_label_wider_than_its_picture_keeps_clear_of_the_next_one():
    wide = np.ones((1, 50), bool)
    _, (first, second) = sheet([flat(9, 9, 9, 255)] * 2, [wide] * 2, columns=2)
    assert second.x - first.x == 50 + GAP


def test_the_picture_taken_has_a_frame_and_no_other_one():
    out, (first, second) = sheet([flat(9, 9, 9, 255)] * 2, [LABEL] * 2, columns=2, choice=1)
    assert out[first.y, first.x - 1].tolist() == list(GROUND)
    assert out[second.y, second.x - 1].tolist() == list(CHOICE)
    assert out[second.y - GAP - 1, second.x].tolist() == list(CHOICE)


def test_what_is_transparent_is_chequered_and_what_is_half_so_is_mixed():
    out, [box] = sheet([flat(255, 255, 255, 0, width=16)], [LABEL], columns=1)
    assert of(out, box)[0].tolist() == [[0x99] * 3] * 8 + [[0x66] * 3] * 8
    out, [box] = sheet([flat(255, 255, 255, 128)], [LABEL], columns=1)
    assert of(out, box)[0, 0].tolist() == [204] * 3


def test_a_sheet_too_large_for_a_picture_is_refused_in_words():
    with pytest.raises(PictureError, match=r"200 pictures of 1600 x 2 pixels .*: compare fewer"):
        sheet([flat(9, 9, 9, 255, width=1600)] * 200, [LABEL] * 200, columns=200)
