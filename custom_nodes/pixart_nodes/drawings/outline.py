"""Rings of pixels about masks: the outline of a drawing, and the border of a part on what lies below it."""

from __future__ import annotations

from .rasterization import Mask, shifted


def grown(mask: Mask, pixels: int) -> Mask:
    """A mask with rings about it: one whose pixels meet at their sides, then one that fills the corners, in turn."""
    for ring in range(pixels):
        larger = mask.copy()
        larger[1:] |= mask[:-1]
        larger[:-1] |= mask[1:]
        larger[:, 1:] |= mask[:, :-1]
        larger[:, :-1] |= mask[:, 1:]
        if ring % 2:
            for right, down in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
                larger |= shifted(mask, right, down)
        mask = larger
    return mask


def ring(mask: Mask, pixels: int) -> Mask:
    """The pixels about a mask that aren't in it."""
    return grown(mask, pixels) & ~mask
