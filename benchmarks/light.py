"""How well dithers keep the light of flat colours: linear luminance, over all metrics, palettes and seeded colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pixart_nodes import library
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.dither import no_dither
from pixart_nodes.pixel.dither.positional import RECIPES
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.table import DITHERS
from pixart_nodes.pixel.dither.threshold_matrix import PATTERNS
from pixart_nodes.pixel.palette.color_text import parse_colors
from pixart_nodes.pixel.palette.palette import Palette

from . import report

RGB = NDArray[np.uint8]
Floats = NDArray[np.float64]
SEED, COLORS = 37, 200
MANY_LEVELS = 16  # from so many on a pattern is held to EACH, below to the nearest that its levels can bring
MEAN, EACH = 0.01, 0.04  # of linear luminance 0..1: the goals
ENOUGH = 20  # colours within a palette's range, for a mean of them to say something
DIFFUSED_SIDE, SETTLED = 48, 16  # pixels of a flat picture, and rows after which a dither that hands on is at rest
DIFFUSED_COLORS = 40
CASES = (
    ("(0, 255, 0) on black and white, bayer-8", (0, 255, 0), "#000000 #ffffff", "bayer-8"),
    ("(100, 170, 255) on virtual-boy, floyd-steinberg", (100, 170, 255), "virtual-boy", "floyd-steinberg"),
    ("(235, 100, 60) on gameboy-bgb, checkerboard", (235, 100, 60), "gameboy-bgb", "checkerboard"),
)


@dataclass(frozen=True)
class Row:
    """What one dither made of the colours that a palette's range of luminance holds, in one metric."""

    palette: str
    metric: str
    errors: Floats  # shown less wished
    nearest: Floats  # the least error that a pair at the pattern's shares could have


def luminance(rgb: RGB) -> Floats:
    """Linear luminance 0..1 of sRGB values [..., 3], by Rec. 709."""
    return spaces.linear(rgb) @ np.array(spaces.LUMINANCE)


def wishes(count: int = COLORS, seed: int = SEED) -> RGB:
    """Colours [count, 3] from all over sRGB, the same each time."""
    return np.random.default_rng(seed).integers(0, 256, (count, 3), dtype=np.uint8)


def held(colors: RGB, palette: RGB) -> RGB:
    """Those of [M, 3] that are no darker than the palette's darkest and no lighter than its lightest colour."""
    tones, light = luminance(palette), luminance(colors)
    return colors[(light >= tones.min()) & (light <= tones.max())]


def levels(dither: str) -> int:
    """How many steps between two colours a dither's pattern has; 0 where it has none."""
    if dither in RECIPES:
        return RECIPES[dither].side ** 2
    return int(PATTERNS[dither]().max()) + 1 if dither in PATTERNS else 0


def shown(colors: RGB, palette: Palette, metric: str, dither: str) -> Floats:
    """The mean luminance that a flat area of each colour [M, 3] has, dithered: [M]."""
    settings = Quantization(palette, metric, dither)
    if DITHERS[dither].sequential:
        return np.array([_diffused(color, settings) for color in colors])
    side = int(RECIPES[dither].side if dither in RECIPES else max(PATTERNS[dither]().shape))
    tiles = np.broadcast_to(np.repeat(colors, side, axis=0), (side, side * len(colors), 3))
    light = luminance(palette.paints)[_indices(tiles, settings)]
    return light.reshape(side, len(colors), side).mean(axis=(0, 2))


def _diffused(color: RGB, settings: Quantization) -> float:
    area = np.broadcast_to(color, (DIFFUSED_SIDE, DIFFUSED_SIDE, 3))
    found = _indices(area, settings)[SETTLED:, SETTLED // 2 : -SETTLED // 2]
    return float(luminance(settings.palette.paints)[found].mean())


def _indices(rgb: RGB, settings: Quantization) -> NDArray[np.int16]:
    rgba = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    opaque = np.ones(rgb.shape[:2], bool)
    return DITHERS[settings.dither].run(rgba, opaque, settings.palette.paints, settings)


def least(light: Floats, palette: RGB, steps: int) -> Floats:
    """The least error of luminance that any two palette colours have at shares of 1 / steps, for each of [M]."""
    tones, shares = luminance(palette), np.arange(steps + 1) / steps
    reach = np.unique(tones[:, None, None] * shares + tones[:, None] * (1 - shares))
    after = np.clip(np.searchsorted(reach, light), 1, max(1, len(reach) - 1))
    return np.minimum(np.abs(reach[after - 1] - light), np.abs(reach[np.minimum(after, len(reach) - 1)] - light))


def rows(dither: str, palettes: Mapping[str, Palette], colors: RGB) -> Iterator[Row]:
    """What a dither makes of the colours, palette by palette and metric by metric."""
    steps = levels(dither)
    for name, palette in palettes.items():
        wanted = held(colors, palette.paints)
        if not len(wanted):
            continue
        light = luminance(wanted)
        nearest = least(light, palette.paints, steps) if steps else np.zeros_like(light)
        for metric in spaces.METRICS:
            yield Row(name, metric, shown(wanted, palette, metric, dither) - light, nearest)


def line(dither: str, found: Sequence[Row]) -> list[str]:
    """The figures of a dither: over all, of the worst palette, of the worst colour, and how many miss the goal."""
    steps = levels(dither)
    means = [(abs(float(row.errors.mean())), row.palette, row.metric) for row in found if len(row.errors) >= ENOUGH]
    worst, *where = max(means)
    errors, nearest = (np.concatenate(part) for part in zip(*((row.errors, row.nearest) for row in found), strict=True))
    allowed = np.maximum(EACH, nearest) if 0 < steps < MANY_LEVELS else EACH
    return [
        dither,
        f"{steps or ''}",
        f"{errors.mean():+.4f}",
        f"{worst:.3f} ({', '.join(where)})",
        f"{sum(mean > MEAN for mean, *_ in means)} of {len(means)}",
        f"{np.abs(errors).max():.3f}",
        f"{np.mean(np.abs(errors) > allowed + 1e-6):.2%}",
    ]


HEADS = (
    *("dither", "levels", "mean error", "greatest mean of a palette", f"means over {MEAN}"),
    *("greatest error of a colour", f"colours over {EACH}"),
)
EXPLAINED = (
    f"Linear luminance (0 to 1) of flat areas less that of their colour: {COLORS} colours from all over sRGB, of which "
    "a palette is asked for those within its range of luminance; all palettes, all metrics. Error diffusion and "
    f"Riemersma do {DIFFUSED_COLORS} colours. A pattern of fewer than {MANY_LEVELS} levels may miss by as much as the "
    "nearest of all its mixes of two colours."
)


def table(sequential: bool) -> str:
    """The figures of all dithers of one kind."""
    palettes, colors = library.palettes(), wishes(DIFFUSED_COLORS if sequential else COLORS)
    lines: list[list[str]] = []
    for dither in DITHERS:
        if dither == no_dither.NAME or DITHERS[dither].sequential != sequential:
            continue
        lines.append(line(dither, [*rows(dither, palettes, colors)]))
        print(f"  {' '.join(lines[-1])}", flush=True)
    return report.table(HEADS, lines)


def cases() -> str:
    """What single colours become, as people have met them."""
    lines = []
    for title, color, name, dither in CASES:
        palette = parse_colors(name) if name.startswith("#") else library.palette(name)
        wish = np.array([color], np.uint8)
        made = shown(wish, palette, Quantization.metric, dither)[0]
        tones = luminance(palette.paints)
        lines.append([title, f"{luminance(wish)[0]:.3f}", f"{tones.min():.3f} to {tones.max():.3f}", f"{made:.3f}"])
    return report.table(["case", "luminance", "the palette's", "shown"], lines)


def run() -> None:
    """Measure everything and write `results/light.md`."""
    parts = f"{EXPLAINED}\n\n{table(sequential=False)}", table(sequential=True), f"## Cases\n\n{cases()}"
    report.write("light", "How well dithers keep the light", parts, packages=("numpy", "numba"))
