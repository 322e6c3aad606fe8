"""A request's body: read within limits of size and time, unpacked, and parsed as strict JSON.

It costs its size and what its pictures are decoded to, and only whom the server has let in.
A picture is nearly all of a large body. Each is taken out as the bytes that it is, and Python's parser gets a text of
some megabytes with marks in it; so one letter beyond ASCII in a prompt doesn't make the whole body two or four times
as large, as it does where a body is decoded as a whole."""

from __future__ import annotations

import asyncio
import codecs
import io
import json
import math
import re
import secrets
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from aiohttp import HttpVersion11, web

from bridge.core.deadline import within
from bridge.core.errors import BadRequest, TooLarge, TooSlow, UnknownEncoding
from bridge.web.not_json import NotJson, explained, of_parser

CHARSETS = {  # charsets of a Content-Type, and Python's names of them; JSON is UTF-8, of which ASCII is a part
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii", "unicode-1-1-utf-8"), ""),
    **dict.fromkeys(("iso-8859-1", "latin-1", "latin1"), "latin-1"),
    **dict.fromkeys(("windows-1252", "cp1252"), "cp1252"),
    **{name: name for name in ("utf-16", "utf-16le", "utf-16be")},
}
GZIP, ZLIB, RAW = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS  # as zlib calls the forms, by their bits
ENCODING_NAMES = {"gzip", "x-gzip", "deflate"}
UNPACKED_WINDOW = 64 << 10  # bytes unpacked at a time: what is left of them is copied at the end of each member
UNPACKED_STEP = 1 << 20  # bytes taken out at a time, which zlib holds twice
MOST_MEMBERS = 1000  # of a gzip; tools that write many cut 32 MB into 500

LARGEST_BODY = 32 << 20  # bytes: an 18 MB picture in base64, and room for the rest
BODY_SECONDS = web.AppKey("body_seconds", float)

SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")  # an escape that stands for a character only as one of a pair
LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # a parsed escape without its pair: pairs have become one character

DEEPEST_NESTING = 64  # levels of lists and objects; the deepest request there is, a script's arguments, has five
MOST_COMMAS = 100_000  # outside texts or in them: a value takes 50 bytes and more of memory, and two of a body
MOST_TEXT = 4 << 20  # bytes beside pictures, up to four times that while they are parsed; 500 of the longest prompts
MOST_MARKS = 1_000_000  # brackets, each of which is a step of Python
MOST_NAMES = 2000  # of one object; the largest there is, all options of A1111's web UI, has some hundreds
EVERYTHING_ELSE = bytes(set(range(256)) - set(b'[]{}"'))
STRING_PATTERN = re.compile(rb'"[^"]*"?')
DEPTH_CHANGE = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}

SMALLEST_PICTURE = 64 << 10  # bytes of base64 from which on it is taken out; smaller ones take part in MOST_TEXT
LONG_STRING = re.compile(rb'"[^"]{%d,}' % SMALLEST_PICTURE)
BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
PRINTABLE_BYTES = bytes(range(32, 127))
ESCAPES = {b"\\/": "/", b"\\n": "\n", b"\\r": "\r"}  # PHP writes the first, mail's encoders the others
MOST_OTHERS = 256  # bytes of a picture that are not of its alphabet: a data URL's head, and a wrong one to complain of
MOST_DIGITS = 1000  # of a whole number; 309 are what a number with a fraction has at most
LONGEST_NUMBER = 40  # characters of a number that are repeated
WINDOW_BYTES = 1 << 20  # bytes looked at in one go


def encoding_of(values: Iterable[str]) -> str:
    """The body's encoding by the headers, empty for none. Raises UnknownEncoding."""
    names = [name.strip().lower() for each in values for name in each.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if not names:
        return ""
    if len(names) > 1 or names[0] not in ENCODING_NAMES:
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
    for start in range(0, len(data), UNPACKED_STEP):
        text.write(decoder.decode(data[start : start + UNPACKED_STEP]).encode())
        if text.tell() > most:
            raise too_large(most)
    text.write(decoder.decode(b"", True).encode())
    return text.getvalue()


def unpacked(data: bytes, encoding: str, most: int) -> bytes:
    """The unpacked body. Raises TooLarge for more than `most` bytes, and BadRequest for a damaged body."""
    result, bits = io.BytesIO(), _bits(data, encoding)
    try:
        ended = _unpack(data, bits, most, result)
    except zlib.error as error:
        raise _damaged() from error
    if data and not ended:
        raise _damaged()
    return result.getvalue()  # which copies nothing


def _unpack(data: bytes, bits: int, most: int, result: io.BytesIO) -> bool:
    """Unpack the data into `result`; returns whether the last member is whole."""
    unpacking, members = zlib.decompressobj(bits), 1
    for start in range(0, len(data), UNPACKED_WINDOW):
        piece = data[start : start + UNPACKED_WINDOW]
        while True:
            if unpacking.eof and piece:
                members += 1
                if bits != GZIP or members > MOST_MEMBERS:
                    raise _damaged()
                unpacking = zlib.decompressobj(bits)
            part = unpacking.decompress(piece, UNPACKED_STEP)
            result.write(part)
            if result.tell() > most:
                raise too_large(most)
            piece = unpacking.unused_data if unpacking.eof else unpacking.unconsumed_tail
            if not piece and len(part) < UNPACKED_STEP:
                break
    return unpacking.eof


def _bits(data: bytes, encoding: str) -> int:
    """zlib's name of the data's form: by the standard, `deflate` has zlib's head, which some clients leave out."""
    if encoding != "deflate":
        return GZIP
    wrapped = len(data) < 2 or (data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0)
    return ZLIB if wrapped else RAW


def _damaged() -> BadRequest:
    return BadRequest("The body is not what its Content-Encoding says.", hint="Pack it once more, or send it as it is.")


def too_large(most: int) -> TooLarge:
    """The error for a body of more than `most` bytes, as sent or as unpacked."""
    return TooLarge(f"The body is larger than {most >> 20} MB.")


async def expected(http: web.Request) -> None:
    """Leave a client that sends `Expect` without an answer until a handler needs its body: see `body_bytes`."""
    expect = http.headers.get("Expect", "")
    if http.version == HttpVersion11 and expect.lower() != "100-continue":
        raise web.HTTPExpectationFailed(text=f"Unknown Expect: {expect}")


async def body_bytes(http: web.Request) -> bytes:
    """The body, unpacked.

    Raises UnknownEncoding, TooLarge, TooSlow, BadRequest for a damaged one, and ConnectionResetError where the client
    went away.
    """
    encoding, seconds = encoding_of(http.headers.getall("Content-Encoding", [])), http.app[BODY_SECONDS]
    if (http.content_length or 0) > LARGEST_BODY:
        raise too_large(LARGEST_BODY)
    if http.version == HttpVersion11 and "Expect" in http.headers:
        await http.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        http.writer.output_size = 0  # nothing of the answer is written yet
    try:
        data = await within(seconds, _read(http))
    except asyncio.TimeoutError as error:
        raise TooSlow(f"The body had not arrived after {seconds:g} s.") from error
    except web.RequestPayloadError as error:
        raise BadRequest("The body is not what its Transfer-Encoding says.") from error
    data = await asyncio.to_thread(unpacked, data, encoding, LARGEST_BODY) if encoding else data
    return in_utf8(data, http.charset, LARGEST_BODY)


async def _read(http: web.Request) -> bytes:
    body = io.BytesIO()
    async for piece in http.content.iter_any():
        body.write(piece)
        if body.tell() > LARGEST_BODY:
            raise too_large(LARGEST_BODY)
    return body.getvalue()  # which copies nothing


@dataclass(frozen=True)
class Text:
    """A body's text with a mark and a number, in quotes, for each of its large pictures."""

    text: str
    mark: str = ""
    pictures: tuple[str, ...] = ()


def parse_json(data: bytes, kind: str = "") -> Any:
    """The body's values as strict JSON. Its Content-Type, `kind`, only goes into the advice about what is no JSON.

    Raises BadRequest, also for NaN, a name given twice, too many names or values, bad UTF-8, half a surrogate pair and
    deep nesting; TooLarge where its texts are.
    """
    try:
        return parsed(text_of(data))
    except NotJson as error:
        raise explained(error, data, kind) from error


def text_of(data: bytes) -> Text:
    """The body's text, checked by the limits. Raises BadRequest, and TooLarge for too many bytes of text."""
    data = data.removeprefix(codecs.BOM_UTF8)  # Windows' editors and .NET put it before a text
    if not data or data.isspace():
        raise BadRequest("The body is empty; send a JSON object.")
    places = [match.span() for match in LONG_STRING.finditer(data) if _is_picture(data, *match.span())]
    if len(data) - sum(end - start for start, end in places) > MOST_TEXT:
        raise TooLarge(f"The body has more than {MOST_TEXT >> 20} MB that are no pictures in base64.")
    mark = secrets.token_hex(16)
    rest = _without(data, places, mark.encode()) if places else data
    _look_through(rest)
    try:
        return Text(rest.decode("utf-8"), mark, tuple(_picture(data, start + 1, end) for start, end in places))
    except UnicodeDecodeError as error:
        raise NotJson(f"The body is not UTF-8, from byte {error.start} on.") from error


def parsed(text: Text) -> Any:
    """The values of a text that has passed the limits. Raises BadRequest."""

    try:
        value = json.loads(text.text, object_pairs_hook=_named_once, **NUMBER_PARSERS)
    except RecursionError as error:
        raise BadRequest("The body is nested too deeply.") from error
    except json.JSONDecodeError as error:
        raise of_parser(error) from error
    if SURROGATE_ESCAPE.search(text.text) and any(map(LONE_SURROGATE.search, _texts(value))):
        raise BadRequest("The body is not text: it has half of a surrogate pair.")
    return _with_pictures(value, text) if text.pictures else value


def _no_number(constant: str) -> Any:
    raise BadRequest(f"The body is not JSON: {constant} is no JSON number.")


def _finite(digits: str) -> float:
    """A number as a float. Raises BadRequest for an infinite one, which no answer could repeat as JSON."""
    result = float(digits)
    if math.isinf(result):
        raise BadRequest(f"The body has a number that is too large: {digits[:LONGEST_NUMBER]}.")
    return result


def _whole(digits: str) -> int:
    """A whole number of as many digits as one is read with; Python itself takes a time that is their square."""
    if len(digits) > MOST_DIGITS:
        raise BadRequest(f"The body has a number of {len(digits)} digits; {MOST_DIGITS} are the most.")
    return int(digits)


NUMBER_PARSERS: dict[str, Any] = {"parse_constant": _no_number, "parse_float": _finite, "parse_int": _whole}


def _is_picture(data: bytes, start: int, end: int) -> bool:
    """Whether a quote begins a whole JSON text of base64, as far as its characters tell."""
    if end == len(data) or data[start - 1 : start] == b"\\" or data[end - 1 : end] == b"\\":
        return False
    others = 0
    for at in range(start + 1, end, WINDOW_BYTES):
        odd = data[at : min(at + WINDOW_BYTES, end)].translate(None, BASE64 + b"\\")
        others += len(odd)
        if others > MOST_OTHERS or odd.translate(None, PRINTABLE_BYTES):
            return False
    return data.count(b"\\", start, end) == sum(data.count(escape, start, end) for escape in ESCAPES)


def _picture(data: bytes, start: int, end: int) -> str:
    """A picture's base64 without JSON's escapes."""
    text = str(memoryview(data)[start:end], "ascii")
    if "\\" in text:
        for escape, meaning in ESCAPES.items():
            text = text.replace(escape.decode(), meaning)
    return text


def _without(data: bytes, places: list[tuple[int, int]], mark: bytes) -> bytes:
    """The body with a mark and a number for each of these texts."""
    pieces, at = [], 0
    for number, (start, end) in enumerate(places):
        pieces.append(b'%s"%s%d' % (data[at:start], mark, number))
        at = end
    return b"".join([*pieces, data[at:]])


def _with_pictures(value: Any, text: Text) -> Any:
    """The values with the pictures in place of their marks. Raises BadRequest for a mark that is a name."""
    if isinstance(value, dict):
        if any(name.startswith(text.mark) for name in value):
            raise BadRequest(f"The body has a name of more than {SMALLEST_PICTURE >> 10} KB.")
        return {name: _with_pictures(each, text) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_pictures(each, text) for each in value]
    if isinstance(value, str) and value.startswith(text.mark):
        return text.pictures[int(value.removeprefix(text.mark))]
    return value


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value, names of fields included."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting += [*each, *each.values()]
        elif isinstance(each, list):
            waiting += each


def _look_through(data: bytes) -> None:
    """Raise BadRequest for a body with too many levels, brackets or values, before it takes memory.

    The work for each byte is done in C, and Python's work for each bracket is bounded.
    """
    commas, opened = data.count(b","), data.count(b"[") + data.count(b"{")
    if commas > MOST_COMMAS:
        raise BadRequest(f"The body has too many values: {commas} commas; {MOST_COMMAS} are the most.")
    if opened <= DEEPEST_NESTING:
        return
    # Escaped quotes and empty strings, or what is left of two side by side, decide nothing about brackets.
    unescaped = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = unescaped.translate(None, EVERYTHING_ELSE).replace(b'""', b"")
    if len(marks) > MOST_MARKS:
        raise BadRequest("The body has too many lists and objects.")
    if max(accumulate(map(DEPTH_CHANGE.__getitem__, STRING_PATTERN.sub(b"", marks))), default=0) > DEEPEST_NESTING:
        raise BadRequest(f"The body is nested too deeply; {DEEPEST_NESTING} levels are the most.")


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. Raises BadRequest for two values of one name, of which only the sender knows the right one."""
    if len(pairs) > MOST_NAMES:
        raise BadRequest(f"The body has an object of {len(pairs)} names; {MOST_NAMES} are the most.")
    result = dict(pairs)
    if len(result) < len(pairs):
        (name, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise BadRequest(f"The body names {name[:60]!r} twice.")
    return result
