"""A mode's ControlNet for a family whose model it patches: other nodes stand in the graph for the mode's own. Pure.

A mode is saved with a node that changes what the sampler follows. A patch changes the model on its way to the sampler
instead, and the prompts go to the sampler as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bridge.catalog.families import STEERS_WORDS, Control

PROMPT_SOCKETS = ("positive", "negative")  # inputs and outputs of the node that applies, in their order
PATCH_SOCKETS = (("model", "MODEL"), ("model_patch", "MODEL_PATCH"), ("vae", "VAE"), ("image", "IMAGE"))
STRENGTH_INPUT = "strength"


def patched(graph: dict[str, Any], control: Control) -> bool:
    """Let the graph's ControlNet patch the model of the one sampler that follows the ControlNet.

    False, with the graph unchanged, for a ControlNet that is linked in another way.
    """
    nodes = {node["id"]: node for node in graph["nodes"]}
    links = {link[0]: link for link in graph["links"]}
    applying = [node for node in graph["nodes"] if node["type"] == STEERS_WORDS.apply]
    if len(applying) != 1:
        return False
    [node] = applying
    ins = {each["name"]: each.get("link") for each in node["inputs"]}
    loader = nodes[links[ins[STEERS_WORDS.socket]][1]] if ins.get(STEERS_WORDS.socket) else None
    steered_links = [links[id] for output in node["outputs"] for id in output["links"] or []]
    samplers = {link[3] for link in steered_links}
    if loader is None or loader["type"] != STEERS_WORDS.loader or len(samplers) != 1:
        return False
    sampler = nodes[samplers.pop()]
    model = next((each.get("link") for each in sampler["inputs"] if each["name"] == "model"), None)
    if model is None or not all(ins.get(name) for name in (*PROMPT_SOCKETS, "vae", "image")):
        return False
    for place, name in enumerate(PROMPT_SOCKETS):
        _lead_past(graph, nodes, links[ins[name]], [links[id] for id in node["outputs"][place]["links"] or []])
    _load(loader, links[ins[STEERS_WORDS.socket]], control)
    sources = {"model": links[model], "model_patch": links[ins[STEERS_WORDS.socket]], "vae": links[ins["vae"]]}
    _apply(node, {**sources, "image": links[ins["image"]]}, control)
    _lead_on(graph, node, sampler)
    return True


def lost_nodes(graph: Mapping[str, Any]) -> Iterable[str]:
    """The addresses of the applying node's widgets that a patch doesn't have."""
    for node in graph["nodes"]:
        if node["type"] == STEERS_WORDS.apply:
            names = (each["widget"]["name"] for each in node["inputs"] if each.get("widget"))
            yield from (f"{node['title']}.{name}" for name in names if name != STRENGTH_INPUT)


def _lead_past(
    graph: dict[str, Any], nodes: Mapping[Any, Any], source: list[Any], steered_links: list[list[Any]]
) -> None:
    """Lead a node's outgoing `steered_links` directly from the node's own `source`, past the node."""
    giver = nodes[source[1]]["outputs"][source[2]]
    giver["links"] = [id for id in giver["links"] if id != source[0]] + [link[0] for link in steered_links]
    for link in steered_links:
        link[1], link[2] = source[1], source[2]
    graph["links"] = [link for link in graph["links"] if link is not source]


def _load(node: dict[str, Any], link: list[Any], control: Control) -> None:
    """The node that loads the file, as one for patches."""
    node["type"], node["properties"] = control.loader, {"Node name for S&R": control.loader}
    node["inputs"] = [{"name": control.widget, "type": "COMBO", "widget": {"name": control.widget}, "link": None}]
    node["outputs"] = [{"name": "MODEL_PATCH", "type": "MODEL_PATCH", "links": [link[0]]}]
    link[5] = "MODEL_PATCH"


def _apply(node: dict[str, Any], links: Mapping[str, list[Any]], control: Control) -> None:
    """The node that applies it, fed by these links."""
    strength = next(each for each in node["inputs"] if each["name"] == STRENGTH_INPUT)
    node["widgets_values"] = node["widgets_values"][:1]  # of strength, start and end the first
    node["type"], node["properties"] = control.apply, {"Node name for S&R": control.apply}
    node["inputs"] = [{"name": name, "type": kind, "link": links[name][0]} for name, kind in PATCH_SOCKETS] + [strength]
    node["outputs"] = [{"name": "MODEL", "type": "MODEL", "links": []}]
    for place, (name, _) in enumerate(PATCH_SOCKETS):
        links[name][3], links[name][4] = node["id"], place


def _lead_on(graph: dict[str, Any], node: dict[str, Any], sampler: dict[str, Any]) -> None:
    """The patched model goes to the sampler."""
    graph["last_link_id"] += 1
    id = graph["last_link_id"]
    place = next(place for place, each in enumerate(sampler["inputs"]) if each["name"] == "model")
    sampler["inputs"][place]["link"] = id
    node["outputs"][0]["links"] = [id]
    graph["links"] = [*graph["links"], [id, node["id"], 0, sampler["id"], place, "MODEL"]]
