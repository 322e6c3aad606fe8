"""A folder with all files of a picture for a console or home computer: those of its zip, and its screen's picture."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePath

from bridge.app.make import output_files
from bridge.app.make.drawing import Drawing

ZIP, PREVIEW = ".zip", "-preview.png"


def write(folder: Path, drawing: Drawing) -> Path:
    """Write each file whole or not at all; returns the path of the screen's picture. Raises OSError."""
    with zipfile.ZipFile(io.BytesIO((drawing.beside or {})[ZIP])) as archive:
        files = {PurePath(name).name: archive.read(name) for name in archive.namelist()}
    stem = next(PurePath(name).stem for name in files if name.endswith(".txt"))
    preview = folder / f"{stem}{PREVIEW}"
    for path, data in {**{folder / name: data for name, data in files.items()}, preview: drawing.data}.items():
        output_files.write(path, data)
    return preview
