"""Whether bytes are a picture that can be worked on. The bridge decodes it once to know, and keeps nothing of it."""

from __future__ import annotations

import io
import struct
import threading
import warnings
import zlib

from PIL import Image

from bridge.core.errors import BadRequest
from bridge.core.job import Upload
from bridge.core.picture.decode_limits import excess

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MOST_PIXELS = 25_000_000  # where nobody says otherwise: a 24 megapixel photograph; decoded as RGBA that is 100 MB
QUICK_PIXELS, QUICK_BYTES = 128 * 128, 16 << 10  # decoded in 0.2 ms, about what the way to a thread and back takes
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
ONE = threading.Lock()  # one picture at a time bounds the memory, and `catch_warnings` is not for several threads
# What Pillow raises for files that are broken in various ways, found by feeding it 400,000 damaged ones.
BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)


def is_quick(upload: Upload) -> bool:
    """Whether it is small enough to be checked at once, by its header and without waiting for another one."""
    head, size = upload.data[:24], len(upload.data)
    if size > QUICK_BYTES or not head.startswith(PNG) or len(head) < 24 or ONE.locked():
        return False
    width, height = struct.unpack(">II", head[16:])
    return width * height <= QUICK_PIXELS


def check(upload: Upload, most: int = MOST_PIXELS) -> None:
    """Decode the first frame and forget it; blocking, so call it in a thread unless it `is_quick`.

    Raises BadRequest with the caller's field when it is no picture, is damaged, or has more pixels than `most`, or
    other things that take long; these are judged by its header and structure, before anything is decoded.
    """
    _refuse_what_takes_long(upload)
    try:
        with ONE, warnings.catch_warnings():
            # Pillow warns of bad EXIF data and the like; the picture is good all the same, or an error follows.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            _decode(upload, most)
    except Image.DecompressionBombError as error:  # Pillow's own limit, of 179 million
        raise _too_large(upload, "far too many", most) from error
    except Image.UnidentifiedImageError as error:
        hint = f"Send {', '.join(FORMATS)}."
        raise BadRequest(f"{upload.field} is not a picture.", field=upload.field, hint=hint) from error
    except BROKEN as error:
        raise BadRequest(f"{upload.field} is a damaged picture: {error}.", field=upload.field) from error


def frame_count(data: bytes) -> int:
    """How many frames a picture has, whose first one was found whole."""
    try:
        with ONE, warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            warnings.filterwarnings("ignore", module=r"PIL\.")
            return int(getattr(picture, "n_frames", 1))
    except BROKEN:  # a later frame is damaged
        return 1


def _decode(upload: Upload, most: int) -> None:
    with Image.open(io.BytesIO(upload.data), formats=FORMATS) as picture:
        if picture.width * picture.height > most:
            raise _too_large(upload, f"{picture.width} x {picture.height}", most)
        picture.load()


def _refuse_what_takes_long(upload: Upload) -> None:
    if trouble := excess(upload.data):
        raise BadRequest(f"{upload.field} has {trouble}.", field=upload.field, hint="Save it anew, as a PNG.")


def _too_large(upload: Upload, pixels: str, most: int) -> BadRequest:
    allowed = f"{most // 10**6} million" if most % 10**6 == 0 else str(most)
    return BadRequest(f"{upload.field} has {pixels} pixels.", field=upload.field, hint=f"At most {allowed}.")
