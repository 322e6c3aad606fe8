"""What people who write for picture generators say: views, plain grounds, costumes, and who sits in what."""

import briefs
import numpy as np
import pytest
from pixart_nodes.drawings import library
from pixart_nodes.drawings.brief import Brief, Relation, Subject
from pixart_nodes.drawings.colors import rgb
from pixart_nodes.drawings.prompt import read
from pixart_nodes.drawings.scene import paint
from pixart_nodes.drawings.scene.actor import cast
from pixart_nodes.drawings.scene.cabins import COCKPITS, WINDOWS
from pixart_nodes.drawings.scene.layout import Stage, layout


def shown(prompt):
    """What a prompt shows: each drawing with its pose, light and what is missing, and how it stands."""
    return briefs.told(read(prompt), _facts)


def _facts(subject):
    parts = [f"~{subject.pose}"] * bool(subject.pose) + [f"in {subject.glow} light"] * bool(subject.glow)
    return parts + [f"cut: {subject.cut}"] * bool(subject.cut)


def pieces(*subjects):
    roots, _ = cast(Brief(subjects), 30, 0)
    return {piece.actor.drawing.name: piece for piece in layout(roots, Stage(64, 64, 60))[0]}


@pytest.mark.parametrize(
    ("prompt", "field", "value"),
    [
        ("a sword, white background", "backdrop", "white"),
        ("ape with gold chain and pink background", "backdrop", "pink"),
        ("a dragon, teal background", "backdrop", "teal"),
        ("wifi icon, white on black", "backdrop", "black"),
        ("a tree, simple background", "backdrop", ""),
        ("portrait of a king", "view", "close"),
        ("a fox with a scarf, profile picture", "view", "close"),
        ("a knight from behind", "view", "back"),
        ("wolf, side view, facing right", "view", "right"),
        ("rpg adventurer, clean outline", "style", ""),
        ("shuriken, clear background", "ground", "none"),
        ("a man looking at the sea", "ground", "beach"),
    ],
)
def test_tags_say_how_all_of_it_is_seen(prompt, field, value):
    assert getattr(read(prompt), field) == value


@pytest.mark.parametrize(
    ("prompt", "drawn"),
    [
        ("mage class, attack pose", "wizard ~wave"),
        ("pixel art character, red hair", "person"),
        ("knight, pixel art character, side view", "knight"),
        ("taco character", "taco + drawn face (shown on taco)"),
        ("boss enemy, lich, purple glow", "lich in purple light"),
        ("golem with glowing red cracks", "golem in red light cut: crack"),
        ("a crystal, blue, glowing", "crystal in blue light"),
        ("female archer", "archer + long hair (worn by archer)"),
        ("a boy in a shark costume", "boy (wearing finned hood) + finned hood"),
        ("man in a chicken suit", "person (wearing beaked hood) + beaked hood"),
        ("my cat is an astronaut", "cat (wearing open helmet) + open helmet"),
        ("woman in a blue dress", "woman (wearing dress) + dress"),
        ("cat with flowing robes", "cat (wearing robe) + robe"),
        ("two ninjas high-five", "2×ninja ~wave + hand clap (a sign at ninja)"),
        ("a robot and a human shaking hands", "robot ~idle + person ~idle + handshake (a sign at robot)"),
        ("mom dad and baby", "woman + person + baby"),
        ("couple dancing in the rain", "person ~wave + woman ~wave + music note (a sign at person)"),
        ("cabin with smoke from the chimney", "cabin ~smoke"),
        ("cow drink milk", "cow (holding milk) + milk"),
        ("warrior with red hair", "person + armor (worn by person)"),
        ("magical potion icons", "3×potion"),
        ("a girl on a swing under a cherry tree", "girl (on swing) + swing (under cherry tree) + cherry tree"),
        ("superhero banana", "banana (wearing cape) + cape + drawn face (shown on banana)"),
        ("a potion with a drink label", "potion"),
    ],
)
def test_tags_and_plain_words_say_who_is_drawn(prompt, drawn):
    assert shown(prompt) == drawn


def test_hair_that_is_named_alone_is_nobodys_dress():
    assert read("blonde girl").subjects[0].colors == {"hair": "#f8e08a"}


def test_a_plain_ground_has_just_the_colour_that_is_asked_for():
    ground = paint(Brief((Subject("apple", "apple"),), backdrop="pink"), 32, 32)
    assert tuple(ground.pixels[0, 0, :3]) == rgb("pink")


@pytest.mark.parametrize("name", ["king", "wolf"])
def test_a_portrait_is_larger_than_the_whole(name):
    whole, close = (paint(Brief((Subject(name, name),), view=view), 64, 64) for view in ("", "close"))
    assert close.subject.sum() > whole.subject.sum()


def test_a_portrait_of_what_has_no_face_is_the_whole():
    whole, close = (paint(Brief((Subject("sword", "sword"),), view=view), 64, 64) for view in ("", "close"))
    assert np.array_equal(whole.pixels, close.pixels)


@pytest.mark.parametrize("view", ["left", "right"])
def test_who_looks_aside_looks_where_the_words_say(view):
    roots, _ = cast(Brief((Subject("wolf", "wolf"),), view=view), 30, 0)
    assert roots[0].mirror == (view == "right")


def test_who_turns_away_has_no_face():
    subjects = read("a girl from behind").subjects
    assert {"eyes", "mouth"} <= set(subjects[0].without)
    assert subjects[1].relation is Relation.WORN


@pytest.mark.parametrize("name", [*WINDOWS, *COCKPITS])
def test_every_vehicle_with_a_place_for_a_driver_is_there(name):
    assert library.built_in().has(name)


def test_a_driver_is_a_head_at_the_window_or_sits_behind_the_edge():
    car = pieces(Subject("dog", "dog", relation=Relation.RIDING, other=1), Subject("car", "car"))
    assert car["car"].box.top <= car["dog"].box.top
    assert "trunk" in car["dog"].actor.without
    names = list(pieces(Subject("cat", "cat", relation=Relation.IN, other=1), Subject("tank", "tank")))
    assert names.index("cat") < names.index("tank")  # painted before it
