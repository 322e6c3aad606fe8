"""A picture in another picture's colours: optimal transport between the two, in OKLab.

Two steps. First the linear map that carries one Gaussian to the other at the least cost, in closed form (Pitié and
Kokaram, "The linear Monge-Kantorovitch linear colour mapping for example-based colour transfer", 2007), its gains
limited. Then the entropic map between histograms (Sinkhorn's iteration; Pooladian and Niles-Weed, "Entropic
estimation of optimal transport maps", 2021), with the picture's transport to itself taken off again (the debiasing of
Feydy et al., "Interpolating between optimal transport and MMD using Sinkhorn divergences", 2019). That leaves fine
detail as it was. Both maps are smooth, so neither noise nor soft gradients break up, and nothing is left to chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..color.spaces import from_oklab, oklab
from .palette import packed, unpacked

Floats = NDArray[np.float64]

CELL = 0.04  # edge of a histogram's cells in OKLab: no visible picture has more than about a thousand of them
VARIANCE_FLOOR = (
    1e-3  # variance that a picture is taken to have in every direction: a flat one has no shape to carry over
)
MOST_GAIN = 2.0  # of the linear map
SOFTNESS = 0.02  # the entropic map's epsilon: colours nearer than its root, 0.14, move together
SOFTER_TIMES = 4.0  # times the variance by which the style is still wider: then noise grows little beyond MOST_GAIN
SINKHORN_ROUNDS = 100  # of Sinkhorn's iteration; the shares are off by less than 0.01 % then
MESH = 0.05  # spacing at which the smooth map is worked out; straight lines between
AT_ONCE = 1 << 18  # colours moved at a time: bounds memory to about 100 MB


@dataclass(frozen=True)
class Cloud:
    """Colours in OKLab [N, 3] and how much each counts [N]; the shares sum to 1."""

    lab: Floats
    share: Floats

    @classmethod
    def of(cls, colors: NDArray[np.uint8], counts: NDArray[np.intp]) -> Cloud:
        """The cloud of colours uint8 [N, 3] in sRGB, each of which appears `counts` [N] times."""
        return cls(oklab(colors), counts / counts.sum())

    @property
    def mean(self) -> Floats:
        """The mean colour in OKLab: [3]."""
        return self.share @ self.lab

    @property
    def covariance(self) -> Floats:
        """The covariance of the colours in OKLab: [3, 3]."""
        centred = self.lab - self.mean
        return (centred * self.share[:, None]).T @ centred


@dataclass(frozen=True)
class Plan:
    """Where colours go: a linear map, then `shifts` on a mesh in OKLab that starts at `corner`."""

    matrix: Floats  # [3, 3]
    offset: Floats  # [3]
    corner: Floats  # [3]
    shifts: Floats  # [n, m, k, 3]

    def move(self, lab: Floats) -> Floats:
        """The OKLab colours [N, 3] that colours [N, 3] become."""
        places = lab @ self.matrix + self.offset
        return places + _between(self.shifts, (places - self.corner) / MESH)


def transferred(rgba: NDArray[np.uint8], style: NDArray[np.uint8], amount: float = 1.0) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] with the colours of another picture [h, w, 4]; `amount` 0 (none) to 1 (all the way).

    Pixels without any alpha neither count nor change. Where one picture has no others, nothing changes.
    """
    visible, style_visible = rgba[..., 3] > 0, style[..., 3] > 0
    if amount == 0 or not visible.any() or not style_visible.any():
        return rgba.copy()
    keys, counts = np.unique(packed(rgba[visible]), return_counts=True)
    style_keys, style_counts = np.unique(packed(style[style_visible]), return_counts=True)
    colors = unpacked(keys)
    way = plan(Cloud.of(colors, counts), Cloud.of(unpacked(style_keys), style_counts))
    for start in range(0, len(colors), AT_ONCE):
        lab = oklab(colors[start : start + AT_ONCE])
        colors[start : start + AT_ONCE] = np.rint(from_oklab(lab + amount * (way.move(lab) - lab)))
    return _repainted(rgba, keys, colors)


def _repainted(rgba: NDArray[np.uint8], keys: NDArray[np.int64], colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Visible pixels in the new colours [N, 3] of sorted keys [N], in parts: 64 bits a pixel are much at once."""
    result = rgba.copy()
    flat = result.reshape(-1, 4)
    for start in range(0, len(flat), AT_ONCE):
        part = flat[start : start + AT_ONCE]
        visible = part[:, 3] > 0
        part[visible, :3] = colors[np.searchsorted(keys, packed(part[visible]))]
    return result


def plan(cloud: Cloud, style: Cloud) -> Plan:
    """How to carry one cloud of colours to another."""
    matrix = _linear_map(cloud.covariance, style.covariance)
    offset = style.mean - cloud.mean @ matrix
    moved = Cloud(cloud.lab @ matrix + offset, cloud.share)
    corner = moved.lab.min(axis=0)
    counts = np.ceil(np.ptp(moved.lab, axis=0) / MESH).astype(np.int64) + 1
    mesh = corner + MESH * np.stack(np.meshgrid(*map(np.arange, counts), indexing="ij"), axis=-1)
    return Plan(matrix, offset, corner, _shifts(mesh.reshape(-1, 3), moved, style).reshape(mesh.shape))


def _shifts(places: Floats, cloud: Cloud, style: Cloud) -> Floats:
    """The second step: how far colours [P, 3] move, [P, 3], when one cloud is carried to the other.

    The map is softer where the style is much wider than the picture even after the first step, as with flat ones.
    """
    wider = np.linalg.eigvalsh(style.covariance)[-1] - np.linalg.eigvalsh(cloud.covariance)[-1]
    softness = SOFTNESS + SOFTER_TIMES * max(0.0, float(wider))
    own, aim = _gathered(cloud), _gathered(style)
    return _carried(places, own, aim, softness) - _carried(places, own, own, softness)


def _gathered(cloud: Cloud) -> Cloud:
    """Neighbouring colours as one: the mean of each cell of a histogram."""
    cube = np.floor(cloud.lab / CELL).astype(np.int64) @ np.array([1 << 40, 1 << 20, 1])  # one number a cell
    _, cells = np.unique(cube, return_inverse=True)
    share = np.bincount(cells, cloud.share).astype(np.float64)
    means = [np.bincount(cells, cloud.share * channel) / share for channel in cloud.lab.T]
    return Cloud(np.stack(means, axis=1), share)


def _root(matrix: Floats) -> Floats:
    """The square root of a symmetric matrix without negative eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def _linear_map(covariance: Floats, aim: Floats) -> Floats:
    """The symmetric T with T C T = aim, C with VARIANCE_FLOOR in all directions; gains are limited.

    A direction in which the picture varies may grow by MOST_GAIN, one with noise only not at all.
    """
    root = _root(covariance + VARIANCE_FLOOR * np.eye(3))
    inverse = np.linalg.inv(root)
    gains, vectors = np.linalg.eigh(inverse @ _root(root @ aim @ root) @ inverse)
    variances = ((covariance @ vectors) * vectors).sum(axis=0)
    most = 1 + (MOST_GAIN - 1) * variances / (variances + VARIANCE_FLOOR)
    return (vectors * np.clip(gains, 0, most)) @ vectors.T


def _kernel(one: Floats, other: Floats, softness: float) -> Floats:
    """exp(-distance² / softness) of each of [N, 3] to each of [M, 3], every row scaled to a largest value of 1."""
    distance = (one**2).sum(axis=1)[:, None] - 2 * one @ other.T + (other**2).sum(axis=1)
    return np.exp((distance.min(axis=1, keepdims=True) - distance) / softness)


def _carried(places: Floats, own: Cloud, aim: Cloud, softness: float) -> Floats:
    """The entropic map from one cloud to another, at any colours [P, 3]: each a mean of the aim's colours."""
    kernel = _kernel(own.lab, aim.lab, softness)
    weights = np.ones(len(aim.share))
    for _ in range(SINKHORN_ROUNDS):
        weights = aim.share / (own.share / (kernel @ weights) @ kernel)
    near = _kernel(places, aim.lab, softness) * weights
    return (near @ aim.lab) / near.sum(axis=1, keepdims=True)


def _between(values: Floats, where: Floats) -> Floats:
    """Values [n, m, k, C] on a mesh, read off at places [N, 3] between its points (trilinear): [N, C]."""
    low = np.clip(np.floor(where), 0, np.maximum(np.array(values.shape[:3]) - 2, 0)).astype(np.intp)
    share = np.clip(where - low, 0, 1)
    result = np.zeros((len(where), values.shape[3]))
    for corner in np.ndindex(2, 2, 2):
        weight = np.where(corner, share, 1 - share).prod(axis=1)
        x, y, z = np.minimum(low + corner, np.array(values.shape[:3]) - 1).T
        result += weight[:, None] * values[x, y, z]
    return result
