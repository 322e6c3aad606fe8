"""Amiga: a bootable floppy disk, code of the 68000, which loads the picture from behind the boot block.

The boot block is called with the disk's request in a1 and exec.library in a6: Amiga ROM Kernel Reference Manual,
Devices, chapter on the trackdisk device. Registers: Amiga Hardware Reference Manual.
"""

from __future__ import annotations

from ..formats import planar
from ..legal_picture import LegalPicture
from .rom import Rom, big

SECTOR, BOOT, DISK = 512, 1024, 901_120  # bytes; the disk has 2 sides of 80 tracks of 11 sectors
SUM = 0xFFFFFFFF  # what a boot block's longwords add up to, with the carry added in again
# DIWSTRT, DIWSTOP, DDFSTRT, DDFSTOP: 320 x 256; BPLCON0 to 2: five planes, colour; no modulo; FMODE of later chips
SCREEN = (0x8E, 0x2C81), (0x90, 0x2CC1), (0x92, 0x38), (0x94, 0xD0), (0x100, 0x5200), (0x102, 0), (0x104, 0)
SCREEN = *SCREEN, (0x108, 0), (0x10A, 0), (0x1FC, 0)
FIRST_POINTER, FIRST_COLOR = 0xE0, 0x180
END_OF_LIST = bytes.fromhex("fffffffe")
# a4 the request; AllocMem(size, MEMF_CHIP) to a3
MEMORY = bytes.fromhex("2849 203c"), bytes.fromhex("7202 4eaeff3a 2640")
# CMD_READ of the size from behind the boot block to a3
READ = bytes.fromhex("224c 337c0002001c 237c"), bytes.fromhex("0024 234b0028 237c00000400002c 4eaefe38")
MOTOR_OFF = bytes.fromhex("224c 337c0009001c 42a90024 4eaefe38")  # TD_MOTOR with 0
TAKE_OVER = bytes.fromhex("4bf900dff000 3b7c7fff009a 3b7c7fff0096")  # a5 the chips; no interrupts, no DMA
# Each plane's address into the list of the Copper: d0 runs over planes, a0 over the list.
POINTERS = bytes.fromhex("200b 068000000200 41eb0002 7204"), bytes.fromhex("4840 3080 4840 31400004 5088 0680")
NEXT = bytes.fromhex("51c9ffec")  # dbra
SHOW = bytes.fromhex("2b4b0080 3b400088 3b7c83800096 60fe")  # the list; start it; DMA of Copper and planes; bra


def _list(legal: LegalPicture) -> bytes:
    """What the Copper writes into the chips' registers at the top of each picture; planes' addresses are filled in."""
    moves = [(FIRST_POINTER + 2 * word, 0) for word in range(2 * planar.AMIGA_PLANES)]
    colors = legal.codes[0].tolist()
    moves += [*SCREEN, *((FIRST_COLOR + 2 * slot, color) for slot, color in enumerate(colors))]
    return (b"".join(big(register) + big(value) for register, value in moves) + END_OF_LIST).ljust(SECTOR, b"\0")


def _checked(block: Rom) -> bytes:
    total = 0
    for at in range(0, BOOT, 4):
        total += int.from_bytes(block[at : at + 4], "big")
        total = (total & SUM) + (total >> 32)
    block.put(4, big(SUM - total, 4))
    return bytes(block)


def disk(legal: LegalPicture) -> bytes:
    """.adf"""
    planes = planar.amiga_planes(legal)
    data = _list(legal) + planes
    size = big(len(data), 4)
    code = MEMORY[0] + size + MEMORY[1] + READ[0] + size + READ[1] + MOTOR_OFF + TAKE_OVER
    code += POINTERS[0] + POINTERS[1] + big(len(planes) // planar.AMIGA_PLANES, 4) + NEXT + SHOW
    block = Rom(BOOT)
    block.put(0, b"DOS\0")
    block.put(8, big(880, 4))
    block.put(12, code)
    return (_checked(block) + data).ljust(DISK, b"\0")
