"""Stands for AXERA-TECH/pyaxengine 0.1.3 where there is no NPU: an .axmodel is an ONNX file here, run by onnxruntime.

Only its strictness is imitated, as read in axengine/_session.py, _axclrt.py, _base_session.py and _providers.py at
3554448. Put this folder's parent on PYTHONPATH. Variables:

    AXENGINE_STANDIN_PROVIDERS  providers it finds, with commas between; empty: none, so the import fails
    AXENGINE_STANDIN_DEVICES    how many cards there are (1)
    AXENGINE_STANDIN_SECONDS    how long loading one model takes (0)
"""

from __future__ import annotations

import sys

from ._providers import axclrt_provider_name, axengine_provider_name, get_all_providers, get_available_providers

if not get_available_providers():
    raise ImportError(
        f"No providers found. Please make sure you have installed one of the following: {get_all_providers()}"
    )
sys.stdout.write(f"[INFO] Available providers:  {get_available_providers()}\n")

from ._session import InferenceSession, NodeArg, SessionOptions  # noqa: E402 (the real one prints before it, too)

__all__ = [
    "InferenceSession",
    "NodeArg",
    "SessionOptions",
    "axclrt_provider_name",
    "axengine_provider_name",
    "get_all_providers",
    "get_available_providers",
]
