"""The choices of the studio's menus: styles, and the connected ComfyUI's names, with each palette's colours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from bridge.adapters.picture_fields import FIT_CHOICES, LARGEST, MOST_COLORS, SMALLEST
from bridge.adapters.styling import DEFAULT_STYLE, STYLES
from bridge.catalog.models import Catalog
from bridge.core.places import FILES
from bridge.web.studio_files import release

PALETTES_FOLDER = FILES / "custom_nodes" / "pixart_nodes" / "palettes"
HEX_COLOR = re.compile(r"[0-9a-fA-F]{6}")


def choices(catalog: Catalog) -> Mapping[str, Any]:
    """The choices as JSON. `live` is false while ComfyUI doesn't answer; the lists of its names are empty then.

    By `release` a page knows whether the server has the files still that it was made of.
    """
    return {
        "release": release(),
        "live": catalog.live,
        "styles": {name: asdict(style) for name, style in STYLES.items()},
        "style": DEFAULT_STYLE,
        "sizes": {"least": SMALLEST, "most": LARGEST},
        "most_colors": MOST_COLORS,
        "fits": FIT_CHOICES,
        "palettes": [{"name": name, **_palette(name)} for name in catalog.palettes],
        "methods": catalog.methods,
        "dithers": catalog.dithers,
        "metrics": catalog.metrics,
        "machines": catalog.machines,
        "modes": catalog.modes,
        "engine": catalog.engine,
        "checkpoints": catalog.offered_checkpoints,
        "checkpoint": catalog.checkpoint,
        "samplers": catalog.samplers,
        "schedulers": catalog.schedulers,
        "loras": catalog.loras,
    }


@lru_cache(maxsize=1024)
def _palette(name: str) -> Mapping[str, Any]:
    """Title, author and colours of a palette that comes with the pack; a ComfyUI elsewhere may have more."""
    path = PALETTES_FOLDER / f"{name}.hex"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    about = dict(line[1:].split(":", 1) for line in lines if line.startswith(";") and ":" in line)
    fields = {key.strip(): value.strip() for key, value in about.items()}
    colors = [f"#{line.strip().lower()}" for line in lines if HEX_COLOR.fullmatch(line.strip())]
    return {"title": fields.get("name") or name, "author": fields.get("author", ""), "colors": colors}
