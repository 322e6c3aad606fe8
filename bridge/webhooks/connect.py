"""Connections to allowed addresses only: each address of a name is checked, and the connection goes to that address."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection

from bridge import __version__
from bridge.core.callback_address import refusal

CONNECT_SECONDS = 10.0  # for all of a call: name, connection, TLS, answer's head
MOST_LOOKUPS = 8  # at a time: the system's resolver can't be stopped, and a hostile name server takes its time

MOST_EARLY = 8  # informational answers (1xx) before the one that counts
RECEIVE_BYTES = 16 << 10  # of the socket's buffer: enough for an answer's head, of which one line is read

LookUp = Callable[..., list[Any]]


class AddressRefused(OSError):
    """A name leads to an address that webhooks don't call."""

    def __init__(self, why: str) -> None:
        super().__init__(errno.EACCES, why)  # aiohttp shows an error's second part


class CheckedResolver(AbstractResolver):
    """The system's resolver; its answer is refused as a whole if one of its addresses may not be called.

    It has daemon threads of its own, so that hanging ones hold up neither the rest of this process nor its end.
    """

    def __init__(self, *, private: bool, look_up: LookUp = socket.getaddrinfo) -> None:
        self._private, self._look_up = private, look_up
        self._free = asyncio.Semaphore(MOST_LOOKUPS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host. Raises OSError, among it AddressRefused."""
        result = await self._lookup(host, port, family)
        for *_, where in result:
            why = refusal(str(where[0]), private=self._private)
            if why:
                raise AddressRefused(f"{host}: {why}")
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=where[0], port=where[1], family=kind, proto=proto, flags=flags)
            for kind, _, proto, _, where in result
        ]

    async def close(self) -> None:
        """Nothing is held open."""

    async def _lookup(self, host: str, port: int, family: int) -> list[Any]:
        await self._free.acquire()  # released when the thread ends, perhaps after the caller has given up
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Any]] = loop.create_future()

        def end(result: list[Any] | OSError) -> None:
            self._free.release()
            if answer.done():
                return
            if isinstance(result, OSError):
                answer.set_exception(result)
            else:
                answer.set_result(result)

        def work() -> None:
            result: list[Any] | OSError
            try:
                result = self._look_up(host, port, family=family, type=socket.SOCK_STREAM)
            except OSError as error:
                result = error
            except UnicodeError as error:  # a label that can't be a name
                result = OSError(str(error))
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(end, result)

        threading.Thread(target=work, name="webhook-lookup", daemon=True).start()
        return await answer


def checked_socket(*, private: bool) -> Callable[[Any], socket.socket]:
    """A factory of aiohttp's sockets, which checks the very address of each connection once more."""

    def make(info: Any) -> socket.socket:
        family, kind, proto, _, where = info
        why = refusal(str(where[0]), private=private)
        if why:
            raise AddressRefused(why)
        result = socket.socket(family, kind, proto)
        result.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        return result

    return make


class Answer(aiohttp.ClientResponse):
    """A receiver's answer, with a limit for informational answers before it, which would keep this process busy."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Read the answer's head. Raises ClientError after too many informational answers."""
        protocol, allowance = connection.protocol, iter(range(MOST_EARLY + 1))
        assert protocol is not None  # it has just been connected
        read = protocol.read

        async def read_and_count() -> Any:
            if next(allowance, None) is None:
                raise aiohttp.ClientError(f"more than {MOST_EARLY} informational answers (1xx)")
            return await read()

        protocol.read = read_and_count  # for good: the connection is closed after this answer
        return await super().start(connection)


def session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    """An HTTP client without cookies between two calls, and without the environment's proxy."""
    return aiohttp.ClientSession(
        connector=connector,
        response_class=Answer,
        timeout=aiohttp.ClientTimeout(total=CONNECT_SECONDS),
        headers={"User-Agent": f"Pixart/{__version__}"},
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
    )


def operators_session() -> aiohttp.ClientSession:
    """The HTTP client for WEBHOOK_URL, which may lead anywhere, since the operator has set it."""
    return session(aiohttp.TCPConnector(force_close=True))


def clients_session(*, private: bool, look_up: LookUp = socket.getaddrinfo) -> aiohttp.ClientSession:
    """The HTTP client for clients' URLs: each call looks the name up once, and goes to the checked address."""
    return session(
        aiohttp.TCPConnector(
            resolver=CheckedResolver(private=private, look_up=look_up),
            socket_factory=checked_socket(private=private),
            use_dns_cache=False,
            force_close=True,
            limit=0,  # none here: the delivery limits its calls
        )
    )
