"""The middlewares before every handler, in this order: trace, origin and host of the caller, path, key.

Headers of every answer are set here, too: which pages may read the answer, what a browser may do with it, how long it
may be stored, and the id that follows a request through the logs.
"""

from __future__ import annotations

import functools
import ipaddress
import logging
import re
import socket
import time
import uuid
from collections.abc import Mapping

from aiohttp import web, web_response

from bridge.adapters.dialect import NOTES_HEADER, Action, Answer, Dialect, Route
from bridge.core import callback_address, logs
from bridge.core.errors import BadRequest, Forbidden, MethodNotAllowed, NotFound, PixartError, Unauthorized
from bridge.core.metrics import OTHER_LABEL
from bridge.core.settings import Settings
from bridge.core.spelling import nearest_path
from bridge.web.body import LARGEST_BODY, too_large
from bridge.web.documents import tagged
from bridge.web.guard import GUARD
from bridge.web.handlers import (
    CACHE_HEADER,
    CALLER,
    JOB_ID,
    METRICS,
    OPTIONS,
    TRACE,
    WEBHOOK,
    Handler,
    respond,
)
from bridge.web.leftover import leftover

# aiohttp's own name in answers tells attackers its version and Python's. The constant is not in its `__all__`.
web_response.SERVER_SOFTWARE = "Pixart"  # pyright: ignore[reportPrivateImportUsage]

SETTINGS = web.AppKey("settings", Settings)
CACHEABLE_PATHS = {"/", "/docs", "/openapi.json"}  # the same for everybody, so that clients may store them

REQUEST_ID_HEADER = "X-Request-Id"
REQUEST_ID_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,64}")
# W3C Trace Context, level 1: version, trace id, parent id, flags; a later version may say more at the end.
TRACE_PARENT_PATTERN = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")

PICTURE_HEADERS = ("Width", "Height", "Format", "Seed", "Notes")  # the panel dialect's headers about its bytes
EXPOSED_HEADERS = (
    JOB_ID,
    CACHE_HEADER,
    NOTES_HEADER,
    REQUEST_ID_HEADER,
    "Retry-After",
    "ETag",
    *(f"X-Image-{part}" for part in PICTURE_HEADERS),
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",  # editors in other origins show results; see CORS_ORIGINS
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

MOST_PARTS = 40  # of a path that may be mistyped; no path of the table has ten
# Paths without a key: their answers tell nothing about jobs.
OPEN_PATHS = {"/", "/docs", "/openapi.json", "/health", "/ready"}
STUDIO_FILES = "/studio/{file}"  # as aiohttp writes its route
CLIENT_LEFT = 499  # nginx's status for a cancelled request, for the metrics
LONGEST_ORIGIN = 300  # characters of an origin in an answer
CORS_HINT = "CORS_ORIGINS says whose may."
NAME, MOST_NAMES = re.compile(r"[A-Za-z0-9-]{1,64}"), 30  # of request headers; a browser asks for a handful
PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": ", ".join(
        (
            "Authorization",
            "Content-Type",
            "X-API-Key",
            REQUEST_ID_HEADER,
            "traceparent",
            callback_address.WEBHOOK_HEADER,
        )
    ),
    "Access-Control-Max-Age": "86400",  # seconds: a day
}

DIALECTS: web.AppKey[dict[str, Dialect]] = web.AppKey("dialects")
PROFILE: web.AppKey[Dialect | None] = web.AppKey("profile")

log = logging.getLogger(__name__)


async def finish(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers of every answer, streams included."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)  # the documentation page has a policy of its own
    if TRACE in request:  # a request with an unknown Expect is refused before it gets a trace
        response.headers[REQUEST_ID_HEADER] = request[TRACE]
    if request.path not in CACHEABLE_PATHS:
        response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Vary"] = "Origin"
    origin = allowed_origin(request, request.headers.get("Origin"))
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED_HEADERS)


def allowed_origin(request: web.Request, origin: str | None) -> str | None:
    """The value of Access-Control-Allow-Origin for a page of this origin; None for a page that may not call."""
    origins = request.app[SETTINGS].cors_origins
    if not origin:
        return None
    if origins is None:
        return (origin if is_local(origin) else None) if is_open(request.app) else "*"
    return "*" if "*" in origins else origin if origin in origins else None


def is_local(origin: str) -> bool:
    """Whether an origin is a server on the reader's own machine."""
    scheme, _, place = origin.partition("://")
    name = (place[1:].partition("]") if place.startswith("[") else place.partition(":"))[0].lower()
    if scheme not in ("http", "https"):
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_open(app: web.Application) -> bool:
    """Whether everybody who reaches the server may draw: no key is needed, and CORS_ORIGINS doesn't allow all pages."""
    return not app[GUARD].keyring.needed and "*" not in (app[SETTINGS].cors_origins or ())


def trace_of(headers: Mapping[str, str]) -> str:
    """The request's `X-Request-Id`, else the trace id of its `traceparent`; empty without a well-formed one."""
    own = headers.get(REQUEST_ID_HEADER, "")
    if REQUEST_ID_PATTERN.fullmatch(own):
        return own
    parent = TRACE_PARENT_PATTERN.fullmatch(headers.get("traceparent", "").strip())
    return parent[1] if parent else ""


@web.middleware
async def access_log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request its trace and count it; with DEBUG_MODE, log its dialect, method, path and status."""
    dialect, resource = dialect_of(request.app, request.path), _resource_of(request)
    name, route = dialect.name if dialect else "", resource.canonical if resource else ""
    request[TRACE] = trace_of(request.headers) or uuid.uuid4().hex
    began, status = time.perf_counter(), CLIENT_LEFT
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
            request.app[METRICS].count_request(name or "server", request.method, route or OTHER_LABEL, status, took)
            log.debug("request %s %s %s %s", name or "-", request.method, route or request.path, status)


@web.middleware
async def preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a browser's preflight request. Cookies are never allowed.

    An origin that may call may send any header: those that clients add have no effect here.
    """
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        header_names = request.headers.get("Access-Control-Request-Headers", "")
        names = [name for name in map(str.strip, header_names.split(",")) if NAME.fullmatch(name)][:MOST_NAMES]
        allowed_names = ", ".join([PREFLIGHT_HEADERS["Access-Control-Allow-Headers"], *names])
        return web.Response(status=204, headers={**PREFLIGHT_HEADERS, "Access-Control-Allow-Headers": allowed_names})
    return await handler(request)


class Fault(PixartError):
    """A fault inside the server, which the log describes."""


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error in the dialect's form, aiohttp's errors too; faults inside are answered without details."""
    try:
        return await handler(request)
    except PixartError as error:
        return await _failure(request, error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return await _failure(request, _own_error(request, error))
    except Exception as error:  # the process boundary: an unforeseen exception goes to the log only
        if isinstance(error, ConnectionError) and (request.transport is None or request.transport.is_closing()):
            return web.Response(status=CLIENT_LEFT)  # the client has closed its connection: nobody reads this
        log.exception("%s %s failed", request.method, request.path)
        return await _failure(request, Fault("Something went wrong inside the server; its log says more."))


async def _failure(request: web.Request, error: PixartError) -> web.StreamResponse:
    dialect = dialect_of(request.app, request.path)
    if (error.status >= 500 or error.status == 429) and not isinstance(error, Fault):
        log.warning("refused: %s %s: %s", request.method, request.path, error, extra={"status": error.status})
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = error.allowed
    if dialect is None:
        return await respond(request, Answer({"detail": str(error), "code": error.code}, error.status), headers)
    route = _route_of(request, dialect)
    word = (route.error if route else None) or dialect.error
    has_challenge = isinstance(error, Unauthorized) and dialect.challenge
    return await respond(request, word(error), {"WWW-Authenticate": dialect.challenge} if has_challenge else headers)


def _own_error(request: web.Request, error: web.HTTPException) -> PixartError:
    if isinstance(error, web.HTTPNotFound):
        router = request.app.router
        nearest = nearest_path(request.path[:LONGEST_ORIGIN], [each.canonical for each in router.resources()])
        hint = f"Did you mean {nearest}? " * bool(nearest) + "/docs lists what there is."
        return NotFound(f"There is nothing at {request.path[:LONGEST_ORIGIN]}.", hint=hint)
    if isinstance(error, web.HTTPMethodNotAllowed):
        return MethodNotAllowed(request.path, request.method, error.allowed_methods)
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return too_large(LARGEST_BODY)
    return BadRequest(error.reason)


@web.middleware
async def hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests to a name that isn't the server's own, as of a page whose name was led here (DNS rebinding)."""
    host, settings = request.headers.get("Host"), request.app[SETTINGS]
    if not host or _is_called(host, settings):  # browsers always send one
        return await handler(request)
    if settings.allowed_hosts or is_open(request.app):
        raise Forbidden(f"This server is not called {host[:LONGEST_ORIGIN]}.", hint="ALLOWED_HOSTS says its names.")
    return await handler(request)


def _is_called(host: str, settings: Settings) -> bool:
    """Whether a Host header has a name of this server, or an address, which nobody can lead elsewhere."""
    if host.startswith("["):
        return True  # IPv6
    name = host.partition(":")[0].lower().removesuffix(".")
    own = () if settings.allowed_hosts else (settings.host, *machine_names())
    if name in {"localhost", *(each.lower() for each in (*settings.allowed_hosts, *own))}:
        return True
    return bool(re.fullmatch(r"\d+(\.\d+){3}", name, re.ASCII))


@functools.cache
def machine_names() -> tuple[str, ...]:
    """The names of this machine in its network, and for the containers on it."""
    whole = socket.gethostname()
    first = whole.partition(".")[0]
    return whole, first, f"{first}.local", "host.docker.internal"


@web.middleware
async def csrf(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests of other origins' pages that have effects; browsers send a preflight only for some of them."""
    origin = _page_of(request)
    if origin and (request.method == "POST" or is_open(request.app)) and not _may_call(request, origin):
        raise Forbidden(f"Pages of {origin[:LONGEST_ORIGIN]} may not call this server.", hint=CORS_HINT)
    return await handler(request)


def _may_call(request: web.Request, origin: str) -> bool:
    """Whether a page of this origin is this server's own, or is allowed by the operator."""
    return _is_own(request, origin) or allowed_origin(request, origin) is not None


def _page_of(request: web.Request) -> str | None:
    """The origin of the page that sent a request; None without a page, or for a link that a person followed.

    Requests for embedded pictures and scripts have no Origin: Referer may name their page.
    """
    headers = request.headers
    if origin := headers.get("Origin"):
        return origin
    is_embedded = headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    if not is_embedded or (request.method in ("GET", "HEAD") and headers.get("Sec-Fetch-Dest") == "document"):
        return None
    page = headers.get("Referer", "").partition("://")
    return f"{page[0]}://{page[2].partition('/')[0]}" if page[2] else "another origin"


def _is_own(request: web.Request, origin: str) -> bool:
    """Whether the page is this server's own. Behind a proxy only the browser knows, by a header that no page sets."""
    return request.headers.get("Sec-Fetch-Site") == "same-origin" or origin.partition("://")[2] == request.host


_merged = web.normalize_path_middleware(append_slash=False, merge_slashes=True)
_merged_and_cut = web.normalize_path_middleware(append_slash=False, remove_slash=True, merge_slashes=True)


@web.middleware
async def normalize_path(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Redirect `/status/a/` and `//jobs` to the right paths, by 308, which keeps a POST a POST."""
    # aiohttp's own middleware alone would cut the last letter off any path, and take `/jobss` for `/jobs`
    redirect = _merged_and_cut if request.path.endswith("/") else _merged
    return await (handler(request) if request.path.count("/") > MOST_PARTS else redirect(request, handler))


@web.middleware
async def auth(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find the caller of a request, and count the request. Where no key is needed, keys are ignored."""
    if request.method == "OPTIONS":
        return await handler(request)
    if request.path in OPEN_PATHS or _is_studio_file(request):
        return tagged(request, await handler(request))
    guard, dialect = request.app[GUARD], dialect_of(request.app, request.path)
    name, credentials = (dialect.name, dialect.credentials) if dialect else ("", "")
    caller = await guard.caller(request, has_own(request, dialect), name, credentials)
    request[CALLER] = caller
    route = _route_of(request, dialect) if dialect else None
    if route and route.action is Action.SUBMIT:
        await guard.count(request, caller)
    return await handler(request)


def _is_studio_file(request: web.Request) -> bool:
    """Whether a request is for a file of the studio's page, which shows nothing before it has a key."""
    resource = _resource_of(request)
    return resource is not None and resource.canonical == STUDIO_FILES


def has_own(request: web.Request, dialect: Dialect | None) -> bool | None:
    """Whether the request carries the dialect's own credentials; None for a dialect without any."""
    if dialect is None or dialect.admits is None:
        return None
    return dialect.admits(request.headers, request.app[OPTIONS][dialect.name])


@web.middleware
async def webhook(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Read the URL for a job's webhook from the header, which has no effect on requests without a job."""
    texts = request.headers.getall(callback_address.WEBHOOK_HEADER, [])
    dialect = dialect_of(request.app, request.path) if texts else None
    route = _route_of(request, dialect) if dialect else None
    if route and route.action is Action.SUBMIT:
        settings = request.app[SETTINGS]
        private = settings.webhook_private
        request[WEBHOOK] = callback_address.callback_url(texts, offered=are_offered(settings), private=private)
    return await handler(request)


def are_offered(settings: Settings) -> bool:
    """Whether clients may name URLs for webhooks of their jobs."""
    return settings.webhook_clients and settings.webhook_secret is not None


def dialect_of(app: web.Application, path: str) -> Dialect | None:
    """The dialect in whose form a path's errors are: that with the longest fitting prefix, else the profile's."""
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
    """The resource of the path in aiohttp's table of routes; None for an unknown path."""
    route = request.match_info.route
    return route.resource


def _route_of(request: web.Request, dialect: Dialect) -> Route | None:
    """The dialect's route that serves this request; None for a path of no route."""
    resource = _resource_of(request)
    path = resource.canonical if resource else None
    mount = "" if request.app[PROFILE] else dialect.mount
    return next((r for r in dialect.routes if mount + r.path == path and r.method == request.method), None)


MIDDLEWARES = (leftover, access_log, preflight, errors, hosts, csrf, normalize_path, auth, webhook)
