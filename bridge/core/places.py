"""The folders of the files that come with the bridge: beside its code in a checkout or an image of a container, inside
it if pip installed it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CHECKOUT = (ROOT / "install.py").is_file()
_BESIDE = (ROOT / "custom_nodes" / "pixart_nodes").is_dir()
FILES = ROOT if _BESIDE else Path(__file__).resolve().parents[1] / "files"  # workflows, examples and the node pack
DATA = ROOT / "data" if _CHECKOUT else Path.home() / ".pixart"
