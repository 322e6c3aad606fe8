"""What of a request's query and headers nobody reads, and the header in which answers without a place of their own say
that."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable

from aiohttp import web

from bridge.adapters.dialect import LONGEST_WAIT, PREFER, notes_header
from bridge.adapters.fields import MOST_NAMED, shown
from bridge.core.spelling import with_question

WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?([^,;\"]*)", re.IGNORECASE)  # in the header PREFER

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def unread_parameters(query: Iterable[str], parameters: Collection[str], belongs: str = "") -> tuple[str, ...]:
    """A sentence for each parameter of a query that isn't one of these; `belongs` says where it may belong."""
    names = [name for name in dict.fromkeys(query) if name not in parameters][:MOST_NAMED]
    sentence = f"is not a parameter that is read here; it was ignored.{belongs}"
    return tuple(with_question(f"{shown(name)} {sentence}", name, parameters) for name in names)


def noted(serve: Handler, *parameters: str) -> Handler:
    """The handler of a route of no dialect, whose answers say which parameters of the query aren't these."""

    async def handle(request: web.Request) -> web.StreamResponse:
        response = await serve(request)
        response.headers.update(notes_header(unread_parameters(request.query, parameters)))
        return response

    return handle


def patience(preference: str) -> tuple[int, tuple[str, ...]]:
    """For how many seconds the header PREFER asks to wait, LONGEST_WAIT at most, and a note where it asks otherwise."""
    wish = WAIT.search(preference)
    word = wish[1].strip() if wish else "0"
    if not (word.isascii() and word.isdecimal()):
        return 0, (f"{PREFER}: wait must be a whole number of seconds, not {shown(word)}; it was ignored.",)
    if len(word.lstrip("0")) > len(str(LONGEST_WAIT)) or int(word) > LONGEST_WAIT:
        return LONGEST_WAIT, (f"{PREFER}: wait={LONGEST_WAIT} instead of {shown(word)}, which is more than the most.",)
    return int(word), ()
