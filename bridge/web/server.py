"""The HTTP side: an application out of the dialects' tables, who may call, errors in the dialect's shape."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid

from aiohttp import web

from bridge.adapters import dialects, profiles, served
from bridge.adapters.dialect import Action, Answer, Dialect, Route
from bridge.core import callback_address, logs
from bridge.core.errors import BadRequest, MethodNotAllowed, NotFound, PixartError, Unauthorized
from bridge.core.metrics import OTHER, Metrics
from bridge.core.settings import Settings
from bridge.core.trace import trace_of
from bridge.core.variables import options_of
from bridge.engine.port import Jobs
from bridge.web import palettes
from bridge.web.arrival import BODY_SECONDS, LARGEST_BODY, expected
from bridge.web.docs_page import policy
from bridge.web.documents import Document, api, page, tagged
from bridge.web.encoding import too_large
from bridge.web.guard import GUARD, Guard
from bridge.web.handlers import (
    CALLER,
    JOBS,
    METRICS,
    MOST_PIXELS,
    OPTIONS,
    TRACE,
    WAITING,
    WEBHOOK,
    Handler,
    end_waiting,
    handler,
    respond,
)
from bridge.web.headers import SETTINGS, csrf, finish, hosts, preflight
from bridge.web.health import Alive
from bridge.web.leftover import leftover
from bridge.web.malformed import answer_briefly
from bridge.web.studio_files import PAGE, POLICY, file
from bridge.web.studio_options import choices

# Bytes of a request's first line: an absurd id is answered by its dialect, not by aiohttp. That looks for a route with
# each part of a path less, so that twice the bytes take four times as long.
LONGEST_LINE = 12 << 10
MOST_PARTS = 40  # of a path that somebody may have mistyped; of those that there are, none has ten
# No key needed: they tell nothing about jobs.
OPEN_PATHS = {"/", "/docs", "/openapi.json", "/health", "/ready"}
STUDIO_FILES = "/studio/{file}"  # as aiohttp writes its route
GONE = 499  # counted for a request that was cancelled; nginx calls it so

DIALECTS: web.AppKey[dict[str, Dialect]] = web.AppKey("dialects")
ALIVE = web.AppKey("alive", Alive)
PROFILE: web.AppKey[Dialect | None] = web.AppKey("profile")

log = logging.getLogger(__name__)


def create_app(
    settings: Settings,
    jobs: Jobs,
    profile: str | None = None,
    guard: Guard | None = None,
    metrics: Metrics | None = None,
) -> web.Application:
    """The application; `jobs` is opened and closed by the caller.

    With a `profile` only its dialects are served, at the paths of their originals. Listeners of one process share a
    `guard`, so that limits count over all of them.
    """
    answer_briefly()
    app = web.Application(
        client_max_size=LARGEST_BODY,
        # aiohttp would unpack a body before anybody is asked for a key, and read on for 10 s after the answer
        handler_args={"max_line_size": LONGEST_LINE, "auto_decompress": False, "lingering_time": 0},
        middlewares=[leftover, access_log, preflight, errors, hosts, csrf, normalize_path, auth, webhook],
    )
    app.on_response_prepare.append(finish)
    app[METRICS] = metrics or Metrics()
    app.on_shutdown.append(end_waiting)
    wanted = profiles()[profile] if profile else ()
    known = dialects()
    those = {name: known[name] for name in wanted or known}
    app[SETTINGS], app[JOBS], app[DIALECTS], app[WAITING] = settings, jobs, those, set()
    app[GUARD], app[MOST_PIXELS] = guard or Guard(settings), settings.max_pixels
    app[BODY_SECONDS] = settings.body_seconds
    app[OPTIONS] = {name: options_of(each.options) for name, each in those.items()}
    app[PROFILE] = those[wanted[0]] if wanted else None
    app[ALIVE] = Alive(jobs)
    app.on_startup.append(_describe)
    for dialect, route, path in served(those, alone=bool(profile)):
        _add(app.router, route, dialect, path)
    taken = {resource.canonical for resource in app.router.resources()}
    if not wanted:
        app.router.add_post(palettes.PATH, palettes.read, expect_handler=expected)
        app.router.add_get("/studio/options", _studio_options)
        app.router.add_get(STUDIO_FILES.replace("}", ":.+}"), _studio_file)
    for path, own in {
        "/": _index if wanted else _studio,
        "/docs": _docs,
        "/openapi.json": _openapi,
        "/health": _health,
        "/ready": _ready,
        "/metrics": _metrics,
    }.items():
        if path not in taken:
            app.router.add_get(path, own)
    return app


def _add(router: web.UrlDispatcher, route: Route, dialect: Dialect, path: str) -> None:
    serve = handler(route, dialect)
    if route.method == "GET":
        heads = route.action is not Action.EVENTS
        router.add_get(path, serve, allow_head=heads, expect_handler=expected)
    else:
        router.add_route(route.method, path, serve, expect_handler=expected)


def _dialect_of(app: web.Application, path: str) -> Dialect | None:
    """Whose errors a path shows: the dialect with the longest prefix that fits, else the profile's first."""
    if app[PROFILE] is not None and len(app[DIALECTS]) == 1:
        return app[PROFILE]
    fitting = [
        (len(dialect.mount + prefix), dialect)
        for dialect in app[DIALECTS].values()
        for prefix in dialect.prefixes
        if f"{path}/".startswith(f"{dialect.mount}{prefix}/")
    ]
    return max(fitting, key=lambda each: each[0], default=(0, app[PROFILE]))[1]


def _resource_of(request: web.Request) -> web.AbstractResource | None:
    """What the path is of in aiohttp's table of routes."""
    route = request.match_info.route
    return route.resource


def _route_of(request: web.Request, dialect: Dialect) -> Route | None:
    """The row of the table that serves this request, once aiohttp has found it."""
    resource = _resource_of(request)
    path = resource.canonical if resource else None
    mount = "" if request.app[PROFILE] else dialect.mount
    return next((r for r in dialect.routes if mount + r.path == path and r.method == request.method), None)


@web.middleware
async def access_log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request its trace, count it; with DEBUG_MODE, a line: whose it is, what it asked for, what it got."""
    dialect, resource = _dialect_of(request.app, request.path), _resource_of(request)
    name, route = dialect.name if dialect else "", resource.canonical if resource else ""
    request[TRACE] = trace_of(request.headers) or uuid.uuid4().hex
    began, status = time.perf_counter(), GONE
    with logs.about(trace=request[TRACE], dialect=name):
        try:
            response = await handler(request)
            status = response.status
            return response
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            took = time.perf_counter() - began
            request.app[METRICS].answered(name or "server", request.method, route or OTHER, status, took)
            log.debug("request %s %s %s %s", name or "-", request.method, route or request.path, status)


class Fault(PixartError):
    """A mistake of ours; the log has said all there is."""


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error in the dialect's own shape, aiohttp's own included; a fault inside says nothing of its inside."""
    try:
        return await handler(request)
    except PixartError as error:
        return await _failure(request, error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return await _failure(request, _translated(request, error))
    except Exception as error:  # the process boundary: what gets here is our mistake, and goes to the log only
        if isinstance(error, ConnectionError) and (request.transport is None or request.transport.is_closing()):
            return web.Response(status=GONE)  # the client's connection is the one that is gone: nobody reads this
        log.exception("%s %s failed", request.method, request.path)
        return await _failure(request, Fault("Something went wrong inside the server; its log says more."))


async def _failure(request: web.Request, error: PixartError) -> web.StreamResponse:
    dialect = _dialect_of(request.app, request.path)
    if (error.status >= 500 or error.status == 429) and not isinstance(error, Fault):
        log.warning("refused: %s %s: %s", request.method, request.path, error, extra={"status": error.status})
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = error.allowed
    if dialect is None:
        return await respond(request, Answer({"detail": str(error), "code": error.code}, error.status), headers)
    route = _route_of(request, dialect)
    word = (route.error if route else None) or dialect.error
    challenged = isinstance(error, Unauthorized) and dialect.challenge
    return await respond(request, word(error), {"WWW-Authenticate": dialect.challenge} if challenged else headers)


def _translated(request: web.Request, error: web.HTTPException) -> PixartError:
    if isinstance(error, web.HTTPNotFound):
        return NotFound(f"There is nothing at {request.path}.", hint="/docs lists what there is.")
    if isinstance(error, web.HTTPMethodNotAllowed):
        return MethodNotAllowed(request.path, request.method, error.allowed_methods)
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return too_large(LARGEST_BODY)
    return BadRequest(error.reason)


@web.middleware
async def auth(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out whose request it is and whether it may come now. Where no key is needed, any that is sent is ignored."""
    if request.method == "OPTIONS":
        return await handler(request)
    if request.path in OPEN_PATHS or _is_studio_file(request):
        return tagged(request, await handler(request))
    guard, dialect = request.app[GUARD], _dialect_of(request.app, request.path)
    name, credentials = (dialect.name, dialect.credentials) if dialect else ("", "")
    caller = await guard.caller(request, _has_own(request, dialect), name, credentials)
    request[CALLER] = caller
    route = _route_of(request, dialect) if dialect else None
    if route and route.action is Action.SUBMIT:
        await guard.count(request, caller)
    return await handler(request)


def _is_studio_file(request: web.Request) -> bool:
    """Whether it asks for a file of the studio's page, which shows nothing before it has a key."""
    resource = _resource_of(request)
    return resource is not None and resource.canonical == STUDIO_FILES


def _has_own(request: web.Request, dialect: Dialect | None) -> bool | None:
    """Whether the request carries the dialect's own credentials; None where it has none."""
    if dialect is None or dialect.admits is None:
        return None
    return dialect.admits(request.headers, request.app[OPTIONS][dialect.name])


@web.middleware
async def webhook(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take the URL that a caller wants told of its job. Where no job is submitted, the header means nothing."""
    texts = request.headers.getall(callback_address.HEADER, [])
    dialect = _dialect_of(request.app, request.path) if texts else None
    route = _route_of(request, dialect) if dialect else None
    if route and route.action is Action.SUBMIT:
        settings = request.app[SETTINGS]
        private = settings.webhook_private
        request[WEBHOOK] = callback_address.callback_url(texts, offered=_are_offered(settings), private=private)
    return await handler(request)


def _are_offered(settings: Settings) -> bool:
    """Whether clients may name URLs that are told of their jobs."""
    return settings.webhook_clients and settings.webhook_secret is not None


_merged = web.normalize_path_middleware(append_slash=False, merge_slashes=True)
_merged_and_cut = web.normalize_path_middleware(append_slash=False, remove_slash=True, merge_slashes=True)


@web.middleware
async def normalize_path(request: web.Request, handler: Handler) -> web.StreamResponse:
    """`/status/a/` and `//jobs` lead to what they mean, by 308, which keeps a POST a POST."""
    # aiohttp's own cuts the last letter off any path, so that `/jobss` would be taken for `/jobs`
    tidied = _merged_and_cut if request.path.endswith("/") else _merged
    return await (handler(request) if request.path.count("/") > MOST_PARTS else tidied(request, handler))


async def _index(_: web.Request) -> web.Response:
    raise web.HTTPFound("/docs")


async def _studio(_: web.Request) -> web.Response:
    return file(PAGE).answer({"Content-Security-Policy": POLICY})


async def _studio_file(request: web.Request) -> web.Response:
    return file(request.match_info["file"]).answer()


async def _studio_options(request: web.Request) -> web.Response:
    """What the studio's menus offer; with the key, where one is set."""
    return web.json_response(choices(await request.app[JOBS].catalog()))


async def _docs(_: web.Request) -> web.Response:
    return page().answer({"Content-Security-Policy": policy()})


async def _openapi(request: web.Request) -> web.Response:
    return _api(request.app).answer()


def _api(app: web.Application) -> Document:
    return api(tuple(app[DIALECTS]), alone=app[PROFILE] is not None, webhooks=_are_offered(app[SETTINGS]))


async def _describe(app: web.Application) -> None:
    """Make the document and the page while nobody waits for them."""
    await asyncio.to_thread(_api, app)
    await asyncio.to_thread(page)


async def _ready(request: web.Request) -> web.Response:
    """For a load balancer: whether a job would be drawn now. Only the operator's key has a ComfyUI restarted by it."""
    own = await request.app[GUARD].has_operators_key(request)
    trouble = await request.app[JOBS].ready(renew=own)
    if trouble is None:
        return web.json_response({"ready": True})
    return web.json_response({"ready": False, "detail": trouble}, status=503, headers={"Retry-After": "5"})


async def _metrics(request: web.Request) -> web.Response:
    """For Prometheus; with the key, where one is set."""
    health, accept = await request.app[JOBS].health(), request.headers.get("Accept", "")
    text, content_type = await asyncio.to_thread(request.app[METRICS].exposed, health, accept)
    return web.Response(body=text, headers={"Content-Type": content_type})


async def _health(request: web.Request) -> web.Response:
    """Alive for everybody; more only for the operator."""
    state = await request.app[ALIVE].state()
    own = _has_own(request, _dialect_of(request.app, request.path))
    more = await request.app[JOBS].health() if await request.app[GUARD].trusts(request, own) else {}
    return web.json_response({**state, **more})
