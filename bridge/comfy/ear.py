"""ComfyUI's WebSocket for the command line: one thread hears it, for every prompt of one client that waits.

What is heard are hints: how a prompt ended stands in ComfyUI's history.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import websocket

from bridge.comfy.events import Event, parse

Watch = Callable[[Mapping[str, Any]], None]  # gets ComfyUI's node states as they change


@dataclass(frozen=True)
class _Waiter:
    """Who waits for a prompt: what is told of its nodes, and the flag of its end."""

    watch: Watch
    ended: threading.Event = field(default_factory=threading.Event)


class Ear:
    """An open WebSocket; `close` ends it, and then nobody waits any more."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self._socket = socket
        self._waiters: dict[str, _Waiter] = {}
        self._deaf = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @contextmanager
    def heard(self, prompt_id: str, watch: Watch) -> Iterator[threading.Event]:
        """While it is open, `watch` gets the node states of this prompt; the flag is set when it ended, or when nothing
        more can be heard of it.
        """
        waiter = self._waiters[prompt_id] = _Waiter(watch)
        if self._deaf.is_set():
            waiter.ended.set()
        try:
            yield waiter.ended
        finally:
            del self._waiters[prompt_id]

    def close(self) -> None:
        """Hear no more. Whoever waits goes on. May be called again."""
        with suppress(websocket.WebSocketException, OSError):
            self._socket.abort()
        self._thread.join()
        self._socket.shutdown()

    def _listen(self) -> None:
        while not self._deaf.is_set():
            try:
                self._hear(parse(self._socket.recv()))
            except websocket.WebSocketTimeoutException:
                continue  # silence is no end: a model may draw for minutes
            except (websocket.WebSocketException, OSError):
                self._deaf.set()
        for waiter in list(self._waiters.values()):
            waiter.ended.set()

    def _hear(self, event: Event | None) -> None:
        waiter = self._waiters.get(event.prompt_id) if event else None
        if event is None or waiter is None:
            return
        if event.ended:
            waiter.ended.set()
        elif event.nodes:
            waiter.watch(event.nodes)
