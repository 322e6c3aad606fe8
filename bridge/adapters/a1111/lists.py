"""What there is to choose from, and what this server says of itself, in A1111's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, RootModel

from bridge.adapters.a1111.extras import upscalers
from bridge.adapters.a1111.hires import LATENT_MODES, PLAIN_UPSCALERS
from bridge.adapters.a1111.prompt import Style
from bridge.adapters.a1111.script import ARGUMENT_DESCRIPTION, NAME
from bridge.adapters.a1111.settings import stem_of, title
from bridge.adapters.dialect import Answer, Request, View
from bridge.catalog.models import stem
from bridge.catalog.samplers import SCHEDULES, Schedule, offered, offered_schedules
from bridge.catalog.samplers import Sampler as Row

NEED_MODEL = {"sgm_uniform", "simple", "normal", "ddim", "beta"}  # A1111's need_inner_model
RHO_BY_SCHEDULE = {"karras": 7.0, "polyexponential": 1.0}  # A1111's default_rho where there is one
FACTOR_PATTERN = re.compile(r"(?<!\d)(\d)x|x(\d)(?!\d)", re.IGNORECASE)  # of an upscaler, in its file's name
USUAL_FACTOR = 4.0


class Loose(BaseModel):
    """A row whose names begin with `model_` as A1111 has them, which pydantic keeps for itself otherwise."""

    model_config = ConfigDict(protected_namespaces=())


class Sampler(Loose):
    """A sampler; `options` has its own default schedule."""

    name: str
    aliases: list[str]
    options: dict[str, str]


class Scheduler(Loose):
    """A schedule; requests may name it by `name` or `label`."""

    name: str
    label: str
    aliases: list[str] | None = None
    default_rho: float | None = None
    need_inner_model: bool | None = None


class Upscaler(Loose):
    """An upscaler; the first three are no models."""

    name: str
    model_name: str | None = None
    model_path: str | None = None
    model_url: str | None = None
    scale: float | None = None


class LatentMode(Loose):
    """A way to enlarge a latent picture."""

    name: str


class Model(Loose):
    """A checkpoint or diffusion model. There are no hashes: files of gigabytes are not read for them.

    Nothing may be added: clients make an object of a row's fields, and refuse a field that they don't know.
    """

    title: str
    model_name: str
    hash: str | None = None
    sha256: str | None = None
    filename: str
    config: str | None = None


class Vae(Loose):
    """A VAE file."""

    model_name: str
    filename: str


class Lora(Loose):
    """A LoRA file; `<lora:NAME:1>` in a prompt uses it."""

    name: str
    alias: str
    path: str
    metadata: dict[str, Any] = {}


class Embedding(Loose):
    """A textual inversion; its file is not read, so numbers are 0."""

    step: int | None = None
    sd_checkpoint: str | None = None
    sd_checkpoint_name: str | None = None
    shape: int = 0
    vectors: int = 0


class Embeddings(Loose):
    """Embeddings by name."""

    loaded: dict[str, Embedding]
    skipped: dict[str, Embedding] = {}


# webuiapi looks for the second one to know that the first is there, and only then takes it back for the next picture.
SCRIPT_NAMES = ("controlnet", "controlnet m2m", NAME)


class Scripts(Loose):
    """ControlNet's units, and the look of pixel art."""

    txt2img: list[str] = list(SCRIPT_NAMES)
    img2img: list[str] = list(SCRIPT_NAMES)


class Argument(Loose):
    """One argument of a script, in the order in which `args` has them."""

    label: str
    value: Any = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: list[str] | None = None


class Script(Loose):
    """A script with its arguments."""

    name: str
    is_alwayson: bool
    is_img2img: bool
    args: list[Argument]


class ScriptInfo(RootModel[list[Script]]):
    """The answer of script-info: what is this server's own, since ControlNet's clients know its arguments."""


SCRIPT_INFO = [
    Script(
        name=NAME, is_alwayson=True, is_img2img=redraws, args=[Argument(label=ARGUMENT_DESCRIPTION, value={})]
    ).model_dump()
    for redraws in (False, True)
]


class Samplers(RootModel[list[Sampler]]):
    """The answer of samplers."""


class Schedulers(RootModel[list[Scheduler]]):
    """The answer of schedulers."""


class Upscalers(RootModel[list[Upscaler]]):
    """The answer of upscalers."""


class LatentModes(RootModel[list[LatentMode]]):
    """The answer of latent-upscale-modes."""


class Models(RootModel[list[Model]]):
    """The answer of sd-models."""


class Vaes(RootModel[list[Vae]]):
    """The answer of sd-vae."""


class Loras(RootModel[list[Lora]]):
    """The answer of loras."""


class Styles(RootModel[list[Style]]):
    """The answer of prompt-styles."""


class Empty(RootModel[list[Any]]):
    """The answer about things of which this server has none: an empty list."""


class Anything(RootModel[dict[str, Any]]):
    """An object with any fields, each of a plain value."""


class Nothing(RootModel[None]):
    """The answer null."""


Answering = Callable[[Any, Request], Answer]


def fixed(value: Any) -> Answering:
    """A function that answers with this value, whatever the request."""
    return lambda _view, _request: Answer(value)


def listed(model: type[BaseModel], rows: Callable[[Request], Any]) -> Answering:
    """A function that answers with rows of this model, made from the request's catalog and options."""
    return lambda _view, request: Answer(model.model_validate(rows(request)).model_dump())


def _is_here(row: Row | Schedule, live: Sequence[str]) -> bool:
    """Whether ComfyUI has the sampler or schedule itself; a request may also name one of which it has a likeness."""
    return not row.note and (not live or not row.comfy or row.comfy[0] in live)


def _samplers(request: Request) -> list[Sampler]:
    return [
        Sampler(name=row.name, aliases=list(row.aliases), options={"scheduler": row.own} if row.own else {})
        for row in offered(request.catalog.samplers)
        if _is_here(row, request.catalog.samplers)
    ]


def _schedulers(request: Request) -> list[Scheduler]:
    curves = {row.name for row in SCHEDULES}
    return [
        Scheduler(
            name=row.name,
            label=row.label,
            aliases=list(row.aliases) or None,
            default_rho=RHO_BY_SCHEDULE.get(row.name, -1.0 if row.name in curves else None),
            need_inner_model=row.name in NEED_MODEL,
        )
        for row in offered_schedules(request.catalog.schedulers)
        if _is_here(row, request.catalog.schedulers)
    ]


def _upscalers(request: Request) -> list[Upscaler]:
    plain = [Upscaler(name=name, scale=USUAL_FACTOR) for name in PLAIN_UPSCALERS]
    files = zip(upscalers(request.catalog)[len(plain) :], request.catalog.upscalers, strict=True)
    return plain + [Upscaler(name=name, model_name=name, model_path=file, scale=_factor(name)) for name, file in files]


def _factor(name: str) -> float:
    result = FACTOR_PATTERN.search(name)
    return float(result[1] or result[2]) if result else USUAL_FACTOR


def _models(request: Request) -> list[Model]:
    files = request.catalog.offered_checkpoints
    return [Model(title=title(file), model_name=stem_of(file), filename=file) for file in files]


def _vaes(request: Request) -> list[Vae]:
    return [Vae(model_name=file, filename=file) for file in request.catalog.vaes]


def _loras(request: Request) -> list[Lora]:
    return [Lora(name=stem(file), alias=stem(file), path=file) for file in request.catalog.loras]


def _embeddings(request: Request) -> Embeddings:
    return Embeddings(loaded={stem(name): Embedding() for name in request.catalog.embeddings})


samplers = listed(Samplers, _samplers)
schedulers = listed(Schedulers, _schedulers)
upscaler_list = listed(Upscalers, _upscalers)
latent_modes = listed(LatentModes, lambda _: [LatentMode(name=name) for name in LATENT_MODES])
models = listed(Models, _models)
vaes = listed(Vaes, _vaes)
loras = listed(Loras, _loras)
embeddings = listed(Embeddings, _embeddings)
styles = listed(Styles, lambda request: list(request.options.styles))


def memory(view: View, _: Request) -> Answer:
    """The memory of the machine and of its first device in bytes, as ComfyUI tells; `error` where ComfyUI doesn't."""
    system, devices = view.system.get("system") or {}, view.system.get("devices") or [{}]
    return Answer({"ram": _ram(system), "cuda": _cuda(devices[0])})


def _ram(system: Mapping[str, Any]) -> dict[str, Any]:
    result = _amounts(system.get("ram_free"), system.get("ram_total"))
    return result or {"error": "ComfyUI doesn't answer"}


def _cuda(device: Mapping[str, Any]) -> dict[str, Any]:
    result = _amounts(device.get("vram_free"), device.get("vram_total"))
    if device.get("type") != "cuda" or not result:
        return {"error": "unavailable"}
    total = int(device.get("torch_vram_total") or 0)
    active = max(0, total - int(device.get("torch_vram_free") or 0))
    now, idle = {"current": active, "peak": active}, {"current": total - active, "peak": total - active}
    return {
        "system": result,
        "active": now,
        "allocated": now,
        "reserved": {"current": total, "peak": total},
        "inactive": idle,
        "events": {"retries": 0, "oom": 0},
    }


def _amounts(free: Any, total: Any) -> dict[str, int]:
    if free is None or total is None:
        return {}
    return {"free": int(free), "used": int(total) - int(free), "total": int(total)}
