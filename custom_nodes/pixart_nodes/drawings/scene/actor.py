"""Who is in a picture: each single thing that a brief asks for, with the drawing that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from .. import library
from ..brief import Brief, Relation, Subject
from ..colors import NAMED, Rgb, rgb
from ..recipe import CREATURES, Drawing
from ..rendering import EYES, own_colors
from . import chance
from .air import is_airborne
from .links import POWER, TURNED_ROUND, Link, is_high, links_of, weight

MOST_CHILDREN, MOST_SLIM = 5, {"birthday candle": 9, "star": 9, "heart": 9}
# on, in or about one thing; and of drawings that are slim or small
MOST_AROUND, MOST_TREES = 5, 4  # of a kind around another one, and of those that stand behind it
FEW = 6  # subjects that even the smallest picture has room for
# Variants that show a pose, by it.
STATES = {
    "sleeping": "sleep",
    "sitting": "sit",
    "running": "run",
    "strolling": "walk",
    "walking": "walk",
    "open": "open",
}
IN_SEASON = {"autumn": "autumn", "snowy": "winter"}  # variants that a season asks for
POINTING = ("arrow sign", "neon sign", "bitcoin")  # drawings that mean another thing mirrored, or nothing
READ = ("symbols", "faces")  # categories of such
PAIR, BETWEEN = 2, ("handshake", "hand clap", "heart", "clash")  # and signs between two who are turned to each other
WALK = "walk"  # the pose of what is seen from the side
CHASE = "run"  # the pose of who chases and of who is chased
STACK = "stack"  # an arrangement
GIANTS, GIANT = 170, round(100 * 800**POWER)  # percent from which on a thing is a giant, and what that weighs: as 8 m
MOST_HAD = {Relation.HOLDING: 2, Relation.LEADING: 3}  # so many of a thing somebody has in their hands at most
# Several of one name who look different, in turn; and words of people who are all men.
MIXED = {
    "person": ("person", "woman", "person/curly", "woman/blond", "person/blond", "woman/bun"),
    "boy": ("boy", "girl"),
    "family": ("person", "woman", "girl", "boy"),
}
MEN = {"man", "men", "guy", "guys", "dad", "dads", "father", "fathers"}
MEN |= {"boy", "boys", "dudes", "brothers", "twin", "twins"}
MOTLEY = ("red", "yellow", "blue", "leaf", "purple", "orange")  # the colours, in turn, of several that have all
OTHERS = ("silver",)  # variants that only their own names mean
MOVES, STEPPING = ("walk", "run", "jump"), {"leg", "fore", "hind"}  # poses that want legs from the side, and these


def state_of(name: str) -> str:
    """The pose that a variant shows, by its name; "" for one that shows none."""
    return STATES.get(name.partition("/")[2], "")


@dataclass(eq=False)
class Actor:
    """One thing. `weight` is how large it is beside the others, `parent` what it is placed by."""

    subject: int
    drawing: Drawing
    weight: int
    pose: str = ""
    mood: str = ""
    colors: Mapping[str, str | Rgb] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    mirror: bool = False
    turn: int = 0
    relation: Relation | None = None
    parent: Actor | None = None
    children: list[Actor] = field(default_factory=list)
    factor: int = 100  # percent of its usual size that is asked for
    number: int = 0  # among those of its kind that are placed by the same one
    cast: str = ""  # the colour of all of it
    arrangement: str = ""  # how those of its kind stand
    glow: str = ""  # the colour of the light about it
    cut: str = ""  # what of it is missing
    text: str = ""  # what is written on it
    rainbow: tuple[str, ...] = ()  # roles that have all colours
    print: tuple[str, str] | None = None  # what is all over it, and in which colour

    @property
    def runs(self) -> bool:
        """Whether it is seen running, by its pose or by a drawing of its own."""
        return self.pose == CHASE or state_of(self.drawing.name) == CHASE

    @property
    def is_airborne(self) -> bool:
        """Whether it neither stands nor swims."""
        return is_airborne(self.drawing, self.pose)

    @property
    def is_tagged(self) -> bool:
        """Whether something is written over it, as games write a level over whoever has it."""
        return bool(self.text) and self.drawing.category in CREATURES


@dataclass
class _Cast:
    """What all actors of a picture come from, and what is to be said of them."""

    brief: Brief
    seed: int
    links: list[Link]
    notes: list[str]

    def actors(self, index: int, count: int) -> list[Actor]:
        """So many of a subject, each with all that is placed by it."""
        actors = [self._actor(index, number) for number in range(count)]
        for actor in actors:
            self._attach(actor)
        return _stacked(actors) if self.brief.subjects[index].arrangement == STACK else actors

    def _attach(self, actor: Actor) -> None:
        """Give each what it holds, wears or carries, and the first of several all the rest."""
        for link in self.links:
            each_has = link.relation is Relation.IN and self.brief.subjects[link.child].count == 1
            own = link.relation in (*TURNED_ROUND, Relation.RIDING) or each_has
            if link.parent != actor.subject or not (own or actor.number == 0):
                continue
            slim = MOST_SLIM.get(self.brief.subjects[link.child].drawing, MOST_CHILDREN)
            if link.relation is Relation.AROUND:
                slim = MOST_TREES if is_high(library.find(self.brief.subjects[link.child].drawing)) else MOST_AROUND
            most = MOST_HAD.get(link.relation, 1) if own else slim
            count = max(1, min(self.brief.subjects[link.child].count, most))
            for child in self.actors(link.child, count):
                child.relation, child.parent = link.relation, actor
                actor.children.append(child)

    def _actor(self, index: int, number: int) -> Actor:
        subject = self.brief.subjects[index]
        drawing = self._one_of_many(subject, number) or self._drawing(subject)
        colors = own_colors(drawing, subject.colors)
        for role in sorted(subject.colors.keys() - colors.keys()):
            self.notes.append(f"{subject.word}: it has no {role} to colour.")
        is_so = state_of(drawing.name) == subject.pose
        pose = subject.pose if subject.pose in drawing.poses and not is_so else ""
        if subject.pose and not pose and not is_so:
            self.notes.append(f"{subject.word}: there is no picture of it in the pose {subject.pose!r}.")
        if subject.count > 1:
            own = rgb(MOTLEY[number % len(MOTLEY)])
            colors = {role: own if role in subject.rainbow else color for role, color in colors.items()}
        factor = round(100 * max(0.2, min(3.0, subject.size)))
        heavy = max(1, max(weight(drawing), GIANT if factor >= GIANTS else 0) * factor // 100)
        mood = subject.mood if subject.mood in drawing.moods else ""
        return Actor(
            index,
            drawing,
            heavy,
            pose,
            mood,
            colors,
            subject.without,
            factor=factor,
            number=number,
            cast=subject.cast,
            arrangement=subject.arrangement,
            glow=subject.glow,
            cut=subject.cut,
            text=subject.text,
            turn=subject.turn,
            rainbow=() if subject.count > 1 else tuple(role for role in subject.rainbow if role in drawing.roles),
            print=subject.print,
        )

    def _is_dressed(self, subject: Subject) -> bool:
        """Whether somebody wears what is seen from the front."""
        parent = self.brief.subjects.index(subject)
        worn = [link.child for link in self.links if link.parent == parent and link.relation is Relation.WEARING]
        return any(library.find(self.brief.subjects[each].drawing).category == "clothes" for each in worn)

    def _is_ridden(self, subject: Subject) -> bool:
        """Whether somebody sits on it."""
        parent = self.brief.subjects.index(subject)
        return any(link.parent == parent and link.relation is Relation.RIDING for link in self.links)

    def _one_of_many(self, subject: Subject, number: int) -> Drawing | None:
        """Another one of a crowd, if that is of more than one kind."""
        word = subject.word.split(" ")[-1]
        kinds = MIXED.get(word if subject.drawing == "person" else "") or MIXED.get(subject.drawing, ())
        if subject.count < PAIR or subject.colors or word in MEN or not kinds:
            return None
        start = 0 if word in MIXED else self.seed
        return library.built_in().find(kinds[(start + number) % len(kinds)])

    def _drawing(self, subject: Subject) -> Drawing:
        """The drawing, or a variant of it that has the same roles and poses; the seed 0 draws the first."""
        drawings = library.built_in()
        drawing = drawings.find(subject.drawing)
        is_colored = subject.word.partition(" ")[0] in NAMED and not subject.pose  # "red apple", "black cat"
        if "trunk" in subject.without or "/" in drawing.name or is_colored:
            return drawing
        variants = {name.partition("/")[2]: drawings.find(name) for name in drawings.variants(drawing.name)}
        for name, variant in variants.items():
            is_so = STATES.get(name) == subject.pose or (
                drawing.faces == "front" and (name, subject.pose) == ("running", "jump")
            )
            if (is_so and subject.pose) or (
                IN_SEASON.get(name) == self.brief.season and self.brief.season and not subject.colors
            ):
                return variant
        if subject.pose in MOVES and STEPPING.isdisjoint(drawing.moved_limbs(subject.pose)):
            lively = [each for each in variants.values() if not STEPPING.isdisjoint(each.moved_limbs(subject.pose))]
            lively = [each for each in lively if _fits(each, subject)]
            if lively:
                return lively[self.seed % len(lively)]
        strolling = [each for name, each in variants.items() if STATES.get(name) == WALK and "back" in each.anchors]
        if drawing.faces == "front" and strolling and self._is_ridden(subject):
            return strolling[0]  # astride, not on its head
        usual = [each for name, each in variants.items() if name not in (*STATES, *IN_SEASON, *OTHERS)]
        fitting = [each for each in usual if _fits(each, subject)]
        if self._is_dressed(subject):
            fitting = [each for each in fitting if each.faces == drawing.faces == "front"] or fitting
            fitting = fitting if fitting and fitting[0].faces == drawing.faces else [drawing]
        return fitting[self.seed % len(fitting)] if fitting else drawing


def _stacked(actors: list[Actor]) -> list[Actor]:
    """The lowest of several that lie on each other; the first one, which may have something on it, is the uppermost."""
    for above, below in pairwise(actors):
        above.relation, above.parent, above.number = Relation.ON, below, 0
        below.children.append(above)
    return actors[-1:]


def _fits(drawing: Drawing, subject: Subject) -> bool:
    return subject.colors.keys() - {EYES} <= set(drawing.painted) and (
        not subject.pose or subject.pose in drawing.poses
    )


def cast(brief: Brief, most: int, seed: int) -> tuple[list[Actor], list[str]]:
    """Those that are placed by no other, each with its children, at most so many in all; and what is to be said."""
    subjects = brief.subjects[: max(FEW, most)]
    notes = [f"{each.word}: there is no room for it." for each in brief.subjects[len(subjects) :]]
    links = links_of(subjects, notes)
    company = _Cast(brief, seed, links, notes)
    children = {link.child for link in links}
    roots: list[Actor] = []
    for index, subject in enumerate(subjects):
        if index in children:
            continue
        room = most - len(roots) - (len(subjects) - index - 1)
        count = max(1, min(subject.count, room))
        if count < subject.count:
            notes.append(f"{subject.word}: {count} of {subject.count} are drawn; more would be too small to be seen.")
        roots += company.actors(index, count)
    _face_each_other(roots, seed)
    for root in roots if brief.view in ("left", "right") else []:
        root.mirror = brief.view == "right" if root.drawing.faces == "left" else root.mirror
    return roots, notes


def _face_each_other(roots: list[Actor], seed: int) -> None:
    """Turn things to each other, the left half to the right; those of one kind all look to one side."""
    kinds = len({root.subject for root in roots})
    for place, root in enumerate(roots):
        if kinds > 1:
            root.mirror = place * 2 + 1 < len(roots)
        elif len(roots) == PAIR and any(child.drawing.name in BETWEEN for child in roots[0].children):
            root.mirror = place == 0
        elif root.runs and any(child.relation is Relation.BESIDE and child.runs for child in root.children):
            root.mirror = False  # both run to the left
        elif any(child.relation is Relation.BESIDE for child in root.children):
            root.mirror = True
        elif any(child.relation is Relation.LEADING for child in root.children):
            root.mirror = False
        else:
            turns = chance.number(seed, f"mirror {root.drawing.name}", 2) == 1
            root.mirror = turns and root.drawing.name not in POINTING and root.drawing.category not in READ
