"""What Pillow does for us: picture files of any common kind to exact RGBA, and its filters for new sizes."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from .errors import PictureError

DAMAGED = (OSError, SyntaxError, ValueError, EOFError, NotImplementedError)  # what Pillow's decoders raise
FILTERS = {
    "lanczos": Image.Resampling.LANCZOS,
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
}
_TOO_LARGE = "The picture {name!r} has more pixels than can be decoded safely; make it smaller."


def decode(data: bytes, name: str = "image") -> NDArray[np.uint8]:
    """The first frame, turned as its EXIF says: uint8 [H, W, 4], straight alpha. Raises PictureError."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            return _rgba(ImageOps.exif_transpose(picture))
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
    return np.array(Image.fromarray(pixels).resize((width, height), FILTERS[method]))
