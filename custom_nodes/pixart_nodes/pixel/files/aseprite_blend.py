"""How Aseprite lays the pixels of a layer over those below it, in whole numbers, in each of its blend modes.

After `src/doc/blend_funcs.cpp` of Aseprite's document library: its "new blend method", which mixes in proportion to
what is below. Modes are numbered as in "Aseprite File Format Specifications"; most are those of W3C's Compositing
and Blending Level 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mode = Callable[[Ints, Ints], Ints]  # colours below and above, 0..255 [..., 3]

_LUMA = np.array([0.3, 0.59, 0.11])


def laid(back: Pixels, source: Pixels, opacity: Ints, mode: int) -> Pixels:
    """uint8 [H, W, 4] over the same, straight alpha. Raises LookupError for a mode that there isn't."""
    normal = _over(back, source, opacity)
    if mode == NORMAL:
        return normal
    below, above = back[..., :3].astype(np.int64), source[..., :3].astype(np.int64)
    colors = np.concatenate([MODES[mode](below, above), source[..., 3:]], axis=-1).astype(np.uint8)
    blended, under = _over(back, colors, opacity), back[..., 3:]
    mixed = _merged(_merged(normal, blended, under), blended, product(under, product(source[..., 3:], opacity)))
    return np.where(under > 0, mixed, normal).astype(np.uint8)


def _over(back: Pixels, source: Pixels, opacity: Ints) -> Pixels:
    """As rgba_blender_normal counts."""
    alpha = product(source[..., 3:], opacity)
    below = back[..., 3:].astype(np.int64)
    result = alpha + below - product(alpha, below)
    step = (source[..., :3].astype(np.int64) - back[..., :3]) * alpha
    mixed = back[..., :3] + np.trunc(step / np.maximum(result, 1)).astype(np.int64)
    mixed = np.where(below == 0, source[..., :3], np.where(alpha == 0, back[..., :3], mixed))
    return np.concatenate([mixed, result], axis=-1).astype(np.uint8)


def _merged(one: Pixels, other: Pixels, share: Ints | Pixels) -> Pixels:
    """A share of 255 of the way from one to the other, as rgba_blender_merge counts."""
    start, end = one.astype(np.int64), other.astype(np.int64)
    result = start + product(end - start, share)
    result[..., :3] = np.where(start[..., 3:] == 0, end[..., :3], result[..., :3])
    result[..., :3] = np.where((end[..., 3:] == 0) & (start[..., 3:] > 0), start[..., :3], result[..., :3])
    return np.where(result[..., 3:] > 0, result, 0).astype(np.uint8)


def product(one: NDArray[np.integer] | int, other: NDArray[np.integer] | int) -> Ints:
    """Of two shares of 255, rounded as pixman's MUL_UN8 does."""
    both = np.asarray(one).astype(np.int64) * np.asarray(other).astype(np.int64) + 128
    return ((both >> 8) + both) >> 8


def _quotient(one: Ints, other: Ints) -> Ints:
    """As pixman's DIV_UN8; 0 stands for nothing that is divided by."""
    return (255 * one + other // 2) // np.maximum(other, 1)


def _screen(below: Ints, above: Ints) -> Ints:
    return below + above - product(below, above)


def _hard_light(below: Ints, above: Ints) -> Ints:
    return np.where(above < 128, product(below, 2 * above), _screen(below, 2 * above - 255))


def _divide(below: Ints, above: Ints) -> Ints:
    return np.where(below == 0, 0, np.where(below >= above, 255, _quotient(below, above)))


def _color_burn(below: Ints, above: Ints) -> Ints:
    rest = 255 - below
    return np.where(rest == 0, 255, np.where(rest >= above, 0, 255 - _quotient(rest, above)))


def _soft_light(below: Ints, above: Ints) -> Ints:
    b, s = below / 255.0, above / 255.0
    root = np.where(b <= 0.25, ((16 * b - 12) * b + 4) * b, np.sqrt(b))
    result = np.where(s <= 0.5, b - (1.0 - 2.0 * s) * b * (1.0 - b), b + (2.0 * s - 1.0) * (root - b))
    return (result * 255 + 0.5).astype(np.int64)


def _light_of(colors: Floats) -> Floats:
    return (colors * _LUMA).sum(axis=-1, keepdims=True)


def _range_of(colors: Floats) -> Floats:
    return colors.max(axis=-1, keepdims=True) - colors.min(axis=-1, keepdims=True)


def _with_light(colors: Floats, light: Floats) -> Floats:
    """The colours with that lightness, brought back into 0..1 towards their grey."""
    colors = colors + (light - _light_of(colors))
    light, low, high = _light_of(colors), colors.min(axis=-1, keepdims=True), colors.max(axis=-1, keepdims=True)
    raised = light + (colors - light) * light / np.where(low < 0, light - low, 1)
    colors = np.where(low < 0, raised, colors)
    lowered = light + (colors - light) * (1 - light) / np.where(high > 1, high - light, 1)
    return np.where(high > 1, lowered, colors)


def _with_range(colors: Floats, span: Floats) -> Floats:
    own = _range_of(colors)
    return np.where(own > 0, (colors - colors.min(axis=-1, keepdims=True)) * span / np.where(own > 0, own, 1), 0)


def _in_parts(mix: Callable[[Floats, Floats], Floats]) -> Mode:
    """A mode of colours 0..1, whose result is cut to whole numbers."""
    return lambda below, above: (255.0 * mix(below / 255.0, above / 255.0)).astype(np.int64)


NORMAL = 0
MODES: dict[int, Mode] = {
    1: product,
    2: _screen,
    3: lambda below, above: _hard_light(above, below),
    4: np.minimum,
    5: np.maximum,
    6: lambda below, above: _divide(below, 255 - above),
    7: _color_burn,
    8: _hard_light,
    9: _soft_light,
    10: lambda below, above: np.abs(below - above),
    11: lambda below, above: below + above - 2 * product(below, above),
    12: _in_parts(lambda below, above: _with_light(_with_range(above, _range_of(below)), _light_of(below))),
    13: _in_parts(lambda below, above: _with_light(_with_range(below, _range_of(above)), _light_of(below))),
    14: _in_parts(lambda below, above: _with_light(above, _light_of(below))),
    15: _in_parts(lambda below, above: _with_light(below, _light_of(above))),
    16: lambda below, above: np.minimum(below + above, 255),
    17: lambda below, above: np.maximum(below - above, 0),
    18: _divide,
}
