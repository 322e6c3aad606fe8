"""The things of a prompt, one noun after the other, and how each stands to those before it."""

from __future__ import annotations

from dataclasses import replace

from ..brief import Relation
from . import bodies, disguise, likeness, outfits, traits, uses
from .coloring import role_of, roles_of
from .compounds import BOSS, GROUPS, Compound
from .deeds import Deeds
from .figures import FEMALE, GROWN_BEFORE, LADIES, MARRIED
from .joints import join
from .links import FIRES_BELOW
from .marks import Mark
from .qualities import PAIRED, Qualities, named
from .servings import DISHES, DRINKS, TOPPINGS
from .subjects import Draft, shown
from .vocabulary import english

CONTAINING = (
    "items",
    "food",
    "furniture",
    "vehicles",
    "tools",
    "clothes",
)  # whose things may be full
LIQUIDS = {"blood drop": "red", "lava": "orange", "slime": "leaf", "honey": "gold", "ink bottle": "black"}
# what is drawn as the colour of a glass's contents
SERVING = ("cup", "mug", "glass", "jar", "bowl", "plate")  # words
POTS, FLOWER_POT = ("pot", "pots"), "flower pot"  # words, and the drawing of one with a plant
CUPS, COCOA = ("cup", "mug"), "hot chocolate"  # words for what all drinks but cold ones are drawn in, and one of these
LIT = ("candle", "birthday candle", "torch", "lantern", "matches", "fireplace", "lamp", "incense", "cigar", "menorah")
LIT = (*LIT, "barbecue", "fire sword", "sun", "lighter", "dynamite", "bomb", "oven")  # what burns in its own drawing
SHELL = "shell"  # a part and a slot of who lives in one
SERVED_IN = {"glass", "lid", "bowl", "plate"}  # and roles of drawings that are in one by themselves
CARRYING = ("tray", "plate")  # what food lies on while it is carried or served
HEAPED = {"ring": 6, "row": 3, "stack": 3, "pile": 6}  # how many are in what stands so, where no number is said
COUPLES = ("couple", "lovers", *MARRIED)
BEING = ("is", "as")  # words after which somebody is said to be another: "my cat is an astronaut"
SPACESUITS = ("spacesuit", "space suit", "astronaut suit")  # words for somebody whose clothes alone are meant
HAUNTED, GHOST = "haunted", "ghost"  # a word before what a ghost is at
MOUNTED = {"cyclist": "bicycle"}  # figures who are seen on what they are called after
DRESSED = "dressed as"  # a link
CARRIES = (Relation.HOLDING, Relation.WEARING)
ALL_OVER, COLD = "all", "glass"  # how ice and drops are at a thing, and their colour
MELTWATER, FROZEN = "meltwater", ("ice cream", "candle", "whipped cream")  # a puddle, and what ends as one
SNOWY = ("snowman", "ice cube", "iceberg", "igloo", "ice sculpture", "snow globe")  # drawings of ice and snow
ICY = ("white", "sky", "light", "glass")  # colours of what melts to water
FIRES = ("flame", "flames", "fire")  # words after what burns: "staff flame"
MADE_OF, SHAPED = "made of", "shaped like"  # links to what something has only the colour, or the form, of


class Nouns(Deeds):
    """The things so far and what has been said of the next one."""

    def _last(self) -> Draft:
        """Of whom words after all nouns speak: the last thing, or who wears or holds it by being called after it."""
        if self.drafts[-1].drawing == MELTWATER and len(self.drafts) > 1:
            return self.drafts[-2]
        return self._wearer() if self.drafts[-1] in self.props else self.drafts[-1]

    def _leave_out(self, mark: Mark) -> None:
        for draft in reversed(self.drafts):
            slots = traits.drawing(draft.drawing).slots
            names = (mark.word, f"{mark.word}s", mark.word.rstrip("s"), *mark.senses.get("garment", "").split())
            slot = next((name for name in (*names, *mark.senses.get("part", "").split()) if name in slots), "")
            if slot and slot not in ("head", "torso", "trunk", "body"):
                draft.without.append(slot)
                return
            if role_of(draft.drawing, roles_of(mark)):
                self.notes.append(f"“{mark.word}” can't be left out of the drawing of “{draft.word}”.")
                return

    def _container(self, mark: Mark, kind: str) -> None:
        name, after = mark.senses.get("thing", ""), self.senses.noun_after(self.at + 1)
        inside = self._content(after) if after is not None else ""
        if inside and mark.word in POTS and traits.drawing(inside).category == "plants":
            name = FLOWER_POT
            mark = replace(mark, senses={**mark.senses, "thing": name})
        if inside and (name == inside or name in shown(inside) or _is_served(inside, mark.word)):
            return  # "a bowl of rice"
        role = role_of(name, "liquid drink water soup wine") if name else ""
        if inside in LIQUIDS and role and after is not None:
            self.pending.parts.append((role, LIQUIDS[inside]))
            self._thing(mark, kind)
            self.at = after
            return
        if traits.drawing(name).category in CONTAINING and (traits.is_hollow(name) or name in CARRYING):
            self._thing(mark, kind)
            self.notes += [mark.note] * bool(mark.note)
            self.filling = self.drafts[-1] if self.drafts[-1].drawing == name else None
            self.link = "with"

    def _content(self, at: int) -> str:
        """What a container at some place has in it: "apple juice" is a juice."""
        head = Compound(self.marks, at).head if self.marks[at].means("thing") else None
        return self.marks[at if head is None else head].senses.get("thing", "")

    def _thing(self, mark: Mark, kind: str) -> None:
        if self.link == "without":
            self._leave_out(mark)
            self.link = ""
            return
        compound = Compound(self.marks, self.at)
        if self._put_to_use(mark):
            return
        if self._is_costume(mark, compound) and self._dress(compound):
            self.link, self.pending, self.at = "", Qualities(), compound.row[-1]
            return
        if compound.is_modifier:
            compound.modify(self.pending, self.setting, self.notes)
            return
        if self._is_face(mark):
            self._wear(traits.mood_of(mark.senses["thing"]))
            self.link, self.pending = "", Qualities()
            return
        draft = self._draft(mark, compound)
        pending, self.pending = self.pending, Qualities()
        pending.give(draft, self.notes)
        if self.link in (MADE_OF, SHAPED) and self.drafts and self._lend(draft):
            self.link = ""
            return
        self._show_by(compound, draft)
        same = next((each for each in self.props if each.drawing == draft.drawing), None)
        if same:
            same.colors.update(draft.colors)
            self.last_link = "with"  # "bow and quiver" of an archer
            return
        self._menace(draft, compound.group == BOSS or BOSS in pending.words)
        self._add(draft)
        if mark.word in COUPLES and draft.drawing == "person":
            self._wed(draft)
        for kind, what in compound.costumes:
            self._give(kind, draft, Draft(what, what))
        draft.look = draft.look or compound.look
        pending.is_burning = pending.is_burning or (compound.further > 0 and compound.group in FIRES)
        self._give_more(draft, pending)
        self._liken(draft, pending, compound)
        self._give_tool(draft)
        self.at += compound.further

    def _liken(self, draft: Draft, pending: Qualities, compound: Compound) -> None:
        """Show what is said before somebody of who they are: "a female archer", "a bearded man", "a fire mage"."""
        if FEMALE.intersection(pending.words) or (compound.further and compound.group in LADIES):
            self._let_hair_down(draft)
        if outfits.BALD in pending.words:
            outfits.shave(draft)
        for word in sorted(GROWN_BEFORE.intersection(pending.words)) if not compound.further else ():
            self._sprout(draft, word)
        if draft.drawing in MOUNTED and self.senses.noun_after(self.at + compound.further) is None:
            self._give("riding", draft, Draft(MOUNTED[draft.drawing], draft.word))
        self._conjure(draft, self.marks[self.at - 1].word if self.at else "")

    def _put_to_use(self, mark: Mark) -> bool:
        """Show a thing that is used as what the noun says, or as a shell; whether it is so used."""
        if self._is_used_as(mark):
            uses.use(self.drafts[-1], mark.senses["thing"], self.drafts)
        elif self._is_shell(mark):
            housing = Draft(mark.senses["thing"], mark.word)
            self.pending.give(housing, self.notes)
            self.drafts.append(housing)
            uses.cover(housing, self.drafts[-2], SHELL)
            self.at += 1
        else:
            return False
        self.link, self.pending = "", Qualities()
        return True

    def _is_used_as(self, mark: Mark) -> bool:
        """Whether the last thing, which somebody has, is used as what the noun says: "a leaf as an umbrella"."""
        is_so = mark.begins and self.marks[self.at - 1].word in uses.USED and len(self.drafts) > 1
        if not is_so or traits.is_animate(self.drafts[-1].drawing) or traits.is_animate(mark.senses["thing"]):
            return False
        return any(each.other is self.drafts[-1] and each.relation in CARRIES for each in self.drafts)

    def _is_shell(self, mark: Mark) -> bool:
        """Whether a thing is the shell of the last creature: "a snail with a teapot shell"."""
        after = self.senses.mark(self.at + 1)
        if after is None or after.word != SHELL or after.begins or self.link != "with" or not self.drafts:
            return False
        is_a_thing = traits.drawing(mark.senses["thing"]).category in CONTAINING
        return is_a_thing and traits.has_slot(self.drafts[-1].drawing, SHELL)

    def _is_costume(self, mark: Mark, compound: Compound) -> bool:
        """Whether the noun says whose clothes somebody has on: "a cat dressed as a pirate", "my cat is a pirate"."""
        if compound.is_modifier or not self.drafts:
            return bool(self.drafts) and compound.is_costume
        is_said = self.marks[self.at - 1].word in BEING and bool(self.group) and bool(compound.all_costumes)
        return is_said or self.link == DRESSED or (self.link in ("in", "wearing") and mark.word in SPACESUITS)

    def _show_by(self, compound: Compound, draft: Draft) -> None:
        """Make a noun the statue or the mask by which alone it is shown."""
        if compound.is_statue:
            likeness.cast(draft, "")
        if compound.is_head:
            likeness.behead(draft, is_worn=self.link in ("in", "with", "wearing"))

    def _is_face(self, mark: Mark) -> bool:
        """Whether the last thing's face is meant: "a cloud with a sad face", "green slime, angry face"."""
        if not self.drafts or not traits.is_face(mark.senses["thing"]) or traits.is_face(self.drafts[-1].drawing):
            return False
        return self.link == "with" or (not self.link and mark.word.endswith(" face"))

    def _wear(self, mood: str) -> None:
        """Give the last thing this very face: a house has none else, however sad it is said to be."""
        last = self.drafts[-1]
        if likeness.is_faceless(last.drawing):
            last.look = mood
        self._put_on(last, mood)

    def _put_on(self, draft: Draft, mood: str) -> None:
        """Give something a face of a mood, its own or one that is drawn upon it."""
        Qualities(mood=mood).give_mood(draft, self.notes)
        shown_on = [each for each in self.drafts if each.relation is Relation.SHOWN and each.other is draft]
        if draft.look and all(each.word == likeness.FACE for each in shown_on):
            self.drafts = [each for each in self.drafts if each not in shown_on]  # "a sad cloud crying"
            self.drafts.append(likeness.look(draft))

    def _give_more(self, draft: Draft, pending: Qualities) -> None:
        """What is to be seen on or with a thing because of the words before it: its emblem, its face, its tool."""
        if pending.grown:
            bodies.grow(draft, *pending.grown, self.drafts, self.notes)
        if pending.shape:
            self._form(draft, pending.shape)
        if pending.is_burning and draft.drawing not in (*FIRES_BELOW, *LIT):
            self.drafts.append(Draft("fire", "fire", relation=Relation.BEHIND, other=draft))
        if pending.state:
            self._show_state(draft, pending.state)
        if HAUNTED in pending.words and HAUNTED not in draft.drawing and not traits.is_animate(draft.drawing):
            self.drafts.append(Draft(GHOST, HAUNTED, relation=Relation.MARKING, other=draft))
        self._place_by(draft, pending.pullers, Relation.LEADING)
        self._place_by(draft, pending.emblems, Relation.SHOWN)
        for one in pending.things:
            self._give_thing(draft, one)
        self._place_by(draft, pending.contents, Relation.IN)
        for one in pending.toppings:
            self.drafts.append(one)
            join("on", one, draft)
        for _, word in pending.poses:
            self._equip(draft, word)
        if draft.look and not any(each.relation is Relation.SHOWN and each.other is draft for each in self.drafts):
            self.drafts.append(likeness.look(draft))

    def _place_by(self, draft: Draft, ones: list[Draft], relation: Relation) -> None:
        """Add things that are somewhere at the one that has come."""
        for one in ones:
            self.drafts.append(one)
            one.relation, one.other = relation, draft

    def _show_state(self, draft: Draft, state: str) -> None:
        """Put an explosion behind what explodes, a puddle under what melts, and ice about what is frozen."""
        link, _, name = state.partition(" ")
        if link == ALL_OVER:
            draft.print = (name, COLD)
            return
        lies = name == MELTWATER and draft.drawing in (*DISHES, *TOPPINGS) and draft.drawing not in FROZEN
        if draft.drawing == name or lies:
            return  # "pancakes with melting butter"
        other = Draft(name, name, colors=_molten(draft) if name == MELTWATER else {})
        self.drafts.append(other)
        if link == "holding":
            join(link, draft, other)
        elif link == "behind":
            other.relation, other.other = Relation.BEHIND, draft
        elif draft.relation is None:
            draft.relation, draft.other = Relation.ON, other

    def _give_thing(self, draft: Draft, one: Draft) -> None:
        """Let somebody ride, wear or hold what they are called after, or have it beside them."""
        if traits.is_ridden(one.drawing) and traits.is_animate(draft.drawing) and one.drawing != draft.drawing:
            self._give("riding", draft, one)
        elif traits.is_worn(one.drawing) and (traits.is_animate(draft.drawing) or draft.look):
            self._give("wearing", draft, one)
        elif traits.is_handy(one.drawing):
            self._give("holding", draft, one)
        else:
            self.drafts.append(one)
            one.relation, one.other = Relation.BESIDE, draft

    def _dress(self, compound: Compound) -> bool:
        """Put on somebody what makes them look like another: "a cat dressed as a pirate"; whether there is such."""
        wearer = self._wearer()
        for kind, what in compound.all_costumes:
            self._give(kind, wearer, Draft(what, what))
        name = self.marks[compound.row[-1]].senses["thing"]
        if self.link == DRESSED and disguise.is_hidden(wearer.drawing, name):
            wearer.drawing, wearer.look = name, disguise.ANGRY
            self.pending.give(wearer, self.notes)
            self.drafts.append(likeness.look(wearer))
            return True
        name = self.marks[self.at].senses["thing"]
        if compound.all_costumes or not disguise.is_disguise(name):
            return bool(compound.all_costumes)
        self._give("wearing", wearer, disguise.hood(wearer, name, self.pending.colors))
        return True

    def _lend(self, source: Draft) -> bool:
        """Let the last thing have the colour of what it is made of, or the form of what it is shaped like."""
        draft = self.drafts[-1]
        role = traits.drawing(source.drawing).main_role
        color = source.colors.get(role) or traits.drawing(source.drawing).roles.get(role, "")
        special = named(draft.drawing, [source.word])
        if self.link == MADE_OF and special != draft.drawing:
            draft.drawing = special  # "a house made of gingerbread"
            return True
        if self.link == MADE_OF:
            draft.cast = color
            return not traits.is_hollow(draft.drawing)
        self._form(draft, source)
        return True

    def _form(self, draft: Draft, source: Draft) -> None:
        """Give a thing the form of another, or its picture where it can't have it."""
        likeness.shape(draft, source)
        if draft.drawing != source.drawing:
            self.drafts.append(source)
            source.relation, source.other = Relation.SHOWN, draft

    def _add(self, draft: Draft) -> None:
        self.part = None
        if self.litter and self.litter.drawing == draft.drawing:
            self.drafts.remove(self.litter)  # "a crystal cave with blue crystals"
            self.litter = None
        self.drafts.append(draft)
        self._join(draft)

    def _draft(self, mark: Mark, compound: Compound) -> Draft:
        draft = self._kin(mark) or Draft(mark.senses["thing"], mark.word, place=mark.senses.get("ground", ""))
        words = tuple(mark.word.split(" "))
        if (
            self.pending.count > 1
            and draft.drawing not in PAIRED
            and english().senses.get(words, {}).get("thing") == draft.drawing
        ):
            ones = (english().senses.get(one, {}) for one in english().ones(words))
            draft.drawing = next((one["thing"] for one in ones if "thing" in one), draft.drawing)
        elif not self.pending.count:
            draft.count = 0 if compound.is_plural else GROUPS.get(compound.group, 1)
            if self.pending.arrangement:
                draft.count = HEAPED[self.pending.arrangement]
        draft.arrangement = self.pending.arrangement
        return draft


def _is_served(name: str, container: str) -> bool:
    """Whether something is drawn in a glass, a jar or a bowl by itself, so that it needs no other."""
    if container in CUPS and (name in DRINKS or name.startswith(COCOA)):
        return True
    return container in SERVING and bool(SERVED_IN & set(traits.drawing(name).roles))


def _molten(draft: Draft) -> dict[str, str]:
    """The colour of the puddle that something melts to: its own, but for ice and snow, which become water."""
    drawing = traits.drawing(draft.drawing)
    color = draft.colors.get(drawing.main_role) or str(drawing.roles[drawing.main_role])
    return {} if color in ICY or draft.drawing in SNOWY else {"body": color}
