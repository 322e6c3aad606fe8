"""The needs of a prompt, and whether a ComfyUI meets them. Pure.

Nodes, their inputs and choices say more than the version of a node pack: a ComfyUI that has all of them can draw the
prompt, whatever its version is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bridge.catalog.families import ModelFiles
from bridge.catalog.models import named
from bridge.core.needs import Needs
from bridge.workflow.file import ENGINES
from bridge.workflow.model_family import LOADER_INPUTS, TAGS, TAGS_NODE
from bridge.workflow.widgets import UPLOAD_OPTIONS, ObjectInfo, kind_of

# Options of lists of files that come with the job, or are looked up elsewhere.
REMOTE_OPTIONS = (*UPLOAD_OPTIONS, "remote")
SETTING_ENGINES = frozenset(ENGINES[1:3])  # engines that only a ComfyUI with this setting has


def needs_of(prompt: Mapping[str, Any], object_info: ObjectInfo, files: ModelFiles, engine: str) -> Needs:
    """The needs of a prompt in ComfyUI's API format, which was made for a ComfyUI with this `/object_info`."""
    nodes: dict[str, set[str]] = {}
    choices: dict[str, set[str]] = {}
    models: set[str] = set()
    for node in prompt.values():
        name = node["class_type"]
        inputs = inputs_of(object_info.get(name) or {})
        nodes.setdefault(name, set()).update(inputs.keys() & node["inputs"].keys())
        for each, value in node["inputs"].items():
            if each in inputs and value in _choices(inputs[each]):
                choices.setdefault(f"{name}.{each}", set()).add(value)
        models.update(_files(node, files))
    return Needs(
        {name: sorted(each) for name, each in sorted(nodes.items())},
        {name: sorted(each) for name, each in sorted(choices.items())},
        sorted(models),
        engine if engine in SETTING_ENGINES else "",
    )


def fits(needs: Needs, object_info: ObjectInfo, files: ModelFiles, engine: str) -> bool:
    """Whether a ComfyUI with these nodes and model files, set to this engine, meets the needs."""
    if needs.engine not in ("", engine):
        return False
    for name, input_names in needs.nodes.items():
        if name not in object_info or not inputs_of(object_info[name]).keys() >= set(input_names):
            return False
    for address, values in needs.choices.items():
        name, _, each = address.partition(".")
        if not set(values) <= set(_choices(inputs_of(object_info[name]).get(each, [""]))):
            return False
    parts = (each.partition("/") for each in needs.models)
    return all(name in files.folders[folder] for folder, _, name in parts if files.tells(folder))


def inputs_of(info: Mapping[str, Any]) -> dict[str, Any]:
    """A node class's inputs in `/object_info`, the optional ones included."""
    sections = info.get("input") or {}
    return {**(sections.get("optional") or {}), **(sections.get("required") or {})}


def _choices(spec: Any) -> tuple[str, ...]:
    """The choices of an input; none for an input without a list, and for a list of files that come with a job."""
    kind, options = kind_of(spec)
    if kind != "COMBO" or any(options.get(each) for each in REMOTE_OPTIONS):
        return ()
    return tuple(each for each in options.get("options") or () if isinstance(each, str))


def _files(node: Mapping[str, Any], files: ModelFiles) -> Iterator[str]:
    """The model files that a node loads, as `folder/name`."""
    name, folder = LOADER_INPUTS.get(node["class_type"], ("", ""))
    value = node["inputs"].get(name)
    if isinstance(value, str) and value in files.folders.get(folder, {value: None}):
        yield f"{folder}/{value}"
    tags = node["inputs"].get("loras") if node["class_type"] == TAGS_NODE else None
    for word in TAGS.findall(tags) if isinstance(tags, str) else ():
        if file := named(word.strip(), tuple(files.folders.get("loras", ()))):
            yield f"loras/{file}"
