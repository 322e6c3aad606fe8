"""Photos of drawings on other papers, with other pens, in other light: how well each kind agrees with what was drawn.

The figure is that of `paper`, intersection over union, on photos of 0.8 megapixels unless the kind is one of size. What
hides the sheet, notes on it and what binds it don't count; bent paper is compared as it lies, since it isn't made flat.
"""

from __future__ import annotations

import numpy as np

from . import paper_kinds, report
from .paper import GOAL, HEIGHT, agreement_of, cleaned_photo

SEEDS = (8100, 8101)  # of drawings; the method was made with others
MEGAPIXELS = 0.8


def agreement(name: str, seed: int) -> float:
    """How well the photo of a seed as a kind of `paper_kinds` agrees with what is drawn."""
    of = paper_kinds.scene_of(name, seed, MEGAPIXELS)
    made = paper_kinds.photo_of(name, of)
    return agreement_of(made, cleaned_photo(made), *paper_kinds.truth_of(name, of, HEIGHT))


def run() -> None:
    """Measure all and write the table."""
    rows, everything = [], []
    for name, kind in paper_kinds.KINDS.items():
        values = [agreement(name, seed) for seed in SEEDS]
        rows.append([kind.group, name, f"**{np.mean(values):.3f}**", f"{min(values):.3f}"])
        everything += values
    right = sum(value >= GOAL for value in everything)
    said = f"Of {len(everything)} photos {right} have at least {GOAL}; the mean is {np.mean(everything):.3f}."
    table = report.table(["what", "kind", "IoU", "least"], rows)
    print(report.write("papers", "Drawings on other papers", [__doc__ or "", said, table]))
