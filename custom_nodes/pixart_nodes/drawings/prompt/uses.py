"""What a thing is used as: a leaf for an umbrella, a pot for a hat, a teapot for the shell of a snail."""

from __future__ import annotations

from ..brief import Relation
from . import traits
from .joints import join
from .subjects import Draft

USED = ("as", "for")  # words before what a thing is used as
OVERHEAD, UMBRELLAS = "overhead", ("umbrella", "striped umbrella")  # how a thing is held, and what all are held so


def use(thing: Draft, name: str, drafts: list[Draft]) -> None:
    """Have a thing where that would be which it is used as."""
    holder = next((each for each in drafts if each.other is thing), thing.other)
    if holder is None:
        return
    if name in UMBRELLAS:
        thing.arrangement = OVERHEAD
    elif traits.is_headgear(name):
        _let_go(thing, holder)
        join("wearing", holder, thing)


def cover(thing: Draft, owner: Draft, part: str) -> None:
    """Have a thing in the place of a part of somebody."""
    _let_go(thing, owner)
    owner.without += [part] * traits.has_slot(owner.drawing, part)
    thing.relation, thing.other = Relation.SHOWN, owner


def _let_go(thing: Draft, holder: Draft) -> None:
    """Have neither of two stand to the other."""
    for one, other in ((thing, holder), (holder, thing)):
        if one.other is other:
            one.relation, one.other = None, None
