"""Nodes about the picture as a whole: load with alpha, sizes, flatten."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from comfy_api.latest import io

from .. import animation_frames
from ..pixel.palette import color_text, picture
from ..tensors import to_image, to_rgba
from . import core, input_file
from .sockets import CATEGORY, color_input, file_input, image_input, image_output, problem, side_input, size_output

FIRST = (
    "The picture has {frames} frames, of which the first is drawn; `animation` in a request for pixel art, or the node "
    "Load Animation, takes all."
)


class PixartLoadImage(io.ComfyNode):
    """A picture with its transparency in one IMAGE."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartLoadImage",
            display_name="Load Image with Alpha",
            category=CATEGORY,
            description="Loads a picture as one RGBA image: palette PNG, grey, 16-bit, CMYK JPEG, WebP and "
            "the first frame of an animation, turned as its EXIF says. Transparency stays in the image.",
            inputs=[
                file_input(
                    input_file.pictures(),
                    "A picture in ComfyUI's input folder: choose or upload it; over the API, sub/name.png too.",
                )
            ],
            outputs=[image_output("The picture as RGBA, straight alpha.")],
        )

    @classmethod
    def validate_inputs(cls, image: str) -> bool | str:
        return problem(input_file.path_of, image)

    @classmethod
    def fingerprint_inputs(cls, image: str | None) -> str | float:
        return input_file.fingerprint(image)

    @classmethod
    def execute(cls, image: str) -> io.NodeOutput:
        data = input_file.path_of(image).read_bytes()
        first = to_image(animation_frames.first(data, image)[None], like=core.intermediate())
        frames = animation_frames.frame_count(data)
        report = {"pixart": [{"remarks": [FIRST.format(frames=frames)]}]} if frames > 1 else None
        return io.NodeOutput(first, ui=report)


class PixartCanvas(io.ComfyNode):
    """The size of the pixel art, and the size at which a model should draw for it."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartCanvas",
            display_name="Canvas Size",
            category=CATEGORY,
            description="The canvas in pixels, and a size of the same shape at which a model can draw: "
            "multiples of 8, at least 64. Models don't draw well at 64 x 64; pixelate what they drew large.",
            inputs=[
                side_input("width", "Width of the finished pixel art, in pixels."),
                side_input("height", "Height of the finished pixel art, in pixels."),
                io.Int.Input(
                    "generation_side",
                    default=512,
                    min=64,
                    max=2048,
                    step=8,
                    tooltip="Long side, in pixels, at which the model draws: 512 for SD 1.5, 1024 for SDXL.",
                ),
            ],
            outputs=[
                size_output("canvas_width", "The width, unchanged."),
                size_output("canvas_height", "The height, unchanged."),
                size_output("generation_width", "Width for the latent image and the control picture."),
                size_output("generation_height", "Height for the latent image and the control picture."),
            ],
        )

    @classmethod
    def execute(cls, width: int, height: int, generation_side: int) -> io.NodeOutput:
        return io.NodeOutput(width, height, *picture.generation_size(width, height, generation_side))


class PixartFlatten(io.ComfyNode):
    """Transparency laid over a colour."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartFlatten",
            display_name="Flatten onto Colour (Remove Alpha)",
            category=CATEGORY,
            description="Lays an image with transparency over one colour and returns plain RGB, as models "
            "and control nets want it. Without this, what is transparent turns black there.",
            inputs=[
                image_input("The image to flatten; without alpha it comes back as it is."),
                color_input("background", "#ffffff", "The colour behind it, as #rrggbb."),
            ],
            outputs=[image_output("The image as RGB.")],
        )

    @classmethod
    def execute(cls, image: object, background: str) -> io.NodeOutput:
        flat = picture.flatten(to_rgba(image), color_text.parse_color(background))
        return io.NodeOutput(to_image(flat, like=image))


NODES: list[type[io.ComfyNode]] = [PixartLoadImage, PixartCanvas, PixartFlatten]
