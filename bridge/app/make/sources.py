"""What is to be drawn, as the command line names it: files, folders, standard input, words."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from bridge.app.make.layered_file import ENDINGS as LAYERED
from bridge.app.make.layered_file import merged
from bridge.core.errors import BadRequest

STDIN = "-"
# Which of a folder's files are drawn.
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".psd", *LAYERED)
LONGEST_NAME = 60  # characters of a file that is named after words


@dataclass(frozen=True)
class Source:
    """One thing to draw: a file, bytes that were read, or words; `empty` are all three, for a workflow of numbers.

    `shown` is what it is called to a person, `name` the path of its result below the output folder, without an ending.
    """

    shown: str
    name: PurePath
    path: Path | None = None
    data: bytes = b""
    words: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw after."""
        return self.path is None and not self.data and not self.words

    def read(self) -> bytes:
        """The picture's bytes, of a drawing program's file the picture that it shows. Raises OSError, BadRequest."""
        data = self.path.read_bytes() if self.path else self.data
        if not data:
            raise BadRequest(f"{self.shown} is empty.")
        return merged(data, self.shown)


def sources(arguments: Sequence[str], away: Path | None = None) -> list[Source]:
    """Everything that the arguments name, in their order, each file once; of folders all pictures below, by name, but
    for what lies in the folder `away`.

    Raises BadRequest for a folder without pictures and an empty standard input. A file that isn't there is noticed when
    it is read.
    """
    result: dict[object, Source] = {}
    for argument in arguments:
        for source in _named(argument, away):
            result.setdefault(source.path or source.words or source.shown, source)
    return list(result.values())


def _named(argument: str, away: Path | None) -> Iterator[Source]:
    path = Path(argument)
    if argument == STDIN:
        if not (data := sys.stdin.buffer.read()):
            raise BadRequest("Standard input is empty.", hint="A picture comes by `<` or a pipe.")
        yield Source("standard input", PurePath("stdin"), data=data)
    elif is_words(argument):
        yield Source(argument, PurePath(slug(argument)), words=argument)
    elif path.is_dir():
        yield from in_folder(path, away)
    else:
        yield Source(argument, PurePath(path.stem), path)


def is_words(text: str) -> bool:
    """Whether it is a text with a space and no ending, which no file is called."""
    path = Path(text)
    return " " in text.strip() and not path.suffix and not path.exists()


def in_folder(folder: Path, away: Path | None = None) -> list[Source]:
    """The pictures in a folder and below, hidden ones left out. Raises BadRequest where there is none."""
    files = sorted(path for path in folder.rglob("*") if _is_picture(path, folder) and path.is_file())
    kept = [path for path in files if not _lies_in(path, away) or _lies_in(folder / "any", away)]
    if not kept:
        endings = ", ".join(PICTURES)
        raise BadRequest(f"There is no picture in the folder {folder}.", hint=f"Their names end in {endings}.")
    return [Source(str(path), path.relative_to(folder).with_suffix(""), path) for path in kept]


def _lies_in(path: Path, folder: Path | None) -> bool:
    return folder is not None and folder.resolve() in path.resolve().parents


def _is_picture(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix.lower() in PICTURES and not hidden


def slug(words: str) -> str:
    """A file's name for words: `a-red-fox`."""
    return re.sub(r"\W+", "-", words.lower()).strip("-")[:LONGEST_NAME].strip("-") or "words"
