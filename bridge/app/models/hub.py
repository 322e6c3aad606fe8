"""Downloads from hubs such as Hugging Face, and from Civitai: URLs, tokens, bytes, and the reasons of refusals.

A token goes to its own hub only, also after a redirect, since files lie on other machines.
"""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from typing import IO, Any, TypeVar
from urllib.parse import quote, urlsplit

from pydantic import AliasChoices, Field, field_validator

from bridge import __version__
from bridge.catalog.model_sets import ModelFile
from bridge.core.errors import PixartError
from bridge.core.setting_types import ServiceUrl
from bridge.core.variables import Environment

HUB_ADDRESS = "https://huggingface.co"
SILENCE_SECONDS = 30.0  # without a byte, after which a connection counts as lost
PIECE_BYTES = 1 << 20  # bytes that are read at a time
MOST_TRIES = 5  # tries in a row without a byte before a download is given up
PAUSE_SECONDS = 1.0  # before the second try; each later one waits twice as long
LONGEST_PAUSE = 20.0  # seconds
# Statuses of troubles that may pass, after which the question is repeated.
TRANSIENT_STATUSES = frozenset((408, 425, 429, 500, 502, 503, 504))
TOKEN_PATTERN = re.compile(r"[!-~]+")  # the characters that a header may have

T = TypeVar("T")


class DownloadFailed(PixartError):
    """A model file could not be fetched."""

    code = "download_failed"


class Transient(Exception):
    """A trouble that may pass; `seconds` is the wait that the server asks for."""

    def __init__(self, reason: str, seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.seconds = seconds


class Hubs(Environment):
    """The settings of hubs: URLs and tokens."""

    endpoint: ServiceUrl = Field(
        HUB_ADDRESS,
        validation_alias=AliasChoices("HF_ENDPOINT"),
        description="where `pixart models` fetches from: Hugging Face, or a mirror of it",
    )
    token: str = Field(
        "",
        repr=False,
        validation_alias=AliasChoices("HF_TOKEN"),
        description="opens repositories of HF_ENDPOINT whose licence you accepted; sent to no other server",
    )
    civitai_token: str = Field(
        "",
        repr=False,
        validation_alias=AliasChoices("CIVITAI_TOKEN"),
        description="a key of Civitai's, which many files there ask for; sent to no other server",
    )

    @field_validator("endpoint", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: str) -> str:
        return value or HUB_ADDRESS


@dataclass(frozen=True)
class Source:
    """A file's URL, the page with its licence, and the token for it with the name of the token's setting."""

    url: str
    page: str
    token: str = field(default="", repr=False)
    setting: str = "HF_TOKEN"


def source(file: ModelFile, hubs: Hubs) -> Source:
    """The source of a file in a repository."""
    page = f"{hubs.endpoint}/{file.repo}"
    return Source(f"{page}/resolve/{file.revision}/{quote(file.path)}", page, hubs.token)


def length(source: Source) -> int:
    """The size of a file in bytes, from an answer with its first byte. Raises Transient and DownloadFailed."""
    with answer(source, 0, 0) as response:
        total = _total(response)
    if total is None:
        raise DownloadFailed(f"{_host(source.url)} doesn't say how long the file is.", hint=f"See {source.page}.")
    return total


def pieces(source: Source, start: int, size: int) -> Iterator[tuple[int, bytes]]:
    """The file's bytes from `start` on, in pieces, each with its offset in the file.

    A server that can't begin in the middle begins at 0. Raises Transient where the connection breaks, DownloadFailed
    where the server refuses or has a file of another size.
    """
    with answer(source, start) as response:
        total = _total(response)
        if total is not None and total != size:
            raise DownloadFailed(f"The file there has {total} bytes, and {size} are expected.", hint=_OTHER)
        at = start if response.status == 206 else 0
        while data := response.read(PIECE_BYTES):
            yield at, data
            at += len(data)
    if at < size:
        raise Transient(f"{_host(source.url)}: the connection was cut")


def patiently(ask: Callable[[], T], name: str) -> T:
    """The answer to a question, which is repeated after a passing trouble. Raises DownloadFailed."""
    patience = Patience(name)
    while True:
        try:
            return ask()
        except Transient as error:
            patience.wait_after(error)


class Patience:
    """The number of tries in a row without a byte, and the wait before the next one."""

    def __init__(self, name: str) -> None:
        self._name, self._tries = name, 0

    def reset(self) -> None:
        """Begin to count anew, after a byte has come."""
        self._tries = 0

    def wait_after(self, error: Transient) -> None:
        """Wait before the next try. Raises DownloadFailed after the last one."""
        self._tries += 1
        if self._tries >= MOST_TRIES:
            again = "What came is kept: run the command again to go on."
            raise DownloadFailed(f"{self._name}: {error}, {MOST_TRIES} times in a row.", hint=again) from error
        time.sleep(min(max(error.seconds, PAUSE_SECONDS * 2 ** (self._tries - 1)), LONGEST_PAUSE))


@contextmanager
def answer(source: Source, start: int = 0, end: int | None = None) -> Iterator[Any]:
    """The server's answer with the bytes from one to another, both included. Raises Transient and DownloadFailed."""
    try:
        with _response(source, start, end) as response:
            yield response
    except (OSError, http.client.HTTPException) as error:
        raise Transient(f"{_host(source.url)}: {_reason(error)}") from error


class _OwnOrigin(urllib.request.HTTPRedirectHandler):
    """A handler of redirects that removes the token where a redirect leads to another origin."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request is not None:
            _require_web(request.full_url, req.full_url)
        if request is not None and origin(request.full_url) != origin(req.full_url):
            request.remove_header("Authorization")
        return request


def _reason(error: Exception) -> str:
    """The system's words for an error of the connection."""
    if isinstance(error, http.client.IncompleteRead):
        return "the connection was cut"
    inner = getattr(error, "reason", error)
    return str(getattr(inner, "strerror", None) or inner or type(inner).__name__)


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL, to which its token belongs."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _require_web(url: str, leader: str) -> None:
    """Raise DownloadFailed for an address that isn't on the web, such as a file of this machine."""
    if origin(url)[0] not in ("http", "https"):
        raise DownloadFailed(f"{_host(leader)} leads to an address that is none of the web.")


def _response(source: Source, start: int, end: int | None) -> Any:
    _require_web(source.url, source.page)
    headers = {"User-Agent": f"pixart/{__version__}"}
    if start or end is not None:
        headers["Range"] = f"bytes={start}-{'' if end is None else end}"
    if source.token:
        if not TOKEN_PATTERN.fullmatch(source.token):
            raise DownloadFailed(f"{source.setting} has characters that no token has.", hint="Copy it once more.")
        headers["Authorization"] = f"Bearer {source.token}"
    request = urllib.request.Request(source.url, headers=headers)
    try:
        return urllib.request.build_opener(_OwnOrigin).open(request, timeout=SILENCE_SECONDS)
    except urllib.error.HTTPError as error:
        with error:
            raise refusal(error.code, error.headers, source) from error


def _total(response: Any) -> int | None:
    """The size of the whole file in bytes, by the answer's headers; None without them."""
    if response.status == 206:
        match = re.fullmatch(r"bytes \d+-\d+/(\d+)", response.headers.get("Content-Range") or "")
        return int(match[1]) if match else None
    length = response.headers.get("Content-Length") or ""
    return int(length) if length.isdecimal() else None


_OTHER = "It was replaced at its source. Update Pixart, or name another file."


def refusal(status: int, headers: Message, source: Source) -> Exception:
    """The error for a status of 400 and more, with a sentence for the person who wants the file."""
    if status in TRANSIENT_STATUSES:
        wait = headers.get("Retry-After") or ""
        return Transient(f"{_host(source.url)} answers {status}", float(wait) if wait.isdecimal() else 0.0)
    page = source.page
    if status == 401 and source.token:
        return DownloadFailed(f"{source.setting} isn't accepted (401).", hint=f"Make a new token, and look at {page}.")
    reasons = {
        401: ("An account is asked for (401).", f"Accept the licence at {page}, and set {source.setting} to a token."),
        403: ("Your account may not have it (403).", f"Accept the licence at {page} with the account of your token."),
        404: ("The file isn't there any more (404).", f"It may have moved: see {page}. Or update Pixart."),
        410: ("The file was taken away (410).", f"See {page}."),
        416: ("The file there is shorter than it should be (416).", _OTHER),
    }
    message, hint = reasons.get(status, (f"{_host(source.url)} answers {status}.", f"See {page}."))
    return DownloadFailed(message, hint=hint)
