"""The look of pixel art as clients of A1111 can say it: an always-on script, whose argument is an object of fields.

The same object may be the request's own field `pixart`, as in every other dialect.
"""

from __future__ import annotations

from typing import Any

from bridge.adapters.a1111.arguments import LIST_FIELD, SCRIPTS_FIELD, Arguments, arguments, not_listed
from bridge.adapters.a1111.error_answers import Unprocessable, worded
from bridge.adapters.a1111.fields import Fields, Generation, read
from bridge.adapters.fields import shown
from bridge.adapters.styling import FIELD, Styling

NAME = FIELD  # among the always-on scripts, in any letter case
OWN_PREFIX = f"{FIELD}."  # the way to the fields of the request's own object
NO_LOOK = "it has no arguments, so it made no difference; `args` with an empty object, [{}], is the usual look."
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
            for where, value in _arguments(name, script).rows:
                if value is not None:
                    return _read(value, where), f"{worded(where)}."
    return body.pixart, OWN_PREFIX


def look_notes(body: Generation, at: str) -> tuple[str, ...]:
    """Notes on the places in which a request has looks that aren't taken, or not from there; the fields of the one that
    is taken begin with `at`.
    """
    notes: list[str] = []
    for name, script in body.alwayson_scripts.items():
        if name.lower() == NAME:
            result = _arguments(name, script)
            notes += result.notes if result.rows else (f"{SCRIPTS_FIELD}.{name[:60]}: {NO_LOOK}",)
    if body.pixart is not None and at != OWN_PREFIX:
        notes.append(f"{FIELD} made no difference: {at[:-1]} goes before it.")
    return tuple(notes)


def _arguments(name: str, script: Any) -> Arguments:
    listed = script.get(LIST_FIELD) if isinstance(script, dict) else script
    message = f"must be a list of one object, not {shown(listed)}"
    result = arguments(name, script, message)
    if len(result.rows) > 1:
        raise not_listed(name, message)
    return result


def _read(value: Any, where: tuple[Any, ...]) -> Styling | None:
    try:
        return read(Argument, {FIELD: value}).pixart
    except Unprocessable as error:
        assert isinstance(error.detail, list)
        detail = [{**each, "loc": ["body", *where, *each["loc"][2:]]} for each in error.detail]
        raise Unprocessable(detail) from error
