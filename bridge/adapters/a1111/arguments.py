"""The arguments of an always-on script, in the list where A1111 has them, or where their sender may have put them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bridge.adapters.a1111.error_answers import Unprocessable, worded
from bridge.adapters.fields import MOST_NAMED, shown

SCRIPTS_FIELD = "alwayson_scripts"
LIST_FIELD = "args"  # of a script


@dataclass(frozen=True)
class Arguments:
    """A script's arguments, each with the way to it in the request, and notes on where they stand."""

    rows: tuple[tuple[tuple[Any, ...], Any], ...]
    notes: tuple[str, ...] = ()


def arguments(name: str, script: Any, message: str) -> Arguments:
    """The arguments of a script of this name; fields in the place of `args` are read as the only one.

    Raises Unprocessable with the message where they are no list.
    """
    place = (SCRIPTS_FIELD, name)
    listed = script.get(LIST_FIELD, []) if isinstance(script, dict) else script
    if not isinstance(listed, list):
        raise not_listed(name, message)
    rest = {key: value for key, value in script.items() if key != LIST_FIELD} if isinstance(script, dict) else {}
    if rest and not listed:
        note = f"{worded(place)}: its fields were read as the only object of {LIST_FIELD}, where they belong."
        return Arguments(((place, rest),), (note,))
    rows = tuple(((*place, LIST_FIELD, at), value) for at, value in enumerate(listed))
    names = ", ".join(map(shown, list(rest)[:MOST_NAMED]))
    note = f"{worded(place)}: {names} made no difference beside {LIST_FIELD}, in whose objects fields belong."
    return Arguments(rows, (note,) if rest else ())


def not_listed(name: str, message: str) -> Unprocessable:
    """The error about a script's arguments that aren't the list that they should be."""
    loc = ["body", SCRIPTS_FIELD, name, LIST_FIELD]
    return Unprocessable([{"loc": loc, "msg": message, "type": "list_type"}])
