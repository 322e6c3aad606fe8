"""What is in the air: by nature, or by its pose."""

from __future__ import annotations

from ..recipe import Drawing

SKY = {"sun", "moon", "full moon", "star", "cloud", "rain cloud", "thundercloud", "snow cloud", "dark cloud"}
SKY |= {"planet", "earth", "mars", "galaxy", "shooting star", "lightning", "satellite", "sunset", "rainbow"}
SKY |= {"asteroid", "black hole", "eclipse", "fireworks", "jupiter", "meteor", "aurora", "sun and cloud"}
FLYING = {"airplane", "airship", "bat", "bee", "biplane", "butterfly", "dragonfly", "eagle", "fairy", "fly", "ghost"}
FLYING |= {"harpy", "helicopter", "hot air balloon", "hummingbird", "kite", "mosquito", "seagull", "ufo", "beholder"}
FLYING |= {"balloon", "rocket", "phoenix", "ghost flame", "space shuttle", "angel"}
FLYING |= {"flying carpet", "drone", "fighter jet", "hang glider", "parachute", "spaceship", "space station"}


def is_in_sky(drawing: Drawing) -> bool:
    """Whether it belongs above all else."""
    return drawing.name.partition("/")[0] in SKY


def is_leaping(drawing: Drawing, pose: str) -> bool:
    """Whether it lives in water, and is out of it."""
    return pose == "jump" and drawing.is_swimmer


def is_airborne(drawing: Drawing, pose: str = "") -> bool:
    """Whether it neither stands nor swims."""
    return pose == "fly" or is_leaping(drawing, pose) or is_in_sky(drawing) or drawing.name.partition("/")[0] in FLYING
