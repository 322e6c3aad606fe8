"""What txt2img and img2img have in common: prompts, sampler, seeds and models of a request as workflow values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from bridge.adapters.a1111 import prompt
from bridge.adapters.a1111.fields import Generation, unused
from bridge.adapters.a1111.settings import CHECKPOINT, CLIP_SKIP, VAE, Chosen, chosen
from bridge.adapters.dialect import Request
from bridge.adapters.fields import shown
from bridge.catalog.samplers import Sampling, resolve
from bridge.core.job import Rendition

MOST_RANDOM = 4294967294  # A1111 draws seeds below this
LARGEST_SEED = (1 << 64) - 1  # what ComfyUI takes


@dataclass(frozen=True)
class Draft:
    """A request so far: workflow values, those of each picture, notes, and what the answer has to say.

    `lasting` are the settings that stay after it. `said` goes into `info`; `extra` are the parameters that only some
    pictures have, in the words of infotext.
    """

    values: Mapping[str, Any]
    batch: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]
    said: Mapping[str, Any]
    extra: Mapping[str, Any]
    lasting: Mapping[str, Any]
    rendition: Rendition

    def plus(self, values: Mapping[str, Any], notes: tuple[str, ...], extra: Mapping[str, Any]) -> Draft:
        """The draft with these values, notes and infotext parameters added."""
        both = {**self.values, **values}
        return replace(self, values=both, notes=(*self.notes, *notes), extra={**self.extra, **extra})


def drafted(body: Generation, request: Request) -> Draft:
    """The values that every mode of generation takes. Raises UnknownName for a model that isn't there."""
    settings = chosen(body.override_settings, request)
    names = body.styles or []
    shown_prompt, negative, unknown = prompt.styled(body.prompt, body.negative_prompt, names, request.options.styles)
    positive, against = prompts(shown_prompt, negative, body, request)
    sampling = sampled(body.sampler_name or body.sampler_index, body.scheduler, request)
    seeds = Seeds.of(body, request.token)
    values = {
        "prompt": positive.text,
        "negative": against.text,
        "loras": positive.loras,
        "width": body.width,
        "height": body.height,
        "generation_side": 0,  # exactly the size asked, rounded up to multiples of 8 and cut back
        "steps": body.steps,
        "cfg": body.cfg_scale,
        "sampler": sampling.sampler,
        "scheduler": sampling.scheduler,
        **seeds.values,
        **_models(settings, own=bool(body.workflow)),
    }
    echo = {
        "prompt": shown_prompt,
        "negative_prompt": negative,
        "styles": names,
        "sampler_name": sampling.name,
        "schedule": sampling.schedule,
        "subseed": seeds.variation,
        "clip_skip": settings.clip_skip,
        "pnginfo": settings.rendition.metadata,
        "maps": settings.maps,
        "job_timestamp": datetime.fromtimestamp(request.now, timezone.utc).strftime("%Y%m%d%H%M%S"),
    }
    notes = (*unknown, *positive.notes, *against.notes, *sampling.notes, *seeds.notes, *settings.notes)
    lasting = {} if body.override_settings_restore_afterwards else settings.own
    return Draft(values, seeds.batch, (*notes, *unused(body)), echo, {}, lasting, settings.rendition)


def prompts(positive: str, negative: str, body: Generation, request: Request) -> tuple[prompt.Prompt, prompt.Prompt]:
    """The positive and the negative prompt for ComfyUI. Extra networks work from the positive one only, as in A1111."""
    catalog, networks = request.catalog, not body.disable_extra_networks
    there = {"loras": catalog.loras, "embeddings": catalog.embeddings, "live": catalog.live}
    return prompt.understood(positive, networks=networks, **there), prompt.understood(negative, networks=False, **there)


def sampled(name: str, scheduler: str | None, request: Request) -> Sampling:
    """A sampler by any name, among those that this ComfyUI has."""
    return resolve(name, scheduler, request.catalog.samplers, request.catalog.schedulers)


def _models(settings: Chosen, *, own: bool) -> dict[str, Any]:
    """The model files of a job, decided now, since a choice made later must not change a job that waits. A workflow
    of the caller's own keeps the files that it names where nobody chose any."""
    result = {
        CHECKPOINT: ("checkpoint", settings.checkpoint),
        VAE: ("vae", settings.vae),
        CLIP_SKIP: ("clip_skip", -settings.clip_skip),
    }
    return {name: value for option, (name, value) in result.items() if value and (not own or option in settings.said)}


@dataclass(frozen=True)
class Seeds:
    """The seeds of a request: of its first picture in `values`, of each picture in `batch` when there are several."""

    values: Mapping[str, Any]
    batch: tuple[Mapping[str, Any], ...]
    variation: int
    notes: tuple[str, ...]

    @classmethod
    def of(cls, body: Generation, token: int) -> Seeds:
        """Picture i has seed + i; with a variation all have the same seed, and subseed + i."""
        notes: list[str] = []
        seed = _seed("seed", body.seed, token & 0xFFFFFFFF, body.count, notes)
        variation = _seed("subseed", body.subseed, token >> 32, body.count, notes)
        values, varies = {"seed": seed}, ("seed", seed)
        if body.subseed_strength:
            values |= {"variation_seed": variation, "variation_strength": body.subseed_strength}
            varies = ("variation_seed", variation)
        batch = tuple({varies[0]: varies[1] + number} for number in range(body.count))
        return cls(values, batch if body.count > 1 else (), variation, tuple(notes))


def _seed(field: str, seed: int, token: int, count: int, notes: list[str]) -> int:
    if seed == -1:
        return token % MOST_RANDOM
    used = min(max(seed, 0), LARGEST_SEED - count + 1)
    if used != seed:
        notes.append(f"{field}: {used} instead of {shown(seed)}.")
    return used
