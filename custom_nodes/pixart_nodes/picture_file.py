"""What Pillow does for us: picture files of any common kind to exact RGBA, and its filters for new sizes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from .errors import PictureError

DAMAGED = (OSError, SyntaxError, ValueError, EOFError, RuntimeError)  # what Pillow's decoders raise
FILTERS = {
    "lanczos": Image.Resampling.LANCZOS,
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
}
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # by EXIF's orientations
_PNG_DEPTH = 24  # the place of the byte that says how many bits a sample has
_TOO_LARGE = "The picture {name!r} has more pixels than can be decoded safely; make it smaller."


def decode(data: bytes, name: str = "image") -> NDArray[np.uint8]:
    """The first frame, turned as its EXIF says: uint8 [H, W, 4], straight alpha. Raises PictureError."""
    with reading(name), Image.open(io.BytesIO(data)) as picture:
        if picture.format == "EPS":  # Pillow would have Ghostscript run it, and it may never end
            raise PictureError(f"{name!r} is PostScript, a program and no picture: export it as a PNG.")
        picture.load()
        if picture.format == "PNG":
            _scale_transparency(picture, data[_PNG_DEPTH])
        return _rgba(upright(picture))


def _scale_transparency(picture: Image.Image, depth: int) -> None:
    """A PNG's one transparent colour as its pixels are now, 8 bits a sample: Pillow leaves it as the file has it."""
    hidden = picture.info.get("transparency")
    if picture.mode == "L" and isinstance(hidden, int) and depth in (2, 4):
        most = (1 << depth) - 1
        picture.info["transparency"] = (hidden & most) * 255 // most
    if picture.mode == "RGB" and isinstance(hidden, tuple) and depth == 16:
        picture.info["transparency"] = tuple(sample >> 8 for sample in hidden)


def upright(picture: Image.Image) -> Image.Image:
    """The picture as it is seen, turned as the EXIF block of its file says.

    By nothing else, as browsers and the bridge do: Pillow's own `exif_transpose` obeys XMP and texts of a PNG, too.
    """
    exif = Image.Exif()
    if "exif" not in getattr(picture, "text", {}):  # a PNG's text of that name, which Pillow puts in the same place
        exif.load(picture.info.get("exif", b""))
    turn = TURNS.get(exif.get(ExifTags.Base.Orientation, 1))
    return picture if turn is None else picture.transpose(turn)


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
    except DAMAGED as error:
        raise PictureError(f"The picture {name!r} is damaged or cut off: {error}") from error


def _rgba(picture: Image.Image) -> NDArray[np.uint8]:
    if picture.mode.startswith("I"):
        return _from_16_bit(picture)
    if picture.mode == "F":
        raise ValueError("32-bit float pixels have no fixed white; save it with 8 or 16 bits")
    return np.array(picture.convert("RGBA"))


def _from_16_bit(picture: Image.Image) -> NDArray[np.uint8]:
    """Grey 0..65535 to 0..255, rounded; Pillow's own conversion clips at 255."""
    wide = np.clip(np.asarray(picture).astype(np.int64), 0, 65535)
    grey = ((wide + 128) // 257).astype(np.uint8)
    hidden = picture.info.get("transparency")
    alpha = np.where(wide == hidden, 0, 255) if isinstance(hidden, int) else np.full(wide.shape, 255)
    return np.stack([grey, grey, grey, alpha.astype(np.uint8)], axis=-1)


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
