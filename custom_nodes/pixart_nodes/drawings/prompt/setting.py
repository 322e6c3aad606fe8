"""Where and when the picture is: what a prompt says of all things in it at once."""

from __future__ import annotations

from dataclasses import dataclass

NONE, PLAIN = "none", "plain"  # the ground that is transparent, and the one that is no place
SNOW = "snow"  # a ground, and the weather of another one that has some
CROSSED = {("forest", "road"): "forest path", ("desert", "road"): "desert road", ("mountains", "road"): "mountain road"}
CROSSED |= {(second, first): both for (first, second), both in CROSSED.items()}
# what two grounds are together: "a forest with a path", "a highway in the desert"
CUT_OUT = ("transparent", "background", "cut", "isolated", "sticker", "alpha", "removed")  # what asks for it outright


@dataclass
class Setting:
    """Fields of the Brief. `implied` is the ground that a word such as "icon" or "flying" asks for by itself."""

    ground: str = ""
    implied: str = ""
    time: str = ""
    weather: str = ""
    season: str = ""
    style: str = ""
    palette: str = ""
    view: str = ""
    backdrop: str = ""  # the colour of a plain ground
    sky: str = ""  # the colour of the sky, where the prompt names one

    def place(self, ground: str, word: str) -> None:
        """Take the first ground that the prompt names; one that is to be transparent stands over all others."""
        if ground == NONE and not any(part in word for part in CUT_OUT):
            self.implied = self.implied or ground
        elif ground == SNOW and self.ground not in ("", NONE, SNOW, PLAIN):
            self.weather = self.weather or SNOW  # "a city street in the snow"
        elif (self.ground, ground) in CROSSED:
            self.ground = CROSSED[self.ground, ground]
        elif not self.ground or ground == NONE:
            self.ground = ground

    def paint(self, color: str, word: str) -> None:
        """Take a plain ground of a colour, unless the prompt has named a place: "on white"."""
        self.place(PLAIN, word)
        if self.ground == PLAIN and color != "glow":
            self.backdrop = self.backdrop or color

    def say(self, kind: str, meaning: str) -> None:
        """Set time, weather, season, style or palette, once."""
        if not getattr(self, kind):
            setattr(self, kind, meaning)

    @property
    def is_seen(self) -> bool:
        """Whether a picture of it alone shows anything: a transparent place does not."""
        return self.scenery != NONE and bool(self.scenery or self.time or self.weather or self.season)

    @property
    def scenery(self) -> str:
        """The ground, named or implied."""
        if self.ground:
            return self.ground
        return self.implied or ("snow" if self.season == "winter" else "")
