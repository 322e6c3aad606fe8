"""The seam for fast kernels: which function does each heavy step. The rest of the pack asks here.

A faster one must give the same bytes; it replaces an entry, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import dither, nearest, ordered

STEPS: dict[str, Callable[..., Any]] = {
    "nearest": nearest.indices,
    "diffuse": dither.diffuse,
    "ordered": ordered.ordered,
}
