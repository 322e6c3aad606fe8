"""Dialects: one file each, found by themselves.

An adapter is a value made of pure functions. It imports `bridge.job` and `bridge.errors` (and pydantic for the
shape of its requests); it does no I/O, reads no clock and draws no random numbers.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bridge.errors import PixartError
from bridge.job import JobSpec


@dataclass(frozen=True)
class Request:
    """What a pure function may know of an HTTP request. `body` is parsed JSON, None where there is none."""

    body: Any = None
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)  # what the operator set for adapters, by setting


@dataclass(frozen=True)
class Answer:
    """What to send: `body` is JSON data, or bytes with their `content_type`."""

    body: Any
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Submission:
    """A request understood: the client's own id for the job, if it chose one, and what to do."""

    spec: JobSpec
    id: str | None = None


class Action(Enum):
    """What the one handler does between `read` and `answer`."""

    SUBMIT = "submit"  # read(Request) -> Submission; answer(Job)
    SHOW = "show"  # answer(Job), artifacts with their bytes
    CANCEL = "cancel"  # answer(Job)
    LIST = "list"  # answer(list of Jobs, newest first)
    EVENTS = "events"  # server-sent events, one answer(Job) each


@dataclass(frozen=True)
class Route:
    """One row of a dialect's table. Paths use `{id}` for the job's id; `request` and `response` are pydantic
    models and become the OpenAPI document. With `wait`, the answer is given when the job has ended."""

    method: str
    path: str
    action: Action
    summary: str
    answer: Callable[[Any], Answer]
    read: Callable[[Request], Submission] | None = None
    request: Any = None
    response: Any = None
    wait: bool = False


@dataclass(frozen=True)
class Dialect:
    """One client API: its routes, and how it words every error (the framework's own included).

    `prefix` is the path under which this dialect words 404 and 405; `problem` is the pydantic model of its errors.
    """

    name: str
    title: str
    summary: str
    prefix: str
    routes: tuple[Route, ...]
    error: Callable[[PixartError], Answer]
    problem: Any = None


def dialects() -> dict[str, Dialect]:
    """Every dialect there is, by name: each module of this package has one called DIALECT."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = (importlib.import_module(f"{__name__}.{name}").DIALECT for name in names)
    return {dialect.name: dialect for dialect in found}
