"""All files of one picture by their names: the machine's own, an indexed PNG, and Tiled's where there are tiles."""

from __future__ import annotations

import io
import zipfile

from ..legal_picture import LegalPicture
from . import picture

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day that a zip knows: the same picture gives the same bytes


def files(legal: LegalPicture, stem: str) -> dict[str, bytes]:
    """Name to bytes; names begin with the stem. A bitmap's own files are of a whole screen only."""
    result = {f"{stem}.png": picture.indexed_png(legal)}
    if legal.machine.tiled:
        result[f"{stem}-tiles.png"] = picture.tile_picture(legal)
        result[f"{stem}.tsx"] = picture.tile_set(legal, f"{stem}-tiles.png")
        result[f"{stem}.tmx"] = picture.tile_map(legal, f"{stem}.tsx")
    whole = legal.slots.shape[::-1] == legal.machine.size
    for file in legal.machine.files if legal.machine.tiled or whole else ():
        result[f"{stem}{file.ending}"] = file.write(legal)
    return result


def zipped(named: dict[str, bytes]) -> bytes:
    """The files in one zip, always the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in named.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
