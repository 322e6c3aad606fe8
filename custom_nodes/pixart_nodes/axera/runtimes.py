"""The two libraries that run models, neither of which is ever a must, and the one that reads prompts."""

from __future__ import annotations

import contextlib
import inspect
import io
from collections.abc import Iterator
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from ..errors import AxeraError

AXENGINE, ONNXRUNTIME, TOKENIZERS = "axengine", "onnxruntime", "tokenizers"
CARD_PROVIDER = "AXCLRTExecutionProvider"  # a card in a PCIe slot; "AxEngineExecutionProvider" is a board's own NPU
BROKEN = (ImportError, OSError, RuntimeError, AttributeError)  # what an import raises where a C library isn't right

_WHEEL = "https://github.com/AXERA-TECH/pyaxengine/releases/download/0.1.3.rc2/axengine-0.1.3-py3-none-any.whl"
_PCI, _AXERA = Path("/sys/bus/pci/devices"), "0x1f4b"  # the vendor's id; an AX650N or AX8850 is 1f4b:0650
_HOST = Path("/dev/axcl_host")
_ADVICE = {
    AXENGINE: f"Install it into ComfyUI's Python: pip install {_WHEEL}",
    ONNXRUNTIME: "Install it into ComfyUI's Python: pip install onnxruntime",
    TOKENIZERS: "ComfyUI brings it. Install it into ComfyUI's Python: pip install tokenizers",
}
_NEED = {
    AXENGINE: "An .axmodel needs the NPU's library",
    ONNXRUNTIME: "An .onnx model needs the library",
    TOKENIZERS: "A prompt needs the library",
}
_NO_DRIVER = (
    "the card's driver isn't loaded (/dev/axcl_host is missing). Build and load it: sudo dkms autoinstall; "
    "sudo modprobe axcl_host"
)
_said: dict[str, str] = {}  # what a library printed when it was imported


def library(name: str) -> Any:
    """The imported library; what it prints meanwhile is kept. Raises AxeraError: what is missing and how to get it."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):  # axengine prints its providers
            module = import_module(name)
    except BROKEN as error:
        raise AxeraError(_trouble(name, error)) from error
    if printed.getvalue():
        _said[name] = printed.getvalue().strip()
    return module


def onnx_errors() -> tuple[type[Exception], ...]:
    """Everything that onnxruntime raises: its own have no root but Exception."""
    own = inspect.getmembers(import_module("onnxruntime.capi.onnxruntime_pybind11_state"), inspect.isclass)
    return (*(kind for _, kind in own if issubclass(kind, Exception)), RuntimeError, ValueError)


def libraries() -> dict[str, Any]:
    """For a report, of each that runs models: version (or None), providers, devices, what it printed, any trouble."""
    return {name: _report(name) for name in (AXENGINE, ONNXRUNTIME)}


def _report(name: str) -> dict[str, Any]:
    report: dict[str, Any] = {"version": None, "providers": [], "devices": [], "said": "", "trouble": None}
    with contextlib.suppress(metadata.PackageNotFoundError):
        report["version"] = metadata.version(name)
    report["devices"] = list(_devices()) if name == AXENGINE else []
    try:
        module = library(name)
        report["providers"] = list(module.get_available_providers())
    except AxeraError as error:
        report["trouble"] = str(error)
    except BROKEN as error:
        report["trouble"] = _trouble(name, error)
    report["said"] = _said.get(name, "")
    if name == AXENGINE and not report["trouble"] and _driver_is_missing():
        report["trouble"] = f"There is a card, but {_NO_DRIVER}"
    return report


def _trouble(name: str, error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name == name:
        return f"{_NEED[name]} {name}, which isn't installed. {_ADVICE[name]}"
    if isinstance(error, ModuleNotFoundError):
        return f"The library {name} needs {error.name}, which isn't installed: pip install {error.name}"
    if name == AXENGINE and "No providers found" in str(error):
        why = _NO_DRIVER if _driver_is_missing() else "the NPU's driver package isn't installed"
        return (
            f"The library {name} is installed, but finds neither libaxcl_rt (card) nor libax_engine (board): "
            f"{why}. Install the package axclhost for a card, and look whether axcl-smi lists it."
        )
    return f"The library {name} can't be loaded: {error}. {_ADVICE[name]}"


def _devices() -> Iterator[str]:
    """Axera's cards in PCIe slots, and the driver's device file."""
    for vendor in sorted(_PCI.glob("*/vendor")):
        with contextlib.suppress(OSError):
            if vendor.read_text().strip() == _AXERA:
                model = vendor.with_name("device").read_text().strip()
                yield f"{vendor.parent.name} ({_AXERA[2:]}:{model[2:]})"
    if _HOST.exists():
        yield str(_HOST)


def _driver_is_missing() -> bool:
    devices = list(_devices())
    return bool(devices) and str(_HOST) not in devices
