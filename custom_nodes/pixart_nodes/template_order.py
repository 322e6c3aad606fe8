"""In which order the pack's templates are shown: that of the table `templates.json`."""

from __future__ import annotations

import json
import re
from pathlib import Path

TABLE = Path(__file__).with_name("templates.json")
MODE = re.compile(r"[a-z0-9_-]+\.v[0-9]+")  # a workflow of the bridge's


def titles() -> list[str]:
    """The names of the templates in the order of the table."""
    return [entry["title"] for entry in json.loads(TABLE.read_text(encoding="utf-8"))]


def in_order(listed: dict[str, list[str]]) -> dict[str, list[str]]:
    """Templates by their pack, this one's in the order of the table, and a person's own behind them.

    Where the whole repository is in ComfyUI's folder, the workflows that its templates are made of are listed too, and
    left out here.
    """
    order = {title: place for place, title in enumerate(titles())}

    def arranged(names: list[str]) -> list[str]:
        if not order.keys() & set(names):
            return names
        shown = [name for name in names if name in order or not MODE.fullmatch(name)]
        return sorted(shown, key=lambda name: (order.get(name, len(order)), name))

    return {pack: arranged(names) for pack, names in listed.items()}
