"""A prompt to a sprite that moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import library, sprite
from .brief import Subject
from .illustration import illustrated
from .prompt import read

BY_WORDS = "as the words say"
MOTIONS = (BY_WORDS, "idle", "walk", "run", "jump", "fly", "swim", "wave")
USUAL = "idle"  # what a thing does of which the words say nothing
STILL = 1000  # milliseconds of a picture that doesn't move


@dataclass(frozen=True)
class Motion:
    """Frames that go round: uint8 [count, size, size, 4], with milliseconds for each, by the name of what they show."""

    name: str
    frames: NDArray[np.uint8]
    durations: tuple[int, ...]
    notes: tuple[str, ...] = ()


def animated(prompt: str, size: int, motion: str = BY_WORDS, *, seed: int = 0, negative: str = "") -> Motion:
    """The first thing of a prompt, moving, on a transparent ground of 8 to 256 pixels.

    Where the words name nothing that is known, it is a still picture. Raises DrawingError for another size.
    """
    brief = read(prompt, seed=seed, negative=negative)
    if not brief.subjects:
        still = illustrated(prompt, size, size, seed=seed, negative=negative, pixel=1)
        return Motion("still", still.pixels[None], (STILL,), still.notes)
    subject = brief.subjects[0]
    name = _by_words(subject) if motion == BY_WORDS else motion
    strip = sprite.frames(subject, name, size, seed=seed)
    left = [f"{other.word}: a sprite is of one thing, so it was left out." for other in brief.subjects[1:]]
    frames = np.stack([each.pixels for each in strip.frames])
    return Motion(name, frames, tuple(each.milliseconds for each in strip.frames), (*brief.notes, *strip.notes, *left))


def _by_words(subject: Subject) -> str:
    """The pose that the words name, else what the drawing does at rest."""
    poses = library.find(subject.drawing).poses
    return subject.pose or (USUAL if USUAL in poses else next(iter(poses), USUAL))
