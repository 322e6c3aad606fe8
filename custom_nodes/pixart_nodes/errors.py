"""What can go wrong in a node, in words for the person at the editor.

PixelError                 ValueError; root of all below
├── PaletteError           a colour, a palette file or a palette that can't be used
├── UnknownName            a name looked up in a list, with "did you mean"
├── PictureError           a picture that can't be read or has no pixels to work on
└── InputFileError         a file that isn't in ComfyUI's input folder
"""

from .pixel.errors import PaletteError, PictureError, PixelError, UnknownName

__all__ = ["InputFileError", "PaletteError", "PictureError", "PixelError", "UnknownName"]


class InputFileError(PixelError):
    """A file name that leads nowhere, or out of ComfyUI's folders."""
