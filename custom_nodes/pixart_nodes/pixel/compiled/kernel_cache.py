"""Which kernels are compiled on this machine: stamps beside numba's own cache files."""

from __future__ import annotations

import hashlib
import os
import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

PIXEL = Path(__file__).parents[1]
SOURCES = Path(__file__).with_name("kernels")
# What numba's choice of instructions follows, in the lines of Linux' list of processors.
PROCESSOR = re.compile(r"^(?:model name|flags|Features|CPU (?:implementer|part))\s*:.*", re.M)
# Parsing all the sources takes 0.3 s, at every start of ComfyUI.
RELATIVE_IMPORT = re.compile(r"^[ \t]*from (\.+)([\w.]*) import (\([^)]*\)|.*)", re.M)
ALIAS_OR_COMMENT = re.compile(r"\bas \w+|#.*")


def modules() -> list[str]:
    """The modules of `kernels/` with kernels to compile: those that have a `warm()`."""
    return [file.stem for file in sorted(SOURCES.glob("*.py")) if "\ndef warm(" in file.read_text(encoding="utf-8")]


@cache
def digest(module: str) -> str:
    """Twelve hexadecimal digits of a hash over the sources of a module of `kernels/` and of its imports."""
    return _short(b"\0".join(file.read_bytes() for file in sorted(_closure(SOURCES / f"{module}.py", frozenset()))))


def _closure(file: Path, files: frozenset[Path]) -> frozenset[Path]:
    """A file of `kernels/` and all it imports from there, in turn; of the rest of `pixel/` only direct imports."""
    files |= {file}
    for imported in _imported(file) if file.parent == SOURCES else ():
        files |= files if imported in files else _closure(imported, files)
    return files


@cache
def _imported(file: Path) -> tuple[Path, ...]:
    paths: list[Path] = []
    for dots, module, names in RELATIVE_IMPORT.findall(file.read_text(encoding="utf-8")):
        package = file.parents[len(dots) - 1].joinpath(*module.split("."))
        names = re.findall(r"\w+", ALIAS_OR_COMMENT.sub("", names))
        paths += [package.with_suffix(".py"), *(package / f"{name}.py" for name in names)]
    return tuple(path for path in paths if path.is_file())


@cache
def _machine() -> str:
    lines: list[str] = []
    with suppress(OSError):
        lines = sorted(set(PROCESSOR.findall(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace"))))
    facts = [version("numba"), platform.python_version(), platform.machine(), platform.processor(), *lines]
    return _short("\n".join(facts).encode())


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


@cache
def folder() -> Path:
    """Where the stamps are: with numba's cache where it can be written to, else in the person's own folder."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return Path(os.environ["NUMBA_CACHE_DIR"])
    numba_cache = SOURCES / "__pycache__"
    with suppress(OSError):
        numba_cache.mkdir(exist_ok=True)
    if numba_cache.is_dir() and os.access(numba_cache, os.W_OK):
        return numba_cache
    try:
        return Path.home() / ".cache" / "pixart"
    except RuntimeError:  # a user whom the system doesn't know has no folder; then nothing is kept
        return numba_cache


def keeps() -> bool:
    """Whether `folder` exists, or can be made, and can be written to."""
    with suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
    return os.access(folder(), os.W_OK)


def _stamp(module: str) -> Path:
    return folder() / f"{module}.{digest(module)}.{_machine()}.compiled"


def missing() -> list[str]:
    """The modules whose kernels are yet to be compiled."""
    return [module for module in modules() if not ready(module)]


def ready(module: str) -> bool:
    """Whether this module's kernels are in the cache, so that a first call takes well under a second."""
    return _stamp(module).exists()


def done(module: str) -> None:
    """Note that this module's kernels are in the cache. In a folder that can't be written nothing is noted."""
    if keeps():
        _stamp(module).touch()


def drop_stale() -> None:
    """Remove stamps and cache files of older states of `kernels/`; each file's name holds the digest of its state."""
    current = {digest(file.stem) for file in SOURCES.glob("*.py")}
    numba_cache = SOURCES / "__pycache__"
    for file in [*folder().glob("*.compiled"), *numba_cache.glob("*.nbi"), *numba_cache.glob("*.nbc")]:
        if not any(state in file.name for state in current):
            with suppress(OSError):  # another process was as quick, or uses it still
                file.unlink()


@contextmanager
def alone() -> Iterator[bool]:
    """Whether no other process is compiling, for as long as the context lasts; where there is no flock, always."""
    if fcntl is None:
        yield True
        return
    with Path(__file__).open("rb") as lock:  # the file itself, so that nothing has to be written
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
