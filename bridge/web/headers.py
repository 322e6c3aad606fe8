"""Headers that every answer has: which pages may read it, what a browser may do with it, how long it may be kept, and
the id that follows a request through the logs."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from aiohttp import web, web_response

from bridge.core.settings import Settings
from bridge.web.guard import GUARD
from bridge.web.handlers import CACHED, JOB_ID, TRACE

# What aiohttp calls itself tells attackers its version and Python's. The name is not in its `__all__`.
web_response.SERVER_SOFTWARE = "Pixart"  # pyright: ignore[reportPrivateImportUsage]

SETTINGS = web.AppKey("settings", Settings)
KEPT = {"/", "/docs", "/openapi.json"}  # nothing of these is anybody's own, so they may be kept

HEADER = "X-Request-Id"
OWN = re.compile(r"[A-Za-z0-9._-]{1,64}")
# W3C Trace Context, level 1: version, trace id, parent id, flags; a later version may say more at the end.
PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")

PICTURE = ("Width", "Height", "Format", "Seed", "Notes")  # what the panel's dialect says of its bytes
EXPOSED = (JOB_ID, CACHED, HEADER, "Retry-After", "ETag", *(f"X-Image-{part}" for part in PICTURE))
COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",  # editors in other origins show results; see CORS_ORIGINS
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


async def finish(request: web.Request, response: web.StreamResponse) -> None:
    """Say it on every answer, streams included."""
    for name, value in COMMON.items():
        response.headers.setdefault(name, value)  # the documentation page has a policy of its own
    if TRACE in request:  # by which the logs know it; one with an unknown Expect is refused before it gets any
        response.headers[HEADER] = request[TRACE]
    if request.path not in KEPT:
        response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Vary"] = "Origin"
    allowed = allowed_origin(request, request.headers.get("Origin"))
    if allowed:
        response.headers["Access-Control-Allow-Origin"] = allowed
        response.headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED)


def allowed_origin(request: web.Request, origin: str | None) -> str | None:
    """What Access-Control-Allow-Origin says to a page of this origin; None where it may not call."""
    origins = request.app[SETTINGS].cors_origins
    if not origin:
        return None
    if origins is None:
        return (origin if is_local(origin) else None) if is_open(request.app) else "*"
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


def is_open(app: web.Application) -> bool:
    """Whether whoever reaches the server may draw: no key is needed, and the operator didn't let any page call."""
    return not app[GUARD].keyring.needed and "*" not in (app[SETTINGS].cors_origins or ())


def trace_of(headers: Mapping[str, str]) -> str:
    """The caller's `X-Request-Id`, else the trace id of its `traceparent`; empty where neither is there and fits."""
    own = headers.get(HEADER, "")
    if OWN.fullmatch(own):
        return own
    parent = PARENT.fullmatch(headers.get("traceparent", "").strip())
    return parent[1] if parent else ""
