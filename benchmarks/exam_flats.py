"""Flat pictures and pictures all tones for the exam of kinds: mockups, charts, maps, logos; renders, washes, photos."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy.spatial import KDTree

from .exam_drawings import FINE, done, font, sheet
from .exam_pixels import Paint, grained, shaded
from .grid_distortions import blurred, jpeg, resized
from .grid_sources import packaged

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]


def _color(rng: np.random.Generator, low: int = 20, high: int = 250) -> tuple[int, int, int]:
    r, g, b = (int(part) for part in rng.integers(low, high, 3))
    return r, g, b


def _opaque(rgb: Floats) -> RGBA:
    return np.dstack([np.clip(np.rint(rgb), 0, 255), np.full(rgb.shape[:2], 255)]).astype(np.uint8)


def web_palette(rgba: RGBA, dither: bool) -> RGBA:
    """The picture as a GIF in the 216 colours that were safe for the web."""
    how = Image.Dither.FLOYDSTEINBERG if dither else Image.Dither.NONE
    few = Image.fromarray(rgba).convert("RGB").convert("P", palette=Image.Palette.WEB, dither=how)
    file = io.BytesIO()
    few.save(file, "GIF")
    return np.array(Image.open(file).convert("RGBA"))


def bars(rng: np.random.Generator) -> RGBA:
    """A chart of filled bars or a cake of sectors with a few letters."""
    picture, pen = sheet((640, 480), "white")
    if rng.random() < 0.5:
        for place, value in enumerate(rng.uniform(60, 360, 8)):
            left = 70 + 66 * place
            pen.rectangle([left * FINE, (420 - value) * FINE, (left + 44) * FINE, 420 * FINE], fill=_color(rng))
    else:
        cuts = np.concatenate([[0], np.sort(rng.uniform(20, 340, 5)), [360]])
        for start, stop in pairwise(cuts):
            pen.pieslice([120 * FINE, 40 * FINE, 500 * FINE, 420 * FINE], float(start), float(stop), fill=_color(rng))
    pen.text((200 * FINE, 440 * FINE), "Share of all sales", fill="black", font=font("DejaVuSans", 18))
    return jpeg(done(picture), 80) if rng.random() < 0.5 else done(picture)


def countries(rng: np.random.Generator) -> RGBA:
    """A map of countries in flat colours without borders, over a sea."""
    height, width = int(rng.integers(400, 800)), int(rng.integers(400, 900))
    y, x = np.mgrid[:height, :width]
    bend = [ndimage.gaussian_filter(rng.normal(0, 1, (height, width)), 14) * 300 for _ in range(2)]
    places = rng.uniform(0, 1, (24, 2)) * (height, width)
    near = KDTree(places).query(np.stack([(y + bend[0]).ravel(), (x + bend[1]).ravel()], axis=1))[1]
    colors = np.array([_color(rng, 90) for _ in range(24)])
    colors[::3] = 150, 200, 235
    rgb = colors[near.reshape(height, width)].astype(np.float64)
    return blurred(_opaque(rgb), 0.6)


def mockup(rng: np.random.Generator) -> RGBA:
    """An app's screen: cards, buttons, bars and a few words."""
    picture, pen = sheet((420, 760), str(rng.choice(("#f2f3f7", "#16181d"))))
    accent = _color(rng, 40, 220)
    pen.rectangle([0, 0, 420 * FINE, 70 * FINE], fill=accent)
    pen.text((24 * FINE, 20 * FINE), "Today", fill="white", font=font("DejaVuSans-Bold", 24))
    for row in range(4):
        top = 95 + 150 * row
        card = [20 * FINE, top * FINE, 400 * FINE, (top + 130) * FINE]
        pen.rounded_rectangle(card, 16 * FINE, fill=_color(rng, 180))
        pen.ellipse([40 * FINE, (top + 25) * FINE, 110 * FINE, (top + 95) * FINE], fill=_color(rng))
        for line in range(2):
            high, end = top + 30 + 30 * line, int(rng.integers(220, 370))
            bar = [135 * FINE, high * FINE, end * FINE, (high + 16) * FINE]
            pen.rounded_rectangle(bar, 8 * FINE, fill="#9aa0ac")
    pen.rounded_rectangle([120 * FINE, 700 * FINE, 300 * FINE, 745 * FINE], 22 * FINE, fill=accent)
    return done(picture)


def low_poly(rng: np.random.Generator) -> RGBA:
    """Triangles of flat colours, side by side."""
    side = int(rng.integers(400, 800))
    places = rng.uniform(0, 1, (int(rng.integers(25, 60)), 2)) * side
    y, x = np.mgrid[:side, :side]
    near = KDTree(places).query(np.stack([y.ravel(), x.ravel()], axis=1), k=2)[1]
    key = near.min(axis=1) * 977 + near.max(axis=1)
    _, group = np.unique(key, return_inverse=True)
    first, second = _color(rng), _color(rng)
    share = rng.random(group.max() + 1)[:, None]
    colors = np.array(first) * share + np.array(second) * (1 - share)
    return blurred(_opaque(colors[group].reshape(side, side, 3)), 0.7)


def logo(rng: np.random.Generator) -> RGBA:
    """A round or angular mark and a bold letter on it, without outlines."""
    side = int(rng.choice((240, 400, 800)))
    clear = rng.random() < 0.4
    picture, pen = sheet((side, side), "#00000000" if clear else "#ffffff")
    unit = side * FINE / 100
    shape = pen.ellipse if rng.random() < 0.5 else pen.rectangle
    shape([12 * unit, 12 * unit, 88 * unit, 88 * unit], fill=_color(rng))
    pen.polygon([(12 * unit, 88 * unit), (50 * unit, 40 * unit), (88 * unit, 88 * unit)], fill=_color(rng))
    pen.ellipse([36 * unit, 20 * unit, 64 * unit, 48 * unit], fill=_color(rng))
    return done(picture)


def _layers(rng: np.random.Generator, side: int) -> RGBA:
    """Paper cut in waves, one behind another, with a moon."""
    y, x = np.mgrid[:side, :side] / side
    rgb = np.full((side, side, 3), _color(rng), np.float64)
    rgb[np.hypot(x - rng.uniform(0.2, 0.8), y - 0.25) < 0.12] = _color(rng, 200)
    for depth in range(5):
        wave = 0.4 + 0.13 * depth + 0.05 * np.sin(rng.uniform(5, 14) * x + rng.uniform(0, 6))
        rgb[y > wave] = _color(rng)
    return blurred(_opaque(rgb), 0.6)


def paper_cut(rng: np.random.Generator) -> RGBA:
    """Layers of paper, as JPEG or as they are."""
    cut = _layers(rng, int(rng.integers(400, 900)))
    return jpeg(cut, int(rng.integers(55, 90))) if rng.random() < 0.6 else cut


def grainy_cut(rng: np.random.Generator) -> RGBA:
    """Layers of paper with noise of sigma 8."""
    return grained(rng, _layers(rng, int(rng.integers(400, 800))), 8)


def lit_cut(rng: np.random.Generator) -> RGBA:
    """Layers of paper photographed in uneven light."""
    return jpeg(grained(rng, shaded(rng, _layers(rng, int(rng.integers(400, 800)))), 2), 88)


def cut_gif(rng: np.random.Generator) -> RGBA:
    """Layers of paper as a GIF in the web's colours, dithered or not."""
    return web_palette(_layers(rng, int(rng.integers(300, 600))), dither=bool(rng.random() < 0.6))


FLATS: dict[str, Paint] = {
    "bars": bars,
    "countries": countries,
    "mockup": mockup,
    "low poly": low_poly,
    "logo": logo,
    "paper cut": paper_cut,
    "paper cut, noise": grainy_cut,
    "paper cut, uneven light": lit_cut,
    "paper cut, web palette": cut_gif,
}


def _field(rng: np.random.Generator, shape: tuple[int, int], sigma: float) -> Floats:
    field = ndimage.gaussian_filter(rng.normal(0, 1, shape), sigma)
    return (field - field.min()) / (field.max() - field.min())


def room(rng: np.random.Generator) -> RGBA:
    """A render: a floor of squares in perspective with fog, shaded columns and light from one side."""
    height, width = 480, 640
    y, x = np.mgrid[:height, :width]
    depth = 90 / np.maximum(y - 200.0, 1)
    checks = ((np.floor((x - 320) * depth / 60) + np.floor(depth * 12)) % 2)[..., None]
    floor = np.where(checks > 0, np.array(_color(rng)), np.array(_color(rng)))
    fog = np.clip(depth / 4, 0, 1)[..., None]
    sky = np.array(_color(rng, 120)) * (0.6 + 0.4 * y[..., None] / height)
    rgb = np.where((y > 202)[..., None], floor * (1 - fog) + sky * fog, sky)
    for _ in range(int(rng.integers(2, 5))):
        left, wide, low = rng.uniform(40, 560), rng.uniform(40, 90), rng.uniform(280, 440)
        across = (x - left) / wide
        inside = (across > 0) & (across < 1) & (y < low) & (y > 60)
        light = 0.25 + 0.75 * np.sin(np.pi * np.clip(across, 0, 1)) ** 0.8
        rgb = np.where(inside[..., None], np.array(_color(rng)) * light[..., None], rgb)
    return _opaque(ndimage.gaussian_filter(rgb, (0.7, 0.7, 0)))


def wash(rng: np.random.Generator) -> RGBA:
    """Watercolours: see-through pools with darker rims on paper with a grain."""
    side = 560
    rgb = np.full((side, side, 3), 246.0)
    grain = _field(rng, (side, side), 1.2)
    for _ in range(int(rng.integers(6, 12))):
        field = _field(rng, (side, side), rng.uniform(30, 70))
        edge = rng.uniform(0.5, 0.7)
        pool = np.clip((field - edge) * 30, 0, 1)
        rim = np.exp(-(((field - edge - 0.015) * 60) ** 2))
        depth = pool * (0.35 + 0.35 * _field(rng, (side, side), 12) + 0.35 * rim + 0.15 * grain)
        rgb *= 1 - depth[..., None] * (1 - np.array(_color(rng)) / 255.0)
    return _opaque(rgb * (0.94 + 0.06 * grain[..., None]))


def wood(rng: np.random.Generator) -> RGBA:
    """Wood's rings, stretched, with pores."""
    y, x = np.mgrid[:500, :600]
    rings = np.sin((np.hypot((x - 250) / 6, y + 400) + 25 * _field(rng, (500, 600), 30)) * rng.uniform(0.3, 0.6))
    pores = ndimage.gaussian_filter(rng.normal(0, 1, (500, 600)), (0.6, 5)) * 25
    tone = (rings * 22 + pores)[..., None]
    return _opaque(np.array((170, 120, 70)) + tone * np.array((1, 0.9, 0.7)))


def _plain(rng: np.random.Generator) -> RGBA:
    """A photo by code: a landscape in haze with trees of noise."""
    height, width = 420, 600
    y = np.arange(height)[:, None]
    rgb = np.array((110, 160, 220)) + (y[..., None] / height) * np.array((110, 70, 10)) + np.zeros((1, width, 1))
    rgb = rgb + 60 * np.clip(_field(rng, (height, width), 24)[..., None] - 0.5, 0, 1)
    for depth in range(4):
        ridge = 140 + 60 * depth + 70 * (_field(rng, (1, width), 30)[0] - 0.5)
        rough = _field(rng, (height, width), 1.5 + depth)[..., None]
        land = np.array((60, 80, 50)) * (0.5 + rough) * (0.6 + 0.15 * depth) + 25 * (4 - depth)
        rgb = np.where((y > ridge)[..., None], land, rgb)
    return _opaque(rgb + rng.normal(0, 3, rgb.shape))


def photograph(rng: np.random.Generator) -> RGBA:
    """A part of a photo of scikit-image, or a landscape by code."""
    files = ("retina.jpg", "motorcycle_right.png", "hubble_deep_field.jpg", "rocket.jpg", "coffee.png")
    file = packaged(f"skimage/data/{files[int(rng.integers(len(files)))]}")
    if file is None or rng.random() < 0.4:
        return _plain(rng)
    with Image.open(file) as opened:
        whole = opened.convert("RGBA")
    width, height = whole.size
    side = int(min(width, height) * rng.uniform(0.4, 0.9))
    left, top = int(rng.integers(0, width - side + 1)), int(rng.integers(0, height - side + 1))
    part = whole.crop((left, top, left + side, top + side))
    part.thumbnail((640, 640))
    return np.array(part)


def snapshot(rng: np.random.Generator) -> RGBA:
    """A photo, strongly compressed."""
    return jpeg(photograph(rng), int(rng.integers(30, 80)))


def photo_gif(rng: np.random.Generator) -> RGBA:
    """A photo as a GIF in the web's colours, dithered or not."""
    return web_palette(photograph(rng), dither=bool(rng.random() < 0.7))


def moire(rng: np.random.Generator) -> RGBA:
    """A photo of a screen: stripes of its dots beat with the camera's."""
    photo = resized(photograph(rng), 1.6, Image.Resampling.BILINEAR).astype(np.float64)
    y, x = np.mgrid[: photo.shape[0], : photo.shape[1]]
    turn, wave = rng.uniform(0, 0.3), rng.uniform(0.8, 3)
    for channel in range(3):
        one = np.sin(wave * (x * np.cos(turn) + y * np.sin(turn)) + channel * 2.1)
        other = np.sin(wave * 1.03 * x + 0.004 * x * y / 9)
        photo[..., channel] *= 0.85 + 0.075 * (one + other)
    return jpeg(np.clip(photo, 0, 255).astype(np.uint8), 85)


def blurry(rng: np.random.Generator) -> RGBA:
    """A photo out of focus, lit from one side."""
    return shaded(rng, blurred(photograph(rng), float(rng.uniform(1.5, 4))))


def night(rng: np.random.Generator) -> RGBA:
    """Lights in the dark with halos, and a sensor's noise."""
    height, width = 400, 560
    rgb = np.zeros((height, width, 3))
    for _ in range(40):
        spot = np.zeros((height, width))
        spot[int(rng.integers(height)), int(rng.integers(width))] = 1
        rgb += ndimage.gaussian_filter(spot, rng.uniform(2, 12))[..., None] * np.array(_color(rng, 90)) * 120
    return _opaque(rgb + 8 + rng.normal(0, 5, rgb.shape))


def framed(rng: np.random.Generator) -> RGBA:
    """A photo on a page with a narrow margin and a caption."""
    photo = Image.fromarray(photograph(rng))
    page = Image.new("RGBA", (photo.width + 60, photo.height + 90), "white")
    page.paste(photo, (30, 30))
    return jpeg(np.array(page), 88)


def soap(rng: np.random.Generator) -> RGBA:
    """Colours that flow into each other in swirls: plasma, or a heat map."""
    share = _field(rng, (420, 520), rng.uniform(12, 50))
    phase = 2 * np.pi * share[..., None] * rng.uniform(0.7, 2.5)
    return _opaque(127 + 110 * np.sin(phase + np.array((0, 2.1, 4.2))))


TONES: dict[str, Paint] = {
    "wash": wash,
    "wood": wood,
    "snapshot": snapshot,
    "photo, web palette": photo_gif,
    "photo, moire": moire,
    "photo, out of focus": blurry,
    "night": night,
    "photo on a page": framed,
    "plasma": soap,
}
