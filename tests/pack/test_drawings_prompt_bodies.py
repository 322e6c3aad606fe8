"""Bodies with more of a part than their kind has, what is wound about things, and what is done to others."""

import briefs
import pytest
from pixart_nodes.drawings import library
from pixart_nodes.drawings.brief import Brief, Relation, Subject
from pixart_nodes.drawings.prompt import read
from pixart_nodes.drawings.prompt.bodies import FAN, FANS, HEADED
from pixart_nodes.drawings.prompt.subjects import WOUND
from pixart_nodes.drawings.scene.actor import MIXED, cast


def shown(prompt):
    """What a prompt shows: each drawing, and how it stands to the others."""
    return briefs.told(read(prompt), lambda subject: [f"without {slot}" for slot in subject.without])


def roots(*subjects):
    return cast(Brief(subjects), 30, 0)[0]


def test_every_drawing_that_stands_for_more_of_a_part_is_there():
    names = [*FANS.values(), FAN, *WOUND, *WOUND.values(), *(name for kinds in HEADED.values() for name in kinds)]
    names += [name for kinds in MIXED.values() for name in kinds]
    assert [name for name in names if not library.built_in().has(name)] == []


@pytest.mark.parametrize(
    ("prompt", "drawn"),
    [
        ("a fox with nine tails", "fox without tail + tail fan (behind fox)"),
        ("nine tailed fox", "fox without tail + tail fan (behind fox)"),
        ("two headed dragon", "two-headed dragon"),
        ("a dragon with two heads", "two-headed dragon"),
        ("three headed dragon", "hydra"),
        ("a dog with three heads", "cerberus"),
        ("three eyed alien", "alien (wearing third eye) + third eye"),
    ],
)
def test_somebody_has_more_of_a_part(prompt, drawn):
    assert shown(prompt) == drawn


@pytest.mark.parametrize(
    ("prompt", "note"),
    [
        ("two headed cow", "No drawing of “cow” has 2 heads."),
        ("three legged dog", "No drawing of “dog” has 3 legs."),
        (
            "top view of a ship",
            "Nothing is drawn in the view “top view of”: things are seen from the front or the side.",
        ),
        (
            "isometric robot",
            "Nothing is drawn in the view “isometric”: things are seen from the front or the side.",
        ),
    ],
)
def test_what_is_not_drawn_is_said(prompt, note):
    brief = read(prompt)
    assert [subject.count for subject in brief.subjects] == [1]
    assert brief.notes == (note,)


@pytest.mark.parametrize(
    ("prompt", "drawn"),
    [
        ("chains around a chest", "winding chain (shown on chest) + chest"),
        ("a book wrapped in vines", "book + winding vine (shown on book)"),
        ("flowers around a house", "5×flower (all around house) + house"),
        ("a nurse giving a shot to a boy", "nurse (beside boy) + boy + syringe (held by nurse)"),
        ("a girl feeding a rabbit", "girl (beside rabbit) + rabbit + carrot (held by girl)"),
        ("a boy petting a dog", "boy (beside dog) + dog + heart (a sign at boy)"),
        ("donkey cart", "cart + donkey (leading cart)"),
        ("a knight with a lion on his shield", "knight (holding shield) + lion (shown on shield) + shield"),
        ("a cat in a boot", "cat (in boot) + boot"),
        ("goldfish in a bowl", "goldfish (in fishbowl) + fishbowl without fish"),
    ],
)
def test_things_are_tied_given_and_pulled(prompt, drawn):
    assert shown(prompt) == drawn


@pytest.mark.parametrize(
    ("prompt", "ground"),
    [
        ("ducks on a lake", "lake"),
        ("a man at the pond", "lakeside"),
        ("autumn forest path", "forest path"),
        ("camels at a desert oasis", "oasis"),
    ],
)
def test_waters_and_paths_are_places_of_their_own(prompt, ground):
    assert read(prompt).ground == ground


def test_people_of_a_group_look_different_and_men_do_not():
    friends = [actor.drawing.name for actor in roots(Subject("person", "friends", count=3))]
    assert friends == ["person", "woman", "person/curly"]
    assert len({actor.drawing.name for actor in roots(Subject("person", "men", count=3))}) == 1


def test_who_chases_another_runs_the_same_way():
    (mouse,) = roots(
        Subject("cat", "cat", pose="run", relation=Relation.BESIDE, other=1), Subject("mouse", "mouse", pose="run")
    )
    (cat,) = mouse.children
    assert (cat.drawing.name, mouse.drawing.name, cat.mirror, mouse.mirror) == (
        "cat/running",
        "mouse/running",
        False,
        False,
    )
