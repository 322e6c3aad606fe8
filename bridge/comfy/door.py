"""The door of the managed ComfyUI: it checks each request before any of ComfyUI's own code sees the request.

`launch.py` hangs the door in ComfyUI's process, so the door needs aiohttp only. ComfyUI's own check lets through
`Origin: null`, `http://127.0.0.1` without a port, and any `Host`. The token works as Jupyter's does: in the address
that `serve` prints, as a bearer, or as the cookie that the address sets.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

COOKIE_NAME = "pixart-comfyui-{port}"  # cookies don't know ports, and a machine may have several ComfyUIs
OWN_SITES = ("same-origin", "none")  # Sec-Fetch-Site of the page's own requests, and of addresses that a person types
# The headers of a link that a person follows, on any site.
NAVIGATION_HEADERS = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
GUARDED_PATH = "/prompt"  # the path that only ComfyUI's application has among those of its process

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Door:
    """A check of requests by `token`, empty where the operator wants none, and by `hosts`, ComfyUI's further names."""

    token: str
    hosts: Collection[str] = ()

    def refusal(self, method: str, headers: Mapping[str, str], offers: Collection[str]) -> str | None:
        """A sentence that refuses the request; None to let it in. `offers` are its texts that may be the token."""
        host, origin = headers.get("Host", ""), headers.get("Origin")
        if not self._is_called(host):
            return "This ComfyUI is called 127.0.0.1 or localhost only."
        if origin is not None and origin.lower() not in (f"http://{host.lower()}", f"https://{host.lower()}"):
            return "Pages of other origins may not use this ComfyUI."
        if headers.get("Sec-Fetch-Site", "none") not in OWN_SITES and not (origin or _is_opened(method, headers)):
            return "Pages of other sites may not use this ComfyUI."
        if self.token and not any(map(self._opens, offers)):
            return "This ComfyUI needs a token: open the address that `serve` prints, or that is in comfyui.url."
        return None

    def _is_called(self, host: str) -> bool:
        """Whether a Host header names a loopback address in numbers, localhost, or an allowed name."""
        try:
            name = (urlsplit(f"//{host}").hostname or "").removesuffix(".")
            return name in ("localhost", *self.hosts) or ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False

    def _opens(self, offer: str) -> bool:
        return hmac.compare_digest(offer.encode(errors="surrogateescape"), self.token.encode())

    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request in, or answer 403. A token in the URL is set as a cookie for later requests."""
        cookie, token = COOKIE_NAME.format(port=request.url.port), request.query.get("token")
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        offers = [token, bearer.strip() if scheme.lower() == "bearer" else None, request.cookies.get(cookie)]
        trouble = self.refusal(request.method, request.headers, [each for each in offers if each])
        if trouble:
            return web.Response(status=403, text=trouble)
        if not (token and self.token and self._opens(token)):
            return await handler(request)
        # A browser is redirected to the page without the token, which keeps the token out of its history. After a link
        # of another site the browser wouldn't send the cookie yet, so it gets the page at once.
        own = request.headers.get("Sec-Fetch-Site") in OWN_SITES
        if own and _is_opened(request.method, request.headers):
            page = web.HTTPSeeOther(request.rel_url.without_query_params("token"))
            page.set_cookie(cookie, self.token, httponly=True, samesite="Strict")
            raise page
        response = await handler(request)
        if not response.prepared:
            response.set_cookie(cookie, self.token, httponly=True, samesite="Strict")
            response.headers["Referrer-Policy"] = "same-origin"
        return response

    def hang(self) -> None:
        """Put this door before each application of this process that is ComfyUI's, before the application serves."""
        begun = web.AppRunner.__init__

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self.guard(request, handler)

        def begin(runner: web.AppRunner, app: web.Application, **options: Any) -> None:
            if any(resource.canonical == GUARDED_PATH for resource in app.router.resources()):
                app.middlewares.insert(0, guard)
            begun(runner, app, **options)

        web.AppRunner.__init__ = begin  # type: ignore[method-assign]  # the one call that all versions of ComfyUI make


def _is_opened(method: str, headers: Mapping[str, str]) -> bool:
    return method == "GET" and all(headers.get(name) == value for name, value in NAVIGATION_HEADERS.items())
