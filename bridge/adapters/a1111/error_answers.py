"""Errors in A1111's shape: all four of its keys, so that clients of either family have the one that they read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from bridge.adapters.dialect import Answer
from bridge.core.errors import BadRequest, MethodNotAllowed, NotFound, PixartError, Unauthorized

SHARED_KEYS = ("loc", "msg", "type")  # keys of an entry of FastAPI's list


class Unprocessable(BadRequest):
    """A field of the wrong type or out of range, or a script that isn't there.

    `detail` is text, or FastAPI's list, whose entries may have `words` too: what a person is told of the field.
    """

    status = 422
    code = "unprocessable"

    def __init__(self, detail: str | list[dict[str, Any]]) -> None:
        if isinstance(detail, str):
            super().__init__(detail)
        else:
            first = detail[0]
            field = worded(first["loc"][1:])
            words = first.get("words") or f": {first['msg']}"
            super().__init__(f"{field or 'The body'}{words}.", field=field or None)
        self.detail = detail


def worded(where: Iterable[Any]) -> str:
    """A place in a request as people write it: `alwayson_scripts.ControlNet.args[0]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{str(part)[:60]}" for part in where).removeprefix(".")


class NoInitImage(NotFound):
    """A request to img2img has no picture."""


class Problem(BaseModel):
    """Every error of this dialect. `errors` says what is wrong, `detail` is what A1111 has there."""

    error: str
    detail: Any
    body: str
    errors: str


# What A1111 (FastAPI) says in `detail`, which clients compare with.
FIXED_MESSAGES = {
    NotFound: "Not Found",
    MethodNotAllowed: "Method Not Allowed",
    Unauthorized: "Incorrect username or password",
}


def answer(problem: PixartError) -> Answer:
    """Any error in this dialect's shape."""
    text = str(problem)
    detail = problem.detail if isinstance(problem, Unprocessable) else FIXED_MESSAGES.get(type(problem), text)
    name = "RequestValidationError" if isinstance(detail, list) else "HTTPException"
    if isinstance(detail, list):
        detail = [{key: each[key] for key in SHARED_KEYS if key in each} for each in detail]
    body = Problem(error=name, detail=detail, body="", errors=text)
    return Answer(body.model_dump(), status=problem.status)
