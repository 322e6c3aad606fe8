"""Parts of drawings that stand alike in many pictures, such as a kit's in all who inherit it, measured and lit once.

What is drawn is the same, in half the time: `render` makes each part anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pixart_nodes.drawings import rendering

MOST = 3000  # parts: some 100 MB where pictures are of 48 pixels a side


@contextmanager
def shared_parts() -> Iterator[None]:
    """Meanwhile `render` takes parts that stand still, and that no other part clips, from those that it had before."""
    measured, lit = rendering._region, rendering.lit
    areas: dict[Any, Any] = {}
    lights: dict[Any, Any] = {}  # each with its area, whose identity is its key

    def region(part: Any, canvas: Any, stance: Any) -> Any:
        if stance.pose or stance.turn or stance.mirror or "c" in part.shape.flags:
            return measured(part, canvas, stance)
        if max(len(areas), len(lights)) > MOST:
            areas.clear()
            lights.clear()
        key = canvas.frame, *part.shapes
        if key not in areas:
            areas[key] = measured(part, canvas, stance)
        return areas[key]

    def light(area: Any, highlight: bool = False) -> Any:
        key = id(area), highlight
        if key not in lights:
            lights[key] = area, lit(area, highlight)
        return lights[key][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "_region", region)
        patch.setattr(rendering, "lit", light)
        yield
