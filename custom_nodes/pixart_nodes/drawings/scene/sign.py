"""Words on a wooden sign, for what can't be drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..colors import rgb
from .canvas import Canvas
from .contrast import Colors
from .font import ABOVE, Font, font
from .light import lit
from .scenery import tones

WOOD, POST, INK = rgb("#d8a868"), rgb("#a9743f"), rgb("ink")
SIZES = (("5x7", 6), ("5x7", 4), ("5x7", 3), ("5x7", 2), ("5x7", 1), ("3x5", 1))  # font, and pixels of its pixels
MOST_TEXT, MOST_WORDS, MOST_LETTERS = 1000, 24, 60  # of a text, and of a word: more was never readable
LEAST_PART = 3  # letters of a broken word in a line
MOST_WIDE, MOST_HIGH = 92, 66  # percent of the picture that the board fills
ROOMY = 24  # pixels of the smaller side from which on a sign has margins


@dataclass(frozen=True)
class _Text:
    """Lines of words in a font, enlarged."""

    font: Font
    zoom: int
    lines: tuple[str, ...]

    @property
    def width(self) -> int:
        """Pixels of its longest line."""
        return max(self.font.columns(line) for line in self.lines) * self.zoom

    @property
    def height(self) -> int:
        """Pixels of all its lines, with room for accents above the first."""
        return (self._pitch * (len(self.lines) - 1) + self.font.height + self._above) * self.zoom

    @property
    def _above(self) -> int:
        return ABOVE if any(self.font.rises(line) for line in self.lines) else 0

    @property
    def _pitch(self) -> int:
        return self.font.pitch + (1 if self._above else 0)

    def paint(self, canvas: Canvas, x: int, y: int, color: Colors) -> None:
        """Write it in a box that begins there, each line in the middle."""
        top = y + (self._above - ABOVE) * self.zoom
        for line in self.lines:
            mask = self.font.line(line).repeat(self.zoom, axis=0).repeat(self.zoom, axis=1)
            left = x + (self.width - mask.shape[1]) // 2
            rows, columns = np.nonzero(mask)
            rows, columns = rows + top, columns + left
            inside = (rows >= 0) & (rows < canvas.height) & (columns >= 0) & (columns < canvas.width)
            canvas.color[rows[inside], columns[inside]] = color
            top += self._pitch * self.zoom


def paint_sign(canvas: Canvas, words: str, feet: int, light: tuple[int, int, int]) -> list[str]:
    """A board on two posts with as many words as can be read; what is to be said of them."""
    frame = canvas.grain * (3 if canvas.side >= ROOMY else 1)  # outline and margin
    share = (MOST_WIDE, MOST_HIGH) if canvas.side >= ROOMY else (100, 80)
    inner = canvas.width * share[0] // 100 - 2 * frame - 2, canvas.height * share[1] // 100 - 2 * frame - 2
    text, left_out = _fitted([word[:MOST_LETTERS] for word in words[:MOST_TEXT].split()], *inner)
    if text is None:
        _board(canvas, canvas.width * 70 // 100, canvas.height * 40 // 100, feet, light)
        return [f"The sign can't be read at {canvas.width} x {canvas.height} pixels: it says {words[:200]!r}."]
    width, height = text.width + 2 * frame + 2, text.height + 2 * frame + 2
    left, top = _board(canvas, width, height, feet, light)
    text.paint(canvas, left + frame + 1, top + frame + 1, lit(np.array(INK, np.uint8), light))
    notes = []
    if left_out or len(words) > MOST_TEXT:
        notes.append(f"The sign has no room for all words at {canvas.width} x {canvas.height} pixels.")
    lacking = sorted(set(text.font.lacks("".join(text.lines))))
    if lacking:
        notes.append(f"The sign's font lacks {' '.join(lacking)[:80]}: boxes stand for them.")
    return notes


def _fitted(words: list[str], width: int, height: int) -> tuple[_Text | None, bool]:
    """The words as large as they can be, or the first of them that fit; whether some are left out."""
    for count in range(min(MOST_WORDS, len(words)), 0, -1):
        for is_broken in (False, True):
            for name, zoom in SIZES:
                face = font(name)
                lines = _wrapped(words[:count], face, width // zoom, is_broken)
                text = _Text(face, zoom, tuple(lines))
                if lines and text.height <= height and text.width <= width:
                    return text, count < len(words)
    return None, True


def _wrapped(words: list[str], face: Font, columns: int, is_broken: bool) -> list[str]:
    """Lines of words, long ones broken if that is wished; none where they are too long."""
    lines: list[str] = []
    for whole in words:
        word = whole
        while face.columns(word) > columns:
            part = columns // (face.width + 1) - 1
            if part < LEAST_PART or not is_broken:
                return []
            lines.append(f"{word[:part]}-")
            word = word[part:]
        if lines and face.columns(f"{lines[-1]} {word}") <= columns:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _board(canvas: Canvas, width: int, height: int, feet: int, light: tuple[int, int, int]) -> tuple[int, int]:
    """A board in the middle, its posts down to the ground; where its upper left corner is."""
    grain = canvas.grain
    width, height = min(width, canvas.width), min(height, canvas.height)
    left = (canvas.width - width) // 2
    top = max(0, (feet - height) * 40 // 100)
    post = max(2 * grain, canvas.side // 14)
    for x in (left + width // 5 - post // 2, left + width * 4 // 5 - post // 2):
        _box(canvas, x, top + height - grain, post + 2 * grain, max(0, feet - top - height), POST, light)
    _box(canvas, left, top, width, height, WOOD, light)
    return left, top


def _box(
    canvas: Canvas,
    x: int,
    y: int,
    width: int,
    height: int,
    color: tuple[int, int, int],
    light: tuple[int, int, int],
) -> None:
    """A piece of wood with an outline."""
    rows, columns = slice(max(0, y), max(0, y + height)), slice(max(0, x), max(0, x + width))
    view = canvas.color[rows, columns]
    if not view.size:
        return
    view[:] = lit(np.array(INK, np.uint8), light)
    canvas.subject[rows, columns] = canvas.opaque[rows, columns] = True
    canvas.shining[rows, columns] = False
    grain = canvas.grain
    inner = view[grain:-grain, grain:-grain]
    if inner.size:
        wood = tones(lit(np.array(color, np.uint8), light))
        inner[:] = wood[1]
        inner[:grain], inner[-grain:] = wood[2], wood[0]
