"""Compile the kernels into numba's cache: `python -m pixart_nodes.pixel.compiled.warm`, as install.py does."""

# ruff: noqa: T201 - a program that says how far it is

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context

from . import cores, kernel_cache, twins

MOST_WORKERS = min(4, cores.threads())  # each takes 200 MB
FIRST = ("levels", "nearest", "diffuse")  # what most nodes use, and what takes longest
LOWEST_PRIORITY = 19  # what Unix calls nice

_all_compiled = False  # which stays so while this process runs
_started: list[subprocess.Popen[bytes]] = []  # held, as Python warns of one that it forgets while it runs


def main(workers: int = MOST_WORKERS) -> int:
    """Compile what isn't yet, saying how far it is; 0 also where numba isn't, since then nothing is to be done."""
    if not twins.available():
        print("Pixel kernels need numba, which isn't installed here; the plain ones serve.")
        return 0
    with kernel_cache.alone() as alone:
        if not alone:
            print("Pixel kernels: another process is compiling them.")
            return 0
        kernel_cache.drop_stale()
        missing = sorted(kernel_cache.missing(), key=lambda module: module not in FIRST)
        for number, (module, seconds) in enumerate(_compiled(missing, min(workers, len(missing))), 1):
            kernel_cache.done(module)
            print(f"Pixel kernels {number}/{len(missing)}: {module}, {seconds:.1f} s", flush=True)
    return 0


def _compiled(modules: list[str], workers: int) -> Iterator[tuple[str, float]]:
    if workers < 2:
        yield from map(compile_module, modules)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(compile_module, modules)


def compile_module(module: str) -> tuple[str, float]:
    """Compile one module's kernels; returns it with the seconds that it took."""
    started = time.monotonic()
    import_module(f".kernels.{module}", __package__).warm()
    return module, time.monotonic() - started


def idle() -> int:
    """As `main`, at the lowest priority, until the process that started this one ends."""
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(LOWEST_PRIORITY)
    return main(workers=1)


def _end_with_standard_input() -> None:
    """End this process as soon as standard input closes, which it does when ComfyUI ends, in whatever way."""
    while os.read(0, 64):
        pass
    os._exit(0)


def left() -> int:
    """How many modules' kernels are yet to be compiled; 0 where they never will be, as without numba."""
    global _all_compiled
    if _all_compiled or not twins.available() or not kernel_cache.keeps():
        return 0
    missing = kernel_cache.missing()
    _all_compiled = not missing
    return len(missing)


def in_background() -> None:
    """Compile the missing kernels in another process, where their cache can be written to. Returns at once."""
    if not twins.available() or not kernel_cache.missing() or not kernel_cache.keeps():
        return
    logging.getLogger(__name__).info("Pixart compiles its pixel kernels in the background; until then it is slower.")
    # Not `-m`: the Python of ComfyUI's portable edition looks for modules in its own folders only.
    code = "import sys; sys.path.append(sys.argv[1]); from pixel.compiled import warm; sys.exit(warm.idle())"
    command = [sys.executable, "-c", code, str(kernel_cache.PIXEL.parent)]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    if sys.platform == "win32":
        flags = subprocess.IDLE_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
        _started.append(subprocess.Popen(command, stdin=pipe, stdout=null, stderr=null, creationflags=flags))
    else:  # a session of its own: Ctrl+C in ComfyUI's terminal isn't meant for it
        _started.append(subprocess.Popen(command, stdin=pipe, stdout=null, stderr=null, start_new_session=True))


if __name__ == "__main__":
    sys.exit(main())
