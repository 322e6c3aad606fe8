"""The pixel grid of a picture that only looks like pixel art: found, or as a person says it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import grid_lattice as lattice
from .grid_choice import Choice, choose
from .grid_profile import Evidence, evidence

Floats = NDArray[np.float64]
WHOLE = 0.15  # cells: a grid that fits the picture this nearly fits it exactly


@dataclass(frozen=True)
class Axis:
    """Cell edges along one axis, in pixels of the picture."""

    edges: Floats
    drifts: bool = False

    @property
    def cells(self) -> int:
        """How many native pixels there are along the axis."""
        return len(self.edges) - 1


def find(frames: NDArray[np.uint8]):
    across, down = evidence(frames)
    pair = choose(across, down)
    size = frames.shape[2], frames.shape[1]
    if pair is None: return None
    return [_axis(c, e, s) for c, e, s in zip((pair.across, pair.down), (across, down), size)], pair


def _axis(choice: Choice, found: Evidence, size: int) -> Axis:
    at, offset = getattr(found, choice.kind).at, 0.0 if choice.kind == "steps" else 0.5
    if choice.drifts:
        return Axis(_drifted(choice.lines.at + offset, choice.kind, choice.pitch, size), drifts=True)
    pitch, start = lattice.straightened(at, choice.lines, choice.pitch)
    return Axis(even_edges(size, pitch, start + offset + (pitch / 2 if choice.kind == "bends" else 0)))


def even_edges(size: int, pitch: float, start: float) -> Floats:
    """Edges of cells of this pitch, one of them at `start`, over `size` pixels; halves of cells count as cells."""
    phase = (start + pitch / 2) % pitch - pitch / 2
    cells = max(1, round((size - phase) / pitch))
    if abs(phase) < WHOLE * pitch and abs(phase + cells * pitch - size) < WHOLE * pitch:
        return np.linspace(0, size, cells + 1)
    return np.clip(phase + pitch * np.arange(cells + 1), 0, size)


def _drifted(at: Floats, kind: str, pitch: float, size: int) -> Floats:
    if kind == "bends":
        at = np.concatenate([[at[0] - pitch], at, [at[-1] + pitch]])
        at = (at[1:] + at[:-1]) / 2
    return np.concatenate([[0.0], at[(at > pitch / 2) & (at < size - pitch / 2)], [float(size)]])
