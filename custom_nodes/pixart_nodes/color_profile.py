"""The colours of picture files in sRGB, whatever the file means by its samples: littleCMS does it, through Pillow.

What a file says is obeyed in the order of the PNG specification (Third Edition, 4.3): cICP, an ICC profile, sRGB, then
gAMA and cHRM; what can't be used, as a damaged profile, leaves it to the next. Without any, and with what is sRGB in
all but name, pixels stay as they are.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from .pixel.color import code_points
from .pixel.color.code_points import CURVES, PRIMARIES, SRGB_CURVE, VIDEO, Curve, Primaries
from .pixel.files import heif, icc, png

Pixels = NDArray[np.uint8]

USUAL_GAMMA = 1 / 2.2
SIGNIFICANT = 0.05  # libpng's: so far from the usual a gamma may be and is taken for sRGB's curve
JUST_EQUAL = 1  # of 255; profiles of sRGB differ by so much in how they round
PROBES = np.stack(np.meshgrid(*[np.linspace(0, 255, 17)] * 3), axis=-1).astype(np.uint8).reshape(17, -1, 3)
GREYS = ("1", "L", "I")  # how Pillow's modes of grey begin
INTENTS = range(4)  # of PNG's sRGB
SOURCES = {"RGB": "RGBA", "GRAY": "L", "CMYK": "CMYK"}  # an ICC profile's space -> Pillow's mode that it is for


@dataclass(frozen=True)
class ColorSpace:
    """What a file's samples mean: `curve` is their light, None for sRGB's; an ICC `profile` is for what then follows.

    `narrow`: black is at 16 and white at 235 of 255.
    """

    curve: Curve | None = None
    profile: bytes = b""
    narrow: bool = False

    def levels(self, count: int) -> Pixels | None:
        """The value 0..255 under sRGB's curve of each of so many levels of a sample; None: they are that already."""
        curve = self.curve or (CURVES[SRGB_CURVE] if self.narrow else None)
        return None if curve is None else code_points.table(curve, count, self.narrow)

    def for_16_bits(self, grey: bool) -> ColorSpace:
        """The same with the profile's curve as `curve`, where there is one: rounded before it, darks would be lost."""
        conversion = _conversion(self.profile) if self.profile and self.curve is None else None
        if conversion is None or conversion.transform is None or (conversion.mode == SOURCES["GRAY"] and not grey):
            return self
        parts = icc.apart(self.profile)
        return self if parts is None else ColorSpace(*parts)


@dataclass(frozen=True)
class Conversion:
    """What an ICC profile does to pixels of a mode of Pillow's; `transform` None: they are in sRGB already."""

    mode: str
    transform: ImageCms.ImageCmsTransform | None


SRGB = ColorSpace()


def of(picture: Image.Image, data: bytes) -> ColorSpace:
    """What the file says, where it can be understood; `picture` is what Pillow made of it."""
    profile = picture.info.get("icc_profile") or b""
    if picture.format != "PNG":
        points = heif.nclx_of(data) if picture.format == "AVIF" and not profile else None
        return (points and _of_avif(*points)) or ColorSpace(profile=profile)
    code = png.cicp_of(data)
    space = code and _of_points(code[0], code[1], narrow=not code[3])
    if space:
        return space
    if profile and _fits_png(profile, grey=picture.mode.startswith(GREYS)):
        return ColorSpace(profile=profile)
    return SRGB if picture.info.get("srgb") in INTENTS else _of_numbers(picture)


def _of_points(primaries: int, transfer: int, *, narrow: bool = False) -> ColorSpace | None:
    """Code points of ITU-T H.273; None where one of them isn't known."""
    if primaries not in PRIMARIES or transfer not in CURVES:
        return None
    curve = None if transfer == SRGB_CURVE else CURVES[transfer]
    return ColorSpace(curve, _profile(PRIMARIES[primaries]), narrow)


def _of_avif(primaries: int, transfer: int) -> ColorSpace | None:
    """The same in an AVIF, whose range its decoder knows. Encoders write BT.709 for sRGB, and browsers take it so."""
    return _of_points(primaries, SRGB_CURVE if CURVES.get(transfer) is VIDEO else transfer)


def _fits_png(profile: bytes, *, grey: bool) -> bool:
    """Whether the profile is whole and for colours; or for greys, where the PNG's samples are such."""
    conversion = _conversion(profile)
    return conversion is not None and conversion.mode in (SOURCES["RGB"], *([SOURCES["GRAY"]] if grey else []))


def _of_numbers(picture: Image.Image) -> ColorSpace:
    """gAMA and cHRM of a PNG."""
    gamma, primaries = picture.info.get("gamma") or USUAL_GAMMA, picture.info.get("chromaticity")
    usual = abs(gamma / USUAL_GAMMA - 1) <= SIGNIFICANT
    return ColorSpace(None if usual else code_points.power(1 / gamma), _profile(primaries) if primaries else b"")


def _profile(primaries: Primaries) -> bytes:
    """An ICC profile; none for sRGB's primaries, and for what can be none."""
    try:
        return b"" if code_points.are_srgb(primaries) else icc.profile(primaries)
    except ValueError:
        return b""


def managed(pixels: Pixels, space: ColorSpace, picture: Image.Image | None = None) -> Pixels:
    """uint8 [H, W, 4] in sRGB, alpha as it is. CMYK is taken from `picture`, before Pillow made it RGB its own way.

    A profile that is damaged, or for another kind of samples, is not obeyed.
    """
    conversion = _conversion(space.profile) if space.profile else None
    native = "" if picture is None else picture.mode
    foreign = conversion is not None and (conversion.mode == "CMYK") != (native == "CMYK")
    if conversion is None or conversion.transform is None or foreign or native == "LAB":
        return pixels
    if conversion.mode == "L" and not (pixels[..., :1] == pixels[..., 1:3]).all():
        return pixels
    samples = pixels[..., 0] if conversion.mode == "L" else pixels
    source = picture if picture is not None and native == "CMYK" else Image.fromarray(np.ascontiguousarray(samples))
    result = pixels.copy()
    result[..., :3] = np.asarray(ImageCms.applyTransform(source, conversion.transform))[..., :3]
    return result


def converted(pixels: Pixels, space: ColorSpace, picture: Image.Image | None = None) -> Pixels:
    """uint8 [H, W, 4] of 8 bits a sample in sRGB; the very array where nothing is to be done. See `managed`."""
    levels = space.levels(256)
    if levels is not None:
        pixels = np.concatenate([levels[pixels[..., :3]], pixels[..., 3:]], axis=-1)
    return managed(pixels, space, picture)


@lru_cache(maxsize=8)
def _conversion(profile: bytes) -> Conversion | None:
    """From the profile to sRGB; None where it is no use."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = SOURCES.get(str(getattr(source.profile, "xcolor_space", "")).strip())
        if mode is None:
            return None
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGBA" if mode == "RGBA" else "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, ImportError, OSError, ValueError, TypeError):  # some Pillows have no littleCMS
        return None
    return Conversion(mode, None if mode == "RGBA" and _is_srgb(transform) else transform)


def _is_srgb(transform: ImageCms.ImageCmsTransform) -> bool:
    probes = np.dstack([PROBES, np.full(PROBES.shape[:2], 255, np.uint8)])
    result = np.asarray(ImageCms.applyTransform(Image.fromarray(probes), transform))
    return int(np.abs(result[..., :3].astype(int) - PROBES).max()) <= JUST_EQUAL
