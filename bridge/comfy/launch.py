"""A program that starts ComfyUI's `main.py` as the bridge's child, in a process of its own.

    python launch.py MAIN_PY [ComfyUI's arguments]

The first line of standard input is JSON: the door's `token` and `hosts`, and the node pack's `secret`. This program
imports only `door.py` of the bridge, so that a Python with nothing but ComfyUI's packages runs it.
"""

from __future__ import annotations

import gc
import importlib.machinery
import importlib.util
import json
import os
import re
import runpy
import shutil
import sys
import threading
import types
from pathlib import Path
from typing import Any

from door import Door  # this file runs as a program, whose own folder is where Python looks first

ON_A_PROCESSOR = ("--cpu", "--use-pytorch-cross-attention")  # the other attention takes three times the memory
STARTS_SILENT = (0, 3, 75)  # the newest ComfyUI that is known to start without torchaudio


def read_instructions() -> dict[str, Any]:
    """The JSON object of standard input's first line. Other users can read arguments and environments, but no pipe."""
    line = bytearray()
    while byte := os.read(0, 1):
        if byte == b"\n":
            break
        line += byte
    return json.loads(line)


def end_instead_of_restarting() -> None:
    """End where ComfyUI would put another program in its own place, as ComfyUI-Manager does to restart it.

    The other program would have no door. The bridge starts another child instead.
    """

    def look(event: str, _: tuple[Any, ...]) -> None:
        if event == "os.exec":
            os._exit(0)

    sys.addaudithook(look)


def settle_once_bound(port: str) -> None:
    """Leave out of later garbage collections all that ComfyUI has loaded when it begins to listen.

    ComfyUI makes a full collection every ten seconds, between two prompts: 300 ms over a million objects of its
    modules, none of which is ever garbage. Models are loaded later, and are collected as ever.
    """

    def look(event: str, details: tuple[Any, ...]) -> None:
        if event == "socket.bind" and isinstance(details[1], tuple) and str(details[1][1]) == port:
            gc.freeze()

    sys.addaudithook(look)


def end_with_parent() -> None:
    """End when standard input closes. The bridge holds its other end: even kill -9 of the bridge leaves no orphan."""

    def wait() -> None:
        while os.read(0, 64):
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def torch_build() -> str:
    """The kind of torch's build (`cpu`, `cuda`, `hip` ...), from its version file: ComfyUI must import torch first."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return "none"
    text = (Path(spec.origin).parent / "version.py").read_text(encoding="utf-8")
    for name in ("cuda", "hip", "xpu"):
        if re.search(rf"^{name}\b[^=]*= *'[^']+'", text, re.M):
            return name
    return "mac" if sys.platform == "darwin" else "cpu"


def lacks_gpu(build: str) -> bool:
    """Whether ComfyUI needs `--cpu`, without which it fails at its start where its torch has no GPU."""
    if build == "cuda":
        return not (shutil.which("nvidia-smi") or Path("/dev/nvidia0").exists())
    return build in ("cpu", "none")


def declare_torchvision_operators() -> None:
    """Let torchvision be imported beside a CPU build of torch.

    Its wheel is built against CUDA, so its compiled operators don't load there, and the import fails at
    `torchvision::nms` and `torchvision::qnms`, which it expects to be declared. ComfyUI calls neither.
    """
    import torch

    try:
        import torchvision  # noqa: F401  # the import itself is the test
    except (RuntimeError, AttributeError, OSError):
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        for operator in ("nms", "qnms"):
            torch.library.define(
                f"torchvision::{operator}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            )
    except ImportError:
        pass  # not installed: ComfyUI's own message says so better


class _AbsentModule(types.ModuleType):
    """A stand-in for a module that isn't installed: imports of it work, calls of its functions raise ImportError."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def refuse(*_: Any, **__: Any) -> None:
            raise ImportError(f"{self.__name__} is not installed, which sounds need: pip install torchaudio")

        return type(name, (), {"__init__": refuse})


def version_of(script: Path) -> tuple[int, ...]:
    """The version of the ComfyUI with this `main.py`, as numbers; empty where no file says it."""
    file = script.with_name("comfyui_version.py")
    version = re.search(r'"(\d+(?:\.\d+)*)', file.read_text(encoding="utf-8")) if file.is_file() else None
    return tuple(map(int, version[1].split("."))) if version else ()


def stand_in_for_torchaudio() -> None:
    """Let newer ComfyUIs start without torchaudio, which they always import, for models of sounds.

    The newest torchaudio of the package index belongs to an older torch, and pixel art makes no sound.
    """
    if importlib.util.find_spec("torchaudio") is None:
        for name in ("torchaudio", "torchaudio.functional", "torchaudio.transforms"):
            module = sys.modules[name] = _AbsentModule(name)
            module.__spec__ = importlib.machinery.ModuleSpec(name, None)
            module.__path__ = []  # a package, whose parts may be imported
        for name in ("functional", "transforms"):
            setattr(sys.modules["torchaudio"], name, sys.modules[f"torchaudio.{name}"])


def missing_for_a_processor(arguments: list[str]) -> list[str]:
    """What ComfyUI's arguments lack for drawing on a processor; an attention that they choose stays the only one."""
    chooses = any(each.startswith("--use-") and each.endswith("-attention") for each in arguments)
    return [each for each in ON_A_PROCESSOR if each not in arguments and not (chooses and each.endswith("-attention"))]


def main() -> None:
    """Prepare this process, then run ComfyUI's `main.py` in it."""
    instructions = read_instructions()
    end_with_parent()
    end_instead_of_restarting()
    Door(instructions["token"], instructions["hosts"]).hang()
    os.environ["PIXART_CHILD_SECRET"] = instructions["secret"]  # the pack removes it before it starts any process
    script, arguments = sys.argv[1], sys.argv[2:]
    if "--port" in arguments:
        settle_once_bound(arguments[arguments.index("--port") + 1])
    build = torch_build()
    if lacks_gpu(build) or "--cpu" in arguments:
        arguments += missing_for_a_processor(arguments)
    if build == "cpu":
        declare_torchvision_operators()
    if version_of(Path(script)) > STARTS_SILENT:
        stand_in_for_torchaudio()
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
