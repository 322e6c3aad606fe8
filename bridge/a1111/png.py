"""Text in PNG files, on their bytes alone: nothing is decoded, no pixel is touched."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LONGEST_TEXT = 1 << 20  # bytes of a text once unpacked; real ones have some kilobytes
TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")


def with_text(data: bytes, key: str, text: str) -> bytes:
    """The PNG with this text, right after its header; an older one of the same key is left out.

    Latin-1 text becomes a tEXt chunk, other text iTXt, as Pillow's `add_text` has it. Other files stay as they are.
    """
    if not data.startswith(SIGNATURE):
        return data
    parts, at = [SIGNATURE], len(SIGNATURE)
    for name, body, end in _chunks(data):
        if not (name in TEXT_CHUNKS and body.startswith(key.encode("latin-1") + b"\0")):
            parts.append(data[at:end])
        if name == b"IHDR":
            parts.append(_text_chunk(key, text))
        at = end
    return b"".join([*parts, data[at:]])


def texts(data: bytes) -> dict[str, str]:
    """All texts of a PNG by key, in the file's order, as far as the file is whole; none for other files."""
    found: dict[str, str] = {}
    for name, body, _ in _chunks(data) if data.startswith(SIGNATURE) else ():
        key, _, rest = body.partition(b"\0")
        text = READERS[name](rest) if name in READERS else None
        if text is not None:
            found[key.decode("latin-1")] = text
    return found


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Each whole chunk as (name, body, where it ends)."""
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            return
        yield name, data[at + 8 : end - 4], end
        at = end


def _text_chunk(key: str, text: str) -> bytes:
    try:
        return _chunk(b"tEXt", key.encode("latin-1") + b"\0" + text.encode("latin-1"))
    except UnicodeEncodeError:
        # key, no compression, method 0, no language, no translated key
        return _chunk(b"iTXt", key.encode("latin-1") + b"\0\0\0\0\0" + text.encode())


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _inflated(data: bytes) -> bytes | None:
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(data, LONGEST_TEXT)
    except zlib.error:
        return None
    return None if unpacking.unconsumed_tail else text


def _plain(rest: bytes) -> str | None:
    return rest.decode("latin-1")


def _packed(rest: bytes) -> str | None:
    text = _inflated(rest[1:])
    return None if text is None else text.decode("latin-1")


def _international(rest: bytes) -> str | None:
    if len(rest) < 2:
        return None
    _, _, tail = rest[2:].partition(b"\0")  # after the language
    _, _, text = tail.partition(b"\0")  # after the translated key
    unpacked = _inflated(text) if rest[0] else text
    return None if unpacked is None else unpacked.decode("utf-8", errors="replace")


READERS = {b"tEXt": _plain, b"zTXt": _packed, b"iTXt": _international}
