"""What a live ComfyUI has to choose from: models by kind, samplers, schedulers, and by which names clients know
checkpoint files. Pure; made from `/object_info`."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from bridge.catalog.families import NOTHING_TOLD, PATCHES_MODEL, ModelFiles
from bridge.catalog.preprocessors import NODES
from bridge.core.errors import Unavailable

# field of Catalog -> node class and input whose choices it is
SOURCES = {
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
MACHINES = ("PixartMachine", "machine")
AXERA_MODELS = ("PixartAxera", "models")
DRAWINGS = ("PixartDrawWords", "drawings")
NAMED_IN_THE_GRAPH = "remote service"  # no model, but a choice for people in the editor

DRAWINGS_ID = "pixart-drawings"  # the id of what draws where there is no model file
VERSION = re.compile(r"(?:V|(?<![a-zA-Z])v)(\d+(?:[._]\d+)*)")  # `dreamshaper_v8`, `toonyou-v3.1`, `realisticVisionV51`


@dataclass(frozen=True)
class Catalog:
    """Names as ComfyUI spells them, in its order; all empty while it doesn't answer (`live` False).

    `preprocessors` are the node classes that make a ControlNet's picture of another. `palettes`, `methods` (of making
    small), `dithers` and `metrics` are the pack's, `machines` its consoles and home computers, each with its `title`
    and the `size` of its screen; `modes` are the workflows' summaries by mode.
    `checkpoints` are those of the `engine` that draws in the generic modes, `checkpoint` is the one that a request
    gets which names none, `families` has what each is of where that is known, and `size` is what the engine draws where
    it has only one, (width, height) in pixels.
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
    engine: str = "comfyui"
    size: tuple[int, int] | None = None


def catalog(
    object_info: Mapping[str, Any],
    *,
    embeddings: tuple[str, ...] = (),
    checkpoint: str = "",
    engine: str = "comfyui",
    report: Mapping[str, Any] | None = None,
    files: ModelFiles = NOTHING_TOLD,
    fallback: str = "",
) -> Catalog:
    """Read the choices out of `/object_info`; a class that isn't there has none.

    `report` is what the engine says, `files` what the pack says of model files: diffusion models that a family draws
    with stand among the checkpoints, patches that steer one among the ControlNets. The built-in drawings go last among
    the checkpoints where they are the `fallback`, the engine that draws where models are missing.
    """
    result: dict[str, Any] = {name: choices(object_info, *source) for name, source in SOURCES.items()}
    result["vaes"] = tuple(name for name in result["vaes"] if PurePosixPath(name).suffix)  # `pixel_space` is no file
    patches = [name for name in files.control_patches() if name in result["model_patches"]]
    result["controlnets"] += tuple(name for name in patches if name not in result["controlnets"])
    result["machines"] = _spec(object_info, *MACHINES).get("screens", {})
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
    if engine == "builtin":
        result["checkpoints"] = drawings(object_info)
    elif fallback == "builtin" and engine == "comfyui":  # the clients of others know their own models only
        result["checkpoints"] += drawings(object_info)
    size = (engine_report["size"][0], engine_report["size"][1]) if engine_report.get("size") else None
    picked = checkpoint or str(engine_report.get("model") or "")
    return Catalog(live=True, embeddings=embeddings, checkpoint=picked, engine=engine, size=size, **result)


def merged(catalogs: Sequence[Catalog]) -> Catalog:
    """What there is at any of several ComfyUIs, the first one's names first; a request without a model gets the
    first one's choice."""
    first, *others = catalogs
    for other in others:
        lists = {name: value for name, value in vars(other).items() if isinstance(value, tuple) and name != "size"}
        union = {name: tuple(dict.fromkeys((*getattr(first, name), *value))) for name, value in lists.items()}
        known = {name: {**getattr(other, name), **getattr(first, name)} for name in ("families", "machines")}
        first = replace(first, **union, **known)
    return first


def drawings(object_info: Mapping[str, Any]) -> tuple[str, ...]:
    """What the node pack's own drawings are called where models are chosen; empty without the pack."""
    return choices(object_info, *DRAWINGS)


# workflow input -> fields of Catalog
NAMED = {"checkpoint": ("checkpoints", "diffusion_models"), "controlnet": ("controlnets", "model_patches")}


def named_models(values: Mapping[str, Any], object_info: Mapping[str, Any]) -> dict[str, str]:
    """The model files that a request names, by workflow input, as ComfyUI spells them; none that isn't there."""
    result = {}
    for name, sources in ((name, sources) for name, sources in NAMED.items() if values.get(name)):
        files = tuple(file for each in sources for file in choices(object_info, *SOURCES[each]))
        file = named(str(values[name]), files)
        result |= {name: file} if file else {}
    return result


def _spec(object_info: Mapping[str, Any], node: str, name: str) -> Mapping[str, Any]:
    """What a node says of one of its inputs beside its kind."""
    return next(iter(_input(object_info, node, name)[1:]), {})


def _input(object_info: Mapping[str, Any], node: str, name: str) -> list[Any]:
    return ((object_info.get(node) or {}).get("input") or {}).get("required", {}).get(name) or []


def choices(object_info: Mapping[str, Any], node: str, name: str) -> tuple[str, ...]:
    """What there is to choose from for a node's input; nothing for a node that isn't there."""
    spec = _input(object_info, node, name)
    if not spec:
        return ()
    listed = spec[0] if isinstance(spec[0], list) else spec[1].get("options", [])
    return tuple(str(each) for each in listed)


def stem(file: str) -> str:
    """A model file's name as people say it: without folder and ending."""
    return PurePosixPath(file.replace("\\", "/")).stem


def named(name: str, files: tuple[str, ...]) -> str | None:
    """The file that a person means by its name, with or without folder and ending, in any letter case; else None."""
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
class Known:
    """A model by the id that clients send. `pattern` is of its files' names, in lower case and without ending."""

    id: str
    name: str
    description: str
    type: str
    version: str
    pattern: re.Pattern[str]


# As the file that its makers published is called, and as people call their copy of it.
KNOWN = (
    Known(
        "stable-diffusion-v1.5",
        "Stable Diffusion v1.5",
        "General purpose text-to-image model",
        "base",
        "1.5",
        re.compile(r"(?!.*inpaint)(v1[-_.]5|.*(?<![a-z0-9])(sd|stable[-_ ]?diffusion)[-_ ]?v?1[-_.]?5(?!\d))"),
    ),
    Known(
        "stable-diffusion-xl",
        "Stable Diffusion XL",
        "High resolution text-to-image model",
        "base",
        "1.0",
        re.compile(r"(?!.*(inpaint|refiner|turbo|lightning))(sd|stable[-_ ]?diffusion)[-_ ]?xl(?![a-z])"),
    ),
    Known(
        "realistic-vision",
        "Realistic Vision",
        "Photorealistic fine-tuned model",
        "fine-tuned",
        "",
        re.compile(r"(?!.*inpaint)realistic[-_ ]?vision"),
    ),
    Known(
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
    """A file as clients are told of it. `version` is empty where its name has none."""

    file: str
    id: str
    name: str
    description: str
    type: str
    version: str


def described(file: str, files: Sequence[str]) -> Checkpoint:
    """One of the files. Its id is a known one where it is the file that this means, else its name without ending
    (with its folder, where another file has the same name)."""
    known = next((each for each in KNOWN if meant(each, files) == file), None)
    plain = stem(file)
    if known:
        description = f"{known.description} ({file})"
        return Checkpoint(file, known.id, known.name, description, known.type, known.version or _version(plain))
    id = plain if [stem(each) for each in files].count(plain) == 1 else file
    return Checkpoint(file, id, plain, f"The checkpoint file {file}", "fine-tuned", _version(plain))


def meant(known: Known, files: Sequence[str]) -> str | None:
    """The first file that a known model's pattern fits."""
    return next((file for file in files if known.pattern.match(stem(file).lower())), None)


def require_known(catalog: Catalog) -> None:
    """Raise Unavailable while ComfyUI hasn't said which models it has."""
    if not catalog.live:
        raise Unavailable("The models are not known while ComfyUI does not answer.", hint="Try again in a moment.")


def draws_with_a_model(catalog: Catalog) -> bool:
    """Whether a request that names no model is drawn with one, and not by the built-in drawings, or not at all."""
    own = catalog.checkpoint
    return bool(own) and described(own, catalog.checkpoints).id != DRAWINGS_ID


def file_named(id: str, files: Sequence[str]) -> str | None:
    """The file of this id: a known one, or a file's name with or without folder and ending."""
    known = next((each for each in KNOWN if each.id == id.lower()), None)
    return named(id, tuple(files)) or (meant(known, files) if known else None)


def _version(plain: str) -> str:
    number = VERSION.search(plain)
    return number[1].replace("_", ".") if number else ""
