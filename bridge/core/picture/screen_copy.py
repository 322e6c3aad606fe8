"""PNGs in sRGB of pictures that browsers don't open, such as TIFF and Photoshop's files."""

from __future__ import annotations

import io
import sys

from PIL import Image, ImageCms, ImageOps

from bridge.core.picture import tiff
from bridge.core.picture.codec import FORMATS, decoding

LONGEST_SIDE = 1024  # pixels a side, as many as the studio sends: pixel art shows no more
CMS_MODES = ("L", "RGB", "CMYK")  # the modes that Little CMS takes; RGBA goes without its transparency


def png(data: bytes) -> bytes:
    """A PNG of the first picture in a file that passed `codec.check`, at most LONGEST_SIDE pixels a side; blocking."""
    with decoding(), Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        picture.load()
        copy = _in_srgb(picture)
        copy.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        file = io.BytesIO()
        copy.save(file, "PNG", compress_level=1)
        return file.getvalue()


def _in_srgb(picture: Image.Image) -> Image.Image:
    """The picture as RGBA by its colour profile; by its numbers alone without a usable profile."""
    if picture.mode.startswith("I"):
        return _grey(picture).convert("RGBA")
    if picture.format == "PSD" and picture.mode == "1":  # Pillow takes its ink for white
        return ImageOps.invert(picture.convert("L")).convert("RGBA")
    if picture.mode == "LAB":  # of which Pillow takes an unused byte for alpha
        return picture.convert("RGB").convert("RGBA")
    plain = picture.convert("RGBA")
    profile = picture.info.get("icc_profile")
    colors = picture.convert("RGB") if picture.mode == "RGBA" else picture
    if not profile or colors.mode not in CMS_MODES:
        return plain
    try:
        copy = ImageCms.profileToProfile(colors, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB")
    except ImageCms.PyCMSError:
        return plain
    assert copy is not None  # it is None only for changes in place
    copy.putalpha(plain.getchannel("A"))
    return copy


def _grey(picture: Image.Image) -> Image.Image:
    """The high bits of 16 or 32 a sample, which Pillow would clip."""
    tags = getattr(picture, "tag_v2", {})
    if tags.get(tiff.DEPTH) == (32,) and tags.get(tiff.FORMAT, (1,)) != (tiff.SIGNED,):
        high = picture.tobytes()[3 if sys.byteorder == "little" else 0 :: 4]
        grey = Image.frombytes("L", picture.size, high)
    else:
        grey = picture.convert("I").point(lambda level: level * (255 / 65535)).convert("L")
    return ImageOps.invert(grey) if tags.get(tiff.MEANING) == tiff.WHITE_IS_ZERO else grey
