"""How a noun stands to those before it: what somebody has, what a thing is in or shows, and places that nouns mean."""

from __future__ import annotations

from ..brief import Relation
from . import emblems, traits
from .setting import Setting
from .subjects import LEASH, Draft, join, shown
from .tokens import PAUSE

HANDED = ("with", "holding", "wearing")  # links that "and" goes on with: "a sword and a shield"
SEATS = ("throne", "armchair", "sofa", "bench")  # on which somebody is beside whom a tag names it
FORMAL = {"suit": "tie", "tuxedo": "bow tie"}  # words for what only people have bodies for -> what others wear of it
WORLDS = {"moon": "moon", "full moon": "moon", "mars": "mars", "planet": "planet"}  # where somebody is who is on them
OPENED = {"chest": ("coins", "coin", "gold bar", "gem", "money bag")}  # what is drawn open, and what is seen in it then
GONE_BY: dict[str, str] = dict.fromkeys(
    ("basketball hoop", "hula hoop", "flaming hoop", "wheel", "portal", "hole"), "in"
)  # who goes through them is in them
GONE_BY |= dict.fromkeys(("hill", "slide", "stairs", "mountain", "ramp"), "on")  # who goes up or down them is on them
AMMUNITION = ("arrow", "bullet", "cannonball")  # what is held beside the weapon for it
IN_MOUTHS = ("cigar", "bubble gum")  # what is in the mouth of who smokes or blows it
ROBE, ROBED = "robe", "robed-kit"  # a drawing, and what whoever is drawn in one comes from
FLAMES = ("flames", "flame")  # what is about a thing that is with it
SOWN = 5  # how many stand for a field of them


class Joining:
    """The things so far, and what stands between the last noun and the next."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.group: list[Draft] = []  # the subjects that "and" puts side by side, of whom the next words speak
        self.setting = Setting()
        self.link = ""  # what stands between the last noun and the next
        self.last_link = ""
        self.given: list[Draft] = []  # what somebody wears or holds who is called after a figure: "pirate cat"
        self.filling: Draft | None = None  # what the noun that comes is in or on: "a tray of cupcakes"
        self.container: Draft | None = None  # the same for the noun that has come
        self.is_sown = False  # whether the noun that comes grows in a field

    def _join(self, draft: Draft) -> None:
        link = self._link_to(draft)
        if not link or len(self.drafts) < 2 or link == "and":
            together = link == "and" and self.group
            self.group = [*self.group, draft] if together else [draft]
            return
        if link == "on" and draft.drawing in WORLDS and draft.is_plain:
            self.setting.place(WORLDS[draft.drawing], draft.word)
            self.drafts.remove(draft)
            return
        if draft.drawing in traits.MOONS:
            self._moon(draft, link)
        self._relate(link, draft)

    def _link_to(self, draft: Draft) -> str:
        """The word by which a noun stands to those before it, which a comma alone may stand for."""
        link, self.link = self.link, ""
        self.container, self.filling = self.filling, None
        if link in HANDED and self.last_link == link and traits.is_animate(draft.drawing) and link != "with":
            link = "and"
        if not link and self.last_link == PAUSE and self.group:
            link = self._tagged(draft)
        if self.is_sown:
            self._sow(draft)
        self.last_link = link
        return link

    def _sow(self, draft: Draft) -> None:
        """Have a plant in front of what is in a field of it."""
        draft.count, self.is_sown = max(draft.count, SOWN), False
        if len(self.drafts) > 1:
            join("in front of", draft, self.group[0])

    def _relate(self, link: str, draft: Draft) -> None:
        if link == "with" and self._is_seen_anyway(draft):
            self.drafts.remove(draft)
            return
        if link == "with" and draft.is_plain and draft.drawing in shown(self.drafts[-2].drawing):
            self.drafts.remove(draft)  # "drinking juice with a straw"
            return
        if draft.drawing == LEASH and any(traits.is_animal(each.drawing) for each in self.drafts[-2:-1]):
            return  # who leads it may come yet
        if link == "with" and self.container is not None:
            join(link, self.container, draft)
            return
        if link == "with" and draft.word in FLAMES and not traits.is_hollow(self.group[-1].drawing):
            draft.count, draft.relation, draft.other = 1, Relation.BEHIND, self.group[-1]
            return
        link = "wearing" if draft.drawing in IN_MOUTHS and traits.is_animate(self.group[-1].drawing) else link
        self._fit(link, draft)
        if link == "at" and self.group[-1].relation in (None, Relation.HOLDING, Relation.WEARING):
            link = GONE_BY.get(draft.drawing, link)
        if link in (*HANDED, "riding"):
            self._hand(link, self._wearer(), draft)
            return
        if link in ("in", "on") and draft.is_plain and any(_is_shown(draft, one) for one in self.group):
            self.drafts.remove(draft)  # "a potion in a bottle"
            return
        for one in () if link == "on" and self._bears(draft) else self.group:
            join(link, one, draft)
        self._do(self.group[0])

    def _bears(self, draft: Draft) -> bool:
        """Whether what somebody is "with" is a picture on a thing of theirs: "a knight with a lion on his shield"."""
        emblem, bearer = self.drafts[-2], self.group[-1]
        if emblem in self.group or not emblems.is_printed(emblem.drawing, draft.drawing, "on"):
            return False
        if bearer.other is emblem:
            bearer.relation, bearer.other = None, None
        emblem.relation, emblem.other = Relation.SHOWN, draft
        bearer.without += [slot for slot in (draft.drawing,) if traits.has_slot(bearer.drawing, slot)]
        join("with", bearer, draft)
        return True

    def _do(self, one: Draft) -> None:
        """Show what somebody does to the noun that has come."""

    def _is_seen_anyway(self, draft: Draft) -> bool:
        """Whether what something is "with" is in its drawing: gold in an open chest, a monster's teeth."""
        one = self.group[-1]
        if draft.drawing in OPENED.get(one.drawing, ()):
            one.drawing = f"{one.drawing}/open"
            return True
        return traits.is_animate(one.drawing) and draft.drawing in traits.LIMBS and draft.drawing != "wings"

    def _fit(self, link: str, draft: Draft) -> None:
        """Have whoever has no shoulders wear what makes a suit one: "a worm in a business suit"."""
        one = self.group[-1].drawing
        if link in ("in", "wearing", "with") and traits.is_animate(one) and not traits.is_figure(one):
            draft.drawing = FORMAL.get(draft.word.split(" ")[-1], draft.drawing)

    def _hand(self, link: str, one: Draft, other: Draft) -> None:
        """Give somebody what they hold, wear or ride, unless their drawing shows it already."""
        if link != "with" and traits.is_animate(other.drawing) and not traits.is_animate(one.drawing):
            one, other = other, one  # "a guitar playing skeleton"
        is_own = other.is_plain or (traits.is_headgear(other.drawing) and not other.colors)
        if link != "riding" and is_own and other.drawing in shown(one.drawing):
            self.drafts.remove(other)
            return
        if other.drawing == ROBE and ROBED in traits.drawing(one.drawing).ancestors:
            one.colors.update(other.colors)
            self.drafts.remove(other)  # "wizard, blue robe"
            return
        if link == "holding" and traits.is_place(other.drawing) and not traits.is_figure(one.drawing):
            join("on", other, one)  # "a whale carrying a city"
            return
        if link == "holding" and not traits.is_animate(one.drawing) and traits.is_hollow(one.drawing):
            join("with", one, other)  # "a truck carrying pumpkins"
            return
        is_more = other in self.given or other.drawing in AMMUNITION
        is_more = is_more or traits.is_worn(other.drawing)
        if link in ("with", "holding") and not is_more and traits.is_carried(other.drawing):
            self._drop_given(one)
        relation = join(link, one, other)
        slot = "held" if relation is Relation.HOLDING else "hat" if relation is Relation.WEARING else ""
        if slot and traits.has_slot(one.drawing, slot) and (slot == "held" or traits.is_headgear(other.drawing)):
            one.without.append(slot)

    def _drop_given(self, holder: Draft) -> None:
        """Take from somebody what they hold by their name, once the prompt says what: "a warrior with two axes"."""
        for each in [one for one in self.given if holder.other is one and holder.relation is Relation.HOLDING]:
            holder.relation, holder.other = None, None
            self.given.remove(each)
            self.drafts.remove(each)

    def _wearer(self) -> Draft:
        """Who of the last subjects holds or wears what comes: the last that lives, else the last."""
        living = [draft for draft in self.group if traits.is_animate(draft.drawing)]
        return (living or self.group or self.drafts)[-1]

    def _tagged(self, draft: Draft) -> str:
        """How somebody stands to what only a comma parts from them: "1girl, witch hat, sword, throne"."""
        one = self.group[-1].drawing
        if traits.is_worn(draft.drawing) and traits.is_animate(one):
            return "wearing"
        if traits.is_figure(one) and draft.drawing in SEATS:
            return "on"
        kind = traits.drawing(draft.drawing).category
        held = kind == "weapons" or (kind == "instruments" and traits.is_handy(draft.drawing))
        return "holding" if held and traits.is_figure(one) else ""

    def _moon(self, draft: Draft, link: str) -> None:
        if link == "on":
            draft.drawing = "full moon"
            self.setting.place("space", draft.word)
        elif not self.setting.ground:
            self.setting.say("time", "night")


def _is_shown(holder: Draft, one: Draft) -> bool:
    """Whether a lifeless thing's drawing shows what it is in or on."""
    return not traits.is_animate(one.drawing) and holder.drawing in (one.drawing, *shown(one.drawing))
