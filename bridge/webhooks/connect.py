"""Connections that only go where they may: what a name leads to is judged, and then exactly that is connected to."""

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

SECONDS = 10.0  # for all of a call: name, connection, TLS, answer's head
MOST_LOOKUPS = 8  # at a time: the system's resolver can't be told to stop, and a hostile name server takes its time

MOST_EARLY = 8  # informational answers (1xx) before the one that counts
RECEIVED = 16 << 10  # bytes that may arrive before they are looked at: an answer's head, of which one line is read

LookUp = Callable[..., list[Any]]


class AddressRefused(OSError):
    """A name leads to where webhooks don't go."""

    def __init__(self, why: str) -> None:
        super().__init__(errno.EACCES, why)  # aiohttp shows an error's second part


class CheckedResolver(AbstractResolver):
    """The system's resolver, whose answer is refused as a whole when one of its addresses may not be called.

    Its threads are its own and daemons: hanging ones hold up neither the rest of this process nor its end.
    """

    def __init__(self, *, private: bool, look_up: LookUp = socket.getaddrinfo) -> None:
        self._private, self._look_up = private, look_up
        self._free = asyncio.Semaphore(MOST_LOOKUPS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host. Raises OSError, among it AddressRefused."""
        result = await self._looked_up(host, port, family)
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

    async def _looked_up(self, host: str, port: int, family: int) -> list[Any]:
        await self._free.acquire()  # given back when the thread ends, which may be after nobody waits any more
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
    """Makes aiohttp's sockets. The last look, at the very address that is connected to next, however it was found."""

    def make(info: Any) -> socket.socket:
        family, kind, proto, _, where = info
        why = refusal(str(where[0]), private=private)
        if why:
            raise AddressRefused(why)
        made = socket.socket(family, kind, proto)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED)
        return made

    return make


class Answer(aiohttp.ClientResponse):
    """A receiver's answer. Who sends informational ones without end would keep all of this process busy: a few do."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Read its head. Raises ClientError where too many others come before it."""
        protocol, left = connection.protocol, iter(range(MOST_EARLY + 1))
        assert protocol is not None  # it has just been connected
        read = protocol.read

        async def counted() -> Any:
            if next(left, None) is None:
                raise aiohttp.ClientError(f"more than {MOST_EARLY} informational answers (1xx)")
            return await read()

        protocol.read = counted  # of a connection that is closed after this answer
        return await super().start(connection)


def session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    """A client that keeps nothing between two calls, and obeys no proxy of the environment."""
    return aiohttp.ClientSession(
        connector=connector,
        response_class=Answer,
        timeout=aiohttp.ClientTimeout(total=SECONDS),
        headers={"User-Agent": f"Pixart/{__version__}"},
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
    )


def operators_session() -> aiohttp.ClientSession:
    """For WEBHOOK_URL: it is the operator's own word, so it may lead anywhere."""
    return session(aiohttp.TCPConnector(force_close=True))


def clients_session(*, private: bool, look_up: LookUp = socket.getaddrinfo) -> aiohttp.ClientSession:
    """For clients' URLs: each call looks the name up anew, once, and goes to what was judged."""
    return session(
        aiohttp.TCPConnector(
            resolver=CheckedResolver(private=private, look_up=look_up),
            socket_factory=checked_socket(private=private),
            use_dns_cache=False,
            force_close=True,
            limit=0,  # the delivery counts
        )
    )
