"""ComfyUI's protocol as values, for both clients: address, prompts, refusals, history entries. Pure."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from yarl import URL

from bridge.core.errors import PromptRefused
from bridge.core.job import WHOLE_PROMPT

PACK_PREFIX = "/pixart/"  # where the node pack's routes are
SECRET_HEADER = "X-Pixart-Secret"  # the header's name, as the pack's `bridge_secret.py` has it
RANDOM_BYTES = 32  # nobody guesses 256 bits

FILE_PARTS = ("filename", "subfolder", "type")
LONGEST_MESSAGE = 2000  # characters of a node's error: torch names each of a thousand weights that don't fit


@dataclass(frozen=True)
class Address:
    """A ComfyUI's base URL without a slash at its end, with its token and secret, neither of which is ever logged.

    A name and password in the URL are sent by HTTP Basic instead of a token.
    """

    url: str
    token: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)

    @classmethod
    def parsed(cls, text: str, secret: str = "") -> Address:
        """The address from a URL, with a `?token=` if the URL has one, as `serve` prints it."""
        url = URL(text.strip())
        base = str(url.with_query(None).with_fragment(None)).rstrip("/")
        return cls(base, url.query.get("token", ""), secret)

    @classmethod
    def local(cls, port: int, secret: str = "", *, open: bool = False) -> Address:
        """The address of a child at this loopback port: a new token unless `open`, a new secret unless there is one."""
        token = "" if open else secrets.token_urlsafe(RANDOM_BYTES)
        return cls(f"http://127.0.0.1:{port}", token, secret or secrets.token_urlsafe(RANDOM_BYTES))

    @property
    def page(self) -> str:
        """The URL that a person opens in a browser, with the token."""
        return f"{self.url}/?token={self.token}" if self.token else self.url

    @property
    def port(self) -> int:
        """The TCP port."""
        return URL(self.url).port or 0

    def anonymous(self) -> Address:
        """The same URL without token and secret."""
        return Address(self.url)

    def headers(self, path: str) -> Mapping[str, str]:
        """The headers of a request to this path; aiohttp adds the URL's name and password by itself, urllib doesn't."""
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {**bearer, SECRET_HEADER: self.secret} if self.secret and path.startswith(PACK_PREFIX) else bearer

    def login(self) -> Mapping[str, str]:
        """The URL's name and password as a header, for clients that would read them as a part of the host."""
        basic = aiohttp.BasicAuth.from_url(URL(self.url))
        return {"Authorization": basic.encode()} if basic else {}

    def at(self, path: str) -> str:
        """The URL of a path."""
        return self.url + path

    def socket(self, path: str) -> str:
        """The URL of a WebSocket at a path."""
        return self.url.replace("http", "ws", 1) + path


@dataclass(frozen=True)
class Outcome:
    """How a prompt ended, from its history entry. `outputs` is `{node id: ui data}`.

    `timing` has the seconds of the whole prompt by ComfyUI's clock, where the entry has them. `fault` is the name of
    the exception class that a node raised, without its module.
    """

    succeeded: bool
    interrupted: bool
    message: str
    node_id: str | None
    outputs: Mapping[str, Any]
    timing: Mapping[str, float] = field(default_factory=dict)
    fault: str = ""


def files_of(output: Mapping[str, Any]) -> list[dict[str, str]]:
    """The files in a node's output, in the form that `fetch` takes; entries of another form are left out."""
    entries = output.get("files") or output.get("images")
    result = entries if isinstance(entries, list) else []
    return [file for file in result if isinstance(file, dict) and "filename" in file and _is_text(file)]


def _is_text(file: Mapping[str, Any]) -> bool:
    return all(isinstance(file.get(part, ""), str) for part in FILE_PARTS)


def object_in(text: bytes) -> dict[str, Any] | None:
    """The JSON object of an answer; None for an answer that is no object, and so not ComfyUI's."""
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
    """The error for a prompt that ComfyUI refuses or would run only in part."""
    return PromptRefused(read_refusal(answer), node_errors=answer.get("node_errors"))


def read_refusal(answer: Mapping[str, Any]) -> str:
    """The reason for a refusal: the first node error, since ComfyUI's own summary says nothing of nodes."""
    for node in (answer.get("node_errors") or {}).values():
        for error in node.get("errors", []):
            return f"{node.get('class_type', 'A node')}: {error.get('message', '')} {error.get('details', '')}".strip()
    error = answer.get("error") or {}
    return f"{error.get('message', 'ComfyUI refused the graph')} {error.get('details', '')}".strip()


def read_outcome(entry: Mapping[str, Any]) -> Outcome:
    """The outcome from a history entry, where an interrupted prompt is an "error" with an execution_interrupted."""
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
