"""What every tiled machine's picture is written as too: an indexed PNG, and Tiled's map with its tile set."""

from __future__ import annotations

import math
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

import numpy as np

from ...files import png
from ..legal_picture import LegalPicture, joined
from ..machine import TILE

MOST_ENTRIES = 256  # entries of a PNG's palette
COLUMNS = 16  # tiles in a row of a tile set's picture
ACROSS, DOWN = 1 << 31, 1 << 30  # Tiled's flags for mirrored tiles


def indexed_png(legal: LegalPicture, texts: Mapping[str, str] | None = None) -> bytes:
    """Index = palette x colours + slot, all palettes in order; where cells have their own colours, the gamut's."""
    if legal.palettes.size > MOST_ENTRIES:
        table, numbers = legal.machine.gamut.colors, legal.palettes[legal.owners, legal.slots]
    else:
        table, numbers = legal.colors.reshape(-1, 3), legal.numbers
    alpha = np.full((len(table), 1), 255, np.uint8)
    if legal.see_through:
        alpha[:: legal.machine.colors] = 0
    return png.indexed(numbers, np.concatenate([table, alpha], axis=1), texts=texts)


def tile_picture(legal: LegalPicture) -> bytes:
    """The different tiles in rows of sixteen, each in the first palette that it is seen in: a PNG."""
    tiles = legal.tile_set
    _, first = np.unique(tiles.index, return_index=True)
    rows = math.ceil(len(tiles.tiles) / COLUMNS)
    colors = legal.colors[tiles.palette.reshape(-1)[first]]
    shown = np.take_along_axis(colors, tiles.tiles[..., None].astype(np.int64), axis=1)
    sheet = np.zeros((rows * COLUMNS, TILE * TILE, 4), np.uint8)
    sheet[: len(shown)] = np.concatenate([shown, np.full((*shown.shape[:2], 1), 255, np.uint8)], axis=2)
    if legal.see_through:
        sheet[: len(shown)][tiles.tiles == 0] = 0
    planes = [joined(sheet[..., channel], (TILE, TILE), COLUMNS * TILE) for channel in range(4)]
    return png.rgba(np.ascontiguousarray(np.stack(planes, axis=2)))


def tile_set(legal: LegalPicture, picture: str) -> bytes:
    """Tiled's .tsx, which names the file of `tile_picture`."""
    count = len(legal.tile_set.tiles)
    rows = math.ceil(count / COLUMNS)
    sizes = f'tilewidth="{TILE}" tileheight="{TILE}" tilecount="{count}" columns="{COLUMNS}"'
    head = f"name={quoteattr(legal.machine.name)} {sizes}"
    image = f'<image source={quoteattr(picture)} width="{COLUMNS * TILE}" height="{rows * TILE}"/>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<tileset version="1.10" {head}>\n {image}\n</tileset>\n'.encode()


def tile_map(legal: LegalPicture, source: str) -> bytes:
    """Tiled's .tmx, which names the file of `tile_set`; mirrorings are kept, palettes aren't: Tiled knows none.

    Tiled itself needs neither its version nor numbers for the next layer and object, but Arcade's reader does.
    """
    tiles = legal.tile_set
    cells = (tiles.index + 1) | tiles.across * ACROSS | tiles.down * DOWN
    rows = ",\n".join(",".join(str(cell) for cell in row) for row in cells.tolist())
    size = f'width="{cells.shape[1]}" height="{cells.shape[0]}"'
    grid = f'orientation="orthogonal" renderorder="right-down" {size} tilewidth="{TILE}" tileheight="{TILE}"'
    following = 'infinite="0" nextlayerid="2" nextobjectid="1"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<map version="1.10" tiledversion="1.10.2" {grid} {following}>\n'
        f' <tileset firstgid="1" source={quoteattr(source)}/>\n <layer id="1" name="picture" {size}>\n'
        f'  <data encoding="csv">\n{rows}\n</data>\n </layer>\n</map>\n'
    ).encode()
