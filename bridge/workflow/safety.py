"""The NSFW filter in a prompt: a node before every output, and what is said of its report. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from bridge.core.errors import MissingParts
from bridge.core.job import Artifact
from bridge.workflow.bind import Bound
from bridge.workflow.missing import lacking_node
from bridge.workflow.widgets import ObjectInfo

SAFETY_NODE = "PixartSafety"
ONLY_LOOK = ("PixartInterrogate", "PixartMachineCheck")  # output nodes that no picture comes out of
SAFETY_REPORT = "safety"  # and safety_2 and so on, where outputs read different pictures
BLURRED_NOTE = "The picture was blurred by the NSFW filter."

Link = tuple[str, int]


def guarded(bound: Bound, object_info: ObjectInfo, action: str) -> Bound:
    """The same with a filter node before each picture that an output node saves; `action` is blur or refuse.

    Outputs that read the same link share a node; what an output node hands on has been through one already. One that
    saves no picture itself, but what another node made of one, has the filter before that node. The graph stays the
    caller's own. Raises MissingParts where this ComfyUI lacks the node.
    """
    if SAFETY_NODE not in object_info:
        raise MissingParts("ENABLE_NSFW_FILTER is set, but can't be obeyed.", hint=str(lacking_node(SAFETY_NODE)))
    threshold = object_info[SAFETY_NODE]["input"]["required"]["threshold"][1]["default"]
    prompt = {key: {**node, "inputs": dict(node["inputs"])} for key, node in bound.prompt.items()}
    outputs = {key for key, node in prompt.items() if _saves(node, object_info)} | set(bound.outputs.values())
    outputs -= {key for key, node in prompt.items() if node["class_type"] in ONLY_LOOK}
    filters: dict[Link, str] = {}
    for key in sorted(outputs | _makers(outputs, bound.prompt, object_info)):
        for name, link in _pictures(prompt[key], bound.prompt, object_info).items():
            if link[0] not in outputs:
                filters.setdefault(link, _free(bound.prompt, link))
                prompt[key]["inputs"][name] = [filters[link], 0]
    for link, id in filters.items():
        inputs = {"image": list(link), "action": action, "threshold": threshold}
        prompt[id] = {"class_type": SAFETY_NODE, "inputs": inputs, "_meta": {"title": "Safety"}}
    return dataclasses.replace(bound, prompt=prompt, reports={**bound.reports, **_named(filters.values())})


def _saves(node: Mapping[str, Any], object_info: ObjectInfo) -> bool:
    return bool(object_info.get(node["class_type"], {}).get("output_node"))


def _makers(outputs: set[str], prompt: Mapping[str, Any], object_info: ObjectInfo) -> set[str]:
    """The nodes that feed output nodes which read no picture."""
    blind = [prompt[key] for key in outputs if not _pictures(prompt[key], prompt, object_info)]
    return {str(value[0]) for node in blind for value in node["inputs"].values() if isinstance(value, list)}


def _pictures(node: Mapping[str, Any], prompt: Mapping[str, Any], object_info: ObjectInfo) -> dict[str, Link]:
    """The inputs of a node that link a picture, by name."""
    links = {name: (str(value[0]), int(value[1])) for name, value in node["inputs"].items() if isinstance(value, list)}
    return {
        name: link
        for name, link in links.items()
        if name in ("image", "images") or _type(link, prompt, object_info) == "IMAGE"
    }


def _type(link: Link, prompt: Mapping[str, Any], object_info: ObjectInfo) -> str:
    """What comes over a link."""
    types = object_info.get(prompt[link[0]]["class_type"], {}).get("output", ())
    return types[link[1]] if link[1] < len(types) else ""


def _free(prompt: Mapping[str, Any], link: Link) -> str:
    """An id for the filter of a link: always the same, and no other node's."""
    id = f"safety-{link[0]}-{link[1]}"
    while id in prompt:
        id += "-"
    return id


def _named(ids: Iterable[str]) -> dict[str, str]:
    return {SAFETY_REPORT if number == 1 else f"{SAFETY_REPORT}_{number}": id for number, id in enumerate(ids, 1)}


def unseen(reports: Mapping[str, str], outputs: Mapping[str, Any]) -> bool:
    """Whether a prompt was drawn without the plan's NSFW filter, as the nodes' `outputs` lack the filter's report."""
    filters = {node for name, node in reports.items() if _is_safety(name)}
    return not filters <= outputs.keys()


def _is_safety(name: str) -> bool:
    return name.partition("_")[0] == SAFETY_REPORT


def safety_notes(artifacts: Iterable[Artifact]) -> list[str]:
    """What is to be said of a part's results: that one was blurred."""
    reports = [each.info for each in artifacts if _is_safety(each.output)]
    return [BLURRED_NOTE] if any(report.get("unsafe") for report in reports) else []
