"""Programs that other people read our picture files with; each gives RGBA, or says why it can't."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

# Bytes go in and out as base64: lists of numbers take a second a picture.
DECODED = """async ([text, type]) => {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
  const bitmap = await createImageBitmap(new Blob([bytes], {type}))
  const {width, height} = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d')
  context.drawImage(bitmap, 0, 0)
  const pixels = context.getImageData(0, 0, width, height).data
  let letters = ''
  for (let at = 0; at < pixels.length; at += 32768) letters += String.fromCharCode(...pixels.subarray(at, at + 32768))
  return {width, height, pixels: btoa(letters)}
}"""
BYTES = "Uint8Array.from(atob(text), letter => letter.charCodeAt(0))"
EDITORS = f"text => comfyAPI.png.getFromPngBuffer({BYTES}.buffer)"
EDITORS_OF_WEBP = f"text => comfyAPI.pnginfo.getWebpMetadata(new File([{BYTES}], 'a.webp'))"


def pillow(data: bytes) -> Pixels:
    """As Python programs read it, and with them ComfyUI."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.array(picture.convert("RGBA"))


def opencv(data: bytes) -> Pixels:
    """With OpenCV's own libpng, the strictest there is."""
    import cv2

    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert found is not None, "OpenCV can't read it"
    if found.ndim == 2:
        return cv2.cvtColor(found, cv2.COLOR_GRAY2RGBA)
    return cv2.cvtColor(found, cv2.COLOR_BGRA2RGBA if found.shape[2] == 4 else cv2.COLOR_BGR2RGBA)


def opencv_of_a_frame(data: bytes, width: int) -> Pixels:
    """RGB of a panel's frame, big-endian RGB565, as OpenCV reads it."""
    import cv2

    pairs = np.frombuffer(data, np.uint8).reshape(-1, width, 2)
    return cv2.cvtColor(np.ascontiguousarray(pairs[..., ::-1]), cv2.COLOR_BGR5652RGB)


def pillow_of_a_frame(data: bytes, width: int) -> Pixels:
    """As `opencv_of_a_frame`, as Pillow reads it."""
    swapped = np.frombuffer(data, ">u2").astype("<u2")
    return np.array(Image.frombytes("RGB", (width, len(swapped) // width), swapped.tobytes(), "raw", "BGR;16"))


def sharp(packages: Any, files: dict[str, bytes]) -> dict[str, Pixels]:
    """With the newest sharp, which has the newest libvips and libpng; all files at once."""
    for place, data in enumerate(files.values()):
        (packages.folder / f"read-{place}").write_bytes(data)
    seen = packages.node("read.cjs", *(f"read-{place}" for place in range(len(files))))
    return {name: _rgba(each) for name, each in zip(files, seen, strict=True)}


def _rgba(seen: dict[str, Any]) -> Pixels:
    return np.frombuffer(base64.b64decode(seen["pixels"]), np.uint8).reshape(seen["height"], seen["width"], 4)


def chromium(page: Any, data: bytes, content_type: str) -> Pixels:
    """As a browser shows it."""
    return _rgba(page.evaluate(DECODED, [base64.b64encode(data).decode(), content_type]))


def seen(pixels: Pixels) -> Pixels:
    """With black where nothing is seen: what lies there is nobody's, and some readers leave it out."""
    return np.where(pixels[..., 3:] == 0, np.uint8(0), pixels)
