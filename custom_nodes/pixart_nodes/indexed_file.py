"""Indexed pictures as their files have them: Pillow decodes the indices, the colour table is read as it stands."""

from __future__ import annotations

import io
from pathlib import PurePath

import numpy as np
from PIL import Image

from . import color_profile
from .errors import PictureError
from .picture_file import reading, upright
from .pixel.files import color_tables
from .pixel.files.indexed import Indexed
from .pixel.palette.palette import Palette

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
    missing = max(0, int(indices.max()) + 1 - len(table))
    table = np.concatenate([table, np.repeat(BLACK, missing, axis=0)])
    return Indexed(indices, table), Palette.from_table(table, PurePath(name).stem, PurePath(name).name)
