"""Notes on a drawing as a terminal has room for them; those of `--json` and of the APIs are whole."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What each model that is missing is called, where it belongs and how it is fetched is told by `doctor` at length.
INSTEAD = re.compile(r"(\S+ can't run on this ComfyUI, so \S+ was used)[.:].*", re.DOTALL)
DRAWINGS = "checkpoint: Pixart built-in drawings"  # which the workflow's name says already


def short(notes: Iterable[str]) -> list[str]:
    """The notes without what is told elsewhere."""
    return [INSTEAD.sub(r"\1; `pixart doctor` says what it lacks.", note) for note in notes if note != DRAWINGS]
