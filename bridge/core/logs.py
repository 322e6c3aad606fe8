"""The process's log: lines for people or JSON objects for machines, each naming its request or job.

Pictures, credentials, secrets and people's prompts are cut out of every line."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field, replace
from typing import Any, TextIO
from urllib.parse import quote, quote_plus
from weakref import WeakKeyDictionary

from aiohttp.http_exceptions import HttpProcessingError
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

MASK = "***"
SHORTEST_SECRET = 4  # characters; a shorter one would black out whole lines and hide nothing
RUN_IN_COMMON = 12  # characters in a row that a line and a prompt have in common by no accident
LONGEST_TEXT = 8192  # characters of one text in a line, above which the text is cut off
DEBUG_CHARACTERS = 200  # characters of a prompt that lines may show while debugging

# Base64, both alphabets; in URLs, JSON and over several lines too. 64 characters are a SHA-256, which may stay.
_DIGIT = r"(?:[A-Za-z0-9+/_-]|%2[BbFf]|\\/)"
_BREAK = rf"(?:(?:\\r)?\\n|\r?\n|%0[Aa])(?={_DIGIT}{{20}})"
BASE64_RUN = re.compile(rf"(?:{_DIGIT}|{_BREAK}){{65,}}(?:=|%3[Dd]){{0,2}}")
PERHAPS_RUN = re.compile(r"[A-Za-z0-9+/_%\\\r\n-]{65}")  # in every BASE64_RUN, and ten times as fast to look for
# A path among such runs: folders with short names in small letters, or of words such as ComfyUI. In base64 capitals and
# digits are everywhere.
_FOLDER = r"(?:[a-z0-9_-]{1,48}|(?=(?:[a-z_-]*[A-Z]){1,3}[a-z_-]*(?:/|$))[A-Za-z_-]{1,48})"
PATH_PATTERN = re.compile(rf"/?(?:{_FOLDER}/){{2,}}(?:{_FOLDER})?")
DATA_URL_PATTERN = re.compile(rf"\bdata:[^,\s\"']{{0,100}},(?:[^\s\"']|{_BREAK})*", re.IGNORECASE)
CREDENTIAL_PATTERNS = [
    re.compile(r"(\b[a-z][a-z0-9+.-]{0,15}://)[^\s/?#\"'<>]*(?=@)", re.IGNORECASE),
    re.compile(r"((?:authorization|x-api-key|cookie)\\?[\"']?\s*[:=,]\s*(?:b?\\?[\"'])?)[^\"'\\\r\n]+", re.IGNORECASE),
    re.compile(r"(\bbearer\s+)[^\s\"'\\,;]+", re.IGNORECASE),
    re.compile(r"(\bBasic\s+)[A-Za-z0-9+/=_-]{4,}"),
    re.compile(r"([?&][\w.-]*(?:key|token|secret|password|signature|sig)=)[^&\s\"'#]+", re.IGNORECASE),
]

# An id, a name: too short for BASE64_RUN, and without what begins any of the others.
WORD_PATTERN = re.compile(r"[\w.-]{1,64}")

TEXT_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
CONTROL_PATTERN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # one of these would begin a line that nobody wrote
PLAIN_PATTERN = re.compile(r"[\w.,@:/+*-]+")
OF_ALL = frozenset(RESERVED_ATTRS) | {"taskName"}  # the attributes of every record

LATER_SECONDS = 0.1  # before postponed lines are written; kill -9 loses at most these

log = logging.getLogger(__name__)

_DUE: WeakKeyDictionary[asyncio.AbstractEventLoop, list[Callable[[], object]]] = WeakKeyDictionary()


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _escaped(text: str) -> set[str]:
    """The forms that a text may have in a line: as it is, in a `repr`, in JSON."""
    return {text, repr(text)[1:-1], json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}


class Private:
    """A filter of texts: it masks runs of RUN_IN_COMMON characters of them, and shorter texts as whole words."""

    def __init__(self, texts: Iterable[str]) -> None:
        forms = sorted({form for text in texts for form in _escaped(text)}, key=len, reverse=True)
        # A set, not a pattern: a request can have thousands of words, and a pattern of those takes a minute to compile.
        self._words = {form for form in forms if SHORTEST_SECRET <= len(form) < RUN_IN_COMMON}
        self._sizes = sorted({len(word) for word in self._words}, reverse=True)
        self._whole = "\0".join(form for form in forms if len(form) >= RUN_IN_COMMON)

    def __call__(self, text: str) -> str:
        """The text with a mask in place of each private piece."""
        if self._words:
            text = self._without_words(text)
        pieces, at = [], 0
        while self._whole and at < len(text):
            end = at + RUN_IN_COMMON
            if end > len(text) or text[at:end] not in self._whole:
                pieces.append(text[at])
                at += 1
                continue
            while end < len(text) and text[at : end + 1] in self._whole:
                end += 1
            pieces.append(MASK)
            at = end
        return "".join(pieces) if self._whole else text

    def _without_words(self, text: str) -> str:
        pieces, at = [], 0
        while at < len(text):
            size = 0 if _in_word(text[at - 1 : at]) else self._word_at(text, at)
            pieces.append(MASK if size else text[at])
            at += size or 1
        return "".join(pieces)

    def _word_at(self, text: str, at: int) -> int:
        """The length of the longest private word that begins at this place; 0 for none."""
        ends = (at + size for size in self._sizes)
        return next((end - at for end in ends if text[at:end] in self._words and not _in_word(text[end : end + 1])), 0)


class Redaction:
    """Masks credentials and pictures in texts by patterns, and each of the `secrets`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for each in secrets if len(each) >= SHORTEST_SECRET for form in {*_escaped(each), *_quoted(each)}}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str, private: Private | None = None) -> str:
        """The text with a mask in place of each secret, cut off after LONGEST_TEXT characters."""
        if not WORD_PATTERN.fullmatch(text):
            text = _without_patterns(text)
        if self._secrets:
            text = self._secrets.sub(MASK, text)
        if len(text) > LONGEST_TEXT:
            text = f"{text[:LONGEST_TEXT]}... ({len(text)} characters)"
        return private(text) if private else text


def _without_patterns(text: str) -> str:
    text = DATA_URL_PATTERN.sub(_size_note, text)
    if PERHAPS_RUN.search(text):
        text = BASE64_RUN.sub(_unless_path, text)
    for pattern in CREDENTIAL_PATTERNS:
        text = pattern.sub(rf"\1{MASK}", text)
    return text


def _quoted(text: str) -> set[str]:
    """The forms that a text may have in a URL."""
    return {quote(text, safe="", errors="replace"), quote_plus(text, errors="replace")}


def _size_note(result: re.Match[str]) -> str:
    return f"[{len(result[0])} characters]"


def _unless_path(result: re.Match[str]) -> str:
    return result[0] if PATH_PATTERN.fullmatch(result[0]) else _size_note(result)


def prompts_of(values: Any) -> list[str]:
    """The prompts among the values of a request or a job."""
    items = values.items() if isinstance(values, Mapping) else ()
    return [value for name, value in items if isinstance(value, str) and "prompt" in str(name).lower() and value]


@dataclass
class HiddenTexts:
    """Texts that no line may repeat."""

    texts: list[str]
    _private: Private | None = None

    def add(self, texts: Iterable[str]) -> None:
        """Hide these texts too."""
        self.texts += [text for text in texts if text not in self.texts]
        self._private = None

    def private(self, shown: int) -> Private | None:
        """The filter that masks the texts in a line, but for the first `shown` characters of each."""
        if self.texts and self._private is None:
            self._private = Private(text[shown:] for text in self.texts)
        return self._private


@dataclass
class Context:
    """The fields of a request's or a job's lines, and the texts that those lines may not repeat."""

    about: dict[str, str] = field(default_factory=dict)
    hidden: HiddenTexts = field(default_factory=lambda: HiddenTexts([]))


_CONTEXT: ContextVar[Context | None] = ContextVar("context", default=None)


@contextmanager
def about(private: Iterable[str] = (), **fields: str) -> Iterator[None]:
    """A context whose lines have these fields and mask the private texts, in its tasks and threads too."""
    token = _CONTEXT.set(Context({name: value for name, value in fields.items() if value}, HiddenTexts([*private])))
    try:
        yield
    finally:
        _CONTEXT.reset(token)


def note(private: Sequence[str] = (), **fields: str) -> None:
    """Add fields to the lines of this request or job from now on, and mask the private texts in them."""
    if context := _CONTEXT.get():
        context.about |= fields
        if private:
            context.hidden.add(private)


def hide_prompts(values: Any) -> None:
    """Mask the prompts of a request in its lines."""
    note(prompts_of(values))


def later(
    logger: logging.Logger, line: str, fields: Mapping[str, Any], *, private: Sequence[str] = (), **about: str
) -> None:
    """Log a line with its present time and fields after LATER_SECONDS, so that drawing and answering go first.

    `private` and `about` are noted for later lines too, see `note`. A line takes a quarter of a millisecond, half of
    it to wake the reader: the postponed lines are one write.
    """
    note(private, **about)
    if not logger.isEnabledFor(logging.INFO):
        return
    record = logger.makeRecord(logger.name, logging.INFO, __file__, 0, line, (), None, extra=fields)
    context, loop = copy_context(), asyncio.get_running_loop()
    if now := _CONTEXT.get():
        context.run(_CONTEXT.set, replace(now, about={**now.about}))
    if not _DUE.setdefault(loop, []):
        loop.call_later(LATER_SECONDS, flush)
    _DUE[loop].append(lambda: context.run(logger.handle, record))


def flush() -> None:
    """Write all postponed lines now."""
    due = _DUE.pop(asyncio.get_running_loop(), ())
    with ExitStack() as stack:
        for handler in logging.getLogger().handlers if due else ():
            if isinstance(handler, Lines):
                stack.enter_context(handler.together())
        for write in due:
            write()


class Lines(logging.StreamHandler[TextIO]):
    """Writes each line at once, or the lines of a block together."""

    @contextmanager
    def together(self) -> Iterator[None]:
        """A context whose lines are one write. A closed log raises no error, as everywhere in `logging`."""
        assert self.lock is not None
        with self.lock, suppress(OSError, ValueError):
            stream, self.stream = self.stream, io.StringIO()
            try:
                yield
            finally:
                lines, self.stream = self.stream, stream
                stream.write(lines.getvalue())
                self.flush()


class Cleaner(logging.Filter):
    """Adds to each record the fields of its request or job, and masks secrets and private texts.

    With `debug`, the first characters of prompts stay. Records are changed in place, so no handler may run before.
    """

    def __init__(self, redact: Redaction, *, debug: bool = False) -> None:
        super().__init__()
        self._redact, self._shown = redact, DEBUG_CHARACTERS if debug else 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the record; always True, since a clean record may be logged."""
        context = _CONTEXT.get() or Context()
        private = context.hidden.private(self._shown)
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # arguments that don't fit; `logging` would print them all
            message = str(record.msg)
        record.msg, record.args = self._redact(message, private), ()
        if record.exc_info and record.exc_info[0]:
            record.exc_text = self._redact(logging.Formatter().formatException(record.exc_info), private)
        record.exc_info = None
        if record.stack_info:
            record.stack_info = self._redact(record.stack_info, private)
        for name, value in {**fields_of(record), **context.about}.items():
            setattr(record, name, self._redact(value, private) if isinstance(value, str) else value)
        return True


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """The fields that a record has beyond those of all records."""
    return {name: value for name, value in vars(record).items() if name not in OF_ALL}


class Text(logging.Formatter):
    """A line for people: the fields stand behind the message as `name=value`."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the standard library's name
        """One line, with control characters escaped."""
        message = CONTROL_PATTERN.sub(
            lambda result: result[0].encode("unicode_escape").decode(), super().formatMessage(record)
        )
        return " ".join([message, *(f"{name}={_field_text(value)}" for name, value in fields_of(record).items())])


def _field_text(value: Any) -> str:
    text = str(value)
    return text if PLAIN_PATTERN.fullmatch(text) else json.dumps(text)


def _json() -> logging.Formatter:
    names = {"levelname": "level", "name": "logger", "exc_info": "exc"}
    return JsonFormatter(["levelname", "name", "message"], rename_fields=names, timestamp="time")


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a record is worth a line; aiohttp's tracebacks about malformed requests, clients' mistakes, are not."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


FORMATTERS: Mapping[str, Callable[[], logging.Formatter]] = {"text": lambda: Text(TEXT_FORMAT), "json": _json}


def set_up(form: str, secrets: Iterable[str], say: Callable[[str], None], *, debug: bool) -> Callable[[str], None]:
    """Set up the process's log on standard error, as `text` or `json`; an uncaught exception goes there too.

    Returns a function that gives the operator a sentence: by `say`, or as a line of the log if the log is JSON.
    """
    redact = Redaction(secrets)
    handler = Lines(sys.stderr)
    handler.addFilter(Cleaner(redact, debug=debug))
    handler.setFormatter(FORMATTERS[form]())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    logging.captureWarnings(True)
    if debug:
        logging.getLogger("bridge").setLevel(
            logging.DEBUG
        )  # not the root logger: other libraries' lines would drown these
    sys.excepthook = lambda *fault: log.critical("The bridge ended in a fault", exc_info=fault)
    return log.info if form == "json" else lambda text: say(redact(text))
