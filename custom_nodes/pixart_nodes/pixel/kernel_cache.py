"""Which kernels are compiled on this machine: stamps beside numba's own cache files.

numba's cache of a kernel notices a change of its file, but not of another file whose kernels it calls; so the stamps
carry a digest of all of `fast/`, and what an older one left behind is removed.
"""

from __future__ import annotations

import hashlib
import platform
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

SOURCES = Path(__file__).with_name("fast")
FOLDER = SOURCES / "__pycache__"


def modules() -> list[str]:
    """The modules of `fast/` with kernels to compile: those that have a `warm()`."""
    return [file.stem for file in sorted(SOURCES.glob("*.py")) if "\ndef warm(" in file.read_text(encoding="utf-8")]


@cache
def _digest() -> str:
    parts = [file.read_bytes() for file in sorted(SOURCES.glob("*.py"))]
    machine = f"{version('numba')} {version('numpy')} {platform.machine()} {platform.python_version()}"
    return hashlib.sha256(b"\0".join([*parts, machine.encode()])).hexdigest()[:16]


def _stamp(module: str) -> Path:
    return FOLDER / f"{module}.{_digest()}.compiled"


def ready(module: str) -> bool:
    """Whether this module's kernels are in the cache, so that a first call takes well under a second."""
    return _stamp(module).exists()


def done(module: str) -> None:
    """Note that they are. A folder that can't be written is no fault: the kernels then serve this process only."""
    with suppress(OSError):
        FOLDER.mkdir(exist_ok=True)
        _stamp(module).touch()


def drop_stale() -> None:
    """Remove the cache of an older state of `fast/`, or of another numba."""
    with suppress(OSError):
        if any(_digest() not in file.name for file in FOLDER.glob("*.compiled")):
            for file in [*FOLDER.glob("*.compiled"), *FOLDER.glob("*.nbi"), *FOLDER.glob("*.nbc")]:
                file.unlink(missing_ok=True)
