"""Clients of PyPI that run in processes of their own, also those that can't be installed beside our requirements."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from npm import PROGRAMS

REQUIREMENTS = PROGRAMS / "apart.txt"
FRONT_END = PROGRAMS / "front_end.txt"
FIRMWARE = PROGRAMS / "firmware.txt"


def ran(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program that has ended: this Python in a folder, with files in UTF-8."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


def drive(client: str, url: str, file: Path, **environment: str) -> Any:
    """What our program prints that lets a client do all it can, read as JSON."""
    done = ran(file.parent, str(PROGRAMS / "drive.py"), client, url, str(file), **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def newest_front_end(folder: Path) -> Path:
    """The files of the newest front end of ComfyUI that was tested, put into a folder."""
    _install(folder, FRONT_END)
    return folder / "comfyui_frontend_package" / "static"


def firmware(folder: Path) -> str:
    """The folder, with what microcontrollers show pictures by in it."""
    _install(folder, FIRMWARE)
    return str(folder)


def _install(folder: Path, requirements: Path) -> None:
    options = ("--quiet", "--no-deps", "--ignore-requires-python", "--only-binary=:all:", "--target", str(folder))
    done = ran(folder, "-m", "pip", "install", *options, "-r", str(requirements))
    if done.returncode:
        pytest.skip(f"pip can't install here: {done.stderr[-200:]}")


def apart(folder: Path) -> dict[str, str]:
    """The environment for programs that see the packages that can't be installed beside ours, put into a folder."""
    _install(folder, REQUIREMENTS)
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))}
