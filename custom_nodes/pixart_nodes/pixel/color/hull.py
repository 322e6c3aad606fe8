"""The convex hull of points: all colours that they can mix, as triangles with what lies outside of each.

Points are moved a little beforehand, each in its own direction, so that greys on a line, colours in a plane and one
colour alone have a hull of some thickness like all others, and no four corners lie in one plane.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Corners = tuple[int, int, int]

MOVED_BY = (
    1e-4  # by how much a point is moved along each axis at most, of full light: a third of the darkest 8-bit step
)
OUTSIDE_SLACK = 2e-4  # how far outside the hull of moved points those that the others can mix may be: over √3 of it
# M. Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences" (2018): powers of 1/g, g^4 = g + 1
STEPS = (0.8191725133961645, 0.6710436067037893, 0.5497004779019703)
LEAST_POINTS = 4  # points of a hull
ON_SIDE = 1e-9  # outside of a side by less is on it: rounding, which is a millionth of that


@dataclass(frozen=True, eq=False)
class Hull:
    """A point is within where `normals` @ point is at most `limits`, for each of [F] triangles with `corners`."""

    corners: Floats  # [F, 3 corners, 3]
    normals: Floats  # [F, 3], of length 1
    limits: Floats  # [F]


def around(points: Floats) -> Hull:
    """The convex hull of points [N, 3], N at least 1, whose coordinates lie within 0..1."""
    times = -(-LEAST_POINTS // len(points))
    whole = np.concatenate([points] * times)
    shifts = np.arange(1, len(whole) + 1)[:, None] * np.array(STEPS) % 1
    whole = whole + (2 * shifts - 1) * MOVED_BY
    corners = np.array(_grown(whole, _first(whole)))
    normals, limits = _planes(whole[corners])
    return Hull(whole[corners], normals, limits)


def _first(points: Floats) -> list[Corners]:
    """A tetrahedron of points that lie far from each other, each side turned outwards."""
    a = int(points[:, 0].argmin())
    off = points - points[a]
    b = int(_squares(off).argmax())
    c = int(_squares(np.cross(off, off[b])).argmax())
    height = _products(off, np.cross(off[b], off[c]))
    d = int(np.abs(height).argmax())
    if height[d] > 0:
        b, c = c, b
    return [(a, b, c), (a, d, b), (b, d, c), (c, d, a)]


def _grown(points: Floats, sides: list[Corners]) -> list[Corners]:
    """The sides with the outermost point taken in, until none is outside; each point once at most.

    Sides that the point sees are replaced by new ones, from the point to the rim of what it sees.
    """
    normals, limits = _planes(points[np.array(sides)])
    for _ in points:
        above = _products(points[:, None], normals) - limits
        top = int(above.max(axis=1).argmax())
        front = above[top] > ON_SIDE
        if not front.any():
            break
        edges = {
            edge for (a, b, c), sees in zip(sides, front, strict=True) if sees for edge in ((a, b), (b, c), (c, a))
        }
        fresh = [(a, b, top) for a, b in sorted(edges) if (b, a) not in edges]
        rest = np.flatnonzero(~front)
        sides = [*(sides[at] for at in rest), *fresh]
        more, beyond = _planes(points[np.array(fresh)])
        normals, limits = np.concatenate([normals[rest], more]), np.concatenate([limits[rest], beyond])
    return sides


def _planes(corners: Floats) -> tuple[Floats, Floats]:
    """Normal and limit of each triangle [F, 3, 3], from which its corners are seen to go round to the left."""
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = across / np.sqrt(_squares(across))[:, None]
    return normals, _products(corners[:, 0], normals)


def _squares(vectors: Floats) -> Floats:
    return _products(vectors, vectors)


def _products(one: Floats, other: Floats) -> Floats:
    """Added up from the first to the last; the order in which BLAS adds depends on the processor."""
    return one[..., 0] * other[..., 0] + one[..., 1] * other[..., 1] + one[..., 2] * other[..., 2]
