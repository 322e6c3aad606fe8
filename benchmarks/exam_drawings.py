"""Drawings in lines for the exam of kinds: scans, plans, charts, comics, boards, pencil, letters."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from .exam_pixels import Paint, grained, shaded
from .grid_distortions import blurred, jpeg

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]

FINE = 2  # drawn so many times larger: smooth edges
TEXT = (
    "The committee met on Tuesday and agreed that the harbour wall should be repaired before winter. "
    "Costs are shared between the town and the county; work begins in June. Letters from residents were read. "
)


def sheet(side: tuple[int, int], ground: str = "#fdfdfb") -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A sheet that is drawn on FINE times larger, and its pen."""
    picture = Image.new("RGBA", (side[0] * FINE, side[1] * FINE), ground)
    return picture, ImageDraw.Draw(picture)


def done(picture: Image.Image) -> RGBA:
    """The sheet at its own size."""
    return np.array(picture.reduce(FINE))


def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A font of DejaVu or Liberation, for a sheet."""
    return ImageFont.truetype(f"{name}.ttf", size * FINE)


def wobbly(rng: np.random.Generator, points: Floats, amount: float) -> list[tuple[float, float]]:
    """A line through points as a hand draws it, in pixels of a sheet."""
    along = np.linspace(0, len(points) - 1, 24 * len(points))
    places = np.stack([np.interp(along, np.arange(len(points)), points[:, axis]) for axis in (0, 1)], axis=1)
    shake = ndimage.gaussian_filter1d(rng.normal(0, 1, places.shape), 6, axis=0)
    return [(float(x), float(y)) for x, y in (places + amount * 4 * shake) * FINE]


def scan(rng: np.random.Generator) -> RGBA:
    """A page of letters, slightly turned, with grey paper and noise."""
    picture, pen = sheet((620, 800))
    face = font(("LiberationSerif-Regular", "DejaVuSans", "LiberationMono-Regular")[int(rng.integers(3))], 17)
    text = TEXT * 8
    for line in range(30):
        if line % 9 != 7:
            pen.text((50 * FINE, (45 + 24 * line) * FINE), text[line * 55 : line * 55 + 55], fill="#181818", font=face)
    spun = picture.rotate(float(rng.uniform(-1, 1)), Image.Resampling.BICUBIC, fillcolor="#fdfdfb")
    page = grained(rng, done(spun), float(rng.uniform(1, 4)))
    return jpeg(page, int(rng.integers(60, 90)))


def lit_scan(rng: np.random.Generator) -> RGBA:
    """Such a page photographed, darker to one side."""
    return jpeg(grained(rng, shaded(rng, blurred(scan(rng), 0.7)), 2), 85)


def plan(rng: np.random.Generator) -> RGBA:
    """The plan of a flat: walls in thick lines, doors, measures."""
    width, height = int(rng.integers(500, 900)), int(rng.integers(400, 700))
    picture, pen = sheet((width, height), "white")
    xs = np.sort(rng.uniform(80, width - 80, 3))
    ys = np.sort(rng.uniform(80, height - 80, 2))
    wall = int(rng.choice((6, 9))) * FINE
    pen.rectangle([40 * FINE, 40 * FINE, (width - 40) * FINE, (height - 40) * FINE], outline="black", width=wall)
    for x in xs:
        pen.line([(x * FINE, 40 * FINE), (x * FINE, ys[0] * FINE)], "black", wall)
        pen.arc([(x - 40) * FINE, (ys[0] - 40) * FINE, (x + 40) * FINE, (ys[0] + 40) * FINE], 0, 90, "black", FINE * 2)
        pen.text(((x - 60) * FINE, 90 * FINE), f"{x / 50:.1f} m", fill="black", font=font("LiberationSans-Regular", 14))
    for y in ys:
        pen.line([(40 * FINE, y * FINE), ((width - 120) * FINE, y * FINE)], "black", wall)
    pen.line([(40 * FINE, (height - 20) * FINE), ((width - 40) * FINE, (height - 20) * FINE)], "black", FINE * 2)
    return done(picture)


def line_chart(rng: np.random.Generator) -> RGBA:
    """Coloured curves between axes with a grid of thin lines and letters."""
    picture, pen = sheet((720, 480), "white")
    for step in range(6):
        y, x = 60 + 70 * step, 80 + 115 * step
        pen.line([(80 * FINE, y * FINE), (680 * FINE, y * FINE)], "#cccccc", FINE)
        pen.text((40 * FINE, (y - 8) * FINE), f"{10 * (5 - step)}", fill="black", font=font("DejaVuSans", 12))
        pen.text((x * FINE, 425 * FINE), f"{2000 + step}", fill="black", font=font("DejaVuSans", 12))
    pen.line([(80 * FINE, 50 * FINE), (80 * FINE, 415 * FINE), (690 * FINE, 415 * FINE)], "black", 2 * FINE)
    for color in ("#1f77b4", "#d62728", "#2ca02c")[: int(rng.integers(2, 4))]:
        values = np.clip(np.cumsum(rng.normal(0, 9, 60)) + rng.uniform(150, 330), 60, 410)
        points = [((80 + 10 * place) * FINE, float(value) * FINE) for place, value in enumerate(values)]
        pen.line(points, color, 3 * FINE, joint="curve")
    return jpeg(done(picture), 85) if rng.random() < 0.5 else done(picture)


def diagram(rng: np.random.Generator) -> RGBA:
    """Boxes with words in them, and arrows."""
    picture, pen = sheet((800, 600), "white")
    centers = [(130 + 180 * column, 100 + 190 * row) for row in range(3) for column in range(4) if rng.random() < 0.75]
    fill = str(rng.choice(("white", "#dae8fc", "#fff2cc")))
    for (x, y), (u, v) in pairwise(centers):
        pen.line([(x * FINE, y * FINE), (u * FINE, v * FINE)], "black", 2 * FINE)
    for number, (x, y) in enumerate(centers):
        box = [(x - 65) * FINE, (y - 35) * FINE, (x + 65) * FINE, (y + 35) * FINE]
        (pen.ellipse if rng.random() < 0.3 else pen.rectangle)(box, fill=fill, outline="black", width=2 * FINE)
        face = font("LiberationSans-Regular", 18)
        pen.text(((x - 36) * FINE, (y - 10) * FINE), f"Step {number}", fill="black", font=face)
    return done(picture)


def comic(rng: np.random.Generator) -> RGBA:
    """Panels with outlined figures, flat colours and balloons; blurred, as JPEG."""
    picture, pen = sheet((760, 760), "white")
    line = 5 * FINE
    for row in range(2):
        for column in range(2):
            left, top = (20 + 370 * column) * FINE, (20 + 370 * row) * FINE
            sky, ground, skin, shirt = (tuple(int(part) for part in rng.integers(90, 250, 3)) for _ in range(4))
            size = 350 * FINE
            pen.rectangle([left, top, left + size, top + size], fill=sky)
            low = top + size * 2 // 3
            pen.rectangle([left, low, left + size, top + size], fill=ground, outline="black", width=line)
            x, y = left + int(size * rng.uniform(0.3, 0.6)), top + size // 2
            pen.rectangle([x - 40 * FINE, y, x + 40 * FINE, y + 130 * FINE], fill=shirt, outline="black", width=line)
            head = [x - 50 * FINE, y - 80 * FINE, x + 50 * FINE, y + 20 * FINE]
            pen.ellipse(head, fill=skin, outline="black", width=line)
            for eye in (-18, 18):
                pen.ellipse([x + (eye - 6) * FINE, y - 40 * FINE, x + (eye + 6) * FINE, y - 24 * FINE], fill="black")
            pen.arc([x - 25 * FINE, y - 30 * FINE, x + 25 * FINE, y + 5 * FINE], 20, 160, "black", line)
            balloon = [left + 20 * FINE, top + 15 * FINE, left + 230 * FINE, top + 75 * FINE]
            pen.ellipse(balloon, fill="white", outline="black", width=line)
            pen.text((left + 60 * FINE, top + 32 * FINE), "HELLO YOU!", fill="black", font=font("DejaVuSans-Bold", 16))
            pen.rectangle([left, top, left + size, top + size], outline="black", width=line)
    return jpeg(blurred(done(picture), float(rng.uniform(0.8, 2))), int(rng.integers(65, 92)))


def board(rng: np.random.Generator) -> RGBA:
    """A whiteboard photographed: markers of some colours, boxes and words by hand, uneven light, noise."""
    picture, pen = sheet((900, 640), "#eef0f2")
    for _ in range(int(rng.integers(5, 10))):
        color = str(rng.choice(("#1c2a6e", "#b02020", "#1f7a3a", "#222222")))
        x, y = rng.uniform(80, 700), rng.uniform(80, 500)
        box = np.array([(0, 0), (130, 0), (130, 70), (0, 70), (0, 0)]) + np.array((x, y))
        if rng.random() < 0.5:
            pen.line(wobbly(rng, box, 2), color, 5 * FINE, joint="curve")
        else:
            for line in range(3):
                ups = np.stack([np.arange(0.0, 140, 9), 10 * rng.normal(size=16)], axis=1) + np.array(
                    (x, y + 32.0 * line)
                )
                pen.line(wobbly(rng, ups, 1), color, 4 * FINE, joint="curve")
    return jpeg(grained(rng, shaded(rng, blurred(done(picture), 0.8)), 3), 82)


def pencil(rng: np.random.Generator) -> RGBA:
    """A sketch in grey strokes that miss the paper's grain here and there."""
    picture, pen = sheet((700, 700), "white")
    turn = np.linspace(0, 2 * np.pi, 14)
    for _ in range(int(rng.integers(5, 9))):
        x, y, radius = *rng.uniform(180, 520, 2), rng.uniform(50, 170)
        points = np.stack([x + radius * np.cos(turn), y + radius * rng.uniform(0.5, 1.2) * np.sin(turn)], axis=1)
        for _ in range(2):
            pen.line(wobbly(rng, points, 2), "#404040", 2 * FINE, joint="curve")
    ink = 1 - done(picture)[..., 0] / 255.0
    grain = ndimage.gaussian_filter(rng.random(ink.shape), 0.8)
    grain = (grain - grain.min()) / (grain.max() - grain.min())
    tone = 248 - 200 * ink * np.clip(0.4 + 1.1 * grain, 0, 1)
    return jpeg(np.dstack([tone, tone, tone - 3, np.full(ink.shape, 255)]).astype(np.uint8), 88)


def coloring(rng: np.random.Generator) -> RGBA:
    """A page to colour: a flower or a face in black lines of one width, nothing filled."""
    picture, pen = sheet((640, 640), "white")
    wide = int(rng.choice((4, 6, 9))) * FINE
    petals = int(rng.integers(5, 9))
    for turn in np.arange(petals) * 2 * np.pi / petals + rng.random():
        x, y = 320 + 130 * np.cos(turn), 300 + 130 * np.sin(turn)
        box = [(x - 75) * FINE, (y - 75) * FINE, (x + 75) * FINE, (y + 75) * FINE]
        pen.ellipse(box, fill="white", outline="black", width=wide)
    pen.ellipse([240 * FINE, 220 * FINE, 400 * FINE, 380 * FINE], fill="white", outline="black", width=wide)
    pen.line(wobbly(rng, np.array([(320, 500), (310, 560), (325, 630)]), 2), "black", wide)
    return blurred(done(picture), 1.2) if rng.random() < 0.5 else done(picture)


def score(rng: np.random.Generator) -> RGBA:
    """Sheet music: staves of five thin lines, notes with stems."""
    picture, pen = sheet((800, 560), "white")
    for stave in range(3):
        top = 60 + 170 * stave
        for line in range(5):
            pen.line([(40 * FINE, (top + 14 * line) * FINE), (760 * FINE, (top + 14 * line) * FINE)], "black", 3)
        for x in range(80, 740, 44):
            y = top + 7 * int(rng.integers(-1, 10))
            pen.ellipse([x * FINE, (y - 6) * FINE, (x + 17) * FINE, (y + 6) * FINE], fill="black")
            pen.line([((x + 16) * FINE, y * FINE), ((x + 16) * FINE, (y - 48) * FINE)], "black", 2 * FINE)
    return jpeg(done(picture), 75) if rng.random() < 0.5 else done(picture)


def contours(rng: np.random.Generator) -> RGBA:
    """A map's contour lines, brown on cream, every fifth bold, a blue river."""
    field = ndimage.gaussian_filter(rng.normal(0, 1, (700, 800)), 55)
    level = (field - field.min()) / (field.max() - field.min()) * 12
    slope = np.hypot(*np.gradient(level)) + 1e-6
    wide = np.where(np.rint(level) % 5 == 0, 2.2, 1.1)
    line = np.clip(wide - np.abs(level - np.rint(level)) / slope + 0.5, 0, 1)
    rgb = np.array((250, 246, 232)) * (1 - line[..., None]) + np.array((150, 100, 50)) * line[..., None]
    return np.dstack([rgb, np.full(level.shape, 255)]).astype(np.uint8)


def hatched(rng: np.random.Generator) -> RGBA:
    """An engraving: round and angular forms, shaded by crossing lines, noise on it."""
    picture, pen = sheet((640, 640), "#f6f1e4")
    for _ in range(5):
        x, y, radius = *rng.uniform(150, 490, 2), rng.uniform(60, 140)
        turns = np.linspace(0, 6.28, int(rng.integers(4, 40)))
        corners = [(x + radius * np.cos(turn), y + radius * np.sin(turn)) for turn in turns]
        scaled = [(float(u) * FINE, float(v) * FINE) for u, v in corners]
        pen.polygon(scaled, fill="#f6f1e4", outline="#20180f", width=3 * FINE)
        for step in np.arange(-radius * 0.6, radius * 0.6, 8):
            reach = 0.7 * np.sqrt(radius**2 - step**2)
            pen.line([((x + step) * FINE, (y + reach) * FINE), ((x + step + 12) * FINE, y * FINE)], "#20180f", 3)
    return jpeg(grained(rng, done(picture), 2.5), 85)


LINES: dict[str, Paint] = {
    "scan": scan,
    "photographed page": lit_scan,
    "plan": plan,
    "line chart": line_chart,
    "diagram": diagram,
    "comic": comic,
    "board": board,
    "pencil": pencil,
    "colouring page": coloring,
    "score": score,
    "contours": contours,
    "engraving": hatched,
}
