"""What native size others find. Each function imports its peer itself: a peer that lacks is left out of the table."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

RGB = NDArray[np.uint8]
Size = tuple[int, int]  # width, height; (0, 0) where a peer finds nothing or fails


def unfake(picture: RGB) -> Size:
    """PyPI unfake (MIT), as it is set."""
    from unfake import process_image_sync

    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture.png"
        Image.fromarray(picture).save(file)
        return process_image_sync(str(file))["image"].size


def perfect_pixel(picture: RGB) -> Size:
    """PyPI perfect-pixel (MIT), as it is set."""
    from perfect_pixel import get_perfect_pixel

    width, height, _ = get_perfect_pixel(picture)
    return width or 0, height or 0


def proper_pixel_art(picture: RGB) -> Size:
    """PyPI proper-pixel-art (MIT), as it is set."""
    from proper_pixel_art import pixelate

    return pixelate(Image.fromarray(picture)).image.size


def pixel_snapper(picture: RGB) -> Size:
    """PyPI pixel-snapper (MIT), Sprite Fusion's method, as it is set."""
    from pixel_snapper import process_image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return Image.open(io.BytesIO(bytes(process_image(file.getvalue())))).size


def ai2pixelart(picture: RGB) -> Size:
    """PyPI ai2pixelart (PolyForm Noncommercial: it is measured, nothing is taken from it), as it is set."""
    from ai2pixelart.grid import estimate_grid

    found = estimate_grid(picture)
    return (len(found.x.edges) - 1, len(found.y.edges) - 1) if found else (0, 0)


PEERS: dict[str, Callable[[RGB], Size]] = {
    "ai2pixelart": ai2pixelart,
    "perfect_pixel": perfect_pixel,
    "proper_pixel_art": proper_pixel_art,
    "unfake": unfake,
    "pixel_snapper": pixel_snapper,
}


def installed() -> dict[str, Callable[[RGB], Size]]:
    """The peers that are there, by the name of their module."""
    return {name: quiet(name, peer) for name, peer in PEERS.items() if find_spec(name)}


FAILED: Counter[str] = Counter()  # how often each ended with an error


def quiet(name: str, peer: Callable[[RGB], Size]) -> Callable[[RGB], Size]:
    """The peer without its prints; an error of its is a size that it didn't find, and is counted."""

    def run(picture: RGB) -> Size:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            try:
                return peer(picture)
            except Exception:  # noqa: BLE001 - whatever a peer fails with, it found no size
                FAILED[name] += 1
                return 0, 0

    return run
