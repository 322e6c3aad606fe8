"""Files a node may read: those in ComfyUI's input, output and temp folders, by ComfyUI's own names."""

from __future__ import annotations

import hashlib
from pathlib import Path

import folder_paths

from ..errors import InputFileError


def path_of(name: str) -> Path:
    """The file for `x.png`, `sub/x.png` or `x.png [temp]`. Raises InputFileError."""
    plain, folder = folder_paths.annotated_filepath(name)
    root = Path(folder or folder_paths.get_input_directory()).resolve()
    path = (root / plain).resolve()
    if not path.is_relative_to(root):
        raise InputFileError(f"{name!r} leads out of ComfyUI's {root.name} folder.")
    if not path.is_file():
        raise InputFileError(f"There is no file {name!r} in ComfyUI's {root.name} folder; upload it first.")
    return path


def fingerprint(name: str | None) -> str | float:
    """Changes when the file's bytes do; with every run where the name comes over a link, which is None here."""
    if name is None:
        return float("nan")
    return hashlib.sha256(path_of(name).read_bytes()).hexdigest()


def pictures() -> list[str]:
    """The pictures at the top of the input folder, sorted, for a menu."""
    folder = Path(folder_paths.get_input_directory())
    names = [file.name for file in folder.iterdir() if file.is_file()]
    return sorted(folder_paths.filter_files_content_types(names, ["image"]))
