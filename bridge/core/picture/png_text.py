"""Texts in PNG files, on their bytes: no pixel is decoded or changed."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LONGEST_TEXT = 1 << 20  # bytes of all texts and keys of a file, unpacked; real files have some kilobytes
TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")
PICTURE_CHUNKS = (
    b"IHDR",
    b"PLTE",
    b"IDAT",
    b"IEND",
    b"tRNS",
    b"gAMA",
    b"cHRM",
    b"sRGB",
    b"iCCP",
    b"cICP",
    b"sBIT",
    b"pHYs",
)
PICTURE_CHUNKS += (b"bKGD", b"acTL", b"fcTL", b"fdAT")  # an animation's
GRAPH_KEYWORDS = ("workflow", "prompt")  # the keys by which ComfyUI's editor finds its graph
EDITORS_CHUNK = b"comf"  # a text that only ComfyUI's editor reads; the small third letter is outside PNG's standard


def with_text(data: bytes, key: str, text: str) -> bytes:
    """The PNG with this text right after its header, in place of an older text of the same key.

    Latin-1 text becomes a tEXt chunk, other text an iTXt chunk, as by Pillow's `add_text`. Other files stay unchanged.
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


def without_texts(data: bytes) -> bytes:
    """The PNG with its pixels, colours and animation alone, and nothing behind its end; other files unchanged."""
    if not data.startswith(SIGNATURE):
        return data
    parts, at = [SIGNATURE], len(SIGNATURE)
    for name, _, end in _chunks(data):
        if name in PICTURE_CHUNKS:
            parts.append(data[at:end])
        at = end
        if name == b"IEND":
            break
    return b"".join(parts)


def without_graph(data: bytes) -> bytes:
    """The PNG without the editor's graph and ComfyUI's prompt; other texts and other files stay unchanged."""
    if not data.startswith(SIGNATURE):
        return data
    parts, at = [SIGNATURE], len(SIGNATURE)
    for name, body, end in _chunks(data):
        if not (name in TEXT_CHUNKS and body.partition(b"\0")[0].decode("latin-1") in GRAPH_KEYWORDS):
            parts.append(data[at:end])
        at = end
    return b"".join([*parts, data[at:]])


def with_graph_first(data: bytes) -> bytes:
    """The PNG changed so that ComfyUI's editor opens its graph, if it has one, and not A1111's `parameters`.

    Front end 1.32.9 reads `parameters` first, the graph only where they are empty. It also reads behind a PNG's end,
    where every decoder stops: there the PNG gets empty ones. Before the end, libpng would refuse such a chunk.
    """
    keys, end = set(), 0
    for name, body, at in _chunks(data) if data.startswith(SIGNATURE) else ():
        if name in TEXT_CHUNKS:
            keys.add(body.partition(b"\0")[0])
        if name == b"IEND":
            end = at
            break
    return data[:end] + _chunk(EDITORS_CHUNK, b"parameters\0") if end and b"workflow" in keys else data


def texts(data: bytes) -> dict[str, str]:
    """The texts of a PNG by key, in the file's order, as far as the file is whole; none for other files.

    Texts from the first damaged one on are left out, and so are those beyond LONGEST_TEXT bytes together, which bounds
    the work of unpacking too.
    """
    result: dict[str, str] = {}
    room = LONGEST_TEXT
    for name, body, _ in _chunks(data) if data.startswith(SIGNATURE) else ():
        if name not in READER_BY_CHUNK:
            continue
        key, _, rest = body.partition(b"\0")
        room -= len(key)
        reader, coding = READER_BY_CHUNK[name]
        text = reader(rest, room) if room > 0 else None
        if text is None:
            break
        room -= len(text)
        result[key.decode("latin-1")] = text.decode(coding, errors="replace")
    return result


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """(name, body, end) of each whole chunk; `end` is the offset in the file behind the chunk."""
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


def _inflated(data: bytes, most: int) -> bytes | None:
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(data, most)
    except zlib.error:
        return None
    return None if unpacking.unconsumed_tail else text


def _plain(rest: bytes, most: int) -> bytes | None:
    return rest if len(rest) <= most else None


def _packed(rest: bytes, most: int) -> bytes | None:
    return _inflated(rest[1:], most)


def _international(rest: bytes, most: int) -> bytes | None:
    if len(rest) < 2:
        return None
    _, _, tail = rest[2:].partition(b"\0")  # after the language
    _, _, text = tail.partition(b"\0")  # after the translated key
    return _inflated(text, most) if rest[0] else _plain(text, most)


# By name of a chunk: the function that reads its text of at most so many bytes (one or more), and the text's coding.
READER_BY_CHUNK = {b"tEXt": (_plain, "latin-1"), b"zTXt": (_packed, "latin-1"), b"iTXt": (_international, "utf-8")}
