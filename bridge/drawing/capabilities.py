"""One ComfyUI's capabilities as other machines read them: all that a request is planned by, packed under a digest."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.catalog.families import ModelFiles
from bridge.catalog.models import Catalog, catalog
from bridge.catalog.modes import Mode
from bridge.core.job import JobSpec
from bridge.core.settings import Settings
from bridge.drawing.comfy_state import Judgement, Look
from bridge.storage.record import Record
from bridge.workflow.library import Library
from bridge.workflow.needs import REMOTE_OPTIONS
from bridge.workflow.plan import Plan

# Settings of the drawing process that decide which workflow and models a request gets.
SETTING_NAMES = ("engine", "engine_fallback", "checkpoint", "controlnet", "generation_side")
# Fields of ComfyUI's `/system_stats` that stay the same while ComfyUI runs, and that tell nothing of files.
SYSTEM, DEVICE = ("os", "ram_total", "comfyui_version", "pytorch_version"), ("name", "type", "index", "vram_total")
MODEL_LISTS = ("checkpoints", "diffusion_models", "vaes", "loras", "controlnets", "upscalers", "interrogators")


@dataclass(frozen=True)
class Capabilities:
    """A look at a ComfyUI, the settings of the process that draws with that ComfyUI, and its `/system_stats`."""

    look: Look
    settings: Mapping[str, Any]
    system: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, look: Look, settings: Settings, stats: Mapping[str, Any]) -> Capabilities:
        """The capabilities of a ComfyUI of this process."""
        system = {"system": _subset(stats.get("system") or {}, SYSTEM)}
        devices = [_subset(each, DEVICE) for each in stats.get("devices") or ()]
        return cls(look, {name: getattr(settings, name) for name in SETTING_NAMES}, {**system, "devices": devices})

    def packed(self) -> tuple[str, bytes]:
        """A digest, equal for equal capabilities, and bytes that `parsed` reads. Packing takes some 0.1 s."""
        look = self.look
        classes = {name: _without_input_files(info) for name, info in sorted(look.info.items())}
        document = {"info": classes, "embeddings": look.embeddings, "engine": look.engine, "told": look.files_report}
        text = json.dumps({**document, "settings": self.settings, "system": self.system}, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:32], zlib.compress(text.encode())

    @classmethod
    def parsed(cls, content: bytes, like: Iterable[Mapping[str, Any]] = ()) -> Capabilities:
        """The capabilities from packed bytes.

        A node class that equals one in the lists `like` is that very object, so that caches by identity hold. Raises
        ValueError for other bytes.
        """
        try:
            document = json.loads(zlib.decompress(content))
            info = {name: _same(name, each, like) for name, each in document["info"].items()}
            report = document["told"]
            look_fields = {"embeddings": tuple(document["embeddings"]), "engine": document["engine"]}
            look = Look(info=info, **look_fields, files_report=report, files=ModelFiles.parsed(report))
            return cls(look, document["settings"], document["system"])
        except (zlib.error, LookupError, TypeError, AttributeError) as error:
            raise ValueError("That is not what a ComfyUI can.") from error

    def summary(self) -> dict[str, Any]:
        """A summary for operators: memory in MiB, and counts of models by kind, node classes and samplers."""
        lists = catalog(self.look.info)
        devices, system = self.system["devices"] or [{}], self.system["system"]
        return {
            "engine": self.settings["engine"],
            "device": devices[0].get("name", ""),
            "memory_mb": int(devices[0].get("vram_total") or 0) >> 20,
            "comfyui": system.get("comfyui_version", ""),
            "models": {name: len(getattr(lists, name)) for name in MODEL_LISTS},
            "samplers": len(lists.samplers),
            "nodes": len(self.look.info),
        }


class RemoteComfy:
    """A ComfyUI of another process; requests are planned for it by its published capabilities."""

    def __init__(self, capabilities: Capabilities, settings: Settings, library: Library) -> None:
        self._look, self.system = capabilities.look, capabilities.system
        settings_there = {name: value for name, value in capabilities.settings.items() if name in SETTING_NAMES}
        self._judgement = Judgement(settings.model_copy(update=settings_there), library)
        self._modes: tuple[Mode, ...] | None = None

    @property
    def info(self) -> Mapping[str, Any]:
        """Its node classes."""
        return self._look.info

    def catalog(self) -> Catalog:
        """Models, samplers and the like there."""
        return self._judgement.catalog(self._look)

    def standing(self) -> tuple[Mode, ...]:
        """Every mode as it stands there."""
        self._modes = self._modes or self._judgement.standing(self._look)
        return self._modes

    def check(self, spec: JobSpec, extra: Mapping[str, str]) -> Plan:
        """See `Judgement.check`."""
        return self._judgement.check(self._look, spec, extra)

    def can_draw(self, record: Record) -> bool:
        """See `Judgement.can_draw`."""
        return self._judgement.can_draw(self._look, record)


def _subset(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _without_input_files(info: Mapping[str, Any]) -> Mapping[str, Any]:
    """A node class without its lists of input files, which change with every job."""
    sections = {
        section: {name: _without_files(spec) for name, spec in inputs.items()}
        for section, inputs in (info.get("input") or {}).items()
    }
    return {**info, "input": sections}


def _without_files(spec: Any) -> Any:
    options = spec[1] if isinstance(spec, list) and len(spec) > 1 and isinstance(spec[1], dict) else {}
    if not any(options.get(each) for each in REMOTE_OPTIONS):
        return spec
    if isinstance(spec[0], list):
        return [[], options, *spec[2:]]
    return [spec[0], {**options, "options": []}, *spec[2:]] if "options" in options else spec


def _same(name: str, info: Any, like: Iterable[Mapping[str, Any]]) -> Any:
    return next((each[name] for each in like if each.get(name) == info), info)
