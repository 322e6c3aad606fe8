"""Grid recovery beside the peers: the exact native size of true pixel art after what is done to it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from itertools import starmap
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pixart_nodes.pixel.grid import grid, snap

from . import report
from .grid_distortions import DISTORTIONS, FURTHER, Distortion, flat
from .grid_peers import FAILED, Size, installed
from .grid_sources import sources

RGBA = NDArray[np.uint8]
Tool = Callable[[RGBA], Size]

LARGE = 112  # native pixels: larger sources are enlarged by 6, others by 8
SCALES = (5.0, 7.0, 10.0, 12.0)  # of the held-out sources, in turn
VISIBLE = 24  # of 255: colours further apart than this are another colour


class Case(NamedTuple):
    """A distorted picture, and what it was."""

    distortion: str
    art: RGBA
    picture: RGBA


def cases(held_out: bool, distortions: dict[str, Distortion]) -> Iterator[Case]:
    """Every source under every distortion."""
    for number, (_, art) in enumerate(sources(held_out)):
        scale = SCALES[number % len(SCALES)] if held_out else 6.0 if max(art.shape[:2]) >= LARGE else 8.0
        for name, distort in distortions.items():
            yield Case(name, art, distort(art, scale, 1000 * (1 + held_out) + number))


def ours(picture: RGBA) -> Size:
    """The size that Snap to Pixel Grid finds; the picture's own where it finds no grid."""
    return grid.find(picture[None]).size


def tools() -> dict[str, Tool]:
    """Ours, and the peers that are there; those get the picture on a plain ground, as most know no alpha."""
    peers = installed().items()
    return {"**Pixart**": ours, **{name: lambda picture, find=find: find(_rgb(picture)) for name, find in peers}}


def _rgb(picture: RGBA) -> RGBA:
    return np.ascontiguousarray(flat(picture)[..., :3])


def recovery(found: Iterable[Case], distortions: Iterable[str]) -> str:
    """The table of exact sizes, by tool and distortion."""
    all_cases = list(found)
    return report.table(
        ["tool", *distortions, "exact", "within 1", "ms (median)"],
        starmap(lambda name, tool: [name, *_row(tool, all_cases, distortions)], tools().items()),
    )


def _row(tool: Tool, found: list[Case], distortions: Iterable[str]) -> Iterator[str]:
    off, took = [], []
    for case in found:
        started = time.perf_counter()
        size = tool(case.picture)
        took.append(time.perf_counter() - started)
        off.append(max(abs(size[0] - case.art.shape[1]), abs(size[1] - case.art.shape[0])))
    for name in distortions:
        own = [one for case, one in zip(found, off, strict=True) if case.distortion == name]
        yield f"{own.count(0)}/{len(own)}"
    yield f"**{off.count(0) / len(off):.1%}**"
    yield f"{sum(one <= 1 for one in off) / len(off):.1%}"
    yield f"{1000 * statistics.median(took):.0f}"


def colors(found: Iterable[Case], distortions: Iterable[str]) -> str:
    """The table of wrong pixels, by method and distortion, where the size is exact."""
    wrong: dict[tuple[str, str], list[float]] = {}
    for case in found:
        where = grid.find(case.picture[None])
        if where.size == case.art.shape[1::-1]:
            for method in snap.METHODS:
                snapped = snap.snap(case.picture, where, method)
                wrong.setdefault((method, case.distortion), []).append(_wrong(snapped, case))
    rows = [
        [name, *(f"{statistics.mean(wrong.get((name, d), [1.0])):.2%}" for d in distortions)] for name in snap.METHODS
    ]
    return report.table(["method", *distortions], rows)


def _wrong(snapped: RGBA, case: Case) -> float:
    art = flat(case.art) if case.picture[..., 3].min() == 255 else case.art
    one, other = (each[..., :3] * (each[..., 3:] / 255.0) for each in (snapped, art))
    return float((np.abs(one - other).max(axis=-1) > VISIBLE).mean())


def untouched() -> str:
    """How many pictures without a grid are left alone: native art, and photographs where scikit-image is there."""
    rows = []
    for name, pictures in (("native pixel art", [art for held in (False, True) for _, art in sources(held)]),
                           ("photographs", list(_photos()))):  # fmt: skip
        kept = sum(grid.find(picture[None]).verdict != "grid" for picture in pictures)
        rows.append([name, f"{kept}/{len(pictures)}"])
    return report.table(["pictures without a grid", "left as they are"], rows)


def _photos() -> Iterator[RGBA]:
    try:
        from .pictures import NAMES, photo, rgba

        for name in NAMES:
            yield rgba(photo(name))
    except ImportError:
        return


def run() -> None:
    """Measure all and write the tables."""
    there = [f"{name.replace('_', '-')} {version(name.replace('_', '-'))}" for name in installed()]
    parts = [
        __doc__ or "",
        "A grid counts as found where width and height are exact. Pictures in which ours finds none, and says so, "
        f"count as missed. Peers as they are set: {', '.join(there) or 'none is installed'}. Times of ours and of "
        "ai2pixelart are of finding the size; the others can't be asked for that alone, and make the picture too.",
    ]
    for title, held_out, distortions in (
        ("Sources that the detector was written with", False, DISTORTIONS),
        ("Held-out sources, other scales and seeds", True, DISTORTIONS),
        ("Further distortions, held-out sources", True, FURTHER),
    ):
        count = len(list(sources(held_out)))
        parts += [f"## {title} ({count} sources)", recovery(cases(held_out, distortions), distortions)]
    failed = ", ".join(f"{name} {count}" for name, count in FAILED.items()) or "none"
    parts += [
        f"Pictures on which a peer ended with an error, which count as missed: {failed}.",
        "## Colours",
        f"Pixels of the snapped picture that are more than {VISIBLE} of 255 off in a channel, on the held-out "
        "sources whose size was found exactly.",
        colors(cases(True, DISTORTIONS | FURTHER), DISTORTIONS | FURTHER),
        "## Nothing invented",
        untouched(),
    ]
    print(report.write("grid", "Grid recovery", parts))
