"""A picture repeated side by side, and how much its edges show where they meet."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..color import spaces
from ..resize.enlarge import LARGEST_SIDE

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]

JUST_SEEN = 2.0  # OKLab distance x 100 that the eye can just tell


@dataclass(frozen=True)
class Seam:
    """Mean OKLab distance x 100 between neighbours: where the picture meets itself, and inside.

    Inside is the mean of all steps, or of the two beside the edge where those are larger.
    """

    edge: float
    inside: float

    @property
    def excess(self) -> float:
        """How much more the edge shows than the inside does: 0 is seamless, from JUST_SEEN it can be seen."""
        return max(0.0, self.edge - self.inside)


def tile(rgba: RGBA, columns: int, rows: int, offset: bool = False) -> RGBA:
    """uint8 [H, W, 4] -> [H x rows, W x columns, 4]; `offset` moves it by half a picture, so that seams are inside.

    Raises PictureError where a side would be longer than LARGEST_SIDE.
    """
    if max(rgba.shape[0] * rows, rgba.shape[1] * columns) > LARGEST_SIDE:
        raise errors.PictureError(
            f"{columns} x {rows} pictures of {rgba.shape[1]} x {rgba.shape[0]} pixels are more than "
            f"{LARGEST_SIDE} a side: choose fewer columns or rows."
        )
    moved = np.roll(rgba, (rgba.shape[0] // 2, rgba.shape[1] // 2), axis=(0, 1)) if offset else rgba
    return np.tile(moved, (rows, columns, 1))


def seams(rgba: RGBA) -> tuple[Seam, Seam]:
    """How left meets right, and how bottom meets top: uint8 [H, W, 4]."""
    return _seam(rgba.transpose(1, 0, 2)), _seam(rgba)


def report(across: Seam, down: Seam) -> str:
    """The seams from left to right and from bottom to top in one line of words."""
    pairs = (("left and right", across), ("top and bottom", down))
    return "; ".join(f"{names}: {_verdict(seam)} ({seam.edge:.1f}, inside {seam.inside:.1f})" for names, seam in pairs)


def _verdict(seam: Seam) -> str:
    return "seamless" if seam.excess < JUST_SEEN else "the seam shows"


def _seam(lines: RGBA) -> Seam:
    """The last of [N, P, 4] against the first, and each against the next."""
    places = [_places(line) for line in lines]
    steps = [_distance(one, other) for one, other in pairwise([*places, places[0]])]
    inside = steps[:-1] or steps
    return Seam(steps[-1], float(max(np.mean(inside), (inside[0] + inside[-1]) / 2)))


def _distance(one: Floats, other: Floats) -> float:
    return float(np.sqrt(((one - other) ** 2).sum(axis=1)).mean())


def _places(line: RGBA) -> Floats:
    """OKLab x 100 scaled by alpha, and alpha as a fourth axis: [P, 4]."""
    alpha = line[:, 3:] / 255
    return np.concatenate([spaces.oklab(line[:, :3]) * alpha, alpha], axis=1) * 100
