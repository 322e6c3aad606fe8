"""A ComfyUI's nodes and models as they were at the last look, and the plans of requests made with them."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from bridge.catalog.families import NO_FILES, ModelFiles
from bridge.catalog.models import FILE_SOURCES, Catalog, catalog, drawings, named
from bridge.catalog.modes import Mode
from bridge.comfy.client import Comfy
from bridge.comfy.process import Backend
from bridge.core.errors import BackendFailure, JobFailed, PixartError, Unavailable
from bridge.core.job import JobSpec
from bridge.core.needs import Needs
from bridge.core.settings import Settings
from bridge.storage.record import Record
from bridge.workflow.file import BUILT_IN, ENGINES
from bridge.workflow.library import Library
from bridge.workflow.needs import fits
from bridge.workflow.plan import PREFIX, Plan, pictures_of, plan, unlike_parts
from bridge.workflow.selection import Forms
from bridge.workflow.standing import standing

UNLOADED_STATES = {"cold", "loading", "failed"}  # states of an NPU without its model, which may come at any moment
ANY_MODEL = "txt2img"  # the mode whose choice of checkpoint stands for "whichever model there is"

INFO_SECONDS = 5.0  # a look at ComfyUI's lists of models holds so long; a person may add a file at any time
WHOLE_SECONDS = 60.0  # a look at all node classes holds so long: each costs ComfyUI 0.3 s without drawing
EARLY_SECONDS = 2.0  # a look is renewed so long before it is too old, so that no request waits for ComfyUI
BUSY_SECONDS = 15.0  # looks are renewed so long after the last request; a later request waits some milliseconds
PAUSE_SECONDS = 1.0  # between two checks of the look's age


@dataclasses.dataclass(frozen=True)
class Look:
    """ComfyUI's own description of itself.

    `lists_at` and `classes_at` are when its lists of models and when all its node classes were read, in seconds of the
    monotonic clock; `generation` counts ComfyUI's processes. `engine` is the node pack's report of an engine other than
    ComfyUI, `files_report` its report of the model files as JSON, `files` the same parsed.
    """

    lists_at: float = 0.0
    classes_at: float = 0.0
    generation: int = 0
    info: dict[str, Any] = dataclasses.field(default_factory=dict)
    embeddings: tuple[str, ...] = ()
    engine: dict[str, Any] = dataclasses.field(default_factory=dict)
    files_report: dict[str, Any] = dataclasses.field(default_factory=dict)
    files: ModelFiles = NO_FILES

    @property
    def complete(self) -> bool:
        """Whether the engine's report is final; an NPU reports its model's size only once the model is loaded."""
        return "size" in self.engine or self.engine.get("state") not in UNLOADED_STATES

    def like(self, other: Look) -> bool:
        """Whether both looks show the same; a later look has the same objects where nothing has changed."""
        if self.info.keys() != other.info.keys() or self.files is not other.files or self.engine != other.engine:
            return False
        return self.embeddings == other.embeddings and all(other.info[name] is self.info[name] for name in self.info)


class Judgement:
    """Plans requests for any ComfyUI by a look at it, with these settings. Reads no network."""

    def __init__(self, settings: Settings, library: Library) -> None:
        self._settings, self._library = settings, library
        self._last_catalog: tuple[Look, Catalog] | None = None
        self._last_forms = Look(), Forms(library, {}, settings.engine)

    def standing(self, look: Look) -> tuple[Mode, ...]:
        """Every mode as it stands there."""
        return standing(self._forms(look), self._settings)

    def _forms(self, look: Look) -> Forms:
        """The workflows that can be drawn there; choices made at an equal look before are kept."""
        if self._last_forms[0] is not look:
            form_inputs = self._library, look.info, self._settings.engine, look.files
            self._last_forms = look, self._last_forms[1] if look.like(self._last_forms[0]) else Forms(*form_inputs)
        return self._last_forms[1]

    def catalog(self, look: Look) -> Catalog:
        """Models, samplers and the like there."""
        if self._last_catalog is None or self._last_catalog[0] is not look:
            self._last_catalog = look, self._catalog(look)
        return self._last_catalog[1]

    def _catalog(self, look: Look) -> Catalog:
        engine, library = self._settings.engine, self._library
        has_text_mode = ANY_MODEL in library.modes()
        preferred_checkpoint = self._settings.checkpoint
        preferred_checkpoint = preferred_checkpoint or (
            self._forms(look).default_model(ANY_MODEL) if has_text_mode else ""
        )
        options = {"report": look.engine, "files": look.files, "fallback": self._settings.engine_fallback}
        lists = catalog(
            look.info, embeddings=look.embeddings, checkpoint=preferred_checkpoint, engine=engine, **options
        )
        drawing_models = (name for name in drawings(look.info) if name in lists.checkpoints)
        modes = {name: library.get(name).summary for name in library.modes()}
        checkpoint = named(lists.checkpoint, lists.checkpoints) or next(drawing_models, "")
        return dataclasses.replace(lists, checkpoint=checkpoint, modes=modes)

    def check(self, look: Look, spec: JobSpec, extra: Mapping[str, str]) -> Plan:
        """The plan of a job's first part, and as `later` those of parts that get other inputs, by the same workflow.

        `extra` names the job's pictures and its result in ComfyUI. Raises what `workflow.plan.plan` raises, in the
        caller's words.
        """
        first, *later_parts = unlike_parts(spec.batch, spec.pictures)
        values = {**spec.values, **(spec.batch[first] if spec.batch else {}), **extra}
        result = self.plan(look, spec.mode, None, values, spec.words, loose=spec.loose)
        later = [self._later(look, spec, extra, result, part) for part in later_parts]
        return dataclasses.replace(result, later=tuple(later)) if later else result

    def _later(self, look: Look, spec: JobSpec, extra: Mapping[str, str], first: Plan, part: int) -> Plan:
        pictures = pictures_of({name: extra.get(name, name) for name in spec.pictures}, part)
        values = {**spec.values, **first.models, **spec.batch[part], **pictures, PREFIX: extra[PREFIX]}
        return self.plan(look, spec.mode, first.workflow.name, values, spec.words, loose=spec.loose)

    def plan(
        self,
        look: Look,
        mode: str,
        pinned: str | None,
        values: Mapping[str, Any],
        words: Mapping[str, str],
        *,
        loose: bool,
    ) -> Plan:
        """See `workflow.plan.plan`."""
        return plan(self._forms(look), mode, pinned, values, words, self._settings, loose=loose)

    def can_draw(self, look: Look, record: Record) -> bool:
        """Whether the job's remaining parts can be drawn there by the workflow that was fixed at acceptance."""
        job, pictures = record.job, record.pictures
        for part in unlike_parts(job.batch, pictures, job.part):
            part_values = job.batch[part] if job.batch else {}
            values = {**job.values, **part_values, **pictures_of(pictures, part), PREFIX: ""}
            try:
                result = self.plan(look, job.mode, job.workflow, values, record.words, loose=record.loose)
            except PixartError:
                return False
            if result.workflow.name != job.workflow if job.workflow else result.instead:
                return False
        return True

    def meets(self, look: Look, needs: Needs) -> bool:
        """Whether a job's needs are met there."""
        return fits(needs, look.info, look.files, self._settings.engine)


class ComfyState:
    """Looks at one ComfyUI now and then, and plans requests by the last look."""

    def __init__(
        self, settings: Settings, backend: Backend, comfy: Callable[[], Comfy], library: Library | None = None
    ) -> None:
        self.library = library or Library.open(settings.workflows)
        self._settings, self._backend, self._comfy = settings, backend, comfy
        self._judgement = Judgement(settings, self.library)
        self._look = Look()
        self._looking = asyncio.Lock()
        self._request = asyncio.Event()
        self._lists = {node for node, _ in FILE_SOURCES.values()} | self.library.model_classes()

    def modes(self) -> tuple[str, ...]:
        """The modes that the library has."""
        return self.library.modes()

    async def standing(self) -> tuple[Mode, ...]:
        """Every mode as it stands now. Raises Unavailable and BackendFailure."""
        look = await self.look()
        return await asyncio.to_thread(self._judgement.standing, look)

    async def palette(self, data: bytes, name: str, colors: int) -> Mapping[str, Any]:
        """See `Jobs.palette`."""
        if not await self._backend.wait_up():
            raise Unavailable(f"{self._backend.trouble or 'ComfyUI does not answer'}.", hint="Try again in a moment.")
        return await self._comfy().palette(data, name, colors)

    def forget(self) -> None:
        """Look again at the next question."""
        self._look = Look()

    async def run(self) -> None:
        """Renew the look in time, for ever, while requests come."""
        while True:
            await self._request.wait()
            self._request.clear()
            until = time.monotonic() + BUSY_SECONDS
            while self._backend.up and time.monotonic() < until:
                with suppress(Unavailable, BackendFailure):  # the next request reports the trouble
                    await self._recent_look(EARLY_SECONDS)
                await asyncio.sleep(PAUSE_SECONDS)

    @property
    def last_look(self) -> Look:
        """The last look; an empty one before the first look and after `forget`."""
        return self._look

    def meets(self, needs: Needs) -> bool:
        """Whether a job's needs were met at the last look."""
        return self._judgement.meets(self._look, needs)

    async def glance(self) -> Look:
        """As `look`, without renewing looks in the background afterwards."""
        return self._look if self._serves() else await self._recent_look()

    async def look(self) -> Look:
        """A look at ComfyUI's nodes and models that is recent enough. Raises Unavailable and BackendFailure."""
        self._request.set()
        return await self.glance()

    def _serves(self, prefetch: float = 0.0, *, whole: bool = False) -> bool:
        """Whether the last look is still recent in `prefetch` seconds; with `whole`, its node classes alone."""
        look, now = self._look, time.monotonic() + prefetch
        if look.generation != self._backend.generation or now - look.classes_at > WHOLE_SECONDS:
            return False
        return whole or (now - look.lists_at <= INFO_SECONDS and look.complete)

    async def _recent_look(self, prefetch: float = 0.0) -> Look:
        start = time.monotonic()
        async with self._looking:  # simultaneous requests share one look
            now, look, generation = time.monotonic(), self._look, self._backend.generation
            if not self._serves(prefetch, whole=True):
                self._look = await self._new_look(now, generation, await self._comfy().object_info(), now)
            elif look.lists_at < start and not self._serves(prefetch):
                newer = await self._comfy().classes(self._lists & look.info.keys())
                self._look = await self._new_look(now, generation, {**look.info, **newer}, look.classes_at)
            return self._look

    async def _new_look(self, now: float, generation: int, info: dict[str, Any], classes_at: float) -> Look:
        # An unchanged node class stays the same object: caches by identity hold, and the copy's memory is freed.
        before = self._look.info
        info = {name: before[name] if before.get(name) == each else each for name, each in info.items()}
        comfy, engine = self._comfy(), self._settings.engine
        report = {} if engine in (ENGINES[0], BUILT_IN) else await comfy.engine(engine)
        files_report = await comfy.model_kinds()
        files = self._look.files if files_report == self._look.files_report else ModelFiles.parsed(files_report)
        return Look(now, classes_at, generation, info, await comfy.embeddings(), report, files_report, files)

    def stamp(self) -> dict[str, Any]:
        """What beside the prompt decides a picture: an NPU's model files, an A1111's address and settings."""
        report = self._look.engine
        engine = {name: report.get(name) for name in ("stamps", "service", "url", "settings")}
        return {"engine": self._settings.engine, **engine}

    async def system(self) -> Mapping[str, Any]:
        """See `Jobs.system`."""
        if not self._backend.up:
            return {}
        try:
            return await self._comfy().stats()
        except (Unavailable, BackendFailure):
            return {}

    async def catalog(self) -> Catalog:
        """See `Jobs.catalog`."""
        engine = self._settings.engine
        if not await self._backend.wait_up():
            return Catalog(engine=engine)
        try:
            look = await self.look()
        except (Unavailable, BackendFailure):
            return Catalog(engine=engine)
        return self._judgement.catalog(look)

    async def check(self, spec: JobSpec, extra: Mapping[str, str]) -> Plan | None:
        """The plan of a new job, see `Judgement.check`; None while ComfyUI doesn't answer and models are unknown.

        Raises what the plan raises, in the caller's words, and Unavailable for an NPU that isn't ready.
        """
        if self._settings.engine == "axera" and not await self._backend.wait_up():
            raise Unavailable(f"{self._backend.trouble or 'The NPU is not ready'}.", hint="Try again in a moment.")
        if self._backend.up:
            try:
                look = await self.look()
            except Unavailable:
                return None
            return self._judgement.check(look, spec, extra)
        return None

    async def can_draw(self, record: Record) -> bool:
        """See `Judgement.can_draw`; False for a ComfyUI that doesn't answer."""
        with suppress(Unavailable, BackendFailure):
            return self._judgement.can_draw(await self.look(), record)
        return False

    async def plan(self, record: Record, extra: dict[str, Any]) -> Plan:
        """The record's workflow bound to its values and `extra`. Raises JobFailed, in the caller's words."""
        job = record.job
        values = {**job.values, **extra}
        look = await self.look()
        try:
            request = job.mode, job.workflow, values, record.words
            return self._judgement.plan(look, *request, loose=record.loose)
        except PixartError as error:
            raise JobFailed(str(error)) from error
