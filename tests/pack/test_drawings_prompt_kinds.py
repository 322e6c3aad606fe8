"""Kinds of prompts: what is shown by a statue or printed, has a face or a tool, and how several things stand."""

import briefs
import cv2
import numpy as np
import pytest
from pixart_nodes.drawings import library
from pixart_nodes.drawings.brief import Brief, Relation, Subject
from pixart_nodes.drawings.prompt import read
from pixart_nodes.drawings.prompt.places import LANDS
from pixart_nodes.drawings.rendering import render
from pixart_nodes.drawings.scene import paint
from pixart_nodes.drawings.scene.actor import cast
from pixart_nodes.drawings.scene.ground import GROUNDS
from pixart_nodes.drawings.scene.piece import Piece, cast_in
from pixart_nodes.drawings.scene.relations import placed


def told(prompt):
    """What a prompt shows: each drawing with what it is made of, how it stands, and its relation."""
    return briefs.told(read(prompt), _facts)


def _facts(subject):
    parts = [f"of {subject.cast}"] * bool(subject.cast) + [f"in a {subject.arrangement}"] * bool(subject.arrangement)
    return parts + [f"looking {subject.mood}"] * bool(subject.mood)


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("frog statue", "frog of stone (on pedestal) + pedestal"),
        ("a golden statue of a cat", "cat of gold (on pedestal) + pedestal"),
        ("wooden figurine of an owl on a table", "owl of #6a4630 (on table) + table"),
        ("a castle made of cheese", "castle of gold"),
        ("a cat made of ice", "cat of glass"),
    ],
)
def test_a_statue_shows_what_it_is_of_in_one_material(prompt, shown):
    assert told(prompt) == shown


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("crab shield", "shield + crab (shown on shield)"),
        ("a kimono with cranes on it", "kimono + 2×heron (shown on kimono)"),
        ("shirt with a skull", "shirt + skull (shown on shirt)"),
        ("a lion on a flag", "lion (shown on flag) + flag"),
        ("flower shop", "shop + flower (shown on shop)"),
        ("an apple on a book", "apple (on book) + book"),
        ("a cookie shaped like a star", "star of tan"),
        ("a potion bottle shaped like a heart", "heart potion"),
    ],
)
def test_a_picture_on_a_thing_is_an_emblem_and_what_is_shaped_takes_the_shape(prompt, shown):
    assert told(prompt) == shown


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("angry toaster", "toaster + drawn face looking angry (shown on toaster)"),
        ("a turnip with a face", "radish + drawn face (shown on radish)"),
        ("a cloud with a sad face", "cloud + drawn face looking sad (shown on cloud)"),
        ("green slime enemy, angry face", "slime looking angry"),
        ("a clown with a sad face", "clown looking sad"),
        ("happy face and sad face", "smiley + sad face"),
        ("angry cat", "cat looking angry"),
        ("pumpkin with a scary face", "pumpkin + drawn face looking angry (shown on pumpkin)"),
        ("pumpkin with an evil face", "pumpkin + drawn face looking angry (shown on pumpkin)"),
        ("a scary clown", "clown looking angry"),
        ("a spooky candle", "candle"),
        ("a scary pumpkin", "jack-o-lantern"),
    ],
)
def test_a_face_is_drawn_on_what_has_none(prompt, shown):
    assert told(prompt) == shown


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("a bear fishing", "bear (holding fishing rod) + fishing rod"),
        ("a fencing woman", "woman (holding rapier) + rapier"),
        ("a monkey reading a scroll", "monkey (holding scroll) + scroll"),
        ("accordion player", "person (holding accordion) + accordion"),
        ("dog walker", "person + dog (beside person)"),
        ("pogo stick kid", "boy (riding pogo stick) + pogo stick"),
        ("centaur librarian", "centaur (wearing glasses) + glasses + book (held by centaur)"),
        ("lady blacksmith", "woman (wearing apron) + apron + hammer (held by woman)"),
    ],
)
def test_who_does_something_has_the_tool_for_it(prompt, shown):
    assert told(prompt) == shown


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("a pelican with a fish in its beak", "pelican (holding fish) + fish in a mouth"),
        ("a hedgehog balancing an acorn on its nose", "hedgehog + acorn (on hedgehog)"),
        ("a dog with a bird on its head", "dog + bird (on dog)"),
        ("a man with a hat on his head", "person (wearing hat) + hat"),
    ],
)
def test_what_is_at_a_part_of_somebody_is_with_them(prompt, shown):
    assert told(prompt) == shown


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("five mushrooms in a ring", "5×mushroom in a ring"),
        ("a ring of mushrooms around a frog", "6×mushroom in a ring + frog"),
        ("a king surrounded by cats", "king + 6×cat (all around king)"),
        ("three penguins in a row", "3×penguin in a row"),
        ("waffle stack", "3×waffle in a stack"),
        ("a pile of skulls", "6×skull in a pile"),
        ("a bowl of rice", "rice"),
    ],
)
def test_several_stand_as_the_words_say(prompt, shown):
    assert told(prompt) == shown


def middles(arrangement, count):
    """The middles of the apples of a picture that stand so, as the columns and rows of their stalks."""
    scene = paint(Brief((Subject("coin", "coin", count=count, arrangement=arrangement),)), 96, 96)
    rows, columns = np.nonzero(scene.subject)
    return columns.min(), columns.max(), rows.min(), rows.max()


def test_a_row_is_wide_a_stack_is_high_and_a_ring_is_empty_in_its_middle():
    left, right, top, bottom = middles("row", 4)
    assert right - left > 2 * (bottom - top)
    left, right, top, bottom = middles("stack", 5)
    assert bottom - top > right - left
    ring = paint(Brief((Subject("coin", "coin", count=6, arrangement="ring"),)), 96, 96).subject
    rows, columns = np.nonzero(ring)
    assert not ring[(rows.min() + rows.max()) // 2, (columns.min() + columns.max()) // 2]


def test_a_pile_has_fewer_things_the_higher_it_is():
    pile = paint(Brief((Subject("coin", "coin", count=6, arrangement="pile"),)), 96, 96).subject
    rows = np.flatnonzero(pile.any(axis=1))
    widths = [int(pile[row].sum()) for row in (rows[len(rows) // 8], rows[len(rows) // 2], rows[-len(rows) // 8])]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]


def test_a_cast_has_the_tones_of_one_colour_and_keeps_its_outline():
    pixels = np.array([[[250, 240, 220, 255], [200, 60, 60, 255], [90, 30, 30, 255], [33, 24, 44, 255]]], np.uint8)
    made = cast_in(pixels, (95, 174, 69))
    assert made[0, 3].tolist() == [33, 24, 44, 255]
    assert all(int(green) == max(red, green, blue) for red, green, blue, _ in made[0, :2].tolist())
    assert made[0, 0].sum() > made[0, 1].sum() > made[0, 2].sum()


def test_an_emblem_is_in_the_middle_of_what_it_is_on():
    shield = Subject("shield", "shield")
    plain = paint(Brief((shield,), ground="none"), 64, 64).pixels
    shown = paint(
        Brief((shield, Subject("crab", "crab", relation=Relation.SHOWN, other=0)), ground="none"), 64, 64
    ).pixels
    rows, columns = np.nonzero((plain != shown).any(axis=-1))
    assert 16 < rows.min() < rows.max() < 48
    assert 16 < columns.min() < columns.max() < 48


@pytest.mark.parametrize(
    ("prompt", "shown", "sizes"),
    [
        ("a koala carrying her baby", "koala (holding koala) + koala", (1.0, 0.5)),
        ("three ducklings following their mother", "3×duck (beside duck) + duck", (1.0, 1.6)),
        ("a woman carrying her baby", "woman (holding baby) + baby", (1.0, 1.0)),
        ("a dog and a baby", "dog + baby", (1.0, 1.0)),
    ],
)
def test_the_young_and_the_mother_of_an_animal_are_such_animals(prompt, shown, sizes):
    assert told(prompt) == shown
    assert tuple(subject.size for subject in read(prompt).subjects) == sizes


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("sheriff throwing a star", "cowboy (holding star) + star"),
        ("a throwing star", "shuriken"),
        ("a parrot on a pirates shoulder", "parrot (on the shoulder of pirate) + pirate"),
        ("two pirates and a parrot", "2×pirate + parrot"),
    ],
)
def test_an_article_ends_a_deed_and_makes_one_of_many(prompt, shown):
    assert told(prompt) == shown


def test_a_pose_after_an_article_is_of_the_noun_that_comes():
    shelf, kitten = read("bookshelf with a sleeping kitten").subjects
    assert (shelf.pose, kitten.pose, kitten.relation) == ("", "sleep", Relation.ON)
    assert read("bookshelf with a sleeping kitten").notes == ()
    assert read("a cat running and jumping").subjects[0].pose == "jump"


@pytest.mark.parametrize(("prompt", "colors"), [("glowing jack o lantern", {}), ("glowing sword", {"body": "glow"})])
def test_what_glows_by_itself_is_not_all_of_light(prompt, colors):
    assert read(prompt).subjects[0].colors == colors


@pytest.mark.parametrize(
    ("prompt", "glow"),
    [
        ("a glowing purple crystal", "purple"),
        ("a potion that glows purple", "purple"),
        ("purple mushrooms glowing in the dark", "purple"),
        ("a glowing sword", "glow"),
        ("a glowing blue potion", "blue"),
        ("an owl with glowing eyes", ""),
        ("a purple crystal", ""),
    ],
)
def test_what_glows_has_light_about_it_in_its_own_colour(prompt, glow):
    assert read(prompt).subjects[0].glow == glow


def test_light_about_a_thing_is_laid_upon_the_place_alone_and_night_dims_it_not():
    plain, lit = (
        paint(Brief((Subject("crystal", "crystal", glow=glow),), ground="cave", time="night"), 64, 64)
        for glow in ("", "purple")
    )
    assert np.array_equal(plain.subject, lit.subject)
    about = (plain.pixels != lit.pixels).any(axis=-1) & ~lit.subject
    assert about.any()
    assert (lit.pixels[about][:, 2].astype(int) > plain.pixels[about][:, 2]).mean() > 0.9


def test_pupils_have_the_colour_of_eyes_and_nothing_else_changes():
    plain, red = (render(library.find("fox"), 64, colors).pixels for colors in ({}, {"eyes": (230, 20, 20)}))
    changed = (plain != red).any(axis=-1)
    assert changed.any()
    assert {tuple(color) for color in red[changed].tolist()} == {(230, 20, 20, 255)}


@pytest.mark.parametrize("name", ["skull", "skull and crossbones", "skeleton", "skeleton knight", "alien"])
def test_sockets_and_eyes_of_one_colour_have_the_colour_that_is_said(name):
    [red] = read(f"a {name} with red eyes").subjects
    assert red.colors["eye"] == "red"
    sockets = render(library.find(red.drawing), 64, {"eye": (230, 20, 20)}).pixels
    assert (sockets[..., :3] == (230, 20, 20)).all(axis=-1).sum() > 20


@pytest.mark.parametrize(
    "name",
    ["ghost", "lich", "necromancer", "grim reaper", "mummy", "wraith", "dark knight", "scarecrow", "plague doctor"],
)
def test_eyes_in_hoods_helmets_and_wrappings_have_the_colour_that_is_said(name):
    [red] = read(f"a {name} with glowing red eyes").subjects
    assert red.colors["eye"] == "red"
    pixels = render(library.find(red.drawing), 64, {"eye": (230, 20, 20)}).pixels
    assert (pixels[..., :3] == (230, 20, 20)).all(axis=-1).any()


@pytest.mark.parametrize(
    ("prompt", "moods"),
    [("a slime with angry eyes", ["angry"]), ("a slime with a hat", ["", ""])],
)
def test_eyes_of_a_mood_are_the_mood_of_whoever_has_them(prompt, moods):
    assert [subject.mood for subject in read(prompt).subjects] == moods


def test_a_sign_of_a_deed_is_shown_once_and_not_beside_a_pose_that_shows_it():
    assert told("three penguins hugging").count("heart") == 1
    assert "zzz" not in told("a sleeping fox") + told("a fox sleeping under a tree")
    assert "zzz" in told("a robot sleeping on a bench")


@pytest.mark.parametrize(
    ("prompt", "role", "color"),
    [
        ("tomato juice", "drink", "red"),
        ("a glass of grape juice", "drink", "purple"),
        ("a jar of blueberry jam", "jam", "navy"),
        ("a bowl of hot tomato soup", "soup", "red"),
        ("grape popsicle", "body", "purple"),
    ],
)
def test_what_tastes_of_a_fruit_has_its_colour_and_is_in_no_second_glass(prompt, role, color):
    [subject] = read(prompt).subjects
    assert subject.colors == {role: color}


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("a cup of hot coffee on a table", "cup (on table) + table"),
        ("an angry crab", "crab looking angry"),
        ("a sleepy owl", "owl looking sleep"),
        ("a sleeping whale", "whale looking sleep + zzz (a sign at whale)"),
        ("a sad snowman", "snowman looking sad"),
    ],
)
def test_creatures_show_moods_by_their_eyes_and_a_cup_of_coffee_is_one_cup(prompt, shown):
    assert told(prompt) == shown


def test_what_is_to_be_black_is_lighter_than_its_outline():
    knight = Brief(subjects=(Subject("knight", "a knight", colors={"body": "black"}),), ground="none")
    [actor], _ = cast(knight, 1, 0)
    assert actor.colors == {"body": "#352f45"}


def test_candles_on_a_cake_are_as_many_as_said_and_its_own_one_is_gone():
    candles, cake = read("seven candles on a birthday cake").subjects
    assert (candles.drawing, candles.count, cake.without) == ("birthday candle", 7, ("candle",))
    [actor], notes = cast(read("seven candles on a birthday cake"), 1, 0)
    assert (len(actor.children), notes) == (7, [])


def test_a_creature_that_is_called_an_archer_has_the_bow():
    assert told("skeleton archer, side view") == "skeleton (holding bow) + bow"


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("shoes", ["shoe"]),
        ("red sandals", ["sandal"]),
        ("autumn leaves", ["autumn leaf"]),
        ("yellow doors", ["door"]),
        ("shoes on a table", ["shoe", "table"]),
        ("a man with red shoes", ["person"]),
        ("a tree with red leaves", ["tree"]),
        ("a lift", ["elevator"]),
        ("a man lift a car", ["person", "car"]),
    ],
)
def test_parts_that_nothing_has_are_things(prompt, shown):
    assert [subject.drawing for subject in read(prompt).subjects] == shown


@pytest.mark.parametrize(
    ("job", "drawing"),
    [
        ("dentists", "dentist"),
        ("plumber", "plumber"),
        ("barrister", "lawyer"),
        ("web developer", "programmer"),
        ("bus driver", "chauffeur"),
        ("zahnärztin", "dentist"),
        ("pompier et boulanger", "firefighter"),
        ("小提琴家", "violinist"),
    ],
)
def test_a_trade_is_drawn_as_itself(job, drawing):
    assert read(job).subjects[0].drawing == drawing


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("plate of tacos", "plate + 2×taco (on plate)"),
        ("a plate of spaghetti", "spaghetti"),
        ("a plate of sushi", "sushi platter"),
        ("nurse wearing a mask", "nurse (wearing surgical mask) + surgical mask"),
        ("dentist with a mask", "dentist"),
        ("woman with a mask", "woman (wearing mask) + mask"),
    ],
)
def test_food_lies_on_its_plate_and_who_heals_wears_a_mask_for_that(prompt, shown):
    assert told(prompt) == shown


@pytest.mark.parametrize(
    ("prompt", "ground"),
    [("desert town", "desert"), ("a village in the mountains", "mountains"), ("a village on the beach", "beach")],
)
def test_a_village_in_a_land_is_houses_in_that_land(prompt, ground):
    brief = read(prompt)
    assert (brief.ground, [(one.drawing, one.count) for one in brief.subjects]) == (ground, [("house", 3)])


def test_a_village_by_itself_and_one_below_somebody_are_places():
    assert read("a quiet town").ground == read("a dragon over a village").ground == "village"
    assert [one.drawing for one in read("a dragon over a village").subjects] == ["dragon"]


def test_every_land_that_houses_stand_in_is_a_place():
    assert set(LANDS) <= set(GROUNDS)


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("old wooden treasure chest, open", "chest/open"),
        ("a chest that is open", "chest/open"),
        ("a door ajar", "open door"),
        ("a box, open", "open box"),
        ("an opened book", "book/open"),
        ("open gate", "open gate"),
        ("a mailbox, open", "open mailbox"),
        ("a wide open window", "open window"),
        ("an unlit candle", "unlit candle"),
        ("a torch, extinguished", "unlit torch"),
        ("a lantern, unlit", "unlit lantern"),
        ("a lit candle", "candle"),
        ("an empty glass", "empty glass"),
        ("a bottle, empty", "empty bottle"),
        ("empty coffee mug", "empty cup"),
        ("a shattered window", "broken window"),
        ("a cracked egg", "broken egg"),
        ("broken heart", "broken heart"),
        ("closed door", "door"),
    ],
)
def test_a_thing_is_drawn_open_lit_empty_or_broken_as_is_said_before_or_after_it(prompt, name):
    (subject,) = read(prompt).subjects
    assert subject.drawing == name


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("a teacher pointing at a blackboard", "teacher"),
        ("doctor with a stethoscope", "doctor"),
        ("pizza slice with pepperoni", "pizza"),
        ("a whale spraying water", "whale"),
        ("a strawberry cupcake with a candle", "cupcake + birthday candle (on cupcake)"),
        ("ice cream cone with two scoops", "double scoop ice cream"),
        ("one scoop of ice cream", "single scoop ice cream"),
        ("wooden signpost with an arrow", "arrow sign"),
        ("a sign with a fish", "sign + fish (shown on sign)"),
        ("monster with three eyes", "three-eyed monster"),
        ("a monster with two eyes", "two-eyed monster"),
        ("basketball player dunking", "basketball player (under basketball hoop) + basketball hoop"),
        ("moon and stars above the sea", "moon + 3×star"),
    ],
)
def test_what_a_drawing_shows_by_itself_is_not_drawn_a_second_time(prompt, shown):
    assert told(prompt) == shown


@pytest.mark.parametrize(
    ("prompt", "colors"),
    [
        ("butterfly with orange and black wings", {"wing": "orange", "edge": "black"}),
        ("a green and yellow bird", {"body": "green", "wing": "yellow"}),
        ("a black and white cat", {"body": "black", "belly": "white"}),
    ],
)
def test_two_colours_of_one_thing_are_both_seen(prompt, colors):
    (subject,) = read(prompt).subjects
    assert subject.colors == colors


@pytest.mark.parametrize("prompt", ["red and blue flag", "a red and blue balloon", "a red and blue umbrella"])
def test_a_second_colour_that_has_no_place_of_its_own_is_in_stripes(prompt):
    (subject,) = read(prompt).subjects
    assert subject.colors == {next(iter(subject.colors)): "red"}
    assert subject.print == ("stripes", "blue")


@pytest.mark.parametrize("mood", ["laughing", "sad", "angry", "surprised", "sleepy"])
@pytest.mark.parametrize("name", ["skull", "panda", "clown", "robot", "skeleton", "golem", "alien", "knight", "dog"])
def test_a_face_shows_its_mood(mood, name):
    (subject,) = read(f"{mood} {name}").subjects
    drawing = library.find(subject.drawing)
    assert subject.mood in drawing.moods
    assert not np.array_equal(render(drawing, 48, mood=subject.mood).pixels, render(drawing, 48).pixels)


@pytest.mark.parametrize(
    ("eater", "food"), [("panda", "bamboo"), ("hamster", "carrot"), ("bear", "honey"), ("cat", "fish")]
)
def test_what_an_animal_eats_hides_none_of_its_eyes(eater, food):
    (holder,), _ = cast(read(f"a {eater} eating {food}"), 8, 0)
    parent = Piece(holder, 64)
    piece, _ = placed(holder.children[0], parent)
    assert piece.box.top >= (parent.face.top + parent.face.bottom) // 2


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("green potion bubbling in round flask", "potion/round"),
        ("cup of hot cocoa with marshmallows", "hot chocolate"),
        ("two crossed bones", "crossed bones"),
        ("traffic light showing green", "green traffic light"),
        ("bat hanging upside down from a branch", "bat (under branch) + branch"),
    ],
)
def test_what_is_one_thing_is_drawn_once_and_in_its_state(prompt, shown):
    assert told(prompt) == shown


@pytest.mark.parametrize("prompt", ["happy avocado with arms and legs", "an angry toast with arms and legs"])
def test_arms_and_legs_are_the_things_own_and_not_those_of_its_face(prompt):
    subjects = read(prompt).subjects
    (limbs,) = (each for each in subjects if each.drawing == "stick limbs")
    assert subjects[limbs.other].drawing in ("avocado", "toast")


@pytest.mark.parametrize("prompt", ["a tiny cottage behind a giant pumpkin", "a mouse behind a big cheese"])
def test_what_is_low_behind_a_large_thing_is_seen_beside_it(prompt):
    (parent,), _ = cast(read(prompt), 8, 0)
    front = Piece(parent, 64)
    piece, _ = placed(parent.children[0], front)
    assert (piece.box.right - max(piece.box.left, front.box.right)) * 2 >= piece.box.width


@pytest.mark.parametrize("name", ["tiger", "fox", "panda", "squirrel", "calico cat", "arctic fox"])
def test_who_rides_what_usually_sits_and_looks_at_us_is_astride_it(name):
    rider = read(f"a girl riding a {name}")
    [mount], notes = cast(rider, 2, 0)
    assert (mount.drawing.name, mount.children[0].relation, notes) == (f"{name}/strolling", Relation.RIDING, [])
    [alone], _ = cast(read(name), 2, 0)
    assert alone.drawing.faces == "front"


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("a whale under a boat", ["whale", "sailboat"]),
        ("shark under a ship", ["shark", "ship"]),
    ],
)
def test_what_swims_under_a_boat_is_in_the_water_with_the_boat_above(prompt, shown):
    brief = read(prompt)
    below, boat = brief.subjects
    assert [below.drawing, boat.drawing] == shown
    assert (below.relation, boat.relation, boat.other, brief.ground) == (None, Relation.ABOVE, 0, "underwater")


@pytest.mark.parametrize("prompt", ["blonde mohawk", "a man with a blonde mohawk"])
def test_the_colour_before_a_hairdo_is_that_of_the_hairdo(prompt):
    man, hair = read(prompt).subjects
    assert (man.drawing, hair.drawing, hair.colors) == ("person", "mohawk", {"body": "#f8e08a"})


@pytest.mark.parametrize(("count", "relation"), [("a girl", Relation.HOLDING), ("two people", Relation.UNDER)])
def test_who_is_under_an_umbrella_holds_it_and_several_share_it(count, relation):
    below, umbrella = read(f"{count} under an umbrella").subjects
    assert (below.relation, umbrella.drawing, below.size > 1) == (relation, "umbrella", relation is Relation.UNDER)


def test_a_thing_before_a_shell_is_the_shell():
    snail, teapot = read("a snail with a teapot shell").subjects
    assert (snail.without, teapot.relation, teapot.other) == (("shell",), Relation.SHOWN, 0)


@pytest.mark.parametrize("prompt", ["a parrot on the shoulder of a pirate", "um papagaio no ombro do pirata"])
def test_who_is_on_the_shoulder_of_somebody_is_perched_there(prompt):
    parrot, pirate = read(prompt).subjects
    assert (parrot.relation, parrot.other, pirate.drawing) == (Relation.PERCHED, 1, "pirate")


@pytest.mark.parametrize(
    ("prompt", "drawing", "ground"),
    [
        ("green tractor on a farm", "tractor", "farm"),
        ("leaves falling on a pond", "leaf", "lake"),
        ("ein roter Drache auf einem Berg", "dragon", "mountains"),
    ],
)
def test_where_something_is_stays_a_place(prompt, drawing, ground):
    brief = read(prompt)
    assert ([subject.drawing for subject in brief.subjects], brief.ground) == ([drawing], ground)


@pytest.mark.parametrize("food", ["pear", "apple", "banana", "carrot", "taco", "donut", "cheese"])
def test_a_bite_is_out_of_the_food_and_nothing_of_it_is_left_in_the_air(food):
    whole, bitten = (Subject(food, food, cut=cut) for cut in ("", "bite"))
    masks = [Piece(cast(Brief((each,)), 1, 0)[0][0], 48).rendering(0).pixels[..., 3] > 0 for each in (whole, bitten)]
    gone = masks[0] & ~masks[1]
    assert 100 * int(gone.sum()) > 5 * int(masks[0].sum())
    assert cv2.connectedComponents(masks[1].astype(np.uint8))[0] == 2


@pytest.mark.parametrize(
    ("prompt", "drawings"),
    [
        ("a burning candle", ["candle"]),
        ("a burning log", ["log", "fire"]),
        ("open wardrobe", ["wardrobe/open"]),
        ("pixel heart half empty", ["half heart"]),
        ("bow and quiver of arrows", ["bow", "quiver"]),
        ("a bottle of red wine and a glass", ["bottle", "wine"]),
        ("half peeled banana", ["peeled banana"]),
        ("ancient stone tablet", ["stone tablet"]),
    ],
)
def test_what_has_a_drawing_of_its_own_is_that(prompt, drawings):
    assert [subject.drawing for subject in read(prompt).subjects] == drawings


@pytest.mark.parametrize("name", ["cyclops", "monster"])
def test_the_only_eye_in_the_middle_has_two_brows(name):
    drawing = library.find(name)
    brows = [shape for shape in drawing.shapes_in("angry") if shape.slot.startswith("brow")]
    assert [brow.mirrored for brow in brows] == [True]


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("a dog driving a car", "dog (riding car) + car"),
        ("a pirate sailing a ship", "pirate (riding ship) + ship"),
        ("volcano erupting", "volcano"),
        ("a chess knight on a board", "chess knight (on checkers) + checkers"),
        ("a robot with sparks", "robot + 2×sparkles (beside robot)"),
    ],
)
def test_what_a_drawing_shows_by_itself_is_not_said_to_be_missing(prompt, shown):
    assert told(prompt) == shown
    assert not read(prompt).notes
