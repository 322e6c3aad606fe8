"""Notes on a drawing as a terminal has room for them; those of `--json` and of the APIs are whole."""

from __future__ import annotations

import re
from collections.abc import Iterable

# `doctor` has the names of missing models, their folders and how to fetch them.
INSTEAD_PATTERN = re.compile(r"(\S+ can't run on this ComfyUI, so \S+ was used)[.:].*", re.DOTALL)
DRAWINGS_NOTE = "checkpoint: Pixart built-in drawings"  # the workflow's name says the same


def short(notes: Iterable[str]) -> list[str]:
    """The notes, shortened where `pixart doctor` or the workflow's name says the rest."""
    return [
        INSTEAD_PATTERN.sub(r"\1; `pixart doctor` says what it lacks.", note) for note in notes if note != DRAWINGS_NOTE
    ]
