"""The look of pixel art as clients of A1111 can say it: an always-on script, whose argument is an object of fields.

The same object may be the request's own field `pixart`, as in every other dialect.
"""

from __future__ import annotations

from typing import Any

from bridge.adapters.a1111.error_answers import Unprocessable
from bridge.adapters.a1111.fields import Fields, Generation, read
from bridge.adapters.fields import shown
from bridge.adapters.styling import FIELD, Styling

NAME = FIELD  # among the always-on scripts, in any letter case
OWN_PREFIX = f"{FIELD}."  # the way to the fields of the request's own object
ARGUMENT_DESCRIPTION = "an object of the fields by which the Pixart editor's requests say how pixel art shall look"


class Argument(Fields):
    """What the script is given."""

    pixart: Styling | None = None


def look(body: Generation) -> tuple[Styling | None, str]:
    """The look that a request has, None for none, and the way to its fields, which ends in a dot.

    Raises Unprocessable for arguments that aren't a list of one such object.
    """
    for name, script in body.alwayson_scripts.items():
        if name.lower() == NAME:
            listed = script.get("args", []) if isinstance(script, dict) else script
            where = ("alwayson_scripts", name, "args")
            if not isinstance(listed, list) or len(listed) > 1:
                message = f"must be a list of one object, not {shown(listed)}"
                raise Unprocessable([{"loc": ["body", *where], "msg": message, "type": "list_type"}])
            if listed and listed[0] is not None:
                return _read(listed[0], (*where, 0)), f"alwayson_scripts.{name[:60]}.args[0]."
    return body.pixart, OWN_PREFIX


def twice(body: Generation, at: str) -> tuple[str, ...]:
    """A note on the request's own field where it has one beside the script's argument, whose fields begin with `at`."""
    lost = body.pixart is not None and at != OWN_PREFIX
    return (f"{FIELD} made no difference: {at[:-1]} goes before it.",) if lost else ()


def _read(value: Any, where: tuple[Any, ...]) -> Styling | None:
    try:
        return read(Argument, {FIELD: value}).pixart
    except Unprocessable as error:
        assert isinstance(error.detail, list)
        detail = [{**each, "loc": ["body", *where, *each["loc"][2:]]} for each in error.detail]
        raise Unprocessable(detail) from error
