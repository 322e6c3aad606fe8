"""Drawings on paper, photographed and cleaned: how well the strokes agree with those that were drawn.

Each photo is made from a drawing that is known: laid in perspective on a table, lit from one side, blurred, noisy, as
JPEG. The figure is intersection over union of what is drawn: pixels that the cleaned drawing covers by half, and those
that a stroke or a fill covers by half.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pixart_nodes.pixel.clean.paper import drawing
from pixart_nodes.pixel.clean.paper.cleaning import Cleaning
from pixart_nodes.pixel.clean.paper.opencv import cv2

from . import report
from .paper_drawings import KINDS, sheet
from .paper_photos import Photo, Scene, other, photo, scene

HEIGHT = 1600  # pixels of the sheet at which strokes are compared
GOAL = 0.85
KNOWN, UNSEEN = range(1000, 1006), range(5000, 5010)  # seeds that the method was made with, and others
OTHERS = range(6000, 6004)  # seeds of each other kind of sheet
OTHER_SHEETS = """Folded once each way; two pages of an open notebook, with a shadow between; chalk on a blackboard.

The photos are those of other seeds, else as above. OpenCV looks for what is darker, which chalk isn't."""
BESIDE, HIDDEN = 9, 0.02  # pixels beside what is before the sheet, and share of it from which nothing counts
ROUNDS = 3  # of which the fastest counts
BLOCK, OFFSET = 51, 12  # of the peer's threshold: OpenCV's tutorial has 11 and 2, for text a tenth as large

Covered = NDArray[np.bool_]
Corners = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """How one photo came out."""

    scene: Scene
    ours: float
    as_it_comes: (
        float | None
    )  # the page resized to the sheet, nothing aligned; None where it isn't whole or wasn't found
    peer: float


def frame(width: int, height: int) -> Corners:
    """The corners of a picture [4, 2], clockwise from the upper left."""
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)


def mapping(source: Corners, target: Corners) -> NDArray[np.float64]:
    """The homography between pixels of two pictures whose corners are these."""
    return cv2.getPerspectiveTransform((source - 0.5).astype(np.float32), (target - 0.5).astype(np.float32))


def agreement(one: Covered, other: Covered) -> float:
    """Intersection over union."""
    return float((one & other).sum() / max(1, (one | other).sum()))


def agreement_of(made: Photo, cleaned: drawing.Drawing, truth: Covered, counted: Covered) -> float:
    """How well a cleaned photo agrees with what is drawn, where the sheet is seen and counts."""
    height, width = made.pixels.shape[:2]
    corners = frame(width, height) if cleaned.corners is None else cleaned.corners
    return _registered((cleaned.pixels[..., 3] / 255).astype(np.float32), corners, made, truth, counted)


def cleaned_photo(made: Photo) -> drawing.Drawing:
    """The drawing of a photo on a transparent ground."""
    opaque = np.dstack([made.pixels, np.full(made.pixels.shape[:2], 255, np.uint8)])
    return drawing.drawn(opaque, Cleaning(ground="transparent"))


def measured(of: Scene) -> Case:
    """The case of a scene."""
    made = photo(of)
    truth = sheet(of.look, HEIGHT, of.seed).marks >= 0.5
    cleaned = cleaned_photo(made)
    cover = (cleaned.pixels[..., 3] / 255).astype(np.float32)
    height, width = made.pixels.shape[:2]
    whole = cleaned.corners is not None and of.view == "whole"
    return Case(
        of,
        agreement_of(made, cleaned, truth, np.ones_like(truth)),
        max(_resized(cover, quarters, truth) for quarters in range(4)) if whole else None,
        _registered(_threshold(made.pixels), frame(width, height), made, truth, np.ones_like(truth)),
    )


def _registered(cover: NDArray[np.float32], corners: Corners, made: Photo, truth: Covered, counted: Covered) -> float:
    """The agreement on what the photo shows of the sheet; `corners` of the result lie there in the photo."""
    size = truth.shape[::-1]
    to_photo = mapping(frame(*size), made.corners)
    to_result = np.linalg.inv(mapping(frame(*cover.shape[::-1]), corners)) @ to_photo
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    shown = np.ones(made.pixels.shape[:2], np.uint8)
    if made.hidden is not None:
        shown[cv2.dilate(made.hidden, np.ones((BESIDE, BESIDE), np.uint8)) > HIDDEN] = 0
    seen = (cv2.warpPerspective(shown, to_photo, size, flags=how) > 0) & counted
    return agreement((cv2.warpPerspective(cover, to_result, size, flags=how) >= 0.5) & seen, truth & seen)


def _resized(cover: NDArray[np.float32], quarters: int, truth: Covered) -> float:
    turned = np.ascontiguousarray(np.rot90(cover, quarters))
    return agreement(cv2.resize(turned, truth.shape[::-1], interpolation=cv2.INTER_LINEAR) >= 0.5, truth)


def _threshold(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What OpenCV's tutorials do: darker than the mean around."""
    grey = cv2.medianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), 3)
    how = (cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY_INV, BLOCK, OFFSET)
    return cv2.adaptiveThreshold(grey, 1, *how).astype(np.float32)


def _kinds(of: Scene) -> Iterable[str]:
    look = of.look
    if look.kind != KINDS[0]:
        yield look.kind
        return
    yield f"{look.tool}{', fills' if look.filled else ''}"
    yield {"none": "blank paper", "lines": "ruled", "squares": "squared", "dots": "dotted"}[look.ruling]
    yield f"{look.paper} paper"
    yield f"table: {of.table}" if of.view != "no edge" else "no table seen"
    yield f"page: {of.view}"
    yield f"{of.megapixels:g} megapixels"
    yield "shadow" if of.shadow else "no shadow"
    yield "crumpled" if of.crumpled else "smooth"
    yield "blurred as light" if of.optical else "blurred as encoded values"


def _table(cases: list[Case]) -> str:
    groups: dict[str, list[Case]] = {"all": cases}
    for case in cases:
        for kind in _kinds(case.scene):
            groups.setdefault(kind, []).append(case)
    rows = []
    for kind, group in [("all", groups.pop("all")), *sorted(groups.items())]:
        ours = [case.ours for case in group]
        alone = [case.as_it_comes for case in group if case.as_it_comes is not None]
        rows.append(
            [
                f"**{kind}**" if kind == "all" else kind,
                len(group),
                f"**{np.mean(ours):.3f}**",
                f"{min(ours):.3f}",
                f"{sum(value >= GOAL for value in ours)}/{len(ours)}",
                f"{np.mean(alone):.3f}" if alone else "",
                f"{np.mean([case.peer for case in group]):.3f}",
            ]
        )
    heads = ["photos", "number", "IoU", "least", f"at least {GOAL}", "as it comes", "OpenCV adaptiveThreshold"]
    return report.table(heads, rows)


def _pages(cases: list[Case]) -> str:
    rows = []
    for view in ("whole", "no edge"):
        group = [case for case in cases if case.scene.view == view]
        right = sum((case.as_it_comes is not None) == (view == "whole") for case in group)
        rows.append([f"page: {view}", f"{right}/{len(group)}"])
    return report.table(["photos", "as many"], rows)


def _times() -> str:
    """Milliseconds a photo on one core, page, light, rulings and ink together: the fastest of some rounds."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    rows = []
    for megapixels, ruling in ((12.0, "none"), (12.0, "squares"), (2.6, "none"), (1.0, "none")):
        seed = next(n for n in range(9000, 9999) if _alike(scene(n), megapixels, ruling))
        pixels = photo(scene(seed)).pixels
        opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
        best = min(_seconds(opaque) for _ in range(ROUNDS))
        rows.append([f"{megapixels:g} megapixels, {'blank' if ruling == 'none' else 'squared'}", round(best * 1000)])
    cv2.setNumThreads(threads)
    return report.table(["photo", "ms"], rows)


def _alike(of: Scene, megapixels: float, ruling: str) -> bool:
    return of.megapixels == megapixels and of.look.ruling == ruling and of.view == "whole"


def _seconds(opaque: NDArray[np.uint8]) -> float:
    start = time.process_time()  # of the core, whatever else the machine does
    drawing.drawn(opaque, Cleaning())
    return time.process_time() - start


def run() -> None:
    """Measure all and write the tables."""
    parts = [
        __doc__ or "",
        f"Strokes are compared on the sheet, {HEIGHT} pixels high, to which the result is brought by where its corners "
        "lie in the photo; *as it comes* the page is only resized, so that an error of its corners counts too. "
        "`adaptiveThreshold` of OpenCV has the true corners, and no colours. Widths of strokes: 0.3 to 1.2 % of the "
        "sheet's height, and 3 pixels of the photo or more.",
    ]
    for title, seeds in (("Photos that the method was made with", KNOWN), ("Photos of other seeds", UNSEEN)):
        cases = [measured(scene(seed)) for seed in seeds]
        parts += [
            f"## {title}",
            _table(cases),
            "Photos whose page was found where it has edges, and not where it has none:",
        ]
        parts += [_pages(cases)]
    cases = [measured(other(kind, seed)) for kind in KINDS[1:] for seed in OTHERS]
    parts += ["## Other sheets", OTHER_SHEETS, _table(cases)]
    parts += ["## Speed", f"One core, the fastest of {ROUNDS} rounds, from pixels to pixels.", _times()]
    print(report.write("paper", "Drawings on paper", parts))
