"""The seam for fast kernels: a heavy step is a plain numpy function, and may have a twin in `fast/`.

The twin has the same name, takes the same arguments and gives the same bytes; tests hold every pair to that. It is
taken when numba is there and its kernels are compiled; until then, and where numba isn't, the plain one serves.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import update_wrapper
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Generic, ParamSpec, TypeVar

from . import kernel_cache

P = ParamSpec("P")
R = TypeVar("R")

PLAIN_ONLY = "PIXART_PLAIN"  # set to 1 to switch the fast kernels off

STEPS: dict[str, Step[..., Any]] = {}
_used: set[str] = set()  # modules of `fast/` whose kernels were called, so compiled or loaded, in this process


class Step(Generic[P, R]):
    """A heavy function in both its forms; calling it takes the better one."""

    def __init__(self, plain: Callable[P, R], module: str, patience: int) -> None:
        self.plain, self.module, self.patience = plain, module, patience
        update_wrapper(self, plain)
        STEPS[f"{module}.{plain.__name__}"] = self

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of the fast form where it is ready, or worth the wait; else of the plain one."""
        form = self.fast if self._now(args) else self.plain
        return form(*args, **kwargs)

    @property
    def fast(self) -> Callable[P, R]:
        """The twin. Importing it imports numba, calling it may compile. Raises ImportError without numba."""
        found: Callable[P, R] = getattr(import_module(f".fast.{self.module}", __package__), self.plain.__name__)
        return found

    def _now(self, args: tuple[Any, ...]) -> bool:
        if not available():
            return False
        ready = self.module in _used or kernel_cache.ready(self.module)
        if not ready and getattr(args[0], "size", 0) < self.patience:
            return False
        _used.add(self.module)
        return True


def step(module: str, *, patience: int) -> Callable[[Callable[P, R]], Step[P, R]]:
    """Declare a function that has a twin in `fast/<module>.py`.

    `patience`: from how many elements of the first argument the plain form takes longer than compiling does.
    """

    def declared(plain: Callable[P, R]) -> Step[P, R]:
        return Step(plain, module, patience)

    return declared


def available() -> bool:
    """Whether fast kernels can run here: numba is installed and nobody switched it off."""
    return os.environ.get(PLAIN_ONLY) != "1" and find_spec("numba") is not None
