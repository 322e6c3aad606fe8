"""LoRAs by name: `<lora:name:unet:te>` as people write it in prompts, to files and strengths."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from .errors import LoraError, UnknownName

_TAG = re.compile(r"<lora:([^<>:]+)((?::[^<>:]*)*)>", re.IGNORECASE)
_FORM = "write <lora:name:strength> or <lora:name:unet:te>"


@dataclass(frozen=True)
class Lora:
    """A LoRA as it was asked for, and how strongly it changes the model and the text encoder."""

    name: str
    unet: float
    te: float


def parse(text: str) -> list[Lora]:
    """The tags of a text that holds nothing else but spaces, line ends and commas. Raises LoraError."""
    rest = _TAG.sub("", text).replace(",", " ").strip()
    if rest:
        raise LoraError(f"{rest[:60]!r} is not a LoRA tag; {_FORM}.")
    return [_lora(name.strip(), strengths) for name, strengths in _TAG.findall(text)]


def _lora(name: str, strengths: str) -> Lora:
    """`:0.8`, `:0.8:0.5` (model, text encoder) or `:unet=0.8:te=0.5`; none is 1, one counts for both."""
    values: dict[str, float] = {}
    for part, place in zip(strengths.split(":")[1:], ("unet", "te", "more"), strict=False):
        key, named, number = part.rpartition("=")
        key = key.strip().lower() if named else place
        if key not in ("unet", "te"):
            raise LoraError(f"<lora:{name}{strengths}> says {part!r}, which is unknown; {_FORM}.")
        values[key] = _strength(number, name)
    unet = values.get("unet", 1.0)
    return Lora(name, unet, values.get("te", unet))


def _strength(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise LoraError(f"The strength {text!r} of the LoRA {name!r} is not a number; {_FORM}.")
    return value


def file_of(name: str, files: Iterable[str]) -> str:
    """The file with that name, with or without its folder and ending. Raises LoraError, UnknownName."""
    paths = {PurePosixPath(file.replace("\\", "/")): file for file in files}
    if not paths:
        raise LoraError(f"There is no LoRA in models/loras, so {name!r} can't be used.")
    spelling = name.replace("\\", "/")
    for matches in (
        [file for path, file in paths.items() if spelling in (str(path), str(path.with_suffix("")))],
        [file for path, file in paths.items() if spelling in (path.name, path.stem)],
    ):
        if len(matches) > 1:
            raise LoraError(f"{name!r} could be {' or '.join(map(repr, matches))}; write it with folder and ending.")
        if matches:
            return matches[0]
    raise UnknownName(name, sorted(path.stem for path in paths), what="LoRA")
