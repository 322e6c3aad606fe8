"""Programs that need a window, on a screen in memory: Xvfb, whose pixels lie in a file in the form of xwd."""

import contextlib
import os
import shutil
import struct
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

SIZE = 800, 600  # its mouse pointer is in the middle, away from small windows
STILL = 0.5  # seconds that a frame must stay the same: many frames of any emulator
LOOK = 0.05  # seconds from one look to the next


def is_here():
    """Whether there is such a screen."""
    return shutil.which("Xvfb") is not None


class Screen:
    """A screen that runs: what a program needs in its environment, and what is seen."""

    def __init__(self, number, file):
        self.environment = {**os.environ, "DISPLAY": f":{number}", "SDL_VIDEODRIVER": "x11", "SDL_AUDIODRIVER": "dummy"}
        self.file = file

    def pixels(self):
        """All of it: uint8 [H, W, 3]."""
        data = self.file.read_bytes()
        head = struct.unpack(">25I", data[:100])  # https://www.x.org: X11/XWDFile.h
        start, width, height, pitch, colors = head[0], head[4], head[5], head[12], head[19]
        rows = np.frombuffer(data, np.uint8, pitch * height, start + 12 * colors)
        return rows.reshape(height, pitch)[:, : 4 * width].reshape(height, width, 4)[..., 2::-1]

    def still(self, wanted, seconds=60.0):
        """What is seen once `wanted` is true of it and it no longer changes. Raises TimeoutError."""
        end, seen, since = time.monotonic() + seconds, None, 0.0
        while time.monotonic() < end:
            now = self.pixels()
            if seen is None or not np.array_equal(now, seen):
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > STILL and wanted(now):
                return now
            time.sleep(LOOK)
        raise TimeoutError("the program shows nothing that stays")


@contextlib.contextmanager
def screen():
    """A screen of its own, which ends with the block."""
    read, write = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        size = "x".join(map(str, (*SIZE, 24)))
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-fbdir", folder, "-nolisten", "tcp"]
        command.append("-noreset")  # else it begins anew with another file when a program closes it and opens it again
        server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
        try:
            os.close(write)
            with os.fdopen(read) as numbers:
                yield Screen(int(numbers.readline()), Path(folder) / "Xvfb_screen0")
        finally:
            server.terminate()
            server.wait()


@contextlib.contextmanager
def running(command, folder, environment):
    """A program in that folder, which ends with the block."""
    program = subprocess.Popen(
        command,
        cwd=folder,
        env={**environment, "HOME": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    try:
        yield
    finally:
        program.kill()
        program.wait()
