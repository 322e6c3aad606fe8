"""Sprites: motions as frames that go round, in one box, with the feet on one line."""

import numpy as np
import pytest
from pixart_nodes.drawings.brief import Subject
from pixart_nodes.drawings.colors import rgb
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
