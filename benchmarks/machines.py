"""What machines show of twelve pictures, by S-CIELAB: ours, fast and best, beside what others make for them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pixart_nodes.pixel.machine.conversion import convert
from pixart_nodes.pixel.machine.machine import Machine
from pixart_nodes.pixel.machine.table import MACHINES
from pixart_nodes.pixel.machine.wishes import QUALITIES, Wishes

from . import eye, machine_peers, machine_pictures, peers, report
from .pictures import rgba

RGB = NDArray[np.uint8]
GOAL = 0.95  # of the best peer
UNDITHERED = "nes"  # the machine where colours alone are compared, too
EXPLAINED = (
    "S-CIELAB difference to the original (less is better), mean over {count} pictures: photographs, paintings and "
    "drawings. A peer has the machine's screen, cells, palettes and colours, and the best of its dithers on each "
    "picture. None of them keeps a budget of tiles; ours do. `ours` is the best quality on the pictures that the peer "
    "was measured with, and `less` by how much it is nearer; the goal is 5%. Seconds are the longest of a picture."
)
NOTES = (
    "tiledpalettequant is slow: its slow dither is tried with up to 32 colours in all palettes, its fast one with 128, "
    "none with more. It has no fixed gamut: on the NES its colours became the nearest ones. dithertron has one "
    "palette of 16 for machines with several, tilequant 15-bit colours only. makechr (PyPI) takes pictures that are "
    "legal already and chooses nothing, so it has no row. ImageMagick keeps no cells: it is a floor where nobody else "
    "is, and may be lower than what is legal."
)


class Figure(NamedTuple):
    """How far pictures are from their originals, by their names, and the seconds that the slowest took."""

    off: dict[str, float]
    seconds: float


def ours(machine: Machine, quality: str) -> Figure:
    """Ours in one quality on all pictures."""
    off, took = {}, []
    for name, picture in machine_pictures.shown(machine).items():
        began = time.perf_counter()
        (legal,) = convert(rgba(picture)[None], machine, Wishes(quality=quality))
        took.append(time.perf_counter() - began)
        off[name] = _off(picture, legal.pixels[..., :3], machine)
    return Figure(off, max(took))


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
            figure = known if isinstance(known, Figure) else Figure({}, 0.0)
            off = min(_off(picture, made, machine), figure.off.get(title, float("inf")))
            found[name] = Figure({**figure.off, title: off}, max(seconds, figure.seconds))
    return found


def _off(picture: RGB, made: RGB, machine: Machine) -> float:
    wide, shown = (np.repeat(each, round(machine.aspect), axis=1) for each in (picture, made))
    return eye.s_cielab(wide, shown)


def rows(machine: Machine) -> Iterator[list[str]]:
    """Ours, then each peer beside ours on the same pictures."""
    fast, best = (ours(machine, quality) for quality in QUALITIES)
    for name, figure in (("ours, fast", fast), ("ours, best", best)):
        yield [machine.name, name, f"{_mean(figure):.2f}", "", "", f"{figure.seconds:.1f}"]
    for name, figure in theirs(machine).items():
        if isinstance(figure, str):
            yield [machine.name, name, figure, "", "", ""]
            continue
        own = statistics.mean(best.off[title] for title in figure.off)
        less = 1 - own / _mean(figure)
        count = f"{name}, {len(figure.off)} pictures" if len(figure.off) < len(best.off) else name
        met = f"**{less:.0%}**" if own <= GOAL * _mean(figure) else f"{less:.0%}"
        yield [machine.name, count, f"{_mean(figure):.2f}", f"{own:.2f}", met, f"{figure.seconds:.1f}"]


def _mean(figure: Figure) -> float:
    return statistics.mean(figure.off.values())


def undithered() -> str:
    """Colours alone: the mean OKLab distance of pixels without any dither, ours beside tiledpalettequant."""
    machine, lines = MACHINES[UNDITHERED], []
    for title, picture in machine_peers.given("tiledpalettequant", machine):
        figures = []
        for quality in QUALITIES:
            (legal,) = convert(rgba(picture)[None], machine, Wishes(quality=quality, dither="none"))
            figures.append(eye.oklab_error(picture, legal.pixels[..., :3]))
        try:
            made = machine_peers.tiledpalettequant(picture, machine, machine_peers.NO_DITHER)
            figures.append(eye.oklab_error(picture, made))
        except peers.MISSING as error:
            return f"## The {machine.title} without dither\n\ntiledpalettequant is missing: {peers.reason(error)}."
        lines.append([title, *(f"{each:.2f}" for each in figures)])
    table = report.table(["picture", "ours, fast", "ours, best", "tiledpalettequant"], lines)
    text = "Mean OKLab difference of pixels x 100; ours within 256 tiles, tiledpalettequant in any number of them."
    return f"## The {machine.title} without dither\n\n{text}\n\n{table}"


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
