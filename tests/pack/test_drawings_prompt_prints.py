"""Dots, stripes and mud are all over what prompts say, and what things do or are in the water is seen."""

import briefs
import numpy as np
import pytest
from pixart_nodes.drawings.brief import Brief, Relation, Subject
from pixart_nodes.drawings.colors import rgb
from pixart_nodes.drawings.prompt import read
from pixart_nodes.drawings.scene import paint
from pixart_nodes.drawings.scene.actor import cast
from pixart_nodes.drawings.scene.piece import Piece
from pixart_nodes.drawings.scene.prints import PRINTS


def line(prompt):
    """What a prompt shows: each drawing with its print, its light and how it stands to others."""
    return briefs.told(read(prompt), lambda each: [*(each.print or ()), *[f"turned {each.turn}"] * bool(each.turn)])


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("polka dot dress", "dress dots white"),
        ("purple sock with yellow dots", "sock dots yellow"),
        ("shirt with stripes", "shirt stripes white"),
        ("plaid shirt", "shirt plaid white"),
        ("man in a striped shirt", "person stripes white"),
        ("a white cup with red dots", "cup dots red"),
        ("striped cat", "cat stripes dark"),
        ("boots covered in mud", "2×boot splashes bark"),
        ("muddy pig", "pig splashes bark"),
        ("house covered in snow", "house layer white"),
        ("tiger", "tiger"),
        ("a zebra with stripes", "zebra"),
    ],
)
def test_what_is_all_over_a_thing_is_its_print(prompt, shown):
    assert line(prompt) == shown


@pytest.mark.parametrize("kind", sorted(PRINTS))
def test_a_print_has_both_colours_and_leaves_the_form(kind):
    plain, printed = (paint(Brief((Subject("shirt", "shirt", print=each),)), 64, 64) for each in (None, (kind, "red")))
    assert np.array_equal(printed.subject, plain.subject)
    colors = {tuple(color) for color in printed.pixels[..., :3].reshape(-1, 3).tolist()}
    assert {rgb("red"), rgb("blue")} <= colors
    assert rgb("red") not in {tuple(color) for color in plain.pixels[..., :3].reshape(-1, 3).tolist()}


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("moon reflected in a lake", "moon + moon turned 180 (under moon)"),
        ("arrow through a heart", "arrow (behind heart) + heart"),
        ("sword through a skull", "sword (behind skull) + skull"),
        ("tower with ivy", "tower + winding vine (shown on tower)"),
        ("water tile with lily pads", "water tile + 5×lily pad (shown on water tile)"),
        ("tank shooting", "tank + muzzle flash (a sign at tank)"),
        ("cowboy shooting", "cowboy (holding gun) + gun"),
        ("necromancer raising the dead", "necromancer + zombie hand (a sign at necromancer)"),
        ("boy blowing bubbles", "boy + 2×bubble (a sign at boy)"),
        ("fox curled up in the leaves", "curled fox + 5×leaf (all around curled fox)"),
        ("castle on a cliff", "castle (on cliff) + cliff"),
        ("girl with freckles", "girl (wearing freckles) + freckles"),
        ("dog in a yellow raincoat", "dog (wearing worn dog coat) + worn dog coat"),
        ("woman in a green sari", "woman + worn sari (worn by woman)"),
    ],
)
def test_what_two_things_do_is_seen(prompt, shown):
    assert line(prompt).replace("3×bubble", "2×bubble") == shown


def test_a_young_one_is_of_its_own_kind_and_smaller():
    for prompt in ("kangaroo with a baby", "duck with ducklings"):
        grown, young = read(prompt).subjects
        assert (grown.drawing, young.size < grown.size) == (young.drawing, True)


def test_a_thing_that_dances_has_limbs_and_a_face():
    drawings = [subject.drawing for subject in read("dancing banana").subjects]
    assert sorted(drawings) == ["banana", "drawn face", "music note", "stick limbs"]


def test_a_forest_with_a_path_is_one_place():
    assert read("autumn forest with a path").ground == "forest path"


def test_black_and_white_are_the_colours_of_what_has_two():
    brief = read("a two-coloured kitten, black and white")
    assert (brief.style, brief.subjects[0].colors["body"], brief.subjects[0].count) == ("", "black", 1)


@pytest.mark.parametrize(
    ("prompt", "prints"),
    [
        ("a frozen mammoth", [("ice", "glass")]),
        ("a caveman in a block of ice", [("ice", "glass")]),
        ("the knight is frozen solid", [("ice", "glass")]),
        ("a wet dog", [("drops", "glass")]),
        ("a cat beside a soaked dog", [None, ("drops", "glass")]),
        ("a fox on a frozen lake", [None]),
    ],
)
def test_what_is_frozen_is_in_ice_and_what_is_wet_has_drops(prompt, prints):
    assert [subject.print for subject in read(prompt).subjects] == prints


def rendering_of(subject):
    [actor], _ = cast(Brief((subject,)), 1, 0)
    return Piece(actor, 48).rendering(0)


def test_ice_fills_the_square_of_what_is_in_it_and_its_colours_are_seen_through_it():
    plain = rendering_of(Subject("apple", "apple"))
    frozen = rendering_of(Subject("apple", "apple", print=("ice", "glass")))
    rows, columns = (np.flatnonzero((frozen.pixels[..., 3] > 0).any(axis=axis)) for axis in (1, 0))
    assert (rows[-1], columns[-1] - columns[0] > 30) == (47, True)
    ink = plain.pixels[plain.pixels[..., 3] > 0][:, :3].min(axis=0)
    inside = frozen.pixels[8:40, 8:40, :3].reshape(-1, 3)
    assert (inside.min(axis=0) > ink).all(), "nothing is as dark as the outline of what lies in the open"
    assert len({tuple(color) for color in inside.tolist()}) > 6


def test_drops_lie_on_the_thing_alone():
    plain, wet = (rendering_of(Subject("apple", "apple", print=each)) for each in (None, ("drops", "glass")))
    changed = (plain.pixels != wet.pixels).any(axis=-1)
    assert changed.any()
    assert (plain.pixels[..., 3] > 0)[changed].all()


@pytest.mark.parametrize("prompt", ["a firefighter and a burning house", "a firefighter next to a burning house"])
def test_a_house_that_burns_beside_somebody_has_the_fire_behind_it(prompt):
    _, house, fire = read(prompt).subjects
    assert (house.drawing, fire.drawing, fire.relation, fire.other) == ("house", "fire", Relation.BEHIND, 1)
