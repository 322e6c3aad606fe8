"""The bridge as users run it: `pixart serve` in a process of its own, spoken to over HTTP."""

from __future__ import annotations

import base64
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import forked_comfy
from comfy_folder import SECRET

from bridge.core.places import ROOT

PREFIX = "/api/pixel-generation"
LISTENS = re.compile(r"Pixart listens on ([^\s\"]+)")
DRAWS = re.compile(r"(This worker draws) what bridges accept")


class BridgeProcess:
    """`with BridgeProcess(folder, COMFYUI_URL=...) as bridge:`; `kill()` and `start()` as often as wanted."""

    word, begun = "serve", LISTENS
    forks = True  # whether its ComfyUI is one
    quick = False  # whether it is a fork itself: in tests, not where something is measured

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self.own = folder, environment
        known = {"COMFYUI_SECRET": SECRET} if "COMFYUI_URL" in environment else {}
        usual = {"PIXART_DATA": str(folder), "PORT": "0", "DEBUG_MODE": "1", **known}
        self.environment = {**os.environ, **usual, **environment}
        self.url = ""
        self.said: list[str] = []

    def __enter__(self) -> BridgeProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()

    def start(self) -> None:
        """Start, and return when it listens. Raises RuntimeError where it ends instead."""
        forks = self.forks and "COMFYUI_URL" not in self.environment
        quick = self.quick and self.forks and not any(name.startswith("PYTHON") for name in self.own)
        program = ["-m", "bridge", self.word]
        if forks or quick:
            program = [forked_comfy.__file__, self.word, forked_comfy.template() if forks else ""]
        plain = [sys.executable, *program]
        command = self.wrapped(plain)
        if quick and command == plain:
            self.process = forked_comfy.Child.of_bridge(command, self.environment, ROOT)
        else:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stderr=subprocess.PIPE, text=True)
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, args=(self.process, lines), daemon=True).start()
        deadline = time.monotonic() + 60
        while not (found := self.begun.search(self._line(lines))):
            assert time.monotonic() < deadline, self.said[-20:]
        self.url = found[1]

    def _line(self, lines: queue.Queue[str]) -> str:
        """What it says next; nothing where it says nothing for a second."""
        with suppress(queue.Empty):
            return lines.get(timeout=1)
        if self.process.poll() is not None:
            raise RuntimeError(f"It ended with {self.process.returncode}: {self.said[-5:]}")
        return ""

    def wrapped(self, command: list[str]) -> list[str]:
        """The command line, where a process has to be put into something first."""
        return command

    def _read(self, process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
        assert process.stderr
        with process.stderr:
            for line in process.stderr:
                self.said.append(line)
                lines.put(line)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    @contextmanager
    def largest_file(self, size: int) -> Iterator[None]:
        """Meanwhile its files may be no longer than so many bytes: what it meets then is a full disk to it. Linux."""
        import resource  # not on Windows

        before = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, before[1]))
        yield
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, before)

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def listener(self, profile: str, seconds: float = 10) -> str:
        """The address of the listener that has one dialect only."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for line in list(self.said):
                if found := re.search(rf"\({profile}\) listens on ([^\s\"]+)", line):
                    return found[1]
            time.sleep(0.05)
        raise AssertionError(self.said)

    def call(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Status and answer of one request; JSON in and out, or bytes as they are."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers or {})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, _read_body(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _read_body(error)

    def generate(self, id: str, sketch: bytes, **fields: Any) -> tuple[int, Any]:
        """POST a sketch as the editor does."""
        data = "data:image/png;base64," + base64.b64encode(sketch).decode()
        body = {
            "id": id,
            "sketchData": data,
            "prompt": "a small tree",
            "width": 64,
            "height": 64,
            "timestamp": 1,
            **fields,
        }
        return self.call(f"{PREFIX}/generate", body)

    def status(self, id: str) -> Any:
        """The job as its poller sees it; a poll must never fail."""
        code, answer = self.call(f"{PREFIX}/status/{id}")
        assert code == 200, answer
        return answer

    def finished(self, id: str, seconds: float = 120) -> Any:
        """Poll until the job has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = self.status(id)
            if answer["status"] in ("completed", "failed"):
                return answer
            time.sleep(0.1)
        raise AssertionError(f"{id} did not end within {seconds} s: {answer}\n{''.join(self.said[-20:])}")

    def ended(self, id: str, headers: dict[str, str] | None = None, seconds: float = 120) -> Any:
        """The Image Generation API's job once it has ended."""
        deadline = time.monotonic() + seconds
        while (job := self.call(f"/jobs/{id}", headers=headers)[1])["status"] not in ("completed", "failed"):
            assert time.monotonic() < deadline, job
            time.sleep(0.05)
        return job

    def wait_for_comfyui(self, seconds: float = 600) -> None:
        """Wait until ComfyUI is up and the node pack there has compiled the kernels that it found no cache of."""
        deadline = time.monotonic() + seconds
        while not (comfyui := self.call("/health")[1]["comfyui"])["up"] or comfyui["compiling"]:
            assert time.monotonic() < deadline, comfyui
            time.sleep(0.1)


class WholeBridge(BridgeProcess):
    """One that is started as users' is, and its ComfyUI too, for a test that looks at these processes."""

    forks = False


def data_folders(temporary: Any, *names: str) -> list[Path]:
    """Data folders of processes that share the folder of their results; `temporary` is pytest's tmp_path_factory."""
    results = temporary.mktemp("results")
    folders = [temporary.mktemp(name) for name in names]
    for folder in folders:
        (folder / "results").symlink_to(results)
    return folders


def _read_body(answer: Any) -> Any:
    data = answer.read()
    return json.loads(data) if answer.headers.get_content_type() == "application/json" else data


def picture(answer: Any) -> bytes:
    """The picture in a completed answer."""
    assert answer["status"] == "completed", answer
    return base64.b64decode(answer["resultDataUrl"].partition(";base64,")[2])


class WorkerProcess(BridgeProcess):
    """The same for `pixart worker`, which nobody can call."""

    word, begun = "worker", DRAWS
