"""Which of its meanings a phrase has where it stands, by its neighbours."""

from __future__ import annotations

from . import traits
from .coloring import OVER, SET_IN, STONES, role_of, roles_of
from .emblems import is_emblem
from .marks import Mark
from .outfits import OUTFITS, UNIFORM, fits
from .setting import NONE
from .subjects import COVERED, Draft

ATTRIBUTES = (
    "color",
    "size",
    "age",
    "mood",
    "season",
    "adjective",
    "filler",
    "number",
    "pose",
    "style",
    "view",
    "cut",
    "text",
    "turn",
    "state",
    "print",
)
NOUNS = ("thing", "part", "garment")
BETWEEN = ("pause", "relation")
ORDER = (
    "text",
    "turn",
    "cut",
    "state",
    "ground",
    "time",
    "weather",
    "season",
    "palette",
    "style",
    "view",
    "number",
    "size",
    "age",
    "mood",
    "color",
    "pose",
)
LAST = ("print", "adjective", "filler", "weak")
THOROUGHFARES = ("city", "castle", "farm")  # buildings that are places for vehicles too
CHIMNEYS = ("chimney", "chimneys")  # what smokes rather than being smoked
LIKE = ("shaped", "themed", "sized", "style", "print")  # words after a noun that only lends its looks
SHAPED, STYLE = "shaped", "style"
GROWN_OVER = ("moss", "mud", "dirt", "dust", "rust", "snow")  # what is all over a thing that is "with" it
BACKDROPS = ("background", "backdrop", "bg")  # words for what is behind everything
TWO_TONE = (
    "two coloured",
    "two colored",
    "two tone",
    "two toned",
    "bicolor",
    "bicolored",
)  # what no picture is but a thing
GROUNDS_OF = ("farm", "ranch", "farmyard", "barnyard")  # words for land as well as for the building there
PEAKS = ("peak", "summit", "mountain top", "mountaintop", "mountain peak")  # words for where somebody is seen on top
GOLD = "gold"  # a word for a heap of coins, and for what a lifeless thing is of
CLIFF = "cliff"  # the drawing of a place that is seen where something is on it
HEAVENLY = ("sun", "moon", "full moon")  # what rises behind mountains
WATERS = ("lake", "sea", "harbor")  # places that somebody is beside
HEAPS = ("stacked", "stacked up", "piled up", "lined up")  # words for how several stand, before or after them
CRACKS = ("cracks", "crack")  # what has the colour of the light that comes out of them
OVER_EYES = ("laser eyes", "3d glasses", "scar")  # what is worn over eyes, whatever colour these have
STONE_PARTS = ("gem", "gems", "jewel", "stone", "gemstone")  # what has the colour that is said before it
PALETTE = "palette"  # the colours of a picture, where it is named beside what is seen: "cat, pastel palette"
HAVING = ("with", "wearing", "without", "holding")
WORN = ("with", "wearing", "in")  # links before what somebody has on
PLACED = ("in", "on", "at", "under", "above", "out of")  # links before a place


class Senses:
    """What the marks of one prompt mean."""

    def __init__(self, marks: list[Mark]) -> None:
        self.marks = marks

    def mark(self, at: int) -> Mark | None:
        """The mark at a place, None past the end."""
        return self.marks[at] if 0 <= at < len(self.marks) else None

    def noun_after(self, at: int) -> int | None:
        """The place of the noun that an adjective at a place can belong to, None where something else comes first."""
        for place in range(at + 1, len(self.marks)):
            mark = self.marks[place]
            if place > at + 1 and self._is_of_measure(place):
                continue  # "two slices of cake"
            if mark.means(*BETWEEN) or (mark.begins and place > at + 1 and not self.marks[place - 1].senses):
                return None
            if mark.means(*NOUNS, "weather", "time") or mark.senses.get("ground", NONE) != NONE:
                return place
            if mark.begins and not mark.means(*ATTRIBUTES, "measure"):
                return None
        return None

    def _is_of_measure(self, at: int) -> bool:
        """Whether "of" stands between a measure and what there is so much of."""
        before = self.marks[at - 1]
        return self.marks[at].senses.get("relation") == "of" and before.means("measure") and not before.means("thing")

    def leads_to_noun(self, at: int) -> bool:
        """Whether a noun follows, or another colour after "and" or a pause and then a noun."""
        mark, further = self.mark(at), self.mark(at + 1)
        if self.noun_after(at) is not None:
            return True
        goes_on = further is not None and (further.means("pause") or further.senses.get("relation") == "and")
        after = self.mark(at + 2) if goes_on else further if mark and mark.means("pause", "relation") else None
        return after is not None and after.means("color") and not after.begins and self.leads_to_noun(at + 2)

    def precedes(self, at: int, words: tuple[str, ...]) -> bool:
        """Whether nothing but colours comes between the mark at a place and one that ends with one of these words."""
        place = at + 1
        while (mark := self.mark(place)) is not None and mark.means("color") and not mark.means("thing"):
            place += 1
        return mark is not None and mark.word.split(" ")[-1] in words

    def is_colored_so(self, mark: Mark, drafts: list[Draft]) -> bool:
        """Whether a word between pauses is the only subject's colour, rather than a thing beside it: "a key, gold"."""
        kinds = [traits.drawing(name).category for name in (mark.senses["thing"], *(each.drawing for each in drafts))]
        if len(kinds) != 2:
            return False
        is_metal = mark.word == GOLD and not traits.is_animate(drafts[0].drawing)
        return is_metal or kinds[0] not in ("nature", kinds[1])

    def is_last(self, at: int) -> bool:
        """Whether nothing that can be seen comes before the next pause: "on top", "on its back"."""
        after = self.mark(at + 1)
        return after is None or after.means("pause") or (after.means("filler") and self.is_last(at + 1))

    def is_before_time(self, at: int) -> bool:
        """Whether a time or a weather comes next, and no noun: "glowing in the dark"."""
        after = self.mark(at + 1)
        return after is not None and after.means("time", "weather") and not after.means(*NOUNS)

    def is_before_noun(self, at: int) -> bool:
        """Whether a part stands before the noun that has it, as in "blue-eyed cat" or "long hair girl"."""
        after = self.noun_after(at)
        return after is not None and self.marks[after].means("thing")

    def is_before_worn(self, at: int) -> bool:
        """Whether a noun or a garment follows that may be printed all over: "a striped sock"."""
        after = self.noun_after(at)
        return after is not None and self.marks[after].means("thing", "garment")

    def kind(self, at: int, link: str, drafts: list[Draft]) -> str:
        """The kind of word that a mark is after a link and beside the subjects so far."""
        mark = self.mark(at)
        if mark is None or not mark.senses or mark.means("pause"):
            return "pause" if mark is not None and mark.senses else "unknown"
        if mark.means("measure", "container") and self._is_of(at):
            return "container" if mark.means("container") and mark.means("thing") else "measure"
        if mark.means("coat") and self._is_coat(mark, link, drafts):
            return "coat"
        had = self._had(mark, link, drafts)
        if had:
            return had
        if mark.means("arrangement") and self._arranges(mark, at, drafts):
            return "arrangement"
        if mark.means("relation"):
            return self._verb(mark, at, drafts)
        if mark.means(*NOUNS):
            return self._noun(mark, at, link, drafts)
        if mark.means("color") and mark.means("ground", "style"):
            return self._color(mark, at, link)
        if mark.means("measure") and self.noun_after(at) is not None:
            return "measure"
        return next((kind for kind in (*ORDER, *LAST) if kind in mark.senses), "unknown")

    def _is_coat(self, mark: Mark, link: str, drafts: list[Draft]) -> bool:
        """Whether something lies all over the last thing: "covered in mud", "a wall with moss"."""
        if not drafts:
            return False
        return link == COVERED or (
            link == "with" and mark.word in GROWN_OVER and not traits.is_animate(drafts[-1].drawing)
        )

    def _had(self, mark: Mark, link: str, drafts: list[Draft]) -> str:
        """The kind of what a subject may have: something to wear, a stone, a part; "" where it is none of these."""
        if mark.word in OVER and drafts and not any(traits.is_figure(draft.drawing) for draft in drafts):
            return ""  # "a cat in robes"
        owners = drafts[-1:] if link == "with" else drafts[:1] if link == "on" and mark.begins else []
        is_jewel = bool(owners) and bool(role_of(owners[-1].drawing, SET_IN))
        is_stone = link == "with" and mark.senses.get("thing") in STONES and is_jewel
        if mark.means("pose") and not mark.means("part"):
            return ""  # "with open wings"
        if self._is_put_on(mark, drafts if link in HAVING else []):
            return "thing"
        if link == "with" and any(fits(mark.word, draft.drawing) for draft in drafts):
            return "garment"
        if is_stone or any(role_of(draft.drawing, roles_of(mark)) for draft in owners):
            return "stone" if is_stone and mark.word not in STONE_PARTS else "part"
        return "body" if mark.means("body") and drafts else ""

    def _is_put_on(self, mark: Mark, owners: list[Draft]) -> bool:
        """Whether a garment is one that an animal has on, whose body is no garment: "an ape with a hoodie"."""
        if mark.senses.get("thing") in OVER_EYES:
            return True
        worn = mark.means("garment") and mark.means("thing") and traits.is_worn(mark.senses["thing"])
        return worn and any(traits.is_animal(draft.drawing) for draft in owners)

    def further_colors(self, at: int, drafts: list[Draft]) -> tuple[list[str], int]:
        """The colours that "and" or a pause joins to the one at a place, and the last one's place: "blue and white"."""
        colors: list[str] = []
        while True:
            between = self.mark(at + 1)
            joined = between is not None and (between.means("pause") or between.senses.get("relation") == "and")
            further = at + (2 if joined else 1)
            mark = self.mark(further)
            if mark is None or not mark.means("color") or self.leads_to_noun(further):
                return colors, at
            if mark.means("thing") and not self.is_colored_so(mark, drafts):
                return colors, at
            colors += mark.senses["color"].split()
            at = further

    def is_before_jewel(self, at: int) -> bool:
        """Whether the noun that comes has a stone, so that a gem before it is this one."""
        after = self.noun_after(at)
        name = self.marks[after].senses.get("thing", "") if after is not None else ""
        return bool(name) and "gem" in traits.drawing(name).painted and traits.drawing(name).category != "nature"

    def _color(self, mark: Mark, at: int, link: str) -> str:
        """A colour that is a place or a style too: "galaxy cat" and "in the galaxy", "black and white"."""
        if mark.means("ground"):
            return "color" if self.noun_after(at) is not None and link not in PLACED else "ground"
        if any(each.word in TWO_TONE for each in self.marks):
            return "color"
        return "color" if self.leads_to_noun(at) and not self._is_of(at) else "style"

    def _is_of(self, at: int) -> bool:
        after = self.mark(at + 1)
        return after is not None and after.senses.get("relation") == "of" and self.leads_to_noun(at + 1)

    def _arranges(self, mark: Mark, at: int, drafts: list[Draft]) -> bool:
        """Whether things stand so: those before it, or those that come after "of"."""
        leads = mark.word.endswith(" of") or mark.word in HEAPS
        return bool(drafts) or (leads and self.noun_after(at) is not None)

    def _verb(self, mark: Mark, at: int, drafts: list[Draft]) -> str:
        """A verb is between two nouns, or says what one does: "a boy flying a kite", "a flying dragon"."""
        before = self.mark(at - 1)
        leads = before is not None and before.means("relation") and before.senses["relation"] not in HAVING
        if mark.means("color") and (not drafts or (leads and self.is_before_noun(at))):
            return "color"  # "a burning house"
        if mark.begins and not mark.means("pose") and mark.word.endswith("ing") and self.is_before_noun(at):
            return "adjective"  # "with a burning staff"
        after = self.mark(at + 1)
        if after is not None and after.word in CHIMNEYS and mark.means("pose"):
            return "pose"
        between = bool(drafts) and not mark.begins and self.noun_after(at) is not None
        return "relation" if between or not mark.means("pose") else "pose"

    def _noun(self, mark: Mark, at: int, link: str, drafts: list[Draft]) -> str:
        after = self.mark(at + 1)
        if after is not None and after.word == STYLE and drafts and mark.means("thing"):
            return "filler"  # "a spaceship, shooter style"
        if after is not None and after.word in LIKE and self.noun_after(at + 1) is not None:
            return "shape" if after.word == SHAPED and mark.means("thing") else "filler"
        attribute = next((kind for kind in ("palette", *ATTRIBUTES) if kind in mark.senses), "")
        if mark.means("part", "garment") and self._is_of_a_drawing(mark, at, link, drafts):
            return "part" if mark.means("part") else "garment"
        if link == "with" and mark.means("part") and mark.means("weak"):
            return "part"  # "a turnip with a face"
        if mark.means("filler", "weak") and not mark.means("thing", "ground"):
            return "garment" if mark.means("garment") and link in WORN else "filler"  # "an elf in a hood"
        if self._is_of_a_part(at, link):
            return "color" if mark.means("color") else "substance"
        if not mark.means("thing"):
            return next(kind for kind in ("ground", "part", "garment") if mark.means(kind))
        if attribute and self._is_attribute(mark, at, link, drafts, attribute):
            return attribute
        if mark.means("ground") and self._is_place(mark, at, link) and not self._is_passed(mark, drafts):
            return "ground"
        return "thing"

    def _is_of_a_part(self, at: int, link: str) -> bool:
        """Whether a thing only says what a part of another is like: "a shield with an iron rim", "with laser eyes"."""
        after = self.mark(at + 1)
        if after is None or after.begins or link not in HAVING or not self.marks[at].means("thing"):
            return False
        return after.means("part") and (not after.means("thing") or after.senses["thing"] in traits.LIMBS)

    def _is_by_itself(self, at: int) -> bool:
        """Whether pauses or ends of the prompt are on both sides of a word, and things elsewhere."""
        before, after = self.mark(at - 1), self.mark(at + 1)
        alone = all(mark is None or mark.means("pause") for mark in (before, after))
        return alone and any(mark.means("thing") for mark in self.marks if mark is not self.marks[at])

    def _is_attribute(self, mark: Mark, at: int, link: str, drafts: list[Draft], kind: str) -> bool:
        if mark.word == PALETTE:
            is_alone = not any(each.means("thing", "ground") for each in self.marks if each is not mark)
            return not (link or mark.begins or is_alone)
        if kind == "palette":
            return not mark.begins and link == "" and len(self.marks) > 1
        if kind == "pose":
            return bool(drafts) and not mark.begins and not link
        if link == "" and not mark.begins and self._is_by_itself(at):
            return kind == "season" or (kind == "color" and self.is_colored_so(mark, drafts))
        if kind == "color" and link == "" and not mark.begins and drafts and self._is_before_color(at):
            return True  # "a robot, orange and white"
        if kind == "season" and link == "in" and not mark.begins:
            return self.is_last(at)
        if kind == "color" and self._is_before_unknown(at) and link in HAVING:
            return True
        alone = kind == "color" and link in ("in", "of", "made of") and bool(drafts) and not mark.begins
        return alone or self.noun_after(at) is not None or (kind == "color" and self.leads_to_noun(at))

    def _is_before_color(self, at: int) -> bool:
        """Whether "and" and then a colour alone follow."""
        joint, after = self.mark(at + 1), self.mark(at + 2)
        if joint is None or after is None or joint.senses.get("relation") != "and":
            return False
        return after.means("color") and not after.means("thing") and not self.leads_to_noun(at + 2)

    def _is_before_unknown(self, at: int) -> bool:
        after = self.mark(at + 1)
        return after is not None and not after.senses and not after.begins

    def _is_of_a_drawing(self, mark: Mark, at: int, link: str, drafts: list[Draft]) -> bool:
        """Whether the last subjects have such a part or garment, so that it is no thing of its own."""
        is_tag = link == "" and at and not self.marks[at - 1].means("color") and mark.word not in OUTFITS
        if mark.means("garment") and (is_tag or (link == "holding" and mark.means("thing"))):
            return False  # "knitting a sweater"
        if link not in (*HAVING, "in", "and", "", *["of"] * mark.means("garment")):
            return False
        figures = [draft.drawing for draft in drafts if traits.is_figure(draft.drawing)]
        if mark.word in OUTFITS and figures and (mark.means("thing") or fits(mark.word, figures[-1])):
            return fits(mark.word, figures[-1]) or mark.word == UNIFORM
        if link == "with" and traits.is_limb(mark.senses.get("thing", ""), mark.word):
            shown = mark.begins and not mark.plural and is_emblem(mark.senses["thing"], drafts[-1].drawing)
            return not shown  # but "a book with an eye on it"
        wearers = [draft for draft in drafts if mark.means("part") or traits.is_figure(draft.drawing)]
        return any(role_of(draft.drawing, roles_of(mark)) for draft in wearers)

    def _is_passed(self, mark: Mark, drafts: list[Draft]) -> bool:
        """Whether a building is one that a vehicle is at or comes out of, rather than the inside of it."""
        drives = bool(drafts) and traits.drawing(drafts[-1].drawing).category == "vehicles"
        is_land = mark.word in GROUNDS_OF or mark.senses["thing"] in THOROUGHFARES
        return drives and traits.is_place(mark.senses["thing"]) and not is_land

    def _is_place(self, mark: Mark, at: int, link: str) -> bool:
        name = mark.senses["thing"]
        if link == "on" and (name == CLIFF or mark.word in PEAKS):
            return False
        if mark.senses["ground"] == NONE:
            return any(each.means("thing") for each in self.marks if each is not mark)
        building = traits.is_place(name) and name != "city"
        if (mark.word.endswith("skyline") and link) or (link == "beside" and mark.senses["ground"] in WATERS):
            return True
        if link in ("in", "at", "out of") or (link in ("on", "above") and (not building or mark.word in GROUNDS_OF)):
            return True
        after = self.mark(at + 1)
        if link == "behind" and mark.senses["ground"] == "mountains":
            return any(each.senses.get("thing") in HEAVENLY for each in self.marks[:at])  # "sun behind mountains"
        return link == "" and after is not None and after.means("thing") and not after.begins
