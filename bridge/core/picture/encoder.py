"""A finished picture as JPEG or WebP: the one place where the bridge touches pixels, in a thread.

Released workflows write PNG and are never edited, and one file is kept and cached for all who ask: so the form is made
with the answer.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import replace

from PIL import Image

from bridge.core.job import Artifact, Rendition
from bridge.core.picture.check import BROKEN, ONE
from bridge.core.picture.exif import with_graph
from bridge.core.picture.png_text import GRAPH, texts, without_graph

MIME = {"jpeg": "image/jpeg", "webp": "image/webp"}
WHITE = (255, 255, 255, 255)
LOSSY = "format: pixel art loses its palette and its sharp edges so; PNG and lossless WebP keep them."


def encoded(made: Artifact, form: Rendition) -> tuple[Artifact, tuple[str, ...]]:
    """The picture in that form, and what is to be said of it; as it was made where it can't be had so."""
    if not form.graph and made.data:
        bare = without_graph(made.data)
        made = made if len(bare) == len(made.data) else replace(made, data=bare, size=len(bare))
    data = made.data or b""
    if form.format not in MIME or not made.content_type.startswith("image/"):
        return made, ()
    try:
        with ONE, warnings.catch_warnings(), Image.open(io.BytesIO(data)) as picture:
            warnings.filterwarnings("ignore", module=r"PIL\.")
            if getattr(picture, "n_frames", 1) > 1:
                return made, (f"format: a picture that moves is as it was made, {made.content_type}.",)
            written, notes = _written(picture, form)
    except BROKEN as error:
        return made, (f"format: it could not be written as {form.format.upper()} ({error}), and is as it was made.",)
    if form.metadata and form.format == "webp":
        originals = texts(data)
        written = with_graph(written, {name: originals[name] for name in GRAPH if name in originals})
    return replace(made, data=written, size=len(written), content_type=MIME[form.format]), notes


def _written(picture: Image.Image, form: Rendition) -> tuple[bytes, tuple[str, ...]]:
    picture.load()
    indexed, notes = picture.mode == "P", ()
    seen = picture.convert("RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB")
    options = {"quality": form.quality, "icc_profile": picture.info.get("icc_profile")}
    buffer = io.BytesIO()
    if form.format == "webp":
        lossless = indexed if form.lossless is None else form.lossless
        seen.save(buffer, "WEBP", lossless=lossless, **options)
        return buffer.getvalue(), (LOSSY,) if indexed and not lossless else ()
    if seen.mode == "RGBA" and seen.getchannel("A").histogram()[-1] < seen.width * seen.height:
        notes = ("format: JPEG has no transparency; what was transparent is white.",)
        ground = Image.new("RGBA", seen.size, WHITE)
        seen = Image.alpha_composite(ground, seen)
    seen.convert("RGB").save(buffer, "JPEG", **options)
    return buffer.getvalue(), (*notes, *((LOSSY,) if indexed else ()))
