"""Sprites: what moves, as frames that go round, in one box and with the feet on one line."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import DrawingError
from . import library
from .brief import Subject
from .colors import Rgb
from .recipe import SIDE, WHOLE, Drawing, Motion, Pose
from .rendering import LEAST, MOST, own_colors, palette_of, render

LEAST_FRAMES, MOST_FRAMES = 4, 8
TIMES = {"idle": 220, "run": 90, "fly": 110, "wave": 160, "jump": 160}  # milliseconds of a frame
USUAL_TIME = 140
BOB = (0, -3, -5, -3)  # hundredths of the height by which what has no such pose goes up and down


@dataclass(frozen=True)
class Frame:
    """One picture of a motion: uint8 [size, size, 4], alpha 0 or 255, and how long it is shown."""

    pixels: NDArray[np.uint8]
    milliseconds: int


@dataclass(frozen=True)
class Sprite:
    """A motion's frames, which go round, their colours from dark to light, and what isn't in them as asked."""

    frames: tuple[Frame, ...]
    palette: tuple[Rgb, ...]
    notes: tuple[str, ...] = ()


def frames(subject: Subject, motion: str, size: int, *, seed: int = 0) -> Sprite:
    """A subject's motion ("walk", "run", "idle" or another of its drawing's poses) as 4 to 8 frames.

    The square of `size` pixels, 8 to 256, has room for the highest step, so that a thing that jumps is drawn a little
    smaller. What has no such pose goes up and down, and a note says so. Raises DrawingError, UnknownName.
    """
    if not LEAST <= size <= MOST:
        raise DrawingError(f"A sprite of {size} pixels: it may have {LEAST} to {MOST}.")
    drawing = library.find(subject.drawing)
    notes = []
    poses = _between(drawing.poses.get(motion, ()))
    if not poses:
        poses = [{WHOLE: Motion(down=down * SIDE // 100)} for down in BOB]
        notes.append(f"{subject.word}: its drawing has no {motion!r}, so it goes up and down.")
    steps = [_whole(pose) for pose in poses]
    inner = _inner(size, steps)
    colors = own_colors(drawing, subject.colors)
    time = TIMES.get(motion, USUAL_TIME)
    pictures = [_drawn(drawing, pose, inner, size, steps, colors, subject.without, seed) for pose in poses]
    palette = palette_of(np.concatenate(pictures))
    return Sprite(tuple(Frame(each, time) for each in pictures), palette, tuple(notes))


def _between(poses: tuple[Pose, ...]) -> list[Pose]:
    """Poses with one between each two, until there are enough."""
    strides = list(poses)
    while strides and len(strides) < LEAST_FRAMES:
        if len(strides) == 1:
            return [strides[0], {}] * (LEAST_FRAMES // 2)
        after = [*strides[1:], strides[0]]
        strides = [each for one, other in zip(strides, after, strict=True) for each in (one, _mean(one, other))]
    return strides[:MOST_FRAMES]


def _mean(one: Pose, other: Pose) -> Pose:
    still = Motion()
    pairs = {limb: (one.get(limb, still), other.get(limb, still)) for limb in dict.fromkeys((*one, *other))}
    return {
        limb: Motion((a.turn + b.turn) // 2, (a.right + b.right) // 2, (a.down + b.down) // 2)
        for limb, (a, b) in pairs.items()
    }


def _whole(pose: Pose) -> Motion:
    return pose.get(WHOLE, Motion())


def _inner(size: int, steps: list[Motion]) -> int:
    """The side of the drawing itself, so that all of its steps up and down are in the box."""
    reach = max(step.down for step in steps) - min(step.down for step in steps)
    return max(LEAST, size - -(-reach * size // (SIDE + reach)))


def _drawn(
    drawing: Drawing,
    pose: Pose,
    inner: int,
    size: int,
    steps: list[Motion],
    colors: dict[str, str | Rgb],
    without: tuple[str, ...],
    seed: int,
) -> NDArray[np.uint8]:
    """A pose in its box; what it moves as a whole, it moves by whole pixels, and nothing is cut off."""
    whole = _whole(pose)
    limbs = {**pose, WHOLE: replace(whole, right=0, down=0)} if WHOLE in pose else pose
    picture = render(drawing, inner, colors, pose=limbs, without=without, seed=seed).pixels
    lowest = max(step.down for step in steps)
    right, down = (_pixels(value * inner) for value in (whole.right, whole.down - lowest))
    box = np.zeros((size, size, 4), np.uint8)
    top, left = min(size - inner, max(0, size - inner + down)), max(0, min(size - inner, (size - inner) // 2 + right))
    box[top : top + inner, left : left + inner] = picture
    return box


def _pixels(lengths: int) -> int:
    """Whole pixels of a length in 1/1024 units times pixels; halves go up."""
    return (2 * lengths + SIDE) // (2 * SIDE)
