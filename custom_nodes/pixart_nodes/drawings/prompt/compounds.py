"""Two nouns side by side: one is drawn, the other says something of it ("pirate cat", "coffee mug", "cat wizard")."""

from __future__ import annotations

from . import traits
from .coloring import STONES
from .inflection import article, singulars
from .marks import Mark
from .qualities import Qualities
from .setting import NONE, Setting
from .vocabulary import english, lines

LONGEST = 4  # nouns before and after one that are looked at
PAIR = 2  # nouns in a row that are one thing; more are a list, if they aren't all figures
GROUPS = {"couple": 2, "parents": 2, "siblings": 2, "family": 3, "villagers": 3, "crowd": 6}  # how many they are
QUALITIES = ("color", "size", "age", "mood", "adjective", "filler", "number", "style", "palette", "season", "relation")
WHOEVER = {"warrior", "fighter", "monster", "creature", "beast", "man", "guy", "person", "soldier", "hero", "ranger"}
WHOEVER |= {"hunter", "villager", "human", "boss", "lord", "dude", "fellow", "lad", "character", "enemy", "npc", "mob"}
WHOEVER |= {"minion", "villain", "buddy", "friend", "companion", "leader", "bro"}
# heads that say less than the noun before them, if that is somebody
KINDS = {"tree", "dog", "fish", "bird", "sword", "flower", "plant", "insect", "bug"}
# and these say less than a thing of the same category that isn't one of them: "bonsai tree", "corgi dog"


class Compound:
    """The noun at a place of a prompt, beside the nouns before and after it."""

    def __init__(self, marks: list[Mark], at: int) -> None:
        self.marks = marks
        self.at = at
        self.row = self._row()
        self.head = self._head()

    def _row(self) -> range:
        """The places of the nouns that stand in one row with it."""
        first = last = self.at
        while (
            self.at - first < LONGEST and first > 0 and not self.marks[first].begins and self._is_modifying(first - 1)
        ):
            first -= 1
        while (
            last - self.at < LONGEST
            and last + 1 < len(self.marks)
            and self._is_modifying(last)
            and self._goes_on(last + 1)
        ):
            last += 1
        return range(first, last + 1)

    def _is_modifying(self, at: int) -> bool:
        mark = self.marks[at]
        return mark.means("thing") and not mark.means(*QUALITIES) and not mark.plural

    def _goes_on(self, at: int) -> bool:
        mark = self.marks[at]
        is_cut_out = mark.senses.get("ground") == NONE  # "crystal icon" is a crystal
        return mark.means("thing") and not mark.begins and not mark.means("relation") and not is_cut_out

    def _head(self) -> int | None:
        """The place of the noun that is drawn for the whole row, None for a list of things."""
        names = [self.marks[place].senses["thing"] for place in self.row]
        if len(self.row) > PAIR and not all(traits.is_figure(name) for name in names):
            return None
        if self._is_creature(names[0]) and traits.drawing(names[-1]).category == "people" and self._costumes():
            return self.row[0]  # "skeleton pirate captain"
        return self.row[0] if len(self.row) == PAIR and self._is_first_drawn(*names) else self.row[-1]

    def _is_first_drawn(self, first: str, second: str) -> bool:
        """Whether the second of two nouns says less: "cat wizard", "rice bowl", "orc warrior"."""
        mark = self.marks[self.row[1]]
        as_animal = self._is_animal(first) and bool(self._costume(self.row[1])[0])
        in_bowl = traits.drawing(first).category == "food" and mark.means("container")
        several, kinds = mark.word in GROUPS, [traits.drawing(name).category for name in (first, second)]
        is_kind = bool(KINDS & {mark.word, *singulars(mark.word)})
        of_its_kind = is_kind and kinds[0] == kinds[1] and self.marks[self.row[0]].word not in KINDS
        return as_animal or in_bowl or several or of_its_kind or (mark.word in WHOEVER and traits.is_animate(first))

    def _costumes(self) -> list[tuple[str, str]]:
        """What the nouns after the first one make a creature wear or hold, the last first."""
        costumes = [self._costume(place) for place in reversed(self.row[1:])]
        return [costume for costume in costumes if costume[0] in ("wears", "holds")]

    def _is_creature(self, name: str) -> bool:
        return traits.is_animate(name) and traits.drawing(name).category == "fantasy" and traits.is_figure(name)

    def _is_animal(self, name: str) -> bool:
        return traits.is_animate(name) and traits.drawing(name).category not in ("people", "fantasy")

    def _costume(self, at: int) -> tuple[str, str]:
        """What somebody wears or holds, or whose colour it takes, who is called after the figure at a place."""
        table, mark = lines("wearers"), self.marks[at]
        drawing = "" if mark.word in WHOEVER else mark.senses["thing"]
        kind, _, what = (table.get(mark.word) or table.get(drawing, "")).partition(" ")
        return kind, what

    @property
    def is_modifier(self) -> bool:
        """Whether the noun only says something of a later one."""
        return self.head is not None and self.at < self.head

    @property
    def further(self) -> int:
        """How many nouns after this one belong to it."""
        return self.row[-1] - self.at if self.head == self.at else 0

    @property
    def group(self) -> str:
        """The word that says how many the noun's are: "penguin family"."""
        return self._last.word

    @property
    def is_plural(self) -> bool:
        """Whether several are meant: "corgi dogs"."""
        return self._last.plural

    @property
    def _last(self) -> Mark:
        """The last noun that belongs to it, which may be itself."""
        return self.marks[self.at + self.further]

    @property
    def _figure(self) -> tuple[str, str]:
        """The costume that the head has from the other noun."""
        others = [place for place in self.row if place != self.head]
        if self.head != self.at or not others or not traits.is_animate(self.marks[self.at].senses["thing"]):
            return "", ""
        after = self._costumes() if self.head == self.row[0] else []
        return after[0] if after else self._costume(others[-1])

    @property
    def costume(self) -> str:
        """The drawing of what the noun wears or holds because of the other noun, "" for nothing."""
        kind, what = self._figure
        return what if kind in ("wears", "holds") else ""

    @property
    def link(self) -> str:
        """How the noun stands to its costume."""
        return "holding" if self._figure[0] == "holds" else "wearing"

    def modify(self, pending: Qualities, setting: Setting, notes: list[str]) -> None:
        """Let the head have what this noun says of it, and a note where that is nothing."""
        mark, head = self.marks[self.at], self.marks[self.row[-1]]
        kind, what = self._costume(self.at)
        if kind == "colored" and not pending.colors and traits.is_animate(head.senses["thing"]):
            pending.colors.append(what)
        elif kind == "colored" and not pending.colors and _is_haunted(head.senses["thing"]):
            pending.colors.append(what)  # "zombie hand", "ghost ship"
        elif mark.senses["thing"] in STONES and "gem" in traits.drawing(head.senses["thing"]).painted:
            own = english().senses.get((mark.senses["thing"],), {}).get("color", "")
            pending.parts += [("gem", color) for color in (pending.colors or own.split())[:1]]
            pending.colors.clear()
        elif mark.senses["thing"] == head.senses["thing"] or (kind and traits.is_animate(head.senses["thing"])):
            return
        elif mark.means("ground") and not setting.ground:
            setting.place(mark.senses["ground"], mark.word)
        else:
            notes.append(f"“{mark.word} {head.word}” is drawn as {article(head.word)}.")


def _is_haunted(name: str) -> bool:
    """Whether something lifeless has the colour of a figure that it is called after."""
    return name in traits.LIMBS or traits.drawing(name).category == "vehicles"
