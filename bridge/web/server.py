"""The HTTP application, made from the dialects' tables, with the server's own pages and health."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bridge.adapters import dialects, profiles, served
from bridge.adapters.dialect import Action, Dialect, Route
from bridge.core.metrics import Metrics
from bridge.core.settings import Settings
from bridge.core.variables import options_of
from bridge.engine.port import Jobs
from bridge.web import palettes, picture_files
from bridge.web.body import BODY_SECONDS, LARGEST_BODY, expected
from bridge.web.docs_page import policy
from bridge.web.documents import Document, api, page
from bridge.web.guard import GUARD, Guard
from bridge.web.handlers import JOBS, METRICS, MOST_PIXELS, OPTIONS, WAITING_TASKS, end_waiting, handler
from bridge.web.health import Alive
from bridge.web.malformed import answer_briefly
from bridge.web.middlewares import (
    DIALECTS,
    MIDDLEWARES,
    PROFILE,
    SETTINGS,
    STUDIO_FILES,
    are_offered,
    dialect_of,
    finish,
    has_own,
)
from bridge.web.studio_files import CONTENT_POLICY, PAGE_FILE, file, files
from bridge.web.studio_options import choices
from bridge.web.unread import noted

# Bytes of a request's first line, so that an absurd id is answered by its dialect and not by aiohttp. The search for a
# route drops one part of the path after the other, so that twice the bytes take four times as long.
LONGEST_LINE = 12 << 10

ALIVE = web.AppKey("alive", Alive)


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
        # aiohttp would unpack a body before the key is checked, and read on for 10 s after the answer
        handler_args={"max_line_size": LONGEST_LINE, "auto_decompress": False, "lingering_time": 0},
        middlewares=MIDDLEWARES,
    )
    app.on_response_prepare.append(finish)
    app[METRICS] = metrics or Metrics()
    app.on_shutdown.append(end_waiting)
    names = profiles()[profile] if profile else ()
    every = dialects()
    those = {name: every[name] for name in names or every}
    app[SETTINGS], app[JOBS], app[DIALECTS], app[WAITING_TASKS] = settings, jobs, those, set()
    app[GUARD], app[MOST_PIXELS] = guard or Guard(settings), settings.max_pixels
    app[BODY_SECONDS] = settings.body_seconds
    app[OPTIONS] = {name: options_of(each.options) for name, each in those.items()}
    app[PROFILE] = those[names[0]] if names else None
    app[ALIVE] = Alive(jobs)
    app.on_startup.append(_describe)
    for dialect, route, path in served(those, alone=bool(profile)):
        _add(app.router, route, dialect, path)
    dialect_paths = {resource.canonical for resource in app.router.resources()}
    if not names:
        _add_own(app.router)
    for path, own in {
        "/": _index if names else _studio,
        "/docs": _docs,
        "/openapi.json": _openapi,
        "/health": noted(_health),
        "/ready": noted(_ready),
        "/metrics": noted(_metrics),
    }.items():
        if path not in dialect_paths:
            app.router.add_get(path, own)
    return app


def _add_own(router: web.UrlDispatcher) -> None:
    """Add the routes of the studio that belong to no dialect."""
    for route in (palettes, picture_files):
        router.add_post(route.PATH, noted(route.read, *route.QUERY), expect_handler=expected)
    files()  # read now, so that they are of the version of the server that gives them
    router.add_get("/studio/options", noted(_studio_options))
    router.add_get(STUDIO_FILES.replace("}", ":.+}"), _studio_file)


def _add(router: web.UrlDispatcher, route: Route, dialect: Dialect, path: str) -> None:
    serve = handler(route, dialect)
    if route.method == "GET":
        heads = route.action is not Action.EVENTS
        router.add_get(path, serve, allow_head=heads, expect_handler=expected)
    else:
        router.add_route(route.method, path, serve, expect_handler=expected)


async def _index(_: web.Request) -> web.Response:
    raise web.HTTPFound("/docs")


async def _studio(_: web.Request) -> web.Response:
    return file(PAGE_FILE).answer({"Content-Security-Policy": CONTENT_POLICY})


async def _studio_file(request: web.Request) -> web.Response:
    return file(request.match_info["file"]).answer()


async def _studio_options(request: web.Request) -> web.Response:
    """The choices of the studio's menus; needs the key, where one is set."""
    return web.json_response(choices(await request.app[JOBS].catalog()))


async def _docs(_: web.Request) -> web.Response:
    return page().answer({"Content-Security-Policy": policy()})


async def _openapi(request: web.Request) -> web.Response:
    return _api(request.app).answer()


def _api(app: web.Application) -> Document:
    return api(tuple(app[DIALECTS]), alone=app[PROFILE] is not None, webhooks=are_offered(app[SETTINGS]))


async def _describe(app: web.Application) -> None:
    """Make the OpenAPI document and the documentation page before the first request for them."""
    await asyncio.to_thread(_api, app)
    await asyncio.to_thread(page)


async def _ready(request: web.Request) -> web.Response:
    """Whether a job would be drawn now, for load balancers. With the operator's key, a dead ComfyUI is restarted."""
    own = await request.app[GUARD].has_operators_key(request)
    trouble = await request.app[JOBS].ready(renew=own)
    if trouble is None:
        return web.json_response({"ready": True})
    return web.json_response({"ready": False, "detail": trouble}, status=503, headers={"Retry-After": "5"})


async def _metrics(request: web.Request) -> web.Response:
    """The metrics for Prometheus; needs the key, where one is set."""
    health, accept = await request.app[JOBS].health(), request.headers.get("Accept", "")
    text, content_type = await asyncio.to_thread(request.app[METRICS].exposition, health, accept)
    return web.Response(body=text, headers={"Content-Type": content_type})


async def _health(request: web.Request) -> web.Response:
    """The short health for everybody, the whole one for the operator only."""
    state = await request.app[ALIVE].state()
    own = has_own(request, dialect_of(request.app, request.path))
    more = await request.app[JOBS].health() if await request.app[GUARD].trusts(request, own) else {}
    return web.json_response({**state, **more})
