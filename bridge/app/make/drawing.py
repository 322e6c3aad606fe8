"""One job through ComfyUI, from its upload to the bytes of its files; several threads may draw at a time."""

from __future__ import annotations

import mimetypes
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

from bridge.adapters.machine import FILES_OUTPUT, MACHINE_MODE
from bridge.app.make import workflow_inputs
from bridge.app.make.request import Wish
from bridge.catalog.families import ModelFiles
from bridge.catalog.models import screens
from bridge.comfy.blocking import BlockingComfy
from bridge.comfy.protocol import Outcome, files_of
from bridge.core.errors import BadRequest, JobFailed, PromptRefused
from bridge.core.job import Artifact, JobSpec, Rendition
from bridge.core.picture import image_size
from bridge.core.picture.codec import encoded
from bridge.core.picture.metadata import without_metadata
from bridge.core.settings import Settings
from bridge.drawing.outcome import NodeRemarks, report_of
from bridge.drawing.run_state import MOST_DONE, fraction
from bridge.storage.artifacts import digest, suffix
from bridge.workflow.additions import PIXEL_ASPECT, extended
from bridge.workflow.library import Library
from bridge.workflow.needs import inputs_of
from bridge.workflow.plan import Plan, in_the_callers_names, in_the_callers_words, plan
from bridge.workflow.selection import Forms
from bridge.workflow.widgets import ObjectInfo

BYTES = "application/octet-stream"  # the type of files that no browser shows
AUTO = "auto"  # the method and the dither that are chosen by a look at the picture
IMAGE = "image"  # the output that is the result, where a workflow has several
ENLARGE, ASPECT = "PixartEnlarge", "aspect"  # the node and its input, which older packs' nodes have not
PLACEHOLDER = "check.png"  # a picture's name while only the values are checked


@dataclass(frozen=True)
class Drawing:
    """A finished result, files `beside` it by their endings, its size in pixels, and notes about it.

    `look` is a sentence on what the sketch was taken for; empty without a look at it. `reports` are nodes' reports of
    their work, by the names of the workflow's outputs and reports.
    """

    data: bytes
    workflow: str
    notes: tuple[str, ...]
    look: str = ""
    size: tuple[int, int] | None = None
    beside: Mapping[str, bytes] | None = None
    seconds: float = 0.0
    reports: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def screen(self) -> Mapping[str, Any] | None:
        """The report of a picture for a console or home computer; None for any other picture."""
        return next(iter(self.reports.get(FILES_OUTPUT, ())), None)


class Draughtsman:
    """Draws jobs with one ComfyUI, whose nodes and models are read once."""

    def __init__(self, settings: Settings, comfy: BlockingComfy) -> None:
        self._comfy, self._settings = comfy, settings
        about = Library.open(settings.workflows), comfy.object_info(), settings.engine
        self._forms = Forms(*about, ModelFiles.parsed(comfy.model_kinds()))
        self._planning = threading.Lock()  # the caches of plans and remarks are not for several threads
        self._remarks = NodeRemarks()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """A context in which all threads draw side by side. An error in it makes ComfyUI drop its prompts."""
        whole = False
        with self._comfy.listening():
            try:
                yield
                whole = True
            finally:
                if not whole:
                    self._comfy.stop()

    def plan(self, spec: JobSpec, wish: Wish, names: Mapping[str, str] | None = None) -> Plan:
        """The plan of a job whose pictures have these names in ComfyUI. Raises BadRequest in the caller's words."""
        pictures = dict.fromkeys(spec.pictures, PLACEHOLDER) if names is None else names
        library, object_info = self._forms.library, self._forms.object_info
        shape = _pixel_shape(wish.values, object_info)
        with self._planning:
            workflows = [
                extended(each, wish.values, object_info)
                for each in workflow_inputs.forms(library, spec.mode, self._settings.engine)
            ]
            texts = {name: text for name, text in wish.values.items() if name not in spec.pictures}
            inputs = workflow_inputs.values(texts, workflows, wish.words, object_info)
            prefix = {"filename_prefix": f"pixart/{uuid.uuid4()}"}  # a file of its own, never a cached one
            values = {**spec.values, **inputs, **shape, **pictures, **prefix}
            return plan(self._forms, spec.mode, None, values, spec.words, self._settings)

    def draw(self, spec: JobSpec, wish: Wish, progress: Callable[[float], None]) -> Drawing:
        """Run a job to its end. Raises JobFailed, MissingParts, Unavailable ..."""
        began = time.monotonic()
        names = {
            name: self._comfy.upload(upload.data, digest(upload.data) + suffix(upload.data), "pixart")
            for name, upload in spec.pictures.items()
        }
        planned = self.plan(spec, wish, names)
        outcome = self._outcome(planned, spec, progress)
        files = self._files_of(planned, outcome)
        output, (data, kind) = next(iter(files.items()))
        beside = {PurePath(name).suffix: each for name, (each, _) in files.items() if name != output}
        file, more = _rendered(data, kind, spec.rendition, self._settings)
        with self._planning:
            remarks = self._remarks.of(planned.prompt, outcome.outputs)
        notes = (*spec.notes, *planned.notes, *remarks, *more)
        about = _look(planned, outcome), image_size.size(file) or _requested_size(spec), beside
        nodes = {**planned.outputs, **planned.reports}
        reports = {name: outcome.outputs.get(node, {}).get("pixart") or [] for name, node in nodes.items()}
        return Drawing(file, planned.workflow.name, notes, *about, time.monotonic() - began, reports)

    def _outcome(self, planned: Plan, spec: JobSpec, progress: Callable[[float], None]) -> Outcome:
        prompt, graph = planned.prompt, planned.bound.graph
        try:
            outcome = self._comfy.run(prompt, graph, lambda nodes: progress(min(MOST_DONE, fraction(prompt, nodes))))
        except PromptRefused as error:
            raise JobFailed(in_the_callers_words(error, planned.bound, spec.words)) from error
        if not outcome.succeeded:
            labels = {name: upload.field for name, upload in spec.pictures.items()}
            message = in_the_callers_names(outcome.message, planned, labels) or "it was interrupted"
            raise JobFailed(f"ComfyUI could not make it: {message.rstrip('.')}.")
        return outcome

    def _files_of(self, planned: Plan, outcome: Outcome) -> dict[str, tuple[bytes, str]]:
        """(bytes, content type) of every file at the workflow's outputs, by ComfyUI's name, the result's first."""
        first = sorted(planned.outputs, key=lambda name: name != IMAGE)
        files = [file for name in first for file in files_of(outcome.outputs.get(planned.outputs[name], {}))]
        if not files:
            raise BadRequest(f"{planned.workflow.name} writes no file: it is {planned.workflow.summary}.")
        kinds = [mimetypes.guess_type(file["filename"])[0] or BYTES for file in files]
        return {file["filename"]: (self._comfy.fetch(file), kind) for file, kind in zip(files, kinds, strict=True)}


def _pixel_shape(values: Mapping[str, Any], object_info: ObjectInfo) -> Mapping[str, int]:
    """The width of enlarged pixels in their heights, where a machine shows them wide and nobody says another."""
    able = ASPECT in inputs_of(object_info.get(ENLARGE) or {})
    if "enlarge" not in values or PIXEL_ASPECT in values or not able:
        return {}
    aspect = round(screens(object_info).get(str(values.get(MACHINE_MODE)), {}).get("aspect", 1))
    return {PIXEL_ASPECT: aspect} if aspect > 1 else {}


def _requested_size(spec: JobSpec) -> tuple[int, int] | None:
    width = spec.values.get("width")  # a sprite has no height of its own: it is square
    return (width, spec.values.get("height", width)) if isinstance(width, int) else None


def _look(planned: Plan, outcome: Outcome) -> str:
    """A sentence on what the sketch was taken for, and by which method and dither it was made small."""
    reports = [report_of(outcome.outputs.get(node, {})) for node in planned.outputs.values()]
    look = next((report["look"] for report in reports if report.get("look")), None)
    if look is None:
        return ""
    used = planned.bound.used
    method, dither = (used[name] if used.get(name, AUTO) != AUTO else look[name] for name in ("method", "dither"))
    done = f"made small by {method}, dither {dither}"
    reason = look["reason"][:1].lower() + look["reason"][1:].rstrip(".")
    return f"it was taken for {look['kind']}: {reason}; so it was {done}."


def _rendered(data: bytes, kind: str, form: Rendition, settings: Settings) -> tuple[bytes, tuple[str, ...]]:
    """The file in this form, and notes about that."""
    form = replace(form, metadata=form.metadata and settings.metadata)
    artifact, notes = encoded(Artifact("image", "", kind, len(data), data=data), form)
    file = artifact.data or b""
    return (file if form.metadata else without_metadata(file, artifact.content_type)), notes
