"""Files a node may read: those in ComfyUI's input, output and temp folders, by ComfyUI's own names."""

from __future__ import annotations

import hashlib
import os
import time
from functools import lru_cache
from pathlib import Path

import folder_paths

from ..errors import InputFileError

SPRITES = (".aseprite", ".ase")  # which ComfyUI doesn't know as pictures
SETTLED = 3 * 10**9  # nanoseconds after which a folder's next change has another time, on FAT too


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
    return list(_listed()[0])


def animations() -> list[str]:
    """The pictures and Aseprite's sprites there, sorted, for a menu."""
    return sorted([*_listed()[0], *_listed()[1]])


def _listed() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Pictures and sprites.

    ComfyUI asks several times a prompt, and people keep thousands there: the folder is read anew where it changed.
    """
    folder = folder_paths.get_input_directory()
    changed = Path(folder).stat().st_mtime_ns
    read = _names if time.time_ns() - changed > SETTLED else _names.__wrapped__
    return read(folder, changed)


@lru_cache(maxsize=1)
def _names(folder: str, changed: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    with os.scandir(folder) as files:
        names = [file.name for file in files if file.is_file()]
    images = tuple(sorted(folder_paths.filter_files_content_types(names, ["image"])))
    return images, tuple(sorted(name for name in names if name.lower().endswith(SPRITES)))
