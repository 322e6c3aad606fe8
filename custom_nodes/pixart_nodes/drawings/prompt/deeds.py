"""What somebody does, shown by the tool for it, by a sign, or by the arms and legs of a thing."""

from __future__ import annotations

from ..brief import Relation
from . import likeness, traits
from .figures import SPELL, Figures
from .marks import Mark
from .qualities import ASLEEP, Qualities
from .senses import Senses
from .servings import STEAM
from .subjects import Draft, shown
from .vocabulary import lines

SHOWS = "shows"  # what says in the table of deeds that a sign shows one
DUEL, DUELISTS = "dueling", 2  # a deed that takes so many
GIVEN_BY = {"holds": "holding", "wears": "wearing", "rides": "riding", "in": "in", "tosses": "juggling"}
GIVEN_BY |= {
    "lifts": "lifting",
    "under": "under",
}  # what the table says of somebody with a thing -> the link between both
NOTHING = "nothing"  # the same for what an animal does by itself
FLASH = "muzzle flash"  # as STEAM, a sign of what needn't live
SIGN_OF_SLEEP = "zzz"
WAND, STAFF = "wand", "staff"  # what spells are cast with, unless somebody's drawing shows the other one
LIMBS = "stick limbs"  # the drawing of arms and legs of a thing
CASTABLE = ("carpet", "broom", "broomstick", "disc", "saucer", "kite", "arrow", "bullet", "ball")
# words for what flies without wings
LIVELY = ("dancing", "dances", "walking", "running", "waving", "jogging", "marching", "cheering", "jumping", "yoga")
LIVELY = (*LIVELY, "doing yoga", "practicing yoga", "meditating", "skating", "skateboarding", "surfing")
# what things do that have arms and legs for it, and a face
DANCING = ("dancing", "dances")  # what a note shows of whoever does it
FLYING, WINGS = ("flying", "fluttering", "soaring"), "wings"  # what things do by wings, and their drawing
THINGS = ("food", "items", "plants", "furniture", "tools", "instruments", "symbols", "game", "sport", "clothes")
# categories of what comes to life so
SHOOTING = ("shooting", "firing")  # what those do by themselves who hold a bow or a rifle by their drawing


class Deeds(Figures):
    """The things so far, and what each of them does."""

    def __init__(self, marks: list[Mark]) -> None:
        super().__init__()
        self.marks = marks
        self.senses = Senses(marks)
        self.notes: list[str] = []
        self.unknown: list[str] = []
        self.pending = Qualities()
        self.part: tuple[Draft, str] | None = None  # the role of which the last words spoke
        self.making = ""  # what somebody does with a tool to the noun that comes: "knitting a scarf"
        self.litter: Draft | None = None  # what lies about in a place that is called after it
        self.abductor = ""  # the drawing of who takes somebody away into the air
        self.at = 0

    def _give_tool(self, product: Draft) -> None:
        """Give somebody who makes the noun that has come the tool for it too: "a woman painting a portrait"."""
        deed, self.making = self.making, ""
        maker = next(
            (each for each in self.drafts if deed and traits.has_hands(each.drawing) and each is not product), None
        )
        if (
            maker is None
            or traits.has_slot(maker.drawing, "held")
            or lines("doing").get(deed, "").partition(" ")[0] != "holds"
        ):
            return
        tool = lines("doing")[deed].partition(" ")[2]
        if deed == "building" and not traits.is_place(product.drawing):
            return
        if product.drawing == tool or any(each.drawing == tool for each in self.drafts) or tool in shown(maker.drawing):
            return
        if (
            maker.relation is Relation.HOLDING
            and maker.other is product
            and traits.drawing(product.drawing).centimeters > traits.MOST_IN_HANDS
        ):
            maker.relation, maker.other = Relation.BESIDE, product
        self.tools.append(Draft(tool, tool, relation=Relation.HELD, other=maker))
        self.drafts.append(self.tools[-1])

    def _give(self, link: str, draft: Draft, tool: Draft) -> None:
        """Let somebody wear or hold what follows from how they are called, or from what they do."""
        if any(each.drawing == tool.drawing for each in self.drafts):
            return
        self.props.append(tool)
        self.drafts.append(tool)
        self._hand(link, draft, tool)

    def _do(self, one: Draft) -> None:
        """Show the deed that was read between two nouns: the tool for it, or a sign at both."""
        deed, self.deed = self.deed, ""
        beside = [each for each in self.drafts if each.relation is Relation.BESIDE and each.other is one]
        other = one.other if one.relation is Relation.BESIDE else next(iter(beside), None)
        other = None if self.making and beside else other  # who is given a tool for it anyway
        if deed and other:
            special = f"{deed} {other.drawing.partition('/')[0]}"  # "feeding a rabbit"
            self._equip(one, special if special in lines("doing") else deed, is_placed=True)

    def _equip(self, draft: Draft, word: str, is_placed: bool = False, is_first: bool = True) -> None:
        """Give somebody the tool for what they do, unless they do it to what follows: "a bear fishing" has a rod.

        A sign that shows it is given to the first of several alone, and only where their pose doesn't show it.
        """
        self._enliven(draft, word)
        deeds = lines("doing")
        own = deeds.get(f"{word} {draft.drawing}", "")
        own = own or ("" if traits.is_figure(draft.drawing) else deeds.get(f"{word} animal", ""))
        kind, _, tool = (own or deeds.get(word, "")).partition(" ")
        if kind == NOTHING or (word in SHOOTING and traits.has_slot(draft.drawing, "held")):
            return
        if kind == SHOWS:
            sleeps = draft.pose == ASLEEP or (draft.mood == ASLEEP and traits.is_figure(draft.drawing))
            posed = (tool == SIGN_OF_SLEEP and sleeps) or word in draft.drawing  # "howling wolf"
            is_first = is_first and not any(each.drawing == tool and each.other is draft for each in self.drafts)
            is_shown = traits.is_animate(draft.drawing) or tool in (STEAM, FLASH) or word in DANCING
            if is_first and is_shown and not posed:
                self.notes = [note for note in self.notes if not note.endswith(f"shows “{word}”.")]
                self.drafts.append(Draft(tool, word, relation=Relation.MARKING, other=draft))
                draft.count = DUELISTS if word == DUEL and draft.count == 1 else draft.count
            return
        if {WAND: STAFF, "microphone": "guitar"}.get(tool) in shown(draft.drawing):
            if self.senses.noun_after(self.at) is None:
                self._conjure(draft, "", SPELL if tool == WAND else "")
            return  # who sings to a guitar, or casts with a staff
        after = self.senses.mark(self.at + 1)
        is_named = after is not None and after.means("thing", "measure") and not after.means("relation")
        has_object = not is_placed and is_named
        if tool and traits.is_animate(draft.drawing) and not (has_object and self.group):
            self.notes = [note for note in self.notes if not note.endswith(f"shows “{word}”.")]
            self._give(GIVEN_BY[kind], draft, Draft(tool, tool))

    def _enliven(self, draft: Draft, word: str) -> None:
        """Give a thing that dances or walks arms, legs and a face for it."""
        category = traits.drawing(draft.drawing).category
        if word in FLYING and category in THINGS:
            self._lift(draft)
        if word not in LIVELY or category not in THINGS or not likeness.is_faceless(draft.drawing):
            return
        self.notes = [note for note in self.notes if not note.endswith(f"shows “{word}”.")]
        self._give_limbs(draft)
        if not draft.look and not any(each.other is draft and each.relation is Relation.SHOWN for each in self.drafts):
            draft.look = "happy"
            self.drafts.append(likeness.look(draft))

    def _lift(self, thing: Draft) -> None:
        """Give wings to a thing that flies without any: "a flying toaster"."""
        flies = traits.is_aloft(thing.drawing) or not {WINGS, "wing"}.isdisjoint(traits.drawing(thing.drawing).roles)
        if not flies and FLYING[0] not in thing.drawing and thing.other is None and thing.word not in CASTABLE:
            self.drafts.append(Draft(WINGS, WINGS, relation=Relation.BEHIND, other=thing))

    def _give_limbs(self, thing: Draft) -> None:
        """Give arms and legs to a thing that has none, not to the face on it: "a happy lemon with arms and legs"."""
        thing = thing.other if thing.relation is Relation.SHOWN and thing.other else thing
        if not any(each.drawing == LIMBS and each.other is thing for each in self.drafts):
            self.drafts.insert(0, Draft(LIMBS, LIMBS, relation=Relation.BEHIND, other=thing))
