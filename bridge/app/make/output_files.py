"""The files of results: each is written whole or not at all, and never over a source."""

from __future__ import annotations

import argparse
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bridge.adapters.picture_fields import FORMAT_BY_NAME, MOVING_FORMATS
from bridge.app.make.sources import STDIN, Source
from bridge.core.errors import BadRequest

# A file's ending -> its format.
ENDINGS = {**{name: name for name in (*FORMAT_BY_NAME, *MOVING_FORMATS)}, "ase": "aseprite"}
FILE, FOLDER = "out", "out"  # the default names of a result and of a folder of results


@dataclass(frozen=True)
class Output:
    """The file of a single result, or the folder of several; `file` None and `folder` None is standard output."""

    format: str
    file: Path | None = None
    folder: Path | None = None

    @property
    def streams(self) -> bool:
        """Whether the result goes to standard output."""
        return self.file is None and self.folder is None


def output(place: Path | None, *, many: bool, format: str | None) -> Output:
    """The output of one result, or of many, at the `place` of the command line. Raises BadRequest for a wrong place."""
    if place is not None and str(place) == STDIN:
        if many:
            raise BadRequest("Standard output takes one picture.", hint="Name a folder with --output.")
        return Output(format or "png")
    if place is None and not many:
        return Output(format or "png", file=Path(f"{FILE}.{format or 'png'}"))
    path = place or Path(FOLDER)
    ending = path.suffix[1:].lower()
    if path.is_dir() or (many and ending not in ENDINGS and not path.exists()):
        _require_parent(path.absolute())
        return Output(format or "png", folder=path)
    if many:
        raise BadRequest(f"{path} is one file, for several pictures.", hint="Name a folder with --output.")
    _require_parent(path)
    if path.suffix and not format and ending not in ENDINGS:
        kinds = ", ".join(ENDINGS)
        raise BadRequest(f"No picture can be written as {path.suffix}.", hint=f"There are {kinds}; --format says any.")
    return Output(format or ENDINGS.get(ending, "png"), file=path)


def _require_parent(path: Path) -> None:
    if not path.parent.is_dir():
        raise BadRequest(
            f"There is no folder {path.parent}, so that no picture can be written.",
            hint="Make it, or name another place with --output.",
        )


def place(text: str) -> Path:
    """The place that the command line names. Raises ArgumentTypeError for an empty name, as of an unset variable."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return Path(text)


def places(output: Output, sources: Sequence[Source]) -> dict[Source, Path]:
    """A file for each source, no two alike and none that is a source itself. Raises BadRequest for that."""
    if output.streams:
        return dict.fromkeys(sources, Path(STDIN))
    result: dict[Source, Path] = {}
    used_paths: set[Path] = set()
    for source in sources:
        path = output.file or _free(output, source, used_paths)
        used_paths.add(path)
        result[source] = path
    originals = {source.path.resolve(): source.path for source in sources if source.path}
    for path in result.values():
        if (original := originals.get(path.resolve())) is not None:
            raise BadRequest(f"{original} would be written over.", hint="Name another place with --output.")
    return result


def _free(output: Output, source: Source, used_paths: set[Path]) -> Path:
    assert output.folder is not None
    plain, number = output.folder / f"{source.name}.{output.format}", 1
    path = plain
    while path in used_paths:
        number += 1
        path = plain.with_stem(f"{plain.stem}-{number}")
    return path


def write(path: Path, data: bytes, beside: Mapping[str, bytes] | None = None) -> None:
    """Write a file, and those beside it by their endings, each in one step. Raises OSError, and leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path.resolve(), data)
    for ending, more in (beside or {}).items():
        _write(path.with_suffix(ending).resolve(), more)


def _write(path: Path, data: bytes) -> None:
    if path.exists() and not path.is_file():  # such as /dev/stdout
        path.write_bytes(data)
        return
    half = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        half.write_bytes(data)
        half.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error  # not with the half's name
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)
