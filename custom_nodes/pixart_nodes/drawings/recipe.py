"""A drawing as a recipe: shapes in the order in which they are painted, and what is known of the thing that they show.

Lengths are whole numbers of 1/1024 of a unit; a drawing is 100 units wide and high, x to the right, y down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..errors import DrawingError
from ..pixel.errors import UnknownName
from .colors import NAMED, Rgb, rgb, tone

UNIT = 1024
SIDE = 100 * UNIT
EMPTY = "-"  # the kind of a shape that only holds its slot's place in the order of painting
CLEAR = "clear"  # the role that cuts a hole
WHOLE = "all"  # the limb that is the whole drawing
MOST_ALIASES = 8
# Creatures of other categories than "sea" that leap out of it.
SWIMMERS = ("whale", "orca", "sperm whale", "narwhal", "dolphin")
CREATURES = ("animals", "birds", "fantasy", "insects", "people", "reptiles", "sea")  # categories of what lives
FACIAL = {
    "head",
    "behind",
    "ears",
    "ear",
    "eyes",
    "eye",
    "nose",
    "muzzle",
    "snout",
    "mouth",
    "whiskers",
    "face",
    "horns",
}
FACIAL |= {"mane", "hair", "beard", "hat", "crest", "beak", "brows", "cheeks", "gaze", "lips"}  # slots of a head
MOODS = ("happy", "angry", "sad", "surprised", "sleep")

Point = tuple[int, int]


@dataclass(frozen=True)
class Shape:
    """One shape of a recipe; `kind` is its letter in docs/DRAWINGS.md.

    `step` is the tone of the role's colour, -2 to 2. `flags` are letters: j joins it to the part before, n draws it
    flat without a border, f with a border but without shade, c clips it, g gives it a highlight, l lets it shine by
    itself. `target` is the slot of the part that clips it, "" for the last part with a border. `least` to `most` are
    the sizes, in pixels, at which it is painted. `state` is the mood or pose in which alone it is painted, in place of
    what its slot has otherwise.
    """

    kind: str
    role: str = ""
    step: int = 0
    flags: str = ""
    target: str = ""
    texture: str = ""
    numbers: tuple[int, ...] = ()
    points: tuple[Point, ...] = ()
    mirrored: bool = False
    slot: str = ""
    limb: str = ""
    least: int = 0
    most: int = 1 << 16
    state: str = ""

    @property
    def is_eye(self) -> bool:
        """An eye is made of whole pixels, and is no part that others join or are clipped to."""
        return self.kind in ("e", "E")

    @property
    def is_detail(self) -> bool:
        """A detail has neither border nor shade, and nothing joins it."""
        return "n" in self.flags or "c" in self.flags

    @property
    def start(self) -> Point:
        """Where it begins: its middle, its corner, or the first of its points; 0, 0 for what is empty."""
        if self.points or not self.numbers:
            return self.points[0] if self.points else (0, 0)
        at = 1 if self.kind == "a" else 0
        return self.numbers[at], self.numbers[at + 1]

    def moved(self, right: int, down: int) -> Shape:
        """The same shape elsewhere."""
        if self.points or not self.numbers:
            return replace(self, points=tuple((x + right, y + down) for x, y in self.points))
        at = 1 if self.kind == "a" else 0
        numbers = (*self.numbers[:at], self.numbers[at] + right, self.numbers[at + 1] + down, *self.numbers[at + 2 :])
        return replace(self, numbers=numbers)


@dataclass(frozen=True)
class Motion:
    """Where a limb goes: degrees clockwise about its joint, then 1/1024 units to the right and down."""

    turn: int = 0
    right: int = 0
    down: int = 0


Pose = Mapping[str, Motion]  # by limb; `leg'` is the mirror image of `leg`


@dataclass(frozen=True)
class Anchor:
    """A place on the drawing, such as where a hand is or where an arm turns; with a limb it moves along."""

    x: int
    y: int
    limb: str = ""


@dataclass(frozen=True)
class Drawing:
    """A recipe as it is painted, with what it inherits.

    `roles` name the colours that a caller may change. `color` is the role that a colour word before the noun means.
    `centimeters` is how large the thing is in life, along its longer side. `faces` is "left" or "front". `lines` counts
    the recipe's own lines. `ancestors` are the drawings that it inherits from, nearest first.
    """

    name: str
    synonyms: tuple[str, ...] = ()
    category: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    shapes: tuple[Shape, ...] = ()
    anchors: Mapping[str, Anchor] = field(default_factory=dict)
    poses: Mapping[str, tuple[Pose, ...]] = field(default_factory=dict)
    centimeters: int = 100
    faces: str = "front"
    color: str = ""
    lines: int = 1
    ancestors: tuple[str, ...] = ()

    @property
    def is_swimmer(self) -> bool:
        """Whether it lives in the water, and is seen out of it only when it leaps."""
        return self.category == "sea" or self.name in SWIMMERS

    @cached_property
    def slots(self) -> tuple[str, ...]:
        """Names of the parts that can be left out or replaced, in the order of painting."""
        return tuple(dict.fromkeys(shape.slot for shape in self.shapes if shape.slot))

    @cached_property
    def painted(self) -> tuple[str, ...]:
        """The roles that some part has, by itself or by another role named after it, in the recipe's order."""
        used = {shape.role for shape in self.shapes}
        for role in reversed(list(self.roles)):
            if role in used:
                used.add(self.roles[role].rstrip("+-"))
        return tuple(role for role in self.roles if role in used)

    @cached_property
    def main_role(self) -> str:
        """The role that a colour word before the noun means; one that is inherited without being painted is none."""
        if self.color in self.painted:
            return self.color
        return next(iter((*self.painted, *self.roles)), "")

    @cached_property
    def limbs(self) -> tuple[str, ...]:
        """Names of the parts that turn about a joint."""
        return tuple(dict.fromkeys(shape.limb for shape in self.shapes if shape.limb))

    def moved_limbs(self, pose: str) -> frozenset[str]:
        """Names of its limbs that some frame of a pose moves, itself or its mirror image; none for a pose it hasn't."""
        moved = {limb.removesuffix("'") for frame in self.poses.get(pose, ()) for limb in frame}
        return frozenset(moved.intersection(self.limbs))

    @cached_property
    def moods(self) -> tuple[str, ...]:
        """Names of the states that its face can be in: "happy", and "sleep", which is a pose as well."""
        return tuple(dict.fromkeys(shape.state for shape in self.shapes if shape.state))

    def shapes_in(self, *states: str) -> tuple[Shape, ...]:
        """The shapes that are painted in some states; a slot that has shapes for one of them has no others there."""
        changed = {shape.slot for shape in self.shapes if shape.state and shape.state in states}
        return tuple(
            shape
            for shape in self.shapes
            if (shape.state in states if shape.state else not shape.slot or shape.slot not in changed)
        )

    def color_of(self, role: str, step: int = 0, colors: Mapping[str, str | Rgb] | None = None) -> Rgb:
        """sRGB of a role some tones darker or lighter, with a caller's colours before the recipe's own.

        A role may be named after another role or a tone of it. Raises DrawingError for what leads to no colour.
        """
        colors_by_role: Mapping[str, str | Rgb] = {**self.roles, **(colors or {})}
        value: str | Rgb = role
        for _ in range(MOST_ALIASES):
            if not isinstance(value, str) or value not in colors_by_role:
                break
            value = colors_by_role[value]
            if isinstance(value, str):
                stem = value.rstrip("+-")
                step += value.count("+") - value.count("-")
                value = stem
        if value == role and role not in colors_by_role and role not in NAMED:
            raise DrawingError(f"{self.name}: the role {role!r} has no colour. Add {role}=COLOUR to the first line.")
        return tone(rgb(value), max(-2, min(2, step)))

    def pose(self, name: str, frame: int = 0) -> Pose:
        """The frame of a pose that goes round. Raises UnknownName."""
        if name not in self.poses:
            raise UnknownName(name, self.poses, what=f"Pose of {self.name}")
        frames = self.poses[name]
        return frames[frame % len(frames)]


def inherited(shapes: tuple[Shape, ...], own: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """A parent's shapes with a child's: the child's slots stand where the parent's stood, all else is painted after.

    What stands in for a parent's shapes belongs to their limbs, one by one, unless it names another. What a slot has in
    a state goes along to where the child has that slot, and is gone where the child has it empty.
    """
    slots = {(shape.slot, shape.state) for shape in shapes if shape.slot}
    merged: list[Shape] = []
    done: set[tuple[str, str]] = set()
    for shape in shapes:
        key = shape.slot, shape.state
        mine = [each for each in own if each.slot and (each.slot, each.state) == key]
        if not mine:
            merged += _along(shape, shapes, own) if shape.state else [shape]
        elif key not in done:
            done.add(key)
            limbs = [each.limb for each in shapes if (each.slot, each.state) == key]
            limbs += limbs[-1:] * len(mine)
            merged += [each if each.limb else replace(each, limb=limb) for each, limb in zip(mine, limbs, strict=False)]
    return (*merged, *(shape for shape in own if (shape.slot, shape.state) not in slots))


def _along(shape: Shape, shapes: tuple[Shape, ...], own: tuple[Shape, ...]) -> list[Shape]:
    """What a slot has in a state, moved as far as the child moved what the slot has otherwise."""
    mine = next((each for each in own if each.slot == shape.slot and not each.state), None)
    if mine is None:
        return [shape]
    if mine.kind == EMPTY:
        return []
    first = next((each for each in shapes if each.slot == shape.slot and not each.state), mine)
    (x, y), (old_x, old_y) = mine.start, first.start
    return [shape.moved(x - old_x, y - old_y)]
