"""ComfyUI's own nodes, where ours do the same: called, not copied."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def node(class_id: str) -> Any:
    """The class behind a node that comes with ComfyUI; looked up late, since some are registered after this pack."""
    return import_module("nodes").NODE_CLASS_MAPPINGS[class_id]
