"""Sketches as people send them: every kind of file, with the alpha that its pixels have."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from photoshop_file import psd
from PIL import Image, ImageDraw

from bridge.core.places import ROOT

TREE = ROOT / "examples" / "tree.png"


def tree(side: int = 256) -> Image.Image:
    """The example sketch, RGBA, on a transparent background."""
    with Image.open(TREE) as picture:
        return picture.convert("RGBA").resize((side, side), Image.Resampling.NEAREST)


def _on(color: str, side: int = 256) -> Image.Image:
    ground = Image.new("RGBA", (side, side), color)
    ground.alpha_composite(tree(side))
    return ground.convert("RGB")


def _photo(width: int = 300, height: int = 200) -> Image.Image:
    """Smooth gradients with grain: what a camera gives."""
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    grain = np.random.default_rng(1).normal(0, 6, (height, width, 3))
    pixels = np.stack([255 * x, 255 * y, 128 + 100 * np.sin(6 * x * y)], axis=-1) + grain
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _lines(side: int) -> Image.Image:
    picture = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.line([(2, 2), (side - 3, side - 3)], fill=(0, 0, 0, 255), width=max(1, side // 32))
    draw.ellipse([side // 4, side // 4, side // 2, side // 2], outline=(200, 30, 30, 255), width=max(1, side // 40))
    return picture


def _palette(side: int = 64) -> Image.Image:
    return tree(side).convert("P", palette=Image.Palette.ADAPTIVE, colors=15)


def _transparent_palette(side: int = 64) -> Image.Image:
    picture = _palette(side)
    indices = np.array(picture) + 1
    indices[np.array(tree(side))[..., 3] < 128] = 0
    moved = Image.fromarray(indices.astype(np.uint8), "L")
    moved = moved.convert("P")
    moved.putpalette([0, 0, 0, *(picture.getpalette() or [])][:768])
    return moved


def _deep_grey() -> Image.Image:
    ramp = np.linspace(0, 65535, 128 * 128).reshape(128, 128).astype(np.uint16)
    return Image.fromarray(ramp)


def _half_clear(side: int = 64) -> Image.Image:
    picture = tree(side)
    picture.putalpha(picture.getchannel("A").point(lambda a: a // 2))
    return picture


def encoded(picture: Image.Image, format: str = "PNG", **options: object) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    if format == "PSD":  # which Pillow reads and doesn't write
        return psd(picture)
    picture.save(out, format, **options)
    return out.getvalue()


SKETCHES: dict[str, Callable[[], bytes]] = {
    "transparent background": lambda: encoded(tree()),
    "transparent, as large as asked": lambda: encoded(tree(64)),
    "white background": lambda: encoded(_on("white")),
    "black background": lambda: encoded(_on("black")),
    "photograph": lambda: encoded(_photo()),
    "photograph, upright JPEG": lambda: encoded(_photo(200, 300), "JPEG"),
    "JPEG turned by EXIF": lambda: encoded(_photo(), "JPEG", exif=_turned()),
    "CMYK JPEG": lambda: encoded(_photo().convert("CMYK"), "JPEG"),
    "one pixel": lambda: encoded(Image.new("RGB", (1, 1), "#ff004d")),
    "one transparent pixel": lambda: encoded(Image.new("RGBA", (1, 1))),
    "512 pixels": lambda: encoded(tree(512)),
    "thin lines": lambda: encoded(_lines(256)),
    "palette PNG": lambda: encoded(_palette()),
    "palette PNG with a transparent entry": lambda: encoded(_transparent_palette(), transparency=0),
    "grey": lambda: encoded(_photo().convert("L")),
    "grey with alpha": lambda: encoded(tree().convert("LA")),
    "16-bit grey": lambda: encoded(_deep_grey()),
    "black and white, 1 bit": lambda: encoded(_photo().convert("1")),
    "WebP with alpha": lambda: encoded(tree(), "WEBP", lossless=True),
    "lossy WebP": lambda: encoded(_photo(), "WEBP", quality=60),
    "GIF": lambda: encoded(_palette(), "GIF"),
    "BMP": lambda: encoded(_photo(), "BMP"),
    "half transparent everywhere": lambda: encoded(_half_clear()),
    "fully transparent": lambda: encoded(Image.new("RGBA", (64, 64))),
    "very wide": lambda: encoded(_photo(600, 20)),
}


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()
