"""What can go wrong in a node, in words for the person at the editor.

PixelError                 ValueError; root of all below
├── PaletteError           a colour, a palette file or a palette that can't be used
├── UnknownName            a name looked up in a list, with "did you mean"
├── PictureError           a picture that can't be read or has no pixels to work on
├── DrawingError           a recipe of a drawing that can't be read, or drawn as asked
├── InputFileError         a file that isn't in ComfyUI's input folder
├── LoraError              a LoRA tag that can't be read, or that fits no file or several
├── RefinerError           a checkpoint that can't take over from the model that draws
├── SeedError              a token's seed that isn't 32 bytes in hex
├── WeightsError           a model file whose tensors can't be listed
├── AxeraError             an NPU, its library or its models that can't be used
├── MachineError           a console or home computer that can't do what is asked
├── InterrogatorError      a model that says what a picture shows, and can't
├── NotInstalled           a Python package that is optional, and asked for
├── SafetyError            the NSFW filter can't look: its library is missing
├── UnsafePicture          the NSFW filter refuses a picture
└── UpstreamError          another server that draws for us: no picture from it
    ├── UpstreamUnavailable    it can't be reached, or broke off
    ├── UpstreamUnauthorized   it doesn't know our name and password
    ├── UpstreamRefused        it answered with an error
    ├── UpstreamTimedOut       it took longer than it may
    └── UpstreamPictureError   what it answered is no picture that can be used

The bridge knows PictureError, PaletteError, AxeraError, MachineError, NotInstalled, UnsafePicture and the last six by
their names (`exception_type` of ComfyUI's history), to choose an HTTP status.
"""

from .pixel.errors import PaletteError, PictureError, PixelError, UnknownName

__all__ = [
    "AxeraError",
    "DrawingError",
    "InputFileError",
    "InterrogatorError",
    "LoraError",
    "MachineError",
    "NotInstalled",
    "PaletteError",
    "PictureError",
    "PixelError",
    "RefinerError",
    "SafetyError",
    "SeedError",
    "UnknownName",
    "UnsafePicture",
    "UpstreamError",
    "UpstreamPictureError",
    "UpstreamRefused",
    "UpstreamTimedOut",
    "UpstreamUnauthorized",
    "UpstreamUnavailable",
    "WeightsError",
]


class DrawingError(PixelError):
    """A recipe of a drawing that can't be read, or that can't be drawn as asked."""


class InputFileError(PixelError):
    """A file name that leads nowhere, or out of ComfyUI's folders."""


class LoraError(PixelError):
    """A LoRA tag that can't be read, or a name that fits no file or several."""


class RefinerError(PixelError):
    """A checkpoint that can't take over from the model that draws."""


class SeedError(PixelError):
    """A token's seed that isn't 32 bytes in hex."""


class WeightsError(PixelError):
    """A model file that is cut off, or isn't what its ending says."""


class AxeraError(PixelError):
    """An NPU, its library or its models that can't be used."""


class InterrogatorError(PixelError):
    """A model that says what a picture shows, and can't be read or run."""


class MachineError(PixelError):
    """A console or home computer that can't do what is asked of it, or a picture that it can't do that with."""


def lacking(what: str, package: str, why: str) -> str:
    """The sentences for a Python package without which something of the pack can't work."""
    return (
        f"{what} needs the Python package {package!r}, which {why}. Install it with ComfyUI's own Python: "
        f"python -m pip install {package}."
    )


class NotInstalled(PixelError):
    """A Python package that isn't needed for the rest of the pack, and isn't there."""


class SafetyError(PixelError):
    """The NSFW filter can't look at pictures: its library is missing."""


class UnsafePicture(PixelError):
    """The NSFW filter refuses a picture."""


class UpstreamError(PixelError):
    """Another server that draws for us gave no picture."""


class UpstreamUnavailable(UpstreamError):
    """It can't be reached, or broke off."""


class UpstreamUnauthorized(UpstreamError):
    """It doesn't know our name and password."""


class UpstreamRefused(UpstreamError):
    """It answered with an error."""


class UpstreamTimedOut(UpstreamError):
    """It took longer than it may."""


class UpstreamPictureError(UpstreamError):
    """What it answered is no picture that can be used."""
