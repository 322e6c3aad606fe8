"""One model file behind one door, whichever library runs it: strict about what goes in, the same for both."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import AxeraError
from .runtimes import AXENGINE, CARD_PROVIDER, ONNXRUNTIME, libraries, library, onnx_errors

__all__ = ["Network", "Tensor", "libraries", "lock", "open_network", "require_file"]

_POINTER = b"version https://git-lfs"  # the text that Git leaves where it didn't fetch a big file
# What axengine raises where a model, a device or a tensor isn't right (axengine/_session.py, _axclrt.py, _axe.py).
_NPU_ERRORS = (AssertionError, AttributeError, ImportError, IndexError, OSError, RuntimeError, TypeError, ValueError)

_locks: dict[int, threading.RLock] = {}


@dataclass(frozen=True)
class Tensor:
    """An input or output as its model declares it; None is a side that isn't fixed."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int | None, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.dtype} {list(self.shape)}"

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether a value of this shape may go in."""
        return len(shape) == len(self.shape) and all(
            length in (None, side) for side, length in zip(shape, self.shape, strict=True)
        )


class Network:
    """A model that is loaded: called with an array for each input's name, it answers its first output as float32.

    Values are cast to the dtype that the model declares and laid out row by row: onnxruntime refuses others, and
    axengine copies a column-major array as it lies in memory, without a word (axengine/_axclrt.py, run).
    """

    def __init__(self, path: Path, session: Any, free: Callable[[], None], errors: tuple[type[Exception], ...]) -> None:
        self.path = path
        self.inputs = tuple(_tensor(path, description) for description in session.get_inputs())
        self.outputs = tuple(_tensor(path, description) for description in session.get_outputs())
        self._session, self._free, self._errors = session, free, errors

    def __call__(self, **feeds: ArrayLike) -> NDArray[np.float32]:
        """Raises AxeraError: a value that is missing, unknown or of another shape, a run that failed, no numbers."""
        if self._session is None:
            raise AxeraError(f"{self.path.name} has been unloaded.")
        try:
            numbers = self._session.run(None, self._cast(feeds))[0]  # axengine gives all of its outputs or none
        except self._errors as error:
            raise AxeraError(f"{self.path.name} failed: {error}") from error
        numbers = np.asarray(numbers).astype(np.float32, copy=False)
        if not np.isfinite(numbers).all():
            raise AxeraError(
                f"{self.path.name} answered with values that are no numbers (NaN or infinite). The file may be damaged "
                "or compiled for another chip: download it again, and try another seed."
            )
        return numbers

    def answer(self, value: ArrayLike) -> NDArray[np.float32]:
        """What it makes of a value for its one input, whatever that is called. Raises AxeraError."""
        return self(**{self.inputs[0].name: value})

    def close(self) -> None:
        """Free what it holds on its device. A second time does nothing."""
        session, self._session = self._session, None
        if session is not None:
            self._free()
            self._free = _nothing

    def _cast(self, feeds: dict[str, ArrayLike]) -> dict[str, NDArray[Any]]:
        names = [tensor.name for tensor in self.inputs]
        if set(feeds) != set(names):
            raise AxeraError(f"{self.path.name} wants the inputs {', '.join(names)}, and got {', '.join(feeds)}.")
        return {tensor.name: self._value(tensor, np.asarray(feeds[tensor.name])) for tensor in self.inputs}

    def _value(self, tensor: Tensor, value: NDArray[Any]) -> NDArray[Any]:
        if not tensor.fits(value.shape):
            raise AxeraError(
                f"{self.path.name} wants {tensor.name} of shape {list(tensor.shape)}, and got {list(value.shape)}."
            )
        return np.ascontiguousarray(value.astype(tensor.dtype, copy=False))


def open_network(path: Path, device: int = 0) -> Network:
    """Load an .onnx file with onnxruntime on the CPU, an .axmodel with axengine on a device, numbered from 0.

    Raises AxeraError: what is missing and how to get it.
    """
    require_file(path)
    runtimes = {".onnx": _open_onnx, ".axmodel": _open_axmodel}
    if path.suffix not in runtimes:
        raise AxeraError(f"{path} is no model that can be run: choose an .axmodel (NPU) or an .onnx (CPU).")
    return runtimes[path.suffix](path, device)


def require_file(path: Path) -> None:
    """Raise AxeraError unless there is a whole file, and not only what Git leaves of one that it didn't fetch."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_POINTER))
    except OSError as error:
        raise AxeraError(f"The model's file {path} can't be read: {error.strerror or error}. Download it.") from error
    if start == _POINTER or not start:
        what = "only a pointer of Git LFS" if start else "empty"
        raise AxeraError(f"The model's file {path} is {what}. Download the real one: hf download, or git lfs pull.")


def lock(device: int) -> threading.RLock:
    """The one lock of a device: whoever loads, runs or frees models there holds it, as its sessions share buffers."""
    return _locks.setdefault(device, threading.RLock())


def _open_onnx(path: Path, device: int) -> Network:
    runtime = library(ONNXRUNTIME)
    errors = onnx_errors()
    try:
        session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except errors as error:
        raise AxeraError(f"onnxruntime can't load {path}: {error}") from error
    return Network(path, session, _nothing, errors)


def _open_axmodel(path: Path, device: int) -> Network:
    runtime = library(AXENGINE)
    try:
        session = _npu_session(runtime, path, device)
    except _NPU_ERRORS as error:
        raise AxeraError(
            f"The NPU can't load {path} on device {device}: {error}. Look with axcl-smi whether the card answers, and "
            "whether another program holds its memory (7 GB, enough for one model)."
        ) from error
    try:
        return Network(path, session, lambda: _unload(session), _NPU_ERRORS)
    except AxeraError:
        _unload(session)
        raise


def _npu_session(runtime: Any, path: Path, device: int) -> Any:
    """A session by what axengine takes: paths and providers as strings, and options as a list of one."""
    provider = runtime.get_available_providers()[0]  # axengine puts the one that fits the machine first
    if device == 0:
        return runtime.InferenceSession(str(path), providers=provider)
    if provider != CARD_PROVIDER:
        raise ValueError(f"a board's own NPU is device 0, there is no device {device}")
    return runtime.InferenceSession(str(path), providers=provider, provider_options=[{"device_id": device}])


def _unload(session: Any) -> None:
    """Free a session's memory on its device. axengine has no other door: it keeps every session in a list.

    A thread that didn't load it has to take on its context first, else nothing is freed (AXCL's API guide,
    axclrtCreateContext); axengine does so in `run` only.
    """
    inner = session._sess
    bindings = getattr(sys.modules.get(type(inner).__module__), "axclrt_lib", None)
    if bindings is not None:
        bindings.axclrtSetCurrentContext(inner._thread_context[0])
    inner._unload()


def _tensor(path: Path, description: Any) -> Tensor:
    """axengine says `dtype`, onnxruntime `type` as "tensor(float)"."""
    try:
        dtype = np.dtype(description.dtype if hasattr(description, "dtype") else _onnx_type(description.type))
    except TypeError as error:
        raise AxeraError(f"{path.name} has {description.name} of a kind that can't be used: {error}") from error
    return Tensor(description.name, dtype, tuple(side if isinstance(side, int) else None for side in description.shape))


def _onnx_type(written: str) -> str:
    name = written.removeprefix("tensor(").removesuffix(")")
    return {"float": "float32", "double": "float64"}.get(name, name)


def _nothing() -> None:
    """An onnxruntime session is freed when nobody holds it any more."""
