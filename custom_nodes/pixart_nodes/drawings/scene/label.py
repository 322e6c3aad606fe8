"""What is written on things, and over whoever lives, as games write a level."""

from __future__ import annotations

import numpy as np

from ..colors import rgb
from ..outline import ring
from ..rasterization import Mask
from .canvas import Canvas
from .font import Font, font
from .piece import LUMINANCE, Piece
from .seats import SHOWN_AT

INK, PALE, TAG = rgb("ink"), rgb("white"), rgb("yellow")
FONTS = ("5x7", "3x5")  # the larger first
MIDDLE = (50, 54, 70)  # where it stands on a thing, and how wide it is at most, in percent
ON_DOORS = (50, 64, 26)  # the same on vehicles, below their windows
WIDTH, MARGIN = 150, 4  # percent of what an emblem is wide that words may be, and pixels beside them on the thing
MOST_ZOOM = 4
DARK = 128  # of 255: what is darker has pale letters


def paint_label(canvas: Canvas, piece: Piece, laid: Mask) -> None:
    """Write a piece's text, once it is laid on the pixels of a mask."""
    if not piece.actor.text:
        return
    if piece.actor.is_tagged:
        _write_over(canvas, piece)
    else:
        _write_on(canvas, piece, laid)


def _letters(face: Font, text: str, zoom: int) -> np.ndarray:
    return face.line(text).repeat(zoom, axis=0).repeat(zoom, axis=1)


def _fitting(text: str, width: int, height: int) -> np.ndarray:
    """The text as large as there is room for it, else as small as there are letters."""
    for zoom in range(MOST_ZOOM, 0, -1):
        for name in FONTS:
            letters = _letters(font(name), text, zoom)
            if letters.shape[1] <= width and letters.shape[0] <= height:
                return letters
    return _letters(font(FONTS[-1]), text, 1)


def _write_over(canvas: Canvas, piece: Piece) -> None:
    """Yellow letters with an outline above somebody's head, within the picture."""
    letters = _letters(font(FONTS[0]), piece.actor.text, max(1, canvas.side // 60))
    if letters.shape[1] > canvas.width - 2:
        letters = _letters(font(FONTS[-1]), piece.actor.text, 1)
    box = piece.box
    _lay(canvas, letters, box.center - letters.shape[1] // 2, box.top - letters.shape[0] - 2, TAG, outline=True)


def _write_on(canvas: Canvas, piece: Piece, laid: Mask) -> None:
    """Letters on a plain field in the colour that most of the thing has there."""
    box = piece.box
    usual = ON_DOORS if piece.actor.drawing.category == "vehicles" else MIDDLE
    across, down, wide = SHOWN_AT.get(piece.actor.drawing.name.partition("/")[0], usual)
    row = max(0, min(canvas.height - 1, box.top + box.height * down // 100))
    room = min(int(laid[row].sum()) - MARGIN, box.width * wide * WIDTH // 10_000)
    letters = _fitting(piece.actor.text, max(3, room), max(5, box.height * wide // 100))
    across = 100 - across if piece.actor.mirror else across
    x = box.left + box.width * across // 100 - letters.shape[1] // 2
    y = box.top + box.height * down // 100 - letters.shape[0] // 2
    window = slice(max(0, y - 1), y + letters.shape[0] + 1), slice(max(0, x - 1), x + letters.shape[1] + 1)
    field = np.zeros_like(laid)
    field[window] = shrunk(laid)[window]
    if field.any():
        colors, counts = np.unique(canvas.color[field], axis=0, return_counts=True)
        plain = colors[int(counts.argmax())]
        canvas.color[field] = plain
        _lay(canvas, letters, x, y, PALE if float(plain @ np.array(LUMINANCE)) < DARK else INK)


def shrunk(mask: Mask) -> Mask:
    """A mask without the pixels at its edge, which are an outline."""
    return mask & ~ring(~mask, 1)


def _lay(
    canvas: Canvas, letters: np.ndarray, x: int, y: int, color: tuple[int, int, int], outline: bool = False
) -> None:
    """Letters at a place, moved into the picture where they would be cut."""
    x = max(1, min(canvas.width - letters.shape[1] - 1, x))
    y = max(1, min(canvas.height - letters.shape[0] - 1, y))
    mask = np.zeros_like(canvas.opaque)
    rows, columns = np.nonzero(letters)
    inside = (rows + y < canvas.height) & (columns + x < canvas.width)
    mask[rows[inside] + y, columns[inside] + x] = True
    edge = ring(mask, 1) if outline else np.zeros_like(mask)
    for part, painted in ((edge, INK), (mask, color)):
        canvas.color[part] = painted
        canvas.opaque |= part
        canvas.subject |= part
