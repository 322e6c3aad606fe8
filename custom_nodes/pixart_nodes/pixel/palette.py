"""A palette: 1 to 256 distinct colours in an order that is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import PaletteError

MAX_COLORS = 256  # what one byte a pixel, and a palette PNG, can index


@dataclass(frozen=True, eq=False)
class Palette:
    """Distinct colours in order: `colors` uint8 [N, 3], read-only; `source` says whence they are."""

    colors: NDArray[np.uint8]
    name: str = "custom"
    source: str = ""
    author: str = ""

    @classmethod
    def of(cls, colors: ArrayLike, name: str = "custom", source: str = "", author: str = "") -> Palette:
        """Build from sRGB values 0..255 [N, 3]; duplicates go, order stays. Raises PaletteError."""
        table = np.asarray(colors)
        if table.size == 0:
            raise PaletteError(f"The palette {name!r} has no colours; give at least one.")
        table = distinct(table.reshape(-1, 3).astype(np.uint8))
        if len(table) > MAX_COLORS:
            raise PaletteError(f"The palette {name!r} has {len(table)} colours; {MAX_COLORS} is the most.")
        table.setflags(write=False)
        return cls(table, name, source, author)

    def __len__(self) -> int:
        return len(self.colors)

    def hex(self) -> list[str]:
        """The colours as `rrggbb`, in order."""
        return [bytes(c).hex() for c in self.colors]


def packed(rgb: NDArray[np.uint8]) -> NDArray[np.int64]:
    """One integer 0xRRGGBB a colour: [..., 3] in, [...] out."""
    c = rgb[..., :3].astype(np.int64)
    return c[..., 0] << 16 | c[..., 1] << 8 | c[..., 2]


def unpacked(keys: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The colours of packed integers: [...] in, uint8 [..., 3] out."""
    return np.stack([keys >> 16 & 255, keys >> 8 & 255, keys & 255], axis=-1).astype(np.uint8)


def distinct(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Drop repeated colours of [N, 3], keeping the order of first appearance."""
    _, first = np.unique(packed(colors), return_index=True)
    return colors[np.sort(first)]


def parse_color(text: str) -> tuple[int, int, int]:
    """Read `#rgb`, `#rrggbb` or `#rrggbbaa` (alpha ignored), with or without `#`. Raises PaletteError."""
    digits = text.strip().removeprefix("#")
    if not re.fullmatch(r"[0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8}", digits):
        raise PaletteError(f"{text.strip()[:40]!r} is not a colour; write it as #rrggbb, for example #ff004d.")
    if len(digits) == 3:
        digits = "".join(d * 2 for d in digits)
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def parse_colors(text: str, name: str = "custom") -> Palette:
    """Read hex colours separated by spaces, commas, semicolons or newlines. Raises PaletteError."""
    words = [word for word in re.split(r"[\s,;]+", text) if word]
    return Palette.of([parse_color(word) for word in words], name=name, source="colour list")
