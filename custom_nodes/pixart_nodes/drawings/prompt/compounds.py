"""Two nouns side by side: one is drawn, the other says something of it ("pirate cat", "coffee mug", "cat wizard")."""

from __future__ import annotations

from . import emblems, likeness, traits
from .coloring import STONES
from .inflection import article, singulars
from .marks import Mark
from .qualities import Qualities
from .setting import NONE, Setting
from .subjects import Draft
from .vocabulary import english, lines

LINKS = {"wears": "wearing", "holds": "holding"}
LONGEST = 4  # nouns before and after one that are looked at
PAIR = 2  # nouns in a row that are one thing; more are a list, if they aren't all figures
GROUPS = {
    "couple": 2,
    "parents": 2,
    "siblings": 2,
    "family": 3,
    "villagers": 3,
    "crowd": 6,
    "caravan": 3,
}  # how many they are
QUALITIES = ("color", "size", "age", "mood", "adjective", "filler", "number", "cut", "state", "text", "turn", "style")
QUALITIES = (*QUALITIES, "palette", "season", "relation")
WHOEVER = {"warrior", "fighter", "monster", "creature", "beast", "man", "guy", "person", "soldier", "hero", "ranger"}
WHOEVER |= {"hunter", "villager", "human", "boss", "lord", "dude", "fellow", "lad", "character", "enemy", "npc", "mob"}
WHOEVER |= {"warlord", "overlord", "commander", "chief", "chieftain", "champion", "general", "veteran"}
WHOEVER |= {"minion", "villain", "buddy", "friend", "companion", "leader", "bro", "mascot"}
# heads that say less than the noun before them, if that is somebody
AGENTS = {"player", "seller", "vendor", "salesman", "thief", "collector", "juggler", "lady", "guy", "keeper", "eater"}
AGENTS |= {"trainer", "tamer", "walker", "merchant", "picker", "carrier", "lover", "maker", "fan", "owner", "holder"}
AGENTS |= {"musician", "catcher", "delivery", "peddler", "trader", "breeder", "whisperer"}
# who have what they are called after
COSTUMES = ("costume", "outfit", "disguise", "onesie", "clothe", "uniform")  # what shows whose they are, without -s
ANIMAL_SUITS = ("suit", "pajama", "pyjama")  # the same after an animal
DEEP = ("basket", "bucket", "barrel", "cart", "wheelbarrow", "box", "crate")
# what is seen with what is in it: "bread basket"
BOSS = "boss"  # who is fought last in a game, before or after its kind: "spider boss"
MEALS, EATEN = ("dinner", "meal", "dish", "feast", "lunch", "breakfast", "supper", "snack"), ("food", "sea", "plants")
# words after what is eaten, and categories of that
SHOP, COUNTER = "shop", "counter"  # drawings of where things are sold
CLOSED = ("box",)  # of these, what shows its contents by a picture: "pizza box"
CONTENTS, CONTAINED = ("food", "plants", "sea"), 3  # categories of what may be in them, and how many are shown
# drawings of what tastes of a fruit, and the role that has its colour: "tomato juice"
FLAVORED = {"juice": "drink", "cocktail": "drink", "tea": "drink", "milkshake": "body", "jam": "jam", "soup": "soup"}
FLAVORED |= {"pie": "fill", "ice cream": "a b", "cake": "ice", "cupcake": "ice", "donut": "ice", "popsicle": "body"}
FLAVORED |= {"double scoop ice cream": "a", "single scoop ice cream": "a"}
FLAVORED |= {"candy": "body", "lollipop": "body", "macaron": "body"}
# what tastes of fruit without cream, and the colours that fruit has in cream
CLEAR = ("juice", "cocktail", "tea", "jam", "soup", "pie", "candy", "lollipop", "popsicle")
CREAMY = {"red": "pink"}
SLICE = "slice"  # a measure of which cakes have a drawing of their own
FRUITS = ("strawberry", "cherry", "lemon", "blueberry", "raspberry", "banana", "orange", "peach", "carrot", "kiwi")
TOPPED = {"cake": 3, "cupcake": 1}  # what has its fruits on it too, and how many: "strawberry cake"
DRAWN = ("cart", "carriage", "sled", "sleigh", "plow", "stagecoach")  # what draught animals are before
DRAUGHT = ("donkey", "horse", "bull", "ox", "cow", "goat", "reindeer", "deer", "camel", "dog", "husky", "pony", "yak")
PEOPLES = {"orc", "goblin", "elf", "dwarf", "troll", "ogre", "lizardman", "kobold", "minotaur", "cyclops"}
PEOPLES |= {"gnome", "wolfman", "halfling", "dark elf", "naga", "faun", "centaur", "mermaid"}
# who may have any trade
WOMEN = ("woman", "girl", "old woman", "queen", "princess", "witch", "fairy", "bride", "ballerina", "mermaid", "nurse")
EARS = {
    "cat": "cat ears",
    "fox": "cat ears",
    "wolf": "cat ears",
    "rabbit": "bunny ears",
    "devil": "demon horns",
}  # what a "cat girl" wears
WINDOW, ROOFS = "window", ("roof", "rooftop", "hood")  # a drawing and words of what a vehicle has anyway
TILE = "stone tile"  # the drawing of one
UNDEAD = {"vampire", "zombie", "ninja", "mummy", "skeleton", "alien", "ghoul", "robot", "cyborg", "android"}
# who is drawn as such, whoever they are else
HUMANS = ("woman", "girl", "boy", "man", "guy", "lady", "girls", "boys", "kid", "maid")
MASCOTS = {
    "character": "happy",
    "mascot": "happy",
    "creature": "happy",
    "monster": "angry",
    "mimic": "angry",
}  # their moods
HEROES = {"warrior", "knight", "soldier", "samurai", "ninja", "wizard", "king", "superhero", "viking", "pirate"}
HEROES |= {"cowboy", "gladiator", "paladin", "archer", "barbarian", "mage", "fighter", "swordsman"}
# who a thing may be, with a face and what they have: "mushroom warrior"
SET_ON_FIRE = ("weapons", "tools", "sport")  # categories of what has fire about it: "sword flame"
BROUGHT_TO_LIFE = ("food", "plants", "items", "tools", "furniture", "clothes", "game")  # categories of such things
PARENTS = ("mother", "mom", "mum", "father", "dad", "parent")  # who is of the kind that stands before them
HAD = ("items", "instruments", "tools", "weapons", "sport", "vehicles")  # categories of what somebody has: "sword girl"
KINDS = {"tree", "dog", "fish", "bird", "sword", "flower", "plant", "insect", "bug"}
KINDS |= {"puppy", "pup", "doggy", "kitten", "kitty"}
# and these say less than a thing of the same category that isn't one of them: "bonsai tree", "corgi dog"


class Compound:
    """The noun at a place of a prompt, beside the nouns before and after it."""

    def __init__(self, marks: list[Mark], at: int) -> None:
        self.marks = marks
        self.at = at
        self.row = self._row()
        self.head = self._head()

    def _row(self) -> range:
        """The places of the nouns that stand in one row with it."""
        first = last = self.at
        while (
            self.at - first < LONGEST and first > 0 and not self.marks[first].begins and self._is_modifying(first - 1)
        ):
            first -= 1
        while (
            last - self.at < LONGEST
            and last + 1 < len(self.marks)
            and self._is_modifying(last)
            and self._goes_on(last + 1)
        ):
            last += 1
        return range(first, last + 1)

    def _is_modifying(self, at: int) -> bool:
        mark = self.marks[at]
        return mark.means("thing") and not mark.means(*QUALITIES) and not mark.plural

    def _goes_on(self, at: int) -> bool:
        mark = self.marks[at]
        is_cut_out = mark.senses.get("ground") == NONE  # "crystal icon" is a crystal
        first = self.marks[at - 1].senses.get("thing", "")
        is_deed = mark.means("pose") and mark.word.endswith("ing") and bool(first) and traits.is_animate(first)
        is_noun = mark.means("thing") and not is_deed  # but "kangaroo boxing"
        return is_noun and not mark.begins and not mark.means("relation") and not is_cut_out

    def _head(self) -> int | None:
        """The place of the noun that is drawn for the whole row, None for a list of things."""
        names = [self.marks[place].senses["thing"] for place in self.row]
        if len(self.row) == PAIR and self._is_shown():
            return self.row[0]
        if len(self.row) == PAIR and self._is_womans():
            return self.row[0]
        if all(self.marks[place].word in PARENTS for place in self.row[:PAIR]) and len(self.row) >= PAIR:
            return None  # "mom dad and baby"
        is_part = names[-1] == WINDOW or self.marks[self.row[-1]].word in ROOFS
        if is_part and traits.drawing(names[0]).category == "vehicles":
            return self.row[0]  # "out of a car window"
        if self.look or (names[-1] == "fire" and traits.drawing(names[0]).category in SET_ON_FIRE):
            return self.row[0]
        if names[-1] == TILE and names[0] == "wall":
            return self.row[0]  # "brick wall tile"
        if len(self.row) > PAIR and not all(traits.is_figure(name) for name in names):
            return None
        if names[0] in PEOPLES and traits.is_figure(names[-1]) and self._costumes():
            return self.row[0]  # "orc wizard"
        if self._is_creature(names[0]) and traits.drawing(names[-1]).category == "people" and self._costumes():
            return self.row[0]  # "skeleton pirate captain"
        return self.row[0] if len(self.row) == PAIR and self._is_first_drawn(*names) else self.row[-1]

    @property
    def look(self) -> str:
        """The mood of the face upon a thing that a creature is made of: "taco character", "ice cream monster"."""
        first, last = self.marks[self.row[0]].senses["thing"], self.marks[self.row[-1]].word
        is_made = traits.drawing(first).category in BROUGHT_TO_LIFE and likeness.is_faceless(first)
        is_so = is_made and len(self.row) >= PAIR and self.at == self.row[0]
        is_hero = last in HEROES and traits.drawing(first).category in ("food", "plants")
        return MASCOTS.get(last, "happy" if is_hero else "") if is_so else ""

    def _is_shown(self) -> bool:
        """Whether a statue shows the first of two nouns, or a mask its face: "frog statue", "fox mask"."""
        is_grown = traits.drawing(self.marks[self.row[0]].senses["thing"]).category in ("plants", "food")
        return (self.marks[self.row[-1]].word in likeness.STATUES and not is_grown) or self._is_face()

    def _is_face(self) -> bool:
        first, last = self.marks[self.row[0]].senses["thing"], self.marks[self.row[-1]].word
        return last in likeness.HEADS and likeness.has_head(first)

    def _is_womans(self) -> bool:
        """Whether a woman has a trade whose drawing is bearded, so that she has its tools: "lady blacksmith"."""
        names = [self.marks[place].senses["thing"] for place in self.row]
        return names[0] in WOMEN and traits.has_slot(names[1], "beard") and bool(self._costumes())

    @property
    def is_statue(self) -> bool:
        """Whether the noun is shown by a statue."""
        return self.head == self.at and len(self.row) == PAIR and self._is_shown() and not self._is_face()

    @property
    def is_head(self) -> bool:
        """Whether only the noun's head is shown, as by a mask."""
        return self.head == self.at and len(self.row) == PAIR and self._is_face()

    def _is_first_drawn(self, first: str, second: str) -> bool:
        """Whether the second of two nouns says less: "cat wizard", "rice bowl", "orc warrior"."""
        mark = self.marks[self.row[1]]
        as_animal = self._is_animal(first) and bool(self._costume(self.row[1])[0])
        is_deep = bool({mark.word, *singulars(mark.word)} & {*DEEP})
        in_bowl = traits.drawing(first).category == "food" and mark.means("container") and not is_deep
        as_animal = as_animal or (self._is_animal(first) and mark.word in PARENTS)
        as_animal = as_animal or (first in PEOPLES | UNDEAD and mark.word in HUMANS)
        as_animal = as_animal or (mark.word in MEALS and traits.drawing(first).category in EATEN)
        several, kinds = mark.word in GROUPS, [traits.drawing(name).category for name in (first, second)]
        is_kind = bool(KINDS & {mark.word, *singulars(mark.word)})
        of_its_kind = is_kind and kinds[0] == kinds[1] and self.marks[self.row[0]].word not in KINDS
        as_animal = as_animal or ("stands_in" in mark.senses and traits.is_figure(second) and self._is_creature(first))
        return as_animal or in_bowl or several or of_its_kind or (mark.word in WHOEVER and traits.is_animate(first))

    def _costumes(self) -> list[tuple[str, str]]:
        """What the nouns after the first one make a creature wear or hold, the last first."""
        costumes = [self._costume(place) for place in reversed(self.row[1:])]
        return [costume for costume in costumes if costume[0] in ("wears", "holds")]

    def _is_creature(self, name: str) -> bool:
        return traits.is_animate(name) and traits.drawing(name).category == "fantasy"

    def _is_animal(self, name: str) -> bool:
        return traits.is_animate(name) and traits.drawing(name).category not in ("people", "fantasy")

    def _costume(self, at: int) -> tuple[str, str]:
        """What somebody wears or holds, or whose colour it takes, who is called after the figure at a place."""
        table, mark = lines("wearers"), self.marks[at]
        drawing = "" if mark.word in WHOEVER else mark.senses["thing"]
        first = (table.get(mark.word) or table.get(drawing, "")).split(", ")[0]
        kind, _, what = first.partition(" ")
        return kind, what

    def _all_costumes(self, at: int) -> list[tuple[str, str]]:
        """Everything that a figure's name makes somebody wear and hold."""
        table, mark = lines("wearers"), self.marks[at]
        listed = table.get(mark.word) or table.get(mark.senses["thing"], "")
        kinds = [each.partition(" ") for each in listed.split(", ")]
        return [(LINKS[kind], what) for kind, _, what in kinds if kind in LINKS]

    @property
    def all_costumes(self) -> list[tuple[str, str]]:
        """What somebody wears and holds who is dressed as the noun, or in its costume."""
        return self._all_costumes(self.at if self.is_costume else self.row[-1])

    @property
    def is_costume(self) -> bool:
        """Whether the noun says whose costume comes: "a pirate costume"."""
        word = self.marks[self.row[-1]].word.removesuffix("s")
        is_suit = word in ANIMAL_SUITS and traits.is_animal(self.marks[self.at].senses["thing"])
        return self.at < self.row[-1] and (word in COSTUMES or is_suit)

    @property
    def is_modifier(self) -> bool:
        """Whether the noun only says something of a later one."""
        return self.head is not None and self.at < self.head

    @property
    def further(self) -> int:
        """How many nouns after this one belong to it."""
        return self.row[-1] - self.at if self.head == self.at else 0

    @property
    def group(self) -> str:
        """The word that says how many the noun's are: "penguin family"."""
        return self._last.word

    @property
    def is_plural(self) -> bool:
        """Whether several are meant: "corgi dogs"."""
        return self._last.plural

    @property
    def _last(self) -> Mark:
        """The last noun that belongs to it, which may be itself."""
        return self.marks[self.at + self.further]

    @property
    def _figure(self) -> tuple[str, str]:
        """The costume that the head has from the other noun."""
        others = [place for place in self.row if place != self.head]
        lives = traits.is_animate(self.marks[self.at].senses["thing"]) or bool(self.look)
        if self.head != self.at or not others or not lives:
            return "", ""
        after = self._costumes() if self.head == self.row[0] else []
        return after[0] if after else self._costume(others[-1])

    @property
    def costumes(self) -> list[tuple[str, str]]:
        """What the noun wears or holds because of the other noun, each with the link to it."""
        if self._figure[0] not in ("wears", "holds"):
            return []
        others = [place for place in self.row if place != self.head]
        places = reversed(others) if self.head == self.row[0] else others[-1:]
        return next((each for each in map(self._all_costumes, places) if each), [])

    def _is_stuff(self, name: str, head: str) -> bool:
        """Whether something lifeless may be made of what can be eaten or grows: "carrot sword"."""
        of_it = traits.drawing(name).category in ("food", "plants") and traits.drawing(head).category not in (
            "food",
            "plants",
        )
        return of_it and not traits.is_animate(head)

    def _is_had(self, name: str, head: str) -> bool:
        """Whether somebody is called after a thing that they have or ride: "pogo stick kid"."""
        if traits.is_worn(name) and traits.is_animate(head):
            return True  # "a gas mask soldier", "a laser eyes cat"
        has = traits.is_figure(head) or (traits.is_animate(head) and traits.is_ridden(name))
        return has and traits.drawing(name).category in HAD and not self._costume(self.at)[0]

    def _lends_looks(self, mark: Mark, head: Mark, pending: Qualities) -> bool:
        """Let the head look like the noun, if it is a boss or a figure of one colour; whether it does."""
        kind, what = self._costume(self.at)
        lives = traits.is_animate(head.senses["thing"])
        if head.senses["thing"] == TILE and not pending.colors:
            stuff = traits.drawing(mark.senses["thing"])
            pending.parts += [(role, stuff.roles[stuff.main_role]) for role in traits.drawing(TILE).painted[:2]]
            return True  # "a lava tile"
        if mark.word == BOSS and lives:
            pending.words.append(BOSS)
            return True
        if mark.senses["thing"] in EARS and head.word in HUMANS:
            animal = traits.drawing(mark.senses["thing"])
            colors = {"body": str(animal.roles[animal.main_role])} if traits.is_animal(animal.name) else {}
            pending.things.append(Draft(EARS[mark.senses["thing"]], mark.word, colors=colors))
            return True
        if kind in LINKS and traits.drawing(head.senses["thing"]).category in ("food", "plants"):
            pending.things += [Draft(what, what) for _, what in self._all_costumes(self.at)]
            pending.mood = pending.mood or MASCOTS["character"]  # "a superhero banana"
            return True
        is_so = kind == "colored" and not pending.colors and (lives or _is_haunted(head.senses["thing"]))
        pending.colors += [what] * is_so  # "zombie cat", "zombie hand", "ghost ship"
        return is_so

    def _is_done(self, mark: Mark, head: Mark, pending: Qualities) -> bool:
        """Let somebody do what is said before them: "a boxing kangaroo"; whether it is such."""
        is_so = mark.means("pose") and mark.word.endswith("ing") and traits.is_animate(head.senses["thing"])
        pending.poses += [(mark.senses.get("pose", ""), mark.word)] * is_so
        return is_so

    def _pulls(self, mark: Mark, head: Mark, pending: Qualities) -> bool:
        """Put a draught animal before what is called after it: "donkey cart"; whether it is such."""
        if head.senses["thing"] not in DRAWN or mark.senses["thing"] not in DRAUGHT:
            return False
        pending.pullers.append(Draft(mark.senses["thing"], mark.word))
        return True

    def _sells(self, mark: Mark, head: Mark, pending: Qualities) -> bool:
        """Show the tool of a trade on its shop, and goods on their counter: "blacksmith shop", "potion counter"."""
        tool = next((what for link, what in self._all_costumes(self.at) if link == LINKS["holds"]), "")
        if head.senses["thing"] == SHOP and tool:
            pending.emblems.append(Draft(tool, tool))
            return True
        is_sold = head.senses["thing"] == COUNTER and traits.is_carried(mark.senses["thing"])
        pending.toppings += [Draft(mark.senses["thing"], mark.word, count=CONTAINED)] * is_sold
        return is_sold

    def _flavor(self, mark: Mark, name: str, pending: Qualities) -> None:
        """Give what tastes of a fruit its colour, and cakes the fruit itself."""
        fruit = traits.drawing(mark.senses["thing"])
        if fruit.name in FRUITS and name in TOPPED and SLICE not in pending.words:
            pending.toppings.append(Draft(fruit.name, mark.word, count=TOPPED[name]))
        color = fruit.roles[fruit.main_role]
        color = CREAMY.get(color, color) if name not in CLEAR else color
        pending.parts += [(role, color) for role in FLAVORED[name].split()]

    def modify(self, pending: Qualities, setting: Setting, notes: list[str]) -> None:
        """Let the head have what this noun says of it, and a note where that is nothing."""
        mark, head = self.marks[self.at], self.marks[self.row[-1]]
        kind, _ = self._costume(self.at)
        if (
            self._is_done(mark, head, pending)
            or self._lends_looks(mark, head, pending)
            or self._pulls(mark, head, pending)
            or self._sells(mark, head, pending)
        ):
            return
        if mark.senses["thing"] in STONES and "gem" in traits.drawing(head.senses["thing"]).painted:
            own = english().senses.get((mark.senses["thing"],), {}).get("color", "")
            pending.parts += [("gem", color) for color in (pending.colors or own.split())[:1]]
            pending.colors.clear()
        elif head.word in AGENTS or self._is_had(mark.senses["thing"], head.senses["thing"]):
            pending.things.append(Draft(mark.senses["thing"], mark.word))
        elif (
            head.word in DEEP and head.word not in CLOSED and traits.drawing(mark.senses["thing"]).category in CONTENTS
        ):
            pending.contents.append(Draft(mark.senses["thing"], mark.word, count=CONTAINED))
        elif emblems.is_emblem(mark.senses["thing"], head.senses["thing"]):
            pending.emblems.append(Draft(mark.senses["thing"], mark.word))
        elif mark.senses["thing"] == head.senses["thing"] or (kind and traits.is_animate(head.senses["thing"])):
            return
        elif head.senses["thing"] in FLAVORED and traits.drawing(mark.senses["thing"]).category in ("food", "plants"):
            self._flavor(mark, head.senses["thing"], pending)
        elif self._is_stuff(mark.senses["thing"], head.senses["thing"]) and not pending.colors:
            drawing = traits.drawing(mark.senses["thing"])
            pending.colors.append(drawing.roles[drawing.main_role])
            notes.append(
                f"“{mark.word} {head.word}” is drawn as {article(head.word)} in the colour of {article(mark.word)}."
            )
        elif mark.means("ground") and not setting.ground:
            setting.place(mark.senses["ground"], mark.word)
        else:
            notes.append(f"“{mark.word} {head.word}” is drawn as {article(head.word)}.")


def _is_haunted(name: str) -> bool:
    """Whether something lifeless has the colour of a figure that it is called after."""
    return name in traits.LIMBS or traits.drawing(name).category == "vehicles"
