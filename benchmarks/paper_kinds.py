"""Kinds of sheets, pens, light and cameras beside the usual ones: a list of names, each with what is done to a photo.

Each is the photo of a seed with something of its own: the page bent, cut or coloured, what lies on it, what a lamp
does, what a camera does. What is painted on a sheet doesn't depend on its size, so that it is the same on the sheet
that a result is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pixart_nodes.pixel.clean.paper.opencv import cv2

from . import paper_light as lamps
from . import paper_sheets as sheets
from .paper_drawings import sheet
from .paper_photos import PLAIN, Extra, Photo, Scene, photo, scene

SMALLEST_STROKE = 2.0  # pixels of a photo


@dataclass(frozen=True)
class Kind:
    """One kind: to which group it belongs, the fields of its look and scene, and what befalls the photo."""

    group: str
    look: Mapping[str, Any] = field(default_factory=dict)
    scene: Mapping[str, Any] = field(default_factory=dict)
    extra: Extra = PLAIN


def _sheet(paint: Callable[..., Any], **look: Any) -> Kind:
    return Kind("the sheet", look, {}, Extra(paint=paint))


def _view(view: str, **of: Any) -> Kind:
    return Kind("the view", {}, {"view": view, **of})


def _ink(tool: str, **look: Any) -> Kind:
    return Kind("ink", {"tool": tool, **look})


def _paper(paper: str, **look: Any) -> Kind:
    return Kind("coloured paper", {"paper": paper, **look}, {"table": "dark" if paper != "black" else "light"})


def _ruled(ruling: str, **look: Any) -> Kind:
    return Kind("rulings", {"ruling": ruling, **look})


def _lit(light: Callable[..., Any]) -> Kind:
    return Kind("light", {}, {"shadow": False}, Extra(light=light))


DARK_INKS = {"tool": "pen", "filled": False}

KINDS: dict[str, Kind] = {
    "two sides beyond the picture": _view("one corner"),
    "three sides beyond the picture": _view("one side"),
    "paper alone": _view("no edge"),
    "curled": _sheet(sheets.curled),
    "wavy": _sheet(sheets.wavy),
    "crumpled into facets": _sheet(sheets.crumpled),
    "a corner turned over": _sheet(sheets.dog_eared),
    "a torn edge": _sheet(sheets.torn),
    "holes for rings": _sheet(sheets.punched),
    "a spiral": _sheet(sheets.spiral, ruling="squares"),
    "a sticky note": _sheet(sheets.sticky_note),
    "coffee": _sheet(sheets.stained),
    "rubbed out": _sheet(sheets.smudged, tool="pencil", filled=False),
    "the back shows through": _sheet(sheets.shown_through),
    "yellow legal pad": _paper("yellow", ruling="legal pad", **DARK_INKS),
    "kraft": _paper("kraft", ruling="none", **DARK_INKS),
    "pink": _paper("pink"),
    "light blue": _paper("light blue"),
    "black paper, white pencil": _paper("black", tool="white pencil", filled=False, ruling="none"),
    "blue graph": _ruled("blue graph"),
    "red graph": _ruled("red graph"),
    "green graph": _ruled("green graph"),
    "dark graph": _ruled("dark graph"),
    "dark squares": _ruled("dark squares"),
    "grey graph": _ruled("grey graph"),
    "drawn along the lines": Kind("rulings", {"ruling": "lines"}, {}, Extra(paint=sheets.drawn_along)),
    "blue ball-pen on blue lines": _ink("blue ball-pen", ruling="blue graph", filled=False),
    "coloured pencils": _ink("coloured pencil", filled=True),
    "crayons": _ink("crayon", filled=False),
    "faint pencil": _ink("faint pencil", filled=False, ruling="none"),
    "watercolour": Kind("ink", {"tool": "pencil", "filled": False, "ruling": "none"}, {}, Extra(paint=sheets.washed)),
    "a shadow of 80 %": _lit(lamps.deep_shadow),
    "two lamps": _lit(lamps.two_lamps),
    "a flash": _lit(lamps.flash),
    "a pen on the sheet": Kind("before the sheet", {}, {}, Extra(over=lamps.pen)),
    "a hand on the sheet": Kind("before the sheet", {}, {}, Extra(over=lamps.hand)),
    "whiteboard": Kind(
        "screens and boards",
        {"tool": "marker", "ruling": "none", "paper": "white", "landscape": True, "filled": False},
        {"table": "light", "crumpled": False},
        Extra(over=lamps.gloss),
    ),
    "tablet": Kind(
        "screens and boards",
        {"paper": "white", "ruling": "none"},
        {"table": "dark", "shadow": False, "crumpled": False},
        Extra(camera=lamps.moire),
    ),
    "300 pixels": Kind("size", {"ruling": "none"}, {"megapixels": 0.07, "blur": 0.5}),
    "600 pixels": Kind("size", {}, {"megapixels": 0.27, "blur": 0.5}),
    "24 megapixels": Kind("size", {}, {"megapixels": 24.0}),
}


def scene_of(name: str, seed: int, megapixels: float = 2.6) -> Scene:
    """The scene of a seed with what makes it this kind, in photos of a size where the kind doesn't say which."""
    kind, of = KINDS[name], scene(seed)
    thinnest = SMALLEST_STROKE / np.sqrt(kind.scene.get("megapixels", megapixels) * 1e6)
    look = replace(of.look, **({"thinnest": thinnest} | dict(kind.look)))
    usual = {"megapixels": megapixels, "blur": float(np.clip(of.blur, 0.5, 1.1)), "crumpled": False}
    if of.view == "no edge" and kind.group == "the sheet":
        usual["view"] = "whole"
    return replace(of, look=look, **(usual | dict(kind.scene)))


def photo_of(name: str, of: Scene) -> Photo:
    """The photo of a scene of this kind."""
    return photo(of, KINDS[name].extra)


def truth_of(name: str, of: Scene, height: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What is drawn on the sheet, `height` pixels high, and what of the sheet counts: both [H, W]."""
    page = KINDS[name].extra.paint(sheet(of.look, height, of.seed), np.random.default_rng([of.seed, 2]))
    page = sheets.with_all(page)
    paper = cv2.erode((page.paper > 0.5).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    return page.marks >= 0.5, paper & (page.aside < 0.5)
