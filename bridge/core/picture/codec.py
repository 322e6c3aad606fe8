"""Pictures decoded, to see whether they are some that can be worked on, and written as JPEG or WebP.

That is the one place where the bridge touches pixels. What a decoder would work on for long is told from a file's
structure first. Released workflows write PNG and are never edited, and one file is kept and cached for all who ask: so
another form is made with the answer, in a thread.
"""

from __future__ import annotations

import io
import re
import struct
import threading
import warnings
import zlib
from dataclasses import replace

from PIL import Image

from bridge.core.errors import BadRequest
from bridge.core.job import Artifact, Rendition, Upload
from bridge.core.picture import photoshop, tiff
from bridge.core.picture.exif import with_graph
from bridge.core.picture.png_text import GRAPH, texts, without_graph

MOST_SCANS = 64  # of a JPEG; encoders make a dozen, and each is a pass over all pixels, for as few as 42 bytes of file
MOST_PARTS = 20_000  # chunks of a PNG, segments of a JPEG and bytes between them: Pillow takes microseconds for each
MOST_IN_RUNS = 1_000_000  # pixels, and bytes, of a BMP with run lengths: Pillow unpacks these in Python

MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # of a segment; in a scan, others stand for a byte or for order
ALONE = {0x01, 0xD8}  # markers without a length
END, SCAN = 0xD9, 0xDA

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PSD")
STILL = ("TIFF", "PSD")  # what Pillow calls their frames are pages and layers
MOST_PIXELS = 25_000_000  # where nobody says otherwise: a 24 megapixel photograph; decoded as RGBA that is 100 MB
QUICK_PIXELS, QUICK_BYTES = 128 * 128, 16 << 10  # decoded in 0.2 ms, about what the way to a thread and back takes
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
ONE = threading.Lock()  # one picture at a time bounds the memory, and `catch_warnings` is not for several threads
# What Pillow raises for files that are broken in various ways, found by feeding it 400,000 damaged ones.
BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)

MIME = {"jpeg": "image/jpeg", "webp": "image/webp"}
WHITE = (255, 255, 255, 255)
LOSSY = "format: pixel art loses its palette and its sharp edges so; PNG and lossless WebP keep them."


def excess(data: bytes) -> str | None:
    """What the file has too much of; None where it has not."""
    if data.startswith(b"\x89PNG"):
        return _png(data)
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(tiff.SIGNATURES):
        return tiff.excess(data)
    if data.startswith(photoshop.SIGNATURE):
        return photoshop.excess(data)
    return _bmp(data) if data.startswith(b"BM") else None


def _png(data: bytes) -> str | None:
    at, chunks = 8, 0
    while at + 8 <= len(data) and data[at + 4 : at + 8] != b"IEND":
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        chunks += 1
        if chunks > MOST_PARTS:
            return f"more than {MOST_PARTS} chunks"
    return None


def _jpeg(data: bytes) -> str | None:
    at, scans, parts = 2, 0, 0
    while result := MARKER.search(data, at):
        parts += 1 if scans else 1 + result.start() - at
        marker, at = data[result.end() - 1], result.end()
        if scans and marker == END:
            break
        scans += marker == SCAN
        if scans > MOST_SCANS:
            return f"more than {MOST_SCANS} scans"
        if parts > MOST_PARTS:
            break
        if marker not in ALONE:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
    left = 0 if scans else len(data) - at
    return f"more than {MOST_PARTS} segments, or bytes between them" if parts + left > MOST_PARTS else None


def _bmp(data: bytes) -> str | None:
    if len(data) < 34 or struct.unpack_from("<I", data, 14)[0] < 40:
        return None  # cut off, or of the first kind, which knows no runs
    width, height, _, _, packed = struct.unpack_from("<iiHHI", data, 18)
    if packed in (1, 2) and max(abs(width * height), len(data)) > MOST_IN_RUNS:
        return f"more than {MOST_IN_RUNS} pixels or bytes, in run lengths"
    return None


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
            return 1 if picture.format in STILL else int(getattr(picture, "n_frames", 1))
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


def encoded(made: Artifact, form: Rendition) -> tuple[Artifact, tuple[str, ...]]:
    """The picture in that form, and what is to be said of it; as it was made where it can't be had so."""
    if not form.graph and made.data:
        bare = without_graph(made.data)
        made = made if len(bare) == len(made.data) else replace(made, data=bare, size=len(bare))
    data = made.data or b""
    if form.format not in MIME or not made.content_type.startswith("image/"):
        return made, ()
    try:
        with ONE, warnings.catch_warnings(), Image.open(io.BytesIO(data)) as picture:
            warnings.filterwarnings("ignore", module=r"PIL\.")
            if getattr(picture, "n_frames", 1) > 1:
                return made, (f"format: a picture that moves is as it was made, {made.content_type}.",)
            written, notes = _written(picture, form)
    except BROKEN as error:
        return made, (f"format: it could not be written as {form.format.upper()} ({error}), and is as it was made.",)
    if form.metadata and form.format == "webp":
        originals = texts(data)
        written = with_graph(written, {name: originals[name] for name in GRAPH if name in originals})
    return replace(made, data=written, size=len(written), content_type=MIME[form.format]), notes


def _written(picture: Image.Image, form: Rendition) -> tuple[bytes, tuple[str, ...]]:
    picture.load()
    indexed, notes = picture.mode == "P", ()
    seen = picture.convert("RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB")
    options = {"quality": form.quality, "icc_profile": picture.info.get("icc_profile")}
    buffer = io.BytesIO()
    if form.format == "webp":
        lossless = indexed if form.lossless is None else form.lossless
        seen.save(buffer, "WEBP", lossless=lossless, **options)
        return buffer.getvalue(), (LOSSY,) if indexed and not lossless else ()
    if seen.mode == "RGBA" and seen.getchannel("A").histogram()[-1] < seen.width * seen.height:
        notes = ("format: JPEG has no transparency; what was transparent is white.",)
        ground = Image.new("RGBA", seen.size, WHITE)
        seen = Image.alpha_composite(ground, seen)
    seen.convert("RGB").save(buffer, "JPEG", **options)
    return buffer.getvalue(), (*notes, *((LOSSY,) if indexed else ()))
