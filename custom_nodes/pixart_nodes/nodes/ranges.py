"""Numbers that come over a link: ComfyUI holds only those in a node's own fields to its range."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any

from comfy_api.latest import io

from ..errors import PictureError
from ..pixel.resize.enlarge import LARGEST_SIDE
from .sockets import MOST_PIXELS, MOST_SEED


def hold(node: type[io.ComfyNode]) -> type[io.ComfyNode]:
    """The node, which from now on refuses a number beyond its range."""
    run: Callable[..., Any] = node.execute.__func__

    @wraps(run)
    def checked(cls: type[io.ComfyNode], *args: Any, **inputs: Any) -> Any:
        require(node, inputs)
        return run(cls, *args, **inputs)

    @wraps(run)
    async def checked_later(cls: type[io.ComfyNode], *args: Any, **inputs: Any) -> Any:
        return await checked(cls, *args, **inputs)

    node.execute = classmethod(checked_later if inspect.iscoroutinefunction(run) else checked)
    return node


@cache
def _ranges(node: type[io.ComfyNode]) -> dict[str, tuple[Any, Any]]:
    """Least and most by name. Any seed will do, and a picture's own side may be longer than what can be typed."""
    numbers = [one for one in node.define_schema().inputs if isinstance(one, (io.Int.Input, io.Float.Input))]
    most = {MOST_PIXELS: LARGEST_SIDE}
    return {one.id: (one.min, most.get(one.max, one.max)) for one in numbers if one.max != MOST_SEED}


def require(node: type[io.ComfyNode], inputs: Mapping[str, Any]) -> None:
    """Raise PictureError where a number is beyond the node's range."""
    for name, (least, most) in _ranges(node).items():
        value = inputs.get(name)
        if value is not None and not least <= value <= most:  # NaN too
            raise PictureError(f"{name} is {value}, and may be {least} to {most}: look at what is linked to it.")
