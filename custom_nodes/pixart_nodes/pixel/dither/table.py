"""All dithers by name. A new family is one module with a FAMILY in it, and the module's name in MODULES."""

from __future__ import annotations

from importlib import import_module

from .family import Dither, Family

# In the order of the menu.
MODULES = (
    "no_dither",
    "error_diffusion",
    "ordered",
    "positional",
    "riemersma",
)
FAMILIES: tuple[Family, ...] = tuple(import_module(f".{module}", __package__).FAMILY for module in MODULES)
DITHERS: dict[str, Dither] = {name: dither for family in FAMILIES for name, dither in family.dithers.items()}


def help_order() -> list[Family]:
    """The families in the order in which the tooltip and the help page explain them."""
    return sorted(FAMILIES, key=lambda family: family.others)


def tooltip() -> str:
    """The tooltip of a menu of dithers."""
    return "; ".join(family.hint for family in help_order() if family.hint) + "."


def page() -> str:
    """The lines of a help page about the options of such a menu, in Markdown."""
    return "".join(family.page for family in help_order())
