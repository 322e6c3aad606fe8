"""Fewer different tiles: what is seen least of all goes first, under any mirroring and in any cell's palette."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..color import spaces
from . import likeness
from .cell_cost import pattern_choice
from .legal_picture import LegalPicture, blocks, different, joined, mirrored
from .machine import TILE

Floats = NDArray[np.float64]

STEP = 1 << 10  # OKLab is counted in steps of so many to 1: products of whole numbers add up exactly in any order
REDUCTION_TURNS = 3  # times that tiles are drawn anew for their places, and places choose anew among them
FORBIDDING_COST = 16 * STEP  # of a pixel: sixteen times from black to white


def reduced(legal: LegalPicture, light: Floats, budget: int) -> LegalPicture:
    """The picture with at most `budget` different tiles, judged softly by its original in light [H, W, 3]."""
    slots = blocks(legal.slots[..., None], (TILE, TILE))[..., 0]
    patterns, _, _ = different(slots, legal.machine.flips)
    return legal if len(patterns) <= budget else _placed(legal, slots, patterns, light, budget)


def placed(legal: LegalPicture, light: Floats) -> LegalPicture:
    """The picture with that one of its tiles in each place that suits it best."""
    slots = blocks(legal.slots[..., None], (TILE, TILE))[..., 0]
    patterns, _, _ = different(slots, legal.machine.flips)
    return _placed(legal, slots, patterns, light, len(patterns))


def redrawn(legal: LegalPicture, colors: NDArray[np.uint8]) -> LegalPicture:
    """The picture with tiles whose pixels are nearest to what all of their places are in sRGB `colors` [H, W, 3].

    Places then take the tile that suits them best, and so on by turns; that with the nearest pixels is taken.
    """
    lab, light = spaces.oklab(colors), spaces.linear(colors)
    turns = [legal]
    for _ in range(REDUCTION_TURNS):
        turns.append(_redrawn(placed(turns[-1], light), lab))
    return min(turns, key=lambda turn: likeness.pixels_apart(lab, turn.pixels[..., :3]))


def _redrawn(legal: LegalPicture, lab: Floats) -> LegalPicture:
    slots = blocks(legal.slots[..., None], (TILE, TILE))[..., 0]
    patterns, index, ways = different(slots, legal.machine.flips)
    owners = legal.owners[::TILE, ::TILE].reshape(-1)
    turned = np.stack([mirrored(way) for way in range(4)])[ways]
    originals = np.take_along_axis(blocks(lab, (TILE, TILE)), turned[..., None], axis=1)
    costs = np.full((*patterns.shape, legal.palettes.shape[1]), np.inf)
    paints = np.rint(spaces.oklab(legal.colors) * STEP)
    for slot in range(int(legal.see_through), legal.palettes.shape[1]):
        costs[..., slot] = 0.0
        off = ((np.rint(originals * STEP) - paints[owners, slot][:, None]) ** 2).sum(axis=2)
        np.add.at(costs[..., slot], index, off)
    drawn = np.where((patterns == 0) & legal.see_through, 0, costs.argmin(axis=2)).astype(np.uint8)
    tiles = np.take_along_axis(drawn[index], turned, axis=1)
    return replace(legal, slots=joined(tiles, (TILE, TILE), legal.slots.shape[1]))


def _placed(
    legal: LegalPicture, slots: NDArray[np.uint8], patterns: NDArray[np.uint8], light: Floats, budget: int
) -> LegalPicture:
    costs, ways = _costs(legal, slots, patterns, blocks(light, (TILE, TILE)))
    chosen = pattern_choice(costs, budget)
    turned = np.stack([mirrored(way) for way in range(4)])
    picks = ways[np.arange(len(slots)), chosen]
    tiles = np.take_along_axis(patterns[chosen], turned[picks], axis=1)
    return replace(legal, slots=joined(tiles, (TILE, TILE), legal.slots.shape[1]).astype(np.uint8))


def _costs(
    legal: LegalPicture, slots: NDArray[np.uint8], patterns: NDArray[np.uint8], target: Floats
) -> tuple[Floats, NDArray[np.int64]]:
    """What each pattern costs in each place, at its best mirroring, and which that is: [places, patterns] both."""
    light = spaces.linear(legal.colors)
    owners = legal.owners[::TILE, ::TILE].reshape(-1)
    costs = np.full((len(slots), len(patterns)), np.inf)
    ways = np.zeros(costs.shape, np.int64)
    target = _views(target, _glass(legal, slots))
    for palette in np.unique(owners):
        places = np.flatnonzero(owners == palette)
        for way in range(4 if legal.machine.flips else 1):
            tiles = patterns[:, mirrored(way)]
            shown = _views(light[palette][tiles], _glass(legal, tiles))
            apart = (target[places] ** 2).sum(axis=1)[:, None] + (shown**2).sum(axis=1) - 2 * target[places] @ shown.T
            better = apart < costs[places]
            costs[places] = np.where(better, apart, costs[places])
            ways[places] = np.where(better, way, ways[places])
    return costs, ways


def _glass(legal: LegalPicture, tiles: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (tiles == 0) & legal.see_through


def _views(tiles: Floats, glass: NDArray[np.bool_]) -> Floats:
    """Tiles [N, 64, 3] in light after a 3 x 3 binomial, as whole steps of OKLab, and where they are glass: [N, 256].

    A pixel that is glass in one of two tiles only counts more than any colour.
    """
    soft = np.where(glass[..., None], 0.0, tiles).reshape(-1, TILE, TILE, 3)
    for axis in (1, 2):
        margin = [(1, 1) if each == axis else (0, 0) for each in range(4)]
        wide = np.pad(soft, margin, mode="edge")
        before, here, after = (np.take(wide, np.arange(TILE) + shift, axis=axis) for shift in range(3))
        soft = (before + 2 * here + after) / 4
    colors = np.rint(spaces.rooted(soft, "oklab") * STEP).reshape(len(tiles), -1)
    return np.concatenate([colors, glass * float(FORBIDDING_COST)], axis=1)
