"""New files in ComfyUI's output folder, named as core's Save Image names them: prefix, counter, ending."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import folder_paths


@dataclass(frozen=True)
class OutputFile:
    """A file that isn't there yet, in a folder that is."""

    path: Path
    subfolder: str

    @property
    def entry(self) -> dict[str, str]:
        """How a node names the file to ComfyUI and to clients."""
        return {"filename": self.path.name, "subfolder": self.subfolder, "type": "output"}


def fresh(prefix: str, width: int, height: int, count: int, suffix: str) -> list[OutputFile]:
    """The next `count` names; %width%, %height% (of one picture, in pixels) and %batch_num% work in `prefix`."""
    folder, stem, counter, subfolder, _ = folder_paths.get_save_image_path(
        prefix, folder_paths.get_output_directory(), width, height
    )
    names = [f"{stem.replace('%batch_num%', str(n))}_{counter + n:05}_{suffix}" for n in range(count)]
    return [OutputFile(Path(folder, name), subfolder) for name in names]
