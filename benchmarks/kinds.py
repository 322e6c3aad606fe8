"""What pictures are taken for: hundreds of known kind, those that the method was written with and others."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pixart_nodes.pixel.kind.kind import KINDS, look

from . import exam, report
from .kinds_pictures import Picture, pictures

LARGE = 900 * 900  # pixels: the times of pictures from here on are told apart
GOAL = 0.95

EXAMS = (  # what was judged, how many pictures, and percent right of each of KINDS and of all
    ("before", "410", "93", "76", "90 (96)", "62 (88)", "92", "80 (88)"),
    ("after what this exam taught", "410", "93", "97", "90 (96)", "71 (91)", "91", "87 (94)"),
    ("other files, before", "239", "92", "74", "98", "58 (92)", "92 (98)", "81 (91)"),
    ("other files, after, judged once", "239", "92", "88", "100", "61 (90)", "94 (100)", "85 (94)"),
    ("other kinds, before", "244", "83", "74", "70 (73)", "63 (83)", "85", "72 (79)"),
    ("after what these taught", "244", "94", "89", "89 (93)", "70 (96)", "98", "85 (94)"),
)


class Verdict(NamedTuple):
    """A picture's kind and origin, what it was taken for, its pixels and the seconds that it took."""

    kind: str
    origin: str
    taken: str
    pixels: int
    took: float


def judged(those: Iterable[Picture]) -> list[Verdict]:
    """The verdict on each picture."""
    verdicts = []
    for picture in those:
        started = time.perf_counter()
        taken = look(picture.pixels).kind
        took = time.perf_counter() - started
        verdicts.append(Verdict(picture.kind, picture.origin, taken, picture.pixels[..., 0].size, took))
    return verdicts


def confusion(verdicts: Sequence[Verdict]) -> str:
    """How many of each kind were taken for each, and which share is right."""
    counts = Counter((one.kind, one.taken) for one in verdicts)
    rows = []
    for kind in KINDS:
        of_kind = sum(counts[kind, taken] for taken in KINDS)
        share = f"{counts[kind, kind] / max(of_kind, 1):.1%}"
        rows.append([kind, of_kind, *(counts[kind, taken] or "" for taken in KINDS), share])
    right = sum(one.kind == one.taken for one in verdicts)
    rows.append(["all", len(verdicts), *[""] * len(KINDS), f"**{right / len(verdicts):.1%}**"])
    return report.table(["kind", "pictures", *(f"taken for {kind}" for kind in KINDS), "right"], rows)


def wrong(verdicts: Iterable[Verdict]) -> str:
    """A line for each picture that was taken for another kind."""
    lines = [f"- {one.origin} ({one.kind}): {one.taken}" for one in verdicts if one.kind != one.taken]
    return "\n".join(lines) or "None."


def times(verdicts: Sequence[Verdict]) -> str:
    """How long a look takes, by kind: those with a grid are measured in full."""
    rows = []
    for kind in KINDS:
        took = sorted(1000 * one.took for one in verdicts if one.kind == kind and one.pixels >= LARGE)
        if took:
            rows.append([kind, len(took), f"{statistics.median(took):.0f}", f"{took[int(0.9 * len(took))]:.0f}"])
    return report.table(["kind", "pictures", "ms (median)", "ms (9 of 10)"], rows)


def run() -> None:
    """Judge all pictures and write the tables."""
    parts = [__doc__ or "", MEANING]
    every = []
    for held_out, title in ((False, "Pictures that the method was written with"), (True, "Held-out pictures")):
        verdicts = judged(pictures(held_out))
        every += verdicts
        parts += [f"## {title} ({len(verdicts)})", confusion(verdicts), "Taken for another kind:", wrong(verdicts)]
    verdicts = judged(exam.pictures())
    parts += [f"## Exam by other generators ({len(verdicts)})", GENERATORS, confusion(verdicts)]
    parts += ["Taken for another kind:", wrong(verdicts), "## Exam of 2026-11-27", EXAM]
    parts += [report.table(["", "pictures", *KINDS, "all"], EXAMS)]
    parts += ["## Times", f"Of pictures with {LARGE} pixels and more.", times(every)]
    print(report.write("kinds", "What pictures are taken for", parts))


MEANING = (
    "Pixel art is drawn by code, from the pack's library, and by artists in the packages pyxel and arcade; false pixel "
    "art is the same after each of twelve distortions; line art and cartoons are drawn from curves with known strokes "
    "and fills, and taken from sets of icons with and without outlines; photographs are those of scikit-image, "
    "scikit-learn and matplotlib beside gradients, clouds, renders, landscapes and paintings by code. Most were "
    "blurred, resized or saved as JPEG. Held-out pictures have other seeds, sizes, packages and ways to be spoilt. "
    f"Goal: {GOAL:.0%} right of held-out ones, of each kind too."
)

GENERATORS = (
    "Four pictures of each generator, of seeds that nobody had looked at before: pixel art on pages, in editors and as "
    "image models draw it, nets and forms, scans, comics, screens, maps, memes, watercolours, rooms and renders. What "
    "knows pages, editors and uneven enlargements was written while other seeds of these generators were looked at."
)

EXAM = (
    "Percent right of pictures that the method had never seen: pixel art of games in Debian and PyPI (Wesnoth, Crawl, "
    "Minetest, Griddly), also enlarged in six ways, with JPEG, noise and drifting cells; icons of 22 sets and avatars "
    "in ten styles from npm; stamps, wallpapers, paintings and game art from Debian. These are not in this project, so "
    "the figures were counted once. In brackets: right where the kind is a matter of opinion, too (an icon with "
    "gradients is flat or tones, a letter flat or lines, a shaded clipart any of these). *Other kinds*: pages in pixel "
    "fonts, dithered and posterised pictures, sheets and dark tiles, each enlarged in three of nine ways; drawings "
    "with dots, rays and nets, on paper with a texture, blurred or as JPEG; icons of 10 other sets; photographs small, "
    "dark, in 256 colours and enlarged; screens and charts."
)
