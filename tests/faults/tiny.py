"""The smallest job there is, with a picture that nobody can mistake for another job's."""

from __future__ import annotations

import base64
import colorsys
import hashlib
import io
from typing import Any

from PIL import Image

SIDE = 16  # pixels: the smallest result that the editor's dialect gives
COLORS = [tuple(int(255 * part) for part in colorsys.hsv_to_rgb(n / 16, 1, 1 - n % 2 / 2)) for n in range(16)]
PALETTE = [f"#{bytes(color).hex()}" for color in COLORS]


def pixels(id: str) -> bytes:
    """RGB of the picture that this job must give: noise that its id decides, in 16 colours."""
    noise = hashlib.shake_128(id.encode()).digest(SIDE * SIDE)
    return b"".join(bytes(COLORS[byte & 15]) for byte in noise)


def body(id: str, side: int = SIDE) -> dict[str, Any]:
    """What the editor posts. The sketch is the picture itself, enlarged to `side`: pixelating it changes nothing."""
    picture = Image.frombytes("RGB", (SIDE, SIDE), pixels(id)).resize((side, side), Image.Resampling.NEAREST)
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    sketch = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    asked = {"prompt": "x", "width": SIDE, "height": SIDE, "style": "pixel-modern", "colorPalette": PALETTE}
    return {"id": id, "sketchData": sketch, "timestamp": 1, **asked}


def drawn(png: bytes) -> bytes:
    """RGB of a picture; of one that isn't SIDE x SIDE or opaque, nothing that equals `pixels`."""
    with Image.open(io.BytesIO(png)) as opened:
        rgba = opened.convert("RGBA")
    return rgba.convert("RGB").tobytes() if rgba.getchannel("A").getextrema() == (255, 255) else b""


def is_right(id: str, answer: dict[str, Any]) -> bool:
    """Whether a completed answer has the picture of this id."""
    url = answer.get("resultDataUrl") or ""
    return url.startswith("data:image/png;base64,") and drawn(base64.b64decode(url.partition(",")[2])) == pixels(id)
