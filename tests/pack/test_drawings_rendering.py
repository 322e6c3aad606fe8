"""What makes drawings look right, pixel by pixel."""

import numpy as np
import pytest
from pixart_nodes.drawings import geometry, recipe_text
from pixart_nodes.drawings.colors import border, rgb, tone
from pixart_nodes.drawings.outline import ring
from pixart_nodes.drawings.rendering import anchor, render
from pixart_nodes.errors import DrawingError, UnknownName

INK = rgb("ink")
SIZES = (16, 24, 32, 48, 64, 100, 256)


def one(shapes, roles="body=red"):
    return recipe_text.drawings(f"x: {roles}\n{shapes}")["x"]


BALL = one(" o body.f 50 50 50 50")
FACE = one(" H body.f 50,0 90,20 70,100 50,100 ; |e 33 40 5 ; |l body-.n 3 30,60 45,70")


def colors(drawing, size=32, **how):
    return {tuple(int(v) for v in color) for color in render(drawing, size, **how).palette}


def where(picture, color):
    return (picture.pixels == (*rgb(color), 255)).all(axis=2)


@pytest.mark.parametrize("size", SIZES)
def test_the_outline_is_one_closed_ring_of_ink_outside_the_fill(size):
    picture = render(BALL, size)
    body, ink = where(picture, "red"), where(picture, "ink")
    assert (ink == ring(body, max(1, round(size / 44)))).all()
    assert ((picture.pixels[..., 3] > 0) == (body | ink)).all()


@pytest.mark.parametrize("size", SIZES)
def test_a_drawing_fills_its_picture_to_the_margin(size):
    opaque = render(BALL, size).pixels[..., 3] > 0
    assert opaque.any(axis=0).all()
    assert opaque.any(axis=1).all()


@pytest.mark.parametrize("size", SIZES)
def test_what_is_mirrored_in_the_recipe_is_so_to_the_pixel(size):
    alpha = render(FACE, size).pixels[..., 3]
    assert (alpha == alpha[:, ::-1]).all()
    eyes = where(render(FACE, size), "ink") | where(render(FACE, size), "white")  # the light in them lies to the left
    assert (eyes == eyes[:, ::-1]).all()


def test_a_mirrored_drawing_has_the_mirrored_silhouette_and_the_same_light():
    drawing = one(" p body 10,20 90,0 70,100 ; E 40 40 6")
    plain, mirrored = render(drawing, 32), render(drawing, 32, mirror=True)
    assert (plain.pixels[..., 3] == mirrored.pixels[:, ::-1, 3]).all()
    shade = where(one_shade := render(one(" o body 50 50 50 50"), 32, mirror=True), "red")
    assert shade[:16, :16].sum() > shade[16:, 16:].sum()
    assert one_shade.pixels.any()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "line", ["l body.n 0.5 2,50 98,50", "L body.n 0.5 2,3 98,97", "a body.n 0.5 50 50 40 40 0 360"]
)
def test_a_line_thinner_than_a_pixel_keeps_a_whole_one_without_gaps(size, line):
    body = where(render(one(" " + line), size), "red")
    lines = body.any(axis=0)
    assert lines[lines.argmax() : len(lines) - lines[::-1].argmax()].all()


@pytest.mark.parametrize("size", SIZES)
def test_an_eye_is_never_lost(size):
    assert where(render(one(" o body.f 50 50 50 50 ; e 50 50 0.5"), size), "ink")[size // 2 - 1 : size // 2 + 1].any()


def test_a_part_that_is_too_small_for_a_pixel_has_one():
    assert where(render(one(" o body.f 44 44 2 2"), 8), "red").sum() == 1


def test_the_upper_part_has_a_border_in_its_darkest_tone_on_the_lower_part():
    picture = render(one(" o low.f 50 50 50 50 ; r body.f 40 40 20 20", "body=red low=green"), 32)
    edge = (picture.pixels[..., :3] == border(rgb("red"))).all(axis=2)
    assert (edge == ring(where(picture, "red"), 1)).all()


def test_joined_parts_have_no_border_between_them():
    apart, joined = (one(f" o body.f 40 50 30 30 ; o body{flags} 60 50 30 30") for flags in (".f", ".jf"))
    assert border(rgb("red")) in colors(apart)
    assert colors(joined) == {rgb("red"), INK}


def test_a_detail_is_clipped_to_the_last_part_with_a_border_or_to_the_slot_that_it_names():
    shapes = " ?belly r body.f 0 0 100 40 ; r low.f 0 60 100 40 ; r spot.n{} 0 0 100 100"
    last, named = (one(shapes.format(how), "body=red low=green spot=yellow") for how in ("c", ":belly"))
    assert not where(render(last, 32), "yellow")[:16].any()
    assert not where(render(named, 32), "yellow")[16:].any()
    assert where(render(last, 32), "yellow")[20:].any()
    assert where(render(named, 32), "yellow")[:12].any()


def test_the_role_clear_cuts_a_hole_with_an_outline_of_its_own():
    picture = render(one(" o body.f 50 50 50 50 ; o clear 50 50 20 20"), 32)
    assert picture.pixels[16, 16, 3] == 0
    assert (where(picture, "ink") == ring(where(picture, "red"), 1)).all()


def test_shade_lies_along_the_lower_right_and_the_highlight_in_the_upper_left():
    picture = render(one(" o body.g 50 50 50 50"), 32)
    shade, shine = ((picture.pixels[..., :3] == tone(rgb("red"), step)).all(axis=2) for step in (-1, 1))
    assert np.argwhere(shade).mean(axis=0).min() > 16 > np.argwhere(shine).mean(axis=0).max()


@pytest.mark.parametrize("step", [-2, -1, 1, 2])
def test_tones_are_darker_and_lighter_for_every_colour(step):
    for color in ((0, 0, 0), (255, 255, 255), (128, 128, 128), rgb("red"), rgb("white"), rgb("sky")):
        luma = np.dot(tone(color, step), (299, 587, 114)) - np.dot(color, (299, 587, 114))
        assert luma * step >= 0


def test_the_shade_of_white_is_lilac():
    red, green, blue = tone(rgb("white"), -1)
    assert blue > red > green


def test_colours_are_given_by_role_and_reach_their_tones():
    assert {rgb("blue"), tone(rgb("blue"), -1)} < colors(one(" o body 50 50 50 50"), colors={"body": "blue"})
    assert colors(BALL, colors={"ink": (1, 2, 3), "body": "#040506"}) == {(1, 2, 3), (4, 5, 6)}


def test_a_role_that_a_drawing_doesnt_have_is_named():
    with pytest.raises(UnknownName, match=r"Role of x 'bodi' is unknown\. Did you mean 'body'"):
        render(BALL, 32, {"bodi": "red"})


@pytest.mark.parametrize("color", ["rosy", "#12345", (1, 2), (1, 2, 300)])
def test_what_is_no_colour_is_named(color):
    with pytest.raises(DrawingError, match="is no colour"):
        render(BALL, 32, {"body": color})


@pytest.mark.parametrize("size", [0, 7, 257])
def test_a_size_that_cant_be_drawn_is_named(size):
    with pytest.raises(DrawingError, match="it may have 8 to 256"):
        render(BALL, size)


def test_a_part_may_be_painted_from_a_size_on_or_below_it():
    drawing = one(" o body.f 50 50 50 50 ; ?>=24 r blue.n 20 20 20 20 ; ?<24 r green.n 60 60 20 20")
    assert rgb("blue") in colors(drawing, 24)
    assert rgb("green") not in colors(drawing, 24)
    assert rgb("green") in colors(drawing, 23)
    assert rgb("blue") not in colors(drawing, 23)


def test_slots_can_be_left_out():
    drawing = one(" o body.f 50 50 50 50 ; ?hat r blue.f 20 0 60 20")
    assert rgb("blue") in colors(drawing)
    assert rgb("blue") not in colors(drawing, without=("hat",))


def test_what_shines_is_said_pixel_by_pixel():
    picture = render(one(" o body.f 50 50 50 50 ; r glow.nl 30 30 20 20 ; r body.n 30 30 10 20"), 32)
    assert (picture.shining == where(picture, "glow")).all()
    assert picture.shining.any()


@pytest.mark.parametrize("name", ["brick", "wood", "leaf", "fur", "scale"])
def test_a_texture_is_tones_of_its_surface_and_only_where_there_is_room_for_it(name):
    drawing, plain = one(f" r body.f%{name} 0 0 100 100"), one(" r body.f 0 0 100 100")
    for size in (24, 32, 64):
        tones = {tone(rgb("red"), step) for step in (-2, -1, 0, 1)}
        assert colors(drawing, size) < {*tones, INK}
        body = where(render(drawing, size), "red")
        assert 0.4 < body.mean() < 0.95
    assert (render(drawing, 23).pixels == render(plain, 23).pixels).all()


def test_a_seed_varies_a_texture_and_the_same_seed_doesnt():
    drawing = one(" r body.f%leaf 0 0 100 100")
    assert (render(drawing, 32, seed=1).pixels == render(drawing, 32, seed=1).pixels).all()
    assert (render(drawing, 32, seed=1).pixels != render(drawing, 32, seed=2).pixels).any()


ARM = one(
    " @arm 50 50 ; @hand 50 10 arm ; &arm L body.f 10 50,50 50,10 ; r body.f 45 45 10 10 ; ~wave arm=90 | arm=0,10,0"
)


def test_a_limb_turns_about_its_joint_and_takes_its_anchors_along():
    assert anchor(ARM, "hand", 32) == (16, 4)
    assert anchor(ARM, "hand", 32, pose="wave") == (28, 16)
    assert anchor(ARM, "hand", 32, pose="wave", frame=1) == (19, 4)
    assert anchor(ARM, "hand", 32, pose="wave", frame=2) == (28, 16)
    body = where(render(ARM, 32, pose="wave"), "red")
    assert body[16, 25]
    assert not body[8, 16]


def test_the_mirror_image_of_a_limb_moves_alike_or_as_it_is_told():
    drawing = one(" @leg 30 50 ; &leg |L body.f 10 30,50 30,90 ; r body.f 20 40 60 10")
    motion = recipe_text.drawings("x: body=red\n ~a leg=40\n ~b leg=40 leg'=0")["x"].poses
    alike, alone = (where(render(drawing, 32, pose=motion[name][0]), "red") for name in "ab")
    assert (alike == alike[:, ::-1]).all()
    assert (alone[:, :12] == alike[:, :12]).all()
    assert (alone[:, 20:] == where(render(drawing, 32), "red")[:, 20:]).all()


def test_a_pose_that_a_drawing_doesnt_have_is_named():
    with pytest.raises(UnknownName, match=r"Pose of x 'wav' is unknown\. Did you mean 'wave'"):
        render(ARM, 32, pose="wav")


MOODY = one(
    " @arm 50 50 ; &arm r body 20 20 60 60 ; ?eyes |e 34 40 6 ; ?~sleep ?eyes |L ink.n 6 24,40 44,40 ; ~sleep arm=10"
)


def test_a_mood_paints_its_own_face_and_so_does_a_pose_of_its_name():
    awake, asleep = (render(MOODY, 32, mood=mood).pixels for mood in ("", "sleep"))
    assert (awake != asleep).any()
    lying = render(MOODY, 32, pose="sleep", mood="sleep").pixels
    assert (render(MOODY, 32, pose="sleep").pixels == lying).all()
    with pytest.raises(UnknownName, match="Mood of x 'glad' is unknown"):
        render(MOODY, 32, mood="glad")


def test_a_drawing_turns_as_a_whole_and_every_drawing_has_a_ground():
    assert anchor(ARM, "hand", 32, turn=90) == (28, 16)
    assert anchor(ARM, "hand", 32, turn=90, mirror=True) == (4, 16)
    assert anchor(ARM, "ground", 32) == (16, 30)
    assert anchor(ARM, "elbow", 32) == anchor(ARM, "center", 32) == (16, 16)


def test_the_same_arguments_give_the_same_bytes_and_at_most_two_degrees_of_alpha():
    first, second = (render(FACE, 48, {"body": "teal"}, seed=3) for _ in range(2))
    assert first.pixels.tobytes() == second.pixels.tobytes()
    assert first.pixels.dtype == np.uint8
    assert set(np.unique(first.pixels[..., 3])) == {0, 255}
    assert not first.pixels[first.pixels[..., 3] == 0].any()


def test_no_sine_lies_so_near_a_half_that_another_machine_could_round_it_otherwise():
    exact = np.sin(np.deg2rad(np.arange(geometry.QUARTER + 1) / geometry.DEGREE)) * geometry.ONE
    assert (np.abs(exact % 1 - 0.5) > 1e-5).all()  # a machine's sine is off by some 1e-12 here


@pytest.mark.parametrize(
    "shape", ["o body 50 50 20 9 33", "s body 1,2 30,4 9,60", "l body 3 1,2 30,4 9,60", "a body 3 50 50 9 9 7 99"]
)
def test_outlines_are_whole_numbers(shape):
    made = geometry.contours(one(" " + shape).shapes[0], 1)
    assert {outline.dtype for outline in made} == {np.dtype(np.int64)}
