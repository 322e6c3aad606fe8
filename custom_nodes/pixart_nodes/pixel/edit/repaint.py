"""Masks, and the part of a picture that a model draws anew: AUTOMATIC1111's inpainting arithmetic (1.10).

Masks are uint8 [H, W]: 255 is drawn anew, 0 is kept, and between them the two are mixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..files import extent

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

AREAS = ("whole picture", "only masked")
FILLS = ("original", "fill", "noise", "nothing")
# Radius and number of layers, from far to near, of AUTOMATIC1111's masking.fill; the picture itself is on top.
FILL_LAYERS = ((256, 1), (64, 1), (16, 2), (4, 4), (2, 2))
LENGTH_MULTIPLE = 64  # a transform's length is a multiple of it: of a prime length it takes three times as long
FAINTEST_COLOR = 1 / 510  # of a colour; less rounds to nothing in bytes, as AUTOMATIC1111 reckons


@dataclass(frozen=True)
class Box:
    """A part of a picture: from left and top up to, but without, right and bottom."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.right - self.left, self.bottom - self.top

    def of(self, pixels: Bytes) -> Bytes:
        """The box's part of a picture uint8 [H, W, ...]: uint8 [height, width, ...]."""
        return pixels[self.top : self.bottom, self.left : self.right]


def mask_of(rgba: Bytes) -> Bytes:
    """A mask as people paint it, uint8 [H, W, 4]: light is drawn anew; what is transparent is kept.

    Strokes of one colour on transparent ground count by their alpha, whatever the colour: then it says nothing.
    """
    visible = rgba[rgba[..., 3] > 0][:, :3]
    if len(visible) < rgba[..., 0].size and (visible == visible[:1]).all():
        return rgba[..., 3].copy()
    # ITU-R BT.601 luma in 16-bit integers, as Pillow's convert("L") has it; greys stay as they are.
    luma = (rgba[..., :3].astype(np.int64) @ np.array([19595, 38470, 7471]) + 32768) >> 16
    return _bytes(luma * (rgba[..., 3] / 255))


def blurred(mask: Bytes, sigma: float) -> Bytes:
    """Gaussian blur as wide as AUTOMATIC1111's mask_blur: 2 * int(2.5 * sigma + 0.5) + 1 taps, mirrored at the edges.

    Rounded after each axis, as OpenCV does with bytes. Sigma in pixels; 0 changes nothing.
    """
    radius = int(2.5 * sigma + 0.5)
    if not radius:
        return mask.copy()
    across = _bytes(_smooth(mask, sigma, radius, 1, "reflect"))
    return _bytes(_smooth(across, sigma, radius, 0, "reflect"))


def doubled(mask: Bytes) -> Bytes:
    """The mask uint8 [H, W] times two, at most 255, so that a blurred mask covers all of the painted area."""
    return np.minimum(mask.astype(np.int64) * 2, 255).astype(np.uint8)


def box(mask: Bytes, padding: int, width: int, height: int) -> Box:
    """What "only masked" draws: all of the mask, padding around it, then grown towards width : height.

    The box stays inside the picture. A mask uint8 [H, W] without anything to draw gives the whole picture.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return Box(0, 0, mask.shape[1], mask.shape[0])
    top, bottom = max(0, rows[0] - padding), min(mask.shape[0], rows[-1] + 1 + padding)
    left, right = max(0, columns[0] - padding), min(mask.shape[1], columns[-1] + 1 + padding)
    wide, high = int(right - left), int(bottom - top)
    if wide * height > width * high:
        top, bottom = _grown(int(top), int(bottom), wide * height // width, mask.shape[0])
    else:
        left, right = _grown(int(left), int(right), high * width // height, mask.shape[1])
    return Box(int(left), int(top), int(right), int(bottom))


def _grown(start: int, stop: int, length: int, limit: int) -> tuple[int, int]:
    """A stretch of a line made longer on both sides, then shifted and cut to lie within 0..limit."""
    extra = length - (stop - start)
    start -= extra // 2
    start -= max(0, start + length - limit)
    start = max(0, start)
    return start, min(start + length, limit)


def filled(rgb: Bytes, mask: Bytes) -> Bytes:
    """uint8 [H, W, 3] with the masked part painted in the colours around it, blurred ever less towards its edge.

    Method: AUTOMATIC1111's masking.fill, with true Gaussians and in floats. All masked: black, there is no colour.
    """
    inside = extent.of(mask > 0)  # only there the blurred picture is wanted
    if inside is None:
        return rgb.copy()
    keep = 1 - mask[..., None] / np.float32(255)
    picture = np.concatenate([rgb * keep, keep], axis=2)  # premultiplied, as is all that follows
    canvas = np.zeros_like(picture[inside])
    for sigma, layers in FILL_LAYERS:
        layer = picture
        for axis, part in enumerate(inside):
            layer = _smooth(layer, sigma, 3 * sigma, axis, "edge", part)
        for _ in range(layers):
            canvas = layer + canvas * (1 - layer[..., 3:])
    canvas = picture[inside] + canvas * (1 - keep[inside])
    where, shape = canvas[..., 3:] > FAINTEST_COLOR, (*canvas.shape[:2], 3)
    color = np.divide(canvas[..., :3], canvas[..., 3:], out=np.zeros(shape), where=where)
    result = rgb.copy()
    result[inside] = np.where(mask[inside][..., None] == 0, rgb[inside], _bytes(color))
    return result


def pasted(original: Bytes, drawn: Bytes, mask: Bytes) -> Bytes:
    """The drawn picture over the original where the mask says: uint8 [H, W, 3 or 4] and [H, W, 3 or 4] in.

    The result has alpha where the original has. Where the mask is 0 all of the original's bytes stay.
    """
    share = mask[..., None] / 255
    below, above = _alpha(original) * (1 - share), _alpha(drawn) * share
    alpha = below + above
    mixed = original[..., :3] * below + drawn[..., :3] * above
    color = np.divide(mixed, alpha, out=np.zeros_like(mixed), where=alpha > 0)
    result = np.concatenate([color, alpha * 255], axis=2)[..., : original.shape[2]]
    return np.where(mask[..., None] == 0, original, _bytes(result))


def _alpha(pixels: Bytes) -> Floats:
    """Alpha 0..1 [H, W, 1]; 1 where there is none."""
    return pixels[..., 3:] / 255 if pixels.shape[2] == 4 else np.ones((*pixels.shape[:2], 1))


def _smooth(
    values: NDArray[Any], sigma: float, radius: int, axis: int, border: Any, part: slice = slice(None)
) -> NDArray[Any]:
    """Convolve one axis with a Gaussian of 2 * radius + 1 taps that sum to 1; by FFT, since the taps can be many.

    Of a `part` of the axis; what lies beyond the picture's ends is as `border` says, in numpy.pad's words.
    """
    start, stop, _ = part.indices(values.shape[axis])
    low, high = max(0, start - radius), min(values.shape[axis], stop + radius)
    near = values.take(np.arange(low, high), axis=axis)
    around = [(radius - start + low, stop + radius - high) if one == axis else (0, 0) for one in range(values.ndim)]
    padded = np.pad(near, around, mode=border)
    size = -(-padded.shape[axis] // LENGTH_MULTIPLE) * LENGTH_MULTIPLE
    taps = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * sigma**2))
    spectrum = np.fft.rfft(taps / taps.sum(), size).reshape([-1 if one == axis else 1 for one in range(values.ndim)])
    waves = np.fft.rfft(padded, size, axis=axis)
    waves *= spectrum  # in place: 32-bit waves stay so
    return np.take(np.fft.irfft(waves, size, axis=axis), np.arange(2 * radius, 2 * radius + stop - start), axis=axis)


def _bytes(values: NDArray[Any]) -> Bytes:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)
