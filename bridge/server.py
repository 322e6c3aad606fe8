"""The HTTP side: routes out of every dialect's table, one handler for all of them, errors in the dialect's shape."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from aiohttp import web

from bridge import __version__
from bridge.adapters import Action, Answer, Dialect, Request, Route, Submission, dialects
from bridge.dispatch import Jobs
from bridge.errors import (
    BadRequest,
    MethodNotAllowed,
    NotFound,
    PixartError,
    TooLarge,
    Unauthorized,
)
from bridge.job import Job
from bridge.openapi import document
from bridge.picture import check
from bridge.settings import ROOT, Settings

LARGEST_BODY = 32 << 20  # bytes: an 18 MB picture in base64, and room for the rest
LONGEST_LINE = 32 << 10  # bytes of a request's first line: an absurd id is answered by its dialect, not by aiohttp
HEARTBEAT_SECONDS = 15  # proxies close a stream that is silent for longer, often after 30 or 60 s
OPEN_PATHS = {"/", "/docs", "/openapi.json", "/health"}  # no key needed: they tell nothing about jobs
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-API-Key",
    "Access-Control-Max-Age": "86400",  # seconds: a day
}
PAGE = ROOT / "bridge" / "web" / "docs.html"

SETTINGS = web.AppKey("settings", Settings)
JOBS: web.AppKey[Jobs] = web.AppKey("jobs")
DIALECTS: web.AppKey[dict[str, Dialect]] = web.AppKey("dialects")
WAITING: web.AppKey[set[asyncio.Task[Any]]] = web.AppKey("waiting")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = logging.getLogger(__name__)


def create_app(settings: Settings, jobs: Jobs) -> web.Application:
    """The application; `jobs` is opened and closed by the caller."""
    app = web.Application(
        client_max_size=LARGEST_BODY,
        handler_args={"max_line_size": LONGEST_LINE},
        middlewares=[preflight, errors, tidy, auth],
    )
    app.on_response_prepare.append(allow_origin)
    app.on_shutdown.append(_end_waiting)
    app[SETTINGS], app[JOBS], app[DIALECTS], app[WAITING] = settings, jobs, dialects(), set()
    for dialect in app[DIALECTS].values():
        for route in dialect.routes:
            _add(app.router, route)
    app.router.add_get("/", _index)
    app.router.add_get("/docs", _docs)
    app.router.add_get("/openapi.json", _openapi)
    app.router.add_get("/health", _health)
    return app


def _add(router: web.UrlDispatcher, route: Route) -> None:
    if route.method == "GET":
        router.add_get(route.path, _handler(route), allow_head=route.action is not Action.EVENTS)
    else:
        router.add_route(route.method, route.path, _handler(route))


def _handler(route: Route) -> Handler:
    """What a route does between reading the request and answering; ACTIONS has the middle part."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if route.action is Action.EVENTS:
            return await _events(request, route)
        return _response(route.answer(await ACTIONS[route.action](request, route)))

    return handle


async def _submit(request: web.Request, route: Route) -> Job:
    submission = await asyncio.to_thread(_understood, await _body(request), request, route)
    job = await request.app[JOBS].submit(submission.spec, submission.id)
    return await _shown(request, job.id, wait=route.wait)


async def _body(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.RequestPayloadError as error:
        raise BadRequest("The body is not what its Content-Encoding or Transfer-Encoding says.") from error


def _understood(data: bytes, request: web.Request, route: Route) -> Submission:
    """What the body asks for, its pictures checked. In a thread: megabytes of base64 take a tenth of a second."""
    assert route.read is not None
    options = {"literal_default_palette": request.app[SETTINGS].literal_default_palette}
    submission = route.read(Request(parse_json(data), request.match_info, request.query, request.headers, options))
    for upload in submission.spec.pictures.values():
        check(upload)
    return submission


async def _show(request: web.Request, route: Route) -> Job:
    return await _shown(request, request.match_info["id"], wait=route.wait)


async def _shown(request: web.Request, id: str, *, wait: bool) -> Job:
    if wait:
        with _ended_with(request.app):
            async for _ in request.app[JOBS].watch(id):
                pass
    return await request.app[JOBS].get(id, data=True)


async def _cancel(request: web.Request, _: Route) -> Job:
    return await request.app[JOBS].cancel(request.match_info["id"])


async def _list(request: web.Request, _: Route) -> list[Job]:
    path = request.match_info.route.resource
    dialect = _dialect_of(request.app, path.canonical if path else request.path)
    return await request.app[JOBS].list(dialect=dialect.name if dialect else None)


ACTIONS: dict[Action, Callable[[web.Request, Route], Awaitable[Any]]] = {
    Action.SUBMIT: _submit,
    Action.SHOW: _show,
    Action.CANCEL: _cancel,
    Action.LIST: _list,
}


@contextlib.contextmanager
def _ended_with(app: web.Application) -> Iterator[None]:
    """For a request that waits for a job: it is cancelled when the server ends, which else would wait for the job."""
    task = asyncio.current_task()
    assert task is not None
    app[WAITING].add(task)
    try:
        yield
    finally:
        app[WAITING].discard(task)


async def _end_waiting(app: web.Application) -> None:
    for task in app[WAITING]:
        task.cancel()


async def _events(request: web.Request, route: Route) -> web.StreamResponse:
    """Server-sent events: one `data:` a change, a comment when nothing happens, the end at a final state."""
    changes = request.app[JOBS].watch(request.match_info["id"])
    async with contextlib.aclosing(changes):  # type: ignore[type-var]  # an async generator, as `watch` returns
        first = await anext(changes)  # an unknown id is a 404, not a stream
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionResetError), _ended_with(request.app):
            await _send_event(response, route.answer(first))
            async for job in _with_heartbeat(changes, response):
                await _send_event(response, route.answer(job))
    return response


async def _with_heartbeat(changes: AsyncIterator[Job], response: web.StreamResponse) -> AsyncIterator[Job]:
    waiting = asyncio.ensure_future(anext(changes, None))
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=HEARTBEAT_SECONDS)
            if not done:
                await response.write(b": still there\n\n")
                continue
            job = waiting.result()
            if job is None:
                return
            yield job
            waiting = asyncio.ensure_future(anext(changes, None))
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def _send_event(response: web.StreamResponse, answer: Answer) -> None:
    await response.write(b"data: " + json.dumps(answer.body).encode() + b"\n\n")


def parse_json(data: bytes) -> Any:
    """Strict JSON, whatever its Content-Type says.

    Raises BadRequest, also for NaN, a name given twice, bad UTF-8, half a surrogate pair and deep nesting.
    """

    def refuse(constant: str) -> Any:
        raise BadRequest(f"The body is not JSON: {constant} is no JSON number.")

    if not data.strip():
        raise BadRequest("The body is empty; send a JSON object.")
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


SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")  # an escape that is text only as one of a pair


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; which of two values of one name is meant, nobody can know."""
    found = dict(pairs)
    if len(found) < len(pairs):
        (name, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise BadRequest(f"The body names {name[:60]!r} twice.")
    return found


def _response(answer: Answer) -> web.Response:
    data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    return web.Response(body=data, status=answer.status, content_type=answer.content_type, headers=dict(answer.headers))


def _dialect_of(app: web.Application, path: str) -> Dialect | None:
    fitting = [dialect for dialect in app[DIALECTS].values() if f"{path}/".startswith(f"{dialect.prefix}/")]
    return max(fitting, key=lambda dialect: len(dialect.prefix), default=None)


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error in the dialect's own shape, aiohttp's own included; a fault inside says nothing of its inside."""
    try:
        return await handler(request)
    except PixartError as error:
        return _failure(request, error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _failure(request, _translated(request, error))
    except Exception:  # the process boundary: what gets here is our mistake, and goes to the log only
        log.exception("%s %s failed", request.method, request.path)
        return _failure(request, PixartError("Something went wrong inside the server; its log says more."))


def _failure(request: web.Request, error: PixartError) -> web.Response:
    dialect = _dialect_of(request.app, request.path)
    if error.status >= 500:
        log.warning("%s %s: %s", request.method, request.path, error)
    answer = dialect.error(error) if dialect else Answer({"detail": str(error), "code": error.code}, error.status)
    return _response(answer)


def _translated(request: web.Request, error: web.HTTPException) -> PixartError:
    if isinstance(error, web.HTTPNotFound):
        return NotFound(f"There is nothing at {request.path}.", hint="/docs lists what there is.")
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return MethodNotAllowed(f"{request.path} takes {allowed}, not {request.method}.")
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return TooLarge(f"The body is larger than {LARGEST_BODY >> 20} MB.")
    return BadRequest(error.reason)


@web.middleware
async def auth(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Ask for the key, where one is set. Without one, whatever a client sends as Authorization is ignored."""
    if request.method == "OPTIONS" or request.path in OPEN_PATHS or _has_key(request):
        return await handler(request)
    raise Unauthorized("An API key is needed.", hint="Send `Authorization: Bearer KEY` or `X-API-Key: KEY`.")


def _has_key(request: web.Request) -> bool:
    """Whether the request carries the key; without one set, every request counts as if it did."""
    key = request.app[SETTINGS].api_key
    if key is None:
        return True
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    bearer = credentials.strip() if scheme.lower() == "bearer" else ""
    offered = (bearer, request.headers.get("X-API-Key", ""))
    # aiohttp reads header bytes that are no UTF-8 as lone surrogates; back to bytes they can only be a wrong key
    return any(hmac.compare_digest(each.encode(errors="surrogateescape"), key.encode()) for each in offered)


# `/status/a/` and `//jobs` lead to what they mean, by 308, which keeps a POST a POST.
tidy = web.normalize_path_middleware(append_slash=False, remove_slash=True, merge_slashes=True)


@web.middleware
async def preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a browser's question whether it may call. Cookies are never part of it."""
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        return web.Response(status=204, headers=PREFLIGHT)
    return await handler(request)


async def allow_origin(request: web.Request, response: web.StreamResponse) -> None:
    """Say which origin may read the answer, on every answer, streams included."""
    response.headers["Vary"] = "Origin"
    allowed = _allowed_origin(request.app[SETTINGS].cors_origins, request.headers.get("Origin"))
    if allowed:
        response.headers["Access-Control-Allow-Origin"] = allowed


def _allowed_origin(origins: tuple[str, ...], origin: str | None) -> str | None:
    if not origin:
        return None
    return "*" if "*" in origins else origin if origin in origins else None


async def _index(_: web.Request) -> web.Response:
    raise web.HTTPFound("/docs")


async def _docs(_: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE)


async def _openapi(request: web.Request) -> web.Response:
    return web.json_response(document(request.app[DIALECTS]))


async def _health(request: web.Request) -> web.Response:
    """Alive for everybody; addresses, counts and log lines only for who has the key."""
    more = await request.app[JOBS].health() if _has_key(request) else {}
    return web.json_response({"status": "healthy", "version": __version__, **more})
