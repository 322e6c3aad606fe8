"""The Brief of a prompt."""

from __future__ import annotations

import re
import zlib
from functools import cache

from ..brief import Brief, Relation, Subject
from . import company, likeness, servings, tokens, traits
from .coloring import RAINBOW, SKIN_OF, whole
from .figures import GROWN
from .inflection import article
from .marks import Mark, marks
from .outfits import OF_HAIR
from .places import SHORES
from .qualities import BOTH
from .sentence import Sentence
from .setting import NONE, Setting
from .subjects import LEASH, Draft, untangle
from .vocabulary import alone, drawings, english, phrase

MOST_SUBJECTS = 8
MOST_NOTES = 12
BROUGHT = {"pier": "sea", "buoy": "sea", "wave": "sea", "snowy mountain": "snow"}  # grounds that a drawing brings along
WHERE = {"pyramid": "desert", "sphinx": "desert", "saguaro": "desert", "lighthouse": "beach"}
# where things are of which the light of a time, or a weather, is seen
LEAD = "lead"  # the drawing of a leash on an animal
AURORA = "aurora"  # a drawing, and the weather in which the whole sky shows it
STAR = "star"  # the drawing of a single one
BY_NIGHT = ("fireworks", AURORA)  # what is seen at night if no other time is named
BOATS = {"ship", "sailboat", "viking ship", "rowboat", "tugboat", "submarine", "raft", "gondola", "cruise ship"}
HARBOR = "harbor"  # a ground
SEA, UNDERWATER, WATER = "sea", "underwater", "water"  # grounds, and the role of what a boat is in
DIVERS = ("diver", "helmet diver")  # who is under water
DEEP = {
    "jellyfish",
    "octopus",
    "squid",
    "seahorse",
    "anglerfish",
    "clownfish",
    "tropical fish",
    "pufferfish",
    "starfish",
}
DEEP |= {"stingray", "eel", "nautilus", "sea urchin", "coral", "seaweed", "shell"}  # what is below the sea's surface
ISLANDS = ("island",)  # what is in the sea in the light of a time
CELESTIAL = {"planet", "earth", "mars", "jupiter", "black hole", "galaxy", "asteroid", "comet", "full moon"}
SPACECRAFT = {"spaceship", "rocket", "space shuttle", "satellite", "ufo", "astronaut", "space station"}
AFLOAT = {"astronaut", "satellite", "space station", "space shuttle"}  # what floats in space
VIEWS = {"mountains"}  # places that are seen in the light of a time, rather than each by itself
WIDE = {"city", "farm"}  # places that others are in even where they are named first
CLOUD_OF = {"rain": "rain cloud", "snow": "snow cloud", "storm": "thundercloud"}
WRITTEN = {"stop sign": "STOP"}  # what is always written on something
SWIM = "swim"  # the pose of what may swim in a thing too
SUBMARINE = "submarine"  # a boat that is under others
LEAP, SPLASH = "jump", "splash"  # the pose of what leaps out of the water, and what is seen below it
RAINBOW_FIRST = "red"  # the uppermost of its colours
PAIRS = ("boot", "shoe", "sock", "glove", "mitten", "sandal", "high heel", "moccasin", "boxing glove")
PAIRS = (*PAIRS, "ice skate", "roller skate", "rain boot")  # what several of are two, where no number is said
QUOTED, LETTERED = re.compile(r"""["“”«»„]([^"“”«»„]+)["“”«»]"""), re.compile(r"\s*(.*\S)\s+(?:text|lettering)\b", re.I)
PARENT = rf"\b(?:{'|'.join(GROWN)})"
FAMILIES = (  # of an animal whose kind is said once: "mum and baby elephant", "mother elephant and baby"
    re.compile(rf"{PARENT} (?:and|with) (?:her |his )?baby (\w+)", re.I),
    re.compile(rf"{PARENT} (\w+) (?:and|with) (?:her |his )?baby\b(?! \w)", re.I),
)
SIGN = 24  # characters of a prompt that a sign has room for
NOT_BY_CHANCE = {"symbols", "faces", "clothes", "furniture", "tools", "game"}  # too plain for whoever asks for nothing


def read(prompt: str, *, seed: int = 0, negative: str = "", alone: bool = True) -> Brief:
    """What a picture of a prompt is to show; any string will do.

    The same words and seed give the same Brief on every machine. A seed decides only what the prompt leaves open: how
    many "rabbits" are, and what is drawn for no words at all. `negative` rules out what would be drawn by chance.
    Nothing is written or drawn by chance where the words aren't `alone`, but said over a picture.
    """
    prompt_marks = marks(_whole(_with_kinds(prompt)))
    sentence = Sentence(prompt_marks).read()
    _take_places(sentence.drafts, sentence.setting)
    company.gather(sentence.drafts, sentence.notes)
    untangle(sentence.drafts)
    servings.make_room(sentence.drafts)
    servings.take_one_bottle(sentence.drafts)
    servings.take_one_vessel(sentence.drafts)
    servings.take_one_pot(sentence.drafts)
    servings.name_once(sentence.drafts)
    servings.rise(sentence.drafts)
    _lead(sentence.drafts)
    _submerge(sentence.drafts, sentence.setting)
    _look_up(sentence.drafts, sentence.setting)
    likeness.raised(sentence.drafts)
    company.take_off_helmets(sentence.drafts)
    company.share_umbrella(sentence.drafts)
    _tell_hair(sentence.drafts)
    if sentence.setting.view == "back":
        company.turn_away(sentence.drafts)
    _lift_off(sentence.drafts, sentence.setting)
    drafts, notes = sentence.drafts[:MOST_SUBJECTS], list(sentence.notes)
    if len(sentence.drafts) > MOST_SUBJECTS:
        notes.append(f"The first {MOST_SUBJECTS} things are drawn: a picture has no room for more.")
    if not drafts and sentence.setting.ground in ("", NONE) and not sentence.unknown:
        drafts = _weak(prompt_marks)
    notes += [f"Nothing is known of “{word[:40]}”." for word in sentence.unknown]
    if len(tokens.words(prompt)) >= tokens.MOST_WORDS:
        notes.append(f"The first {tokens.MOST_WORDS} words are read.")
    sign = ""
    if not drafts and not sentence.setting.is_seen:
        sign = tokens.printable(_written(prompt), SIGN) if alone else ""
        if sign:
            notes.append("Nothing in these words can be drawn, so they are written on a sign.")
        elif alone:
            drafts = [_by_chance(seed, negative, notes)]
        else:
            notes.append(f"Nothing is known of “{prompt.strip()[:40]}”.")
    return _brief(drafts, sentence.setting, sign, notes, f"{prompt} {seed}")


def _written(prompt: str) -> str:
    """What a sign says where nothing can be drawn: what is in quotes or before "text", else all words."""
    quoted, lettered = QUOTED.search(prompt), LETTERED.match(prompt)
    return next((each[1] for each in (quoted, lettered) if each), prompt)


def _with_kinds(prompt: str) -> str:
    """A prompt with the kind of a parent and its young said of both, where that is an animal's."""
    for family in FAMILIES:
        prompt = family.sub(_of_one_kind, prompt)
    return prompt


def _of_one_kind(words: re.Match[str]) -> str:
    kind = words[1]
    drawing = english().senses.get((kind.lower(),), {}).get("thing", "")
    return f"{kind} and baby {kind}" if drawing and traits.is_animal(drawing) else words[0]


def _whole(prompt: str) -> str:
    """The words that are shown in place of what is known only by who has it, in the colour that it is said to have."""
    words = phrase(prompt)
    meant, rest = alone().get(words[1:], ""), " ".join(words[1:])
    if meant and rest in meant and words not in alone() and "color" in english().senses.get(words[:1], {}):
        return meant.replace(rest, f"{words[0]} {rest}")
    return alone().get(words, prompt)


def _brief(drafts: list[Draft], setting: Setting, sign: str, notes: list[str], chance: str) -> Brief:
    return Brief(
        subjects=tuple(_subject(draft, drafts, chance) for draft in drafts),
        ground=setting.scenery,
        time=setting.time,
        weather=setting.weather,
        season=setting.season,
        style=setting.style,
        palette=setting.palette,
        backdrop=_plain(setting.backdrop),
        view=setting.view,
        sky=_plain(setting.sky),
        sign=sign,
        notes=tuple(dict.fromkeys(notes))[:MOST_NOTES],
    )


def _subject(draft: Draft, drafts: list[Draft], chance: str) -> Subject:
    other = next((index for index, each in enumerate(drafts) if each is draft.other), None)
    return Subject(
        drawing=draft.drawing,
        word=draft.word,
        count=_count(draft, drafts, chance),
        colors={role: _plain(color) for role, color in draft.colors.items()},
        size=round(draft.size, 2),
        pose=draft.pose,
        mood=draft.mood,
        without=tuple(dict.fromkeys(draft.without)),
        relation=draft.relation if other is not None else None,
        other=other,
        cast=_plain(draft.cast),
        arrangement=draft.arrangement,
        glow=_plain(draft.glow),
        cut=draft.cut,
        turn=draft.turn,
        print=draft.print,
        text=draft.text or WRITTEN.get(draft.drawing, ""),
        rainbow=tuple(sorted(role for role, color in draft.colors.items() if color == RAINBOW)),
    )


def _count(draft: Draft, drafts: list[Draft], chance: str) -> int:
    """How many are drawn of what no number is said of: boots that nobody has on are a pair."""
    is_worn = draft.relation is not None or any(each.other is draft for each in drafts)
    is_pair = draft.drawing in PAIRS and (not draft.count or (draft.word.endswith("s") and not is_worn))
    if is_pair and draft.count < BOTH:
        return BOTH
    return draft.count or BOTH + _drawn(f"{draft.word} {chance}") % 2


def _plain(color: str) -> str:
    """The first colour of a rainbow, for what can have only one."""
    return RAINBOW_FIRST if color == RAINBOW else color


def _take_places(drafts: list[Draft], setting: Setting) -> None:
    """A place among other things is where they are, if the prompt names no other: "a fox, mountains, sunset"."""
    pointed = [draft.other for draft in drafts]
    for draft in list(drafts):
        if draft is drafts[0]:
            is_view = draft.place in VIEWS and len(drafts) == 1 and setting.time not in ("", "day")
            is_where = ((draft.place in WIDE and len(drafts) > 1) or is_view) and not draft.colors
            is_where = is_where and draft.relation is not Relation.IN  # "a city in a snow globe"
        else:
            is_where = draft.relation is None and draft not in pointed and draft.is_plain
        if draft.place and is_where and not setting.ground:
            setting.place(draft.place, draft.word)
            drafts.remove(draft)
            for other in drafts:
                if other.other is draft:
                    other.relation, other.other = None, None


def _submerge(drafts: list[Draft], setting: Setting) -> None:
    """Have who lives deep in the sea be there, rather than swim at its surface, and on the quay who does neither."""
    if setting.ground == HARBOR and drafts and not any(_is_afloat(draft.drawing) for draft in drafts):
        setting.ground = SHORES[HARBOR]
    if setting.ground == SEA and any(draft.drawing in DEEP and draft.relation is None for draft in drafts):
        setting.ground = UNDERWATER


def _look_up(drafts: list[Draft], setting: Setting) -> None:
    """A cloud is that of the weather, the moon over a place is there at night, and a pier is in the sea."""
    brought = (BROUGHT[draft.drawing] for draft in drafts if draft.drawing in BROUGHT)
    setting.implied = setting.implied or next(brought, "")
    for draft in list(drafts):
        setting.implied = setting.implied or _place_of(draft, setting)
        if draft.drawing in BY_NIGHT or (draft.relation is Relation.UNDER and _is_starry(draft.other)):
            setting.say("time", "night")
        if draft.drawing == AURORA and (len(drafts) > 1 or setting.ground):
            company.remove(drafts, draft)
            setting.say("weather", AURORA)
            continue
        if draft.relation is Relation.UNDER and draft.other is not None and draft.other.drawing in BOATS:
            _dive(draft, draft.other, setting)
        if draft.pose == SWIM and draft.relation is Relation.IN and setting.implied == "sea":
            setting.implied = ""  # "swimming in a bowl"
        if draft.drawing == "cloud":
            draft.drawing = CLOUD_OF.get(setting.weather, draft.drawing)
        if draft.pose == LEAP and traits.drawing(draft.drawing).is_swimmer and draft.other is None:
            setting.implied = setting.implied or "sea"
            if setting.scenery in ("sea", "lake"):
                drafts.append(Draft(SPLASH, SPLASH, relation=Relation.UNDER, other=draft))
        if draft.drawing in traits.MOONS and setting.ground not in ("", NONE, "space", "plain"):
            setting.say("time", "night")


def _is_starry(draft: Draft | None) -> bool:
    """Whether what somebody is under are the stars of a sky."""
    return draft is not None and draft.drawing == STAR and draft.count != 1


def _dive(draft: Draft, boat: Draft, setting: Setting) -> None:
    """Show what swims under a boat in the water, with the boat above it."""
    dives = traits.drawing(draft.drawing).is_swimmer or draft.drawing == SUBMARINE
    if dives and boat.other is None and draft.count == 1:
        draft.relation, draft.other = None, None
        boat.relation, boat.other = Relation.ABOVE, draft
        setting.implied = setting.implied or "underwater"


def _is_boat(name: str) -> bool:
    kind = traits.drawing(name)
    return name in BOATS or (kind.category == "vehicles" and WATER in kind.roles)


def _is_afloat(name: str) -> bool:
    """Whether something is on the water, in it or over it."""
    return _is_boat(name) or traits.drawing(name).is_swimmer or traits.is_aloft(name) or BROUGHT.get(name) == SEA


def _place_of(draft: Draft, setting: Setting) -> str:
    """The ground that a thing brings along, "" for none."""
    if draft.drawing in WHERE and (setting.time or setting.weather):
        return WHERE[draft.drawing]
    if draft.drawing in DIVERS:
        return UNDERWATER
    if (_is_boat(draft.drawing) or draft.drawing in ISLANDS) and setting.is_seen:
        return "sea"
    return "mars" if draft.word.split(" ")[0] in ("mars", "martian") else ""


def _lead(drafts: list[Draft]) -> None:
    """Who is named before or after an animal on a leash leads it; without anybody a leash leads up from its neck."""
    for leash in [each for each in drafts if each.drawing == LEASH and each.other is None]:
        at = drafts.index(leash)
        if not at or not traits.is_animal(drafts[at - 1].drawing):
            continue
        animal, near = drafts[at - 1], drafts[max(0, at - 2) : at - 1]
        figures = (each for each in (*near, *drafts) if traits.is_figure(each.drawing) and each.other in (None, animal))
        leader = next(figures, None)
        if leader is None:
            leash.drawing, leash.relation, leash.other = LEAD, Relation.WORN, animal
        else:
            drafts.remove(leash)
            animal.relation, animal.other = None, None
            leader.relation, leader.other = Relation.LEADING, animal


def _lift_off(drafts: list[Draft], setting: Setting) -> None:
    """What flies past a world is in space."""
    names = {draft.drawing.partition("/")[0] for draft in drafts}
    floats = setting.implied == "sky" and names & AFLOAT
    is_moon = bool(names & traits.MOONS) and bool(names & (CELESTIAL - traits.MOONS))  # of a planet
    if is_moon and not setting.ground and setting.implied in ("", "sky"):
        setting.implied, setting.time = "space", ""
    if floats or (names & (CELESTIAL | traits.MOONS) and names & SPACECRAFT):
        setting.implied = "space"


def _tell_hair(drafts: list[Draft]) -> None:
    """Clothes of another colour than hair that the prompt gives one, which else looks like a hood of theirs."""
    for draft in drafts:
        if draft.drawing in OF_HAIR and draft.other is not None:
            draft.colors["body"] = draft.other.colors.get("hair", draft.colors.get("body", "brown"))
        hair = draft.colors.get("hair")
        if hair and "body" not in draft.colors and hair in _clothes(draft.drawing):
            draft.colors["body"] = "cream" if hair in ("blue", "navy", "teal", "sky") else "blue"


def _clothes(name: str) -> set[str]:
    """The colours of clothes that some variant of somebody's drawing has."""
    names = (name, *drawings().variants(name)) if name in SKIN_OF else ()
    return {str(drawings().find(each).roles.get("body", "")) for each in names}


def _weak(prompt_marks: list[Mark]) -> list[Draft]:
    """Words that are seldom meant as a thing, where the prompt has no other: "love", "up", "sleep"."""
    candidates = [mark for mark in prompt_marks if mark.means("weak") and drawings().has(mark.senses["weak"])]
    colors = [mark.senses["color"] for mark in prompt_marks if mark.means("color") and not mark.means("weak")]
    drafts = [Draft(mark.senses["weak"], mark.word) for mark in candidates[:1]]
    for draft in drafts if colors else []:
        draft.colors.update(whole(draft.drawing, colors[0].split()))
    return drafts


def _drawn(text: str) -> int:
    """A number that hangs on the text alone."""
    return zlib.crc32(text.encode("utf-8", "replace"))


@cache
def _choices() -> list[str]:
    kinds = [category for category in drawings().categories() if category not in NOT_BY_CHANCE]
    return [name for category in kinds for name in drawings().names(category)]


def _by_chance(seed: int, negative: str, notes: list[str]) -> Draft:
    unwanted = {mark.senses.get(kind, "") for mark in marks(negative) for kind in ("thing", "weak")}
    choices = [name for name in _choices() if name not in unwanted]
    name = choices[_drawn(f"chance {seed}") % len(choices)]
    notes.append(f"There are no words, so the seed chose {article(name)}.")
    return Draft(name, name)
