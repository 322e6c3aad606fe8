"""What a ComfyUI said of its nodes and models, and what a request would become with them."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from bridge.catalog.families import NOTHING_TOLD, ModelFiles
from bridge.catalog.models import SOURCES, Catalog, catalog, drawings, named
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

UNLOADED = {"cold", "loading", "failed"}  # states of an NPU whose model may be loaded at any moment
ANY_MODEL = "txt2img"  # the mode whose choice of checkpoint stands for "whichever model there is"

INFO_SECONDS = 5.0  # how old a look at ComfyUI's lists of models may be; somebody may add one at any time
WHOLE_SECONDS = 60.0  # how old one at all its nodes may be: that takes ComfyUI some 0.3 s, in which it draws nothing
EARLY_SECONDS = 2.0  # before a look is too old another one is taken, so that no request waits for it,
BUSY_SECONDS = 15.0  # for so long after the last request; whoever comes later waits some milliseconds
PAUSE_SECONDS = 1.0


@dataclasses.dataclass(frozen=True)
class Look:
    """What ComfyUI said of itself: at what time of the monotonic clock, in which of its lives; `whole` is when of all.

    `engine` is what the node pack says of the engine that draws, where that isn't ComfyUI itself, `files` what it says
    of the model files; `told` is that as it came.
    """

    taken: float = 0.0
    whole: float = 0.0
    generation: int = 0
    info: dict[str, Any] = dataclasses.field(default_factory=dict)
    embeddings: tuple[str, ...] = ()
    engine: dict[str, Any] = dataclasses.field(default_factory=dict)
    told: dict[str, Any] = dataclasses.field(default_factory=dict)
    files: ModelFiles = NOTHING_TOLD

    @property
    def complete(self) -> bool:
        """Whether the engine has told all that it will; an NPU tells its model's size once that has been loaded."""
        return "size" in self.engine or self.engine.get("state") not in UNLOADED

    def like(self, other: Look) -> bool:
        """Whether the other one shows the same; of what hasn't changed, a later look has the same objects."""
        if self.info.keys() != other.info.keys() or self.files is not other.files or self.engine != other.engine:
            return False
        return self.embeddings == other.embeddings and all(other.info[name] is self.info[name] for name in self.info)


class Judgement:
    """What is drawn by which workflow at a ComfyUI that looks like that, wherever it runs, with these settings."""

    def __init__(self, settings: Settings, library: Library) -> None:
        self._settings, self._library = settings, library
        self._listed: tuple[Look, Catalog] | None = None
        self._known = Look(), Forms(library, {}, settings.engine)

    def standing(self, look: Look) -> tuple[Mode, ...]:
        """Every mode as it stands there."""
        return standing(self._forms(look), self._settings)

    def _forms(self, look: Look) -> Forms:
        """What may draw there; of a look that shows the same as the last one what was chosen before is kept."""
        if self._known[0] is not look:
            about = self._library, look.info, self._settings.engine, look.files
            self._known = look, self._known[1] if look.like(self._known[0]) else Forms(*about)
        return self._known[1]

    def catalog(self, look: Look) -> Catalog:
        """What there is to choose from there."""
        if self._listed is None or self._listed[0] is not look:
            self._listed = look, self._catalog(look)
        return self._listed[1]

    def _catalog(self, look: Look) -> Catalog:
        engine, library = self._settings.engine, self._library
        usual = ANY_MODEL in library.modes()
        picked = self._settings.checkpoint
        picked = picked or (self._forms(look).default_model(ANY_MODEL) if usual else "")
        about = {"report": look.engine, "files": look.files, "fallback": self._settings.engine_fallback}
        lists = catalog(look.info, embeddings=look.embeddings, checkpoint=picked, engine=engine, **about)
        own = (name for name in drawings(look.info) if name in lists.checkpoints)
        modes = {name: library.get(name).summary for name in library.modes()}
        taken = named(lists.checkpoint, lists.checkpoints) or next(own, "")
        return dataclasses.replace(lists, checkpoint=taken, modes=modes)

    def check(self, look: Look, spec: JobSpec, extra: Mapping[str, str]) -> Plan:
        """What the job's first part would be drawn by, with the names of its pictures and of its result as in `extra`,
        and the `later` ones by the same workflow.

        Raises what a plan raises, in the caller's words.
        """
        first, *others = unlike_parts(spec.batch, spec.pictures)
        values = {**spec.values, **(spec.batch[first] if spec.batch else {}), **extra}
        result = self.plan(look, spec.mode, None, values, spec.words, loose=spec.loose)
        later = [self._later(look, spec, extra, result, part) for part in others]
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
        """Whether what was decided when a job came can be drawn there: all that is left of it, and nothing instead."""
        job, pictures = record.job, record.pictures
        for part in unlike_parts(job.batch, pictures, job.part):
            own = job.batch[part] if job.batch else {}
            values = {**job.values, **own, **pictures_of(pictures, part), PREFIX: ""}
            try:
                made = self.plan(look, job.mode, job.workflow, values, record.words, loose=record.loose)
            except PixartError:
                return False
            if made.workflow.name != job.workflow if job.workflow else made.instead:
                return False
        return True

    def meets(self, look: Look, needs: Needs) -> bool:
        """Whether what a job needs is there."""
        return fits(needs, look.info, look.files, self._settings.engine)


class ComfyState:
    """Looks at one ComfyUI, and plans by what it saw last."""

    def __init__(
        self, settings: Settings, backend: Backend, comfy: Callable[[], Comfy], library: Library | None = None
    ) -> None:
        self.library = library or Library.open(settings.workflows)
        self._settings, self._backend, self._comfy = settings, backend, comfy
        self._judgement = Judgement(settings, self.library)
        self._look = Look()
        self._looking = asyncio.Lock()
        self._request = asyncio.Event()
        self._lists = {node for node, _ in SOURCES.values()} | self.library.model_classes()

    def modes(self) -> tuple[str, ...]:
        """The modes that the library has."""
        return self.library.modes()

    async def standing(self) -> tuple[Mode, ...]:
        """Every mode as it stands now. Raises Unavailable and BackendFailure."""
        look = await self.look()
        return await asyncio.to_thread(self._judgement.standing, look)

    async def palette(self, data: bytes, name: str, colors: int) -> Mapping[str, Any]:
        """See `Jobs.palette`."""
        if not await self._backend.looked():
            raise Unavailable(f"{self._backend.trouble or 'ComfyUI does not answer'}.", hint="Try again in a moment.")
        return await self._comfy().palette(data, name, colors)

    def forget(self) -> None:
        """Look again at the next question."""
        self._look = Look()

    async def run(self) -> None:
        """Look again in time, for ever, while somebody asks."""
        while True:
            await self._request.wait()
            self._request.clear()
            until = time.monotonic() + BUSY_SECONDS
            while self._backend.up and time.monotonic() < until:
                with suppress(Unavailable, BackendFailure):  # who asks next hears of it
                    await self._renewed(EARLY_SECONDS)
                await asyncio.sleep(PAUSE_SECONDS)

    @property
    def seen(self) -> Look:
        """The last look; an empty one before the first, and when it is to be forgotten."""
        return self._look

    def meets(self, needs: Needs) -> bool:
        """Whether what a job needs was there at the last look."""
        return self._judgement.meets(self._look, needs)

    async def glance(self) -> Look:
        """As `look`, for nobody who will soon ask again."""
        return self._look if self._serves() else await self._renewed()

    async def look(self) -> Look:
        """ComfyUI's nodes and models as they were a moment ago. Raises Unavailable and BackendFailure."""
        self._request.set()
        return await self.glance()

    def _serves(self, prefetch: float = 0.0, *, whole: bool = False) -> bool:
        """Whether the last look, at all nodes or at the lists only, is no older than it may be, so many seconds on."""
        look, now = self._look, time.monotonic() + prefetch
        if look.generation != self._backend.generation or now - look.whole > WHOLE_SECONDS:
            return False
        return whole or (now - look.taken <= INFO_SECONDS and look.complete)

    async def _renewed(self, prefetch: float = 0.0) -> Look:
        start = time.monotonic()
        async with self._looking:  # who asks at the same time gets the same answer
            now, look, generation = time.monotonic(), self._look, self._backend.generation
            if not self._serves(prefetch, whole=True):
                self._look = await self._looked(now, generation, await self._comfy().object_info(), now)
            elif look.taken < start and not self._serves(prefetch):
                newer = await self._comfy().classes(self._lists & look.info.keys())
                self._look = await self._looked(now, generation, {**look.info, **newer}, look.whole)
            return self._look

    async def _looked(self, now: float, generation: int, info: dict[str, Any], whole: float) -> Look:
        # What is as before stays the same object: what was read of it is known, and the memory's old pages can go.
        before = self._look.info
        info = {name: before[name] if before.get(name) == each else each for name, each in info.items()}
        comfy, engine = self._comfy(), self._settings.engine
        report = {} if engine in (ENGINES[0], BUILT_IN) else await comfy.engine(engine)
        told = await comfy.model_kinds()
        files = self._look.files if told == self._look.told else ModelFiles.parsed(told)
        return Look(now, whole, generation, info, await comfy.embeddings(), report, told, files)

    def stamp(self) -> dict[str, Any]:
        """What decides a picture beside the prompt: an NPU's model files, another A1111 and all its settings."""
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
        if not await self._backend.looked():
            return Catalog(engine=engine)
        try:
            look = await self.look()
        except (Unavailable, BackendFailure):
            return Catalog(engine=engine)
        return self._judgement.catalog(look)

    async def check(self, spec: JobSpec, extra: Mapping[str, str]) -> Plan | None:
        """Refuse now what could only fail later. Models can be judged only while ComfyUI answers; then this is what it
        would be drawn by, see `Judgement.check`.

        Raises what the plan raises, in the caller's words, and Unavailable for an NPU that isn't ready.
        """
        if self._settings.engine == "axera" and not await self._backend.looked():
            raise Unavailable(f"{self._backend.trouble or 'The NPU is not ready'}.", hint="Try again in a moment.")
        if self._backend.up:
            try:
                look = await self.look()
            except Unavailable:
                return None
            return self._judgement.check(look, spec, extra)
        return None

    async def can_draw(self, record: Record) -> bool:
        """See `Judgement.can_draw`; a ComfyUI that can't be looked at draws nothing."""
        with suppress(Unavailable, BackendFailure):
            return self._judgement.can_draw(await self.look(), record)
        return False

    async def plan(self, record: Record, extra: dict[str, Any]) -> Plan:
        """The record's workflow bound to its values and `extra`. Raises JobFailed, in the caller's words."""
        job = record.job
        values = {**job.values, **extra}
        look = await self.look()
        try:
            about = job.mode, job.workflow, values, record.words
            return self._judgement.plan(look, *about, loose=record.loose)
        except PixartError as error:
            raise JobFailed(str(error)) from error
