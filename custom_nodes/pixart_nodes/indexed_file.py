"""Indexed pictures as their files have them: Pillow decodes the indices, the colour table is read as it stands."""

from __future__ import annotations

import io
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import color_profile
from .errors import PictureError
from .picture_file import reading, upright
from .pixel.files import color_tables, gif_blocks
from .pixel.files.indexed import Indexed
from .pixel.palette.palette import MAX_COLORS, Palette

BLACK = np.array([[0, 0, 0, 255]], np.uint8)  # what a damaged file's index beyond its table shows


def load(data: bytes, name: str = "image") -> tuple[Indexed, Palette]:
    """Indices of the first frame, turned as EXIF says, and the palette with every entry in its place.

    Raises PictureError where it isn't an indexed picture, PaletteError where nothing in its table can be seen.
    """
    with reading(name):
        parts = color_tables.table_of(data)
        if parts is None:
            raise PictureError(
                f"{name!r} is no indexed picture: only a PNG, GIF or BMP with a palette is one. "
                "Load Image with Alpha reads the others."
            )
        table, readable = parts
        with Image.open(io.BytesIO(readable)) as picture:
            picture.load()
            indices = upright(np.asarray(picture).astype(np.int64), picture)
            table = color_profile.converted(table[None], color_profile.of(picture, data))[0]
        if picture.format == "GIF":
            indices, table = _beside_nothing(indices, table, data)
    missing = max(0, int(indices.max()) + 1 - len(table))
    table = np.concatenate([table, np.repeat(BLACK, missing, axis=0)])
    return Indexed(indices, table), Palette.from_table(table, PurePath(name).stem, PurePath(name).name)


def _beside_nothing(
    indices: NDArray[np.int64], table: NDArray[np.uint8], data: bytes
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Indices and table of a GIF with nothing around a first frame that is smaller than the screen, as browsers do it.

    Where the table is full and has no transparent entry, Pillow's choice stays: the background that the file names.
    """
    frame = gif_blocks.first(data).frames[0]
    beside = np.ones(indices.shape, np.bool_)
    beside[frame.top : frame.top + frame.size[1], frame.left : frame.left + frame.size[0]] = False
    if not beside.any():
        return indices, table
    clear = np.flatnonzero(table[:, 3] == 0)
    if not len(clear):
        if len(table) == MAX_COLORS:
            return indices, table
        table = np.concatenate([table, np.zeros((1, 4), np.uint8)])
    return np.where(beside, clear[0] if len(clear) else len(table) - 1, indices), table
