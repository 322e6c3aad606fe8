"""One thing that is timed beside the peers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pixart_nodes.pixel.compiled import cores

from . import peers

RGB = NDArray[np.uint8]
Run = Callable[[], Any]
FASTEST_EXACT = "fastest exact peer"  # a goal against whichever of the peers marked exact is fastest


@dataclass(frozen=True)
class Contest:
    """One thing that ours and others do. `goals` say how many times faster than a peer ours shall be.

    `pooled` are the goals for all threads. In each round all run so many `times` on end.
    """

    name: str
    ours: Run
    rivals: Mapping[str, Run]
    goals: Mapping[str, float] = field(default_factory=dict)
    pooled: Mapping[str, float] = field(default_factory=dict)
    rounds: int = 11
    times: int = 1


def alone(run: Run) -> Run:
    """Ours without its thread pool: peers have one thread too."""

    def on_one_thread() -> Any:
        threads = cores.threads
        cores.threads = lambda: 1
        try:
            return run()
        finally:
            cores.threads = threads

    return on_one_thread


def ffmpeg(picture: RGB, colors: RGB, method: str = "none") -> Run:
    """ffmpeg's filter, which gives indices as ours does; made when first called: it is no fault to lack it."""
    filters: list[peers.Ffmpeg] = []

    def run() -> Any:
        if not filters:
            filters.append(peers.Ffmpeg(picture.shape[1], picture.shape[0], colors, method))
        return filters[0].drawn(picture)

    return run
