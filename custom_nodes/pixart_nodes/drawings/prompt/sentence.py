"""Which noun each word of a prompt belongs to: adjectives before nouns, what stands between two nouns, and places."""

from __future__ import annotations

from ..brief import Relation
from ..colors import NAMED
from . import likeness, traits
from .attributes import HAIR_COLORS
from .bodies import MANY
from .bodily import Bodily
from .coloring import GEMS, HAIR, MATERIALS, SET_IN, SHINE, role_of, roles_of, whole
from .compounds import SLICE
from .joining import HANDED
from .joints import PIERCING, SPITTING
from .marks import PAUSE, Mark
from .nouns import COUPLES, HEAPED, MADE_OF
from .outfits import OF_HAIR
from .places import FIELDS
from .qualities import ASLEEP, Qualities, named, pose_of, strike
from .senses import BACKDROPS, CHIMNEYS, CRACKS, HAVING, PLACED
from .subjects import AMONG, COILED, SMOKE, TIED, WINDING, WOUND, Draft
from .vocabulary import english, lines

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
SMOKING = "smoking"  # the word before a chimney that makes smoke the pose of its house
FULL, PLENTY = ("full of", "filled with", "loaded with"), 3  # links after which there are some of a thing
MAKING = {"knitting", "sewing", "painting", "carving", "digging", "building", "chopping", "repairing", "fixing"}
MAKING |= {"sawing", "watering", "sweeping", "mopping", "raking", "mining", "photographing", "hammering", "stirring"}
MAKING |= {"grilling"}
# deeds that are seen by their tool even where what is made stands by
# Measures of which some things have a drawing of their own, and how that is called before the thing.
SLICES = (SLICE, "slices", "piece", "piece of", "pieces", "wedge", "wedges")
BUILDING = "building"  # a deed whose tool says less than what is built
FLAMING = ("flaming", "burning", "blazing")  # adjectives of what has fire about it
GLOWS = ("glow", "aura")  # nouns for light about a thing
ORBITS = ("orbiting", "orbits", "in orbit around")
INSIDE = ("inside", "hiding", "hidden", "trapped", "stuck", "curled", "napping", "caught", "locked", "living")
# words before "in" by which somebody has nothing on
COATS = ("rusty", "rusted", "mossy")  # colours of what lies over the one that a thing is made of
FISHING = "fishing"  # what somebody who does it from somewhere has a tool for
STRIKING = ("hitting", "striking", "hammering", "hits", "strikes")  # what somebody does to what is beside them
POURING = ("pouring", "pours", "filling")  # what a pot does to a cup that is beside it
ABDUCTING = ("abducting", "beaming up", "kidnapping", "abducted by", "beamed up by", "kidnapped by")
ALIEN, SAUCER = "alien", "ufo"  # drawings of who does that, and of what they do it from
HANGING, UPSIDE_DOWN, HALF_TURN = "hanging from", ("bat", "sloth"), 180  # a link, and who hangs so by how many degrees
HUNG = ("hanging from ceiling", "hanging from above")  # poses of what has nothing named to hang from
THROUGH = ("through", "stuck through", "piercing")  # what stands between a weapon and a thing that it goes through
BLOWING, BUBBLE = ("blowing", "blows"), "bubble"  # what somebody does to a drawing that comes out of their mouth
MIRRORED = ("reflected in", "reflecting in", "mirrored in")  # what a water does to things
TOPPLING, TOPPLED = (
    ("knocking over", "knocks over", "tipping over", "pushing over"),
    90,
)  # who does what to a thing, degrees
TOUCHING = {"pushing": "pushing", "leaning": "leaning", "leaned": "leaning", "propped": "leaning", "resting": "leaning"}
# the first word of what stands before a thing beside somebody -> how they are at it
REFLECTED, WATERY = "reflected", "sky"  # how a picture in the water is at its thing, and its colour
HERDS = {"pack": 3, "herd": 4, "flock": 5, "swarm": 6, "army": 5, "gang": 3, "squad": 3, "horde": 5, "colony": 5}
# words after whom several of are seen, and how many: "a wolf pack"
ABOVE_GROUND = {"fly": "sky", "swim": "sea"}  # where somebody is who does that, if no place is named


class Sentence(Bodily):
    """The things of a prompt and their setting, from its marks; `read` goes over them once."""

    def read(self) -> Sentence:
        """Go over all marks."""
        while self.at < len(self.marks):
            mark = self.marks[self.at]
            kind = self.senses.kind(self.at, self.link, self.drafts)
            if mark.note and kind not in ("measure", "container", "part", "garment"):
                self.notes.append(mark.note)
            getattr(self, f"_{kind}", self._setting)(mark, kind)
            self.at += 1
        for draft in self.drafts if self.abductor else ():
            if draft.drawing == self.abductor:
                draft.drawing, draft.count = SAUCER, 1
        return self

    # what stands between

    def _pause(self, mark: Mark, kind: str) -> None:
        if not (self.pending.colors and self.senses.leads_to_noun(self.at)):
            self.pending = Qualities()
        self.link, self.last_link, self.part = "", PAUSE, None

    def _relation(self, mark: Mark, kind: str) -> None:
        meaning = mark.senses["relation"]
        if meaning == "under" and self.senses.is_last(self.at) and len(self.drafts) > 1:
            self._turn_round("in front of")  # "a tree with gifts under it"
        elif meaning == "and":
            if not self.pending.colors:
                self.link = self.last_link if self.last_link in HANDED and self.drafts else "and"
        elif meaning == "of" and self.senses.kind(self.at - 1, "", self.drafts) in ("measure", "container"):
            return
        elif meaning == "surrounded by":
            self.link = AMONG if len(self.group) == 1 and self.group[0].count == 1 else "and"
            self.pending.arrangement = "ring"
        elif meaning in ("on", "in", "out of") and self.senses.is_last(self.at) and len(self.drafts) > 1:
            self._turn_round(meaning)
        else:
            self._link_by(mark, meaning)

    def _move(self, draft: Draft, pose: str, deed: str, meaning: str) -> None:
        if pose == ASLEEP and traits.is_figure(draft.drawing):
            draft.mood = ASLEEP  # who sleeps in a chair doesn't lie there
        elif meaning != "riding" or not traits.is_animate(draft.drawing):  # "a dog driving a car" sits in it
            strike(draft, pose, deed, self.notes)

    def _link_by(self, mark: Mark, meaning: str) -> None:
        """Keep what stands between two nouns, and show what the first of them does: "sleeping in", "fishing off"."""
        meaning, deed = self._meaning_here(mark, meaning), mark.word.split(" ")[0]
        self.link = meaning
        self.is_from = mark.word == "from"
        self.is_against = mark.word.endswith(("against", "in front of", "before"))
        self.is_inside = meaning == "in" and deed in INSIDE
        if mark.word in TIED and self.group:
            self._wind_about(self.group[-1])
        if meaning in ("beside", "chasing", "above") and mark.word in lines("doing") and deed != BUILDING:
            self.deed = mark.word
        if mark.word in ORBITS:
            self.setting.implied = self.setting.implied or "space"
        pose = pose_of(deed)
        for draft in self.group if pose in (*MOVES, ASLEEP) and meaning != "holding" else ():
            self._move(draft, pose, deed, meaning)
        if mark.word in FULL and not self.pending.count:
            self.pending.count = PLENTY
        if mark.word in MAKING:
            self.making = mark.word
        if self._is_aboard(mark):
            self.link = "on"
            return
        is_done_there = " " in mark.word and (deed == FISHING or not mark.word.endswith("from"))
        for draft in list(self.group) if is_done_there else ():
            self._equip(draft, deed, is_placed=True)

    def _meaning_here(self, mark: Mark, meaning: str) -> str:
        """What stands between two nouns where the first one hits, pours, hangs or takes something away."""
        if meaning == HANGING and self.group:
            one = self.group[-1]
            one.turn = HALF_TURN if one.drawing in UPSIDE_DOWN else one.turn
            one.drawing = named(one.drawing, [HANGING.partition(" ")[0]])
        if mark.word in THROUGH and self.group and traits.drawing(self.group[-1].drawing).category == "weapons":
            return PIERCING
        if mark.word in BLOWING and self._is_next(BUBBLE):
            return SPITTING
        if mark.word in TOPPLING:
            self.pending.turn = TOPPLED
            return "beside"
        if meaning == "beside":
            self._touch(TOUCHING.get(mark.word.split(" ")[0], ""))
        if mark.word in MIRRORED and self.group:
            self._mirror(self.group[-1])
        self.abductor = ALIEN if mark.word in ABDUCTING else self.abductor
        lives = bool(self.group) and traits.is_animate(self.group[-1].drawing)
        is_beside = self.group and mark.word in (STRIKING if lives else POURING)
        return "beside" if is_beside else meaning

    def _touch(self, how: str) -> None:
        """Have the last things at the one that comes rather than apart from it: "a ladder leaning on a tree"."""
        for one in self.group if how else ():
            one.arrangement = one.arrangement or how

    def _is_next(self, name: str) -> bool:
        """Whether the noun that comes is drawn so."""
        after = self.senses.noun_after(self.at)
        return after is not None and self.marks[after].senses.get("thing") == name

    def _mirror(self, one: Draft) -> None:
        """Have somebody's or something's picture upside down below it: "the moon reflected in a lake"."""
        image = Draft(one.drawing, one.word, colors=dict(one.colors), turn=HALF_TURN, arrangement=REFLECTED)
        image.cast, image.relation, image.other = WATERY, Relation.UNDER, one
        self.drafts.insert(self.drafts.index(one) + 1, image)

    def _wind_about(self, one: Draft) -> None:
        """Have what is long and soft around the thing that comes: "a snake around a goblet"."""
        if one.drawing in WOUND:
            self.link = WINDING
        elif one.drawing in COILED:
            self.link = "climbing"

    def _is_aboard(self, mark: Mark) -> bool:
        """Whether a thing comes that somebody sails or rides on, so that they need no other: "sailing on a leaf"."""
        deed, _, link = mark.word.partition(" ")
        after = self.senses.noun_after(self.at)
        rides = lines("doing").get(deed, "").startswith("rides ")
        return rides and link == "on" and after is not None and not self.marks[after].means("ground")

    # what is said of a noun

    def _stain(self, mark: Mark, colors: list[str]) -> None:
        """Add colours of the noun that comes; of a colour and a material side by side the colour is seen."""
        before = self.senses.mark(self.at - 1)
        if before is not None and before.means("color") and self.pending.colors and not mark.begins:
            if mark.word in MATERIALS:
                return  # "a red leather chair"
            if before.word in MATERIALS:
                self.pending.colors.pop()  # "a wooden red chair"
        self.pending.colors += colors

    def _color(self, mark: Mark, kind: str) -> None:
        colors = mark.senses["color"].split()
        if self._is_no_color(mark, colors[0]):
            return
        shines_at_night = SHINE in colors and self.drafts and self.senses.is_before_time(self.at)
        leads = self.senses.leads_to_noun(self.at) and not shines_at_night
        leads = leads or self.senses.precedes(self.at, (*BACKDROPS, *CRACKS))
        if leads or not self.drafts or self._is_before_part():
            self._stain(mark, colors)
            return
        after = self.senses.mark(self.at + 1)
        if after is not None and not after.senses:
            return  # it is the colour of something that nothing is known of
        if mark.begins and self.link in PLACED:
            self.unknown.append(mark.word)  # a place that is made of it, as "in the wood"
            return
        further, self.at = self.senses.further_colors(self.at, self.drafts)
        together = [*colors, *further]
        colors = [color for color in together if color != SHINE] or [SHINE]
        if SHINE in together:
            own = self._last().colors.values()
            self._last().glow = next(iter(own), SHINE) if colors == [SHINE] else colors[0]
        if colors == [SHINE] and (self._last().colors or self._last().word.partition(" ")[0] in NAMED):
            return  # "a purple potion, glowing" is purple
        if self.part:
            draft, role = self.part
            draft.colors[role] = colors[0]
            return
        if self.link == MADE_OF:
            self._last().cast, self.link = colors[0], ""
            return
        if self.link == "on":
            self.setting.paint(colors[0], mark.word)
            self.link = ""
            return
        worn = self.link in ("in", "wearing")
        draft = self._wearer() if worn else self._last()
        draft.colors.update(whole(draft.drawing, [*self.pending.colors, *colors], clothes=worn))
        self.pending.colors.clear()
        self.link = ""

    def _is_no_color(self, mark: Mark, color: str) -> bool:
        """Whether a word means hair, a stone, or light or fire about a thing, which that then has, or is lain over."""
        before = self.senses.mark(self.at - 1)
        if before is not None and before.word in COATS and self.pending.colors:
            return True  # "a rusty iron sword" is rusty
        if mark.word in GEMS and self.senses.is_before_jewel(self.at):
            self.pending.parts.append(("gem", color))
            return True
        if self.senses.leads_to_noun(self.at) and self._is_of_hair(mark, color):
            return True
        one = self.drafts[-1] if self.drafts else None
        after = self.senses.mark(self.at + 1)
        is_hairdo = after is not None and after.senses.get("thing") in OF_HAIR  # "a man with a blonde mohawk"
        has_hair = one is not None and HAIR in traits.drawing(one.drawing).roles
        if one is not None and has_hair and mark.word in HAIR_COLORS and not self.part and not is_hairdo:
            one.colors[HAIR] = color
            return True
        is_aura = mark.word in GLOWS and self.last_link != PAUSE
        is_aura = is_aura or (after is not None and after.word in GLOWS)  # "a cleric, golden aura"
        is_aura = is_aura and not self.senses.leads_to_noun(self.at)
        if self.drafts and (is_aura or (self.link == "with" and self._is_before_glow(mark))):
            self._last().glow = color
            self.at += color != SHINE
            return True
        is_fire = mark.word in FLAMING and self.senses.leads_to_noun(self.at)
        self.pending.is_burning = self.pending.is_burning or is_fire
        return is_fire

    def _is_before_glow(self, mark: Mark) -> bool:
        """Whether light is meant that a thing is "with": "a book with a purple glow"."""
        after = self.senses.mark(self.at + 1)
        return mark.word in GLOWS or (after is not None and after.word in GLOWS)

    def _is_before_part(self) -> bool:
        """Whether the next word is a part of the last subject, whatever else it means: "blue sand" of an hourglass."""
        after = self.senses.mark(self.at + 1)
        return after is not None and self.link == "with" and bool(role_of(self.drafts[-1].drawing, roles_of(after)))

    def _number(self, mark: Mark, kind: str) -> None:
        part = self.senses.mark(self.at + 1)
        if part is not None and part.word in MANY and self.senses.is_before_noun(self.at + 1):
            self.pending.grown = (int(mark.senses["number"]), MANY[part.word])
            self.at += 1
            return
        after = self.senses.noun_after(self.at)
        counts = after is not None and self.marks[after].means("thing", "part", "garment")
        if mark.word in COUPLES and not self.drafts and not counts:
            self._add(Draft("person", mark.word))
            self._wed(self.drafts[-1])
        elif after is not None:
            self.pending.count = int(mark.senses["number"])

    def _substance(self, mark: Mark, kind: str) -> None:
        """What a part is like that is drawn in one way alone: "laser eyes"."""
        after = self.marks[self.at + 1]
        self.notes.append(f"Nothing shows “{mark.word} {after.word}”.")

    def _stone(self, mark: Mark, kind: str) -> None:
        """The gem of jewellery or a weapon: "a crown with rubies"."""
        senses = english().senses
        words = [(mark.word,), *english().ones((mark.word,))]
        color = next((senses[word]["color"] for word in words if "color" in senses.get(word, {})), "")
        stone = traits.drawing(mark.senses["thing"])
        color = color or str(stone.roles[stone.main_role])
        for each in [*self.pending.colors, *color.split()][:1]:
            self.drafts[-1].colors[role_of(self.drafts[-1].drawing, SET_IN)] = each
        if SHINE in self.pending.colors:
            self.drafts[-1].glow = SHINE
        self.link, self.pending = "", Qualities()

    def _measure(self, mark: Mark, kind: str) -> None:
        if mark.word in FIELDS and self.senses.noun_after(self.at + 1) is not None:
            self.setting.place("meadow", mark.word)
            self.is_sown, self.link = True, ""
        self.pending.statue = self.pending.statue or mark.word in likeness.STATUES
        self.pending.words += [SLICE] * (mark.word in SLICES)

    def _arrangement(self, mark: Mark, kind: str) -> None:
        """How several things stand, said before or after them: "a ring of mushrooms", "mushrooms in a ring"."""
        meaning = mark.senses["arrangement"]
        after = self.senses.mark(self.at + 1)
        if mark.word.startswith("in ") and after is not None and after.senses.get("relation") == "of":
            self.link, self.pending.arrangement = "in", meaning  # "in a pile of leaves"
            return
        if self.senses.noun_after(self.at) is not None and (mark.word.endswith(" of") or not self.drafts):
            self.pending.arrangement = meaning
        elif self.drafts:
            draft = self.drafts[-1]
            draft.arrangement = meaning
            if draft.count < 2:
                draft.count = HEAPED[meaning]

    def _shape(self, mark: Mark, kind: str) -> None:
        """What the noun that comes has the form of: "a heart shaped box"."""
        self.pending.shape = Draft(mark.senses["thing"], mark.word)

    def _pose(self, mark: Mark, kind: str) -> None:
        pose, after = mark.senses["pose"], self.senses.mark(self.at + 1)
        if after is not None and after.word in CHIMNEYS and mark.word == SMOKING:
            pose = SMOKE
        is_of_more = self.link in HAVING and self.senses.is_before_noun(self.at)  # "with floating rocks"
        if pose in ABOVE_GROUND and not is_of_more and not self._is_drawn_so(mark.word):
            self.setting.implied = self.setting.implied or ABOVE_GROUND[pose]
        is_next = mark.begins and self.link and self.senses.is_before_noun(self.at) and pose != SMOKE
        if is_next or (not self.group and self.senses.noun_after(self.at) is not None):
            self.pending.poses.append((pose, mark.word))  # of the noun that comes: "a shelf with a sleeping cat"
        elif self.group:
            for draft in list(self.group):
                strike(draft, pose, mark.word, self.notes)
                draft.turn = HALF_TURN if mark.word in HUNG and draft.drawing in UPSIDE_DOWN else draft.turn
                self._equip(draft, mark.word, is_first=draft is self.group[0])
        else:
            self.pending.poses.append((pose, mark.word))

    def _is_drawn_so(self, word: str) -> bool:
        """Whether the subjects have a drawing of their own that shows what they do, so that no place has to."""
        after = self.senses.noun_after(self.at)
        names = [self.marks[after].senses.get("thing", "")] if after is not None and not self.group else []
        names += [draft.drawing for draft in self.group]
        return any(name and named(name, [word]) != name for name in names)

    def _weak(self, mark: Mark, kind: str) -> None:
        """What says nothing beside a noun, unless it is a kind of face on what has none: "with a silly face"."""
        look = likeness.LOOKS.get(mark.senses["weak"], "")
        if look and self.link in HAVING and self.drafts and likeness.is_faceless(self.drafts[-1].drawing):
            self.drafts[-1].look = look
            self.drafts.append(likeness.look(self.drafts[-1]))
            self.link = ""

    def _unknown(self, mark: Mark, kind: str) -> None:
        if self.link == "without":
            self._leave_out(mark)
            self.link = ""
        elif mark.word in HERDS and self.drafts and not self.link:
            self.drafts[-1].count = max(self.drafts[-1].count, HERDS[mark.word])
        elif mark.word not in self.unknown:
            self.unknown.append(mark.word)
