"""The editor as a client: posts under its own id, repeats what got no answer, polls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import aiohttp

from bridge.adapters.pixart import PREFIX
from faults import tiny
from faults.ledger import Entry

POLL_SECONDS = 0.1
AGAIN_SECONDS = 0.2  # after no answer, or "not now"
PATIENCE_SECONDS = 240.0  # for one job: longer than ComfyUI takes to come back several times
NOT_NOW = (429, 503, 507)
BROKEN = (aiohttp.ClientError, asyncio.TimeoutError, OSError)


class Editor:
    """`url()` says where the bridge is at the moment; `slowest` is how many seconds an answer took at most.

    `prompt` is that of all its jobs.
    """

    def __init__(self, session: aiohttp.ClientSession, url: Callable[[], str], prompt: str = "x") -> None:
        self._session, self._url, self._prompt = session, url, prompt
        self.slowest = 0.0

    async def draw(self, id: str) -> Entry:
        """One job from its first request to its end, or to the end of patience."""
        entry, asked = Entry(id), {**tiny.body(id), "prompt": self._prompt}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            code, answer = await self._ask("POST", "generate", json=asked)
            if code == 200:
                entry.accepted = entry.accepted or time.monotonic()
                if entry.hear(code, answer):
                    return entry
                break
            if code and code not in NOT_NOW:
                entry.hear(code, answer)
            await asyncio.sleep(AGAIN_SECONDS)
        while time.monotonic() < deadline and not await self.look(entry):
            await asyncio.sleep(POLL_SECONDS)
        return entry

    async def look(self, entry: Entry) -> bool:
        """One poll; whether the job has ended. No answer at all says nothing of the job."""
        code, answer = await self._ask("GET", f"status/{entry.id}")
        return code not in (0, *NOT_NOW) and entry.hear(code, answer)

    async def last_look(self, entry: Entry, deadline: float) -> None:
        """One poll at the very end; that there is no answer until the deadline is trouble then."""
        while True:
            code, answer = await self._ask("GET", f"status/{entry.id}")
            if code not in (0, *NOT_NOW):
                entry.hear(code, answer)
                return
            if time.monotonic() >= deadline:
                entry.trouble.append(f"{code or 'no answer'} at the end")
                return
            await asyncio.sleep(AGAIN_SECONDS)

    async def _ask(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        """Status and answer; status 0 where there was none."""
        began = time.monotonic()
        try:
            async with self._session.request(method, f"{self._url()}{PREFIX}/{path}", **body) as answer:
                text = await answer.read()
                self.slowest = max(self.slowest, time.monotonic() - began)
                return answer.status, await answer.json() if answer.content_type == "application/json" else text
        except BROKEN:
            return 0, None
