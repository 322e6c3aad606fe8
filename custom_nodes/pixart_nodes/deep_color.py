"""Pictures with 16 bits a sample or more, whole: of colour Pillow keeps the high byte alone, so that 0x00ff would be 0.

White is the largest number that the bits of a sample make (TIFF 6.0, PhotometricInterpretation). Samples with a sign
fix none and are refused, but for those of 32 bits that would fit into 16: so Pillow writes what it read of a PNG.
"""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import orientation

Samples = NDArray[np.uint16]

GREY_ALPHA = "LA;16B"  # how a PNG's grey and alpha lie, in Pillow's words
ORDERS = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}  # a byte order, and the other one
COLOR = {f"{mode};16{order}": f"{mode};16{other}" for mode in ("RGB", "RGBA") for order, other in ORDERS.items()}
CHANNELS = ("R", "G", "B", "A")  # what Pillow calls a plane of each
WHITE = np.uint16(0xFFFF)
# Tags of TIFF, and values of theirs.
DEPTH, MEANING, ORIENTATION, LAYOUT, KIND = 258, 262, 274, 284, 339
WHITE_IS_ZERO, IN_PLANES, SIGNED = 0, 2, 2
TIFF_ORDERS = {b"II": "<", b"MM": ">"}


class WhiteError(ValueError):
    """A picture of which nobody knows what is white."""


def samples(picture: Image.Image, data: bytes) -> Samples | None:
    """The samples of a file of 16 bits, uint16 [H, W, 1 to 4]; None where there are fewer bits.

    `picture` is what Pillow opened of `data`, and is loaded here. In the other byte order it keeps the low bytes.
    Raises WhiteError for floating point and for samples with a sign.
    """
    raw = _raw_mode(picture)
    _require_white(picture)
    planes = _planes(picture, data)
    picture.load()
    if planes is not None:
        return planes
    if raw == GREY_ALPHA:
        return _again(data, "RGBA").view(">u2").astype(np.uint16)
    if raw in COLOR:
        high = np.asarray(picture).astype(np.uint16)
        return (high << 8 | _again(data, COLOR[raw])).astype(np.uint16)
    if picture.mode.startswith("I"):
        grey = _grey(picture)[..., None]
        return WHITE - grey if _tag(picture, MEANING) == WHITE_IS_ZERO else grey
    return None


def _require_white(picture: Image.Image) -> None:
    if picture.mode == "F" or (_tag(picture, KIND) == SIGNED and _tag(picture, DEPTH) != 32):
        raise WhiteError


def _grey(picture: Image.Image) -> Samples:
    """The whole numbers of a picture that Pillow keeps as such, uint16 [H, W]; it takes 32 bits for a sign's."""
    values = np.asarray(picture).astype(np.int64)
    if _tag(picture, DEPTH) == 32:
        if _tag(picture, KIND) != SIGNED:
            return (((values & 0xFFFFFFFF) + 0x8000) // 0x10001).astype(np.uint16)
        if values.min() < 0 or values.max() > 0xFFFF:
            raise WhiteError
    return np.clip(values, 0, 0xFFFF).astype(np.uint16)


def _planes(picture: Image.Image, data: bytes) -> Samples | None:
    """The colours of a TIFF that has a plane of 16 bits for each, which Pillow takes for bytes; None for others."""
    places = [
        place for place in getattr(picture, "tile", ()) if place.codec_name == "raw" and place.args[0] in CHANNELS
    ]
    if _tag(picture, LAYOUT) != IN_PLANES or _tag(picture, DEPTH) != 16 or not places:
        return None
    height, width = (max(place.extents[side] for place in places) for side in (3, 2))  # as it lies in the file
    samples = np.empty((height, width, len({place.args[0] for place in places})), np.uint16)
    for place in places:
        left, top, right, bottom = place.extents
        tall, wide = bottom - top, right - left
        row = place.args[1] // 2 or wide  # a tile that the picture's edge cuts is whole in the file
        plane = np.frombuffer(data, f"{TIFF_ORDERS[data[:2]]}u2", tall * row, place.offset).reshape(tall, row)
        samples[top:bottom, left:right, CHANNELS.index(place.args[0])] = plane[:, :wide]
    return orientation.turned(samples, _tag(picture, ORIENTATION))


def _tag(picture: Image.Image, number: int) -> int | None:
    """The first value of a tag of a TIFF; None where there is none."""
    value = getattr(picture, "tag_v2", {}).get(number)
    return value[0] if isinstance(value, tuple) else value


def rounded(deep: Samples) -> NDArray[np.uint8]:
    """0..65535 to the nearest of 0..255."""
    return ((deep.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _raw_mode(picture: Image.Image) -> str:
    tiles = getattr(picture, "tile", ())
    args: Any = tiles[0][3] if tiles else ""
    return str(args[0] if isinstance(args, tuple) and args else args)


def _again(data: bytes, raw: str) -> NDArray[np.uint8]:
    """The file decoded as if its samples lay in another way."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.tile = [  # type: ignore[attr-defined]  # every format's own class has it
            tile._replace(args=(raw, *tile.args[1:]) if isinstance(tile.args, tuple) else raw)
            for tile in picture.tile  # type: ignore[attr-defined]
        ]
        picture.load()
        return np.array(picture)
