"""ComfyUI as the bridge's own child, on a loopback port: its start, checks, restarts and end."""

from __future__ import annotations

import asyncio
import json
import logging
import shlex
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

from bridge.comfy.client import url_without_password
from bridge.comfy.environment import of_child
from bridge.comfy.instance import ONLY_INSTANCE, Instance
from bridge.comfy.line import Line
from bridge.comfy.protocol import Address
from bridge.core.deadline import within
from bridge.core.errors import Unavailable
from bridge.core.permissions import write_private
from bridge.core.places import FILES
from bridge.core.settings import Settings
from bridge.workflow.file import ENGINES

PACK = FILES / "custom_nodes" / "pixart_nodes"
LAUNCHER = Path(__file__).with_name("launch.py")
COMFYUI_FOLDERS = ("custom_nodes", "models/checkpoints", "models/controlnet", "input", "output", "temp", "user")
LOG_LINES = 15  # shown when a start fails: enough for the traceback's end, short enough to read
STOP_SECONDS = 5.0  # between terminate and kill
FIRST_LOOK_SECONDS = 2.0  # a running ComfyUI answers in less, a starting one in more
LONGEST_PAUSE = 30.0  # seconds between restarts of a child that keeps dying
WATCH_SECONDS = 2.0  # between two looks at a ComfyUI that is up
LOADING_SENTENCE = "The Axera models are being loaded"
STEADY_SECONDS = 60.0  # a child that lived this long starts again without a pause

log = logging.getLogger(__name__)


def free_port() -> int:
    """A loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(settings: Settings, port: int, instance: Instance = ONLY_INSTANCE) -> list[str]:
    """The child's command line. Raises Unavailable where there is no ComfyUI to start."""
    script = settings.comfyui_source / "main.py"
    if not script.is_file():
        raise Unavailable(
            f"There is no ComfyUI in {settings.comfyui_source}.",
            hint="Run `python3 install.py`, or set COMFYUI_URL to one that runs elsewhere.",
        )
    base = settings.comfyui_base.resolve()
    listen = ["--listen", "127.0.0.1", "--port", str(port)]
    database = instance.own(base / "user" / "comfyui.db")
    place = ["--base-directory", str(base), "--database-url", f"sqlite:///{database}", *instance.arguments(base)]
    extra = ["--preview-method", "latent2rgb", "--disable-auto-launch", *shlex.split(settings.comfyui_args)]
    return [sys.executable, str(LAUNCHER), str(script.resolve()), *listen, *place, *extra]


def new_address(settings: Settings, port: int = 0) -> Address:
    """The next child's address, with a fresh token and, unless the operator has set one, a fresh secret."""
    return Address.local(port or free_port(), settings.comfyui_secret or "", open=not settings.comfyui_token)


def link_pack(custom_nodes: Path) -> None:
    """Link the node pack that came with the bridge where there is none, so that a new data folder draws as well."""
    place = custom_nodes / PACK.name
    if place.exists():
        return
    try:
        place.unlink(missing_ok=True)  # a link to a checkout that was moved away
        place.symlink_to(PACK, target_is_directory=True)
    except OSError as error:
        log.warning("The node pack can't be linked into %s: %s. Run `python3 install.py`.", custom_nodes, error)


def spawn(
    settings: Settings, address: Address, instance: Instance = ONLY_INSTANCE, *, warm: bool = False
) -> subprocess.Popen[bytes]:
    """Start the child; with `warm`, the child loads the engine's models at once.

    The child's output goes to the log file. Its input is a pipe that brings the token and the secret, and closes when
    this process dies. The child has a session of its own, so that Ctrl+C in the terminal doesn't end its picture.
    """
    arguments = command(settings, address.port, instance)
    for folder in COMFYUI_FOLDERS:
        (settings.comfyui_base / folder).mkdir(parents=True, exist_ok=True)
    link_pack(settings.comfyui_base / "custom_nodes")
    log = instance.own(settings.comfyui_log)
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(instance.own(settings.comfyui_previous_log))
    write_private(instance.own(settings.comfyui_note), f"{address.page}\n")
    write_private(instance.own(settings.comfyui_secret_note), f"{address.secret}\n")
    with log.open("ab") as output:  # in append mode the file can be emptied while ComfyUI writes
        child = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=of_child(settings, warm=warm),
            start_new_session=True,
        )
    assert child.stdin
    instructions = {"token": address.token, "secret": address.secret, "hosts": settings.allowed_hosts}
    with suppress(BrokenPipeError):  # the child has ended already, which its log explains
        child.stdin.write(json.dumps(instructions).encode() + b"\n")
        child.stdin.flush()
    return child


def end(child: subprocess.Popen[bytes]) -> None:
    """End the child: by terminate, and by kill if it still runs after STOP_SECONDS."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    if child.stdin:
        with suppress(BrokenPipeError):
            child.stdin.close()


@contextmanager
def running(
    settings: Settings, instance: Instance = ONLY_INSTANCE
) -> Iterator[tuple[Address, subprocess.Popen[bytes]]]:
    """Address and process of a child that lives as long as the `with` block, for code without an event loop."""
    address = new_address(settings)
    child = spawn(settings, address, instance)
    try:
        yield address, child
    finally:
        end(child)


def tail(log: Path) -> str:
    """The last lines of the log, for the message of a failed start."""
    if not log.exists():
        return ""
    with log.open(encoding="utf-8", errors="replace") as lines:
        return "".join(deque((line for line in lines if line.strip()), LOG_LINES)).rstrip()


def start_failure(settings: Settings, reason: str, instance: Instance = ONLY_INSTANCE) -> Unavailable:
    """The error for a child that never answered, with the last lines of its log."""
    log = instance.own(settings.comfyui_log)
    return Unavailable(f"ComfyUI {reason}.", hint=f"Its log, {log}, ends:\n{tail(log)}")


async def _wait_for_end(child: subprocess.Popen[bytes], seconds: float) -> None:
    """Return when the child has ended, or after `seconds`."""
    deadline = time.monotonic() + seconds
    while child.poll() is None and time.monotonic() < deadline:
        await asyncio.sleep(0.2)


async def answers(session: aiohttp.ClientSession, address: Address) -> bool:
    """Whether a ComfyUI listens at this address and accepts its token."""
    return await _answer(session, address, "/system_stats") is not None


async def _answer(session: aiohttp.ClientSession, address: Address, path: str) -> dict[str, Any] | None:
    """The JSON object at this path; None without an answer of status 200."""
    about = {"headers": address.headers(path), "timeout": aiohttp.ClientTimeout(total=5)}
    try:
        async with session.get(address.at(path), **about) as response:
            return await response.json(content_type=None) if response.status == 200 else None
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError):
        return None


def _works(worker: Mapping[str, Any]) -> bool:
    """Whether the thread that runs prompts is alive by the node pack's report; True without a report."""
    return worker.get("alive") is not False


class Backend:
    """A ComfyUI's address, and whether ComfyUI answers there.

    `generation` counts the starts of ComfyUI's process; by the node pack's report, a process that was only out of reach
    isn't counted again. `trouble` says why ComfyUI doesn't answer. `ear` is the client id of the open WebSocket, `pack`
    the version of the node pack, `compiling` the number of modules of kernels that the pack has yet to compile.

    With an Axera engine, ComfyUI counts as up only once the engine's models are loaded: clients of that engine give up
    after 30 seconds, and loading takes 20.
    """

    def __init__(self, session: aiohttp.ClientSession, address: Address, engine: str = ENGINES[0]) -> None:
        self.address = address
        self.generation = 0
        self.trouble: str | None = None
        self.ear = self.pack = ""
        self.compiling = 0
        self.line: Line | None = None
        self._session = session
        self._engine = engine
        self._process: str | None = None  # the id of the process that came up, where the pack reports one
        self._last_process: str | None = None  # the id of the process that gave the last answer
        self._up = asyncio.Event()
        self._first_look = asyncio.Event()
        self._away_since = time.monotonic()

    @property
    def url(self) -> str:
        """ComfyUI's URL without its token and secret."""
        return self.address.url

    @property
    def name(self) -> str:
        """A name that stays the same after a restart of the bridge, without a password."""
        return url_without_password(self.url)

    def away_seconds(self) -> float:
        """Seconds since ComfyUI stopped answering, or since the bridge's start; 0 while ComfyUI answers."""
        return 0.0 if self.up else time.monotonic() - self._away_since

    @property
    def up(self) -> bool:
        """Whether ComfyUI answered at the last look."""
        return self._up.is_set()

    def hear(self, ear: str) -> None:
        """Note the client id of the WebSocket that is open now; empty for none.

        Events come only for prompts that were posted under this id: silence about any other prompt means nothing.
        """
        self.ear = ear

    async def ready(self) -> None:
        """Return once ComfyUI answers."""
        await self._up.wait()

    async def wait_up(self, seconds: float = FIRST_LOOK_SECONDS) -> bool:
        """As `up`, but before the first look wait for that look, at most `seconds`."""
        with suppress(asyncio.TimeoutError):
            await within(seconds, self._first_look.wait())
        return self.up

    async def run(self) -> None:
        """Look again and again, for ever, whether ComfyUI answers. Here ComfyUI is run by somebody else."""
        while True:
            trouble = await self._trouble()
            self._note(trouble is None, trouble)
            await asyncio.sleep(WATCH_SECONDS if self.up else 0.5)

    async def _trouble(self) -> str | None:
        if not await answers(self._session, self.address):
            return f"ComfyUI at {url_without_password(self.url)} does not answer"
        worker = await self._worker()
        if not _works(worker):
            return f"ComfyUI at {url_without_password(self.url)} answers, but its worker has died: restart it"
        self._last_process = worker.get("process")
        return LOADING_SENTENCE if not self.up and self._loads(worker) else None

    def _loads(self, worker: Mapping[str, Any]) -> bool:
        """Whether the engine still loads its models."""
        return self._engine == "axera" and bool(worker.get("loading"))

    async def _worker(self) -> dict[str, Any]:
        """The node pack's report of ComfyUI's process; empty without the pack."""
        report = await _answer(self._session, self.address, "/pixart/worker") or {}
        self.pack = str(report.get("version") or "")
        self.compiling = int(report.get("compiling") or 0)
        return report

    async def renew(self) -> bool:
        """End a ComfyUI that draws nothing any more, so that another starts; False for one that somebody else runs."""
        return False

    async def close(self) -> None:
        """Nothing: a ComfyUI that somebody else runs stays as it is."""

    def _note(self, alive: bool, trouble: str | None = None) -> None:
        if alive and not self.up:
            self.generation += self._last_process is None or self._last_process != self._process
            self._process = self._last_process
            self._up.set()
            log.info("ComfyUI answers at %s", self.url)
        elif not alive:
            if self.up:
                log.warning("%s", trouble)
                self._away_since = time.monotonic()
            self._up.clear()
        self.trouble = None if alive else trouble
        self._first_look.set()


class Child(Backend):
    """A ComfyUI that the bridge runs, restarted with growing pauses when it dies."""

    def __init__(self, session: aiohttp.ClientSession, settings: Settings, instance: Instance = ONLY_INSTANCE) -> None:
        super().__init__(session, Address(""), settings.engine)
        self._settings, self._instance = settings, instance
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """The instance's name, since the port changes with each start."""
        return self._instance.name

    @property
    def pid(self) -> int | None:
        """Process id of the child, while there is one."""
        return self._child.pid if self._child and self._child.poll() is None else None

    async def run(self) -> None:
        """Start the child, wait for its end, start it again."""
        pause = 1.0
        while True:
            born = time.monotonic()
            try:
                await self._live()
            except (Unavailable, OSError) as error:
                self._note(False, str(error))
            pause = 1.0 if time.monotonic() - born > STEADY_SECONDS else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def renew(self) -> bool:
        """Kill the child; `run` starts another."""
        child, born = self._child, self.generation
        if child is None:
            return False
        child.kill()
        while self.up and self.generation == born:  # `run` has not seen it yet
            await asyncio.sleep(0.05)
        return True

    async def close(self) -> None:
        """End the child."""
        if self._child:
            await asyncio.to_thread(end, self._child)

    async def _live(self) -> None:
        """Start the child, and return when it has ended or its worker has died."""
        self.address = new_address(self._settings)
        child = self._child = spawn(self._settings, self.address, self._instance, warm=True)
        try:
            await self._wait_until_it_answers(child)
            await self._require_a_door()
            self._note(True)
            while child.poll() is None and _works(await self._worker()):
                await _wait_for_end(child, WATCH_SECONDS)
            how = "worker died" if child.poll() is None else f"process ended with status {child.returncode}"
            self._note(False, f"ComfyUI's {how}; it is being restarted")
        finally:
            await asyncio.to_thread(end, child)

    async def _require_a_door(self) -> None:
        """Raise Unavailable where this ComfyUI answers without its token, as one of another version might."""
        if self.address.token and await answers(self._session, self.address.anonymous()):
            raise Unavailable(
                f"The ComfyUI in {self._settings.comfyui_source} answers without its token, so it is not used.",
                hint="Use the version that install.py brings, or set COMFYUI_TOKEN=false to let others on this machine "
                "use it too.",
            )

    def _start_failure(self, reason: str) -> Unavailable:
        return start_failure(self._settings, reason, self._instance)

    async def _wait_until_it_answers(self, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self._settings.comfyui_start_seconds
        while not (there := await answers(self._session, self.address)) or self._loads(await self._worker()):
            if there:
                self._note(False, LOADING_SENTENCE)
            if child.poll() is not None:
                raise self._start_failure(f"did not start: it ended with status {child.returncode}")
            if time.monotonic() > deadline:
                raise self._start_failure(f"did not answer within {self._settings.comfyui_start_seconds:g} s")
            await asyncio.sleep(0.2)
