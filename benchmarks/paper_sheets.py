"""What befalls a sheet of paper: it curls, tears, gets holes, stains and notes; each for a sheet of any size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pixart_nodes.pixel.clean.paper.opencv import cv2

from .paper_drawings import FILLS, Color, Plane, Sheet

Random = np.random.Generator


def with_all(page: Sheet) -> Sheet:
    """The sheet with planes for where it is paper and for what doesn't count."""
    paper = np.ones_like(page.marks) if page.paper is None else page.paper
    return replace(page, paper=paper, aside=np.zeros_like(page.marks) if page.aside is None else page.aside)


def _places(page: Sheet) -> tuple[Plane, Plane]:
    """x and y of each pixel as shares of the width and the height."""
    height, width = page.marks.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) + np.float32(0.5)
    return x / width, y / height


def _smooth(page: Sheet, cells: tuple[int, int], rng: Random) -> Plane:
    coarse = rng.uniform(-1, 1, cells).astype(np.float32)
    return cv2.resize(coarse, page.marks.shape[::-1], interpolation=cv2.INTER_CUBIC)


def _times(page: Sheet, factor: NDArray[np.float32]) -> Sheet:
    return replace(page, color=np.clip(page.color * factor, 0, 1).astype(np.float32))


def _tinted(page: Sheet, cover: Plane, ink: Color) -> Sheet:
    """With a colour laid over it as a glaze: light is multiplied."""
    return _times(page, 1 - cover[..., None] * (1 - np.array(ink, np.float32)))


def _painted(page: Sheet, cover: Plane, ink: Color) -> NDArray[np.float32]:
    return page.color + (np.array(ink, np.float32) - page.color) * cover[..., None]


def _bent(page: Sheet, x: Plane, y: Plane, shade: Plane) -> Sheet:
    """Each place shows what is at (x, y), shares of the sheet; beyond the sheet there is none."""
    page = with_all(page)
    height, width = page.marks.shape
    at = (x * width - 0.5).astype(np.float32), (y * height - 0.5).astype(np.float32)
    moved = [
        cv2.remap(plane, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for plane in (page.color, page.marks, page.lines)
    ]
    edge = 1.5 / height
    paper = np.clip(np.minimum(np.minimum(x, 1 - x), np.minimum(y, 1 - y)) / edge + 0.5, 0, 1).astype(np.float32)
    color = np.clip(moved[0] * shade[..., None], 0, 1).astype(np.float32)
    return replace(page, color=color, marks=moved[1], lines=moved[2], paper=paper)


def curled(page: Sheet, rng: Random) -> Sheet:
    """Rolled up once, so that two sides are bowed and one end is darker."""
    x, y = _places(page)
    bow = rng.uniform(0.02, 0.045) * (1 - (2 * x - 1) ** 2)
    shade = 1 - rng.uniform(0.2, 0.4) * np.clip((y - 0.55) / 0.45, 0, 1) ** 2
    return _bent(page, x, y * 1.05 - bow, shade)


def wavy(page: Sheet, rng: Random) -> Sheet:
    """As paper that was wet."""
    x, y = _places(page)
    turn = 2 * np.pi * (x * rng.uniform(1.2, 2.4) + 0.3 * y) + rng.uniform(0, 6)
    high = rng.uniform(0.008, 0.016)
    return _bent(page, x, (y - 0.5) * 1.04 + 0.5 + high * np.sin(turn), 1 - 0.1 * (1 + np.cos(turn)))


def crumpled(page: Sheet, rng: Random) -> Sheet:
    """Facets with sharp edges, each in a light of its own."""
    x, y = _places(page)
    middle = rng.uniform(0, 1, (45, 2)).astype(np.float32)
    slope = rng.uniform(-1, 1, (45, 3)).astype(np.float32)
    away = [(x - a) ** 2 + (y - b) ** 2 * 2 for a, b in middle]
    near = np.argmin(away, axis=0)
    tilt = 0.10 * slope[near, 2] + 0.8 * (
        slope[near, 0] * (x - middle[near, 0]) + slope[near, 1] * (y - middle[near, 1])
    )
    soft = cv2.GaussianBlur(tilt.astype(np.float32), (0, 0), page.marks.shape[0] / 900)
    return _times(page, (1 + np.clip(soft, -0.22, 0.12))[..., None])


def dog_eared(page: Sheet, rng: Random) -> Sheet:
    """The upper right corner lies on the sheet."""
    page = with_all(page)
    x, y = _places(page)
    height, width = page.marks.shape
    size = rng.uniform(0.1, 0.18)
    right, down = (1 - x) * width / height, y
    gone = right + down < size
    flap = (right < size) & (down < size) & ~gone
    soft = cv2.GaussianBlur(flap.astype(np.float32), (0, 0), height / 150)
    color = page.color * (1 - 0.3 * soft[..., None])
    color[flap] = page.color[-3, 3] * np.float32(0.93)
    marks = np.where(gone | flap, 0, page.marks)
    return replace(page, color=color, marks=marks, paper=np.where(gone, 0, page.paper).astype(np.float32))


def torn(page: Sheet, rng: Random) -> Sheet:
    """Ragged along the left side."""
    page = with_all(page)
    x, y = _places(page)
    rough = sum(rng.uniform(-1, 1) / k * np.sin(2 * np.pi * k * y + rng.uniform(0, 6)) for k in range(1, 60, 2))
    return replace(page, paper=(x > 0.03 + 0.012 * rough).astype(np.float32))


def _holes(page: Sheet, at: list[tuple[float, float]], radius: float) -> Plane:
    """Discs whose middles are shares of width and height, radius of the height: float32 [H, W]."""
    height, width = page.marks.shape
    cover = np.zeros_like(page.marks)
    for x, y in at:
        cv2.circle(cover, (round(x * width), round(y * height)), max(1, round(radius * height)), 1.0, -1, cv2.LINE_AA)
    return np.minimum(cover, 1)


def punched(page: Sheet, rng: Random) -> Sheet:
    """Four holes along the left side, through which the table is seen."""
    page = with_all(page)
    holes = _holes(page, [(0.04, y) for y in (0.12, 0.37, 0.63, 0.88)], 0.0095)
    return replace(page, paper=np.minimum(page.paper, 1 - holes), marks=page.marks * (1 - holes))


def spiral(page: Sheet, rng: Random) -> Sheet:
    """Small holes along the upper side, and a wire from each to the edge."""
    page = with_all(page)
    height, width = page.marks.shape
    at = [(x, 0.022) for x in np.linspace(0.02, 0.98, 34)]
    color = _painted(page, _holes(page, at, 0.005), (0.12, 0.11, 0.11))
    wire = np.zeros_like(page.marks)
    for x, y in at:
        ends = (round(x * width), round(y * height)), (round((x - 0.004) * width), 0)
        cv2.line(wire, *ends, 1.0, max(1, round(0.003 * height)), cv2.LINE_AA)
    color = color + (np.array((0.45, 0.46, 0.48), np.float32) - color) * np.minimum(wire, 1)[..., None]
    aside = page.aside.copy()
    aside[: round(0.035 * height)] = 1
    return replace(page, color=color.astype(np.float32), aside=aside)


def sticky_note(page: Sheet, rng: Random) -> Sheet:
    """A yellow or pink note with a shadow below; it doesn't count, nor what is beneath."""
    page = with_all(page)
    height, width = page.marks.shape
    side = round(0.2 * height)
    left, top = round(rng.uniform(0.1, 0.55) * width), round(rng.uniform(0.1, 0.7) * height)
    note = np.zeros_like(page.marks)
    note[top : top + side, left : left + side] = 1
    shadow = cv2.GaussianBlur(np.roll(note, side // 30, 0), (0, 0), height / 200)
    color = page.color * (1 - 0.35 * shadow[..., None])
    color[note > 0] = ((0.98, 0.93, 0.45), (0.98, 0.6, 0.72), (0.6, 0.9, 0.6))[rng.integers(3)]
    aside = cv2.dilate(note, np.ones((2 * (height // 100) + 1,) * 2, np.uint8))
    return replace(page, color=color.astype(np.float32), aside=aside)


def stained(page: Sheet, rng: Random) -> Sheet:
    """Rings that a cup of coffee left, and a spot."""
    x, y = _places(page)
    height, width = page.marks.shape
    for _ in range(2):
        a, b, radius = rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8), rng.uniform(0.09, 0.13)
        away = np.hypot((x - a) * width / height, y - b) + 0.004 * _smooth(page, (9, 9), rng)
        rim = np.exp(-(((away - radius) / 0.0035) ** 2)) * np.clip(0.6 + 0.5 * _smooth(page, (5, 5), rng), 0.1, 1)
        inner = np.clip((radius - away) / 0.01, 0, 1)
        page = _tinted(page, (0.5 * rim + 0.16 * inner).astype(np.float32), (0.62, 0.42, 0.22))
    return page


def smudged(page: Sheet, rng: Random) -> Sheet:
    """Grey where a finger or an eraser went over graphite, and what is left of strokes that were rubbed out."""
    x, y = _places(page)
    height, width = page.marks.shape
    grain = 1 + 0.1 * _smooth(page, (220, 160), rng)
    for _ in range(4):
        a, b, turn = rng.uniform(0.15, 0.85), rng.uniform(0.15, 0.85), rng.uniform(0, np.pi)
        u, v = (x - a) * width / height, y - b
        along, across = u * np.cos(turn) + v * np.sin(turn), v * np.cos(turn) - u * np.sin(turn)
        blob = np.exp(-((along / 0.1) ** 4) - (across / 0.035) ** 2)
        page = _times(page, (1 - rng.uniform(0.06, 0.13) * blob * grain)[..., None])
    return page


def shown_through(page: Sheet, rng: Random) -> Sheet:
    """What is drawn on the back is seen through the paper, turned and soft."""
    height = page.marks.shape[0]
    back = np.roll(page.marks[:, ::-1], round(height * rng.uniform(0.1, 0.4)), 0)
    soft = cv2.GaussianBlur(np.ascontiguousarray(back), (0, 0), height / 700)
    return _times(page, (1 - rng.uniform(0.07, 0.11) * soft)[..., None])


def drawn_along(page: Sheet, rng: Random) -> Sheet:
    """Straight lines drawn on three of the sheet's own lines."""
    height, width = page.marks.shape
    step = 8 / 297
    stroke = np.zeros_like(page.marks)
    for _ in range(3):
        y = (step * (int(rng.integers(6, 30)) + 0.2) * height) + 0.5
        ends = round(rng.uniform(0.1, 0.3) * width), round(rng.uniform(0.6, 0.9) * width)
        cv2.line(stroke, (ends[0], round(y)), (ends[1], round(y)), 1.0, max(2, round(0.004 * height)), cv2.LINE_AA)
    stroke = np.minimum(stroke, 1)
    color = _painted(page, stroke, (0.12, 0.12, 0.14)).astype(np.float32)
    return replace(page, color=color, marks=np.maximum(page.marks, stroke), lines=np.maximum(page.lines, stroke))


def washed(page: Sheet, rng: Random) -> Sheet:
    """Watercolour: pale areas whose rim is darker and whose middle varies."""
    x, y = _places(page)
    height, width = page.marks.shape
    color, marks = page.color, page.marks
    for _ in range(4):
        a, b, radius = rng.uniform(0.15, 0.85), rng.uniform(0.15, 0.85), rng.uniform(0.07, 0.14)
        away = np.hypot((x - a) * width / height, y - b) + 0.014 * _smooth(page, (12, 9), rng)
        cover = np.clip((radius - away) * height / 2, 0, 1)
        rim = np.exp(-(((away - radius + 0.003) / 0.003) ** 2))
        depth = cover * np.clip(0.55 + 0.2 * _smooth(page, (7, 5), rng) + 0.25 * rim, 0.25, 1)
        paint = np.array(FILLS[rng.integers(len(FILLS))], np.float32)
        color = color * (1 - depth[..., None] * (1 - paint))
        marks = np.maximum(marks, cover)
    return replace(page, color=color.astype(np.float32), marks=marks.astype(np.float32))
