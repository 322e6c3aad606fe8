"""What is between a sheet and its photo: lamps, shadows, gloss, hands, pens and the camera's own pattern."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pixart_nodes.pixel.clean.paper.opencv import cv2

from .paper_drawings import Plane

Random = np.random.Generator
Colors = NDArray[np.float32]  # [H, W, 3]


def _places(light: NDArray[np.float32]) -> tuple[Plane, Plane]:
    """x and y of each pixel as shares of the long side, from the middle."""
    height, width = light.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return (x - width / 2) / max(light.shape), (y - height / 2) / max(light.shape)


def deep_shadow(light: Plane, rng: Random) -> NDArray[np.float32]:
    """A shadow that leaves a fifth of the light, with an edge neither hard nor soft."""
    x, y = _places(light)
    turn, away = rng.uniform(0, 2 * np.pi), rng.uniform(-0.1, 0.1)
    far = x * np.cos(turn) + y * np.sin(turn) - away + 0.03 * np.sin(9 * (x - y) + turn)
    return (light * (1 - 0.8 / (1 + np.exp(-far / rng.uniform(0.004, 0.012))))).astype(np.float32)


def two_lamps(light: Plane, rng: Random) -> NDArray[np.float32]:
    """A warm lamp from one side and a window's cold light from the other."""
    x, y = _places(light)
    turn = rng.uniform(0, 2 * np.pi)
    share = 1 / (1 + np.exp(-(x * np.cos(turn) + y * np.sin(turn)) / 0.15))
    warm, cold = np.array((1.0, 0.72, 0.42), np.float32), np.array((0.55, 0.75, 1.0), np.float32)
    return (light[..., None] * (share[..., None] * warm + (1 - share[..., None]) * cold) * 1.1).astype(np.float32)


def flash(light: Plane, rng: Random) -> NDArray[np.float32]:
    """A flash near the middle, too bright there, and little of it at the corners."""
    x, y = _places(light)
    away = np.hypot(x - rng.uniform(-0.15, 0.15), y - rng.uniform(-0.15, 0.15))
    return (0.22 + 1.05 * np.exp(-((away / 0.28) ** 2))).astype(np.float32)


def _before(colors: Colors, cover: Plane, color: Colors, shadow: float) -> Plane:
    """Lay something before the sheet, with its shadow beside it."""
    soft = cv2.GaussianBlur(np.roll(cover, (round(0.012 * cover.shape[0]),) * 2, (0, 1)), (0, 0), shadow)
    colors *= 1 - 0.5 * soft[..., None]
    colors += (color - colors) * cover[..., None]
    return cover


def pen(colors: Colors, corners: NDArray[np.float64], rng: Random) -> Plane:
    """A pen that lies on the sheet."""
    high = float(np.linalg.norm(corners[3] - corners[0]))
    middle = corners.mean(axis=0) + rng.uniform(-0.12, 0.12, 2) * high
    turn = rng.uniform(0, np.pi)
    half = 0.24 * high * np.array([np.cos(turn), np.sin(turn)])
    cover = np.zeros(colors.shape[:2], np.float32)
    ends = [tuple(np.rint(middle + side * half).astype(int).tolist()) for side in (-1, 1)]
    cv2.line(cover, *ends, 1.0, round(0.03 * high), cv2.LINE_AA)
    ink = np.array([(0.02, 0.05, 0.25), (0.3, 0.02, 0.02), (0.02, 0.02, 0.02)][rng.integers(3)], np.float32)
    return _before(colors, cover, np.broadcast_to(ink, colors.shape), 0.008 * high)


def hand(colors: Colors, corners: NDArray[np.float64], rng: Random) -> Plane:
    """Fingers that hold the sheet at its lower left."""
    height = colors.shape[0]
    high = float(np.linalg.norm(corners[3] - corners[0]))
    start = np.array([0.0, height]) + np.array([0.0, -0.1]) * high
    cover = np.zeros(colors.shape[:2], np.float32)
    aim = corners[3] + (corners.mean(axis=0) - corners[3]) * 0.3
    for k in range(4):
        tip = aim + np.array([0.02 * k, 0.055 * k - 0.08]) * high
        ends = [tuple(np.rint(at).astype(int).tolist()) for at in (start + np.array([0.0, 0.05 * k * high]), tip)]
        cv2.line(cover, *ends, 1.0, round(0.05 * high), cv2.LINE_AA)
    shade = 0.8 + 0.2 * cv2.GaussianBlur(cover, (0, 0), 0.01 * high)
    skin = np.array([(0.62, 0.36, 0.26), (0.3, 0.15, 0.1), (0.75, 0.48, 0.38)][rng.integers(3)], np.float32)
    return _before(colors, cover, skin * shade[..., None], 0.012 * high)


def gloss(colors: Colors, corners: NDArray[np.float64], rng: Random) -> Plane:
    """Lamps that a whiteboard mirrors; where nothing is seen of what is drawn it doesn't count."""
    x, y = _places(colors)
    added = np.zeros(x.shape, np.float32)
    for _ in range(2):
        a, b = rng.uniform(-0.3, 0.3, 2)
        added += rng.uniform(0.5, 1.2) * np.exp(-(((x - a) / 0.09) ** 2) - ((y - b) / 0.035) ** 2)
    colors += added[..., None]
    return (added > 0.35).astype(np.float32)


def moire(values: Colors, rng: Random) -> Colors:
    """A screen's raster seen through a camera's: stripes of changing hue, and a fine grid."""
    x, y = _places(values)
    result = values.copy()
    turn, long = rng.uniform(0, np.pi), rng.uniform(0.012, 0.03)
    for k in range(3):
        phase = (x * np.cos(turn) + y * np.sin(turn) + 0.02 * np.sin(9 * x + 7 * y)) / long
        result[..., k] *= 1 + 0.045 * np.sin(2 * np.pi * phase + 2.1 * k)
    result *= (1 + 0.03 * np.sin(np.arange(x.shape[1]) * 2.4))[None, :, None]
    return result.astype(np.float32)
