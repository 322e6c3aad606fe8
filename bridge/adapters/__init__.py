"""Dialects: one file or folder each, found by themselves.

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
    """What a listener of its own can serve, by name: the dialects, the first of which words what is nobody's."""
    known = dialects()
    alone = {name: (name,) for name in known}
    several = {
        profile: (name, *(each.name for each in known.values() if profile in each.joins))
        for name, dialect in known.items()
        for profile in dialect.leads
        if profile
    }
    return {**alone, **several}


def spokesman(profile: str) -> Dialect:
    """The dialect that words what is nobody's under a profile, "" being the listener that serves all of them."""
    known = dialects()
    return known.get(profile) or next(each for each in known.values() if profile in each.leads)


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
    """Every dialect there is, by name: the modules of this package that have one called DIALECT."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names)
    return {module.DIALECT.name: module.DIALECT for module in modules if hasattr(module, "DIALECT")}
