"""Ropes and leashes between whoever leads or pulls something and what follows."""

from __future__ import annotations

from ..brief import Relation
from ..colors import rgb
from .canvas import Canvas
from .carrying import FLOWN
from .piece import Piece

ROPE, EDGE = rgb("#c98a4b"), rgb("ink")
SAG = 10  # percent of its length that a rope hangs through
NECK = 56  # percent of the height from the top at which what has no head is tied


def paint_cords(canvas: Canvas, pieces: list[Piece]) -> None:
    """Draw a rope to each thing that is led, from whoever leads it; what is laid afterwards hides the knots."""
    for piece in pieces:
        actor = piece.actor
        is_flown = actor.relation is Relation.HOLDING and actor.drawing.name in FLOWN
        if (actor.relation is Relation.LEADING or is_flown) and actor.parent:
            holder = next((each for each in pieces if _is(each, actor.parent.subject, actor.parent.number)), None)
            if holder:
                end = piece.at("grip") if is_flown else _neck(piece, holder)
                _tie(canvas, _hand(holder, piece), end)


def _is(piece: Piece, subject: int, number: int) -> bool:
    return piece.actor.subject == subject and piece.actor.number == number


def _hand(holder: Piece, led: Piece) -> tuple[int, int]:
    """Where the rope begins: at the hand that is nearer, else in the middle of the side."""
    side = holder.box.right if led.box.center > holder.box.center else holder.box.left
    if not holder.has("hand"):
        return side, holder.box.top + holder.box.height * NECK // 100
    x, y = holder.at("hand")
    return 2 * holder.box.center - x if (x < holder.box.center) != (side < holder.box.center) else x, y


def _neck(led: Piece, holder: Piece) -> tuple[int, int]:
    if led.has("head"):
        return led.at("head")
    side = led.box.right if holder.box.center > led.box.center else led.box.left
    return side, led.box.top + led.box.height * NECK // 100


def _tie(canvas: Canvas, start: tuple[int, int], end: tuple[int, int]) -> None:
    """A rope of two pixels, light above and dark below, that hangs through a little."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    deep = steps * SAG // 100
    for step in range(steps + 1):
        x = start[0] + (end[0] - start[0]) * step // steps
        y = start[1] + (end[1] - start[1]) * step // steps + 4 * deep * step * (steps - step) // (steps * steps)
        for down, color in ((0, ROPE), (canvas.grain, EDGE)):
            rows = slice(max(0, y + down), max(0, y + down + canvas.grain))
            columns = slice(max(0, x), max(0, x + canvas.grain))
            canvas.color[rows, columns] = color
            canvas.opaque[rows, columns] = canvas.subject[rows, columns] = True
