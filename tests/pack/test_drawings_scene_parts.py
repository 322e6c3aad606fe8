"""What is missing of things, their rainbows, what is written on them, and ropes, in the pixels of a scene."""

import numpy as np
import pytest
from pixart_nodes.drawings.brief import Brief, Relation, Subject
from pixart_nodes.drawings.colors import rgb
from pixart_nodes.drawings.library import find
from pixart_nodes.drawings.rendering import render
from pixart_nodes.drawings.scene import paint
from pixart_nodes.drawings.scene.actor import cast
from pixart_nodes.drawings.scene.cord import ROPE
from pixart_nodes.drawings.scene.cut import INK, cut
from pixart_nodes.drawings.scene.label import TAG
from pixart_nodes.drawings.scene.layout import Stage, layout
from pixart_nodes.drawings.scene.rainbow import BANDS, rainbow


def opaque(rendering):
    return rendering.pixels[..., 3] > 0


def count(scene, color):
    return int((scene.pixels[..., :3] == color).all(axis=2).sum())


def test_half_of_a_thing_is_its_left_half_in_the_middle_with_an_edge():
    whole = render(find("coin"), 48)
    half = cut(whole, "half")
    columns = np.flatnonzero(opaque(half).any(axis=0))
    assert opaque(half).sum() == pytest.approx(opaque(whole).sum() / 2, rel=0.05)
    assert abs((columns[0] + columns[-1]) // 2 - 24) <= 1
    assert (half.pixels[opaque(half)[:, columns[-1]], columns[-1], :3] == INK).all()


@pytest.mark.parametrize(("kind", "least", "most"), [("bite", 0.75, 0.95), ("break", 0.7, 0.95)])
def test_a_bite_and_a_break_leave_most_of_a_thing(kind, least, most):
    whole = render(find("cookie"), 48)
    assert least < opaque(cut(whole, kind)).sum() / opaque(whole).sum() < most


def test_a_crack_takes_nothing_away_and_an_unknown_word_changes_nothing():
    whole = render(find("egg"), 48)
    assert (opaque(cut(whole, "crack")) == opaque(whole)).all()
    assert (cut(whole, "crack").pixels != whole.pixels).any()
    assert cut(whole, "other") is whole


def test_a_broken_sword_is_in_two_pieces():
    kept = opaque(cut(render(find("sword"), 64), "break"))
    part = np.zeros_like(kept)
    part[tuple(np.argwhere(kept)[0])] = True
    for _ in range(kept.size):  # grows until it fills one piece
        grown = part.copy()
        for axis in (0, 1):
            for step in (1, -1):
                grown |= np.roll(part, step, axis=axis)
        grown &= kept
        if (grown == part).all():
            break
        part = grown
    assert 0 < part.sum() < kept.sum()


def test_a_rainbow_has_all_its_colours_in_the_parts_that_change_and_nowhere_else():
    unicorn = find("unicorn")
    drawn = rainbow(lambda color: render(unicorn, 56, {"mane": color}))
    plain = render(unicorn, 56, {"mane": BANDS[0]})
    other = (plain.pixels == render(unicorn, 56, {"mane": BANDS[-1]}).pixels).all(axis=2)
    assert (drawn.pixels[other] == plain.pixels[other]).all()
    assert all((drawn.pixels[..., :3] == band).all(axis=2).any() for band in BANDS)


def test_a_level_is_written_over_who_has_it_and_a_name_upon_a_thing():
    mage = paint(Brief((Subject("wizard", "mage", text="LV 5"),)), 64, 64)
    assert count(mage, TAG) > 20
    assert not (mage.pixels[14:, :, :3] == TAG).all(axis=2)[:, :20].any()  # above the head
    sign, bare = (paint(Brief((Subject("sign", "sign", text=text),)), 64, 64) for text in ("HELLO", ""))
    assert count(sign, INK) > count(bare, INK)
    assert (sign.pixels[..., 3] == bare.pixels[..., 3]).all()


@pytest.mark.parametrize("text", ["A", "LV 99", "A VERY LONG NAME INDEED", "ÄÖ", "€"])
@pytest.mark.parametrize("size", [(8, 8), (24, 64), (200, 120)])
def test_any_text_is_written_at_any_size(text, size):
    assert paint(Brief((Subject("truck", "truck", text=text),)), *size).pixels.shape == (size[1], size[0], 4)
    assert paint(Brief((Subject("cat", "cat", text=text),)), *size).pixels.shape == (size[1], size[0], 4)


def test_who_is_led_goes_behind_on_a_rope():
    girl, dog = Subject("girl", "girl", relation=Relation.LEADING, other=1), Subject("dog", "dog")
    assert count(paint(Brief((girl, dog)), 64, 64), ROPE) >= 4
    assert count(paint(Brief((Subject("girl", "girl", relation=Relation.BESIDE, other=1), dog)), 64, 64), ROPE) == 0


def test_what_leaps_out_of_the_sea_has_no_water_about_it():
    shark = Subject("shark", "shark", pose="jump")
    leaping, swimming = (
        paint(Brief((subject,), ground="sea"), 64, 64).subject.sum() for subject in (shark, Subject("shark", "shark"))
    )
    assert leaping > swimming


def test_a_drawing_of_one_colour_is_no_rainbow():
    key = find("key")
    plain = render(key, 32)
    assert (rainbow(lambda color: plain).pixels == plain.pixels).all()
    assert rgb("red") == BANDS[0]


def test_a_third_of_a_kind_stands_in_front_and_hides_no_face():
    sheep = Subject("sheep", "sheep", count=3, relation=Relation.BESIDE, other=0)
    pieces = layout(cast(Brief((Subject("girl", "girl"), sheep)), 30, 0)[0], Stage(64, 64, 60))[0]
    girl, *flock = pieces
    assert len(flock) == 3
    assert [each.box.bottom > girl.box.bottom for each in flock] == [False, False, True]
    assert girl.face and not flock[2].box.meets(girl.face)
