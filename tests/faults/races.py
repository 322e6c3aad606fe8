"""ComfyUI's races, each provoked on purpose. A race returns what went wrong, or None."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
from bridge_process import BridgeProcess
from chaos import Chaos

from bridge.adapters.pixart import PREFIX
from faults import tiny
from faults.ledger import FINAL, draws
from faults.stage import ComfyProcess

CANCELLED = ("failed", "Cancelled")


@dataclass
class Ring:
    """Where the races are run."""

    session: aiohttp.ClientSession
    bridge: BridgeProcess
    comfy: ComfyProcess
    chaos: Chaos
    chance: random.Random

    async def ask(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        """The bridge's status and answer."""
        async with self.session.request(method, f"{self.bridge.url}{PREFIX}/{path}", **body) as answer:
            return answer.status, await answer.json()

    async def post(self, id: str, toy: str = "") -> None:
        """Queue a job; `toy` is what the node does meanwhile."""
        code, answer = await self.ask(
            "POST", "generate", json={**tiny.body(id), "prompt": f"toy={toy}" if toy else "x"}
        )
        assert code == 200, answer

    async def end(self, id: str, seconds: float = 120) -> dict[str, Any]:
        """The job when it has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            code, answer = await self.ask("GET", f"status/{id}")
            if code != 200 or answer["status"] in FINAL:
                return answer
            await asyncio.sleep(0.02)
        return {"status": "without an end"}

    async def draw(self, id: str, toy: str = "") -> str | None:
        """Post it; None when it ends with its own picture."""
        await self.post(id, toy)
        return await self.drawn(id)

    async def drawn(self, id: str) -> str | None:
        """None when it ends with its own picture."""
        answer = await self.end(id)
        if answer.get("status") == "completed" and tiny.is_right(id, answer):
            return None
        return f"{id}: {answer.get('status')} {answer.get('error') or answer.get('detail') or 'with another picture'}"

    def drawn_so_far(self, id: str) -> int:
        """How often ComfyUI drew this picture."""
        return draws(self.comfy.settings.comfyui_base / "output")[tiny.pixels(id)]

    async def comfy_says(self, method: str, path: str, body: Any = None) -> Any:
        """ComfyUI's own answer, past the proxy."""
        async with self.session.request(method, self.comfy.url + path, json=body) as answer:
            return await answer.json() if answer.content_type == "application/json" else await answer.read()

    async def foreign(self, toy: str, client: str | None = "somebody") -> str:
        """A prompt of somebody else's; returns its id."""
        picture = {"width": 8, "height": 8, "batch_size": 1, "color": 0}
        node = {"image": ["1", 0], "prompt": f"toy={toy}", "negative": "", "number": 0}
        prompt = {
            "1": {"class_type": "EmptyImage", "inputs": picture},
            "2": {"class_type": "Mischief", "inputs": node},
            "3": {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}},
        }
        asked = {"prompt": prompt, "prompt_id": str(uuid.uuid4()), **({"client_id": client} if client else {})}
        await self.comfy_says("POST", "/prompt", asked)
        return asked["prompt_id"]

    async def running(self, count: int = 1, seconds: float = 20, *, waiting: int = 0) -> bool:
        """Wait until ComfyUI draws, and so many wait there."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            queue = await self.comfy_says("GET", "/queue")
            if len(queue["queue_running"]) == count and len(queue["queue_pending"]) == waiting:
                return True
            await asyncio.sleep(0.01)
        return False


Work = Callable[[Ring, str], Awaitable[str | None]]


async def _once(ring: Ring, id: str, toy: str = "") -> str | None:
    """Draw it, and see that it was posted once."""
    before = ring.chaos.calls["POST /prompt"]
    wrong = await ring.draw(id, toy)
    posted = ring.chaos.calls["POST /prompt"] - before
    return wrong or (None if posted == 1 else f"{id}: posted {posted} times")


async def history_after_the_event(ring: Ring, id: str) -> str | None:
    """The history is read as soon as a prompt is told to have ended."""
    return await _once(ring, id)


async def looking_while_it_ends(ring: Ring, id: str) -> str | None:
    """The WebSocket is cut, so that the end is found by polling queue and history."""
    await ring.post(id, f"sleep:{ring.chance.uniform(0, 0.3):.3f}")
    ring.chaos.cut()
    return await ring.drawn(id)


async def socket_again(ring: Ring, id: str) -> str | None:
    """The WebSocket is cut and opened again; the next job's progress must be heard."""
    ring.chaos.cut()
    await asyncio.sleep(1.3)  # it comes back after a second
    await ring.post(id, "sleep:0.6")
    heard = set()
    while (told := (await ring.ask("GET", f"status/{id}"))[1])["status"] not in FINAL:
        heard.add(told["progress"])
        await asyncio.sleep(0.02)
    return await ring.drawn(id) or (None if heard - {0} else f"{id}: no progress was heard")


async def stalled_reader(ring: Ring, id: str) -> str | None:
    """Another client's WebSocket isn't read, and ComfyUI waits for it with everybody's events."""
    host, _, port = ring.comfy.url.removeprefix("http://").rpartition(":")
    _, writer = await asyncio.open_connection(host, int(port), limit=1)
    writer.write(
        f"GET /ws?clientId={id} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    await asyncio.sleep(0.05)
    await ring.foreign("frame:12", id)
    try:
        return await _once(ring, id)
    finally:
        writer.transport.abort()


async def large_frame(ring: Ring, id: str) -> str | None:
    """A frame of 6 MB comes, more than aiohttp takes unless told to."""
    sockets = ring.chaos.calls["WS"]
    wrong = await _once(ring, id, "frame:6")
    return wrong or (None if ring.chaos.calls["WS"] == sockets else f"{id}: the WebSocket was lost")


async def answer_lost(ring: Ring, id: str) -> str | None:
    """POST /prompt is accepted, its answer is lost: posted again under the same id it would end ComfyUI's worker."""
    if ring.chance.random() < 0.5:
        ring.chaos.lose_answers = 1
    else:
        ring.chaos.drop_answers = 1
    return await _once(ring, id)


async def worker_dies(ring: Ring, id: str) -> str | None:
    """A node ends ComfyUI's worker thread; HTTP answers on. Somebody restarts ComfyUI; the job is drawn."""
    await ring.post(id, f"die:{id}")
    deadline = time.monotonic() + 30
    while (await ring.ask("GET", f"status/{id}"))[1]["status"] == "pending" and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    while (await ring.comfy_says("GET", "/pixart/worker")).get("alive") and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    await _restarted(ring)
    return await ring.drawn(id)


async def same_prompt_twice(ring: Ring, id: str) -> str | None:
    """Two jobs of the same content: each has its own file."""
    body, before = {**tiny.body("the same"), "prompt": "x"}, ring.drawn_so_far("the same")
    for each in (f"{id}-a", f"{id}-b"):
        await ring.ask("POST", "generate", json={**body, "id": each})
    ends = [await ring.end(f"{id}-{each}") for each in "ab"]
    if not all(tiny.is_right("the same", answer) for answer in ends):
        return f"{id}: {[answer.get('status') for answer in ends]}"
    files = ring.drawn_so_far("the same") - before
    return None if files == 2 else f"{id}: {files} files"


async def half_valid(ring: Ring, id: str) -> str | None:
    """ComfyUI takes a prompt of which one output can't run: the job fails, with the reason; nothing stays queued."""
    body = {"mode": "txt2img", "prompt": "x", "workflow": "half"}
    async with ring.session.post(f"{ring.bridge.url}/generate", json=body) as answer:
        told = await answer.json()
    left = await ring.comfy_says("GET", "/queue")
    if answer.status < 400 or "no such file" not in str(told):
        return f"{id}: {answer.status} {told}"
    return None if not left["queue_pending"] else f"{id}: it is still queued"


async def cancelled_at_once(ring: Ring, id: str) -> str | None:
    """A job is cancelled within milliseconds of its POST, at any point of its way."""
    await ring.post(id, "sleep:0.1")
    await asyncio.sleep(ring.chance.uniform(0, 0.15))
    return await _cancelled(ring, id)


async def cancelled_while_busy(ring: Ring, id: str) -> str | None:
    """A job is cancelled whose node doesn't look for interrupts."""
    await ring.post(id, "busy:0.7")
    await ring.running()
    return await _cancelled(ring, id)


async def cancelled_as_its_turn_comes(ring: Ring, id: str) -> str | None:
    """Two jobs are cancelled within milliseconds, the running one and the next, which ComfyUI begins just then."""
    first, second = f"{id}-first", f"{id}-second"
    for each in (first, second):
        await ring.post(each, "sleep:20")
    if not await ring.running(waiting=1):
        return f"{id}: the second one isn't queued ahead"
    end = asyncio.create_task(ring.ask("POST", f"cancel/{first}"))
    await asyncio.sleep(ring.chance.uniform(0, 0.06))
    await ring.ask("POST", f"cancel/{second}")
    await end
    told = [await ring.end(each) for each in (first, second)]
    if any((each["status"], each.get("error")) != CANCELLED for each in told):
        return f"{id}: {[each['status'] for each in told]}"
    return None if await ring.running(0, seconds=3) else f"{id}: ComfyUI goes on drawing"


async def _cancelled(ring: Ring, id: str) -> str | None:
    code, answer = await ring.ask("POST", f"cancel/{id}")
    told = await ring.end(id)
    if (told["status"], told.get("error")) == CANCELLED:
        wrong = None if code == 200 else f"{id}: {code} {answer}, but cancelled"
    else:
        wrong = await ring.drawn(id)  # it was done already: then it has its picture
    again = await ring.end(id)
    if again != told:
        return f"{id}: {told['status']}, then {again['status']}"
    return wrong or await ring.draw(f"{id}-next")


async def deleted_outside(ring: Ring, id: str) -> str | None:
    """Somebody deletes the waiting prompt in ComfyUI, which tells nobody."""
    blocking = await ring.foreign("sleep:3")
    await ring.running()
    await ring.post(id)
    deadline = time.monotonic() + 20
    while not (waiting := (await ring.comfy_says("GET", "/queue"))["queue_pending"]) and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    await ring.comfy_says("POST", "/queue", {"delete": [entry[1] for entry in waiting]})
    await ring.comfy_says("POST", "/interrupt", {"prompt_id": blocking})
    return await ring.drawn(id)


async def others_previews(ring: Ring, id: str) -> str | None:
    """A prompt without a client id tells everybody of its progress and previews."""
    await ring.foreign("sleep:0.2", None)
    await ring.foreign("frame:0.1", None)
    await ring.post(id, "sleep:0.1")
    while (told := (await ring.ask("GET", f"status/{id}"))[1])["status"] not in FINAL:
        if "previewDataUrl" in told:
            return f"{id}: shows somebody else's preview"
        await asyncio.sleep(0.01)
    return await ring.drawn(id)


async def comfy_restarted(ring: Ring, id: str) -> str | None:
    """ComfyUI is killed while it draws, and comes back with nothing in its queue and history."""
    await ring.post(id, "sleep:0.5")
    await ring.running()
    await asyncio.sleep(ring.chance.uniform(0, 0.5))
    await _restarted(ring)
    return await ring.drawn(id)


async def bridge_restarted(ring: Ring, id: str) -> str | None:
    """The bridge is killed at any point of a job; the prompt is found again, or never came, and is drawn once."""
    await ring.post(id, "sleep:0.3")
    await asyncio.sleep(ring.chance.uniform(0, 0.4))
    await asyncio.to_thread(ring.bridge.kill)
    await asyncio.to_thread(ring.bridge.start)
    wrong, drawn = await ring.drawn(id), ring.drawn_so_far(id)
    return wrong or (None if drawn == 1 else f"{id}: drawn {drawn} times")


async def killed_while_it_accepts(ring: Ring, id: str) -> str | None:
    """The bridge is killed within milliseconds of a POST: what it answered is drawn, and else the same asked again."""
    asking = asyncio.create_task(ring.post(id, "sleep:0.1"))
    await asyncio.sleep(ring.chance.uniform(0, 0.02))
    await asyncio.to_thread(ring.bridge.kill)
    [lost] = await asyncio.gather(asking, return_exceptions=True)
    await asyncio.to_thread(ring.bridge.start)
    if isinstance(lost, AssertionError):
        return f"{id}: answered {lost}"
    if lost is not None:
        await ring.post(id, "sleep:0.1")
    return await ring.drawn(id)


async def _restarted(ring: Ring) -> None:
    with suppress(ProcessLookupError):
        os.kill(ring.comfy.process.pid, signal.SIGKILL)
    await asyncio.to_thread(ring.comfy.process.wait)
    ring.comfy.start()
    await asyncio.to_thread(ring.comfy.wait)


@dataclass(frozen=True)
class Race:
    """`number` is its place in the list of what was measured of ComfyUI; a `slow` one takes some ten seconds."""

    number: str
    work: Work
    slow: bool = False
    short: bool = True  # takes no more than two seconds


RACES = (
    Race("1", history_after_the_event),
    Race("2", looking_while_it_ends),
    Race("3", socket_again),
    Race("4", stalled_reader),
    Race("5", large_frame),
    Race("6, 7", answer_lost),
    Race("8", worker_dies, slow=True, short=False),
    Race("9", same_prompt_twice),
    Race("10", half_valid),
    Race("11", cancelled_at_once),
    Race("12", cancelled_while_busy),
    Race("of the bridge", cancelled_as_its_turn_comes),
    Race("13", deleted_outside, short=False),
    Race("14", others_previews),
    Race("15", comfy_restarted, slow=True, short=False),
    Race("of the bridge", bridge_restarted, short=False),
    Race("of the bridge", killed_while_it_accepts, short=False),
)
