"""What adjectives, numbers and poses say of a noun, gathered until the noun comes."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..colors import NAMED
from ..recipe import MOODS
from . import prints, traits
from .coloring import RAINBOW, SHINE, role_of, whole
from .likeness import cast, is_faceless
from .subjects import Draft
from .vocabulary import drawings, english

MOST = 12  # of a kind
NEXT_BEST = {
    "run": ("walk", "jump", "drive", "fly"),
    "walk": ("run", "idle", "drive"),
    "jump": ("run",),
    "wave": ("idle",),
    "cheer": ("wave", "idle"),
    "lying": ("sleep",),
}
LYING, FALLEN = "lying", 270  # a pose that who sleeps has, and degrees by which all else is turned
ASLEEP = "sleep"  # a pose, and the mood of a face
EVIL = "evil"  # the mood of who is wicked
WEEPING = "weeping"  # the mood of who sheds tears
NEAR_MOODS = {"scared": "surprised", "sleepy": ASLEEP, EVIL: "angry", WEEPING: "sad"}
# moods that a face shows by another's
FRIGHTFUL = {"scary", "creepy", "terrifying", "frightening", "spooky"}  # adjectives of who looks wicked
QUIET = (ASLEEP, "sad", WEEPING)  # moods that are said of buildings where nobody is
USUAL_MOOD = "happy"
OF_ONE_COLOR = {"ball": "rubber ball"}  # drawings of many colours -> those that stand for them in one
SNAPPED = ("weapons", "tools", "symbols", "instruments", "sport")  # categories of what breaks in two, not in cracks
STRIPES, FEW = "stripes", 3  # a print, and how many colours are named one by one
BOTH = 2
PAIRED = ("crossed swords", "crossed axes", "glasses", "sunglasses", "headphones", "chopsticks", "handcuffs", "cherry")
PAIRED = (*PAIRED, "scissors", "pliers", "tweezers", "binoculars", "goggles", "pants", "shorts", "pajamas")
PAIRED = (*PAIRED, "skis", "earrings", "lips", "hedge shears", "maracas", "ballet shoes", "snowshoes")
# drawings that show so many already
LIKE = {"ajar": "open", "opened": "open", "wide open": "open", "extinguished": "unlit", "blown out": "unlit"}
# adjectives of things -> those that names of drawings have
BUNCH, BUNCHED = 5, ("grapes", "bunch of bananas", "bouquet", "lavender")
# how many a bunch is else, and drawings of one
MACHINES = ("robot", "robot dog", "golem", "mecha", "cyborg")  # what cracks though it moves
OLD, HAIRS, GREY = {"old", "elderly", "aged", "ancient"}, ("hair", "beard"), "#d9d6e2"
# ages at which people's hair is grey, the roles of hair, and its colour then
NUMBERED = ("eight ball",)  # drawings that show their number
SMALL = 0.6  # the size of a young one, times that of a grown one


@dataclass
class Qualities:
    """Words before a noun. `parts` are roles with their colour, as in "blue-eyed"; `poses` are (pose, word).

    `statue` is whether the noun is only shown by one, `arrangement` how several stand.
    """

    colors: list[str] = field(default_factory=list)
    size: float = 1.0
    count: int = 0
    words: list[str] = field(default_factory=list)  # adjectives, as they may be part of a drawing's name
    young: bool = False
    mood: str = ""
    poses: list[tuple[str, str]] = field(default_factory=list)
    parts: list[tuple[str, str]] = field(default_factory=list)
    statue: bool = False
    arrangement: str = ""
    is_burning: bool = False
    cut: str = ""  # what of the noun is missing
    text: str = ""  # what is written on the noun
    turn: int = 0  # degrees clockwise by which the noun is turned
    state: str = ""  # what the noun is before or upon because of what becomes of it: "behind explosion"
    shape: Draft | None = None  # what the noun has the form of
    grown: tuple[int, str] | None = None  # how many of a part the noun has: "a nine-tailed fox"
    emblems: list[Draft] = field(default_factory=list)  # what is pictured on the noun
    contents: list[Draft] = field(default_factory=list)  # what is in the noun
    toppings: list[Draft] = field(default_factory=list)  # what lies on the noun: "a strawberry cake"
    pullers: list[Draft] = field(default_factory=list)  # who pulls the noun: "a donkey cart"
    print: str = ""  # what is all over the noun: "dots", "splashes brown"
    things: list[Draft] = field(default_factory=list)  # what somebody has who is called after it: "accordion player"

    @property
    def part_color(self) -> list[str]:
        """The colour of a part that these words stand before, if there is one: green of "glowing green eyes"."""
        return [color for color in self.colors if color != SHINE][:1] or self.colors[:1]

    def give(self, draft: Draft, notes: list[str]) -> None:
        """Give a noun all that was said before it."""
        plain = draft.drawing
        draft.drawing = named(draft.drawing, [*self.words, *(word for _, word in self.poses)])
        if draft.drawing == plain:
            self.take_away(draft)
        draft.text, draft.turn = self.text * (draft.drawing not in NUMBERED), self.turn or draft.turn
        self.give_mood(draft, notes)
        if self.young and "baby" not in draft.drawing:
            draft.size *= SMALL
        draft.size *= self.size
        if self.count:
            is_one = self.count == BOTH and draft.drawing in PAIRED
            is_one = is_one or (self.count == BUNCH and draft.drawing in BUNCHED)
            draft.count = 1 if is_one else min(self.count, MOST)
            if self.count > MOST:
                notes.append(f"{MOST} of “{draft.word}” are drawn: a picture shows no more of a kind.")
        colors = [color for color in self.colors if color != SHINE]  # "glowing blue" is blue
        if not colors and draft.word.partition(" ")[0] not in NAMED:
            colors = self.colors
        if colors:
            draft.drawing = OF_ONE_COLOR.get(draft.drawing, draft.drawing)
            draft.colors.update(whole(draft.drawing, colors))
            self._stripe(draft, colors)
        for pose, word in self.poses:
            strike(draft, pose, word, notes)
        self._shine(draft, colors)
        paired = [(role_of(draft.drawing, role), color) for role, color in self.parts]
        draft.colors.update((role, color) for role, color in paired if role)
        if draft.drawing == plain:
            self._turn_grey(draft)
            prints.give(draft, self.print, colors)
        if self.statue:
            cast(draft, "")

    def _turn_grey(self, draft: Draft) -> None:
        """Let the hair of who is old be grey, where nothing else is said of it: "an old pirate"."""
        if OLD.isdisjoint(self.words) or not traits.is_figure(draft.drawing):
            return
        for role in HAIRS:
            if role in traits.drawing(draft.drawing).painted:
                draft.colors.setdefault(role, GREY)

    def _stripe(self, draft: Draft, colors: list[str]) -> None:
        """Give a thing that has nothing to colour beside itself its second colour in stripes: "a red and blue flag"."""
        has_second = len(draft.colors) > 1 or len(colors) < BOTH
        if len(colors) > FEW and (draft.count != 1 or not has_second):
            draft.colors = {traits.drawing(draft.drawing).main_role: RAINBOW}  # "colorful balloons"
            return
        if not has_second and not traits.is_animate(draft.drawing) and not self.print:
            prints.give(draft, STRIPES, colors[1:BOTH])

    def _shine(self, draft: Draft, colors: list[str]) -> None:
        """Let a noun that glows do so in its own colour."""
        if SHINE in self.colors:
            first = draft.word.partition(" ")[0]
            draft.glow = next((color for color in (*colors, first) if color != SHINE and color in NAMED), SHINE)

    def take_away(self, draft: Draft) -> None:
        """Let a lifeless noun lack what was said, as far as such a thing can: what lives stays whole."""
        category = traits.drawing(draft.drawing).category
        is_whole = traits.is_animate(draft.drawing)
        if self.cut == "crack" or not is_whole or draft.drawing in MACHINES:
            is_solid = self.cut == "break" and (is_whole or category not in SNAPPED)
            draft.cut = "crack" if is_solid else self.cut

    @property
    def temper(self) -> str:
        """The mood that was said, or the one that frightens."""
        return self.mood or EVIL * (not FRIGHTFUL.isdisjoint(self.words))

    def give_mood(self, draft: Draft, notes: list[str]) -> None:
        """Give a noun the face of its mood, or say that it has none; the drawings' own is happy enough."""
        mood = NEAR_MOODS.get(self.temper, self.temper)
        if mood in traits.drawing(draft.drawing).moods:
            draft.mood = mood
        elif self.mood in (*QUIET, EVIL) and traits.is_place(draft.drawing):
            return  # "a sleepy bookshop", "an evil castle"
        elif mood in MOODS and is_faceless(draft.drawing) and self.mood not in draft.drawing:
            draft.look = self.temper if self.temper == WEEPING else mood
        elif mood not in ("", USUAL_MOOD) and self.mood not in draft.drawing:
            notes.append(f"“{draft.word}” isn't drawn with a face for “{self.mood}”.")


def pose_of(word: str) -> str:
    """The pose that a word means, "" for none."""
    return english().senses.get((word,), {}).get("pose", "")


def named(drawing: str, words: list[str]) -> str:
    """The drawing with one of these words in its name ("sleeping cat", "baby elephant"), else the drawing itself."""
    return _called(drawing, words) or drawing


def _called(drawing: str, words: list[str]) -> str:
    """The drawing that has one of these words before the noun among its names; "" for none."""
    names = (f"{LIKE.get(word, word)} {drawing.partition('/')[0]}" for word in words)
    return next((drawings().synonyms[name] for name in names if drawings().has(name)), "")


def strike(draft: Draft, pose: str, word: str, notes: list[str]) -> None:
    """Let a subject take a pose, or the nearest that its drawing has, or say that it has none."""
    resting = ["sleeping"] * (pose == LYING and not traits.is_figure(draft.drawing))
    aloft = ["flying"] * (pose == "fly")  # "with open wings"
    special = _called(draft.drawing, [word, word.partition(" ")[0], pose, *resting, *aloft])
    if special not in ("", draft.drawing):
        draft.drawing = special
        return
    drawing = traits.drawing(draft.drawing)
    for nearest in (pose, *NEXT_BEST.get(pose, ())):
        rises = nearest == "fly" and pose != "fly" and drawing.category == "buildings"  # "a running house" doesn't fly
        if nearest in drawing.poses and not rises:
            draft.pose = nearest
            return
    if pose in drawing.moods:  # "sleep"
        draft.mood = pose
        return
    if pose == LYING and drawing.faces == "front":
        draft.turn = FALLEN
        return
    is_own = bool(special) or word[:4] == draft.drawing[:4]  # "erupting volcano" is a name of the volcano
    quiet = pose == "idle" or is_own or (pose == "sit" and not traits.is_figure(draft.drawing))
    if not quiet and pose not in ("fly", "swim", "fighting"):
        notes.append(f"No pose of “{draft.word}” shows “{word}”.")
