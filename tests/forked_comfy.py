"""ComfyUI as a fork of a process that has imported what it needs: a start takes one second of a core instead of ten.

What runs is ComfyUI with its launcher, arguments, environment, input and output, as the bridge starts it. The bridge
itself is forked likewise, from a process that has imported it: a tenth of a second instead of one. Tests of how either
is started and ended take the real start.

    python forked_comfy.py comfyui SOCKET FOLDER    import what the ComfyUI in a folder needs, and fork a child for each
                                                    request that comes
    python forked_comfy.py bridge SOCKET            the same with the bridge's packages
    python forked_comfy.py serve SOCKET             the command `pixart serve`, whose ComfyUI is such a fork
"""

from __future__ import annotations

import atexit
import gc
import importlib
import inspect
import json
import logging
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).parents[1]
# What ComfyUI and the pack import of others, longest first. None of it looks at arguments or at the environment.
PACKAGES = ("torch", "torchvision.models", "transformers", "scipy.stats", "scipy.ndimage", "pydantic_settings")
PACKAGES += ("alembic.command", "sqlalchemy.orm", "numba", "cv2", "av", "PIL.Image", "einops", "torchsde", "spandrel")
PACKAGES += ("safetensors.torch", "sentencepiece", "tokenizers", "kornia.filters", "yaml", "psutil", "aiohttp.web")
TOKENIZERS = ("CLIPTokenizer", "BertTokenizer", "ByT5Tokenizer", "T5TokenizerFast", "LlamaTokenizerFast")
TOKENIZERS += ("Qwen2Tokenizer",)
# What ComfyUI imports of its own that looks at no path; arguments that are paths, and the others that it has in tests.
MODULES = ("comfy.sd", "comfy.sample", "comfy.controlnet", "comfy.clip_vision", "comfy_api_nodes.apis")
PLACES = {"--listen", "--port", "--base-directory", "--database-url", "--temp-directory"}
USUAL = ["--preview-method", "latent2rgb", "--disable-auto-launch"]
STARTS_WITHIN = 240.0  # seconds; a busy machine imports torch in twenty, one that seven people share in a hundred
SHARED = "PIXART_TESTS_TEMPLATES"  # environment variable: the folder of those that several processes share


class Child(subprocess.Popen):  # type: ignore[type-arg]  # for whoever asks what it is
    """What the bridge knows of a process that it started, of one that another process forked for it."""

    def __init__(self, template: str, command: list[str], *, stdout: Any, env: dict[str, str], **_: Any) -> None:
        read, write = os.pipe()
        self.stdin: Any = os.fdopen(write, "wb", buffering=0)
        self._ask(template, command, env, Path.cwd(), [read, stdout.fileno(), stdout.fileno()], session=True)
        os.close(read)

    @classmethod
    def of_bridge(cls, command: list[str], env: dict[str, str], folder: Path) -> Child:
        """A bridge; `command` is this program, a command of the bridge, and a template's address.

        It has nothing to read, and what it says on standard error can be read.
        """
        child = cls.__new__(cls)
        child.stdin = None
        read, write = os.pipe()
        with Path(os.devnull).open("r+b") as nothing:
            child._ask(template("bridge"), command, env, folder, [nothing.fileno(), nothing.fileno(), write])
        os.close(write)
        child.stderr = os.fdopen(read, encoding="utf-8")
        return child

    def _ask(
        self, template: str, command: list[str], env: dict[str, str], folder: Path, streams: list[int], session=False
    ) -> None:
        self.args, self.returncode, self.stdout, self.stderr = command, None, None, None
        self._end = socket.socket(socket.AF_UNIX)
        self._end.connect(template)
        os.umask(mask := os.umask(0o077))
        wish = {"arguments": command[1:], "environment": env, "folder": str(folder), "mask": mask, "session": session}
        text = json.dumps(wish).encode()
        socket.send_fds(self._end, [len(text).to_bytes(4, "big")], streams)
        self._end.sendall(text)
        self.pid = int.from_bytes(_whole(self._end, 4), "big")

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """How it ended. Raises TimeoutExpired."""
        if self._ended(timeout) is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self.returncode

    def send_signal(self, sig: int) -> None:
        """Send a signal to it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def _ended(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._end], [], [], seconds)[0]:
            self.returncode = int.from_bytes(_whole(self._end, 4) or b"\xff\xff\xff\xf7", "big", signed=True)
            self._end.close()
        return self.returncode

    def __del__(self) -> None:
        self._end.close()


def _whole(connection: socket.socket, length: int) -> bytes:
    """So many bytes; fewer where the other side ends before."""
    data = b""
    while len(data) < length and (part := connection.recv(length - len(data))):
        data += part
    return data


@cache
def template(what: str = "comfyui") -> str:
    """The address of a process that forks `what`, which is there until this one ends, or the one that shares it."""
    shared = os.environ.get(SHARED)
    address = str(Path(shared, what)) if shared else _begun(what)
    deadline = time.monotonic() + STARTS_WITHIN
    while not Path(address).exists():
        assert time.monotonic() < deadline, f"The packages of {what} can't be imported."
        time.sleep(0.02)
    return address


def share_templates() -> None:
    """Begin both, for the processes that this one starts."""
    os.environ[SHARED] = str(Path(_begun("comfyui")).parent)
    _begun("bridge")


@cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="pixart-templates-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def _begun(what: str) -> str:
    """Where the new process that forks `what` will have its address."""
    from bridge.core.settings import Settings

    address = str(_folder() / what)
    source = [str(Settings().comfyui_source.resolve())] if what == "comfyui" else []
    process = subprocess.Popen([sys.executable, __file__, what, address, *source], stdin=subprocess.PIPE)

    def end() -> None:
        process.kill()
        process.wait()
        assert process.stdin
        process.stdin.close()

    atexit.register(end)
    return address


@contextmanager
def forking(address: str = "") -> Iterator[None]:
    """Meanwhile the ComfyUIs that this process starts are forks."""
    from bridge.comfy import process

    def start(command: list[str], **more: Any) -> Any:
        if command[1] != str(process.LAUNCHER):
            return subprocess.Popen(command, **more)
        return Child(address or template(), command, **more)

    constants = {"PIPE": subprocess.PIPE, "STDOUT": subprocess.STDOUT, "TimeoutExpired": subprocess.TimeoutExpired}
    process.subprocess = SimpleNamespace(Popen=start, **constants)  # type: ignore[assignment]
    yield
    process.subprocess = subprocess


def import_comfyui(source: str) -> None:
    """Import what ComfyUI and the pack import of others, and what ComfyUI in that folder imports of its own."""
    sys.path[0] = str(ROOT / "bridge" / "comfy")
    launch = importlib.import_module("launch")
    build = launch.torch_build()
    if build == "cpu":
        launch.declare_torchvision_operators()
    for package in PACKAGES:
        with suppress(ImportError):  # ComfyUI may do without
            importlib.import_module(package)
    for name in TOKENIZERS:
        with suppress(ImportError, AttributeError):
            getattr(importlib.import_module("transformers"), name)
    logging.disable(logging.WARNING)  # that there is no torchaudio
    import_modules(Path(source), [*USUAL, *(launch.ON_A_PROCESSOR if launch.lacks_gpu(build) else ())])
    logging.disable(logging.NOTSET)
    inspect.getmodule(inspect.currentframe())  # it looks through all modules that it doesn't know yet


def import_modules(source: Path, arguments: list[str]) -> None:
    """Import ComfyUI's own modules from a folder, for ComfyUIs with these arguments."""
    sys.argv = [str(source / "main.py"), *arguments]
    sys.path[0] = str(source)
    with suppress(ImportError):  # another ComfyUI than those that were tried, or none
        importlib.import_module("comfy.options").enable_args_parsing()
        for module in MODULES:
            importlib.import_module(module)
    if "comfy.cli_args" not in sys.modules or "folder_paths" in sys.modules:
        forget_modules(source)


def fit_modules(script: str, *arguments: str) -> None:
    """Let ComfyUI's own modules have these arguments, or be imported anew where they were imported for others."""
    options = sys.modules["comfy.cli_args"]
    source = Path(str(options.__file__)).parents[1]
    words, places = list(arguments), []
    while words and words[0] in PLACES:
        places, words = [*places, *words[:2]], words[2:]
    if words != USUAL or Path(script).parent != source:
        forget_modules(source)
        return
    new = vars(options.parser.parse_args(places))
    names = [word.strip("-").replace("-", "_") for word in places[::2]]
    vars(options.args).update({name: new[name] for name in names})


def forget_modules(source: Path) -> None:
    """Take back that modules of a folder are imported."""
    for name in list(sys.modules):
        top = source / name.partition(".")[0]
        if top.is_dir() or top.with_suffix(".py").is_file():
            del sys.modules[name]


def import_bridge() -> None:
    """Import the bridge's command line and all that it serves with."""
    sys.path[0] = str(ROOT)
    for command in importlib.import_module("bridge.cli").parser().below().values():
        command.ready()
    importlib.import_module("bridge.adapters").dialects()  # which are imported when they are asked for


def fork_for_each(address: str) -> None:
    """Fork a child for each connection, and say there its number and at last how it ended."""
    gc.collect()
    gc.freeze()  # else each child copies what its first collection looks at
    ends: dict[int, socket.socket] = {}
    wakes, wake = socket.socketpair()
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address + ".new")
    listener.listen()
    Path(address + ".new").rename(address)
    while True:
        ready = select.select([listener, wakes, sys.stdin], [], [])[0]
        if sys.stdin in ready:
            return  # who started this has ended
        if wakes in ready:
            wakes.recv(4096)
            _report(ends)
        if listener in ready:
            connection, _ = listener.accept()
            if number := _fork(connection, [listener, wakes, wake, *ends.values()]):
                ends[number] = connection
                with suppress(OSError):
                    connection.sendall(number.to_bytes(4, "big"))


def _report(ends: dict[int, socket.socket]) -> None:
    while ends:
        number, status = os.waitpid(-1, os.WNOHANG)
        if not number:
            return
        with ends.pop(number) as connection, suppress(OSError):
            connection.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))


def _fork(connection: socket.socket, others: list[socket.socket]) -> int:
    """The number of the child, which never returns; 0 where who asks for one has ended meanwhile."""
    head, descriptors, *_ = socket.recv_fds(connection, 4, 3)
    text = _whole(connection, length := int.from_bytes(head, "big"))
    if not length or len(text) < length:
        return 0
    wish = json.loads(text)
    number = os.fork()
    if number:
        for descriptor in descriptors:
            os.close(descriptor)
        return number
    if wish["session"]:
        os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for one in (connection, *others):
        one.close()
    for place, descriptor in enumerate(descriptors):
        os.dup2(descriptor, place)
    for descriptor in descriptors:
        os.close(descriptor)
    _become(wish)
    os._exit(_run())


def _become(wish: dict[str, Any]) -> None:
    """What else a process inherits or is given when it starts."""
    os.chdir(wish["folder"])
    os.umask(wish["mask"])
    os.environ.clear()
    os.environ.update(wish["environment"])
    time.tzset()
    sys.argv = wish["arguments"]
    first = [str(Path(sys.argv[0]).parent), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    sys.path[:1] = first
    if "comfy.cli_args" in sys.modules:
        fit_modules(*sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(write_through=True)  # type: ignore[union-attr]  # PYTHONUNBUFFERED, as the bridge asks for


def _run() -> int:
    """Run the program to its end, as Python does; the exit status."""
    code = 0
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        sys.stderr.write(f"{end.code}\n" if isinstance(end.code, str) else "")
    except BaseException:  # noqa: BLE001  # as Python does at the end of a program
        traceback.print_exc()
        code = 1
    with suppress(Exception):
        atexit._run_exitfuncs()
    return code


if __name__ == "__main__":
    what, address, *arguments = sys.argv[1:]
    if what in ("comfyui", "bridge"):
        {"comfyui": import_comfyui, "bridge": import_bridge}[what](*arguments)
        fork_for_each(address)
    else:
        sys.path[0] = str(ROOT)
        from bridge.cli import main

        sys.argv = ["pixart", what, *arguments]
        with forking(address):
            sys.exit(main())
