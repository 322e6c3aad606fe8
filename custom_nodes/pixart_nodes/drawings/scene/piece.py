"""A thing at its place in a picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .. import library
from ..colors import Rgb, rgb, tone
from ..rendering import LEAST, MOST, Rendering, anchor, render
from .actor import Actor
from .cut import cut
from .ice import DROPS, ICE, dripping, encased
from .measure import SAMPLE, WHOLE, Box, Measure, measure
from .prints import printed
from .rainbow import rainbow

LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue in how light a colour looks, by ITU-R BT.601
INK_LIGHT = 48  # of 255: what is darker is an outline
FEET = 14  # percent of its height from below in which something has what it stands on
LITTLE = 3  # a main colour that is seen less than another by more than this factor is that of a content
STEPS, DARKER = (-2, -1, 0, 1, 2), (76, 122, 184, 230)  # tones of a cast, and the lightnesses that part them


@dataclass(frozen=True)
class Piece:
    """An actor in a square of `size` pixels, whose upper left corner is at x, y."""

    actor: Actor
    size: int
    x: int = 0
    y: int = 0

    @property
    def measure(self) -> Measure:
        """What its drawing measures."""
        actor = self.actor
        return measure(actor.drawing.name, actor.pose, actor.mirror, actor.turn, actor.without)

    @property
    def box(self) -> Box:
        """Pixels of the picture that it fills."""
        return self.measure.box.scaled(self.size).moved(self.x, self.y)

    @property
    def face(self) -> Box | None:
        """Pixels of the picture that nothing may cover."""
        face = self.measure.face
        return face.scaled(self.size).moved(self.x, self.y) if face else None

    def moved(self, right: int, down: int) -> Piece:
        """The same piece elsewhere."""
        return replace(self, x=self.x + right, y=self.y + down)

    def at(self, name: str) -> tuple[int, int]:
        """The pixel of the picture where an anchor of its drawing is."""
        actor = self.actor
        x, y = anchor(actor.drawing, name, self.size, pose=actor.pose, mirror=actor.mirror, turn=actor.turn)
        return self.x + x, self.y + y

    def top_between(self, x: int, half: int) -> int:
        """The picture's row where its silhouette begins, at its highest within so many pixels of a column."""
        left, right = ((edge - self.x) * WHOLE // self.size for edge in (x - half, x + half + 1))
        return min(self.box.bottom, self.y + self.measure.top_at(left, right) * self.size // WHOLE)

    def gap_to(self, below: Piece) -> int:
        """Free rows between its feet and the silhouette of what it is above, where they come nearest."""
        feet = max(self.measure.bottoms) - self.measure.box.height * FEET // 100
        gaps = []
        for x in range(max(self.box.left, below.box.left), min(self.box.right, below.box.right)):
            own, other = ((x - each.x) * SAMPLE // each.size for each in (self, below))
            if self.measure.bottoms[own] > feet:
                lowest = self.y + self.measure.bottoms[own] * self.size // WHOLE
                gaps.append(below.y + below.measure.tops[other] * below.size // WHOLE - lowest)
        return max(0, min(gaps, default=0))

    def has(self, name: str) -> bool:
        """Whether its drawing has an anchor of that name."""
        return name in self.actor.drawing.anchors

    def rendering(self, seed: int) -> Rendering:
        """Its pixels, not to be written into."""
        actor = self.actor
        if actor.print and actor.print[0] == ICE:
            plain = replace(self, actor=replace(actor, print=None))
            return encased(self.size, lambda size: replace(plain, size=size).rendering(seed))
        drawn = rainbow(lambda color: self._drawn(seed, color)) if actor.rainbow else self._drawn(seed)
        drawn = replace(drawn, pixels=cast_in(drawn.pixels, rgb(actor.cast))) if actor.cast else drawn
        if actor.print and actor.print[0] == DROPS:
            drawn = dripping(drawn)
        elif actor.print:
            drawn = printed(drawn, actor.print[0], self._surface(drawn), rgb(actor.print[1]))
        return cut(drawn, actor.cut) if actor.cut else drawn

    def _surface(self, drawn: Rendering) -> Rgb:
        """The colour of what a print lies on: the main one, or that of the largest part where it is only seen in it."""
        actor = self.actor
        main = actor.drawing.color_of(actor.drawing.main_role, 0, actor.colors)
        others = [actor.drawing.color_of(role, 0, actor.colors) for role in actor.drawing.painted]
        largest = max((main, *others), key=lambda color: _pixels_in(drawn.pixels, color))
        return main if _pixels_in(drawn.pixels, main) * LITTLE >= _pixels_in(drawn.pixels, largest) else largest

    def _drawn(self, seed: int, band: Rgb | None = None) -> Rendering:
        """Its drawing in its colours, of which the parts that have a rainbow's have the one of a band."""
        actor = self.actor
        colors_by_role = {**actor.colors, **dict.fromkeys(actor.rainbow, band)} if band else actor.colors
        colors = tuple((role, actor.drawing.color_of(role, 0, colors_by_role)) for role in sorted(colors_by_role))
        stance = actor.pose, actor.mirror, actor.turn, actor.without
        return rendered(actor.drawing.name, self.size, colors, *stance, seed, actor.mood)


def _pixels_in(pixels: NDArray[np.uint8], color: Rgb) -> int:
    """How many pixels have a colour in any of its tones."""
    tones = np.array([tone(color, step) for step in STEPS], np.uint8)
    return int((pixels[..., None, :3] == tones).all(axis=-1).any(axis=-1).sum())


def cast_in(pixels: NDArray[np.uint8], color: Rgb) -> NDArray[np.uint8]:
    """Pixels in the tones of one colour, as light or dark as they were; an outline stays as it is."""
    light = pixels[..., :3] @ np.array(LUMINANCE)
    tones = np.array([tone(color, step) for step in STEPS], np.uint8)
    toned = np.where((light < INK_LIGHT)[..., None], pixels[..., :3], tones[np.digitize(light, DARKER)])
    return np.dstack([toned.astype(np.uint8), pixels[..., 3]])


def bounds(pieces: list[Piece]) -> Box:
    """The box about all of them."""
    box = pieces[0].box
    for piece in pieces[1:]:
        box = box.with_(piece.box)
    return box


def snapped(size: int) -> int:
    """The next smaller size at which drawings look their best: even, and from 48 pixels on a multiple of four."""
    step = 4 if size >= 48 else 2 if size >= 16 else 1
    return max(LEAST, min(MOST, size - size % step))


@lru_cache(maxsize=256)
def rendered(
    name: str,
    size: int,
    colors: tuple[tuple[str, Rgb], ...] = (),
    pose: str = "",
    mirror: bool = False,
    turn: int = 0,
    without: tuple[str, ...] = (),
    seed: int = 0,
    mood: str = "",
) -> Rendering:
    """The library's drawing of that name, kept, because a place is painted with the same trees again and again."""
    size = max(LEAST, min(MOST, size))
    how = {"pose": pose, "mirror": mirror, "turn": turn, "without": without, "seed": seed, "mood": mood}
    rendering = render(library.find(name), size, dict(colors), **how)
    for array in (rendering.pixels, rendering.shining):
        array.flags.writeable = False
    return rendering
