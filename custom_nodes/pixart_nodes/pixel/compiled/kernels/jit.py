"""How every kernel is compiled.

nogil: a pool of threads can run several. No `parallel`: numba's fallback threading layer aborts the process when two
threads enter it. Floats may not be contracted to fused multiply-adds nor reordered, so that AVX-512, AVX2, SSE and
NEON give the same bits as numpy. Divisions follow numpy: no exception, which would keep loops from being vectorised.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

from llvmlite import binding, ir
from numba import njit, types
from numba.core.caching import FunctionCache
from numba.core.registry import CPUDispatcher
from numba.core.runtime.nrt import rtsys
from numba.extending import intrinsic

from .. import kernel_cache

FLOATS = {"nsz", "nnan", "ninf"}  # no signed zeros, NaN or infinity reach a kernel; "contract" and "reassoc" stay off


def kernel(function: Callable[..., Any]) -> Any:
    """Decorator: compile at the first call, and keep the machine code in a file beside the source."""
    return _compiled(function, FLOATS)


def any_float_kernel(function: Callable[..., Any]) -> Any:
    """As `kernel`, for floats that may be NaN or infinite."""
    return _compiled(function, {"nsz"})


def leaf_kernel(function: Callable[..., Any]) -> Any:
    """As `kernel`, for one that makes no arrays: numba then doesn't count who holds those that are handed on.

    Counting is atomic, and for six arrays takes longer than what is done with 16 pixels. A literal among its
    arguments would be a type of its own, for which it is compiled anew: hence `i64(0)`.
    """
    return _compiled(function, FLOATS, _nrt=False)


def same(function: Callable[..., Any], here: dict[str, Any]) -> Callable[..., Any]:
    """A plain function once more, as if it stood in a module of kernels, whose `globals()` are given, to be compiled.

    For what goes step by step and has one form only: no array is worked on as a whole, so numpy has nothing to add.
    What it calls are the kernels' compiled forms of the same names.
    """
    function = getattr(function, "plain", function)
    code = function.__code__.replace(co_filename=here["__file__"])
    return FunctionType(code, here, function.__name__, function.__defaults__)


def inner(function: Callable[..., Any]) -> Any:
    """Decorator: compile what only kernels call, as a part of theirs.

    What Python would need to call it takes an eighth of the time to compile, and isn't made.
    """
    return _within(function, FLOATS)


def leaf(function: Callable[..., Any]) -> Any:
    """As `inner`, for one that makes no arrays; see `leaf_kernel`."""
    return _within(function, FLOATS, _nrt=False)


def fused_leaf(function: Callable[..., Any]) -> Any:
    """As `leaf`, with multiply-adds fused where the machine can.

    Only where that can't be seen: all values are whole numbers that float32 holds, or close decisions are taken anew.
    """
    return _within(function, FLOATS | {"contract"}, _nrt=False)


def part(function: Callable[..., Any]) -> Any:
    """As `leaf`, written out where it is called: LLVM doesn't always, and then the calling loop isn't vectorised."""
    options: dict[str, Any] = {"inline": "always", "boundscheck": False, "error_model": "numpy", "_nrt": False}
    return njit(**options)(function)


def _full_width(context: Any) -> Any:
    """In a kernel of mere arithmetic: let it have the processor's widest registers.

    LLVM leaves half of AVX-512's registers unused on Intel's processors, for the sake of the first ones, whose clock
    sank. Which registers are used doesn't change a result.
    """

    def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if _passed_on():
            _widen(builder.function)
        return target.get_dummy_value()

    return types.void(), lower


full_width: Any = intrinsic(_full_width)


def _rare(context: Any) -> Any:
    """In what a kernel seldom calls: make little of it, which compiles sooner."""

    def lower(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        for attribute in ("noinline", "optsize"):
            builder.function.attributes.add(attribute)
        return target.get_dummy_value()

    return types.void(), lower


rare: Any = intrinsic(_rare)


def _widen(function: ir.Function) -> None:
    set.add(function.attributes, '"prefer-vector-width"="512"')  # llvmlite's own `add` knows no attributes of a target


@cache
def _passed_on() -> bool:
    """Whether this llvmlite writes such an attribute down as LLVM reads it; if not, kernels do without."""
    module = ir.Module()
    try:
        _widen(ir.Function(module, ir.FunctionType(ir.VoidType(), ()), "probe"))
        return "prefer-vector-width" in str(binding.parse_assembly(str(module)))
    except (TypeError, RuntimeError):
        return False


def _compiled(function: Callable[..., Any], floats: set[str], **more: bool) -> Any:
    _settle_name(function)
    dispatcher: Any = njit(**_options(floats, **more))(function)
    with suppress(RuntimeError):  # there is no folder that numba could write its cache to
        dispatcher._cache = _Cache(function)
    return dispatcher


class _Cache(FunctionCache):
    """numba's, without what only compiling needs: all forms of Python's and numpy's functions, a third of a second."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was compiled for a signature, or None."""
        if not hasattr(super(), "_load_overload"):  # a numba that is made otherwise
            return super().load_overload(sig, target_context)
        rtsys.initialize(target_context)  # by which arrays come and go
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


def _within(function: Callable[..., Any], floats: set[str], **more: bool) -> Any:
    _settle_name(function)
    dispatcher = njit(**_options(floats, no_cpython_wrapper=True, no_cfunc_wrapper=True, **more))(function)
    dispatcher.__class__ = _Within
    return dispatcher


class _Within(CPUDispatcher):
    """What only kernels call. numba would go on at an address that isn't there."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"{self.py_func.__name__} is compiled for kernels only.")


def _options(floats: set[str], **more: bool) -> dict[str, Any]:
    return {"nogil": True, "boundscheck": False, "error_model": "numpy", "fastmath": floats, **more}


def _settle_name(function: Callable[..., Any]) -> None:
    """Give a kernel a name under which its cache is found again, and is never found when it is too old.

    numba imports a cached kernel's module by the name that it had when compiled, and ComfyUI names the pack by its
    path; so kernels get a module name of their own. numba notices that a kernel's file has changed, but not another
    one whose kernels it calls; so a digest of all of them becomes part of the name.
    """
    stem = Path(function.__code__.co_filename).stem
    module = f"pixart_kernels_{stem}"
    sys.modules[module] = sys.modules[function.__globals__["__spec__"].name]
    function.__globals__["__name__"] = function.__module__ = module
    function.__qualname__ = f"{function.__name__}_{kernel_cache.digest(stem)}"
