"""The things of a prompt, one noun after the other, and how each stands to those before it."""

from __future__ import annotations

from ..brief import Relation
from . import likeness, traits
from .coloring import main_role, role_of, roles_of
from .compounds import GROUPS, Compound
from .marks import Mark
from .qualities import Qualities
from .senses import Senses
from .setting import Setting
from .subjects import Draft, join, shown
from .vocabulary import english, lines

PAUSE = ","
HANDED = ("with", "holding", "wearing")  # links that "and" goes on with: "a sword and a shield"
CONTAINING = (
    "items",
    "food",
    "furniture",
    "vehicles",
    "tools",
    "clothes",
)  # whose things may be full
YOUNG, GROWN = (
    ("baby", "babies", "child", "children", "kid", "kids"),
    ("mother", "mom", "mum", "mommy", "father", "dad"),
)
KIN = {**dict.fromkeys(YOUNG, 0.5), **dict.fromkeys(GROWN, 2.0)}  # how large they are by the animal whose they are
HEAPED = {"ring": 6, "row": 4, "stack": 3, "pile": 6}  # how many are in what stands so, where no number is said
MADE_OF, SHAPED = "made of", "shaped like"  # links to what something has only the colour, or the form, of


class Nouns:
    """The things so far and what has been said of the next one."""

    def __init__(self, marks: list[Mark]) -> None:
        self.marks = marks
        self.senses = Senses(marks)
        self.drafts: list[Draft] = []
        self.group: list[Draft] = []  # the subjects that "and" puts side by side, of whom the next words speak
        self.setting = Setting()
        self.notes: list[str] = []
        self.unknown: list[str] = []
        self.pending = Qualities()
        self.link = ""  # what stands between the last noun and the next
        self.last_link = ""
        self.given: list[Draft] = []  # what somebody wears or holds who is called after a figure: "pirate cat"
        self.part: tuple[Draft, str] | None = None  # the role of which the last words spoke
        self.at = 0

    def _last(self) -> Draft:
        """Of whom words after all nouns speak: the last thing, or who wears or holds it by being called after it."""
        return self._wearer() if self.drafts[-1] in self.given else self.drafts[-1]

    def _leave_out(self, mark: Mark) -> None:
        for draft in reversed(self.drafts):
            slots = traits.drawing(draft.drawing).slots
            names = (mark.word, f"{mark.word}s", mark.word.rstrip("s"), *mark.senses.get("garment", "").split())
            slot = next((name for name in (*names, *mark.senses.get("part", "").split()) if name in slots), "")
            if slot and slot not in ("head", "torso", "trunk", "body"):
                draft.without.append(slot)
                return
            if role_of(draft.drawing, roles_of(mark)):
                self.notes.append(f"“{mark.word}” can't be left out of the drawing of “{draft.word}”.")
                return

    def _container(self, mark: Mark, kind: str) -> None:
        name, after = mark.senses.get("thing", ""), self.senses.noun_after(self.at + 1)
        inside = self.marks[after].senses.get("thing", "") if after is not None else ""
        if inside and name in shown(inside):
            return  # "a bowl of rice"
        if traits.drawing(name).category in CONTAINING and traits.is_hollow(name):
            self._thing(mark, kind)
            self.notes += [mark.note] * bool(mark.note)
            self.link = "with"

    def _thing(self, mark: Mark, kind: str) -> None:
        if self.link == "without":
            self._leave_out(mark)
            self.link = ""
            return
        compound = Compound(self.marks, self.at)
        if compound.is_modifier:
            compound.modify(self.pending, self.setting, self.notes)
            return
        if self.link == "with" and self._is_face(mark):
            self.drafts[-1].look = traits.mood_of(mark.senses["thing"])
            self.drafts.append(likeness.look(self.drafts[-1]))
            self.link, self.pending = "", Qualities()
            return
        draft = self._draft(mark, compound)
        pending, self.pending = self.pending, Qualities()
        pending.give(draft, self.notes)
        if self.link in (MADE_OF, SHAPED) and self.drafts and self._lend(draft):
            self.link = ""
            return
        if compound.is_statue:
            likeness.cast(draft, "")
        if compound.is_head:
            likeness.behead(draft, is_worn=self.link in ("in", "with", "wearing"))
        same = next((each for each in self.given if each.drawing == draft.drawing), None)
        if same:
            same.colors.update(draft.colors)
            return
        self._add(draft)
        for kind, what in compound.costumes:
            self._give(kind, draft, Draft(what, what))
        self._give_more(draft, pending)
        self.at += compound.further

    def _is_face(self, mark: Mark) -> bool:
        """Whether a face is meant that the last thing has upon it: "a cloud with a sad face"."""
        is_face = traits.drawing(mark.senses["thing"]).category == "faces"
        return is_face and likeness.is_faceless(self.drafts[-1].drawing)

    def _give(self, link: str, draft: Draft, given: Draft) -> None:
        """Let somebody wear or hold what follows from how they are called, or from what they do."""
        if any(each.drawing == given.drawing for each in self.drafts):
            return
        self.given.append(given)
        self.drafts.append(given)
        self._hand(link, draft, given)

    def _give_more(self, draft: Draft, pending: Qualities) -> None:
        """What is to be seen on or with a thing because of the words before it: its emblem, its face, its tool."""
        if pending.shape:
            self._form(draft, pending.shape)
        for one in pending.emblems:
            self.drafts.append(one)
            one.relation, one.other = Relation.SHOWN, draft
        for one in pending.things:
            if traits.is_ridden(one.drawing) and traits.is_animate(draft.drawing) and one.drawing != draft.drawing:
                self._give("riding", draft, one)
            elif traits.is_handy(one.drawing):
                self._give("holding", draft, one)
            else:
                self.drafts.append(one)
                one.relation, one.other = Relation.BESIDE, draft
        for one in pending.contents:
            self.drafts.append(one)
            one.relation, one.other = Relation.IN, draft
        for _, word in pending.poses:
            self._equip(draft, word)
        if draft.look:
            self.drafts.append(likeness.look(draft))

    def _equip(self, draft: Draft, word: str, is_placed: bool = False) -> None:
        """Give somebody the tool for what they do, unless they do it to what follows: "a bear fishing" has a rod."""
        kind, _, tool = lines("doing").get(word, "").partition(" ")
        after = self.senses.mark(self.at + 1)
        has_object = not is_placed and after is not None and after.means("thing") and not after.means("relation")
        if tool and traits.is_animate(draft.drawing) and not (has_object and self.group):
            self.notes = [note for note in self.notes if not note.endswith(f"shows “{word}”.")]
            self._give({"holds": "holding", "wears": "wearing", "rides": "riding"}[kind], draft, Draft(tool, tool))

    def _lend(self, source: Draft) -> bool:
        """Let the last thing have the colour of what it is made of, or the form of what it is shaped like."""
        draft = self.drafts[-1]
        role = main_role(traits.drawing(source.drawing))
        color = source.colors.get(role) or traits.drawing(source.drawing).roles.get(role, "")
        if self.link == MADE_OF:
            draft.cast = color
            return not traits.is_hollow(draft.drawing)
        self._form(draft, source)
        return True

    def _form(self, draft: Draft, source: Draft) -> None:
        """Give a thing the form of another, or its picture where it can't have it."""
        likeness.shape(draft, source)
        if draft.drawing != source.drawing:
            self.drafts.append(source)
            source.relation, source.other = Relation.SHOWN, draft

    def _add(self, draft: Draft) -> None:
        self.part = None
        self.drafts.append(draft)
        self._join(draft)

    def _draft(self, mark: Mark, compound: Compound) -> Draft:
        draft = self._kin(mark) or Draft(mark.senses["thing"], mark.word, place=mark.senses.get("ground", ""))
        words = tuple(mark.word.split(" "))
        if self.pending.count > 1 and english().senses.get(words, {}).get("thing") == draft.drawing:
            ones = (english().senses.get(one, {}) for one in english().ones(words))
            draft.drawing = next((one["thing"] for one in ones if "thing" in one), draft.drawing)
        elif not self.pending.count:
            draft.count = 0 if compound.is_plural else GROUPS.get(compound.group, 1)
            if self.pending.arrangement:
                draft.count = HEAPED[self.pending.arrangement]
        draft.arrangement = self.pending.arrangement
        return draft

    def _kin(self, mark: Mark) -> Draft | None:
        """The young or the parent of an animal, which is one too: "a koala with her baby"."""
        animal = next((each for each in reversed(self.drafts) if traits.is_animal(each.drawing)), None)
        if not mark.whose or mark.word not in KIN or animal is None:
            return None
        return Draft(animal.drawing, mark.word, size=KIN[mark.word], colors=dict(animal.colors))

    def _join(self, draft: Draft) -> None:
        link, self.link = self.link, ""
        if link in HANDED and self.last_link == link and traits.is_animate(draft.drawing) and link != "with":
            link = "and"
        if not link and self.last_link == PAUSE and self.group and traits.is_worn(draft.drawing):
            link = "wearing" if traits.is_animate(self.group[-1].drawing) else ""
        self.last_link = link
        if not link or len(self.drafts) < 2 or link == "and":
            together = link == "and" and self.group
            self.group = [*self.group, draft] if together else [draft]
            return
        if draft.drawing in traits.MOONS:
            self._moon(draft, link)
        if link in (*HANDED, "riding"):
            self._hand(link, self._wearer(), draft)
            return
        if link in ("in", "on") and draft.is_plain and any(_is_shown(draft, one) for one in self.group):
            self.drafts.remove(draft)  # "a potion in a bottle"
            return
        for one in self.group:
            join(link, one, draft)

    def _hand(self, link: str, one: Draft, other: Draft) -> None:
        """Give somebody what they hold, wear or ride, unless their drawing shows it already."""
        if link != "with" and traits.is_animate(other.drawing) and not traits.is_animate(one.drawing):
            one, other = other, one  # "a guitar playing skeleton"
        if link != "riding" and other.is_plain and other.drawing in shown(one.drawing):
            self.drafts.remove(other)
            return
        relation = join(link, one, other)
        slot = "held" if relation is Relation.HOLDING else "hat" if relation is Relation.WEARING else ""
        if slot and traits.has_slot(one.drawing, slot) and (slot == "held" or traits.is_headgear(other.drawing)):
            one.without.append(slot)

    def _wearer(self) -> Draft:
        """Who of the last subjects holds or wears what comes: the last that lives, else the last."""
        living = [draft for draft in self.group if traits.is_animate(draft.drawing)]
        return (living or self.group or self.drafts)[-1]

    def _moon(self, draft: Draft, link: str) -> None:
        if link == "on":
            draft.drawing = "full moon"
            self.setting.place("space", draft.word)
        elif not self.setting.ground:
            self.setting.say("time", "night")


def _is_shown(holder: Draft, one: Draft) -> bool:
    """Whether a lifeless thing's drawing shows what it is in or on."""
    return not traits.is_animate(one.drawing) and holder.drawing in (one.drawing, *shown(one.drawing))
