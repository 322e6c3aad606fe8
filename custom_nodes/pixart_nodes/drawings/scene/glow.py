"""Light about what glows: two rings of its colour upon the place, which night doesn't dim."""

from __future__ import annotations

from ..colors import rgb
from ..outline import grown, ring
from ..rendering import Rendering
from .canvas import Canvas
from .light import mixed
from .piece import Piece

REACH = 11  # a ring's width is this part of the piece's side
RINGS = (34, 68)  # percent of the light's colour in the outer and the inner ring
PALE = rgb("#fff3b0")  # the light of what glows in no colour of its own
NO_COLOR = "glow"


def paint_glow(canvas: Canvas, pieces: list[tuple[Piece, Rendering]]) -> None:
    """Lay the light of each piece that glows upon the place, before the pieces are laid."""
    for piece, drawn in pieces:
        if not piece.actor.glow:
            continue
        color = PALE if piece.actor.glow == NO_COLOR else rgb(piece.actor.glow)
        shape = Canvas.empty(canvas.width, canvas.height)
        shape.paste(drawn.pixels[..., :3], drawn, piece.x, piece.y, subject=True)
        width = max(1, piece.size // REACH)
        inner = grown(shape.subject, width)
        for part, percent in zip((ring(inner, width), inner), RINGS, strict=True):
            canvas.color[part] = mixed(canvas.color[part], color, percent)
