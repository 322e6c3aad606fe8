"""A sprite of Aseprite's, as far as its header tells. Pure."""

from __future__ import annotations

SIGNATURE = b"\xe0\xa5"  # the magic number of the format, behind the file's size in four bytes


def is_sprite(data: bytes) -> bool:
    """Whether it is a sprite of Aseprite, by the magic number of its format."""
    return data[4:6] == SIGNATURE
