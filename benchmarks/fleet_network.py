"""A bridge in a network namespace of its own, whose only cable can be pulled without a word. Linux, as root."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from bridge_process import BridgeProcess
from strange_node import ready

NAME, HERE, THERE = "pixart-apart", "10.213.77.1", "10.213.77.2"
NEAR, FAR = "pixart-near", "pixart-far"  # the cable's two ends
TOLD_AS_URLS = ("DATABASE_URL", "COMFYUI_URL", "AWS_ENDPOINT_URL")  # what a bridge needs of this machine


class Apart:
    """`with Apart(folder, environment) as apart:`; `cut()` and `join()` its network as often as wanted."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._environment = folder, environment
        self._stack = ExitStack()

    def __enter__(self) -> Apart:
        with ExitStack() as stack:
            _ip("netns", "add", NAME)
            stack.callback(_ip, "netns", "delete", NAME)  # the cable goes with it
            _ip("link", "add", NEAR, "type", "veth", "peer", "name", FAR, "netns", NAME)
            _ip("address", "add", f"{HERE}/24", "dev", NEAR)
            _ip("link", "set", NEAR, "up")
            for words in (
                ("address", "add", f"{THERE}/24", "dev", FAR),
                ("link", "set", FAR, "up"),
                ("link", "set", "lo", "up"),
            ):
                _ip("-n", NAME, *words)
            environment = {**self._environment, "HOST": THERE, "PIXART_OPEN": "true", "ALLOWED_HOSTS": "*"}
            for name in TOLD_AS_URLS:
                parts = urlsplit(environment[name])
                relay = stack.enter_context(Relay(parts.port or 0))
                user = f"{parts.username}@" if parts.username else ""
                environment[name] = urlunsplit(parts._replace(netloc=f"{user}{HERE}:{relay.port}"))
            self._folder.mkdir()
            self.bridge = stack.enter_context(_Inside(self._folder, **environment))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.join()
        self._stack.close()

    def joined(self) -> None:
        """Return when its bridge draws."""
        ready(self.bridge)

    def cut(self) -> None:
        """From now on nothing gets through, either way, and no connection is told."""
        _ip("link", "set", NEAR, "down")

    def join(self) -> None:
        """Let everything through again."""
        _ip("link", "set", NEAR, "up")


class _Inside(BridgeProcess):
    def wrapped(self, command: list[str]) -> list[str]:
        return ["ip", "netns", "exec", NAME, *command]


def why_not() -> str:
    """Why a namespace can't be had here; empty where it can."""
    if os.name == "nt" or os.geteuid() != 0:
        return "a network namespace needs root"
    with suppress(OSError, subprocess.CalledProcessError):
        _ip("netns", "add", f"{NAME}-probe")
        _ip("netns", "delete", f"{NAME}-probe")
        return ""
    return "this machine has no network namespaces"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Relay:
    """Passes on what comes from the namespace to a port of this machine's own, which listens for itself only."""

    def __init__(self, target: int) -> None:
        self._target = target

    def __enter__(self) -> Relay:
        self._listener = socket.create_server((HERE, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_passed, args=(source, sink), daemon=True).start()


def _passed(source: socket.socket, sink: socket.socket) -> None:
    """All bytes, until either end is closed."""
    with suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
