"""A ControlNet that does several things is told which, by a node between its loader and whoever applies it. Pure.

It stands in the prompt and, where the loader is a node of the workflow's, in the graph that the PNG carries.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from bridge.catalog.families import CONTROLS, FLUX, STEERS_WORDS, UNION, ModelFile, ModelFiles
from bridge.catalog.preprocessors import MODULES
from bridge.workflow.bind import Bound
from bridge.workflow.widgets import ObjectInfo

NODE, AUTOMATIC = "SetUnionControlNetType", "auto"
TITLE = "What the ControlNet follows"
TYPES = {  # kind of picture, as preprocessors are grouped -> what the node calls it, `comfy/cldm/control_types.py`
    "Canny": "canny/lineart/anime_lineart/mlsd",
    "Lineart": "canny/lineart/anime_lineart/mlsd",
    "MLSD": "canny/lineart/anime_lineart/mlsd",
    "Scribble": "hed/pidi/scribble/ted",
    "SoftEdge": "hed/pidi/scribble/ted",
    "Depth": "depth",
    "OpenPose": "openpose",
    "NormalMap": "normal",
    "Segmentation": "segment",
    "Tile": "tile",
    "Inpaint": "repaint",
}
# They are numbers that mean other things in FLUX.1 (https://github.com/Comfy-Org/ComfyUI/issues/4823): there canny is
# 0, tile 1, depth 2, pose 4 (the page of InstantX/FLUX.1-dev-Controlnet-Union), and each gets the word of its number.
FLUX_TYPES = {
    "canny/lineart/anime_lineart/mlsd": "openpose",
    "tile": "depth",
    "depth": "hed/pidi/scribble/ted",
    "openpose": "normal",
}
PLAIN = {"", "ImageInvert", "ImageBlur"}  # nodes that tell nothing of what is to be seen
MADE = [(each.node, kind) for each in MODULES.values() for kind in each.kinds if each.node not in PLAIN]
BY_NODE = {node: TYPES[kind] for node, kind in MADE if kind in TYPES}


def typed(bound: Bound, object_info: ObjectInfo, files: ModelFiles) -> Bound:
    """The same with each union ControlNet told what it follows; a ComfyUI without that node lets it guess."""
    users = list(_users(bound.prompt, files)) if NODE in object_info else []
    if not users:
        return bound
    prompt, graph = copy.deepcopy(bound.prompt), copy.deepcopy(bound.graph)
    for loader, user, name in users:
        kind = _followed(bound.prompt, user)
        if set(FLUX) & set(_loaded(bound.prompt[loader], files).kinds):
            kind = FLUX_TYPES.get(kind, AUTOMATIC)
        id = _drawn(graph, loader, user, kind) or f"{user}-union"
        inputs = {"control_net": [loader, 0], "type": kind}
        prompt[id] = {"class_type": NODE, "inputs": inputs, "_meta": {"title": TITLE}}
        prompt[user]["inputs"][name] = [id, 0]
    return dataclasses.replace(bound, prompt=prompt, graph=graph)


def _users(prompt: Mapping[str, Any], files: ModelFiles) -> Iterator[tuple[str, str, str]]:
    """The loader of each union ControlNet, who takes it from there, and by which input."""
    loaders = {id: node for id, node in prompt.items() if node["class_type"] == STEERS_WORDS.loader}
    unions = {id for id, node in loaders.items() if UNION in _loaded(node, files).traits}
    for id, node in prompt.items() if unions else ():
        for name, value in node["inputs"].items():
            if isinstance(value, list) and len(value) == 2 and str(value[0]) in unions:
                yield str(value[0]), id, name


def _loaded(node: Mapping[str, Any], files: ModelFiles) -> ModelFile:
    """What is known of the ControlNet that a node loads."""
    return files.of(CONTROLS, str(node["inputs"].get(STEERS_WORDS.widget)))


def _followed(prompt: Mapping[str, Any], user: str) -> str:
    """What kind of picture is followed, by the node that it was made with; some nodes between change its size only."""
    waiting, seen = [prompt[user]["inputs"].get("image")], set()
    while waiting:
        link = waiting.pop(0)
        id = str(link[0]) if isinstance(link, list) and len(link) == 2 else ""
        if id not in prompt or id in seen:
            continue
        seen.add(id)
        if kind := BY_NODE.get(prompt[id]["class_type"]):
            return kind
        waiting += list(prompt[id]["inputs"].values())
    return AUTOMATIC


def _drawn(graph: dict[str, Any], loader: str, user: str, kind: str) -> str:
    """Put the node into the graph, and return its id; empty where the loader isn't the graph's."""
    nodes = {str(node["id"]): node for node in graph["nodes"]}
    links = [link for link in graph.get("links") or [] if [str(link[1]), str(link[3])] == [loader, user]]
    if loader not in nodes or len(links) != 1:
        return ""
    [link], origin = links, nodes[loader]
    id, number = graph["last_node_id"] + 1, graph["last_link_id"] + 1
    socket = {"localized_name": "control_net", "name": "control_net", "type": "CONTROL_NET", "link": number}
    choice = {"localized_name": "type", "name": "type", "type": "COMBO", "widget": {"name": "type"}, "link": None}
    output = {"localized_name": "CONTROL_NET", "name": "CONTROL_NET", "type": "CONTROL_NET", "links": [link[0]]}
    left, top = origin["pos"]
    node = {"id": id, "type": NODE, "pos": [left, top - 122], "size": [300, 82], "flags": {}, "order": len(nodes)}
    node |= {"mode": 0, "inputs": [socket, choice], "outputs": [output], "title": TITLE, "widgets_values": [kind]}
    graph["nodes"].append({**node, "properties": {"Node name for S&R": NODE}})
    graph["links"].append([number, origin["id"], link[2], id, 0, "CONTROL_NET"])
    places = origin["outputs"][link[2]]["links"]
    places[places.index(link[0])] = number
    link[1], link[2] = id, 0
    graph["last_node_id"], graph["last_link_id"] = id, number
    return str(id)
