"""The folders in which the bridge's own ComfyUI looks for models, and the files in them."""

from __future__ import annotations

import argparse
import importlib
import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.catalog.model_sets import FOLDERS, ModelFile
from bridge.core.errors import BadRequest, SettingsError
from bridge.core.settings import Settings

# Names of ComfyUI's own.
OLDER_FOLDERS = {"controlnet": "t2i_adapter", "diffusion_models": "unet", "text_encoders": "clip"}
LEGACY_FOLDERS = {"clip": "text_encoders", "unet": "diffusion_models"}  # ComfyUI's older names of kinds
EXTRA_PATHS_FILE = "extra_model_paths.yaml"  # beside ComfyUI's main.py


@dataclass(frozen=True)
class Folders:
    """Folders by kind of model, in the order in which ComfyUI looks; new files go into the first one."""

    by_kind: Mapping[str, tuple[Path, ...]] = field(repr=False)

    def place(self, file: ModelFile) -> Path:
        """The path of a file, or for a missing one, its path in the first folder of its kind."""
        return self.locate(file) or self.by_kind[file.folder][0] / file.name

    def locate(self, file: ModelFile) -> Path | None:
        """The path of a file of this name in a folder of its kind or below; None for a missing file."""
        there = (path for each in self.by_kind[file.folder] for path in sorted(each.rglob(file.name)))
        return next((path for path in there if path.is_file()), None)


def below(models: Path) -> Folders:
    """The folders of a ComfyUI below its `models`, without those that its settings add."""
    return Folders({kind: tuple(_usual(models, kind)) for kind in FOLDERS})


def of_settings(settings: Settings) -> Folders:
    """The folders of the bridge's own ComfyUI. Raises BadRequest for models on another machine."""
    if settings.comfyui_url:
        raise BadRequest(
            "COMFYUI_URL names a ComfyUI that runs elsewhere, and its models lie there.",
            hint="Run this command there, or name its models folder by --folder, where that is on this machine.",
        )
    options = _arguments(settings.comfyui_args)
    base = Path(options.base_directory).expanduser() if options.base_directory else settings.comfyui_base
    usual = below((base / "models").absolute()).by_kind
    files = [settings.comfyui_source / EXTRA_PATHS_FILE, *(Path(name) for group in options.configs for name in group)]
    first: dict[str, list[Path]] = {kind: [] for kind in FOLDERS}
    later: dict[str, list[Path]] = {kind: [] for kind in FOLDERS}
    for file in files:
        for kind, path, is_default in _extra(file) if file.is_file() else ():
            if kind in FOLDERS:
                first[kind][:0], later[kind][len(later[kind]) :] = ([path], []) if is_default else ([], [path])
    return Folders({kind: (*first[kind], *usual[kind], *later[kind]) for kind in FOLDERS})


def _usual(models: Path, kind: str) -> Iterator[Path]:
    yield models / kind
    if kind in OLDER_FOLDERS:
        yield models / OLDER_FOLDERS[kind]


def _arguments(text: str) -> argparse.Namespace:
    """The arguments about folders in COMFYUI_ARGS."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--base-directory")
    parser.add_argument("--extra-model-paths-config", dest="configs", nargs="+", action="append", default=[])
    try:
        return parser.parse_known_args(shlex.split(text))[0]
    except argparse.ArgumentError as error:
        raise SettingsError(f"COMFYUI_ARGS can't be read: {error}.") from error


def _extra(file: Path) -> Iterator[tuple[str, Path, bool]]:
    """(kind, folder, whether it comes first) of each entry in a YAML file of ComfyUI's, by ComfyUI's own rules."""
    try:
        yaml: Any = importlib.import_module("yaml")  # a requirement of ComfyUI's, so installed wherever ComfyUI can run
    except ImportError:
        return
    try:
        table = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        for group in filter(None, table.values()):
            yield from _group(file.absolute().parent, dict(group))
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        raise SettingsError(f"{file} can't be read: {error}.") from error


def _group(folder: Path, group: dict[str, Any]) -> Iterator[tuple[str, Path, bool]]:
    base = folder / Path(os.path.expandvars(str(group.pop("base_path", "")))).expanduser()
    is_default = bool(group.pop("is_default", False))
    for kind, lines in group.items():
        for line in filter(None, map(str.strip, str(lines).split("\n"))):
            yield LEGACY_FOLDERS.get(kind, kind), base / line, is_default
