"""NES parts as its tools take them: patterns, nametable, palette, and a session of NES Screen Tool and NEXXT."""

from __future__ import annotations

from ..legal_picture import LegalPicture
from .console import byte_palette, filled, nes_attributes, padded
from .tile_bytes import plane_after_plane

BANK = 4096  # bytes of one pattern table
SPRITES = 16  # colours of sprites, which follow those of the background


def patterns(legal: LegalPicture) -> bytes:
    """.chr: one pattern table, unused tiles blank."""
    return plane_after_plane(legal.tile_set.tiles).ljust(BANK, b"\0")


def nametable(legal: LegalPicture) -> bytes:
    """.nam: 960 bytes of tiles and 64 of attributes."""
    return names(legal) + nes_attributes(legal)


def names(legal: LegalPicture) -> bytes:
    """The tile of each of 32 x 30 places."""
    return padded(legal.tile_set.index, 32, 30).astype("u1").tobytes()


def session(legal: LegalPicture) -> bytes:
    """.nss: all of it as text."""
    values = {
        "VarNameW": "32",
        "VarNameH": "30",
        "Palette": (byte_palette(legal) + filled(legal).astype("u1").tobytes()[:SPRITES]).ljust(64, b"\x0f").hex(),
        "CHRMain": patterns(legal).ljust(2 * BANK, b"\0").hex(),
        "NameTable": names(legal).hex(),
        "AttrTable": nes_attributes(legal).hex(),
    }
    lines = [f"{key}={value}" for key, value in values.items()]
    return "\r\n".join(["NSTssTXT", "", *lines, ""]).encode()
