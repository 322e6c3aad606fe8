"""What else people call the machines: whoever asks for one by such a name is told its name here."""

from __future__ import annotations

from collections.abc import Mapping

# By the machine's name, beside that and its title; spaces, hyphens and letter case make no difference.
OTHERS = {
    "gb": "DMG, Nintendo Game Boy, original Game Boy, grey Game Boy",
    "gbstudio": "GBS",
    "gbc": "CGB, Game Boy Colour, Nintendo Game Boy Color",
    "nes": "Nintendo, Nintendo Entertainment System, Famicom, FC",
    "snes": "Super Nintendo, Super NES, Super Nintendo Entertainment System, Super Famicom, SFC",
    "megadrive": "Genesis, Sega Genesis, Sega Mega Drive, MD, Sega",
    "mastersystem": "SMS, Sega Master System",
    "gamegear": "GG, Sega Game Gear",
    "pce": "TurboGrafx, TurboGrafx-16, TG16, PCEngine",
    "gba": "AGB, Nintendo Game Boy Advance, Advance",
    "wonderswan": "WSC, WS, Bandai WonderSwan",
    "zx": "Spectrum, Speccy, Sinclair, Sinclair Spectrum, Sinclair ZX Spectrum, ZX 48K, Spectrum 48K, Timex",
    "c64": "Commodore, Commodore 64, C64 multicolor, Koala, VIC-II",
    "c64-hires": "Commodore 64 high resolution, Art Studio",
    "msx1": "MSX, ColecoVision, Coleco, SG-1000, SG1000, TMS9918, TI-99, TI-99/4A",
    "cpc": "Amstrad, Amstrad CPC, CPC 464, CPC 6128, Schneider CPC, CPC mode 0",
    "cpc-mode1": "CPC mode 1",
    "ega": "DOS, MS-DOS, PC, IBM PC, Commander Keen",
    "st": "Atari, Atari ST, Atari STE, 520ST, 1040ST",
    "amiga": "Commodore Amiga, Amiga 500, A500, Amiga 1200, OCS",
    "playdate": "Panic Playdate",
    "pico8": "Pico",
    "tic80": "TIC",
}


def called(titles: Mapping[str, str]) -> dict[str, list[str]]:
    """By the name of each machine, all that it is called beside; `titles` are the machines' titles by their names."""
    return {name: [each.strip() for each in f"{title}, {OTHERS[name]}".split(",")] for name, title in titles.items()}
