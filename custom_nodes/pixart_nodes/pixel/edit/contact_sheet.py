"""Pictures of one size side by side, each under its label, for a person to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import PictureError
from ..palette.swatch_picture import CHECKS
from ..resize.enlarge import LARGEST_SIDE

RGBA = NDArray[np.uint8]
Label = NDArray[np.bool_]

GROUND, INK, CHOICE = (0x20, 0x20, 0x28), (0xE8, 0xE8, 0xE8), (0xFF, 0xEC, 0x27)
GAP = 4  # pixels between pictures and about labels
CHECK = 8  # pixels a side of the squares that stand for transparency


@dataclass(frozen=True)
class Box:
    """Where a picture is on the sheet, in the sheet's pixels, from its upper left corner."""

    x: int
    y: int
    width: int
    height: int


def sheet(
    pictures: Sequence[RGBA], labels: Sequence[Label], columns: int, zoom: int = 1, choice: int | None = None
) -> tuple[NDArray[np.uint8], list[Box]]:
    """The sheet, uint8 [H, W, 3], and where each picture is on it.

    `pictures`: uint8 [h, w, 4], all of one size, in rows of `columns`; each pixel becomes `zoom` x `zoom`. `labels`:
    one a picture, any size, True is ink. Picture number `choice` gets a frame. Raises PictureError where a side of the
    sheet would be longer than LARGEST_SIDE.
    """
    height, width = (side * zoom for side in pictures[0].shape[:2])
    above = max(label.shape[0] for label in labels) + GAP
    across = max(width, *(label.shape[1] for label in labels)) + GAP
    rows, down = -(-len(pictures) // columns), above + height + GAP
    if max(columns * across, rows * down) + GAP > LARGEST_SIDE:
        raise PictureError(
            f"{len(pictures)} pictures of {width} x {height} pixels don't fit on a sheet of {LARGEST_SIDE} a side: "
            "compare fewer, or make them smaller."
        )
    out = np.empty((rows * down + GAP, columns * across + GAP, 3), np.uint8)
    out[:] = GROUND
    boxes = []
    for number, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        row, column = divmod(number, columns)
        box = Box(column * across + GAP, row * down + above + GAP, width, height)
        _write(out, label, box, above, number == choice)
        _show(out, picture, box, zoom, number == choice)
        boxes.append(box)
    return out, boxes


def _write(out: NDArray[np.uint8], label: Label, box: Box, above: int, is_choice: bool) -> None:
    rows, columns = label.shape
    out[box.y - above :][:rows, box.x : box.x + columns][label] = CHOICE if is_choice else INK


def _show(out: NDArray[np.uint8], picture: RGBA, box: Box, zoom: int, is_choice: bool) -> None:
    if is_choice:
        frame = GAP // 2
        out[box.y - frame : box.y + box.height + frame, box.x - frame : box.x + box.width + frame] = CHOICE
    large = picture.repeat(zoom, axis=0).repeat(zoom, axis=1).astype(np.uint32)
    y, x = np.indices(large.shape[:2]) // CHECK
    checks = np.where((x + y) % 2 == 0, *CHECKS)[..., None]
    alpha = large[..., 3:]
    shown = (large[..., :3] * alpha + checks * (255 - alpha) + 127) // 255
    out[box.y : box.y + box.height, box.x : box.x + box.width] = shown
