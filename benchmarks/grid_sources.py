"""True pixel art to enlarge and find again: drawn by code, and by artists in packages with a free licence.

`TUNED` may be looked at while the detector is written; `HELD_OUT` has other seeds, sizes, motifs and palettes and is
only for the last measurement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pixart_nodes import library
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.quantize import quantize
from pixart_nodes.pixel.resize.downscale import downscale

from tests import golden

RGBA = NDArray[np.uint8]
Draw = Callable[[], RGBA]

EXAMPLE = Path(__file__).parents[1] / "examples" / "tree.png"


def scene(width: int, height: int, palette: str, dither: str = "none") -> RGBA:
    """The goldens' sunset; its corners are transparent."""
    return quantize(
        downscale(golden.sunset(8 * width, 8 * height), width, height, "box"),
        Quantization(library.palette(palette), dither=dither),
    )


def sketch(side: int, palette: str) -> RGBA:
    """The example tree, transparent around."""
    with Image.open(EXAMPLE) as picture:
        return quantize(
            downscale(np.array(picture.convert("RGBA")), side, side), Quantization(library.palette(palette))
        )


def creatures(columns: int, rows: int, side: int, palette: str, seed: int) -> RGBA:
    """Symmetric little monsters with outlines on transparency, one in each square of `side`."""
    rng = np.random.default_rng(seed)
    colors = _opaque(palette)
    sheet = np.zeros((rows * side, columns * side, 4), np.uint8)
    for row, column in np.ndindex(rows, columns):
        place = sheet[row * side : (row + 1) * side, column * side : (column + 1) * side]
        _creature(place, rng, colors)
    return sheet


def _creature(place: RGBA, rng: np.random.Generator, colors: RGBA) -> None:
    inner = place.shape[0] - 2
    half = rng.random((inner, inner // 2)) < np.linspace(0.3, 0.8, inner // 2)
    body = np.pad(np.hstack([half, half[:, ::-1]]), 1)
    body = np.pad(body, ((0, place.shape[0] - body.shape[0]), (0, place.shape[1] - body.shape[1])))
    around = np.zeros_like(body)
    for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
        around |= np.roll(body, step, axis)
    place[around] = colors[0]
    main, light = colors[rng.choice(np.arange(1, len(colors)), 2, replace=False)]
    place[body] = main
    place[body & (rng.random(body.shape) < 0.25)] = light


def text(lines: tuple[str, ...], ink: str, paper: str) -> RGBA:
    """Words in Pillow's bitmap font, without antialiasing."""
    font = ImageFont.load_default_imagefont()
    width = max(int(font.getbbox(line)[2]) for line in lines) + 4
    picture = Image.new("RGBA", (width, 11 * len(lines) + 3), paper)
    draw = ImageDraw.Draw(picture)
    draw.fontmode = "1"
    for row, line in enumerate(lines):
        draw.text((2, 1 + 11 * row), line, fill=ink, font=font)
    return np.array(picture)


def tiles(columns: int, rows: int, side: int, palette: str, seed: int) -> RGBA:
    """A map of brick, grass, water and path tiles."""
    rng = np.random.default_rng(seed)
    colors = _opaque(palette)
    kinds = [make(side, rng, colors[rng.permutation(len(colors))]) for make in (_brick, _grass, _water, _stones)]
    return np.vstack([np.hstack([kinds[k] for k in rng.integers(0, 4, columns)]) for _ in range(rows)])


def _brick(side: int, rng: np.random.Generator, colors: RGBA) -> RGBA:
    y, x = np.mgrid[0:side, 0:side]
    mortar = (y % 4 == 3) | ((x + np.where(y % 8 < 4, 0, 4)) % 8 == 7)
    return np.where(mortar[..., None], colors[0], np.where((y % 4 == 0)[..., None], colors[2], colors[1]))


def _grass(side: int, rng: np.random.Generator, colors: RGBA) -> RGBA:
    return colors[3 + (rng.random((side, side)) < 0.15) + (rng.random((side, side)) < 0.05)]


def _water(side: int, rng: np.random.Generator, colors: RGBA) -> RGBA:
    y, x = np.mgrid[0:side, 0:side]
    wave = (y + np.rint(1.4 * np.sin(x * 2 * np.pi / side)).astype(int)) % (side // 2) == 1
    return np.where(wave[..., None], colors[6 % len(colors)], colors[5 % len(colors)])


def _stones(side: int, rng: np.random.Generator, colors: RGBA) -> RGBA:
    y, x = np.mgrid[0:side, 0:side]
    seeds = rng.integers(0, side, (7, 2))
    far = np.sort([np.hypot(y - a, x - b) for a, b in seeds], axis=0)
    return np.where((far[1] - far[0] < 1.2)[..., None], colors[0], colors[1 + (far[0] < 2)])


def mountains(width: int, height: int, palette: str, seed: int) -> RGBA:
    """Ridges before a sky with a moon and stars."""
    rng = np.random.default_rng(seed)
    colors = _opaque(palette)
    order = np.argsort(colors[:, :3] @ [2, 4, 1])
    picture = np.tile(colors[order[0]], (height, width, 1))
    picture[rng.random((height, width)) < 0.02] = colors[order[-1]]
    y, x = np.mgrid[0:height, 0:width]
    picture[np.hypot(y - height * 0.25, x - width * 0.7) < height * 0.12] = colors[order[-2]]
    for depth in range(1, 5):
        steps = np.cumsum(rng.choice([-1, 0, 0, 1], width))
        ridge = height * (0.3 + 0.15 * depth) + steps - steps.mean()
        picture[y > ridge] = colors[order[depth * (len(order) - 2) // 5 + 1]]
        picture[(y > ridge) & (y < ridge + 1)] = colors[order[-1 - depth]]
    return picture


def ball(side: int, palette: str, dither: str) -> RGBA:
    """A shaded ball on transparency, dithered into the palette."""
    y, x = (np.mgrid[0:side, 0:side] + 0.5) / side * 2 - 1
    inside = np.hypot(x, y) < 0.85
    light = np.clip(0.55 - 0.5 * x - 0.6 * y, 0, 1)
    shaded = np.dstack([60 + 190 * light, 30 + 150 * light**1.5, 80 + 60 * light, np.where(inside, 255, 0)])
    return quantize(shaded.round().astype(np.uint8), Quantization(library.palette(palette), dither=dither))


def maze(columns: int, rows: int, wall: str, floor: str, seed: int) -> RGBA:
    """Walls one pixel wide."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGBA", (2 * columns + 1, 2 * rows + 1), wall)
    pixels = picture.load()
    assert pixels
    ground = Image.new("RGBA", (1, 1), floor).getpixel((0, 0))
    assert isinstance(ground, tuple)
    for x, y in np.ndindex(columns, rows):
        pixels[2 * x + 1, 2 * y + 1] = ground
        if x or y:
            left = x > 0 and (y == 0 or rng.random() < 0.5)
            pixels[2 * x + 1 - left, 2 * y + left] = ground
    return np.array(picture)


def flag(width: int, height: int, palette: str) -> RGBA:
    """Few large flat areas: stripes, a disc, a frame."""
    colors = _opaque(palette)
    picture = np.tile(colors[1], (height, width, 1))
    picture[height // 3 : height * 2 // 3 - 1] = colors[2]
    picture[:, : width // 4 + 1] = colors[3]
    picture[[0, -1]] = picture[:, [0, -1]] = colors[0]
    y, x = np.mgrid[0:height, 0:width]
    picture[np.hypot(y - height * 0.5, x - width * 0.6) < height * 0.27] = colors[-1]
    return picture


def noise(width: int, height: int, palette: str, seed: int) -> RGBA:
    """Every pixel any colour."""
    colors = _opaque(palette)
    return colors[np.random.default_rng(seed).integers(0, len(colors), (height, width))]


def _opaque(name: str) -> RGBA:
    rgb = np.asarray(library.palette(name).colors, np.uint8)
    return np.column_stack([rgb, np.full(len(rgb), 255, np.uint8)])


TUNED: dict[str, Draw] = {
    "sunset 48x32, pico-8, bayer": lambda: scene(48, 32, "pico-8", "bayer-4"),
    "sunset 96x64, endesga-32": lambda: scene(96, 64, "endesga-32"),
    "sunset 128x96, resurrect-64": lambda: scene(128, 96, "resurrect-64"),
    "sunset 64x48, gameboy, diffused": lambda: scene(64, 48, "gameboy", "floyd-steinberg"),
    "sunset 56x40, 1 bit": lambda: scene(56, 40, "1bit-monitor-glow", "bayer-4"),
    "tree 32x32": lambda: sketch(32, "sweetie-16"),
    "tree 64x64": lambda: sketch(64, "db32"),
    "creature 16x16": lambda: creatures(1, 1, 16, "pico-8", 3),
    "creatures 64x48": lambda: creatures(4, 3, 16, "endesga-16", 4),
    "text 58x36": lambda: text(("GAME OVER", "press [A]", "1942 pts"), "#fff1e8", "#1d2b53"),
    "tiles 64x64": lambda: tiles(4, 4, 16, "db16", 5),
    "mountains 112x64": lambda: mountains(112, 64, "sweetie-16", 6),
    "ball 32x32": lambda: ball(32, "db32", "bayer-4"),
    "maze 41x41": lambda: maze(20, 20, "#1a1c2c", "#94b0c2", 7),
    "flag 24x18": lambda: flag(24, 18, "pico-8"),
}
HELD_OUT: dict[str, Draw] = {
    "sunset 60x44, db16, diffused": lambda: scene(60, 44, "db16", "atkinson"),
    "sunset 120x80, c64": lambda: scene(120, 80, "c64", "bayer-8"),
    "sunset 36x24, nes": lambda: scene(36, 24, "nes"),
    "tree 48x48": lambda: sketch(48, "endesga-32"),
    "tree 100x100": lambda: sketch(100, "resurrect-64"),
    "creature 20x20": lambda: creatures(1, 1, 20, "sweetie-16", 103),
    "creatures 72x48": lambda: creatures(3, 2, 24, "pico-8", 104),
    "text 76x25": lambda: text(("Level 7-3 OK", "Lives: x5"), "#306230", "#9bbc0f"),
    "tiles 80x48": lambda: tiles(5, 3, 16, "endesga-16", 105),
    "tiles 96x96": lambda: tiles(12, 12, 8, "sweetie-16", 106),
    "mountains 88x50": lambda: mountains(88, 50, "db32", 107),
    "mountains 40x28": lambda: mountains(40, 28, "pico-8", 108),
    "ball 26x26": lambda: ball(26, "pico-8", "floyd-steinberg"),
    "maze 57x33": lambda: maze(28, 16, "#333333", "#eecc88", 109),
    "flag 31x22": lambda: flag(31, 22, "sweetie-16"),
    "noise 30x30": lambda: noise(30, 30, "gameboy", 110),
}

PYXEL = "pyxel/examples/assets"  # MIT; urban_rpg is by Kenney, CC0
ARCADE = "arcade/resources/assets/images"  # CC0, and Luis Zuno's art, free to use, change and hand on
# name: file below the packages' folder, and the part: left, top, width, height
PACKAGED_TUNED = {
    "pyxel sprites 128x128": (f"{PYXEL}/noguchi_128x128.png", (0, 0, 128, 128)),
    "pyxel sprites 64x64": (f"{PYXEL}/noguchi_128x128.png", (0, 0, 64, 64)),
    "pyxel sprites 64x64, lower": (f"{PYXEL}/noguchi_128x128.png", (64, 64, 64, 64)),
    "pyxel tileset 40x32": (f"{PYXEL}/tileset_24x32.png", (0, 0, 40, 32)),
    "pyxel cat 16x16": (f"{PYXEL}/cat_16x16.png", (0, 0, 16, 16)),
    "urban tiles 64x64": (f"{PYXEL}/urban_rpg.png", (0, 0, 64, 64)),
    "urban people 64x64": (f"{PYXEL}/urban_rpg.png", (368, 0, 64, 64)),
    "cyberpunk street 128x96": (f"{ARCADE}/cybercity_background/back-buildings.png", (0, 60, 128, 96)),
}
PACKAGED_HELD_OUT = {
    "landscape 96x72": (f"{PYXEL}/audio_bgm1.png", (128, 60, 96, 72)),
    "landscape 128x128": (f"{PYXEL}/audio_bgm1.png", (0, 112, 128, 128)),
    "urban cars 64x48": (f"{PYXEL}/urban_rpg.png", (240, 240, 64, 48)),
    "urban trees 48x64": (f"{PYXEL}/urban_rpg.png", (256, 136, 48, 64)),
    "urban doors 80x64": (f"{PYXEL}/urban_rpg.png", (176, 168, 80, 64)),
    "restaurant 100x80": (f"{ARCADE}/cybercity_background/foreground.png", (210, 60, 100, 80)),
    "car 92x68": (f"{ARCADE}/miami_synth_parallax/car/car-idle.png", (0, 0, 92, 68)),
    "palms 112x100": (f"{ARCADE}/miami_synth_parallax/layers/palms.png", (0, 0, 112, 100)),
    "letters 72x64": (f"{ARCADE}/spritesheets/codepage_437.png", (0, 0, 72, 64)),
}


def sources(held_out: bool) -> Iterator[tuple[str, RGBA]]:
    """Name and native pixels of every source: what code draws, and what there is of the packages pyxel and arcade."""
    for name, draw in (HELD_OUT if held_out else TUNED).items():
        yield name, draw()
    for name, (file, (left, top, width, height)) in (PACKAGED_HELD_OUT if held_out else PACKAGED_TUNED).items():
        if found := packaged(file):
            with Image.open(found) as picture:
                yield name, np.array(picture.convert("RGBA").crop((left, top, left + width, top + height)))


def packaged(path: str) -> Path | None:
    """A package's file, without importing the package."""
    package, _, inner = path.partition("/")
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    return Path(folders[0]) / inner if folders else None
