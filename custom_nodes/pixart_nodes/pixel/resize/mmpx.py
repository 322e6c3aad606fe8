"""MMPX, a magnifier by two: lines, tips and slopes by rules, each a row of a table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .neighbors import Around, Colors, woven

Mask = NDArray[np.bool_]

# The neighbourhood of McGuire and Gagiu, "MMPX Style-Preserving Pixel Art Magnification" (JCGT 2021), and four rules:
# each names the quarters J K (above) L M (below) of pixel E that it may change.
_GRID = ["  P  ", " ABC ", "QDEFR", " GHI ", "  S  "]
_LETTERS = {letter: (x - 2, y - 2) for y, row in enumerate(_GRID) for x, letter in enumerate(row) if letter != " "}
_CORNERS = [  # quarter, its two sides, the two sides opposite, its corner, the corners beside that, what lies beyond
    ("J", "DB", "HF", "A", "CG", "PQ"),
    ("K", "BF", "DH", "C", "AI", "PR"),
    ("L", "HD", "FB", "G", "AI", "SQ"),
    ("M", "FH", "BD", "I", "CG", "RS"),
]
_CROSSINGS = [  # quarters, the side that crosses, what equals E, what equals that side, what must not
    ("KM", "F", "CIDQ", "BH", (3, 0)),
    ("JL", "D", "AGFR", "BH", (-3, 0)),
    ("LM", "H", "GIBP", "DF", (0, 3)),
    ("JK", "B", "ACHS", "DF", (0, -3)),
]
_TIPS = [  # quarters, the darker side, what equals E, what doesn't
    ("JK", "B", "GHIS", "ADCF"),
    ("LM", "H", "ABCP", "DGIF"),
    ("KM", "F", "ADGQ", "BCIH"),
    ("JL", "D", "CFIR", "BAGH"),
]
_SLOPES = [  # quarter to change, quarter it takes, side, the side opposite, what differs, what equals, what differs too
    ("L", "M", "H", "B", "AEC", "GFR", "D", (2, -1)),
    ("M", "L", "H", "B", "AEC", "IDQ", "F", (-2, -1)),
    ("J", "K", "B", "H", "IGE", "AFR", "D", (2, 1)),
    ("K", "J", "B", "H", "IGE", "CDQ", "F", (-2, 1)),
    ("J", "L", "D", "F", "IEC", "AHS", "B", (1, 2)),
    ("L", "J", "D", "F", "IEC", "GBP", "H", (1, -2)),
    ("K", "M", "F", "D", "EAG", "CHS", "B", (-1, 2)),
    ("M", "K", "F", "D", "EAG", "IBP", "H", (-1, -2)),
]


class _Mmpx:
    """One pass of MMPX: the four quarters of every pixel, changed by one rule after the other."""

    def __init__(self, colors: Colors) -> None:
        self.around = Around(colors, 3)
        self.center = colors
        bright = Around(_brightness(colors), 3)
        self.lightness = {letter: bright[_LETTERS[letter]] for letter in "BDEFH"}
        self.quarters = {quarter: colors.copy() for quarter in "JKLM"}

    def at(self, letter: str) -> Colors:
        return self.around[_LETTERS[letter]]

    def equal(self, color: Colors, letters: str) -> Mask:
        """Where all of these neighbours have the colour."""
        return np.logical_and.reduce([color == self.at(letter) for letter in letters])

    def differ(self, color: Colors, letters: str) -> Mask:
        """Where none of these neighbours has the colour."""
        return np.logical_and.reduce([color != self.at(letter) for letter in letters])

    def change(self, quarters: str, where: Mask, colors: Colors) -> None:
        for quarter in quarters:
            np.copyto(self.quarters[quarter], colors, where=where)

    def corner(self, quarter: str, sides: str, opposite: str, corner: str, adjacent: str, beyond: str) -> None:
        """A 1:1 slope, unless it is the round end of a single pixel."""
        e, side, light = self.center, self.at(sides[0]), self.lightness
        joined = (side == self.at(sides[1])) & self.differ(side, opposite)
        level = (light["E"] >= light[sides[0]]) | (e == self.at(corner))
        goes_on = ~self.differ(e, corner + adjacent)
        brighter = (light["E"] < light[sides[0]]) | (self.at(corner) != side) | ~self.equal(e, beyond)
        self.change(quarter, joined & level & goes_on & brighter, side)

    def crossing(self, quarters: str, side: str, own: str, its: str, other: tuple[int, int]) -> None:
        """Two lines that cross beside the pixel."""
        color = self.at(side)
        meets = (self.center != color) & self.equal(self.center, own) & self.equal(color, its)
        self.change(quarters, meets & (color != self.around[other]), color)

    def tip(self, quarters: str, side: str, own: str, other: str) -> None:
        """The end of a darker line that touches a flat area."""
        darker = self.lightness[side] < self.lightness["E"]
        where = darker & self.equal(self.center, own) & self.differ(self.center, other)
        self.change(quarters, where, self.at(side))

    def slope(self, *rule: str | tuple[int, int]) -> None:
        """A 2:1 slope: the quarter next to one that changed takes its colour."""
        quarter, source, side, opposite, differs, equals, adjacent, beyond = rule
        color = self.at(str(side))
        free = (color != self.at(str(opposite))) & self.differ(color, str(differs)) & self.equal(color, str(equals))
        free &= self.differ(color, str(adjacent)) & (color != self.around[beyond])  # pyright: ignore[reportArgumentType]
        self.change(str(quarter), free, self.quarters[str(source)])


def _brightness(colors: Colors) -> Colors:
    """As in the paper: the channels' sum; the more transparent, the brighter."""
    r, g, b, a = (colors >> np.uint32(shift) & np.uint32(255) for shift in (0, 8, 16, 24))
    return (r + g + b + np.uint32(1)) * (np.uint32(256) - a)


def mmpx(colors: Colors) -> Colors:
    """MMPX (Morgan McGuire and Mara Gagiu 2021): keeps the style; lines, ends and slopes of 1:1 and 2:1 by rules."""
    work = _Mmpx(colors)
    for corner in _CORNERS:
        work.corner(*corner)
    for crossing in _CROSSINGS:
        work.crossing(*crossing)
    for tip in _TIPS:
        work.tip(*tip)
    for slope in _SLOPES:
        work.slope(*slope)
    j, k, low_left, low_right = (work.quarters[quarter] for quarter in "JKLM")
    return woven([[j, k], [low_left, low_right]])
