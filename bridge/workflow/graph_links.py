"""Links of an editor's graph while nodes are put into it: what a link leads to, and where it begins. Pure."""

from __future__ import annotations

from typing import Any

Graph = dict[str, Any]
Node = dict[str, Any]


def new_link(graph: Graph, origin: int, slot: int, node: Node, name: str, type_: str) -> int:
    """A new link into the node's input of that name; its number."""
    graph["last_link_id"] += 1
    place = next(place for place, each in enumerate(node["inputs"]) if each["name"] == name)
    node["inputs"][place]["link"] = graph["last_link_id"]
    graph["links"] = [*graph["links"], [graph["last_link_id"], origin, slot, node["id"], place, type_]]
    return graph["last_link_id"]


def link_into(node: Node, names: tuple[str, ...]) -> int | None:
    """The link into the first of a node's inputs of these names that has one."""
    return next((each["link"] for each in node["inputs"] if each["name"] in names and each.get("link")), None)


def giver(graph: Graph, node: Node, sockets: tuple[str, ...]) -> tuple[int, int]:
    """The number of the node that feeds the first of these sockets, and of its output."""
    link = link_into(node, sockets)
    return next((each[1], each[2]) for each in graph["links"] if each[0] == link)


def take_over(graph: Graph, node: Node, links: list[list[Any]]) -> None:
    """Have these links begin at this node's first output."""
    nodes = {each["id"]: each for each in graph["nodes"]}
    for link in links:
        slot = nodes[link[1]]["outputs"][link[2]]
        slot["links"] = [each for each in slot["links"] if each != link[0]]
        link[1], link[2] = node["id"], 0
        node["outputs"][0]["links"].append(link[0])


def feed(graph: Graph, origin: tuple[int, int], node: Node, socket: tuple[str, str]) -> None:
    """Lead an output, named as `giver` does, into the node's socket of this name and type."""
    source = next(each for each in graph["nodes"] if each["id"] == origin[0])
    slot = source["outputs"][origin[1]]
    slot["links"] = [*(slot["links"] or []), new_link(graph, *origin, node, *socket)]
