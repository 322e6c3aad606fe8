"""Inputs and outputs that several nodes share, so that the same thing is named and explained the same."""

from __future__ import annotations

from comfy_api.latest import io

CATEGORY = "Pixart"
MOST_PIXELS = 4096  # longest side of a canvas

PaletteSocket = io.Custom("PIXART_PALETTE")


def image_input(tooltip: str) -> io.Input:
    """An IMAGE input; alpha, where there is a fourth channel, is kept."""
    return io.Image.Input("image", tooltip=tooltip)


def image_output(tooltip: str) -> io.Output:
    """The one IMAGE a node makes."""
    return io.Image.Output("result", display_name="IMAGE", tooltip=tooltip)


def side_input(name: str, what: str) -> io.Input:
    """A width or a height in pixels."""
    return io.Int.Input(name, default=64, min=1, max=MOST_PIXELS, tooltip=what)


def palette_output(tooltip: str) -> io.Output:
    """The one palette a node makes."""
    return PaletteSocket.Output("result", display_name="PALETTE", tooltip=tooltip)
