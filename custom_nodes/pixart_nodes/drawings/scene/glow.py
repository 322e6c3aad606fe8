"""Light about what glows: two rings of its colour upon the place, which night doesn't dim."""

from __future__ import annotations

from ..colors import rgb
from ..rasterization import Mask
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
        for ring, percent in zip((grown(inner, width) & ~inner, inner), RINGS, strict=True):
            canvas.color[ring] = mixed(canvas.color[ring], color, percent)


def grown(mask: Mask, pixels: int) -> Mask:
    """A mask that reaches so many pixels further, as round as steps across and along make it."""
    for step in range(pixels):
        wide = mask.copy()
        wide[1:] |= mask[:-1]
        wide[:-1] |= mask[1:]
        wide[:, 1:] |= mask[:, :-1]
        wide[:, :-1] |= mask[:, 1:]
        if step % 2:
            wide[1:, 1:] |= mask[:-1, :-1]
            wide[:-1, :-1] |= mask[1:, 1:]
            wide[1:, :-1] |= mask[:-1, 1:]
            wide[:-1, 1:] |= mask[1:, :-1]
        mask = wide
    return mask
