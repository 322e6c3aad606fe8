"""The public session: chooses a provider and hands on; like the real one, it has no `close`."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ._node import NodeArg
from ._providers import axclrt_provider_name, get_available_providers

__all__ = ["InferenceSession", "NodeArg", "SessionOptions"]


class SessionOptions:
    pass


class InferenceSession:
    def __init__(
        self,
        path_or_bytes: Any,
        sess_options: SessionOptions | None = None,
        providers: Any = None,
        provider_options: Any = None,
        **kwargs: Any,
    ) -> None:
        self._sess_options = sess_options
        self._provider = _chosen(providers)
        sys.stdout.write(f"[INFO] Using provider: {self._provider}\n")
        from ._axclrt import AXCLRTSession, AXEngineSession  # as late as the real one loads its C library

        kind = AXCLRTSession if self._provider == axclrt_provider_name else AXEngineSession
        self._sess = kind(path_or_bytes, sess_options, provider_options, **kwargs)

    def get_session_options(self) -> SessionOptions | None:
        return self._sess_options

    def get_providers(self) -> str:
        return self._provider  # a string, though onnxruntime's is a list

    def get_inputs(self, shape_group: int = 0) -> list[NodeArg]:
        return self._sess.get_inputs(shape_group)

    def get_outputs(self, shape_group: int = 0) -> list[NodeArg]:
        return self._sess.get_outputs(shape_group)

    def run(
        self, output_names: list[str] | None, input_feed: dict[str, np.ndarray], run_options: Any = None
    ) -> list[np.ndarray]:
        return self._sess.run(output_names, input_feed, run_options)


def _chosen(providers: Any) -> str:
    """The first one that is available, of a name or a list; options in a tuple are ignored as the real one does."""
    available = get_available_providers()
    if providers is None:
        return available[0]
    if isinstance(providers, str):
        if providers not in available:
            raise ValueError(f"Selected provider: '{providers}' is not available.")
        return providers
    names = []
    for provider in providers if isinstance(providers, list) else []:
        assert isinstance(provider, str | tuple), f"Invalid provider type: {type(provider)}. Must be str or tuple."
        names.append(provider if isinstance(provider, str) else provider[0])
    chosen = next((name for name in names if name in available), None)
    if names and chosen is None:
        raise ValueError(f"Selected provider(s): {names} is(are) not available.")
    if chosen is None:
        raise ValueError(f"No available provider found in {providers}.")
    return chosen
