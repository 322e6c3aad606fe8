"""Photos of drawings on paper to pictures without the paper: PNGs that are transparent around the drawing.

python examples/sprite/cut_paper.py FOLDER PHOTO...

Each photo becomes FOLDER/NAME.png. All are cut to one square that holds every drawing, so that photos that were taken
from the same place stay in register, as the frames of an animation have to.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

LONGEST = 640  # pixels of a photo's long side: more isn't needed for a sprite
WINDOW = 51  # pixels: wider than a pen's line, so that each window shows some paper
INK = 0.8  # of the paper's brightness, and less, is drawn on
COLOR = 0.25  # and so is what is more colourful than this, of 0 to 1
MARGIN = 8  # pixels of paper around the drawings


def flattened(photo):
    """The photo as if its light were even and its paper white: float [H, W, 3], 1 is the paper."""
    pixels = np.asarray(photo, np.float32) / 255
    small = photo.resize((photo.width // 4, photo.height // 4))
    paper = small.filter(ImageFilter.MaxFilter(WINDOW // 4 | 1)).filter(ImageFilter.GaussianBlur(WINDOW / 4))
    light = np.asarray(paper.resize(photo.size, Image.Resampling.BICUBIC), np.float32) / 255
    brightest = np.quantile(light.reshape(-1, 3), 0.9, axis=0)  # inside a large drawing a window shows no paper
    return np.clip(pixels / np.maximum(light, brightest * 0.5), 0, 1)


def outside(picture):
    """What is paper from the edge inwards, up to the first line: bool [H, W]."""
    drawn = (picture.min(axis=2) < INK) | (picture.max(axis=2) - picture.min(axis=2) > COLOR)
    mask = Image.fromarray(np.pad(drawn, 1).astype(np.uint8) * 255)
    mask = mask.filter(ImageFilter.MedianFilter(5))  # grain is no line
    ImageDraw.floodfill(mask, (0, 0), 128)
    return np.asarray(mask)[1:-1, 1:-1] == 128


def square(masks):
    """The corners of the square that holds every drawing."""
    rows, columns = np.nonzero(~np.logical_and.reduce(masks))
    middle = (columns.min() + columns.max()) // 2, (rows.min() + rows.max()) // 2
    half = max(np.ptp(columns), np.ptp(rows)) // 2 + MARGIN
    return middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half


def main(folder, *names):
    """Cut every photo."""
    pictures = []
    for name in names:
        with Image.open(name) as file:
            photo = ImageOps.exif_transpose(file).convert("RGB")
        photo.thumbnail((LONGEST, LONGEST))
        pictures.append(flattened(photo))
    masks = [outside(picture) for picture in pictures]
    for name, picture, mask in zip(names, pictures, masks, strict=True):
        pixels = np.dstack([picture, ~mask])
        cut = Image.fromarray((pixels * 255).round().astype(np.uint8)).crop(square(masks))
        cut.save(Path(folder) / f"{Path(name).stem}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
