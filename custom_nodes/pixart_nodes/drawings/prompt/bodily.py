"""Parts of bodies and of things, garments, and what is at a part of somebody."""

from __future__ import annotations

from ..brief import Relation
from . import emblems, likeness, prints, traits, uses
from .coloring import EYE, SECONDS, USUAL_COLORS, role_of, roles_of, whole
from .joining import BEAM, SOWN
from .joints import join
from .marks import Mark
from .places import Places
from .qualities import Qualities, named
from .senses import HAVING
from .subjects import AMONG, COVERED, Draft, surround
from .vocabulary import english

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
WINGS = ("wings", "wing")
BODILY = ("fur", "skin", "hair", "eyes", "tail", "ears", "beard", "scales", "feathers")  # parts of what lives
HAD_AT = {"held": "holding", "worn": "wearing"}  # links by what places on a body are for
EYES_OF, LASER_EYES = "eyes", "laser eyes"  # where on somebody beams come from, and the drawing of that
FALLEN = ("falling", "fallen", "flying", "blowing", "drifting")  # words before parts that lie about
AUTUMN, IN_AUTUMN = "autumn", "orange"  # a word in the names of drawings, and its colour
LEAVES = "leaves"  # what somebody is in that else is a part
MOUTHS = ("in mouth", "in beak", "in teeth", "in jaws", "between teeth", "in bill")  # where somebody has no hand
NECK = "around neck"  # where a thing hangs that is no garment
STICKS = ("arm", "arms", "leg", "legs", "hands", "feet")  # parts that one drawing shows all of
SMILES = ("smile", "grin")  # parts that are a mood
GRINNING = ("jack-o-lantern",)  # drawings of what grins anyway
MOUTHED = "mouth"  # how a thing is held there
BROKEN = "crack"  # how what has a broken part is seen
TWO_TONE = "two tone"  # in the names of drawings a part of which has two colours
SHOULDERS = ("on shoulder", "on shoulders")


def _one_of(mark: Mark) -> str:
    """The drawing of one of several parts, such as leaves; "" for none."""
    ones = (english().senses.get(one, {}).get("thing", "") for one in english().ones((mark.word,)))
    return next((name for name in ones if name), "")


class Bodily(Places):
    """The things of a prompt and their parts."""

    def _turn_round(self, link: str) -> None:
        """Put the last thing on or into the one before: "a castle with a dragon on top"."""
        below, above = self.drafts[-2:]
        if below.relation is Relation.WEARING:
            return
        if below.other is above:
            below.relation, below.other = None, None
        above.relation, above.other = None, None
        if link == "on" and emblems.is_emblem(above.drawing, below.drawing):
            above.relation, above.other = Relation.SHOWN, below
        else:
            join(link, above, below)

    def _body(self, mark: Mark, kind: str) -> None:
        """Where on somebody the last thing is: "a fish in its beak", "an acorn on its nose"."""
        thing = self.drafts[-1]
        if thing.relation is Relation.IN and thing.other is not None and not traits.is_animate(thing.other.drawing):
            thing = thing.other  # "a basket of fruit on her head"
        if " " not in mark.word:
            self._perch(thing)
        elif mark.senses["body"] == EYES_OF:
            self._shoot_from_eyes(thing)
        else:
            holder = next((each for each in reversed(self.drafts[:-1]) if traits.has_mouth(each.drawing)), None)
            worn = thing.relation is Relation.WORN or (holder is not None and holder.relation is Relation.WEARING)
            if holder is not None and not worn:
                self._put_at(mark, thing, holder)

    def _perch(self, thing: Draft) -> None:
        """Have who is on somebody on their shoulder: "on a pirate's shoulder"."""
        for draft in self.drafts[:-1]:
            if draft.other is thing and draft.relation in (Relation.ON, Relation.RIDING):
                draft.relation = Relation.PERCHED

    def _put_at(self, mark: Mark, thing: Draft, holder: Draft) -> None:
        """Have a thing at a part of somebody's body."""
        for one, other in ((thing, holder), (holder, thing)):
            if one.other is other:
                one.relation, one.other = None, None
        if mark.word == NECK and not traits.is_worn(thing.drawing):
            thing.arrangement = NECK.partition(" ")[2]
        if mark.word in MOUTHS:
            thing.arrangement = MOUTHED
        if mark.senses["body"] in HAD_AT:
            join(HAD_AT[mark.senses["body"]], holder, thing)
        elif mark.senses["body"] == "shown":
            thing.relation, thing.other = Relation.SHOWN, holder
        elif mark.word in SHOULDERS:
            join(Relation.PERCHED.value, thing, holder)
        else:
            join("on", thing, holder)
        self.link = ""

    def _shoot_from_eyes(self, thing: Draft) -> None:
        """Have beams come out of somebody's eyes: "a robot shooting lasers from its eyes"."""
        if thing.drawing == BEAM and thing.other is not None:
            thing.drawing, thing.count, thing.relation = LASER_EYES, 1, Relation.WORN

    def _part(self, mark: Mark, kind: str) -> None:
        roles = roles_of(mark)
        is_place = self.link == "in" and mark.word == LEAVES
        if self._is_falling(mark):
            self._strew_about(_one_of(mark))
        elif (self.link in (COVERED, AMONG) or is_place) and (name := _one_of(mark)):
            self._add(Draft(name, mark.word, count=0))
        elif self.link == "without":
            self._leave_out(mark)
        elif self.link == "on" and len(self.drafts) > 1:
            self._turn_round("on")
        elif self._is_covered(mark, roles):
            uses.cover(self.drafts[-1], self.drafts[-2], mark.word)
        elif mark.means("print") and self.senses.is_before_worn(self.at):
            self._print(mark, kind)
            return
        elif self.senses.is_before_noun(self.at):
            self.pending.parts += [(role, color) for role in roles.split() for color in self.pending.part_color]
            self.pending.words += [mark.word] * (not self.pending.colors)
            self.pending.colors.clear()
            return
        elif mark.word in SMILES and self.drafts and not likeness.is_faceless(self.drafts[-1].drawing):
            self._smile()
        else:
            self._color_part(mark, roles)
        self.last_link, self.link = self.link or self.last_link, ""
        self.pending = Qualities()

    def _smile(self) -> None:
        """Let the last thing smile as it is said to; a carved pumpkin grins by itself."""
        temper = self.pending.temper or "happy"
        if temper != "happy" or self.drafts[-1].drawing not in GRINNING:
            Qualities(mood=temper).give_mood(self.drafts[-1], self.notes)

    def _is_falling(self, mark: Mark) -> bool:
        """Whether parts have come off what has them: "a tree with falling leaves"."""
        before = self.marks[self.at - 1].word if self.at else ""
        return before in FALLEN and self.link in HAVING and bool(self.drafts) and bool(_one_of(mark))

    def _strew_about(self, name: str) -> None:
        """Have parts lie about what had them, in autumn's colour if it has that."""
        self._strew(name, SOWN)
        if AUTUMN in self.drafts[0].drawing:
            self.drafts[-1].colors.update(whole(name, [IN_AUTUMN]))
        surround(self.drafts[0], self.drafts[-1])

    def _is_covered(self, mark: Mark, roles: str) -> bool:
        """Whether the last thing is in the place of a part of the one before: "a snail with a teapot for a shell"."""
        if not mark.begins or self.marks[self.at - 1].word not in uses.USED or len(self.drafts) < 2:
            return False
        owner, thing = self.drafts[-2:]
        return bool(role_of(owner.drawing, roles)) and not traits.is_animate(thing.drawing)

    def _garment(self, mark: Mark, kind: str) -> None:
        if self.link == "without":
            self._leave_out(mark)
        elif not self._put_over(mark):
            colors = self.pending.colors or ([USUAL_COLORS[mark.word]] if mark.word in USUAL_COLORS else [])
            self._color_part(mark, roles_of(mark), colors[:1])
        self._print_cloth()
        self.last_link, self.link = self.link or self.last_link, ""
        self.pending = Qualities()

    def _color_part(self, mark: Mark, roles: str, colors: list[str] | None = None) -> None:
        colors = self.pending.part_color if colors is None else colors
        if self.drafts and self._is_broken_or_cross(roles):
            return
        faceless = bool(self.drafts) and likeness.is_faceless(self.drafts[-1].drawing)
        if mark.word in likeness.FACES and self.link in HAVING and faceless:
            self._put_on(self.drafts[-1], self.pending.temper or "happy")
            return
        if self._is_grown_too(mark, roles, colors):
            return
        for draft in self._owners(mark):
            role = role_of(draft.drawing, roles)
            if role:
                self.part = (draft, role)
                self._color_role(draft, role, colors)
                return
        if self._is_given(mark, colors):
            return
        if mark.means("print") and self.drafts and self.link in HAVING and not self.pending.count:
            prints.give(self.drafts[-1], mark.senses["print"], colors)
            return
        if not self.drafts or (self.link not in HAVING and mark.word not in self.unknown):
            self.unknown.append(mark.word)
        elif colors or not COMMON.intersection(roles.split(" ")):
            self.notes.append(
                f"The drawing of “{self.drafts[-1].word}” has no “{mark.word}”{' to colour' * bool(colors)}."
            )

    def _is_broken_or_cross(self, roles: str) -> bool:
        """Whether a part says only that all of it is broken, or in which mood: "with a broken arm", "angry eyes"."""
        is_broken = bool(self.pending.cut) and self.link in HAVING
        is_cross = bool(self.pending.mood) and EYE in roles.split() and not is_broken
        if is_broken:
            self.drafts[-1].cut = BROKEN
        if is_cross:
            self.pending.give_mood(self.drafts[-1], self.notes)
        return is_broken or is_cross

    def _color_role(self, draft: Draft, role: str, colors: list[str]) -> None:
        """Give a part its colour, and a second one where there is room: "orange and black wings"."""
        if len(self.pending.colors) > 1:
            draft.drawing = named(draft.drawing, [TWO_TONE])
        draft.colors.update((role, color) for color in colors)
        second = role_of(draft.drawing, SECONDS)
        draft.colors.update((second, color) for color in self.pending.colors[1:2] if second)

    def _print(self, mark: Mark, kind: str) -> None:
        """What is all over the noun that comes, or the last one: "a polka dot dress", "muddy boots"."""
        if self.drafts and self.senses.noun_after(self.at) is None:
            prints.give(self._last(), mark.senses["print"], self.pending.colors)
            self.pending.colors.clear()
        else:
            self.pending.words.append(mark.word)
            self.pending.print = mark.senses["print"]

    def _coat(self, mark: Mark, kind: str) -> None:
        """What lies all over the last noun: "boots covered in mud"."""
        prints.give(self._last(), mark.senses["coat"], [])
        self.last_link, self.link = self.link, ""
        self.pending = Qualities()

    def _print_cloth(self) -> None:
        """Print what somebody has on: "a man in a striped shirt"."""
        owner = next((each for each in reversed(self.drafts) if traits.is_figure(each.drawing)), None)
        last = self.drafts[-1] if self.drafts else None
        worn = last if last is not None and traits.is_worn(last.drawing) else owner
        if self.pending.print and worn is not None:
            prints.give(worn, self.pending.print, self.pending.colors)

    def _is_given(self, mark: Mark, colors: list[str]) -> bool:
        """Whether who has no place for a garment, wings or limbs gets these as a drawing of their own."""
        if self._tie_on(mark, colors):
            return True
        if self.link not in HAVING or not self.drafts:
            return False
        if mark.word in WINGS:
            self._wing(colors)
        elif mark.word in STICKS and not traits.is_animate(self.drafts[-1].drawing):
            self._give_limbs(self.drafts[-1])
        else:
            return False
        return True

    def _owners(self, mark: Mark) -> list[Draft]:
        """Who may have a part or a garment, the likeliest first: a dress is the girl's, not her hat's."""
        owners = [*reversed(self.drafts)]
        if mark.means("garment"):
            owners.sort(key=lambda draft: not traits.is_figure(draft.drawing))
        elif mark.word in BODILY:
            owners.sort(key=lambda draft: not traits.is_animate(draft.drawing))
        return owners
