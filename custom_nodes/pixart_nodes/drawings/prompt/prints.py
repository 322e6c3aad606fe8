"""Dots, stripes and checks of things that have none by themselves, and what lies all over them: mud, snow, moss."""

from __future__ import annotations

from ..colors import NAMED
from . import traits
from .coloring import role_of
from .subjects import Draft

PALE = ("white", "cream", "glass", "yellow", "#f4f2ee")  # colours on which white is not seen
ON_DARK, ON_PALE, ON_FUR = "white", "red", "dark"  # the colour of a print where the prompt names none
OWN = {"stripes": "stripe stripes", "dots": "spot patch dot dots"}  # roles of what has a print by itself
MANY_COLORS = ("ball", "beach ball", "rainbow", "parrot")  # drawings that are striped already


def give(draft: Draft, meaning: str, colors: list[str]) -> None:
    """Have a thing printed all over, as a meaning such as "dots" or "splashes brown" says, in the last of the colours.

    "" is no print.
    A thing with stripes or spots of its own keeps these, in that colour.
    """
    kind, _, color = meaning.partition(" ")
    if not meaning or draft.drawing.partition("/")[0] in MANY_COLORS:
        return
    drawing = traits.drawing(draft.drawing)
    body = draft.colors.get(drawing.main_role, str(drawing.roles.get(drawing.main_role, "")))
    usual = ON_PALE if body in PALE else ON_FUR if traits.is_animal(draft.drawing) else ON_DARK
    own = role_of(draft.drawing, OWN.get(kind, ""))
    if own:
        ground = colors[-1] if colors and colors[-1] != body else draft.colors.get(own, str(drawing.roles[own]))
        draft.colors[own] = usual if ground == body else ground
        return
    inks = [each for each in colors if each != body and (each in NAMED or each.startswith("#"))]
    draft.print = (kind, color or (inks[-1] if inks else usual))
