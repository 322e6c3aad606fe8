"""What others do, through their Python packages. Each function imports its peer itself: others go on without it.

Pictures are uint8 [H, W, 3], palettes uint8 [N, 3]; a result is RGB, or indices into that palette.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

RGB = NDArray[np.uint8]
Run = Callable[[], Any]

# What an import raises without the package, and without the system's library that the package needs.
MISSING = (ImportError, OSError)


def reason(error: BaseException) -> str:
    """Why a peer is missing, by what its import raised."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"{error.name} is not installed"
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")


def colors_of(palette: RGB) -> list[tuple[int, int, int]]:
    """A palette as a list of tuples."""
    return [(int(r), int(g), int(b)) for r, g, b in palette]


# Pillow


@cache
def _swatch(data: bytes) -> Image.Image:
    image = Image.new("P", (1, 1))
    image.putpalette(list(data))
    return image


def pillow(picture: RGB, palette: RGB, dither: int = Image.Dither.NONE) -> RGB:
    """Pillow's quantize to a palette; its nearest colour is approximate."""
    swatch = _swatch(palette.tobytes())
    return np.asarray(Image.fromarray(picture).quantize(palette=swatch, dither=dither).convert("RGB"))


def pillow_indices(image: Image.Image, palette: RGB, dither: int = Image.Dither.NONE) -> Image.Image:
    """The same without conversions, for times."""
    return image.quantize(palette=_swatch(palette.tobytes()), dither=dither)


def pillow_palette(image: Image.Image, count: int, method: int) -> RGB:
    """Pillow's own palette for a picture."""
    made = image.quantize(count, method, dither=Image.Dither.NONE).getpalette() or []
    return np.array(made, np.uint8).reshape(-1, 3)[:count]


def pillow_k_centroid(picture: RGB, width: int, height: int) -> RGB:
    """The loop that ComfyUI packs use: quantize each cell to two colours, take the more frequent one."""
    image, down = Image.fromarray(picture), np.zeros((height, width, 3), np.uint8)
    across, along = image.width / width, image.height / height
    for x, y in product(range(width), range(height)):
        cell = image.crop((int(x * across), int(y * along), int((x + 1) * across), int((y + 1) * along)))
        counted = cell.quantize(colors=2, method=1, kmeans=2).convert("RGB").getcolors() or []
        down[y, x] = max(counted, key=lambda each: each[0])[1]
    return down


# For drawings: uint8 [H, W, 4] -> [side, side, 4]; they know no alpha


def pixeloe(picture: RGB, side: int, outline: int) -> RGB:
    """PyPI PixelOE (Apache-2.0), its own OpenCV form: outlines made wider by so many pixels, then contrast-aware."""
    from pixeloe.legacy.pixelize import pixelize

    blue_first = np.ascontiguousarray(picture[..., 2::-1])
    small = pixelize(
        blue_first, target_size=side, patch_size=max(4, picture.shape[0] // side), thickness=outline, no_upscale=True
    )
    return opaque(np.ascontiguousarray(small[..., ::-1]))


def perfect_pixel(picture: RGB, side: int) -> RGB:
    """PyPI perfect-pixel (MIT), told how many pixels there are; it moves the grid's lines to where edges are."""
    from perfect_pixel import get_perfect_pixel

    with contextlib.redirect_stdout(io.StringIO()):
        small = get_perfect_pixel(np.ascontiguousarray(picture[..., :3]), grid_size=(side, side))[2]
    return opaque(np.asarray(Image.fromarray(small).resize((side, side), Image.Resampling.NEAREST)))


def opaque(picture: RGB) -> RGB:
    """With full alpha."""
    return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


# dithering (Rust)


def dithering(picture: RGB, palette: RGB, method: str = "floyd_steinberg", **options: Any) -> RGB:
    """PyPI `dithering`: exact nearest; strength 0 is no dither."""
    import dithering as peer

    return np.asarray(peer.dither(picture, method, palette=colors_of(palette), **options))


# epaper-dithering (Rust)

EPAPER_MODES = {"none": 0, "burkes": 1, "ordered": 2, "floyd-steinberg": 3, "atkinson": 4, "stucki": 5}
AS_IS = {"exposure": 1.0, "saturation": 1.0, "shadows": 0.0, "highlights": 0.0, "tone": 0.0, "gamut": 0.0}


def epaper(picture: RGB, palette: RGB, mode: str = "floyd-steinberg", serpentine: bool = False) -> NDArray[np.uint8]:
    """PyPI `epaper-dithering`: indices; searches in weighted OKLab."""
    from epaper_dithering import _rs

    height, width, _ = picture.shape
    options = {"accent_idx": 0, "mode_id": EPAPER_MODES[mode], "serpentine": serpentine, **AS_IS}
    data = _rs.dither_image(picture.tobytes(), width, height, palette_bytes=palette.tobytes(), **options)
    return np.frombuffer(data, np.uint8).reshape(height, width)


# unfake (Rust)


def unfake_nearest(picture: RGB, palette: RGB) -> RGB:
    """PyPI `unfake`: exact nearest in sRGB."""
    from unfake.unfake import map_pixels_to_palette

    return np.asarray(map_pixels_to_palette(picture, colors_of(palette)))


def unfake_dominant(rgba: RGB, scale: int) -> RGB:
    """Its downscale by the dominant colour of each cell; it takes and gives [H, W, 4]."""
    from unfake import unfake

    return np.asarray(unfake.downscale_dominant_color(rgba, scale, 0.05))


# OpenCV


def opencv_nearest(picture: RGB, palette: RGB) -> NDArray[np.int32]:
    """`batchDistance` in integers: exact nearest in sRGB."""
    import cv2

    flat = picture.reshape(-1, 3)
    _, found = cv2.batchDistance(flat, palette, cv2.CV_32S, normType=cv2.NORM_L2SQR, K=1)
    return found.reshape(picture.shape[:2])


def opencv_rgb565(picture: RGB) -> NDArray[np.uint16]:
    """RGB565, high byte first."""
    import cv2

    return cv2.cvtColor(picture, cv2.COLOR_RGB2BGR565).view(np.uint16).byteswap()


def numpy_rgb565(picture: RGB) -> NDArray[np.uint16]:
    """As scripts write it."""
    red, green, blue = (picture[..., channel].astype(np.uint16) for channel in range(3))
    return ((red >> 3) << 11 | (green >> 2) << 5 | blue >> 3).astype(">u2")


# swscale through PyAV


def swscale_rgb565(picture: RGB) -> NDArray[np.uint8]:
    """RGB565, high byte first, with the ordered dither that it has where nobody says otherwise."""
    import av

    frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="rgb565be")
    return np.frombuffer(frame.planes[0], np.uint8)


# libimagequant


def libimagequant(picture: RGB, count: int, speed: int = 4) -> RGB:
    """Its palette for a picture."""
    import libimagequant as peer

    attributes = peer.Attr()
    attributes.max_colors, attributes.speed = count, speed
    result = _liq_image(peer, attributes, picture).quantize(attributes)
    return np.array([[c.r, c.g, c.b] for c in result.get_palette()], np.uint8)


def libimagequant_dither(picture: RGB, palette: RGB, level: float = 1.0) -> RGB:
    """Its dither to given colours."""
    import libimagequant as peer

    attributes = peer.Attr()
    attributes.max_colors = max(2, len(palette))
    histogram = peer.Histogram(attributes)
    entries = [peer.HistogramEntry(peer.Color(*each, 255), 1) for each in colors_of(palette)]
    histogram.add_colors(attributes, entries, 0)
    for each in colors_of(palette):
        histogram.add_fixed_color(peer.Color(*each, 255), 0)
    result = histogram.quantize(attributes)
    result.dithering_level = level
    data = result.remap_image(_liq_image(peer, attributes, picture))
    table = np.array([[c.r, c.g, c.b] for c in result.get_palette()], np.uint8)
    return table[np.frombuffer(data, np.uint8).reshape(picture.shape[:2])]


def _liq_image(peer: Any, attributes: Any, picture: RGB) -> Any:
    alpha = np.full(picture.shape[:2], 255, np.uint8)
    return attributes.create_rgba(np.dstack([picture, alpha]).tobytes(), picture.shape[1], picture.shape[0], 0)


# ImageMagick through Wand


def imagemagick(picture: RGB, palette: RGB, method: str = "floyd_steinberg") -> RGB:
    """`-remap` with a dither."""
    from wand.image import Image as WandImage

    with WandImage.from_array(picture) as image, WandImage.from_array(palette[None]) as swatch:
        image.remap(affinity=swatch, method=method)
        return np.array(image)[..., :3]


# ffmpeg through PyAV


class Ffmpeg:
    """ffmpeg's `paletteuse` with one palette and size; called with a picture it gives RGB. It searches in OKLab."""

    def __init__(self, width: int, height: int, palette: RGB, dither: str = "none") -> None:
        import av
        import av.filter

        self._frame, self._number = av.VideoFrame, 0
        graph = av.filter.Graph()
        self._source = graph.add_buffer(width=width, height=height, format="rgb24", time_base="1/1")
        swatch = graph.add_buffer(width=16, height=16, format="bgra", time_base="1/1")
        use = graph.add("paletteuse", f"dither={dither}")
        shape, self._sink = graph.add("format", "pix_fmts=pal8"), graph.add("buffersink")
        for origin, target, pad in ((self._source, use, 0), (swatch, use, 1), (use, shape, 0), (shape, self._sink, 0)):
            origin.link_to(target, 0, pad)
        graph.configure()
        self._graph = graph
        full = np.concatenate([palette, np.repeat(palette[-1:], 256 - len(palette), axis=0)])
        entries = np.dstack([full[:, ::-1].reshape(16, 16, 3), np.full((16, 16), 255, np.uint8)])
        swatch.push(self._as_frame(np.ascontiguousarray(entries), "bgra"))
        swatch.push(None)

    def _as_frame(self, pixels: RGB, kind: str) -> Any:
        from fractions import Fraction

        frame = self._frame.from_ndarray(pixels, format=kind)
        frame.pts, frame.time_base = self._number, Fraction(1, 1)
        return frame

    def drawn(self, picture: RGB) -> Any:
        """The frame of indices, and of a palette, that the filter makes."""
        self._source.push(self._as_frame(picture, "rgb24"))
        self._number += 1
        return self._sink.pull()

    def __call__(self, picture: RGB) -> RGB:
        """The picture in the palette's colours."""
        made = self.drawn(picture)
        plane = made.planes[0]
        found = np.frombuffer(plane, np.uint8).reshape(made.height, plane.line_size)[:, : made.width]
        table = np.frombuffer(made.planes[1], np.uint8)[:1024].reshape(256, 4)[:, 2::-1]
        return table[found]


# scikit-learn


def sklearn_k_means(points: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Centres of k-means over all points."""
    from sklearn.cluster import KMeans

    return KMeans(count, n_init=1, random_state=0).fit(points).cluster_centers_


# numpy, as scripts write it


def numpy_oklab(picture: RGB, palette: RGB, at_once: int = 1 << 16) -> NDArray[np.intp]:
    """The nearest in OKLab by products of matrices, in float32: indices."""
    from pixart_nodes.pixel.color import spaces

    light = spaces.linear(np.arange(256, dtype=np.uint8)).astype(np.float32)
    first, second = (matrix.astype(np.float32).T for matrix in spaces.ROOTED_SPACES["oklab"][:2])
    entries = np.cbrt(light[palette] @ first) @ second
    squares, flat = (entries * entries).sum(axis=1), picture.reshape(-1, 3)
    parts = [np.cbrt(light[flat[at : at + at_once]] @ first) @ second for at in range(0, len(flat), at_once)]
    return np.concatenate([(squares - 2 * part @ entries.T).argmin(axis=1) for part in parts])


def numpy_knoll(picture: RGB, palette: RGB, side: int = 4) -> NDArray[np.intp]:
    """Thomas Knoll's pattern dither (US patent 6606166) by matrices: indices; nearest in sRGB values."""
    from pixart_nodes.pixel.dither.threshold_matrix import bayer

    order = np.argsort(palette @ np.array([0.299, 0.587, 0.114]), kind="stable")
    colors = palette[order].astype(np.float32)
    wish, error = picture.reshape(-1, 3).astype(np.float32), np.zeros((picture.size // 3, 3), np.float32)
    chosen = np.empty((len(wish), side * side), np.uint8)
    for turn in range(side * side):
        found = ((colors * colors).sum(axis=1) - 2 * (wish + error).clip(0, 255) @ colors.T).argmin(axis=1)
        chosen[:, turn] = found
        error += wish - colors[found]
    chosen.sort(axis=1)
    y, x = np.indices(picture.shape[:2]).reshape(2, -1) % side
    return order[chosen[np.arange(len(wish)), bayer(side)[y, x]]].reshape(picture.shape[:2])


# ComfyUI's own node


def comfyui_bayer(image: Image.Image, palette: RGB, side: int = 8) -> Image.Image:
    """ComfyUI's ImageQuantize with "bayer-8": thresholds of a fixed spread, then Pillow's nearest in a palette."""
    import torch
    from pixart_nodes.pixel.dither.threshold_matrix import bayer

    shares = (bayer(side).astype(np.float32) + 0.5) / side**2 - 0.5
    thresholds = torch.from_numpy(2 * 256 / len(palette) * shares + 0.5)
    result = torch.from_numpy(np.array(image).astype(np.float32))
    high, wide = result.shape[:2]
    tiled = thresholds.tile(-(-high // side), -(-wide // side)).unsqueeze(-1)
    result.add_(tiled[:high, :wide]).clamp_(0, 255)
    return pillow_indices(Image.fromarray(result.to(dtype=torch.uint8).numpy()), palette)


def comfyui_quantize(image: Any, palette: RGB, dither: int) -> Any:
    """What ComfyUI's ImageQuantize does with each picture, with a given palette instead of its own."""
    import torch

    result = torch.zeros_like(image)
    for number, one in enumerate(image):
        picture = Image.fromarray((one * 255).to(torch.uint8).numpy())
        small = picture.quantize(palette=_swatch(palette.tobytes()), dither=dither)
        result[number] = torch.tensor(np.array(small.convert("RGB"))).float() / 255
    return result


def dithering_node(image: Any, palette: RGB) -> Any:
    """A node around PyPI `dithering`, as packs wrap such a library."""
    import torch

    done = [dithering((one * 255).round().to(torch.uint8).numpy(), palette) for one in image]
    return torch.from_numpy(np.stack(done)).float() / 255
