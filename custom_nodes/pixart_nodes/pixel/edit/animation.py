"""Frames in one palette that don't flicker: a pixel keeps its colour while its source stays; and a figure for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..palette.picture import opaque_mask

Pixels = NDArray[np.uint8]
Frame = Callable[[Pixels], Pixels]  # one frame uint8 [H, W, 4] in palette colours


def steady(frames: Pixels, still: Frame, tolerance: int, alpha_threshold: float = 0.5) -> Iterator[Pixels]:
    """Each of uint8 [B, H, W, 4] as `still` makes it, but unchanged where the source moved `tolerance` or less.

    The source has moved where red, green or blue is more than `tolerance` (0..255) away from what it was when the
    pixel got its colour, so that slow drifts add up, or where the pixel appears or vanishes. What hasn't moved enters
    the next frame as it was; so error diffusion meets the same values and doesn't crawl, and what it would spread from
    a change into the rest is left out. Tolerance 0 holds only what is identical.
    """
    anchor, shown = frames[0], still(frames[0])
    yield shown
    for frame in frames[1:]:
        moved = ~_same(anchor, frame, tolerance, alpha_threshold)[..., None]
        if moved.any():
            anchor = np.where(moved, frame, anchor)
            shown = np.where(moved, still(anchor), shown)
        yield shown


def flicker(frames: Pixels, shown: Pixels, tolerance: int, alpha_threshold: float = 0.5) -> float:
    """The share, 0..1, of pixels that change colour from a frame to the next though their source moved no further.

    Both uint8 [B, H, W, 4]; only pixels opaque in both frames count. 0 where nothing could flicker: a single frame.
    """
    changes = resting = 0
    for (before, after), (old, new) in zip(pairwise(frames), pairwise(shown), strict=True):
        still = _same(before, after, tolerance, alpha_threshold) & opaque_mask(after, alpha_threshold)
        changes += int((still & (old != new).any(axis=-1)).sum())
        resting += int(still.sum())
    return changes / resting if resting else 0.0


def _same(one: Pixels, other: Pixels, tolerance: int, alpha_threshold: float) -> NDArray[np.bool_]:
    """Where two frames differ by no more than the tolerance and show the same opacity; [H, W]."""
    far = np.abs(one[..., :3].astype(np.int16) - other[..., :3]).max(axis=-1) > tolerance
    visible, visible_too = (opaque_mask(frame, alpha_threshold) for frame in (one, other))
    return (visible == visible_too) & ~(far & visible)
