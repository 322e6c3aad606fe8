"""A wall clock that jumps, for one bridge only: the machine's own is everybody's."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from bridge_process import BridgeProcess

DAY = 86400.0
JUMPS = (-400 * DAY, -3600.0, -30.0, 30.0, 3600.0, 50 * 365 * DAY)  # seconds beside the true time
FILE = "PIXART_TEST_CLOCK"

# Python imports a `sitecustomize` at its start, before any of the bridge.
HOOK = f"""
import os, signal, time
from pathlib import Path

file, true, true_ns = Path(os.environ["{FILE}"]), time.time, time.time_ns
beside = 0.0

def look(*_):
    global beside
    beside = float(file.read_text() or 0)

look()
time.time = lambda: true() + beside
time.time_ns = lambda: true_ns() + int(beside * 1e9)
signal.signal(signal.SIGUSR2, look)
"""


def environment(folder: Path) -> dict[str, str]:
    """Settings for a bridge whose clock can jump."""
    hook = folder / "clock"
    hook.mkdir(parents=True)
    (hook / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    (hook / "beside").touch()
    path = [str(hook), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {FILE: str(hook / "beside"), "PYTHONPATH": os.pathsep.join(path)}


def jump(bridge: BridgeProcess, seconds: float) -> None:
    """From now on it is so many seconds later than it is, also after its next start."""
    Path(bridge.environment[FILE]).write_text(str(seconds), encoding="utf-8")
    bridge.process.send_signal(signal.SIGUSR2)
