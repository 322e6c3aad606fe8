"""The form of a mode that draws, and the model files for that form, all of one family. Pure.

A file's family is in the node pack's report; without a report the file's name decides, by the workflow's `prefer` and
`avoid`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.catalog.families import (
    CHECKPOINTS,
    CONTROL_WAYS,
    CONTROLNET_FOLDER,
    DIFFUSION_MODELS,
    FAMILIES,
    INPAINT,
    NO_FILES,
    NO_TEXT_ENCODER,
    Family,
    ModelFile,
    ModelFiles,
    fits,
    trouble,
)
from bridge.catalog.models import matches, named
from bridge.core.errors import MissingParts
from bridge.workflow.bind import Sockets, sockets
from bridge.workflow.file import ENGINES, Input, Workflow
from bridge.workflow.library import Library
from bridge.workflow.missing import Missing, lacking_model, lacking_node, sentences
from bridge.workflow.widgets import ObjectInfo

HEAD_FOLDERS = (CHECKPOINTS, DIFFUSION_MODELS)
# Patterns of `avoid` that guess a family by the name: of a file that is known no guess is needed.
GUESS_PATTERNS = frozenset(f"*{part}*" for part in (
    *("xl", "flux", "sd3", "sd_3", "sd2", "v2-1", "768-v", "refiner", "pony", "illustrious", "noob", "svd", "ltx"),
    *("cascade", "hunyuan", "audio"),
))  # fmt: skip
WRITTEN_FOR_OWN = "*xl*"  # a file that avoids these by name is written for SD 1.5, which goes first there
MOST_SELECTIONS = 200  # kept for each workflow, and choices of forms


@dataclass(frozen=True)
class Selection:
    """Model files by input, the missing models and nodes, and the files' family; None for an unknown family."""

    files: Mapping[str, str]
    lacks: tuple[Missing, ...] = ()
    family: Family | None = None


@dataclass(frozen=True)
class _ModelSearch:
    """The search for the model files of a workflow beside the `choices` by input."""

    workflow: Workflow
    sockets: Sockets
    choices: Mapping[str, str]
    files: ModelFiles

    def selected(self) -> Selection:
        """The first model whose other files are all there, else the first model with what it lacks."""
        head, first = self._head(), None
        for file, family in self._candidates(head) if head else ():
            result = self._around({head.name: file}, family) if head else None
            if result and not result.lacks:
                return result
            first = first or result
        return first or self._around({}, None)

    def _head(self) -> Input | None:
        """The input of the diffusion model; None where the node pack doesn't report on its files."""
        head = head_of(self.workflow)
        is_known = head is not None and self.sockets.has_class(head) and self.files.tells(head.model or "")
        return head if is_known else None

    def _candidates(self, head: Input) -> Iterator[tuple[str, Family | None]]:
        """Models with their families, each the best of its family, the best family first.

        Families that a chosen ControlNet fits go before the others.
        """
        controls = [
            self.files.control(self.choices[each]) for each in control_inputs(self.workflow) & self.choices.keys()
        ]

        def suits(pair: tuple[str, Family | None]) -> bool:
            return all(pair[1] is None or fits(CONTROLNET_FOLDER, each, pair[1]) for each in controls)

        yield from sorted(self._models(head), key=lambda pair: not suits(pair))

    def _models(self, head: Input) -> Iterator[tuple[str, Family | None]]:
        folder, there, files = head.model or "", self.sockets.files(head), self.files
        if head.name in self.choices:
            file = named(self.choices[head.name], tuple(there))
            if file is not None:
                yield file, files.of(folder, file).family
            return
        if (saved_file := self.sockets.saved(head)) in there and self._draws(head, saved_file):
            yield saved_file, files.of(folder, saved_file).family
        ranked = [each for each in self._ranked(head) if self._draws(head, each)]
        best: dict[Family | None, str] = {}
        for each in ranked:
            best.setdefault(files.of(folder, each).family, each)
        order = [family for family in FAMILIES if family in best] if written_for_own(head) else list(best)
        yield from ((best[family], family) for family in order if family)
        yield from ((best[family], family) for family in best if not family)

    def _draws(self, head: Input, name: str) -> bool:
        """Whether a model may be chosen without being named in the request."""
        file = self.files.of(head.model or "", name)
        has_text_encoder = head.model != CHECKPOINTS or NO_TEXT_ENCODER not in file.traits
        is_usable = not trouble(head.model or "", name, file) and has_text_encoder and INPAINT not in file.traits
        return not file.is_known or (is_usable and draws(self.workflow, file.family))

    def _ranked(self, entry: Input) -> list[str]:
        """An input's possible files, the preferred first; a name rules out only files that have no report."""
        folder = entry.model or ""
        usable = []
        for each in self.sockets.files(entry):
            file = self.files.of(folder, each)
            avoid = [pattern for pattern in entry.avoid if not file.kinds or pattern not in _guesses(folder)]
            if not trouble(folder, each, file) and not matches(each, avoid):
                usable.append(each)
        rank = {each: _rank(each, entry) for each in usable}
        return sorted((each for each in usable if rank[each] < len(entry.prefer)), key=lambda each: rank[each])

    def _around(self, heads: Mapping[str, str], family: Family | None) -> Selection:
        """The other files beside a model of this family."""
        inputs, result, lacks = self.workflow.inputs, dict(heads), []
        folders = {name: inputs[name].model or "" for name in heads}
        reads = frozenset(kind for name, file in heads.items() for kind in self.files.of(folders[name], file).reads)
        for entry in inputs.values():
            if entry.kind != "model" or entry.name in {**self.choices, **heads} or not self.sockets.has_class(entry):
                continue
            file = self._fitting(entry, family, reads)
            if file is None:
                lacks.append(lacking_model(entry, family))
            else:
                result[entry.name] = file
        return Selection(
            {name: file for name, file in result.items() if name not in self.choices}, tuple(lacks), family
        )

    def _fitting(self, entry: Input, family: Family | None, reads: frozenset[str]) -> str | None:
        """A file for this input; `reads` are the text encoders that the model can read, empty for all of its family."""
        folder, files = entry.model or "", self.files
        if not files.tells(folder):
            return self.sockets.pick(entry)
        if folder in HEAD_FOLDERS and family is None:  # no candidate was there
            return None
        ranked = self._ranked(entry)
        fits_family = [each for each in ranked if _suits(entry, files.of(folder, each), family, reads)]
        saved_file = self.sockets.saved(entry)
        return saved_file if saved_file in fits_family else next(iter(fits_family), None)


def head_of(workflow: Workflow) -> Input | None:
    """The input of the diffusion model; None for a workflow with none or several."""
    heads = [each for each in workflow.inputs.values() if each.model in HEAD_FOLDERS]
    return heads[0] if len(heads) == 1 else None


def control_inputs(workflow: Workflow) -> set[str]:
    """The inputs that name a ControlNet, whichever way it steers."""
    folders = {way.folder for way in CONTROL_WAYS}
    return {each.name for each in workflow.inputs.values() if each.model in folders}


def _follows(workflow: Workflow, file: ModelFile) -> bool:
    """Whether a ControlNet is for a family that a workflow draws with, as far as both are known."""
    families = [each for each in FAMILIES if draws(workflow, each)]
    return not file.kinds or any(each.control and fits(each.control.folder, file, each) for each in families)


def written_for_own(head: Input) -> bool:
    """Whether a workflow, by its model's input, is one for SD 1.5, which the bridge may draw with other families."""
    return WRITTEN_FOR_OWN in head.avoid


def _guesses(folder: str) -> frozenset[str]:
    return GUESS_PATTERNS | {"*inpaint*"} if folder in HEAD_FOLDERS else GUESS_PATTERNS


def _rank(name: str, entry: Input) -> int:
    return next((at for at, pattern in enumerate(entry.prefer) if matches(name, (pattern,))), len(entry.prefer))


def _suits(entry: Input, file: ModelFile, family: Family | None, reads: frozenset[str]) -> bool:
    if entry.kinds:
        kinds = set(entry.kinds) & (reads or set(entry.kinds))
        return not file.is_known or bool(kinds & set(file.kinds))
    return family is None or fits(entry.model or "", file, family)


def draws(workflow: Workflow, family: Family | None) -> bool:
    """Whether a workflow draws with models of this family: one of its own, else one that takes the values of SD 1.5
    unchanged. A person's workflow for other models draws with any."""
    if workflow.families:
        return family is not None and family.name in workflow.families
    head = head_of(workflow)
    return head is None or not written_for_own(head) or (family is not None and family.plain)


def selection(
    workflow: Workflow,
    object_info: ObjectInfo,
    choices: Mapping[str, str] | None = None,
    files: ModelFiles = NO_FILES,
) -> Selection:
    """The model files that this ComfyUI has for a workflow, beside the `choices` by input."""
    workflow_sockets, choices = sockets(workflow, object_info), choices or {}
    key = files, frozenset(choices.items())
    if key not in workflow_sockets.selections:  # the same is asked for with every job
        if len(workflow_sockets.selections) >= MOST_SELECTIONS:
            workflow_sockets.selections.clear()
        workflow_sockets.selections[key] = _ModelSearch(workflow, workflow_sockets, choices, files).selected()
    selected: Selection = workflow_sockets.selections[key]
    return selected


def missing(
    workflow: Workflow,
    object_info: ObjectInfo,
    *,
    models: Mapping[str, str] | None = None,
    files: ModelFiles = NO_FILES,
) -> tuple[Missing, ...]:
    """The nodes and models that a workflow lacks on this ComfyUI; `models` are the user's choices by input."""
    nodes = tuple(lacking_node(name) for name in workflow.classes if name not in object_info)
    return nodes + selection(workflow, object_info, models, files).lacks


def takes(workflow: Workflow, choices: Mapping[str, str], object_info: ObjectInfo, files: ModelFiles) -> bool:
    """Whether a workflow can draw with the chosen diffusion model, or without one with the chosen ControlNet."""
    head = head_of(workflow)
    name = choices.get(head.name) if head else None
    if head is None or name is None:
        return all(
            _follows(workflow, files.control(choices[each])) for each in control_inputs(workflow) & choices.keys()
        )
    workflow_sockets = sockets(workflow, object_info)
    file = named(name, tuple(workflow_sockets.files(head))) if workflow_sockets.has_class(head) else None
    model_file = files.of(head.model or "", file or "")
    return file is not None and (not model_file.kinds or draws(workflow, model_file.family))


@dataclass(frozen=True)
class Forms:
    """The workflows that may draw a library's modes on one ComfyUI, by its node classes in `object_info`, its `engine`
    and the node pack's report on model `files`."""

    library: Library
    object_info: ObjectInfo
    engine: str = ENGINES[0]
    files: ModelFiles = NO_FILES
    _choices: dict[Any, tuple[Workflow, tuple[str, ...]]] = field(default_factory=dict, repr=False, compare=False)

    def choose(self, mode: str, models: Mapping[str, str], *, fallback: str = "") -> tuple[Workflow, tuple[str, ...]]:
        """The workflow of this mode, or its fallback where models or nodes are missing; `models` are those that the
        operator or the request names, by input.

        A mode named without a version is drawn by the engine, where that has a form of it. Where the models are missing
        the `fallback` engine goes before the mode's own fallback. Raises UnknownName for a mode that isn't there,
        MissingParts when none can run.
        """
        key = mode, frozenset(models.items()), fallback
        choice = self._choices.get(key)  # the same is asked for with every job
        if choice is None:
            if len(self._choices) >= MOST_SELECTIONS:
                self._choices.clear()
            choice = self._choices[key] = self._choose(mode, models, fallback)
        return choice

    def _choose(self, mode: str, models: Mapping[str, str], fallback: str) -> tuple[Workflow, tuple[str, ...]]:
        workflow, lacks = self.nearest(mode, models)
        if not lacks:
            return workflow, ()
        reasons = " ".join(sentences(lacks))
        trouble = f"{workflow.name} can't run on this ComfyUI"
        form = self.library.form(mode.partition("@")[0], fallback)
        if form is not None and not missing(form, self.object_info):
            return form, (f"{trouble}, so {form.name} was used: {form.summary}. {reasons}",)
        if workflow.fallback is None:
            raise MissingParts(f"{trouble}.", hint=reasons)
        instead, notes = self.choose(workflow.fallback, models, fallback=fallback)
        return instead, (f"{trouble}, so {instead.name} was used. {reasons}", *notes)

    def nearest(self, mode: str, models: Mapping[str, str]) -> tuple[Workflow, tuple[Missing, ...]]:
        """A mode's first complete form, else the form that lacks the least, with what that form lacks."""
        named = {name: choice for name, choice in models.items() if choice}
        best: tuple[Workflow, tuple[Missing, ...]] | None = None
        for form in self._of(mode, named):
            lacks = missing(form, self.object_info, models=named, files=self.files)
            best = (form, lacks) if best is None or len(lacks) < len(best[1]) else best
            if not lacks:
                break
        own_form = self._own(mode)
        return best or (own_form, missing(own_form, self.object_info, models=named, files=self.files))

    def default_model(self, mode: str) -> str:
        """The model file of a mode for requests that name none; empty for a mode without a model."""
        for form in self._of(mode, {}):
            models = selection(form, self.object_info, None, self.files)
            if "checkpoint" in models.files and not models.lacks:
                return models.files["checkpoint"]
        return ""

    def _own(self, mode: str) -> Workflow:
        """The engine's form of a mode, or the mode's own workflow."""
        return self.library.form(mode, self.engine) or self.library.get(mode)

    def _of(self, mode: str, named: Mapping[str, str]) -> Iterator[Workflow]:
        """The forms of a mode in order of preference: the engine's or the mode's own, then those of families.

        Forms that can't draw with the `named` models are left out.
        """
        own_form = self._own(mode)
        if takes(own_form, named, self.object_info, self.files):
            yield own_form
        for form in self.library.family_forms(mode) if self.engine == ENGINES[0] else ():
            if takes(form, named, self.object_info, self.files):
                yield form
