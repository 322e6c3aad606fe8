"""The choices of a live ComfyUI: models by kind, samplers, schedulers, and clients' names for checkpoint files.

Pure; read from `/object_info`."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from bridge.catalog.families import NO_FILES, PATCHES_MODEL, ModelFiles
from bridge.catalog.preprocessors import NODES
from bridge.core.errors import Unavailable

# field of Catalog -> node class and input with its choices
FILE_SOURCES = {
    "checkpoints": ("CheckpointLoaderSimple", "ckpt_name"),
    "diffusion_models": ("UNETLoader", "unet_name"),
    "vaes": ("VAELoader", "vae_name"),
    "loras": ("LoraLoader", "lora_name"),
    "controlnets": ("ControlNetLoader", "control_net_name"),
    "model_patches": (PATCHES_MODEL.loader, PATCHES_MODEL.widget),
    "upscalers": ("UpscaleModelLoader", "model_name"),
    "interrogators": ("PixartInterrogate", "model"),
    "hypernetworks": ("HypernetworkLoader", "hypernetwork_name"),
    "samplers": ("KSampler", "sampler_name"),
    "schedulers": ("KSampler", "scheduler"),
    "palettes": ("PixartPalette", "palette"),
    "methods": ("PixartDownscale", "method"),
    "dithers": ("PixartQuantize", "dither"),
    "metrics": ("PixartQuantize", "metric"),
}
MACHINES_SOURCE = ("PixartMachine", "machine")
AXERA_MODELS = ("PixartAxera", "models")
DRAWINGS_SOURCE = ("PixartDrawWords", "drawings")
NAMED_IN_THE_GRAPH = "remote service"  # a choice for people in the editor, which is no model

DRAWINGS_ID = "pixart-drawings"  # the id of the built-in drawings, which need no model file
# The version in a model's name, such as `dreamshaper_v8`, `toonyou-v3.1`, `realisticVisionV51`.
VERSION_PATTERN = re.compile(r"(?:V|(?<![a-zA-Z])v)(\d+(?:[._]\d+)*)")


@dataclass(frozen=True)
class Catalog:
    """The names of all choices, spelled and ordered as by ComfyUI; all empty while it doesn't answer (`live` False).

    `preprocessors` are the node classes that make a ControlNet's map of a picture. `palettes`, `methods` (of making
    small), `dithers` and `metrics` are the pack's, `machines` its consoles and home computers, each with its `title`,
    the `size` of its screen, the `aspect` of its pixels, width by height, and its `colors` where they are few; `modes`
    are the workflows' summaries by mode. `checkpoints` are those of the `engine` that draws in the generic modes,
    `checkpoint` is the default of requests, `families` has checkpoints' families where they are known, and `size`
    is (width, height) in pixels of an engine that draws in one size alone.
    """

    live: bool = False
    checkpoints: tuple[str, ...] = ()
    checkpoint: str = ""
    diffusion_models: tuple[str, ...] = ()
    vaes: tuple[str, ...] = ()
    loras: tuple[str, ...] = ()
    controlnets: tuple[str, ...] = ()
    model_patches: tuple[str, ...] = ()
    upscalers: tuple[str, ...] = ()
    interrogators: tuple[str, ...] = ()
    hypernetworks: tuple[str, ...] = ()
    embeddings: tuple[str, ...] = ()
    samplers: tuple[str, ...] = ()
    schedulers: tuple[str, ...] = ()
    preprocessors: tuple[str, ...] = ()
    palettes: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    dithers: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    machines: Mapping[str, Any] = field(default_factory=dict)
    modes: Mapping[str, str] = field(default_factory=dict)
    families: Mapping[str, str] = field(default_factory=dict)
    unusable: Mapping[str, str] = field(default_factory=dict)
    engine: str = "comfyui"
    size: tuple[int, int] | None = None

    @property
    def offered_checkpoints(self) -> tuple[str, ...]:
        """The checkpoints that can draw; a request may name the `unusable` ones too, and hears why they can't."""
        return tuple(name for name in self.checkpoints if name not in self.unusable)


def catalog(
    object_info: Mapping[str, Any],
    *,
    embeddings: tuple[str, ...] = (),
    checkpoint: str = "",
    engine: str = "comfyui",
    report: Mapping[str, Any] | None = None,
    files: ModelFiles = NO_FILES,
    fallback: str = "",
) -> Catalog:
    """The catalog from `/object_info`; a missing node class has no choices.

    `report` is the engine's, `files` the pack's report of model files: diffusion models of a family are put among the
    checkpoints, and patches that steer one among the ControlNets. The built-in drawings are the last of the
    checkpoints where they are the `fallback`, the engine that draws where models are missing.
    """
    result: dict[str, Any] = {name: choices(object_info, *source) for name, source in FILE_SOURCES.items()}
    result["vaes"] = tuple(name for name in result["vaes"] if PurePosixPath(name).suffix)  # `pixel_space` is no file
    patches = [name for name in files.control_patches() if name in result["model_patches"]]
    result["controlnets"] += tuple(name for name in patches if name not in result["controlnets"])
    own_schedules = choices(object_info, "PixartSampler", "scheduler")
    result["schedulers"] += tuple(name for name in own_schedules if name not in result["schedulers"])
    result["machines"] = screens(object_info)
    result["preprocessors"] = tuple(sorted(NODES & object_info.keys()))
    engine_report = report or {}
    if engine == "axera":
        result["checkpoints"] = tuple(
            each for each in choices(object_info, *AXERA_MODELS) if each != NAMED_IN_THE_GRAPH
        )
    if engine == "a1111":
        result["checkpoints"] = tuple(map(str, engine_report.get("models") or ()))
    if engine == "comfyui":
        there = [name for name in files.diffusion_models() if name in result["diffusion_models"]]
        result["checkpoints"] += tuple(name for name in there if name not in result["checkpoints"])
        result["families"] = files.titles(result["checkpoints"])
        result["unusable"] = files.unusable(result["checkpoints"])
    if engine == "builtin":
        result["checkpoints"] = drawings(object_info)
    elif fallback == "builtin" and engine == "comfyui":  # clients of other engines know their own models only
        result["checkpoints"] += drawings(object_info)
    size = (engine_report["size"][0], engine_report["size"][1]) if engine_report.get("size") else None
    default = checkpoint or str(engine_report.get("model") or "")
    return Catalog(live=True, embeddings=embeddings, checkpoint=default, engine=engine, size=size, **result)


def merged(catalogs: Sequence[Catalog]) -> Catalog:
    """One catalog of several ComfyUIs' choices: the first one's names come first, its default checkpoint stays."""
    first, *others = catalogs
    for other in others:
        lists = {name: value for name, value in vars(other).items() if isinstance(value, tuple) and name != "size"}
        union = {name: tuple(dict.fromkeys((*getattr(first, name), *value))) for name, value in lists.items()}
        tables = {name: {**getattr(other, name), **getattr(first, name)} for name in ("families", "machines")}
        first = replace(first, **union, **tables)
    able = {name for each in catalogs for name in each.offered_checkpoints}
    unusable = {name: sentence for each in catalogs for name, sentence in each.unusable.items() if name not in able}
    return replace(first, unusable=unusable)


def drawings(object_info: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the node pack's built-in drawings among models; empty without the pack."""
    return choices(object_info, *DRAWINGS_SOURCE)


# workflow input -> fields of Catalog
MODEL_INPUTS = {"checkpoint": ("checkpoints", "diffusion_models"), "controlnet": ("controlnets", "model_patches")}


def named_models(values: Mapping[str, Any], object_info: Mapping[str, Any]) -> dict[str, str]:
    """The model files that a request names and ComfyUI has, by workflow input, as ComfyUI spells them."""
    result = {}
    for name, sources in ((name, sources) for name, sources in MODEL_INPUTS.items() if values.get(name)):
        files = tuple(file for each in sources for file in choices(object_info, *FILE_SOURCES[each]))
        file = named(str(values[name]), files)
        result |= {name: file} if file else {}
    return result


def screens(object_info: Mapping[str, Any]) -> Mapping[str, Any]:
    """The screens of consoles and home computers by the machines' names; empty without the node pack."""
    return _spec(object_info, *MACHINES_SOURCE).get("screens", {})


def _spec(object_info: Mapping[str, Any], node: str, name: str) -> Mapping[str, Any]:
    """The options of a node's input, beside its type."""
    return next(iter(_input(object_info, node, name)[1:]), {})


def _input(object_info: Mapping[str, Any], node: str, name: str) -> list[Any]:
    return ((object_info.get(node) or {}).get("input") or {}).get("required", {}).get(name) or []


def choices(object_info: Mapping[str, Any], node: str, name: str) -> tuple[str, ...]:
    """The choices of a node's input; none for a missing node."""
    spec = _input(object_info, node, name)
    if not spec:
        return ()
    options = spec[0] if isinstance(spec[0], list) else spec[1].get("options", [])
    return tuple(str(each) for each in options)


def stem(file: str) -> str:
    """A model file's name for people, without folder and ending."""
    return PurePosixPath(file.replace("\\", "/")).stem


def named(name: str, files: tuple[str, ...]) -> str | None:
    """The file with this name, with or without folder and ending, in any letter case; None for none."""
    plain = name.replace("\\", "/").lower()
    for part in (PurePosixPath.as_posix, lambda path: path.name, lambda path: path.stem):
        for file in files:
            if part(PurePosixPath(file.replace("\\", "/").lower())) == plain:
                return file
    return None


def matches(file: str, patterns: Iterable[str]) -> bool:
    """Whether a model file, by its name with folder, fits one of these patterns with `*`, in any letter case."""
    plain = file.replace("\\", "/").lower()
    return any(fnmatch.fnmatchcase(plain, pattern.lower()) for pattern in patterns)


def has_cuda(system: Mapping[str, Any]) -> bool:
    """Whether ComfyUI's `/system_stats` names a CUDA device."""
    return any(device.get("type") == "cuda" for device in system.get("devices", []))


@dataclass(frozen=True)
class PublicModel:
    """A model with an id that clients send. `pattern` fits its files' names, in lower case and without ending."""

    id: str
    name: str
    description: str
    type: str
    version: str
    pattern: re.Pattern[str]


# The patterns fit the names of the published files, and usual names of copies.
PUBLIC_MODELS = (
    PublicModel(
        "stable-diffusion-v1.5",
        "Stable Diffusion v1.5",
        "General purpose text-to-image model",
        "base",
        "1.5",
        re.compile(r"(?!.*inpaint)(v1[-_.]5|.*(?<![a-z0-9])(sd|stable[-_ ]?diffusion)[-_ ]?v?1[-_.]?5(?!\d))"),
    ),
    PublicModel(
        "stable-diffusion-xl",
        "Stable Diffusion XL",
        "High resolution text-to-image model",
        "base",
        "1.0",
        re.compile(r"(?!.*(inpaint|refiner|turbo|lightning))(sd|stable[-_ ]?diffusion)[-_ ]?xl(?![a-z])"),
    ),
    PublicModel(
        "realistic-vision",
        "Realistic Vision",
        "Photorealistic fine-tuned model",
        "fine-tuned",
        "",
        re.compile(r"(?!.*inpaint)realistic[-_ ]?vision"),
    ),
    PublicModel(
        DRAWINGS_ID,
        "Pixart built-in drawings",
        "Pixel art from words, without a model",
        "built-in",
        "",
        re.compile(r"pixart built-in drawings"),
    ),
)


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint file in the words of a client. `version` is empty for a file without one in its name."""

    file: str
    id: str
    name: str
    description: str
    type: str
    version: str


def described(file: str, files: Sequence[str]) -> Checkpoint:
    """The checkpoint of this file among `files`.

    Its id is a public model's if this is the model's first file, else the file's name without ending, or with folder
    and ending where another file has the same name.
    """
    model = next((each for each in PUBLIC_MODELS if first_file(each, files) == file), None)
    plain = stem(file)
    if model:
        description = f"{model.description} ({file})"
        return Checkpoint(file, model.id, model.name, description, model.type, model.version or _version(plain))
    id = plain if [stem(each) for each in files].count(plain) == 1 else file
    return Checkpoint(file, id, plain, f"The checkpoint file {file}", "fine-tuned", _version(plain))


def first_file(model: PublicModel, files: Sequence[str]) -> str | None:
    """The first file that the model's pattern fits; None for none."""
    return next((file for file in files if model.pattern.match(stem(file).lower())), None)


def require_known(catalog: Catalog) -> None:
    """Raise Unavailable while ComfyUI's models are unknown."""
    if not catalog.live:
        raise Unavailable("The models are not known while ComfyUI does not answer.", hint="Try again in a moment.")


def draws_with_a_model(catalog: Catalog) -> bool:
    """Whether a request without a model is drawn by a model, and not by the built-in drawings."""
    own = catalog.checkpoint
    return bool(own) and described(own, catalog.checkpoints).id != DRAWINGS_ID


def file_named(id: str, files: Sequence[str]) -> str | None:
    """The file of this id, which is a file's name with or without folder and ending, or a public model's id."""
    model = next((each for each in PUBLIC_MODELS if each.id == id.lower()), None)
    return named(id, tuple(files)) or (first_file(model, files) if model else None)


def _version(plain: str) -> str:
    number = VERSION_PATTERN.search(plain)
    return number[1].replace("_", ".") if number else ""
