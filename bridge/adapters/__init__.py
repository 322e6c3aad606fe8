"""Dialects: one file each, found by themselves.

An adapter is a value made of pure functions. It imports `bridge.job`, `bridge.errors`, `bridge.catalog` and
`bridge.fields` (and pydantic for the shape of its requests); it does no I/O, reads no clock and draws no random
numbers: time and random bits come with the request.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bridge.catalog import Catalog
from bridge.errors import PixartError
from bridge.job import Job, JobSpec, JobState


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
    """What a question about the server is answered from, all of it about this dialect's jobs only.

    `waiting` are ids, the next to run first. `about` is the job that `Route.about` named, where there is one.
    `counts`, `average_seconds` and `system`, which is ComfyUI's `/system_stats`, are there only where
    `Route.statistics` asks for them; `system` is empty while ComfyUI doesn't answer.
    """

    counts: Mapping[JobState, int] = field(default_factory=dict)
    average_seconds: float | None = None
    running: Job | None = None
    waiting: tuple[str, ...] = ()
    about: Job | None = None
    system: Mapping[str, Any] = field(default_factory=dict)


class Action(Enum):
    """What the one handler does between `read` and `answer`."""

    SUBMIT = "submit"  # read(Request) -> Submission; answer(Job, Request)
    SHOW = "show"  # answer(Job, Request), artifacts with their bytes
    CANCEL = "cancel"  # answer(Job, Request)
    LIST = "list"  # read(Request) -> Filter, or none; answer(list of Jobs, newest first, Request)
    EVENTS = "events"  # server-sent events, one answer(Job, Request) each
    ASK = "ask"  # read(Request) -> Command, or none; answer(View, Request)


@dataclass(frozen=True)
class Route:
    """One row of a dialect's table. Paths use `{id}` for the job's id; `request` and `response` are pydantic
    models and become the OpenAPI document; a `response` may also be the content type of a file.

    With `wait`, the answer is given when the job has ended. `alone` routes are served only on a listener that has
    this dialect's profile. `status` is that of success. `waiting_only` is for cancelling: a job that runs is a
    Conflict. `about` names the job that a question is about; with `statistics` it is about the server as well, which
    takes scans and a call of ComfyUI, too much for polling. `error` words this route's errors, instead of the
    dialect's. `failures` are statuses, with their meaning, that the action alone doesn't have.
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
    error: Callable[[PixartError], Answer] | None = None
    failures: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dialect:
    """One client API: its routes, and how it words every error (the framework's own included).

    `prefixes` are the paths under which this dialect words 404 and 405; `problem` is the pydantic model of its errors.
    `mount` goes before its paths where other dialects share the port. `options` is a frozen pydantic model whose
    fields' `validation_alias` are environment names. `admits(headers, options)` tells whether a request carries this
    dialect's own credentials, which `credentials` says for people; None leaves it to the server's key. `challenge` is
    its `WWW-Authenticate`.
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


# Profiles of several dialects: the pi_axera_sd_generator service speaks A1111's API beside its own.
SEVERAL = {"axera": ("unified", "a1111")}


def profiles() -> dict[str, tuple[str, ...]]:
    """What a listener of its own can serve, by name: the dialects, the first of which words what is nobody's."""
    return {**{name: (name,) for name in dialects()}, **SEVERAL}


def served(dialects: Mapping[str, Dialect], *, alone: bool) -> list[tuple[Dialect, Route, str]]:
    """Each route with its dialect and its path, as a listener has them; what several have in common is the first's.

    `alone` is for a listener of some dialects only, at their originals' paths.
    """
    rows: dict[tuple[str, str], tuple[Dialect, Route, str]] = {}
    for dialect in dialects.values():
        for route in (each for each in dialect.routes if alone or not each.alone):
            path = route.path if alone else dialect.mount + route.path
            rows.setdefault((route.method, path), (dialect, route, path))
    return list(rows.values())


def dialects() -> dict[str, Dialect]:
    """Every dialect there is, by name: each module of this package has one called DIALECT."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = (importlib.import_module(f"{__name__}.{name}").DIALECT for name in names)
    return {dialect.name: dialect for dialect in found}
