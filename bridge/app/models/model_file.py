"""A check whether a model file is of the kind that its ending says, which runs nothing of the file."""

from __future__ import annotations

from pathlib import Path

from bridge.app.models import safetensors_file
from bridge.catalog.model_sets import SAFETENSORS_ENDING

HEAD_BYTES = 64  # bytes that are read
# An ONNX file is one protobuf message that begins with its first field, the version of its form (a varint); nothing
# else in it is read. https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, ModelProto
ONNX_START = b"\x08"
TAGS_START = b"tag_id,name,category"  # the columns of a tagger's list


def trouble(path: Path, ending: str = "") -> str | None:
    """The trouble of a file as the end of a sentence that begins with its name; None for a usable file.

    `ending` is that of the file's final name; without one, the file's own ending counts.
    """
    if path.is_symlink() and not path.exists():
        return "is a link to a file that isn't there"
    if path.is_dir():
        return "is a folder, and no file"
    try:
        return _of_bytes(path, (ending or path.suffix).lower())
    except OSError as error:
        return f"can't be read: {error.strerror}"


def _of_bytes(path: Path, ending: str) -> str | None:
    if ending == SAFETENSORS_ENDING:
        return safetensors_file.trouble(path)
    with path.open("rb") as file:
        start = file.read(HEAD_BYTES)
    if other := safetensors_file.other(start):
        return other
    if ending == ".onnx":
        return None if start.startswith(ONNX_START) else "doesn't begin as ONNX files do"
    return None if start.removeprefix(b"\xef\xbb\xbf").startswith(TAGS_START) else "is no list of a tagger's tags"
