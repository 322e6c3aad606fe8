"""Words in pixels: two fonts of our own, with accents, for ASCII and Latin-1; other letters are spelled or boxes."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from ..rasterization import Mask

FOLDER = Path(__file__).with_name("fonts")
REMARK = "%"
ABOVE, BELOW = 2, 1  # rows for accents and cedillas about a glyph
ACCENTS = {  # by combining character: the two rows above a letter of five columns
    "\u0300": (".#...", "..#.."),
    "\u0301": ("...#.", "..#.."),
    "\u0302": ("..#..", ".#.#."),
    "\u0303": (".#.#.", "#.#.."),
    "\u0304": (".....", ".###."),
    "\u0306": (".#.#.", "..#.."),
    "\u0307": (".....", "..#.."),
    "\u0308": (".....", ".#.#."),
    "\u030a": ("..#..", ".#.#."),
    "\u030b": ("..#.#", ".#.#."),
    "\u030c": (".#.#.", "..#.."),
}
LATIN_1 = 256  # characters that the larger font has, or their parts
CEDILLAS = ("\u0327", "\u0328")
SPELLINGS = (
    "а=a б=b в=v г=g д=d е=e ё=yo ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh "
    "ц=ts ч=ch ш=sh щ=shch ъ=' ы=y ь=' э=e ю=yu я=ya "
    "α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch "
    "ψ=ps ω=o "
    "ł=l đ=d œ=oe ħ=h …=... —=- –=- ’=' ‘=' “=\" ”=\" €=EUR ⁄=/ ¼=1/4 ½=1/2 ¾=3/4"
)  # of letters that neither font has
SPELLED = {pair[0]: pair[2:] for pair in SPELLINGS.split()}


@dataclass(frozen=True)
class Font:
    """Glyphs of one size by character."""

    width: int
    height: int
    glyphs: dict[str, Mask]

    @property
    def has_small(self) -> bool:
        """Whether it has small letters, and accents."""
        return "a" in self.glyphs

    @property
    def pitch(self) -> int:
        """Rows from one line to the next."""
        return self.height + (2 if self.has_small else 1)

    def line(self, text: str) -> Mask:
        """A line of text, bool [above + height + below, columns]."""
        rows = ABOVE + self.height + BELOW
        parts = [np.pad(self._glyph(each), ((0, 0), (0, 1))) for each in _letters(text)]
        return np.concatenate(parts, axis=1)[:, :-1] if parts else np.zeros((rows, 0), bool)

    def columns(self, text: str) -> int:
        """Pixels that a line of text is wide."""
        return max(0, len(_letters(text)) * (self.width + 1) - 1)

    def rises(self, text: str) -> bool:
        """Whether a capital has an accent, which is above the line."""
        return self.has_small and any(each[0].isupper() and each[1:] for each in _letters(text))

    def lacks(self, text: str) -> list[str]:
        """Characters that are shown as boxes."""
        return [each for each in _letters(text) if self._base(each) not in {*self.glyphs, " "}]

    def _base(self, letter: str) -> str:
        return letter[0] if self.has_small or letter[0] in self.glyphs else letter[0].upper()

    def _glyph(self, letter: str) -> Mask:
        """A letter with what is above and below it."""
        base = self._base(letter)
        if base == " ":
            return np.zeros((ABOVE + self.height + BELOW, self.width), bool)
        accented = self.has_small and any(mark in ACCENTS for mark in letter[1:])
        shape = self.glyphs.get("ı" if accented and base == "i" else base)
        if shape is None:
            shape = np.ones((self.height, self.width), bool)
            shape[1:-1, 1:-1] = False
        glyph = np.pad(shape, ((ABOVE, BELOW), (0, 0)))
        for mark in letter[1:] if self.has_small else "":
            if mark in ACCENTS:
                top = 0 if shape[:2].any() else ABOVE
                glyph[top : top + 2] |= np.array([[cell == "#" for cell in row] for row in ACCENTS[mark]])
            elif mark in CEDILLAS:
                glyph[-1, self.width // 2] = True
        return glyph


@lru_cache(maxsize=1024)
def _letters(text: str) -> tuple[str, ...]:
    """Characters with their accents behind them, those of other scripts spelled in Latin ones."""
    letters: list[str] = []
    spelled = "".join(_spelled(each) for each in unicodedata.normalize("NFC", text))
    for each in "".join(unicodedata.normalize("NFD" if ord(each) < LATIN_1 else "NFKD", each) for each in spelled):
        if unicodedata.combining(each):
            if letters:
                letters[-1] += each
        else:
            letters.append(each)
    return tuple(letters)


def _spelled(character: str) -> str:
    small = SPELLED.get(character.lower(), character)
    return small.capitalize() if character != character.lower() and character.lower() in SPELLED else small


@cache
def font(name: str) -> Font:
    """The font of a file: "5x7" or "3x5"."""
    width, height = (int(side) for side in name.split("x"))
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line and not (line.startswith(REMARK + " ") and line.endswith("."))]
    glyphs: dict[str, Mask] = {}
    for at in range(0, len(lines), height + 1):
        head, rows = lines[at], lines[at + 1 : at + 1 + height]
        for place in range(0, len(head), width + 1):
            cells = [[cell == "#" for cell in row[place : place + width]] for row in rows]
            glyphs[head[place]] = np.array(cells, bool)
    return Font(width, height, glyphs)
