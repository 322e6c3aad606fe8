"""Pixel art for the exam of kinds, in its own pixels and as people find it: odd sizes, pages, screens, noise, light."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pixart_nodes.drawings.prompt.reading import read
from pixart_nodes.drawings.scene.scene import paint

from .grid_distortions import blurred, jpeg, resized

RGBA = NDArray[np.uint8]
Paint = Callable[[np.random.Generator], RGBA]

WORDS = (
    *("a red dragon", "a wizard in a forest at night", "two cats on a sofa", "a lighthouse by the sea", "an apple"),
    *("a knight with a sword", "a robot in a city", "a bowl of ramen", "a haunted house in fog", "a rocket in space"),
    *("a girl with a red hat in the rain", "an owl on a branch", "a castle on a hill at sunset", "a treasure chest"),
    *("a fish under water", "a mushroom", "a train in the mountains", "a skeleton", "a market in winter", "a potion"),
)
PRIMARY = ((29, 43, 83), (126, 37, 83), (0, 135, 81), (171, 82, 54), (95, 87, 79), (194, 195, 199), (255, 241, 232))


def _image(rgba: RGBA) -> Image.Image:
    return Image.fromarray(rgba)


def words(rng: np.random.Generator) -> RGBA:
    """What the pack draws to words, some on a transparent ground."""
    size = int(rng.choice((32, 48, 64, 80, 96)))
    return paint(read(str(rng.choice(WORDS))), size, size, seed=int(rng.integers(99))).pixels


def isometric(rng: np.random.Generator) -> RGBA:
    """Isometric blocks of three shades each, with a few dots, on a plain or a transparent ground."""
    half, count = int(rng.choice((8, 12, 16))), int(rng.integers(3, 7))
    size = 2 * half * (count + 1), half * (count + 4)
    ground = (0, 0, 0, 0) if rng.random() < 0.4 else (*PRIMARY[int(rng.integers(7))], 255)
    picture = Image.new("RGBA", size, ground)
    pen = ImageDraw.Draw(picture)
    for row in range(count):
        for column in range(count):
            x, y = size[0] // 2 + (column - row) * half, half * 2 + (column + row) * half // 2
            y -= int(rng.integers(0, 3)) * half // 2
            color = np.array(PRIMARY[int(rng.integers(2, 6))])
            top, left, right = (tuple(int(part) for part in color * share) for share in (1, 0.75, 0.55))
            quarter, end, low = half // 2, x + half - 1, y + 2 * half
            pen.polygon([(x, y), (end, y + quarter), (x, y + 2 * quarter), (x - half + 1, y + quarter)], top)
            pen.polygon([(x - half, y + quarter), (x, y + half), (x, low), (x - half, y + half + quarter)], left)
            pen.polygon([(end, y + quarter), (x, y + half), (x, low), (end, y + half + quarter)], right)
            for _ in range(4):
                pen.point((int(x + rng.integers(-3, 4)), int(y + quarter + rng.integers(-2, 3))), (255, 241, 232))
    return np.array(picture)


def terminal(rng: np.random.Generator) -> RGBA:
    """A screen of letters of few pixels in some colours, as roguelike games have it."""
    width, height = int(rng.choice((160, 240, 320))), int(rng.choice((120, 160, 200)))
    picture = Image.new("RGBA", (width, height), (12, 12, 20, 255))
    pen = ImageDraw.Draw(picture)
    pen.fontmode = "1"
    font = ImageFont.truetype("DejaVuSansMono.ttf", 10)
    for y in range(0, height - 10, 11):
        text = "".join(rng.choice(list("##..@gD~^^/|-ABCXYZ01239 ....   "), width // 6))
        for place, letter in enumerate(text):
            pen.text((6 * place, y), letter, fill=PRIMARY[(ord(letter) * 7) % 7], font=font)
    return np.array(picture)


def tilemap(rng: np.random.Generator) -> RGBA:
    """A console's screen: few tiles of 8 x 8, drawn at random with symmetry, many times."""
    colors = np.array(PRIMARY)[rng.permutation(7)[:4]]
    tiles = []
    for _ in range(int(rng.integers(4, 9))):
        quarter = rng.choice(4, (4, 8), p=(0.55, 0.2, 0.15, 0.1))
        tiles.append(np.concatenate([quarter, quarter[::-1]]))
    rows, columns = int(rng.choice((16, 24, 30))), int(rng.choice((20, 32)))
    field = rng.choice(len(tiles), (rows, columns), p=None)
    field[: rows // 3] = 0
    picture = np.concatenate([np.concatenate([tiles[each] for each in row], axis=1) for row in field])
    return np.dstack([colors[picture], np.full(picture.shape, 255)]).astype(np.uint8)


def dithered_scene(rng: np.random.Generator) -> RGBA:
    """A sky and a sea in bands of a checkered pattern, and a sun: an old computer's picture."""
    height, width = int(rng.choice((96, 144, 200))), int(rng.choice((128, 160, 256)))
    y, x = np.mgrid[:height, :width]
    level = y / height * 5 + np.array([[0, 0.5], [0.75, 0.25]])[y % 2, x % 2]
    colors = np.array(PRIMARY)[rng.permutation(7)[:6]]
    rgb = colors[np.minimum(level.astype(int), 5)]
    rgb[np.hypot(x - width * rng.uniform(0.2, 0.8), y - height * 0.35) < height / 7] = (255, 241, 232)
    for _ in range(int(rng.integers(2, 6))):
        left, top = int(rng.integers(0, width - 20)), int(rng.integers(height // 2, height - 12))
        rgb[top : top + 9, left : left + 14] = colors[5] // 2
        rgb[top + 2 : top + 5, left + 3 : left + 5] = (255, 236, 39)
    return np.dstack([rgb, np.full(level.shape, 255)]).astype(np.uint8)


NATIVE: dict[str, Paint] = {
    "words": words,
    "isometric": isometric,
    "terminal": terminal,
    "tile map": tilemap,
    "dithered scene": dithered_scene,
}


# As people find it


def art(rng: np.random.Generator) -> RGBA:
    """A part of native pixel art, at most 96 pixels a side."""
    paints = (words, words, isometric, tilemap, dithered_scene)
    drawing = paints[int(rng.integers(len(paints)))](rng)
    return drawing[:96, :96]


def opaque(small: RGBA, ground: tuple[int, int, int] = (238, 238, 230)) -> RGBA:
    """The picture on a ground."""
    below = Image.new("RGBA", small.shape[1::-1], (*ground, 255))
    below.alpha_composite(_image(small))
    return np.array(below)


def enlarged(small: RGBA, scale: float, how: int) -> RGBA:
    """The picture so many times as large, resampled in one of Pillow's ways."""
    size = round(small.shape[1] * scale), round(small.shape[0] * scale)
    return np.array(_image(small).resize(size, Image.Resampling(how)))


def odd_nearest(rng: np.random.Generator) -> RGBA:
    """Enlarged by no whole number, sharp."""
    return enlarged(art(rng), float(rng.choice((2.7, 3.3, 5.5, 9.4))), Image.Resampling.NEAREST)


def odd_soft(rng: np.random.Generator) -> RGBA:
    """Enlarged by no whole number, with ramps, as JPEG or not."""
    how = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)[int(rng.integers(3))]
    large = enlarged(opaque(art(rng)), float(rng.choice((2.7, 3.3, 4.6, 6.2))), how)
    return jpeg(large, int(rng.integers(60, 91))) if rng.random() < 0.5 else large


def saved(rng: np.random.Generator) -> RGBA:
    """Enlarged to whole squares, as JPEG."""
    return jpeg(enlarged(opaque(art(rng)), int(rng.integers(3, 11)), 0), int(rng.integers(60, 91)))


def on_page(rng: np.random.Generator) -> RGBA:
    """In a page with margins and a smooth line of text below it."""
    large = enlarged(opaque(art(rng)), float(rng.choice((4, 5, 6.5, 8))), 0)
    height, width = large.shape[:2]
    left, top = (int(each) for each in rng.integers(20, 90, 2))
    page = Image.new("RGBA", (width + 2 * left, height + 2 * top + 20), (250, 250, 250, 255))
    page.paste(_image(large), (left, top))
    font = ImageFont.truetype("LiberationSans-Regular.ttf", 16)
    ImageDraw.Draw(page).text((left, height + top + 8), "A picture that somebody made", fill="#333333", font=font)
    return jpeg(np.array(page), 85) if rng.random() < 0.5 else np.array(page)


def turned(rng: np.random.Generator) -> RGBA:
    """Enlarged and turned by half a degree."""
    large = enlarged(opaque(art(rng)), int(rng.integers(6, 11)), 0)
    spun = _image(large).rotate(float(rng.choice((-0.5, 0.5))), Image.Resampling.BICUBIC)
    height, width = large.shape[:2]
    return np.array(spun.crop((8, 8, width - 8, height - 8)))


def noisy(rng: np.random.Generator) -> RGBA:
    """Enlarged, with a camera's noise."""
    large = enlarged(opaque(art(rng)), int(rng.integers(5, 11)), 0)
    return grained(rng, large, float(rng.uniform(5, 9)))


def unevenly_lit(rng: np.random.Generator) -> RGBA:
    """Enlarged, lit from one side, with a slight blur."""
    return shaded(rng, blurred(enlarged(opaque(art(rng)), int(rng.integers(6, 11)), 0), 0.8))


def screen(rng: np.random.Generator) -> RGBA:
    """Enlarged on a tube: dark lines between rows, and a slight glow."""
    scale = int(rng.choice((4, 6, 8)))
    large = enlarged(opaque(art(rng)), scale, 0).astype(np.float64)
    large[np.arange(large.shape[0]) % scale == scale - 1, :, :3] *= 0.6
    return blurred(np.rint(large).astype(np.uint8), 0.6)


def grained(rng: np.random.Generator, rgba: RGBA, sigma: float) -> RGBA:
    """The picture with normal noise of so many levels."""
    result = rgba.copy()
    noise = rng.normal(0, sigma, (*rgba.shape[:2], 3))
    result[..., :3] = np.clip(np.rint(rgba[..., :3] + noise), 0, 255)
    return result


def shaded(rng: np.random.Generator, rgba: RGBA) -> RGBA:
    """The picture with less light towards one side."""
    height, width = rgba.shape[:2]
    y, x = np.mgrid[:height, :width]
    turn = rng.uniform(0, 2 * np.pi)
    along = np.cos(turn) * x / width + np.sin(turn) * y / height
    along = (along - along.min()) / (along.max() - along.min())
    light = 1 - rng.uniform(0.2, 0.45) * along
    result = rgba.copy()
    result[..., :3] = np.rint(rgba[..., :3] * light[..., None])
    return result


def smaller(rng: np.random.Generator) -> RGBA:
    """Enlarged to large squares, then made smaller with soft edges, as JPEG."""
    large = enlarged(opaque(art(rng)), 10, 0)
    return jpeg(resized(large, float(rng.uniform(0.45, 0.8)), Image.Resampling.LANCZOS), 80)


FALSE: dict[str, Paint] = {
    "odd and sharp": odd_nearest,
    "odd and soft": odd_soft,
    "JPEG": saved,
    "in a page": on_page,
    "turned": turned,
    "noisy": noisy,
    "lit unevenly": unevenly_lit,
    "on a tube": screen,
    "made smaller again": smaller,
}
