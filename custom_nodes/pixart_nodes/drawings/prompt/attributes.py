"""What single words say of a noun: size, age, mood, what of it is missing, and what is written on it."""

from __future__ import annotations

from ..brief import Relation
from . import likeness
from .marks import Mark
from .nouns import Nouns
from .qualities import Qualities
from .subjects import Draft


class Attributes(Nouns):
    """Words before a noun, of which the noun that comes takes note, or after it."""

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
            for draft in list(self.group):
                self._put_on(draft, mark.senses["mood"])
            return
        self.pending.words.append(mark.word)
        self.pending.mood = mark.senses["mood"]

    def _put_on(self, draft: Draft, mood: str) -> None:
        """Give something a face of a mood, its own or one that is drawn upon it."""
        Qualities(mood=mood).give_mood(draft, self.notes)
        if draft.look and not any(each.relation is Relation.SHOWN and each.other is draft for each in self.drafts):
            self.drafts.append(likeness.look(draft))

    def _filler(self, mark: Mark, kind: str) -> None:
        pass  # what says nothing of how it looks

    def _cut(self, mark: Mark, kind: str) -> None:
        """What is missing of the noun that comes, or of the last one: "half a pizza", "the cookie is half eaten"."""
        if self.drafts and self.senses.noun_after(self.at) is None:
            Qualities(cut=mark.senses["cut"]).take_away(self._last())
            self.link = ""
            return
        self.pending.words.append(mark.word)
        self.pending.cut = mark.senses["cut"]

    def _state(self, mark: Mark, kind: str) -> None:
        """What becomes of the noun that comes, or of the last one: "a melting snowman"."""
        if self.drafts and self.senses.noun_after(self.at) is None:
            self._show_state(self._last(), mark.senses["state"])
        else:
            self.pending.words.append(mark.word)
            self.pending.state = mark.senses["state"]

    def _text(self, mark: Mark, kind: str) -> None:
        """What is written on the noun that comes, or on the last one: "a level 5 mage", "a sign that says hello"."""
        if self.drafts and self.senses.noun_after(self.at) is None:
            self._last().text = mark.senses["text"]
        else:
            self.pending.text = mark.senses["text"]
        self.link = "" if self.senses.noun_after(self.at) is None else self.link
