"""Moods of eyes and mouths that have a form of their own: sockets, lamps, visors, carved ones.

Such an eye is cut slanting when it is angry or sad, bent when it is happy or asleep, and grows when it is surprised.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .recipe import EMPTY, SIDE, UNIT, Shape

GAZE, LIPS = "gaze", "lips"  # the slots of such eyes, and of such mouths
MIDDLE = SIDE // 2
LEAST = 8 * UNIT  # width and height of an eye in a mood, so that its form is seen
BENT = 7 * UNIT  # half the width of a bent eye at least
LINE, THICK = 3 * UNIT, 4 * UNIT  # widths of a brow, and of a bent eye or mouth
GROWN = 135  # percent of its size that a surprised eye has
CUT, RISE = 55, 15  # percent of its height by which a slanting eye is cut at one end, and rises at the other
NEAR, FAR, WIDEST = 4 * UNIT, 30 * UNIT, 34 * UNIT  # how far below eyes a mouth is, and how wide at most
GAP = 4 * UNIT  # between the middle and either half of what looks out of one slit
TEARS, TEAR = "sky", (5 * UNIT // 2, 4 * UNIT)  # the role of tears, and the radii of one
MOUTH = (9, 5, 12)  # half the width and height of a mouth in a mood, and half the width at most
ARCS = {"happy": (0, 180), "sad": (180, 360), "angry": (180, 360)}  # degrees of the arc that a mouth is


@dataclass(frozen=True)
class _Box:
    """Edges of a shape."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def center(self) -> tuple[int, int]:
        return (self.left + self.right) // 2, (self.top + self.bottom) // 2

    @property
    def size(self) -> tuple[int, int]:
        return self.right - self.left, self.bottom - self.top

    def at_least(self, least: int) -> _Box:
        """The same place, so wide and high at least."""
        (x, y), (width, height) = self.center, self.size
        wide, high = max(width, least) // 2, max(height, least) // 2
        return _Box(x - wide, y - high, x + wide, y + high)


def _box(shape: Shape) -> _Box:
    numbers = shape.numbers
    if shape.points:
        half = numbers[0] // 2 if numbers else 0
        xs, ys = zip(*shape.points, strict=True)
        if shape.kind in ("h", "H"):
            xs = (*xs, *(SIDE - x for x in xs))
        return _Box(min(xs) - half, min(ys) - half, max(xs) + half, max(ys) + half)
    if shape.kind == "r":
        x, y, width, height = numbers[:4]
        return _Box(x, y, x + width, y + height)
    x, y, wide, high = numbers[1:5] if shape.kind == "a" else numbers[:4]
    return _Box(x - wide, y - high, x + wide, y + high)


def is_own(shape: Shape) -> bool:
    """Whether a shape is an eye or a mouth of a form of its own, as it is without a mood."""
    return shape.slot in (GAZE, LIPS) and not shape.state and shape.kind != EMPTY


def is_mouth_below(shape: Shape, eye_down: int) -> bool:
    """Whether a shape is a flat line in the middle, narrow enough for a mouth, not far below the eyes."""
    if shape.kind not in ("l", "L", "a") or "n" not in shape.flags or shape.mirrored or shape.state:
        return False
    box = _box(shape)
    (x, y), (width, _) = box.center, box.size
    return abs(x - MIDDLE) < GAP and NEAR < y - eye_down < FAR and LEAST < width < WIDEST


def in_mood(mood: str, shape: Shape, ink: str, *, is_left: bool) -> list[Shape]:
    """What stands in a mood for an eye or a mouth; `ink` is the role of brows, `is_left` whether it looks left."""
    if shape.slot == LIPS:
        return [_mouth(mood, shape, ink)]
    box, mirrored = _box(shape), shape.mirrored
    if not mirrored and not is_left and abs(box.center[0] - MIDDLE) < GAP:  # one slit for both eyes
        box, mirrored = _Box(min(box.left, MIDDLE - GAP - LEAST), box.top, MIDDLE - GAP, box.bottom), True
    plain = replace(shape, state=mood, flags=_flat(shape.flags), points=(), numbers=(), mirrored=mirrored)
    x, y = box.center
    if mood in ("happy", "sleep"):
        wide, high = _kept_apart(x, max(BENT, box.size[0] // 2), mirrored), max(LEAST // 2, box.size[1] // 2)
        down = high // 2 if mood == "happy" else -high // 2
        angles = (180, 360) if mood == "happy" else (0, 180)
        return [replace(plain, kind="a", numbers=(THICK, x, y + down, wide, high, *angles))]
    if mood == "surprised":
        wide, high = (side * GROWN // 200 for side in box.at_least(LEAST).size)
        return [replace(plain, kind="o", numbers=(x, y, _kept_apart(x, wide, mirrored), high))]
    slanting = _slanting(mood, plain, box.at_least(LEAST), ink, is_left=is_left and not mirrored)
    if "f" in shape.flags:  # its border is a brow
        return [replace(slanting[0], flags=shape.flags), *slanting[2:]]
    return slanting


def _kept_apart(x: int, wide: int, mirrored: bool) -> int:
    """Half the width of an eye, less where it would touch its mirror image."""
    return min(wide, max(LINE, abs(MIDDLE - x) - LINE)) if mirrored else wide


def _slanting(mood: str, plain: Shape, box: _Box, ink: str, *, is_left: bool) -> list[Shape]:
    """An eye that is cut from one end to the other, with a brow along the cut; who is sad weeps."""
    x, _ = box.center
    inner, outer = (box.right, box.left) if x <= MIDDLE and not is_left else (box.left, box.right)
    height = box.size[1]
    low, high = box.top + height * CUT // 100, box.top - height * RISE // 100
    near, far = (low, high) if mood == "angry" else (high, low)
    eye = replace(plain, kind="p", points=((outer, far), (inner, near), (inner, box.bottom), (outer, box.bottom)))
    brow = replace(plain, kind="L", role=ink, step=0, flags="n", numbers=(LINE,))
    lifted = LINE // 2
    brow = replace(brow, points=((outer, far - lifted), (inner, near - lifted)))
    if mood == "angry":
        return [eye, brow]
    tear = replace(plain, kind="o", role=TEARS, step=0, flags="n", numbers=(outer, box.bottom + TEAR[1], *TEAR))
    return [eye, brow, tear]


def _mouth(mood: str, shape: Shape, ink: str) -> Shape:
    """A mouth that is bent up or down, or an open one, where the shape is."""
    box = _box(shape)
    (x, y), (wide, high) = box.center, (side * UNIT for side in MOUTH[:2])
    wide, high = min(MOUTH[2] * UNIT, max(wide, box.size[0] // 2)), max(high, box.size[1] * 40 // 100)
    thick = max(THICK, box.size[1] * 30 // 100)
    plain = replace(shape, state=mood, flags=_flat(shape.flags), points=(), mirrored=False)
    if mood in ARCS:
        down = -high // 2 if mood == "happy" else high // 2
        return replace(plain, kind="a", numbers=(thick, x, y + down, wide, high, *ARCS[mood]))
    wide, high = (wide * 55 // 100, high) if mood == "surprised" else (wide * 35 // 100, high * 60 // 100)
    role, step = (shape.role, shape.step) if "l" in shape.flags else (ink, 0)
    return replace(plain, kind="o", role=role, step=step, numbers=(x, y, wide, high))


def _flat(flags: str) -> str:
    return "n" + "l" * ("l" in flags)
