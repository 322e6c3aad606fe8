"""What the family of a prompt's model decides: which model files fit it, and values that nothing else says. Pure.

Files are judged before queueing. A workflow file is written for SD 1.5, so with that what is saved in it holds.
`generation_side` is the operator's where the setting is made, and the file's where a person has saved another than the
file came with, or has saved the file with the model of another family that draws.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.catalog.families import (
    CHECKPOINTS,
    CONTROL_WAYS,
    DEFAULT_FAMILY,
    DIFFUSION_MODELS,
    FAMILIES,
    NO_TEXT_ENCODER,
    NO_VAE,
    PATCHES_MODEL,
    Family,
    ModelFile,
    ModelFiles,
    mismatch,
    noun,
    refines,
    trouble,
)
from bridge.catalog.few_steps import few_steps
from bridge.catalog.models import named
from bridge.core.errors import BadRequest
from bridge.core.settings import Settings
from bridge.workflow.additions import REFINER
from bridge.workflow.bind import Bound, saved, sockets
from bridge.workflow.file import Workflow
from bridge.workflow.selection import HEAD_FOLDERS, control_inputs, draws, head_of
from bridge.workflow.widgets import ObjectInfo

LOADER_INPUTS = {  # node class -> the input that names a file, its folder
    "CheckpointLoaderSimple": ("ckpt_name", CHECKPOINTS),
    "CheckpointLoader": ("ckpt_name", CHECKPOINTS),
    "UNETLoader": ("unet_name", DIFFUSION_MODELS),
    "ControlNetLoader": ("control_net_name", "controlnet"),
    "DiffControlNetLoader": ("control_net_name", "controlnet"),
    "VAELoader": ("vae_name", "vae"),
    "PixartVAE": ("name", "vae"),
    "LoraLoader": ("lora_name", "loras"),
    "LoraLoaderModelOnly": ("lora_name", "loras"),
    "StyleModelLoader": ("style_model_name", "style_models"),
    PATCHES_MODEL.loader: (PATCHES_MODEL.widget, PATCHES_MODEL.folder),
    REFINER: ("checkpoint", CHECKPOINTS),
}
TAGS_NODE, TAGS = "PixartLoras", re.compile(r"<lora:([^<>:]+)")
MISSING_OUTPUTS = {  # trait of a checkpoint -> output of its loader that gives nothing then, what to do
    NO_TEXT_ENCODER: (1, "Put it into models/diffusion_models, with its text encoder beside it, or take a whole one."),
    NO_VAE: (2, "Name a VAE that fits it, or take a checkpoint with one in it."),
}

SIDE, SKIP = "generation_side", "clip_skip"
NO_SKIP = -1  # the last layer: what every caller says who doesn't care
SCHEDULER, PLAIN_SCHEDULE = "scheduler", "simple"
PASS_PREFIXES = ("", "hires_")  # each pass of a sampler has inputs of its own


@dataclass(frozen=True)
class _Use:
    """A file that a node of the prompt loads; `input` is the node's."""

    node: str
    input: str
    folder: str
    name: str
    file: ModelFile


def require_agreement(bound: Bound, files: ModelFiles, workflow: Workflow) -> None:
    """Raises BadRequest, in the field that chose it, for a file that can't be loaded, isn't of its folder, or is for
    another family than the one model that draws, and for a model of a family that the workflow can't draw with."""
    uses = [use for use in _uses(bound.prompt, files) if use.file.is_known]
    for use in uses:
        sentence = trouble(use.folder, use.name, use.file)
        if sentence:
            raise BadRequest(sentence, field=_field(bound, use), hint="Fetch it again, or take another.")
    refiners = [use for use in uses if bound.prompt[use.node]["class_type"] == REFINER]
    heads = {(use.folder, use.name): use for use in uses if use.folder in HEAD_FOLDERS and use not in refiners}
    for use in heads.values():
        _require_parts(bound, use)
        _require_drawn(bound, use, workflow)
    families = {use.file.family for use in heads.values()}
    if len(heads) == 1 and None not in families:
        [(_, model)], [family] = heads, families
        _require_family(bound, [use for use in uses if use not in refiners], family, model)
        for use in refiners:
            _require_refiner(bound, use, family, model)


def require_way(
    workflow: Workflow, models: Mapping[str, str], files: ModelFiles, family: Family | None, model: str
) -> None:
    """Raises BadRequest for a ControlNet that is wanted and lies where the family, with its model, takes none from."""
    for name in control_inputs(workflow) & models.keys():
        folder_model, file = workflow.inputs[name].model or "", models[name]
        for folder in (way.folder for way in CONTROL_WAYS if way.folder != folder_model):
            model_file = files.of(folder, file)
            if family is None or not model_file.is_known or files.of(folder_model, file).is_known:
                continue
            sentence = trouble(folder, file, model_file) or mismatch(folder, file, model_file, family, model)
            sentence = sentence or f"The {noun(folder)} {file!r} lies in models/{folder}, not in models/{folder_model}."
            raise BadRequest(sentence, field=name, hint=f"Take one for {family.title} from models/{folder_model}.")


def _require_family(bound: Bound, uses: list[_Use], family: Family | None, model: str) -> None:
    for use in uses:
        sentence = "" if family is None else mismatch(use.folder, use.name, use.file, family, model)
        if sentence and family:
            raise BadRequest(sentence, field=_field(bound, use), hint=f"Take one for {family.title}.")


def _require_refiner(bound: Bound, use: _Use, family: Family | None, model: str) -> None:
    """A checkpoint that draws on what the model has begun is of its family, or made for that, and reads prompts."""
    if family and not refines(use.file, family):
        sentence = f"The checkpoint {use.name!r} is {use.file.title_of_family}, but {model!r} is {family.title}."
        raise BadRequest(sentence, field=_field(bound, use), hint=f"Take one for {family.title}.")
    if NO_TEXT_ENCODER in use.file.traits:
        raise BadRequest(
            f"The checkpoint {use.name!r} has {NO_TEXT_ENCODER} in it.",
            field=_field(bound, use),
            hint="A refiner reads the prompt itself: take a whole checkpoint.",
        )


def _require_parts(bound: Bound, use: _Use) -> None:
    """A checkpoint has in it what the prompt takes from it."""
    for trait, (output, advice) in MISSING_OUTPUTS.items() if use.folder == CHECKPOINTS else ():
        if trait in use.file.traits and any(_takes(node, use.node, output) for node in bound.prompt.values()):
            raise BadRequest(f"The checkpoint {use.name!r} has {trait} in it.", field=_field(bound, use), hint=advice)


def _require_drawn(bound: Bound, use: _Use, workflow: Workflow) -> None:
    """A workflow of a person's own may draw with whatever it is written for."""
    if use.file.kinds and not draws(workflow, use.file.family):
        kind = use.file.title_of_family
        sentence = f"The {noun(use.folder)} {use.name!r} is {kind}, which {workflow.mode} can't use."
        titles = ", ".join(family.title for family in FAMILIES)
        raise BadRequest(sentence, field=_field(bound, use), hint=f"These can be: {titles}.")


def _takes(node: Mapping[str, Any], loader: str, output: int) -> bool:
    """Whether a node works with this output; one that only passes the VAE on doesn't where it loads another."""
    inputs = node["inputs"]
    passes = node["class_type"] == "PixartVAE" and str(inputs.get("name", "")) != "from checkpoint"
    return not passes and any(value == [loader, output] for value in inputs.values())


def _uses(prompt: Mapping[str, Any], files: ModelFiles) -> Iterator[_Use]:
    for id, node in prompt.items():
        name, folder = LOADER_INPUTS.get(node["class_type"], ("", ""))
        value = node["inputs"].get(name)
        if isinstance(value, str):
            yield _Use(id, name, folder, value, files.of(folder, value))
        tags = node["inputs"].get("loras") if node["class_type"] == TAGS_NODE else None
        for word in TAGS.findall(tags) if isinstance(tags, str) else ():
            file = named(word.strip(), tuple(files.folders.get("loras", ())))
            if file is not None:
                yield _Use(id, "loras", "loras", file, files.of("loras", file))


def _field(bound: Bound, use: _Use) -> str | None:
    return bound.blame(use.node, use.input)


def lora_names(tags: str, files: ModelFiles) -> Iterator[str]:
    """The title of each LoRA that the tags name, as its file has it, and then its name in the tag."""
    for word in TAGS.findall(tags):
        file = named(word.strip(), tuple(files.folders.get("loras", ())))
        title = files.of("loras", file).title if file is not None else ""
        yield from filter(None, (title, word))


@dataclass(frozen=True)
class FamilyValues:
    """`defaults` for values that the request lacks, the request's `request_values` values, and notes on both."""

    defaults: Mapping[str, Any]
    request_values: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def family_values(
    workflow: Workflow,
    values: Mapping[str, Any],
    family: Family | None,
    model: tuple[str, ModelFile],
    settings: Settings,
    object_info: ObjectInfo,
    loras: Iterable[str] = (),
) -> FamilyValues:
    """Values for a workflow that draws with this model, given by its name and by what it is, and with these LoRAs,
    given by their titles and names."""
    side = _side(workflow, family or DEFAULT_FAMILY, model[0], settings, object_info)
    if family is None or family is DEFAULT_FAMILY:
        return FamilyValues(side, values)
    names = (model[1].title, model[0], *loras)
    kind, fast_name = few_steps(names, family.name) or (None, "")
    fast = kind.values(fast_name) if kind else {}
    table = {name: value for name, value in {**family.values, **fast}.items() if name != SIDE}
    each_pass = {f"{start}{name}": value for name, value in table.items() for start in PASS_PREFIXES}
    known_inputs = {name: value for name, value in each_pass.items() if name in workflow.inputs}
    defaults = {name: _offered(workflow, name, value, object_info) for name, value in known_inputs.items()}
    family_kept, notes = _usable_values(values, family)
    return FamilyValues({**defaults, **side}, family_kept, (*notes, kind.note(fast_name)) if kind else notes)


def _offered(workflow: Workflow, name: str, value: Any, object_info: ObjectInfo) -> Any:
    """The value, or the plain schedule for one that the workflow's sampler hasn't, as ComfyUI's own or an older one."""
    entry, workflow_sockets = workflow.inputs[name], sockets(workflow, object_info)
    if name.endswith(SCHEDULER) and workflow_sockets.has_class(entry):
        return value if value in workflow_sockets.files(entry) else PLAIN_SCHEDULE
    return value


def _side(
    workflow: Workflow, family: Family, model: str, settings: Settings, object_info: ObjectInfo
) -> dict[str, int]:
    if SIDE in workflow.inputs and _is_persons_side(workflow, family, model, object_info):
        return {}
    return {SIDE: settings.generation_side if SIDE in settings.model_fields_set else family.side}


def _is_persons_side(workflow: Workflow, family: Family, model: str, object_info: ObjectInfo) -> bool:
    """Whether a person saved the side: another than the file came with, or together with a model of another family.

    What is composed has names of models of another family too, but nobody saved them.
    """
    side, head = saved(workflow, SIDE, object_info), head_of(workflow)
    if side != DEFAULT_FAMILY.side:
        return side is not None
    if head is None or workflow.families or family is DEFAULT_FAMILY:
        return False
    return saved(workflow, head.name, object_info) == model


def _usable_values(values: Mapping[str, Any], family: Family) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What is asked, without what this family hasn't, and what is said of that."""
    result, unused = {name: value for name, value in values.items() if value is not None}, []
    if result.get(SKIP) == NO_SKIP or family.clip_skip is None:
        unused += [SKIP] if result.pop(SKIP, NO_SKIP) not in (NO_SKIP, None) else []
    if not family.negative:
        unused += ["negative"] if result.pop("negative", "") else []
        for start in PASS_PREFIXES:
            unused += [f"{start}cfg"] if result.pop(f"{start}cfg", family.cfg) != family.cfg else []
    listing = ", ".join(unused)
    return result, (f"{family.title} takes no {listing}; left out.",) if listing else ()
