"""What stands on, under, in, beside, behind, before and above others, or is held, worn and ridden, is in its place."""

import cv2
import numpy as np
import pytest
from pixart_nodes.drawings import library
from pixart_nodes.drawings.brief import Brief, Relation, Subject
from pixart_nodes.drawings.rendering import anchor, render
from pixart_nodes.drawings.scene import paint
from pixart_nodes.drawings.scene.actor import cast
from pixart_nodes.drawings.scene.air import FLYING, SKY
from pixart_nodes.drawings.scene.carrying import HANDS, OVERHEAD
from pixart_nodes.drawings.scene.garments import WORN_AT
from pixart_nodes.drawings.scene.layout import Stage, layout
from pixart_nodes.drawings.scene.relations import AIRY, CLEAR, RIMS, SEATS, SMALL_ON, TILTS

STAGE = Stage(64, 64, 60)


def pair(one, relation, other, **more):
    return (Subject(one, one, relation=relation, other=1, **more), Subject(other, other))


def pieces(subjects, stage=STAGE):
    return layout(cast(Brief(subjects), 30, 0)[0], stage)[0]


def named(subjects, stage=STAGE):
    return {piece.actor.drawing.name: piece for piece in pieces(subjects, stage)}


@pytest.mark.parametrize("relation", Relation)
@pytest.mark.parametrize(
    ("one", "other"), [("cat", "house"), ("knight", "horse"), ("apple", "person"), ("ghost", "moon")]
)
def test_every_relation_of_any_two_things_is_inside_the_picture(relation, one, other):
    for piece in pieces(pair(one, relation, other)):
        box = piece.box
        assert box.right > 0 <= box.bottom
        assert box.left < 64 > box.top
    assert paint(Brief(pair(one, relation, other)), 64, 64).subject.any()


def test_what_is_on_something_stands_where_its_silhouette_begins():
    both = named(pair("cat", Relation.ON, "table"))
    assert abs(both["cat"].box.bottom - both["table"].box.top) <= 3
    assert both["cat"].box.center == pytest.approx(both["table"].box.center, abs=1)


def test_who_sits_on_a_sofa_sits_on_its_seat_and_not_on_its_back():
    both = named(pair("cat", Relation.ON, "sofa"))
    assert both["cat"].box.bottom > both["sofa"].box.top + both["sofa"].box.height // 3


def test_what_is_on_an_animal_is_on_its_back():
    both = named(pair("bird", Relation.ON, "elephant"))
    assert both["bird"].box.bottom == pytest.approx(both["elephant"].at("back")[1], abs=3)


def test_what_is_under_a_table_stands_between_its_legs_and_what_is_under_a_cloud_below_it():
    both = named(pair("cat", Relation.UNDER, "table"))
    assert both["cat"].box.top > both["table"].box.top
    assert both["cat"].box.bottom == both["table"].box.bottom
    both = named(pair("cat", Relation.UNDER, "cloud"))
    assert both["cat"].box.bottom > both["cloud"].box.bottom


def test_what_is_in_a_box_is_painted_before_it_and_looks_out():
    order = [piece.actor.drawing.name for piece in pieces(pair("cat", Relation.IN, "cardboard box"))]
    both = named(pair("cat", Relation.IN, "cardboard box"))
    assert order == ["cat", "cardboard box"]
    assert both["cat"].box.top < both["cardboard box"].box.top < both["cat"].box.bottom


def test_what_is_in_a_bottle_is_seen_through_it():
    order = [piece.actor.drawing.name for piece in pieces(pair("ship", Relation.IN, "bottle"))]
    both = named(pair("ship", Relation.IN, "bottle"))
    assert order == ["bottle", "ship"]
    assert both["ship"].box.top > both["bottle"].box.top
    assert both["ship"].box.bottom < both["bottle"].box.bottom


def test_what_is_beside_something_stands_on_the_same_line_and_they_face_each_other():
    both = named(pair("cat", Relation.BESIDE, "dog"))
    assert both["cat"].box.bottom == both["dog"].box.bottom
    assert not both["cat"].box.meets(both["dog"].box)
    assert both["dog"].actor.mirror


@pytest.mark.parametrize("thing", ["wheelbarrow", "stroller", "shopping cart", "lawnmower", "car"])
def test_who_pushes_a_thing_has_a_hand_at_the_end_with_its_grips(thing):
    both = named(pair("person", Relation.BESIDE, thing, arrangement="pushing"))
    pushed, person = both[thing], both["person"]
    assert person.box.bottom == pushed.box.bottom
    overlap = person.box.right - pushed.box.left if pushed.actor.mirror else pushed.box.right - person.box.left
    assert 0 < overlap < person.box.width // 4  # what is at the other end is what it looks to


@pytest.mark.parametrize("thing", ["ladder", "guitar", "sword", "surfboard", "broom"])
def test_what_leans_on_a_thing_has_its_upper_end_at_it(thing):
    both = named(pair(thing, Relation.BESIDE, "barn", arrangement="leaning"))
    leant, barn = both[thing], both["barn"]
    assert leant.box.bottom == barn.box.bottom
    assert leant.box.left <= barn.box.right < leant.box.right
    silhouette = leant.rendering(0).pixels[..., 3] > 0
    rows = np.flatnonzero(silhouette.any(axis=1))
    top, bottom = silhouette[rows[0] : rows[0] + 3], silhouette[rows[-1] - 2 : rows[-1] + 1]
    assert np.flatnonzero(top.any(axis=0)).mean() < np.flatnonzero(bottom.any(axis=0)).mean()


def test_what_is_behind_something_is_painted_first_and_what_is_before_it_last():
    names = [piece.actor.drawing.name for piece in pieces(pair("fox", Relation.BEHIND, "rock"))]
    assert names == ["fox", "rock"]
    names = [piece.actor.drawing.name for piece in pieces(pair("fox", Relation.BEFORE, "rock"))]
    assert names == ["rock", "fox"]


def test_what_is_above_something_doesnt_touch_it():
    both = named(pair("bird", Relation.ABOVE, "house"))
    assert both["bird"].box.bottom <= both["house"].box.top


@pytest.mark.parametrize("held", ["sword", "magnifying glass"])  # whose grips are at the left, and at the right
@pytest.mark.parametrize("name", ["knight", "wizard"])
def test_what_is_held_has_its_grip_at_the_hand_and_points_outwards(name, held):
    both = named(pair(name, Relation.HOLDING, held))
    holder, thing = both[name], both[held]
    hand = anchor(library.find(name), "hand", holder.size, mirror=holder.actor.mirror)
    assert thing.at("grip") == (holder.x + hand[0], holder.y + hand[1])
    is_left = thing.at("grip")[0] < holder.box.center
    assert (thing.box.center < thing.at("grip")[0]) == is_left


def test_a_rider_has_nothing_in_the_hands_that_reaches_below_the_hips():
    both = named(pair("farmer", Relation.RIDING, "tractor"))
    assert "held" in both["farmer"].actor.without
    assert both["farmer"].box.bottom >= both["tractor"].box.top


def test_whoever_holds_something_lets_go_of_what_the_drawing_holds():
    assert "held" in named(pair("farmer", Relation.HOLDING, "sword"))["farmer"].actor.without
    assert named(pair("wizard", Relation.HOLDING, "sword"))["wizard"].actor.without == ("back",)


@pytest.mark.parametrize("held", ["sword", "umbrella", "balloon", "fish", "shield", "flower", "book"])
@pytest.mark.parametrize("holder", ["knight", "cat", "robot", "wizard"])
def test_what_is_held_covers_no_face(holder, held):
    made = pieces(pair(holder, Relation.HOLDING, held))
    names = [piece.actor.drawing.name for piece in made]
    both = named(pair(holder, Relation.HOLDING, held))
    face, box = both[holder].face, both[held].box
    if face and names.index(holder) < names.index(held):
        middle = (face.left + face.right) // 2, (face.top + face.bottom) // 2
        assert not (box.left <= middle[0] < box.right and box.top <= middle[1] < box.bottom)


def test_a_hat_is_on_the_head_with_its_brim_above_the_eyes():
    both = named(pair("cat", Relation.WEARING, "top hat"))
    eyes = (both["cat"].face.top + both["cat"].face.bottom) // 2
    assert both["top hat"].box.top < both["cat"].box.top
    assert both["top hat"].box.bottom < eyes


def test_glasses_are_on_the_eyes():
    both = named(pair("owl", Relation.WEARING, "glasses"))
    eyes = (both["owl"].face.top + both["owl"].face.bottom) // 2
    assert both["glasses"].box.top <= eyes < both["glasses"].box.bottom


def test_two_boots_are_worn():
    names = [piece.actor.drawing.name for piece in pieces(pair("bear", Relation.WEARING, "boot"))]
    assert names == ["bear", "boot", "boot"]


def test_all_that_has_a_place_on_the_body_is_in_the_library():
    assert not [name for name in WORN_AT if not library.built_in().has(name)]


def test_a_rider_sits_on_the_back_and_its_legs_are_on_the_other_side():
    both = named(pair("knight", Relation.RIDING, "horse"))
    assert both["knight"].actor.without == ("legs",)
    assert both["knight"].box.bottom == pytest.approx(both["horse"].at("back")[1], abs=4)


def test_a_broom_lies_for_its_rider():
    assert named(pair("witch", Relation.RIDING, "broom"))["broom"].actor.turn
    assert not named((Subject("broom", "broom"),))["broom"].actor.turn


def test_relations_may_be_told_from_the_other_side():
    turned = (Subject("sword", "sword", relation=Relation.HELD, other=1), Subject("knight", "knight"))
    plain = (Subject("sword", "sword"), Subject("knight", "knight", relation=Relation.HOLDING, other=0))
    assert (paint(Brief(turned), 48, 48).pixels == paint(Brief(plain), 48, 48).pixels).all()


def test_a_crown_is_worn_by_each_of_three_frogs():
    subjects = (Subject("frog", "frogs", count=3, relation=Relation.WEARING, other=1), Subject("crown", "crown"))
    assert [piece.actor.drawing.name for piece in pieces(subjects)].count("crown") == 3


def test_what_goes_round_in_a_circle_is_drawn_once_and_said():
    subjects = (
        Subject("cat", "cat", relation=Relation.ON, other=1),
        Subject("dog", "dog", relation=Relation.ON, other=0),
    )
    scene = paint(Brief(subjects), 48, 48)
    assert scene.notes == ("dog: it can't be on cat as well.",)


@pytest.mark.parametrize("other", [None, 0, 7, -3])
def test_a_relation_to_nothing_is_none(other):
    subjects = (Subject("cat", "cat", relation=Relation.ON, other=other),)
    assert (paint(Brief(subjects), 32, 32).pixels == paint(Brief((Subject("cat", "cat"),)), 32, 32).pixels).all()


def test_a_small_thing_and_a_large_place_stand_one_before_the_other():
    names = [piece.actor.drawing.name for piece in pieces((Subject("camel", "camel"), Subject("pyramid", "pyramid")))]
    assert names == ["pyramid", "camel"]


@pytest.mark.parametrize("count", [2, 3, 5, 8, 12])
@pytest.mark.parametrize("drawing", ["cat", "person", "fish"])
def test_of_several_no_face_is_covered(drawing, count):
    made = pieces((Subject(drawing, drawing, count=count),))
    assert len(made) == count
    for number, piece in enumerate(made):
        face = piece.face
        middle = (face.left + face.right) // 2, (face.top + face.bottom) // 2
        for other in made[number + 1 :]:
            box = other.box
            assert not (box.left <= middle[0] < box.right and box.top <= middle[1] < box.bottom)


def test_what_is_held_in_addition_is_in_the_other_hand():
    subjects = (
        Subject("knight", "knight"),
        Subject("sword", "sword", relation=Relation.HELD, other=0),
        Subject("shield", "shield", relation=Relation.HELD, other=0),
    )
    three = named(subjects)
    middle = three["knight"].box.center
    assert (three["sword"].box.center < middle) != (three["shield"].box.center < middle)


def test_the_moon_is_in_the_sky_even_when_somebody_is_said_to_be_beside_it():
    both = named(pair("wolf", Relation.BESIDE, "moon"))
    assert both["moon"].actor.children == []
    assert both["moon"].box.top < both["wolf"].box.top


def test_what_is_in_a_tree_is_in_its_crown():
    both = named(pair("owl", Relation.IN, "tree"))
    assert both["owl"].box.bottom < both["tree"].box.top + both["tree"].box.height * 2 // 3


def test_all_that_has_a_seat_a_rim_or_a_place_in_the_air_is_in_the_library():
    names = {*SEATS, *RIMS, *SMALL_ON, *TILTS, *AIRY, *CLEAR, *HANDS, *OVERHEAD, *SKY, *FLYING}
    assert sorted(name for name in names if not library.built_in().has(name)) == []


def test_furniture_under_something_is_what_that_stands_on():
    subjects = (
        Subject("rose", "rose", relation=Relation.IN, other=1),
        Subject("vase", "vase"),
        Subject("table", "table", relation=Relation.UNDER, other=0),
    )
    three = named(subjects)
    assert three["rose"].box.top < three["vase"].box.top < three["table"].box.top
    assert abs(three["vase"].box.bottom - three["table"].box.top) <= 3


def test_two_on_something_are_in_its_middle_together():
    birds = [p for p in pieces(pair("bird", Relation.ON, "fence", count=2)) if p.actor.drawing.name == "bird"]
    fence = named(pair("bird", Relation.ON, "fence", count=2))["fence"]
    assert (birds[0].box.left + birds[1].box.right) / 2 == pytest.approx(fence.box.center, abs=2)


def test_what_is_smaller_hangs_over_whoever_is_under_it():
    both = named(pair("cat", Relation.UNDER, "holly"))
    assert both["holly"].box.bottom <= both["cat"].box.top + 2


def test_a_parrot_is_on_a_shoulder_and_a_sign_between_two():
    both = named(pair("parrot", Relation.PERCHED, "sailor"))
    assert both["parrot"].box.center > both["sailor"].box.center
    assert both["sailor"].box.top < both["parrot"].box.bottom < both["sailor"].at("hand")[1]
    subjects = (Subject("knight", "knight", relation=Relation.BESIDE, other=1), Subject("robot", "robot"))
    three = named((*subjects, Subject("clash", "clash", relation=Relation.MARKING, other=0)))
    low, high = sorted((three["knight"].box.center, three["robot"].box.center))
    assert low < three["clash"].box.center < high


def test_two_of_a_held_thing_are_in_both_hands():
    orc, _ = pair("orc", Relation.HOLDING, "axe")
    both = pieces((orc, Subject("axe", "axes", count=2)))
    centers = [piece.box.center for piece in both if piece.actor.drawing.name == "axe"]
    (orc,) = [piece for piece in both if piece.actor.drawing.name == "orc"]
    assert len(centers) == 2
    assert min(centers) < orc.box.center < max(centers)


def test_small_things_stand_in_front_of_a_large_one():
    subjects = (Subject("barn", "barn"), Subject("cow", "cows", count=2))
    cows = [piece for piece in pieces(subjects) if piece.actor.drawing.name == "cow"]
    (barn,) = [piece for piece in pieces(subjects) if piece.actor.drawing.name == "barn"]
    assert all(cow.box.bottom > barn.box.bottom - barn.box.height // 4 for cow in cows)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", ["play button", "arrow sign"])
def test_what_means_another_thing_mirrored_is_never_turned_round(name, seed):
    (root,) = cast(Brief((Subject(name, name),)), 30, seed)[0]
    assert not root.mirror


def test_low_plants_are_before_the_feet_of_who_is_among_them_and_at_both_sides():
    made = pieces(pair("grass", Relation.AROUND, "rabbit", count=5))
    order = [piece.actor.drawing.name for piece in made]
    assert order == ["grass", "grass", "rabbit", "grass", "grass", "grass"]
    rabbit = made[2]
    assert made[0].box.center < rabbit.box.center < made[1].box.center
    assert all(piece.box.bottom >= rabbit.box.bottom for piece in made[3:])


def test_trees_around_somebody_are_all_behind():
    made = pieces(pair("pine", Relation.AROUND, "deer", count=4))
    assert made[-1].actor.drawing.name == "deer"
    assert len(made) == 5


def test_a_kite_is_flown_high_beside_and_a_weapon_is_not():
    both = named(pair("boy", Relation.HOLDING, "kite"))
    assert both["kite"].box.top < both["boy"].box.top
    both = named(pair("boy", Relation.HOLDING, "sword"))
    assert both["sword"].box.bottom > both["boy"].box.top


def test_a_moon_that_somebody_is_seen_before_is_larger_than_they():
    both = named((Subject("wolf", "wolf"), Subject("full moon", "moon", relation=Relation.BEHIND, other=0)))
    assert both["full moon"].size > both["wolf"].size


def test_a_blade_in_a_stone_has_its_grip_up():
    both = named(pair("sword", Relation.IN, "rock"))
    sword = both["sword"]
    assert sword.at("grip")[1] < sword.box.top + sword.box.height // 3
    assert sword.box.bottom > both["rock"].box.top


def test_what_is_juggled_is_over_the_head_the_middle_highest():
    juggled = Subject("rubber ball", "ball", count=3, relation=Relation.ABOVE, other=0, arrangement="juggling")
    made = pieces((Subject("clown", "clown"), juggled))
    clown = next(piece for piece in made if piece.actor.drawing.name == "clown")
    first, middle, last = (piece for piece in made if piece.actor.drawing.name != "clown")
    assert middle.box.bottom < first.box.bottom == last.box.bottom <= clown.box.top + clown.size // 6


def test_what_is_turned_upside_down_has_its_eyes_low():
    upright, turned = (pieces((Subject("bat", "bat", turn=turn),))[0] for turn in (0, 180))
    assert upright.face and turned.face
    assert upright.face.top - upright.box.top < turned.face.top - turned.box.top


@pytest.mark.parametrize(("one", "other"), [("star", "moon"), ("star", "planet")])
def test_several_signs_by_what_is_in_the_air_are_all_around_it(one, other):
    placed = pieces(pair(one, Relation.BESIDE, other, count=6))
    middle = next(piece.box for piece in placed if piece.actor.drawing.name == other)
    ring = [piece.box for piece in placed if piece.actor.drawing.name == one]
    assert len(ring) == 6
    assert any(box.bottom < middle.top for box in ring)
    assert any(box.top > middle.bottom for box in ring)
    assert not any(box.meets(each) for at, box in enumerate(ring) for each in ring[:at])


def test_several_signs_by_what_stands_are_over_it_and_none_is_below():
    placed = pieces(pair("heart", Relation.BESIDE, "cat", count=6))
    cat = next(piece.box for piece in placed if piece.actor.drawing.name == "cat")
    hearts = [piece.box for piece in placed if piece.actor.drawing.name == "heart"]
    assert min(box.bottom for box in hearts) <= cat.top
    assert max(box.bottom for box in hearts) <= cat.bottom
    assert sorted(box.center < cat.center for box in hearts) == [False] * 3 + [True] * 3


@pytest.mark.parametrize("size", [13, 16, 24, 48])
def test_the_eyes_and_the_mouth_of_a_drawn_face_never_touch(size):
    opaque = render(library.find("drawn face"), size).pixels[..., 3] > 0
    assert cv2.connectedComponents(opaque.astype(np.uint8), connectivity=8)[0] == 1 + 3


@pytest.mark.parametrize("size", [8, 16, 20])
@pytest.mark.parametrize("mount", ["horse", "dragon", "elephant", "unicorn"])
def test_who_rides_in_the_smallest_pictures_is_seen_too(mount, size):
    """Riders shrink beside a mount's head, but never below the smallest drawing: this once went on for ever."""
    assert paint(Brief(pair("astronaut", Relation.RIDING, mount)), size, size).subject.any()


@pytest.mark.parametrize(
    ("one", "other"),
    [("toad", "mushroom"), ("ladybug", "sunflower"), ("owl", "branch"), ("squirrel", "branch"), ("mermaid", "rock")],
)
def test_who_is_on_something_touches_it(one, other):
    both = named(pair(one, Relation.ON, other))
    assert both[one].gap_to(both[other]) == 0


def test_feet_that_hang_over_an_edge_come_down_until_they_touch():
    both = named(pair("toad", Relation.ON, "mushroom"))
    assert [both["toad"].moved(0, -rows).gap_to(both["mushroom"]) for rows in (0, 3, 8)] == [0, 3, 8]


@pytest.mark.parametrize("instrument", ["trumpet", "saxophone", "flute", "clarinet", "tuba", "trombone", "harmonica"])
@pytest.mark.parametrize("player", ["girl", "cat", "frog", "angel"])
def test_wind_instruments_are_at_the_mouth_of_who_plays_them(player, instrument):
    order = pieces(pair(player, Relation.HOLDING, instrument))
    both = {piece.actor.drawing.name: piece for piece in order}
    who = both[player]
    x, y = both[instrument].at("mouthpiece")
    assert abs(x - who.face.center) <= 1
    assert (who.face.top + who.face.bottom) // 2 < y < who.face.bottom + who.size // 8
    assert [piece.actor.drawing.name for piece in order] == [player, instrument], "before the face"
