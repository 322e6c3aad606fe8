"""A mode drawn with another family: the family's beginning in the place of the node that loads a checkpoint. Pure.

A mode's ending (to pixels, to a panel, as it is) stands in the mode's own file, a family's beginning in one file of
`workflows/families`. Both open in ComfyUI's editor, and so does the composed graph, which each PNG carries.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.catalog.families import BY_NAME, CHECKPOINTS, CONTROLNET_FOLDER, Family
from bridge.core.errors import WorkflowError
from bridge.workflow.control_patch import lost_nodes, patched
from bridge.workflow.convert import BYPASSED, DRAWN_ONLY
from bridge.workflow.file import SAVE_AGAIN, Input, Workflow, find, index_of, parsed, read, title_of

FAMILY_FOLDER = "families"  # below the workflows' own
CHECKPOINT_LOADER = "CheckpointLoaderSimple"
LOADER_OUTPUTS = ("MODEL", "CLIP", "VAE")  # what it gives, in its order
SKIPPER, LATENT = "CLIPSetLastLayer", "EmptyLatentImage"
STYLE_FOLDER = "style_models"  # of which only SD 1.5 has any
WRITTEN_FOR = "SD1.5"  # what a mode's file says that it draws with
BEGINNING_GAP = 40  # pixels between a beginning's nodes and those that were there


@dataclass(frozen=True)
class Beginning:
    """One file: a graph, the families that it begins, and the titles of its nodes that give model, encoder and VAE."""

    name: str
    families: tuple[Family, ...]
    summary: str
    inputs: Mapping[str, Any]
    gives: Mapping[str, str]
    graph: Mapping[str, Any]

    @property
    def loaders(self) -> set[str]:
        """The classes of its nodes, of which some list model files."""
        return {node["type"] for node in self.graph["nodes"] if node["type"] not in DRAWN_ONLY}


def beginnings(folder: Path) -> tuple[Beginning, ...]:
    """The beginnings beside a folder's workflows. Raises WorkflowError for another file."""
    return tuple(_beginning(path) for path in sorted((folder / FAMILY_FOLDER).glob("*.json")))


def _beginning(path: Path) -> Beginning:
    graph = parsed(path)
    try:
        handle = graph["extra"]["pixart"]
        families = tuple(BY_NAME[name] for name in handle["families"])
        result = Beginning(path.stem, families, handle["summary"], handle["inputs"], handle["gives"], graph)
        titles = {node["title"] for node in graph["nodes"]}
        whole = set(result.gives) == set(LOADER_OUTPUTS) and set(result.gives.values()) <= titles
    except (KeyError, TypeError) as error:
        raise WorkflowError(f"{path.name} is no family's beginning: {error!r}.", hint=SAVE_AGAIN) from error
    if not whole:
        raise WorkflowError(f"{path.name}: extra.pixart.gives must name the nodes of {', '.join(LOADER_OUTPUTS)}.")
    return result


def composed(workflow: Workflow, beginning: Beginning) -> Workflow | None:
    """The mode with this beginning; None for a mode that doesn't begin with a checkpoint, or that needs style models or
    ControlNets which the family lacks.

    Raises WorkflowError where the result is no valid workflow.
    """
    head, family = workflow.inputs.get("checkpoint"), beginning.families[0]
    folders = {each.model for each in workflow.inputs.values()}
    control = family.control if CONTROLNET_FOLDER in folders else None
    if (
        head is None
        or head.model != CHECKPOINTS
        or STYLE_FOLDER in folders
        or (CONTROLNET_FOLDER in folders and control is None)
    ):
        return None
    graph: dict[str, Any] = copy.deepcopy(dict(workflow.graph))
    loader = find(graph, title_of(head), "the checkpoint", index_of(graph))
    if loader["type"] != CHECKPOINT_LOADER:
        return None
    _replace(graph, loader, beginning)
    lost_titles = set(lost_nodes(graph)) if control and control.patches else set()
    if control and control.patches and not patched(graph, control):
        return None
    skipped = _adapt(graph["nodes"], family)
    graph["extra"] = {**graph["extra"], "pixart": _handle(workflow, beginning, skipped, lost_titles, graph)}
    return read(graph)


def _replace(graph: dict[str, Any], loader: Mapping[str, Any], beginning: Beginning) -> None:
    """Put the beginning's nodes in the loader's place, and lead the loader's links from them."""
    first, link = graph["last_node_id"], graph["last_link_id"]
    nodes = copy.deepcopy([node for node in beginning.graph["nodes"] if node["type"] not in DRAWN_ONLY])
    for node in nodes:
        node["id"] += first
        node["pos"] = [
            loader["pos"][0],
            loader["pos"][1] - (len(nodes) - node["order"]) * (node["size"][1] + BEGINNING_GAP),
        ]
        for entry in node["inputs"]:
            entry["link"] = entry["link"] + link if entry.get("link") else None
        for output in node["outputs"]:
            output["links"] = [each + link for each in output["links"] or []]
    links = [
        [id + link, a + first, out, b + first, into, kind] for id, a, out, b, into, kind in beginning.graph["links"]
    ]
    for entry in graph["links"]:
        if entry[1] == loader["id"]:
            _lead(entry, nodes, beginning.gives)
    graph["nodes"] = [*nodes, *(node for node in graph["nodes"] if node is not loader)]
    graph["links"] = [*graph["links"], *links]
    graph["last_node_id"], graph["last_link_id"] = first + len(nodes), link + len(links)
    for order, node in enumerate(graph["nodes"]):
        node["order"] = order


def _lead(link: list[Any], nodes: Iterable[dict[str, Any]], gives: Mapping[str, str]) -> None:
    """Let a link begin at the node that gives its kind."""
    kind = LOADER_OUTPUTS[link[2]]
    node = next(each for each in nodes if each["title"] == gives[kind])
    slot = next(place for place, output in enumerate(node["outputs"]) if output["type"] == kind)
    link[1], link[2] = node["id"], slot
    node["outputs"][slot]["links"].append(link[0])


def _adapt(nodes: list[dict[str, Any]], family: Family) -> set[str]:
    """Put in the family's own empty latent, and bypass CLIP skip where the family has none; the bypassed titles."""
    bypassed = set()
    for node in nodes:
        if node["type"] == SKIPPER and family.clip_skip is None:
            node["mode"] = BYPASSED
            bypassed.add(node["title"])
        if node["type"] == LATENT and family.latent != LATENT:
            node["type"], node["properties"] = family.latent, {"Node name for S&R": family.latent}
    return bypassed


def _handle(
    workflow: Workflow, beginning: Beginning, bypassed: set[str], lost_nodes: set[str], graph: Mapping[str, Any]
) -> dict[str, Any]:
    """The composed workflow's handle, without the inputs of the nodes titled in `bypassed` or `lost_nodes`."""
    old, family = graph["extra"]["pixart"], beginning.families[0]
    old_inputs = {
        key: each for key, each in old["inputs"].items() if not _sets(workflow.inputs[key], bypassed, lost_nodes)
    }
    old_inputs = {key: _steered(each, family) for key, each in old_inputs.items() if key != "checkpoint"}
    inputs = {**old_inputs, **beginning.inputs}
    folders = sorted({each["model"] for each in inputs.values() if each.get("model")})
    summary = workflow.summary.replace(WRITTEN_FOR, family.title)
    return {
        **old,
        "mode": f"{workflow.mode}_{beginning.name}",
        "summary": summary if WRITTEN_FOR in workflow.summary else f"{summary}, with {beginning.summary}",
        "needs": {**old.get("needs", {}), "models": folders},
        "inputs": inputs,
        "serves": [workflow.mode],
        "families": [family.name for family in beginning.families],
    }


def _steered(entry: dict[str, Any], family: Family) -> dict[str, Any]:
    """An input as it is, or one that names a ControlNet as it is for this family."""
    way = family.control if entry.get("model") == CONTROLNET_FOLDER else None
    if way is None:
        return entry
    to = [f"{address.rpartition('.')[0]}.{way.widget}" for address in entry["to"]]
    return {**entry, "to": to, "model": way.folder, "summary": family.control_net}


def _sets(entry: Input, titles: set[str], addresses: set[str]) -> bool:
    """Whether an input sets only widgets of nodes with these titles, or with these addresses."""
    return all(address in addresses or address.rpartition(".")[0] in titles for address in entry.to)


def forms(workflow: Workflow, beginnings: Iterable[Beginning]) -> list[Workflow]:
    """A mode with each of the beginnings."""
    result = []
    for each in beginnings:
        try:
            form = composed(workflow, each)
        except WorkflowError as error:
            raise WorkflowError(f"{workflow.name} with {each.name}: {error.message}", hint=error.hint) from error
        result += [form] if form else []
    return result
