"""Waiting for the end of a prompt. HTTP decides how it ended; the WebSocket only hurries."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from bridge.comfy.client import Comfy, Place
from bridge.comfy.messages import Outcome
from bridge.comfy.process import Backend
from bridge.core.deadline import within
from bridge.core.errors import Stalled
from bridge.drawing.run_state import RunState
from bridge.drawing.stall import Stall

POLL_SECONDS = 1.0  # a backstop only: the feed says when to look
HURRY_SECONDS = 0.03  # ComfyUI writes the history 1-2 ms after it says that a prompt has ended
AGAIN_SECONDS = 0.5  # before the next try, when ComfyUI could not be reached or answered with an error
MISSES = 3  # so many looks in a row, POLL_SECONDS apart, must miss a prompt before it counts as lost
END_SECONDS = 10.0  # that a prompt which nothing is heard of has to obey an interrupt

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PromptWatch:
    """Watches prompts on one ComfyUI. `forget` lets it remove one from its history."""

    backend: Backend
    comfy: Callable[[], Comfy]
    stall_seconds: float
    forget: Callable[[str], None]
    posted: deque[str] = field(default_factory=lambda: deque(maxlen=100))  # the newest prompts, the ended ones too

    async def outcome(self, run_state: RunState) -> Outcome | None:
        """How the prompt ended; None when ComfyUI doesn't know it any more."""
        assert run_state.prompt.id is not None and run_state.prompt.prefetch is not None
        self.posted.append(run_state.prompt.id)
        born, misses = self.backend.generation, 0
        silence = Stall(self.stall_seconds, frozenset(self.posted))
        if self._hears(run_state):
            await self._pause(run_state, POLL_SECONDS)
        while misses < MISSES:
            hurried = run_state.look.is_set()
            run_state.look.clear()
            result = await run_state.prompt.history() if hurried else None
            result = result or await self.comfy().locate(run_state.prompt.id)
            if result.outcome is not None:
                run_state.ended()
                return result.outcome
            if result.place is not Place.ABSENT:
                run_state.prompt.seen()
            if not hurried or result.place is not Place.ABSENT:  # the history comes a little after the news of an end
                misses = misses + 1 if result.place is Place.ABSENT else 0
            unwanted = run_state.cancelled or run_state.skipped
            if misses and (unwanted or self.backend.generation != born):
                return None  # deleted on our request, or gone with the ComfyUI that had it
            if unwanted:
                await self.comfy().interrupt(run_state.prompt.id)
            run_state.behind.look(silence.behind(result))
            if silence.lasts(result, run_state.progress.heard if self._hears(run_state) else None):
                return await self._stalled(run_state)
            await self._pause(run_state, HURRY_SECONDS if hurried or unwanted else POLL_SECONDS)
        return None

    async def _stalled(self, run_state: RunState) -> None:
        """End a prompt that nothing was heard of. None where another ComfyUI takes its place; else raises Stalled."""
        assert run_state.prompt.id is not None
        sentence = f"Nothing was heard of it for {self.stall_seconds:g} s."
        log.warning(sentence)
        deadline, born = time.monotonic() + END_SECONDS, self.backend.generation
        await self.comfy().interrupt(run_state.prompt.id)
        while time.monotonic() < deadline:
            if not self.backend.up or self.backend.generation != born:
                return
            if (await self.comfy().locate(run_state.prompt.id)).place in (Place.ENDED, Place.ABSENT):
                self.forget(run_state.prompt.id)
                raise Stalled(f"{sentence} It was ended.", hint="STALL_SECONDS is how long a node may be silent.")
            await asyncio.sleep(AGAIN_SECONDS)
        if not await self.backend.renew():
            raise Stalled(f"{sentence} ComfyUI does not end it.", hint="Restart ComfyUI.")

    def _hears(self, run_state: RunState) -> bool:
        """Whether it would be told what becomes of the prompt."""
        return bool(run_state.prompt.ear) and run_state.prompt.ear == self.backend.ear

    async def _pause(self, run_state: RunState, seconds: float) -> None:
        with suppress(asyncio.TimeoutError):
            await within(seconds, run_state.look.wait())
