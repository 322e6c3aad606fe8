"""A drawing from a photo of it: the steps of this room in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import board, gutter, illumination, ink, page, rulings, straighten
from .cleaning import Cleaning, require
from .opencv import cv2

TABLE_EDGE = 5  # pixels of the page beside its border where the table may be seen

RGB = NDArray[np.uint8]
RGBA = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Drawing:
    """The drawing uint8 [h, w, 4], 1536 to 2048 pixels long, and what the photo showed."""

    pixels: RGBA
    corners: page.Corners | None  # of the page, in pixels of the photo
    lines: int  # ruled ones that were removed
    dots: int

    def report(self) -> dict[str, Any]:
        """All of it as plain values."""
        height, width = self.pixels.shape[:2]
        corners = None if self.corners is None else [[round(float(x), 1), round(float(y), 1)] for x, y in self.corners]
        inked = float((self.pixels[..., :3].min(axis=2)[self.pixels[..., 3] > 127] < 250).sum()) / (height * width)
        return {
            "page": corners,
            "width": width,
            "height": height,
            "ruled_lines": self.lines,
            "dots": self.dots,
            "ink": round(inked, 4),
        }


def drawn(photo: RGBA, how: Cleaning) -> Drawing:
    """The drawing in a photo uint8 [H, W, 4], whose transparent parts count as white. Raises UnknownName."""
    require(how.ground)
    rgb = _opaque(photo)
    sheet = page.find(rgb)
    view, visible = _view(rgb, sheet, straight=how.straighten)
    if board.is_dark(view, visible):
        view = board.turned(view)
    level, lines, dots = gutter.lightened(illumination.levelled(view, visible)), 0, 0
    if how.unruled:
        level, lines = rulings.removed(level)
    cover, dark = ink.separated(level)
    if how.unruled and not lines:
        cover, dots = rulings.dotted(cover, dark)
    if visible is not None:
        cover[_beside(visible)] = 0
    color = ink.colored(level, cover, how.strength)
    return Drawing(_on_ground(color, cover, how.ground), sheet.corners, lines, dots)


def stacked(drawings: Sequence[Drawing], ground: str) -> RGBA:
    """Drawings as one batch uint8 [N, H, W, 4]: each in the middle of a ground as large as the largest."""
    height, width = (max(each.pixels.shape[axis] for each in drawings) for axis in (0, 1))
    batch = np.full((len(drawings), height, width, 4), 255, np.uint8)
    batch[..., 3] = 0 if ground == "transparent" else 255
    for canvas, each in zip(batch, drawings, strict=True):
        h, w = each.pixels.shape[:2]
        top, left = (height - h) // 2, (width - w) // 2
        canvas[top : top + h, left : left + w] = each.pixels
    return batch


def _opaque(photo: RGBA) -> RGB:
    rgb, alpha = photo[..., :3], photo[..., 3:]
    if alpha.min() < 255:
        part = alpha / np.float32(255)
        return np.rint(rgb * part + 255 * (1 - part)).astype(np.uint8)
    return np.ascontiguousarray(rgb)


def _view(rgb: RGB, sheet: page.Page, *, straight: bool) -> tuple[RGB, NDArray[np.uint8] | None]:
    """The page or the photo at the size that is worked on, and where of it paper was seen (255) or not (0)."""
    if sheet.corners is None:
        return straighten.fitted(rgb), None
    if straight:
        return straighten.straightened(rgb, sheet.corners)
    view = straighten.fitted(rgb)
    scale = np.array(view.shape[1::-1]) / rgb.shape[1::-1]
    visible = np.zeros(view.shape[:2], np.uint8)
    cv2.fillConvexPoly(visible, np.rint(sheet.corners * scale).astype(np.int32), 255)
    return view, visible


def _beside(visible: NDArray[np.uint8]) -> NDArray[np.bool_]:
    window = np.ones((2 * TABLE_EDGE + 1, 2 * TABLE_EDGE + 1), np.uint8)
    return cv2.erode(visible, window, borderType=cv2.BORDER_CONSTANT, borderValue=0) == 0


def _on_ground(color: RGB, cover: NDArray[np.uint8], ground: str) -> RGBA:
    if ground == "transparent":
        return np.dstack([np.where(cover[..., None] > 0, color, 255).astype(np.uint8), cover])
    part = cv2.merge([cover] * 3)
    white = cv2.add(cv2.multiply(color, part, scale=1 / 255), cv2.bitwise_not(part))
    return np.dstack([white, np.full(cover.shape, 255, np.uint8)])
