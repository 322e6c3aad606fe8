"""Which subject is placed by which other one, as the relations of a brief and the nature of things say."""

from __future__ import annotations

from dataclasses import dataclass

from .. import library
from ..brief import Relation, Subject
from ..recipe import Drawing
from .air import SKY, is_airborne, is_in_sky

LEAST_LIFE, MOST_LIFE = 2, 4000  # centimetres that sizes in life are kept within
HEAVENLY = 300  # centimetres that what is in the sky counts for
POWER = 0.35  # of sizes in life: a mouse beside an elephant is a quarter as large
STAGED = ("buildings", "nature", "plants")  # categories of what others stand before
HANGING = (
    "holly",
    "leaf",
    "lantern",
    "chandelier",
    "bell",
    "lamp",
    "balloon",
    "apple",
    "disco ball",
    "autumn leaf",
    "snowflake",
    "feather",
    "petal",
)  # what hangs over a head
CEILING = "disco ball"  # what is over several
DISCS = ("full moon", "sun")  # what is as large as somebody who is seen before it
HIGH = 200  # centimetres of what would hide somebody
LARGER = 180  # percent of another thing's weight from which on it is stood before
REFLECTED = "reflected"  # how a picture in the water is at its thing
MIRRORED = {Relation.HELD: Relation.HOLDING, Relation.WORN: Relation.WEARING}
TURNED_ROUND = (Relation.HOLDING, Relation.WEARING, Relation.LEADING)  # the other one is placed by the subject
SIDE_BY_SIDE = (Relation.BESIDE, Relation.BEHIND, Relation.BEFORE)  # where what is in the sky isn't, and what isn't


@dataclass(frozen=True)
class Link:
    """That one subject is placed by another; both by their places in the brief."""

    child: int
    relation: Relation
    parent: int


def links_of(subjects: tuple[Subject, ...], notes: list[str]) -> list[Link]:
    """Who is placed by whom; what would go round in a circle stands by itself, and that is noted."""
    links: list[Link] = []
    for index, subject in enumerate(subjects):
        relation, other = subject.relation, subject.other
        if relation is None or other is None or not 0 <= other < len(subjects) or other == index:
            continue
        if _bears(subject, relation, subjects[other]):
            link = Link(_foot(links, other), Relation.ON, index)
        elif _hangs(subject, relation, subjects[other]):
            link = Link(other, Relation.ABOVE, index)
        else:
            link = Link(index, MIRRORED.get(relation, relation), other)
        if relation in TURNED_ROUND:
            link = Link(other, relation, index)
        if _leads_to(links, link.parent, link.child) or any(each.child == link.child for each in links):
            notes.append(f"{subject.word}: it can't be {relation.value} {subjects[other].word} as well.")
        elif not _are_apart(subject, relation, subjects[other]):
            links.append(link)
    return links or _before(subjects)


def _bears(subject: Subject, relation: Relation, other: Subject) -> bool:
    """Whether something is under another thing as what that stands on."""
    own, its = library.find(subject.drawing), library.find(other.drawing)
    return relation is Relation.UNDER and own.category == "furniture" and weight(own) >= weight(its)


def _hangs(subject: Subject, relation: Relation, other: Subject) -> bool:
    """Whether something is under a thing that is smaller than itself, which so hangs over its head."""
    own, its = library.find(subject.drawing), library.find(other.drawing)
    count = 1 if its.name == CEILING else subject.count
    return relation is Relation.UNDER and its.name in HANGING and weight(own) > weight(its) * count


def _foot(links: list[Link], index: int) -> int:
    """What a thing is placed by in the end."""
    parents = {link.child: link.parent for link in links}
    while index in parents:
        index = parents[index]
    return index


def _leads_to(links: list[Link], start: int, end: int) -> bool:
    return start == end or _foot([link for link in links if link.child != end], start) == end


def _are_apart(subject: Subject, relation: Relation, other: Subject) -> bool:
    """Whether one of them belongs in the sky, and so isn't where the words put it."""
    own, its = (is_in_sky(library.find(each.drawing)) for each in (subject, other))
    is_disc = relation is Relation.BEHIND and subject.drawing in DISCS
    if is_disc or subject.arrangement == REFLECTED:
        return False
    return (relation in SIDE_BY_SIDE and own != its) or (relation is Relation.UNDER and (own or its))


def _before(subjects: tuple[Subject, ...]) -> list[Link]:
    """Of two things that have nothing to do with each other, one may be what the other one stands before."""
    if len(subjects) != 2:
        return []
    first, second = (library.find(subject.drawing) for subject in subjects)
    for child, parent, large, small in ((1, 0, first, second), (0, 1, second, first)):
        is_stage = large.category in STAGED and not is_airborne(large)
        is_larger = weight(large) * 100 >= LARGER * weight(small)
        if is_stage and is_larger and not is_airborne(small, subjects[child].pose):
            return [Link(child, Relation.BEFORE, parent)]
    return []


def weight(drawing: Drawing) -> int:
    """How large a thing is drawn beside others, from its size in life."""
    name = drawing.name.partition("/")[0]
    centimeters = HEAVENLY if name in SKY else max(LEAST_LIFE, min(MOST_LIFE, drawing.centimeters))
    return round(100 * centimeters**POWER)


def is_high(drawing: Drawing) -> bool:
    """Whether something is a tree or a house, which would hide who is behind it."""
    return drawing.category in STAGED and drawing.centimeters > HIGH
