"""What each mode needs, what is there, and what to do about the rest."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from typing import Any

from bridge.comfy.blocking import BlockingComfy
from bridge.settings import Settings
from bridge.workflow import Library, Workflow, missing, told


def report(settings: Settings, comfy: BlockingComfy) -> tuple[bool, list[str]]:
    """Whether models are all that any mode lacks; and the lines to print."""
    stats, info = comfy.stats(), comfy.object_info()
    library = Library.open(settings.workflows)
    device = ", ".join(device.get("name", "?") for device in stats.get("devices", [])) or "no device"
    lines = [
        f"Python    {platform.python_version()}",
        f"ComfyUI   {stats['system']['comfyui_version']} at {comfy.url} ({device})",
        f"Models    {settings.data / 'models'}" if not settings.comfyui_url else "Models    in that ComfyUI",
        "",
    ]
    workflows = [library.get(mode) for mode in library.modes()]
    for workflow in workflows:
        lines += _judge(library, workflow, info)
    return all(lack.kind == "model" for workflow in workflows for lack in missing(workflow, info)), lines


def _judge(library: Library, workflow: Workflow, info: Mapping[str, Any]) -> Iterator[str]:
    lacks = missing(workflow, info)
    served = f"falls back to {workflow.fallback}" if _served(library, workflow, info) else "can't run"
    state = served if lacks else "ready"
    yield f"{workflow.name:<20} {state:<24} {workflow.summary}"
    for sentence in told(lacks):
        yield f"{'':<20} - {sentence}"


def _served(library: Library, workflow: Workflow, info: Mapping[str, Any]) -> bool:
    if not missing(workflow, info):
        return True
    return workflow.fallback is not None and _served(library, library.get(workflow.fallback), info)
