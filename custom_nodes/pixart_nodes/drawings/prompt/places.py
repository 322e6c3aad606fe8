"""Where the things of a prompt are, and what grows or lies about there."""

from __future__ import annotations

from . import traits
from .attributes import Attributes
from .joining import SOWN
from .marks import Mark
from .qualities import Qualities
from .senses import BACKDROPS, HAVING
from .setting import NONE, PLAIN
from .subjects import Draft
from .vocabulary import english

LYING = 2  # so many of what a cave is called after are seen
FIELDS = ("field", "fields", "meadow")  # before "of" and what grows there, or after it
GROVES, GROWN = ("forest", "woods", "grove", "garden", "orchard", "jungle"), 3  # after what some of grow there
SHORES = {"sea": "beach", "lake": "lakeside"}  # where somebody is who stands by a water
UNDRAWN = "undrawn"  # the meaning of views in which nothing is drawn
INLAND = ("pond", "lake", "river", "stream")  # waters that who is at them isn't in
SETS, SHOWN_OF_SETS = ("icons", "sprites"), 3  # words after what several of are wanted, and how many are shown
EERIE = {"spooky", "haunted", "creepy", "scary", "eerie"}  # adjectives of places that are seen by night
STREWN, CAVES = ("crystal",), ("cave", "cavern", "grotto")  # what lies about in places that are called after it


class Places(Attributes):
    """Places, times and weather of a prompt."""

    def _ground(self, mark: Mark, kind: str) -> None:
        crop = english().senses.get((mark.word.split(" ")[0],), {}).get("thing", "") if " " in mark.word else ""
        if crop and mark.word.endswith(FIELDS) and traits.drawing(crop).category in ("plants", "food"):
            self._strew(crop, SOWN)  # "a corn field"
        if crop in STREWN and mark.word.endswith(CAVES):
            self._strew(crop, LYING)  # "a crystal cave"
        if mark.word in FIELDS and not self.link and self.drafts and self._is_grown(self.at - 1):
            self.drafts[-1].count = max(self.drafts[-1].count, SOWN)  # "a sunflower field"
        if mark.word in GROVES and not self.link and self.drafts and self._is_grown(self.at - 1):
            self.drafts[-1].count = max(self.drafts[-1].count, GROWN)  # "a mushroom forest"
        if EERIE.intersection(self.pending.words) or EERIE.intersection(mark.word.split(" ")):
            self.setting.say("time", "night")  # unless the prompt has said another
        stands_by = self.link == "beside" or (self.link == "at" and mark.word in INLAND)
        who = self.group[-1] if self.group else None  # "looking at the sea", "feeding ducks at the pond"
        stands_by = stands_by and who is not None and traits.is_figure(who.drawing) and who.pose in ("", "idle", "sit")
        ground = mark.senses["ground"]
        self.setting.place(SHORES.get(ground, ground) if stands_by else ground, mark.word)
        if mark.senses["ground"] == PLAIN:
            self._paint_ground(mark)
        if mark.word in SETS and self.drafts and self.drafts[-1].count == 1:
            self.drafts[-1].count = SHOWN_OF_SETS  # "potion icons"
        self.link = ""
        if mark.senses["ground"] != NONE:  # "a red icon of a sword"
            self.pending = Qualities()

    def _paint_ground(self, mark: Mark) -> None:
        """Give the ground the colour that is said of it: "white background"."""
        first = english().senses.get((mark.word.split(" ")[0],), {})
        for color in [*self.pending.colors, *first.get("color", "").split()][:1]:
            self.setting.paint(color, mark.word)

    def _filler(self, mark: Mark, kind: str) -> None:
        if mark.word in BACKDROPS and self.pending.colors:
            self._paint_ground(mark)
            self.pending.colors.clear()

    def _strew(self, name: str, count: int) -> None:
        """Have several of what a place is called after in it."""
        self.litter = Draft(name, name, count=count)
        self.group = [self.litter]
        self.drafts.append(self.litter)

    def _is_grown(self, at: int) -> bool:
        name = self.marks[at].senses.get("thing", "")
        return bool(name) and traits.drawing(name).category in ("plants", "food")

    def _view(self, mark: Mark, kind: str) -> None:
        """From where all is seen; what is drawn is seen from the front or the side."""
        if mark.senses["view"] == UNDRAWN:
            self.notes.append(
                f"Nothing is drawn in the view “{mark.word}”: things are seen from the front or the side."
            )
            return
        self._setting(mark, kind)

    def _setting(self, mark: Mark, kind: str) -> None:
        after = self.senses.mark(self.at + 1)
        if self.link in HAVING and after is not None and after.means("thing") and not after.begins:
            return  # "with a rain hat"
        self.setting.say(kind, mark.senses[kind])
        self.pending = Qualities(words=[*self.pending.words, mark.senses[kind]], count=self.pending.count)
        if after is None or after.begins or not after.means("ground"):  # but "in snowy mountains"
            self.link = ""
