"""One thing that shows another: statues, what is shaped like something, emblems on shields, faces on what has none."""

from __future__ import annotations

from ..brief import Relation
from ..recipe import FACIAL, MOODS
from . import traits
from .subjects import Draft

HEADS = ("mask", "head", "face")  # nouns after somebody whose head alone is shown
STATUES = {"statue", "statues", "figurine", "sculpture", "statuette", "idol", "carving", "bust", "monument"}
STONE = "stone"  # what a statue is made of where no material is named
PEDESTAL, MASK = "pedestal", "mask"
DARK = ("dark", "black", "navy", "#352f45", "#6a5a78")  # colours on which a black face is not seen
DARK_AMID = ("sunflower", "avocado", "half avocado")  # what has a dark place for a face, whatever its own colour
FACE = "drawn face"  # the drawing of eyes and a mouth alone
FACED = (  # have one
    *("skull", "skull and crossbones", "jack-o-lantern", "snowman", "mask", "doll", "teddy bear", "sleeping dragon"),
)
ROUNDED = {"moon": "full moon"}  # what has no room for a face -> the drawing of it that has
LOOKS = {"tongue out": "silly", "laughing face": "laughing"}  # drawings of faces -> those upon things
FACES = ("face", "eyes", "eye", "smile", "mouth")
MOLDED = {"cookie", "cloud", "candy", "chocolate", "balloon", "bush", "ice cube", "candle", "soap", "bread", "butter"}
MOLDED |= {"cake", "pancakes", "waffle", "pillow", "lollipop", "cheese", "rock", "gem", "crystal", "iceberg", "island"}
MOLDED |= {"topiary", "rubber duck", "marshmallow", "popsicle", "toast", "pizza", "lantern", "lamp", "kite"}
# what takes the whole form of what it is shaped like


def is_faceless(name: str) -> bool:
    """Whether a thing, or what lives without eyes, has no face of its own, so that one may be drawn upon it."""
    drawing = traits.drawing(name)
    has_hidden_one = drawing.category in ("animals", "birds") or traits.is_figure(name) or name in FACED
    return set(drawing.moods).isdisjoint(MOODS) and not has_hidden_one


def look(draft: Draft) -> Draft:
    """The face of a mood upon a thing that has none."""
    face = f"{draft.look} {FACE}" if traits.is_known(f"{draft.look} {FACE}") else FACE
    mood = "" if draft.look == "happy" or face != FACE else draft.look
    draft.drawing = ROUNDED.get(draft.drawing, draft.drawing)
    drawing = traits.drawing(draft.drawing)
    color = draft.colors.get(drawing.main_role, drawing.roles.get(drawing.main_role, ""))
    colors = {"body": "white"} if color in DARK or draft.drawing in DARK_AMID else {}
    return Draft(face, FACE, mood=mood, colors=colors, relation=Relation.SHOWN, other=draft)


def cast(draft: Draft, color: str) -> None:
    """Make a statue of something, in the colour that it was to have, or in stone."""
    role = traits.drawing(draft.drawing).main_role
    draft.cast = color or draft.colors.get(role, STONE)
    draft.colors.clear()
    draft.is_statue = True


def shape(draft: Draft, source: Draft) -> None:
    """Give a thing the form of another, in its own colour, if it is of what can be formed so."""
    role = traits.drawing(draft.drawing).main_role
    special = f"{source.drawing} {draft.drawing}"
    if traits.is_known(special):
        draft.drawing = special
        source.drawing = special
    elif draft.drawing in MOLDED:
        draft.cast = draft.colors.get(role) or traits.drawing(draft.drawing).roles.get(role, "")
        draft.colors.clear()
        draft.drawing = source.drawing


def has_head(name: str) -> bool:
    """Whether a drawing's head can be shown without its body."""
    slots = set(traits.drawing(name).slots)
    shapes = traits.drawing(name).shapes
    return {"head", "trunk"} <= slots and all(shape.slot for shape in shapes if shape.points or shape.numbers)


def behead(draft: Draft, *, is_worn: bool) -> None:
    """Leave out all of somebody but the head; what is worn is a mask in their colour."""
    if is_worn:
        drawing = traits.drawing(draft.drawing)
        draft.drawing, draft.colors = MASK, {"body": drawing.roles[drawing.main_role]}
        return
    draft.without += [slot for slot in traits.drawing(draft.drawing).slots if slot not in FACIAL]


def raised(drafts: list[Draft]) -> None:
    """Put statues that stand by themselves on a pedestal."""
    for draft in [each for each in drafts if each.is_statue and each.relation is None]:
        if not any(each.relation is Relation.RIDING and each.other is draft for each in drafts):
            drafts.append(Draft(PEDESTAL, PEDESTAL))
            draft.relation, draft.other = Relation.ON, drafts[-1]
