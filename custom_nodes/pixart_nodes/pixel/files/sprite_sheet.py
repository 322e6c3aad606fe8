"""Sprite sheets: frames side by side in one picture, cut out again to the byte, and an atlas that says where."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..errors import PictureError
from . import extent
from .timing import Tag

Pixels = NDArray[np.uint8]
LONGEST_SIDE = 16384  # pixels; graphics cards take no longer texture
FORMS = ("hash", "array")


@dataclass(frozen=True)
class Grid:
    """Where the cells of a sheet are: their size, `columns`, the `margin` around all, the `spacing` between."""

    width: int
    height: int
    columns: int
    margin: int = 0
    spacing: int = 0

    def corner(self, number: int) -> tuple[int, int]:
        """The left and upper edge of a cell."""
        row, column = divmod(number, self.columns)
        return self.margin + column * (self.width + self.spacing), self.margin + row * (self.height + self.spacing)

    def size(self, count: int) -> tuple[int, int]:
        """Width and height of a sheet of so many cells."""
        rows = -(-count // self.columns)
        return (
            2 * self.margin + self.columns * (self.width + self.spacing) - self.spacing,
            2 * self.margin + rows * (self.height + self.spacing) - self.spacing,
        )


@dataclass(frozen=True)
class Box:
    """The part of a frame that is in the sheet: its corner in the frame, and the frame's own size."""

    left: int
    top: int
    frame_width: int
    frame_height: int


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sheet uint8 [H, W, 4], its grid, how many cells hold frames, and what was trimmed from each."""

    pixels: Pixels
    grid: Grid
    count: int
    box: Box


def pack(
    frames: Pixels,
    columns: int = 0,
    margin: int = 0,
    spacing: int = 0,
    trim: bool = False,
    power_of_two: bool = False,
    extrude: int = 0,
) -> Sheet:
    """Lay uint8 [B, H, W, 4] out row by row on transparency. Raises PictureError where that is too large.

    `columns` 0: as square as it gets. `trim`: all frames lose the same transparent edges, so that they stay in
    register. `power_of_two`: transparency is added right and below up to the next power of two. `extrude`: each frame's
    outermost pixels are repeated so many times around it, which the grid counts as margin and spacing.
    """
    box, cut_frames = _trimmed(frames) if trim else (Box(0, 0, frames.shape[2], frames.shape[1]), frames)
    count, height, width = cut_frames.shape[:3]
    margin, spacing = margin + extrude, spacing + 2 * extrude
    columns = min(columns, count) if columns > 0 else _squarish(count, width + spacing, height + spacing)
    grid = Grid(width, height, columns, margin, spacing)
    size = tuple(_power(side) for side in grid.size(count)) if power_of_two else grid.size(count)
    if max(size) > LONGEST_SIDE:
        raise PictureError(
            f"The sheet would be {size[0]} x {size[1]} pixels; {LONGEST_SIDE} is the most. "
            "Use other columns or fewer frames."
        )
    pixels = np.zeros((size[1], size[0], 4), np.uint8)
    around = ((extrude, extrude), (extrude, extrude), (0, 0))
    for number, frame in enumerate(cut_frames):
        x, y = (corner - extrude for corner in grid.corner(number))
        pixels[y : y + height + 2 * extrude, x : x + width + 2 * extrude] = np.pad(frame, around, mode="edge")
    return Sheet(pixels, grid, count, box)


def _trimmed(frames: Pixels) -> tuple[Box, Pixels]:
    """What holds every visible pixel of all frames; one pixel where there is none."""
    visible = np.asarray((frames[..., 3] > 0).any(axis=0), bool)
    rows, columns = extent.of(visible) or (slice(0, 1), slice(0, 1))
    return Box(columns.start, rows.start, frames.shape[2], frames.shape[1]), frames[:, rows, columns]


def _squarish(count: int, width: int, height: int) -> int:
    """The number of columns with the shortest long side; of equals the fewest empty cells, then the widest."""

    def badness(columns: int) -> tuple[int, int, int]:
        rows = -(-count // columns)
        return max(columns * width, rows * height), rows * columns - count, -columns

    return min(range(1, count + 1), key=badness)


def _power(side: int) -> int:
    return 1 << (side - 1).bit_length()


def by_size(sheets: Pixels, width: int, height: int, margin: int = 0, spacing: int = 0) -> Grid:
    """The grid of whole cells of a size in uint8 [B, H, W, 4]; what is left right and below is no cell.

    Raises PictureError where not one cell fits.
    """
    room = [side - 2 * margin + spacing for side in sheets.shape[2:0:-1]]
    grid = Grid(width, height, room[0] // (width + spacing), margin, spacing)
    if grid.columns < 1 or room[1] < height + spacing:
        raise PictureError(
            f"No cell of {width} x {height} pixels with a margin of {margin} fits into a sheet of "
            f"{sheets.shape[2]} x {sheets.shape[1]}; make the cells or the margin smaller."
        )
    return grid


def by_count(
    sheets: Pixels, columns: int, rows: int, margin: int = 0, spacing: int = 0, width: int = 0, height: int = 0
) -> Grid:
    """The grid of so many cells that fills uint8 [B, H, W, 4] exactly. Raises PictureError where none does.

    On a side with a size that isn't 0 that one holds, as in `by_size`, and not the count.
    """
    width = width or _cell(sheets.shape[2], columns, margin, spacing, "columns")
    height = height or _cell(sheets.shape[1], rows, margin, spacing, "rows")
    return by_size(sheets, width, height, margin, spacing)


def _cell(side: int, count: int, margin: int, spacing: int, what: str) -> int:
    room = side - 2 * margin - (count - 1) * spacing
    if room < count or room % count:
        raise PictureError(
            f"{side} pixels can't be shared out evenly to {count} {what} with a margin of {margin} and a spacing of "
            f"{spacing}; correct these, or give the size of a cell."
        )
    return room // count


def unpack(sheets: Pixels, grid: Grid, count: int = 0, skip_empty: bool = False) -> Pixels:
    """The cells of uint8 [B, H, W, 4] as frames [N, h, w, 4], row by row. Raises PictureError where none is left.

    `count`: the first so many of each sheet, 0 for all. `skip_empty`: leave out those of which nothing is visible.
    """
    rows = (sheets.shape[1] - 2 * grid.margin + grid.spacing) // (grid.height + grid.spacing)
    corners = [grid.corner(number) for number in range(rows * grid.columns)]
    if count > len(corners):
        raise PictureError(f"The sheet has {len(corners)} cells, fewer than the {count} frames asked for.")
    cells = [sheets[:, y : y + grid.height, x : x + grid.width] for x, y in corners[: count or None]]
    frames = np.stack(cells, axis=1).reshape(-1, grid.height, grid.width, 4)
    if skip_empty:
        frames = frames[(frames[..., 3] > 0).any(axis=(1, 2))]
    if not len(frames):
        raise PictureError("Every cell of the sheet is empty; switch skip_empty off to get them nevertheless.")
    return frames


def require(form: str) -> None:
    """Raise UnknownName unless there is such a form of atlas."""
    errors.require(form, FORMS, what="Form of the atlas")


def atlas(sheet: Sheet, name: str, form: str, durations: Sequence[int], tags: Sequence[Tag] = ()) -> str:
    """JSON as Aseprite exports it ("hash" or "array", which are TexturePacker's forms too). Raises UnknownName.

    `durations` in milliseconds, one a frame. The sheet is called `name`.png, its frames `name` 0, 1, 2 ...; without a
    name the frames are bare numbers, by which Phaser's createFromAseprite finds those of a tag.
    """
    require(form)
    frames = [_entry(sheet, f"{name} {n}".strip(), n, duration) for n, duration in enumerate(durations)]
    named = {frame.pop("filename"): frame for frame in [dict(f) for f in frames]} if form == "hash" else frames
    meta = {
        "app": "Pixart",
        "version": "1.0",
        "image": f"{name or 'sheet'}.png",
        "format": "RGBA8888",
        "size": {"w": sheet.pixels.shape[1], "h": sheet.pixels.shape[0]},
        "scale": "1",
        "frameTags": [{"name": t.name, "from": t.first, "to": t.last, "direction": t.direction} for t in tags],
    }
    return json.dumps({"frames": named, "meta": meta}, indent=1, ensure_ascii=False)


def of_file(atlas: str, image: str, width: int, height: int) -> str:
    """The atlas of a sheet that is in the file `image`. Raises PictureError for what is none, or of another size."""
    try:
        document = json.loads(atlas)
        size = document["meta"]["size"]["w"], document["meta"]["size"]["h"]
        document["meta"]["image"] = image
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise PictureError("The atlas can't be read. Connect the one that Pack Sprite Sheet gives.") from error
    if size != (width, height):
        raise PictureError(
            "The atlas is of a sheet of {} x {} pixels, and this one has {} x {}. Change the frames before they are "
            "packed, not the sheet's size.".format(*size, width, height)
        )
    return json.dumps(document, indent=1, ensure_ascii=False)


def _entry(sheet: Sheet, filename: str, number: int, duration: int) -> dict[str, Any]:
    grid, box = sheet.grid, sheet.box
    x, y = grid.corner(number)
    return {
        "filename": filename,
        "frame": {"x": x, "y": y, "w": grid.width, "h": grid.height},
        "rotated": False,
        "trimmed": (grid.width, grid.height) != (box.frame_width, box.frame_height),
        "spriteSourceSize": {"x": box.left, "y": box.top, "w": grid.width, "h": grid.height},
        "sourceSize": {"w": box.frame_width, "h": box.frame_height},
        "duration": duration,
    }
