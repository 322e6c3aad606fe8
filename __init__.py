# ruff: noqa: N999, RUF100  # the folder is named by whoever clones it, well or badly
"""Lets ComfyUI load the node pack when this whole repository is cloned into its `custom_nodes`."""

from .custom_nodes.pixart_nodes import comfy_entrypoint

WEB_DIRECTORY = "./custom_nodes/pixart_nodes/web"

__all__ = ["WEB_DIRECTORY", "comfy_entrypoint"]
