"""Amstrad CPC: a cartridge of the GX4000 and of the Plus, and a snapshot for any; code of the Z80.

The cartridge's form: https://www.cpcwiki.eu/index.php/Format:CPR; the snapshot's: Format:SNA_snapshot_file_format.
"""

from __future__ import annotations

from ..formats import amstrad
from ..legal_picture import LegalPicture
from .rom import Rom, little

GATE_ARRAY, SELECT, VALUE, UPPER = 0x7F, 0xBC, 0xBD, 0xDF  # high bytes of ports: of the CRTC the second and third
BORDER, ROMS_OFF, LOWER_ON = 0x10, 0x8C, 0x88  # of the gate array; the last two with the mode
# The CRTC for 40 x 25 characters at C000, 50 pictures a second.
CRTC = 63, 40, 46, 0x8E, 38, 0, 25, 30, 0, 7, 0, 0, 0x30, 0
BEGIN = bytes.fromhex("f3 31 0080")  # di; ld sp,8000
COPY = bytes.fromhex("21 00c0 11 00c0 01 0040 edb0")  # from the cartridge's second page to the screen below it: ldir
LOOP, LOOP_AT = bytes.fromhex("f3 18fe"), 0x8000  # di; jr $
RAM, HEAD = 0x10000, 0x100  # bytes of a snapshot


def _out(port: int, value: int) -> bytes:
    """ld bc; out (c),c."""
    return b"\x01" + bytes((value, port)) + b"\xed\x49"


def _colors(legal: LegalPicture) -> bytes:
    pens = [*enumerate(amstrad.inks(legal)), (BORDER, amstrad.BLACK)]
    return b"".join(_out(GATE_ARRAY, each) for pair in pens for each in pair)


def cartridge(legal: LegalPicture) -> bytes:
    """.cpr: two pages of 16 KiB, the first with the code, the second with the screen."""
    code = BEGIN + b"".join(_out(SELECT, number) + _out(VALUE, value) for number, value in enumerate(CRTC))
    mode = amstrad.mode(legal)
    code += _out(UPPER, 0x81) + _out(GATE_ARRAY, LOWER_ON & ~8 | mode) + COPY
    code += _out(GATE_ARRAY, LOWER_ON | mode) + _colors(legal)
    page = Rom(amstrad.BANK)
    page.put(0, code + LOOP[1:])
    pages = bytes(page), amstrad.memory(legal)
    chunks = b"".join(b"cb%02d" % number + len(page).to_bytes(4, "little") + page for number, page in enumerate(pages))
    return b"RIFF" + (4 + len(chunks)).to_bytes(4, "little") + b"AMS!" + chunks


def snapshot(legal: LegalPicture) -> bytes:
    """.sna, version 1: registers, chips, 64 KiB."""
    head, memory = Rom(HEAD), Rom(RAM)
    head.put(0, b"MV - SNA")
    head[0x10] = 1
    head.put(0x21, little(LOOP_AT) + little(LOOP_AT) + b"\x01")  # stack, program counter, interrupt mode
    head.put(0x2F, amstrad.pens(legal))
    head[0x40] = ROMS_OFF | amstrad.mode(legal)
    head.put(0x43, bytes(CRTC))
    head[0x59] = 0x82  # the PPI as the firmware sets it
    head.put(0x6B, little(RAM // 1024))
    memory.put(amstrad.SCREEN, amstrad.memory(legal))
    memory.put(LOOP_AT, LOOP)
    return bytes(head) + bytes(memory)
