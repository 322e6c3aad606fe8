"""Files of the Amstrad CPC: its screen with AMSDOS's head, and the palette that OCP Art Studio keeps beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..legal_picture import LegalPicture

SCREEN, BANK = 0xC000, 0x4000  # where the screen lies, and how long it is
LINES, BANK_OF_LINE, ROW = 8, 0x800, 80  # of a row of characters; bytes from one line of it to the next; bytes of a row
HARDWARE, BLACK = 0x40, 0x54  # what the gate array adds to a colour's number; the border's
PENS = 16
STATES = 12  # of a colour that changes, which ours don't
MODES = {160: 0, 320: 1}  # by the screen's width
# Where a byte has each bit of its pixels, the left pixel first: https://www.cpcwiki.eu/index.php/Video_modes
PLACES = {0: ((7, 3, 5, 1), (6, 2, 4, 0)), 1: ((7, 3), (6, 2), (5, 1), (4, 0))}


def mode(legal: LegalPicture) -> int:
    """The screen mode: 0 has sixteen inks, 1 four."""
    return MODES[legal.machine.size[0]]


def _bytes(legal: LegalPicture) -> NDArray[np.uint8]:
    """Each row's bytes: [H, 80]."""
    places = PLACES[mode(legal)]
    pixels = legal.slots.reshape(len(legal.slots), -1, len(places))
    packed = np.zeros(pixels.shape[:2], np.uint8)
    for pixel, bits in enumerate(places):
        for bit, place in enumerate(bits):
            packed |= (pixels[..., pixel] >> bit & 1) << place
    return packed


def memory(legal: LegalPicture) -> bytes:
    """The 16384 bytes from C000: eight banks, each with one line of all rows of characters."""
    screen = np.zeros((LINES, BANK_OF_LINE), np.uint8)
    rows = _bytes(legal)
    for line in range(LINES):
        part = rows[line::LINES].ravel()
        screen[line, : part.size] = part
    return screen.tobytes()


def inks(legal: LegalPicture) -> list[int]:
    """The gate array's number of the colour of each ink."""
    return [HARDWARE | code for code in legal.codes[0].tolist()]


def pens(legal: LegalPicture) -> bytes:
    """The inks of the gate array's sixteen pens, those of mode 1 again and again, and the border's."""
    return bytes((*(inks(legal) * 4)[:PENS], BLACK))


def _headed(name: bytes, address: int, data: bytes) -> bytes:
    """With the 128 bytes that AMSDOS puts before a binary file."""
    head = bytearray(128)
    head[1:12] = name
    head[18] = 2  # binary
    head[21:23], head[24:26] = address.to_bytes(2, "little"), len(data).to_bytes(2, "little")
    head[64:67] = len(data).to_bytes(3, "little")
    head[67:69] = sum(head[:67]).to_bytes(2, "little")
    return bytes(head) + data


def screen(legal: LegalPicture) -> bytes:
    """.scr: loads to C000."""
    return _headed(b"PICTURE SCR", SCREEN, memory(legal))


def palette(legal: LegalPicture) -> bytes:
    """.pal of OCP Art Studio: mode, no animation, each ink and the border in twelve states, nothing locked."""
    states = b"".join(bytes((color,)) * STATES for color in pens(legal))
    return _headed(b"PICTURE PAL", 0x8809, bytes((mode(legal), 0, 0)) + states + bytes(32))
