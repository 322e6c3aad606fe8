"""A report of each mode's needs: those that are met, and how to meet the others."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from typing import Any

from bridge.catalog.families import ModelFiles
from bridge.catalog.models import catalog
from bridge.catalog.upscalers import DEFAULT_UPSCALERS, advice, file_of
from bridge.comfy.blocking import BlockingComfy
from bridge.comfy.client import url_without_password
from bridge.core.errors import PixartError
from bridge.core.settings import Settings
from bridge.workflow.bind import bind
from bridge.workflow.file import ENGINES, Workflow, misnamed
from bridge.workflow.library import Library
from bridge.workflow.missing import Missing, sentences
from bridge.workflow.selection import missing, selection

OWN_NODE = "PixartPalette"  # a node class that every version of the pack has
NAMES, STATES = 25, 38  # the widths of columns, enough for style_transfer_color@1 and for `falls back to` it


def report(settings: Settings, comfy: BlockingComfy) -> tuple[bool, list[str]]:
    """Whether no mode lacks anything but models, and the lines to print."""
    stats, info, files = comfy.stats(), comfy.object_info(), ModelFiles.parsed(comfy.model_kinds())
    library = Library.open(settings.workflows)
    device = ", ".join(device.get("name", "?") for device in stats.get("devices", [])) or "no device"
    lines = [
        f"Python    {platform.python_version()}",
        f"ComfyUI   {stats['system']['comfyui_version']} at {url_without_password(comfy.url)} ({device})",
        f"Models    {'in that ComfyUI' if settings.comfyui_url else settings.data / 'models'}; "
        "`pixart models list` shows what can be fetched",
        *(f"{'':<9} {line}" for line in _shut(info, files)),
        f"Engine    {settings.engine} draws in the generic modes (ENGINE)",
        *(f"{'':<9} {line}" for line in _axera(comfy.engine("axera"))),
        *(f"{'':<9} {line}" for line in _a1111(comfy.engine("a1111"))),
        *_families(info, files),
        *_upscalers(info),
        "",
    ]
    newest = [library.get(mode) for mode in library.modes()]
    fallback = settings.engine_fallback
    workflows = [each for each in newest if each.engine in (ENGINES[0], settings.engine, fallback)]
    for workflow in workflows:
        lines += _judge(library, workflow, info, files, fallback)
    lines += ["", *strangers] if (strangers := misnamed(settings.workflows)) else []
    sound = all(lack.kind == "model" for workflow in workflows for lack in missing(workflow, info, files=files))
    return sound and not any(_unfit(workflow, info, files) for workflow in workflows), lines


def _shut(info: Mapping[str, Any], files: ModelFiles) -> Iterator[str]:
    """A sentence where the node pack is there and doesn't say what the model files are."""
    if OWN_NODE in info and not files.folders:
        yield (
            "Their files were not looked at: the node pack there answers nobody without its secret. Set "
            "COMFYUI_SECRET, here and in that ComfyUI's environment."
        )


def _axera(report: Mapping[str, Any]) -> Iterator[str]:
    """The NPU's libraries, devices and models."""
    for name, library in report.get("libraries", {}).items():
        words = (*library.get("providers", ()), *(f"device {each}" for each in library.get("devices", ())))
        there = f"{library.get('version') or 'of an unknown version'} ({', '.join(words) or 'no providers'})"
        yield f"{name}: {library.get('trouble') or there}"
    models = ", ".join(report.get("models", ())) or "none in models/axera"
    held = f"; {report['model']} is loaded" if report.get("model") else ""
    trouble = f"; {report['trouble']}" if report.get("trouble") else ""
    if report:
        yield f"Axera models: {models}{held}{trouble}"
    if report.get("service"):
        yield f"AXERA_URL: {report['service']}"


def _a1111(report: Mapping[str, Any]) -> Iterator[str]:
    """The state of another A1111 that may draw."""
    if report.get("url"):
        state = f"answers, with {report.get('model')}" if report.get("up") else str(report.get("trouble"))
        yield f"A1111_BASE_URL: {report['url']} {state}"


def _families(info: Mapping[str, Any], files: ModelFiles) -> Iterator[str]:
    """The models that draw, by family, and files that can't be used."""
    titles = catalog(info, files=files).families
    for title in dict.fromkeys(titles.values()):
        yield f"Family    {title}: {', '.join(name for name, family in titles.items() if family == title)}"
    for sentence in files.troubles():
        yield f"{'':<9} {sentence}"


def _upscalers(info: Mapping[str, Any]) -> Iterator[str]:
    """The missing upscalers that clients of A1111 send by default, and Lanczos replaces."""
    files = catalog(info).upscalers
    for name in (each for each in DEFAULT_UPSCALERS if file_of(each, files) is None):
        yield f"Upscaler  {name} is asked for by clients of A1111; until it is here, Lanczos is used. {advice(name)}"


def _judge(
    library: Library, workflow: Workflow, info: Mapping[str, Any], files: ModelFiles, fallback: str
) -> Iterator[str]:
    lacks, unfit = _lacks(library, workflow, info, files), _unfit(workflow, info, files)
    instead = library.form(workflow.mode, fallback)
    served = f"falls back to {workflow.fallback}" if _served(library, workflow, info, files) else "can't run"
    served = f"falls back to {instead.mode}" if instead and not missing(instead, info) else served
    state = served if lacks else "can't run" if unfit else "ready"
    yield f"{workflow.name:<{NAMES}} {state:<{STATES}} {workflow.summary}"
    for sentence in (*sentences(lacks), *filter(None, [unfit])):
        yield f"{'':<{NAMES}} - {sentence}"


def _lacks(library: Library, workflow: Workflow, info: Mapping[str, Any], files: ModelFiles) -> tuple[Missing, ...]:
    """The needs that the mode's best form lacks; none where a form of some family can draw the mode."""
    forms = (workflow, *library.family_forms(workflow.mode)) if workflow.engine == ENGINES[0] else (workflow,)
    return min((missing(form, info, files=files) for form in forms), key=len)


def _unfit(workflow: Workflow, info: Mapping[str, Any], files: ModelFiles) -> str:
    """A sentence on why this ComfyUI couldn't run a workflow whose needs are met; empty where it can."""
    if missing(workflow, info, files=files):
        return ""
    pictures = {entry.name: "picture.png" for entry in workflow.inputs.values() if entry.kind == "picture"}
    try:
        bind(workflow, pictures, info, models=selection(workflow, info, None, files).files)
    except PixartError as error:
        return str(error)
    return ""


def _served(library: Library, workflow: Workflow, info: Mapping[str, Any], files: ModelFiles) -> bool:
    if not _lacks(library, workflow, info, files):
        return True
    return workflow.fallback is not None and _served(library, library.get(workflow.fallback), info, files)
