"""EXIF in the bytes of JPEG and WebP files, in place of PNG's texts.

A1111's infotext is EXIF's UserComment; a WebP's graph is in the tags that ComfyUI writes and its editor reads.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from bridge.core.picture.image_size import size

EXIF_FOLDER, USER_COMMENT = 0x8769, 0x9286  # EXIF tags
MAKE, MODEL = 0x010F, 0x0110  # the tags in which ComfyUI writes `workflow:{...}` and `prompt:{...}`
TAG_BY_KEYWORD = {"workflow": MAKE, "prompt": MODEL}
ASCII, LONG, UNDEFINED = 2, 4, 7  # EXIF types
LONGEST_BLOCK = 65_533 - 6  # bytes in a JPEG's segment
HAS_EXIF, HAS_ALPHA = 0x08, 0x10  # VP8X's flags
MOST_ENTRIES = 512  # of one EXIF folder that are read
LONGEST_COMMENT = 1 << 20  # bytes; real ones have some kilobytes


def comment(data: bytes) -> str | None:
    """EXIF's UserComment of a JPEG or WebP as text; None without one of at most LONGEST_COMMENT bytes."""
    raw = _entries(data).get(USER_COMMENT)
    if not isinstance(raw, bytes) or len(raw) > LONGEST_COMMENT:
        return None
    kind, text = raw[:8], raw[8:]
    if kind.startswith(b"UNICODE"):  # big-endian unless it begins like little-endian Latin text
        little = len(text) > 1 and text[0] != 0 and text[1] == 0
        return text.decode("utf-16-le" if little else "utf-16-be", errors="replace")
    return text.decode("utf-8", errors="replace").strip("\0")


def with_comment(data: bytes, text: str) -> bytes:
    """The JPEG or WebP with this text as its UserComment, as A1111 writes it, and its graph; other files unchanged.

    A JPEG whose segment would be too long for the text stays unchanged, too.
    """
    entries = {tag: value for tag, value in _entries(data).items() if tag in (MAKE, MODEL) and isinstance(value, bytes)}
    return _with_block(data, _block(entries, b"UNICODE\0" + text.encode("utf-16-be", errors="replace")))


def with_graph(data: bytes, graph: Mapping[str, str]) -> bytes:
    """The WebP with these texts, `workflow` and `prompt`; unchanged without any."""
    entries = {TAG_BY_KEYWORD[name]: f"{name}:{text}".encode() + b"\0" for name, text in graph.items()}
    return _with_block(data, _block(entries)) if entries else data


def _block(tags: Mapping[int, bytes], comment: bytes | None = None) -> bytes:
    """An EXIF block, which is a TIFF structure: texts in its first folder, the comment in the folder below."""
    count = len(tags) + (comment is not None)
    at = 8 + 2 + 12 * count + 4  # where the values of the entries begin
    entries, rest = [], b""
    for tag, text in sorted(tags.items()):
        entries.append(struct.pack(">HHII", tag, ASCII, len(text), at + len(rest)))
        rest += text + bytes(len(text) % 2)
    if comment is not None:
        place = at + len(rest)
        entries.append(struct.pack(">HHII", EXIF_FOLDER, LONG, 1, place))
        inner = struct.pack(">HHHIII", 1, USER_COMMENT, UNDEFINED, len(comment), place + 18, 0)
        rest += inner + comment
    return struct.pack(">2sHIH", b"MM", 42, 8, count) + b"".join(entries) + bytes(4) + rest


def _with_block(data: bytes, block: bytes) -> bytes:
    if data.startswith(b"\xff\xd8"):
        return _jpeg_with(data, block) if len(block) <= LONGEST_BLOCK else data
    return _webp_with(data, block) if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else data


def _jpeg_with(data: bytes, block: bytes) -> bytes:
    """The JPEG with the block behind JFIF's own segment, in place of an older block."""
    first, others, at = b"", [], 2
    for marker, body in _segments(data):
        end = at + 4 + len(body)
        if marker == 0xE0:
            first += data[at:end]
        elif not (marker == 0xE1 and body.startswith(b"Exif\0\0")):
            others.append(data[at:end])
        at = end
    segment = b"\xff\xe1" + struct.pack(">H", 2 + 6 + len(block)) + b"Exif\0\0" + block
    return data[:2] + first + segment + b"".join(others) + data[at:]


def _webp_with(data: bytes, block: bytes) -> bytes:
    """The WebP with the block behind its pixels, in place of an older block, and with the head that EXIF needs."""
    chunks = [(name, body) for name, body in _riff(data) if name != b"EXIF"]
    if not chunks or size(data) is None:
        return data
    name, body = chunks[0]
    if name == b"VP8X":
        chunks[0] = name, bytes([body[0] | HAS_EXIF]) + body[1:]
    else:
        alpha = HAS_ALPHA if name == b"VP8L" and body[4] & HAS_ALPHA else 0
        width, height = size(data) or (1, 1)
        sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        chunks.insert(0, (b"VP8X", bytes([HAS_EXIF | alpha, 0, 0, 0]) + sides))
    parts = [struct.pack("<4sI", n, len(b)) + b + bytes(len(b) % 2) for n, b in [*chunks, (b"EXIF", block)]]
    whole = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(whole)) + whole


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """A JPEG's segments before the pixels, as (marker, body)."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", data, at + 2)
        yield data[at + 1], data[at + 4 : at + 2 + length]
        at += 2 + max(2, length)


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _entries(data: bytes) -> dict[int, int | bytes]:
    """The four tags of a JPEG or WebP: short and long numbers as such, everything else as bytes; empty without EXIF."""
    if data.startswith(b"RIFF"):
        block = next((body for name, body in _riff(data) if name == b"EXIF"), b"")
    else:
        bodies = (body for marker, body in _segments(data) if marker == 0xE1 and body.startswith(b"Exif\0\0"))
        block = next(bodies, b"") if data.startswith(b"\xff\xd8") else b""
    return _tiff(block.removeprefix(b"Exif\0\0"))


def _tiff(block: bytes) -> dict[int, int | bytes]:
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return {}
    result = _folder(block, order, struct.unpack_from(order + "I", block, 4)[0])
    inner = result.get(EXIF_FOLDER)
    return {**result, **(_folder(block, order, inner) if isinstance(inner, int) else {})}


def _folder(block: bytes, order: str, at: int) -> dict[int, int | bytes]:
    if at + 2 > len(block):
        return {}
    (count,) = struct.unpack_from(order + "H", block, at)
    result: dict[int, int | bytes] = {}
    for place in range(at + 2, at + 2 + 12 * min(count, MOST_ENTRIES), 12):
        if place + 12 > len(block):
            break
        tag, kind, length = struct.unpack_from(order + "HHI", block, place)
        # only these tags: every entry of a hostile file may claim the whole file as its value
        if tag in (EXIF_FOLDER, USER_COMMENT, MAKE, MODEL) and tag not in result:
            result[tag] = _entry(block, order, kind, length, place + 8)
    return result


def _entry(block: bytes, order: str, kind: int, length: int, at: int) -> int | bytes:
    if kind == 3 and length == 1:  # SHORT
        return struct.unpack_from(order + "H", block, at)[0]
    (number,) = struct.unpack_from(order + "I", block, at)
    if kind == 4 and length == 1:  # LONG
        return number
    return block[number : number + length] if length > 4 else block[at : at + length]
