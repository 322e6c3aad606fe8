"""Pictures on their way into ComfyUI's input folder before their job's turn, while its row is being written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from bridge.comfy.client import Comfy
from bridge.core.errors import BackendFailure, Unavailable
from bridge.storage.artifacts import suffix

FOLDER = "pixart"  # below ComfyUI's input folder
MOST = 16  # pictures that were sent and not asked for yet: more than that wait for their turn
FORGOTTEN_SECONDS = 60.0  # their job was cancelled, or waits long enough to send them again; retention takes longer


def expected(key: str, data: bytes) -> str:
    """What a loader node will call a picture, unless ComfyUI has another of that name."""
    return f"{FOLDER}/{key}{suffix(data)}"


@dataclass(frozen=True)
class Sent:
    """A picture that is sent, or was: under this name, unless that went wrong. `first`: what is asked for now comes
    after it."""

    since: float
    first: bool
    name: asyncio.Task[str | None]


@dataclass
class Uploads:
    """What is sent counts for one `life` of ComfyUI. All of it goes by content: the same picture is sent once."""

    comfy: Callable[[], Comfy]
    life: Callable[[], int]
    clock: Callable[[], float] = time.monotonic
    _sent: dict[tuple[int, str], Sent] = field(default_factory=dict)

    def begin(self, key: str, data: bytes) -> None:
        """Send a picture that a job will want soon. Its key must be held: who removes that takes ComfyUI's copy too."""
        now = self.clock()
        self._sent = {at: sent for at, sent in self._sent.items() if now - sent.since < FORGOTTEN_SECONDS}
        at = self.life(), key
        if at not in self._sent and len(self._sent) < MOST:
            self._sent[at] = Sent(now, self.comfy().in_order(len(data)), asyncio.create_task(self._try(key, data)))

    def first(self, keys: Iterable[str]) -> bool:
        """Whether ComfyUI gets all of these before what it is asked for from now on."""
        sent = [self._known(key) for key in keys]
        return all(each is not None and each.first for each in sent)

    async def name(self, key: str) -> str | None:
        """What ComfyUI calls a picture that was sent; None where it has to be sent now."""
        sent = self._known(key)
        self._sent.pop((self.life(), key), None)
        return await sent.name if sent else None

    def _known(self, key: str) -> Sent | None:
        """What was sent a moment ago. Later its job may be gone, and ComfyUI's copy with it."""
        sent = self._sent.get((self.life(), key))
        return sent if sent and self.clock() - sent.since < FORGOTTEN_SECONDS else None

    async def send(self, key: str, data: bytes) -> str:
        """Send a picture now; what a loader node calls it."""
        return await self.comfy().upload(data, key + suffix(data), FOLDER)

    async def _try(self, key: str, data: bytes) -> str | None:
        with suppress(Unavailable, BackendFailure):  # it is sent again in its turn, which then tells
            return await self.send(key, data)
        return None
