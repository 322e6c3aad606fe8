"""Palettes by libimagequant, the library behind pngquant, where its Python package is installed. Nothing needs it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from .errors import PixelError
from .pixel.palette import extract
from .pixel.palette.extract import Method
from .pixel.palette.histogram import Bytes, Floats, Tally

NAME = "libimagequant"  # of the package and of the method; the package is under the GPL
FEWEST = 2  # colours that it can be asked for


def methods() -> dict[str, Method]:
    """The methods of extraction that there are here."""
    return extract.METHODS | ({NAME: chosen} if find_spec(NAME) else {})


def require(method: str) -> None:
    """Raise PixelError for a method that there isn't here."""
    if method == NAME and NAME not in methods():
        raise PixelError(
            f"The extraction method {NAME!r} needs the Python package of that name (under the GPL), which isn't "
            "installed beside ComfyUI. Install it, or choose another method, for example 'k-means'."
        )
    extract.require(method, methods())


def chosen(counted: Tally, count: int, locked: Bytes) -> Floats:
    """Up to `count` colours less the locked ones, that go with these: sRGB values [K, 3]."""
    library: Any = import_module(NAME)
    options = library.Attr()
    options.max_colors = max(FEWEST, count)
    colors = np.rint(counted.means).astype(np.uint8).tolist()
    amounts = np.minimum(counted.counts, np.iinfo(np.int32).max).tolist()
    entries = [library.HistogramEntry(library.Color(*rgb, 255), n) for rgb, n in zip(colors, amounts, strict=True)]
    histogram = library.Histogram(options)
    histogram.add_colors(options, entries, 0)
    for rgb in locked.tolist():
        histogram.add_fixed_color(library.Color(*rgb, 255), 0)
    palette = [[c.r, c.g, c.b] for c in histogram.quantize(options).get_palette()]
    fixed = locked.tolist()
    free = [rgb for rgb in palette if rgb not in fixed][: count - len(locked)]
    return np.array(free, np.float64).reshape(-1, 3)
