"""Pictures as browsers show them: PNGs in sRGB of what they don't open, such as TIFF and Photoshop's files."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageCms

from bridge.core.picture.codec import FORMATS, ONE

LONGEST = 1024  # pixels a side, as many as the studio sends: of more, pixel art shows nothing
CMS_MODES = ("L", "RGB", "CMYK")  # which Little CMS takes as they are; of RGBA the colours alone


def png(data: bytes) -> bytes:
    """The first picture of a file that `codec.check` has let through, made smaller where it is larger; blocking."""
    with ONE, warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        warnings.filterwarnings("ignore", module=r"PIL\.")
        picture.load()
        seen = _in_srgb(picture)
        seen.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
        file = io.BytesIO()
        seen.save(file, "PNG", compress_level=1)
        return file.getvalue()


def _in_srgb(picture: Image.Image) -> Image.Image:
    """RGBA by the picture's profile; by its numbers where it has none, or a damaged one."""
    if picture.mode.startswith("I"):  # 16 bits of grey, which Pillow would clip
        return picture.convert("I").point(lambda level: level * (255 / 65535)).convert("RGBA")
    plain = picture.convert("RGBA")
    profile = picture.info.get("icc_profile")
    colors = picture.convert("RGB") if picture.mode == "RGBA" else picture
    if not profile or colors.mode not in CMS_MODES:
        return plain
    try:
        shown = ImageCms.profileToProfile(colors, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB")
    except ImageCms.PyCMSError:
        return plain
    assert shown is not None  # it is where nothing is changed in its place
    shown.putalpha(plain.getchannel("A"))
    return shown
