"""Families of models: the values that each draws best with, and the ControlNets, LoRAs and VAEs that fit it. Pure.

The node pack reports a file's kind as ComfyUI's own detection tells it from the file's head; the name decides nothing.
The values are those of the models' own pages and of ComfyUI's templates for the models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

CHECKPOINTS, DIFFUSION_MODELS = "checkpoints", "diffusion_models"
INPAINT, UNION = "inpaint", "union"  # traits: a model with a mask as input; a ControlNet for several kinds of maps
READS = "reads "  # begins the trait that names a text encoder which a model can read
NO_TEXT_ENCODER, NO_VAE = "no text encoder", "no VAE"

CONTROLNET_FOLDER = "controlnet"


@dataclass(frozen=True)
class Control:
    """A way in which ControlNets steer a family.

    `folder` has the ControlNets' files, the node `loader` loads the file that its `widget` names, and the node `apply`
    takes the ControlNet by its `socket`. The ControlNet steers the prompts, or with `patches` the model itself.
    """

    folder: str
    loader: str
    widget: str
    apply: str
    socket: str
    patches: bool = False


STEERS_WORDS = Control(
    CONTROLNET_FOLDER, "ControlNetLoader", "control_net_name", "ControlNetApplyAdvanced", "control_net"
)
# ComfyUI 0.3.75 has this loader too, but neither the node that applies a patch nor Z-Image.
PATCHES_MODEL = Control("model_patches", "ModelPatchLoader", "name", "ZImageFunControlnet", "model_patch", patches=True)
CONTROL_WAYS = (STEERS_WORDS, PATCHES_MODEL)


@dataclass(frozen=True)
class Family:
    """A family of models. `kinds` are ComfyUI's names of the family (`comfy/supported_models.py`).

    `side` is the least short side of a picture, in pixels, and each side is a `multiple` of pixels: the side of a
    latent's pixel, times that of the patches in which the model reads the latent. `clip_skip` is the layer of the text
    encoder from its end, None where there is nothing to skip. Without `negative` the family takes no negative prompt,
    and draws at a `cfg` of 1. `latent` is the node of the family's empty latent. `loras` and `vaes` are the kinds of
    LoRAs and VAEs that fit beside the family's own, `refiners` those of models that can only draw on. `control` is how
    ControlNets steer the family, None where they don't; `control_net` says which to get, `control_file` is one of
    `pixart models`, and so are `parts`, the files beside the model by workflow input. The workflow files draw a `plain`
    family as they are; any other has a beginning of its own in `workflows/families`.
    """

    name: str
    title: str
    kinds: tuple[str, ...]
    side: int
    steps: int
    cfg: float
    sampler: str
    scheduler: str
    clip_skip: int | None = None
    negative: bool = True
    latent: str = "EmptySD3LatentImage"
    loras: tuple[str, ...] = ()
    vaes: tuple[str, ...] = ()
    refiners: tuple[str, ...] = ()
    plain: bool = False
    control: Control | None = None
    control_net: str = ""
    control_file: str = ""
    parts: Mapping[str, str] = field(default_factory=dict, hash=False)
    multiple: int = 16

    @property
    def values(self) -> dict[str, Any]:
        """The default values of a request, by workflow input."""
        sampling = {"steps": self.steps, "cfg": self.cfg, "sampler": self.sampler, "scheduler": self.scheduler}
        skip = {} if self.clip_skip is None else {"clip_skip": self.clip_skip}
        return {**sampling, **skip, "generation_side": self.side}


FLUX, FLUX_SAMPLING = ("Flux",), ("euler", "simple")
FLUX_CONTROL_NET = "a ControlNet for FLUX.1 that follows edges, such as FLUX.1-dev-ControlNet-Union-Pro-2.0"
FLUX_CONTROL_FILE = "FLUX.1-dev-ControlNet-Union-Pro-2.0-fp8.safetensors"
T5_XXL, FLUX_VAE = "t5xxl_fp8_e4m3fn_scaled.safetensors", "ae.safetensors"
FLUX_PARTS = {"text_encoder": "clip_l.safetensors", "text_encoder_2": T5_XXL, "vae_file": FLUX_VAE}
QWEN_3 = "qwen_3_4b.safetensors"

# The workflow files are written and tuned for the first family, whose values are saved in them.
FAMILIES = (
    Family(
        *("sd15", "SD 1.5", ("SD15", "SD15_instructpix2pix"), 512, 20, 7.0, "dpmpp_2m", "karras"),
        multiple=8,
        clip_skip=-1,
        latent="EmptyLatentImage",
        plain=True,
        control=STEERS_WORDS,
    ),
    Family(
        *("sdxl", "SDXL", ("SDXL", "SSD1B", "Segmind_Vega", "KOALA_700M", "KOALA_1B", "SDXL_instructpix2pix")),
        *(1024, 25, 7.0, "dpmpp_2m", "karras"),
        multiple=8,
        clip_skip=-2,  # the last layer but one, with which SDXL was trained
        latent="EmptyLatentImage",
        refiners=("SDXLRefiner",),
        plain=True,
        control=STEERS_WORDS,
        control_file="xinsir-controlnet-union-sdxl-1.0-promax.safetensors",
    ),
    Family(
        *("sd35", "SD 3.5", ("SD3",), 1024, 20, 4.0, "euler", "sgm_uniform"),
        control=STEERS_WORDS,
        control_net="a ControlNet for SD 3.5 that follows edges, such as sd3.5_large_controlnet_canny",
    ),
    Family(
        *("flux", "FLUX.1", FLUX, 1024, 20, 1.0, *FLUX_SAMPLING),
        negative=False,
        control=STEERS_WORDS,
        control_net=FLUX_CONTROL_NET,
        control_file=FLUX_CONTROL_FILE,
        parts=FLUX_PARTS,
    ),
    Family(
        *("flux_schnell", "FLUX.1 schnell", ("FluxSchnell",), 1024, 4, 1.0, *FLUX_SAMPLING),
        negative=False,
        loras=FLUX,
        vaes=FLUX,
        control=STEERS_WORDS,
        control_net=FLUX_CONTROL_NET,
        control_file=FLUX_CONTROL_FILE,
        parts=FLUX_PARTS,
    ),
    Family(
        *("zimage", "Z-Image", ("ZImage",), 1024, 8, 1.0, "res_multistep", "simple"),
        negative=False,
        vaes=FLUX,
        control=PATCHES_MODEL,
        control_net="a ControlNet for Z-Image, such as Z-Image-Turbo-Fun-Controlnet-Union-2.1",
        control_file="Z-Image-Turbo-Fun-Controlnet-Union-2.1-lite-2601-8steps.safetensors",
        parts={"text_encoder": QWEN_3, "vae_file": FLUX_VAE},
    ),
    Family(
        *("qwen_image", "Qwen-Image", ("QwenImage",), 1328, 50, 4.0, *FLUX_SAMPLING),
        control=STEERS_WORDS,
        control_net="a ControlNet for Qwen-Image, such as InstantX's Qwen-Image-ControlNet-Union",
        control_file="Qwen-Image-InstantX-ControlNet-Union.safetensors",
        parts={"text_encoder": "qwen_2.5_vl_7b_fp8_scaled.safetensors", "vae_file": "qwen_image_vae.safetensors"},
    ),
    Family(
        *("chroma", "Chroma", ("Chroma",), 1024, 26, 3.5, "euler", "beta"),
        loras=FLUX,
        vaes=FLUX,
        parts={"text_encoder": T5_XXL, "vae_file": FLUX_VAE},
    ),
    Family(
        *("flux2", "FLUX.2", ("Flux2",), 1024, 4, 1.0, "euler", "flux2"),
        negative=False,
        latent="EmptyFlux2LatentImage",
        parts={"text_encoder": QWEN_3, "vae_file": "flux2-vae.safetensors"},
    ),
)
BY_NAME = {family.name: family for family in FAMILIES}
DEFAULT_FAMILY = FAMILIES[0]
_BY_KIND = {kind: family for family in FAMILIES for kind in family.kinds}


@dataclass(frozen=True)
class ModelFile:
    """The node pack's report of a file: `what` it is, for which `kinds` of models, and its `problem`, if any."""

    what: str = ""
    kinds: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    title: str = ""
    problem: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there is a report of the file; without one, only its name is known."""
        return bool(self.what or self.problem)

    @property
    def family(self) -> Family | None:
        """The file's family; None for one that isn't in FAMILIES."""
        return next((_BY_KIND[kind] for kind in self.kinds if kind in _BY_KIND), None)

    @property
    def reads(self) -> frozenset[str]:
        """The kinds of text encoders that the model can read; empty for all that its family can."""
        return frozenset(each.removeprefix(READS) for each in self.traits if each.startswith(READS))

    @property
    def title_of_family(self) -> str:
        """The names of the families that the file is for; empty where they aren't known."""
        titles = (_BY_KIND[kind].title if kind in _BY_KIND else kind for kind in self.kinds)
        return " or ".join(dict.fromkeys(titles))


UNKNOWN_FILE = ModelFile()


@dataclass(frozen=True, eq=False)
class ModelFiles:
    """All model files by folder (`checkpoints`) and name, as ComfyUI spells both; equal only to the same object."""

    folders: Mapping[str, Mapping[str, ModelFile]] = field(default_factory=dict)

    @classmethod
    def parsed(cls, report: Mapping[str, Any]) -> ModelFiles:
        """The files in the node pack's report."""
        return cls({folder: {name: _file(each) for name, each in files.items()} for folder, files in report.items()})

    def tells(self, folder: str) -> bool:
        """Whether the report has this folder, which an older pack's has not."""
        return folder in self.folders

    def of(self, folder: str, name: str) -> ModelFile:
        """The report of a file; UNKNOWN_FILE without one."""
        return self.folders.get(folder, {}).get(name, UNKNOWN_FILE)

    def titles(self, names: Iterable[str]) -> dict[str, str]:
        """The families' titles of these models, by the models' names in requests."""
        heads = {name: self._head(name) for name in names}
        titles = {name: file.title_of_family for name, (file, problem) in heads.items() if not problem}
        return {name: title for name, title in titles.items() if title}

    def unusable(self, names: Iterable[str]) -> dict[str, str]:
        """A sentence for each of these models that can't be loaded, by the models' names in requests."""
        heads = {name: self._head(name) for name in names}
        return {name: problem for name, (_, problem) in heads.items() if problem}

    def _head(self, name: str) -> tuple[ModelFile, str]:
        """The report of a model in either folder, and a sentence that says why it can't be loaded; empty for none."""
        folder = CHECKPOINTS if self.of(CHECKPOINTS, name).is_known else DIFFUSION_MODELS
        file = self.of(folder, name)
        return file, trouble(folder, name, file)

    def troubles(self) -> Iterator[str]:
        """A sentence for each file that can't be loaded, or is in the wrong folder."""
        for folder in self.folders:
            yield from self.troubles_of(folder)

    def troubles_of(self, folder: str) -> Iterator[str]:
        """A sentence for each file of a folder that can't be loaded, or doesn't belong there."""
        files = self.folders.get(folder, {})
        return (sentence for name, file in files.items() if (sentence := trouble(folder, name, file)))

    def diffusion_models(self) -> Iterator[str]:
        """The names of the diffusion models that belong to a family."""
        files = self.folders.get(DIFFUSION_MODELS, {})
        return (name for name, file in files.items() if file.what == "model" and file.family)

    def control(self, name: str) -> ModelFile:
        """The report of a ControlNet, in whichever of the two folders it lies; UNKNOWN_FILE without one."""
        return next((file for way in CONTROL_WAYS if (file := self.of(way.folder, name)).is_known), UNKNOWN_FILE)

    def control_patches(self) -> Iterator[str]:
        """The names of the ControlNets that patch the model of a family."""
        files = self.folders.get(PATCHES_MODEL.folder, {})
        able = {family.name for family in FAMILIES if family.control is PATCHES_MODEL}
        return (name for name, file in files.items() if file.family and file.family.name in able)


NO_FILES = ModelFiles()


def _file(report: Mapping[str, Any]) -> ModelFile:
    kinds, traits = (tuple(map(str, report.get(name) or ())) for name in ("kinds", "traits"))
    what, title, problem = (str(report.get(name) or "") for name in ("what", "title", "problem"))
    return ModelFile(what, kinds, traits, title, problem)


KIND_BY_FOLDER = {  # folder -> the kind of its files, in the pack's words
    CHECKPOINTS: "model",
    DIFFUSION_MODELS: "model",
    CONTROLNET_FOLDER: "ControlNet",
    PATCHES_MODEL.folder: "model patch",
    "loras": "LoRA",
    "vae": "VAE",
    "style_models": "style model",
    "text_encoders": "text encoder",
}
NOUN_BY_FOLDER = {CHECKPOINTS: "checkpoint", DIFFUSION_MODELS: "diffusion model"}


def noun(folder: str) -> str:
    """The noun for a file of this folder."""
    return NOUN_BY_FOLDER.get(folder) or KIND_BY_FOLDER.get(folder, folder)


def trouble(folder: str, name: str, file: ModelFile) -> str:
    """A sentence that says why a file can't be used as one of its folder; empty for a file that can."""
    if file.problem:
        return f"The {noun(folder)} {name!r} {file.problem}."
    kind = KIND_BY_FOLDER.get(folder, "")
    if file.what and kind and file.what != kind:
        where = "a model" if file.what == "model" else f"a {file.what}"
        return f"{name!r} is no {noun(folder)}: it is {where}{_for(file)}."
    return ""


def _for(file: ModelFile) -> str:
    return f" for {file.title_of_family}" if file.title_of_family else ""


def fits(folder: str, file: ModelFile, family: Family) -> bool:
    """Whether a file of this folder is for the family; True for a file without a report."""
    also = {CONTROLNET_FOLDER: family.loras, "loras": family.loras, "vae": family.vaes}.get(folder, ())
    return not file.kinds or bool({*family.kinds, *also} & set(file.kinds))


def refines(file: ModelFile, family: Family) -> bool:
    """Whether a checkpoint can draw on what the family's model has begun; True for a file without a report."""
    return not file.kinds or bool({*family.kinds, *family.refiners} & set(file.kinds))


def mismatch(folder: str, name: str, file: ModelFile, family: Family, model: str) -> str:
    """A sentence about a file of another family than the model's; empty for a file that fits."""
    if fits(folder, file, family):
        return ""
    return f"The {noun(folder)} {name!r} is for {file.title_of_family}, but {model!r} is {family.title}."
