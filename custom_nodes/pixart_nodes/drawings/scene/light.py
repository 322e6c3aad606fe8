"""Times of day and weathers as rules for colours, in whole numbers: what night dims, sunset tints and fog fades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..colors import Rgb, rgb

Colors = NDArray[np.uint8]
ALL = 256


@dataclass(frozen=True)
class Light:
    """What a channel is multiplied by, in 256ths: for the place, and, less, for what the picture is about."""

    place: tuple[int, int, int] = (ALL, ALL, ALL)
    subject: tuple[int, int, int] = (ALL, ALL, ALL)


@dataclass(frozen=True)
class Sky:
    """Colours from above to the horizon, and the light that comes from there."""

    colors: tuple[str, ...]
    light: Light = Light()


DIM = Light((206, 212, 228), (240, 243, 250))
SKIES = {
    "day": Sky(("#7fc0ea", "#9dd2f1", "#bfe4f6", "#dcf1f7")),
    "night": Sky(("#141a3c", "#1b2450", "#263266", "#34427c"), Light((112, 124, 182), (200, 206, 250))),
    "sunset": Sky(("#5f5596", "#a5689c", "#e58a86", "#f8bd82"), Light((236, 190, 182), (256, 232, 214))),
    "dawn": Sky(("#8aa3d8", "#b9b4de", "#eec6cf", "#fbe2c4"), Light((248, 226, 222), (256, 248, 238))),
    "rain": Sky(("#8592a6", "#95a3b5", "#a7b4c3", "#bac5d0"), DIM),
    "snow": Sky(("#a9b9cc", "#bccad9", "#cfdae5", "#e0e8ef"), Light((238, 244, 256), (252, 254, 256))),
    "fog": Sky(("#bcc6cd", "#c6cfd5", "#d0d8dc", "#dbe1e3"), Light((238, 242, 246), (252, 252, 254))),
    "storm": Sky(("#3d4560", "#4b5571", "#5d6882", "#737e96"), Light((150, 160, 190), (222, 226, 246))),
}
STORM_AT_NIGHT = ("#0f1430", "#161c3e", "#1f274e", "#2a335f")
FOG = rgb("#d3dbdf")
MOON_FOG = rgb("#8791b4")


def sky_of(time: str, weather: str) -> Sky:
    """The sky at a time and in a weather; what night is, no weather makes bright."""
    night = SKIES["night"]
    if time == "night":
        return Sky(STORM_AT_NIGHT, night.light) if weather in ("rain", "storm") else night
    if weather in ("rain", "storm", "fog") or (weather == "snow" and time in ("", "day")):
        return SKIES[weather]
    return SKIES[time or "day"]


def lit(colors: Colors, factors: tuple[int, int, int]) -> Colors:
    """Colours [..., 3] in a light."""
    if factors == (ALL, ALL, ALL):
        return colors
    return ((colors.astype(np.uint32) * np.array(factors, np.uint32) + ALL // 2) // ALL).astype(np.uint8)


def mixed(colors: Colors, other: Rgb, percent: int) -> Colors:
    """Colours [..., 3] so far on the way to another one."""
    if not percent:
        return colors
    own = colors.astype(np.uint32) * (100 - percent)
    return ((own + np.array(other, np.uint32) * percent + 50) // 100).astype(np.uint8)
