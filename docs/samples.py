"""The sample pictures that come with the node pack, for its templates: rendered, drawn, or taken from the examples.

python docs/samples.py
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "custom_nodes"))

from pixart_nodes.drawings.animation import animated  # noqa: E402  # the path comes first
from pixart_nodes.drawings.illustration import illustrated  # noqa: E402

SAMPLES = ROOT / "custom_nodes" / "pixart_nodes" / "samples"
EXAMPLES = {"pixart_sketch.png": "tree.png", "pixart_paper.jpg": "sprite/photo-1.jpg"}
Vector = NDArray[np.float64]

SIDE = 384  # pixels of the rendered picture
OVERSAMPLED = 3  # rays a pixel and side
LIGHT: Vector = np.array([-0.45, 0.75, -0.5]) / np.linalg.norm([-0.45, 0.75, -0.5])
FRUIT = (  # centre, radius, colour, how much it shines
    ((-0.85, 0.0, 3.1), 1.0, (0.80, 0.10, 0.09), 0.55),
    ((0.95, -0.22, 2.6), 0.78, (0.97, 0.55, 0.06), 0.35),
    ((0.35, -0.55, 1.55), 0.45, (0.45, 0.68, 0.14), 0.5),
)
TABLE, WALL = -1.0, 6.0  # height, and distance


def photo() -> Image.Image:
    """Fruit on a table, by ray tracing: soft light, shadows, a reflection and the grain of a camera."""
    count = SIDE * OVERSAMPLED
    y, x = np.mgrid[1 : -1 : count * 1j, -1 : 1 : count * 1j]
    rays = _unit(np.dstack([x * 0.75, y * 0.75 - 0.12, np.ones_like(x) * 1.3]))
    eye = np.array([0.0, 0.35, -1.6])
    colors = _traced(eye, rays, bounces=1)
    small = colors.reshape(SIDE, OVERSAMPLED, SIDE, OVERSAMPLED, 3).mean(axis=(1, 3))
    grain = np.random.default_rng(7).normal(0, 0.012, (SIDE, SIDE, 1))
    srgb = np.clip(small, 0, 1) ** (1 / 2.2) + grain
    return Image.fromarray(np.rint(np.clip(srgb, 0, 1) * 255).astype(np.uint8))


def _unit(vectors: Vector) -> Vector:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _sphere(eye: Vector, rays: Vector, center: Vector, radius: float) -> Vector:
    """How far each ray goes to a sphere; infinitely far where it misses."""
    offset = eye - center
    half = (rays * offset).sum(axis=-1)
    inside = half**2 - (offset**2).sum(axis=-1) + radius**2
    near = -half - np.sqrt(np.maximum(inside, 0))
    return np.where((inside > 0) & (near > 1e-4), near, np.inf)


def _traced(eye: Vector, rays: Vector, bounces: int) -> Vector:
    """Linear light [H, W, 3] that comes back along the rays."""
    with np.errstate(divide="ignore", invalid="ignore"):
        down = np.where(rays[..., 1] < 0, (TABLE - eye[..., 1]) / rays[..., 1], np.inf)
        back = np.where(rays[..., 2] > 0, (WALL - eye[..., 2]) / rays[..., 2], np.inf)
    hits = [_sphere(eye, rays, np.array(center), radius) for center, radius, *_ in FRUIT]
    depth = np.stack([down, back, *hits])
    nearest, distance = depth.argmin(axis=0), depth.min(axis=0)
    points = eye + rays * np.minimum(distance, 50)[..., None]
    normals = np.zeros_like(points)
    normals[nearest == 0] = (0, 1, 0)
    normals[nearest == 1] = (0, 0, -1)
    colors = _ground(points, nearest)
    shine = np.where(nearest == 0, 0.07, 0.0)
    for number, (center, radius, color, gloss) in enumerate(FRUIT, start=2):
        at = nearest == number
        normals[at] = (points[at] - center) / radius
        colors[at] = color
        shine[at] = gloss * 0.12
    lit = _lit(points, normals, rays, colors, nearest >= 2)
    if bounces:
        mirrored = rays - 2 * (rays * normals).sum(axis=-1, keepdims=True) * normals
        lit += shine[..., None] * _traced(points + normals * 1e-3, mirrored, bounces - 1)
    return lit


def _ground(points: Vector, nearest: NDArray[np.intp]) -> Vector:
    """The table's wood and the wall's wash of light."""
    rings = np.sin(points[..., 2] * 9 + 1.7 * np.sin(points[..., 0] * 2.1) + 0.6 * np.sin(points[..., 0] * 11))
    wood = np.array([0.36, 0.19, 0.09]) * (1 + 0.22 * rings[..., None])
    wall = np.array([0.16, 0.30, 0.38]) * (1.15 - 0.16 * points[..., :1] + 0.1 * points[..., 1:2])
    return np.where((nearest == 0)[..., None], wood, wall)


def _lit(points: Vector, normals: Vector, rays: Vector, colors: Vector, glossy: NDArray[np.bool_]) -> Vector:
    """Under a lamp that is a disc, so that shadows have soft edges."""
    generator, light = np.random.default_rng(3), np.zeros(points.shape[:-1])
    for _ in range(12):
        lamp = _unit(LIGHT + generator.normal(0, 0.09, 3))
        clear = np.ones(points.shape[:-1], bool)
        for center, radius, *_ in FRUIT:
            clear &= np.isinf(_sphere(points + normals * 1e-3, np.broadcast_to(lamp, points.shape), center, radius))
        light += clear * np.maximum((normals * lamp).sum(axis=-1), 0) / 12
    mirrored = rays - 2 * (rays * normals).sum(axis=-1, keepdims=True) * normals
    spot = np.maximum((mirrored * LIGHT).sum(axis=-1), 0) ** 60 * glossy * (light > 0.05)
    return colors * (0.16 + 1.1 * light)[..., None] + 0.85 * spot[..., None]


def bounce(count: int = 12, side: int = 128) -> list[Image.Image]:
    """A ball that bounces, with its shadow: smooth shading, for pixelating an animation."""
    frames = []
    for number in range(count):
        phase = number / count
        height = 4 * phase * (1 - phase)
        squash = 1 + 0.22 * max(0.0, 0.25 - height) * 4
        frames.append(_ball(side, height, squash))
    return frames


def _ball(side: int, height: float, squash: float) -> Image.Image:
    y, x = np.mgrid[0:side, 0:side] / side
    sky = np.dstack([0.55 + 0.2 * y, 0.75 + 0.1 * y, 0.95 - 0.1 * y])
    floor = np.dstack([0.85 - 0.2 * (y - 0.8), 0.72 - 0.2 * (y - 0.8), 0.5 + 0 * y])
    picture = np.where((y > 0.8)[..., None], floor, sky)
    shadow = np.exp(-(((x - 0.5) / (0.2 - 0.08 * height)) ** 2 + ((y - 0.88) / 0.035) ** 2)) * (0.6 - 0.35 * height)
    picture *= 1 - shadow[..., None]
    radius = 0.19
    across, down = (x - 0.5) / (radius * squash), (y - (0.88 - radius / squash - 0.5 * height)) / (radius / squash)
    inside = across**2 + down**2 < 1
    deep = np.sqrt(np.maximum(0, 1 - across**2 - down**2))
    light = np.clip(-0.5 * across - 0.6 * down + 0.62 * deep, 0, 1)
    stripe = np.where(np.abs(down + 0.1) < 0.22, 1.0, 0.0)[..., None]
    paint = stripe * np.array([1.0, 0.95, 0.85]) + (1 - stripe) * np.array([0.92, 0.16, 0.2])
    ball = paint * (0.28 + 0.8 * light)[..., None] + 0.7 * (light**24)[..., None]
    shown = np.where(inside[..., None], ball, picture)
    return Image.fromarray(np.rint(np.clip(shown, 0, 1) * 255).astype(np.uint8))


def strip(prompt: str = "a knight walking", size: int = 32) -> Image.Image:
    """The frames of a sprite in one row."""
    frames = animated(prompt, size).frames
    return Image.fromarray(np.concatenate(list(frames), axis=1))


def mask() -> Image.Image:
    """White where the photo's green fruit is."""
    picture = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(picture).ellipse((178, 206, 280, 311), fill=255)
    return picture


if __name__ == "__main__":
    SAMPLES.mkdir(exist_ok=True)
    for name, source in EXAMPLES.items():
        shutil.copyfile(ROOT / "examples" / source, SAMPLES / name)
    photo().save(SAMPLES / "pixart_photo.jpg", quality=88, subsampling=0)
    mask().save(SAMPLES / "pixart_mask.png", optimize=True)
    strip().save(SAMPLES / "pixart_strip.png", optimize=True)
    balls = [frame.quantize(96, dither=Image.Dither.FLOYDSTEINBERG) for frame in bounce()]
    balls[0].save(SAMPLES / "pixart_bounce.gif", save_all=True, append_images=balls[1:], duration=70, loop=0)
    style = Image.fromarray(illustrated("a ship on the sea at sunset", 256, 256, seed=3).pixels).convert("RGB")
    style.save(SAMPLES / "pixart_style.png", optimize=True)
