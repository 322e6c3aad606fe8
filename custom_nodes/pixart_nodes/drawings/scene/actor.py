"""Who is in a picture: each single thing that a brief asks for, with the drawing that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .. import library
from ..brief import Relation, Subject
from ..colors import Rgb
from ..recipe import Drawing
from ..rendering import INK
from . import chance
from .air import SKY, is_airborne

LEAST_LIFE, MOST_LIFE = 2, 4000  # centimetres that sizes in life are kept within
MOST_CHILDREN = 5
HEAVENLY = 300  # centimetres that what is in the sky counts for
STAGED = ("buildings", "nature", "plants")  # categories of what others stand before
LARGER = 180  # percent of another thing's weight from which on it is stood before
POWER = 0.35  # of sizes in life: a mouse beside an elephant is a quarter as large
MIRRORED = {Relation.HELD: Relation.HOLDING, Relation.WORN: Relation.WEARING}
STATES = {"sleeping": "sleep", "sitting": "sit", "running": "run", "open": "open"}  # variants that show a pose, by it
OTHERS = ("silver", "snowy", "autumn")  # and those that only their own names do
TURNED_ROUND = (Relation.HOLDING, Relation.WEARING)  # the other one is placed by the subject


@dataclass(eq=False)
class Actor:
    """One thing. `weight` is how large it is beside the others, `parent` what it is placed by."""

    subject: int
    drawing: Drawing
    weight: int
    pose: str = ""
    colors: Mapping[str, str | Rgb] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    mirror: bool = False
    turn: int = 0
    relation: Relation | None = None
    parent: Actor | None = None
    children: list[Actor] = field(default_factory=list)
    factor: int = 100  # percent of its usual size that is asked for
    number: int = 0  # among those of its kind that are placed by the same one

    @property
    def is_airborne(self) -> bool:
        """Whether it neither stands nor swims."""
        return is_airborne(self.drawing, self.pose)


@dataclass(frozen=True)
class _Link:
    """That one subject is placed by another."""

    child: int
    relation: Relation
    parent: int


def cast(subjects: tuple[Subject, ...], most: int, seed: int) -> tuple[list[Actor], list[str]]:
    """Those that are placed by no other, each with its children, at most so many in all; and what is to be said."""
    notes: list[str] = []
    links = _links(subjects, notes)
    children = {link.child for link in links}
    roots: list[Actor] = []
    room = most
    for index, subject in enumerate(subjects):
        if index in children:
            continue
        count = max(1, min(subject.count, room - (len(subjects) - index - 1)))
        if count < subject.count:
            notes.append(f"{subject.word}: {count} of {subject.count} are drawn; more would be too small to be seen.")
        made = [_actor(subjects, index, seed, notes if number == 0 else []) for number in range(count)]
        for number, actor in enumerate(made):
            actor.number = number
        roots += made
        room -= count
    for root in list(roots):
        _attach(root, subjects, links, seed, notes, depth=0)
    _face_each_other(roots, seed)
    return roots, notes


def _face_each_other(roots: list[Actor], seed: int) -> None:
    """Turn things to each other, the left half to the right; those of one kind all look to one side."""
    kinds = len({root.subject for root in roots})
    for place, root in enumerate(roots):
        if kinds > 1:
            root.mirror = place * 2 + 1 < len(roots)
        elif any(child.relation is Relation.BESIDE for child in root.children):
            root.mirror = True
        else:
            root.mirror = chance.number(seed, f"mirror {root.drawing.name}", 2) == 1


def _links(subjects: tuple[Subject, ...], notes: list[str]) -> list[_Link]:
    """Who is placed by whom; what would go round in a circle stands by itself."""
    links: list[_Link] = []
    for index, subject in enumerate(subjects):
        relation, other = subject.relation, subject.other
        if relation is None or other is None or not 0 <= other < len(subjects) or other == index:
            continue
        link = _Link(index, MIRRORED.get(relation, relation), other)
        if relation in TURNED_ROUND:
            link = _Link(other, relation, index)
        if _leads_to(links, link.parent, link.child) or any(each.child == link.child for each in links):
            notes.append(f"{subject.word}: it can't be {relation.value} {subjects[other].word} as well.")
            continue
        links.append(link)
    return links or _before(subjects)


def _before(subjects: tuple[Subject, ...]) -> list[_Link]:
    """Of two things that have nothing to do with each other, one may be what the other one stands before."""
    if len(subjects) != 2:
        return []
    first, second = (library.find(subject.drawing) for subject in subjects)
    for child, parent, large, small in ((1, 0, first, second), (0, 1, second, first)):
        is_stage = large.category in STAGED and not is_airborne(large)
        is_larger = _weight(large) * 100 >= LARGER * _weight(small)
        if is_stage and is_larger and not is_airborne(small, subjects[child].pose):
            return [_Link(child, Relation.BEFORE, parent)]
    return []


def _leads_to(links: list[_Link], start: int, end: int) -> bool:
    parents = {link.child: link.parent for link in links}
    while start in parents:
        start = parents[start]
        if start == end:
            return True
    return False


def _attach(
    actor: Actor, subjects: tuple[Subject, ...], links: list[_Link], seed: int, notes: list[str], depth: int
) -> None:
    """Give an actor those that are placed by it: each of a kind what it holds, wears or carries, the first the rest."""
    for link in links:
        if link.parent != actor.subject:
            continue
        own = link.relation in (*TURNED_ROUND, Relation.RIDING)
        count = 1 if own else min(subjects[link.child].count, MOST_CHILDREN)
        if own or actor.number == 0:
            for number in range(count):
                child = _actor(subjects, link.child, seed, notes if number == 0 else [])
                child.relation, child.parent, child.number = link.relation, actor, number
                actor.children.append(child)
                _attach(child, subjects, links, seed, notes, depth + 1)


def _actor(subjects: tuple[Subject, ...], index: int, seed: int, notes: list[str]) -> Actor:
    subject = subjects[index]
    drawing = _drawing(subject, seed)
    colors = {role: color for role, color in subject.colors.items() if role in (*drawing.roles, INK)}
    for role in subject.colors.keys() - colors.keys():
        notes.append(f"{subject.word}: it has no {role} to colour.")
    is_so = STATES.get(drawing.name.partition("/")[2]) == subject.pose
    pose = subject.pose if subject.pose in drawing.poses and not is_so else ""
    if subject.pose and not pose and not is_so:
        notes.append(f"{subject.word}: there is no picture of it in the pose {subject.pose!r}.")
    weight = _weight(drawing) * _percent(subject.size) // 100
    return Actor(index, drawing, max(1, weight), pose, colors, subject.without, factor=_percent(subject.size))


def _drawing(subject: Subject, seed: int) -> Drawing:
    """The drawing, or a variant of it that has the same roles and poses; the seed 0 draws the first."""
    known = library.built_in()
    drawing = known.find(subject.drawing)
    if "/" in drawing.name:
        return drawing
    variants = {name.partition("/")[2]: known.find(name) for name in known.variants(drawing.name)}
    for state, pose in STATES.items():
        if state in variants and subject.pose == pose:
            return variants[state]
    usual = [each for name, each in variants.items() if name not in (*STATES, *OTHERS)]
    fitting = [each for each in usual if _fits(each, subject)]
    return fitting[seed % len(fitting)] if fitting else drawing


def _fits(drawing: Drawing, subject: Subject) -> bool:
    return subject.colors.keys() <= drawing.roles.keys() and (not subject.pose or subject.pose in drawing.poses)


def _percent(size: float) -> int:
    return round(100 * max(0.2, min(3.0, size)))


def _weight(drawing: Drawing) -> int:
    """How large a thing is drawn beside others, from its size in life."""
    name = drawing.name.partition("/")[0]
    centimeters = HEAVENLY if name in SKY else max(LEAST_LIFE, min(MOST_LIFE, drawing.centimeters))
    return round(100 * centimeters**POWER)
