"""LVGL itself shows our image files, of every format of its version 9, as they were meant."""

import os

import numpy as np
import pypi
import pytest
from pixart_nodes.pixel.files import indexed
from pixart_nodes.pixel.files.panel import lvgl, lvgl_indexed, rgb565
from pixart_nodes.pixel.files.panel.transparency import Transparency

WIDTH, HEIGHT = 13, 7  # rows that don't end with a byte
HIGH_BITS = np.array([0xF8, 0xFC, 0xF8, 0xFF], np.uint8)  # of a colour in RGB565
RANDOM = np.random.default_rng(9)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What LVGL shows of a file: uint8 [HEIGHT, WIDTH, 4], straight alpha."""
    folder = tmp_path_factory.mktemp("lvgl")
    path = os.pathsep.join([pypi.firmware(folder), os.environ.get("PYTHONPATH", "")])

    def show(data):
        image, pixels = folder / "image.bin", folder / "pixels"
        image.write_bytes(data)
        done = pypi.ran(folder, str(pypi.PROGRAMS / "lvgl_shows.py"), str(image), str(pixels), PYTHONPATH=path)
        assert done.returncode == 0, done.stderr
        return np.frombuffer(pixels.read_bytes(), np.uint8).reshape(HEIGHT, WIDTH, 4)

    return show


def art(colors):
    """Pixels of so many colours, of which the first is transparent."""
    table = np.unique(RANDOM.integers(0, 256, (colors, 4), dtype=np.uint8) | (0, 0, 0, 255), axis=0).astype(np.uint8)
    table[0] = 0
    return table[RANDOM.integers(0, len(table), (HEIGHT, WIDTH))]


@pytest.mark.parametrize(("colors", "bits"), [(2, "auto"), (4, "auto"), (5, "auto"), (16, "4"), (60, "auto"), (2, "8")])
def test_lvgl_shows_indexed_images_of_every_depth(shown, colors, bits):
    rgba = art(colors)
    plan = indexed.index(rgba, None)
    seen = shown(lvgl_indexed.encode(plan, "lvgl-9", bits))
    assert np.array_equal(seen * (seen[..., 3:] > 0), rgba)


@pytest.mark.parametrize(
    ("way", "order"),
    [
        ("background", "big-endian"),
        ("background", "little-endian"),
        ("alpha", "little-endian"),
        ("key-color", "big-endian"),
    ],
)
def test_lvgl_shows_rgb565_in_both_orders_and_with_alpha(shown, way, order):
    rgba = RANDOM.integers(0, 256, (HEIGHT, WIDTH, 4), dtype=np.uint8)
    frame = Transparency(way).packed(rgba, (WIDTH, HEIGHT), wire=rgb565.Wire(order))
    swapped = order == "big-endian"
    seen = shown(lvgl.write("lvgl-9", lvgl.Frame(frame.words, WIDTH, HEIGHT, swapped, "art", frame.alpha)))
    alpha = (
        np.frombuffer(frame.alpha, np.uint8).reshape(HEIGHT, WIDTH) if frame.alpha else np.full((HEIGHT, WIDTH), 255)
    )
    meant = np.dstack([frame.colors, alpha]).astype(np.uint8)
    visible = alpha > 0
    assert np.array_equal(seen[..., 3], alpha)
    assert np.array_equal((seen & HIGH_BITS)[visible], (meant & HIGH_BITS)[visible])
