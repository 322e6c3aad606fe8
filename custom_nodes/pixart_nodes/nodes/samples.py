"""The pack's sample pictures in ComfyUI's input folder, so that its templates run as they are opened."""

from __future__ import annotations

import logging
from pathlib import Path

import folder_paths

FOLDER = Path(__file__).resolve().parent.parent / "samples"


def install() -> None:
    """Copy what isn't there; a file of that name stays as it is, whoever made it."""
    put_into(Path(folder_paths.get_input_directory()))


def put_into(folder: Path) -> None:
    """The same for any folder. One that can't be written to is said in the log, and nothing else ends by it."""
    for sample in sorted(FOLDER.iterdir()):
        try:
            with (folder / sample.name).open("xb") as file:
                file.write(sample.read_bytes())
        except FileExistsError:
            continue
        except OSError as error:
            logging.getLogger("pixart").warning("No sample pictures in %s: %s.", folder, error)
            return
