"""What kind of thing a drawing shows, as far as it matters to how things stand together."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ..recipe import CREATURES
from .vocabulary import drawings

if TYPE_CHECKING:
    from ..recipe import Drawing

LIFELESS = {
    "barnacle",
    "portal",
    "shell",
    "coral",
    "nest",
    "egg",
    "jack-o-lantern",
    "ufo",
    "hand",
    "portrait",
    "snowman",
    "bubble",
}
WORN = {"helmet", "viking helmet", "crown", "tiara", "necklace", "glasses", "sunglasses", "backpack", "armor"}
WORN |= {"wings", "bracelet", "earrings", "medal", "life jacket", "snorkel", "winged boots", "racing helmet"}
WORN |= {"spiked collar", "nurse cap", "surgical mask"}
WORN |= {"headphones", "ribbon", "crown of flowers", "gauntlet", "boxing glove", "quiver", "jetpack", "watch", "cape"}
WORN |= {"bracelet", "earrings", "wings", "life jacket", "snorkel", "racing helmet", "winged boots"}
FACE_MOODS = {"sad face": "sad", "crying face": "sad", "angry face": "angry", "evil face": "angry"}
FACE_MOODS |= {"surprised face": "surprised", "sleeping face": "sleep"}  # drawings of faces that aren't happy ones
CARRIED = {"weapons", "tools", "items", "instruments", "food", "game"}
CARRIED_TOO = {"flower", "rose", "tulip", "bouquet", "sunflower", "leaf", "balloon", "torch", "heart", "egg", "acorn"}
CARRIED_TOO |= {"tennis racket", "baseball bat", "hockey", "ping pong", "skull", "frying pan", "fork and knife", "bone"}
CARRIED_TOO |= {
    "broom",
    "soccer ball",
    "basketball",
    "ball",
    "baseball",
    "teddy bear",
    "spoon",
    "fork",
    "purse",
    "star",
}
SURFACES = {
    "table",
    "round table",
    "bed",
    "bunk bed",
    "sofa",
    "armchair",
    "chair",
    "bench",
    "stool",
    "throne",
    "carpet",
    "flying carpet",
}
SURFACES |= {
    "desk",
    "altar",
    "cutting board",
    "cake",
    "cake slice",
    "cupcake",
    "pie",
    "pancakes",
    "bookshelf",
    "plate",
    "stump",
    "podium",
    "dresser",
    "oven",
    "anvil",
    "tray",
    "counter",
    "shelf",
    "windowsill",
    "music box",
    "pedestal",
}
HOLLOW = {
    "basket",
    "crate",
    "cardboard box",
    "chest",
    "bag",
    "barrel",
    "bucket",
    "cauldron",
    "cart",
    "minecart",
    "cage",
}
HOLLOW |= {
    "bathtub",
    "nest",
    "flower pot",
    "vase",
    "cup",
    "trash can",
    "backpack",
    "gift",
    "cooking pot",
    "coffin",
    "jar",
    "bowl",
}
HOLLOW |= {
    "wheelbarrow",
    "shopping cart",
    "rowboat",
    "boot",
    "rain boot",
    "hat",
    "top hat",
    "wine",
    "glass of water",
    "teapot",
}
HOLLOW |= {"frying pan", "sink", "oven", "refrigerator", "truck", "gondola", "stroller", "crib", "sock", "suitcase"}
HOLLOW |= {"shell", "helmet", "lunchbox", "well", "toilet", "hot air balloon", "hammock", "gelatinous cube"}
HOLLOW |= {"hamster ball", "glass dome", "farm trailer", "window", "aquarium", "fishbowl", "snow globe", "crystal ball"}
WORN |= {
    "laser eyes",
    "3d glasses",
    "mohawk",
    "gold chain",
    "vr headset",
    "cigar",
    "bubble gum",
    "tobacco pipe",
    "scar",
    "beard",
    "third eye",
}
RIDDEN = {"bicycle", "motorbike", "scooter", "skateboard", "broom", "sled", "surfboard", "snowboard", "camel"}
RIDDEN |= {"elephant", "dragon", "chinese dragon", "ostrich", "llama", "griffin", "deer", "moose", "turtle", "wolf"}
RIDDEN |= {"unicycle", "jet ski", "snowmobile", "go-kart", "whale", "dolphin", "sea turtle", "rocking horse"}
RIDDEN |= {"pogo stick"}
EYEWEAR = (
    "glasses",
    "sunglasses",
    "laser eyes",
    "3d glasses",
    "cigar",
    "vr headset",
    "cape",
    "bow tie",
    "mustache",
)  # what a thing with a face may wear
HEADGEAR = {"sombrero", "beret", "fez", "turban", "crown", "tiara", "helmet", "viking helmet", "crown of flowers"}
HATS = ("hat", "cap", "beanie", "helmet")  # the ends of their names
LIMBS = {"eye", "trumpet", "hand", "foot", "lips", "tooth", "ear", "nose", "shark fin"}
LIMBS |= {"claw", "antlers", "tusk", "tongue", "wings", "antenna"}
# drawings of what others only have: horns, eyes
BRASS = ("trumpet", "bugle")  # words for the instrument that is drawn for a horn
MOONS = {"moon", "full moon"}


ALOFT = {"airplane", "airship", "biplane", "helicopter", "hot air balloon", "kite", "ufo", "rocket", "balloon", "bat"}
ALOFT |= {
    "dragon",
    "phoenix",
    "fighter jet",
    "hang glider",
    "parachute",
    "spaceship",
    "space shuttle",
    "drone",
    "cloud",
}
ALOFT |= {"butterfly", "bee", "dragonfly", "fly", "moth", "firefly", "hummingbird", "wasp"}
# what flies wherever it is named with the sky


MOST_IN_HANDS = 130  # centimetres of what somebody plays or sells with it in their hands


def is_limb(name: str, word: str) -> bool:
    """Whether a drawing is of what others only have, by the word for it: a horn, but no trumpet."""
    return name in LIMBS and word not in BRASS


def mood_of(face: str) -> str:
    """The mood of a drawing of a face."""
    return FACE_MOODS.get(face, "happy")


def is_known(name: str) -> bool:
    """Whether there is a drawing of that name."""
    return drawings().has(name)


@cache
def drawing(name: str) -> Drawing:
    """The drawing of a name, whichever of its variants the name stands for."""
    return drawings().find(name)


def is_animate(name: str) -> bool:
    """Whether it lives, or moves as if it did."""
    return drawing(name).category in CREATURES and name not in LIFELESS


def is_animal(name: str) -> bool:
    """Whether it lives, and is neither a person nor like one."""
    return is_animate(name) and drawing(name).category != "people" and not is_figure(name)


def is_figure(name: str) -> bool:
    """Whether it stands upright and has hands."""
    return bool({"figure-kit", "robed-kit"}.intersection(drawing(name).ancestors))


def has_mouth(name: str) -> bool:
    """Whether it has a body or at least a head, where something may be held or lie."""
    return is_animate(name) or name in ("skull", "snowman", "jack-o-lantern")


def has_hands(name: str) -> bool:
    """Whether it may hold a tool: figures, and what is as they are, such as robots."""
    return is_figure(name) or (is_animate(name) and drawing(name).category in ("people", "fantasy"))


def is_worn(name: str) -> bool:
    """Whether somebody may wear it."""
    return drawing(name).category == "clothes" or name in WORN


def is_aloft(name: str) -> bool:
    """Whether it is in the air by nature."""
    return name in ALOFT or drawing(name).category == "birds"


def is_carried(name: str) -> bool:
    """Whether somebody may have it in a hand."""
    return drawing(name).category in CARRIED or name in CARRIED_TOO


def is_handy(name: str) -> bool:
    """Whether somebody who plays or sells it has it in their hands."""
    return is_carried(name) and drawing(name).centimeters <= MOST_IN_HANDS


def is_ridden(name: str) -> bool:
    """Whether somebody on it rides it."""
    return name in RIDDEN or "steed-kit" in drawing(name).ancestors or drawing(name).category == "vehicles"


def is_headgear(name: str) -> bool:
    """Whether it is worn on the head."""
    return name in HEADGEAR or name.endswith(HATS)


def is_put_on(name: str, worn: str) -> bool:
    """Whether a thing with a hat, a crown or glasses has them on, as a skull or a mushroom would."""
    own = drawing(name).category
    return (is_headgear(worn) or worn in EYEWEAR) and own not in (
        "buildings",
        "vehicles",
        "furniture",
    )


def has_slot(name: str, slot: str) -> bool:
    """Whether there is something in a slot of a drawing, rather than its place alone."""
    return any(shape.slot == slot and (shape.points or shape.numbers) for shape in drawing(name).shapes)


def is_surface(name: str) -> bool:
    """Whether what it is "with" stands on it."""
    return name in SURFACES


def is_hollow(name: str) -> bool:
    """Whether what it is "with" is inside."""
    return name in HOLLOW


def is_face(name: str) -> bool:
    """Whether it is a face and nothing else: a smiley."""
    return drawing(name).category == "faces"


def is_place(name: str) -> bool:
    """Whether it is a building, which stands where it is rather than being a place that others are in."""
    return drawing(name).category == "buildings"
