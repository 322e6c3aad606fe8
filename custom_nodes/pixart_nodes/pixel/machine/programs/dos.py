"""DOS with an EGA or a VGA: a .COM program, code of the 8086. It waits for a key and goes back to text."""

from __future__ import annotations

from ..formats import planar
from ..legal_picture import LegalPicture
from .rom import little

START = 0x100  # where DOS puts a .COM program
GRAPHICS, TEXT = bytes.fromhex("b80d00cd10"), bytes.fromhex("b80300cd10")  # mov ax,mode; int 10: modes 0D and 3
BEGIN = bytes.fromhex("fc b800a08ec0")  # cld; es the screen
KEY, END = bytes.fromhex("31c0cd16"), bytes.fromhex("cd20")  # int 16; int 20


def _plane(plane: int, source: int, count: int) -> bytes:
    """Writes go to one plane: the sequencer's register 2; then mov si; xor di,di; mov cx; rep movsw."""
    chosen = bytes.fromhex("bac403 b802") + bytes((1 << plane,)) + b"\xef"
    return chosen + b"\xbe" + little(source) + b"\x31\xff\xb9" + little(count // 2) + b"\xf3\xa5"


def program(legal: LegalPicture) -> bytes:
    """.com"""
    data = planar.ega_planes(legal)
    count = len(data) // planar.EGA_PLANES
    size = len(GRAPHICS + BEGIN) + planar.EGA_PLANES * len(_plane(0, 0, 0)) + len(KEY + TEXT + END)
    copies = b"".join(_plane(plane, START + size + plane * count, count) for plane in range(planar.EGA_PLANES))
    return GRAPHICS + BEGIN + copies + KEY + TEXT + END + data
