"""What single words say of a noun: size, age, mood, what of it is missing, and what is written on it."""

from __future__ import annotations

from ..brief import Relation
from . import bodies, outfits, traits
from .bodies import EYES
from .coloring import ARMOR, EYE, HAIR, OVER, ROBE, SHINE, role_of, whole
from .figures import BEARD
from .joints import join
from .marks import Mark
from .nouns import Nouns
from .outfits import IN_PLAIN_CLOTHES
from .qualities import Qualities, named
from .senses import HAVING
from .subjects import Draft, shown

BAT_WINGS, BAT_WINGED = "bat wings", ("devil", "imp", "gargoyle", "vampire", "succubus", "goblin", "orc", "devil girl")
# the drawing of wings of skin, and who has such
FIRE = "fire"  # a drawing, and the end of the state of what burns
SUNKEN = "sunken"  # what is under water
WINGED = "winged"  # who has wings that others of the kind have not
BEARDS = ("beard", "bearded")  # the words for the drawing of a beard, and the slot of one
MUSTACHE, MUSTACHES = "mustache", ("mustache", "moustache")  # a drawing, and the words for it
HORNED, HORNS = "demon horns", ("horns", "horn", "horned", "antlers")  # a drawing, and a slot with the words for it
HAIR_COLORS = ("blonde", "blond", "brunette", "redhead", "redheaded", "ginger")  # colours that only hair has
RAINCOAT, HOOD = "raincoat", "hood"  # a drawing, and its slot
ROBED = "robed-kit"
IN_DRESSES = ("girl", "princess", "queen", "bride", "ballerina", "fairy", "witch", "nurse", "maid")


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
        if mark.word == SUNKEN:
            self.setting.implied = self.setting.implied or "underwater"
        if self.drafts and self.senses.noun_after(self.at) is None:
            self._last().drawing = named(self._last().drawing, [mark.word])  # "treasure chest, open"
            return
        self.pending.words.append(mark.word)

    def _mood(self, mark: Mark, kind: str) -> None:
        if self.group and self.senses.noun_after(self.at) is None:
            for draft in list(self.group):
                self._put_on(draft, mark.senses["mood"])
            return
        self.pending.words.append(mark.word)
        self.pending.mood = mark.senses["mood"]

    def _filler(self, mark: Mark, kind: str) -> None:
        pass  # what says nothing of how it looks

    def _cut(self, mark: Mark, kind: str) -> None:
        """What is missing of the noun that comes, or of the last one: "half a pizza", "the cookie is half eaten"."""
        if self.drafts and self.senses.noun_after(self.at) is None:
            special = named(self._last().drawing, [mark.word])
            if special != self._last().drawing:
                self._last().drawing = special  # "an avocado cut in half"
            else:
                Qualities(cut=mark.senses["cut"]).take_away(self._last())
            self._shine_through()
            self.link = ""
            return
        self.pending.words.append(mark.word)
        self.pending.cut = mark.senses["cut"]

    def _turn(self, mark: Mark, kind: str) -> None:
        """How the noun that comes, or the last one, is turned: "a bat hanging upside down"."""
        if self.group and self.senses.noun_after(self.at) is None:
            self.group[-1].turn = int(mark.senses["turn"])
        else:
            self.pending.turn = int(mark.senses["turn"])

    def _shine_through(self) -> None:
        """Let light of the colour that was said come out of cracks: "with glowing red cracks"."""
        if SHINE in self.pending.colors:
            self._last().glow = next((color for color in self.pending.colors if color != SHINE), SHINE)
        self.pending.colors.clear()

    def _state(self, mark: Mark, kind: str) -> None:
        """What becomes of the noun that comes, or of the last one: "a melting snowman"."""
        if self.drafts and self.senses.noun_after(self.at) is None:
            self._show_state(self._last(), mark.senses["state"])
        elif self.setting.ground and self.senses.noun_after(self.at) is None and mark.senses["state"].endswith(FIRE):
            self.drafts.append(Draft(FIRE, FIRE))  # "the kitchen is on fire"
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

    def _is_grown_too(self, mark: Mark, roles: str, colors: list[str]) -> bool:
        """Whether a part is a beard of who is drawn without, or an eye more than they have, which they then get."""
        if self._comb(mark, colors):
            return True
        if mark.word in bodies.SINGLES and self.pending.count > 1 and self.link in HAVING:
            bodies.grow(self._wearer(), self.pending.count, mark.word, self.drafts, self.notes)
            return True
        if EYE in roles.split() and self.pending.count == 1 and self.link in HAVING and self.drafts:
            bodies.grow(self._wearer(), 1, bodies.MANY["eyed"], self.drafts, self.notes)
            return True
        has_eyes = EYE in roles.split() and self.link in HAVING and bool(self.drafts)
        if has_eyes and self.pending.count > EYES - (self._wearer().drawing in bodies.EYED):
            bodies.grow(self._wearer(), self.pending.count, bodies.MANY["eyed"], self.drafts, self.notes)
            return True
        if mark.word in HORNS and self.drafts and not traits.has_slot(self._wearer().drawing, HORNS[0]):
            return self._grow(HORNED, colors)
        if mark.word in MUSTACHES:
            return self._grow(MUSTACHE, colors)
        return mark.word in BEARDS and self._grow(BEARD, colors)

    def _grow(self, name: str, colors: list[str]) -> bool:
        """Give a beard or a third eye to somebody who is drawn without; whether there is such."""
        may_have = traits.has_mouth if name == HORNED else traits.is_animate
        owner = next((draft for draft in reversed(self.drafts) if may_have(draft.drawing)), None)
        if owner is not None and name in shown(owner.drawing):
            return True
        if (
            owner is None
            or role_of(owner.drawing, f"{name} horn antler" if name == HORNED else name)
            or traits.has_slot(owner.drawing, BEARD if name == MUSTACHE else name)
        ):
            return False
        if name in (BEARD, MUSTACHE) and not traits.is_figure(owner.drawing):
            return False
        self.drafts.append(Draft(name, name, colors=dict.fromkeys(["body"], *colors[:1]) if colors else {}))
        join("wearing", owner, self.drafts[-1])
        return True

    def _sprout(self, draft: Draft, word: str) -> None:
        """Show a beard, wings or horns that are said before who has them: "a bearded man", "a winged lion"."""
        drawing = traits.drawing(draft.drawing)
        if word == WINGED:
            if not {"wing", "wings"} & {*drawing.slots, *drawing.roles} and drawing.category != "birds":
                self._wing([])
        elif traits.is_animate(draft.drawing):
            self._grow(BEARD if word in BEARDS else HORNED, [])

    def _wing(self, colors: list[str]) -> None:
        """Give wings to what has none: behind somebody, or at both sides of a thing."""
        owner = self.drafts[-1]
        special = named(owner.drawing, [WINGED])
        if special != owner.drawing:
            owner.drawing, owner.count = special, owner.count or 1  # "boots with wings"
            return
        name = BAT_WINGS if owner.drawing in BAT_WINGED else "wings"
        wings = Draft(name, "wings", colors=dict.fromkeys(["body"], *colors[:1]) if colors else {})
        self.drafts.append(wings)
        if traits.is_animate(owner.drawing):
            join("wearing", owner, wings)
        else:
            wings.relation, wings.other = Relation.BEHIND, owner

    def _is_of_hair(self, mark: Mark, color: str) -> bool:
        """Whether a colour before somebody is that of their hair, which they then get: "a blonde girl"."""
        after = self.senses.noun_after(self.at)
        name = self.marks[after].senses.get("thing", "") if after is not None else ""
        is_so = mark.word in HAIR_COLORS and bool(name) and traits.is_figure(name)
        self.pending.parts += [(HAIR, color)] * is_so
        return is_so

    def _clothe(self, mark: Mark) -> bool:
        """Put a suit, a hoodie or a coat on a person; whether the word says such."""
        owner = next((each for each in reversed(self.drafts) if traits.is_figure(each.drawing)), None)
        worn = outfits.dressed(owner, mark.word, self.pending.colors) if owner is not None else None
        self.drafts += [worn] if worn else []
        return worn is not None

    def _comb(self, mark: Mark, colors: list[str]) -> bool:
        """Do a person's hair: "a girl with a red ponytail"; whether the word says such."""
        owner = next((each for each in reversed(self.drafts) if traits.is_figure(each.drawing)), None)
        hair = outfits.combed(owner, mark.word, colors) if owner is not None else None
        self.drafts += [hair] if hair else []
        return hair is not None

    def _tie_on(self, mark: Mark, colors: list[str]) -> bool:
        """Put a cape, a scarf or a hat on a person whose drawing has no place for it; whether the word says such."""
        name = mark.senses.get("thing", mark.senses.get("weak", "")) if mark.means("garment") else ""
        owner = next((each for each in reversed(self.drafts) if traits.is_figure(each.drawing)), None)
        if not name or not traits.is_worn(name) or owner is None or name in shown(owner.drawing):
            return False
        owner.without += [HAIR] * (name == HOOD and traits.has_slot(owner.drawing, HAIR))
        self.drafts.append(Draft(name, mark.word, colors=whole(name, colors[:1]) if colors else {}))
        join("wearing", owner, self.drafts[-1])
        return True

    def _put_over(self, mark: Mark) -> bool:
        """Put a dress, a robe or armour over whoever is drawn in other clothes; whether it is such."""
        if self._clothe(mark):
            return True
        name = OVER.get(mark.word, "")
        owners = [each for each in reversed(self.drafts) if traits.is_animate(each.drawing)]
        if not name or not owners or _is_dressed_so(owners[0], name):
            return False
        colors = self.pending.colors[:1]
        below = colors or [str(traits.drawing(name).roles[traits.drawing(name).main_role])]
        if traits.is_figure(owners[0].drawing):
            owners[0].colors.update(whole(owners[0].drawing, below, clothes=True))  # sleeves
        self.drafts.append(Draft(name, mark.word, colors=whole(name, colors) if colors else {}))
        self.drafts[-1].without += [HOOD] * traits.has_slot(name, HOOD)  # it would lie over the chin
        join("wearing", owners[0], self.drafts[-1])
        return True


def _is_dressed_so(draft: Draft, name: str) -> bool:
    """Whether somebody's drawing shows what they have on as it is said to be, or has no place for it."""
    drawing = traits.drawing(draft.drawing)
    if name == RAINCOAT:
        return draft.drawing not in (*IN_PLAIN_CLOTHES, *IN_DRESSES)
    if name == ARMOR:
        return draft.drawing not in IN_PLAIN_CLOTHES
    is_robed = ROBED in drawing.ancestors or (name != ROBE and draft.drawing in IN_DRESSES)
    return traits.is_figure(draft.drawing) and (is_robed or "legs" not in drawing.slots)
