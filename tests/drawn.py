"""Pixel art as text, so that a test shows what it means: `.` is transparent, each other letter a colour."""

import numpy as np

INK = {
    ".": (0, 0, 0, 0),
    "X": (0, 0, 0, 255),
    "o": (240, 200, 160, 255),
    "d": (150, 100, 80, 255),
    "n": (232, 192, 150, 255),  # noise: near to o
    "w": (255, 255, 255, 255),
    "b": (60, 80, 160, 255),
}
LETTERS = {color: letter for letter, color in INK.items()}


def picture(text):
    return np.array([[INK[letter] for letter in row] for row in text.split()], np.uint8)


def text(pixels):
    return "\n".join("".join(LETTERS[tuple(pixel)] for pixel in row) for row in pixels.tolist())


def rows(drawing):
    """A drawing as `text` writes it, to compare with."""
    return "\n".join(drawing.split())
