"""Contrast and sharpening before quantizing, so that the result stays in the palette."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..color.levels import with_alpha
from ..compiled import twins
from ..palette.palette import packed
from ..resize.cells import RGBA, Floats

AT_ONCE = 1 << 13  # pixels: their doubles stay in a core's cache; 32 times as many at once take 1.4 times as long
SHADE_STEP = 16  # of 255 in each channel: shades that an eye takes for steps of one gradient
LOOKED_AT = 1 << 12  # pixels of a picture, at least, by which it is judged where it is flat
PIXEL_WORD = np.dtype("<u4")  # a pixel's four bytes as one number
RGB_BITS = np.uint32(0xFFFFFF)  # the part of that number that is colour
MIDDLE_GREY = 128  # the grey that contrast leaves alone, as in the Pixart editor


def adjust(rgba: RGBA, contrast: float = 1.0, sharpen: float = 0.0) -> RGBA:
    """Contrast first, then sharpen: uint8 [H, W, 4] in and out, alpha untouched, rounded once.

    `contrast` is the factor of (v - 128) * f + 128; `sharpen` is the share of the 3 x 3 kernel
    [0, -1, 0, -1, 5, -1, 0, -1, 0] in the result. 1 and 0 leave the picture as it is.
    """
    levels = np.clip((np.arange(256.0) - MIDDLE_GREY) * contrast + MIDDLE_GREY, 0, 255)
    if sharpen:
        return sharpened(rgba, levels, sharpen)
    return _mapped(rgba, np.rint(levels).astype(np.uint8)) if contrast != 1 else rgba.copy()


def _mapped(rgba: RGBA, levels: NDArray[np.uint8]) -> RGBA:
    """Each colour's level. By bytes' own way, which takes a fifth of the time of numpy's, whose indices are wide."""
    mapped = bytearray(rgba.tobytes()).translate(levels.tobytes())
    result = np.frombuffer(mapped, np.uint8).reshape(rgba.shape)
    result[..., 3] = rgba[..., 3]
    return result


def held(rgba: RGBA, adjusted: RGBA, colors: NDArray[np.uint8]) -> RGBA:
    """`adjusted`, but areas of `rgba` that are flat in one of the colours stay as they were: uint8 [..., H, W, 4].

    `colors` is uint8 [N, 3]. Pixels of a colour stay where at least as many have it as come close to it without being
    in `colors`: a gradient only passes through, and a pixel that is held would stand out of it.
    """
    step = max(1, math.isqrt(rgba[..., 0].size // LOOKED_AT))
    part = rgba[..., ::step, ::step, :]
    stay = _among(rgba, colors[_flat(part[part[..., 3] > 0], colors)])
    return np.where(stay[..., None], rgba.view(PIXEL_WORD), adjusted.view(PIXEL_WORD)).view(np.uint8)


def _flat(pixels: NDArray[np.uint8], colors: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Of which of the colours [N, 3] there are at least as many pixels [M, 4] as others close to it: [N]."""
    own = _among(pixels, colors)
    exact = (packed(pixels[own]) == packed(colors)[:, None]).sum(axis=1)
    others = np.ascontiguousarray(pixels[~own, :3].T, np.int16)
    close = [(np.abs(others - color) <= SHADE_STEP).all(axis=0).sum() for color in colors.astype(np.int16)[..., None]]
    return exact >= close


def _among(rgba: NDArray[np.uint8], colors: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which of the pixels [..., 4] have one of the colours [N, 3], whatever their alpha."""
    members = np.zeros(1 << 24, np.bool_)  # by colour: the pages that nothing is written to cost nothing
    members[_keys(with_alpha(colors))] = True
    return members[_keys(rgba)]


def _keys(rgba: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """One number a colour, all of a pixel at once: [..., 4] in, [...] out."""
    return np.ascontiguousarray(rgba).view(PIXEL_WORD)[..., 0] & RGB_BITS


@twins.step("sharpen", patience=1 << 26)
def sharpened(rgba: RGBA, levels: Floats, amount: float) -> RGBA:
    """Every colour of uint8 [H, W, 4] as its level, sharpened by an amount: uint8 [H, W, 4], alpha as it was.

    A transparent or missing neighbour counts as equal, a translucent one as much as its alpha says.
    """
    result = rgba.copy()
    rows = max(1, AT_ONCE // rgba.shape[1])
    for top in range(0, len(rgba), rows):
        above = min(top, 1)  # a row on each side, which sharpening looks at
        some = rgba[top - above : top + rows + 1]
        rgb = levels[some[..., :3]]
        rgb += amount * _detail(rgb, some[..., 3:] / 255)
        result[top : top + rows, :, :3] = np.rint(np.clip(rgb, 0, 255))[above : above + rows]
    return result


def _detail(rgb: Floats, alpha: Floats) -> Floats:
    """How far each pixel is from its four neighbours: above, below, left and right, summed in this order."""
    detail = np.zeros_like(rgb)
    for axis in (0, 1):
        here = [slice(None), slice(None)]
        target = [slice(None), slice(None)]
        here[axis], target[axis] = slice(1, None), slice(None, -1)
        a, b = tuple(here), tuple(target)
        step = rgb[a] - rgb[b]
        detail[a] += step * alpha[b]
        detail[b] -= step * alpha[a]
    return detail
