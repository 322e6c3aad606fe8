"""Which noun each word of a prompt belongs to: adjectives before nouns, what stands between two nouns, and places."""

from __future__ import annotations

from ..brief import Relation
from ..colors import NAMED
from . import emblems, likeness, traits
from .bodies import MANY
from .coloring import EYE, GEMS, PLATE, SET_IN, SHINE, role_of, roles_of, whole
from .company import SMOKE
from .joining import HANDED
from .marks import PAUSE, Mark
from .nouns import COUPLES, HEAPED, MADE_OF
from .places import FIELDS, Places
from .qualities import ASLEEP, Qualities, named, pose_of, strike
from .senses import BACKDROPS, CHIMNEYS, CRACKS, HAVING, PLACED
from .subjects import TIED, WINDING, WOUND, Draft, join
from .vocabulary import english, lines

COMMON = {
    "eye",
    "face",
    "skin",
    "ear",
    "nose",
    "body",
    "hair",
    "legs",
    "shoe",
    "neck",
}  # what all have, in one colour or another
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
SLICES, SLICE = ("slice", "slices", "piece", "piece of", "pieces", "wedge", "wedges"), "slice"
BUILDING = "building"  # a deed whose tool says less than what is built
FLAMING = ("flaming", "burning", "blazing")  # adjectives of what has fire about it
GLOWS = ("glow", "aura")  # nouns for light about a thing
ORBITS = ("orbiting", "orbits", "in orbit around")
WINGS = ("wings", "wing")
BODILY = ("fur", "skin", "hair", "eyes", "tail", "ears", "beard", "scales", "feathers")  # parts of what lives
HAD_AT = {"held": "holding", "worn": "wearing"}  # links by what places on a body are for
SHOULDERS = ("on shoulder", "on shoulders")
ABOVE_GROUND = {"fly": "sky", "swim": "sea"}  # where somebody is who does that, if no place is named


class Sentence(Places):
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
            self.link, self.pending.arrangement = "and", "ring"
        elif meaning in ("on", "in") and self.senses.is_last(self.at) and len(self.drafts) > 1:
            self._turn_round(meaning)
        else:
            self._link_by(mark, meaning)

    def _link_by(self, mark: Mark, meaning: str) -> None:
        """Keep what stands between two nouns, and show what the first of them does: "sleeping in", "fishing off"."""
        self.link, deed = meaning, mark.word.split(" ")[0]
        if mark.word in TIED and self.group and self.group[-1].drawing in WOUND:
            self.link = WINDING
        if meaning in ("beside", "chasing", "above") and mark.word in lines("doing") and deed != BUILDING:
            self.deed = mark.word
        if mark.word in ORBITS:
            self.setting.implied = self.setting.implied or "space"
        pose = pose_of(deed)
        for draft in self.group if pose in (*MOVES, ASLEEP) and meaning != "holding" else ():
            if pose == ASLEEP and traits.is_figure(draft.drawing):
                draft.mood = ASLEEP  # who sleeps in a chair doesn't lie there
            else:
                strike(draft, pose, deed, self.notes)
        if mark.word in FULL and not self.pending.count:
            self.pending.count = PLENTY
        if mark.word in MAKING:
            self.making = mark.word
        if self._is_aboard(mark):
            self.link = "on"
            return
        for draft in list(self.group) if " " in mark.word and not mark.word.endswith("from") else ():
            self._equip(draft, deed, is_placed=True)

    def _is_aboard(self, mark: Mark) -> bool:
        """Whether a thing comes that somebody sails or rides on, so that they need no other: "sailing on a leaf"."""
        deed, _, link = mark.word.partition(" ")
        after = self.senses.noun_after(self.at)
        rides = lines("doing").get(deed, "").startswith("rides ")
        return rides and link == "on" and after is not None and not self.marks[after].means("ground")

    def _turn_round(self, link: str) -> None:
        """Put the last thing on or into the one before: "a castle with a dragon on top"."""
        below, above = self.drafts[-2:]
        if below.relation is Relation.WEARING:
            return
        if below.other is above:
            below.relation, below.other = None, None
        above.relation, above.other = None, None
        if emblems.is_emblem(above.drawing, below.drawing):
            above.relation, above.other = Relation.SHOWN, below
        else:
            join(link, above, below)

    # what is said of a noun

    def _color(self, mark: Mark, kind: str) -> None:
        colors = mark.senses["color"].split()
        if self._is_no_color(mark, colors[0]):
            return
        shines_at_night = SHINE in colors and self.drafts and self.senses.is_before_time(self.at)
        leads = self.senses.leads_to_noun(self.at) and not shines_at_night
        leads = leads or self.senses.precedes(self.at, (*BACKDROPS, *CRACKS))
        if leads or not self.drafts or self._is_before_part():
            self.pending.colors += colors
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
        """Whether a word means hair, a stone, or light or fire about a thing, which that then has."""
        if mark.word in GEMS and self.senses.is_before_jewel(self.at):
            self.pending.parts.append(("gem", color))
            return True
        if self.senses.leads_to_noun(self.at) and self._is_of_hair(mark, color):
            return True
        after = self.senses.mark(self.at + 1)
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

    def _made(self, mark: Mark, kind: str) -> None:
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

    def _body(self, mark: Mark, kind: str) -> None:
        """Where on somebody the last thing is: "a fish in its beak", "an acorn on its nose"."""
        thing = self.drafts[-1]
        if " " not in mark.word:  # "on a pirate's shoulder"
            for draft in self.drafts[:-1]:
                if draft.other is thing and draft.relation in (Relation.ON, Relation.RIDING):
                    draft.relation = Relation.PERCHED
            return
        holder = next((each for each in reversed(self.drafts[:-1]) if traits.has_mouth(each.drawing)), None)
        worn = Relation.WORN in (thing.relation,) or (holder is not None and holder.relation is Relation.WEARING)
        if holder is None or worn:
            return
        for one, other in ((thing, holder), (holder, thing)):
            if one.other is other:
                one.relation, one.other = None, None
        if mark.senses["body"] in HAD_AT:
            join(HAD_AT[mark.senses["body"]], holder, thing)
        elif mark.senses["body"] == "shown":
            thing.relation, thing.other = Relation.SHOWN, holder
        elif mark.word in SHOULDERS:
            join(Relation.PERCHED.value, thing, holder)
        else:
            join("on", thing, holder)
        self.link = ""

    def _pose(self, mark: Mark, kind: str) -> None:
        pose, after = mark.senses["pose"], self.senses.mark(self.at + 1)
        if after is not None and after.word in CHIMNEYS and mark.word == SMOKING:
            pose = SMOKE
        if pose in ABOVE_GROUND and not self._is_drawn_so(mark.word):
            self.setting.implied = self.setting.implied or ABOVE_GROUND[pose]
        is_next = mark.begins and self.link and self.senses.is_before_noun(self.at) and pose != SMOKE
        if is_next or (not self.group and self.senses.noun_after(self.at) is not None):
            self.pending.poses.append((pose, mark.word))  # of the noun that comes: "a shelf with a sleeping cat"
        elif self.group:
            for draft in list(self.group):
                strike(draft, pose, mark.word, self.notes)
                self._equip(draft, mark.word, is_first=draft is self.group[0])
        else:
            self.pending.poses.append((pose, mark.word))

    def _is_drawn_so(self, word: str) -> bool:
        """Whether the subjects have a drawing of their own that shows what they do, so that no place has to."""
        after = self.senses.noun_after(self.at)
        names = [self.marks[after].senses.get("thing", "")] if after is not None and not self.group else []
        names += [draft.drawing for draft in self.group]
        return any(name and named(name, [word]) != name for name in names)

    def _part(self, mark: Mark, kind: str) -> None:
        roles = roles_of(mark)
        if self.link == "without":
            self._leave_out(mark)
        elif self.link == "on" and len(self.drafts) > 1:
            self._turn_round("on")
        elif self.senses.is_before_noun(self.at):
            self.pending.parts += [(role, color) for role in roles.split() for color in self.pending.colors[:1]]
            self.pending.colors.clear()
            return
        else:
            self._color_part(mark, roles)
        self.last_link, self.link = self.link or self.last_link, ""
        self.pending = Qualities()

    def _garment(self, mark: Mark, kind: str) -> None:
        if self.link == "without":
            self._leave_out(mark)
        elif not self._put_over(mark):
            colors = self.pending.colors or ([PLATE[mark.word]] if mark.word in PLATE else [])
            self._color_part(mark, roles_of(mark), colors[:1])
        self.last_link, self.link = self.link or self.last_link, ""
        self.pending = Qualities()

    def _color_part(self, mark: Mark, roles: str, colors: list[str] | None = None) -> None:
        colors = self.pending.colors[:1] if colors is None else colors
        if self.pending.mood and EYE in roles.split() and self.drafts:
            self.pending.give_mood(self.drafts[-1], self.notes)  # "with angry eyes"
            return
        faceless = bool(self.drafts) and likeness.is_faceless(self.drafts[-1].drawing)
        if mark.word in likeness.FACES and self.link in HAVING and faceless:
            self._put_on(self.drafts[-1], self.pending.mood or "happy")
            return
        if self._is_grown_too(mark, roles, colors):
            return
        for draft in self._owners(mark):
            role = role_of(draft.drawing, roles)
            if role:
                self.part = (draft, role)
                draft.colors.update((role, color) for color in colors)
                return
        if mark.word in WINGS and self.link in HAVING and self.drafts:
            self._wing(colors)
            return
        if not self.drafts or (self.link not in HAVING and mark.word not in self.unknown):
            self.unknown.append(mark.word)
        elif colors or not COMMON.intersection(roles.split(" ")):
            self.notes.append(
                f"The drawing of “{self.drafts[-1].word}” has no “{mark.word}”{' to colour' * bool(colors)}."
            )

    def _owners(self, mark: Mark) -> list[Draft]:
        """Who may have a part or a garment, the likeliest first: a dress is the girl's, not her hat's."""
        owners = [*reversed(self.drafts)]
        if mark.means("garment"):
            owners.sort(key=lambda draft: not traits.is_figure(draft.drawing))
        elif mark.word in BODILY:
            owners.sort(key=lambda draft: not traits.is_animate(draft.drawing))
        return owners

    def _weak(self, mark: Mark, kind: str) -> None:
        pass

    def _unknown(self, mark: Mark, kind: str) -> None:
        if self.link == "without":
            self._leave_out(mark)
            self.link = ""
        elif mark.word not in self.unknown:
            self.unknown.append(mark.word)
