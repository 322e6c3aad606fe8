"""Animations as frames: GIF, animated PNG and WebP by Pillow, Aseprite's sprites by our own reader."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import color_profile, picture_file
from .errors import PictureError
from .pixel.files import aseprite_layers
from .pixel.files.timing import LONGEST, Tag

MOST_PIXELS = aseprite_layers.MOST_PIXELS  # of all frames together; ComfyUI holds so many in 1 GB of floats
UNSAID = 100  # milliseconds, where a file says 0: what browsers then take
FOREVER = 0


@dataclass(frozen=True, eq=False)
class Animation:
    """Frames uint8 [B, H, W, 4], milliseconds for each, how often they play (0: for ever), and named parts."""

    frames: NDArray[np.uint8]
    durations: list[int]
    plays: int = FOREVER
    tags: tuple[Tag, ...] = ()


def decode(data: bytes, name: str = "animation") -> Animation:
    """Every frame as it is seen, in sRGB; a still picture is one frame. Raises PictureError."""
    if aseprite_layers.is_sprite(data):
        try:
            reel = aseprite_layers.decode(data)
        except PictureError as error:
            raise PictureError(f"{name!r}: {error}") from error
        return Animation(reel.frames, list(reel.durations), tags=reel.tags)
    with picture_file.reading(name), Image.open(io.BytesIO(data)) as picture:
        count = getattr(picture, "n_frames", 1)
        if count == 1:
            return Animation(picture_file.decode(data, name)[None], [UNSAID])
        _require_room(name, count, picture)
        return _played(picture, data, count)


def first(data: bytes, name: str = "image") -> NDArray[np.uint8]:
    """The first frame alone, uint8 [H, W, 4]. Raises PictureError."""
    return decode(data, name).frames[0] if aseprite_layers.is_sprite(data) else picture_file.decode(data, name)


def _require_room(name: str, count: int, picture: Image.Image) -> None:
    if count * picture.width * picture.height > MOST_PIXELS:
        raise PictureError(
            f"{name!r} has {count} frames of {picture.width} x {picture.height} pixels, more than can be used."
        )


def _played(picture: Image.Image, data: bytes, count: int) -> Animation:
    """What Pillow composes of the frames; the picture that an APNG shows where nothing moves isn't one of them."""
    first = 1 if picture.info.get("default_image") or getattr(picture, "default_image", False) else 0
    frames, durations = [], []
    for number in range(first, count):
        picture.seek(number)
        picture.load()
        frames.append(np.array(picture.convert("RGBA")))
        durations.append(min(round(picture.info.get("duration") or UNSAID), LONGEST))
    space = color_profile.of(picture, data)
    stacked = color_profile.converted(np.concatenate(frames), space).reshape(len(frames), *frames[0].shape)
    return Animation(np.where(stacked[..., 3:] > 0, stacked, 0).astype(np.uint8), durations, _plays(picture))


def _plays(picture: Image.Image) -> int:
    """A GIF says how often it is repeated, or nothing; the others how often they play."""
    loop = picture.info.get("loop")
    if picture.format == "GIF":
        return 1 if loop is None else loop + 1 if loop else FOREVER
    return loop or FOREVER
