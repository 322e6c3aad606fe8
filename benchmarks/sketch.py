"""Drawings made small beside the peers: whether shapes stay closed, lines whole and thin, and fills what they were."""

from __future__ import annotations

import io
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from pixart_nodes.pixel.resize.downscale import METHODS

from . import peers, report
from .sketch_drawings import KINDS, Drawing, count_pieces, drawing

RGBA = NDArray[np.uint8]
Small = Callable[[RGBA, int], RGBA]

SIDES = (32, 48, 64, 96)
STROKES = (8, 14, 20)
HELD_OUT = range(1000, 1008)  # seeds that the method was written without a look at; below 1000 there are others
SAVED = 4  # of these, saved as JPEG
OTHER_SEEDS = 4  # of each other kind
DRAWN = ("ours: k-centroid", "ours: contrast", "ours: line-art", "Pillow box", "PixelOE, outline 2")  # with those
QUALITIES = (90, 75, 60, 40)  # of JPEG
LEAST = 1.5  # cells of the result: smaller parts of the ground are nobody's loss
EXACT = 2  # of 255
FAINT = 128  # of 255: with less alpha nothing is there


class Figures(NamedTuple):
    """What became of one drawing."""

    closed: float  # share of its shapes
    pieces: float  # of ink, of the source's
    area: float  # of ink, of the source's
    thinnest: float  # cells of ink, of those that the thinnest lines have that are nowhere open
    exact: float  # share of the result's ground that has a fill's own colour
    whole: bool


def figures(source: Drawing, small: RGBA) -> Figures:
    """How a drawing fared that was made small."""
    cell = source.ink.shape[0] / small.shape[0]
    ink = inked(source, small)
    closed = list(_closed(source, ink, cell))
    pieces = count_pieces(ink) / source.pieces
    area = ink.sum() * cell**2 / source.ink.sum()
    return Figures(
        statistics.mean(closed) if closed else 1.0,
        pieces,
        area,
        ink.sum() * cell / source.extent,
        _exact(source, small, ink, cell),
        all(closed) and pieces == 1,
    )


def inked(source: Drawing, small: RGBA) -> NDArray[np.bool_]:
    """Which cells are nearer to an ink's colour than to any fill's: bool [h, w]."""
    fills = np.unique(np.ascontiguousarray(source.fills).view(np.uint32)).view(np.uint8).reshape(-1, 4)
    colors = np.concatenate([np.array(source.colors, np.int64), fills])
    shown = small.astype(np.int64)
    apart = ((shown[:, :, None, :3] - colors[:, :3]) ** 2).sum(axis=-1)
    faint = colors[:, 3] < FAINT
    apart = np.where(faint != (shown[..., 3:] < FAINT), 1 << 40, np.where(faint, 0, apart))
    return np.argmin(apart, axis=-1) < len(source.colors)


def _closed(source: Drawing, ink: NDArray[np.bool_], cell: float) -> Iterator[bool]:
    """For each part of the ground that a line goes around: whether the same part of the result holds no other's."""
    from scipy.ndimage import label

    grounds, count = source.grounds
    parts, _ = label(~ink)
    cells = [(np.arange(size) / cell).astype(int) for size in grounds.shape]
    places = cells[0][:, None] * ink.shape[1] + cells[1]
    share = np.bincount((grounds * ink.size + places).ravel(), minlength=(count + 1) * ink.size)
    share = share.reshape(count + 1, *ink.shape) / cell**2
    edge = {*grounds[0], *grounds[-1], *grounds[:, 0], *grounds[:, -1]}
    for ground in range(1, count + 1):
        if ground in edge or share[ground].sum() < LEAST:
            continue
        own = np.where(ink, 0, share[ground])
        y, x = np.unravel_index(own.argmax(), own.shape)
        inside = parts == parts[y, x]
        others = np.delete(share, [0, ground], axis=0).max(axis=0, initial=0)
        yield bool(own[y, x] > 0.25 and not (inside & (others > 0.5)).any())


def _exact(source: Drawing, small: RGBA, ink: NDArray[np.bool_], cell: float) -> float:
    """The share of cells without ink that show a fill which lies under or beside them."""
    off = np.full(ink.shape, 255)
    for down in (-1, -0.5, 0, 0.5, 1):
        for right in (-1, -0.5, 0, 0.5, 1):
            y, x = (
                np.clip(((np.arange(size) + 0.5 + shift) * cell).astype(int), 0, source.fills.shape[0] - 1)
                for size, shift in zip(ink.shape, (down, right), strict=True)
            )
            fill = source.fills[y[:, None], x]
            apart = np.abs(small.astype(int) - fill).max(axis=-1)
            off = np.minimum(off, np.where((fill[..., 3] == 0) & (small[..., 3] == 0), 0, apart))
    return float((off[~ink] <= EXACT).mean()) if not ink.all() else 0.0


def ours() -> dict[str, Small]:
    """Each method of the downscale node."""
    return {f"ours: {name}": lambda rgba, side, m=m: m(rgba, side, side) for name, m in METHODS.items()}


def rivals() -> dict[str, Small]:
    """Pillow's filters and the peers for pixel art."""
    filters = {"box": Image.Resampling.BOX, "Lanczos": Image.Resampling.LANCZOS, "nearest": Image.Resampling.NEAREST}
    made: dict[str, Small] = {
        f"Pillow {name}": lambda rgba, side, f=f: np.array(Image.fromarray(rgba).resize((side, side), f))
        for name, f in filters.items()
    }
    for outline in (1, 2, 3):
        made[f"PixelOE, outline {outline}"] = lambda rgba, side, n=outline: peers.pixeloe(rgba, side, n)
    made["perfect-pixel"] = peers.perfect_pixel
    return made


def measured(sources: Iterable[Drawing], sides: Iterable[int], small: Small) -> list[Figures]:
    """The figures of every drawing at every size."""
    return [figures(one, small(one.picture, side)) for one in sources for side in sides]


def shapes_table(seeds: range, methods: Mapping[str, Small]) -> str:
    """Closed shapes, 1024 x 1024: a line a method."""
    sources = [drawing("shapes", seed, stroke) for stroke in STROKES for seed in seeds]
    rows = [_shown([name, *_shapes_row(sources, small)]) for name, small in methods.items()]
    heads = (
        "closed",
        "pieces",
        "area",
        "thin lines' area",
        "of the thinnest",
        "thick lines' area",
        "whole, 32 px",
        "from 48 px",
        "fills exact",
    )
    return report.table(["method", *heads], rows)


def _shown(row: list[str]) -> list[str]:
    """A row that is ready, which is said, as all of them take minutes."""
    print(" ", *row, flush=True)
    return row


def _shapes_row(sources: list[Drawing], small: Small) -> Iterator[str]:
    try:
        found = {side: measured(sources, [side], small) for side in SIDES}
    except peers.MISSING as error:
        yield f"missing: {peers.reason(error)}"
        yield from [""] * 8
        return
    every = [one for each in found.values() for one in each]
    thin = {side: [each.stroke < each.ink.shape[0] / side for each in sources] for side in SIDES}
    pairs = [(one, flag) for side in SIDES for one, flag in zip(found[side], thin[side], strict=True)]
    yield f"{statistics.mean(one.closed for one in every):.3f}"
    yield f"{statistics.mean(one.pieces for one in every):.3f}"
    yield f"{statistics.mean(one.area for one in every):.2f}"
    yield f"{statistics.mean(one.area for one, flag in pairs if flag):.2f}"
    yield f"{statistics.mean(one.thinnest for one, flag in pairs if flag):.2f}"
    yield f"{statistics.mean(one.area for one, flag in pairs if not flag):.2f}"
    yield f"{statistics.mean(one.whole for one in found[SIDES[0]]):.0%}"
    yield f"{statistics.mean(one.whole for side in SIDES[1:] for one in found[side]):.0%}"
    yield f"{statistics.mean(one.exact for one in every):.1%}"


def kinds_table(first: int, methods: Mapping[str, Small]) -> str:
    """The share of whole drawings of every kind, and of closed shapes in them."""
    kinds = [kind for kind in KINDS if kind != "shapes"]
    sources = {kind: [drawing(kind, first + seed) for seed in range(OTHER_SEEDS)] for kind in kinds}
    rows = [_shown([name, *(_whole(each, small) for each in sources.values())]) for name, small in methods.items()]
    return report.table(["method", *kinds], rows)


def saved(source: Drawing, quality: int) -> Drawing:
    """The drawing as it looks when it was saved as JPEG."""
    file = io.BytesIO()
    Image.fromarray(source.picture).convert("RGB").save(file, "JPEG", quality=quality)
    with Image.open(file) as picture:
        return replace(source, picture=np.array(picture.convert("RGBA")))


def jpeg_table(seeds: range, methods: Mapping[str, Small]) -> str:
    """The share of whole drawings, and of closed shapes in them, at each quality of JPEG."""
    sources = [drawing("shapes", seed) for seed in seeds]
    each = {str(quality): [saved(one, quality) for one in sources] for quality in QUALITIES}
    rows = [_shown([name, *(_whole(those, small) for those in each.values())]) for name, small in methods.items()]
    return report.table(["method", *each], rows)


def on_paper(source: Drawing, strength: float) -> Drawing:
    """The drawing on paper whose light and dark are some pixels wide and differ by so much of 255."""
    height, width = source.ink.shape
    coarse = np.random.default_rng(3).normal(0, 1, (height // 4, width // 4)).astype(np.float32)
    grain = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    picture = source.picture.copy()
    picture[..., :3] = np.clip(picture[..., :3] + strength / grain.std() * grain[..., None], 0, 255)
    return replace(source, picture=picture)


def soft(source: Drawing, blur: float) -> Drawing:
    """The drawing blurred, by a radius in pixels."""
    blurred = Image.fromarray(source.picture).filter(ImageFilter.GaussianBlur(blur))
    return replace(source, picture=np.array(blurred))


SPOILT: dict[str, Callable[[Drawing], Drawing]] = {
    "paper, 5 of 255": lambda source: on_paper(source, 5),
    "paper, 10 of 255, JPEG 80": lambda source: saved(on_paper(source, 10), 80),
    "blur 1.5": lambda source: soft(source, 1.5),
    "blur 3": lambda source: soft(source, 3),
}


def spoilt_table(seeds: range, methods: Mapping[str, Small]) -> str:
    """The share of whole drawings, and of closed shapes in them, on paper with a texture and blurred."""
    sources = [drawing("shapes", seed) for seed in seeds]
    each = {name: [way(one) for one in sources] for name, way in SPOILT.items()}
    rows = [_shown([name, *(_whole(those, small) for those in each.values())]) for name, small in methods.items()]
    return report.table(["method", *each], rows)


def _whole(sources: list[Drawing], small: Small) -> str:
    try:
        found = measured(sources, SIDES[1:], small)
    except peers.MISSING:
        return ""
    return f"{statistics.mean(one.whole for one in found):.0%} / {statistics.mean(one.closed for one in found):.2f}"


def run() -> None:
    """Measure all and write the tables."""
    methods = ours() | rivals()
    count = len(HELD_OUT) * len(STROKES)
    parts = [
        __doc__ or "",
        f"## Closed shapes, {count} drawings at {len(SIDES)} sizes",
        MEANING,
        shapes_table(HELD_OUT, methods),
        f"## Other kinds, drawings of each: {OTHER_SEEDS}",
        f"{MEANING_OF_KINDS} {LOOKED_AT}",
        kinds_table(HELD_OUT[0], {name: methods[name] for name in DRAWN}),
        f"## Saved as JPEG, {SAVED} drawings of closed shapes at each quality",
        MEANING_OF_KINDS,
        jpeg_table(HELD_OUT[:SAVED], {name: methods[name] for name in DRAWN}),
        f"## On paper with a texture, and blurred, {SAVED} drawings of closed shapes each",
        MEANING_OF_KINDS,
        spoilt_table(HELD_OUT[:SAVED], {name: methods[name] for name in DRAWN}),
    ]
    print(report.write("sketch", "Drawings made small", parts))


MEANING = (
    "Closed, filled, outlined shapes on 1024 x 1024, strokes of 8, 14 and 20 pixels, made 32, 48, 64 and 96 pixels "
    "wide. *Closed*: shapes whose inside meets no other part of the ground. *Pieces*: of ink, of the source's number. "
    "*Area*: of ink, of the source's; *thin lines'* is that of strokes thinner than a pixel of the result. These can't "
    "have the source's area and be closed: a line without gaps has a pixel in each column that it crosses, or in each "
    "row where it is steep. *Of the thinnest*: pixels of ink, of as many as such lines have. *Whole*: drawings with "
    f"all shapes closed and ink in as many pieces. *Fills exact*: cells of the ground within {EXACT} of 255 of a "
    f"fill's colour. Parts of the ground under {LEAST} cells don't count."
)
LOOKED_AT = "The first of pencil was looked at when the search for ink was mended; the others weren't."
MEANING_OF_KINDS = "Whole drawings / closed shapes, at 48, 64 and 96 pixels, stroke 14."
