"""Notes what a node with a live preview gets while it runs, for `routes/preview.py`."""

from __future__ import annotations

from typing import Any

from comfy_execution.utils import get_executing_context

from ..errors import PictureError
from ..last_inputs import LastInputs, Picture, Prompt, upstream
from ..tensors import to_values

INPUTS = LastInputs()


def keep(image: Any, **linked: Any) -> None:
    """Keep a copy of the first picture of the input `image`, and of other inputs what came over links.

    Nothing happens where no page looks, nor for a node that another one put into the graph while it ran.
    """
    context = get_executing_context()
    if context is None or not INPUTS.is_watched(_server().client_id):
        return
    prompt = _running(context.prompt_id)
    inputs = prompt.get(context.node_id, {}).get("inputs", {})
    values = {"image": Picture(to_values(image[:1]).copy()), **linked}
    for name, value in values.items():
        try:
            INPUTS.keep(upstream(prompt, inputs.get(name)), value)
        except PictureError:  # nothing is linked there
            continue


def _server() -> Any:
    """ComfyUI's server, imported when a node runs: with it comes all of ComfyUI, which the table of nodes needs not."""
    from server import PromptServer

    return PromptServer.instance


def _running(prompt_id: str) -> Prompt:
    """The prompt that runs under this id."""
    queue = _server().prompt_queue
    with queue.mutex:
        return next((item[2] for item in queue.currently_running.values() if item[1] == prompt_id), {})
