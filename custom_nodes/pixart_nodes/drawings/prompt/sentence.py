"""Which noun each word of a prompt belongs to: adjectives before nouns, what stands between two nouns, and places."""

from __future__ import annotations

from ..brief import Relation
from . import traits
from .coloring import PLATE, role_of, whole
from .compounds import Compound
from .marks import PAUSE, Mark
from .qualities import Qualities, strike
from .senses import Senses
from .setting import Setting
from .subjects import Draft, join

HANDED = ("with", "holding", "wearing")  # links that "and" goes on with: "a sword and a shield"
ABOVE_GROUND = {"fly": "sky", "swim": "sea"}  # where somebody is who does that, if no place is named


class Sentence:
    """The things of a prompt and their setting, from its marks; `read` goes over them once."""

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
        self.at = 0

    def read(self) -> Sentence:
        """Go over all marks."""
        while self.at < len(self.marks):
            mark = self.marks[self.at]
            kind = self.senses.kind(self.at, self.link, self.drafts)
            if mark.note:
                self.notes.append(mark.note)
            getattr(self, f"_{kind}", self._setting)(mark, kind)
            self.at += 1
        return self

    # what stands between

    def _pause(self, mark: Mark, kind: str) -> None:
        if not (self.pending.colors and self.senses.leads_to_noun(self.at)):
            self.pending = Qualities()
        self.link = ""
        self.last_link = PAUSE

    def _relation(self, mark: Mark, kind: str) -> None:
        meaning = mark.senses["relation"]
        if meaning == "and":
            if self.pending.colors:
                return
            goes_on = self.last_link in HANDED and bool(self.drafts)
            self.link = self.last_link if goes_on else "and"
        elif meaning == "of" and self.senses.kind(self.at - 1, "", self.drafts) in ("measure", "container"):
            return
        else:
            self.link = meaning

    # what is said of a noun

    def _color(self, mark: Mark, kind: str) -> None:
        colors = mark.senses["color"].split()
        if self.senses.leads_to_noun(self.at) or not self.drafts:
            self.pending.colors += colors
            return
        draft = self._wearer() if self.link in ("in", "wearing") else self.drafts[-1]
        draft.colors.update(whole(draft.drawing, [*self.pending.colors, *colors]))
        self.pending.colors.clear()
        self.link = ""

    def _number(self, mark: Mark, kind: str) -> None:
        if self.senses.noun_after(self.at) is not None:
            self.pending.count = int(mark.senses["number"])

    def _size(self, mark: Mark, kind: str) -> None:
        self.pending.words.append(mark.word)
        self.pending.size = float(mark.senses["size"])

    def _age(self, mark: Mark, kind: str) -> None:
        young = mark.senses["age"] == "baby"
        if young and self.group and self.senses.noun_after(self.at) is None:
            grown = self.group[-1]
            self._add(Draft(grown.drawing, mark.word, size=0.6, colors=dict(grown.colors)))
            return
        self.pending.words.append(mark.word)
        self.pending.young = young

    def _adjective(self, mark: Mark, kind: str) -> None:
        self.pending.words.append(mark.word)

    def _mood(self, mark: Mark, kind: str) -> None:
        self.pending.words.append(mark.word)

    def _filler(self, mark: Mark, kind: str) -> None:
        pass

    def _measure(self, mark: Mark, kind: str) -> None:
        pass

    def _pose(self, mark: Mark, kind: str) -> None:
        pose = mark.senses["pose"]
        if pose in ABOVE_GROUND:
            self.setting.implied = self.setting.implied or ABOVE_GROUND[pose]
        if self.senses.noun_after(self.at) is not None and not self.group:
            self.pending.poses.append((pose, mark.word))
        elif self.group:
            for draft in self.group:
                strike(draft, pose, mark.word, self.notes)
        else:
            self.pending.poses.append((pose, mark.word))

    def _part(self, mark: Mark, kind: str) -> None:
        roles = mark.senses["part"]
        if self.link == "without":
            self._leave_out(mark)
        elif self.senses.is_before_noun(self.at):
            self.pending.parts += [(role, color) for role in roles.split() for color in self.pending.colors[:1]]
            self.pending.colors.clear()
            return
        else:
            self._color_part(mark, roles)
        self.last_link, self.link = self.link or self.last_link, ""
        self.pending = Qualities()

    def _garment(self, mark: Mark, kind: str) -> None:
        if self.link == "without":
            self._leave_out(mark)
        else:
            colors = self.pending.colors or ([PLATE[mark.word]] if mark.word in PLATE else [])
            self._color_part(mark, mark.senses["garment"], colors[:1])
        self.last_link, self.link = self.link or self.last_link, ""
        self.pending = Qualities()

    def _color_part(self, mark: Mark, roles: str, colors: list[str] | None = None) -> None:
        colors = self.pending.colors[:1] if colors is None else colors
        for draft in (*reversed(self.drafts),):
            role = role_of(draft.drawing, roles)
            if role:
                draft.colors.update((role, color) for color in colors)
                return
        if colors and self.drafts:
            self.notes.append(f"The drawing of “{self.drafts[-1].word}” has no “{mark.word}” to colour.")

    def _leave_out(self, mark: Mark) -> None:
        for draft in reversed(self.drafts):
            slots = traits.drawing(draft.drawing).slots
            names = (mark.word, f"{mark.word}s", mark.word.rstrip("s"), *mark.senses.get("garment", "").split())
            slot = next((name for name in (*names, *mark.senses.get("part", "").split()) if name in slots), "")
            if slot and slot not in ("head", "torso", "trunk", "body"):
                draft.without.append(slot)
                return

    # nouns

    def _container(self, mark: Mark, kind: str) -> None:
        name = mark.senses.get("thing", "")
        if traits.drawing(name).category == "items" and traits.is_hollow(name):
            self._thing(mark, kind)
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
        draft = self._draft(mark)
        self.pending.give(draft, self.notes)
        self.pending = Qualities()
        self._add(draft)
        if compound.accessory:
            worn = Draft(compound.accessory, compound.accessory)
            join(compound.link, draft, worn)
            self.drafts.append(worn)

    def _add(self, draft: Draft) -> None:
        self.drafts.append(draft)
        self._join(draft)

    def _draft(self, mark: Mark) -> Draft:
        draft = Draft(mark.senses["thing"], mark.word, place=mark.senses.get("ground", ""))
        if mark.plural and not self.pending.count:
            draft.count = 0
        return draft

    def _join(self, draft: Draft) -> None:
        link, self.link = self.link, ""
        if link in HANDED and self.last_link == link and traits.is_animate(draft.drawing) and link != "with":
            link = "and"
        if not link and self.last_link == PAUSE and self.group and traits.is_worn(draft.drawing):
            link = "wearing" if traits.is_animate(self.group[-1].drawing) else ""
        self.last_link = link
        others = [each for each in self.drafts if each is not draft]
        if not link or not others or link == "and":
            together = link == "and" and self.group
            self.group = [*self.group, draft] if together else [draft]
            return
        if draft.drawing in traits.MOONS:
            self._moon(draft, link)
        anchor = self._wearer() if link in ("holding", "wearing", "riding", "with") else self.group[0]
        for one in self.group if link not in HANDED else [anchor]:
            if one is not draft and one.relation is not Relation.HELD:
                join(link, one, draft)

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

    # places and the like

    def _ground(self, mark: Mark, kind: str) -> None:
        self.setting.place(mark.senses["ground"], mark.word)
        self.link = ""

    def _setting(self, mark: Mark, kind: str) -> None:
        self.setting.say(kind, mark.senses[kind])
        self.pending.words.append(mark.senses[kind])
        self.link = ""

    def _weak(self, mark: Mark, kind: str) -> None:
        pass

    def _unknown(self, mark: Mark, kind: str) -> None:
        if self.link == "without":
            self._leave_out(mark)
            self.link = ""
        elif mark.word not in self.unknown:
            self.unknown.append(mark.word)
