"""The way of one 64 x 64 sketch through the bridge, from POST to the bytes of its result, counted by file and function.

A move is a call from a function in one file of the bridge to a function in another. The job before it has made what is
made once a process. Nobody asks how far it is meanwhile; what a stream of its progress costs beside stands in a row of
its own.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import sys
import tempfile
import threading
from collections import Counter
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from bridge_process import PREFIX
from faults.stage import ComfyProcess
from sketches import encoded, tree

from bridge.app.serve import opened
from bridge.core.places import ROOT
from bridge.core.settings import Settings
from bridge.engine.port import Jobs
from bridge.web.server import create_app

from . import report

BRIDGE = f"{ROOT / 'bridge'}/"
SHOWN = 15  # functions that are called most
COUNTED: ContextVar[bool] = ContextVar("counted", default=True)  # no, where the benchmark itself waits for the job


class Calls:
    """A profile function for all threads: what of the bridge was called while `recording`."""

    def __init__(self) -> None:
        self.recording = False
        self.functions: Counter[tuple[str, str]] = Counter()
        self.moves: Counter[tuple[str, str]] = Counter()
        self._frames: dict[int, FrameType] = {}  # held, so that no other frame gets the number of one

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """Count a call once, however often a coroutine is gone on with."""
        if (
            event != "call"
            or not self.recording
            or not frame.f_code.co_filename.startswith(BRIDGE)
            or not COUNTED.get()
        ):
            return
        if id(frame) in self._frames:
            return
        self._frames[id(frame)] = frame
        file = _file(frame)
        self.functions[file, frame.f_code.co_qualname if sys.version_info >= (3, 11) else frame.f_code.co_name] += 1
        caller = frame.f_back
        while caller is not None and not caller.f_code.co_filename.startswith(BRIDGE):
            caller = caller.f_back
        if caller is not None and _file(caller) != file:
            self.moves[_file(caller), file] += 1

    @property
    def files(self) -> list[str]:
        """Files of the bridge, by how many calls went into them."""
        calls: Counter[str] = Counter()
        for (file, _), count in self.functions.items():
            calls[file] += count
        return [file for file, _ in calls.most_common()]


def _file(frame: FrameType) -> str:
    return frame.f_code.co_filename.removeprefix(BRIDGE)


async def _ended(jobs: Jobs, name: str) -> None:
    """Wait until the job is over."""
    COUNTED.set(False)
    async for _ in jobs.watch(name):
        pass


async def _draw(client: TestClient[Any, Any], jobs: Jobs, name: str, sketch: str, *, followed: bool) -> None:
    body = {"id": name, "prompt": "a tree", "width": 64, "height": 64, "style": "retro-16bit", "sketchData": sketch}
    async with client.post(f"{PREFIX}/generate", json=body) as answer:
        answer.raise_for_status()
    if followed:
        async with client.get(f"{PREFIX}/events/{name}") as events:
            await events.read()
    else:
        await asyncio.create_task(_ended(jobs, name))
    async with client.get(f"{PREFIX}/result/{name}") as result:
        result.raise_for_status()
        await result.read()


async def _recorded(settings: Settings, calls: Calls, followed: Calls) -> None:
    """Draw three jobs: `calls` records the second, `followed` the third, whose progress a stream tells."""
    async with opened(settings) as jobs, TestClient(TestServer(create_app(settings, jobs))) as client:
        while not jobs.backend.up:
            await asyncio.sleep(0.1)
        for number, side in enumerate((63, 64, 65)):
            sketch = base64.b64encode(encoded(tree(side))).decode()
            calls.recording, followed.recording = number == 1, number == 2
            await _draw(client, jobs, f"job-{number}", sketch, followed=number == 2)
        followed.recording = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes: nothing."""


def run(_: argparse.Namespace) -> bool:
    """Follow a job and write `results/path.md`; False, as nothing is promised."""
    calls, followed = Calls(), Calls()

    def profile(frame: FrameType, event: str, about: Any) -> None:
        calls(frame, event, about)
        followed(frame, event, about)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "comfy").mkdir()
        with ComfyProcess(folder / "comfy") as comfy:
            settings = Settings(_env_file=None, data=folder / "data", comfyui_url=comfy.url, log_level="ERROR")
            threading.setprofile(profile)
            sys.setprofile(profile)
            try:
                asyncio.run(_recorded(settings, calls, followed))
            finally:
                sys.setprofile(None)
                threading.setprofile(None)
    print(written(calls, followed))
    return False


def written(calls: Calls, followed: Calls) -> str:
    """The page of results, which is returned."""
    total = sum(1 for _ in (ROOT / "bridge").rglob("*.py"))
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "bridge").rglob("*.py"))
    figures = (
        ("files of the bridge", f"{len(calls.files)} of {total}"),
        ("functions", len(calls.functions)),
        ("calls", sum(calls.functions.values())),
        ("moves between files", sum(calls.moves.values())),
        ("files, with a stream of its progress", len(followed.files)),
        ("moves, with a stream of its progress", sum(followed.moves.values())),
        ("lines of the bridge", lines),
    )
    most = [(f"`{function}` of {file}", count) for (file, function), count in calls.functions.most_common(SHOWN)]
    moves = [(f"{one} → {other}", count) for (one, other), count in calls.moves.most_common(SHOWN)]
    parts = (
        f"# The path of one sketch\n\n{__doc__ or ''}",
        report.table(("what", "count"), figures),
        "Called most:",
        report.table(("function", "calls"), most),
        "Moves that are made most:",
        report.table(("from → to", "moves"), moves),
        f"Files: {', '.join(calls.files)}",
    )
    page = "\n\n".join(part.strip() for part in parts) + "\n"
    (report.FOLDER / "path.md").write_text(page, encoding="utf-8")
    return page
