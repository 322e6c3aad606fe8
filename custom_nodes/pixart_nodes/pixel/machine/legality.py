"""What a picture breaks of a machine's limits, and where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import native
from .legal_picture import LegalPicture, spread
from .machine import Machine

RGBA = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Breach:
    """One limit that is broken: which, in a word for programs; how, in a sentence; and where, bool [H, W]."""

    limit: str
    words: str
    where: Mask


def breaches(rgba: RGBA, machine: Machine) -> list[Breach]:
    """What uint8 [H, W, 4], as an artist has it, breaks; none: it obeys. Tiles are counted once all else is well."""
    wrong = _size(rgba, machine)
    if wrong and wrong[0].limit == "cells":
        return wrong
    place_map = native.places(rgba, machine)
    wrong += _gamut(place_map)
    if wrong and wrong[-1].limit == "gamut":
        return wrong
    wrong += _cells(place_map, machine)
    if any(each.limit in ("colors", "groups") for each in wrong):
        return wrong
    legal = native.native(rgba, machine)
    if legal is None:
        return [*wrong, _palettes(place_map, machine)]
    return wrong + _tiles(legal)


def picture_breaches(legal: LegalPicture, budget: int | None = None) -> list[Breach]:
    """What a converted picture breaks, by its own palettes, cells and tiles."""
    machine, (count, colors) = legal.machine, legal.palettes.shape
    everywhere = np.ones(legal.slots.shape, np.bool_)
    wrong = _size(legal.pixels, machine)
    if machine.palettes and count > machine.palettes:
        wrong.append(Breach("palettes", f"{count} palettes; {machine.title} has {machine.palettes}.", everywhere))
    if colors > machine.colors or legal.slots.max(initial=0) >= colors:
        wrong.append(Breach("colors", f"Palettes of {colors} colours; {machine.colors} are the most.", everywhere))
    if machine.shared and len(np.unique(legal.palettes[:, : machine.shared])) > machine.shared:
        wrong.append(Breach("shared", "The shared colour differs between palettes.", everywhere))
    return wrong + _cells(native.places(legal.pixels, machine), machine) + _tiles(legal, budget)


def says(wrong: list[Breach], machine: Machine) -> str:
    """The breaches in lines of words, or one line that says that the picture obeys the machine."""
    if not wrong:
        return f"{machine.title} can show this picture as it is."
    return "\n".join(each.words for each in wrong)


def mask(wrong: list[Breach], shape: tuple[int, int]) -> Mask:
    """Where any limit is broken: bool [H, W], which is `shape`."""
    whole = np.zeros(shape, np.bool_)
    for each in wrong:
        whole |= each.where
    return whole


def _size(rgba: RGBA, machine: Machine) -> list[Breach]:
    height, width = rgba.shape[:2]
    everywhere = np.ones((height, width), np.bool_)
    across, down = machine.cell
    if width % across or height % down:
        words = f"{width} x {height} pixels are no whole number of blocks of {across} x {down}."
        return [Breach("cells", words, everywhere)]
    most = machine.size[0], max(machine.size[1], machine.tallest)
    if width > most[0] or height > most[1]:
        words = f"{width} x {height} pixels are more than the screen's {most[0]} x {most[1]}."
        outside = everywhere.copy()
        outside[: most[1], : most[0]] = False
        return [Breach("size", words, outside)]
    return []


def _gamut(place_map: NDArray[np.int64]) -> list[Breach]:
    strange = place_map == -2
    if not strange.any():
        return []
    y, x = (int(each[0]) for each in np.nonzero(strange))
    words = f"{_have(strange, 'pixel')} colours that the machine can't show, the first at ({x}, {y})."
    return [Breach("gamut", words, strange)]


def _cells(place_map: NDArray[np.int64], machine: Machine) -> list[Breach]:
    """Cells of too many colours, and of colours that don't go together."""
    sets = native.cell_sets(place_map, machine)
    glass = bool((place_map == native.GLASS).any()) and machine.palettes > 0
    room = machine.colors - (1 if glass else 0)
    many = np.array([len(each) > room for each in sets])
    mixed = np.array([not native.together(each, machine) for each in sets]) & ~many
    across, down = machine.cell
    wrong = []
    if many.any():
        size = f" of {across} x {down} pixels"
        words = f"{_have(many, 'block', size)} more than {room} colours{_first(many, place_map, machine)}."
        wrong.append(Breach("colors", words, _where(many, place_map, machine)))
    if mixed.any():
        words = f"{_have(mixed, 'block')} bright and dark colours{_first(mixed, place_map, machine)}."
        wrong.append(Breach("groups", words, _where(mixed, place_map, machine)))
    return wrong


def _have(marked: Mask, what: str, more: str = "") -> str:
    """How many are marked, as the beginning of a sentence."""
    count = int(marked.sum())
    return f"1 {what}{more} has" if count == 1 else f"{count} {what}s{more} have"


def _where(cells: Mask, place_map: NDArray[np.int64], machine: Machine) -> Mask:
    return spread(cells.reshape(-1, place_map.shape[1] // machine.cell[0]), machine.cell).astype(np.bool_)


def _first(cells: Mask, place_map: NDArray[np.int64], machine: Machine) -> str:
    row, column = divmod(int(cells.argmax()), place_map.shape[1] // machine.cell[0])
    return f", the first at ({column * machine.cell[0]}, {row * machine.cell[1]})"


def _palettes(place_map: NDArray[np.int64], machine: Machine) -> Breach:
    """Blocks that are well each by itself, but need more palettes, or more shared colours, than there are."""
    count, total = max(1, machine.palettes), len(np.unique(place_map[place_map >= 0]))
    room = count * (machine.colors - machine.shared) + machine.shared
    if total > room:
        words = f"{total} colours; {count} palettes of {machine.colors}{_shared(machine)} have room for {room}."
        return Breach("palettes", words, place_map >= 0)
    words = (
        f"No way turned up to colour all blocks with {count} palettes of {machine.colors} colours{_shared(machine)}; "
        "that there is none isn't proven."
    )
    return Breach("palettes", words, place_map >= 0)


def _shared(machine: Machine) -> str:
    return f" that share {machine.shared}" if machine.shared else ""


def _tiles(legal: LegalPicture, budget: int | None = None) -> list[Breach]:
    budget = legal.machine.tiles if budget is None else budget
    if not legal.machine.tiled or not budget:
        return []
    tiles = legal.tile_set
    if len(tiles.tiles) <= budget:
        return []
    late = spread(tiles.index >= budget, (8, 8)).astype(np.bool_)
    words = f"{len(tiles.tiles)} different tiles; {budget} are the most. Marked are those beyond."
    return [Breach("tiles", words, late)]
