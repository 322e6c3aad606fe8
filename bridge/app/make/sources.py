"""The sources of drawings that the command line names: files, folders, standard input, words."""

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
# The endings of those files of a folder that are drawn.
PICTURE_ENDINGS = (
    ".png",
    ".apng",
    ".jpg",
    ".jpeg",
    ".jfif",
    ".webp",
    ".gif",
    ".bmp",
    ".tif",
    ".tiff",
    ".psd",
    *LAYERED,
)
LONGEST_NAME = 60  # characters of the name of a file that is drawn from words


@dataclass(frozen=True)
class Source:
    """One source: a file, bytes of standard input, or words; an `empty` one has none of them, for workflows of numbers.

    `label` is its name for people, `name` the path of its result below the output folder, without an ending.
    """

    label: str
    name: PurePath
    path: Path | None = None
    data: bytes = b""
    words: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is neither a picture nor words."""
        return self.path is None and not self.data and not self.words

    def read(self) -> bytes:
        """The picture's bytes; of a drawing program's file those of its merged picture. Raises OSError, BadRequest."""
        data = self.path.read_bytes() if self.path else self.data
        if not data:
            raise BadRequest(f"{self.label} is empty.")
        return merged(data, self.label)


def sources(arguments: Sequence[str], away: Path | None = None) -> list[Source]:
    """The sources that the arguments name, in their order, each file once; a folder stands for all pictures below it.

    Pictures in the folder `away` are left out. Raises BadRequest for a folder without pictures and an empty standard
    input. A missing file raises OSError only when it is read.
    """
    result: dict[object, Source] = {}
    for argument in arguments:
        for source in _sources_of(argument, away):
            result.setdefault(source.path or source.words or source.label, source)
    return list(result.values())


def _sources_of(argument: str, away: Path | None) -> Iterator[Source]:
    path = Path(argument)
    if not argument:
        raise BadRequest("The name of a source is empty.", hint="An unset variable in quotes is such a name.")
    if argument == STDIN:
        if not (data := sys.stdin.buffer.read()):
            raise BadRequest("Standard input is empty.", hint="A picture comes by `<` or a pipe.")
        yield Source("standard input", PurePath("stdin"), data=data)
    elif is_words(argument):
        yield of_words(argument)
    elif path.is_dir():
        yield from in_folder(path, away)
    elif path.is_fifo() or path.is_char_device():  # such as /dev/stdin and <(curl ...), which can be read once
        if not (data := path.read_bytes()):
            raise BadRequest(f"{argument} is empty.")
        yield Source(argument, PurePath(path.name), data=data)
    else:
        yield Source(argument, PurePath(path.stem), path)


def require_file(all_sources: Sequence[Source]) -> None:
    """Raise OSError, or BadRequest with what to do, for a file that isn't there where it is all that is to be drawn."""
    if len(all_sources) != 1 or not (path := all_sources[0].path):
        return
    if path.name == all_sources[0].label and not path.suffix and not path.exists():
        raise BadRequest(f"There is no file {path.name}.", hint=f"To draw what a word says: --prompt {path.name}.")
    path.stat()


def of_words(text: str) -> Source:
    """A text to draw, be it one word."""
    return Source(text, PurePath(slug(text)), words=text)


def is_words(text: str) -> bool:
    """Whether a text is words: it has a space and no ending, and no file has this name."""
    path = Path(text)
    return " " in text.strip() and (not path.suffix or " " in path.suffix) and not path.exists()


def in_folder(folder: Path, away: Path | None = None) -> list[Source]:
    """The pictures in a folder and below, without hidden ones. Raises BadRequest for a folder without any."""
    files = sorted(path for path in folder.rglob("*") if _is_picture(path, folder) and path.is_file())
    pictures = [path for path in files if not _lies_in(path, away) or _lies_in(folder / "any", away)]
    if not pictures:
        endings = ", ".join(PICTURE_ENDINGS)
        raise BadRequest(f"There is no picture in the folder {folder}.", hint=f"Their names end in {endings}.")
    return [Source(str(path), path.relative_to(folder).with_suffix(""), path) for path in pictures]


def _lies_in(path: Path, folder: Path | None) -> bool:
    return folder is not None and folder.resolve() in path.resolve().parents


def _is_picture(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix.lower() in PICTURE_ENDINGS and not hidden


def slug(words: str) -> str:
    """The name of a file for words, such as `a-red-fox`."""
    return re.sub(r"\W+", "-", words.lower()).strip("-")[:LONGEST_NAME].strip("-") or "words"
