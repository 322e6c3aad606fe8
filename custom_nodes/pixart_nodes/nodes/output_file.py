"""New files in ComfyUI's output folder, named as core's Save Image names them: prefix, counter, ending."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import folder_paths

BATCH = "%batch_num%"


@dataclass(frozen=True)
class OutputFile:
    """A file that isn't there yet, in a folder that is."""

    path: Path
    subfolder: str

    @property
    def entry(self) -> dict[str, str]:
        """How a node names the file to ComfyUI and to clients."""
        return {"filename": self.path.name, "subfolder": self.subfolder, "type": "output"}

    def sibling(self, suffix: str) -> OutputFile:
        """The file of the same name that ends otherwise."""
        return OutputFile(self.path.with_suffix(suffix), self.subfolder)


def fresh(prefix: str, width: int, height: int, count: int, suffix: str) -> list[OutputFile]:
    """The next `count` names; %width%, %height% (of one picture, in pixels) and %batch_num% work in `prefix`."""
    folder, stem, counter, subfolder, _ = folder_paths.get_save_image_path(
        prefix, folder_paths.get_output_directory(), width, height
    )
    if BATCH in stem:
        counter = _after(Path(folder), stem)
    names = [f"{stem.replace(BATCH, str(n))}_{counter + n:05}_{suffix}" for n in range(count)]
    return [OutputFile(Path(folder, name), subfolder) for name in names]


def _after(folder: Path, stem: str) -> int:
    """The counter beyond those of earlier batches: ComfyUI's own looks for files with %batch_num% in their names."""
    name = re.compile(re.escape(stem).replace(re.escape(BATCH), r"\d+") + r"_(\d+)_", re.IGNORECASE)
    numbers = [int(match[1]) for file in folder.iterdir() if (match := name.match(file.name))]
    return 1 + max(numbers, default=0)
