"""The plan of a job: the workflow that draws, with the job's values bound. Pure; errors are in the caller's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from operator import or_
from typing import Any

from bridge.catalog.families import DEFAULT_FAMILY, NO_FILES, Family, ModelFiles
from bridge.catalog.models import drawings, named_models
from bridge.catalog.samplers import resolve
from bridge.core.control_unit import Unit
from bridge.core.errors import PixartError, PromptRefused, UnknownName
from bridge.core.job import OWN_WORDS, SEED_VALUES, UNSAID_KEY
from bridge.core.needs import Needs
from bridge.core.settings import Settings
from bridge.workflow.additions import extended, staged
from bridge.workflow.bind import Bound, bind, saved
from bridge.workflow.control_net import controlled, separated, typed
from bridge.workflow.drawn_size import in_multiples, rounding_notes, second_pass
from bridge.workflow.file import BUILT_IN, Workflow
from bridge.workflow.model_family import (
    LOADER_INPUTS,
    SIDE,
    TAGS_NODE,
    FamilyValues,
    family_values,
    lora_names,
    require_agreement,
    require_way,
)
from bridge.workflow.needs import needs_of
from bridge.workflow.safety import guarded
from bridge.workflow.selection import Forms, head_of, selection

FOR_PHOTOGRAPHS = "photo_"  # prefix of inputs for photographs, in workflows that tell the kind of a picture
OWN_COLORS = "own_colors"
PREFIX = "filename_prefix"  # the input for the place of ComfyUI's results, which no request sets
LOADERS = frozenset({*LOADER_INPUTS, TAGS_NODE})


@dataclass(frozen=True)
class Plan:
    """A workflow bound to a job's values, with notes for the caller.

    `instead` says that the workflow is a fallback. `made_for` are the node classes and model files of the ComfyUI that
    the plan was made for, `later` are plans of a batch's later parts with other inputs.
    """

    workflow: Workflow
    bound: Bound
    notes: tuple[str, ...]
    instead: bool = False
    made_for: tuple[Mapping[str, Any], ModelFiles] = field(default=({}, NO_FILES), repr=False, compare=False)
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
        """Node ids by the names of the nodes' reports."""
        return self.bound.reports

    @property
    def models(self) -> dict[str, Any]:
        """The plan's model files, by the workflow's inputs."""
        return self._values_of("model")

    @property
    def pictures(self) -> dict[str, Any]:
        """The names of the plan's pictures in ComfyUI's input folder, by the workflow's inputs."""
        return self._values_of("picture")

    def _values_of(self, kind: str) -> dict[str, Any]:
        inputs, values = self.workflow.inputs, self.bound.used
        return {name: values[name] for name, entry in inputs.items() if entry.kind == kind and values.get(name)}

    @cached_property
    def needs(self) -> Needs:
        """What a ComfyUI must have to draw the plan and the later parts of its batch."""
        own_needs = needs_of(self.prompt, *self.made_for, self.workflow.engine)
        return reduce(or_, (each.needs for each in self.later), own_needs)


@dataclass(frozen=True)
class _ModelFit:
    """A workflow and its values, adapted to the diffusion model of this family and name where the workflow `loads` any.

    `files` are those beside the model, by input.
    """

    workflow: Workflow
    values: FamilyValues
    files: Mapping[str, str] = field(default_factory=dict)
    family: Family | None = None
    model: str = ""
    loads: bool = False  # whether there are models to choose, or to judge


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
    """Bind the values to the workflow that runs: `pinned` where one was chosen at acceptance, else the one of `mode`.

    All model files must be of one family. A fallback takes the values that it has inputs for; so does an engine's form
    of the mode, with a note on the rest. A value that the mode has no input for is an error, or with `loose` a note.
    Raises UnknownName, MissingParts and BadRequest in the caller's `words`.
    """
    library, object_info, files = forms.library, forms.object_info, forms.files
    prefix = str(values.get(PREFIX) or "")
    values, units, pictures = separated(values)
    unsaid = tuple(values.pop(UNSAID_KEY, ()))
    values.pop(OWN_WORDS, None)
    workflow, models, notes = _drawn_by(forms, pinned or mode, values, settings)
    workflow, instead = staged(extended(workflow, values, object_info), values, object_info), bool(notes)
    if workflow.engine == BUILT_IN:  # it has no files to choose from
        values = {name: value for name, value in values.items() if name != "checkpoint"}
    fit = _ModelFit(workflow, FamilyValues({}, values))
    if units or _loads_models(workflow):
        fit = _fit_to_model(workflow, values, unsaid, models, object_info, settings, files)
    workflow, defaults, own_values = fit.workflow, fit.values.defaults, fit.values.request_values
    mode_inputs = {**library.get(mode).inputs, **defaults, SIDE: 0, PREFIX: ""}
    colors = _own_colors(workflow, own_values)
    named = _in_its_words(workflow, _for_any_picture(workflow, {**defaults, **colors, **own_values}))
    strange = [name for name in named if name not in workflow.inputs and name not in mode_inputs] if loose else []
    notes += _unheard(mode, strange, named, words)
    if workflow.serves and not pinned:
        callers_values = {name: value for name, value in values.items() if name not in unsaid}
        notes += _left_out(workflow, library.get(mode), callers_values, words, object_info)
    skipped = {*mode_inputs, *strange} - workflow.inputs.keys()
    bound_values = {name: value for name, value in named.items() if name not in skipped}
    try:
        bound = _bound(fit, bound_values, models, forms, (units, pictures, prefix))
    except PixartError as error:
        _place(error, words)
        raise
    if settings.nsfw_filter:
        bound = guarded(bound, object_info, settings.nsfw_action)
    value_notes = _value_notes(fit, bound, words)
    return Plan(workflow, bound, (*notes, *value_notes), instead, (object_info, files))


def _bound(
    fit: _ModelFit,
    values: Mapping[str, Any],
    models: Mapping[str, str],
    forms: Forms,
    control: tuple[tuple[Unit, ...], Mapping[str, str], str],
) -> Bound:
    """The workflow bound to values and models, with ControlNet units; what models don't fit together is an error."""
    object_info, files = forms.object_info, forms.files
    if fit.loads:
        require_way(fit.workflow, models, files, fit.family, fit.model)
    bound = bind(fit.workflow, values, object_info, models={**fit.files, **models})
    if control[0]:
        bound = controlled(bound, object_info, *control)
    if fit.loads:
        require_agreement(bound, files, fit.workflow)
        bound = typed(bound, object_info, files)
    return bound


def _loads_models(workflow: Workflow) -> bool:
    """Whether a workflow has models to choose, or to judge; without them its values are those of the request."""
    chooses = SIDE in workflow.inputs or any(entry.kind == "model" for entry in workflow.inputs.values())
    return chooses or not LOADERS.isdisjoint(workflow.classes)


def _value_notes(fit: _ModelFit, bound: Bound, words: Mapping[str, str]) -> tuple[str, ...]:
    """What is said of a request's values, in the caller's words."""
    bound_notes = (*bound.notes, *(rounding_notes(bound.prompt, fit.family) if fit.family else ()))
    return (*fit.values.notes, *dict.fromkeys(_in_caller_words(note, words) for note in bound_notes))


def _own_colors(workflow: Workflow, values: Mapping[str, Any]) -> Mapping[str, int]:
    """No colours of the picture's own for a request that names colours, whatever number a workflow has saved."""
    named = values.get("palette") or values.get("colors")
    return {OWN_COLORS: 0} if named and OWN_COLORS in workflow.inputs else {}


def _fit_to_model(
    workflow: Workflow,
    values: Mapping[str, Any],
    unsaid: tuple[str, ...],
    models: Mapping[str, str],
    object_info: Mapping[str, Any],
    settings: Settings,
    files: ModelFiles,
) -> _ModelFit:
    """The workflow and the values for the model that draws, with what is chosen beside that model."""
    choice = selection(workflow, object_info, models, files)
    head = head_of(workflow)
    file = {**choice.files, **models}.get(head.name, "") if head else ""
    model_file = files.of(head.model or "", file) if head else files.of("", "")
    is_own = choice.family is None or choice.family is DEFAULT_FAMILY
    explicit_values = values if is_own else {name: value for name, value in values.items() if name not in unsaid}
    loras = lora_names(str(explicit_values.get("loras") or ""), files)
    result = family_values(workflow, explicit_values, choice.family, (file, model_file), settings, object_info, loras)
    workflow = in_multiples(workflow, choice.family, object_info)
    sides, notes = second_pass(workflow, result.request_values, choice.family)
    result = replace(result, request_values={**result.request_values, **sides}, notes=(*result.notes, *notes))
    return _ModelFit(workflow, result, choice.files, choice.family, file, loads=True)


def _drawn_by(
    forms: Forms, name: str, values: Mapping[str, Any], settings: Settings
) -> tuple[Workflow, Mapping[str, str], tuple[str, ...]]:
    """As `Forms.choose`, with the named models by input, for a request that may name a model or the built-in drawings.

    A request that names a model is never drawn with another one.
    """
    named = named_models(values, forms.object_info)
    models = {**chosen_models(settings), **named}
    wish = "checkpoint" in values and values["checkpoint"] in drawings(forms.object_info)
    fallback = BUILT_IN if wish else "" if named.get("checkpoint") else settings.engine_fallback
    workflow, notes = forms.choose(name, models, fallback=fallback)
    if wish and workflow.engine != BUILT_IN and (form := forms.library.form(name, BUILT_IN)) is not None:
        workflow, notes = form, ()
    inputs = {} if workflow.engine == BUILT_IN else models
    return workflow, {name: file for name, file in inputs.items() if name in workflow.inputs and file}, notes


def _unheard(
    mode: str, strange: list[str], named_values: Mapping[str, Any], words: Mapping[str, str]
) -> tuple[str, ...]:
    """A note on the values that a mode has no input for, except for empty ones and fields that another input takes."""
    used_pairs = [(words.get(name, name), value) for name, value in named_values.items() if name not in strange]
    unused_pairs = [
        (words.get(name, name), named_values[name]) for name in strange if named_values[name] not in ("", None)
    ]
    listing = ", ".join(dict.fromkeys(word for word, value in unused_pairs if (word, value) not in used_pairs))
    return (f"{mode} has no input for {listing}; left out.",) if listing else ()


def _in_caller_words(note: str, words: Mapping[str, str]) -> str:
    """A note on a clamped value, with the caller's name for the value."""
    return _with_word(note, ": ", words) if " instead of " in note else note


def _place(error: PixartError, words: Mapping[str, str]) -> None:
    """Put an error in the caller's words; an unknown name, or a nested field, comes behind the field's path."""
    error.message, error.field = _with_word(error.message, " ", words), words.get(error.field or "", error.field)
    field = error.field or ""
    named = isinstance(error, UnknownName) or "." in field
    if field and named and field.casefold() not in error.message.casefold():
        error.message = f"{error.field}: {error.message}"


def _with_word(text: str, mark: str, words: Mapping[str, str]) -> str:
    """The text with the caller's word in place of the input's name at its start."""
    name, result, rest = text.partition(mark)
    return f"{words.get(name, name)}{result}{rest}"


def _left_out(
    workflow: Workflow,
    target: Workflow,
    values: Mapping[str, Any],
    words: Mapping[str, str],
    object_info: Mapping[str, Any],
) -> tuple[str, ...]:
    """A note on requested values that an engine's form has no input for; values that the mode has saved don't count."""
    unused_names = [
        name for name in values if name in target.inputs and name not in (*workflow.inputs, "generation_side")
    ]
    names = [name for name in unused_names if values[name] not in ("", None, saved(target, name, object_info))]
    listing = ", ".join(dict.fromkeys(words.get(name, name) for name in names))
    return (f"{workflow.name} has no input for {listing}; left out.",) if listing else ()


def _in_its_words(workflow: Workflow, values: dict[str, Any]) -> dict[str, Any]:
    """The values with AUTOMATIC1111's own names of sampler and schedule, for a workflow of that engine."""
    if workflow.engine != "a1111" or not values.get("sampler"):
        return values
    sampling = resolve(values["sampler"], values.get("scheduler"))
    return {**values, "sampler": sampling.name, "scheduler": sampling.schedule}


def _for_any_picture(workflow: Workflow, values: dict[str, Any]) -> dict[str, Any]:
    """The values for photographs in place of the plain ones, for a workflow that takes all pictures alike."""
    plain = {name: name.removeprefix(FOR_PHOTOGRAPHS) for name in values if name not in workflow.inputs}
    moved = {
        plain_name: values[name]
        for name, plain_name in plain.items()
        if plain_name != name and plain_name not in values
    }
    return {name: value for name, value in values.items() if plain.get(name, name) == name} | moved


def in_the_callers_words(refused: PromptRefused, bound: Bound, words: Mapping[str, str]) -> str:
    """Why ComfyUI refused a prompt, naming the caller's field where one feeds the input that is wrong."""
    for node_id, node in refused.node_errors.items():
        for each in node.get("errors", []):
            name = bound.blame(node_id, (each.get("extra_info") or {}).get("input_name", ""))
            if name:
                return f"{words.get(name, name)}: {each.get('message', '')} {each.get('details', '')}".strip()
    return str(refused)


def in_the_callers_names(message: str, plan: Plan, names: Mapping[str, str]) -> str:
    """A node's message with the caller's names of pictures for those that they have in ComfyUI's input folder."""
    for name, file in plan.pictures.items():
        message = message.replace(str(file), names.get(name, name))
    return message


def unlike_parts(batch: Sequence[Mapping[str, Any]], pictures: Iterable[str], begin: int = 0) -> Iterator[int]:
    """Numbers of a batch's parts from `begin` on, one of each group that differs in seeds and picture bytes only."""
    names, earlier = {name: name for name in pictures}, []
    for part in range(begin, max(1, len(batch))):
        values = {name: value for name, value in (batch[part] if batch else {}).items() if name not in SEED_VALUES}
        part_inputs = values, pictures_of(names, part).keys()
        if part_inputs not in earlier:
            earlier.append(part_inputs)
            yield part


def pictures_of(pictures: Mapping[str, str], part: int) -> dict[str, str]:
    """The pictures of one part of a batch, by workflow input: `image@2` is the `image` of part 2, counted from 0."""
    shared = {name: key for name, key in pictures.items() if "@" not in name}
    part_pictures = {
        name.partition("@")[0]: key for name, key in pictures.items() if name.partition("@")[2] == str(part)
    }
    return {**shared, **part_pictures}


def chosen_models(settings: Settings) -> dict[str, str]:
    """The operator's own choice of models, by workflow input."""
    return {"checkpoint": settings.checkpoint, "controlnet": settings.controlnet}
