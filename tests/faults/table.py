"""The faults: one function each. A fault that is over when it returns needs nobody to mend it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bridge_process import BridgeProcess
from chaos import Chaos

from bridge.adapters.pixart import PREFIX
from faults import clock
from faults.stage import ComfyProcess

MOMENT = 0.5  # seconds at most that something is away for a moment
HANG = 2.0
DOWN = 3.0  # longer than it takes until ComfyUI counts as away
SHORTEST = 16  # bytes that a file may have on a full disk: less than any picture or database page
LATE = 0.5  # ComfyUI itself is some milliseconds late


@dataclass
class Stage:
    """What can break. Without a `comfy` the bridge has a ComfyUI of its own, and there is no `chaos` in between."""

    bridge: BridgeProcess
    chance: random.Random
    comfy: ComfyProcess | None = None
    chaos: Chaos | None = None
    newest: str = ""  # id of the job that was asked for last

    def __post_init__(self) -> None:
        self.kills: list[float] = []  # when a ComfyUI was killed
        self.readers: set[asyncio.Task[None]] = set()

    @property
    def child(self) -> int | None:
        """Process id of the bridge's own ComfyUI."""
        children = Path(f"/proc/{self.bridge.process.pid}/task/{self.bridge.process.pid}/children")
        found = children.read_text(encoding="ascii").split() if children.exists() else []
        return int(found[0]) if found else None


Work = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """`weight` is how often it comes, beside the others; a `slow` one costs more time than a short run has."""

    work: Work
    weight: int
    apart: bool = True  # with a ComfyUI in a process beside the bridge
    own: bool = False  # with one that the bridge started
    slow: bool = False


async def bridge_killed(stage: Stage) -> None:
    """kill -9 of the bridge, and a new start a moment later."""
    stage.bridge.kill()
    if stage.comfy is None:  # it takes its ComfyUI with it
        stage.kills.append(time.monotonic())
    await asyncio.sleep(stage.chance.uniform(0, MOMENT))
    await asyncio.to_thread(stage.bridge.start)


async def comfy_killed(stage: Stage) -> None:
    """kill -9 of ComfyUI."""
    if stage.comfy is None:
        if child := stage.child:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
                stage.kills.append(time.monotonic())
        return
    stage.comfy.kill()
    stage.kills.append(time.monotonic())
    await asyncio.sleep(stage.chance.uniform(0, MOMENT))
    stage.comfy.start()
    await asyncio.to_thread(stage.comfy.wait)


async def both_killed(stage: Stage) -> None:
    """kill -9 of both at once: a machine that was restarted."""
    stage.bridge.kill()
    await comfy_killed(stage)
    await asyncio.to_thread(stage.bridge.start)


async def answer_dropped(stage: Stage) -> None:
    """The connection breaks after POST /prompt was accepted, before its answer."""
    assert stage.chaos
    stage.chaos.drop_answers += 1


async def answer_500(stage: Stage) -> None:
    """POST /prompt is accepted and answered with 500."""
    assert stage.chaos
    stage.chaos.lose_answers += 1


async def prompt_kept_back(stage: Stage) -> None:
    """POST /prompt never comes to ComfyUI: refused by what is between (413, 502), or its connection breaks."""
    assert stage.chaos
    stage.chaos.keep_back.append(stage.chance.choice((0, 413, 502)))


async def history_late(stage: Stage) -> None:
    """For half a second ended prompts aren't in the history."""
    assert stage.chaos
    stage.chaos.hide(LATE)


async def socket_cut(stage: Stage) -> None:
    """The WebSocket breaks."""
    assert stage.chaos
    stage.chaos.cut()


async def half_open(stage: Stage) -> None:
    """All connections to ComfyUI die without a word, as behind a router that was restarted."""
    assert stage.chaos
    stage.chaos.freeze()


async def network_down(stage: Stage) -> None:
    """For up to three seconds nothing gets to ComfyUI, nor back from it."""
    assert stage.chaos
    seconds = stage.chance.uniform(0, DOWN)
    stage.chaos.part(seconds)
    await asyncio.sleep(seconds)


async def comfy_hangs(stage: Stage) -> None:
    """ComfyUI stands still for two seconds, its connections open."""
    await _stopped(stage.comfy.process.pid if stage.comfy else stage.child)


async def bridge_hangs(stage: Stage) -> None:
    """The bridge stands still for two seconds."""
    await _stopped(stage.bridge.process.pid)


async def slow_readers(stage: Stage) -> None:
    """Ten clients ask for the newest job's events and status and read nothing for two seconds."""
    paths = [f"{PREFIX}/{what}/{stage.newest}" for what in ("events", "status") for _ in range(5)]
    stage.readers |= {asyncio.create_task(_unread(stage.bridge.url, path)) for path in paths}


async def disk_full(stage: Stage) -> None:
    """For two seconds the bridge can write no file, as on a full disk."""
    with stage.bridge.largest_file(SHORTEST):
        await asyncio.sleep(HANG)


async def clock_jumps(stage: Stage) -> None:
    """The bridge's clock jumps, by seconds or by years, forth or back."""
    clock.jump(stage.bridge, stage.chance.choice(clock.JUMPS))


async def _stopped(pid: int | None) -> None:
    if pid is None:
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(HANG)
        os.kill(pid, signal.SIGCONT)


async def _unread(url: str, path: str) -> None:
    host, _, port = url.removeprefix("http://").rpartition(":")
    with suppress(OSError):
        _, writer = await asyncio.open_connection(host, int(port), limit=1)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await asyncio.sleep(HANG)
        writer.transport.abort()


FAULTS: dict[str, Fault] = {
    "bridge killed": Fault(bridge_killed, 6, own=True),
    "ComfyUI killed": Fault(comfy_killed, 2, own=True, slow=True),
    "both killed": Fault(both_killed, 1, slow=True),
    "answer to /prompt dropped": Fault(answer_dropped, 3),
    "500 after /prompt was accepted": Fault(answer_500, 3),
    "prompt kept back": Fault(prompt_kept_back, 3),
    "late history": Fault(history_late, 3),
    "WebSocket cut": Fault(socket_cut, 3),
    "network down": Fault(network_down, 2),
    "half-open connections": Fault(half_open, 1, slow=True),
    "ComfyUI stands still": Fault(comfy_hangs, 1, own=True, slow=True),
    "bridge stands still": Fault(bridge_hangs, 1, own=True, slow=True),
    "slow readers": Fault(slow_readers, 2, own=True),
    "disk full": Fault(disk_full, 2),
    "clock jumps": Fault(clock_jumps, 2, own=True),
}
