"""What a ComfyUI said of itself, and what can be drawn by one that looks like that: the same wherever it runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from bridge.catalog.families import NOTHING_TOLD, ModelFiles
from bridge.catalog.models import Catalog, catalog, drawings, named
from bridge.catalog.modes import Mode
from bridge.core.errors import PixartError
from bridge.core.job import JobSpec
from bridge.core.needs import Needs
from bridge.core.settings import Settings
from bridge.storage.record import Record
from bridge.workflow.library import Library
from bridge.workflow.needs import fits
from bridge.workflow.plan import PREFIX, Plan, pictures_of, plan, unlike_parts
from bridge.workflow.selection import Forms
from bridge.workflow.standing import standing

UNLOADED = {"cold", "loading", "failed"}  # states of an NPU whose model may be loaded at any moment
ANY_MODEL = "txt2img"  # the mode whose choice of checkpoint stands for "whichever model there is"


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
    """What is drawn by which workflow at a ComfyUI that is looked at, with these settings."""

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
