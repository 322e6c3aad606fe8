"""Several of a kind as the words want them to stand: in a ring, in a row, in a pile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from .piece import Piece, bounds

Groups: TypeAlias = "list[list[Piece]]"  # each thing with all that is placed by it

# Sines and cosines of the 24th parts of a circle in hundredths, so that no machine rounds them in its own way.
QUARTER = (0, 26, 50, 71, 87, 97, 100)
PARTS = 24  # of a circle
FLATTENED = 55  # percent of its width that a ring is high, seen from above aslant
APART = 22  # percent of the ring's circumference, by the widths of what stands in it, that its radius is
ROOM = 66  # percent of the width of what is in the middle of a ring that its radius is at least
OVERLAP = 84  # percent of its width by which things in a pile follow each other
SUNK = 62  # percent of its height by which the next layer of a pile is higher
STEPS = {2: 108, 3: 102, 4: 92}  # percent of its width by which things in a row follow each other
CLOSE = 76  # the same where there are more


def _sine(part: int) -> int:
    """The sine of a 24th part of a circle, in hundredths."""
    part %= PARTS
    if part > PARTS // 2:
        return -_sine(part - PARTS // 2)
    return QUARTER[part if part <= PARTS // 4 else PARTS // 2 - part]


def _put(pieces: list[Piece], center: int, bottom: int) -> list[Piece]:
    """A thing with its middle in a column and its lower edge in a row."""
    box = bounds(pieces)
    return [piece.moved(center - box.center, bottom - box.bottom) for piece in pieces]


def _size(groups: Groups) -> tuple[int, int]:
    """The mean width and the least height of some things, one of which may have something on it."""
    boxes = [bounds(pieces) for pieces in groups]
    return max(1, sum(box.width for box in boxes) // len(boxes)), min(box.height for box in boxes)


def ring(groups: Groups, others: Groups) -> list[Piece]:
    """Things about a middle, in which all others are; the farther ones first."""
    width, _ = _size(groups)
    radius = max(width * len(groups) * APART // 100, width)
    if others:
        radius = max(radius, sum(bounds(pieces).width for pieces in others) * ROOM // 100 + width // 2)
    placed = []
    for number, pieces in enumerate(groups):
        part = number * PARTS // len(groups)
        x, y = radius * _sine(part) // 100, radius * _sine(part + PARTS // 4) * FLATTENED // 10000
        placed.append((y, _put(pieces, x, y)))
    at = -sum(bounds(pieces).width for pieces in others) // 2
    for pieces in others:
        box = bounds(pieces)
        placed.append((0, _put(pieces, at + box.width // 2, box.height // 8)))
        at += box.width
    return [piece for _, pieces in sorted(placed, key=lambda each: each[0]) for piece in pieces]


def row(groups: Groups, others: Groups) -> list[Piece]:
    """Things side by side on one line, all others behind their middle."""
    width, height = _size(groups)
    placed: list[Piece] = []
    for number, pieces in enumerate(groups):
        placed += _put(pieces, number * width * STEPS.get(len(groups), CLOSE) // 100, 0)
    middle = bounds(placed).center
    back = [piece for pieces in others for piece in _put(pieces, middle, -height // 2)]
    return [*back, *placed]


def pile(groups: Groups, others: Groups) -> list[Piece]:
    """Things in layers, each with one fewer than the one below; all others at its side."""
    width, height = _size(groups)
    layer, rest, lines = 1, len(groups), []
    while rest > 0:
        lines.append(min(layer, rest))
        rest -= lines[-1]
        layer += 1
    placed: list[Piece] = []
    at = 0
    for level, count in enumerate(lines):  # from the top
        bottom = -(len(lines) - 1 - level) * height * SUNK // 100
        for number in range(count):
            x = (2 * number - count + 1) * width * OVERLAP // 200
            placed += _put(groups[at], x, bottom)
            at += 1
    side = bounds(placed).left
    for pieces in others:
        box = bounds(pieces)
        placed += _put(pieces, side - box.width // 2 - width // 8, 0)
        side -= box.width
    return placed


ARRANGEMENTS: dict[str, Callable[[Groups, Groups], list[Piece]]] = {"ring": ring, "row": row, "pile": pile}
