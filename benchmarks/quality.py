"""Picture quality beside the peers: dithers by what the eye sees of them, extracted palettes by their OKLab error.

That is the mean of all pixels, and the worst of all small patches.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.quantize import quantize
from pixart_nodes.pixel.dither.table import DITHERS
from pixart_nodes.pixel.palette import extract, nearest
from pixart_nodes.pixel.palette.palette import Palette

from . import accents, eye, peers, report
from .pictures import NAMES, palette, photo, rgba

RGB = NDArray[np.uint8]
Make = Callable[[RGB, RGB], RGB]
COUNTS = (2, 4, 16, 32, 64, 256)
PALETTE_COUNTS = (8, 16, 32, 64, 128, 256)
WITHIN = 1.02  # of the best counts as best
WHY_DIFFUSING = (
    "Why some of ours are not: kernels that reach far (Jarvis-Judice-Ninke, Stucki, Sierra, Stevenson-Arce) trade "
    "detail, which this figure counts, for a smoother grain, which it doesn't; Atkinson's drops a quarter of the error "
    "on purpose. Full strength in linear light keeps every tone, as the second figure shows; where that is not what "
    "counts, `strength` 0.8 or sRGB values make less grain in the fewest and the most colours."
)
WHY_ORDERED = (
    "Why some of ours are not: clustered dots and lines are there to be seen, and blue noise to have no pattern: all "
    "have coarser dots than Bayer's. Pairs of colours, which all but knoll and yliluoma mix, can't show every tone of "
    "16 to 64 colours; knoll-8 and yliluoma mix up to 64, farther apart than 256 need. `none` is no dither."
)
WHY_PALETTES = (
    "Median cut and octree are there for what they are known for; k-means is the best in every column. `salient` gives "
    "up some of its mean so that small patches keep their colours, see below."
)
PATCH = 4  # pixels that touch by their sides
PATCH_COUNTS = (8, 16, 32)
PATCH_SIDE = 192  # of the photographs


def ours(dither: str, **options: object) -> Make:
    """One of our dithers, in raster order unless told."""

    def make(picture: RGB, colors: RGB) -> RGB:
        given = {"serpentine": False, **options}
        return quantize(rgba(picture), Quantization(Palette.of(colors), "oklab", dither, **given))[..., :3]  # type: ignore[arg-type]

    return make


def indexed(make: Callable[[RGB, RGB], NDArray[np.generic]]) -> Make:
    """A peer that gives indices."""
    return lambda picture, colors: colors[make(picture, colors)]


def ffmpeg(method: str) -> Make:
    """ffmpeg's paletteuse."""
    return lambda picture, colors: peers.Ffmpeg(picture.shape[1], picture.shape[0], colors, method)(picture)


DIFFUSING: dict[str, Make] = {
    "Pillow": lambda picture, colors: peers.pillow(picture, colors, Image.Dither.FLOYDSTEINBERG),
    "dithering": peers.dithering,
    "dithering, linear": lambda picture, colors: peers.dithering(picture, colors, linear=True),
    "epaper-dithering": indexed(peers.epaper),
    "ffmpeg floyd_steinberg": ffmpeg("floyd_steinberg"),
    "ffmpeg sierra2_4a": ffmpeg("sierra2_4a"),
    "libimagequant": peers.libimagequant_dither,
    "ImageMagick Floyd-Steinberg": peers.imagemagick,
    "ImageMagick Riemersma": lambda picture, colors: peers.imagemagick(picture, colors, "riemersma"),
}
ORDERED: dict[str, Make] = {
    "dithering bayer8x8": lambda picture, colors: peers.dithering(picture, colors, "bayer8x8"),
    "ffmpeg bayer": ffmpeg("bayer"),
    "epaper-dithering ordered": indexed(lambda picture, colors: peers.epaper(picture, colors, "ordered")),
}


def dithers() -> Iterator[str]:
    """Mean S-CIELAB and HVS-PSNR over the pictures, for each number of colours."""
    own = {name: ours(name) for name in DITHERS}
    own["floyd-steinberg, serpentine"] = ours("floyd-steinberg", serpentine=True)
    own["floyd-steinberg, sRGB values"] = ours("floyd-steinberg", light="srgb")
    own["floyd-steinberg, strength 0.8"] = ours("floyd-steinberg", strength=0.8)
    for title, rivals in (("Error diffusion and Riemersma", DIFFUSING), ("Ordered", ORDERED)):
        wanted = {name: make for name, make in own.items() if is_ordered(name) == (rivals is ORDERED)}
        errors = {count: _seen(count, {**wanted, **rivals}) for count in COUNTS}
        why = WHY_ORDERED if rivals is ORDERED else WHY_DIFFUSING
        yield f"## {title}\n\n{_explained()}\n\n{_dither_table(errors, set(wanted))}\n\n{why}"


def is_ordered(name: str) -> bool:
    """Whether a dither of ours repeats a pattern instead of handing errors on."""
    return not DITHERS[name.partition(",")[0]].sequential


def _explained() -> str:
    return (
        f"S-CIELAB difference to the original (less is better), and HVS-PSNR in dB behind the stroke (more is better): "
        f"means over {len(NAMES)} pictures in 2 to 256 given colours. Bold: within {WITHIN - 1:.0%} of the best."
    )


def _seen(count: int, makers: Mapping[str, Make]) -> dict[str, tuple[float, float]]:
    """Both figures for each maker that is installed, over all pictures."""
    colors, found = palette(count), {}
    for name, make in makers.items():
        try:
            pairs = [(photo(each), make(photo(each), colors)) for each in NAMES]
        except peers.MISSING as error:
            print(f"  {name} is left out: {peers.reason(error)}")
            continue
        found[name] = (
            statistics.mean(eye.s_cielab(one, other) for one, other in pairs),
            statistics.mean(eye.hvs_psnr(one, other) for one, other in pairs),
        )
        print(f"  {count} {name}: {found[name][0]:.2f} / {found[name][1]:.1f}", flush=True)
    return found


def _dither_table(errors: Mapping[int, Mapping[str, tuple[float, float]]], own: set[str]) -> str:
    best = {count: min(figure for figure, _ in found.values()) for count, found in errors.items()}
    names = sorted(next(iter(errors.values())), key=lambda name: (name not in own, name))
    rows = []
    for name in names:
        cells = []
        for count, found in errors.items():
            figure, loudness = found[name]
            text = f"{figure:.2f} / {loudness:.1f}"
            cells.append(f"**{text}**" if figure <= best[count] * WITHIN else text)
        rows.append([f"ours: {name}" if name in own else name, *cells])
    return report.table(["dither", *(f"{count}" for count in errors)], rows)


EXTRACTORS: dict[str, Callable[[RGB, int], RGB]] = {
    **{f"ours: {name}": lambda p, n, m=name: extract.extract(rgba(p), n, m).colors for name in extract.METHODS},
    "libimagequant, speed 4": peers.libimagequant,
    "Pillow median cut": lambda p, n: peers.pillow_palette(Image.fromarray(p), n, Image.Quantize.MEDIANCUT),
    "Pillow octree": lambda p, n: peers.pillow_palette(Image.fromarray(p), n, Image.Quantize.FASTOCTREE),
    "Pillow maximum coverage": lambda p, n: peers.pillow_palette(Image.fromarray(p), n, Image.Quantize.MAXCOVERAGE),
}


def palettes() -> str:
    """Mean OKLab error of the exact mapping to each extracted palette."""
    found = {
        name: [statistics.mean(_palette_error(photo(each), take, count) for each in NAMES) for count in PALETTE_COUNTS]
        for name, take in EXTRACTORS.items()
        if _there(name, take)
    }
    best = [min(column) for column in zip(*found.values(), strict=True)]
    rows = [
        [name, *(f"**{v:.2f}**" if v <= least * WITHIN else f"{v:.2f}" for v, least in zip(line, best, strict=True))]
        for name, line in found.items()
    ]
    text = (
        "Mean OKLab difference x 100 between a picture and its nearest colours in the palette (less is better), "
        f"over {len(NAMES)} pictures, by number of colours. Bold: within {WITHIN - 1:.0%} of the best."
    )
    table = report.table(["method", *map(str, PALETTE_COUNTS)], rows)
    return f"## Palette extraction\n\n{text}\n\n{table}\n\n{WHY_PALETTES}"


def patches() -> str:
    """The worst patch of pictures with small accents and of photographs, for each extracted palette."""
    kinds = [list(accents.pictures().values()), [photo(name, PATCH_SIDE) for name in NAMES]]
    found = {
        name: [_over(kind, take, count) for kind in kinds for count in PATCH_COUNTS]
        for name, take in EXTRACTORS.items()
        if _there(name, take)
    }
    best = [min(column) for column in zip(*found.values(), strict=True)]
    rows = []
    for name, line in found.items():
        cells = [f"{mean:.1f} / {worst:.1f}" for mean, worst in line]
        bold = [mean <= least[0] * WITHIN for (mean, _), least in zip(line, best, strict=True)]
        rows.append([name, *(f"**{cell}**" if is_best else cell for cell, is_best in zip(cells, bold, strict=True))])
    text = (
        f"By how much OKLab x 100 all pixels of a patch of {PATCH} that touch are off at the least, in the worst patch "
        f"of a picture (less is better): mean and greatest of {len(kinds[0])} pictures with small accents (faces, "
        f"sprites, scenes) and of {len(NAMES)} photographs, by number of colours. Bold: the mean is within "
        f"{WITHIN - 1:.0%} of the best."
    )
    heads = [f"{kind}, {count}" for kind in ("accents", "photographs") for count in PATCH_COUNTS]
    return f"## Patches that palettes lose\n\n{text}\n\n{report.table(['method', *heads], rows)}"


def _over(pictures: Sequence[RGB], take: Callable[[RGB, int], RGB], count: int) -> tuple[float, float]:
    """Mean and greatest of the pictures' worst patches."""
    figures = [eye.worst_patch(picture, _mapped(picture, take, count), PATCH) for picture in pictures]
    return statistics.mean(figures), max(figures)


def _there(name: str, take: Callable[[RGB, int], RGB]) -> bool:
    try:
        take(photo(NAMES[0], 32), 4)
    except peers.MISSING as error:
        print(f"  {name} is left out: {peers.reason(error)}")
        return False
    print(f"  {name}", flush=True)
    return True


def _palette_error(picture: RGB, take: Callable[[RGB, int], RGB], count: int) -> float:
    return eye.oklab_error(picture, _mapped(picture, take, count))


def _mapped(picture: RGB, take: Callable[[RGB, int], RGB], count: int) -> RGB:
    """The picture in the nearest colours of its palette."""
    colors = np.ascontiguousarray(np.unique(take(picture, count), axis=0))
    return colors[nearest.indices(picture, colors, "oklab")]


def run() -> None:
    """Measure everything and write `results/quality.md`."""
    report.write("quality", "Picture quality beside the peers", [*dithers(), palettes(), patches()])
