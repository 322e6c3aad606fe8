"""Headers that every answer has: which pages may read it, what a browser may do with it, how long it may be kept."""

from __future__ import annotations

import functools
import ipaddress
import re
import socket

from aiohttp import web, web_response

from bridge.core import callback_address
from bridge.core.errors import Forbidden
from bridge.core.settings import Settings
from bridge.core.trace import HEADER
from bridge.web.guard import GUARD
from bridge.web.handlers import CACHED, JOB_ID, TRACE, Handler

# What aiohttp calls itself tells attackers its version and Python's. The name is not in its `__all__`.
web_response.SERVER_SOFTWARE = "Pixart"  # pyright: ignore[reportPrivateImportUsage]

SETTINGS = web.AppKey("settings", Settings)
KEPT = {"/", "/docs", "/openapi.json"}  # nothing of these is anybody's own, so they may be kept
LONGEST_ORIGIN = 300  # characters of one in an answer
ALLOW = "CORS_ORIGINS says whose may."

PICTURE = ("Width", "Height", "Format", "Seed", "Notes")  # what the panel's dialect says of its bytes
NAME, MOST_NAMES = re.compile(r"[A-Za-z0-9-]{1,64}"), 30  # of request headers; a browser asks for a handful
EXPOSED = (JOB_ID, CACHED, HEADER, "Retry-After", "ETag", *(f"X-Image-{part}" for part in PICTURE))
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": ", ".join(
        ("Authorization", "Content-Type", "X-API-Key", HEADER, "traceparent", callback_address.HEADER)
    ),
    "Access-Control-Max-Age": "86400",  # seconds: a day
}
COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",  # editors in other origins show results; see CORS_ORIGINS
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


@web.middleware
async def preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a browser's question whether it may call. Cookies are never part of it.

    Where the origin may call, it may send any header: those that clients add mean nothing here.
    """
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        wished = request.headers.get("Access-Control-Request-Headers", "")
        names = [name for name in map(str.strip, wished.split(",")) if NAME.fullmatch(name)][:MOST_NAMES]
        allowed = ", ".join([PREFLIGHT["Access-Control-Allow-Headers"], *names])
        return web.Response(status=204, headers={**PREFLIGHT, "Access-Control-Allow-Headers": allowed})
    return await handler(request)


def _is_open(app: web.Application) -> bool:
    """Whether whoever reaches the server may draw: no key is needed, and the operator didn't let any page call."""
    return not app[GUARD].keyring.needed and "*" not in (app[SETTINGS].cors_origins or ())


@web.middleware
async def hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse who calls the server by a name that isn't its own: a page whose name was led here (DNS rebinding)."""
    host, settings = request.headers.get("Host"), request.app[SETTINGS]
    held = bool(settings.allowed_hosts) or _is_open(request.app)
    if held and host and not _is_called(host, settings):  # browsers always send one
        raise Forbidden(f"This server is not called {host[:LONGEST_ORIGIN]}.", hint="ALLOWED_HOSTS says its names.")
    return await handler(request)


def _is_called(host: str, settings: Settings) -> bool:
    """Whether it is a name of this server, or one that nobody can lead elsewhere."""
    if host.startswith("["):
        return True  # IPv6
    name = host.partition(":")[0].lower().removesuffix(".")
    own = () if settings.allowed_hosts else (settings.host, *machine_names())
    if name in {"localhost", *(each.lower() for each in (*settings.allowed_hosts, *own))}:
        return True
    return bool(re.fullmatch(r"\d+(\.\d+){3}", name, re.ASCII))


@functools.cache
def machine_names() -> tuple[str, ...]:
    """What this machine is called in its network, and by the containers on it."""
    whole = socket.gethostname()
    first = whole.partition(".")[0]
    return whole, first, f"{first}.local", "host.docker.internal"


@web.middleware
async def csrf(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a page of another origin wants done. Browsers ask first only for some requests; others just come."""
    origin = _page_of(request)
    judged = request.method == "POST" or _is_open(request.app)
    if judged and origin and not (_is_own(request, origin) or _allowed(request, origin)):
        raise Forbidden(f"Pages of {origin[:LONGEST_ORIGIN]} may not call this server.", hint=ALLOW)
    return await handler(request)


def _page_of(request: web.Request) -> str | None:
    """The origin of the page that sent a request; None where no page did, or a person followed a link.

    A picture or script that a page embeds is asked for without an Origin: then Referer may say whose page it is.
    """
    headers = request.headers
    if origin := headers.get("Origin"):
        return origin
    embedded = headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    if not embedded or (request.method in ("GET", "HEAD") and headers.get("Sec-Fetch-Dest") == "document"):
        return None
    page = headers.get("Referer", "").partition("://")
    return f"{page[0]}://{page[2].partition('/')[0]}" if page[2] else "another origin"


def _is_own(request: web.Request, origin: str) -> bool:
    """Whether the page is this server's. Behind a proxy only the browser knows, and it lets no page say so itself."""
    return request.headers.get("Sec-Fetch-Site") == "same-origin" or origin.partition("://")[2] == request.host


async def finish(request: web.Request, response: web.StreamResponse) -> None:
    """Say it on every answer, streams included."""
    for name, value in COMMON.items():
        response.headers.setdefault(name, value)  # the documentation page has a policy of its own
    if TRACE in request:  # by which the logs know it; one with an unknown Expect is refused before it gets any
        response.headers[HEADER] = request[TRACE]
    if request.path not in KEPT:
        response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Vary"] = "Origin"
    allowed = _allowed(request, request.headers.get("Origin"))
    if allowed:
        response.headers["Access-Control-Allow-Origin"] = allowed
        response.headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED)


def _allowed(request: web.Request, origin: str | None) -> str | None:
    """What Access-Control-Allow-Origin says to a page of this origin; None where it may not call."""
    origins = request.app[SETTINGS].cors_origins
    if not origin:
        return None
    if origins is None:
        return (origin if is_local(origin) else None) if _is_open(request.app) else "*"
    return "*" if "*" in origins else origin if origin in origins else None


def is_local(origin: str) -> bool:
    """Whether a page comes from a server on its reader's own machine."""
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
