"""What a place is made of: its air and land, skylines and rows of drawings, each a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Medium(Enum):
    """What surrounds whoever is there: whether they stand, swim at the surface or float."""

    LAND = "land"
    SURFACE = "surface"
    DEEP = "deep"
    AIR = "air"


@dataclass(frozen=True)
class Ridge:
    """A skyline: `shape` is "hills", "peaks", "roofs" or "teeth", which hang from above; `cap` colours its tops."""

    shape: str
    color: str
    height: int
    every: int = 50
    cap: str = ""
    haze: int = 0


@dataclass(frozen=True)
class Row:
    """Drawings along a line, `down` below the horizon, every so far; `at_sides` puts them at the picture's edges only.

    `haze` is how far they fade into the air, in percent.
    """

    drawings: tuple[str, ...]
    size: int
    every: int = 60
    down: int = 0
    haze: int = 30
    at_sides: bool = False


@dataclass(frozen=True)
class Ground:
    """A place. `air` has colours from above to the horizon; where it has none, the sky of the time and weather.

    `land` is the floor's colour, "" where there is no floor; `depth` is how far below the horizon feet stand. `wall`
    and `floor` are patterns. `path` is the colour of a way that leads to the horizon, and `water` that of the sea
    between land and horizon. `behind` is painted before the land, `beside` on it. Where it
    `is_snowy` by itself, winter makes it no whiter.
    """

    air: tuple[str, ...] = ()
    wall: str = "plain"
    land: str = ""
    floor: str = "plain"
    depth: int = 28
    path: str = ""
    water: str = ""
    behind: tuple[Ridge | Row, ...] = ()
    beside: tuple[Row, ...] = ()
    medium: Medium = Medium.LAND
    is_open: bool = True
    is_snowy: bool = False
    has_stars: bool = False
