"""Which form of a mode draws, and which model files it takes together: all of one family, by what the files are. Pure.

Where the node pack doesn't say what a file is, its name has to do, by the workflow's `prefer` and `avoid`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.catalog.families import (
    CHECKPOINTS,
    CONTROL_WAYS,
    CONTROLS,
    DIFFUSION_MODELS,
    FAMILIES,
    INPAINT,
    NO_TEXT_ENCODER,
    NOTHING_TOLD,
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

HEADS = (CHECKPOINTS, DIFFUSION_MODELS)
# Patterns of `avoid` that guess a family by the name: of a file that is known no guess is needed.
GUESSES = frozenset(f"*{part}*" for part in (
    *("xl", "flux", "sd3", "sd_3", "sd2", "v2-1", "768-v", "refiner", "pony", "illustrious", "noob", "svd", "ltx"),
    *("cascade", "hunyuan", "audio"),
))  # fmt: skip
WRITTEN_FOR_OWN = "*xl*"  # a file that avoids these by name is written for SD 1.5, which goes first there
MOST_SELECTIONS = 200  # kept for each workflow, and choices of forms


@dataclass(frozen=True)
class Selection:
    """Files by the name of the workflow's input; what is missing; and the family of them all, where it is known."""

    files: Mapping[str, str]
    lacks: tuple[Missing, ...] = ()
    family: Family | None = None


@dataclass(frozen=True)
class _Selecting:
    """The files beside those that are `wanted` by name, by input."""

    workflow: Workflow
    sockets: Sockets
    wanted: Mapping[str, str]
    files: ModelFiles

    def selected(self) -> Selection:
        """The first model for which all else is there, or what is missing beside the first of all."""
        head, first = self._head(), None
        for file, family in self._candidates(head) if head else ():
            made = self._around({head.name: file}, family) if head else None
            if made and not made.lacks:
                return made
            first = first or made
        return first or self._around({}, None)

    def _head(self) -> Input | None:
        """The input of the model that draws, where it is known what its files are."""
        head = head_of(self.workflow)
        known = head is not None and self.sockets.has_class(head) and self.files.tells(head.model or "")
        return head if known else None

    def _candidates(self, head: Input) -> Iterator[tuple[str, Family | None]]:
        """Models with their families, each the best of its family, the best family first.

        Where a ControlNet is wanted, those that it fits go before the others.
        """
        controls = [
            self.files.control(self.wanted[each]) for each in control_inputs(self.workflow) & self.wanted.keys()
        ]

        def suits(pair: tuple[str, Family | None]) -> bool:
            return all(pair[1] is None or fits(CONTROLS, each, pair[1]) for each in controls)

        yield from sorted(self._models(head), key=lambda pair: not suits(pair))

    def _models(self, head: Input) -> Iterator[tuple[str, Family | None]]:
        folder, there, files = head.model or "", self.sockets.files(head), self.files
        if head.name in self.wanted:
            file = named(self.wanted[head.name], tuple(there))
            if file is not None:
                yield file, files.of(folder, file).family
            return
        if (saved := self.sockets.saved(head)) in there and self._draws(head, saved):
            yield saved, files.of(folder, saved).family
        ranked = [each for each in self._ranked(head) if self._draws(head, each)]
        best: dict[Family | None, str] = {}
        for each in ranked:
            best.setdefault(files.of(folder, each).family, each)
        order = [family for family in FAMILIES if family in best] if written_for_own(head) else list(best)
        yield from ((best[family], family) for family in order if family)
        yield from ((best[family], family) for family in best if not family)

    def _draws(self, head: Input, name: str) -> bool:
        """Whether a model is one that is taken without being named."""
        file = self.files.of(head.model or "", name)
        whole = head.model != CHECKPOINTS or NO_TEXT_ENCODER not in file.traits
        able = not trouble(head.model or "", name, file) and whole and INPAINT not in file.traits
        return not file.known or (able and draws(self.workflow, file.family))

    def _ranked(self, entry: Input) -> list[str]:
        """The files that an input may take, the preferred ones first; a name rules out only what else is unknown."""
        folder = entry.model or ""
        usable = []
        for each in self.sockets.files(entry):
            known = self.files.of(folder, each)
            avoid = [pattern for pattern in entry.avoid if not known.kinds or pattern not in _guesses(folder)]
            if not trouble(folder, each, known) and not matches(each, avoid):
                usable.append(each)
        rank = {each: _rank(each, entry) for each in usable}
        return sorted((each for each in usable if rank[each] < len(entry.prefer)), key=lambda each: rank[each])

    def _around(self, taken: Mapping[str, str], family: Family | None) -> Selection:
        """The other files beside a model of this family."""
        inputs, result, lacks = self.workflow.inputs, dict(taken), []
        for entry in inputs.values():
            if entry.kind != "model" or entry.name in {**self.wanted, **taken} or not self.sockets.has_class(entry):
                continue
            file = self._fitting(entry, family)
            if file is None:
                lacks.append(lacking_model(entry, family))
            else:
                result[entry.name] = file
        return Selection({name: file for name, file in result.items() if name not in self.wanted}, tuple(lacks), family)

    def _fitting(self, entry: Input, family: Family | None) -> str | None:
        folder, files = entry.model or "", self.files
        if not files.tells(folder):
            return self.sockets.pick(entry)
        if folder in HEADS and family is None:  # no candidate was there
            return None
        ranked = self._ranked(entry)
        able = [each for each in ranked if _suits(entry, files.of(folder, each), family)]
        saved = self.sockets.saved(entry)
        return saved if saved in able else next(iter(able), None)


def head_of(workflow: Workflow) -> Input | None:
    """The input of the model that draws; None for a workflow with none or several."""
    heads = [each for each in workflow.inputs.values() if each.model in HEADS]
    return heads[0] if len(heads) == 1 else None


def control_inputs(workflow: Workflow) -> set[str]:
    """The inputs that name a ControlNet, whichever way it steers."""
    folders = {way.folder for way in CONTROL_WAYS}
    return {each.name for each in workflow.inputs.values() if each.model in folders}


def _follows(workflow: Workflow, file: ModelFile) -> bool:
    """Whether a ControlNet is for a family that a workflow draws with, as far as both are known."""
    able = [each for each in FAMILIES if draws(workflow, each)]
    return not file.kinds or any(each.control and fits(each.control.folder, file, each) for each in able)


def written_for_own(head: Input) -> bool:
    """Whether a workflow, by its model's input, is one for SD 1.5, which the bridge may draw with other families."""
    return WRITTEN_FOR_OWN in head.avoid


def _guesses(folder: str) -> frozenset[str]:
    return GUESSES | {"*inpaint*"} if folder in HEADS else GUESSES


def _rank(name: str, entry: Input) -> int:
    return next((at for at, pattern in enumerate(entry.prefer) if matches(name, (pattern,))), len(entry.prefer))


def _suits(entry: Input, file: ModelFile, family: Family | None) -> bool:
    if entry.kinds:
        return not file.known or bool(set(entry.kinds) & set(file.kinds))
    return family is None or fits(entry.model or "", file, family)


def draws(workflow: Workflow, family: Family | None) -> bool:
    """Whether a workflow is for models of this family: its own, else those that take its values as they are. One that a
    person wrote for another is for any."""
    if workflow.families:
        return family is not None and family.name in workflow.families
    head = head_of(workflow)
    return head is None or not written_for_own(head) or (family is not None and family.plain)


def selection(
    workflow: Workflow,
    object_info: ObjectInfo,
    wanted: Mapping[str, str] | None = None,
    files: ModelFiles = NOTHING_TOLD,
) -> Selection:
    """The model files that this ComfyUI has for the workflow, beside those `wanted` by name, by input."""
    known, wanted = sockets(workflow, object_info), wanted or {}
    key = files, frozenset(wanted.items())
    if key not in known.selections:  # the same is asked for with every job
        if len(known.selections) >= MOST_SELECTIONS:
            known.selections.clear()
        known.selections[key] = _Selecting(workflow, known, wanted, files).selected()
    selected: Selection = known.selections[key]
    return selected


def missing(
    workflow: Workflow,
    object_info: ObjectInfo,
    *,
    models: Mapping[str, str] | None = None,
    files: ModelFiles = NOTHING_TOLD,
) -> tuple[Missing, ...]:
    """What this ComfyUI lacks to run the workflow; `models` is the user's own choice, by input name."""
    nodes = tuple(lacking_node(name) for name in workflow.classes if name not in object_info)
    return nodes + selection(workflow, object_info, models, files).lacks


def takes(workflow: Workflow, wanted: Mapping[str, str], object_info: ObjectInfo, files: ModelFiles) -> bool:
    """Whether a workflow can draw with the model that is wanted, if one is, else with a ControlNet that is."""
    head = head_of(workflow)
    name = wanted.get(head.name) if head else None
    if head is None or name is None:
        return all(_follows(workflow, files.control(wanted[each])) for each in control_inputs(workflow) & wanted.keys())
    known = sockets(workflow, object_info)
    file = named(name, tuple(known.files(head))) if known.has_class(head) else None
    told = files.of(head.model or "", file or "")
    return file is not None and (not told.kinds or draws(workflow, told.family))


@dataclass(frozen=True)
class Forms:
    """What may draw the modes of a library at one ComfyUI: by its node classes, by the `engine` that draws there, and
    by what the node pack says of all `files` of models."""

    library: Library
    object_info: ObjectInfo
    engine: str = ENGINES[0]
    files: ModelFiles = NOTHING_TOLD
    _chosen: dict[Any, tuple[Workflow, tuple[str, ...]]] = field(default_factory=dict, repr=False, compare=False)

    def choose(self, mode: str, models: Mapping[str, str], *, fallback: str = "") -> tuple[Workflow, tuple[str, ...]]:
        """The workflow of this mode, or its fallback where models or nodes are missing; `models` are those that the
        operator or the request names, by input.

        A mode named without a version is drawn by the engine, where that has a form of it. Where the models are missing
        the `fallback` engine goes before the mode's own fallback. Raises UnknownName for a mode that isn't there,
        MissingParts when none can run.
        """
        key = mode, frozenset(models.items()), fallback
        chosen = self._chosen.get(key)  # the same is asked for with every job
        if chosen is None:
            if len(self._chosen) >= MOST_SELECTIONS:
                self._chosen.clear()
            chosen = self._chosen[key] = self._choose(mode, models, fallback)
        return chosen

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
        """The first form of a mode that lacks nothing, else the one that lacks least, with what it lacks."""
        named = {name: choice for name, choice in models.items() if choice}
        best: tuple[Workflow, tuple[Missing, ...]] | None = None
        for form in self._of(mode, named):
            lacks = missing(form, self.object_info, models=named, files=self.files)
            best = (form, lacks) if best is None or len(lacks) < len(best[1]) else best
            if not lacks:
                break
        own = self._own(mode)
        return best or (own, missing(own, self.object_info, models=named, files=self.files))

    def default_model(self, mode: str) -> str:
        """The model file that a mode draws with when nobody names one; empty for none."""
        for form in self._of(mode, {}):
            picked = selection(form, self.object_info, None, self.files)
            if "checkpoint" in picked.files and not picked.lacks:
                return picked.files["checkpoint"]
        return ""

    def _own(self, mode: str) -> Workflow:
        """The engine's form of a mode, or the mode's own workflow."""
        return self.library.form(mode, self.engine) or self.library.get(mode)

    def _of(self, mode: str, named: Mapping[str, str]) -> Iterator[Workflow]:
        """What may draw this mode, the first choice first: the engine's form or the mode's own, then those of families.

        Of these, only such as draw with the model that is `named`, if one is.
        """
        own = self._own(mode)
        if takes(own, named, self.object_info, self.files):
            yield own
        for form in self.library.family_forms(mode) if self.engine == ENGINES[0] else ():
            if takes(form, named, self.object_info, self.files):
                yield form
