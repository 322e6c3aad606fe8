"""Pictures from words, of the pack's own drawings."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from comfy_api.latest import io
from numpy.typing import NDArray

from .. import library
from ..drawings.animation import BY_WORDS, MOTIONS, animated
from ..drawings.illustration import (
    LARGEST,
    NAME,
    Illustration,
    enlarged,
    illustrated,
    inserted,
    lines_colored,
    recolored,
)
from ..drawings.rendering import LEAST, MOST
from ..pixel.dither import no_dither, quantize
from ..pixel.dither.quantization import Quantization
from ..pixel.errors import PictureError, require
from ..pixel.files import timing
from ..tensors import mask_bytes, to_image, to_rgba, without_idle_alpha
from . import core
from .sockets import CATEGORY, image_output, problem, seed_input, side_input
from .sprites import timing_outputs

FEW, FEW_DITHER = 2, "bayer-4"  # colours of a palette that are too few to tell surfaces apart, and what does it then


def _words_inputs(example: str, tooltip: str) -> list[io.Input]:
    """Whose drawings, what they show, and what not."""
    return [
        io.Combo.Input("drawings", options=[NAME], default=NAME, tooltip="Whose drawings."),
        io.String.Input("prompt", default=example, multiline=True, tooltip=tooltip),
        io.String.Input("negative", default="", multiline=True, tooltip="What must not be in the picture."),
    ]


def _require_drawings(drawings: str) -> None:
    require(drawings, (NAME,), what="Set of drawings")


def _require_choices(drawings: str, motion: str) -> None:
    _require_drawings(drawings)
    require(motion, MOTIONS, what="Motion")


class PixartDrawWords(io.ComfyNode):
    """A prompt to pixel art, by picking, recolouring and placing drawings."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartDrawWords",
            display_name="Draw Words (Built-in Drawings)",
            category=CATEGORY,
            description="Draws a prompt without any model: things, their number, colours, sizes, poses and places are "
            "read from the words and put together of more than two thousand drawings that come with the pack. With a "
            "picture, that is pixelated and recoloured by the words; with a mask as well, the words are drawn into it.",
            inputs=[
                *_words_inputs(
                    "a red fox in the snow",
                    "What the picture shows, in English or ten other languages. What isn't known is reported.",
                ),
                side_input("width", "Width of the picture; with a picture, that one's.", 64),
                side_input("height", "Height of the picture; with a picture, that one's.", 64),
                seed_input("Varies what the words leave open. Same words and seed, same picture."),
                io.Int.Input(
                    "pixel",
                    default=0,
                    min=0,
                    max=64,
                    tooltip=f"Side of the picture's pixels. 0: such that the longer side has 64 to 128; 1 draws "
                    f"as fine as the size says, up to {LARGEST}.",
                ),
                io.Image.Input("image", optional=True, tooltip="A picture to pixelate and recolour by the words."),
                io.Mask.Input("mask", optional=True, tooltip="With a picture: white is where the words are drawn."),
                io.Boolean.Input(
                    "lines_only",
                    default=False,
                    optional=True,
                    tooltip="With a picture: colours what a drawing of lines encloses, and leaves any other picture as "
                    "it is.",
                ),
            ],
            outputs=[image_output("The picture; with alpha where the prompt wants a transparent ground.")],
        )

    @classmethod
    def validate_inputs(cls, drawings: str = NAME) -> bool | str:
        return problem(_require_drawings, drawings)

    @classmethod
    def execute(
        cls,
        drawings: str,
        prompt: str,
        negative: str,
        width: int,
        height: int,
        seed: int,
        pixel: int,
        image: Any = None,
        mask: Any = None,
        lines_only: bool = False,
    ) -> io.NodeOutput:
        _require_drawings(drawings)
        pictures = [] if image is None else [*to_rgba(image)]
        if pictures and lines_only:
            results = [lines_colored(picture, prompt, seed=seed, negative=negative) for picture in pictures]
            same = all(each.pixels is picture for each, picture in zip(results, pictures, strict=True))
            return io.NodeOutput(image if same else _batch(results, image))
        more = {"seed": seed, "negative": negative, "pixel": pixel}
        masks = [] if mask is None or not pictures else _holes(mask, pictures[0].shape[:2])
        if not pictures:
            results = [_in_its_palette(illustrated(prompt, width, height, **more))]
        elif not masks:
            results = [_in_its_palette(recolored(picture, prompt, **more)) for picture in pictures]
        else:
            pairs = [(picture, masks[number % len(masks)]) for number, picture in enumerate(pictures)]
            results = [_in_its_palette(inserted(picture, hole, prompt, **more), hole) for picture, hole in pairs]
        return io.NodeOutput(_batch(results, image), ui={"pixart": [{"remarks": _remarks(results)}]})


def _quantized(pictures: NDArray[np.uint8], palette: str) -> NDArray[np.uint8]:
    """Pictures [count, H, W, 4] in a built-in palette: each pixel has its nearest colour, two colours are dithered."""
    colors = library.palette(palette)
    settings = Quantization(colors, dither=no_dither.NAME if len(colors.paints) > FEW else FEW_DITHER)
    return np.stack([quantize.quantize(picture, settings) for picture in pictures])


def _in_its_palette(drawn: Illustration, hole: NDArray[np.uint8] | None = None) -> Illustration:
    """What was drawn, in the palette that its words name; as it is where they name none.

    What was drawn into a part of a picture has it where `hole`, uint8 [H, W], is over 127; all else stays as it is.
    """
    if not drawn.palette:
        return drawn
    (height, width), side = drawn.pixels.shape[:2], drawn.pixel
    is_drawn = np.ones((height, width), bool) if hole is None else hole > 127
    first = _blocks(is_drawn[..., None], side)[..., 0].argmax(axis=2)[..., None, None]
    small = np.take_along_axis(_blocks(drawn.pixels, side), first, axis=2)[:, :, 0]
    art = enlarged(_quantized(small[None], drawn.palette)[0], side, width, height)
    note = _palette_note(drawn.palette, "the picture" if hole is None else "what is drawn")
    return replace(drawn, pixels=np.where(is_drawn[..., None], art, drawn.pixels), notes=(*drawn.notes, note))


def _blocks(pixels: NDArray[Any], side: int) -> NDArray[Any]:
    """Pixels [H, W, C] by larger pixels [rows, columns, side * side, C], at the far edges filled up by repetition."""
    height, width, channels = pixels.shape
    padded = np.pad(pixels, ((0, -height % side), (0, -width % side), (0, 0)), mode="edge")
    rows, columns = padded.shape[0] // side, padded.shape[1] // side
    return padded.reshape(rows, side, columns, side, channels).swapaxes(1, 2).reshape(rows, columns, -1, channels)


def _palette_note(palette: str, what: str = "the picture") -> str:
    return f"The words name the palette “{palette}”, so {what} has its colours alone."


def _holes(mask: Any, size: tuple[int, ...]) -> list[NDArray[np.uint8]]:
    """Where the words are drawn, of each mask. Raises PictureError for masks of another size (height, width)."""
    masks = mask_bytes(mask)
    if masks.shape[1:] != size:
        (high, wide), (height, width) = masks.shape[1:], size
        raise PictureError(f"mask is {wide} x {high} pixels, but image is {width} x {height}; give a mask of its size.")
    return [*masks]


def _batch(results: list[Illustration], image: Any) -> Any:
    like = core.intermediate() if image is None else image
    return without_idle_alpha(to_image(np.stack([each.pixels for each in results]), like))


def _remarks(results: list[Illustration]) -> list[str]:
    return list(dict.fromkeys(note for each in results for note in each.notes))


class PixartDrawSprite(io.ComfyNode):
    """A prompt to an animated sprite."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartDrawSprite",
            display_name="Draw Sprite (Built-in Drawings)",
            category=CATEGORY,
            description="Draws the first thing of a prompt as 4 to 8 frames that go round, with its feet on one line: "
            "people and animals walk, run, jump, fly or swim, what has no joints goes up and down. For Save Animation "
            "and Save Sprite Sheet.",
            inputs=[
                *_words_inputs("a knight walking", "Who moves, and in which colours."),
                io.Combo.Input(
                    "motion", options=list(MOTIONS), default=BY_WORDS, tooltip="What it does; else what the words say."
                ),
                io.Int.Input("size", default=32, min=LEAST, max=MOST, tooltip="Side of a frame, in pixels."),
                seed_input("Varies what the words leave open. Same words and seed, same frames."),
            ],
            outputs=[
                image_output("The frames in order, a batch, RGBA."),
                *timing_outputs("What the frames show, for Save Animation."),
            ],
        )

    @classmethod
    def validate_inputs(cls, drawings: str = NAME, motion: str = BY_WORDS) -> bool | str:
        return problem(_require_choices, drawings, motion)

    @classmethod
    def execute(cls, drawings: str, prompt: str, negative: str, motion: str, size: int, seed: int) -> io.NodeOutput:
        _require_choices(drawings, motion)
        animation = animated(prompt, size, motion, seed=seed, negative=negative)
        if palette := animation.palette:
            frames, notes = _quantized(animation.frames, palette), (*animation.notes, _palette_note(palette))
            animation = replace(animation, frames=frames, notes=notes)
        tags = timing.tags_text([timing.Tag(animation.name, 0, len(animation.frames) - 1)])
        frames = to_image(animation.frames, like=core.intermediate())
        report = {"pixart": [{"remarks": list(animation.notes)}]}
        return io.NodeOutput(frames, timing.durations_text(animation.durations), tags, ui=report)


NODES: list[type[io.ComfyNode]] = [PixartDrawWords, PixartDrawSprite]
