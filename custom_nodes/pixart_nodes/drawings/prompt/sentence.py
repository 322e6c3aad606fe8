"""Which noun each word of a prompt belongs to: adjectives before nouns, what stands between two nouns, and places."""

from __future__ import annotations

from ..brief import Relation
from ..colors import NAMED
from . import traits
from .coloring import GEMS, PLATE, role_of, roles_of, whole
from .compounds import GROUPS, Compound
from .marks import PAUSE, Mark
from .qualities import SHINE, Qualities, pose_of, strike
from .senses import HAVING, PLACED, Senses
from .setting import NONE, Setting
from .subjects import Draft, join, shown
from .vocabulary import english

HANDED = ("with", "holding", "wearing")  # links that "and" goes on with: "a sword and a shield"
COMMON = {
    "eye",
    "face",
    "skin",
    "ear",
    "nose",
    "body",
    "hair",
    "legs",
    "shoe",
}  # what all have, in one colour or another
MOVES = (
    "walk",
    "run",
    "jump",
    "fly",
    "swim",
    "drive",
    "sleeping",
    "sitting",
    "lying",
)  # that "… on" and "… in" may say
CONTAINING = ("items", "food", "furniture")  # categories of what may be full of something
ASLEEP = "sleep"  # a pose, and the mood of a face
SMOKE, SMOKING, CHIMNEYS = "smoke", "smoking", ("chimney", "chimneys")  # the pose of a house whose chimney smokes
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
        self.given: list[Draft] = []  # what somebody wears or holds who is called after a figure: "pirate cat"
        self.part: tuple[Draft, str] | None = None  # the role of which the last words spoke
        self.at = 0

    def read(self) -> Sentence:
        """Go over all marks."""
        while self.at < len(self.marks):
            mark = self.marks[self.at]
            kind = self.senses.kind(self.at, self.link, self.drafts)
            if mark.note and kind not in ("measure", "container", "part", "garment"):
                self.notes.append(mark.note)
            getattr(self, f"_{kind}", self._setting)(mark, kind)
            self.at += 1
        return self

    # what stands between

    def _pause(self, mark: Mark, kind: str) -> None:
        if not (self.pending.colors and self.senses.leads_to_noun(self.at)):
            self.pending = Qualities()
        self.link, self.last_link, self.part = "", PAUSE, None

    def _relation(self, mark: Mark, kind: str) -> None:
        meaning = mark.senses["relation"]
        if meaning == "and":
            if not self.pending.colors:
                self.link = self.last_link if self.last_link in HANDED and self.drafts else "and"
        elif meaning == "of" and self.senses.kind(self.at - 1, "", self.drafts) in ("measure", "container"):
            return
        elif meaning in ("on", "in") and self.senses.is_last(self.at) and len(self.drafts) > 1:
            self._turn_round(meaning)
        else:
            self.link = meaning
            pose = pose_of(mark.word.split(" ")[0])
            for draft in self.group if pose in (*MOVES, ASLEEP) and meaning != "holding" else ():
                if pose == ASLEEP and traits.is_figure(draft.drawing):
                    draft.mood = ASLEEP  # who sleeps in a chair doesn't lie there
                else:
                    strike(draft, pose, mark.word.split(" ")[0], self.notes)

    def _turn_round(self, link: str) -> None:
        """Put the last thing on or into the one before: "a castle with a dragon on top"."""
        below, above = self.drafts[-2:]
        if below.relation is Relation.WEARING:
            return
        if below.other is above:
            below.relation, below.other = None, None
        above.relation, above.other = None, None
        join(link, above, below)

    # what is said of a noun

    def _color(self, mark: Mark, kind: str) -> None:
        colors = mark.senses["color"].split()
        if mark.word in GEMS and self.senses.is_before_jewel(self.at):
            self.pending.parts.append(("gem", colors[0]))
            return
        if self.senses.leads_to_noun(self.at) or not self.drafts or self._is_before_part():
            self.pending.colors += colors
            return
        after = self.senses.mark(self.at + 1)
        if after is not None and not after.senses:
            return  # it is the colour of something that nothing is known of
        if mark.begins and self.link in PLACED:
            self.unknown.append(mark.word)  # a place that is made of it, as "in the wood"
            return
        further, self.at = self.senses.further_colors(self.at, self.drafts)
        colors = [color for color in (*colors, *further) if color != SHINE] or [SHINE]
        if colors == [SHINE] and (self._last().colors or self._last().word.partition(" ")[0] in NAMED):
            return  # "a purple potion, glowing" is purple
        if self.part:
            draft, role = self.part
            draft.colors[role] = colors[0]
            return
        if self.link == "on":
            self.setting.place("plain", mark.word)
            self.link = ""
            return
        worn = self.link in ("in", "wearing")
        draft = self._wearer() if worn else self._last()
        draft.colors.update(whole(draft.drawing, [*self.pending.colors, *colors], clothes=worn))
        self.pending.colors.clear()
        self.link = ""

    def _last(self) -> Draft:
        """Of whom words after all nouns speak: the last thing, or who wears or holds it by being called after it."""
        return self._wearer() if self.drafts[-1] in self.given else self.drafts[-1]

    def _is_before_part(self) -> bool:
        """Whether the next word is a part of the last subject, whatever else it means: "blue sand" of an hourglass."""
        after = self.senses.mark(self.at + 1)
        return after is not None and self.link == "with" and bool(role_of(self.drafts[-1].drawing, roles_of(after)))

    def _number(self, mark: Mark, kind: str) -> None:
        if self.senses.noun_after(self.at) is not None:
            self.pending.count = int(mark.senses["number"])

    def _size(self, mark: Mark, kind: str) -> None:
        if self.drafts and self.senses.noun_after(self.at) is None:
            self._last().size = float(mark.senses["size"])
            return
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
        if self.group and self.senses.noun_after(self.at) is None:
            for draft in self.group:
                Qualities(mood=mark.senses["mood"]).give_mood(draft, self.notes)
            return
        self.pending.words.append(mark.word)
        self.pending.mood = mark.senses["mood"]

    def _filler(self, mark: Mark, kind: str) -> None:
        pass  # what says nothing of how it looks

    def _made(self, mark: Mark, kind: str) -> None:
        """What a part is like that is drawn in one way alone: "laser eyes"."""
        after = self.marks[self.at + 1]
        self.notes.append(f"Nothing shows “{mark.word} {after.word}”.")

    def _stone(self, mark: Mark, kind: str) -> None:
        """The gem of jewellery or a weapon: "a crown with rubies"."""
        senses = english().senses
        words = [(mark.word,), *english().ones((mark.word,))]
        color = next((senses[word]["color"] for word in words if "color" in senses.get(word, {})), "")
        for each in [*self.pending.colors, *color.split()][:1]:
            self.drafts[-1].colors["gem"] = each
        self.link, self.pending = "", Qualities()

    def _measure(self, mark: Mark, kind: str) -> None:
        pass

    def _pose(self, mark: Mark, kind: str) -> None:
        pose, after = mark.senses["pose"], self.senses.mark(self.at + 1)
        if after is not None and after.word in CHIMNEYS and mark.word == SMOKING:
            pose = SMOKE
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
        roles = roles_of(mark)
        if self.link == "without":
            self._leave_out(mark)
        elif self.link == "on" and len(self.drafts) > 1:
            self._turn_round("on")
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
            self._color_part(mark, roles_of(mark), colors[:1])
        self.last_link, self.link = self.link or self.last_link, ""
        self.pending = Qualities()

    def _color_part(self, mark: Mark, roles: str, colors: list[str] | None = None) -> None:
        colors = self.pending.colors[:1] if colors is None else colors
        for draft in (*reversed(self.drafts),):
            role = role_of(draft.drawing, roles)
            if role:
                self.part = (draft, role)
                draft.colors.update((role, color) for color in colors)
                return
        if not self.drafts or (self.link not in HAVING and mark.word not in self.unknown):
            self.unknown.append(mark.word)
        elif colors or not COMMON.intersection(roles.split(" ")):
            self.notes.append(
                f"The drawing of “{self.drafts[-1].word}” has no “{mark.word}”{' to colour' * bool(colors)}."
            )

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

    # nouns

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
        draft = self._draft(mark, compound)
        self.pending.give(draft, self.notes)
        self.pending = Qualities()
        same = next((each for each in self.given if each.drawing == draft.drawing), None)
        if same:
            same.colors.update(draft.colors)
            return
        self._add(draft)
        if compound.costume:
            self.given.append(Draft(compound.costume, compound.costume))
            self.drafts.append(self.given[-1])
            self._hand(compound.link, draft, self.given[-1])
        self.at += compound.further

    def _add(self, draft: Draft) -> None:
        self.part = None
        self.drafts.append(draft)
        self._join(draft)

    def _draft(self, mark: Mark, compound: Compound) -> Draft:
        draft = Draft(mark.senses["thing"], mark.word, place=mark.senses.get("ground", ""))
        if self.pending.count > 1:
            ones = (english().senses.get(one, {}) for one in english().ones(tuple(mark.word.split(" "))))
            draft.drawing = next((one["thing"] for one in ones if "thing" in one), draft.drawing)
        elif not self.pending.count:
            draft.count = 0 if compound.is_plural else GROUPS.get(compound.group, 1)
        return draft

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

    # places and the like

    def _ground(self, mark: Mark, kind: str) -> None:
        self.setting.place(mark.senses["ground"], mark.word)
        self.link = ""
        if mark.senses["ground"] != NONE:  # "a red icon of a sword"
            self.pending = Qualities()

    def _setting(self, mark: Mark, kind: str) -> None:
        self.setting.say(kind, mark.senses[kind])
        self.pending = Qualities(words=[*self.pending.words, mark.senses[kind]], count=self.pending.count)
        self.link = ""

    def _weak(self, mark: Mark, kind: str) -> None:
        pass

    def _unknown(self, mark: Mark, kind: str) -> None:
        if self.link == "without":
            self._leave_out(mark)
            self.link = ""
        elif mark.word not in self.unknown:
            self.unknown.append(mark.word)


def _is_shown(holder: Draft, one: Draft) -> bool:
    """Whether a lifeless thing's drawing shows what it is in or on."""
    return not traits.is_animate(one.drawing) and holder.drawing in (one.drawing, *shown(one.drawing))
