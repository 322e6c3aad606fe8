"""Briefs become pictures: of the size asked for, the same everywhere, with their subjects in sight."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from pixart_nodes.drawings.brief import Brief, Relation, Subject
from pixart_nodes.drawings.colors import rgb, tone
from pixart_nodes.drawings.library import built_in
from pixart_nodes.drawings.outline import ring
from pixart_nodes.drawings.scene import paint
from pixart_nodes.drawings.scene.actor import cast
from pixart_nodes.drawings.scene.contrast import CAMOUFLAGE, alike, apart
from pixart_nodes.drawings.scene.ground import GROUNDS
from pixart_nodes.drawings.scene.heavens import LOW_SUN
from pixart_nodes.drawings.scene.light import SKIES
from pixart_nodes.drawings.scene.pattern import PATTERNS
from pixart_nodes.drawings.scene.relations import ready
from pixart_nodes.drawings.scene.scenery import SEASONS
from pixart_nodes.drawings.scene.terrain import Row
from pixart_nodes.drawings.scene.weather import WEATHERS
from pixart_nodes.errors import DrawingError, UnknownName

TIMES = ("", "day", "night", "sunset", "dawn")
SIZES = [(8, 8), (12, 30), (16, 16), (64, 64), (128, 64), (240, 320), (512, 8), (511, 512)]
SEEN = 100  # of 765: the mean difference of a subject's pixels from what is about them
MANY = 48  # colours of a picture of 64 x 64 pixels at most


def one(drawing, **brief):
    return Brief((Subject(drawing, drawing),), **brief)


def digest(pixels):
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def visibility(scene):
    about = ring(scene.subject, 2)
    colors = scene.pixels[..., :3]
    around = colors[about].astype(np.int64).sum(axis=0) // int(about.sum())
    return apart(colors[scene.subject], around)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_picture_has_the_size_asked_for_and_is_opaque(width, height):
    scene = paint(one("cat"), width, height)
    assert scene.pixels.shape == (height, width, 4)
    assert scene.subject.shape == (height, width)
    assert (scene.pixels[..., 3] == 255).all()


@pytest.mark.parametrize(("width", "height"), [(7, 64), (64, 513)])
def test_a_picture_of_another_size_is_refused_with_the_sizes_that_there_are(width, height):
    with pytest.raises(DrawingError, match="8 to 512"):
        paint(one("cat"), width, height)


def test_a_drawing_that_there_is_not_is_refused_by_its_name():
    with pytest.raises(UnknownName, match="catt"):
        paint(one("catt"), 32, 32)


@pytest.mark.parametrize("weather", ["", *WEATHERS])
@pytest.mark.parametrize("ground", [*GROUNDS, "none"])
def test_in_every_place_time_and_weather_a_subject_is_seen_and_colours_are_few(ground, weather):
    for time in TIMES:
        for drawing in ("cat", "black cat", "ghost"):
            scene = paint(one(drawing, ground=ground, time=time, weather=weather), 32, 32)
            assert len(scene.palette) <= MANY, (time, drawing)
            assert ground == "none" or visibility(scene) >= SEEN, (time, drawing)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_place_is_painted_at_every_size_without_anything_in_it(ground, width, height):
    scene = paint(Brief(ground=ground), width, height, seed=3)
    assert scene.pixels.shape == (height, width, 4)
    assert not scene.subject.any()


def test_a_crowded_picture_keeps_few_colours():
    subjects = tuple(Subject(each, each) for each in ("cat", "parrot", "dragon", "clown", "rainbow", "house"))
    scene = paint(Brief(subjects, ground="village", weather="storm"), 64, 64)
    assert len(scene.palette) <= MANY


def test_the_palette_is_that_of_the_picture_from_dark_to_light():
    scene = paint(one("fox", ground="forest"), 48, 48)
    assert set(scene.palette) == {tuple(color) for color in scene.pixels[..., :3].reshape(-1, 3).tolist()}
    assert list(scene.palette) == sorted(scene.palette, key=lambda each: np.dot(each, (299, 587, 114)))


def test_the_same_brief_and_seed_give_the_same_bytes_and_another_seed_does_not():
    brief = one("tree", ground="meadow", weather="rain")
    assert digest(paint(brief, 64, 64, seed=5).pixels) == digest(paint(brief, 64, 64, seed=5).pixels)
    assert digest(paint(brief, 64, 64, seed=5).pixels) != digest(paint(brief, 64, 64, seed=6).pixels)


def test_another_process_with_another_hash_seed_paints_the_same_bytes():
    code = (
        "import hashlib;from pixart_nodes.drawings.brief import *;from pixart_nodes.drawings.scene import paint;"
        "p=paint(Brief((Subject('knight','k',colors={'cloth':'red'}),Subject('fox','f',count=2)),ground='city',"
        "time='night',weather='snow'),64,48,seed=9).pixels;print(hashlib.sha256(p.tobytes()).hexdigest())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "custom_nodes"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(made) == 1


def test_without_a_ground_the_picture_is_transparent_about_its_subject():
    scene = paint(one("cat", ground="none"), 32, 32)
    alpha = scene.pixels[..., 3] > 0
    assert (alpha == scene.subject).all()
    assert not alpha[0, 16]
    assert alpha[16, 16]


def test_a_place_that_there_is_not_is_said_and_a_backdrop_is_painted():
    scene = paint(one("cat", ground="atlantis"), 32, 32)
    assert scene.notes == ("atlantis: there is no such place to draw.",)
    assert (scene.pixels == paint(one("cat"), 32, 32).pixels).all()


def test_a_time_or_a_weather_without_a_place_is_seen_outdoors():
    assert (
        paint(one("cat", time="night"), 32, 32).pixels
        == paint(one("cat", ground="meadow", time="night"), 32, 32).pixels
    ).all()


@pytest.mark.parametrize("size", [24, 32, 64, 128])
def test_a_single_subject_fills_most_of_the_smaller_side_and_stands_in_the_middle(size):
    rows, columns = np.nonzero(paint(one("cat", ground="meadow"), size * 2, size).subject)
    assert 80 <= (rows.max() - rows.min() + 1) * 100 // size <= 94
    assert abs((columns.min() + columns.max() + 1) // 2 - size) <= 2


def test_what_is_tiny_is_drawn_smaller_and_what_is_huge_larger():
    heights = [
        np.ptp(np.nonzero(paint(Brief((Subject("cat", "cat", size=size),)), 64, 64).subject)[0])
        for size in (0.5, 1, 1.5)
    ]
    assert heights == sorted(set(heights))


def test_a_mouse_beside_an_elephant_is_small_and_yet_seen():
    brief = Brief((Subject("mouse", "mouse"), Subject("elephant", "elephant")), ground="desert")
    scene = paint(brief, 64, 64)
    columns = np.flatnonzero(scene.subject.any(axis=0))
    gap = np.flatnonzero(np.diff(columns) > 1)
    mouse = columns[: gap[0] + 1] if len(gap) else columns[:14]
    assert 8 <= len(mouse) <= 22


def test_more_than_there_is_room_for_is_said():
    scene = paint(Brief((Subject("cat", "cats", count=1_000_000),)), 64, 64)
    assert scene.notes == ("cats: 25 of 1000000 are drawn; more would be too small to be seen.",)


@pytest.mark.parametrize("ground", ["graveyard", "quay", "street", "forest"])
def test_fog_at_night_leaves_three_quarters_of_the_contrast_by_which_a_place_is_seen(ground):
    luma = np.array([0.2126, 0.7152, 0.0722])
    clear, foggy = (
        (paint(Brief(ground=ground, time="night", weather=weather), 64, 64).pixels[24:, :, :3] @ luma).std()
        for weather in ("", "fog")
    )
    assert foggy > clear * 0.75


def test_night_dims_the_subject_but_not_what_shines():
    day, night = (paint(one("lantern", ground="none", time=time), 64, 64) for time in ("day", "night"))
    assert (day.pixels == night.pixels).all(), "no light falls where there is no place"
    day, night = (paint(one("lantern", ground="meadow", time=time), 64, 64) for time in ("day", "night"))
    both = day.subject & night.subject
    same = (day.pixels == night.pixels).all(axis=2) & both
    darker = day.pixels[..., :3].sum(axis=2) > night.pixels[..., :3].sum(axis=2)
    assert same.any()
    assert (darker | same)[both].all()
    assert darker[both].mean() > 0.5


def test_lines_alone_are_ink_on_white():
    scene = paint(one("black cat", style="outline"), 48, 48)
    assert set(scene.palette) == {(255, 255, 255), rgb("ink")}
    assert 0.05 < (scene.pixels[..., 0] < 128).mean() < 0.3


def test_monochrome_is_four_tones_of_grey_or_of_the_colour_that_is_named():
    assert len(paint(one("fox", ground="forest", style="monochrome"), 48, 48).palette) == 4
    blue = Brief((Subject("robot", "robot", colors={"body": "blue"}),), style="monochrome")
    assert set(paint(blue, 48, 48).palette) <= {tone(rgb("blue"), step) for step in (-2, -1, 0, 2)}


def test_colours_poses_and_relations_that_a_drawing_lacks_are_said():
    subjects = (Subject("apple", "apple", colors={"wing": "red"}, pose="wave"),)
    notes = paint(Brief(subjects), 32, 32).notes
    assert notes == ("apple: it has no wing to colour.", "apple: there is no picture of it in the pose 'wave'.")


def test_every_drawing_that_a_place_shows_is_in_the_library():
    rows = [
        layer for ground in GROUNDS.values() for layer in (*ground.behind, *ground.beside) if isinstance(layer, Row)
    ]
    assert not [name for row in rows for name in row.drawings if not built_in().has(name)]


def test_every_pattern_of_a_place_is_known_and_every_sky_has_four_bands():
    assert {pattern for ground in GROUNDS.values() for pattern in (ground.wall, ground.floor)} <= set(PATTERNS)
    assert {len(sky.colors) for sky in SKIES.values()} == {4}


def test_the_sun_of_a_brief_is_the_only_one():
    sky = paint(Brief((Subject("sun", "sun"), Subject("cat", "cat")), ground="meadow"), 64, 64)
    plain = paint(one("cat", ground="meadow"), 64, 64)
    disc = (*rgb("#ffe68c"), 255)
    assert not (sky.pixels == disc).all(axis=2).any()
    assert (plain.pixels == disc).all(axis=2).any()


def test_more_subjects_than_there_is_room_for_are_named():
    subjects = tuple(Subject("apple", f"apple {number}") for number in range(8))
    assert paint(Brief(subjects), 16, 16).notes == (
        "apple 6: there is no room for it.",
        "apple 7: there is no room for it.",
    )


def test_a_season_changes_trees_land_and_snow():
    pictures = {season: paint(one("fox", ground="forest", season=season), 64, 64).pixels for season in SEASONS}
    plain = paint(one("fox", ground="forest"), 64, 64).pixels
    assert len({picture.tobytes() for picture in (*pictures.values(), plain)}) == 4


def test_a_tree_in_autumn_is_an_autumn_tree_unless_a_colour_is_named():
    autumn = cast(one("tree", season="autumn"), 9, 0)[0][0]
    green = cast(Brief((Subject("tree", "tree", colors={"body": "green"}),), season="autumn"), 9, 0)[0][0]
    assert (autumn.drawing.name, green.drawing.name) == ("tree/autumn", "tree")


@pytest.mark.parametrize(
    ("drawing", "color"),
    [("duck", "yellow"), ("raincoat", "yellow"), ("lamp", ""), ("lightning", ""), ("bush", ""), ("frog", "leaf")],
)
def test_a_wall_has_another_hue_or_lightness_than_what_is_before_it(drawing, color):
    """A yellow duck on pale yellow and a green bush on pale green are hard to see, however large the difference."""
    role = built_in().find(drawing).painted[0]
    colors = {role: color} if color else {}
    for seed in range(8):
        scene = paint(Brief((Subject(drawing, drawing, colors=colors),)), 48, 48, seed=seed)
        wall = tuple(int(channel) for channel in scene.pixels[0, 0, :3])
        assert alike(scene.pixels[scene.subject][:, :3], wall) < CAMOUFLAGE


def test_what_something_small_holds_is_no_smaller_than_the_picture_allows():
    """ "A man in a tiny boat" asks for a small boat beside the man, rather than for both of them in a corner."""
    man = Subject("fisherman", "fisherman", relation=Relation.IN, other=1)
    usual = paint(Brief((man, Subject("rowboat", "boat"))), 64, 64)
    tiny = paint(Brief((man, Subject("rowboat", "boat", size=0.5))), 64, 64)
    assert tiny.subject.sum() * 10 >= usual.subject.sum() * 8


def test_the_moon_over_a_place_leaves_room_for_the_place():
    scene = paint(one("full moon", ground="forest", time="night"), 64, 64)
    rows = np.flatnonzero(scene.subject.any(axis=1))
    assert rows[-1] < 40
    assert paint(one("full moon"), 64, 64).subject.sum() > 2 * scene.subject.sum()


@pytest.mark.parametrize(("drawing", "ground"), [("cloud", "sky"), ("rainbow", "sky")])
def test_what_is_white_or_of_the_sky_is_seen_before_it(drawing, ground):
    assert np.array_equal(paint(one(drawing), 32, 32).pixels, paint(one(drawing, ground=ground), 32, 32).pixels)


@pytest.mark.parametrize("brief", [Brief(ground="forest"), Brief(time="night"), Brief(sign="some words")])
def test_lines_alone_of_a_place_or_of_a_sign_are_lines_too(brief):
    pixels = paint(replace(brief, style="outline"), 64, 64).pixels
    dark = (pixels[..., :3].sum(axis=-1) < 200).mean()
    assert 0.02 < dark < 0.4
    assert len(np.unique(pixels.reshape(-1, 4), axis=0)) == 2


@pytest.mark.parametrize(("holder", "slot"), [("rowboat", "oar"), ("cup", "steam"), ("tea", "steam")])
def test_nothing_crosses_the_face_of_whoever_is_in_a_boat_or_a_cup(holder, slot):
    guest = Subject("mouse", "mouse", relation=Relation.IN, other=1)
    roots, _ = cast(Brief((guest, Subject(holder, holder))), 9, 0)
    assert ready(roots[0]).without == (slot,)
    assert ready(cast(one(holder), 9, 0)[0][0]).without == ()


def test_several_in_a_basket_stay_within_its_width():
    """Four kittens share a basket's rim, each as large as there is room for."""
    kittens = Subject("cat", "kitten", count=4, relation=Relation.IN, other=1)
    scene = paint(Brief((kittens, Subject("basket", "basket"))), 64, 64)
    columns = np.flatnonzero(scene.subject.any(axis=0))
    assert columns[-1] - columns[0] > 40  # of 64: the basket isn't made small for a long row


def test_what_is_under_the_moon_stands_on_the_ground_as_large_as_usual():
    """The moon is far away: a house under it isn't made small to fit below it."""
    house = Subject("haunted house", "house", relation=Relation.UNDER, other=1)
    roots, _ = cast(Brief((house, Subject("full moon", "moon"))), 9, 0)
    assert [(root.drawing.name, root.children) for root in roots] == [("haunted house", []), ("full moon", [])]


@pytest.mark.parametrize("name", ["tiger", "lion", "panda", "monkey", "black cat", "raccoon", "bear", "rabbit"])
@pytest.mark.parametrize("seed", range(3))
def test_who_walks_or_runs_does_so_on_legs_that_are_seen_from_the_side(name, seed):
    for pose in ("walk", "run"):
        (actor,), _ = cast(Brief((Subject(name, name, pose=pose),)), 1, seed)
        assert "four-legged-kit" in actor.drawing.ancestors


def test_line_art_has_what_is_flat_within_a_drawing():
    def inner(name):
        scene = paint(Brief((Subject(name, name),), ground="none", style="outline"), 64, 64)
        dark = (scene.pixels[..., :3] == rgb("ink")).all(axis=-1) & (scene.pixels[..., 3] > 0)
        return int(dark[12:28, 16:48].sum())

    assert inner("mushroom") > 40, "the edges of its dots"
    assert inner("rose") > 60, "the lines of its petals"
    assert inner("egg") < 10


@pytest.mark.parametrize("ground", ["mountains", "sea"])
@pytest.mark.parametrize("seed", range(6))
def test_a_setting_sun_is_seen_whatever_stands_on_the_horizon(ground, seed):
    scene = paint(Brief(ground=ground, time="sunset"), 96, 64, seed=seed)
    assert (scene.pixels[..., :3] == LOW_SUN).all(axis=-1).sum() > 20
