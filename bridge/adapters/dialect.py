"""What a dialect is made of: a request, an answer, a route, and the value that has them all."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bridge.catalog.models import Catalog
from bridge.catalog.modes import Mode
from bridge.core.errors import PixartError
from bridge.core.job import Job, JobSpec, JobState

PREFER = "Prefer"  # a request header, of RFC 7240
LONGEST_WAIT = 60  # seconds; many proxies give up a request after so many
# The `headers` of a route that answers at once, but to a client that would rather wait when the job has ended.
PATIENCE: Mapping[str, Mapping[str, Any]] = {
    PREFER: {
        "type": "string",
        "pattern": "wait=[0-9]+",
        "examples": ["wait=30"],
        "description": "wait=30: answer once the job has ended, or after 30 seconds as it is then; "
        f"{LONGEST_WAIT} at most (RFC 7240)",
    }
}
NOTES_HEADER = "X-Notes"  # what of a request was ignored, as JSON, where the answer's body has no place for it
IDEMPOTENCY = "Idempotency-Key"  # a request header, as draft-ietf-httpapi-idempotency-key-header names it


def notes_header(sentences: Iterable[str]) -> dict[str, str]:
    """The header that says these sentences; no header without any."""
    listed = list(sentences)
    return {NOTES_HEADER: json.dumps(listed)} if listed else {}


@dataclass(frozen=True)
class Request:
    """What a pure function may know of an HTTP request.

    `body` is parsed JSON, None where there is none; `now` is Unix seconds, `token` 64 random bits. `options` is what
    the operator set for this dialect (an instance of its `Dialect.options`), `memory` what it asked to remember.
    """

    body: Any = None
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    options: Any = None
    memory: Mapping[str, Any] = field(default_factory=dict)
    catalog: Catalog = field(default_factory=Catalog)
    now: float = 0.0
    token: int = 0


@dataclass(frozen=True)
class Answer:
    """What to send: `body` is JSON data, or bytes with their `content_type`.

    With `block`, bytes are written in blocks of so many, still under one known length.
    """

    body: Any
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    block: int = 0


@dataclass(frozen=True)
class Submission:
    """A request understood: what to do, and the id for the job (the client's own, or one that the dialect shapes).

    `remember` is merged into the dialect's memory once the job is accepted.
    """

    spec: JobSpec
    id: str | None = None
    remember: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Filter:
    """Which jobs a listing wants; no states is all of them."""

    states: Collection[JobState] = ()
    limit: int = 100


@dataclass(frozen=True)
class Command:
    """What a request wants changed, other than a new job.

    `remember` is merged into the dialect's memory, which outlives the process. `interrupt` ends this dialect's running
    job, `skip` only its running picture; `free` lets ComfyUI unload its models, `refresh` looks for new model files.
    """

    remember: Mapping[str, Any] = field(default_factory=dict)
    interrupt: bool = False
    skip: bool = False
    free: bool = False
    refresh: bool = False


@dataclass(frozen=True)
class View:
    """The facts from which a question about the server is answered, all of them about this dialect's jobs only.

    `waiting` are ids, the next to run first; `places` has for each which place it has among the jobs of everybody that
    wait, from 1. `about` is the job that `Route.about` named, where there is one. `modes` are there only where
    `Route.modes` asks for them.
    `counts`, `average_seconds` and `system`, which is ComfyUI's `/system_stats`, are there only where
    `Route.statistics` asks for them; `system` is empty while ComfyUI doesn't answer.
    """

    counts: Mapping[JobState, int] = field(default_factory=dict)
    average_seconds: float | None = None
    running: Job | None = None
    waiting: tuple[str, ...] = ()
    places: Mapping[str, int] = field(default_factory=dict)
    about: Job | None = None
    system: Mapping[str, Any] = field(default_factory=dict)
    modes: tuple[Mode, ...] = ()


class Action(Enum):
    """What the one handler does between `read` and `answer`."""

    SUBMIT = "submit"  # read(Request) -> Submission; answer(Job, Request)
    SHOW = "show"  # answer(Job, Request), artifacts with their bytes
    CANCEL = "cancel"  # answer(Job, Request)
    REMOVE = "remove"  # answer(Job as it was, Request)
    LIST = "list"  # read(Request) -> Filter, or none; answer(list of Jobs, newest first, Request)
    EVENTS = "events"  # server-sent events, one answer(Job, Request) each
    ASK = "ask"  # read(Request) -> Command, or none; answer(View, Request)


@dataclass(frozen=True)
class Route:
    """One row of a dialect's table. Paths use `{id}` for the job's id; `request` and `response` are pydantic
    models and become the OpenAPI document; a `response` may also be the content type of a file, and `binary` is that of
    one which may come in its place.

    With `wait`, the answer is given when the job has ended. `alone` routes are served only on a listener that has
    this dialect's profile. `status` is that of success. `waiting_only` is for cancelling: a job that runs is a
    Conflict. `about` names the job that a question is about; with `statistics` it is about the server as well, which
    takes scans and a call of ComfyUI, too much for polling; with `modes` about what can be drawn. `error` words this
    route's errors, instead of the dialect's. `file` is for an answer that is the bytes of an output's first artifact
    and nothing else: a redirect to where they are kept may take its place. `failures` are statuses, with their meaning,
    that the action alone doesn't have. `query` are the parameters behind `?` that it reads, `headers` those that only
    its dialect reads, each with its schema, whose `description` says what it does.
    """

    method: str
    path: str
    action: Action
    summary: str
    answer: Callable[[Any, Request], Answer]
    read: Callable[[Request], Any] | None = None
    request: Any = None
    response: Any = None
    wait: bool = False
    alone: bool = False
    status: int = 200
    waiting_only: bool = False
    about: Callable[[Request], str | None] | None = None
    statistics: bool = False
    modes: bool = False
    error: Callable[[PixartError], Answer] | None = None
    file: str = ""
    failures: Mapping[int, str] = field(default_factory=dict)
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    headers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    binary: str = ""


@dataclass(frozen=True)
class Dialect:
    """One client API: its routes, and how it words every error (the framework's own included).

    `prefixes` are the paths under which this dialect words 404 and 405; `problem` is the pydantic model of its errors.
    `mount` goes before its paths where other dialects share the port. `options` is a frozen pydantic model whose
    fields' `validation_alias` are environment names. `admits(headers, options)` tells whether a request carries this
    dialect's own credentials, which `credentials` says for people; None leaves it to the server's key. `challenge` is
    its `WWW-Authenticate`.

    `leads` are profiles of several dialects in which this one words what is nobody's, "" being the listener that serves
    all; `joins` are others that serve it as well. `service` is for the one dialect that SERVICE_PORT opens. `sample` is
    what a newcomer pastes into a terminal, with `{curl}` and `{url}` in it.
    """

    name: str
    title: str
    summary: str
    prefixes: tuple[str, ...]
    routes: tuple[Route, ...]
    error: Callable[[PixartError], Answer]
    problem: Any = None
    mount: str = ""
    options: Any = None
    admits: Callable[[Mapping[str, str], Any], bool | None] | None = None
    challenge: str = ""
    credentials: str = ""
    leads: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    service: bool = False
    sample: str = "  {curl} {url}/openapi.json"
