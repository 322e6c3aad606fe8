"""What no log line may hold, cut out of text: pictures, credentials, secrets, what people asked for. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST_SECRET = 4  # characters; a shorter one would black out whole lines and hide nothing
SHARED = 12  # characters in a row that a line and a prompt have in common are no accident
LONGEST = 8192  # characters of one text in a line
SHOWN = 200  # characters of a prompt that may be seen while debugging

# Base64, both alphabets; in URLs, JSON and over several lines too. 64 characters are a SHA-256, which may stay.
_DIGIT = r"(?:[A-Za-z0-9+/_-]|%2[BbFf]|\\/)"
_BREAK = rf"(?:(?:\\r)?\\n|\r?\n|%0[Aa])(?={_DIGIT}{{20}})"
RUN = re.compile(rf"(?:{_DIGIT}|{_BREAK}){{65,}}(?:=|%3[Dd]){{0,2}}")
PERHAPS_RUN = re.compile(r"[A-Za-z0-9+/_%\\\r\n-]{65}")  # in every RUN, and ten times as fast to look for
DATA = re.compile(rf"\bdata:[^,\s\"']{{0,100}},(?:[^\s\"']|{_BREAK})*", re.IGNORECASE)
CREDENTIALS = [
    re.compile(r"(\b[a-z][a-z0-9+.-]{0,15}://)[^\s/?#\"'<>]*(?=@)", re.IGNORECASE),
    re.compile(r"((?:authorization|x-api-key|cookie)\\?[\"']?\s*[:=,]\s*(?:b?\\?[\"'])?)[^\"'\\\r\n]+", re.IGNORECASE),
    re.compile(r"(\bbearer\s+)[^\s\"'\\,;]+", re.IGNORECASE),
    re.compile(r"(\bBasic\s+)[A-Za-z0-9+/=_-]{4,}"),
    re.compile(r"([?&][\w.-]*(?:key|token|secret|password|signature|sig)=)[^&\s\"'#]+", re.IGNORECASE),
]

WORD = re.compile(r"[\w.-]{1,64}")  # an id, a name: too short for RUN, and without what begins any of the others


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _escaped(text: str) -> set[str]:
    """How a text may stand in a line: as it is, in a `repr`, in JSON."""
    return {text, repr(text)[1:-1], json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}


class Private:
    """Texts of which no piece may stand in a line: no run of SHARED characters, and of a shorter one no whole word."""

    def __init__(self, texts: Iterable[str]) -> None:
        forms = sorted({form for text in texts for form in _escaped(text)}, key=len, reverse=True)
        # Looked up, not one pattern of them all: a request can have thousands, and that takes a minute to compile.
        self._words = {form for form in forms if SHORTEST_SECRET <= len(form) < SHARED}
        self._sizes = sorted({len(word) for word in self._words}, reverse=True)
        self._whole = "\0".join(form for form in forms if len(form) >= SHARED)

    def __call__(self, text: str) -> str:
        """The text without them."""
        if self._words:
            text = self._without_words(text)
        kept, at = [], 0
        while self._whole and at < len(text):
            end = at + SHARED
            if end > len(text) or text[at:end] not in self._whole:
                kept.append(text[at])
                at += 1
                continue
            while end < len(text) and text[at : end + 1] in self._whole:
                end += 1
            kept.append(MASK)
            at = end
        return "".join(kept) if self._whole else text

    def _without_words(self, text: str) -> str:
        kept, at = [], 0
        while at < len(text):
            size = 0 if _in_word(text[at - 1 : at]) else self._word_at(text, at)
            kept.append(MASK if size else text[at])
            at += size or 1
        return "".join(kept)

    def _word_at(self, text: str, at: int) -> int:
        """The length of the longest of the words that stands here and ends here; 0 for none."""
        ends = (at + size for size in self._sizes)
        return next((end - at for end in ends if text[at:end] in self._words and not _in_word(text[end : end + 1])), 0)


class Redaction:
    """Cleans text by pattern, and of the `secrets` that are known."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {form for each in secrets if len(each) >= SHORTEST_SECRET for form in {*_escaped(each), *_quoted(each)}}
        longest_first = sorted(known, key=lambda form: (-len(form), form))
        self._known = re.compile("|".join(map(re.escape, longest_first))) if known else None

    def __call__(self, text: str, private: Private | None = None) -> str:
        """The text without what must not be logged."""
        if not WORD.fullmatch(text):
            text = _without_patterns(text)
        if self._known:
            text = self._known.sub(MASK, text)
        if len(text) > LONGEST:
            text = f"{text[:LONGEST]}... ({len(text)} characters)"
        return private(text) if private else text


def _without_patterns(text: str) -> str:
    text = DATA.sub(_cut, text)
    if PERHAPS_RUN.search(text):
        text = RUN.sub(_cut, text)
    for pattern in CREDENTIALS:
        text = pattern.sub(rf"\1{MASK}", text)
    return text


def _quoted(text: str) -> set[str]:
    """How a text may stand in a URL."""
    return {quote(text, safe="", errors="replace"), quote_plus(text, errors="replace")}


def _cut(result: re.Match[str]) -> str:
    return f"[{len(result[0])} characters]"


def prompts_of(values: Any) -> list[str]:
    """The texts of a request, or of a job's values, that say what to draw."""
    named = values.items() if isinstance(values, Mapping) else ()
    return [value for name, value in named if isinstance(value, str) and "prompt" in str(name).lower() and value]
