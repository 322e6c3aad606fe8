"""Whether a prompt still moves: ComfyUI's HTTP goes on answering when its worker thread has died or a node hangs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from bridge.comfy.client import Finding, Place


@dataclass
class Stall:
    """How long nothing was heard of a prompt; `limit` in seconds, 0 is for ever.

    Only what is certain counts: our prompt runs, or it waits though nothing runs, or only prompts of ours, which are
    over for us. Behind somebody else's prompt it may wait as long as that takes.
    """

    limit: float
    ours: frozenset[str] = frozenset()
    _since: float = field(default_factory=time.monotonic)
    _last: object = None

    def lasts(self, result: Finding, heard: int | None) -> bool:
        """Whether there was no sign of life for too long.

        `heard` counts what the feed told of the prompt; None while nobody listens, which is no silence.
        """
        sign = (result.place, result.running, heard)
        if sign != self._last or self.behind(result) or heard is None or not self.limit:
            self._last, self._since = sign, time.monotonic()
        return time.monotonic() - self._since > self.limit > 0

    def behind(self, result: Finding) -> bool:
        """Whether the prompt waits in ComfyUI while somebody else's is drawn."""
        return result.place is Place.PENDING and not self.ours.issuperset(result.running)
