"""Sets of model files that `pixart models` fetches: each file's folder and source, pinned by its SHA-256.

The table is `model_sets.json` beside this module; a manifest of a user has the same form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bridge.catalog.models import matches, named
from bridge.core.errors import BadRequest, SettingsError, UnknownName

# Folders below ComfyUI's `models` that a file may be fetched into.
FOLDERS = (
    *("checkpoints", "clip_vision", "controlnet", "diffusion_models", "embeddings", "interrogators", "loras"),
    *("model_patches", "style_models", "text_encoders", "upscale_models", "vae"),
)
SAFETENSORS_ENDING = ".safetensors"
TAGGER_ENDINGS = (
    ".onnx",
    ".csv",
)  # numbers and a list of words, which can't run programs either; for the folder `interrogators` alone
MODEL_ENDINGS = (SAFETENSORS_ENDING, *TAGGER_ENDINGS)
PICKLE_ENDINGS = (".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth")  # Python objects: loading one may run any program
_SEGMENT = r"(?!\.)[\w.+ ()-]+"  # no dot first: neither a hidden file nor a way up
_FILE = rf"{_SEGMENT}({'|'.join(map(re.escape, MODEL_ENDINGS))})"
_NAME = re.compile(_FILE, re.ASCII)
_SET = re.compile(r"[a-z0-9][a-z0-9-]*")
SHA256_PATTERN = re.compile(r"[0-9a-f]{64}")
_FIELDS = {  # field of a file -> the pattern of its values
    "folder": re.compile("|".join(FOLDERS)),
    "sha256": SHA256_PATTERN,
    "repo": re.compile(r"(?!\.)[\w.-]+/(?!\.)[\w.-]+", re.ASCII),
    "revision": re.compile("[0-9a-f]{40}|main"),
    "path": re.compile(rf"({_SEGMENT}/)*{_FILE}", re.ASCII),
    "licence": re.compile(r"[ -~]{1,80}"),
    "trigger": re.compile(r"[ -~]{1,80}"),
}


@dataclass(frozen=True)
class ModelFile:
    """One file, `name` in `models/FOLDER`: `path` of `repo` at `revision` on a hub such as Hugging Face.

    Without a repository the file comes from Civitai, by its hash. `size` is in bytes, None where it is unknown;
    `trigger` are the words that a prompt needs for a LoRA.
    """

    name: str
    folder: str
    sha256: str
    repo: str = ""
    revision: str = "main"
    path: str = ""
    size: int | None = None
    licence: str = ""
    trigger: str = ""

    @property
    def is_pinned(self) -> bool:
        """Whether the source is asked for one state of its repository, or by the hash alone."""
        return not self.repo or self.revision != "main"


@dataclass(frozen=True)
class ModelSet:
    """Files that belong together. `note` says what else is to be done, or what to do instead without any files."""

    name: str
    summary: str
    files: tuple[ModelFile, ...]
    note: str = ""


@dataclass(frozen=True)
class ModelSets:
    """A manifest: its sets, and all its files, those outside the sets included."""

    sets: Mapping[str, ModelSet]
    files: Mapping[str, ModelFile]

    def files_of(self, name: str) -> tuple[ModelFile, ...]:
        """The files of the set with this name, or those with this name, with or without their ending.

        Raises UnknownName, and BadRequest for a pickle.
        """
        if name in self.sets:
            return self.sets[name].files
        if name.lower().endswith(PICKLE_ENDINGS):
            raise BadRequest(f"{name[:80]} would be a pickle, which may run any program when it is loaded.", hint=_ONLY)
        names = (name, *(name + ending for ending in MODEL_ENDINGS))
        if files := tuple(self.files[each] for each in names if each in self.files):
            return files
        names = self.files if "." in name or "_" in name else self.sets
        raise UnknownName(name, names, what="Model set or file")

    def named(self, folder: str, name: str) -> str:
        """The file of a folder by its name with or without folder and ending, in any letter case; empty for none."""
        return named(name, tuple(file.name for file in self.files.values() if file.folder == folder)) or ""

    def command(self, folder: str, fits: Callable[[str], bool]) -> str:
        """The command that fetches a file of this folder whose name fits; empty where no set has one."""
        for each in self.sets.values():
            if any(file.folder == folder and fits(file.name) for file in each.files):
                return f"pixart models get {each.name}"
        return ""


@cache
def built_in() -> ModelSets:
    """The sets that come with the bridge."""
    path = Path(__file__).with_suffix(".json")
    return parse(path.read_text(encoding="utf-8"), path.name)


@cache  # each job that is drawn by a fallback needs it
def fetch_command(folder: str, prefer: tuple[str, ...], avoid: tuple[str, ...]) -> str:
    """The command that fetches a built-in set's file whose name fits `prefer` and not `avoid`; empty for none."""
    return built_in().command(folder, lambda file: matches(file, prefer) and not matches(file, avoid))


def parse(text: str, source: str) -> ModelSets:
    """A manifest's sets and files; `source` is its name in errors. Raises SettingsError for a faulty manifest."""
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{source} is not JSON: {error}.") from error
    places = _object(table, source, {"sets", "files"})
    file_table = _object(places.get("files"), f"{source}, files")
    files = {name: _file(name, fields, f"{source}, {name[:80]!r}") for name, fields in file_table.items()}
    sets = _object(places.get("sets"), f"{source}, sets")
    return ModelSets({name: _set(name, fields, files, source) for name, fields in sets.items()}, files)


def _object(value: Any, where: str, may: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SettingsError(f"{where}: an object in braces is expected.")
    if may and (strange := sorted(set(value) - may)):
        names = ", ".join(sorted(may))
        raise SettingsError(f"{where}: {strange[0][:80]!r} is not known.", hint=f"Known: {names}.")
    return value


def _file(name: str, fields: Any, where: str) -> ModelFile:
    checked = _object(fields, where, {*_FIELDS, "size"})
    if name.lower().endswith(PICKLE_ENDINGS):
        raise SettingsError(f"{where} is a pickle, which may run any program when it is loaded.", hint=_ONLY)
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{where} is no name of a file in one folder.", hint=_ONLY)
    for field, value in checked.items():
        if field != "size" and not (isinstance(value, str) and _FIELDS[field].fullmatch(value)):
            raise SettingsError(f"{where}: {field} can't be {str(value)[:80]!r}.", hint=_HINTS.get(field))
    size = checked.get("size", 1)
    if type(size) is not int or size < 1:
        raise SettingsError(f"{where}: size must be a number of bytes, not {str(size)[:80]!r}.")
    for field in ("folder", "sha256", *(("path",) if "repo" in checked else ())):
        if field not in checked:
            raise SettingsError(f"{where}: {field} is missing.", hint=_HINTS[field])
    fitting = TAGGER_ENDINGS if checked["folder"] == "interrogators" else (SAFETENSORS_ENDING,)
    if not all(each.endswith(fitting) for each in (name, checked.get("path", name))):
        raise SettingsError(f"{where}: {' or '.join(fitting)} is what belongs into {checked['folder']}.", hint=_ONLY)
    return ModelFile(name, **checked)


def _set(name: str, fields: Any, files: Mapping[str, ModelFile], source: str) -> ModelSet:
    where = f"{source}, set {name[:80]!r}"
    checked = _object(fields, where, {"summary", "files", "note"})
    if not _SET.fullmatch(name):
        raise SettingsError(f"{where}: a set is called by small letters, digits and -.")
    names = checked.get("files", [])
    if not isinstance(names, list):
        raise SettingsError(f"{where}: files must be a list of names.")
    if strange := [each for each in names if not isinstance(each, str) or each not in files]:
        raise SettingsError(f"{where}: there is no file {str(strange[0])[:80]!r}.")
    summary, note = (str(checked.get(field, "")) for field in ("summary", "note"))
    return ModelSet(name, summary, tuple(files[each] for each in names), note)


_ONLY = (
    f"Only {SAFETENSORS_ENDING} is fetched, for taggers {' and '.join(TAGGER_ENDINGS)}, and a name has no folder in it."
)
_HINTS = {
    "folder": f"One of {', '.join(FOLDERS)}.",
    "path": f"The file in the repository, such as split_files/vae/ae{SAFETENSORS_ENDING}.",
    "repo": "OWNER/NAME.",
    "revision": "A commit of 40 hex digits, or main.",
    "sha256": "64 hex digits, in small letters.",
}
