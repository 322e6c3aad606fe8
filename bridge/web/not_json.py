"""What a body is that is no JSON, such as a form or a picture, and what its sender may do about it."""

from __future__ import annotations

import json
import re

from bridge.core.errors import BadRequest

JSON_ADVICE = 'Send a JSON object, such as {"prompt": "a tree"}, with Content-Type: application/json'
BY_TOOL = "(in Python's requests json=, not data=; in curl -d, not -F)"
PICTURES_ADVICE = "with each picture as base64 text in its field"
MULTIPART_PREFIX = "multipart/"
# curl calls any text of -d application/x-www-form-urlencoded; a form's own text begins with a name.
FORM_PAIR = re.compile(rb"[\w.\[\]%+-]+=")
PICTURE_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*", b"8BPS")
GZIP_SIGNATURE = b"\x1f\x8b"
HEAD_BYTES = 4096  # bytes of a body that are looked at
# The beginning of what Python's parser says -> what to do about it.
JSON_MISTAKES = (
    ("Illegal trailing comma", "Leave out the comma before the closing bracket."),
    ("Invalid control character", "Write a line break in a text as \\n, a tab as \\t."),
    ("Invalid \\", "Write a backslash in a text as \\\\."),
    ("Extra data", "Send one JSON object, and nothing behind it."),
    ("Unterminated string", "The body ends, or a line does, within a text."),
    (
        "Expecting ',' delimiter",
        'Between two fields is a comma; a quote in a text is \\", and comments there are none.',
    ),
)
QUOTES_ADVICE = "Write names and texts in double quotes, not in single ones."
SHELL_ADVICE = (
    'A shell left its quotes around the body: in Windows\' cmd write "{\\"prompt\\": ...}", or send a file by -d @FILE.'
)


class NotJson(BadRequest):
    """A body that is no JSON; `place` is the first character that can't be part of any."""

    def __init__(self, message: str, reason: str = "", place: int = 0) -> None:
        super().__init__(message)
        self.reason, self.place = reason, place


def of_parser(error: json.JSONDecodeError) -> NotJson:
    """The error of Python's parser, in the words of this server."""
    return NotJson(f"The body is not JSON: {error}.", error.msg, error.pos)


def explained(error: NotJson, data: bytes, kind: str) -> BadRequest:
    """The error with advice, and with what the body is instead, as far as its bytes and Content-Type, `kind`, show."""
    head = data[:HEAD_BYTES].lstrip()
    for what, advice, is_it in (
        (
            "a multipart form",
            f"{JSON_ADVICE}, {PICTURES_ADVICE} {BY_TOOL}.",
            kind.startswith(MULTIPART_PREFIX) or head.startswith(b"--"),
        ),
        ("a form", f"{JSON_ADVICE} {BY_TOOL}.", bool(FORM_PAIR.match(head))),
        ("XML or HTML", f"{JSON_ADVICE}.", head.startswith(b"<")),
        ("a picture", f"{JSON_ADVICE}, {PICTURES_ADVICE}.", head.startswith(PICTURE_SIGNATURES)),
    ):
        if is_it:
            return BadRequest(f"The body is {what}, not JSON.", hint=advice)
    return BadRequest(error.message, hint=_advice(error, data))


def refuse_parts(kind: str) -> None:
    """Refuse a form where a file's bytes alone are taken. Raises BadRequest."""
    if kind.startswith(MULTIPART_PREFIX):
        tools = "in curl --data-binary @FILE, not -F; in Python's requests data=, not files="
        hint = f"Send the file itself as the body: {tools}."
        raise BadRequest("The body is a multipart form, not a file.", hint=hint)


def _advice(error: NotJson, data: bytes) -> str:
    """What to do about a text that is nearly JSON, by the parser's reason and the character at its place."""
    if data.startswith(GZIP_SIGNATURE):
        return "It looks gzip'd, which wants the header Content-Encoding: gzip."
    if not error.reason:
        return "Send UTF-8, or say its charset in Content-Type."
    text = data[: HEAD_BYTES << 4].decode("utf-8", "replace").lstrip("\ufeff")
    sign = text[error.place : error.place + 1]
    before = text[: error.place].rstrip()[-1:]
    if sign == "'":
        return SHELL_ADVICE if error.place == 0 and text[1:2] in ("{", "[") else QUOTES_ADVICE
    if sign in ("]", "}") and before == ",":
        return JSON_MISTAKES[0][1]
    if text[error.place :].startswith(("True", "False", "None")):
        return "JSON writes true, false and null."
    mistake = next((advice for reason, advice in JSON_MISTAKES if error.reason.startswith(reason)), "")
    ended = "The body ends too early." if error.place >= len(text.rstrip()) and len(data) < HEAD_BYTES << 4 else ""
    return mistake or ended or f"{JSON_ADVICE}."
