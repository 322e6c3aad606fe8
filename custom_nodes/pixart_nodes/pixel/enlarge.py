"""Pixel art made larger by whole factors, in its own colours: no method here mixes any.

Alpha is part of a colour; what is fully transparent is one colour. Beyond the edge its pixels go on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import errors
from .mmpx import mmpx
from .neighbors import Around, Colors, woven

RGBA = NDArray[np.uint8]
Mask = NDArray[np.bool_]

XBR_SAME = 15 * 48 * 1000  # Hyllian's threshold: 15 steps of Y
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


def enlarge(rgba: RGBA, method: str, factor: int) -> RGBA:
    """uint8 [H, W, 4] -> uint8 [H x factor, W x factor, 4]. Raises UnknownName and PictureError."""
    require(method, factor)
    if max(rgba.shape[:2]) * factor > LARGEST_SIDE:
        raise errors.PictureError(
            f"{rgba.shape[1]} x {rgba.shape[0]} pixels times {factor} is more than {LARGEST_SIDE} a side: "
            "choose a smaller factor."
        )
    how = METHODS[method]
    colors = _colors(rgba)
    for _ in range(how.passes(factor) or 0):
        colors = how.grow(colors, factor) if how.base == 1 else how.grow(colors)
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


def xbr(colors: Colors) -> Colors:
    """xBR (Hyllian 2011) without its blending: a corner is cut where the edge along it is the stronger one.

    Tells edges by how far colours differ, so that it follows anti-aliased lines too. Hyllian's rule of corners (his
    "C") keeps single pixels.
    """
    corners = []
    for turn in range(4):
        corner = _xbr_corner(Around(np.rot90(colors, turn), 2))
        corners.append(np.rot90(corner, -turn))
    down_right, down_left, up_left, up_right = corners
    return woven([[up_left, up_right], [down_left, down_right]])


def _xbr_corner(around: Around) -> Colors:
    """The lower right quarter of each pixel e; neighbours by Hyllian's letters."""
    b, c, d, e, f = around[0, -1], around[1, -1], around[-1, 0], around[0, 0], around[1, 0]
    g, h, i = around[-1, 1], around[0, 1], around[1, 1]
    f4, i4, h5, i5 = around[2, 0], around[2, 1], around[0, 2], around[1, 2]
    along = _far(e, c) + _far(e, g) + _far(i, f4) + _far(i, h5) + 4 * _far(h, f)
    across = _far(h, d) + _far(h, i5) + _far(f, i4) + _far(f, b) + 4 * _far(e, i)
    rim = ~_near(f, b) & ~_near(f, c) | ~_near(h, d) & ~_near(h, g)
    line = ~_near(f, f4) & ~_near(f, i4) | ~_near(h, h5) & ~_near(h, i5)
    allowed = rim | _near(e, i) & line | _near(e, g) | _near(e, c)
    cut = (along < across) & (e != f) & (e != h) & allowed
    return np.where(cut, np.where(_far(e, f) <= _far(e, h), f, h), e)


def _near(one: Colors, other: Colors) -> Mask:
    return _far(one, other) < XBR_SAME


def _far(one: Colors, other: Colors) -> NDArray[np.int64]:
    """Hyllian's distance, 48 Y + 7 U + 6 V, in thousandths; a difference in alpha counts like one in Y."""
    y, u, v, a = (np.abs(p - q) for p, q in zip(_yuva(one), _yuva(other), strict=True))
    return 48 * (y + a) + 7 * u + 6 * v


def _yuva(colors: Colors) -> tuple[NDArray[np.int64], ...]:
    """Y, U, V (BT.601) and alpha in thousandths of steps."""
    r, g, b, a = ((colors >> np.uint32(shift) & np.uint32(255)).astype(np.int64) for shift in (0, 8, 16, 24))
    return (
        299 * r + 587 * g + 114 * b,
        -169 * r - 331 * g + 500 * b,
        500 * r - 419 * g - 81 * b,
        1000 * a,
    )


METHODS: dict[str, Method] = {
    "nearest": Method(1, nearest),
    "scale2x": Method(2, scale2x),
    "scale3x": Method(3, scale3x),
    "xbr": Method(2, xbr),
    "mmpx": Method(2, mmpx),
}
