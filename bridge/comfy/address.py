"""Where a ComfyUI is, and what it has to be shown: a token for all of it, a secret for the node pack's own routes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

PACK = "/pixart/"  # where the node pack's routes are
SECRET = "X-Pixart-Secret"  # the header's name, as the pack's `bridge_secret.py` has it
RANDOM_BYTES = 32  # nobody guesses 256 bits


@dataclass(frozen=True)
class Address:
    """A ComfyUI's base URL without a slash at its end, and what opens it. Neither token nor secret is ever in a log.

    A name and password in the URL are sent by HTTP Basic; there is no token then.
    """

    url: str
    token: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)

    @classmethod
    def parsed(cls, text: str, secret: str = "") -> Address:
        """Of a URL that may have a `?token=` as `serve` prints it."""
        url = URL(text.strip())
        base = str(url.with_query(None).with_fragment(None)).rstrip("/")
        return cls(base, url.query.get("token", ""), secret)

    @classmethod
    def local(cls, port: int, secret: str = "", *, open: bool = False) -> Address:
        """Of a child at this loopback port: fresh token unless `open`, fresh secret if none is set."""
        token = "" if open else secrets.token_urlsafe(RANDOM_BYTES)
        return cls(f"http://127.0.0.1:{port}", token, secret or secrets.token_urlsafe(RANDOM_BYTES))

    @property
    def page(self) -> str:
        """What a person opens in a browser."""
        return f"{self.url}/?token={self.token}" if self.token else self.url

    @property
    def port(self) -> int:
        """The TCP port."""
        return URL(self.url).port or 0

    def anonymous(self) -> Address:
        """The same place for somebody who knows nothing."""
        return Address(self.url)

    def headers(self, path: str) -> Mapping[str, str]:
        """What a request to this path says; aiohttp adds the name and password that the URL has, urllib doesn't."""
        known = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {**known, SECRET: self.secret} if self.secret and path.startswith(PACK) else known

    def login(self) -> Mapping[str, str]:
        """The URL's own name and password as a header, for clients that take them for a part of the host."""
        basic = aiohttp.BasicAuth.from_url(URL(self.url))
        return {"Authorization": basic.encode()} if basic else {}

    def at(self, path: str) -> str:
        """The URL of a path."""
        return self.url + path

    def socket(self, path: str) -> str:
        """The URL of a WebSocket at a path."""
        return self.url.replace("http", "ws", 1) + path
