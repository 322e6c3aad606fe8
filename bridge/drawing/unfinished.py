"""The unfinished picture of an interrupted or skipped part, from ComfyUI's last preview."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from PIL import Image

from bridge.core.job import Artifact
from bridge.core.picture.codec import DECODER_ERRORS
from bridge.drawing.run_state import RunState

HALF_DRAWN = "A picture is half drawn, and as coarse as a preview: it was broken off."
LARGEST_SIDE = 4096  # pixels a side: the preview of a larger picture isn't enlarged


async def unfinished(
    run_state: RunState, values: Mapping[str, Any], put: Callable[[bytes], Awaitable[str]]
) -> list[Artifact]:
    """The running part's last preview at the requested size, as a result; empty without a preview."""
    if run_state.progress.preview is None or not run_state.previews:
        return []
    width, height = (values.get(f"hires_{side}") or values.get(side) or 0 for side in ("width", "height"))
    try:
        data = await asyncio.to_thread(enlarged, run_state.progress.preview[1], width, height)
    except (*DECODER_ERRORS, Image.DecompressionBombError):  # a stranger's node may send any bytes as a preview
        return []
    return [Artifact("image", await put(data), "image/png", len(data), {"half_drawn": True}, data, run_state.part)]


def enlarged(preview: bytes, width: int, height: int) -> bytes:
    """A preview, JPEG or PNG, as a PNG of this size in pixels; as it is where the size isn't known."""
    with Image.open(io.BytesIO(preview)) as picture:
        enlargement = picture.convert("RGB")
    if 0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE:
        enlargement = enlargement.resize((width, height), Image.Resampling.BILINEAR)
    out = io.BytesIO()
    enlargement.save(out, "PNG")
    return out.getvalue()
