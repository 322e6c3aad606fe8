"""Art that obeys a machine already, as that machine holds it: nothing is lost, since nothing is chosen anew."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from . import palette_packing
from .legal_picture import LegalPicture, blocks, joined
from .machine import Machine
from .palette_packing import ColorSet
from .slot_order import thrifty

RGBA = NDArray[np.uint8]
Indices = NDArray[np.int64]

PATIENT_SLOTS = 3  # shared colours for which more than a few orders are tried
GLASS = -1  # the place of what is transparent
OPAQUE_FROM = 128  # alpha from which a pixel is opaque


def places(rgba: RGBA, machine: Machine) -> Indices:
    """The gamut's place of each pixel's colour [H, W]; GLASS for transparent ones. -2: the machine can't show it."""
    place_map = machine.gamut.places(rgba[..., :3])
    return np.where(rgba[..., 3] < OPAQUE_FROM, GLASS, np.where(place_map < 0, -2, place_map))


def cell_sets(place_map: Indices, machine: Machine) -> list[ColorSet]:
    """The colours in each cell of `places`' map [H, W], row by row, without glass."""
    return [
        frozenset(np.unique(cell).tolist()) - {GLASS} for cell in blocks(place_map[..., None], machine.cell)[..., 0]
    ]


def native(rgba: RGBA, machine: Machine) -> LegalPicture | None:
    """The picture as the machine holds it, pixel for pixel, or None where it breaks a limit; tiles aren't counted.

    uint8 [H, W, 4], sides whole numbers of cells. None also where no packing of the palettes turned up.
    """
    place_map = places(rgba, machine)
    if (place_map == -2).any():
        return None
    glass = bool((place_map == GLASS).any())
    sets = cell_sets(place_map, machine)
    packed = packing(sets, machine, glass)
    if packed is None or (glass and not machine.palettes):
        return None
    palettes, owners = packed
    return thrifty(_held(place_map, machine, palettes, owners, glass))


def packing(sets: list[ColorSet], machine: Machine, glass: bool) -> tuple[Indices, Indices] | None:
    """Palettes [P, K] of which one holds each set, and which: [cells]. None where none turned up."""
    if not machine.has_choice:
        return np.arange(machine.colors)[None], np.zeros(len(sets), np.int64)
    options = _own(sets, machine) if not machine.palettes else _few(sets, machine, glass)
    return next(options, None)


def _few(sets: list[ColorSet], machine: Machine, glass: bool) -> Iterator[tuple[Indices, Indices]]:
    """Packings into as many palettes as the machine has, for one shared colour after the other, the commonest first."""
    room = machine.colors - (machine.shared or glass)
    counts: dict[int, int] = {}
    for color in (color for each in sets for color in each):
        counts[color] = counts.get(color, 0) + 1
    common = sorted(counts, key=lambda color: (-counts[color], color)) or [0]
    firsts = common if machine.shared and not glass else [None]
    for patient, tried in ((False, firsts), (True, firsts[:PATIENT_SLOTS])):
        for shared in tried:
            needs = [each - {shared} for each in sets]
            bins = palette_packing.packed(needs, machine.palettes, room, patient=patient)
            if bins is not None:
                yield _laid(needs, bins, machine, common[0] if glass else shared)


def _laid(needs: list[ColorSet], bins: list[ColorSet], machine: Machine, first: int | None) -> tuple[Indices, Indices]:
    """Palettes of the bins, each in the gamut's order behind the first colour, the last repeated in unused slots."""
    lead = [] if first is None else [first]
    rows = [[*lead, *sorted(one)] for one in bins or [frozenset()]]
    rows = [row or [0] for row in rows]
    palettes = np.array([row + [row[-1]] * (machine.colors - len(row)) for row in rows])
    owners = [next(at for at, one in enumerate(bins or [frozenset()]) if each <= one) for each in needs]
    return palettes, np.array(owners)


def _own(sets: list[ColorSet], machine: Machine) -> Iterator[tuple[Indices, Indices]]:
    """Each cell's own colours, behind a shared one where there is one."""
    every = range(len(machine.gamut.codes)) if machine.shared else [None]
    for shared in every:
        needs = [each - {shared} for each in sets]
        room = machine.colors - machine.shared
        if all(len(each) <= room and together(each, machine) for each in needs):
            lead = [] if shared is None else [shared]
            rows = [lead + (sorted(each) or lead or [0]) for each in needs]
            filled = [row + [row[-1]] * (machine.colors - len(row)) for row in rows]
            yield np.array(filled), np.arange(len(sets))


def together(colors: ColorSet, machine: Machine) -> bool:
    """Whether one of the machine's groups of colours has all of `colors`."""
    codes = {int(machine.gamut.codes[color]) for color in colors}
    return not machine.groups or any(codes <= set(group) for group in machine.groups)


def _held(place_map: Indices, machine: Machine, palettes: Indices, owners: Indices, glass: bool) -> LegalPicture:
    width = place_map.shape[1]
    parts = blocks(place_map[..., None], machine.cell)[..., 0]
    table = palettes[owners]
    if glass:
        table = table.copy()
        table[:, 0] = GLASS
    slots = (table[:, None, :] == parts[:, :, None]).argmax(axis=2)
    cells = owners.reshape(-1, width // machine.cell[0])
    return LegalPicture(
        machine, palettes, cells, joined(slots, machine.cell, width).astype(np.uint8), see_through=glass
    )
