"""The seam for fast kernels: a heavy step is a plain numpy function, and may have a twin in `kernels/`.

The twin has the same name, takes the same arguments and gives the same bytes; tests hold every pair to that. It is
taken when numba is there and its kernels are compiled; until then, and where numba isn't, the plain one serves.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from functools import cache, cached_property, update_wrapper
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Generic, ParamSpec, TypeVar

from . import kernel_cache

P = ParamSpec("P")
R = TypeVar("R")

PLAIN_ONLY = "PIXART_PLAIN"  # set to 1 to switch the fast kernels off
OLDEST_NUMBA = (0, 60)  # the first that knows numpy 2
# What importing a numba that doesn't fit the Python, numpy or system it is installed in has been seen to raise.
BROKEN = (ImportError, AttributeError, OSError, RuntimeError, SystemError)

STEPS: dict[str, Step[..., Any]] = {}
_used: set[str] = set()  # modules of `kernels/` whose kernels were called, so compiled or loaded, in this process


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

    @cached_property
    def fast(self) -> Callable[P, R]:
        """The twin. Importing it imports numba, calling it may compile. Raises ImportError without numba."""
        twin: Callable[P, R] = getattr(import_module(f".kernels.{self.module}", __package__), self.plain.__name__)
        return twin

    def _now(self, args: tuple[Any, ...]) -> bool:
        if self.module in _used:
            return available()
        worth_it = getattr(args[0], "size", 0) >= self.patience if args else False
        if not available() or not (worth_it or kernel_cache.ready(self.module)) or not _works():
            return False
        _used.add(self.module)
        return True


def step(module: str, *, patience: int) -> Callable[[Callable[P, R]], Step[P, R]]:
    """Declare a function that has a twin in `kernels/<module>.py`.

    `patience`: from how many elements of the first argument the plain form takes longer than compiling does.
    """

    def declared(plain: Callable[P, R]) -> Step[P, R]:
        return Step(plain, module, patience)

    return declared


@cache
def available() -> bool:
    """Whether fast kernels can run here: numba is installed, not too old, and nobody switched it off."""
    if os.environ.get(PLAIN_ONLY) == "1":
        return False
    try:
        number = re.match(r"(\d+)\.(\d+)", version("numba"))
    except PackageNotFoundError:
        return False
    return number is not None and (int(number[1]), int(number[2])) >= OLDEST_NUMBA


@cache
def _works() -> bool:
    """Whether numba can be imported; says once why not."""
    try:
        import_module("numba")
    except BROKEN as error:
        logging.getLogger(__name__).warning("Pixart does without numba, and is slower: it can't be loaded (%s).", error)
        return False
    return True
