"""Where the things of a prompt are, and what grows or lies about there."""

from __future__ import annotations

from ..brief import Relation
from . import traits
from .attributes import Attributes
from .coloring import SHINE, whole
from .joining import SOWN
from .marks import Mark
from .qualities import Qualities, named
from .senses import BACKDROPS, HAVING, PLACED
from .setting import NONE, PLAIN
from .subjects import COVERED, Draft, surround
from .vocabulary import english

LITTER = 2  # so many of what a cave is called after are seen
FIELDS = ("field", "fields", "meadow", "patch")  # before "of" and what grows there, or after it
SKYLINE, SKIES = "skyline", ("sky", "skies", "skyline")  # words for what has a colour behind all else
SOILS = {"mud": "brown", "sand": "tan", "grass": "leaf"}  # what a thing covered in them has the colour of
HIGH_GRASS = ("tall grass", "high grass", "long grass")  # what somebody is seen in
GRASS = "grass"  # a word, and the drawing of some
REEFS, CORAL = ("coral reef", "reef"), "coral"  # words for a place, and what is seen there
PICNIC, BASKET = "picnic", "basket"  # a word for a place, and the drawing of what is there
VILLAGE, HOUSES = "village", ("house", 3)  # a place, and what is seen of one in another place
LANDS = ("desert", "oasis", "mountains", "beach", "snow", "forest", "jungle", "lakeside", "swamp", "volcano", "mars")
GROVES, GROWN = ("forest", "woods", "grove", "garden", "orchard", "jungle"), 3  # after what some of grow there
SHORES = {"sea": "beach", "lake": "lakeside", "harbor": "quay"}  # where somebody is who stands by a water
DRAWN, UNDRAWN = ("isometric", "top down"), "undrawn"
# meanings of views in which some things have drawings, and of those in which nothing has
INLAND = ("pond", "lake", "river", "stream")  # waters that who is at them isn't in
SETS, SHOWN_OF_SETS = ("icons", "sprites"), 3  # words after what several of are wanted, and how many are shown
EERIE = {
    "spooky",
    "haunted",
    "creepy",
    "scary",
    "eerie",
    "neon",
    "cyberpunk",
}  # adjectives of places that are seen by night
STREWN, CAVES = ("crystal",), ("cave", "cavern", "grotto")  # what lies about in places that are called after it


CHARGED, CHARGE, ARMS = ("thunder", "storm"), "behind lightning", ("weapons", "tools", "clothes")
# weathers that are in a weapon named after them, how that is seen, and categories of such
PEBBLE = "rock"  # a thing that is none
SNOWED_ON, SNOW = ("snowy", "snow covered", "snow capped", "snowcapped"), "layer white"
# adjectives of what lies under snow, and the print that it has then


class Places(Attributes):
    """Places, times and weather of a prompt."""

    def _ground(self, mark: Mark, kind: str) -> None:
        self._sow_about(mark)
        if mark.senses["ground"] == VILLAGE and self._is_village_had(mark):
            return
        if EERIE.intersection(self.pending.words) or EERIE.intersection(mark.word.split(" ")):
            self.setting.say("time", "night")  # unless the prompt has said another
        if self.link == COVERED and self.group and mark.word in SOILS:
            self.group[-1].colors.update(whole(self.group[-1].drawing, [SOILS[mark.word]]))
            self.link = ""
            return
        ground = self._color_sky(mark, mark.senses["ground"])
        self._tend()
        if self.link == "beside" and self.setting.ground == VILLAGE:
            ground = SHORES.get(ground, ground)  # "a village by a river"
        if not self._settle(ground):
            self.setting.place(SHORES.get(ground, ground) if self._is_ashore(mark) else ground, mark.word)
        if mark.senses["ground"] == PLAIN:
            self._paint_ground(mark)
        if mark.word in SETS and self.drafts and self.drafts[-1].count == 1:
            self.drafts[-1].count = SHOWN_OF_SETS  # "potion icons"
        if not self._is_of_a_thing():
            self.link = ""  # but "on a park swing"
        if mark.senses["ground"] != NONE:  # "a red icon of a sword"
            self.pending = Qualities()

    def _tend(self) -> None:
        """Give somebody the tool for what they do to a place: "watering her garden"."""
        if self.link == "beside" and self.deed and self.group:
            self._equip(self.group[0], self.deed, is_placed=True)
            self.deed = ""

    def _settle(self, ground: str) -> bool:
        """Have houses stand in a land, where it is a village's: "a desert town", "a village in the mountains"."""
        land = ground if self.setting.ground == VILLAGE else self.setting.ground
        if VILLAGE not in (ground, self.setting.ground) or land not in LANDS or self.drafts:
            return False
        self.setting.ground = land
        name, count = HOUSES
        self.drafts.append(Draft(name, name, count=count))
        return True

    def _is_village_had(self, mark: Mark) -> bool:
        """Whether a village is what somebody has, of which houses are shown: "a turtle with a village on its back"."""
        if self.link not in HAVING or not self.group:
            self._house()
            return False
        self._add(Draft(HOUSES[0], mark.word, count=HOUSES[1]))
        self.pending = Qualities()
        return True

    def _house(self) -> None:
        """Have a village be of the houses that it is called after: "a mushroom village"."""
        last = self.drafts[-1] if self.drafts else None
        name, count = HOUSES
        kind = named(name, [last.word]) if last is not None else name
        if last is not None and kind != name and not self.link and last.is_plain:
            last.drawing, last.count = kind, count

    def _sow_about(self, mark: Mark) -> None:
        """Have grow or lie there what a place is called after: "a corn field", "a crystal cave"."""
        crop = english().senses.get((mark.word.split(" ")[0],), {}).get("thing", "") if " " in mark.word else ""
        if crop and mark.word.endswith(FIELDS) and traits.drawing(crop).category in ("plants", "food"):
            self._strew(crop, SOWN)
        if mark.word in REEFS:
            self._strew(CORAL, LITTER)
        if mark.word == PICNIC:
            self.drafts.append(Draft(BASKET, PICNIC))
        is_hidden = self.is_inside and mark.word == GRASS
        if (mark.word in HIGH_GRASS or is_hidden) and self.group and self.link in PLACED:
            self._strew(GRASS, SOWN)
        if crop in STREWN and mark.word.endswith(CAVES):
            self._strew(crop, LITTER)
        follows = not self.link and bool(self.drafts) and self._is_grown(self.at - 1)
        if follows and mark.word in (*FIELDS, *GROVES):
            self._plant(SOWN if mark.word in FIELDS else GROWN)  # "a sunflower field", "a mushroom forest"

    def _is_ashore(self, mark: Mark) -> bool:
        """Whether who is named before a water is beside it: "looking at the sea", "feeding ducks at the pond"."""
        who = self.group[-1] if self.group else None
        if who is None or traits.drawing(who.drawing).is_swimmer or traits.drawing(who.drawing).category == "vehicles":
            return False
        is_still = who.pose in ("", "idle", "sit")
        return self.link == "beside" or (self.link == "at" and mark.word in INLAND and is_still)

    def _is_of_a_thing(self) -> bool:
        """Whether a place only says where the thing is that comes next: "on a park swing"."""
        after = self.senses.mark(self.at + 1)
        is_next = (
            after is not None and after.means("thing") and not after.begins and not after.means("relation", "pose")
        )
        return is_next and self.link in ("on", "in", "under", "behind", "beside")

    def _color_sky(self, mark: Mark, ground: str) -> str:
        """Give the sky the colour that is said of it; who isn't in it is on a meadow below: "under a purple sky"."""
        last = mark.word.split(" ")[-1]
        if last not in SKIES or not self.pending.colors or SHINE in self.pending.colors:
            return ground
        self.setting.sky = self.setting.sky or self.pending.colors[0]
        one = self.drafts[0].drawing if self.drafts else ""
        flies = not one or self.drafts[0].pose == "fly" or traits.is_aloft(one)
        return ground if last == SKYLINE or flies else "meadow"

    def _paint_ground(self, mark: Mark) -> None:
        """Give the ground the colour that is said of it: "white background"."""
        first = english().senses.get((mark.word.split(" ")[0],), {})
        for color in [*self.pending.colors, *first.get("color", "").split()][:1]:
            self.setting.paint(color, mark.word)

    def _filler(self, mark: Mark, kind: str) -> None:
        if mark.word in BACKDROPS and self.pending.colors:
            self._paint_ground(mark)
            self.pending.colors.clear()

    def _plant(self, count: int) -> None:
        """Have so many of what the last noun is grow there, all around who was named before it."""
        grown = self.drafts[-1]
        grown.count = max(grown.count, count)
        linked = (each for each in self.drafts[:-1] if each.other is grown or grown.other is each)
        one = next(linked, None)
        if one is not None and one.count == 1 and one.relation is not Relation.ABOVE:
            surround(one, grown)

    def _strew(self, name: str, count: int) -> None:
        """Have several of what a place is called after in it."""
        self.litter = Draft(name, name, count=count)
        if (
            self.link in PLACED
            and self.link != "above"
            and len(self.group) == 1
            and self.group[0].count == 1
            and count > LITTER
        ):
            surround(self.group[0], self.litter)
        self.group = self.group if self.litter.other else [self.litter]
        self.drafts.append(self.litter)

    def _is_grown(self, at: int) -> bool:
        name = self.marks[at].senses.get("thing", "")
        return bool(name) and traits.drawing(name).category in ("plants", "food")

    def _view(self, mark: Mark, kind: str) -> None:
        """From where all is seen; most of what is drawn is seen from the front or the side."""
        if mark.senses["view"] in DRAWN and self._is_seen_so(mark.senses["view"]):
            return
        if mark.senses["view"] in (*DRAWN, UNDRAWN):
            self.notes.append(
                f"Nothing is drawn in the view “{mark.word}”: things are seen from the front or the side."
            )
            return
        self._setting(mark, kind)

    def _is_seen_so(self, view: str) -> bool:
        """Show the noun that comes, or the last one, in a view; whether there is such a drawing of it."""
        after = self.senses.noun_after(self.at)
        if after is not None:
            name = self.marks[after].senses.get("thing", "")
            self.pending.words.append(view)
            return bool(name) and named(name, [view]) != name
        last = self.drafts[-1] if self.drafts else None
        plain = last.drawing if last is not None else ""
        if last is not None:
            last.drawing = named(plain, [view])
        return last is not None and last.drawing != plain

    def _setting(self, mark: Mark, kind: str) -> None:
        after = self.senses.mark(self.at + 1)
        if self.link in HAVING and after is not None and after.means("thing") and not after.begins:
            return  # "with a rain hat"
        armed = traits.drawing(after.senses.get("thing", PEBBLE)).category in ARMS if after is not None else False
        if mark.word in CHARGED and armed:
            self.pending.state = CHARGE  # "a thunder hammer"
            return
        self.setting.say(kind, mark.senses[kind])
        self.pending = Qualities(words=[*self.pending.words, mark.senses[kind]], count=self.pending.count)
        if mark.word in SNOWED_ON:
            self.pending.words.append(SNOWED_ON[0])
            self.pending.print = SNOW
        leads = self.senses.noun_after(self.at) is not None  # "in snowy mountains", "on a snowy gravestone"
        if after is None or after.begins or not leads:
            self.link = ""
