"""One of several ComfyUIs that the bridge starts: its device, and its own files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bridge.core.setting_types import DEVICE_PATTERN


@dataclass(frozen=True)
class Instance:
    """A ComfyUI of the bridge's; `number` counts from 1, and an empty `device` leaves the choice to ComfyUI.

    Number 0 is that of a command which draws without a server, beside a bridge in the same folder.

    All instances share models, inputs and outputs. Each has its own files of fixed names: logs, database, and the
    temporary folder, which every ComfyUI empties at its start.
    """

    number: int = 1
    device: str = ""

    @property
    def name(self) -> str:
        """The instance's name, which is in the names of its files: `comfyui`, `comfyui-2`; 0: `comfyui-make`."""
        if self.number == 0:
            return "comfyui-make"
        return "comfyui" if self.number == 1 else f"comfyui-{self.number}"

    def own(self, path: Path) -> Path:
        """The instance's own file, from the path of the first instance's."""
        return path.with_name(path.name.replace("comfyui", self.name, 1))

    def arguments(self, base: Path) -> list[str]:
        """The words of the command line that only one of several instances needs: temporary folder and device."""
        words = [] if self.number == 1 else ["--temp-directory", str(base / "temporary" / self.name)]
        device = DEVICE_PATTERN.fullmatch(self.device)
        if device is None:
            return words
        return [*words, "--cuda-device", device.group(1)] if device.group(1) else [*words, "--cpu"]


ONLY_INSTANCE = Instance()
OF_COMMAND = Instance(0)
