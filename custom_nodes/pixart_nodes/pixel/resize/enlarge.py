"""Pixel art made larger by whole factors, in its own colours: no method here mixes any.

Alpha is part of a colour; what is fully transparent is one colour. Beyond the edge its pixels go on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import errors
from .mmpx import mmpx
from .neighbors import Around, Colors, woven
from .xbr import xbr

RGBA = NDArray[np.uint8]

LARGEST_SIDE = 16384  # pixels; the most that ComfyUI's own nodes accept


@dataclass(frozen=True)
class Method:
    """One pass of `grow` enlarges by `base`; with base 1 it is told the factor."""

    base: int
    grow: Callable[..., Colors]

    def passes(self, factor: int) -> int | None:
        """How many passes give a factor; None where no number of them does."""
        if self.base == 1:
            return 1
        count = round(np.log(factor) / np.log(self.base))
        return count if count and self.base**count == factor else None


def enlarge(rgba: RGBA, method: str, factor: int, aspect: int = 1) -> RGBA:
    """uint8 [H, W, 4] -> uint8 [H x factor, W x factor x aspect, 4]. Raises UnknownName and PictureError."""
    require(method, factor)
    if max(rgba.shape[0], rgba.shape[1] * aspect) * factor > LARGEST_SIDE:
        raise errors.PictureError(
            f"{rgba.shape[1] * aspect} x {rgba.shape[0]} pixels times {factor} is more than {LARGEST_SIDE} a side: "
            "choose a smaller factor."
        )
    how = METHODS[method]
    colors = _colors(rgba)
    for _ in range(how.passes(factor) or 0):
        colors = how.grow(colors, factor) if how.base == 1 else how.grow(colors)
    colors = colors.repeat(aspect, axis=1)
    return np.ascontiguousarray(colors).astype("<u4", copy=False).view(np.uint8).reshape(*colors.shape, 4)


def require(method: str, factor: int) -> None:
    """Raise UnknownName unless there is such a method, PictureError unless it can enlarge by the factor."""
    errors.require(method, METHODS, what="Method of enlarging")
    if METHODS[method].passes(factor) is None:
        able = [str(n) for n in range(2, 17) if METHODS[method].passes(n)]
        raise errors.PictureError(
            f"{method} enlarges by {', '.join(able[:-1])} or {able[-1]}, not by {factor}: "
            "choose one of these, or the method nearest."
            if len(able) > 1
            else f"{method} enlarges by {able[0]}, not by {factor}: choose that, or the method nearest."
        )


def _colors(rgba: RGBA) -> Colors:
    """Each pixel as one number, 0 where nothing shows: [H, W]."""
    numbers = np.ascontiguousarray(rgba).view("<u4")[..., 0].astype(np.uint32)
    return np.where(rgba[..., 3] > 0, numbers, np.uint32(0))


def nearest(colors: Colors, factor: int) -> Colors:
    """Each pixel as a square."""
    return colors.repeat(factor, axis=0).repeat(factor, axis=1)


def scale2x(colors: Colors) -> Colors:
    """Scale2x (Andrea Mazzoleni 2001), which is EPX (Eric Johnston 1992): corners between two equal sides filled."""
    around = Around(colors, 1)
    e, b, d, f, h = around[0, 0], around[0, -1], around[-1, 0], around[1, 0], around[0, 1]
    free = (b != h) & (d != f)
    return woven(
        [
            [np.where(free & (d == b), d, e), np.where(free & (b == f), f, e)],
            [np.where(free & (d == h), d, e), np.where(free & (h == f), f, e)],
        ]
    )


def scale3x(colors: Colors) -> Colors:
    """Scale3x (Andrea Mazzoleni 2003): as Scale2x, with the middles of the sides filled where a line goes on."""
    around = Around(colors, 1)
    a, b, c = (around[x, -1] for x in (-1, 0, 1))
    d, e, f = (around[x, 0] for x in (-1, 0, 1))
    g, h, i = (around[x, 1] for x in (-1, 0, 1))
    free = (b != h) & (d != f)
    up_left, up_right, down_left, down_right = free & (d == b), free & (b == f), free & (d == h), free & (h == f)
    up = up_left & (e != c) | up_right & (e != a)
    left = up_left & (e != g) | down_left & (e != a)
    right = up_right & (e != i) | down_right & (e != c)
    down = down_left & (e != i) | down_right & (e != g)
    return woven(
        [
            [np.where(up_left, d, e), np.where(up, b, e), np.where(up_right, f, e)],
            [np.where(left, d, e), e, np.where(right, f, e)],
            [np.where(down_left, d, e), np.where(down, h, e), np.where(down_right, f, e)],
        ]
    )


METHODS: dict[str, Method] = {
    "nearest": Method(1, nearest),
    "scale2x": Method(2, scale2x),
    "scale3x": Method(3, scale3x),
    "xbr": Method(2, xbr),
    "mmpx": Method(2, mmpx),
}
