"""A real ComfyUI in a process of its own that can be killed and started again at the same address."""

from __future__ import annotations

import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

from comfy_folder import base_folder

from bridge.comfy.process import end, free_port, new_address, spawn, tail


class ComfyProcess:
    """`with ComfyProcess(folder) as comfy:`; `kill()` and `start()` as often as wanted; `nodes` are files to add."""

    def __init__(self, folder: Path, nodes: dict[str, str] | None = None, **settings: Any) -> None:
        self.settings = base_folder(folder, **settings)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        for name, code in (nodes or {}).items():
            (folder / "custom_nodes" / f"{name}.py").write_text(code, encoding="utf-8")

    def __enter__(self) -> ComfyProcess:
        self.start()
        self.wait()
        return self

    def __exit__(self, *_: object) -> None:
        end(self.process)

    def start(self) -> None:
        """Start it; it answers some seconds later."""
        self.process: subprocess.Popen[bytes] = spawn(self.settings, new_address(self.settings, self.port))

    def wait(self, seconds: float = 120) -> None:
        """Return when it answers."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                urllib.request.urlopen(self.url + "/system_stats", timeout=5).close()
                return
            except OSError:
                time.sleep(0.1)
        how = "did not answer" if self.process.poll() is None else f"ended with {self.process.returncode}"
        raise RuntimeError(f"ComfyUI {how}:\n{tail(self.settings.comfyui_log)}")

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()
