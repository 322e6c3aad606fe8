"""The pictures of the machines' pages and the README's: one still life, as emulators show it.

    python docs/machine_pictures.py [MACHINE ...]

Each machine's program runs in the first of its emulators in `tests/emulators.py`; the frame must be the preview, pixel
by pixel, else nothing is written. Cores of libretro are found as `tests/libretro.py` says. A machine that has no
emulator has its preview. With names only those machines' are drawn; the sheet is put together of all of them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "custom_nodes")]

from emulators import EMULATORS  # noqa: E402 - the tests' folder is on the path now
from pixart_nodes.pixel.dither.quantization import Quantization  # noqa: E402
from pixart_nodes.pixel.dither.quantize import quantize  # noqa: E402
from pixart_nodes.pixel.files import png  # noqa: E402 - so is the pack's
from pixart_nodes.pixel.machine.conversion import convert  # noqa: E402
from pixart_nodes.pixel.machine.fit import fitted  # noqa: E402
from pixart_nodes.pixel.machine.machine import Machine  # noqa: E402
from pixart_nodes.pixel.machine.table import MACHINES, machine  # noqa: E402
from pixart_nodes.pixel.machine.wishes import Wishes  # noqa: E402
from pixart_nodes.pixel.palette.extract import extract  # noqa: E402
from pixart_nodes.pixel.resize.downscale import downscale  # noqa: E402

PHOTO = ROOT / "custom_nodes" / "pixart_nodes" / "samples" / "pixart_photo.jpg"
FOLDER, SHEET = ROOT / "docs" / "machines", ROOT / "docs" / "gallery" / "machines.png"
SOURCE = "photograph.jpg"
THUMBNAIL = (240, 240)
ACROSS, CELL, MARGIN = 6, (160, 144), 4  # pictures in a row of the sheet, what is seen of each, pixels between
DARK = (16, 16, 24)

Pixels = NDArray[np.uint8]


def photograph() -> Pixels:
    """The sample still life: uint8 [H, W, 4]."""
    with Image.open(PHOTO) as picture:
        return np.asarray(picture.convert("RGBA"))


def shown(one: Machine, photo: Pixels) -> Pixels:
    """What the machine shows of it [H, W, 3], out of an emulator where there is one."""
    picture = convert(fitted(photo, one)[0][None], one, Wishes(quality="best"))[0]
    if one.name not in EMULATORS:
        return picture.pixels[..., :3]
    emulator = EMULATORS[one.name][0]
    if not emulator.is_here:
        raise SystemExit(f"{one.title} needs {emulator.title}, which isn't installed: see tests/libretro.py.")
    with tempfile.TemporaryDirectory() as folder:
        frame = emulator.screen(picture, Path(folder))
    if frame is None:
        raise SystemExit(f"{emulator.title} doesn't show what the preview of {one.title} shows.")
    return frame


def written(path: Path, pixels: Pixels) -> None:
    """A palette PNG where the colours are few enough, as they are on every machine."""
    colors, numbers = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    table = np.column_stack([colors, np.full(len(colors), 255)]).astype(np.uint8)
    path.write_bytes(png.indexed(numbers.reshape(pixels.shape[:2]).astype(np.uint8), table))


def sheet(pictures: list[Pixels]) -> Pixels:
    """The middle of each picture, in rows, pixel for pixel, in at most 256 colours."""
    width, height = CELL
    rows = -(-len(pictures) // ACROSS)
    size = rows * (height + MARGIN) - MARGIN, ACROSS * (width + MARGIN) - MARGIN
    page = np.full((*size, 3), DARK, np.uint8)
    for place, picture in enumerate(pictures):
        top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
        y, x = place // ACROSS * (height + MARGIN), place % ACROSS * (width + MARGIN)
        page[y : y + height, x : x + width] = picture[top : top + height, left : left + width]
    return page


def few(page: Pixels) -> Pixels:
    """The page in 256 colours, the nearest each; so many are in the frames together that no palette PNG holds all."""
    seen = np.dstack([page, np.full(page.shape[:2], 255, np.uint8)])
    return quantize(seen, Quantization(extract(seen[None], 256, "k-means")))[..., :3]


def drawn(name: str) -> Pixels:
    """The picture of the machine's page [H, W, 3]."""
    with Image.open(FOLDER / f"{name}.png") as picture:
        return np.asarray(picture.convert("RGB"))


def main(names: list[str]) -> None:
    """Draw the machines of these names, of all where there are none, and the sheet."""
    photo = photograph()
    frames = {name: shown(machine(name), photo) for name in names or MACHINES}
    small = downscale(photo, *CELL, "box", "crop")[..., :3]
    FOLDER.mkdir(exist_ok=True)
    for name, frame in frames.items():
        written(FOLDER / f"{name}.png", frame.repeat(round(MACHINES[name].aspect), axis=1))
    Image.fromarray(photo).convert("RGB").resize(THUMBNAIL, Image.Resampling.BOX).save(FOLDER / SOURCE, quality=85)
    written(SHEET, few(sheet([small, *map(drawn, EMULATORS)])))


if __name__ == "__main__":
    main(sys.argv[1:])
