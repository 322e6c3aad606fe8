"""What a request gets that says nothing else: values of the model's family over those saved in the workflow file. Pure.

A workflow file is written for SD 1.5, so with that what is saved in it holds. `generation_side` is the operator's where
the setting is made, and the file's where a person has saved another than the file came with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.catalog.families import OWN, Family, ModelFile, fast_one
from bridge.core.settings import Settings
from bridge.workflow.agreement import TAGS
from bridge.workflow.bind import saved
from bridge.workflow.file import Workflow
from bridge.workflow.widgets import ObjectInfo

SIDE, SKIP = "generation_side", "clip_skip"
NO_SKIP = -1  # the last layer: what every caller says who doesn't care
PASSES = ("", "hires_")  # each pass of a sampler has inputs of its own


@dataclass(frozen=True)
class FamilyValues:
    """`defaults` for what isn't asked, the `kept` ones of what is, and what is to be said of both."""

    defaults: Mapping[str, Any]
    kept: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def family_values(
    workflow: Workflow,
    asked: Mapping[str, Any],
    family: Family | None,
    model: tuple[str, ModelFile],
    settings: Settings,
    object_info: ObjectInfo,
) -> FamilyValues:
    """Values for a workflow that draws with this model, given by its name and by what it is."""
    side = _side(workflow, family or OWN, settings, object_info)
    if family is None or family is OWN:
        return FamilyValues(side, asked)
    names = (model[1].title, model[0], *TAGS.findall(str(asked.get("loras") or "")))
    fast_name = fast_one(names) if family.fast else ""
    fast = family.fast if fast_name else {}
    table = {name: value for name, value in {**family.values, **fast}.items() if name != SIDE}
    each_pass = {f"{start}{name}": value for name, value in table.items() for start in PASSES}
    defaults = {name: value for name, value in each_pass.items() if name in workflow.inputs}
    kept, notes = _kept(asked, family)
    if fast:
        steps, cfg = fast["steps"], fast["cfg"]
        said = f"{fast_name} is taken for one of few steps, by its name: {steps} steps and a CFG scale of {cfg:g}"
        notes = (*notes, f"{said} where nothing else is asked.")
    return FamilyValues({**defaults, **side}, kept, notes)


def _side(workflow: Workflow, family: Family, settings: Settings, object_info: ObjectInfo) -> dict[str, int]:
    if SIDE in workflow.inputs and saved(workflow, SIDE, object_info) not in (None, OWN.side):
        return {}
    return {SIDE: settings.generation_side if SIDE in settings.model_fields_set else family.side}


def _kept(asked: Mapping[str, Any], family: Family) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What is asked, without what this family hasn't, and what is said of that."""
    kept, lost = {name: value for name, value in asked.items() if value is not None}, []
    if kept.get(SKIP) == NO_SKIP or family.clip_skip is None:
        lost += [SKIP] if kept.pop(SKIP, NO_SKIP) not in (NO_SKIP, None) else []
    if not family.negative:
        lost += ["negative"] if kept.pop("negative", "") else []
        for start in PASSES:
            lost += [f"{start}cfg"] if kept.pop(f"{start}cfg", family.cfg) != family.cfg else []
    left = ", ".join(lost)
    return kept, (f"{family.title} takes no {left}; left out.",) if left else ()
