"""Workflows that were composed of others, kept for the next request that wants the same of the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridge.core.errors import MissingParts
from bridge.workflow.file import Workflow
from bridge.workflow.missing import lacking_node
from bridge.workflow.widgets import ObjectInfo

MOST = 100  # composed workflows that are kept

Infos = Sequence[Mapping[str, Any]]


class ComposedCache:
    """By a workflow's identity and what was put into it; another ComfyUI's declarations of nodes are another thing."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, tuple[str, ...]], tuple[Workflow, Infos, Workflow]] = {}

    def get(
        self, workflow: Workflow, names: tuple[str, ...], infos: Infos, compose: Callable[[], Workflow]
    ) -> Workflow:
        """What `compose` makes of the workflow, these names and the declarations of their nodes."""
        known = self._kept.get((id(workflow), names))
        if known is None or known[0] is not workflow or any(a is not b for a, b in zip(known[1], infos, strict=True)):
            if len(self._kept) >= MOST:
                self._kept.clear()
            known = self._kept[id(workflow), names] = workflow, infos, compose()
        return known[2]


def declared(nodes: Mapping[str, str], object_info: ObjectInfo) -> list[Mapping[str, Any]]:
    """The declarations of node classes, by the names for which they are put in. Raises MissingParts for one lacking."""
    for name, node in nodes.items():
        if node not in object_info:
            raise MissingParts(f"{name} can't be obeyed.", field=name, hint=str(lacking_node(node)))
    return [object_info[node] for node in nodes.values()]
