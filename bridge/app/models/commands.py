"""The commands of `pixart models`: list, get, verify, where, remove. The command line gives them a `Voice`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.app.models import civitai, hub
from bridge.app.models.download import Download, Tell, fetch, gigabytes, part_of, require_room, sha256_of
from bridge.app.models.folders import Folders
from bridge.app.models.hub import DownloadFailed, Hubs, Source
from bridge.app.models.model_file import trouble
from bridge.catalog.model_sets import MODEL_ENDINGS, PICKLE_ENDINGS, SHA256_PATTERN, ModelFile, ModelSet, ModelSets
from bridge.core.errors import BadRequest, NotFound

STATES, SIZES, KINDS = 7, 8, 17  # columns
MOST_PICKLES = 5  # whose names are printed


@dataclass(frozen=True)
class Place:
    """A manifest, and the folders that its files belong into."""

    sets: ModelSets
    folders: Folders

    @property
    def known_sets(self) -> Mapping[str, ModelSet]:
        """The manifest's sets by name."""
        return self.sets.sets

    @property
    def known_files(self) -> tuple[ModelFile, ...]:
        """The manifest's files, those outside the sets included."""
        files = self.sets.files
        return tuple(files.values())

    @property
    def kinds(self) -> Mapping[str, tuple[Path, ...]]:
        """The folders by kind of model."""
        return self.folders.by_kind

    def state(self, file: ModelFile) -> str:
        """`there`, the part that has come, `other` for a file of this name with another size, or an empty text."""
        path = self.folders.locate(file)
        if path is not None:
            return "there" if file.size in (None, path.stat().st_size) else "other"
        part = self.part(file)
        if not part.exists():
            return "-"
        return f"{part.stat().st_size / file.size:.0%}" if file.size else "begun"

    def part(self, file: ModelFile) -> Path:
        """The path of a file's unfinished download."""
        return part_of(self.folders.place(file), file.sha256)

    def files(self, names: Iterable[str]) -> list[ModelFile]:
        """The files of these names, each once; all files without a name. Raises UnknownName."""
        files = [file for name in names for file in self.sets.files_of(name)]
        return list(dict.fromkeys(files))


@dataclass(frozen=True)
class Voice:
    """A command's ways to speak with a person: sentences, questions with yes or no, and lines of progress."""

    say: Callable[[str], None]
    ask: Callable[[str], bool]
    tell: Callable[[str], Tell]  # makes the line of progress for the file of this name


def list_lines(place: Place, names: Sequence[str]) -> Iterator[str]:
    """The lines of `list`: each set with its files and their states, and then the files of no set."""
    shown = [each for each in place.known_sets.values() if not names or each.name in names]
    for each in shown:
        states = [place.state(file) for file in each.files]
        count = f"{_sum(each.files)}, {states.count('there')} of {len(states)} files there"
        yield f"{each.name}: {each.summary} ({count if states else 'nothing to fetch'})"
        yield from (_row(place, file) for file in each.files)
    within = {file for each in place.known_sets.values() for file in each.files}
    alone = [file for file in place.known_files if file not in within]
    files = place.files([name for name in names if name not in place.known_sets]) if names else alone
    if files:
        yield "files by themselves:"
        yield from (_row(place, file) for file in files)


def _row(place: Place, file: ModelFile) -> str:
    size = gigabytes(file.size) if file.size else "?"
    words = _pin(file) + (f"; prompt: {file.trigger}" if file.trigger else "")
    columns = f"{place.state(file):>{STATES}} {size:>{SIZES}}  {file.folder:{KINDS}}"
    return f"{columns} {file.name} ({_licence(file)}{words})"


def _licence(file: ModelFile) -> str:
    return file.licence or "licence: see its page"


def _pin(file: ModelFile) -> str:
    """What a person is told of a file whose source may be replaced."""
    return "" if file.is_pinned else "; its revision isn't pinned, its SHA-256 is"


def _sum(files: Iterable[ModelFile]) -> str:
    sizes = [file.size for file in files]
    more = " and more" if None in sizes else ""
    return gigabytes(sum(size or 0 for size in sizes)) + more


def get(place: Place, names: Sequence[str], hubs: Hubs, voice: Voice, *, yes: bool, spare: int) -> None:
    """Fetch missing files, after a question with sizes and licences unless `yes`. Raises DownloadFailed."""
    for each in filter(None, map(place.known_sets.get, names)):
        if not each.files:
            raise NotFound(f"Nothing is fetched for {each.name!r}.", hint=each.note)
    sources = dict(_sources(place, names, hubs))
    _require_free_places(place, sources)
    lacks = {file: where for file, where in sources.items() if place.state(file) != "there"}
    if not lacks:
        voice.say("All of it is there. `pixart models verify` looks whether it is whole.")
        return
    downloads = {file: _download(place, file, where, hubs) for file, where in lacks.items()}
    require_room(list(downloads.values()), spare)
    for file, download in downloads.items():
        voice.say(f"{file.name}: {_to_come(download)} into {download.place.parent}")
        voice.say(f"    from {download.source.page}; {_licence(file)}{_pin(file)}")
    total = sum(each.size - min(each.have, each.size) for each in downloads.values())
    if not yes and not voice.ask(f"Fetch {gigabytes(total)}, and accept these licences?"):
        raise BadRequest("Nothing was fetched.")
    for file, download in downloads.items():
        _fetch(file, download, voice, spare)
    for each in filter(None, map(place.known_sets.get, names)):
        if each.note:
            voice.say(each.note)
    voice.say("A server that runs sees new models within seconds.")


def _require_free_places(place: Place, files: Iterable[ModelFile]) -> None:
    """Raises BadRequest where another file, a folder or a dead link is in a file's place."""
    for file in files:
        path = place.folders.place(file)
        if place.state(file) == "other":
            raise BadRequest(f"{path} is there with another size than the file of this name has.", hint="Move it away.")
        if path.is_dir() or (path.is_symlink() and not path.exists()):
            raise BadRequest(f"{path} {trouble(path)}.", hint="Move it away.")


def _sources(place: Place, names: Sequence[str], hubs: Hubs) -> Iterator[tuple[ModelFile, Source | None]]:
    """The files by names or by SHA-256 at Civitai, each with its source, or None where that isn't known yet."""
    for name in names:
        if SHA256_PATTERN.fullmatch(name.lower()):
            yield civitai.by_hash(name.lower(), hubs)
        else:
            yield from ((file, None) for file in place.sets.files_of(name))


def _download(place: Place, file: ModelFile, where: Source | None, hubs: Hubs) -> Download:
    """The download of a file, checked with its server. Raises DownloadFailed."""
    try:
        source = where or (hub.source(file, hubs) if file.repo else civitai.by_hash(file.sha256, hubs)[1])
        size = hub.patiently(lambda: hub.length(source), file.name)
    except DownloadFailed as error:
        raise _with_name(error, file) from error
    if file.size not in (None, size):
        what = f"{file.name} has {size} bytes at its source, and {file.size} are expected."
        raise DownloadFailed(what, hint="It was replaced there. Update Pixart, or name another file.")
    return Download(place.folders.place(file), file.sha256, size, source)


def _to_come(download: Download) -> str:
    have = download.have
    return f"{gigabytes(download.size)}{f', of which {gigabytes(have)} came before,' if have else ''}"


def _fetch(file: ModelFile, download: Download, voice: Voice, spare: int) -> None:
    try:
        fetch(download, voice.tell(file.name), spare)
    except DownloadFailed as error:
        raise _with_name(error, file) from error
    except KeyboardInterrupt:
        what = f"Stopped with {gigabytes(download.have)} of {gigabytes(download.size)} of {file.name}."
        raise DownloadFailed(what, hint="Run the command again to go on from there.") from None
    voice.say(f"{download.place}: whole")


def _with_name(error: DownloadFailed, file: ModelFile) -> DownloadFailed:
    """The error with the file's name in it."""
    message = error.message if file.name in error.message else f"{file.name}: {error.message}"
    return DownloadFailed(message, hint=error.hint)


def verify(place: Place, names: Sequence[str], voice: Voice) -> bool:
    """Compare the SHA-256 of every present file; without names, check the headers of all other files too.

    Says which files are faulty, and returns whether none is.
    """
    files = place.files(names) if names else place.known_files
    there = {path: file for file in files if (path := place.folders.locate(file)) is not None}
    well = [_is_whole(path, file, voice) for path, file in there.items()]
    if names:
        lacks = [file.name for file in files if file not in there.values()]
        for name in lacks:
            voice.say(f"{name}: isn't there")
        return all(well) and not lacks
    return all([*well, *_verify_rest(place, set(there), voice)])


def _is_whole(path: Path, file: ModelFile, voice: Voice) -> bool:
    size, tell = path.stat().st_size, voice.tell(file.name)
    if why := trouble(path):
        voice.say(f"{path} {why}")
        return False
    digest = sha256_of(path, lambda done: tell("checking", done, size))
    right = digest == file.sha256
    voice.say(f"{path}: whole" if right else f"{path} isn't the file that is meant: its SHA-256 is {digest[:12]}...")
    return right


def _verify_rest(place: Place, others: set[Path], voice: Voice) -> Iterator[bool]:
    """Whether each file beside `others` is whole by its header; says which files are pickles."""
    folders = sorted({folder for each in place.kinds.values() for folder in each if folder.is_dir()})
    there = [path for folder in folders for path in sorted(folder.rglob("*")) if path not in others]
    for path in there:
        if path.suffix.lower() in MODEL_ENDINGS:
            why = trouble(path)
            voice.say(f"{path} {why}" if why else f"{path}: looks whole; its SHA-256 isn't known here")
            yield not why
    pickles = [str(path) for path in there if path.is_file() and path.suffix.lower() in PICKLE_ENDINGS]
    if pickles:
        more = f" and {len(pickles) - MOST_PICKLES} more" if len(pickles) > MOST_PICKLES else ""
        names = ", ".join(pickles[:MOST_PICKLES]) + more
        voice.say(f"Pickles, which may run any program when they are loaded: {names}")


def where_lines(place: Place, names: Sequence[str]) -> Iterator[str]:
    """The lines of `where`: the folders by kind, or where files are or would be."""
    if not names:
        for kind, folders in place.kinds.items():
            yield f"{kind:{KINDS}} {', '.join(map(str, folders))}"
    for file in place.files(names):
        path = place.folders.locate(file)
        yield f"{path or place.folders.place(file)}{'' if path else ' (not there)'}"


def remove(place: Place, names: Sequence[str], voice: Voice, *, yes: bool) -> None:
    """Remove files that `get` has fetched, and their unfinished downloads, after a question unless `yes`.

    A file of a named set stays if another, complete set needs it. Raises NotFound where nothing is there.
    """
    files = place.files(names)
    own = {file for name in names if name not in place.known_sets for file in place.sets.files_of(name)}
    needed = {file: other for file in files if file not in own and (other := _user_of(place, file, names))}
    for file, other in needed.items():
        voice.say(f"{file.name} stays: {other} needs it. Remove it by its own name.")
    paths = [path for file in files if file not in needed for path in _present(place, file, voice)]
    if not paths:
        raise NotFound("Nothing of it is there to be removed.")
    for path in paths:
        voice.say(f"{path}: {gigabytes(path.stat().st_size)}")
    if not yes and not voice.ask(f"Remove {'this file' if len(paths) == 1 else f'these {len(paths)} files'}?"):
        raise BadRequest("Nothing was removed.")
    for path in paths:
        path.unlink()
    voice.say("Removed.")


def _user_of(place: Place, file: ModelFile, names: Sequence[str]) -> str:
    """The name of a complete set that has this file and was not named; empty for none."""
    for each in place.known_sets.values():
        if each.name not in names and file in each.files and all(place.state(f) == "there" for f in each.files):
            return each.name
    return ""


def _present(place: Place, file: ModelFile, voice: Voice) -> Iterator[Path]:
    path, part = place.folders.locate(file), place.part(file)
    if path is not None and place.state(file) == "other":
        voice.say(f"{path} stays: it has another size than the file that is fetched by this name.")
    elif path is not None:
        yield path
    if part.exists():
        yield part
