"""What came over the links of nodes with a live preview, by the graph that made it: `upstream` is its name.

In memory only, and only of prompts of pages that said that they look: what the bridge draws for others isn't kept.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import PictureError
from .pixel.color.levels import to_bytes
from .pixel.kind.treatment import Treatment, treatment

MOST_BYTES = 128 << 20  # of all pictures together; 512 x 512 with alpha has 4 MB
MOST_OF_ONE = 64 << 20  # 2048 x 2048 with alpha
MOST_VALUES = 256  # pictures, palettes and looks together
MOST_CLIENTS = 256  # pages that are open, or were
MOST_CHAIN = 200  # nodes before one another

Prompt = Mapping[str, Any]  # as ComfyUI's API has it: node id -> {"class_type", "inputs"}


def upstream(prompt: Prompt, link: Any) -> str:
    """A name for what a link `[node, output]` of a prompt brings: the same for the same nodes with the same values.

    The ids of nodes don't count. Raises PictureError for a link that leads nowhere, or round in a circle.
    """
    names: dict[str, str] = {}

    def of_link(link: Any, left: int) -> str:
        node = prompt.get(str(link[0])) if _is_link(link) else None
        if not isinstance(node, Mapping) or not isinstance(node.get("inputs"), Mapping) or not left:
            raise PictureError(f"The prompt has no node for the link {str(link)[:40]}.")
        id = str(link[0])
        if id not in names:
            inputs = {
                name: of_link(value, left - 1) if _is_link(value) else ["", _plain(value)]
                for name, value in node["inputs"].items()
            }
            text = json.dumps([node.get("class_type"), inputs], sort_keys=True)
            names[id] = hashlib.sha256(text.encode()).hexdigest()
        return f"{names[id]} {link[1]}"

    return of_link(link, MOST_CHAIN)


def _is_link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int)


def _plain(value: Any) -> Any:
    """ComfyUI makes a float of the 1 that a page sends."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass(frozen=True, eq=False)
class Picture:
    """The first of a batch, float32 [1, H, W, C] 0..1."""

    image: NDArray[np.float32]

    @cached_property
    def look(self) -> Treatment:
        """What it is; that takes up to half a second, and is asked again with every knob that is turned."""
        return treatment(to_bytes(self.image[0]))


class LastInputs:
    """Values by the name of what made them; the longest unused go where there is no room. Any thread may call."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._clients: OrderedDict[str, None] = OrderedDict()
        self._values: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def watch(self, client: str) -> None:
        """From now on what the nodes of this page's prompts get is kept."""
        with self._lock:
            self._clients[client] = None
            self._clients.move_to_end(client)
            while len(self._clients) > MOST_CLIENTS:
                self._clients.popitem(last=False)

    def is_watched(self, client: str | None) -> bool:
        """Whether this page wants to see previews."""
        return client in self._clients

    def keep(self, name: str, value: Any) -> None:
        """Keep a Picture, unless it is too large, or another value."""
        with self._lock:
            self._values.pop(name, None)
            if _size(value) <= min(MOST_OF_ONE, self._most_bytes):
                self._values[name] = value
            while len(self._values) > MOST_VALUES or sum(map(_size, self._values.values())) > self._most_bytes:
                self._values.popitem(last=False)

    def of(self, name: str) -> Any:
        """What has this name; None where it isn't kept."""
        with self._lock:
            if name in self._values:
                self._values.move_to_end(name)
            return self._values.get(name)


def _size(value: Any) -> int:
    return value.image.nbytes if isinstance(value, Picture) else 0
