"""What a machine asks of a picture: one frozen value, of which every machine is an entry of `table.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from .gamut import Gamut

TILE = 8  # pixels of a tile's side, on every machine here


class MachineFile(NamedTuple):
    """A file that a machine's tools take: what its name ends with, what it is, and what writes it of a LegalPicture."""

    ending: str
    what: str
    write: Callable[[Any], bytes]


@dataclass(frozen=True)
class Machine:
    """The limits of one machine's screen.

    size: width and height in pixels; `tallest` more rows where a picture may be higher. cell: width and height of the
    block that one palette colours. palettes: how many there are, 0 where each cell has one of its own. colors: of one
    palette, the `shared` first ones of all palettes counted. groups: codes that a cell's colours must come from
    together. tiles: different ones in a picture, 0 where nobody counts. flips: whether a tile may be mirrored.
    bitmap: it has palettes, but is no map of tiles. aspect: a pixel's width by its height. backdrop: slot 0 shows what
    lies behind, so that sprites use it as glass. files: what is written, the program that shows the picture last.
    next_step: what somebody does with the files.
    """

    name: str
    title: str
    size: tuple[int, int]
    cell: tuple[int, int]
    palettes: int
    colors: int
    gamut: Gamut
    shared: int = 0
    groups: tuple[tuple[int, ...], ...] = ()
    tiles: int = 0
    flips: bool = False
    bitmap: bool = False
    aspect: float = 1.0
    tallest: int = 0
    backdrop: bool = False
    files: tuple[MachineFile, ...] = ()
    next_step: str = ""

    @property
    def tiled(self) -> bool:
        """Whether the screen is a map of tiles."""
        return self.palettes > 0 and not self.bitmap

    @property
    def has_choice(self) -> bool:
        """Whether colours are chosen at all: not where the palette is the whole gamut."""
        return len(self.gamut.codes) > self.colors or self.palettes != 1

    @property
    def limits(self) -> str:
        """The limits in one line of words."""
        width, height = self.size
        tall = f" to {self.tallest}" if self.tallest else ""
        if self.palettes:
            sharing = f", {self.shared} of them shared" if self.shared else ""
            many = "one palette" if self.palettes == 1 else f"{self.palettes} palettes"
            colors = f"{many} of {self.colors} colours{sharing}"
            colors += f", one a block of {self.cell[0]} x {self.cell[1]}" if self.palettes > 1 else ""
        else:
            sharing = f", {self.shared} of them shared" if self.shared else ""
            colors = f"{self.colors} colours in each block of {self.cell[0]} x {self.cell[1]}{sharing}"
        flipped = ", which may be mirrored" if self.flips else ""
        tiles = f"; {self.tiles} different tiles{flipped}" if self.tiles else ""
        return f"{width} x {height}{tall}; {colors}, of {len(self.gamut.codes)} colours{tiles}"
