"""Photos of sheets of paper, as a telephone takes them: in perspective on a table, in uneven light, blurred, noisy.

Light is laid on in linear light; noise, blur and JPEG come after, as in a camera. Each photo knows where its sheet's
corners are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pixart_nodes.pixel.clean.paper.opencv import cv2

from .paper_drawings import ASPECT, PAPERS, RULINGS, Look, Plane, Sheet, sheet

RGB = NDArray[np.uint8]
TABLES = ("wood", "dark", "light", "cloth", "stone")
VIEWS = ("whole", "cut corner", "cut side", "no edge")
MEGAPIXELS = (12.0, 5.0, 2.6, 1.2, 1.0)
LEAST_STROKE = 3.0  # pixels of the photo


@dataclass(frozen=True)
class Scene:
    """All that decides a photo."""

    look: Look
    table: str
    view: str
    megapixels: float
    turned: int  # quarters of a turn that EXIF undoes
    shadow: bool
    crumpled: bool
    blur: float  # sigma in pixels of the photo
    optical: bool  # blurred by the lens, as light; else by a program, as encoded values
    noise: float  # sigma of 255
    quality: int
    seed: int


@dataclass(frozen=True)
class Extra:
    """What else befalls a sheet and its photo, in the order in which it does; all of it the same for the same `rng`.

    `paint`: the sheet, as something lies, is cut or bent on it. `light`: float32 [H, W] as it falls, with or without
    colours. `over`: draws on the photo's linear colours [H, W, 3] what is before the sheet, whose corners it gets, and
    returns how much that hides [H, W]. `camera`: encoded values [H, W, 3], 0 to 1, as they come.
    """

    paint: Callable[[Sheet, np.random.Generator], Sheet] = lambda page, rng: page
    light: Callable[[Plane, np.random.Generator], NDArray[np.float32]] = lambda light, rng: light
    over: Callable[[NDArray[np.float32], NDArray[np.float64], np.random.Generator], Plane | None] = (
        lambda colors, corners, rng: None
    )
    camera: Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]] = lambda values, rng: values


PLAIN = Extra()


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo uint8 [H, W, 3] as JPEG leaves it, the sheet's corners in it [4, 2] clockwise from its upper left."""

    pixels: RGB
    corners: NDArray[np.float64]
    sheet: Sheet
    scene: Scene
    hidden: Plane | None = None  # how much is before the sheet


def scene(seed: int) -> Scene:
    """A scene by chance."""
    rng = np.random.default_rng(seed)
    megapixels = float(rng.choice(MEGAPIXELS, p=(0.06, 0.16, 0.34, 0.22, 0.22)))
    tool = str(rng.choice(["pen", "pencil", "felt"]))
    ruling = str(rng.choice(RULINGS, p=(0.46, 0.18, 0.18, 0.18)))
    view = str(rng.choice(VIEWS, p=(0.6, 0.12, 0.1, 0.18)))
    paper = str(rng.choice(list(PAPERS), p=(0.6, 0.25, 0.15)))
    table = str(rng.choice([table for table in TABLES if (table, paper) != ("light", "grey")]))
    sharpness = np.sqrt(megapixels / 3)  # a large photo is no sharper on its pixels
    height = np.sqrt(megapixels * 1e6 * 4 / 3) * 0.8
    return Scene(
        Look(tool, bool(rng.random() < 0.35), paper, ruling, bool(rng.random() < 0.35), LEAST_STROKE / height),
        table, view, megapixels, int(rng.choice([0, 0, 1, 2, 3])), bool(rng.random() < 0.5), bool(rng.random() < 0.35),
        float(np.clip(rng.uniform(0.5, 1.1) * sharpness, 0.5, 2.0)), seed % 2 == 0, float(rng.uniform(1.5, 5)),
        int(rng.integers(60, 93)), seed,
    )  # fmt: skip


def other(kind: str, seed: int) -> Scene:
    """The scene of a seed with another kind of sheet: pages lie across, and on a board there is nothing but chalk."""
    of = scene(seed)
    look = replace(of.look, kind=kind, landscape=kind != "folded sheet")
    if kind == "board":
        look = replace(look, tool="chalk", filled=False, ruling="none")
    return replace(of, look=look, table="light" if kind == "board" else of.table)


def photo(of: Scene, extra: Extra = PLAIN) -> Photo:
    """The photo of a scene, upright: what EXIF says of it is obeyed already."""
    rng = np.random.default_rng([of.seed, 1])
    long, short = np.sqrt(of.megapixels * 1e6 * np.array([4 / 3, 3 / 4]))
    width, height = (round(long), round(short)) if of.look.landscape else (round(short), round(long))
    corners = _corners(of, width, height, rng)
    page = sheet(of.look, round(max(_side(corners, 1), _side(corners, 3)) * 1.05), of.seed)
    page = extra.paint(page, np.random.default_rng([of.seed, 2]))
    colors = _linear(_table(of.table, width, height, rng))
    _lay(colors, _linear(page.color), page.paper, corners)
    light = extra.light(_light(of, width, height, corners, rng), np.random.default_rng([of.seed, 3]))
    colors *= (light if light.ndim == 3 else light[..., None]) * _cast(rng)
    hidden = extra.over(colors, corners, np.random.default_rng([of.seed, 4]))
    grain = rng.standard_normal((height, width, 3), np.float32)
    grain = 0.8 * grain.mean(axis=2, keepdims=True) * np.sqrt(3) + 0.5 * grain
    lens, program = (of.blur, 0.0) if of.optical else (0.0, of.blur)
    values = extra.camera(_soft(_encoded(_soft(colors, lens)), program), np.random.default_rng([of.seed, 5]))
    pixels = values * 255 + of.noise * grain
    pixels = np.ascontiguousarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
    turned = np.ascontiguousarray(np.rot90(pixels, of.turned))  # JPEG's blocks lie as the camera was held
    pixels = np.ascontiguousarray(np.rot90(_jpeg(turned, of.quality), -of.turned))
    return Photo(pixels, corners, page, of, hidden)


def _soft(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    return cv2.GaussianBlur(values, (0, 0), sigma) if sigma else values


def _side(corners: NDArray[np.float64], k: int) -> float:
    return float(np.linalg.norm(corners[(k + 1) % 4] - corners[k]))


def _corners(of: Scene, width: int, height: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Where the sheet's corners are: turned by some degrees, seen from aslant, and moved as the view says."""
    aspect = 1 / ASPECT if of.look.landscape else ASPECT
    high = min(height, width / aspect) * (1.0 if of.view != "no edge" else 1.25) * rng.uniform(0.74, 0.9)
    if of.view in ("no edge", "one corner", "one side"):
        high = max(height, width / aspect) * rng.uniform(1.12, 1.25)
    half = np.array([high * aspect, high]) / 2
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    small = of.view in ("no edge", "one corner", "one side")
    tilt, pan = rng.uniform(-0.38, 0.38, 2) * (0.25 if small else 1)
    angle = np.radians(rng.uniform(-12, 12) * (0.2 if small else 1))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    flat = square @ turn.T
    far = 1.1 * max(width, height)  # focal length in pixels, as telephones have it
    space = np.stack([flat[:, 0] * np.cos(pan), flat[:, 1] * np.cos(tilt)], axis=1)
    depth = far + flat[:, 0] * np.sin(pan) + flat[:, 1] * np.sin(tilt)
    seen = space * (far / depth)[:, None]
    seen -= (seen.min(axis=0) + seen.max(axis=0)) / 2
    middle = np.array([width, height]) / 2
    room = np.maximum(middle - (seen.max(axis=0)) - 8, 0)
    seen += middle + rng.uniform(-1, 1, 2) * room
    if of.view == "cut corner":
        corner = seen[rng.integers(4)]
        out = np.where(corner < middle, -corner, np.array([width, height]) - corner)
        seen = seen + out + np.sign(out) * rng.uniform(0.005, 0.03, 2) * max(width, height)
        # only the corner leaves the picture, if the sheet is turned enough; else a strip of a side does
    if of.view in ("one corner", "one side"):
        seen += _moved_out(seen, width, height, of.view, rng)
    if of.view == "cut side":
        axis, low = int(rng.integers(2)), bool(rng.integers(2))
        edge = seen[:, axis].min() if low else seen[:, axis].max() - (width, height)[axis]
        seen[:, axis] -= edge + (1 if low else -1) * 0.07 * high
    return seen


def _moved_out(
    seen: NDArray[np.float64], width: int, height: int, view: str, rng: np.random.Generator
) -> NDArray[np.float64]:
    """By how much a sheet that is larger than the picture is moved, so that one or two sides are seen there."""
    low, high = seen.min(axis=0), seen.max(axis=0)
    size = np.array([width, height])
    show = rng.uniform(0.05, 0.11, 2) * max(width, height)
    side = rng.integers(0, 2, 2)
    move = np.where(side, size - show - high, show - low)
    return move * (rng.permutation([1, 0]) if view == "one side" else 1)


def _lay(
    colors: NDArray[np.float32], page: NDArray[np.float32], paper: Plane | None, corners: NDArray[np.float64]
) -> None:
    """Put the sheet onto the table, its edge anti-aliased, with a thin shadow below it."""
    height, width = page.shape[:2]
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - np.float32(0.5)
    matrix = cv2.getPerspectiveTransform(frame, (corners - 0.5).astype(np.float32))
    size = colors.shape[1::-1]
    cover = _inside(corners, size)
    if paper is not None:
        cover = cover * cv2.warpPerspective(paper, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    below = cv2.GaussianBlur(np.roll(cover, (3, 2), (0, 1)), (0, 0), max(2.0, size[1] / 400))
    colors *= 1 - 0.45 * below[..., None]
    seen = cv2.warpPerspective(page, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    colors += (seen - colors) * cover[..., None]


def _inside(corners: NDArray[np.float64], size: tuple[int, int]) -> Plane:
    """How much of each pixel is within the corners: OpenCV's own polygons are half a pixel too large."""
    x, y = np.arange(size[0], dtype=np.float32) + 0.5, np.arange(size[1], dtype=np.float32)[:, None] + 0.5
    cover = np.ones(size[::-1], np.float32)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        length = np.hypot(x1 - x0, y1 - y0)
        away = np.float32((x1 - x0) / length) * (y - np.float32(y0)) - np.array((y1 - y0) / length, np.float32) * (
            x - np.float32(x0)
        )
        np.minimum(cover, np.clip(away + 0.5, 0, 1), out=cover)
    return cover


def _table(kind: str, width: int, height: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A table's texture as sRGB float32 [height, width, 3]."""
    size = (width, height)
    wide = cv2.resize(rng.standard_normal((60, 6)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    fine = cv2.resize(rng.standard_normal((400, 10)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    rough = rng.standard_normal((height // 2 + 1, width // 2 + 1)).astype(np.float32)
    rough = cv2.resize(cv2.GaussianBlur(rough, (0, 0), 1.2), size)
    if kind == "wood":
        base = np.array([(0.62, 0.43, 0.26), (0.42, 0.28, 0.18), (0.78, 0.6, 0.4)][rng.integers(3)], np.float32)
        tone = 1 + 0.1 * wide + 0.05 * fine + 0.03 * rough
        planks = (np.arange(height) % (height // 4) < max(2, height // 400)).astype(np.float32)
        tone *= 1 - 0.5 * planks[:, None]
    elif kind == "cloth":
        base = np.array([(0.55, 0.2, 0.22), (0.25, 0.35, 0.5), (0.35, 0.45, 0.3)][rng.integers(3)], np.float32)
        step = width / rng.uniform(18, 40)
        checks = (np.arange(height)[:, None] // step % 2 + np.arange(width)[None, :] // step % 2).astype(np.float32)
        tone = 0.7 + 0.35 * checks + 0.05 * rough
    elif kind == "stone":
        base = np.array((0.6, 0.6, 0.62), np.float32)
        tone = 0.85 + 0.12 * cv2.resize(rng.standard_normal((40, 40)).astype(np.float32), size) + 0.12 * rough
    elif kind == "light":
        base = np.array((0.8, 0.78, 0.74), np.float32)
        tone = 1 + 0.02 * wide + 0.02 * rough
    else:
        base = np.array((0.14, 0.14, 0.16), np.float32)
        tone = 1 + 0.15 * wide + 0.15 * rough
    return np.clip(base * tone[..., None], 0.02, 0.9)


def _light(of: Scene, width: int, height: int, corners: NDArray[np.float64], rng: np.random.Generator) -> Plane:
    """How much light falls where: from one side, weaker to the corners, with a shadow's soft edge and with creases."""
    y, x = np.mgrid[0:height:4, 0:width:4].astype(np.float32)
    x, y = x / width - 0.5, y / height - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    across = x * np.cos(angle) + y * np.sin(angle)
    light = 0.82 + rng.uniform(0.15, 0.55) * across - rng.uniform(0.1, 0.45) * (x * x + y * y)
    if of.shadow:
        edge = rng.uniform(0, 2 * np.pi)
        far = x * np.cos(edge) + y * np.sin(edge) - rng.uniform(0.05, 0.25) + 0.06 * np.sin(6 * (x - y) + edge)
        light *= 1 - rng.uniform(0.25, 0.5) / (1 + np.exp(-far / rng.uniform(0.012, 0.04)))
    if of.crumpled:
        light *= _creases(x, y, rng)
    return np.clip(cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR), 0.08, 1)


def _creases(x: Plane, y: Plane, rng: np.random.Generator) -> Plane:
    """Facets of a sheet that was crumpled: each fold makes one side lighter than the other for a while."""
    shade = np.ones_like(x)
    for _ in range(int(rng.integers(5, 12))):
        angle, away = rng.uniform(0, np.pi), rng.uniform(-0.4, 0.4)
        far = x * np.cos(angle) + y * np.sin(angle) - away
        shade += rng.uniform(-0.05, 0.05) * np.sign(far) * np.exp(-np.abs(far) / rng.uniform(0.03, 0.12))
    return cv2.GaussianBlur(shade, (0, 0), 1.2)


def _cast(rng: np.random.Generator) -> NDArray[np.float32]:
    """The light's colour: from a lamp's to a cloudy sky's."""
    warm = rng.uniform(-0.12, 0.16)
    return (np.array([1 + warm, 1, 1 - warm]) / (1 + abs(warm))).astype(np.float32)


def _linear(srgb: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.float32(srgb) ** np.float32(2.2)


def _encoded(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.clip(linear, 0, 1) ** np.float32(1 / 2.2)


def _jpeg(pixels: RGB, quality: int) -> RGB:
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
