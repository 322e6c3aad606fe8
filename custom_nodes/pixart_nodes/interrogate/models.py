"""Which files can say what a picture shows: found by their names in the layouts that are in use."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TAGGER, CAPTIONER = "tagger", "captioner"
TAGS = "selected_tags.csv"  # beside a tagger's model.onnx, as its makers publish the two
# A captioner's weights, the ones to be preferred first: a safetensors file can't hold a program.
WEIGHTS = (
    *("model.safetensors", "model.safetensors.index.json"),
    *("pytorch_model.bin", "pytorch_model.bin.index.json"),
)
CAPTIONS = ("BlipForConditionalGeneration",)  # of BLIP's models, the one that writes captions
DEPTH = 3  # folders below each that are looked into, so that a link in a circle has an end


@dataclass(frozen=True)
class Interrogator:
    """One model by the file that it is known by; `tags` is the tagger's list."""

    name: str
    kind: str
    path: Path
    tags: Path | None = None


def find(folders: Iterable[Path]) -> dict[str, Interrogator]:
    """Every model below these folders, by its file relative to its folder; of two with one name the first.

    A tagger is `NAME.onnx` with `NAME.csv`, or `model.onnx` with `selected_tags.csv`, a BLIP model the folder that
    Hugging Face has it in.
    """
    models: dict[str, Interrogator] = {}
    for folder in folders:
        for place in _folders(folder):
            for path, kind, tags in (*_taggers(place), *_captioners(place)):
                name = path.relative_to(folder).as_posix()
                models.setdefault(name, Interrogator(name, kind, path, tags))
    return dict(sorted(models.items()))


def _folders(folder: Path) -> Iterator[Path]:
    """The folder and those below it that aren't hidden, links followed."""
    for place, below, _ in os.walk(folder, followlinks=True):
        deep = len(Path(place).relative_to(folder).parts) >= DEPTH
        below[:] = [] if deep else sorted(name for name in below if not name.startswith("."))
        yield Path(place)


def _taggers(place: Path) -> Iterator[tuple[Path, str, Path]]:
    for path in sorted(place.glob("*.onnx")):
        lists = [path.with_suffix(".csv"), *([place / TAGS] if path.stem == "model" else [])]
        tags = next((each for each in lists if each.is_file()), None)
        if tags and path.is_file():
            yield path, TAGGER, tags


def _captioners(place: Path) -> Iterator[tuple[Path, str, None]]:
    weights = next((place / name for name in WEIGHTS if (place / name).is_file()), None)
    if weights and _writes_captions(place / "config.json"):
        yield weights, CAPTIONER, None


def _writes_captions(config: Path) -> bool:
    """Whether a folder's description is that of a BLIP model for captions."""
    try:
        description = json.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    if not isinstance(description, dict) or description.get("model_type") != "blip":
        return False
    return not description.get("architectures") or bool(set(CAPTIONS) & set(map(str, description["architectures"])))
