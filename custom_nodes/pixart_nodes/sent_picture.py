"""Pictures as they go to other servers and come from them: base64 in JSON."""

from __future__ import annotations

import base64
import binascii
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .errors import PictureError, UpstreamPictureError
from .picture_file import decode, reading
from .pixel.palette.picture import flatten
from .region import WHITE

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")  # Pillow would hand a PostScript file to another program
MOST_PIXELS = 1 << 26  # 8192 x 8192; ComfyUI holds that in 1 GB of floats


def encoded(pixels: NDArray[np.uint8]) -> str:
    """uint8 [H, W] or [H, W, 3] -> base64 of a PNG, without a `data:` head."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)  # it is only sent once
    return base64.b64encode(file.getvalue()).decode()


def decoded(text: object, name: str) -> NDArray[np.uint8]:
    """Base64, or a data URL -> the first frame over white, uint8 [H, W, 3]. Raises UpstreamPictureError."""
    if not isinstance(text, str):
        raise UpstreamPictureError(f"{name} should be text in base64, and is {type(text).__name__}.")
    data = _bytes(text.partition(",")[2] if text.startswith("data:") else text, name)
    try:
        with reading(name), Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise PictureError(f"{name!r} has {picture.width} x {picture.height} pixels, more than can be used.")
        rgba = decode(data, name)
    except PictureError as error:
        raise UpstreamPictureError(str(error)) from error
    return flatten(rgba, WHITE) if rgba[..., 3].min() < 255 else rgba[..., :3]


def _bytes(text: str, name: str) -> bytes:
    try:
        plain = b"".join(text.encode("ascii").split())
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise UpstreamPictureError(f"{name} is no base64.") from error
