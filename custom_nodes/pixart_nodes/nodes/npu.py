"""The one model that an Axera NPU holds: loaded when first asked for or ahead of that, kept, given back to ComfyUI."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import comfy.model_management
import folder_paths
import torch
from comfy.model_patcher import ModelPatcher

from ..axera.models import ModelSet, find_sets, from_environment
from ..axera.pipeline import Pipeline
from ..axera.session import libraries
from ..errors import AxeraError, PixelError
from ..pixel.errors import require

KIND = "axera"  # the folder below ComfyUI's models
NO_MODELS = (
    "There is no Axera model. Put one into ComfyUI's models/axera, a folder each (unet, vae_decoder, text_encoder/ and "
    "time_input_txt2img.npy), or set TEXT_MODEL_DIR and UNET_MODEL."
)

log = logging.getLogger(__name__)
folder_paths.add_model_folder_path(KIND, str(Path(folder_paths.models_dir, KIND)))


def sets() -> dict[str, ModelSet]:
    """Every model there is by its name: the one that the environment names, then those below models/axera."""
    environment_set = from_environment(os.environ)
    models = {environment_set.name: environment_set} if environment_set else {}
    for folder in folder_paths.get_folder_paths(KIND):
        models |= {name: one for name, one in find_sets(Path(folder)).items() if name not in models}
    return models


def vocabulary() -> Path:
    """ComfyUI's own CLIP vocabulary, for models that come without."""
    return Path(comfy.__path__[0], "sd1_tokenizer")


class _Handle(ModelPatcher):
    """What ComfyUI unloads instead of weights: it has none in the memory that ComfyUI counts."""

    def detach(self, unpatch_all: bool = True) -> Any:
        """ComfyUI's unload; it also calls this, with False, when it only takes another handle for the same model."""
        if unpatch_all:
            NPU.release()
        return super().detach(unpatch_all)


@dataclass
class _Resident:
    """The model in the NPU's memory. The card is unstable with two, so there is one.

    Its key is the model's name, the device, and the stamp of the files that were loaded.
    """

    key: tuple[str, int, str]
    pipeline: Pipeline


class Npu:
    """Holds the resident model. `state` is cold, loading, ready or failed, `trouble` says why it failed."""

    def __init__(self) -> None:
        self.state, self.trouble = "cold", ""
        self._resident: _Resident | None = None
        self._size: tuple[int, int] | None = None  # of the last model, known also after it was unloaded
        # For ever: ComfyUI only has a weak reference, and takes it ill when that ends in the middle of its unloading.
        self._handle: _Handle | None = None
        self._lock = threading.RLock()  # loading may make ComfyUI unload in the same thread

    def pipeline(self, models: ModelSet, device: int) -> Pipeline:
        """This model on this device, loaded now unless it is there, from the same files. Raises AxeraError."""
        with self._lock:
            key = models.name, device, stamp(models)
            if self._resident is None or self._resident.key != key:
                self._drop()
                self._load(models, key)
            assert self._resident is not None
            return self._resident.pipeline

    def release(self) -> None:
        """Free the NPU's memory; the next picture loads the model again."""
        with self._lock:
            self._drop()

    def report(self) -> dict[str, Any]:
        """What the bridge and `doctor` want to know, as JSON data."""
        resident = self._resident
        entry = {"model": resident.key[0], "device": resident.key[1]} if resident else {}
        if resident:
            entry |= {"takes_pictures": resident.pipeline.takes_pictures}
        if self._size:
            entry |= {"size": list(self._size)}
        return {"state": self.state, "trouble": self.trouble or None, **entry}

    def _load(self, models: ModelSet, key: tuple[str, int, str]) -> None:
        self.state, self.trouble = "loading", ""
        try:
            pipeline = Pipeline.load(models, vocabulary(), key[1])
        except AxeraError as error:
            self.state, self.trouble = "failed", str(error)
            raise
        if self._handle is None:
            here = comfy.model_management.get_torch_device()
            self._handle = _Handle(torch.nn.Module(), here, torch.device("cpu"), size=1)
        comfy.model_management.load_models_gpu([self._handle])  # so that ComfyUI's own unloading reaches it
        self._resident, self._size, self.state = _Resident(key, pipeline), pipeline.size, "ready"

    def _drop(self) -> None:
        if self._resident:
            self._resident.pipeline.close()
            self._resident, self.state = None, "cold"


NPU = Npu()


def chosen(name: str) -> ModelSet:
    """The model of this name. Raises AxeraError where there is none at all, UnknownName."""
    models = sets()
    if not models:
        raise AxeraError(NO_MODELS)
    require(name, models, what="Axera model")
    return models[name]


def warm_in_background() -> None:
    """Load the model that requests will get, where the bridge asked for it: its clients don't wait for that."""
    if os.environ.get("ENGINE") == KIND and os.environ.get("PIXART_WARM") and not os.environ.get("AXERA_URL"):
        NPU.state = "loading"
        threading.Thread(target=_warm, name="axera", daemon=True).start()


def _warm() -> None:
    models, checkpoint = sets(), os.environ.get("PIXART_CHECKPOINT", "")
    name = checkpoint if checkpoint in models else next(iter(models), "")
    try:
        NPU.pipeline(chosen(name), int(os.environ.get("AXERA_DEVICE") or 0))
    except (PixelError, ValueError) as error:
        NPU.state, NPU.trouble = "failed", str(error)
        log.warning("Pixart: the Axera model could not be loaded: %s", error)


def stamp(models: ModelSet) -> str:
    """A hash of the sizes and times of a model's files."""
    files = [models.text_encoder, models.unet, models.vae_decoder, models.vae_encoder, models.time_input]
    stats = [file.stat() for file in files if file and file.is_file()]
    return hashlib.sha256(repr([(one.st_size, one.st_mtime_ns) for one in stats]).encode()).hexdigest()


def report(*, details: bool) -> dict[str, Any]:
    """The state of this engine as JSON data; `details` imports the NPU's library to ask for its devices.

    `stamps` change with a model's files, also when they keep their names.
    """
    service, model_sets = os.environ.get("AXERA_URL") or None, sets()
    state = {**NPU.report(), "models": list(model_sets), "service": service}
    state["stamps"] = {name: stamp(models) for name, models in model_sets.items()}
    if service:
        state["state"] = "remote"
    return {**state, "libraries": libraries()} if details else state
