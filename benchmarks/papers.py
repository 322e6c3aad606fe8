"""Photos of drawings on other papers, with other pens, in other light: how well each kind agrees with what was drawn.

The figure is that of `paper`, intersection over union, on a photo of 0.8 megapixels unless the kind is one of size.
What hides the sheet, notes on it and what binds it don't count; bent paper is compared as it lies: it isn't made flat.
"""

from __future__ import annotations

import numpy as np

from . import paper_kinds, report
from .paper import GOAL, HEIGHT, agreement_of, cleaned_photo

SEED = 8100  # of a drawing; the method was made with others
MEGAPIXELS = 0.8


def agreement(name: str) -> float:
    """How well the photo of a kind of `paper_kinds` agrees with what is drawn."""
    of = paper_kinds.scene_of(name, SEED, MEGAPIXELS)
    made = paper_kinds.photo_of(name, of)
    return agreement_of(made, cleaned_photo(made), *paper_kinds.truth_of(name, of, HEIGHT))


def run() -> None:
    """Measure all and write the table."""
    values = {name: agreement(name) for name in paper_kinds.KINDS}
    right = sum(value >= GOAL for value in values.values())
    mean = float(np.mean(list(values.values())))
    said = f"Of {len(values)} kinds {right} have at least {GOAL}; the mean is {mean:.3f}."
    rows = [[paper_kinds.KINDS[name].group, name, f"{value:.3f}"] for name, value in values.items()]
    table = report.table(["what", "kind", "IoU"], rows)
    print(report.write("papers", "Drawings on other papers", [__doc__ or "", said, table]))
