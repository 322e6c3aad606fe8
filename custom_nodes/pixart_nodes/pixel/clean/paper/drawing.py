"""A drawing from a photo of it: the steps of this room in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import bindings, board, gutter, illumination, ink, page, rulings, straighten
from .cleaning import Cleaning, require
from .opencv import cv2

PHOTO_EDGE = 2  # pixels of the photo, as below
MOST_INK = 0.3  # of a photo, which drawings on paper cover
BLANK = "Nothing drawn was found on the paper: the strokes are too faint, or the photo is too blurred."
EDGELESS = "No edge of a page was seen, so the whole photo was taken for paper."
DOUBTFUL = (
    "No page was found, and much of the photo would be ink, so this may be no drawing on paper: take the photo again "
    "with the whole page in it, on something darker."
)
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
        return {
            "page": corners,
            "width": width,
            "height": height,
            "ruled_lines": self.lines,
            "dots": self.dots,
            "ink": round(self._inked(), 4),
        }

    def remarks(self) -> list[str]:
        """What somebody should know who expected more; nothing where the page was found and has ink on it."""
        if self._inked() == 0:
            return [BLANK]
        if self.corners is None:
            return [DOUBTFUL if self._inked() > MOST_INK else EDGELESS]
        return []

    def _inked(self) -> float:
        height, width = self.pixels.shape[:2]
        return float((self.pixels[..., :3].min(axis=2)[self.pixels[..., 3] > 127] < 250).sum()) / (height * width)


def drawn(photo: RGBA, how: Cleaning) -> Drawing:
    """The drawing in a photo uint8 [H, W, 4], whose transparent parts count as white. Raises UnknownName."""
    require(how.ground)
    rgb = _opaque(photo)
    sheet = page.find(rgb)
    view, visible = _view(rgb, sheet, straight=how.straighten)
    if board.is_dark(view, visible):
        view = board.turned(view)
    even = illumination.levelled(view, visible)
    paper = illumination.color(view, even)
    level, cover, lines, dots = _inked(gutter.lightened(even), paper, unruled=how.unruled)
    if visible is not None:
        cover[_beside(visible, max(view.shape) / max(rgb.shape))] = 0
    cover = bindings.removed(cover)
    color = ink.colored(level, cover, how.strength)
    return Drawing(_on_ground(color, cover, how.ground), sheet.corners, lines, dots)


def _inked(level: RGB, paper: Sequence[float], *, unruled: bool) -> tuple[RGB, NDArray[np.uint8], int, int]:
    """A page in even light without rulings, how much ink covers each pixel, and how many lines and dots went."""
    if not unruled:
        return level, ink.separated(level, paper)[0], 0, 0
    level, lines, where = rulings.removed(level)
    cover, dark = ink.separated(level, paper)
    if lines:
        return level, rulings.cleared(cover, dark, where), lines, 0
    cover, dots = rulings.dotted(cover, dark)
    return level, cover, 0, dots


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


def _beside(visible: NDArray[np.uint8], enlarged: float) -> NDArray[np.bool_]:
    """Where the table may be seen, in a view so many times as large as the photo."""
    edge = max(TABLE_EDGE, round(PHOTO_EDGE * enlarged))
    window = np.ones((2 * edge + 1, 2 * edge + 1), np.uint8)
    return cv2.erode(visible, window, borderType=cv2.BORDER_CONSTANT, borderValue=0) == 0


def _on_ground(color: RGB, cover: NDArray[np.uint8], ground: str) -> RGBA:
    if ground == "transparent":
        return np.dstack([np.where(cover[..., None] > 0, color, 255).astype(np.uint8), cover])
    part = cv2.merge([cover] * 3)
    white = cv2.add(cv2.multiply(color, part, scale=1 / 255), cv2.bitwise_not(part))
    return np.dstack([white, np.full(cover.shape, 255, np.uint8)])
