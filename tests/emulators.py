"""Emulators without a window: each runs a machine's program for a while and gives what its screen shows then.

PyBoy, cynes and zx are Python packages; cores of libretro are those of `libretro.py`; programs by themselves are
those of `desktop_emulators.py`.
"""

import importlib.util
import subprocess
import sys
import warnings
from dataclasses import dataclass, field

import desktop_emulators
import libretro
import numpy as np
from pixart_nodes.pixel.machine.formats import bundle
from pixart_nodes.pixel.palette.palette import packed


@dataclass(frozen=True)
class Emulator:
    """One emulator: its title, the package or the core that it is, the ending of the program that it runs.

    `package` is Python's, `command` a program's name; else `core` is libretro's, with the `options` that keep colours
    as they are. Each pixel of the machine is so many `columns` of what it shows.
    """

    title: str
    ending: str
    package: str = ""
    core: str = ""
    command: str = ""
    columns: int = 1
    options: dict[str, str] = field(default_factory=dict)

    @property
    def is_here(self):
        if self.command:
            return desktop_emulators.is_here(self.command)
        return bool(importlib.util.find_spec(self.package)) if self.package else libretro.core(self.core) is not None

    def frame(self, data, folder):
        """The screen, border included: uint8 [H, W, 3]."""
        path = folder / f"program{self.ending}"
        path.write_bytes(data)
        special = self.package or self.command
        return (RUNS[special](path) if special else from_core(self, path))[:, :: self.columns]

    def screen(self, picture, folder):
        """That part of the screen that the picture of the machine's program must fill; None where it doesn't."""
        frame = self.frame(bundle.files(picture, "picture")[f"picture{self.ending}"], folder)
        height = picture.slots.shape[0]
        parts = (frame[top : top + height] for top in range(frame.shape[0] - height + 1))
        return next((part for part in parts if share(part, picture) == 1), None)


def in_pyboy(path):
    color = path.suffix == ".gbc"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of the window's library that it comes with
        pyboy = importlib.import_module("pyboy")
    with pyboy.PyBoy(str(path), window="null", cgb=color, sound_emulated=False, log_level="ERROR") as running:
        running.tick(150, True)
        frame = np.array(running.screen.ndarray[..., :3])
        running.stop(save=False)
    return frame


def in_cynes(path):
    running = importlib.import_module("cynes").NES(str(path))  # its frame is its own memory, and goes with it
    return np.array(running.step(frames=30))


def in_zx(path):
    running = importlib.import_module("zx").Spectrum(headless=True)
    running._load_file(str(path))
    running.run(duration=0.1)
    running.render_screen()
    frame = np.frombuffer(bytes(running.get_frame_pixels()), np.uint32).reshape(280, 352)[48:240, 48:304]
    return np.stack([frame >> 16 & 255, frame >> 8 & 255, frame & 255], axis=-1).astype(np.uint8)


def from_core(emulator, path):
    target = path.parent / "frame.npy"
    settings = [f"{key}={value}" for key, value in emulator.options.items()]
    command = [sys.executable, libretro.__file__, libretro.core(emulator.core), path, target, *settings]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return np.load(target)


RUNS = {"pyboy": in_pyboy, "cynes": in_cynes, "zx": in_zx, **desktop_emulators.RUNS}

# By the machine. The first of each is what the documents' pictures come from.
EMULATORS = {
    "gb": (
        Emulator("PyBoy", ".gb", "pyboy"),
        Emulator("Gambatte", ".gb", core="gambatte", options={"gambatte_gb_colorization": "disabled"}),
    ),
    "gbc": (
        Emulator("PyBoy", ".gbc", "pyboy"),
        Emulator("Gambatte", ".gbc", core="gambatte", options={"gambatte_gbc_color_correction": "disabled"}),
    ),
    "nes": (  # colours are FCEUX's; cynes has its own
        Emulator("FCEUmm", ".nes", core="fceumm", options={"fceumm_palette": "default", "fceumm_overscan": "disabled"}),
        Emulator("cynes", ".nes", "cynes"),
    ),
    "snes": (Emulator("Snes9x", ".sfc", core="snes9x"),),
    "megadrive": (Emulator("Genesis Plus GX", ".md", core="genesis_plus_gx"),),
    "mastersystem": (Emulator("Genesis Plus GX", ".sms", core="genesis_plus_gx"),),
    "gamegear": (Emulator("Genesis Plus GX", ".gg", core="genesis_plus_gx"),),
    "pce": (Emulator("Beetle PCE Fast", ".pce", core="mednafen_pce_fast"),),
    "gba": (Emulator("mGBA", ".gba", core="mgba", options={"mgba_color_correction": "OFF"}),),
    "wonderswan": (Emulator("Beetle WonderSwan", ".wsc", core="mednafen_wswan"),),
    "zx": (Emulator("zx", ".z80", "zx"), Emulator("zx", ".scr", "zx")),
    "ega": (Emulator("DOSBox", ".com", command="dosbox"),),
    "cpc": (
        Emulator("MAME as GX4000", ".cpr", command="mame", columns=4),
        Emulator("MAME as CPC 6128", ".sna", command="mame", columns=4),
    ),
    "cpc-mode1": (Emulator("MAME as CPC 6128", ".sna", command="mame", columns=2),),
    "st": (Emulator("Hatari with EmuTOS", ".prg", command="hatari"),),
    "amiga": (Emulator("FS-UAE with AROS", ".adf", command="fs-uae"),),
    "msx1": (Emulator("Genesis Plus GX as SG-1000", ".sg", core="genesis_plus_gx"),),
}


def share(shown, picture):
    """How much of a frame is the picture, in the machine's bits or where colours correspond one to one: 1 is all."""
    wanted, gamut = picture.pixels[..., :3], picture.machine.gamut
    assert shown.shape == wanted.shape
    if gamut.bits:
        cut = (shown >> (8 - gamut.bits) == wanted >> (8 - gamut.bits)).all(axis=2).mean()  # some leave low bits 0
        return max(cut, (gamut.rounded(shown) == gamut.rounded(wanted)).all(axis=2).mean())
    partner, keys = {}, packed(shown)
    for color in np.unique(packed(wanted)):
        values, counts = np.unique(keys[packed(wanted) == color], return_counts=True)
        partner[color] = values[counts.argmax()]
    if len(set(partner.values())) < len(partner):
        return 0.0  # two colours are shown as one
    return np.mean([partner[color] == key for color, key in zip(packed(wanted).flat, keys.flat, strict=True)])
