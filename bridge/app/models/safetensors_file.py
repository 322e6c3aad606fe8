"""A check whether a safetensors file is whole, by its header: no weights are read, and nothing of the file is run.

The form: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LONGEST_HEADER = 100_000_000  # bytes; the library's own limit
LENGTH_BYTES = 8  # bytes of the number before the header, little endian
OTHER_SIGNATURES = {  # the beginning of another kind of file -> that kind
    b"PK\x03\x04": "is a pickle in a ZIP archive, which may run any program when it is loaded",
    **{bytes((0x80, protocol)): "is a pickle, which may run any program when it is loaded" for protocol in range(2, 6)},
    b"version ": "is a pointer of Git LFS, and no model",
    b"<": "is a web page, and no model",
}


def other(start: bytes) -> str | None:
    """The kind of a file that is no model, by its first bytes, as the end of a sentence; None for a possible model."""
    return next((what for sign, what in OTHER_SIGNATURES.items() if start.startswith(sign)), None)


def trouble(path: Path) -> str | None:
    """The trouble of a file as the end of a sentence that begins with its name; None for a usable file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start, brace = file.read(LENGTH_BYTES), file.read(1)
        count = int.from_bytes(start, "little")
        if brace != b"{" and (what := other(start)):
            return what
        if count > LONGEST_HEADER:
            return f"says that its header has {count} bytes; {LONGEST_HEADER} are the most"
        if size < LENGTH_BYTES + count or not brace:
            return f"is truncated: it has {size} bytes, and not even its header is whole"
        file.seek(LENGTH_BYTES)
        return _of_header(file.read(count), size - LENGTH_BYTES - count)


def _of_header(header: bytes, room: int) -> str | None:
    """As `trouble`, by the header and the number of bytes behind it."""
    try:
        tensors: Any = json.loads(header)
        ends = [each["data_offsets"][1] for name, each in tensors.items() if name != "__metadata__"]
        end = max(ends, default=0)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return "has a header that is none of safetensors"
    if not isinstance(end, int):
        return "has a header that is none of safetensors"
    if end > room:
        return f"is truncated: {room} of {end} bytes of its weights are there"
    return f"has {room - end} bytes more than its header says" if end < room else None
