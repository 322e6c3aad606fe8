"""Which providers there are: an environment variable says so, where the real module looks for C libraries."""

from __future__ import annotations

import os

axengine_provider_name = "AxEngineExecutionProvider"
axclrt_provider_name = "AXCLRTExecutionProvider"
providers = [
    name for name in os.environ.get("AXENGINE_STANDIN_PROVIDERS", axclrt_provider_name).split(",") if name.strip()
]


def get_all_providers() -> list[str]:
    return [axengine_provider_name, axclrt_provider_name]


def get_available_providers() -> list[str]:
    return providers
