"""Calls to other servers that draw for us: who we are there, time-outs, retries, limits, and errors for people."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import math
import os
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp

from .errors import (
    UpstreamError,
    UpstreamPictureError,
    UpstreamRefused,
    UpstreamTimedOut,
    UpstreamUnauthorized,
    UpstreamUnavailable,
)

MOST_BYTES = 64 << 20  # of an answer: a 4096 x 4096 PNG of pure noise in base64 just goes in; all of it is in memory
MOST_ERROR_BYTES = 64 << 10  # of an answer that says what went wrong
MOST_SAID = 300  # characters of another server's sentence
CONNECT_SECONDS = 10.0  # a machine that is switched off doesn't answer at all
PAUSES = (0.5, 1.0, 2.0)  # seconds before each new attempt to connect
LOOK_SECONDS = 0.2  # how often somebody who waits looks whether he still should
PORTS = {"http": 80, "https": 443}
REASONS: Mapping[type[Exception], str] = {
    aiohttp.ConnectionTimeoutError: f"no connection within {CONNECT_SECONDS:g} s",
    aiohttp.ServerDisconnectedError: "it closed the connection without an answer",
    aiohttp.ClientPayloadError: "its answer is cut off",
}
T = TypeVar("T")


@dataclass(frozen=True)
class Service:
    """Another server. `what` is its name for people; `seconds` is the most that one call may take.

    `advice` has, by HTTP status, what to do about it: whole sentences.
    """

    url: str
    username: str | None
    password: str = field(repr=False)
    seconds: float
    what: str
    advice: Mapping[int, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called, and where it is."""
        return f"{self.what} at {self.url}"


def address(url: str, setting: str) -> str:
    """The address without spaces around it and without a slash at its end.

    Raises UpstreamError in words about the setting that it came from; they don't repeat what may be a password.
    """
    url = url.strip()
    if "@" in url:
        raise UpstreamError(f"{setting} must be an address alone, without a name, a password or an @ in it.")
    try:
        parts = urlsplit(url)
        valid = parts.scheme in PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or re.search(r"[\s?#\\]", url):
        raise UpstreamError(f"{setting} must be an address such as http://192.168.1.100:7860, not {url[:80]!r}.")
    return url.rstrip("/")


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: to whom something is told that is told to this address."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme]


def require_listed(url: str, environment: Mapping[str, str], field: str, own: str = "") -> None:
    """Raises UpstreamError for an address that a graph names itself and may not.

    PIXART_SERVERS lists the origins that it may name, `*` is any; where that isn't set, as in a ComfyUI that no bridge
    started, it may name any. `own` is the address of the setting, which a graph may always name.
    """
    listed = environment.get("PIXART_SERVERS")
    if listed is None or (own and url == own):
        return
    allowed = [each.strip() for each in listed.split(",") if each.strip()]
    if "*" in allowed or origin(url) in [origin(address(each, "PIXART_SERVERS")) for each in allowed]:
        return
    raise UpstreamError(
        f"{field}: a graph may not name {url} here. Leave {field} empty, or have the operator list its origin in "
        "PIXART_SERVERS, such as http://192.168.1.100:7860."
    )


async def watched(
    work: Awaitable[T], check: Callable[[], None], leave: Callable[[], Awaitable[None]] | None = None
) -> T:
    """Await `work`, and call `check` every LOOK_SECONDS: what that raises ends the work, and is raised.

    `leave` is awaited before work is dropped that hasn't ended, so while its connection still stands.
    """
    working = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({working}, timeout=LOOK_SECONDS))[0]:
            check()
        return working.result()
    finally:
        if leave and not working.done():
            await leave()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


class Connection:
    """`async with Connection(service) as there:` JSON to it and back. Redirects aren't followed.

    Connecting is tried again with pauses; what has been sent is never sent again, it may have been done. All calls
    raise the kinds of UpstreamError.
    """

    def __init__(self, service: Service) -> None:
        self.service = service

    async def __aenter__(self) -> Connection:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}  # so that MOST_BYTES are what they are
        if self.service.username:
            pair = f"{self.service.username}:{self.service.password}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        self._session = aiohttp.ClientSession(
            # A kept connection may be closed by the other side at the moment at which it is used again.
            connector=aiohttp.TCPConnector(force_close=True),
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(self, path: str, seconds: float | None = None) -> Any:
        """The JSON at this path."""
        return await self._call("GET", path, None, seconds)

    async def post(self, path: str, body: Mapping[str, Any], seconds: float | None = None) -> Any:
        """What it answers to this JSON, within `seconds`, else the service's own."""
        return await self._call("POST", path, json.dumps(body).encode(), seconds)

    async def _call(self, method: str, path: str, data: bytes | None, seconds: float | None) -> Any:
        """Try until there is a connection, and then once. No `asyncio.wait_for`: it may swallow a cancellation."""
        limit, clock = self.service.seconds if seconds is None else seconds, asyncio.get_running_loop().time
        deadline = clock() + limit
        for pause in (*PAUSES, math.inf):
            try:
                return await self._once(method, path, data, max(0.001, deadline - clock()))
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                hopeless = isinstance(error, aiohttp.ClientSSLError)  # its certificate is no better in a second
                if hopeless or clock() + pause >= deadline:
                    raise UpstreamUnavailable(f"{self.service.name} can't be reached: {_reason(error)}.") from error
            except asyncio.TimeoutError as error:
                raise UpstreamTimedOut(f"{self.service.name} did not answer within {limit:g} s.") from error
            await asyncio.sleep(pause)
        raise AssertionError("the last pause is longer than any deadline")

    async def _once(self, method: str, path: str, data: bytes | None, seconds: float) -> Any:
        """One try. Lets through what says that there was no connection or no time, as aiohttp says it."""
        headers = {} if data is None else {"Content-Type": "application/json"}
        body = None if data is None else io.BytesIO(data)  # aiohttp sends bytes in one piece, and warns of it
        limits = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        try:
            async with self._session.request(
                method, self.service.url + path, data=body, headers=headers, allow_redirects=False, timeout=limits
            ) as answer:
                if not 200 <= answer.status < 300:
                    raise _refusal(self.service, answer, await _read(answer.content, MOST_ERROR_BYTES))
                return await self._json(answer)
        except (aiohttp.ClientConnectorError, asyncio.TimeoutError):
            raise
        except (aiohttp.ClientError, OSError) as error:
            raise UpstreamUnavailable(f"{self.service.name} broke off: {_reason(error)}.") from error

    async def _json(self, answer: aiohttp.ClientResponse) -> Any:
        kind = answer.content_type
        if kind != "application/json" and not kind.endswith("+json"):
            raise UpstreamRefused(f"{self.service.name} answers with {kind[:80]}, not with JSON. Is the address right?")
        data = await _read(answer.content, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise UpstreamPictureError(f"{self.service.name} answers with more than {MOST_BYTES >> 20} MB.")
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise UpstreamRefused(f"{self.service.name} answers with damaged JSON: {error}.") from error


async def _read(content: aiohttp.StreamReader, most: int) -> bytes:
    """The body, or as much of it as is wanted."""
    data = bytearray()
    while len(data) < most and (chunk := await content.read(most - len(data))):
        data += chunk
    return bytes(data)


def _reason(error: Exception) -> str:
    """Why there is no connection, in a few words, without the address that stands beside it anyway."""
    cause = getattr(error, "os_error", error)
    if isinstance(cause, socket.gaierror):
        return "its name is unknown in the network"
    if isinstance(cause, ssl.SSLError):
        return f"https fails there ({_short(str(cause.reason or cause))})"
    number = getattr(cause, "errno", None)
    if number:
        return os.strerror(number).lower()
    reason = next((words for kind, words in REASONS.items() if isinstance(error, kind)), None)
    return reason or _short(str(error)) or type(error).__name__


def _refusal(service: Service, answer: aiohttp.ClientResponse, body: bytes) -> UpstreamError:
    """The error for a status that isn't 2xx."""
    status, advice = answer.status, service.advice.get(answer.status, "")
    if status in (401, 403):
        return UpstreamUnauthorized(f"Invalid {service.what} credentials ({service.url} answers {status}). {advice}")
    if 300 <= status < 400:
        return UpstreamRefused(f"{service.name} redirects to another address: set that one ({status}).")
    said = sentence(body)
    reason = f"{status} {answer.reason or ''}".strip()
    if said and said != answer.reason:
        return UpstreamRefused(f"{service.name} refuses: {said} ({reason})")
    return UpstreamRefused(f"{service.name} refuses: {reason}. {advice}".rstrip())


def sentence(body: bytes) -> str:
    """What an error's body says: FastAPI's `detail`, A1111's `errors`, `error`; "" where it says nothing."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(said, dict):
        return ""
    texts = (_text(said.get(key)) for key in ("errors", "detail", "error", "message"))
    return next((text for text in texts if text), "")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _short(value)
    if isinstance(value, list):  # FastAPI's, of what doesn't fit its models
        faults = [one for one in value if isinstance(one, dict) and isinstance(one.get("msg"), str)]
        return _short("; ".join(f"{_field(one.get('loc'))}{one['msg']}" for one in faults))
    if isinstance(value, dict):
        return next((text for text in map(_text, value.values()) if text), "")
    return ""


def _field(place: Any) -> str:
    names = [str(one) for one in place if one != "body"] if isinstance(place, list) else []
    return f"{'.'.join(names)}: " if names else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_SAID else line[:MOST_SAID] + " …"
