"""What Pillow does for us: picture files of any common kind to exact RGBA, and its filters for new sizes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from . import color_profile, deep_color, gif_picture, orientation
from .errors import PictureError

Pixels = NDArray[np.uint8]  # [H, W, 4], straight alpha

DAMAGED = (OSError, SyntaxError, ValueError, EOFError, RuntimeError)  # what Pillow's decoders raise
FILTERS = {
    "lanczos": Image.Resampling.LANCZOS,
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
}
_PNG_DEPTH = 24  # the place of the byte that says how many bits a sample has
_PSD_MODE = 25  # the place of the byte with a Photoshop file's mode
_MULTICHANNEL = 7  # the mode that Pillow takes for grey
_NO_WHITE = (
    "Nobody knows which number is white in the picture {name!r}: its samples are in floating point or have a sign. "
    "Save it with 8 or 16 bits."
)
_TOO_LARGE = "The picture {name!r} has more pixels than can be decoded safely; make it smaller."


def decode(data: bytes, name: str = "image") -> NDArray[np.uint8]:
    """The first frame in sRGB, turned as its EXIF says: uint8 [H, W, 4], straight alpha. Raises PictureError."""
    with reading(name), Image.open(io.BytesIO(data)) as picture:
        if picture.format == "EPS":  # Pillow would have Ghostscript run it, and it may never end
            raise PictureError(f"{name!r} is PostScript, a program and no picture: export it as a PNG.")
        if picture.format == "PSD" and data[_PSD_MODE] == _MULTICHANNEL:
            raise PictureError(f"{name!r} is in Photoshop's mode Multichannel, which names no colours: export a PNG.")
        if picture.format == "GIF":
            return gif_picture.first(data)
        return upright(_srgb(picture, data), picture)


def is_picture(data: bytes) -> bool:
    """Whether Pillow knows the beginning of these bytes."""
    try:
        size(data)
    except PictureError:
        return False
    return True


def size(data: bytes, name: str = "image") -> tuple[int, int]:
    """Width and height in pixels, from the head of the file. Raises PictureError."""
    with reading(name), Image.open(io.BytesIO(data)) as picture:
        return picture.size


def quick_png(pixels: Pixels) -> bytes:
    """A PNG to look at once: packed in a tenth of the time that the smallest file takes."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _srgb(picture: Image.Image, data: bytes) -> NDArray[np.uint8]:
    """The picture as it lies in the file, uint8 [H, W, 4]."""
    deep = deep_color.samples(picture, data)
    space = color_profile.of(picture, data)
    if deep is not None:
        space = space.for_16_bits(grey=deep.shape[2] < 3)
        return color_profile.managed(_of_16_bits(deep, space, picture.info.get("transparency")), space)
    if picture.format == "PNG":
        _scale_transparency(picture, data[_PNG_DEPTH])
    return color_profile.converted(_pixels(picture), space, picture)


def _pixels(picture: Image.Image) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] of 8 bits a sample: Pillow takes Lab's unused byte for alpha, and Photoshop's ink for white."""
    if picture.mode == "LAB":
        return np.array(picture.convert("RGB").convert("RGBA"))
    pixels = np.array(picture.convert("RGBA"))
    if picture.format == "PSD" and picture.mode == "1":
        pixels[..., :3] = 255 - pixels[..., :3]
    return pixels


def _of_16_bits(deep: deep_color.Samples, space: color_profile.ColorSpace, hidden: object) -> NDArray[np.uint8]:
    """uint16 [H, W, 1 to 4] as uint8 [H, W, 4], under sRGB's curve; `hidden` are the samples that are transparent."""
    grey, transparent = deep.shape[2] < 3, deep.shape[2] in (2, 4)
    color = deep[..., : 1 if grey else 3]
    levels = space.levels(0x10000)
    pixels = np.empty((*deep.shape[:2], 4), np.uint8)
    pixels[..., :3] = deep_color.rounded(color) if levels is None else levels[color]
    if transparent:
        pixels[..., 3] = deep_color.rounded(deep[..., -1])
    else:
        pixels[..., 3] = 255 if hidden is None else np.where((color == hidden).all(axis=-1), 0, 255)
    return pixels


def _scale_transparency(picture: Image.Image, depth: int) -> None:
    """A PNG's one transparent grey as its pixels are now, 8 bits a sample: Pillow leaves it as the file has it."""
    hidden = picture.info.get("transparency")
    if picture.mode == "L" and isinstance(hidden, int) and depth in (2, 4):
        most = (1 << depth) - 1
        picture.info["transparency"] = (hidden & most) * 255 // most


def upright(pixels: NDArray[Any], picture: Image.Image) -> NDArray[Any]:
    """[H, W] or [H, W, C] as it is seen, turned as the EXIF block of the picture's file says.

    By nothing else, as browsers and the bridge do: Pillow's own `exif_transpose` obeys XMP and texts of a PNG, too.
    """
    exif = Image.Exif()
    if "exif" not in getattr(picture, "text", {}):  # a PNG's text of that name, which Pillow puts in the same place
        with suppress(*DAMAGED):  # pixels may be whole where EXIF is not
            exif.load(picture.info.get("exif", b""))
    return orientation.turned(pixels, exif.get(ExifTags.Base.Orientation))


@contextmanager
def reading(name: str) -> Iterator[None]:
    """What Pillow raises inside is raised as PictureError, in words about the picture of that name."""
    try:
        yield
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(_TOO_LARGE.format(name=name)) from error
    except UnidentifiedImageError as error:
        raise PictureError(f"{name!r} is not a picture that can be read (PNG, JPEG, WebP, GIF …).") from error
    except deep_color.WhiteError as error:
        raise PictureError(_NO_WHITE.format(name=name)) from error
    except DAMAGED as error:
        raise PictureError(f"The picture {name!r} is damaged or cut off: {error}") from error


def resized(pixels: NDArray[np.uint8], width: int, height: int, method: str = "lanczos") -> NDArray[np.uint8]:
    """uint8 [H, W], [H, W, 3] or [H, W, 4] at another size; alpha is premultiplied meanwhile. Same size: a copy."""
    if pixels.shape[1::-1] == (width, height):
        return pixels.copy()
    if pixels.ndim == 3 and pixels.shape[2] == 4 and pixels[..., 3].min() < 255:
        return _resized_rgba(pixels, (width, height), FILTERS[method])
    return np.array(Image.fromarray(pixels).resize((width, height), FILTERS[method]))


def _resized_rgba(pixels: NDArray[np.uint8], size: tuple[int, int], method: Image.Resampling) -> NDArray[np.uint8]:
    """In floats: in bytes the alpha stops at 255 where the filter overshoots, and the colours beside it turn light."""
    coverage = pixels[..., 3].astype(np.float32) / 255
    alpha = _plane(255 * coverage, size, method)
    visible = alpha >= 0.5  # less than half a step rounds to nothing
    result = np.empty((*alpha.shape, 4), np.uint8)
    result[..., 3] = np.rint(np.clip(np.where(visible, alpha, 0), 0, 255))
    for channel in range(3):  # one after the other: floats of all four are as large as ComfyUI's own picture
        scaled = _plane(pixels[..., channel] * coverage, size, method)
        color = np.divide(scaled * 255, alpha, out=np.zeros_like(scaled), where=visible)
        result[..., channel] = np.rint(np.clip(color, 0, 255))
    return result


def _plane(values: NDArray[np.floating], size: tuple[int, int], method: Image.Resampling) -> NDArray[np.float32]:
    """float32 [H, W] at another size."""
    return np.asarray(Image.fromarray(values).resize(size, method))
