"""ComfyUI's own nodes and customs, where ours do the same: called, not copied."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import comfy.model_management
import torch


def node(class_id: str) -> Any:
    """The class behind a node that comes with ComfyUI; looked up late, since some are registered after this pack."""
    return import_module("nodes").NODE_CLASS_MAPPINGS[class_id]


def intermediate() -> torch.Tensor:
    """An empty tensor where ComfyUI keeps pictures between nodes: on the CPU, or on the card with --gpu-only.

    There lie the pictures that core's VAE decodes, and core joins with them only what lies there too.
    """
    return torch.empty(0, device=comfy.model_management.intermediate_device())
