"""What people bring besides, for the exam of kinds: screenshots, memes, watercolours, cel art, nets, renders, rooms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from .exam_drawings import FINE, TEXT, done, font, sheet, wobbly
from .exam_flats import photograph
from .exam_pixels import Paint, art, enlarged, grained, opaque, shaded
from .grid_distortions import blurred, jpeg

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]
Color = tuple[int, int, int]


def _color(rng: np.random.Generator, low: int = 20, high: int = 250) -> Color:
    r, g, b = (int(part) for part in rng.integers(low, high, 3))
    return r, g, b


def _solid(rgb: Floats) -> RGBA:
    return np.dstack([np.clip(np.rint(rgb), 0, 255), np.full(rgb.shape[:2], 255)]).astype(np.uint8)


def _smooth(rng: np.random.Generator, shape: tuple[int, int], sigma: float) -> Floats:
    field = ndimage.gaussian_filter(rng.normal(0, 1, shape), sigma)
    return (field - field.min()) / np.ptp(field)


# False pixel art


def imagined(rng: np.random.Generator) -> RGBA:
    """What image models take for pixel art: cells of uneven width, each a little shaded, soft, as JPEG."""
    small = opaque(art(rng))
    pitch = float(rng.uniform(7, 12))
    places = []
    for size in small.shape[:2]:
        edges = (np.arange(size + 1) + np.append(0, rng.normal(0, 0.1, size))) * pitch
        places.append(np.searchsorted(edges[1:-1], np.arange(int(size * pitch)) + 0.5))
    large = small[places[0][:, None], places[1]].astype(np.float64)
    large[..., :3] += 14 * (_smooth(rng, large.shape[:2], 2.5)[..., None] - 0.5)
    return jpeg(blurred(_solid(large[..., :3]), 0.8), int(rng.integers(75, 95)))


def editor(rng: np.random.Generator) -> RGBA:
    """A screenshot of an editor of pixel art: the canvas between bars with tools and swatches."""
    canvas = enlarged(opaque(art(rng)), int(rng.integers(5, 9)), 0)
    height, width = canvas.shape[:2]
    shade = int(rng.integers(30, 70))
    screen = Image.new("RGBA", (width + 220, height + 110), (shade, shade, shade + 4, 255))
    pen = ImageDraw.Draw(screen)
    face = font("DejaVuSans", 6)
    for place, word in enumerate(("File", "Edit", "Sprite", "Layer", "Frame", "Select", "View")):
        pen.text((10 + 52 * place, 8), word, fill="#dddddd", font=face)
    for place in range(16):
        x, y = 12 + 18 * (place % 2), 50 + 18 * (place // 2)
        pen.rectangle([x, y, x + 15, y + 15], fill=_color(rng))
    for place in range(8):
        x, y = screen.width - 50, 50 + 36 * place
        pen.rounded_rectangle([x, y, x + 28, y + 28], 5, fill=(shade + 30,) * 3)
        pen.ellipse([x + 7, y + 7, x + 20, y + 20], outline="#cccccc", width=2)
    pen.text((60, height + 78), f"{width} x {height}  100 %", fill="#dddddd", font=face)
    screen.paste(Image.fromarray(canvas), (100, 50))
    return jpeg(np.array(screen), 90) if rng.random() < 0.4 else np.array(screen)


def zoom(rng: np.random.Generator) -> RGBA:
    """A sharp picture from a page at 125 or 150 per cent, some of its pixels wider by one."""
    return enlarged(art(rng), float(rng.choice((2.5, 3.75, 4.5, 6.25))), 0)


# Lines


def ink_scan(rng: np.random.Generator) -> RGBA:
    """An ink drawing of pots and leaves, scanned: wobbly lines on warm paper with noise."""
    picture, pen = sheet((680, 760), "#f7f3e8")
    turn = np.linspace(0, 2 * np.pi, 18)
    wide = int(rng.integers(3, 6)) * FINE
    for _ in range(int(rng.integers(4, 8))):
        x, y, across, down = *rng.uniform(150, 520, 2), *rng.uniform(40, 140, 2)
        shape = np.stack([x + across * np.cos(turn), y + down * np.sin(turn) * (1 + 0.3 * np.cos(turn))], axis=1)
        pen.line(wobbly(rng, shape, 1.2), "#22201e", wide, joint="curve")
        pen.line(wobbly(rng, np.array([(x, y - down), (x + 8, y), (x, y + down)]), 1.5), "#22201e", wide // 2)
    return jpeg(grained(rng, shaded(rng, blurred(done(picture), 0.7)), 2), int(rng.integers(70, 92)))


def net(rng: np.random.Generator) -> RGBA:
    """A net of thin lines that recur: a fence, graph paper or a lattice of tiles, smooth at its edges."""
    width, height = int(rng.integers(400, 800)), int(rng.integers(400, 700))
    picture, pen = sheet((width, height), "white")
    pitch = float(rng.uniform(14, 50))
    color = str(rng.choice(("#000000", "#20408a", "#7a3b10")))
    wide = int(rng.integers(1, 4)) * FINE
    leaning = rng.random() < 0.4
    for place in np.arange(rng.uniform(0, pitch), max(width, height) * 2.0, pitch) * FINE:
        far = (height if leaning else 0) * FINE
        pen.line([(place, 0), (place - far, height * FINE)], color, wide)
        low, high = (place - width * FINE, place) if leaning else (place, place)
        pen.line([(0, low), (width * FINE, high)], color, wide)
    return jpeg(done(picture), 85) if rng.random() < 0.4 else done(picture)


def form(rng: np.random.Generator) -> RGBA:
    """A table with ruled lines and words in some of its cells."""
    columns, rows = int(rng.integers(3, 6)), int(rng.integers(10, 18))
    wide, high = int(rng.integers(90, 140)), int(rng.integers(26, 34))
    picture, pen = sheet((columns * wide + 60, rows * high + 60), "white")
    for row in range(rows + 1):
        y = (30 + row * high) * FINE
        pen.line([(30 * FINE, y), ((30 + columns * wide) * FINE, y)], "#333333", 2)
    for column in range(columns + 1):
        x = (30 + column * wide) * FINE
        pen.line([(x, 30 * FINE), (x, (30 + rows * high) * FINE)], "#333333", 2)
    text = TEXT.split()
    for row in range(rows):
        for column in range(columns):
            if rng.random() < 0.7:
                word, face = str(rng.choice(text)), font("LiberationSans-Regular", 14)
                pen.text(((38 + column * wide) * FINE, (36 + row * high) * FINE), word, fill="black", font=face)
    return done(picture)


def cel(rng: np.random.Generator) -> RGBA:
    """A face as in an anime: dark outlines, flat fills, hair and sky in gradients."""
    picture, pen = sheet((600, 600), "white")
    line, ink = int(rng.integers(3, 6)) * FINE, (40, 28, 36)
    shade = np.linspace(0, 1, 600 * FINE)[:, None, None]
    top, low = (np.array(_color(rng, 120)) for _ in range(2))
    sky = np.broadcast_to(top * (1 - shade) + low * shade, (600 * FINE, 600 * FINE, 3))
    picture.paste(Image.fromarray(_solid(sky)))
    hair, skin = _color(rng), (250, 222, 200)
    turn = np.linspace(0, 2 * np.pi, 30)
    x, y = rng.uniform(270, 330), rng.uniform(280, 320)
    for radius, fill in ((170, hair), (130, skin)):
        oval = np.stack([x + radius * np.cos(turn), y + (200 - radius) / 2 + 1.15 * radius * np.sin(turn)], axis=1)
        corners = [(float(u), float(v)) for u, v in oval * FINE]
        pen.polygon(corners, fill=fill)
        pen.line(corners, ink, line, joint="curve")
    for way in (-1, 1):
        eye = [x + way * 52 - 24, y - 10, x + way * 52 + 24, y + 58]
        pen.ellipse([each * FINE for each in eye], fill="white", outline=ink, width=line)
        pupil = [x + way * 52 - 15, y + 4, x + way * 52 + 15, y + 54]
        pen.ellipse([each * FINE for each in pupil], fill=_color(rng, 20, 160), outline=ink, width=line // 2)
    pen.arc([(x - 24) * FINE, (y + 70) * FINE, (x + 24) * FINE, (y + 104) * FINE], 20, 160, ink, line)
    for place in range(5):
        strand = [(x - 150 + 75 * place, y - 150), (x - 110 + 65 * place, y - 20), (x - 90 + 55 * place, y - 150)]
        spikes = [(u * FINE, v * FINE) for u, v in strand]
        pen.polygon(spikes, fill=hair)
        pen.line(spikes, ink, line, joint="curve")
    return jpeg(done(picture), 88) if rng.random() < 0.5 else done(picture)


# Flat


def badge(rng: np.random.Generator) -> RGBA:
    """An app's icon: a rounded square in a gradient with a white sign on it."""
    side = int(rng.choice((256, 512)))
    shade = np.linspace(0, 1, side * FINE)[:, None, None]
    top, low = (np.array(_color(rng, 40)) for _ in range(2))
    fill = np.broadcast_to(top * (1 - shade) + (0.6 * top + 0.4 * low) * shade, (side * FINE, side * FINE, 3))
    picture, pen = sheet((side, side), "white")
    mask = Image.new("L", picture.size, 0)
    unit = side * FINE / 100
    ImageDraw.Draw(mask).rounded_rectangle([8 * unit, 8 * unit, 92 * unit, 92 * unit], 18 * unit, fill=255)
    picture.paste(Image.fromarray(_solid(fill)), (0, 0), mask)
    if rng.random() < 0.5:
        pen.ellipse([30 * unit, 30 * unit, 70 * unit, 70 * unit], fill="white")
    else:
        pen.polygon([(50 * unit, 25 * unit), (75 * unit, 70 * unit), (25 * unit, 70 * unit)], fill="white")
    return done(picture)


def plaid(rng: np.random.Generator) -> RGBA:
    """A cloth of crossing bands of many widths, which recur, in flat colours."""
    side, period = int(rng.integers(400, 700)), int(rng.integers(70, 160))
    rgb = np.full((side, side, 3), _color(rng, 120), np.float64)
    for _ in range(int(rng.integers(3, 5))):
        begin, wide, color = rng.uniform(0, 1), rng.uniform(0.06, 0.3), np.array(_color(rng))
        place = np.arange(side) / period
        band = ((place - begin) % 1 < wide) * rng.uniform(0.4, 0.8)
        for share in (band[:, None, None], band[None, :, None]):
            rgb = rgb * (1 - share) + color * share
    spun = Image.fromarray(_solid(rgb)).rotate(float(rng.choice((0, 45))), Image.Resampling.BICUBIC)
    inner = np.array(spun)[side // 6 : -side // 6, side // 6 : -side // 6]
    return jpeg(inner, 88) if rng.random() < 0.5 else blurred(inner, 0.6)


# Photographs


def meme(rng: np.random.Generator) -> RGBA:
    """A photo with white words in black outlines at its top and foot."""
    below = Image.fromarray(photograph(rng))
    pen = ImageDraw.Draw(below)
    face = font("DejaVuSans-Bold", max(10, below.width // 24))
    for y, words in ((8, "WHEN THE BUILD"), (below.height - below.width // 8, "IS GREEN AT LAST")):
        pen.text((below.width // 10, y), words, fill="white", font=face, stroke_width=3, stroke_fill="black")
    return jpeg(np.array(below), int(rng.integers(50, 85)))


def watercolor(rng: np.random.Generator) -> RGBA:
    """A landscape in washes that pool at their edges, on rough paper."""
    height, width = 460, 620
    paper = 250 - 8 * _smooth(rng, (height, width), 1.2)[..., None]
    rgb, y = paper * np.ones(3), np.arange(height)[:, None] / height
    for depth in range(6):
        edge = 0.1 + 0.16 * depth + 0.2 * (_smooth(rng, (height, width), 40) - 0.5)
        wash = ndimage.gaussian_filter((y > edge).astype(np.float64), 1.2)
        pool = np.clip(wash - ndimage.gaussian_filter(wash, 7), 0, 1)
        strength = wash * (0.25 + 0.5 * _smooth(rng, (height, width), 25)) + 0.6 * pool
        rgb = rgb * (1 - np.clip(strength, 0, 1)[..., None] * (1 - np.array(_color(rng, 60, 230)) / 255))
    return jpeg(_solid(rgb), 88)


def render(rng: np.random.Generator) -> RGBA:
    """Balls on a plane in the light of a lamp: shading, soft shadows, a floor that fades, as renderers make it."""
    height, width = 420, 560
    y, x = np.mgrid[:height, :width] / height
    lamp = np.exp(-((x - rng.uniform(0.3, 1)) ** 2 + (y - 0.8) ** 2) / 0.5)[..., None]
    rgb = np.array(_color(rng, 90)) * (0.35 + 0.65 * lamp)
    wall = np.array(_color(rng, 90)) * (0.5 + 0.4 * y[..., None])
    rgb = np.where((y < 0.45)[..., None], wall, rgb)
    for _ in range(int(rng.integers(2, 6))):
        radius, u, v = rng.uniform(0.07, 0.18), rng.uniform(0.2, 1.1), rng.uniform(0.5, 0.8)
        shadow = np.exp(-(((x - u - 0.4 * radius) / radius) ** 2 + ((y - v - radius) / (0.35 * radius)) ** 2) / 1.5)
        rgb = rgb * (1 - 0.6 * shadow[..., None])
        dx, dy = (x - u) / radius, (y - v) / radius
        depth = np.sqrt(np.maximum(1 - dx * dx - dy * dy, 0))
        light = np.clip(-0.5 * dx - 0.6 * dy + 0.6 * depth, 0.1, 1)[..., None]
        ball = np.array(_color(rng)) * light + 190 * light**30
        rgb = np.where((dx * dx + dy * dy < 1)[..., None], ball, rgb)
    return _solid(rgb + rng.normal(0, 0.6, rgb.shape))


def room(rng: np.random.Generator) -> RGBA:
    """A phone's photo of a room: large plain walls in falling light, a window, a lamp, a sofa, noise, as JPEG."""
    height, width = 480, 640
    y, x = np.mgrid[:height, :width] / height
    wall = np.array(_color(rng, 150, 235)) * (0.55 + 0.45 * np.exp(-((x - 1.1) ** 2 + (y - 0.3) ** 2)))[..., None]
    floor = np.array((120, 85, 55)) * (0.5 + 0.3 * _smooth(rng, (height, width), 3) + 0.2 * y)[..., None]
    rgb = np.where((y > 0.75)[..., None], floor, wall)
    window = (np.abs(x - 1.05) < 0.14) & (np.abs(y - 0.3) < 0.18)
    rgb = np.where(window[..., None], 235 + 20 * _smooth(rng, (height, width), 9)[..., None], rgb)
    cushion = np.hypot((x - 0.4) / 0.3, (y - 0.68) / 0.16)[..., None] ** 4
    cloth = 0.85 + 0.3 * _smooth(rng, (height, width), 2)[..., None]
    sofa = np.array(_color(rng, 40, 180)) * (1.1 - 0.4 * cushion) * cloth
    rgb = np.where(cushion < 1, sofa, rgb)
    contact = np.exp(-(((x - 0.4) / 0.34) ** 4 + ((y - 0.84) / 0.04) ** 2))[..., None]
    rgb = rgb * (1 - 0.5 * contact)
    soft = blurred(_solid(rgb), 1.0)
    return jpeg(grained(rng, soft, float(rng.uniform(1.5, 6))), int(rng.integers(60, 90)))


FALSE: dict[str, Paint] = {"by an image model": imagined, "in an editor": editor, "from a zoomed page": zoom}
LINES: dict[str, Paint] = {"ink, scanned": ink_scan, "net": net, "form": form, "cel": cel}
FLATS: dict[str, Paint] = {"badge": badge, "plaid": plaid}
TONES: dict[str, Paint] = {"meme": meme, "watercolour": watercolor, "render": render, "room": room}
