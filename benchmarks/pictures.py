"""Public-domain pictures that scikit-image's wheel carries, and the palettes that they are shown in.

Astronaut, rocket and the Hubble field are NASA's or released by their owners; chelsea, coffee and retina are CC0;
the stained tissue has no known restrictions.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pixart_nodes import library
from pixart_nodes.pixel.palette.extract import extract

RGB = NDArray[np.uint8]
NAMES = ("astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field", "retina", "immunohistochemistry")
SIDE = 384  # of a picture that quality is measured on


@cache
def photo(name: str, side: int = SIDE) -> RGB:
    """The middle of a picture as a square: uint8 [side, side, 3], Lanczos."""
    try:
        from skimage import data
    except ImportError as error:
        raise SystemExit(f"{error}. What is measured are its pictures: pip install -r benchmarks/peers.txt") from error
    whole = Image.fromarray(getattr(data, name)()).convert("RGB")
    least = min(whole.size)
    left, top = (whole.width - least) // 2, (whole.height - least) // 2
    square = whole.crop((left, top, left + least, top + least)).resize((side, side), Image.Resampling.LANCZOS)
    return np.asarray(square)


@cache
def mosaic(side: int) -> RGB:
    """Four pictures in one, with light grain as a camera's: uint8 [side, side, 3]; for times."""
    half = side // 2
    a, b, c, d = (photo(name, half) for name in ("astronaut", "coffee", "chelsea", "retina"))
    whole = np.block([[[a], [b]], [[c], [d]]]).astype(np.float64)
    noise = np.random.default_rng(7)
    grain = noise.normal(0, 0.8, (side, side, 1)) + noise.normal(0, 0.3, (side, side, 3))
    return np.rint(np.clip(whole + grain, 0, 255)).astype(np.uint8)


def rgba(picture: RGB) -> RGB:
    """With full alpha, as the pack's functions take it."""
    return np.ascontiguousarray(np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]))


@cache
def palette(count: int) -> RGB:
    """Colours that people use at this count (2, 4, 16, 32, 64), beyond that ones made for the mosaic: [count, 3]."""
    names = {2: "1bit-monitor-glow", 4: "cga-1-high", 16: "pico-8", 32: "db32", 64: "resurrect-64"}
    if count in names:
        return library.palette(names[count]).colors
    return extract(rgba(mosaic(512)), count, "k-means").colors
