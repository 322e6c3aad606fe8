"""The OpenAPI 3.1 document, made from the dialects' tables and their pydantic models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter

from bridge import __version__
from bridge.adapters import served
from bridge.adapters.dialect import Action, Dialect, Route
from bridge.core.callback_address import WEBHOOK_HEADER
from bridge.web import palettes, picture_files
from bridge.web.handlers import INLINE_PARAMETER

SCHEMA_REFERENCE = "#/components/schemas/{model}"
KEY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "a key, or API_KEY"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "a key, or API_KEY"},
    "basic": {"type": "http", "scheme": "basic", "description": "a key, or API_KEY, as the password"},
}
WEBHOOK_PARAMETER = {
    "name": WEBHOOK_HEADER,
    "in": "header",
    "description": "a URL that is told when the job has ended; 400 where the operator does not offer it",
    "schema": {"type": "string"},
}
HERE_PARAMETER = {"type": "boolean", "description": "true: the file itself, and no redirect to where it is kept"}
OF_ELSEWHERE = "a web page of an origin that may not call, or a name that is none of the server's"
NOT_READ = "a Content-Encoding other than gzip or deflate, or a charset that is not read"
FAILURE_BY_ACTION = {
    Action.SUBMIT: {
        409: "the id belongs to another request",
        413: "the body is too large",
        429: "too many requests or jobs of this key, or too many wrong keys",
        503: "the queue is full, or the server's disk fails",
        507: "the server's disk is full",
    },
    Action.CANCEL: {409: "the job has already ended"},
    Action.REMOVE: {409: "the job is not over yet"},
}
PICTURE_TYPES = ("image/png", "image/jpeg", "image/webp")  # the types of finished pictures
EVENTS_DESCRIPTION = "server-sent events; the data of each is what polling answers"
WAIT_FAILURES = {  # where the answer is given when the job has ended
    410: "somebody removed the result",
    422: "what a server behind a node sent is no picture",
    500: "the job failed",
    502: "a server behind a node gave no picture",
    504: "a server behind a node took too long",
}


def document(dialects: Mapping[str, Dialect], *, alone: bool = False, webhooks: bool = True) -> dict[str, Any]:
    """The whole API as OpenAPI 3.1, JSON data.

    `alone` is for a listener that has one dialect, or several of which the first has what they share; without
    `webhooks` nobody is offered to be told of a job by one.
    """
    paths: dict[str, dict[str, Any]] = {}
    rows = served(dialects, alone=alone)
    for dialect, route, path in rows:
        paths.setdefault(path, {})[route.method.lower()] = _operation(dialect, route, webhooks)
    paths["/health"] = paths.pop("/health", None) or {
        "get": _plain("Whether the server and its ComfyUI are up", "health")
    }
    paths["/ready"] = {"get": _plain("Whether a job would be drawn now", "ready")}
    paths["/metrics"] = {"get": _plain("What is counted and measured, for Prometheus", "metrics", "text/plain")}
    if not alone:
        for route in (palettes, picture_files):
            operation = route.operation()
            paths[route.PATH] = {"post": {**operation, "responses": {**operation["responses"], **_own(route.FAILURES)}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pixart", "version": __version__, "license": {"name": "GPL-3.0-or-later"}},
        "tags": [{"name": each.title, "description": each.summary} for each in dialects.values()],
        "paths": paths,
        "components": {"schemas": _schemas(dialects, [route for _, route, _ in rows]), "securitySchemes": KEY_SCHEMES},
        "security": [{}, *({name: []} for name in KEY_SCHEMES)],
    }


def _operation(dialect: Dialect, route: Route, webhooks: bool) -> dict[str, Any]:
    always = {401: "the key is missing or wrong", 403: OF_ELSEWHERE, 429: "too many wrong keys"}
    always |= {503: "the server's disk fails"}
    failures = {**always, **FAILURE_BY_ACTION.get(route.action, {})}
    if route.request is not None or route.query or route.file:
        failures[400] = "a field is missing or wrong"
    if route.request is not None:
        failures[415] = NOT_READ
    if "{id}" in route.path:
        failures[404] = "no such job"
    if route.wait and route.action is Action.SUBMIT:
        failures |= WAIT_FAILURES
    failures |= route.failures
    operation: dict[str, Any] = {
        "operationId": _operation_id(dialect, route),
        "tags": [dialect.title],
        "summary": route.summary,
        "responses": {
            str(route.status): {"description": "done", "content": _content(route)},
            **{str(status): {"description": text, **_problem(dialect)} for status, text in sorted(failures.items())},
        },
    }
    if route.action is Action.EVENTS:
        operation["responses"]["204"] = {"description": "nothing comes after the last event, which Last-Event-ID names"}
    if parameters := _parameters(route, webhooks):
        operation["parameters"] = parameters
    if route.request is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(route.request)}}}
    return operation


def _parameters(route: Route, webhooks: bool) -> list[dict[str, Any]]:
    path = (
        [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}] if "{id}" in route.path else []
    )
    query = [{"name": name, "in": "query", "schema": dict(schema)} for name, schema in route.query.items()]
    headers = [{"name": name, "in": "header", "schema": dict(schema)} for name, schema in route.headers.items()]
    own = [{"name": INLINE_PARAMETER, "in": "query", "schema": dict(HERE_PARAMETER)}] if route.file else []
    return [*path, *query, *headers, *own, *([WEBHOOK_PARAMETER] if route.action is Action.SUBMIT and webhooks else [])]


def _operation_id(dialect: Dialect, route: Route) -> str:
    prefix = dialect.prefixes[0] if len(dialect.prefixes) == 1 else ""
    words = re.findall(r"[A-Za-z0-9]+", route.path.removeprefix(prefix))
    return "_".join([dialect.name, route.method.lower(), *words])


def _own(failures: Mapping[int, str]) -> dict[str, Any]:
    """The errors of a route of no dialect, which are JSON in the form of the listener."""
    content = {"application/json": {"schema": {"type": "object"}}}
    return {str(status): {"description": text, "content": content} for status, text in failures.items()}


def _problem(dialect: Dialect) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": _ref(dialect.problem)}}} if dialect.problem else {}


def _content(route: Route) -> dict[str, Any]:
    if route.action is Action.EVENTS:
        # what one event is, OpenAPI 3.1 can't say, and a tool that validates events takes a schema here for theirs
        return {"text/event-stream": {"schema": {"description": EVENTS_DESCRIPTION}}}
    if isinstance(route.response, str):
        return {route.response: {"schema": {"type": "string", "contentMediaType": route.response}}}
    if route.response is None:
        return {kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in PICTURE_TYPES}
    file = {route.binary: {"schema": {"type": "string", "contentMediaType": route.binary}}} if route.binary else {}
    return {**file, "application/json": {"schema": _ref(route.response)}}


def _plain(summary: str, name: str, kind: str = "application/json") -> dict[str, Any]:
    body = {kind: {"schema": {"type": "object" if kind.endswith("json") else "string"}}}
    return {"operationId": name, "summary": summary, "responses": {"200": {"description": "done", "content": body}}}


def _ref(model: Any) -> dict[str, str]:
    return {"$ref": SCHEMA_REFERENCE.format(model=name_of(model))}


def name_of(model: Any) -> str:
    """A model's name in the document, with its module before it, since two dialects may use the same name."""
    return f"{model.__module__.rpartition('.')[2]}.{model.__name__}"


def _schemas(dialects: Mapping[str, Dialect], routes: Iterable[Route]) -> dict[str, Any]:
    models = {model for route in routes for model in (route.request, route.response)}
    models = {each for each in models | {dialect.problem for dialect in dialects.values()} if isinstance(each, type)}
    result: dict[str, Any] = {}
    for model in models:
        name = name_of(model)
        own = TypeAdapter(model).json_schema(
            mode="serialization", ref_template=SCHEMA_REFERENCE.format(model=f"{name}.{{model}}")
        )
        result |= {f"{name}.{part}": schema for part, schema in own.pop("$defs", {}).items()}
        result[name] = own
    return dict(sorted(result.items()))
