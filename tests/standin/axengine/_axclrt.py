"""A card's sessions: strict, not re-entrant, kept until the process ends, and freed in their own context only."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Any

import numpy as np
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf, NoSuchFile

from ._node import NodeArg

_all_model_instances: list[AXCLRTSession] = []  # the real module's name; nothing ever leaves it
on_card: set[int] = set()  # models in the card's memory; the real one asks the driver
_TYPES = {"float": "float32", "double": "float64"}
_busy: set[int] = set()  # devices where a model runs right now


class _Bindings:
    """What of the C library is called: a thread has no context until it loads a model or is given one."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def axclrtSetCurrentContext(self, context: int) -> int:  # noqa: N802 (the C library's name)
        self._of_thread.context = context
        return 0

    @property
    def context(self) -> int | None:
        return getattr(self._of_thread, "context", None)


axclrt_lib = _Bindings()


class AXCLRTSession:
    def __init__(self, path_or_bytes: Any, sess_options: Any = None, provider_options: Any = None) -> None:
        device = 0
        if provider_options is not None and "device_id" in provider_options[0]:
            device = provider_options[0].get("device_id", 0)
        count = int(os.environ.get("AXENGINE_STANDIN_DEVICES", "1"))
        if device >= count:
            raise RuntimeError(f"Device index {device} is out of range, total {count} device.")
        self._thread_context = [device + 1]
        axclrt_lib.axclrtSetCurrentContext(self._thread_context[0])
        sys.stdout.write("[INFO] SOC Name: stand-in\n[INFO] VNPU type: VNPUType.DISABLED\n")
        self._session = self._load(path_or_bytes)
        self._inputs, self._outputs = _nodes(self._session.get_inputs()), _nodes(self._session.get_outputs())
        self._model_id = [id(self)]
        on_card.add(self._model_id[0])
        _all_model_instances.append(self)

    def _load(self, path_or_bytes: Any) -> onnxruntime.InferenceSession:
        time.sleep(float(os.environ.get("AXENGINE_STANDIN_SECONDS", "0")))
        if isinstance(path_or_bytes, os.PathLike):
            raise AttributeError(f"'{type(path_or_bytes).__name__}' object has no attribute 'encode'")
        if not isinstance(path_or_bytes, str | bytes):
            raise TypeError(f"Unable to load model from type '{type(path_or_bytes)}'")
        try:
            return onnxruntime.InferenceSession(path_or_bytes, providers=["CPUExecutionProvider"])
        except (InvalidProtobuf, NoSuchFile, Fail, InvalidGraph) as error:
            raise RuntimeError("axclrtEngineLoadFromFile failed.") from error

    def _unload(self) -> None:
        """Without the model's context, the C library refuses to free it, and the real module doesn't look."""
        if self._model_id[0] and axclrt_lib.context == self._thread_context[0]:
            on_card.discard(self._model_id[0])
        self._model_id[0] = 0

    def get_inputs(self, shape_group: int = 0) -> list[NodeArg]:
        return self._inputs

    def get_outputs(self, shape_group: int = 0) -> list[NodeArg]:
        return self._outputs

    def run(self, output_names: list[str] | None, input_feed: dict[str, np.ndarray], run_options: Any = None) -> Any:
        missing = [node.name for node in self._inputs if node.name not in input_feed]
        if missing:
            raise ValueError(f"Required inputs ({missing}) are missing from input feed ({input_feed}).")
        names = [node.name for node in self._outputs]
        if output_names is not None:
            for name in names:
                output_names.index(name)  # a ValueError for fewer outputs than there are, as in the real module
        axclrt_lib.axclrtSetCurrentContext(self._thread_context[0])
        if not self._model_id[0]:
            raise RuntimeError("axclrtEngineExecute failed 0x80300000")
        device = self._thread_context[0]
        if device in _busy:
            raise RuntimeError(f"Two models run at once on device {device - 1}.")  # the stand-in's own severity
        _busy.add(device)
        try:
            return self._session.run(names, {node.name: _copied(node, input_feed[node.name]) for node in self._inputs})
        finally:
            _busy.discard(device)


class AXEngineSession(AXCLRTSession):
    """A board's own NPU: options are ignored."""

    def __init__(self, path_or_bytes: Any, sess_options: Any = None, provider_options: Any = None) -> None:
        super().__init__(path_or_bytes, sess_options)


def _copied(node: NodeArg, value: np.ndarray) -> np.ndarray:
    """The value as it lies in memory: a column-major one comes out scrambled, as on the real card."""
    assert list(node.shape) == list(value.shape) and node.dtype == value.dtype, (
        f"model inputs({node.name}) expect shape {node.shape} and dtype {node.dtype}, "
        f"howerver gets input with shape {value.shape} and dtype {value.dtype}"
    )
    if not (value.flags.c_contiguous or value.flags.f_contiguous):
        value = np.ascontiguousarray(value)
    return value.ravel(order="K").reshape(node.shape)


def _nodes(found: Any) -> list[NodeArg]:
    """Types as NumPy calls them: onnxruntime writes "tensor(float)"."""
    return [
        NodeArg(node.name, np.dtype(_TYPES.get(node.type[7:-1], node.type[7:-1])), list(node.shape)) for node in found
    ]
