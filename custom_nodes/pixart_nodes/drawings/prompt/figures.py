"""What is seen of who somebody is: a boss's light, a lady's hair, a mage's element, a couple's two."""

from __future__ import annotations

from ..brief import Relation
from . import traits
from .coloring import HAIR
from .compounds import WOMEN
from .joining import Joining
from .marks import Mark
from .subjects import Draft

YOUNG, GROWN = (
    ("baby", "babies", "child", "children", "kid", "kids"),
    ("mother", "mom", "mum", "mommy", "mama", "father", "dad", "papa"),
)
NAMES_OF_YOUNG = ("duckling", "kitten", "puppy", "piglet", "lamb", "calf", "foal", "pup", "gosling", "fawn", "kid")
KIN = {**dict.fromkeys(YOUNG, 0.5), **dict.fromkeys(GROWN, 1.6)}  # how large they are by the animal whose they are
MENACE, BOSS_LIGHT = "angry", "red"  # the mood of who is fought last in a game, and the light about it
FEMALE = {"female", "woman"}  # words before figures that are drawn as men
LADIES = ("woman", "lady", "girl", "queen")  # the same after them: "vampire lady"
CASTERS, SPELL, HAT = ("wizard", "witch", "cleric", "shaman", "druid"), "spell", "hat"  # who casts, what, and a role
ELEMENTS = {"fire": "fireball", "flame": "fireball", "ice": "ice shard", "frost": "ice shard", "lightning": "lightning"}
ELEMENTS |= {"storm": "lightning", "water": "water drop", "blood": "blood drop", "death": "skull", "nature": "leaf"}
MARRIED, SPOUSES = ("newlyweds", "wedding couple", "married couple", "bridal couple"), ("groom", "bride")
# words for a couple, and the drawings of both then
GROWN_BEFORE = {"bearded", "winged", "horned"}  # words before who has what others of the kind have not
CAPE = "cape"  # a slot, a role and a drawing
BEARD, LONG_HAIR = "beard", "long hair"  # a slot, and a drawing


class Figures(Joining):
    """The things so far, of whom some are somebody."""

    def _menace(self, draft: Draft, is_boss: bool) -> None:
        """Show by its mood and light who is fought last in a game."""
        if is_boss:
            draft.mood = draft.mood or MENACE * (MENACE in traits.drawing(draft.drawing).moods)
            draft.glow = draft.glow or BOSS_LIGHT

    def _let_hair_down(self, draft: Draft) -> None:
        """Let somebody whose drawing isn't a woman's be seen as one: "female archer"."""
        drawing = traits.drawing(draft.drawing)
        if not traits.is_figure(draft.drawing):
            return
        draft.without += [slot for slot in (BEARD,) if traits.has_slot(draft.drawing, slot)]
        if draft.drawing in WOMEN or HAIR not in drawing.roles or not traits.is_figure(draft.drawing):
            return
        if traits.has_slot(draft.drawing, CAPE):  # which would lie over the hair
            draft.without.append(CAPE)
            red = draft.colors.pop(CAPE, str(drawing.roles.get(CAPE, "red")))
            self.drafts.append(Draft(CAPE, CAPE, colors={"body": red}, relation=Relation.WORN, other=draft))
        hair = draft.colors.setdefault(HAIR, str(drawing.roles[HAIR]))
        self.drafts.append(Draft(LONG_HAIR, LONG_HAIR, colors={"body": hair}, relation=Relation.WORN, other=draft))

    def _conjure(self, draft: Draft, element: str, spell: str = "") -> None:
        """Show the element of a mage beside the free hand, and the hat in its colour: "a fire mage"."""
        spell = ELEMENTS.get(element, spell) if draft.drawing in CASTERS else ""
        if not spell or any(each.other is draft and each.relation is Relation.MARKING for each in self.drafts):
            return
        role = traits.drawing(draft.drawing).main_role
        if element in ELEMENTS and HAT in traits.drawing(draft.drawing).roles and role in draft.colors:
            draft.colors.setdefault(HAT, draft.colors[role])
        self.drafts.append(Draft(spell, spell, relation=Relation.MARKING, other=draft))

    def _sprout(self, draft: Draft, word: str) -> None:
        """Show a beard, wings or horns that are said before who has them."""

    def _wed(self, draft: Draft) -> None:
        """Make a couple of a man a man and a woman."""
        draft.count = 1
        husband, name = SPOUSES if draft.word in MARRIED else (draft.drawing, "woman")
        draft.drawing, wife = husband, Draft(name, draft.word)
        self.drafts.append(wife)
        self.group.append(wife)

    def _kin(self, mark: Mark) -> Draft | None:
        """The young or the parent of an animal, which is one too: "a koala with her baby"."""
        animal = next((each for each in reversed(self.drafts) if traits.is_animal(each.drawing)), None)
        if animal is None:
            return None
        if mark.senses.get("thing") == animal.drawing and mark.word.removesuffix("s") in NAMES_OF_YOUNG:
            return Draft(animal.drawing, mark.word, size=KIN["baby"])  # "a duck with ducklings"
        is_own = mark.whose or (mark.word in KIN and self.link == "with")
        if not is_own or mark.word not in KIN:
            return None
        return Draft(animal.drawing, mark.word, size=KIN[mark.word], colors=dict(animal.colors))
