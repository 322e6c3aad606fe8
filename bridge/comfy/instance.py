"""One of several ComfyUIs that the bridge starts: which device it draws on, and which files are its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bridge.core.setting_types import DEVICE


@dataclass(frozen=True)
class Instance:
    """The `number` counts from 1; an empty `device` leaves the choice to ComfyUI.

    All share models, inputs and outputs. What each writes under a fixed name is its own: logs, database, and the
    temporary folder, which every ComfyUI empties at its start.
    """

    number: int = 1
    device: str = ""

    @property
    def name(self) -> str:
        """As in its files' names."""
        return "comfyui" if self.number == 1 else f"comfyui-{self.number}"

    def own(self, path: Path) -> Path:
        """Its own file, of the first instance's."""
        return path.with_name(path.name.replace("comfyui", self.name, 1))

    def arguments(self, base: Path) -> list[str]:
        """What its command line has beside that of a single one."""
        words = [] if self.number == 1 else ["--temp-directory", str(base / "temporary" / self.name)]
        device = DEVICE.fullmatch(self.device)
        if device is None:
            return words
        return [*words, "--cuda-device", device.group(1)] if device.group(1) else [*words, "--cpu"]


ONLY = Instance()
