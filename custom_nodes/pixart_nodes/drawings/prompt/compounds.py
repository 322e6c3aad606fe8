"""Two nouns side by side: the last one is drawn, the first one says something of it ("pirate cat", "coffee mug")."""

from __future__ import annotations

from . import traits
from .inflection import article
from .marks import Mark
from .qualities import Qualities
from .setting import Setting
from .vocabulary import table

MOST_IN_A_ROW = 2  # nouns without a word between them; more are a list of things


class Compound:
    """The noun at a place of a prompt, beside the nouns before and after it."""

    def __init__(self, marks: list[Mark], at: int) -> None:
        self.marks = marks
        self.at = at

    @property
    def row(self) -> range:
        """The places of the nouns that stand in one row with it."""
        first = last = self.at
        while first > 0 and not self.marks[first].begins and self._is_noun(first - 1):
            first -= 1
        while last + 1 < len(self.marks) and not self.marks[last + 1].begins and self._is_noun(last + 1):
            last += 1
        return range(first, last + 1)

    def _is_noun(self, at: int) -> bool:
        mark = self.marks[at]
        return mark.means("thing") and not mark.means("relation")

    @property
    def is_modifier(self) -> bool:
        """Whether the noun only says something of the next one."""
        row = self.row
        return len(row) == MOST_IN_A_ROW and self.at == row[0] and not self.marks[self.at].plural

    @property
    def _modifier(self) -> Mark | None:
        row = self.row
        return (
            self.marks[row[0]]
            if len(row) == MOST_IN_A_ROW and self.at == row[1] and not self.marks[row[0]].plural
            else None
        )

    def _costume(self, modifier: Mark, head: Mark) -> tuple[str, str]:
        """What somebody wears or holds, or whose colour it takes, who is called after another figure."""
        words = table("wearers")
        kind, _, what = (words.get(modifier.word) or words.get(modifier.senses["thing"], "")).partition(" ")
        return (kind, what) if traits.is_animate(head.senses["thing"]) else ("", "")

    @property
    def accessory(self) -> str:
        """The drawing of what the noun wears or holds because of the noun before it, "" for nothing."""
        if self._modifier is None:
            return ""
        kind, what = self._costume(self._modifier, self.marks[self.at])
        return what if kind in ("wears", "holds") else ""

    @property
    def link(self) -> str:
        """How the noun stands to its accessory."""
        kind = self._costume(self._modifier, self.marks[self.at])[0] if self._modifier else ""
        return {"wears": "wearing", "holds": "holding"}.get(kind, "with")

    def modify(self, pending: Qualities, setting: Setting, notes: list[str]) -> None:
        """Let the next noun have what this one says of it, and a note where that is nothing."""
        mark, head = self.marks[self.at], self.marks[self.at + 1]
        kind, what = self._costume(mark, head)
        if kind == "colored" and not pending.colors:
            pending.colors.append(what)
        elif not kind and mark.senses["thing"] != head.senses["thing"]:
            if mark.means("ground") and not setting.ground:
                setting.place(mark.senses["ground"], mark.word)
            else:
                notes.append(f"“{mark.word} {head.word}” is drawn as {article(head.word)}.")
