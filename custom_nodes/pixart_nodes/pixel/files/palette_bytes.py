"""A palette file before it is understood: its bytes and name, and how its readers take them apart and complain."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import PaletteError, PictureError
from ..palette.color_text import WORD, parse_entry
from ..palette.palette import MAX_COLORS, Entry, Palette

Decode = Callable[[bytes], NDArray[np.uint8]]


@dataclass(frozen=True)
class PaletteBytes:
    """A file's bytes and name; `decode` turns those of a picture into uint8 [H, W, 4] or raises PictureError."""

    data: bytes
    path: str
    decode: Decode

    @cached_property
    def name(self) -> str:
        """The file's name without folders."""
        return PurePath(self.path).name

    def error(self, problem: object) -> PaletteError:
        """The error to raise for this file, whose text names the file and the problem."""
        return PaletteError(f"{self.name}: {problem}")

    def palette(
        self, entries: Iterable[Entry], title: str = "", source: str = "", author: str = "", columns: int = 0
    ) -> Palette:
        """The palette of these entries; of more than an index can name, repeated colours go. Raises PaletteError."""
        table = tuple(entries)
        if len(table) > MAX_COLORS:
            table = tuple({entry[:2]: entry for entry in table}.values())
        title = title or PurePath(self.path).stem
        try:
            return Palette(table, title, source or self.name, author, columns)
        except PaletteError as error:
            raise self.error(error) from error

    def lines(self) -> list[str]:
        """The lines that aren't blank, stripped: UTF-8, else Latin-1. Raises PaletteError for what is no text."""
        try:
            text = self.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            text = self.data.decode("latin-1")
            if re.search(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]", text):
                raise self.error("not a text file in UTF-8 or Latin-1; is the extension right?") from error
        return [line.strip() for line in text.splitlines() if line.strip()]

    def color(self, text: str) -> Entry:
        """A colour as people write it, with its alpha. Raises PaletteError."""
        try:
            return parse_entry(text)
        except PaletteError as error:
            raise self.error(error) from error

    def colors(self, line: str) -> list[Entry]:
        """All colours of a line, in their order. Raises PaletteError for a word that is no colour."""
        return [self.color(word) for word in WORD.findall(line)]

    def numbers(self, line: str, least: int = 3, most: int = 3) -> tuple[list[int], str]:
        """The numbers 0..255 that a line begins with, `least` to `most` of them, and the rest. Raises PaletteError."""
        match = re.match(rf"(?:\d+(?:\s+|$)){{{least},{most}}}", line, re.ASCII)
        numbers = [int(word) for word in match[0].split() if len(word) < 9] if match else []
        if match is None or len(numbers) < least or max(numbers) > 255:
            count_word = {3: "three", 4: "four"}[least]
            raise self.error(f"{line[:40]!r} is not a colour; expected {count_word} numbers 0..255.")
        return numbers, line[match.end() :].strip()

    def pixels(self) -> NDArray[np.uint8]:
        """The file as a picture. Raises PaletteError."""
        try:
            return self.decode(self.data)
        except PictureError as error:
            raise PaletteError(str(error)) from error

    def cursor(self) -> Cursor:
        """The bytes to be read one after the other."""
        return Cursor(self, self.data)


@dataclass
class Cursor:
    """A place in bytes; what is taken beyond their end is an error."""

    file: PaletteBytes
    data: bytes
    at: int = 0

    def take(self, size: int) -> bytes:
        """The next bytes. Raises PaletteError where so many aren't left."""
        if size > len(self.data) - self.at:
            missing = size - (len(self.data) - self.at)
            raise self.file.error(f"cut off or damaged; {missing} bytes are missing at byte {len(self.data)}.")
        self.at += size
        return self.data[self.at - size : self.at]

    def unpack(self, form: str) -> tuple[Any, ...]:
        """The next values, in a format of `struct`. Raises PaletteError."""
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def utf16(self, units: int) -> str:
        """The next big-endian UTF-16 text of so many units, the closing zero among them. Raises PaletteError."""
        return self.take(2 * units).decode("utf-16-be", "replace").rstrip("\0")

    @property
    def left(self) -> int:
        """How many bytes follow the cursor's place."""
        return len(self.data) - self.at
