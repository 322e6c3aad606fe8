"""Pictures decoded, to check that they are usable, and written as JPEG or WebP.

This module alone of the bridge touches pixels. Files that would keep a decoder busy for long are refused by their
structure first. Released workflows write PNG and are never edited, and one file is kept and cached for all dialects:
so another form is made with the answer, in a thread.
"""

from __future__ import annotations

import io
import re
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from PIL import Image

from bridge.core.errors import BadRequest
from bridge.core.job import Artifact, Rendition, Upload
from bridge.core.picture import photoshop, tiff
from bridge.core.picture.exif import with_graph
from bridge.core.picture.foreign import foreign
from bridge.core.picture.png_text import GRAPH_KEYWORDS, SIGNATURE, texts, without_graph

MOST_SCANS = 64  # of a JPEG; encoders make a dozen, and each is a pass over all pixels, for as few as 42 bytes of file
MOST_PARTS = 20_000  # chunks of a PNG, segments of a JPEG and bytes between them: Pillow takes microseconds for each
MOST_IN_RUNS = 1_000_000  # pixels, and bytes, of a BMP with run lengths: Pillow unpacks these in Python

# The marker of a JPEG's segment; the excluded ones are bytes or restarts in a scan.
MARKER_PATTERN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
MARKERS_WITHOUT_LENGTH = {0x01, 0xD8}  # markers without a length
END, SCAN = 0xD9, 0xDA

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PSD")
# Formats whose frames are moments; what Pillow calls so in others are pages, layers, or a second picture of a phone.
FRAME_FORMATS = ("PNG", "GIF", "WEBP")
MOST_PIXELS = 25_000_000  # the default: a photograph of 24 megapixels, which decoded to RGBA takes 100 MB
QUICK_PIXELS, QUICK_BYTES = 128 * 128, 16 << 10  # decoded in 0.2 ms, about as long as the way to a thread and back
PNG = SIGNATURE + b"\0\0\0\rIHDR"
SIGNATURES = (SIGNATURE, b"\xff\xd8\xff", b"GIF87a", b"GIF89a")  # how files of no other kind begin
# One picture at a time bounds the memory, and `catch_warnings` is not for several threads.
DECODER_LOCK = threading.Lock()
# The exceptions that Pillow raises for broken files, of which 400,000 were tried.
DECODER_ERRORS = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)

MIME_BY_FORMAT = {"jpeg": "image/jpeg", "webp": "image/webp"}
WHITE = (255, 255, 255, 255)
LOSSY_NOTE = "format: pixel art loses its palette and its sharp edges so; PNG and lossless WebP keep them."


@contextmanager
def decoding() -> Iterator[None]:
    """A context in which Pillow works for one thread, and in silence.

    It warns of bad EXIF data, of many pixels and the like; the picture is good nevertheless, or an error follows.
    """
    with DECODER_LOCK, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def excess(data: bytes) -> str | None:
    """The part of the file that would take a decoder too long, such as `more than 64 scans`; None without one."""
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
    while result := MARKER_PATTERN.search(data, at):
        parts += 1 if scans else 1 + result.start() - at
        marker, at = data[result.end() - 1], result.end()
        if scans and marker == END:
            break
        scans += marker == SCAN
        if scans > MOST_SCANS:
            return f"more than {MOST_SCANS} scans"
        if parts > MOST_PARTS:
            break
        if marker not in MARKERS_WITHOUT_LENGTH:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
    rest = 0 if scans else len(data) - at
    return f"more than {MOST_PARTS} segments, or bytes between them" if parts + rest > MOST_PARTS else None


def _bmp(data: bytes) -> str | None:
    if len(data) < 34 or struct.unpack_from("<I", data, 14)[0] < 40:
        return None  # cut off, or of the first version, which has no run lengths
    width, height, _, _, compression = struct.unpack_from("<iiHHI", data, 18)
    if compression in (1, 2) and max(abs(width * height), len(data)) > MOST_IN_RUNS:
        return f"more than {MOST_IN_RUNS} pixels or bytes, in run lengths"
    return None


def is_quick(upload: Upload) -> bool:
    """Whether a picture is so small, by its header, that it can be checked at once, without a thread."""
    head, size = upload.data[:24], len(upload.data)
    if size > QUICK_BYTES or not head.startswith(PNG) or len(head) < 24 or DECODER_LOCK.locked():
        return False
    width, height = struct.unpack(">II", head[16:])
    return width * height <= QUICK_PIXELS


def check(upload: Upload, most: int = MOST_PIXELS) -> None:
    """Decode the first frame of a picture and forget it; blocking, so call this in a thread unless it `is_quick`.

    Raises BadRequest with the upload's field for data that is no picture, for a damaged picture, and for one with more
    pixels than `most` or with other things that take long, which header and structure show before anything is decoded.
    """
    _refuse_what_takes_long(upload)
    try:
        with decoding():
            _decode(upload, most)
    except Image.DecompressionBombError as error:  # Pillow's own limit, of 179 million
        raise _too_large(upload, "far too many", most) from error
    except Image.UnidentifiedImageError as error:
        if upload.data.startswith(SIGNATURES):
            message = f"{upload.field} is a damaged picture: it ends too early, or its head is wrong."
            raise BadRequest(message, field=upload.field) from error
        what, hint = foreign(upload.data) or ("", f"Send {', '.join(FORMATS)}.")
        sentence = f"is {what}, which isn't read here" if what else "is not a picture"
        raise BadRequest(f"{upload.field} {sentence}.", field=upload.field, hint=hint) from error
    except DECODER_ERRORS as error:
        raise BadRequest(f"{upload.field} is a damaged picture: {error}.", field=upload.field) from error


def frame_count(data: bytes) -> int:
    """The number of frames of a picture that passed `check`."""
    try:
        with decoding(), Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.format not in FRAME_FORMATS:
                return 1
            # The picture for viewers that know no APNG is no frame.
            return int(getattr(picture, "n_frames", 1)) - bool(getattr(picture, "default_image", False))
    except DECODER_ERRORS:  # a later frame is damaged
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


def encoded(artifact: Artifact, form: Rendition) -> tuple[Artifact, tuple[str, ...]]:
    """The picture in this form, and notes about it; unchanged, with a note, where it can't have this form."""
    if not form.graph and artifact.data:
        bare = without_graph(artifact.data)
        artifact = artifact if len(bare) == len(artifact.data) else replace(artifact, data=bare, size=len(bare))
    data = artifact.data or b""
    if form.format not in MIME_BY_FORMAT or not artifact.content_type.startswith("image/"):
        return artifact, ()
    try:
        with decoding(), Image.open(io.BytesIO(data)) as picture:
            if getattr(picture, "n_frames", 1) > 1:
                return artifact, (f"format: a picture that moves is as it was made, {artifact.content_type}.",)
            file, notes = _file(picture, form)
    except DECODER_ERRORS as error:
        trouble = f"it could not be written as {form.format.upper()} ({error}), and is as it was made"
        return artifact, (f"format: {trouble}.",)
    if form.metadata and form.format == "webp":
        originals = texts(data)
        file = with_graph(file, {name: originals[name] for name in GRAPH_KEYWORDS if name in originals})
    return replace(artifact, data=file, size=len(file), content_type=MIME_BY_FORMAT[form.format]), notes


def _file(picture: Image.Image, form: Rendition) -> tuple[bytes, tuple[str, ...]]:
    picture.load()
    indexed, notes = picture.mode == "P", ()
    copy = picture.convert("RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB")
    options = {"quality": form.quality, "icc_profile": picture.info.get("icc_profile")}
    buffer = io.BytesIO()
    if form.format == "webp":
        lossless = indexed if form.lossless is None else form.lossless
        copy.save(buffer, "WEBP", lossless=lossless, **options)
        return buffer.getvalue(), (LOSSY_NOTE,) if indexed and not lossless else ()
    if copy.mode == "RGBA" and copy.getchannel("A").histogram()[-1] < copy.width * copy.height:
        notes = ("format: JPEG has no transparency; what was transparent is white.",)
        ground = Image.new("RGBA", copy.size, WHITE)
        copy = Image.alpha_composite(ground, copy)
    copy.convert("RGB").save(buffer, "JPEG", **options)
    return buffer.getvalue(), (*notes, *((LOSSY_NOTE,) if indexed else ()))
