"""Atari ST: a .PRG for GEMDOS, code of the 68000. It waits for a key and puts the desktop's colours back."""

from __future__ import annotations

from ..formats import planar
from ..legal_picture import LegalPicture
from .rom import big

SUPERVISOR = bytes.fromhex("42a7 3f3c0020 4e41 5c8f")  # Super(0)
LOW_RESOLUTION = bytes.fromhex("4267 4878ffff 4878ffff 3f3c0005 4e4e 4fef000c a00a")  # Setscreen(-1, -1, 0); no mouse
OLD_COLORS = bytes.fromhex("4cf800ff8240 41fa")  # movem.l ffff8240,d0-d7; lea kept(pc),a0
KEEP = bytes.fromhex("48d000ff")  # movem.l d0-d7,(a0)
COLORS = bytes.fromhex("3f3c0006 4e4e 5c8f")  # Setpalette, behind pea colours(pc)
SCREEN = bytes.fromhex("3f3c0002 4e4e 548f 2240 41fa")  # Physbase() to a1; lea pixels(pc),a0
COPY = bytes.fromhex("3e3c1f3f 22d8 51cffffc")  # 8000 times move.l (a0)+,(a1)+
KEY = bytes.fromhex("3f3c0007 4e41 548f")  # Crawcin()
END = bytes.fromhex("a009 4267 4e41")  # the mouse again; Pterm0()
PEA = bytes.fromhex("487a")
WORD = 2  # bytes of a displacement, which counts from its own place


def program(legal: LegalPicture) -> bytes:
    """.prg"""
    colors, pixels, old_colors = planar.st_palette(legal), planar.interleaved(legal, planar.ST_PLANES), bytes(32)
    parts = (OLD_COLORS, "old"), (KEEP + LOW_RESOLUTION + PEA, "colors"), (COLORS + SCREEN, "pixels")
    parts = *parts, (COPY + KEY + PEA, "old")
    start = SUPERVISOR
    size = len(start) + sum(len(code) + WORD for code, _ in parts) + len(COLORS + END)
    places = {"colors": size, "old": size + len(colors), "pixels": size + len(colors + old_colors)}
    text = start
    for code, name in parts:
        text += code
        text += big(places[name] - len(text))
    text += COLORS + END + colors + old_colors + pixels
    head = bytes.fromhex("601a") + big(len(text), 4) + bytes(20) + b"\xff\xff"  # code alone, at any address
    return head + text
