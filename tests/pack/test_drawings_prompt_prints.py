"""Dots, stripes and mud are all over what prompts say, and what things do or are in the water is seen."""

import briefs
import numpy as np
import pytest
from pixart_nodes.drawings.brief import Brief, Subject
from pixart_nodes.drawings.colors import rgb
from pixart_nodes.drawings.prompt import read
from pixart_nodes.drawings.scene import paint
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
        ("boots covered in mud", "boot splashes bark"),
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
