"""The process's log: lines for people or JSON objects for machines, each with what it is about, none with a secret."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field, replace
from typing import Any, TextIO
from weakref import WeakKeyDictionary

from aiohttp.http_exceptions import HttpProcessingError
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from bridge.core.redaction import SHOWN, Private, Redaction

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # one of these would begin a line that nobody wrote
PLAIN = re.compile(r"[\w.,@:/+*-]+")
OF_ALL = frozenset(RESERVED_ATTRS) | {"taskName"}  # what every record has

LATER_SECONDS = 0.1  # nobody reads faster; kill -9 takes the lines of so long with it

log = logging.getLogger(__name__)

_DUE: WeakKeyDictionary[asyncio.AbstractEventLoop, list[Callable[[], object]]] = WeakKeyDictionary()


@dataclass
class Hidden:
    """Texts that no line must repeat."""

    texts: list[str]
    _private: Private | None = None

    def add(self, texts: Iterable[str]) -> None:
        """Let these be private too."""
        self.texts += [text for text in texts if text not in self.texts]
        self._private = None

    def private(self, shown: int) -> Private | None:
        """What takes them out of a line, but for as many characters of each as may be shown."""
        if self.texts and self._private is None:
            self._private = Private(text[shown:] for text in self.texts)
        return self._private


@dataclass
class Context:
    """What the lines of a request or a job are about, and what they must not repeat."""

    about: dict[str, str] = field(default_factory=dict)
    hidden: Hidden = field(default_factory=lambda: Hidden([]))


_CONTEXT: ContextVar[Context | None] = ContextVar("context", default=None)


@contextmanager
def about(private: Iterable[str] = (), **fields: str) -> Iterator[None]:
    """Let each line of the block say this, those of its tasks and threads too, and none repeat what is private."""
    token = _CONTEXT.set(Context({name: value for name, value in fields.items() if value}, Hidden([*private])))
    try:
        yield
    finally:
        _CONTEXT.reset(token)


def note(**fields: str) -> None:
    """Let the lines of this request or job say this from now on."""
    if context := _CONTEXT.get():
        context.about |= fields


def hide(private: Iterable[str]) -> None:
    """Keep these texts out of the lines of this request or job."""
    if context := _CONTEXT.get():
        context.hidden.add(private)


def later(logger: logging.Logger, line: str, fields: Mapping[str, Any]) -> None:
    """Log a line in a moment, as it is now and at its time: whoever draws or waits goes first.

    A line takes a quarter of a millisecond, half of it to wake who reads it: those of a moment are one write.
    """
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
    """Write now what was to be written in a moment."""
    due = _DUE.pop(asyncio.get_running_loop(), ())
    with ExitStack() as stack:
        for handler in logging.getLogger().handlers if due else ():
            if isinstance(handler, Lines):
                stack.enter_context(handler.together())
        for write in due:
            write()


class Lines(logging.StreamHandler[TextIO]):
    """Writes each line at once, those of a block together."""

    @contextmanager
    def together(self) -> Iterator[None]:
        """The block. A log that is closed or can't be written ends nothing, as everywhere in `logging`."""
        assert self.lock is not None
        with self.lock, suppress(OSError, ValueError):
            stream, self.stream = self.stream, io.StringIO()
            try:
                yield
            finally:
                gathered, self.stream = self.stream, stream
                stream.write(gathered.getvalue())
                self.flush()


class Cleaned(logging.Filter):
    """Puts into each record what it is about, and takes out what must not be logged.

    With `debug`, a prompt's first characters may be seen. A record is changed in place: let nobody read it before.
    """

    def __init__(self, redact: Redaction, *, debug: bool = False) -> None:
        super().__init__()
        self._redact, self._shown = redact, SHOWN if debug else 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Never False: what is cleaned can be said."""
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
        for name, value in {**said(record), **context.about}.items():
            setattr(record, name, self._redact(value, private) if isinstance(value, str) else value)
        return True


def said(record: logging.LogRecord) -> dict[str, Any]:
    """The fields that a record has beyond those of all records."""
    return {name: value for name, value in vars(record).items() if name not in OF_ALL}


class Text(logging.Formatter):
    """A line for people: the fields stand behind the message as `name=value`."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the standard library's name
        """One line, whatever is in it."""
        message = CONTROL.sub(lambda result: result[0].encode("unicode_escape").decode(), super().formatMessage(record))
        return " ".join([message, *(f"{name}={_shown(value)}" for name, value in said(record).items())])


def _shown(value: Any) -> str:
    text = str(value)
    return text if PLAIN.fullmatch(text) else json.dumps(text)


def _json() -> logging.Formatter:
    names = {"levelname": "level", "name": "logger", "exc_info": "exc"}
    return JsonFormatter(["levelname", "name", "message"], rename_fields=names, timestamp="time")


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a record is worth a line: aiohttp has a traceback for what is no HTTP, a client's mistake as any 400."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


FORMATS: Mapping[str, Callable[[], logging.Formatter]] = {"text": lambda: Text(TEXT), "json": _json}


def set_up(form: str, secrets: Iterable[str], say: Callable[[str], None], *, debug: bool) -> Callable[[str], None]:
    """Let the process log to its standard error, as `text` or `json`; what ends it unforeseen goes there too.

    Returns what tells the operator a sentence: by `say`, or as a line of the log where that is JSON.
    """
    redact = Redaction(secrets)
    handler = Lines(sys.stderr)
    handler.addFilter(Cleaned(redact, debug=debug))
    handler.setFormatter(FORMATS[form]())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    logging.captureWarnings(True)
    if debug:
        logging.getLogger("bridge").setLevel(logging.DEBUG)  # other libraries' steps would drown ours
    sys.excepthook = lambda *fault: log.critical("The bridge ended in a fault", exc_info=fault)
    return log.info if form == "json" else lambda text: say(redact(text))
