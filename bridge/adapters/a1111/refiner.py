"""Further checkpoints of a request: the refiner, which takes over on the way, and that of the second pass."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from bridge.adapters.a1111.draft import Draft
from bridge.adapters.a1111.fields import Generation, Txt2Img
from bridge.adapters.a1111.settings import checkpoint_file, stem_of
from bridge.adapters.dialect import Request

NO_REFINER, SAME_CHECKPOINT = (None, "", "None"), (None, "", "Use same checkpoint")
REFINER_LABELS = ("Refiner", "Refiner switch at")  # in infotext
HIRES_LABEL = "Hires checkpoint"


def with_refiner(body: Generation, request: Request, draft: Draft) -> Draft:
    """The draft of a request with its refiner, where it names one that isn't the checkpoint itself.

    As in AUTOMATIC1111, one without `refiner_switch_at` draws everything, and where there is a second pass it refines
    that one. Raises UnknownName.
    """
    if (body.refiner_switch_at or 0) >= 1:
        return draft
    file = _further(body.refiner_checkpoint, NO_REFINER, "refiner_checkpoint", request, draft)
    if file is None:
        return draft
    share, notes = body.refiner_switch_at, ()
    if share is None:
        share, notes = 0, ("refiner_switch_at: 0, as it was left out; the refiner draws everything.",)
    extra: dict[str, Any] = dict(zip(REFINER_LABELS, (stem_of(file), share), strict=True))
    return draft.plus({"refiner": file, "refiner_switch_at": share}, notes, extra)


def second_checkpoint(body: Txt2Img, request: Request, draft: Draft) -> tuple[dict[str, Any], dict[str, Any]]:
    """The second pass's own checkpoint as workflow values, and as infotext has it. Raises UnknownName."""
    file = _further(body.hr_checkpoint_name, SAME_CHECKPOINT, "hr_checkpoint_name", request, draft)
    return ({}, {}) if file is None else ({"hires_checkpoint": file}, {HIRES_LABEL: stem_of(file)})


def _further(name: str | None, none: Collection[str | None], field: str, request: Request, draft: Draft) -> str | None:
    """The file of a further checkpoint; None where the request names none, or the checkpoint that draws anyway."""
    if name in none:
        return None
    file = checkpoint_file(name, request.catalog, field)
    return None if file == draft.values.get("checkpoint") else file
