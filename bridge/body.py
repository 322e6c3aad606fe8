"""A request's body as strict JSON."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from bridge.errors import BadRequest

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")  # an escape that is text only as one of a pair
HALF = re.compile("[\ud800-\udfff]")  # what is left of it where it was none: pairs have become one character

DEEPEST = 64  # levels of lists and objects; the deepest request there is, a script's arguments, has five
MOST_COMMAS = 100_000  # outside texts or in them: a value takes 50 bytes and more of memory, and two of a body
MOST_MARKS = 1_000_000  # brackets: a body of 32 MB could have 16 million pairs, which take gigabytes and seconds
MOST_NAMES = 2000  # of one object; the largest there is, all options of A1111's web UI, has some hundreds
EVERYTHING_ELSE = bytes(set(range(256)) - set(b'[]{}"'))
STRING = re.compile(rb'"[^"]*"?')
STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def parse_json(data: bytes) -> Any:
    """Strict JSON, whatever its Content-Type says.

    Raises BadRequest, also for NaN, a name given twice, too many names or values, bad UTF-8, half a surrogate pair and
    deep nesting.
    """
    return parsed(text_of(data))


def text_of(data: bytes) -> str:
    """The body's text, where it is one that may be parsed. Raises BadRequest.

    Whoever has large bodies lets go of the bytes then: both, and what is parsed, are three times the body. The text of
    one with a single character beyond Latin-1 takes twice as much, beyond 16 bits four times.
    """
    data = data.removeprefix(codecs.BOM_UTF8)  # Windows' editors and .NET put it before a text
    if not data or data.isspace():
        raise BadRequest("The body is empty; send a JSON object.")
    _look_through(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from error


def parsed(text: str) -> Any:
    """The values of a text that was looked through. Raises BadRequest."""

    def refuse(constant: str) -> Any:
        raise BadRequest(f"The body is not JSON: {constant} is no JSON number.")

    try:
        value = json.loads(text, parse_constant=refuse, object_pairs_hook=_named_once)
    except RecursionError as error:
        raise BadRequest("The body is nested too deeply.") from error
    except ValueError as error:  # JSONDecodeError; also a number of too many digits
        raise BadRequest(f"The body is not JSON: {error}.") from error
    if SURROGATE.search(text) and any(map(HALF.search, _texts(value))):
        raise BadRequest("The body is not text: it has half of a surrogate pair.")
    return value


def _texts(value: Any) -> Iterator[str]:
    """All texts in it, names too."""
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
    """Refuse what is nested too deeply or is nothing but values, before it takes memory. Raises BadRequest.

    What takes long for each byte is done in C, what Python does for each bracket is bounded.
    """
    commas, opened = data.count(b","), data.count(b"[") + data.count(b"{")
    if commas > MOST_COMMAS:
        raise BadRequest(f"The body has too many values: {commas} commas; {MOST_COMMAS} are the most.")
    if opened <= DEEPEST:
        return
    # Escaped quotes and empty strings, or what is left of two side by side, decide nothing about brackets.
    unescaped = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = unescaped.translate(None, EVERYTHING_ELSE).replace(b'""', b"")
    if len(marks) > MOST_MARKS:
        raise BadRequest("The body has too many lists and objects.")
    if max(accumulate(map(STEP.__getitem__, STRING.sub(b"", marks))), default=0) > DEEPEST:
        raise BadRequest(f"The body is nested too deeply; {DEEPEST} levels are the most.")


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; which of two values of one name is meant, nobody can know."""
    if len(pairs) > MOST_NAMES:
        raise BadRequest(f"The body has an object of {len(pairs)} names; {MOST_NAMES} are the most.")
    found = dict(pairs)
    if len(found) < len(pairs):
        (name, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise BadRequest(f"The body names {name[:60]!r} twice.")
    return found
