"""A prompt to a sprite that moves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import library, sprite
from .brief import Subject
from .illustration import illustrated
from .prompt import read
from .scene.actor import state_of

BY_WORDS = "as the words say"
MOTIONS = (BY_WORDS, "idle", "walk", "run", "jump", "fly", "swim", "wave")
USUAL = "idle"  # what a thing does of which the words say nothing
GAITS = ("walk", "run")  # motions that want a drawing whose legs can be moved one by one
STILL = 1000  # milliseconds of a picture that doesn't move


@dataclass(frozen=True)
class Motion:
    """Frames that go round: uint8 [count, size, size, 4], with milliseconds for each, by the name of what they show.

    `palette` is the one that the words name, as an Illustration has it.
    """

    name: str
    frames: NDArray[np.uint8]
    durations: tuple[int, ...]
    notes: tuple[str, ...] = ()
    palette: str = ""


def animated(prompt: str, size: int, motion: str = BY_WORDS, *, seed: int = 0, negative: str = "") -> Motion:
    """The first thing of a prompt, moving, on a transparent ground of 8 to 256 pixels.

    Where the words name nothing that is known, it is a still picture. Raises DrawingError for another size.
    """
    brief = read(prompt, seed=seed, negative=negative)
    if not brief.subjects:
        still = illustrated(prompt, size, size, seed=seed, negative=negative, pixel=1)
        return Motion("still", still.pixels[None], (STILL,), still.notes, still.palette)
    subject = brief.subjects[0]
    name = _by_words(subject) if motion == BY_WORDS else motion
    strip = sprite.frames(replace(subject, drawing=_with_legs(subject, name)), name, size, seed=seed)
    left = [f"{other.word}: a sprite is of one thing, so it was left out." for other in brief.subjects[1:]]
    frames = np.stack([each.pixels for each in strip.frames])
    durations = tuple(each.milliseconds for each in strip.frames)
    return Motion(name, frames, durations, (*brief.notes, *strip.notes, *left), brief.palette)


def _by_words(subject: Subject) -> str:
    """The pose that the words name, by a drawing of their own too, else what the drawing does at rest."""
    poses = library.find(subject.drawing).poses
    gait = state_of(subject.drawing)
    return subject.pose or (gait if gait in GAITS else USUAL if USUAL in poses else next(iter(poses), USUAL))


def _with_legs(subject: Subject, motion: str) -> str:
    """The drawing's name, or for a gait that of its variant of which the motion moves the most limbs.

    One that stands or walks goes before one that runs, whose legs are where that pose has them.
    """
    if motion not in GAITS:
        return subject.drawing
    names = (subject.drawing, *library.built_in().variants(subject.drawing))
    upright = [name for state in ("", "walk", "run") for name in names if state_of(name) == state]
    fitting = [name for name in upright if subject.colors.keys() <= library.find(name).roles.keys()]
    return max(fitting, key=lambda name: len(library.find(name).moved_limbs(motion)), default=subject.drawing)
