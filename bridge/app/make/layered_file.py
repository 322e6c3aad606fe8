"""The picture that a drawing program's own file shows: Krita's and OpenRaster's have it ready beside their layers.

Aseprite's sprites go on as they are: the nodes that load pictures and animations read them.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from bridge.core.errors import BadRequest

ARCHIVE_ENDINGS = (".kra", ".ora")
ENDINGS = (*ARCHIVE_ENDINGS, ".aseprite", ".ase")
MERGED_PICTURE = "mergedimage.png"  # in both, by Krita's manual and the OpenRaster specification
MOST_BYTES = 256 << 20  # of that picture: more than 25 million pixels need
ARCHIVE_ERRORS = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)


def require_whole(sprite: bytes, label: str) -> None:
    """Raise BadRequest for a sprite that was cut off: it begins with its own length."""
    (length,) = struct.unpack_from("<I", sprite)
    if length != len(sprite):
        raise BadRequest(f"{label} is a damaged sprite: {len(sprite)} bytes of {length}.", field=label)


def merged(data: bytes, label: str) -> bytes:
    """The bytes of a picture file: those of an archive's merged picture, any others as they are.

    Raises BadRequest for an archive that has none, or can't be read.
    """
    if not data.startswith(b"PK\3\4"):
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entry = archive.getinfo(MERGED_PICTURE)
            if entry.file_size > MOST_BYTES:
                raise BadRequest(f"{label} has a picture of {entry.file_size >> 20} MB.", field=label)
            return archive.read(entry)
    except KeyError as error:
        hint = "Save it anew in Krita, or export a PNG."
        raise BadRequest(f"{label} has no merged picture.", field=label, hint=hint) from error
    except ARCHIVE_ERRORS as error:
        raise BadRequest(f"{label} is a damaged file: {error}.", field=label) from error
