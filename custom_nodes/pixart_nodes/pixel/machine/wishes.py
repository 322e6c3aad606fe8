"""What a person may ask of a conversion beside the machine, and what of that a machine can't do."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..color import spaces
from ..errors import PaletteError, PictureError
from ..kind import kind
from .gamut import Gamut
from .machine import Machine
from .palette_search import FREE_SLOT

Colors = NDArray[np.uint8]
Indices = NDArray[np.int64]

DITHERS = ("auto", "diffusion", "pattern", "none")
AUTO, DIFFUSION, PATTERN, NONE = DITHERS
QUALITIES = ("fast", "best")
MACHINES_OWN = -1  # the tile budget that says: as many as the machine has


@dataclass(frozen=True, eq=False)
class Wishes:
    """How to convert; `tiles` is the most different ones, `shared` the first colour of every palette, [3].

    `locked` [N, 3] fills palettes slot by slot, the first palette first. `strength` is of the dither, 0 to 1. The
    quality best tries more palettes; with diffusion at full strength it then changes single pixels, cells and tiles
    as long as that brings the picture nearer to its original, and it is never farther than fast.
    """

    dither: str = "diffusion"
    strength: float = 1.0
    quality: str = "fast"
    seed: int = 0
    tiles: int = MACHINES_OWN
    shared: Colors | None = None
    locked: Colors | None = None

    @property
    def plain(self) -> bool:
        """Whether each pixel takes the colour nearest to it, and nothing is mixed."""
        return self.dither == "none" or (self.dither == "diffusion" and self.strength == 0)

    def for_pictures(self, pictures: Colors) -> Wishes:
        """The same with a dither that suits pictures uint8 [N, H, W, 4] instead of auto: diffusion where one is a
        photograph; a pattern where all are drawings, whose flat areas diffusion would speckle."""
        if self.dither != AUTO:
            return self
        photograph = any(kind.look(each).kind == kind.PHOTOGRAPH for each in pictures)
        return replace(self, dither=DIFFUSION if photograph else PATTERN)


def require(dither: str, quality: str) -> None:
    """Raise UnknownName unless there are such a dither and such a quality."""
    errors.require(dither, DITHERS, what="Dither of machines")
    errors.require(quality, QUALITIES, what="Quality")


def budget(wishes: Wishes, machine: Machine) -> int:
    """How many different tiles there may be; 0 is any number.

    Raises PictureError for a budget below 1, for one of a machine that counts no tiles, and for more tiles than the
    machine has room for.
    """
    if wishes.tiles == MACHINES_OWN:
        return machine.tiles
    if wishes.tiles < 1:
        raise PictureError(
            f"A tile budget of {wishes.tiles} leaves no tile: give 1 or more, or -1 for the machine's own."
        )
    if not machine.tiled:
        raise PictureError(f"{machine.title} counts no tiles: leave the tile budget at -1.")
    if machine.tiles and wishes.tiles > machine.tiles:
        raise PictureError(f"{machine.title} has room for {machine.tiles} tiles, not for {wishes.tiles}.")
    return wishes.tiles


def locked_places(wishes: Wishes, machine: Machine) -> Indices:
    """The gamut's place of what each slot is held to, else FREE: [palettes, colours]. Raises PaletteError."""
    rows = max(1, machine.palettes)
    table = np.full(rows * machine.colors, FREE_SLOT)
    if wishes.locked is not None and len(wishes.locked):
        _require_room(len(wishes.locked), machine, table.size)
        table[: len(wishes.locked)] = _places(wishes.locked, machine.gamut, machine.title)
    table = table.reshape(rows, machine.colors)
    if wishes.shared is not None:
        if not machine.shared:
            raise PaletteError(f"The palettes of {machine.title} share no colour: leave the shared colour empty.")
        table[:, 0] = _places(wishes.shared.reshape(1, 3), machine.gamut, machine.title)
    _require_different(table, machine)
    for slot in range(machine.shared):
        table[:, slot] = table[0, slot]
    return table


def _require_room(count: int, machine: Machine, room: int) -> None:
    most = room if machine.palettes else machine.shared
    if count > most:
        own = "" if machine.palettes else ": each block chooses its own"
        raise PaletteError(f"{count} locked colours; {machine.title} has room for {most}{own}.")


def _places(colors: Colors, gamut: Gamut, title: str) -> Indices:
    places = gamut.places(colors)
    if (places < 0).any():
        strange = colors[int(np.argmax(places < 0))]
        near = bytes(gamut.colors[gamut.nearest(spaces.oklab(strange[None]))[0]]).hex()
        raise PaletteError(f"{title} can't show #{bytes(strange).hex()}; the nearest that it can is #{near}.")
    return places


def _require_different(table: Indices, machine: Machine) -> None:
    for number, row in enumerate(table):
        colors = row[row != FREE_SLOT]
        if len(np.unique(colors)) < len(colors):
            raise PaletteError(f"The locked palette {number} has a colour twice: each slot takes another colour.")
        if machine.shared and row[0] != FREE_SLOT and table[0, 0] != row[0]:
            raise PaletteError(f"Slot 0 of the locked palette {number} isn't that of palette 0, which all share.")
