"""The workflow library: the modes of a folder, their versions, and their forms for engines and families."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bridge.catalog.families import BY_NAME, FAMILIES
from bridge.core.errors import BadRequest, UnknownName, WorkflowError
from bridge.workflow.additions import answers
from bridge.workflow.composition import Beginning, forms
from bridge.workflow.composition import beginnings as opened
from bridge.workflow.file import ENGINES, FILE_NAME, Workflow, find, load, title_of


class Library:
    """The workflows of a folder, by mode and version. Files without a name like `NAME.vN.json` are ignored."""

    def __init__(self, workflows: Iterable[Workflow], beginnings: Iterable[Beginning] = ()) -> None:
        self._by_name = {workflow.name: workflow for workflow in workflows}
        self._newest: dict[str, Workflow] = {}
        for workflow in sorted(self._by_name.values(), key=lambda each: each.version):
            self._newest[workflow.mode] = workflow
        pairs = [(each, mode) for each in self._newest.values() for mode in each.serves]
        self._forms = {(each.engine, mode): each for each, mode in pairs if not each.families}
        self._beginnings = tuple(beginnings)
        self._families: dict[str, tuple[Workflow, ...]] = {}

    @classmethod
    def open(cls, folder: Path) -> Library:
        """Read every workflow of a folder. Raises WorkflowError for a faulty file, or a folder that isn't there."""
        if not folder.is_dir():
            raise WorkflowError(f"{folder}, the folder of workflows, isn't there: PIXART_WORKFLOWS names it.")
        files = [load(path) for path in sorted(folder.glob("*.json")) if FILE_NAME.fullmatch(path.name)]
        library = cls(files, opened(folder))
        for workflow in library:
            if workflow.fallback is not None and workflow.fallback not in library._newest:
                raise WorkflowError(f"{workflow.name} falls back to {workflow.fallback!r}, which is not in {folder}.")
            for mode in workflow.serves:
                other = library.form(mode, workflow.engine)
                if other is not None and other.mode != workflow.mode:
                    raise WorkflowError(f"{workflow.name} and {other.name} both serve {mode!r} on {workflow.engine}.")
        for workflow in library:
            library._check_way(workflow)
        return library

    def _check_way(self, workflow: Workflow) -> None:
        """Raise WorkflowError for a workflow whose fallbacks lead in a circle on some engine."""
        for engine in ENGINES:
            way, mode = [workflow.name], workflow.fallback
            while mode is not None:
                step = self.form(mode, engine) or self._newest[mode]
                way.append(step.name)
                if step.name in way[:-1]:
                    raise WorkflowError(f"Fallbacks go in a circle: {', '.join(way)}.", hint="Take one of them out.")
                mode = step.fallback

    def __iter__(self) -> Any:
        return iter(self._by_name.values())

    def modes(self) -> tuple[str, ...]:
        """The names of the modes, sorted."""
        return tuple(sorted(self._newest))

    def model_classes(self) -> set[str]:
        """The node classes whose lists of model files the workflows need."""
        models = [(each, entry) for each in self for entry in each.inputs.values() if entry.kind == "model"]
        loaders = {kind for each in self._beginnings for kind in each.loaders}
        return loaders | {find(each.graph, title_of(entry), entry.name, each.index)["type"] for each, entry in models}

    def form(self, mode: str, engine: str) -> Workflow | None:
        """The form of this mode for an engine; None where the mode's own workflow draws it, or none does."""
        return self._forms.get((engine, mode))

    def family_forms(self, mode: str) -> tuple[Workflow, ...]:
        """The forms of this mode for families that its own workflow isn't written for, in the families' order.

        They are composed at the first call; a file with a form's name replaces the composed form.
        """
        if mode not in self._families:
            workflow = self._newest.get(mode)
            result = forms(workflow, self._beginnings) if workflow and not workflow.serves else []
            files = [each for each in self._newest.values() if each.families and mode in each.serves]
            every = {each.mode: each for each in (*result, *files)}.values()
            self._families[mode] = tuple(sorted(every, key=_place))
        return self._families[mode]

    def get(self, name: str) -> Workflow:
        """The newest version of a mode (`sketch`), or a fixed one (`sketch@1`). Raises UnknownName."""
        workflows = {**self._newest, **self._by_name}
        if name not in workflows:
            for form in (each for mode in self.modes() for each in self.family_forms(mode)):
                if name in (form.mode, form.name):
                    return form
            # The field of the error is `workflow`, as in every dialect in which callers choose a workflow.
            raise UnknownName(name, workflows if "@" in name else self._newest, what="Workflow", field="workflow")
        return workflows[name]

    def answering(self, name: str, output: str) -> Workflow:
        """As `get`, for an answer with this output. Raises BadRequest for a workflow without the output."""
        workflow = self.get(name)
        if not answers(workflow, output):
            modes = ", ".join(mode for mode in self.modes() if answers(self._newest[mode], output))
            raise BadRequest(
                f"Workflow {workflow.name!r} has no output {output!r}, which this request is answered with.",
                field="workflow",
                hint=f"These have one: {modes}.",
            )
        return workflow


def _place(form: Workflow) -> int:
    """The place of the workflow's first family in FAMILIES."""
    return min(FAMILIES.index(BY_NAME[name]) for name in form.families)
