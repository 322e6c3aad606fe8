"""Compile the fast kernels into numba's cache: `python -m pixart_nodes.pixel.warm`; install.py and the pack run it."""

# ruff: noqa: T201 - a program that says how far it is

from __future__ import annotations

import sys
import time
from importlib import import_module

from . import engine, kernel_cache


def main() -> int:
    """Compile what isn't yet, saying how far it is; 0 also where numba isn't, since then nothing is to be done."""
    if not engine.available():
        print("Fast kernels need numba, which isn't installed here; the plain ones serve.")
        return 0
    kernel_cache.drop_stale()
    missing = [module for module in kernel_cache.modules() if not kernel_cache.ready(module)]
    for number, module in enumerate(missing, 1):
        started = time.monotonic()
        import_module(f".fast.{module}", __package__).warm()
        kernel_cache.done(module)
        print(f"Pixel kernels {number}/{len(missing)}: {module}, {time.monotonic() - started:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
