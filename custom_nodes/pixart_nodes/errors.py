"""What can go wrong in a node, in words for the person at the editor.

PixelError                 ValueError; root of all below
├── PaletteError           a colour, a palette file or a palette that can't be used
├── UnknownName            a name looked up in a list, with "did you mean"
├── PictureError           a picture that can't be read or has no pixels to work on
├── InputFileError         a file that isn't in ComfyUI's input folder
├── LoraError              a LoRA tag that can't be read, or that fits no file or several
└── SeedError              a token's seed that isn't 32 bytes in hex
"""

from .pixel.errors import PaletteError, PictureError, PixelError, UnknownName

__all__ = ["InputFileError", "LoraError", "PaletteError", "PictureError", "PixelError", "SeedError", "UnknownName"]


class InputFileError(PixelError):
    """A file name that leads nowhere, or out of ComfyUI's folders."""


class LoraError(PixelError):
    """A LoRA tag that can't be read, or a name that fits no file or several."""


class SeedError(PixelError):
    """A token's seed that isn't 32 bytes in hex."""
