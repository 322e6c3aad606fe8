"""The Pixart editor's styles: palette, contrast, and what photographs are made small and dithered by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Style:
    """One of the editor's styles, as inputs of the workflow. Contrast is applied before the palette, never after.

    `method` and `dither` are those of photographs; what suits anything else, the workflow finds by looking. Above 0,
    `own_colors` of the picture's own take the palette's place where the request names no colours.
    """

    palette: str
    dither: str
    strength: float
    method: str
    contrast: float
    wording: str
    own_colors: int = 0


HALF = 0.5  # of the error is passed on: at a sprite's size, all of it is noise
STYLES = {
    "retro-8bit": Style("pixart-8", "floyd-steinberg", HALF, "k-centroid", 1.3, "8-bit style, few colors, bold shapes"),
    "retro-16bit": Style("pico-8", "floyd-steinberg", HALF, "k-centroid", 1.2, "16-bit style, vibrant colors"),
    "pixel-modern": Style("pixart-32", "none", 0.0, "box", 1.0, "modern pixel art, clean shading, vibrant colors"),
    "low-res": Style(
        "pixart-4", "floyd-steinberg", HALF, "k-centroid", 1.5, "monochrome handheld style, high contrast"
    ),
    "high-detail": Style("pixart-64", "none", 0.0, "box", 1.1, "highly detailed, rich colors", own_colors=64),
}
DEFAULT_STYLE = "pixel-modern"
PAPER_METHOD = "contrast"  # a photo of paper is made of lines thinner than a pixel, which the styles' methods lose


def own_palette(style: Style) -> dict[str, Any]:
    """The inputs by which a style takes colours of the picture's own, where the request names none."""
    return {"own_colors": style.own_colors, "contrast": 1.0} if style.own_colors else {}  # they fit: no more is needed


def fixed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values for a workflow that doesn't look at the picture first: everything is treated as a photograph."""
    renamed = {"photo_method": "method", "photo_dither": "dither"}
    return {renamed.get(name, name): value for name, value in values.items()}
