"""What a picture is to show, as one value: who reads a prompt writes it, who paints the picture reads nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from .colors import Rgb


class Relation(str, Enum):
    """Where a subject is, seen from the subject that it has to do with."""

    ON = "on"
    UNDER = "under"
    IN = "in"
    BESIDE = "beside"
    BEHIND = "behind"
    BEFORE = "in front of"
    ABOVE = "above"
    HOLDING = "holding"  # the subject holds the other one
    WEARING = "wearing"  # the subject wears the other one
    RIDING = "riding"  # the subject sits on the other one
    HELD = "held by"  # as HOLDING, said of what is held: for a second thing, or a holder who also stands somewhere
    SHOWN = "shown on"  # the subject is pictured on the other one: an emblem on a shield, a face on a toaster
    WORN = "worn by"  # as WEARING, said of what is worn
    LEADING = "leading"  # the subject has the other one on a rope, and goes before it
    PERCHED = "on the shoulder of"
    AROUND = "all around"  # the subject, of which there are several, is at both sides of the other one and before it
    MARKING = (
        "a sign at"  # the subject is a heart, a clash or the like by the other one and whoever that has to do with
    )


@dataclass(frozen=True)
class Subject:
    """One thing of the picture, or several of its kind.

    `drawing` is a name of the library, and `word` what the prompt calls it. `colors` stand over the recipe's own by
    role. `size` is a factor on the usual size: 0.6 for "tiny", 1.5 for "huge". `pose` is one of the drawing's poses,
    "" for standing still, and `mood` one of its moods, "" for its own face. `without` names slots that are left out.
    `relation` says where it is, seen from the subject at the index `other`; None stands by itself. `cast` is the colour
    that all of it has, as a statue has, in its own light and dark. `arrangement` is how several of it stand: "ring",
    "row", "stack" or "pile", or how it is at the other one: "strewn" all over it, "juggling" in the air over it, in its
    "mouth", "overhead", at its "neck", "spitting" or "leaving" out of it, "pushing" it or "leaning" on it; "" leaves it
    to the picture. `glow` is the colour of the light about it, "" for none.
    `print` is what is all over its main colour and in which other one: "dots", "stripes", "checks", "plaid", "layer"
    from above, "splashes" from below, "drops" of water, or "ice", a block of which it is in.
    `cut` is what of it is missing: "half", "bite", "crack" or "break". `text` is written on it, or over whoever lives.
    `rainbow` names roles that have all colours of one. `turn` is by how many degrees it is turned clockwise.
    """

    drawing: str
    word: str
    count: int = 1
    colors: Mapping[str, str | Rgb] = field(default_factory=dict)
    size: float = 1.0
    pose: str = ""
    mood: str = ""
    without: tuple[str, ...] = ()
    relation: Relation | None = None
    other: int | None = None
    cast: str = ""
    arrangement: str = ""
    glow: str = ""
    cut: str = ""
    text: str = ""
    rainbow: tuple[str, ...] = ()
    turn: int = 0
    print: tuple[str, str] | None = None


@dataclass(frozen=True)
class Brief:
    """What a picture is to show.

    `ground` is the name of one of the grounds, "" where the prompt names no place; "none" wants a transparent one.
    `time` is "day", "night", "sunset" or "dawn", `weather` "rain", "snow", "fog", "storm", "sandstorm" or "aurora", and
    `season` "spring", "summer", "autumn" or "winter"; "" where the prompt names none. `style` is "" or one of "outline"
    (lines alone) and "monochrome". `palette` is the name of one of the pack's palettes, or "". `backdrop` is the colour
    behind everything where there is no place, "" for one that things stand out from. `sky` is the colour of the sky of
    a place that has one, "" for that of the time. `view` is "close" for a portrait, "back"
    for who turns away, "left" or "right" for where all look who look aside. `sign` are words to be written, where
    nothing of the prompt can be drawn. `notes` are sentences for whoever wrote the prompt: what nothing is known for,
    and what stands in for something else.
    """

    subjects: tuple[Subject, ...] = ()
    ground: str = ""
    time: str = ""
    weather: str = ""
    season: str = ""
    style: str = ""
    palette: str = ""
    backdrop: str = ""
    sky: str = ""
    view: str = ""
    sign: str = ""
    notes: tuple[str, ...] = ()
