"""Animations as frames: GIF, animated PNG, WebP and AVIF, and Aseprite's sprites."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import color_profile, gif_picture, picture_file
from .color_profile import ColorSpace
from .errors import PictureError
from .pixel.color import code_points
from .pixel.files import apng_chunks, aseprite_layers, gif_blocks, patch
from .pixel.files.timing import LONGEST_FRAME, Tag

MOST_PIXELS = aseprite_layers.MOST_PIXELS  # of all frames together; ComfyUI holds so many in 1 GB of floats
UNSAID = 100  # milliseconds, where a file says 0: what browsers then take
FOREVER = 0
MOVING = ("WEBP", "AVIF")  # in Pillow's words; what a TIFF or a phone's JPEG has beside its first picture are no frames


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
        return _sprite(data, name)
    with picture_file.reading(name), Image.open(io.BytesIO(data)) as picture:
        if picture.format == "GIF":
            return _gif(data, name)
        strip = apng_chunks.strip(data) if picture.format == "PNG" else None
        if strip is not None:
            return _apng(strip, picture, name)
        if picture.format in MOVING and getattr(picture, "n_frames", 1) > 1:
            return _played(picture, data, name)
        return Animation(picture_file.decode(data, name)[None], [UNSAID])


def first(data: bytes, name: str = "image") -> NDArray[np.uint8]:
    """The first frame alone, uint8 [H, W, 4]. Raises PictureError."""
    if aseprite_layers.is_sprite(data):
        return decode(data, name).frames[0]
    with picture_file.reading(name), Image.open(io.BytesIO(data)) as picture:
        if getattr(picture, "default_image", False):  # for viewers that know no APNG: it is no frame
            with suppress(ValueError):  # where later frames are damaged, that picture is better than none
                strip = apng_chunks.strip(data)
                return picture_file.decode(data, name) if strip is None else _first_of(strip, picture, name)
    return picture_file.decode(data, name)


def _first_of(strip: apng_chunks.Strip, picture: Image.Image, name: str) -> NDArray[np.uint8]:
    return _apng(replace(strip, frames=strip.frames[:1]), picture, name).frames[0]


def frame_count(data: bytes) -> int:
    """How many frames a picture has; 1 where those after the first can't be read."""
    try:
        if aseprite_layers.is_sprite(data):
            return int.from_bytes(data[6:8], "little")
        if data.startswith(b"GIF"):
            return len(gif_blocks.strip(data).frames)
        with picture_file.reading("image"), Image.open(io.BytesIO(data)) as picture:
            strip = apng_chunks.strip(data) if picture.format == "PNG" else None
            return len(strip.frames) if strip else getattr(picture, "n_frames", 1) if picture.format in MOVING else 1
    except (PictureError, ValueError):
        return 1


def _sprite(data: bytes, name: str) -> Animation:
    try:
        reel = aseprite_layers.decode(data)
    except PictureError as error:
        raise PictureError(f"{name!r}: {error}") from error
    space = ColorSpace(code_points.power(reel.gamma) if reel.gamma > 0 else None, reel.profile)
    shown = color_profile.converted(reel.frames.reshape(-1, *reel.frames.shape[2:]), space).reshape(reel.frames.shape)
    return Animation(np.where(shown[..., 3:] > 0, shown, 0).astype(np.uint8), list(reel.durations), tags=reel.tags)


def _gif(data: bytes, name: str) -> Animation:
    strip = gif_blocks.strip(data)
    _require_room(name, len(strip.frames), strip.size)
    times = [_milliseconds(10 * frame.delay) for frame in strip.frames]
    return Animation(_stacked(gif_picture.frames(strip), len(times), strip.size), times, strip.plays)


def _apng(strip: apng_chunks.Strip, picture: Image.Image, name: str) -> Animation:
    """Its frames, each brought to sRGB before it is laid over another, and turned as the EXIF block says."""
    _require_room(name, len(strip.frames), strip.size)
    parts = (
        patch.Patch(picture_file.decode(strip.still(part), name), part.left, part.top, part.disposal, part.over)
        for part in strip.frames
    )
    times = [_milliseconds(part.milliseconds) for part in strip.frames]
    frames = _stacked(patch.composed(strip.size, parts), len(times), strip.size)
    return Animation(_upright(frames, picture), times, strip.plays)


def _stacked(frames: Iterator[NDArray[np.uint8]], count: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """uint8 [B, H, W, 4] without the colours that hide under alpha 0."""
    result = np.empty((count, size[1], size[0], 4), np.uint8)
    for n, frame in enumerate(frames):
        result[n] = np.where(frame[..., 3:] > 0, frame, 0)
    return result


def _upright(frames: NDArray[np.uint8], picture: Image.Image) -> NDArray[np.uint8]:
    return np.stack([picture_file.upright(frame, picture) for frame in frames])


def _milliseconds(said: float) -> int:
    return min(max(round(said), 1) if said else UNSAID, LONGEST_FRAME)


def _require_room(name: str, count: int, size: tuple[int, int]) -> None:
    if count * size[0] * size[1] > MOST_PIXELS:
        raise PictureError(f"{name!r} has {count} frames of {size[0]} x {size[1]} pixels, more than can be used.")


def _played(picture: Image.Image, data: bytes, name: str) -> Animation:
    """What the decoders of WebP and AVIF compose of the frames."""
    count = int(getattr(picture, "n_frames", 1))
    _require_room(name, count, picture.size)
    frames, durations = [], []
    for number in range(count):
        picture.seek(number)
        picture.load()
        frames.append(np.array(picture.convert("RGBA")))
        durations.append(_milliseconds(picture.info.get("duration") or 0))
    space = color_profile.of(picture, data)
    shown = color_profile.converted(np.concatenate(frames), space).reshape(len(frames), *frames[0].shape)
    stacked = _stacked(iter(shown), count, picture.size)
    return Animation(_upright(stacked, picture), durations, picture.info.get("loop") or FOREVER)
