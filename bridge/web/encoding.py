"""Content-Encoding of a body: what it may be, and what was packed, as many bytes of it as there may be."""

from __future__ import annotations

import codecs
import io
import zlib
from collections.abc import Iterable

from bridge.core.errors import BadRequest, TooLarge, UnknownEncoding

CHARSETS = {  # what a Content-Type may call its text, and Python does; JSON is UTF-8, of which ASCII is a part
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii", "unicode-1-1-utf-8"), ""),
    **dict.fromkeys(("iso-8859-1", "latin-1", "latin1"), "latin-1"),
    **dict.fromkeys(("windows-1252", "cp1252"), "cp1252"),
    **{name: name for name in ("utf-16", "utf-16le", "utf-16be")},
}
GZIP, ZLIB, RAW = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS  # as zlib calls the forms, by their bits
NAMES = {"gzip", "x-gzip", "deflate"}
WINDOW = 64 << 10  # bytes unpacked at a time: what is left of them is copied at the end of each member
STEP = 1 << 20  # bytes taken out at a time, which zlib holds twice
MOST_MEMBERS = 1000  # of a gzip; tools that write many cut 32 MB into 500


def encoding_of(values: Iterable[str]) -> str:
    """What the headers name, empty for none. Raises UnknownEncoding."""
    names = [name.strip().lower() for each in values for name in each.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if not names:
        return ""
    if len(names) > 1 or names[0] not in NAMES:
        shown = ", ".join(names)[:60]
        hint = "Send it as it is, or packed once by gzip or deflate."
        raise UnknownEncoding(f"The body's Content-Encoding is {shown!r}, which is not read here.", hint=hint)
    return names[0]


def in_utf8(data: bytes, charset: str | None, most: int) -> bytes:
    """A body's text as UTF-8. Raises UnknownEncoding for a charset that is not read, BadRequest for a damaged text, and
    TooLarge as soon as it is more than `most` bytes."""
    name = CHARSETS.get((charset or "utf-8").strip().lower())
    if name is None:
        raise UnknownEncoding(
            f"The body's charset is {str(charset)[:60]!r}, which is not read here.", hint="Send UTF-8."
        )
    try:
        return _recoded(data, name, most) if name else data
    except UnicodeError as error:
        raise BadRequest(f"The body is not what its charset {charset!r} says.", hint="Send UTF-8.") from error


def _recoded(data: bytes, charset: str, most: int) -> bytes:
    """A text as UTF-8, a piece at a time: as a whole it would be there three times."""
    decoder, text = codecs.getincrementaldecoder(charset)(), io.BytesIO()
    for start in range(0, len(data), STEP):
        text.write(decoder.decode(data[start : start + STEP]).encode())
        if text.tell() > most:
            raise too_large(most)
    text.write(decoder.decode(b"", True).encode())
    return text.getvalue()


def unpacked(data: bytes, encoding: str, most: int) -> bytes:
    """What a body holds. Raises TooLarge as soon as it is more than `most` bytes, and BadRequest for a damaged one."""
    result, bits = io.BytesIO(), _bits(data, encoding)
    try:
        ended = _unpack(data, bits, most, result)
    except zlib.error as error:
        raise _damaged() from error
    if data and not ended:
        raise _damaged()
    return result.getvalue()  # which copies nothing


def _unpack(data: bytes, bits: int, most: int, result: io.BytesIO) -> bool:
    """Put what the data holds into `result`; whether its last member is whole."""
    unpacking, members = zlib.decompressobj(bits), 1
    for start in range(0, len(data), WINDOW):
        piece = data[start : start + WINDOW]
        while True:
            if unpacking.eof and piece:
                members += 1
                if bits != GZIP or members > MOST_MEMBERS:
                    raise _damaged()
                unpacking = zlib.decompressobj(bits)
            part = unpacking.decompress(piece, STEP)
            result.write(part)
            if result.tell() > most:
                raise too_large(most)
            piece = unpacking.unused_data if unpacking.eof else unpacking.unconsumed_tail
            if not piece and len(part) < STEP:
                break
    return unpacking.eof


def _bits(data: bytes, encoding: str) -> int:
    """The form: by `deflate` the standard means zlib's, and some clients send what is inside of that alone."""
    if encoding != "deflate":
        return GZIP
    wrapped = len(data) < 2 or (data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0)
    return ZLIB if wrapped else RAW


def _damaged() -> BadRequest:
    return BadRequest("The body is not what its Content-Encoding says.", hint="Pack it once more, or send it as it is.")


def too_large(most: int) -> TooLarge:
    """For a body of more bytes than there may be, as sent or as unpacked."""
    return TooLarge(f"The body is larger than {most >> 20} MB.")
