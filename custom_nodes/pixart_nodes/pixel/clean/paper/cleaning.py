"""What can be wished of a photo of a drawing."""

from __future__ import annotations

from dataclasses import dataclass

from ... import errors

GROUNDS = ("white", "transparent")


@dataclass(frozen=True)
class Cleaning:
    """What to make of a photo.

    `ground`: white or transparent. `straighten`: the page alone, as it lies under a scanner, else all of the photo.
    `strength` 0..1: 0 keeps ink as dark as it is on its paper, 1 makes the darkest grey black, pencil too.
    `unruled`: lines, squares and dots of the paper go.
    """

    ground: str = "white"
    straighten: bool = True
    strength: float = 1.0
    unruled: bool = True


def require(ground: str) -> None:
    """Raise UnknownName unless there is such a ground."""
    errors.require(ground, GROUNDS, what="Ground")
