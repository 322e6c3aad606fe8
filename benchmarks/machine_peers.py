"""What others make of a picture for a machine: uint8 [H, W, 3] in, the same out, in colours that the machine has.

tilequant and c64img are on PyPI. Of what is on GitHub only, PIXART_PEERS names a folder with checkouts; it is measured,
never shipped: rilden/tiledpalettequant as it is, sehugg/dithertron with a bundle.cjs that esbuild made of
`export { Dithertron } from "./src/dither/dithertron"`, `SYSTEM_LOOKUP` of "./src/settings/systems" and `FLOYD` of
"./src/dither/kernels". Both need node. They are slow: what they made stays in the folder's `made`, and what ours made
too, so that a run that was broken off goes on where it was.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.machine.machine import TILE, Machine

from . import machine_pictures, peers
from .pictures import rgba

RGB = NDArray[np.uint8]
Make = Callable[[RGB, Machine], RGB]
HERE = Path(__file__).parent
SOURCES = Path(os.environ.get("PIXART_PEERS") or "no-such-folder")
SEED = 41
# The systems of dithertron that have our machine's cells; it gets our size and our colours.
DITHERTRON = {
    "c64": ("c64.multi",),
    "c64-hires": ("c64.hires",),
    "msx1": ("msx",),
    "zx": ("zx", "zx.dark", "zx.bright"),
    "nes": ("nes5f",),
    "gb": ("gb",),
    "gbstudio": ("gb",),
    "mastersystem": ("sms",),
    "gamegear": ("sms-gg",),
    "pce": ("pce.256x240",),
    "megadrive": ("genesis",),
    "pico8": ("pico8",),
    "tic80": ("tic80",),
}
BITS = {"mastersystem": 2, "gamegear": 4, "megadrive": 3, "pce": 3, "nes": 8}  # of the others 5
NO_DITHER, FAST_DITHER, SLOW_DITHER = 0, 1, 2
DIAGONAL, UNIQUE, SHARED = 0, 0, 1
# Up to so many colours of all palettes its slow dither, and its fast one, end within a few minutes on one picture.
SLOW_COLORS, FAST_COLORS = 32, 128
FEW_PICTURES = ("astronaut", "coffee", "painting")  # for what takes many minutes on one picture


class NotForIt(Exception):
    """The peer doesn't know the machine."""


def tiledpalettequant(picture: RGB, machine: Machine, dither: int) -> RGB:
    """rilden's, its options as its page has them; black is the shared colour.

    It knows no fixed gamut: on the NES each of its colours becomes the nearest that there is.
    """
    if dither not in _dithers(machine):
        raise NotForIt
    options = {
        "width": picture.shape[1],
        "height": picture.shape[0],
        "seed": SEED,
        "tileWidth": machine.cell[0],
        "tileHeight": machine.cell[1],
        "numPalettes": machine.palettes,
        "colorsPerPalette": machine.colors,
        "bitsPerChannel": BITS.get(machine.name, 5),
        "fractionOfPixels": 0.1,
        "colorZeroBehaviour": SHARED if machine.shared else UNIQUE,
        "colorZeroValue": [0, 0, 0],
        "dither": dither,
        "ditherWeight": 0.5,
        "ditherPattern": DIAGONAL,
    }
    made = _node("tiledpalettequant.cjs", SOURCES / "tiledpalettequant" / "worker.js", [json.dumps(options)], picture)
    return in_gamut(made, machine)


def _dithers(machine: Machine) -> tuple[int, ...]:
    count = machine.palettes * machine.colors
    if machine.palettes < 2:
        return ()
    if count > SLOW_COLORS:
        return (FAST_DITHER,) if count <= FAST_COLORS else (NO_DITHER,)
    return SLOW_DITHER if machine.colors <= 4 else FAST_DITHER, NO_DITHER


def dithertron(picture: RGB, machine: Machine, system: int = 0) -> RGB:
    """sehugg's, its sliders as its page has them."""
    systems = DITHERTRON.get(machine.name, ())
    if system >= len(systems):
        raise NotForIt
    red, green, blue = machine.gamut.colors.astype(np.int64).T
    palette = (red | green << 8 | blue << 16).tolist()
    if machine.name == "zx":
        palette = [*palette[:8], 0, *palette[8:]]
    settings = json.dumps({"width": picture.shape[1], "height": picture.shape[0], "pal": palette})
    bundle = SOURCES / "dithertron" / "bundle.cjs"
    return in_gamut(_node("dithertron.cjs", bundle, [systems[system], settings], picture), machine)


def tilequant(picture: RGB, machine: Machine, dither: str = "FLOYDSTEINBERG") -> RGB:
    """Aikku93's, by its Python package, which has 15-bit colours only and keeps a colour of each palette for glass."""
    if machine.palettes < 2 or machine.gamut.bits != 5:
        raise NotForIt
    from tilequant import DitheringMode, Tilequant

    made = Tilequant(Image.fromarray(picture), None, *machine.cell).convert(
        machine.palettes, machine.colors, DitheringMode[dither], 0.5
    )
    return in_gamut(np.asarray(made.convert("RGB")), machine)


def c64img(picture: RGB, machine: Machine) -> RGB:
    """Its repair of clashing colours, of sixteen that Pillow chose."""
    if machine.name not in ("c64", "c64-hires"):
        raise NotForIt
    from c64img import hires, multi

    logging.disable(logging.CRITICAL)
    wide = np.repeat(picture, 2 if machine.name == "c64" else 1, axis=1)
    near = machine.gamut.colors[machine.gamut.nearest(spaces.oklab(wide.reshape(-1, 3)))].reshape(wide.shape)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        file = Path(folder) / "picture.png"
        Image.fromarray(near).save(file)
        made = (multi.MultiConverter if machine.name == "c64" else hires.HiresConverter)(str(file), "fix")
        if not made.convert():
            raise OSError("it could not convert the picture")
        return _c64_pixels(made, machine)


def _c64_pixels(made: object, machine: Machine) -> RGB:
    """What its cells hold, in the colours that they number."""
    picture = np.zeros((machine.size[1], machine.size[0], 3), np.uint8)
    across, down = machine.cell
    for row in range(25):
        for column in range(40):
            for (y, x), color in made.chars[row * down, column * across].pixels.items():  # type: ignore[attr-defined]
                picture[row * down + y, column * across + x] = machine.gamut.colors[color]
    return picture


def imagemagick(picture: RGB, machine: Machine) -> RGB:
    """Its quantize with Floyd-Steinberg to as many colours as one palette has: no cells are kept."""
    from wand.image import Image as WandImage

    if machine.gamut.fixed and not machine.has_choice:
        return peers.imagemagick(picture, machine.gamut.colors)
    with WandImage.from_array(picture) as image:
        image.quantize(machine.colors, dither=True)
        return in_gamut(np.array(image)[..., :3], machine)


def in_gamut(picture: RGB, machine: Machine) -> RGB:
    """Each pixel in the nearest colour that the machine has."""
    gamut = machine.gamut
    if gamut.bits:
        steps = (1 << gamut.bits) - 1
        levels = gamut.rounded(picture)
        return gamut.colors[(levels[..., 0] * (steps + 1) + levels[..., 1]) * (steps + 1) + levels[..., 2]]
    colors, back = np.unique(picture.reshape(-1, 3), axis=0, return_inverse=True)
    return gamut.colors[gamut.nearest(spaces.oklab(colors))][back].reshape(picture.shape)


def _node(script: str, source: Path, arguments: list[str], picture: RGB) -> RGB:
    """What a script of ours made with a peer's source; FileNotFoundError where that isn't there."""
    if not source.exists():
        raise FileNotFoundError(f"{source.parent.name} is not in the folder that PIXART_PEERS names")

    def make() -> RGB:
        command = ["node", str(HERE / script), str(source), *arguments]
        done = subprocess.run(command, input=rgba(picture).tobytes(), capture_output=True, check=True)
        return np.frombuffer(done.stdout, np.uint8).reshape(*picture.shape[:2], 4)[..., :3]

    made, seconds = kept([script, *arguments], picture, make)
    SECONDS.append(seconds)
    return made


def kept(
    key: list[str], picture: RGB, make: Callable[[], RGB], clock: Callable[[], float] = time.perf_counter
) -> tuple[RGB, float]:
    """What was made of a picture, and its seconds; it stays where there is a folder for it, and is made only once."""
    name = sha256(b"\0".join([*(each.encode() for each in key), picture.tobytes()])).hexdigest()[:32]
    file = SOURCES / "made" / f"{name}.npz"
    if not file.exists():
        began = clock()
        made, seconds = make(), clock() - began
        if not SOURCES.exists():
            return made, seconds
        file.parent.mkdir(exist_ok=True)
        np.savez_compressed(file, made=made, seconds=seconds)
    with np.load(file) as loaded:
        return loaded["made"], float(loaded["seconds"])


SECONDS: list[float] = []  # that node took for what was made last


def seconds(make: Make, picture: RGB, machine: Machine) -> tuple[RGB, float]:
    """What was made, and how long that took when it was made first."""
    SECONDS.clear()
    began = time.perf_counter()
    made = make(picture, machine)
    return made, SECONDS[-1] if SECONDS else time.perf_counter() - began


def given(name: str, machine: Machine) -> list[tuple[str, RGB]]:
    """The pictures that a peer gets, by their names: a few of them where it takes many minutes for each."""
    every = machine_pictures.shown(machine)
    slow = name == "tiledpalettequant" and SLOW_DITHER in _dithers(machine) and machine.cell[0] > TILE
    return [(title, picture) for title, picture in every.items() if not slow or title in FEW_PICTURES]


def forms() -> Iterator[tuple[str, Make]]:
    """All peers, in all forms of theirs; of one peer's forms the best counts."""
    for dither in (SLOW_DITHER, FAST_DITHER, NO_DITHER):
        yield "tiledpalettequant", lambda picture, machine, dither=dither: tiledpalettequant(picture, machine, dither)
    for number in range(3):
        yield "dithertron", lambda picture, machine, number=number: dithertron(picture, machine, number)
    for dither in ("FLOYDSTEINBERG", "ORDERED", "NONE"):
        yield "tilequant", lambda picture, machine, dither=dither: tilequant(picture, machine, dither)
    yield "c64img", c64img
    yield "ImageMagick", imagemagick
