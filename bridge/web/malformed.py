"""A short answer to malformed requests: aiohttp's own repeats all their bytes, in the answer and in memory."""

from __future__ import annotations

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

LONGEST_LINE = 200  # characters of the answer: the parser's sentence, without the bytes that follow it
_whole = web.RequestHandler.handle_error


def _brief(
    protocol: web.RequestHandler,
    request: web.BaseRequest,
    status: int = 500,
    exc: BaseException | None = None,
    message: str | None = None,
) -> web.StreamResponse:
    """aiohttp's `handle_error` without the data, which the error's traceback would hold until it is collected."""
    if isinstance(exc, HttpProcessingError):
        exc.__traceback__ = None
        message = (message or exc.message).partition("\n")[0][:LONGEST_LINE]
        exc = HttpProcessingError(code=exc.code, message=message)
    return _whole(protocol, request, status, exc, message)


def answer_briefly() -> None:
    """Let every server of this process answer malformed requests briefly."""
    web.RequestHandler.handle_error = _brief  # type: ignore[method-assign]  # a handler's class can't be chosen
