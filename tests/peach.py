"""A drawn peach in front of a blue wall: harmless, and taken for nudity by the detector."""

import numpy as np

SIDE = 320


def peach():
    """uint8 [320, 320, 4]: two shaded ellipses side by side, and the furrow between them."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    colors = np.tile(np.array([40.0, 60, 120]), (SIDE, SIDE, 1))
    for middle in (107, 213):
        far = ((x - middle) / 66) ** 2 + ((y - 170) / 67) ** 2
        shaded = np.array([200, 140, 110]) * (1 - 0.43 * far[..., None])
        colors[far < 1] = shaded[far < 1]
    colors[(abs(x - 160) < 4) & (abs(y - 170) < 60)] *= 0.5
    return np.dstack([colors.astype(np.uint8), np.full((SIDE, SIDE), 255, np.uint8)])


def small_peach(side=64):
    """The same as pixel art of `side` pixels, each the mean of a square."""
    step = SIDE // side
    return peach().reshape(side, step, side, step, 4).mean(axis=(1, 3)).astype(np.uint8)
