"""From a job to a prompt: which workflow, with which values. Pure; errors come back in the caller's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from typing import Any

from bridge.catalog.families import NOTHING_TOLD, OWN, Family, ModelFiles
from bridge.catalog.models import drawings, named_models
from bridge.catalog.samplers import resolve
from bridge.core.errors import PixartError, PromptRefused
from bridge.core.job import OWN_WORDS, SEEDS, UNSAID
from bridge.core.needs import Needs
from bridge.core.settings import Settings
from bridge.workflow.additions import extended, staged
from bridge.workflow.bind import Bound, bind, saved
from bridge.workflow.control_net import controlled, separated, typed
from bridge.workflow.file import BUILT_IN, Workflow
from bridge.workflow.model_family import SIDE, FamilyValues, family_values, require_agreement, require_way
from bridge.workflow.needs import needs_of
from bridge.workflow.safety import guarded
from bridge.workflow.selection import Forms, head_of, selection

FOR_PHOTOGRAPHS = "photo_"  # begins inputs of workflows that look at the picture first
OWN_COLORS = "own_colors"
PREFIX = "filename_prefix"  # the workflows' input for where ComfyUI writes; no caller asks for it


@dataclass(frozen=True)
class Plan:
    """A workflow bound to a job's values, and what has to be said about it.

    It is drawn `instead` of the one that was asked for, where that lacks something here. `made_for` are the node
    classes and model files of the ComfyUI that it was made for, `later` what is drawn by the parts of a batch after it.
    """

    workflow: Workflow
    bound: Bound
    notes: tuple[str, ...]
    instead: bool = False
    made_for: tuple[Mapping[str, Any], ModelFiles] = field(default=({}, NOTHING_TOLD), repr=False, compare=False)
    later: tuple[Plan, ...] = ()

    @property
    def prompt(self) -> Mapping[str, Any]:
        """The prompt in ComfyUI's API format."""
        return self.bound.prompt

    @property
    def outputs(self) -> Mapping[str, str]:
        """Node ids by the names of the workflow's outputs."""
        return self.bound.outputs

    @property
    def reports(self) -> Mapping[str, str]:
        """Node ids by the names of what nodes report."""
        return self.bound.reports

    @property
    def models(self) -> dict[str, Any]:
        """The model files that it draws with, by the workflow's inputs."""
        inputs, used = self.workflow.inputs, self.bound.used
        return {name: used[name] for name, entry in inputs.items() if entry.kind == "model" and used.get(name)}

    @cached_property
    def needs(self) -> Needs:
        """What another ComfyUI must have to draw it, and the later parts of its batch as well."""
        own = needs_of(self.prompt, *self.made_for, self.workflow.engine)
        return reduce(or_, (each.needs for each in self.later), own)


def plan(
    forms: Forms,
    mode: str,
    pinned: str | None,
    values: Mapping[str, Any],
    words: Mapping[str, str],
    settings: Settings,
    *,
    loose: bool = False,
) -> Plan:
    """Bind the values to the workflow that runs: `pinned` where that was decided before, else what `mode` names.

    The model files that are taken must be of one family.

    A fallback takes the values that it has inputs for; so does an engine's form of the mode, and it is said what it
    leaves out. A name that the asked mode lacks too is an error, or, with `loose`, left out and said.
    """
    library, object_info, files = forms.library, forms.object_info, forms.files
    prefix = str(values.get(PREFIX) or "")
    values, units, pictures = separated(values)
    unsaid = tuple(values.pop(UNSAID, ()))
    values.pop(OWN_WORDS, None)
    workflow, models, notes = _drawn_by(forms, pinned or mode, values, settings)
    workflow, instead = staged(extended(workflow, values, object_info), values, object_info), bool(notes)
    if workflow.engine == BUILT_IN:  # it has no files to choose from
        values = {name: value for name, value in values.items() if name != "checkpoint"}
    tuned, picked, drawn = _tuned(workflow, values, unsaid, models, object_info, settings, files)
    known = {**library.get(mode).inputs, **tuned.defaults, SIDE: 0, PREFIX: ""}
    given = _for_any_picture(workflow, {**tuned.defaults, **_own_colors(workflow, tuned.kept), **tuned.kept})
    wanted = _in_its_words(workflow, given)
    strange = [name for name in wanted if name not in workflow.inputs and name not in known] if loose else []
    notes += _unheard(mode, strange, wanted, words)
    if workflow.serves and not pinned:
        notes += _left_out(workflow, library.get(mode), values, words, object_info)
    kept = {name: value for name, value in wanted.items() if name in workflow.inputs or name not in (*known, *strange)}
    try:
        require_way(workflow, models, files, *drawn)
        bound = bind(workflow, kept, object_info, models={**picked, **models})
        if units:
            bound = controlled(bound, object_info, units, pictures, prefix)
        require_agreement(bound, files, workflow)
        bound = typed(bound, object_info, files)
    except PixartError as error:
        _place(error, words)
        raise
    if settings.nsfw_filter:
        bound = guarded(bound, object_info, settings.nsfw_action)
    said = (*tuned.notes, *(_called(note, words) for note in bound.notes))
    return Plan(workflow, bound, (*notes, *said), instead, (object_info, files))


def _own_colors(workflow: Workflow, values: Mapping[str, Any]) -> Mapping[str, int]:
    """Who names colours and no number of the picture's own gets the named ones, whatever a workflow has saved."""
    named = values.get("palette") or values.get("colors")
    return {OWN_COLORS: 0} if named and OWN_COLORS in workflow.inputs else {}


def _tuned(
    workflow: Workflow,
    values: Mapping[str, Any],
    unsaid: tuple[str, ...],
    models: Mapping[str, str],
    object_info: Mapping[str, Any],
    settings: Settings,
    files: ModelFiles,
) -> tuple[FamilyValues, Mapping[str, str], tuple[Family | None, str]]:
    """The values that go with the model, the files that go with it, and its family, where that is known, and name."""
    picked = selection(workflow, object_info, models, files)
    head = head_of(workflow)
    file = {**picked.files, **models}.get(head.name, "") if head else ""
    told = files.of(head.model or "", file) if head else files.of("", "")
    own = picked.family is None or picked.family is OWN
    asked = values if own else {name: value for name, value in values.items() if name not in unsaid}
    tuned = family_values(workflow, asked, picked.family, (file, told), settings, object_info)
    return tuned, picked.files, (picked.family, file)


def _drawn_by(
    forms: Forms, name: str, values: Mapping[str, Any], settings: Settings
) -> tuple[Workflow, Mapping[str, str], tuple[str, ...]]:
    """As `Forms.choose`, for a request that may name a model, or the built-in drawings as one; with the models that are
    named beside, by the inputs of the workflow. Who names a model gets that or hears why not: no other is an answer."""
    named = named_models(values, forms.object_info)
    models = {**chosen_models(settings), **named}
    wish = values.get("checkpoint") in drawings(forms.object_info)
    fallback = BUILT_IN if wish else "" if named.get("checkpoint") else settings.engine_fallback
    workflow, notes = forms.choose(name, models, fallback=fallback)
    if wish and workflow.engine != BUILT_IN and (form := forms.library.form(name, BUILT_IN)) is not None:
        workflow, notes = form, ()
    chosen = {} if workflow.engine == BUILT_IN else models
    return workflow, {name: file for name, file in chosen.items() if name in workflow.inputs and file}, notes


def _unheard(mode: str, strange: list[str], wanted: Mapping[str, Any], words: Mapping[str, str]) -> tuple[str, ...]:
    """What the mode has no input for, unless it is empty, or is a field that another input takes as it is."""
    taken = [(words.get(name, name), value) for name, value in wanted.items() if name not in strange]
    lost = [(words.get(name, name), wanted[name]) for name in strange if wanted[name] not in ("", None)]
    left = ", ".join(dict.fromkeys(word for word, value in lost if (word, value) not in taken))
    return (f"{mode} has no input for {left}; left out.",) if left else ()


def _called(note: str, words: Mapping[str, str]) -> str:
    """What is said of a value that was brought into its range, under the caller's name for it."""
    return _begun(note, ": ", words) if " instead of " in note else note


def _place(error: PixartError, words: Mapping[str, str]) -> None:
    """Put an error in the caller's words; one about a field of an object in the request begins with the way there."""
    error.message, error.field = _begun(error.message, " ", words), words.get(error.field or "", error.field)
    if "." in (error.field or "") and str(error.field) not in error.message:
        error.message = f"{error.field}: {error.message}"


def _begun(text: str, mark: str, words: Mapping[str, str]) -> str:
    """The text with the caller's word for the input that it begins with."""
    name, result, rest = text.partition(mark)
    return f"{words.get(name, name)}{result}{rest}"


def _left_out(
    workflow: Workflow,
    target: Workflow,
    values: Mapping[str, Any],
    words: Mapping[str, str],
    object_info: Mapping[str, Any],
) -> tuple[str, ...]:
    """What was asked for that this engine can't do; what the mode does anyway was not asked for."""
    lost = [name for name in values if name in target.inputs and name not in (*workflow.inputs, "generation_side")]
    names = [name for name in lost if values[name] not in ("", None, saved(target, name, object_info))]
    left = ", ".join(dict.fromkeys(words.get(name, name) for name in names))
    return (f"{workflow.name} has no input for {left}; left out.",) if left else ()


def _in_its_words(workflow: Workflow, values: dict[str, Any]) -> dict[str, Any]:
    """Another AUTOMATIC1111 gets sampler and schedule under its own names for them."""
    if workflow.engine != "a1111" or not values.get("sampler"):
        return values
    heard = resolve(values["sampler"], values.get("scheduler"))
    return {**values, "sampler": heard.name, "scheduler": heard.schedule}


def _for_any_picture(workflow: Workflow, values: dict[str, Any]) -> dict[str, Any]:
    """A workflow that doesn't look at the picture first treats every picture as photographs are to be treated."""
    plain = {name: name.removeprefix(FOR_PHOTOGRAPHS) for name in values if name not in workflow.inputs}
    moved = {own: values[name] for name, own in plain.items() if own != name and own not in values}
    return {name: value for name, value in values.items() if plain.get(name, name) == name} | moved


def in_the_callers_words(refused: PromptRefused, bound: Bound, words: Mapping[str, str]) -> str:
    """Why ComfyUI refused a prompt, naming the caller's field where one feeds the input that is wrong."""
    for node_id, node in refused.node_errors.items():
        for each in node.get("errors", []):
            name = bound.blame(node_id, (each.get("extra_info") or {}).get("input_name", ""))
            if name:
                return f"{words.get(name, name)}: {each.get('message', '')} {each.get('details', '')}".strip()
    return str(refused)


def unlike_parts(batch: Sequence[Mapping[str, Any]], pictures: Iterable[str], begin: int = 0) -> Iterator[int]:
    """The runs of a batch, from the one at `begin` on, of which none before takes the same of a ComfyUI: all but the
    first only where they differ in more than their seeds, or in which `pictures` they get."""
    names, known = {name: name for name in pictures}, []
    for part in range(begin, max(1, len(batch))):
        values = {name: value for name, value in (batch[part] if batch else {}).items() if name not in SEEDS}
        about = values, pictures_of(names, part).keys()
        if about not in known:
            known.append(about)
            yield part


def pictures_of(pictures: Mapping[str, str], part: int) -> dict[str, str]:
    """The pictures of one run of a batch, by workflow input: `image@2` is the `image` of run 2 only, counted from 0."""
    shared = {name: key for name, key in pictures.items() if "@" not in name}
    own = {name.partition("@")[0]: key for name, key in pictures.items() if name.partition("@")[2] == str(part)}
    return {**shared, **own}


def chosen_models(settings: Settings) -> dict[str, str]:
    """The operator's own choice of models, by workflow input."""
    return {"checkpoint": settings.checkpoint, "controlnet": settings.controlnet}
