"""Kernels between bytes and floats: one pass over the picture each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cores import in_bands
from . import vector
from .jit import any_float_kernel, full_width, kernel, leaf_kernel

u64 = np.uint64

FULL = np.float32(255)


def to_bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """As `pixel.levels.to_bytes`."""
    channels, flat = values.shape[-1], np.ascontiguousarray(values).reshape(-1)
    out = np.empty((*values.shape[:-1], 4), np.uint8)
    pixels, form = out.reshape(-1), {1: from_grey, 3: from_rgb, 4: from_rgba}[channels]
    count = pixels.size // 4
    in_bands(lambda a, b: form(flat[a * channels : b * channels], pixels[4 * a : 4 * b]), count, count)
    return out


def to_floats(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """As `pixel.levels.to_floats`."""
    flat, out = np.ascontiguousarray(pixels).reshape(-1), np.empty(pixels.shape, np.float32)
    values = out.reshape(-1)
    in_bands(lambda a, b: divide(flat[a:b], values[a:b]), flat.size, flat.size // 4)
    return out


def paint(indices: NDArray[np.int16], opaque: NDArray[np.bool_], entries: NDArray[Any], out: NDArray[Any]) -> None:
    """As `pixel.levels.paint`."""
    index, mask = np.ascontiguousarray(indices).reshape(-1), np.ascontiguousarray(opaque).reshape(-1)
    if out.dtype == np.uint8:  # a pixel's four bytes at a time
        whole, pixels = np.ascontiguousarray(entries).view(np.uint32).reshape(-1), out.view(np.uint32).reshape(-1)
        in_bands(lambda a, b: paint_bytes(index[a:b], mask[a:b], whole, pixels[a:b]), index.size, index.size)
    else:
        table, flat = (each.view(np.uint32).reshape(-1) for each in (np.ascontiguousarray(entries), out))
        in_bands(lambda a, b: paint_floats(index[a:b], mask[a:b], table, flat[4 * a : 4 * b]), index.size, index.size)


@any_float_kernel
def byte(value):
    """The nearest of 0..255 for a share of 255; neither comparison holds for NaN, which so becomes 0."""
    scaled = value * FULL
    above = scaled if scaled > np.float32(0) else np.float32(0)
    return np.uint8(np.rint(above if above < FULL else FULL))


@any_float_kernel
def from_grey(values, pixels):
    """One channel to four."""
    for i in range(values.shape[0]):
        grey = byte(values[i])
        pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2], pixels[4 * i + 3] = grey, grey, grey, np.uint8(255)


@any_float_kernel
def from_rgb(values, pixels):
    """Three channels to four."""
    full_width()
    many = pixels.shape[0] // (4 * vector.SIZE)
    for i in range(many):
        vector.opaque(values, u64(3 * vector.SIZE * i), pixels, u64(4 * vector.SIZE * i))
    for i in range(many * vector.SIZE, values.shape[0] // 3):
        pixels[4 * i], pixels[4 * i + 1] = byte(values[3 * i]), byte(values[3 * i + 1])
        pixels[4 * i + 2], pixels[4 * i + 3] = byte(values[3 * i + 2]), np.uint8(255)


@any_float_kernel
def from_rgba(values, pixels):
    """Four channels to four."""
    full_width()
    many = values.shape[0] // vector.SIZE
    for i in range(many):
        vector.to_bytes(values, u64(vector.SIZE * i), pixels, u64(vector.SIZE * i))
    for i in range(many * vector.SIZE, values.shape[0]):
        pixels[i] = byte(values[i])


@kernel
def divide(pixels, values):
    """Bytes as shares of 255."""
    for i in range(pixels.shape[0]):
        values[i] = np.float32(pixels[i]) / FULL


@kernel
def paint_bytes(indices, opaque, entries, pixels):
    """The entry for each index, 0 outside the mask."""
    for i in range(indices.shape[0]):
        pixels[i] = entries[indices[i]] if opaque[i] else np.uint32(0)


@leaf_kernel
def paint_floats(indices, opaque, entries, values):
    """The four numbers for each index, all at once, zeros outside the mask."""
    for i in range(indices.shape[0]):
        at = u64(i)
        vector.copy(entries, u64(4) * u64(np.uint16(indices[at])), values, u64(4) * at, opaque[at])


def warm() -> None:
    """Compile all of it."""
    for channels in (1, 3, 4):
        to_bytes(np.zeros((1, channels), np.float32))
    to_floats(np.zeros(1, np.uint8))
    for dtype in (np.uint8, np.float32):
        paint(np.zeros(1, np.int16), np.ones(1, np.bool_), np.zeros((1, 4), dtype), np.empty((1, 4), dtype))
