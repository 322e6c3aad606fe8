"""The drawings that ship with the pack: one text file a category in `library/`, read when a drawing is asked for."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ..errors import DrawingError
from ..pixel.errors import UnknownName
from . import expression, recipe_text
from .recipe import Drawing
from .recipe_text import Block

FOLDER = Path(__file__).with_name("library")
KITS = "kits"  # the category of drawings that others inherit from, and that show nothing by themselves


@dataclass
class Library:
    """Drawings by name and synonym; a recipe is understood when it is first asked for."""

    blocks: dict[str, Block] = field(default_factory=dict)
    synonyms: dict[str, str] = field(default_factory=dict)
    originals: dict[str, Drawing] = field(default_factory=dict)  # as recipes have it, from which others inherit
    shown: dict[str, Drawing] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Iterable[tuple[str, str]]) -> Library:
        """A library of (category, text) pairs. Raises DrawingError where two drawings have one name."""
        library = cls()
        for category, text in texts:
            for block in recipe_text.blocks(text, category):
                library._add(block)
        return library

    def _add(self, block: Block) -> None:
        for name in block.names:
            other = self.synonyms.setdefault(_plain(name), block.names[0])
            if other != block.names[0] or block.names[0] in self.blocks:
                raise block.error(block.number, f"{name!r} is a name of {other!r} already.")
        self.blocks[block.names[0]] = block

    def names(self, category: str = "") -> list[str]:
        """Names of what can be drawn, without kits and without variants, in alphabetical order."""
        choice = (each for each in self.blocks.values() if each.category != KITS and "/" not in each.names[0])
        return sorted(each.names[0] for each in choice if category in ("", each.category))

    def categories(self) -> list[str]:
        """Categories in alphabetical order."""
        return sorted({block.category for block in self.blocks.values()} - {KITS})

    def variants(self, name: str) -> list[str]:
        """Names of all drawings of one thing: `tree`, `tree/autumn`. Raises UnknownName."""
        first = self._named(name).partition("/")[0]
        return sorted(each for each in self.blocks if each.partition("/")[0] == first)

    def find(self, name: str, seed: int | None = None) -> Drawing:
        """The drawing of a name or synonym; a seed chooses among its variants. Raises UnknownName, DrawingError."""
        own_name = self._named(name)
        if seed is not None and "/" not in own_name:
            variants = self.variants(own_name)
            own_name = variants[_drawn(f"{own_name} {seed}") % len(variants)]
        if own_name not in self.shown:
            self.shown[own_name] = expression.with_moods(self._original(own_name, 0))
        return self.shown[own_name]

    def has(self, name: str) -> bool:
        """Whether there is a drawing of that name or synonym."""
        return _plain(name) in self.synonyms

    def _named(self, name: str) -> str:
        plain = _plain(name)
        if plain not in self.synonyms:
            raise UnknownName(name, self.synonyms, what="Drawing")
        return self.synonyms[plain]

    def _original(self, name: str, depth: int) -> Drawing:
        if name not in self.originals:
            block = self.blocks[name]
            if depth > recipe_text.MOST_ANCESTORS:
                raise DrawingError(f"{name}: it inherits from itself, or from too many.")
            parent = None
            if block.parent:
                if not self.has(block.parent):
                    raise block.error(block.number, f"there is no {block.parent!r} to inherit from.")
                parent = self._original(self._named(block.parent), depth + 1)
            self.originals[name] = recipe_text.drawing(block, parent)
        return self.originals[name]


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("-", " ").replace("_", " ").split())


def _drawn(text: str) -> int:
    """A number that hangs on the text alone."""
    return zlib.crc32(text.encode())


@cache
def built_in() -> Library:
    """The pack's own drawings."""
    return Library.of((file.stem, file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.txt")))


def find(name: str, seed: int | None = None) -> Drawing:
    """A built-in drawing by name or synonym; a seed chooses among its variants. Raises UnknownName."""
    return built_in().find(name, seed)
