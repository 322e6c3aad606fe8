"""The names, shapes and types of a model file's tensors, by its head alone: no weights are read.

A .safetensors begins with the length of a JSON head (64 bits, little-endian) and that head:
https://github.com/huggingface/safetensors#format. Of any other file PyTorch says it, as a map of the file in memory.
"""

from __future__ import annotations

import json
import math
import pickle
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from .errors import WeightsError

SAFE = (".safetensors", ".sft")
MOST_HEAD_BYTES = 64 << 20  # a model of 20,000 tensors needs 3 MB; safetensors itself takes up to 100 MB
TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
OLDER = b"\x8a\n\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"  # the number by which torch.save's older format begins
OLDER_WITHIN = 32  # bytes: before it stand a protocol and, from protocol 4 on, a length
UNREADABLE = (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError, LookupError, AttributeError)


@dataclass(frozen=True)
class Weights:
    """A file's tensors without their numbers (on PyTorch's device `meta`), and what it says of itself.

    `scale` is the number by which a tiny autoencoder's latents are multiplied; None for all else.
    """

    tensors: Mapping[str, torch.Tensor]
    metadata: Mapping[str, str]
    scale: float | None = None


def read(path: Path) -> Weights:
    """What is in the file. Raises WeightsError, a sentence without the file's name."""
    try:
        if not path.stat().st_size:
            raise WeightsError("is empty")
        return _safetensors(path) if path.suffix.lower() in SAFE else _pickle(path)
    except OSError as error:
        raise WeightsError(f"can't be read: {error.strerror or error}") from error


def _safetensors(path: Path) -> Weights:
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        if start[:4] == b"PK\x03\x04" or start[:1] == b"\x80":
            raise WeightsError(f"is a pickle, not the {path.suffix} file that its name says")
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if length > max(size - 8, 0) or length < 2:
            raise WeightsError("is cut off, or no .safetensors file: its head isn't all there")
        if length > MOST_HEAD_BYTES:
            most = MOST_HEAD_BYTES >> 20
            raise WeightsError(f"has a head of {length >> 20} MB; no model needs more than {most} MB")
        entries, metadata = _parsed(file.read(length))
        end = 8 + length + max((entry["data_offsets"][1] for entry in entries.values()), default=0)
        if size < end:
            raise WeightsError(f"is cut off: it has {size:,} bytes of {end:,}")
        scale = _number(file, 8 + length, entries.get("vae_scale") or entries.get("first_stage_model.vae_scale"))
    return Weights({name: _tensor(entry) for name, entry in entries.items()}, metadata, scale)


def _parsed(head: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """The head's entries by tensor, each checked, and its metadata."""
    try:
        entries = json.loads(head)
        metadata = entries.pop("__metadata__", None) or {}
        for entry in entries.values():
            start, end = entry["data_offsets"]
            good = all(type(side) is int and side >= 0 for side in entry["shape"])
            if not good or not 0 <= start <= end or not isinstance(entry["dtype"], str):
                raise ValueError
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise WeightsError("is no .safetensors file: its head can't be read") from error
    return entries, {str(key): str(value) for key, value in metadata.items()} if isinstance(metadata, dict) else {}


def _tensor(entry: Mapping[str, Any]) -> torch.Tensor:
    if math.prod(entry["shape"]) >= 1 << 62:
        raise WeightsError("is no .safetensors file: a tensor in it is larger than any memory")
    return torch.empty(entry["shape"], dtype=TYPES.get(entry["dtype"], torch.float16), device="meta")


def _number(file: Any, data: int, entry: Mapping[str, Any] | None) -> float | None:
    """The number of a tensor that is only one."""
    if entry is None or entry["dtype"] not in TYPES or math.prod(entry["shape"]) != 1:
        return None
    file.seek(data + entry["data_offsets"][0])
    kind = TYPES[entry["dtype"]]
    raw = file.read(torch.empty((), dtype=kind).element_size())
    return float(torch.frombuffer(bytearray(raw), dtype=kind))


def _pickle(path: Path) -> Weights:
    """PyTorch's own format; only tensors are taken from it, as ComfyUI does. The older format tells nothing."""
    with path.open("rb") as file:
        start = file.read(OLDER_WITHIN)
    if start[8:9] == b"{":
        raise WeightsError("is a .safetensors file with another ending; give it that one")
    if OLDER in start:
        return Weights({}, {})
    if start[:4] != b"PK\x03\x04":
        raise WeightsError("is no model file: PyTorch doesn't begin one so")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        content = content.get("state_dict", content)
        tensors = {str(name): each for name, each in content.items() if isinstance(each, torch.Tensor)}
    except UNREADABLE as error:
        raise WeightsError("is cut off, or holds more than weights; ComfyUI doesn't load such a pickle") from error
    scale = tensors.get("vae_scale", tensors.get("first_stage_model.vae_scale"))
    number = float(scale) if scale is not None and scale.numel() == 1 else None
    return Weights({name: each.to("meta") for name, each in tensors.items()}, {}, number)
