"""The language of recipes: what a line means, what is inherited, and how a mistake is named."""

import pytest
from pixart_nodes.drawings import recipe_text
from pixart_nodes.drawings.expression import with_moods
from pixart_nodes.drawings.recipe import UNIT
from pixart_nodes.errors import DrawingError, UnknownName

PARENT = """
# a comment, and an empty line below

figure: body=red skin=skin
 = size 170  faces front  color body
 @hand 14 74 arm ; @arm 34 60
 ?back -
 ?torso h body 50,52 64,54 70,82 50,83
 &arm |l body 11 34,60 15,73
 ?head o skin 50 36 25 22
 ~wave arm=30 | arm=-30,0,2
"""


def drawn(text, name):
    return recipe_text.drawings(text)[name]


def kinds(drawing):
    return [(shape.kind, shape.slot) for shape in drawing.shapes]


def test_a_recipe_says_what_is_painted_and_what_is_known_of_the_thing():
    figure = drawn(PARENT, "figure")
    assert figure.roles == {"body": "red", "skin": "skin"}
    assert (figure.centimeters, figure.faces, figure.color) == (170, "front", "body")
    assert kinds(figure) == [("-", "back"), ("h", "torso"), ("l", ""), ("o", "head")]
    assert figure.limbs == ("arm",)
    arm = figure.shapes[2]
    assert (arm.mirrored, arm.numbers, arm.points[0]) == (True, (11 * UNIT,), (34 * UNIT, 60 * UNIT))
    assert figure.lines == 8


def test_a_child_stands_a_slot_where_its_parent_had_it_and_paints_all_else_after():
    text = PARENT + "king, queen < figure: body=blue\n ?back r gold 20 20 60 60\n p gold 20,9 50,2 80,9\n ?head -\n"
    king = drawn(text, "king")
    assert kinds(king) == [("r", "back"), ("h", "torso"), ("l", ""), ("-", "head"), ("p", "")]
    assert king.roles == {"body": "blue", "skin": "skin"}
    assert (king.synonyms, king.ancestors, king.centimeters) == (("queen",), ("figure",), 170)
    assert king.poses == drawn(PARENT, "figure").poses


def test_several_shapes_of_one_slot_replace_the_slot_together():
    text = PARENT + "two < figure: body=blue\n ?head o skin 30 36 9 9 ; ?head o skin 70 36 9 9\n"
    assert kinds(drawn(text, "two"))[-2:] == [("o", "head"), ("o", "head")]


MOODY = (
    PARENT + "face < figure: body=red\n ?eyes |e 40 38 4\n ?~sad ?eyes |e 40 39 4 ; ?~sad ?eyes L ink.n 3 30,30 44,26\n"
)


def test_a_state_has_shapes_of_its_own_for_a_slot_in_place_of_what_the_slot_has_otherwise():
    face = drawn(MOODY, "face")
    assert face.moods == ("sad",)
    assert [shape.kind for shape in face.shapes_in() if shape.slot == "eyes"] == ["e"]
    assert [shape.kind for shape in face.shapes_in("sad") if shape.slot == "eyes"] == ["e", "L"]
    assert face.shapes_in("glad") == face.shapes_in()


def test_a_childs_slot_takes_along_what_it_has_in_a_state_and_an_empty_one_has_nothing():
    low = drawn(MOODY + "low < face: body=blue\n ?eyes |e 42 50 4\n", "low")
    eye, brow = (shape for shape in low.shapes_in("sad") if shape.slot == "eyes")
    assert eye.numbers == (42 * UNIT, 51 * UNIT, 4 * UNIT)
    assert brow.points == ((32 * UNIT, 42 * UNIT), (46 * UNIT, 38 * UNIT))
    assert drawn(MOODY + "blind < face: body=blue\n ?eyes -\n", "blind").moods == ()
    glad = drawn(MOODY + "glad < face: body=blue\n ?~sad ?eyes o sky.n 40 50 5 5\n", "glad")
    assert [shape.kind for shape in glad.shapes_in("sad") if shape.slot == "eyes"] == ["o"]


def creature(text):
    [crab] = recipe_text.drawings("crab: body=red\n" + text, "sea").values()
    return with_moods(crab)


def test_a_creature_with_eyes_has_moods_its_brows_fall_to_the_middle_when_it_is_angry():
    crab = creature(" o body 50 60 40 30\n |e 36 50 4\n")
    assert crab.moods == ("happy", "angry", "sad", "surprised", "sleep")
    assert [shape.kind for shape in crab.shapes_in()] == ["o", "e"], "without a mood it is as its recipe has it"
    _, eye, brow = crab.shapes_in("angry")
    (near, low), (far, high) = brow.points
    assert (eye.kind, brow.kind, brow.mirrored) == ("e", "L", True)
    assert (near > 36 * UNIT > far) and (50 * UNIT > low > high)
    _, _, sad, tear = crab.shapes_in("sad")
    assert sad.points[0][1] < sad.points[1][1]
    assert (tear.role, tear.mirrored) == ("sky", True)
    assert tear.numbers[1] > eye.numbers[1]


def test_an_eye_that_sleeps_is_an_arc_and_what_lies_about_it_stays():
    crab = creature(" o body 50 60 40 30\n ?eyes o white 30 50 9 9 ; ?eyes e 30 50 4\n")
    assert [shape.kind for shape in crab.shapes_in("sleep")] == ["o", "o", "a"]
    assert crab.shapes_in("sleep")[2].numbers == (3 * UNIT, 30 * UNIT, 48 * UNIT, 5 * UNIT, 4 * UNIT, 0, 180)


@pytest.mark.parametrize(("body", "ink"), [("red", "ink"), ("black", "cream")])
def test_brows_and_lids_are_seen_on_a_dark_skin_too(body, ink):
    dark = recipe_text.drawings(f"orca: body={body}\n o body 50 60 40 30\n e 30 50 4\n", "sea")["orca"]
    assert [shape.role for shape in with_moods(dark).shapes_in("sleep")][-1] == ink


def test_what_has_no_eyes_stays_as_it_is_and_a_mood_of_its_own_stays_beside_those_that_lacked():
    [blind] = recipe_text.drawings("thing: body=red\n o body 1 1 5 5\n", "sea").values()
    assert with_moods(blind) is blind
    text = "thing: body=red\n ?eyes e 30 50 4\n ?~sad ?eyes e 30 52 4\n"
    [weeping] = recipe_text.drawings(text, "food").values()
    assert set(with_moods(weeping).moods) == {"happy", "angry", "sad", "surprised", "sleep"}
    assert with_moods(weeping).shapes_in("sad") == weeping.shapes_in("sad")


def test_eyes_of_a_form_of_their_own_are_cut_slanting_in_their_own_colour():
    robot = creature(" o body 50 50 40 40\n ?gaze |r glow.nl 30 40 10 10 ; ?gaze |o white.n 33 43 2 2\n")
    assert [shape.kind for shape in robot.shapes_in()] == ["o", "r", "o"]
    _, eye, brow = robot.shapes_in("angry")
    (_, outer), (_, inner) = eye.points[:2]
    assert (eye.role, eye.flags, eye.mirrored, inner > outer) == ("glow", "nl", True, True)
    assert (brow.kind, brow.role) == ("L", "ink")
    _, eye, _, tear = robot.shapes_in("sad")
    (_, outer), (_, inner) = eye.points[:2]
    assert (tear.role, inner < outer) == ("sky", True)
    assert robot.shapes_in("happy")[1].numbers[-2:] == (180, 360)


def test_what_looks_out_of_one_slit_has_two_eyes_in_a_mood_that_dont_touch():
    knight = creature(" o body 50 50 40 40\n ?gaze r black.n 30 30 40 8\n")
    for mood in ("happy", "surprised"):
        eye = knight.shapes_in(mood)[1]
        x, wide = eye.numbers[eye.kind == "a"], eye.numbers[2 + (eye.kind == "a")]
        assert eye.mirrored and x + wide < 50 * UNIT


@pytest.mark.parametrize(
    ("mood", "kind", "role"),
    [("happy", "a", "red"), ("sad", "a", "red"), ("surprised", "o", "ink"), ("sleep", "o", "ink")],
)
def test_a_mouth_of_a_form_of_its_own_is_bent_or_opens(mood, kind, role):
    mouth = creature(" o body 50 50 40 40\n ?lips L red.n 3 40,60 60,60\n").shapes_in(mood)[1]
    assert (mouth.kind, mouth.role) == (kind, role)


def test_paint_is_a_role_its_tone_its_flags_a_clipping_slot_and_a_texture():
    text = PARENT + "mail < figure: body=steel\n ?>=24 ?<64 s body--.fg:torso%scale 1,2 3,4 5,6\n"
    shape = drawn(text, "mail").shapes[-1]
    assert (shape.role, shape.step, shape.flags, shape.target, shape.texture) == ("body", -2, "fgc", "torso", "scale")
    assert (shape.least, shape.most) == (24, 63)


def test_a_role_may_be_a_tone_of_another_role():
    ear = drawn("pet: body=#808080 ear=body- inner=ear-\n o ear 50 50 9 9", "pet")
    assert ear.color_of("ear") == ear.color_of("body", -1)
    assert ear.color_of("inner") == ear.color_of("body", -2)
    assert ear.color_of("ear", colors={"body": "#ff0000"}) == ear.color_of("body", -1, {"body": (255, 0, 0)})


def test_without_a_word_for_it_the_first_role_is_what_a_colour_word_means():
    assert drawn("house: wall=cream roof=red\n r wall 9 9 9 9", "house").color == "wall"


LINES = {
    " o body 1 2 3": "line 2, drawing 'x': the shape 'o' takes 4 to 5 numbers, here are 3.",
    " o body 1 2 3 x": "'x' is no number.",
    " o body 1 2 3 999": "999 lies outside 0.1 to 160.",
    " o body 1 2 3 nan": "nan lies outside",
    " p body 1,2 3,4": "the shape 'p' takes 3 to 32 points X,Y.",
    " p body 1,2,3 3,4 5,6": "the shape 'p' takes 3 to 32 points X,Y.",
    " q body 1 2": "Shape 'q' is unknown.",
    " ?": "'' is no name",
    " -": "'-' empties a slot; write '?slot -'.",
    " o": "'' is no paint",
    " o body.x 1 2 3 4": "'body.x' is no paint",
    " o hat 1 2 3 4": "line 1, drawing 'x': x: the role 'hat' has no colour. Add hat=COLOUR to the first line.",
    " o body%brik 1 2 3 4": "Texture 'brik' is unknown. Did you mean 'brick'?",
    " o body:torso 1 2 3 4": "Slot that clips 'torso' is unknown.",
    " &leg o body 1 2 3 4": "the limb 'leg' has no joint; say where it turns: @leg X Y.",
    " &all o body 1 2 3 4": "'all' is the whole drawing",
    " @hand 1": "an anchor is '@name X Y'",
    " = size": "facts are pairs",
    " = weight 3": "Fact 'weight' is unknown.",
    " = size big": "'big' is no size; give whole centimetres.",
    " = faces right": "Direction that it faces 'right' is unknown.",
    " = color hat": "Role that a colour word means 'hat' is unknown.",
    " ~walk leg": "a pose is limb=DEGREES or limb=DEGREES,RIGHT,DOWN.",
    " ~walk leg=1,2": "a pose is limb=DEGREES or limb=DEGREES,RIGHT,DOWN.",
}


@pytest.mark.parametrize("line", LINES)
def test_a_mistake_is_named_with_its_drawing_and_line(line):
    with pytest.raises(DrawingError) as caught:
        recipe_text.drawings("x: body=red\n" + line)
    assert LINES[line] in str(caught.value)
    assert "drawing 'x'" in str(caught.value)


HEADS = {
    " o body 1 2 3 4": "line 1: a drawing's first line isn't indented",
    "apple body=red": "its first line ends with a colon",
    "Apple: body=red": "'Apple' is no name",
    "apple: body": "'body' is no colour of a role",
    "apple: body=rad": "'rad' is no colour. Write #rrggbb or one of: red, ",
    "apple: body=body": "'body' is no colour.",
    "a: body=red\na: body=red": "line 2, drawing 'a': a drawing of that name stands above.",
}


@pytest.mark.parametrize("text", HEADS)
def test_a_mistake_in_a_first_line_is_named(text):
    with pytest.raises(DrawingError) as caught:
        recipe_text.drawings(text)
    assert HEADS[text] in str(caught.value)


def test_a_parent_that_isnt_there_is_named():
    with pytest.raises(UnknownName, match="Parent of king 'figur' is unknown"):
        recipe_text.drawings("king < figur: body=red")


def grown(text, times):
    return "x: body=red\n" + text * times


TOO_MUCH = {
    "shapes": grown(" o body 1 2 3 4\n", 101),
    "names": ", ".join(f"n{n}" for n in range(25)) + ": body=red",
    "roles": "x: " + " ".join(f"r{n}=red" for n in range(17)),
    "frames": grown(" ~walk " + "| " * 16, 1),
    "points": grown(" s body " + "1,2 " * 33, 1),
    "800 are the most": grown(" s body " + "1,2 " * 32 + "\n", 26),
    "ancestors": "a0: body=red\n" + "\n".join(f"a{n + 1} < a{n}: body=red" for n in range(7)),
    "characters": "#" * (recipe_text.MOST_TEXT + 1),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_a_strangers_recipe_has_limits(what):
    with pytest.raises(DrawingError, match=what if what != "points" else "takes 3 to 32 points"):
        recipe_text.drawings(TOO_MUCH[what])


def test_a_line_below_two_eyes_is_a_mouth_in_a_mood_and_any_other_line_stays():
    face = " o body 50 50 40 40\n |e 36 44 4\n L body--.n 3 44,60 56,60\n L body--.n 3 20,84 80,84\n"
    crab = creature(face)
    assert [shape.kind for shape in crab.shapes_in()] == ["o", "e", "L", "L"]
    assert [shape.kind for shape in crab.shapes_in("happy")] == ["o", "a", "a", "L"]
    assert crab.shapes_in("sad")[2].numbers[-2:] == (180, 360)
