"""Drawings to pixels: part by part from the back to the front, then one outline about all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import DrawingError
from ..pixel.errors import require
from .colors import COAL, Rgb, border, rgb
from .eyes import eye
from .geometry import contours
from .outline import ring
from .pose import Stance
from .rasterization import Frame, Mask, Region, region
from .recipe import CLEAR, EMPTY, UNIT, Anchor, Drawing, Pose, Shape
from .shading import lit
from .texture import texture

LEAST, MOST = 8, 256  # pixels of a side
INK = "ink"  # the role of the outline and of pupils
EYES = "eyes"  # the role of pupils alone
OF_ALL = (INK, EYES)  # roles that each drawing has
GROUND = Anchor(50 * UNIT, 98 * UNIT)
CENTER = Anchor(50 * UNIT, 50 * UNIT)
USUAL = {"ground": GROUND, "center": CENTER}


def own_colors(drawing: Drawing, colors: Mapping[str, str | Rgb]) -> dict[str, str | Rgb]:
    """Of wanted colours by role those that the drawing has; black is lighter than outlines, so that parts are seen."""
    roles = (*drawing.roles, *OF_ALL)
    return {role: COAL if color == "black" else color for role, color in colors.items() if role in roles}


@dataclass(frozen=True)
class Rendering:
    """A drawing in pixels.

    `pixels`: uint8 [size, size, 4], alpha 0 or 255. `shining`: bool [size, size], what shines by itself, so that night
    doesn't dim it. `palette`: its colours, dark to light.
    """

    pixels: NDArray[np.uint8]
    shining: Mask
    palette: tuple[Rgb, ...]


@dataclass
class _Part:
    """A shape with those that are joined to it, each of them itself or mirrored."""

    shape: Shape
    shapes: list[tuple[Shape, bool]] = field(default_factory=list)


@dataclass
class _Canvas:
    """What has been painted, and what later parts are clipped to."""

    frame: Frame
    color: NDArray[np.uint8]
    figure: Mask
    shining: Mask
    last: Region | None = None
    slots: dict[str, Region] = field(default_factory=dict)

    @classmethod
    def empty(cls, size: int) -> _Canvas:
        side = (size, size)
        return cls(Frame(size), np.zeros((*side, 3), np.uint8), np.zeros(side, bool), np.zeros(side, bool))

    def paint(self, mask: Mask, color: Rgb) -> None:
        self.color[mask] = color
        self.figure |= mask


def render(
    drawing: Drawing,
    size: int,
    colors: Mapping[str, str | Rgb] | None = None,
    *,
    pose: str | Pose = "",
    frame: int = 0,
    mood: str = "",
    mirror: bool = False,
    turn: int = 0,
    without: tuple[str, ...] = (),
    seed: int = 0,
) -> Rendering:
    """A drawing in a square of `size` pixels, 8 to 256; the same arguments give the same bytes on every machine.

    `colors` stand over the recipe's own by role; "ink" is the outline's. `pose` is one of the drawing's, at its
    `frame`, or motions by limb; `mood` is one of its moods. The light comes from the upper left, even where the drawing
    is mirrored, or turned by so many degrees clockwise. `without` leaves slots out. `seed` varies textures. Raises
    DrawingError, UnknownName.
    """
    _require_size(size)
    for role in colors or ():
        require(role, (*drawing.roles, *OF_ALL), what=f"Role of {drawing.name}")
    if mood:
        require(mood, drawing.moods, what=f"Mood of {drawing.name}")
    canvas = _Canvas.empty(size)
    stance = Stance(drawing, _pose(drawing, pose, frame), turn, mirror)
    paint = _Paint(drawing, dict(colors or {}), seed)
    states = (mood, pose if isinstance(pose, str) else "")
    for part in _parts(drawing.shapes_in(*states), size, without):
        if part.shape.is_eye:
            _draw_eyes(part, canvas, stance, paint)
        else:
            _draw(part, canvas, stance, paint)
    return _finished(canvas, paint)


def anchor(
    drawing: Drawing,
    name: str,
    size: int,
    *,
    pose: str | Pose = "",
    frame: int = 0,
    mirror: bool = False,
    turn: int = 0,
) -> tuple[int, int]:
    """The pixel, x and y, of a drawing's anchor in its rendering; "ground" and "center" are in every drawing.

    An anchor that the drawing doesn't have is its centre's. Raises DrawingError, UnknownName.
    """
    _require_size(size)
    stance = Stance(drawing, _pose(drawing, pose, frame), turn, mirror)
    place = Frame(size)
    point = place.placed(stance.anchor(drawing.anchors.get(name, USUAL.get(name, CENTER))))[0]
    x, y = (int(value + size * place.pixel // 2) // place.pixel for value in point)
    return max(0, min(size - 1, x)), max(0, min(size - 1, y))


@dataclass(frozen=True)
class _Paint:
    """Which colours a drawing is painted in."""

    drawing: Drawing
    colors: Mapping[str, str | Rgb]
    seed: int
    mixed: dict[tuple[str, int], NDArray[np.uint8]] = field(default_factory=dict)

    def tones(self, shape: Shape) -> NDArray[np.uint8]:
        """Colours [5, 3] of a shape: from two tones darker to two tones lighter."""
        role, step = shape.role, shape.step
        if (role, step) not in self.mixed:
            tones = [self.drawing.color_of(role, step + change, self.colors) for change in (-2, -1, 0, 1, 2)]
            self.mixed[role, step] = np.array(tones, np.uint8)
        return self.mixed[role, step]

    def of(self, shape: Shape) -> Rgb:
        red, green, blue = self.tones(shape)[2].tolist()
        return red, green, blue

    def ink(self) -> Rgb:
        return self.drawing.color_of(INK, 0, self.colors)


def _require_size(size: int) -> None:
    if not LEAST <= size <= MOST:
        raise DrawingError(f"A drawing of {size} pixels: it may have {LEAST} to {MOST}.")


def _pose(drawing: Drawing, pose: str | Pose, frame: int) -> Pose:
    if not isinstance(pose, str):
        return pose
    return drawing.pose(pose, frame) if pose else {}


def _parts(shapes: tuple[Shape, ...], size: int, without: tuple[str, ...]) -> list[_Part]:
    """Shapes that are painted at that size, those that are joined together as one part."""
    parts: list[_Part] = []
    for shape in shapes:
        if shape.kind == EMPTY or (shape.slot in without and shape.slot) or not shape.least <= size <= shape.most:
            continue
        bodies = [part for part in parts if not part.shape.is_eye and not part.shape.is_detail]
        for mirrored in (False, True)[: 1 + shape.mirrored]:
            if "j" in shape.flags and bodies:
                bodies[-1].shapes.append((shape, mirrored))
            else:
                parts.append(_Part(shape, [(shape, mirrored)]))
    return parts


def _draw_eyes(part: _Part, canvas: _Canvas, stance: Stance, paint: _Paint) -> None:
    shape, mirrored = part.shapes[0]
    point = np.array([shape.numbers[:2]], np.int64) - CENTER.x
    x, y = (int(value) for value in canvas.frame.placed(stance.placed(point, shape.limb, mirrored))[0])
    ball = eye(shape, x, y, canvas.frame)
    canvas.paint(ball.white, rgb("white"))
    canvas.paint(ball.pupil, paint.drawing.color_of(EYES, 0, paint.colors) if EYES in paint.colors else paint.ink())
    canvas.paint(ball.glint, rgb("white"))


def _region(part: _Part, canvas: _Canvas, stance: Stance) -> Region | None:
    """The samples of a part, within those of the part that clips it."""
    outlines = [
        canvas.frame.placed(stance.placed(outline, shape.limb, mirrored))
        for shape, mirrored in part.shapes
        for outline in contours(shape, canvas.frame.thinnest)
    ]
    area = region(outlines, canvas.frame)
    if area is None or "c" not in part.shape.flags:
        return area
    clip = canvas.slots.get(part.shape.target) if part.shape.target else canvas.last
    return area.within(clip) if clip else area


def _is_thin(part: _Part, frame: Frame) -> bool:
    lines = [shape.numbers[0] for shape, _ in part.shapes if shape.kind in ("l", "L", "a")]
    return any(width < frame.thin for width in lines)


def _draw(part: _Part, canvas: _Canvas, stance: Stance, paint: _Paint) -> None:
    shape = part.shape
    area = _region(part, canvas, stance)
    if area is None or not area.mask.any():
        return
    pixels = area.pixels(_is_thin(part, canvas.frame))
    mask = np.zeros(canvas.figure.shape, bool)
    mask[area.window] = pixels
    if shape.role == CLEAR:
        canvas.figure &= ~mask
        canvas.shining &= ~mask
        return
    if not shape.is_detail:
        canvas.last = canvas.slots[shape.slot] = area
        edge = ring(mask, canvas.frame.margin) & canvas.figure
        canvas.color[edge] = border(paint.of(shape))
    canvas.color[mask] = _surface(shape, area, canvas, paint)[pixels]
    canvas.figure |= mask
    canvas.shining[mask] = "l" in shape.flags


def _surface(shape: Shape, area: Region, canvas: _Canvas, paint: _Paint) -> NDArray[np.uint8]:
    """Colours of a part's window that it has in light and shade, with what it is made of."""
    rows, columns = (side // canvas.frame.samples for side in area.mask.shape)
    steps = np.zeros((rows, columns), np.int8)
    if not shape.is_detail and "f" not in shape.flags:
        light = lit(area, "g" in shape.flags)
        steps -= light.shade
        steps[light.shine] = 1
    if shape.texture:
        grain = texture(shape.texture, steps.shape, canvas.frame.size, paint.seed)
        steps += np.where((grain > 0) & (steps != 0), 0, grain).astype(np.int8)
        steps = np.clip(steps, -2, 2)
    return paint.tones(shape)[steps + 2]


def _finished(canvas: _Canvas, paint: _Paint) -> Rendering:
    outline = ring(canvas.figure, canvas.frame.margin)
    canvas.color[outline] = paint.ink()
    alpha = np.where(canvas.figure | outline, 255, 0).astype(np.uint8)
    pixels = np.dstack([np.where(alpha[..., None] > 0, canvas.color, 0), alpha]).astype(np.uint8)
    return Rendering(pixels, canvas.shining & canvas.figure, palette_of(pixels))


def packed(colors: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Colours [..., 3] as one number each, in the order of red, then green, then blue."""
    return np.asarray(colors.astype(np.int64) @ np.array((65_536, 256, 1)))


def unpacked(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The colours [count, 3] of numbers [count] that `packed` made."""
    return np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=1)


def palette_of(pixels: NDArray[np.uint8]) -> tuple[Rgb, ...]:
    """Opaque colours by luma in thousandths (ITU-R BT.601), and by their values where that is the same."""
    opaque = pixels[pixels[..., 3] > 0][:, :3]
    colors = [(red, green, blue) for red, green, blue in unpacked(np.unique(packed(opaque))).tolist()]
    return tuple(sorted(colors, key=lambda each: (each[0] * 299 + each[1] * 587 + each[2] * 114, each)))
