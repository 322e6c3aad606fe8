"""What each model file is, as ComfyUI's own detection says from its head: GET /pixart/models, for the bridge.

A file's name decides nothing. What was read is kept as long as the file's size and time of change stay the same.
"""

from __future__ import annotations

import functools
import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import comfy.controlnet
import comfy.model_detection
import comfy.sd
import comfy.text_encoders.flux
import folder_paths
import torch

from .. import model_kind, weights_file
from ..errors import WeightsError

FOLDERS = (
    *("checkpoints", "diffusion_models", "text_encoders", "vae", "loras", "controlnet", "style_models"),
    "model_patches",
)
MODEL, LORA, CONTROL_NET, VAE = "model", "LoRA", "ControlNet", "VAE"
STYLE_MODEL, TEXT_ENCODER, MODEL_PATCH = "style model", "text encoder", "model patch"
TOO_OLD = "is of a kind that this ComfyUI is too old for"
NO_TOKENIZER = "has a tokenizer that this ComfyUI can't read with this version of transformers: update ComfyUI"
TEKKEN = {
    "config": {"default_vocab_size": 1, "pattern": "."},
    "vocab": [],
    "special_tokens": [{"rank": 0, "token_str": "s"}],
}
TEXT_PARTS, VAE_PARTS = ("cond_stage_model.", "conditioner.", "text_encoders."), ("first_stage_model.", "vae.")
MASKED = 9  # channels of a U-Net that sees a mask and what is under it, beside the latent


@dataclass(frozen=True)
class ModelFile:
    """What a file is, and for which models of ComfyUI's (`kinds`); `problem` is why it can't be loaded.

    `traits`: union, inpaint, v-prediction, no text encoder, no VAE, and `reads KIND` for each text encoder that a model
    of a family with several can read. `title` is how the file calls itself.
    """

    what: str = ""
    kinds: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    title: str = ""
    problem: str = ""


LOST = ModelFile(problem="was removed, or is a link to a file that isn't there")


class _Shelf:
    """What was read of each file, by its path, size and time of change."""

    def __init__(self) -> None:
        self._cache: dict[Path, tuple[tuple[int, int], ModelFile]] = {}
        self._reading = threading.Lock()  # who asks at the same time waits instead of reading the same

    def listing(self) -> dict[str, dict[str, Any]]:
        """All model files that ComfyUI lists, by folder and name."""
        with self._reading:
            folders = folder_paths.folder_names_and_paths
            return {folder: self._folder(folder) for folder in FOLDERS if folder in folders}

    def _folder(self, folder: str) -> dict[str, Any]:
        names = folder_paths.get_filename_list(folder)
        paths = {name: folder_paths.get_full_path(folder, name) for name in names}
        return {name: asdict(self._file(Path(path)) if path else LOST) for name, path in paths.items()}

    def _file(self, path: Path) -> ModelFile:
        try:
            status = path.stat()
        except OSError as error:
            return ModelFile(problem=f"can't be read: {error.strerror or error}")
        stamp, entry = (status.st_size, status.st_mtime_ns), self._cache.get(path)
        if entry is None or entry[0] != stamp:
            entry = self._cache[path] = stamp, identified(path)
        return entry[1]


SHELF = _Shelf()


def identified(path: Path) -> ModelFile:
    """What a file is."""
    try:
        weights = weights_file.read(path)
    except WeightsError as error:
        return ModelFile(problem=str(error))
    shapes, metadata = model_kind.shapes_of(weights.tensors), weights.metadata
    title = metadata.get("modelspec.title", "")[:200]
    if model_kind.is_lora(shapes):
        return ModelFile(LORA, model_kind.lora(shapes, metadata), title=title)
    if (kinds := model_kind.model_patch(shapes)) is not None:
        return ModelFile(MODEL_PATCH, kinds, title=title)
    if (kinds := model_kind.control_net(shapes)) is not None:
        union = ("union",) if model_kind.is_union(shapes) else ()
        return ModelFile(CONTROL_NET, kinds, union, title, _too_old_for(shapes))
    if (kinds := model_kind.style_model(shapes)) is not None:
        return ModelFile(STYLE_MODEL, kinds, title=title)
    if (model := _model(weights.tensors, metadata)) is not None:
        kinds = (type(model).__name__,)
        return ModelFile(MODEL, kinds, _traits(weights.tensors, model), title, _too_old_for(shapes))
    if (kinds := model_kind.vae(shapes, weights.scale, metadata)) is not None:
        return ModelFile(VAE, kinds, title=title)
    encoder = comfy.sd.detect_te_model(weights.tensors)
    return _text_encoder(encoder.name) if encoder else ModelFile(title=title)


def _text_encoder(kind: str) -> ModelFile:
    unread = kind in model_kind.MISTRALS and not _reads_tekken()
    return ModelFile(TEXT_ENCODER, (kind,), problem=NO_TOKENIZER if unread else "")


@functools.cache
def _reads_tekken() -> bool:
    """Whether ComfyUI can read the tokenizer that is in Mistral's files: 0.3.75 can't with transformers 5."""
    try:
        comfy.text_encoders.flux.load_mistral_tokenizer(json.dumps(TEKKEN).encode())
    except (TypeError, ImportError):  # a call that another version of transformers understands
        return False
    except (LookupError, ValueError, RuntimeError, AttributeError):  # it was understood, and these few words too few
        return True
    return True


def _too_old_for(shapes: model_kind.Shapes) -> str:
    """Why this ComfyUI can't draw with what newer ones can; empty where it can."""
    qwen = shapes.keys() >= model_kind.QWEN_FUN and not hasattr(comfy.controlnet, "load_controlnet_qwen_fun")
    klein = model_kind.is_klein(shapes) and not hasattr(comfy.text_encoders.flux, "klein_te")
    return TOO_OLD if qwen or klein else ""


def _model(tensors: Any, metadata: Any) -> Any:
    """ComfyUI's configuration of a model, found as its own loaders find it; None for no model that it knows."""
    detection = comfy.model_detection
    prefix = detection.unet_prefix_from_state_dict(tensors)
    prefix = prefix if any(name.startswith(prefix) for name in tensors) else ""
    log = logging.getLogger()
    log.addFilter(_no_match)
    try:
        model = detection.model_config_from_unet(dict(tensors), prefix, metadata=metadata)
        if model is None and not prefix:
            inner = detection.convert_diffusers_mmdit(dict(tensors), "")
            model = detection.model_config_from_unet(inner, "") if inner else None
        if model is None and "conv_in.weight" in tensors and any(".attentions.0." in name for name in tensors):
            model = detection.model_config_from_diffusers_unet(dict(tensors))
        return model
    except (RuntimeError, LookupError, AttributeError, TypeError, ValueError):  # half a model
        return None
    finally:
        log.removeFilter(_no_match)


def _no_match(record: logging.LogRecord) -> bool:
    """ComfyUI complains of each file that is none of its models; here that is an answer."""
    return not record.getMessage().startswith("no match {")


def _traits(tensors: Mapping[str, torch.Tensor], model: Any) -> tuple[str, ...]:
    lacks = {"no text encoder": TEXT_PARTS, "no VAE": VAE_PARTS}
    traits = [trait for trait, starts in lacks.items() if not any(name.startswith(starts) for name in tensors)]
    traits += ["inpaint"] if model.unet_config.get("in_channels") == MASKED else []
    traits += ["v-prediction"] if "v_pred" in tensors else []
    return (*traits, *(f"reads {kind}" for kind in model_kind.flux2_texts(model_kind.shapes_of(tensors))))
