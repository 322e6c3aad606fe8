"""The pages of the machines, one each, and the tables of their overview, made of the table of machines.

    python docs/machine_pages.py

Their pictures are made by `machine_pictures.py`. tests/test_machine_pages.py holds the pages to this.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tables import ROOT, filled, table

sys.path[:0] = [str(ROOT / "tests")]

from emulators import EMULATORS  # noqa: E402 - the tests' folder is on the path now
from pixart_nodes.pixel.machine.formats import picture  # noqa: E402 - the pack's is by tables
from pixart_nodes.pixel.machine.machine import Machine  # noqa: E402
from pixart_nodes.pixel.machine.table import MACHINES  # noqa: E402

OVERVIEW, FOLDER = ROOT / "docs" / "MACHINES.md", ROOT / "docs" / "machines"
MADE = "<!-- Made by docs/machine_pages.py; what is written here by hand goes. -->"

# An ink's number is that of the firmware: lines of DATA hold them, in the order of the PNG's palette.
CPC_BASIC = (
    "10 MODE %d\n20 FOR i=0 TO %d:READ c:INK i,c:NEXT ' DATA: 9 x green + 3 x red + blue of each ink, 0 to 2\n"
    '30 LOAD "PHOTO.SCR",&C000\n40 GOTO 40'
)
# What a toolchain is told of the files, where a line of words is too little: language, text.
NEXT = {
    "gb": (
        "asm",
        'SECTION "picture", ROMX\nTiles: INCBIN "photo.2bpp"\nMap:   INCBIN "photo.tilemap"   ; 20 x 18 tile numbers',
    ),
    "gbc": (
        "asm",
        'SECTION "picture", ROMX\n'
        'Tiles:      INCBIN "photo.2bpp"     ; the first 256 into bank 0, the rest into bank 1\n'
        'Map:        INCBIN "photo.tilemap"\n'
        'Attributes: INCBIN "photo.attrmap"  ; into bank 1, at the map\'s addresses\n'
        'Palettes:   INCBIN "photo.pal"      ; through BCPS and BCPD',
    ),
    "nes": (
        "asm",
        '.segment "CHARS"\n        .incbin "photo.chr"\n.segment "RODATA"\n'
        'names:  .incbin "photo.nam"   ; 960 tiles, 64 bytes of attributes: to $2000\n'
        'colors: .incbin "photo.pal"   ; to $3F00',
    ),
    "snes": (
        "c",
        "extern char tiles, tiles_end, map, map_end, palette, palette_end;  // .incbin of .4bpp, .tilemap and .pal\n"
        "bgInitTileSet(0, &tiles, &palette, 0, &tiles_end - &tiles, &palette_end - &palette, BG_16COLORS, 0x4000);\n"
        "bgInitMapSet(0, &map, &map_end - &map, SC_32x32, 0x0000);",
    ),
    "megadrive": (
        "c",
        '// in the resource file: IMAGE photo "photo.png" NONE\nPAL_setColors(0, photo.palette->data, 64, CPU);\n'
        "VDP_drawImage(BG_A, &photo, 0, 0);",
    ),
    "mastersystem": (
        "c",
        "SMS_loadTiles(photo_4bpp, 0, photo_4bpp_size);\nSMS_loadTileMap(0, 0, photo_tilemap, photo_tilemap_size);\n"
        "SMS_loadBGPalette(photo_pal);\nSMS_loadSpritePalette(photo_pal + 16);  // the tiles' second palette",
    ),
    "gamegear": (
        "c",
        "SMS_loadTiles(photo_4bpp, 0, photo_4bpp_size);\nSMS_loadTileMapArea(6, 3, photo_tilemap, 20, 18);\n"
        "GG_loadBGPalette(photo_pal);\nGG_loadSpritePalette(photo_pal + 32);  // the tiles' second palette",
    ),
    "pce": (
        "c",
        '#incbin(tiles, "photo.4bpp");\n#incbin(map, "photo.bat");\n#incbin(colors, "photo.pal");\n'
        "load_palette(0, colors, 16);\nload_vram(0x400, tiles, TILES * 16);  // a tile is 16 words\n"
        "load_vram(0x000, map, 32 * 28);",
    ),
    "gba": (
        "c",
        "memcpy16(pal_bg_mem, photo_pal, 256);\nmemcpy32(&tile_mem[0][0], photo_4bpp, photo_4bpp_size / 4);\n"
        "for (int y = 0; y < 20; y++) memcpy16(&se_mem[30][32 * y], photo_tilemap + 30 * y, 30);",
    ),
    "wonderswan": (
        "c",
        "ws_system_set_mode(WS_MODE_COLOR_4BPP);\nws_gdma_copy(WS_TILE_4BPP_MEM(0), photo_4bpp, photo_4bpp_size);\n"
        "ws_gdma_copy(WS_SCREEN_COLOR_MEM(0), photo_pal, 512);\n"
        "for (int y = 0; y < 18; y++) ws_gdma_copy(screen + 64 * y, photo_tilemap + 56 * y, 56);",
    ),
    "zx": ("asm", '    ORG $4000\n    INCBIN "photo.scr"   ; sjasmplus; in BASIC: LOAD "" SCREEN$'),
    "c64": ("asm", '.var photo = LoadBinary("photo.koa", BF_KOALA)   // KickAssembler'),
    "msx1": ("basic", '10 SCREEN 2\n20 BLOAD "PHOTO.SC2",S\n30 GOTO 30'),
    "cpc": ("basic", CPC_BASIC % (0, 15)),
    "cpc-mode1": ("basic", CPC_BASIC % (1, 3)),
    "st": (
        "asm",
        'colors: incbin "photo.pi1",2,32    ; vasm; for Setpalette\nscreen: incbin "photo.pi1",34,32000',
    ),
    "amiga": (
        "asm",
        'planes: incbin "photo.raw"   ; vasm; in chip memory, each plane 10240 bytes\n'
        'colors: incbin "photo.pal"   ; to $dff180, or by LoadRGB4',
    ),
    "playdate": ("lua", 'local photo <const> = playdate.graphics.image.new("photo")\nphoto:draw(0, 0)'),
    "ega": (
        "c",
        "for (int plane = 0; plane < 4; plane++) {\n    outpw(0x3C4, 0x100 << plane | 2);  // writes go to it\n"
        "    memcpy(MK_FP(0xA000, 0), ega + 8000 * plane, 8000);\n}",
    ),
    "pico8": ("text", "load photo.p8\nrun"),
    "tic80": ("text", "load photo.tic\nrun"),
}


def emulator_of(machine: Machine) -> str:
    """The emulators that showed the machine's program, pixel for pixel; empty where none did."""
    return ", ".join(dict.fromkeys(each.title for each in EMULATORS.get(machine.name, ())))


def page(machine: Machine) -> str:
    """The page of one machine."""
    shown = emulator_of(machine)
    first = EMULATORS[machine.name][0].title if shown else ""
    where = f"in {first}" if first else "the preview"
    lines = [
        *(f"# {machine.title}", "", MADE, ""),
        *(f"| a rendered still life | {where} |", "|---|---|"),
        f"| ![three balls on a table](photograph.jpg) | ![the same: {machine.title}]({machine.name}.png) |",
        *("", *_proof(machine, shown), "", "## Limits", "", *_limits(machine), "", "## Files", ""),
        *("```sh", f"pixart make photo.png --machine {machine.name} -o out", "```", ""),
        *(table(("file", "what it is"), _files(machine)), "", "## And then", "", f"{_sentence(machine.next_step)}", ""),
    ]
    if machine.name in NEXT:
        language, text = NEXT[machine.name]
        lines += [f"```{language}", text, "```", ""]
    return "\n".join([*lines, "[All machines](../MACHINES.md)", ""])


def _proof(machine: Machine, shown: str) -> list[str]:
    if shown:
        own = "" if machine.gamut.bits else ", in the emulator's own form of each colour"
        return [f"Programs as below were run in {shown}: the screen is the preview, pixel by pixel{own}."]
    if machine.files:
        return ["No emulator of it was run here: its files are read again by a decoder that was written apart."]
    return ["Its tool takes the indexed PNG; nothing was run here."]


def _limits(machine: Machine) -> Iterator[str]:
    width, height = machine.size
    tall = f", or higher, up to {machine.tallest}" if machine.tallest else ""
    aspect = f"; a pixel is {machine.aspect:g} times as wide as high" if machine.aspect != 1 else ""
    yield f"- {width} x {height} pixels{tall}{aspect}."
    kept = (
        f", {'the first' if machine.shared == 1 else f'{machine.shared}'} of which all share" if machine.shared else ""
    )
    across, down = machine.cell
    if machine.palettes > 1:
        yield f"- {machine.palettes} palettes of {machine.colors} colours{kept}; a block of {across} x {down} has one."
    elif machine.palettes:
        yield f"- One palette of {machine.colors} colours."
    else:
        yield f"- {machine.colors} colours in each block of {across} x {down}{kept}."
    if machine.groups:
        yield "- The colours of a block are either all bright or all dark."
    yield f"- {len(machine.gamut.codes)} colours to choose from."
    if machine.tiles:
        flips = ", mirrored ones counted once" if machine.flips else ""
        yield f"- {machine.tiles} different tiles of 8 x 8{flips}."


def _files(machine: Machine) -> Iterator[tuple[str, str]]:
    index = f"palette x {machine.colors} + slot"
    every = machine.palettes * machine.colors <= picture.MOST_ENTRIES and machine.palettes
    yield "`photo.png`", f"indexed; an index is {index}" if every else "indexed; an index is the colour's place"
    if machine.tiled:
        yield "`photo-tiles.png`, `photo.tsx`, `photo.tmx`", "the tiles, and a tile set and a map for Tiled"
    for file in machine.files:
        yield f"`photo{file.ending}`", file.what
    yield "`photo-preview.png`", "what the screen shows"
    yield "`photo.txt`", "what was done"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def overview() -> str:
    """The table of all machines."""
    rows = [
        (
            f"[{machine.title}](machines/{machine.name}.md)",
            f"`{machine.name}`",
            machine.limits,
            ", ".join(f"`{file.ending}`" for file in machine.files) or "`.png`",
            emulator_of(machine) or "–",
        )
        for machine in MACHINES.values()
    ]
    return table(("machine", "name", "what it can show", "its files", "seen in"), rows)


def files() -> dict[Path, str]:
    """The text of every page, by its place."""
    text = OVERVIEW.read_text(encoding="utf-8")
    pages = {FOLDER / f"{name}.md": page(machine) for name, machine in MACHINES.items()}
    return {OVERVIEW: filled(text, {"machines": overview()}), **pages}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
