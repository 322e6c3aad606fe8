"""The modes that can be drawn now, their workflows, and the needs that the other modes lack. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.catalog.families import ModelFiles
from bridge.catalog.modes import Lack, Mode
from bridge.core.errors import MissingParts
from bridge.core.settings import Settings
from bridge.workflow.file import Workflow
from bridge.workflow.missing import Missing, sentences
from bridge.workflow.plan import chosen_models
from bridge.workflow.selection import Forms


def standing(forms: Forms, settings: Settings) -> tuple[Mode, ...]:
    """Every mode of the library, as for a request without a model's name; engines' forms are left out."""
    library = forms.library
    workflows = (library.get(name) for name in library.modes())
    return tuple(_mode(forms, each, settings) for each in workflows if not each.serves)


def _mode(forms: Forms, own: Workflow, settings: Settings) -> Mode:
    models = {name: file for name, file in chosen_models(settings).items() if file}
    try:
        workflow, notes = forms.choose(own.mode, models, fallback=settings.engine_fallback)
    except MissingParts:
        workflow, notes = None, ("nothing draws it",)
    form, lacks = forms.nearest(own.mode, models) if notes else (own, ())
    pictures = tuple(entry.name for entry in own.inputs.values() if entry.kind == "picture")
    names = tuple(own.inputs), pictures, tuple(own.outputs)
    all_lacks = (*_lacks_of(lacks), *_unusable(form, lacks, forms.files))
    return Mode(own.mode, own.summary, workflow.name if workflow else "", *names, lacks=all_lacks)


def _unusable(form: Workflow, lacks: tuple[Missing, ...], files: ModelFiles) -> Iterator[Lack]:
    """Why each file in the folder of a missing model isn't that model."""
    models = dict.fromkeys(form.inputs[lack.name].model or "" for lack in lacks if lack.name in form.inputs)
    return (Lack(sentence) for folder in models for sentence in files.troubles_of(folder))


def _lacks_of(lacks: tuple[Missing, ...]) -> tuple[Lack, ...]:
    """The lacks of a mode, one for all parts that are to be got in the same way."""
    groups: dict[tuple[str, str], list[Missing]] = {}
    for each in lacks:
        groups.setdefault((each.kind, each.how), []).append(each)
    return tuple(Lack(sentences(parts)[0], parts[0].command) for parts in groups.values())
