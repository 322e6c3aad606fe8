"""OKLab in whole steps, in single precision: where diffusion searches a palette for its nearest colour.

A score |p|² - 2 p·x of whole numbers is the same in whatever order it is added up, fused or not, as long as float32
holds it. The kernels keep a colour's index in its lowest six bits, so that they look for the least and nothing else.
So scores go up to 2^18, and steps are about 1/500: half of what a level makes in a grey of 8 bits. They are finer where
the palette's colours lie closer together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import spaces

Singles = NDArray[np.float32]

# Björn Ottosson's OKLab in single precision: linear sRGB -> LMS, and the cube roots of that -> OKLab
FROM_LINEAR, FROM_ROOTS = np.array(spaces.ROOTED_SPACES["oklab"][:2], np.float32)
TINY = np.float32(1e-15)  # its root is less than a step from 0
# The guess of a power -1/3: of constants tried, this one's errors are as large below as above, 10.2 % of the cube.
ROOT_GUESS = np.float32(1419900000)
THIRD, NINTHS, REST = (np.float32(share) for share in (1 / 3, 2 / 9, 14 / 81))  # of the binomial series of that power
ROUNDING_ADDEND = np.float32(3 << 22)  # added, leaves no digits after the point: numbers about it are a whole one apart
BOUND = (1 << 18) - 1  # of a score; 64 times as much and a colour's index are below 2^24
STEPS_A_UNIT = 2000.0  # steps a unit: about as much as the closest 8-bit colours differ
CLOSER_SHARE = np.float32(0.99)


def cube_root(x: Singles) -> Singles:
    """Cube root of `x` to 3.4e-5, of 1e-15 where `x` is less: by the power -1/3, which takes no division."""
    at_least = np.maximum(x, TINY)
    r = (ROOT_GUESS - at_least.view(np.int32).astype(np.float32) * THIRD).astype(np.int32).view(np.float32)
    missed = np.float32(1) - at_least * (r * r * r)
    share = r * missed
    r = r + share * THIRD + share * missed * (NINTHS + missed * REST)
    return at_least * (r * r)


def oklab(light: Singles) -> Singles:
    """OKLab [M, 3] of linear light 0..1 [M, 3], in single precision."""
    return _mixed(light, FROM_ROOTS)


def _mixed(light: Singles, matrix: Singles) -> Singles:
    r, g, b = light.T
    p, q, s = (cube_root(row[0] * r + row[1] * g + row[2] * b) for row in FROM_LINEAR)
    return np.stack([row[0] * p + row[1] * q + row[2] * s for row in matrix], axis=1)


def places(light: Singles, steps: Singles) -> Singles:
    """Linear light [M, 3] as whole steps from the palette's middle, as `fit` has them: [M, 3]."""
    low, high, middle = steps[9:].reshape(3, 3)
    return np.minimum(np.maximum(_mixed(light, steps[:9].reshape(3, 3)), low), high) + ROUNDING_ADDEND - middle


def fit(colors: Singles, low: Singles, high: Singles) -> Singles:
    """The finest steps for a palette of linear light [N, 3] and what lies between two bounds [3].

    Returns 18 numbers: nine from roots to steps, for each axis the least and the greatest place that there is, and
    for each the palette's middle and ROUNDING_ADDEND.
    """
    lab = oklab(colors)
    middle = (lab.min(axis=0) + lab.max(axis=0)) / 2
    ends = np.stack([low, np.maximum(low, 0), high])  # below 0 all is as at 0
    corners = oklab(np.stack([axis.reshape(-1) for axis in np.meshgrid(*ends.T)], axis=1))
    least, most = corners.min(axis=0), corners.max(axis=0)
    size = np.float32(
        min(STEPS_A_UNIT, (BOUND / max(_greatest(lab - middle, least - middle, most - middle), 1e-9)) ** 0.5)
    )
    while True:
        whole = np.rint(middle * size)
        steps = np.concatenate([(FROM_ROOTS * size).reshape(-1), least * size, most * size, whole + ROUNDING_ADDEND])
        if _greatest(places(colors, steps), *(np.rint(steps[9:15]).reshape(2, 3) - whole)) < BOUND:
            return steps
        size *= CLOSER_SHARE


def _greatest(colors: Singles, least: Singles, most: Singles) -> float:
    """The upper bound of a score of these colours, and of its parts, for all places between two corners."""
    here, there = np.abs(colors).astype(np.float64), np.maximum(np.abs(least), np.abs(most)).astype(np.float64)
    each = here * here + 2 * here * there
    return float((each[:, 0] + each[:, 1] + each[:, 2]).max())
