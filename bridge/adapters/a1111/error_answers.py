"""Errors in A1111's shape: all four of its keys, so that clients of either family have the one that they read."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from bridge.adapters.dialect import Answer
from bridge.core.errors import BadRequest, MethodNotAllowed, NotFound, PixartError, Unauthorized


class Unprocessable(BadRequest):
    """A field of the wrong type or out of range, or a script that isn't there. `detail` is text, or FastAPI's list."""

    status = 422
    code = "unprocessable"

    def __init__(self, detail: str | list[dict[str, Any]]) -> None:
        if isinstance(detail, str):
            super().__init__(detail)
        else:
            first = detail[0]
            field = ".".join(str(part) for part in first["loc"][1:])
            super().__init__(f"{field or 'The body'}: {first['msg']}.", field=field or None)
        self.detail = detail


class NoInitImage(NotFound):
    """A request to img2img has no picture."""


class Problem(BaseModel):
    """Every error of this dialect. `errors` says what is wrong, `detail` is what A1111 has there."""

    error: str
    detail: Any
    body: str
    errors: str


# What A1111 (FastAPI) says in `detail`, which clients compare with.
FIXED = {
    NotFound: "Not Found",
    MethodNotAllowed: "Method Not Allowed",
    Unauthorized: "Incorrect username or password",
}


def answer(problem: PixartError) -> Answer:
    """Any error in this dialect's shape."""
    text = str(problem)
    detail = problem.detail if isinstance(problem, Unprocessable) else FIXED.get(type(problem), text)
    name = "RequestValidationError" if isinstance(detail, list) else "HTTPException"
    body = Problem(error=name, detail=detail, body="", errors=text)
    return Answer(body.model_dump(), status=problem.status)
