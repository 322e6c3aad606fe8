"""ComfyUI's WebSocket for the command line: one thread reads its events, for all prompts of one client.

Events are hints: a prompt's outcome stands in ComfyUI's history.
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
    """What a thread that waits for a prompt needs: `watch` gets the prompt's node states, `ended` is set at its end."""

    watch: Watch
    ended: threading.Event = field(default_factory=threading.Event)


class Ear:
    """An open WebSocket and the prompts whose events are read from it; `close` ends all of that."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self._socket = socket
        self._waiters: dict[str, _Waiter] = {}
        self._deaf = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @contextmanager
    def subscription(self, prompt_id: str, watch: Watch) -> Iterator[threading.Event]:
        """A context in which `watch` gets the prompt's node states.

        Yields a flag that is set when the prompt has ended, or when the WebSocket has.
        """
        waiter = self._waiters[prompt_id] = _Waiter(watch)
        if self._deaf.is_set():
            waiter.ended.set()
        try:
            yield waiter.ended
        finally:
            del self._waiters[prompt_id]

    def close(self) -> None:
        """Close the WebSocket and set the flags of all prompts. May be called twice."""
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
