"""What ComfyUI says, as values for both clients: its WebSocket's messages, its refusals and its history. Pure."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bridge.core.errors import PromptRefused
from bridge.core.job import WHOLE_PROMPT

FILE_PARTS = ("filename", "subfolder", "type")
LONGEST_MESSAGE = 2000  # characters of a node's error: torch names each of a thousand weights that don't fit
PREVIEW_WITH_METADATA = 4
# How ComfyUI begins half of its messages, which need not be parsed to be let go.
OF_NO_USE = ('{"type": "status", ', '{"type": "executing", "data": {"node": "')
PICTURES = ("image/jpeg", "image/png", "image/webp")

Files = Mapping[str, Sequence[Mapping[str, Any]]]  # what nodes wrote, by their ids


@dataclass(frozen=True)
class Event:
    """One hint about one prompt: node states, a preview picture, files that a node wrote, or its end.

    `drawn`: its last node has ended, and the history may come a little later. `ended`: the history is there.
    """

    prompt_id: str
    nodes: Mapping[str, Any] = field(default_factory=dict)
    files: Files = field(default_factory=dict)
    preview: tuple[str, bytes] | None = None
    drawn: bool = False
    ended: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a prompt ended, from its history entry. `outputs` is `{node id: ui data}`.

    `timing` has the seconds of the whole prompt by ComfyUI's own clock, where it said them. `fault` is the name of the
    class that a node raised, without its module.
    """

    succeeded: bool
    interrupted: bool
    message: str
    node_id: str | None
    outputs: Mapping[str, Any]
    timing: Mapping[str, float] = field(default_factory=dict)
    fault: str = ""


def parse(message: str | bytes) -> Event | None:
    """A WebSocket message as an Event, or None for one that is of no use here.

    Binary messages start with a big-endian u32 type; type 4 is u32 length, JSON metadata, picture. Any custom node may
    send what it likes on this socket, so that what isn't of this form is of no use, and no error.
    """
    try:
        return _parse_binary(message) if isinstance(message, bytes) else _parse_text(message)
    except (ValueError, RecursionError):
        return None


def _parse_text(text: str) -> Event | None:
    if text.startswith(OF_NO_USE):
        return None
    message = _object(json.loads(text))
    kind, data = message.get("type"), _object(message.get("data"))
    prompt_id = data.get("prompt_id")
    if not isinstance(prompt_id, str):
        return None
    if kind == "progress_state":
        return Event(prompt_id, nodes={key: _state(_object(node)) for key, node in _object(data.get("nodes")).items()})
    if kind == "executed":
        return Event(prompt_id, files={str(data.get("node")): files_of(_object(data.get("output")))})
    if kind == "execution_success":
        return Event(prompt_id, drawn=True)
    if kind == "executing" and data.get("node") is None:
        return Event(prompt_id, ended=True)  # it comes after the history, of a failure too
    return None


def _parse_binary(frame: bytes) -> Event | None:
    if len(frame) < 8 or struct.unpack(">I", frame[:4])[0] != PREVIEW_WITH_METADATA:
        return None
    length = struct.unpack(">I", frame[4:8])[0]
    meta = _object(json.loads(frame[8 : 8 + length]))
    prompt_id, kind = meta.get("prompt_id"), meta.get("image_type", "image/jpeg")
    if not isinstance(prompt_id, str) or kind not in PICTURES:
        return None
    return Event(prompt_id, preview=(kind, frame[8 + length :]))


def _state(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node's state; what a progress bar was told may be no number, or none that can be reckoned with."""
    return {"state": node.get("state"), "value": _number(node.get("value")), "max": _number(node.get("max"))}


def _number(value: Any) -> float:
    return value if isinstance(value, (int, float)) and 0 <= value < 2**53 else 0


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def files_of(output: Mapping[str, Any]) -> list[dict[str, str]]:
    """The files that a node says it wrote, in the form that `fetch` takes; what isn't of that form is none."""
    listed = output.get("files") or output.get("images")
    result = listed if isinstance(listed, list) else []
    return [file for file in result if isinstance(file, dict) and "filename" in file and _is_text(file)]


def _is_text(file: Mapping[str, Any]) -> bool:
    return all(isinstance(file.get(part, ""), str) for part in FILE_PARTS)


def object_in(text: bytes) -> dict[str, Any] | None:
    """The JSON object that ComfyUI answered; None where it is none, and so not ComfyUI's."""
    with suppress(ValueError):
        result = json.loads(text)
        return result if isinstance(result, dict) else None
    return None


def submission(
    prompt_id: str, prompt: Mapping[str, Any], graph: Mapping[str, Any], client_id: str, trace: str = ""
) -> bytes:
    """The body that queues a prompt; `graph` travels in the PNG, `trace` in the history only."""
    extra = {"extra_pnginfo": {"workflow": graph}, "trace": trace}
    body = {"prompt": prompt, "prompt_id": prompt_id, "client_id": client_id, "extra_data": extra}
    return json.dumps(body).encode()


def refusal(answer: Mapping[str, Any]) -> PromptRefused:
    """The error for a prompt that ComfyUI won't run all of."""
    return PromptRefused(read_refusal(answer), node_errors=answer.get("node_errors"))


def read_refusal(answer: Mapping[str, Any]) -> str:
    """ComfyUI's summary is empty where it matters: the useful sentence is in the node errors."""
    for node in (answer.get("node_errors") or {}).values():
        for error in node.get("errors", []):
            return f"{node.get('class_type', 'A node')}: {error.get('message', '')} {error.get('details', '')}".strip()
    error = answer.get("error") or {}
    return f"{error.get('message', 'ComfyUI refused the graph')} {error.get('details', '')}".strip()


def read_outcome(entry: Mapping[str, Any]) -> Outcome:
    """Read a history entry. An interrupted prompt is an "error" whose messages say execution_interrupted."""
    status = entry.get("status") or {}
    messages: dict[str, Any] = dict(status.get("messages", []))
    failure = messages.get("execution_error") or {}
    return Outcome(
        succeeded=status.get("status_str") == "success",
        interrupted="execution_interrupted" in messages,
        message=_shortened(str(failure.get("exception_message") or "").strip()),
        node_id=failure.get("node_id"),
        outputs=entry.get("outputs") or {},
        timing=_timing(messages),
        fault=str(failure.get("exception_type") or "").rpartition(".")[2],
    )


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_MESSAGE:
        return text
    return f"{text[:LONGEST_MESSAGE]} ... ({len(text)} characters; ComfyUI's log has them all)"


def _timing(messages: Mapping[str, Any]) -> dict[str, float]:
    stamps = [messages.get(f"execution_{what}", {}).get("timestamp") for what in ("start", "success")]
    return {WHOLE_PROMPT: (stamps[1] - stamps[0]) / 1000} if all(stamps) else {}  # milliseconds
