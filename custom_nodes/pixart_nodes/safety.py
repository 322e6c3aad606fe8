"""What the NSFW filter looks for and how it blurs; nudenet looks, where its Python package is installed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import SafetyError, UnknownName, lacking
from .pixel.palette.picture import flatten

PACKAGE = "nudenet"  # MIT; its wheel has its model, YOLOv8n for pictures of 320 pixels
ACTIONS = ("blur", "refuse")
UNSAFE = frozenset(
    {"ANUS_EXPOSED", "BUTTOCKS_EXPOSED", "FEMALE_BREAST_EXPOSED", "FEMALE_GENITALIA_EXPOSED", "MALE_GENITALIA_EXPOSED"}
)  # of its 18 labels; the others are faces, feet, armpits, bellies, men's chests, and what is covered
LOWEST = 0.25  # what it is less sure of it doesn't tell
THRESHOLD = (
    0.4  # 23 of 24 drawn stand-ins of 64 x 64 reach it, 24 of 24 reach 0.25; the examples and the gallery neither
)
BLOCKS = 8  # along the long side of a blurred picture
LEAST_BLOCK = 4  # pixels
WHITE = (255, 255, 255)

Bytes = NDArray[np.uint8]


def require(action: str) -> None:
    """Raise UnknownName for an action that there isn't, SafetyError where nothing could look at a picture."""
    if action not in ACTIONS:
        raise UnknownName(action, ACTIONS, what="Action")
    if find_spec(PACKAGE) is None:
        raise _missing("isn't installed beside ComfyUI")


def _missing(why: str) -> SafetyError:
    return SafetyError(f"{lacking('The NSFW filter', PACKAGE, why)} Until then no picture passes the filter.")


def look(rgba: Bytes) -> list[dict[str, Any]]:
    """What nudenet finds in uint8 [H, W, 4]: `class`, `score` (0.25..1) and `box` of each. Raises SafetyError."""
    return _detector().detect(view(rgba))


@cache
def _detector() -> Any:
    try:
        return import_module(PACKAGE).NudeDetector()
    except ImportError as error:
        raise _missing(f"can't be loaded ({error})") from error


def view(rgba: Bytes) -> Bytes:
    """What the detector is shown of uint8 [H, W, 4]: uint8 [H, W, 3] over white, red first.

    Its own reader of files swaps red and blue once too often. Small pictures are left to its bilinear enlarging: with
    repeated pixels it finds nearly nothing, see the help page.
    """
    return np.ascontiguousarray(flatten(rgba, WHITE))


def unsafe_labels(
    detections: Iterable[Mapping[str, Any]], threshold: float, unsafe: Iterable[str] = UNSAFE
) -> list[str]:
    """The unsafe labels among detections, each once, of a score that reaches the threshold (0..1); sorted."""
    return sorted({each["class"] for each in detections if each["class"] in unsafe and each["score"] >= threshold})


def in_words(labels: Iterable[str]) -> str:
    """`FEMALE_BREAST_EXPOSED` as `exposed female breast`, and a comma between several."""
    return ", ".join(" ".join(reversed(label.lower().rsplit("_", 1))).replace("_", " ") for label in labels)


def blurred(rgba: Bytes) -> Bytes:
    """uint8 [H, W, 4] as at most 8 x 8 blocks of one colour each; alpha stays.

    The whole picture, not the detector's boxes: they miss parts, and where one is, others are likely. A block gets that
    colour of its own which is nearest to its mean, so pixel art stays in its palette; what is seen through decides it
    only where a block has nothing more opaque.
    """
    high, wide = rgba.shape[:2]
    block = max(LEAST_BLOCK, -(-max(high, wide) // BLOCKS))
    result = rgba.copy()
    for top, left in product(range(0, high, block), range(0, wide, block)):
        part = result[top : top + block, left : left + block]
        part[..., :3] = _typical(part.reshape(-1, 4))
    return result


def _typical(pixels: Bytes) -> Bytes:
    """The colour [3] of [N, 4] that is nearest to the mean of the most opaque ones."""
    colors = pixels[pixels[:, 3] == pixels[:, 3].max(), :3].astype(np.float64)
    far = ((colors - colors.mean(axis=0)) ** 2).sum(axis=1)
    return colors[far.argmin()].astype(np.uint8)
