"""How a noun stands to those before it: what somebody has, what a thing is in or shows, and places that nouns mean."""

from __future__ import annotations

from ..brief import Relation
from . import emblems, traits
from .joints import ARROW, PREDATORS, join
from .servings import DISHES, TOPPINGS
from .setting import Setting
from .subjects import AMONG, COVERED, LEASH, TABLES, TOSSED, Draft, is_lifted, shown
from .tokens import PAUSE

HANDED = ("with", "holding", "wearing")  # links that "and" goes on with: "a sword and a shield"
# Links of what is done to the things before them -> what the noun that comes does to these.
PASSIVE = {"held by": "holding", "worn by": "wearing", "ridden by": "riding", "chased by": "chasing"}
PASSIVE |= {"pulled by": "leading", "reflecting": "shown on"}
SEATS_OF_TAGS = ("throne", "armchair", "sofa", "bench")  # on which somebody is beside whom a tag names it
FORMAL = {"suit": "tie", "tuxedo": "bow tie"}  # words for what only people have bodies for -> what others wear of it
COATS = (
    "raincoat",
    "jacket",
    "sweater",
    "hoodie",
    "shirt",
    "vest",
    "pajamas",
    "coat",
    "trench coat",
    "lab coat",
    "cape",
)
COATS = (*COATS, "cardigan", "tracksuit", "poncho", "robe", "kimono", "life jacket")  # what lies over a back
TUTU = "tutu"  # what is drawn with a bodice, which only people have on
FOUR_LEGGED, OVER_BACK = "four-legged-kit", "worn dog coat"  # who wears it so, and the drawing of it
WORLDS = {"moon": "moon", "full moon": "moon", "mars": "mars", "planet": "planet"}  # where somebody is who is on them
OPENED = {"chest": ("coins", "coin", "gold bar", "gem", "money bag")}  # what is drawn open, and what is seen in it then
POINTED = {("sign", "arrow"): "arrow sign"}  # things with another one on them that have a drawing of their own
BACKED_BY = ("chalkboard",)  # what stands behind somebody by their drawing, wherever else it is said to be
GONE_BY: dict[str, str] = dict.fromkeys(
    ("basketball hoop", "hula hoop", "flaming hoop", "wheel", "portal", "hole"), "in"
)  # who goes through them is in them
GONE_BY |= dict.fromkeys(("hill", "slide", "stairs", "mountain", "ramp"), "on")  # who goes up or down them is on them
AMMUNITION = ("arrow", "bullet", "cannonball")  # what is held beside the weapon for it
BEAMS, BEAM = ("laser", "lasers", "laser beam", "laser beams", "laser bolt", "laser bolts"), "laser beam"
# words for what is shot, and its drawing
SPELLS = ("fireball", "ice shard", "lightning", "spell")  # what is in the air beside a hand
SERVED = ("food", "items")  # categories of what is on a table that somebody sits at
FULL_MOON, SUN = "full moon", "sun"  # drawings of what somebody may be seen before
ENTERED = ("ufo", "window", "hot air balloon")  # what somebody looks out of, beside vehicles
HUGS = ("hugging", "hugs", "hug", "cuddling", "embracing", "clinging to")  # what is done to a thing with both arms
GLASS = "glass"  # the role of windows
WINDOW, SILL = "window", "windowsill"  # the drawing of what nothing is on, and of where things are then
BELL = "bell"  # what animals have at their necks
PLAYED = ("game controller", "handheld console", "drum", "drum kit", "piano", "keyboard", "maracas", "bagpipes")
# drawings of what somebody plays one of, however many are said
IN_HAND = ("bag", "purse")  # what is carried in a hand rather than worn
IN_MOUTHS = ("cigar", "bubble gum", "tobacco pipe", "laser eyes")  # what is in the mouth of who smokes or blows it
ROBE, ROBED = "robe", "robed-kit"  # a drawing, and what whoever is drawn in one comes from
WOVEN, WREATH = ("crown", "tiara"), "crown of flowers"  # what may be of flowers, and the drawing of one that is
FLAME_WORDS = ("flames", "flame")  # what is about a thing that is with it
MIRRORS = ("mirror", "hand mirror")  # what somebody is before who looks in it
BOW = "bow"  # what somebody has who has an arrow
DREAMING, BUBBLE = "dreaming of", "thought bubble"  # a link, and the drawing of what somebody has in mind
SOWN = 5  # how many stand for a field of them


class Joining:
    """The things so far, and what stands between the last noun and the next."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.group: list[Draft] = []  # the subjects that "and" puts side by side, of whom the next words speak
        self.setting = Setting()
        self.link = ""  # what stands between the last noun and the next
        self.last_link = ""
        self.props: list[Draft] = []  # what somebody wears or holds who is called after a figure: "pirate cat"
        self.filling: Draft | None = None  # what the noun that comes is in or on: "a tray of cupcakes"
        self.container: Draft | None = None  # the same for the noun that has come
        self.tools: list[Draft] = []  # what somebody has in their hands for what they do
        self.deed = ""  # what somebody does to the noun that comes: "a knight fighting a dragon"
        self.is_against = False  # whether somebody is seen before the noun that comes
        self.is_from = False  # whether it is the noun that comes from which somebody does what they do
        self.is_inside = False  # whether who is "in" the noun that comes is no wearer of it
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
            join(AMONG, self.group[0], draft)

    def _relate(self, link: str, draft: Draft) -> None:
        tests = (
            self._is_passive,
            self._is_dreamt_of,
            self._is_seen_behind,
            self._is_of_last,
            self._is_left_out,
            self._is_put_about,
            self._is_shot,
        )
        if any(settles(link, draft) for settles in tests):
            return
        link = self._meant(link, draft)
        self._fit(link, draft)
        if link in (*HANDED, "riding"):
            self._hand(link, self._wearer(), draft)
            return
        if link in ("in", "on") and draft.is_plain and any(_is_shown(draft, one) for one in self.group):
            self.drafts.remove(draft)  # "a potion in a bottle"
            return
        for one in () if link == "on" and self._bears(draft) else self.group:
            if link == "under" and one is not self.group[0] and self.group[0].other is draft:
                join("beside", one, self.group[0])  # a couple under one lamp
                continue
            mount = one.other if one.relation is Relation.RIDING and link == "on" else None
            join(link, mount or one, draft)  # "sledding down a hill"
        self._do(self.group[0])

    def _is_passive(self, link: str, draft: Draft) -> bool:
        """Whether the noun does something to those before it, which it then does: "a dragon ridden by a knight"."""
        for one in self.group if link in PASSIVE else ():
            join(PASSIVE[link], draft, one)
        return link in PASSIVE

    def _is_dreamt_of(self, link: str, draft: Draft) -> bool:
        """Whether somebody only has the noun in their mind, seen in a bubble: "a dog looking for a bone"."""
        if link != DREAMING or not traits.is_animate(self.group[-1].drawing):
            return False
        bubble = Draft(BUBBLE, BUBBLE, relation=Relation.MARKING, other=self.group[-1])
        self.drafts.insert(self.drafts.index(draft), bubble)
        draft.relation, draft.other = Relation.SHOWN, bubble
        return True

    def _is_of_last(self, link: str, draft: Draft) -> bool:
        """Whether the noun belongs to the one just before it: "on a throne of skulls", "at a table with a cake"."""
        last, kind = self.drafts[-2], traits.drawing(draft.drawing).category
        if link == "with" and last.drawing in TABLES and kind in SERVED:
            join("on", draft, last)
            return True
        if self._is_filled(link, last, draft):
            join("with", last, draft)
            return True
        pulls = traits.is_animate(last.drawing) and last not in self.group and traits.is_hollow(draft.drawing)
        if pulls and (link == "out of" or (self.is_from and link == "at")):
            for each in self.group:
                each.relation, each.other = (None, None) if each.other is last else (each.relation, each.other)
            join("inside", last, draft)  # "pulling a rabbit from a hat"
            join("beside", draft, self.group[0])
            return True
        if link == "of" and self._weave(last, draft):
            return True
        if link == "of" and last not in self.group:
            join(link, last, draft)
            return True
        return False

    def _is_filled(self, link: str, last: Draft, draft: Draft) -> bool:
        """Whether several things are in what somebody has or pulls: "a tractor pulling a trailer full of pumpkins"."""
        one = self.group[0]
        are_two = one is not last and one.other is last and one.relation in (Relation.BESIDE, Relation.LEADING)
        return link == "with" and are_two and draft.count != 1 and traits.is_hollow(last.drawing)

    def _is_left_out(self, link: str, draft: Draft) -> bool:
        """Whether the noun is seen in the drawings anyway, or waits for who comes: "drinking juice with a straw"."""
        last = self.drafts[-2]
        is_some = draft.count == 0 and not draft.colors  # "with meatballs"
        is_own = (draft.is_plain or is_some) and draft.drawing in shown(last.drawing)
        if (link == "with" and (self._is_seen_anyway(draft) or is_own)) or (link in (COVERED, *TOSSED) and is_own):
            self.drafts.remove(draft)
            return True
        if draft.drawing in BACKED_BY and draft.drawing in shown(last.drawing):
            self.drafts.remove(draft)  # "a teacher pointing at a blackboard"
            return True
        return draft.drawing == LEASH and traits.is_animal(last.drawing)  # who leads it may come yet

    def _is_seen_behind(self, link: str, draft: Draft) -> bool:
        """Whether the noun is a moon or a sun that somebody is seen before: "a wolf against a huge moon"."""
        one = self.group[-1]
        is_so = self.is_against and (draft.drawing in traits.MOONS or draft.drawing == SUN) and one.relation is None
        if is_so:
            draft.drawing = FULL_MOON if draft.drawing in traits.MOONS else SUN
            draft.relation, draft.other, draft.size = Relation.BEHIND, one, 1
            if draft.drawing == FULL_MOON and not self.setting.ground:
                self.setting.say("time", "night")
        return is_so

    def _is_put_about(self, link: str, draft: Draft) -> bool:
        """Whether the noun is in the container just named, or is flames about a thing."""
        if link == "with" and self.container is not None:
            join(link, self.container, draft)
            return True
        burns = link == "with" and draft.word in FLAME_WORDS and not traits.is_hollow(self.group[-1].drawing)
        if burns:
            draft.count, draft.relation, draft.other = 1, Relation.BEHIND, self.group[-1]
        return burns

    def _is_shot(self, link: str, draft: Draft) -> bool:
        """Whether the noun is a beam or a spell, which is in the air before who shoots or casts it."""
        is_spell = draft.drawing in SPELLS and traits.is_figure(self.group[-1].drawing)
        if link != "holding" or not (is_spell or draft.word in BEAMS):
            return False
        draft.drawing = draft.drawing if is_spell else BEAM
        draft.relation, draft.other = Relation.MARKING, self.group[-1 if is_spell else 0]
        return True

    def _meant(self, link: str, draft: Draft) -> str:
        """What a link means where the noun is what it is."""
        one = self.group[-1]
        lives = traits.is_animate(one.drawing)
        if self.deed in HUGS and link == "beside" and not traits.is_animate(draft.drawing):
            self.deed = ""
            link = "holding" if traits.is_handy(draft.drawing) else "climbing"  # "a koala hugging a branch"
        if link in TOSSED and not is_lifted(one, draft):
            link = "holding"
        if link == "with" and draft.drawing == BELL and traits.is_animal(one.drawing):
            return "wearing"
        if draft.drawing in IN_MOUTHS and lives:
            return "wearing"
        is_looked_from = traits.drawing(draft.drawing).category == "vehicles" or draft.drawing in ENTERED
        if self.is_from and is_looked_from and one.pose and lives:
            return "in"  # "waving from a train"
        if link == "in" and self.is_inside and traits.is_hollow(draft.drawing):
            return "inside"
        if link == "of" and traits.is_figure(one.drawing) and traits.is_worn(draft.drawing):
            return "wearing"  # as other languages say it
        if link == "on" and draft.drawing == WINDOW:
            draft.drawing = SILL  # "a flower pot on a window"
        if link == "in" and draft.drawing in MIRRORS:
            return "beside"  # "looking in a mirror"
        is_free = one.relation in (None, Relation.HOLDING, Relation.WEARING, Relation.RIDING)
        return GONE_BY.get(draft.drawing, link) if link == "at" and is_free else link

    def _weave(self, band: Draft, flower: Draft) -> bool:
        """Make a crown of the flowers that it is said to be of, in their colour; whether it is such."""
        if band.drawing not in WOVEN or traits.drawing(flower.drawing).category != "plants":
            return False
        kind = traits.drawing(flower.drawing)
        band.drawing = WREATH
        color = flower.colors.get(kind.main_role) or kind.roles.get(kind.main_role, "")
        band.colors = {traits.drawing(WREATH).main_role: color} if color else {}
        self.drafts.remove(flower)
        return True

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
        if (one.drawing, draft.drawing) in POINTED:
            one.drawing = POINTED[one.drawing, draft.drawing]
            return True
        if draft.drawing == WINDOW and GLASS in traits.drawing(one.drawing).roles:
            return True  # "a submarine with a round window"
        return (
            (traits.is_animate(one.drawing) or bool(one.look))
            and traits.is_limb(draft.drawing, draft.word)
            and draft.drawing != "wings"
        )

    def _fit(self, link: str, draft: Draft) -> None:
        """Have whoever has no shoulders wear what makes a suit one: "a worm in a business suit"."""
        one = self.group[-1].drawing
        if draft.drawing == TUTU and traits.is_animal(one) and traits.drawing(one).faces == "front":
            draft.drawing = f"worn {TUTU}"
        is_beast = traits.is_animate(one) and not traits.is_figure(one) and traits.drawing(one).faces == "left"
        if link in ("in", "wearing", "with") and is_beast:
            draft.drawing = FORMAL.get(draft.word.split(" ")[-1], draft.drawing)
            self._saddle(one, draft)

    def _saddle(self, one: str, draft: Draft) -> None:
        """Have who goes on four legs wear a coat over the back: "a dog in a yellow raincoat"."""
        if draft.drawing not in COATS or FOUR_LEGGED not in traits.drawing(one).ancestors:
            return
        kind = traits.drawing(draft.drawing)
        color = draft.colors.get(kind.main_role, str(kind.roles[kind.main_role]))
        draft.drawing, draft.colors, draft.without = OVER_BACK, {traits.drawing(OVER_BACK).main_role: color}, []

    def _hand(self, link: str, one: Draft, other: Draft) -> None:
        """Give somebody what they hold, wear or ride, unless their drawing shows it already."""
        is_eaten = one.drawing in PREDATORS
        if link != "with" and traits.is_animate(other.drawing) and not (traits.is_animate(one.drawing) or is_eaten):
            one, other = other, one  # "a guitar playing skeleton"
        link = "wearing" if other.drawing in IN_MOUTHS and traits.is_animate(one.drawing) else link
        if other.drawing == ARROW and link == "holding" and traits.is_figure(one.drawing) and other.is_plain:
            other.drawing = BOW  # "shooting an arrow"
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
        is_more = other in self.props or other.drawing in AMMUNITION
        is_more = is_more or (traits.is_worn(other.drawing) and other.drawing not in IN_HAND)
        if link in ("with", "holding") and not is_more and traits.is_carried(other.drawing):
            self._drop_given(one)
        if link == "holding" and other.drawing in PLAYED and not other.count:
            other.count = 1  # "playing video games"
        relation = join(link, one, other)
        slot = "held" if relation is Relation.HOLDING else "hat" if relation is Relation.WEARING else ""
        if slot and traits.has_slot(one.drawing, slot) and (slot == "held" or traits.is_headgear(other.drawing)):
            one.without.append(slot)

    def _drop_given(self, holder: Draft) -> None:
        """Take from somebody what they hold by their name, once the prompt says what: "a warrior with two axes"."""
        for each in [one for one in self.props if holder.other is one and holder.relation is Relation.HOLDING]:
            holder.relation, holder.other = None, None
            self.props.remove(each)
            self.drafts.remove(each)
        for own in (self.tools, self.props):
            for each in [one for one in own if one.relation is Relation.HELD and one.other is holder]:
                own.remove(each)
                self.drafts.remove(each)  # "cutting a tree with an axe"

    def _wearer(self) -> Draft:
        """Who of the last subjects holds or wears what comes: the last that lives, else the last."""
        living = [draft for draft in self.group if traits.is_animate(draft.drawing)]
        return (living or self.group or self.drafts)[-1]

    def _tagged(self, draft: Draft) -> str:
        """How somebody stands to what only a comma parts from them: "1girl, witch hat, sword, throne"."""
        one = self.group[-1].drawing
        if traits.is_worn(draft.drawing) and traits.is_animate(one):
            return "wearing"
        if traits.is_figure(one) and draft.drawing in SEATS_OF_TAGS:
            return "on"
        kind = traits.drawing(draft.drawing).category
        held = kind == "weapons" or (kind == "instruments" and traits.is_handy(draft.drawing))
        if draft.drawing in TOPPINGS and one in DISHES:
            return "with"  # "a stack of pancakes, butter melting"
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
