"""Sprites: motions as frames that go round, in one box, with the feet on one line."""

import numpy as np
import pytest
from pixart_nodes.drawings import library
from pixart_nodes.drawings.animation import BY_WORDS, animated
from pixart_nodes.drawings.brief import Subject
from pixart_nodes.drawings.colors import rgb
from pixart_nodes.drawings.recipe import WHOLE
from pixart_nodes.drawings.sprite import frames
from pixart_nodes.errors import DrawingError


def opaque(sprite):
    return [frame.pixels[..., 3] > 0 for frame in sprite.frames]


def lowest(mask):
    return int(np.flatnonzero(mask.any(axis=1))[-1])


@pytest.mark.parametrize("size", [8, 16, 32, 64])
@pytest.mark.parametrize("motion", ["walk", "run", "idle"])
@pytest.mark.parametrize("drawing", ["knight", "wizard", "horse", "cat", "bird", "house"])
def test_a_motion_has_four_to_eight_frames_of_one_size(drawing, motion, size):
    sprite = frames(Subject(drawing, drawing), motion, size)
    assert 4 <= len(sprite.frames) <= 8
    assert {frame.pixels.shape for frame in sprite.frames} == {(size, size, 4)}
    assert all(frame.milliseconds > 0 for frame in sprite.frames)


@pytest.mark.parametrize("drawing", ["knight", "horse", "dog", "person"])
@pytest.mark.parametrize("motion", ["walk", "run"])
def test_frames_differ_and_somebody_is_always_on_or_over_the_ground_line(drawing, motion):
    sprite = frames(Subject(drawing, drawing), motion, 32)
    assert len({frame.pixels.tobytes() for frame in sprite.frames}) >= 2
    assert max(lowest(mask) for mask in opaque(sprite)) >= 30


@pytest.mark.parametrize("drawing", ["person", "knight", "nurse", "robot"])
@pytest.mark.parametrize("motion", ["walk", "run"])
def test_who_lifts_a_foot_stands_on_the_other_one(drawing, motion):
    feet = []
    for mask in opaque(frames(Subject(drawing, drawing), motion, 32))[::2]:
        sole = np.flatnonzero(mask[lowest(mask)])
        feet.append((lowest(mask), bool(sole.min() < 16), bool(sole.max() >= 16)))
    assert [(left, right) for _, left, right in feet] == [(False, True), (True, False)]
    assert len({low for low, _, _ in feet}) == 1


def test_whoever_stands_idle_keeps_the_feet_on_one_line():
    assert len({lowest(mask) for mask in opaque(frames(Subject("knight", "knight"), "idle", 32))}) == 1


def test_a_pose_of_two_frames_gets_frames_between_them():
    assert len(frames(Subject("person", "person"), "jump", 32).frames) == 4


def test_what_goes_up_as_a_whole_is_not_cut_off():
    sprite = frames(Subject("wizard", "wizard"), "run", 32)
    ink = (*rgb("ink"), 255)
    for frame in sprite.frames:
        edge = frame.pixels[0][frame.pixels[0, :, 3] > 0]
        assert all(tuple(pixel) == ink for pixel in edge.tolist())


def test_what_has_no_such_pose_goes_up_and_down_and_that_is_said():
    sprite = frames(Subject("house", "house"), "walk", 32)
    assert sprite.notes == ("house: its drawing has no 'walk', so it goes up and down.",)
    assert len({lowest(mask) for mask in opaque(sprite)}) > 1


def test_colours_are_those_of_the_subject_and_the_palette_is_that_of_all_frames():
    sprite = frames(Subject("knight", "knight", colors={"cloth": "green"}), "walk", 32)
    assert rgb("green") in sprite.palette
    pixels = np.concatenate([frame.pixels for frame in sprite.frames])
    shown = {tuple(color) for color in pixels[pixels[..., 3] > 0][:, :3].tolist()}
    assert set(sprite.palette) == shown


def test_the_same_seed_gives_the_same_bytes():
    first, second = (frames(Subject("fox", "fox"), "run", 32, seed=4) for _ in range(2))
    assert all((a.pixels == b.pixels).all() for a, b in zip(first.frames, second.frames, strict=True))


@pytest.mark.parametrize("size", [7, 257])
def test_a_size_that_cant_be_drawn_is_refused(size):
    with pytest.raises(DrawingError, match="8 to 256"):
        frames(Subject("fox", "fox"), "walk", size)


def different(motion):
    """How many of a motion's frames are unlike each other, wherever the whole of each is put."""
    trimmed = set()
    for frame in motion.frames:
        rows, columns = (np.flatnonzero(frame[..., 3].any(axis=axis)) for axis in (1, 0))
        trimmed.add(frame[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].tobytes())
    return len(trimmed)


@pytest.mark.parametrize("gait", ["walk", "run"])
@pytest.mark.parametrize("animal", ["cat", "fox", "mouse", "bear", "horse", "dog", "cow", "wolf"])
def test_the_words_for_a_gait_move_the_legs_of_who_has_a_drawing_with_legs(animal, gait):
    verb = {"walk": "walking", "run": "running"}[gait]
    motion = animated(f"a {animal} {verb}", 48)
    assert (motion.name, motion.notes) == (gait, ())
    assert different(motion) == (3 if gait == "walk" else 4)
    by_choice = animated(f"a {animal}", 48, gait)
    assert (by_choice.frames == motion.frames).all()


def test_colours_that_were_asked_for_go_with_the_drawing_that_has_legs():
    motion = animated("a red cat walking", 48)
    assert different(motion) == 3
    assert tuple(rgb("red")) in {tuple(color) for color in motion.frames[..., :3].reshape(-1, 3).tolist()}


def test_who_is_drawn_asleep_breathes():
    assert animated("a sleeping cat", 48, BY_WORDS).name == "idle"


WINGED = ["dragon", "phoenix", "pegasus", "griffin", "gargoyle", "fairy", "angel", "bat", "butterfly", "moth", "bee"]
WINGED += [
    "monarch",
    "wasp",
    "dragonfly",
    "fly",
    "mosquito",
    "owl",
    "duck",
    "goose",
    "swan",
    "hummingbird",
    "bird",
    "eagle",
]


@pytest.mark.parametrize("name", WINGED)
def test_who_has_wings_flies_with_them(name):
    drawing = library.find(name)
    assert any("wing" in pose for pose in drawing.poses["fly"])
    assert different(animated(f"a flying {name}" if name != "fly" else "fly", 48, "fly")) == 3


def test_a_limb_on_both_sides_is_drawn_on_the_right_where_a_pose_turns_it():
    """A mirrored limb turns about its joint the other way round, so its parts stand on the joint's side."""
    strange = []
    for name in library.built_in().blocks:
        drawing = library.find(name)
        turned = {limb for poses in drawing.poses.values() for pose in poses for limb in pose} - {WHOLE}
        for shape in drawing.shapes:
            if shape.mirrored and shape.limb in turned & {"wing"} and shape.points:
                joint = drawing.anchors[shape.limb].x
                strange += [name] if np.mean([x for x, _ in shape.points]) < joint - 1024 else []
    assert not strange
