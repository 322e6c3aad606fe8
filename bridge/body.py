"""A request's body as strict JSON."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import accumulate
from typing import Any

from bridge.errors import BadRequest

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")  # an escape that is text only as one of a pair

DEEPEST = 64  # levels of lists and objects; the deepest request there is, a script's arguments, has five
MOST_MARKS = 1_000_000  # brackets: a body of 32 MB could have 16 million pairs, which take gigabytes and seconds
MOST_NAMES = 2000  # of one object; the largest there is, all options of A1111's web UI, has some hundreds
EVERYTHING_ELSE = bytes(set(range(256)) - set(b'[]{}"'))
STRING = re.compile(rb'"[^"]*"?')
STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def parse_json(data: bytes) -> Any:
    """Strict JSON, whatever its Content-Type says.

    Raises BadRequest, also for NaN, a name given twice, too many names, bad UTF-8, half a surrogate pair and deep
    nesting.
    """

    def refuse(constant: str) -> Any:
        raise BadRequest(f"The body is not JSON: {constant} is no JSON number.")

    if not data.strip():
        raise BadRequest("The body is empty; send a JSON object.")
    _look_through(data)
    try:
        text = data.decode("utf-8")
        parsed = json.loads(text, parse_constant=refuse, object_pairs_hook=_named_once)
        if SURROGATE.search(text):
            json.dumps(parsed, ensure_ascii=False).encode("utf-8")
        return parsed
    except RecursionError as error:
        raise BadRequest("The body is nested too deeply.") from error
    except UnicodeEncodeError as error:
        raise BadRequest("The body is not text: it has half of a surrogate pair.") from error
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError; also a number of too many digits
        raise BadRequest(f"The body is not JSON: {error}.") from error


def _look_through(data: bytes) -> None:
    """Refuse what is nested too deeply or is nothing but brackets, before it takes memory. Raises BadRequest.

    What takes long for each byte is done in C, what Python does for each bracket is bounded.
    """
    opened = data.count(b"[") + data.count(b"{")
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
