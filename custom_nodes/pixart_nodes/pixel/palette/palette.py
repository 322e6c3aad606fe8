"""A palette: 1 to 256 entries, each in its place as an indexed image or a file has it; and the colours they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PaletteError

K = TypeVar("K", bound=np.generic)

MAX_COLORS = 256  # what one byte a pixel, and a palette PNG, can index
LONGEST_NAME = 80  # characters; a title of more is no title


class Entry(NamedTuple):
    """One place of a palette: sRGB 0..255; alpha 0..255, 0 is see-through; a name; whether edits must keep it."""

    rgb: tuple[int, int, int]
    alpha: int = 255
    name: str = ""
    locked: bool = False

    @classmethod
    def of(cls, values: Sequence[int], name: str = "") -> Entry:
        """An entry from red, green, blue and, where it follows, alpha."""
        red, green, blue, *alpha = values
        return cls((red, green, blue), alpha[0] if alpha else 255, name)


@dataclass(frozen=True, repr=False)
class Palette:
    """Entries by index, repeats and unused ones included; equal where all of it is equal.

    `paints` is what nearest colours and dithers choose from. `source` says whence the palette is, `columns` in how
    many columns its author laid it out (0: not said). Names are kept as one line of printable text.
    Raises PaletteError for no entry, over 256, or none that can be seen.
    """

    entries: tuple[Entry, ...]
    name: str = "custom"
    source: str = ""
    author: str = ""
    columns: int = 0

    def __post_init__(self) -> None:
        for field in ("name", "source", "author"):
            object.__setattr__(self, field, one_line(getattr(self, field)))
        entries = tuple(e._replace(name=one_line(e.name)) if e.name else e for e in self.entries)
        object.__setattr__(self, "entries", entries)
        if not any(entry.alpha for entry in entries):
            what = "only transparent entries" if entries else "no colours"
            raise PaletteError(f"The palette {self.name!r} has {what}; give at least one colour.")
        if len(entries) > MAX_COLORS:
            raise PaletteError(f"The palette {self.name!r} has {len(entries)} colours; {MAX_COLORS} is the most.")

    @classmethod
    def of(cls, colors: ArrayLike, name: str = "custom", source: str = "", author: str = "") -> Palette:
        """Build from sRGB values 0..255 [N, 3]; duplicates go, order stays. Raises PaletteError."""
        table = np.asarray(colors).reshape(-1, 3).astype(np.uint8)
        return cls.from_table(distinct(table), name, source, author)

    @classmethod
    def from_table(cls, table: ArrayLike, name: str = "custom", source: str = "", author: str = "") -> Palette:
        """Build from sRGB values 0..255 [N, 3], or [N, 4] with alpha; every row is an entry. Raises PaletteError."""
        return cls(tuple(map(Entry.of, np.asarray(table).tolist())), name, source, author)

    @cached_property
    def table(self) -> NDArray[np.uint8]:
        """Every entry by its index, with alpha: uint8 [M, 4], read-only."""
        table = np.array([(*entry.rgb, entry.alpha) for entry in self.entries], np.uint8)
        table.setflags(write=False)
        return table

    @cached_property
    def colors(self) -> NDArray[np.uint8]:
        """The distinct colours that can be seen, in order of first appearance: uint8 [N, 3], read-only."""
        return self._distinct(self.table[:, 3] > 0)

    @cached_property
    def paints(self) -> NDArray[np.uint8]:
        """The colours that opaque pixels are painted with: uint8 [N, 3], read-only.

        Half-transparent entries are among them only where no entry is opaque.
        """
        opaque = self.table[:, 3] == 255
        return self._distinct(opaque) if opaque.any() else self.colors

    def _distinct(self, chosen: NDArray[np.bool_]) -> NDArray[np.uint8]:
        colors = distinct(self.table[chosen][:, :3])
        colors.setflags(write=False)
        return colors

    @property
    def transparent(self) -> int | None:
        """The first index whose entry is see-through; None where there is none."""
        return next((at for at, entry in enumerate(self.entries) if entry.alpha == 0), None)

    def __len__(self) -> int:
        return len(self.colors)

    def __repr__(self) -> str:
        colors = " ".join(self.hex()[:8]) + (" …" if len(self) > 8 else "")
        more = [f"{len(self.entries)} entries"] if len(self.entries) != len(self) else []
        more += [f"{self.transparent} transparent"] if self.transparent is not None else []
        return f"Palette({self.name!r}, {', '.join([f'{len(self)} colours', *more])}: {colors})"

    def hex(self) -> list[str]:
        """The `colors` as texts `rrggbb`, in their order."""
        return [bytes(c).hex() for c in self.colors]


def one_line(text: str) -> str:
    """The text with control characters and line ends as single blanks, none at the ends, at most 80 characters."""
    if text.isascii() and text.isprintable() and "  " not in text and len(text) <= LONGEST_NAME:
        return text.strip()
    plain = "".join(c if c.isprintable() else " " for c in text[: 8 * LONGEST_NAME])
    return " ".join(plain.split())[:LONGEST_NAME].strip()


def packed(rgb: NDArray[np.uint8]) -> NDArray[np.int64]:
    """One integer 0xRRGGBB a colour: [..., 3] in, [...] out."""
    keys = rgb[..., 0].astype(np.int64)
    for channel in (1, 2):  # in place: 64 bits for each channel of a large picture are twice the picture itself
        keys <<= 8
        keys |= rgb[..., channel]
    return keys


def unpacked(keys: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The colours of packed integers: [...] in, uint8 [..., 3] out."""
    return np.stack([keys >> 16 & 255, keys >> 8 & 255, keys & 255], axis=-1).astype(np.uint8)


def each_once(keys: NDArray[K]) -> NDArray[K]:
    """Each key of [M] once, sorted. np.unique goes by hashes since numpy 2.3, and takes up to 70 times as long."""
    keys = np.sort(keys)
    return keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]]


def distinct(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Drop repeated colours of [N, 3], keeping the order of first appearance."""
    _, first = np.unique(packed(colors), return_index=True)
    return colors[np.sort(first)]
