"""Costumes of animals: a hood about the face of whoever wears one, and all their clothes in the animal's colour."""

from __future__ import annotations

from . import likeness, traits
from .subjects import Draft

USUAL = "costume hood"
BY_CATEGORY = {
    "animals": "eared hood",
    "birds": "beaked hood",
    "reptiles": "spiked hood",
    "sea": "finned hood",
    "insects": "feelered hood",
}
BY_NAME: dict[str, str] = dict.fromkeys(
    ("cat", "fox", "wolf", "dog", "lynx", "bat", "raccoon", "red panda"), "pointed hood"
)
BY_NAME |= dict.fromkeys(("rabbit", "kangaroo", "donkey", "hare"), "long-eared hood")
BY_NAME |= dict.fromkeys(("cow", "goat", "deer", "bull", "sheep", "unicorn", "dragon", "giraffe"), "horned hood")
BY_NAME |= dict.fromkeys(("dinosaur", "crocodile", "stegosaurus", "triceratops", "lizard", "godzilla"), "spiked hood")
BY_NAME |= dict.fromkeys(("shark", "whale", "dolphin", "fish"), "finned hood")
BY_NAME |= {"penguin": "beaked hood", "frog": "costume hood", "bee": "feelered hood"}
CLOTHES = ("legs", "shoe", "coat")  # roles besides the main one that a costume covers

BELOW = ("hair", "back", "hat")  # slots that a hood hides


ANGRY = "angry"  # the face of a monster that looks like a thing


def is_hidden(name: str, thing: str) -> bool:
    """Whether a monster looks like some thing, and only its face tells it: "a mimic disguised as a barrel"."""
    is_monster = traits.is_animate(name) and traits.drawing(name).category == "fantasy" and not traits.is_figure(name)
    return is_monster and likeness.is_faceless(thing) and not traits.is_worn(thing)


def is_disguise(name: str) -> bool:
    """Whether somebody in the costume of it wears a hood: of animals, and of what is eaten or grows."""
    return traits.is_animal(name) or traits.drawing(name).category in ("food", "plants")


def hood(wearer: Draft, name: str, colors: list[str]) -> Draft:
    """The hood of a costume; the wearer's clothes take its colour, if they have any."""
    drawing = traits.drawing(name)
    color = str(colors[0] if colors else drawing.roles[drawing.main_role])
    if traits.is_figure(wearer.drawing):
        own = traits.drawing(wearer.drawing)
        wearer.without += [slot for slot in BELOW if slot in own.slots]
        wearer.colors.update({role: color for role in (own.main_role, *CLOTHES) if role in own.roles})
    usual = BY_CATEGORY.get(drawing.category, USUAL)
    return Draft(BY_NAME.get(drawing.name.partition("/")[0], usual), name, colors={"body": color})
