"""Inputs and outputs that several nodes share, so that the same thing is named and explained the same."""

from __future__ import annotations

from collections.abc import Callable

from comfy_api.latest import io

from ..errors import PixelError
from ..pixel.resize import downscale

CATEGORY = "Pixart"
MOST_PIXELS = 4096  # longest side of a canvas
MOST_SEED = 0xFFFFFFFFFFFFFFFF  # as KSampler's

PaletteSocket = io.Custom("PIXART_PALETTE")
LookSocket = io.Custom("PIXART_LOOK")
MachineSocket = io.Custom("PIXART_MACHINE")


def image_input(tooltip: str) -> io.Input:
    """An IMAGE input; alpha, where there is a fourth channel, is kept."""
    return io.Image.Input("image", tooltip=tooltip)


def file_input(options: list[str], tooltip: str) -> io.Input:
    """A file in ComfyUI's input folder, with these in the menu."""
    return io.Combo.Input(
        "image", options=options, upload=io.UploadType.image, image_folder=io.FolderType.input, tooltip=tooltip
    )


def color_input(name: str, default: str, tooltip: str, **more: bool) -> io.Input:
    """A colour: the editor's own colour field where ComfyUI has one, a text before that. Either gives a text."""
    field: type[io.String.Input] = getattr(io, "Color", io.String).Input
    return field(name, default=default, tooltip=tooltip, **more)


def image_output(tooltip: str) -> io.Output:
    """The one IMAGE a node makes."""
    return io.Image.Output("result", display_name="IMAGE", tooltip=tooltip)


def prefix_input(default: str) -> io.Input:
    """Where a node that saves puts its files."""
    return io.String.Input(
        "filename_prefix",
        default=default,
        tooltip="Folder and beginning of the file name in ComfyUI's output folder; %width% and the like work as in "
        "Save Image.",
    )


def written_palette_input() -> io.Input:
    """The palette of a file that a node saves."""
    return PaletteSocket.Input(
        "palette",
        optional=True,
        tooltip="Write this palette, in order; without it, colours are numbered as they appear.",
    )


def graph_input() -> io.Input:
    """Last, and optional: prompts from before it was there stay valid."""
    return io.Boolean.Input(
        "save_workflow",
        default=True,
        optional=True,
        tooltip="Writes this graph and its prompt into the file, as Save Image does, so that the editor opens it. "
        "Off: the file has its pixels alone.",
    )


def side_input(name: str, what: str, default: int = 64) -> io.Input:
    """A width or a height in pixels."""
    return io.Int.Input(name, default=default, min=1, max=MOST_PIXELS, tooltip=what)


def free_side_input(name: str, default: int = 64) -> io.Input:
    """A width or a height of the result that may be left to the picture's shape."""
    other = {"width": "height", "height": "width"}[name]
    tooltip = f"{name.capitalize()} of the result, in pixels; exactly. 0: as {other} and the picture's shape say."
    return io.Int.Input(name, default=default, min=0, max=MOST_PIXELS, tooltip=tooltip)


def fit_input() -> io.Input:
    """What becomes of a picture whose shape isn't that of the size."""
    return io.Combo.Input(
        "fit",
        options=list(downscale.FITS),
        default="stretch",
        tooltip="When the shapes differ: stretch, crop the edges, or pad with transparency.",
    )


def divisor_input() -> io.Input:
    """Last, and optional: prompts from before it was there stay valid."""
    return io.Int.Input(
        "divisor",
        default=0,
        min=0,
        max=64,
        optional=True,
        tooltip="Divides the picture's own sides by this, whatever width and height say: 4 makes 600 x 400 150 x 100. "
        "0: width and height count.",
    )


def look_input(what: str) -> io.Input:
    """What Look at Picture said; last, and optional: prompts from before it was there stay valid."""
    return LookSocket.Input("look", optional=True, tooltip=f"From Look at Picture: {what}")


def size_output(name: str, tooltip: str, id: str = "") -> io.Output:
    """A width or a height that a node gives; `id` where an input already has the name."""
    return io.Int.Output(id or name, display_name=name, tooltip=tooltip)


def seed_input(tooltip: str) -> io.Input:
    """The seed of a node that draws; the editor puts its control behind it."""
    return io.Int.Input("seed", default=0, min=0, max=MOST_SEED, control_after_generate=True, tooltip=tooltip)


def schedule_inputs() -> list[io.Input]:
    """How many steps, and how closely to the prompts, as in KSampler."""
    return [
        io.Int.Input("steps", default=20, min=1, max=10000, tooltip="Steps of the whole schedule."),
        io.Float.Input(
            "cfg",
            default=7.0,
            min=0.0,
            max=100.0,
            step=0.1,
            round=0.01,
            tooltip="How closely the picture follows the prompts.",
        ),
    ]


def variation_inputs() -> list[io.Input]:
    """A second seed, mixed into the first."""
    return [
        io.Int.Input(
            "variation_seed",
            default=0,
            min=0,
            max=MOST_SEED,
            tooltip="Seed of the noise that is mixed in; only with a variation_strength.",
        ),
        io.Float.Input(
            "variation_strength",
            default=0.0,
            min=0.0,
            max=1.0,
            step=0.01,
            tooltip="0 is the seed's own noise, 1 is that of the variation seed.",
        ),
    ]


def palette_output(tooltip: str) -> io.Output:
    """The one palette a node makes."""
    return PaletteSocket.Output("result", display_name="PALETTE", tooltip=tooltip)


def problem(check: Callable[..., object], *values: object) -> bool | str:
    """True where `check` accepts the values, else what it says: the answer of a node's `validate_inputs`.

    ComfyUI 0.3.75 doesn't hold a V3 combo to its options, so the nodes do. A value that comes over a link
    is None here; then the check waits for `execute`, which makes it too.
    """
    if None in values:
        return True
    try:
        check(*values)
    except PixelError as error:
        return str(error)
    return True
