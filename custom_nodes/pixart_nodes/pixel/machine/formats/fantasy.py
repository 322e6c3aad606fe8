"""Cartridges of consoles that never were hardware: PICO-8 as text, TIC-80 as chunks."""

from __future__ import annotations

import numpy as np

from ..legal_picture import LegalPicture, blocks
from .tile_bytes import low_nibble_first

SECRET = 128  # where PICO-8 counts its second sixteen colours from
TILES, SPRITES, CODE, PALETTE = 1, 2, 5, 12  # kinds of TIC-80's chunks
HALF = 256  # tiles of a chunk
TIC_CODE = b"-- script: lua\nfunction TIC()for i=0,%d do spr(i,i%%%d*8,i//%d*8)end end\n"


def pico8(legal: LegalPicture) -> bytes:
    """.p8: the picture as sprite sheet, and Lua that shows it, the secret colours included."""
    codes = [code if code < 16 else SECRET + code - 16 for code in legal.codes[0].tolist()]
    palette = "".join(f"pal({slot},{code},1)\n" for slot, code in enumerate(codes))
    across, down = legal.slots.shape[1] // 8, legal.slots.shape[0] // 8
    show = f"palt(0,false)\ncls()\nspr(0,0,0,{across},{down})\nrepeat flip() until false\n"
    rows = ["".join(f"{slot:x}" for slot in row).ljust(128, "0") for row in legal.slots.tolist()]
    lua = f"poke(0x5f2e,1)\n{palette}{show}"
    return "\n".join(
        ["pico-8 cartridge // http://www.pico-8.com", "version 41", "__lua__", lua + "__gfx__", *rows, ""]
    ).encode()


def tic80(legal: LegalPicture) -> bytes:
    """.tic: every tile of the picture in turn, as tiles and then as sprites, its palette, and Lua that shows it."""
    tiles = blocks(legal.slots[..., None], (8, 8))[..., 0]
    across = legal.slots.shape[1] // 8
    code = TIC_CODE % (len(tiles) - 1, across, across)
    colors = legal.colors[0].astype(np.uint8).tobytes()
    chunks = [(TILES, low_nibble_first(tiles[:HALF])), (SPRITES, low_nibble_first(tiles[HALF:]))]
    parts = [*chunks, (CODE, code), (PALETTE, colors)]
    return b"".join(bytes((kind,)) + len(data).to_bytes(2, "little") + b"\0" + data for kind, data in parts if data)
