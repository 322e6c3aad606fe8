"""Moods of whoever has eyes but no moods in its recipe: eyes close, or get brows that fall or rise to the middle.

Recipes of faces seen from nearby have moods of their own, with mouths; a crab or an owl has eyes to show one with.
"""

from __future__ import annotations

from dataclasses import replace

from . import gaze
from .eyes import USUAL, WHITE
from .recipe import MOODS, UNIT, Drawing, Shape

MIDDLE = 50 * UNIT
EYES = {"eyes", "eye"}  # slots that kits have moods in
LINE = 3 * UNIT  # width of a lid and of a brow
LEAST = 4 * UNIT  # the radius of eyes that brows are drawn for, even of smaller ones
DIM = 70  # mean of the three channels of a skin, 0 to 255, on which ink can't be seen
# Brows by mood, from their end at the middle of the face to the other: percent of the eye's radius aside and up.
BROWS = {"angry": ((100, 125), (175, 225)), "sad": ((100, 225), (175, 140))}
LIDS = {"sleep": (0, 180), "happy": (180, 360)}  # degrees of the arc that a closed eye is


def with_moods(drawing: Drawing) -> Drawing:
    """The drawing with the moods that its recipe lacks, as far as it has eyes or a mouth to show them with.

    In a mood a slot has nothing but what is drawn for that mood, so that all beside its eyes is repeated there.
    """
    drawing = _with_lips(drawing)
    eyes = [shape for shape in drawing.shapes if shape.is_eye and not shape.state]
    slots = {shape.slot for shape in eyes if shape.slot}
    states = {shape.state for shape in drawing.shapes if shape.slot in slots | EYES}
    lacking = [mood for mood in MOODS if mood not in states] if eyes else []
    shapes: list[Shape] = []
    above: list[Shape] = []  # brows and tears, which no hat hides
    for place, shape in enumerate(drawing.shapes):
        if lacking and shape in eyes:
            eye = replace(shape, slot=shape.slot or f"eye-{place}")
            shapes += [eye, *(_eye_in(mood, eye, drawing) for mood in lacking)]
            above += [each for mood in lacking for each in _about(mood, eye, place, drawing)]
        elif lacking and shape.slot in slots and not shape.state:
            shapes += [shape, *(replace(shape, state=mood) for mood in lacking)]
        else:
            shapes.append(shape)
        if gaze.is_own(shape):
            shapes += _own_in_moods(shape, drawing)
    return replace(drawing, shapes=(*shapes, *above)) if len(shapes) > len(drawing.shapes) else drawing


def _with_lips(drawing: Drawing) -> Drawing:
    """The drawing with the line below the two eyes of who looks at us named as its mouth, if it has no moods."""
    eyes = [shape for shape in drawing.shapes if shape.is_eye and shape.mirrored]
    if drawing.faces != "front" or drawing.moods or len(eyes) != 1:
        return drawing
    _, eye_down, *_ = eyes[0].numbers
    shapes = list(drawing.shapes)
    for place, shape in enumerate(shapes):
        if not shape.slot and gaze.is_mouth_below(shape, eye_down):
            shapes[place] = replace(shape, slot=gaze.LIPS)
            return replace(drawing, shapes=tuple(shapes))
    return drawing


def _own_in_moods(shape: Shape, drawing: Drawing) -> list[Shape]:
    """What stands for an eye or a mouth of a form of its own in each mood that its slot has nothing for.

    The first shape of such a slot is the eye or the mouth, and the others are what is in it.
    """
    of_slot = [each for each in drawing.shapes if each.slot == shape.slot]
    done = {each.state for each in of_slot}
    first = next(each for each in of_slot if gaze.is_own(each))
    if shape is not first:
        return []
    ink, is_left = _ink_on(drawing), drawing.faces == "left"
    return [each for mood in MOODS if mood not in done for each in gaze.in_mood(mood, shape, ink, is_left=is_left)]


def _measures(eye: Shape) -> tuple[int, int, int]:
    """Where an eye is, and its radius."""
    x, y = eye.numbers[:2]
    return x, y, eye.numbers[2] if len(eye.numbers) > 2 else USUAL


def _eye_in(mood: str, eye: Shape, drawing: Drawing) -> Shape:
    x, y, radius = _measures(eye)
    if mood in LIDS:
        line = replace(eye, state=mood, role=_ink_on(drawing), points=())
        down = radius // 2 if mood == "happy" else -radius // 2
        return replace(line, kind="a", numbers=(LINE, x, y + down, radius * 5 // 4, radius, *LIDS[mood]))
    if mood == "surprised":
        return replace(eye, kind="E", state=mood, numbers=(x, y, radius * 3 // 2))
    return replace(eye, state=mood)


def _about(mood: str, eye: Shape, place: int, drawing: Drawing) -> list[Shape]:
    """The brow of an eye and its tear; an only eye in the middle has two of each."""
    if mood not in BROWS:
        return []
    x, y, radius = _measures(eye)
    is_only = drawing.faces == "front" and abs(x - MIDDLE) < LINE
    line = replace(eye, state=mood, role=_ink_on(drawing), points=(), slot=f"brow-{place}")
    line = replace(line, mirrored=eye.mirrored or is_only)
    reach = max(LEAST, radius * WHITE[0] // WHITE[1] if eye.kind == "E" else radius)
    inward = -1 if x > MIDDLE or (drawing.faces == "left" and not eye.mirrored) else 1
    (near, near_up), (far, far_up) = BROWS[mood]
    inner = x + inward * near * reach // 100, y - near_up * reach // 100
    outer = x - inward * far * reach // 100, y - far_up * reach // 100
    inner = (min(inner[0], MIDDLE), inner[1]) if is_only else inner
    brow = replace(line, kind="L", numbers=(LINE,), points=(inner, outer))
    if mood != "sad":
        return [brow]
    tear = x - inward * reach // 2, y + reach + gaze.TEAR[1], *gaze.TEAR
    return [brow, replace(line, kind="o", role=gaze.TEARS, numbers=tear)]


def _ink_on(drawing: Drawing) -> str:
    """The role of lines on its skin: ink, or where that is dark, cream."""
    role = drawing.main_role
    return "cream" if role and sum(drawing.color_of(role)) < 3 * DIM else "ink"
