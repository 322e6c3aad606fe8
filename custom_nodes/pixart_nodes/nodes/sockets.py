"""Inputs and outputs that several nodes share, so that the same thing is named and explained the same."""

from __future__ import annotations

from collections.abc import Callable

from comfy_api.latest import io

from ..errors import PixelError

CATEGORY = "Pixart"
MOST_PIXELS = 4096  # longest side of a canvas

PaletteSocket = io.Custom("PIXART_PALETTE")


def image_input(tooltip: str) -> io.Input:
    """An IMAGE input; alpha, where there is a fourth channel, is kept."""
    return io.Image.Input("image", tooltip=tooltip)


def image_output(tooltip: str) -> io.Output:
    """The one IMAGE a node makes."""
    return io.Image.Output("result", display_name="IMAGE", tooltip=tooltip)


def side_input(name: str, what: str, default: int = 64) -> io.Input:
    """A width or a height in pixels."""
    return io.Int.Input(name, default=default, min=1, max=MOST_PIXELS, tooltip=what)


def size_output(name: str, tooltip: str, id: str = "") -> io.Output:
    """A width or a height that a node gives; `id` where an input already has the name."""
    return io.Int.Output(id or name, display_name=name, tooltip=tooltip)


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
