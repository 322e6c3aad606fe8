"""The machines by name. To add one, add an entry; menus, documents and tests follow."""

from __future__ import annotations

from .. import errors
from . import names
from .formats import amstrad, bitmap, console, fantasy, nes, planar, playdate, tile_bytes
from .formats.console import BIG, LITTLE, byte_map, byte_palette, word_map, word_palette
from .formats.tile_bytes import tiles_as
from .gamut import Gamut
from .machine import Machine, MachineFile
from .programs import (
    amiga,
    amstrad_cpc,
    atari_st,
    dos,
    game_boy,
    game_boy_advance,
    master_system,
    mega_drive,
    pc_engine,
    snes,
    wonderswan,
)
from .programs import nes as nes_program

BITS_15 = Gamut(bits=5, shifts=(0, 5, 10))  # 0BBBBBGG GGGRRRRR
# The palette that FCEUX ships: a convention among several, since the console makes no RGB. Of its fourteen blacks and
# two whites one each is kept; 0D is blacker than black, which some televisions take for the beam's way back.
NES = Gamut(
    fixed=(
        "747474 24188c 0000a8 44009c 8c0074 a80010 a40000 7c0800 402c00 004400 005000 003c14 183c5c 000000 "
        "000000 000000 bcbcbc 0070ec 2038ec 8000f0 bc00bc e40058 d82800 c84c0c 887000 009400 00a800 009038 "
        "008088 000000 000000 000000 fcfcfc 3cbcfc 5c94fc cc88fc f478fc fc74b4 fc7460 fc9838 f0bc3c 80d010 "
        "4cdc48 58f898 00e8d8 787878 000000 000000 fcfcfc a8e4fc c4d4fc d4c8fc fcc4fc fcc4d8 fcbcb0 fcd8a8 "
        "fce4a0 e0fca0 a8f0bc b0fccc 9cfcf0 c4c4c4 000000 000000"
    ),
    doubles=frozenset((0x0D, 0x0E, 0x1D, 0x1E, 0x1F, 0x20, 0x2E, 0x2F, 0x3E, 0x3F)),
)
# Blue, red, green; the second eight are bright.
SPECTRUM = Gamut(
    fixed=(
        "000000 0000d8 d80000 d800d8 00d800 00d8d8 d8d800 d8d8d8 000000 0000ff ff0000 ff00ff 00ff00 00ffff "
        "ffff00 ffffff"
    ),
    doubles=frozenset((8,)),
)
# P. Timmermann's Colodore, in the order of the VIC-II.
C64 = Gamut(
    fixed=(
        "000000 ffffff 813338 75cec8 8e3c97 56ac4d 2e2c9b edf171 8e5029 553800 c46c71 4a4a4a 7b7b7b a9ff9f "
        "706deb b2b2b2"
    )
)
# The TMS9918's fifteen; its code 0 is glass.
TMS = Gamut(
    fixed=(
        "000000 000000 3eb849 74d07d 5955e0 8076f1 b95e51 65dbef db6559 ff897d ccc35e ded087 3aa241 b766b5 "
        "cccccc ffffff"
    ),
    doubles=frozenset((0,)),
)
# What a screen of 200 lines makes of red, green, blue and bright, the brown with half its green: IBM's CGA monitor. An
# EGA sends six bits, but that screen, and a VGA in such a mode, know these sixteen only; the 64 want 350 lines.
RGBI = Gamut(
    fixed=(
        "000000 0000aa 00aa00 00aaaa aa0000 aa00aa aa5500 aaaaaa 555555 5555ff 55ff55 55ffff ff5555 ff55ff "
        "ffff55 ffffff"
    )
)
# Three levels of each channel, the middle one as MAME shows it, in the gate array's order; five codes are doubles.
CPC = Gamut(
    fixed=(
        "606060 606060 00ff60 ffff60 000060 ff0060 006060 ff6060 ff0060 ffff60 ffff00 ffffff ff0000 ff00ff "
        "ff6000 ff60ff 000060 00ff60 00ff00 00ffff 000000 0000ff 006000 0060ff 600060 60ff60 60ff00 60ffff "
        "600000 6000ff 606000 6060ff"
    ),
    doubles=frozenset((1, 8, 9, 16, 17)),
)
CPC_FILES = (
    MachineFile(".scr", "the screen's 16384 bytes, with AMSDOS's head", amstrad.screen),
    MachineFile(".pal", "the inks, as OCP Art Studio keeps them", amstrad.palette),
    MachineFile(".sna", "a snapshot that shows the picture", amstrad_cpc.snapshot),
    MachineFile(".cpr", "a cartridge that shows the picture", amstrad_cpc.cartridge),
)
PICO_8 = Gamut(
    fixed=(
        "000000 1d2b53 7e2553 008751 ab5236 5f574f c2c3c7 fff1e8 ff004d ffa300 ffec27 00e436 29adff 83769c "
        "ff77a8 ffccaa 291814 111d35 422136 125359 742f29 49333b a28879 f3ef7d be1250 ff6c24 a8e72e 00b543 "
        "065ab5 754665 ff6e59 ff9d81"
    )
)
SWEETIE_16 = Gamut(
    fixed=(
        "1a1c2c 5d275d b13e53 ef7d57 ffcd75 a7f070 38b764 257179 29366f 3b5dc9 41a6f6 73eff7 f4f4f4 94b0c2 "
        "566c86 333c57"
    )
)

_ALL = (
    Machine(
        *("gb", "Game Boy", (160, 144), (8, 8), 1, 4),
        Gamut(fixed="e0f8d0 88c070 346856 081820"),
        tiles=360,
        files=(
            MachineFile(".2bpp", "tiles, two planes row by row", tiles_as(tile_bytes.two_planes)),
            MachineFile(".tilemap", "a byte a tile", byte_map(console.numbers)),
            MachineFile(".gb", "a program that shows the picture", game_boy.game_boy),
        ),
        next_step='INCBIN "picture.2bpp" in RGBDS, or rgbgfx on the indexed PNG',
    ),
    Machine(
        *("gbstudio", "GB Studio", (160, 144), (8, 8), 1, 4),
        Gamut(fixed="e0f8cf 86c06c 306850 071821"),
        tiles=192,
        tallest=2040,
        next_step="put the indexed PNG into assets/backgrounds of GB Studio",
    ),
    Machine(
        "gbc",
        "Game Boy Color",
        (160, 144),
        (8, 8),
        8,
        4,
        BITS_15,
        tiles=512,
        flips=True,
        files=(
            MachineFile(".2bpp", "tiles, two planes row by row", tiles_as(tile_bytes.two_planes)),
            MachineFile(".tilemap", "a byte a tile", byte_map(console.numbers)),
            MachineFile(".attrmap", "a byte of palette, bank and mirrorings a tile", byte_map(console.game_boy_color)),
            MachineFile(".pal", "BGR555, two bytes a colour", word_palette(LITTLE)),
            MachineFile(".gbc", "a program that shows the picture", game_boy.game_boy_color),
        ),
        next_step="INCBIN the four files in RGBDS",
    ),
    Machine(
        "nes",
        "NES",
        (256, 240),
        (16, 16),
        4,
        4,
        NES,
        shared=1,
        tiles=256,
        backdrop=True,
        files=(
            MachineFile(".chr", "one pattern table", nes.patterns),
            MachineFile(".nam", "nametable and attributes", nes.nametable),
            MachineFile(".pal", "sixteen colours of the background", byte_palette),
            MachineFile(".nss", "a session of NES Screen Tool and NEXXT", nes.session),
            MachineFile(".nes", "a program that shows the picture", nes_program.program),
        ),
        next_step=".incbin the files in ca65, or open the session in NEXXT",
    ),
    Machine(
        "snes",
        "SNES",
        (256, 224),
        (8, 8),
        8,
        16,
        BITS_15,
        shared=1,
        tiles=1024,
        flips=True,
        backdrop=True,
        files=(
            MachineFile(".4bpp", "tiles, planes in pairs", tiles_as(tile_bytes.paired_planes)),
            MachineFile(".tilemap", "two bytes a tile", word_map(console.super_nintendo, LITTLE)),
            MachineFile(".pal", "BGR555, two bytes a colour", word_palette(LITTLE)),
            MachineFile(".sfc", "a program that shows the picture", snes.program),
        ),
        next_step=".incbin the files in PVSnesLib, or bgInitTileSet with them",
    ),
    Machine(
        *("megadrive", "Mega Drive", (320, 224), (8, 8), 4, 16),
        Gamut(bits=3, shifts=(1, 5, 9)),
        shared=1,
        tiles=1344,
        flips=True,
        backdrop=True,
        files=(
            MachineFile(".4bpp", "tiles, two pixels a byte", tiles_as(tile_bytes.high_nibble_first)),
            MachineFile(".tilemap", "two bytes a tile", word_map(console.mega_drive, BIG)),
            MachineFile(".pal", "two bytes a colour", word_palette(BIG)),
            MachineFile(".md", "a program that shows the picture", mega_drive.program),
        ),
        next_step='IMAGE picture "picture.png" NONE in a resource file of SGDK',
    ),
    Machine(
        *("mastersystem", "Master System", (256, 192), (8, 8), 2, 16),
        Gamut(bits=2, shifts=(0, 2, 4)),
        tiles=448,
        flips=True,
        files=(
            MachineFile(".4bpp", "tiles, four planes row by row", tiles_as(tile_bytes.four_planes)),
            MachineFile(".tilemap", "two bytes a tile", word_map(console.master_system, LITTLE)),
            MachineFile(".pal", "a byte a colour", byte_palette),
            MachineFile(".sms", "a program that shows the picture", master_system.program),
        ),
        next_step="SMS_loadTiles, SMS_loadTileMap and SMS_loadBGPalette of devkitSMS",
    ),
    Machine(
        *("gamegear", "Game Gear", (160, 144), (8, 8), 2, 16),
        Gamut(bits=4, shifts=(0, 4, 8)),
        tiles=448,
        flips=True,
        files=(
            MachineFile(".4bpp", "tiles, four planes row by row", tiles_as(tile_bytes.four_planes)),
            MachineFile(".tilemap", "two bytes a tile", word_map(console.master_system, LITTLE)),
            MachineFile(".pal", "two bytes a colour", word_palette(LITTLE)),
            MachineFile(".gg", "a program that shows the picture", master_system.program),
        ),
        next_step="SMS_loadTiles, SMS_loadTileMap and GG_loadBGPalette of devkitSMS",
    ),
    Machine(
        *("pce", "PC Engine", (256, 224), (8, 8), 16, 16),
        Gamut(bits=3, shifts=(3, 6, 0)),
        shared=1,
        tiles=1980,
        backdrop=True,
        files=(
            MachineFile(".4bpp", "tiles, planes in pairs", tiles_as(tile_bytes.paired_planes)),
            MachineFile(".bat", "two bytes a tile, tiles from word 0400", word_map(console.pc_engine, LITTLE)),
            MachineFile(".pal", "two bytes a colour", word_palette(LITTLE)),
            MachineFile(".pce", "a program that shows the picture", pc_engine.program),
        ),
        next_step="#incbin the files in HuC",
    ),
    Machine(
        *("gba", "Game Boy Advance", (240, 160), (8, 8), 16, 16, BITS_15),
        shared=1,
        tiles=1024,
        flips=True,
        backdrop=True,
        files=(
            MachineFile(".4bpp", "tiles, two pixels a byte", tiles_as(tile_bytes.low_nibble_first)),
            MachineFile(".tilemap", "two bytes a tile", word_map(console.advance, LITTLE)),
            MachineFile(".pal", "BGR555, two bytes a colour", word_palette(LITTLE)),
            MachineFile(".gba", "a program that shows the picture", game_boy_advance.program),
        ),
        next_step="bin2s of devkitARM on the files, then DMA as in libtonc",
    ),
    Machine(
        *("wonderswan", "WonderSwan Color", (224, 144), (8, 8), 16, 16),
        Gamut(bits=4, shifts=(8, 4, 0)),
        shared=1,
        tiles=512,
        flips=True,
        backdrop=True,
        files=(
            MachineFile(".4bpp", "tiles, four planes row by row", tiles_as(tile_bytes.four_planes)),
            MachineFile(".tilemap", "two bytes a tile", word_map(console.wonderswan, LITTLE)),
            MachineFile(".pal", "two bytes a colour, 0000RRRR GGGGBBBB", word_palette(LITTLE)),
            MachineFile(".wsc", "a program that shows the picture", wonderswan.program),
        ),
        next_step="copy the files into the console's memory with Wonderful's libws",
    ),
    Machine(
        *("zx", "ZX Spectrum", (256, 192), (8, 8), 0, 2, SPECTRUM),
        groups=(tuple(range(8)), (0, *range(9, 16))),
        files=(
            MachineFile(".scr", "the screen's 6912 bytes", bitmap.spectrum_screen),
            MachineFile(".z80", "a snapshot that shows the picture", bitmap.spectrum_z80),
            MachineFile(".sna", "a snapshot that shows the picture", bitmap.spectrum_snapshot),
        ),
        next_step='LOAD "" SCREEN$, or INCBIN the screen in sjasmplus',
    ),
    Machine(
        "c64",
        "Commodore 64 multicolour",
        (160, 200),
        (4, 8),
        0,
        4,
        C64,
        shared=1,
        aspect=2.0,
        files=(MachineFile(".koa", "a Koala picture", bitmap.koala),),
        next_step="open it in a Koala viewer, or .import c64 in KickAssembler",
    ),
    Machine(
        "c64-hires",
        "Commodore 64 hires",
        (320, 200),
        (8, 8),
        0,
        2,
        C64,
        files=(MachineFile(".art", "an Art Studio picture", bitmap.art_studio),),
        next_step="open it in Advanced Art Studio",
    ),
    Machine(
        "msx1",
        "MSX 1, ColecoVision, SG-1000",
        (256, 192),
        (8, 1),
        0,
        2,
        TMS,
        files=(
            MachineFile(".sc2", "SCREEN 2, as BSAVE writes it", bitmap.msx_screen_2),
            MachineFile(".sg", "a program that shows the picture on an SG-1000", master_system.sg_1000),
        ),
        next_step='SCREEN 2: BLOAD "PICTURE.SC2",S',
    ),
    Machine(
        *("cpc", "Amstrad CPC mode 0", (160, 200), (8, 8), 1, 16, CPC),
        bitmap=True,
        aspect=2.0,
        files=CPC_FILES,
        next_step='MODE 0: LOAD "PICTURE.SCR",&C000 and the inks, or open the screen in OCP Art Studio',
    ),
    Machine(
        *("cpc-mode1", "Amstrad CPC mode 1", (320, 200), (8, 8), 1, 4, CPC),
        bitmap=True,
        files=CPC_FILES,
        next_step='MODE 1: LOAD "PICTURE.SCR",&C000 and the inks, or open the screen in OCP Art Studio',
    ),
    Machine(
        *("ega", "EGA", (320, 200), (8, 8), 1, 16),
        RGBI,
        bitmap=True,
        files=(
            MachineFile(".ega", "video memory of mode 0D, four planes of 8000 bytes", planar.ega_planes),
            MachineFile(".pcx", "PC Paintbrush, four planes", planar.pcx),
            MachineFile(".com", "a program that shows the picture until a key is hit", dos.program),
        ),
        next_step="run picture.com in DOS, or open the .pcx in a paint program of its time",
    ),
    Machine(
        *("st", "Atari ST", (320, 200), (8, 8), 1, 16),
        Gamut(bits=3, shifts=(8, 4, 0)),
        bitmap=True,
        files=(
            MachineFile(".pi1", "DEGAS, low resolution", planar.degas),
            MachineFile(".neo", "NEOchrome", planar.neochrome),
            MachineFile(".prg", "a program that shows the picture until a key is hit", atari_st.program),
        ),
        next_step="start picture.prg from the desktop, or open the others in DEGAS, NEOchrome or what reads theirs",
    ),
    Machine(
        *("amiga", "Amiga", (320, 256), (8, 8), 1, 32),
        Gamut(bits=4, shifts=(8, 4, 0)),
        bitmap=True,
        files=(
            MachineFile(".iff", "ILBM of Deluxe Paint", planar.ilbm),
            MachineFile(".raw", "five planes of 10240 bytes", planar.amiga_planes),
            MachineFile(".pal", "two bytes a colour", word_palette(BIG)),
            MachineFile(".adf", "a disk that starts and shows the picture", amiga.disk),
        ),
        next_step="open the .iff in Deluxe Paint or Personal Paint, or INCBIN the planes and the palette",
    ),
    Machine(
        *("playdate", "Playdate", (400, 240), (8, 8), 1, 2),
        Gamut(fixed="000000 ffffff"),
        bitmap=True,
        files=(MachineFile(".pdi", "a picture as pdc compiles it", playdate.compiled),),
        next_step="put the indexed PNG into the game's Source folder, where pdc compiles it",
    ),
    Machine(
        "pico8",
        "PICO-8",
        (128, 128),
        (8, 8),
        1,
        16,
        PICO_8,
        tiles=256,
        files=(MachineFile(".p8", "a cartridge that shows the picture", fantasy.pico8),),
        next_step="load picture.p8",
    ),
    Machine(
        "tic80",
        "TIC-80",
        (240, 136),
        (8, 8),
        1,
        16,
        SWEETIE_16,
        tiles=0,
        files=(MachineFile(".tic", "a cartridge that shows the picture", fantasy.tic80),),
        next_step="load picture.tic",
    ),
)
MACHINES = {machine.name: machine for machine in _ALL}
CALLED = names.called({machine.name: machine.title for machine in _ALL})


def machine(name: str) -> Machine:
    """The machine of a name. Raises UnknownName."""
    errors.require(name, MACHINES, what="Machine", called=CALLED)
    return MACHINES[name]
