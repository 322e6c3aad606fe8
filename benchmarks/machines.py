"""What machines show of twelve pictures, by S-CIELAB: ours, fast and best, beside what others make for them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pixart_nodes.pixel.machine import conversion
from pixart_nodes.pixel.machine.conversion import convert
from pixart_nodes.pixel.machine.machine import Machine
from pixart_nodes.pixel.machine.table import MACHINES
from pixart_nodes.pixel.machine.wishes import QUALITIES, Wishes

from . import eye, machine_peers, machine_pictures, peers, report
from .pictures import rgba

RGB = NDArray[np.uint8]
GOAL = 0.95  # of the best peer
UNDITHERED = "nes"  # the machine where colours alone are compared, too
ALONE = (
    "Mean OKLab difference of pixels x 100. tiledpalettequant keeps no budget of tiles; two of our columns "
    "have none either."
)
# The modules that what is made depends on, unless it is legal already.
SOLVER = (
    *("cell_cost", "cell_dither", "cell_search", "conversion", "eye_search", "gamut", "likeness", "own_colors"),
    *("palette_search", "refinement", "tile_reduction"),
)
EXPLAINED = (
    "S-CIELAB difference to the original (less is better), mean over {count} pictures: photographs, paintings and "
    "drawings. A peer has the machine's screen, cells, palettes and colours, and the best of its dithers on each "
    "picture. None of them keeps a budget of tiles; ours do. `ours` is the best quality on the pictures that the peer "
    "was measured with, and `less` by how much it is nearer; the goal is 5%. Seconds are the median of a picture: of "
    "ours the processor's, in one thread, of peers the clock's, beside which others were at work: these tell orders of "
    "magnitude only."
)
NOTES = (
    "tiledpalettequant is slow: its slow dither is tried with up to 4 colours in a palette, its fast one with up to "
    "128 in all, none with more. It has no fixed gamut: on the NES its colours became the nearest ones. dithertron has "
    "one palette of 16 for machines with several, tilequant 15-bit colours only. makechr takes pictures that are "
    "legal already and chooses nothing, so it has no row. ImageMagick keeps no cells: it is a floor where nobody else "
    "is, and may be lower than what is legal."
)


class Figure(NamedTuple):
    """How far pictures are from their originals, by their names, and the seconds that each took."""

    off: dict[str, float]
    seconds: tuple[float, ...]


def ours(machine: Machine, quality: str) -> Figure:
    """Ours in one quality on all pictures."""
    off, took = {}, []
    for name, picture in machine_pictures.shown(machine).items():
        made, seconds = _ours(picture, machine, Wishes(quality=quality))
        took.append(seconds)
        off[name] = _off(picture, made, machine)
    return Figure(off, tuple(took))


def _ours(picture: RGB, machine: Machine, wishes: Wishes) -> tuple[RGB, float]:
    """Ours, made anew only where the solver or the machine has changed."""

    def make() -> RGB:
        (legal,) = convert(rgba(picture)[None], machine, wishes)
        return legal.pixels[..., :3]

    key = [_solver(), machine.name, machine.limits, repr(wishes)]
    return machine_peers.kept(key, picture, make, time.process_time)


@cache
def _solver() -> str:
    """What tells one version of the solver from another."""
    folder = Path(conversion.__file__).parent
    return sha256(b"".join((folder / f"{name}.py").read_bytes() for name in SOLVER)).hexdigest()


def theirs(machine: Machine) -> dict[str, Figure | str]:
    """Each peer that knows the machine, on the pictures that it was given, or why it is missing."""
    found: dict[str, Figure | str] = {}
    for name, make in machine_peers.forms():
        for title, picture in machine_peers.given(name, machine):
            try:
                made, seconds = machine_peers.seconds(make, picture, machine)
            except machine_peers.NotForIt:
                break
            except peers.MISSING as error:
                found.setdefault(name, f"missing: {peers.reason(error)}")
                break
            known = found.get(name)
            figure = known if isinstance(known, Figure) else Figure({}, ())
            off = min(_off(picture, made, machine), figure.off.get(title, float("inf")))
            found[name] = Figure({**figure.off, title: off}, (*figure.seconds, seconds))
    return found


def _off(picture: RGB, made: RGB, machine: Machine) -> float:
    wide, shown = (np.repeat(each, round(machine.aspect), axis=1) for each in (picture, made))
    return eye.s_cielab(wide, shown)


def rows(machine: Machine) -> Iterator[list[str]]:
    """Ours, then each peer beside ours on the same pictures."""
    fast, best = (ours(machine, quality) for quality in QUALITIES)
    for name, figure in (("ours, fast", fast), ("ours, best", best)):
        yield [machine.name, name, f"{_mean(figure):.2f}", "", "", f"{statistics.median(figure.seconds):.1f}"]
    for name, figure in theirs(machine).items():
        if isinstance(figure, str):
            yield [machine.name, name, figure, "", "", ""]
            continue
        own = statistics.mean(best.off[title] for title in figure.off)
        less = 1 - own / _mean(figure)
        count = f"{name}, {len(figure.off)} pictures" if len(figure.off) < len(best.off) else name
        met = f"**{less:.0%}**" if own <= GOAL * _mean(figure) else f"{less:.0%}"
        yield [
            machine.name,
            count,
            f"{_mean(figure):.2f}",
            f"{own:.2f}",
            met,
            f"{statistics.median(figure.seconds):.1f}",
        ]


def _mean(figure: Figure) -> float:
    return statistics.mean(figure.off.values())


def undithered() -> str:
    """Colours alone: the mean OKLab distance of pixels without any dither, ours beside tiledpalettequant."""
    machine = MACHINES[UNDITHERED]
    lines = []
    for title, picture in machine_pictures.shown(machine).items():
        figures = []
        for tiles, quality in ((0, "fast"), (0, "best"), (machine.tiles, "best")):
            made, _ = _ours(picture, replace(machine, tiles=tiles), Wishes(quality=quality, dither="none"))
            figures.append(eye.oklab_error(picture, made))
        try:
            made = machine_peers.tiledpalettequant(picture, machine, machine_peers.NO_DITHER)
            figures.append(eye.oklab_error(picture, made))
        except peers.MISSING as error:
            return f"## The {machine.title} without dither\n\ntiledpalettequant is missing: {peers.reason(error)}."
        lines.append((title, *figures))
    means = ("mean", *(statistics.mean(column) for column in list(zip(*lines, strict=True))[1:]))
    heads = ["picture", "ours, fast", "ours, best", f"ours, best, {machine.tiles} tiles", "tiledpalettequant"]
    table = report.table(heads, [[title, *(f"{each:.2f}" for each in row)] for title, *row in (*lines, means)])
    return f"## The {machine.title} without dither\n\n{ALONE}\n\n{table}"


def run() -> None:
    """Measure every machine and write `results/machines.md`."""
    lines = []
    for machine in MACHINES.values():
        for row in rows(machine):
            print("  " + " | ".join(row), flush=True)
            lines.append(row)
    heads = ["machine", "made by", "S-CIELAB", "ours", "less", "seconds"]
    explained = EXPLAINED.format(count=len(machine_pictures.all_pictures()))
    parts = [explained, report.table(heads, lines), NOTES, undithered()]
    report.write("machines", "Machines beside the peers", parts, packages=(*report.PACKAGES, "tilequant", "c64img"))
