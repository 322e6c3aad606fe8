"""The dialects, each one file or folder of this package, which is looked through for them.

An adapter is a value made of pure functions. It imports what every room knows, the catalog, `dialect` and `fields` (and
pydantic for the shape of its requests); it does no I/O, reads no clock and draws no random numbers: time and random
bits come with the request.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from bridge.adapters.dialect import Dialect, Route


def profiles() -> dict[str, tuple[str, ...]]:
    """The profiles that a listener can serve, each with its dialects; the first words errors of no route."""
    all_dialects = dialects()
    alone = {name: (name,) for name in all_dialects}
    several = {
        profile: (name, *(each.name for each in all_dialects.values() if profile in each.joins))
        for name, dialect in all_dialects.items()
        for profile in dialect.leads
        if profile
    }
    return {**alone, **several}


def spokesman(profile: str) -> Dialect:
    """The dialect that words errors of no route under a profile; "" is the listener that serves all dialects."""
    all_dialects = dialects()
    return all_dialects.get(profile) or next(each for each in all_dialects.values() if profile in each.leads)


def served(dialects: Mapping[str, Dialect], *, alone: bool) -> list[tuple[Dialect, Route, str]]:
    """The routes of a listener, each with its dialect and path; a path of several dialects is the first one's.

    `alone` is for a listener of some dialects only, at their originals' paths.
    """
    rows: dict[tuple[str, str], tuple[Dialect, Route, str]] = {}
    for dialect in dialects.values():
        for route in (each for each in dialect.routes if alone or not each.alone):
            path = route.path if alone else dialect.mount + route.path
            rows.setdefault((route.method, path), (dialect, route, path))
    return list(rows.values())


def dialects() -> dict[str, Dialect]:
    """Every dialect by its name: the value DIALECT of each module of this package that has one."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names)
    return {module.DIALECT.name: module.DIALECT for module in modules if hasattr(module, "DIALECT")}
